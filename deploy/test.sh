#!/bin/bash
# What can be said of deploy/ without building the program and without a cluster: scripts, units, rules, configurations, the package.
# Usage: deploy/test.sh [BINARY]      Without a binary the package is made of a stub. What it needs: deploy/dev/install-services.sh deploy
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# A test is a command; what it prints is shown if it fails.
check() {
    local name=$1
    shift
    if "$@" > "$work/told" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
        grep 'Overall exposure' "$work/told"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        cat "$work/told"
    fi
}

scripts() {
    local found
    mapfile -t found < <(grep -rlE '^#!/bin/(ba)?sh' deploy .ci)
    [ "${#found[@]}" -ge 12 ] && shellcheck "${found[@]}"
}
pythons() { find deploy -name '*.py' -exec python3 -c 'import ast, sys; [ast.parse(open(it).read(), it) for it in sys.argv[1:]]' {} +; }
files() { /usr/bin/python3 deploy/check.py; }
rules() { (cd deploy/prometheus && promtool check config --syntax-only prometheus.yml && promtool check rules bellhop.rules.yml && promtool test rules bellhop.rules.test.yml); }

# A program that says of itself what the manual needs.
stub() {
    cat > "$work/bellhop" <<'STUB'
#!/bin/sh
case $* in
    --version) echo "bellhop 0.1.0" ;;
    --help) printf 'Bellhop: a stub\n\nUsage: bellhop <COMMAND>\n\nCommands:\n  up    Run all roles\n  help  Help\n\nOptions:\n  -h\n' ;;
    *) printf 'Run all roles\n\nUsage: bellhop up\n' ;;
esac
STUB
    chmod 755 "$work/bellhop"
}
[ $# -ge 1 ] || stub
binary=${1:-$work/bellhop}
package() { DEB_COMPRESSION=gzip deploy/deb/build.sh "$binary" 0.1.0 "$work/out"; }
# The package's list, without what differs from build to build.
inside() {
    local deb
    deb=$(echo "$work"/out/*.deb)
    dpkg-deb --contents "$deb" | awk '{ print $1, $2, $6 }' > "$work/contents"
    dpkg-deb --ctrl-tarfile "$deb" | tar --extract --directory "$work" ./conffiles ./control ./postinst ./prerm ./postrm || return 1
    local expected
    for expected in \
        '-rwxr-xr-x root/root ./usr/bin/bellhop' '-rwxr-xr-x root/root ./usr/sbin/bellhopctl' \
        '-rw-r----- root/root ./etc/bellhop/bellhop.toml' '-rw-r----- root/root ./etc/bellhop/secrets.env' 'drwxr-x--- root/root ./etc/bellhop/' \
        '-rw-r--r-- root/root ./usr/lib/systemd/system/bellhop@.service' '-rw-r--r-- root/root ./usr/lib/systemd/system/bellhop-migrate.service' \
        '-rw-r--r-- root/root ./usr/lib/systemd/system/bellhop.target' '-rw-r--r-- root/root ./usr/share/man/man1/bellhop.1.gz' \
        '-rw-r--r-- root/root ./usr/share/doc/bellhop/install.md'; do
        grep -qxF -e "$expected" "$work/contents" || { echo "not in the package: $expected"; return 1; }
    done
    [ "$(wc -l < "$work/conffiles")" = 6 ] || { echo "conffiles:"; cat "$work/conffiles"; return 1; }
    # Nothing starts by itself.
    ! dpkg-deb --contents "$deb" | grep -E '\.wants/|system-preset' || return 1
}
twice_the_same() {
    DEB_COMPRESSION=gzip deploy/deb/build.sh "$binary" 0.1.0 "$work/again" && cmp "$work"/out/*.deb "$work"/again/*.deb
}
manual() { dpkg-deb --fsys-tarfile "$work"/out/*.deb | tar --extract --to-stdout ./usr/share/man/man1/bellhop.1.gz | gzip -d | grep -q '^\.SS "bellhop up"'; }
linted() {
    lintian --allow-root --fail-on error,warning --suppress-tags unstripped-binary-or-object,shell-script-fails-syntax-check "$work"/out/*.deb
}
# The image's parts from the stub; root.sh asks apt, and is tried where a release is made.
image() {
    mkdir -p "$work/root/usr/bin" "$work/unpacked" && python3 deploy/container/image.py "$binary" "$work/root" 0.1.0 "$work/image.tar" &&
        python3 deploy/container/unpack.py "$work/image.tar" "$work/unpacked" && cmp "$binary" "$work/unpacked/usr/bin/bellhop"
}

check "shellcheck of every script" scripts
check "Python is Python" pythons
check "compose, chart, configuration, alerts and dashboard fit each other" files
check "Prometheus' rules, by promtool's tests" rules
check "systemd units: verified, exposure at most 2.0" deploy/systemd/check.sh
check "a Debian package is made" package
check "what is in it, with which rights" inside
check "the same once more is the same" twice_the_same
check "its manual is what the program says of itself" manual
if command -v lintian > /dev/null; then check "lintian" linted; else echo "not run: lintian, which is not installed"; fi
check "an image's digests" image
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
