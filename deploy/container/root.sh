#!/bin/sh
# Fills FOLDER with what the program needs beside itself, from Debian's packages and nothing else: the libraries that BINARY
# asks for, the certificates of the authorities, the time zones. No shell, no package manager.
# Usage: deploy/container/root.sh BINARY FOLDER
set -eu
[ $# = 2 ] || { echo "usage: $0 BINARY FOLDER" >&2; exit 64; }
binary=$(realpath "$1") folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt drops root's rights for a download, and then needs the folder.
chmod 755 "$work"

libraries=$(ldd "$binary" | awk '$2 == "=>" { print $3 } $1 ~ "^/" { print $1 }')
packages="ca-certificates tzdata"
for library in $libraries; do
    # A merged /usr is written in one way or the other.
    owner=$({ dpkg --search "$library" || dpkg --search "/usr$library"; } 2> /dev/null | head -n 1 | cut -d: -f1)
    [ -n "$owner" ] || { echo "$library belongs to no package of Debian" >&2; exit 1; }
    # Some have their licence in the package of their family.
    family=$(readlink "/usr/share/doc/$owner" || :)
    for package in $owner $family; do
        case " $packages " in *" $package "*) ;; *) packages="$packages $package" ;; esac
    done
done
# The libraries of the machine that linked the program, or newer ones; none older.
# shellcheck disable=SC2086 # a list
(cd "$work" && apt-get download --quiet $packages > log 2>&1) || { cat "$work/log" >&2; exit 1; }
for package in "$work"/*.deb; do
    dpkg-deb --extract "$package" "$work/tree"
done

mkdir -p "$folder/usr/bin" "$folder/etc/ssl/certs" "$folder/usr/share/doc" "$folder/var/lib/bellhop" "$folder/etc/bellhop" "$folder/tmp" \
    "$folder/proc" "$folder/sys" "$folder/dev" "$folder/run"
for library in $libraries; do
    # Where the loader looks: under the name that the program asks for.
    from=$work/tree$library
    [ -e "$from" ] || from=$work/tree/usr$library
    install -D --mode 755 "$(realpath "$from")" "$folder$library"
done
# What update-ca-certificates would make.
find "$work/tree/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | while read -r certificate; do
    cat "$certificate"
    echo
done > "$folder/etc/ssl/certs/ca-certificates.crt"
mkdir -p "$folder/usr/share/zoneinfo"
cp -a "$work/tree/usr/share/zoneinfo/." "$folder/usr/share/zoneinfo/"
rm -rf "$folder/usr/share/zoneinfo/right" "$folder/usr/share/zoneinfo/posix"
for package in $packages; do
    [ ! -e "$work/tree/usr/share/doc/$package/copyright" ] ||
        install -D --mode 644 "$work/tree/usr/share/doc/$package/copyright" "$folder/usr/share/doc/$package/copyright"
done
for package in "$work"/*.deb; do
    # shellcheck disable=SC2016 # the fields are dpkg's
    dpkg-deb --show --showformat '${Package} ${Version} ${Architecture}\n' "$package"
done | sort > "$folder/usr/share/doc/packages"

printf 'root:x:0:0:root:/:/nonexistent\nbellhop:x:65532:65532:Bellhop:/var/lib/bellhop:/nonexistent\n' > "$folder/etc/passwd"
printf 'root:x:0:\nbellhop:x:65532:\n' > "$folder/etc/group"
printf 'hosts: files dns\n' > "$folder/etc/nsswitch.conf"
