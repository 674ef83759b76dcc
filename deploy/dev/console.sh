#!/bin/sh
# Builds and tests the console. Any Node that npm runs on will do to begin with: the one that builds comes from console/node.
# Usage: console.sh build | build-if-possible | test | e2e | proof | pictures FOLDER
set -eu
cd "$(dirname "$0")/../../console"
NPM=$(command -v npm || true)

# npm by the node that is first on the path, whatever its own first line names.
npm() {
    cli=$(readlink -f "$NPM")
    case $cli in
        *.js) node "$cli" "$@" ;;
        *) "$NPM" "$@" ;;
    esac
}

# npm writes that file last.
installed() { [ -e node_modules/.package-lock.json ] && [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; }
quietly() { npm ci --no-audit --no-fund --loglevel=error; }

# The Node of the lock file comes first: npm leaves out what the Node under it could not run.
packages() {
    (cd node && { installed || quietly; })
    for folder in "$PWD"/node/node_modules/node-linux-*/bin; do
        [ ! -x "$folder/node" ] || PATH=$folder:$PATH
    done
    export PATH
    installed || quietly
}

built() {
    [ -e dist/site/index.html ] && [ -z "$(find src public index.html vite.config.ts package-lock.json ../docs/openapi.json -newer dist/site/index.html | head -n 1)" ]
}

build() {
    built || { packages && npm run --silent build; }
}

case ${1:-build} in
    build) build ;;
    build-if-possible)
        if [ -n "$NPM" ]; then build; else echo "no npm: the console is left out (apt-get install npm, then make console)" >&2; fi
        ;;
    test) packages && npm run --silent check && npm run --silent test ;;
    e2e) packages && npm run --silent e2e ;;
    proof) packages && npm run --silent proof ;;
    pictures) shift && packages && npm run --silent pictures -- "$@" ;;
    *) echo "what is $1?" >&2 && exit 2 ;;
esac
