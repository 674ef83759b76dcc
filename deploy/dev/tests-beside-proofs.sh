#!/bin/sh
# All tests: the proofs, which mostly wait for what they have killed, beside all others. Call it where the test servers are.
# Usage: tests-beside-proofs.sh CARGO
set -u
cargo=$1
told=$(mktemp)
trap 'rm -f "$told"' EXIT

"$cargo" test --workspace --test proofs --no-fail-fast -- published:: > "$told" 2>&1 &
proofs=$!
# An interrupted run leaves no proof behind.
trap 'kill "$proofs" 2>/dev/null; rm -f "$told"; exit 130' INT TERM

"$cargo" test --workspace --no-fail-fast -- --skip published:: --skip alone::
others=$?
wait "$proofs"
proved=$?
cat "$told"
# What promises a second is asked when nothing else runs.
"$cargo" test --workspace --test proofs -- alone::
alone=$?
[ "$others" -eq 0 ] && [ "$proved" -eq 0 ] && [ "$alone" -eq 0 ]
