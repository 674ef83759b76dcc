#!/bin/sh
# From a built binary to what is released: the binary, its Debian package, its container image, its bill of materials, checksums.
# Usage: deploy/release/build.sh BINARY OUT      Needs Debian with python3, apt-get and cargo; no root, no engine.
set -eu
[ $# = 2 ] || { echo "usage: $0 BINARY OUT" >&2; exit 64; }
binary=$(realpath "$1") out=$2
deploy=$(cd "$(dirname "$0")/.." && pwd)
version=$("$binary" --version | cut -d' ' -f2)
machine=$(uname -m)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$deploy" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -f "$out"/bellhop* "$out/SHA256SUMS"
mkdir -p "$out"
install --mode 755 "$binary" "$out/bellhop-$version-linux-$machine"
"$deploy/deb/build.sh" "$binary" "$version" "$out"
"$deploy/container/root.sh" "$binary" "$work/root"
python3 "$deploy/container/image.py" "$binary" "$work/root" "$version" "$out/bellhop-$version-linux-$machine.oci.tar"
(cd "$deploy" && python3 release/sbom.py "$binary") > "$out/bellhop-$version.cdx.json"
(cd "$out" && sha256sum bellhop* > SHA256SUMS)
cat "$out/SHA256SUMS"
