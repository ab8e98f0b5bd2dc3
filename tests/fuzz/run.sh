#!/bin/sh
# Every fuzz target for $1 seconds under libFuzzer, ASan and UBSan, starting from its corpus. Findings land in build/fuzz/.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
command -v clang >/dev/null || { echo "needs clang and libclang-rt-14-dev" >&2; exit 3; }
mkdir -p build/fuzz
make --no-print-directory CC=clang BUILD=build/fuzz/lib OPT="-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" build/fuzz/lib/libchartkeep.a
for src in tests/fuzz/fuzz_*.c; do
    name=$(basename "$src" .c)
    # shellcheck disable=SC2046
    clang -g -O1 -std=c11 -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined "$src" build/fuzz/lib/libchartkeep.a \
        $(pkg-config --libs libsodium sqlite3 libarchive libzstd libcrypto libutf8proc) -o "build/fuzz/$name"
    mkdir -p "build/fuzz/corpus/$name"
    "build/fuzz/$name" -max_total_time="$seconds" -print_final_stats=0 -verbosity=0 -artifact_prefix="build/fuzz/$name-" \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
    echo "$name: $seconds s, nothing found"
done
