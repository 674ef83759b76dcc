#!/bin/sh
# Verifies the units as systemd reads them, and prints how exposed each service is (0 is best); more than 2.0 fails.
# Usage: deploy/systemd/check.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/usr/lib/systemd/system" "$root/usr/bin" "$root/usr/lib/sysusers.d" "$root/etc"
cp "$here"/*.service "$here"/*.target "$root/usr/lib/systemd/system"
# Only that it is there is asked.
printf '#!/bin/sh\n' > "$root/usr/bin/bellhop"
chmod 755 "$root/usr/bin/bellhop"
# What our units name and systemd brings.
for unit in basic sysinit shutdown network-online multi-user; do
    printf '[Unit]\nDescription=%s\n' "$unit" > "$root/usr/lib/systemd/system/$unit.target"
done

failed=0
told=$(systemd-analyze --root="$root" verify --man=no bellhop@up.service bellhop@worker.service bellhop-migrate.service bellhop.target 2>&1) || failed=1
# A warning is a defect too.
if [ "$failed" -ne 0 ] || [ -n "$told" ]; then
    printf '%s\n' "$told" >&2
    echo "systemd-analyze verify: the units are not in order" >&2
    exit 1
fi
cp "$here/bellhop.sysusers" "$root/usr/lib/sysusers.d/bellhop.conf"
systemd-sysusers --root="$root" "$root/usr/lib/sysusers.d/bellhop.conf" > /dev/null 2>&1
grep -q '^bellhop:' "$root/etc/passwd" || { echo "systemd-sysusers made no user bellhop" >&2; exit 1; }

for unit in bellhop@up.service bellhop-migrate.service; do
    told=$(systemd-analyze --root="$root" security --offline=yes --threshold=20 --no-pager "$unit" 2>&1) || failed=1
    printf '%s\n' "$told" | grep 'Overall exposure' || { printf '%s\n' "$told" >&2; failed=1; }
done
exit "$failed"
