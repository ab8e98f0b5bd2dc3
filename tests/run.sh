#!/bin/sh
# Runs every test program under BUILD/tests, every fuzz target over its corpus and every script
# tests/cli/*.sh, as many at a time as there are processors, and closes with "N passed, N failed":
# cases for cmocka programs, "ok"/"not ok" lines for the others. A program that dies, or says
# nothing, counts as one failure.
set -u

# One test: its output to $3/$2.log, its counts to $3/$2.n, one line to the reader.
one() { # $1 build, $2 its number in the queue, $3 folder of the run
    t=$(sed -n "$2p" "$3/queue") log=$3/$2.log
    case $t in
    *.sh) sh "$t" >"$log" 2>&1 ;;
    */fuzz_*) "$t" "tests/fuzz/corpus/${t##*/}" >"$log" 2>&1 ;;
    *) "$t" >"$log" 2>&1 ;;
    esac
    status=$?
    # A cmocka program closes with its own counts; scripts and replays print one line a case.
    p=$(grep -cE '^(\[       OK \]|ok )' "$log")
    case $t in
    */test_*) bad=$(sed -n 's/^\[  FAILED  \] .* \([0-9][0-9]*\) test(s), listed below:.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}') ;;
    *) bad=$(grep -c '^not ok ' "$log") ;;
    esac
    name=${t#"$1"/} said=""
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$p" -eq 0 ] && [ "$bad" -eq 0 ]; then bad=1 said=" ran no test"; fi
    echo "$p $bad" >"$3/$2.n"
    if [ "$bad" -ne 0 ]; then printf 'FAIL  %s%s\n%s\n' "$name" "$said" "$(tail -60 "$log")"; else echo "pass  $name ($p)"; fi
}

if [ "${1:-}" = --one ]; then
    one "$2" "$4" "$3"
    exit 0
fi

build=${1:-build/release}
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
{
    # The longest first, so that no processor waits for one of them at the end.
    ls tests/cli/*_killed.sh tests/cli/interrupt.sh tests/cli/large_files.sh
    find "$build/tests" -type f -perm -u+x -name 'test_*' ! -name '*.o' ! -name '*.d' | sort
    find "$build/tests/fuzz" -type f -perm -u+x -name 'fuzz_*' ! -name '*.o' ! -name '*.d' | sort
    ls tests/cli/*.sh | grep -vE '/(lib|interrupt|large_files|[a-z_]*_killed)\.sh$'
} >"$work/queue" 2>/dev/null
seq 1 "$(wc -l <"$work/queue")" | xargs -P "${JOBS:-$(nproc 2>/dev/null || echo 1)}" -n 1 sh "$0" --one "$build" "$work"
cat "$work"/*.n 2>/dev/null | awk -v all="$(wc -l <"$work/queue")" '
    { passed += $1; failed += $2 }
    END { failed += all - NR; printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }'
