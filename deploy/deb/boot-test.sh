#!/bin/sh
# The package on a machine of its own: a tree made by debootstrap, booted by systemd-nspawn without a network. It is installed,
# configured, upgraded in the middle of a mailing and purged (machine-test.sh, inside). Root; two minutes, most of them debootstrap's.
# Usage: deploy/deb/boot-test.sh BINARY [fleet]      TREE=folder keeps the fresh tree, and uses it if it is there.
# `up` on SQLite, or with `fleet` a process for each role and lane, on Debian's PostgreSQL, RabbitMQ and Redis in the same machine.
set -eu
[ $# -ge 1 ] || { echo "usage: $0 BINARY [fleet]" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
missing=""
command -v debootstrap > /dev/null || missing="$missing debootstrap"
command -v systemd-nspawn > /dev/null || missing="$missing systemd-container"
[ -z "$missing" ] || { echo "missing:$missing. Run: apt-get install --no-install-recommends$missing" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "root is needed to boot a machine" >&2; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fresh=${TREE:-$work/fresh}
packages=systemd,systemd-sysv,dbus,ca-certificates,procps
[ "${2:-}" != fleet ] || packages=$packages,postgresql,rabbitmq-server,redis-server
[ -d "$fresh/usr" ] || debootstrap --variant=minbase --include="$packages" \
    bookworm "$fresh" > "$work/debootstrap.log" || { tail "$work/debootstrap.log" >&2; exit 1; }

machine=$work/machine
cp -a "$fresh" "$machine"
mkdir "$machine/root/test"
cp "$here/machine-test.sh" "$machine/root/test"
DEB_COMPRESSION=gzip "$here/build.sh" "$1" 0.1.0~test1 "$machine/root/test" > /dev/null
DEB_COMPRESSION=gzip "$here/build.sh" "$1" 0.1.0~test2 "$machine/root/test" > /dev/null

cat > "$machine/etc/systemd/system/machine-test.service" <<UNIT
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash -c '/bin/bash /root/test/machine-test.sh ${2:-} > /root/test/told 2>&1; echo \$? > /root/test/code'
ExecStopPost=/usr/bin/systemctl poweroff --no-block
TimeoutStartSec=400
UNIT
mkdir -p "$machine/etc/systemd/system/graphical.target.wants"
ln -s ../machine-test.service "$machine/etc/systemd/system/graphical.target.wants/machine-test.service"

timeout 460 systemd-nspawn --quiet --register=no --keep-unit --private-network --resolv-conf=off --directory="$machine" --boot \
    > "$work/console" 2>&1 < /dev/null || true
cat "$machine/root/test/told" || { tail -n 30 "$work/console" >&2; exit 1; }
[ "$(cat "$machine/root/test/code" 2> /dev/null)" = 0 ] || { echo "boot-test: failed" >&2; exit 1; }
echo "boot-test: passed"
