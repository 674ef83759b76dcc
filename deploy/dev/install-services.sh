#!/bin/sh
# Installs the programs of PostgreSQL, Redis, RabbitMQ, Firefox, Chromium, npm, libfaketime and Python's venv from Debian, without starting anything: the tests run
# private servers of their own, and a browser without a screen. Does nothing when all are there. Servers that
# already run are left alone. With the argument `deploy`: what deploy/test.sh needs instead.
set -eu

packages=""
if [ "${1:-}" = deploy ]; then
    command -v systemd-analyze > /dev/null || packages="$packages systemd"
    command -v promtool > /dev/null || packages="$packages prometheus"
    command -v prometheus-node-exporter > /dev/null || packages="$packages prometheus-node-exporter"
    command -v shellcheck > /dev/null || packages="$packages shellcheck"
    command -v jq > /dev/null || packages="$packages jq"
    command -v bwrap > /dev/null || packages="$packages bubblewrap"
    # Debian's own Python, which has Debian's modules.
    /usr/bin/python3 -c 'import tomllib, yaml, jsonschema' 2> /dev/null || packages="$packages python3 python3-yaml python3-jsonschema"
else
    ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || packages="$packages postgresql"
    command -v redis-server > /dev/null || [ -x /usr/bin/redis-server ] || packages="$packages redis-server"
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || packages="$packages rabbitmq-server"
    command -v firefox-esr > /dev/null || packages="$packages firefox-esr"
    command -v chromium > /dev/null || packages="$packages chromium"
    command -v npm > /dev/null || packages="$packages nodejs npm"
    ls /usr/lib/*/faketime/libfaketimeMT.so.1 > /dev/null 2>&1 || packages="$packages faketime"
    python3 -c 'import ensurepip, venv' 2> /dev/null || packages="$packages python3 python3-venv"
fi
[ -n "$packages" ] || exit 0

if ! command -v apt-get > /dev/null; then
    echo "missing:$packages. This system has no apt-get: install them by its own means." >&2
    exit 1
fi

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root="sudo -n"
else
    echo "missing:$packages. Run: su -c '$(cd "$(dirname "$0")" && pwd)/install-services.sh ${1:-}'" >&2
    exit 1
fi

# invoke-rc.d asks this file before a package may start its service; 101 forbids it. An administrator's own stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" > /dev/null
    $as_root chmod 755 "$policy"
fi

echo "installing$packages"
$as_root apt-get update > /dev/null
# shellcheck disable=SC2086 # lists of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages > /dev/null
