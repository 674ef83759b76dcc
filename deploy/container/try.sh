#!/bin/sh
# Runs an image without an engine: unpacked, as the user of the image, in namespaces of its own, with a file system that cannot be
# written to except for its volume. `--version`, `doctor` and `up`. Needs bubblewrap. Usage: deploy/container/try.sh FILE
set -eu
[ $# = 1 ] || { echo "usage: $0 FILE" >&2; exit 64; }
command -v bwrap > /dev/null || { echo "missing: bubblewrap. Run: apt-get install bubblewrap" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2> /dev/null || :; rm -rf "$work"' EXIT
mkdir "$work/root" "$work/data"
python3 "$here/unpack.py" "$1" "$work/root" > "$work/config"
[ "$(jq -r .User "$work/config")" = 65532:65532 ] || { echo "the image's user is not 65532" >&2; exit 1; }

# With root's rights the user is really another; without, it is one in a namespace.
chmod 755 "$work"
[ "$(id -u)" != 0 ] || chown 65532:65532 "$work/data"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
operations=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
inside() {
    as=""
    [ "$(id -u)" != 0 ] || as="setpriv --reuid=65532 --regid=65532 --clear-groups --"
    # shellcheck disable=SC2086 # several words on purpose
    exec $as bwrap --unshare-all --share-net --die-with-parent --as-pid-1 --info-fd 8 --uid 65532 --gid 65532 --cap-drop ALL \
        --ro-bind "$work/root" / --proc /proc --dev /dev --tmpfs /tmp --bind "$work/data" /var/lib/bellhop --chdir /var/lib/bellhop \
        --clearenv --setenv HOME /var/lib/bellhop --setenv BELLHOP__HTTP__LISTEN "127.0.0.1:$port" \
        --setenv BELLHOP__HTTP__OPERATIONS_LISTEN "127.0.0.1:$operations" /usr/bin/bellhop "$@" \
        8> "$work/info"
}
(inside --version)
if (inside web-push-keys /var/lib/key) > /dev/null 2>&1; then
    echo "the file system can be written to" >&2
    exit 1
fi
(inside web-push-keys /var/lib/bellhop/key) > /dev/null
(inside up) > "$work/log" 2>&1 &
pid=$!
tries=0
until python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "http://127.0.0.1:$operations/readyz" 2> /dev/null; do
    tries=$((tries + 1))
    { [ "$tries" -lt 100 ] && kill -0 "$pid"; } || { cat "$work/log" >&2; exit 1; }
    sleep 0.2
done
echo "up: ready"
# The later process must not take the first one's place in the file that names it.
cp "$work/info" "$work/up"
(inside doctor)
# As an engine does it: SIGTERM to the first process of the container.
kill "$(jq '."child-pid"' "$work/up")"
wait "$pid" || { echo "up did not stop gracefully" >&2; cat "$work/log" >&2; exit 1; }
pid=
grep -q 'stopping' "$work/log"
[ -s "$work/data/bellhop-data/bellhop.db" ] || { echo "the volume has no database" >&2; exit 1; }
echo "container: passed"
