#!/bin/sh
# Makes the Debian package of a built binary, with dpkg-deb alone: deploy/deb/build.sh BINARY VERSION OUT
# OUT is a folder; the name of the package is printed. SOURCE_DATE_EPOCH dates everything in it (otherwise the last commit).
set -eu
[ $# = 3 ] || { echo "usage: $0 BINARY VERSION OUT" >&2; exit 64; }
binary=$1 version=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
deploy=$(dirname "$here")
root=$(dirname "$deploy")
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2> /dev/null || date +%s)}
export SOURCE_DATE_EPOCH

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
put() { install -D --mode "$1" "$2" "$tree/$3"; }

put 755 "$binary" usr/bin/bellhop
put 755 "$deploy/config/bellhopctl" usr/sbin/bellhopctl
for unit in "$deploy"/systemd/*.service "$deploy"/systemd/*.target; do
    put 644 "$unit" "usr/lib/systemd/system/$(basename "$unit")"
done
put 644 "$deploy/systemd/bellhop.sysusers" usr/lib/sysusers.d/bellhop.conf
put 644 "$deploy/systemd/bellhop.tmpfiles" usr/lib/tmpfiles.d/bellhop.conf

# Passwords may stand in these two.
put 640 "$deploy/config/bellhop.toml" etc/bellhop/bellhop.toml
put 640 "$deploy/config/secrets.env" etc/bellhop/secrets.env
for role in "$deploy"/config/roles/*; do
    put 644 "$role" "etc/bellhop/roles/$(basename "$role")"
done
chmod 750 "$tree/etc/bellhop"

doc=usr/share/doc/bellhop
for page in install operations runbook settings; do
    put 644 "$root/docs/$page.md" "$doc/$page.md"
done
put 644 "$root/bellhop/default.toml" "$doc/default.toml"
put 644 "$here/copyright" "$doc/copyright"
put 644 "$here/lintian-overrides" usr/share/lintian/overrides/bellhop
for rules in "$deploy"/prometheus/prometheus.yml "$deploy"/prometheus/bellhop.rules.yml; do
    put 644 "$rules" "$doc/examples/prometheus/$(basename "$rules")"
done
for file in "$root"/docs/quick-start/*; do
    put 644 "$file" "$doc/examples/quick-start/$(basename "$file")"
done
put 644 "$deploy/grafana/bellhop.json" "$doc/examples/grafana/bellhop.json"
{
    printf 'bellhop (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * See CHANGELOG.md of this version.\n\n'
    printf ' -- Bellhop <packages@bellhop.example>  %s\n' "$(LC_ALL=C date --utc --date "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')"
} | gzip --best --no-name > "$tree/$doc/changelog.gz"
chmod 644 "$tree/$doc/changelog.gz"
gzip --best --no-name < "$root/CHANGELOG.md" > "$tree/$doc/CHANGELOG.md.gz"
chmod 644 "$tree/$doc/CHANGELOG.md.gz"

manual=usr/share/man/man1
mkdir -p "$tree/$manual"
python3 "$here/man_page.py" "$binary" | gzip --best --no-name > "$tree/$manual/bellhop.1.gz"
mkdir -p "$tree/usr/share/man/man8"
gzip --best --no-name < "$here/bellhopctl.8" > "$tree/usr/share/man/man8/bellhopctl.8.gz"
chmod 644 "$tree/$manual/bellhop.1.gz" "$tree/usr/share/man/man8/bellhopctl.8.gz"

# The binary asks for the C library by the newest of its symbol versions.
libc=$(grep -ao 'GLIBC_2\.[0-9]*' "$binary" | sort -uV | tail -1 | cut -d_ -f2)
mkdir "$tree/DEBIAN"
size=$(du -sk --apparent-size --exclude DEBIAN "$tree" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" -e "s/@LIBC@/${libc:-2.36}/" \
    "$here/control.in" > "$tree/DEBIAN/control"
(cd "$tree" && find etc -type f | sort | sed 's|^|/|') > "$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f | LC_ALL=C sort | xargs md5sum) > "$tree/DEBIAN/md5sums"
chmod 644 "$tree/DEBIAN/control" "$tree/DEBIAN/conffiles" "$tree/DEBIAN/md5sums"
for script in postinst prerm postrm; do
    install --mode 755 "$here/$script" "$tree/DEBIAN/$script"
done

find "$tree" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
package="$out/bellhop_${version}_${architecture}.deb"
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-xz}" --build "$tree" "$package" > /dev/null
echo "$package"
