#!/bin/sh
# Runs every speed program of BUILD, one line a measurement, and gathers them as an array in build/bench.json.
# BENCH_QUICK=1 runs smaller inputs. A program that fails is named, and the run ends with 1.
set -u
build=${1:-build/release} bad=0
mkdir -p build
BENCH_JSON=$(mktemp) || exit 3
export BENCH_JSON CHARTKEEP="${CHARTKEEP:-$build/chartkeep}"
trap 'rm -f "$BENCH_JSON"' EXIT
for p in log facts import record large retention plan ledger house package seal duck day; do
    "$build/tests/bench/${p}_speed" || { echo "FAIL  ${p}_speed" >&2; bad=1; }
done
sh tests/bench/policy_speed.sh || { echo "FAIL  policy_speed" >&2; bad=1; }
sh tests/bench/verify_speed.sh || { echo "FAIL  verify_speed" >&2; bad=1; }
awk 'BEGIN { print "[" } NR > 1 { print "  " last "," } { last = $0 } END { print "  " last; print "]" }' "$BENCH_JSON" >build/bench.json
exit $bad
