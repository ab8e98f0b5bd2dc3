#!/bin/sh
# Checking a sealed package, against openssl dgst with sha512 and sha256 over the same bytes side by side.
# The package is the synthetic hospital's. Times are the clock's, by turns, and medians; both use both cores.
set -u
ck=$(realpath "${CHARTKEEP:-build/release/chartkeep}") policies=$(realpath policies)
base=$(mktemp -d "${BENCH_DIR:-build}/bench-XXXXXX") && base=$(realpath "$base") || exit 3
trap 'rm -rf "$base"' EXIT
patients=1000; [ "${BENCH_QUICK:-0}" = 0 ] || patients=150
"$ck" demo "$base/demo" --policy "$policies" --patients $patients --staff 60 --events 20000 --plant 0 >"$base/log" 2>&1 || { tail -3 "$base/log" >&2; exit 3; }
package=$(ls "$base"/demo/packages/*.tar) || exit 3
i=0
while [ $i -lt 7 ]; do
    a=$(date +%s%N)
    "$ck" verify "$package" --pubkey "$base/demo/keep.pub" >/dev/null 2>&1 || exit 3
    b=$(date +%s%N)
    openssl dgst -sha512 "$package" >/dev/null & openssl dgst -sha256 "$package" >/dev/null; wait
    c=$(date +%s%N)
    echo "$((b - a)) $((c - b))" >>"$base/times"
    i=$((i + 1))
done
ours=$(sort -n "$base/times" | sed -n 4p | cut -d' ' -f1) peer=$(cut -d' ' -f2 "$base/times" | sort -n | sed -n 4p) size=$(stat -c %s "$package")
awk -v o="$ours" -v p="$peer" -v s="$size" -v json="${BENCH_JSON:-/dev/null}" 'BEGIN {
    name = sprintf("verify_package_%.1fMB", s / 1e6); ours = s * 1e3 / o; peer = s * 1e3 / p; r = p / o; ok = r >= 0.8
    printf "%s ours=%.4gMB/s peer=%.4gMB/s ratio=%.3g goal=>=0.8x %s\n", name, ours, peer, r, ok ? "meets" : "short"
    printf "{\"name\":\"%s\",\"unit\":\"MB/s\",\"ours\":%.6g,\"peer\":%.6g,\"ratio\":%.6g,\"goal\":\">=0.8x\",\"meets\":%s,\"note\":\"peer: openssl dgst sha512 and sha256 side by side; the process starts count on both sides\"}\n", name, ours, peer, r, ok ? "true" : "false" >>json
}'
