#!/bin/sh
# `policy check` of all shipped packs, against jq reading the same rules as `policy export` writes them: a ready-made notation, of which
# it checks no name, type or word. Processor time of whole processes, starts included, in turns of 20; medians of five.
set -u
ck=$(realpath "${CHARTKEEP:-build/release/chartkeep}")
base=$(mktemp -d "${BENCH_DIR:-build}/bench-XXXXXX") && base=$(realpath "$base") || exit 3
trap 'rm -rf "$base"' EXIT
"$ck" policy export policies --output "$base/rules.json" || exit 3
cpu() { # COMMAND…: milliseconds of one run
    sh -c 'i=0; while [ $i -lt 20 ]; do "$@" >/dev/null 2>&1 || exit 3; i=$((i + 1)); done; times' _ "$@" |
        awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, "[ms]"); s += t[1] * 60 + t[2] } } END { printf "%.2f\n", s * 1000 / 20 }'
}
i=0
while [ $i -lt 5 ]; do
    echo "$(cpu "$ck" policy check policies) $(cpu jq empty "$base/rules.json")" >>"$base/times"
    i=$((i + 1))
done
ours=$(sort -n "$base/times" | sed -n 3p | cut -d' ' -f1) peer=$(cut -d' ' -f2 "$base/times" | sort -n | sed -n 3p)
awk -v o="$ours" -v p="$peer" -v kb="$(cat policies/*.policy | wc -c)" -v json="${BENCH_JSON:-/dev/null}" 'BEGIN {
    name = sprintf("policy_check_%.0fKB", kb / 1000); r = p / o; ok = o <= 50
    printf "%s ours=%.4gms peer=%.4gms ratio=%.3g goal=<=50 %s\n", name, o, p, r, ok ? "meets" : "short"
    printf "{\"name\":\"%s\",\"unit\":\"ms\",\"ours\":%.6g,\"peer\":%.6g,\"ratio\":%.6g,\"goal\":\"<=50\",\"meets\":%s,\"note\":\"processor time of a process; peer: jq reading the same rules as exported JSON, which checks nothing of them\"}\n", name, o, p, r, ok ? "true" : "false" >>json
}'
