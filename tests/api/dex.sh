#!/bin/sh
# Builds Dex, a provider of OpenID Connect, as tests/api/dex/go.mod pins it, unless it is there. Some minutes the first time.
# Usage: tests/api/dex.sh FILE
set -eu
mkdir -p "$(dirname "$1")"
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/dex"
! cmp -s go.sum "$program.sum" || [ ! -x "$program" ] || exit 0
command -v go > /dev/null || { echo "missing: go 1.25.8 or later (Debian: golang-go from backports, or https://go.dev/dl), which builds Dex" >&2; exit 1; }
# Its storage in memory needs no C; one package at a time, so that the machine stays usable.
GOFLAGS="" CGO_ENABLED=0 nice go build -mod=readonly -p 1 -o "$program" github.com/dexidp/dex/cmd/dex
cp go.sum "$program.sum"
