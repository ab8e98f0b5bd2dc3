#!/bin/sh
# Runs every test program under BUILD/tests and every script tests/cli/*.sh, and closes with
# "N passed, N failed": cases for cmocka programs, "ok"/"not ok" lines for scripts. A program
# that dies, or says nothing, counts as one failure.
set -u
build=${1:-build/release}
passed=0 failed=0
log=$(mktemp) || exit 3
trap 'rm -f "$log"' EXIT

# A cmocka program closes with its own counts; scripts and replays print one line a case.
count() { # $1 name, $2 exit status
    p=$(grep -cE '^(\[       OK \]|ok )' "$log")
    case $1 in
    */test_*) bad=$(sed -n 's/^\[  FAILED  \] .* \([0-9][0-9]*\) test(s), listed below:.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}') ;;
    *) bad=$(grep -c '^not ok ' "$log") ;;
    esac
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$p" -eq 0 ] && [ "$bad" -eq 0 ]; then bad=1; echo "$1: ran no test"; fi
    passed=$((passed + p)) failed=$((failed + bad))
    if [ "$bad" -ne 0 ]; then echo "FAIL  $1"; tail -60 "$log"; else echo "pass  $1 ($p)"; fi
}

for t in $(find "$build/tests" -type f -perm -u+x -name 'test_*' ! -name '*.o' ! -name '*.d' 2>/dev/null | sort); do
    "$t" >"$log" 2>&1
    count "${t#"$build"/}" $?
done
for t in $(find "$build/tests/fuzz" -type f -perm -u+x -name 'fuzz_*' ! -name '*.o' 2>/dev/null | sort); do
    "$t" "tests/fuzz/corpus/$(basename "$t")" >"$log" 2>&1
    count "${t#"$build"/}" $?
done
for t in tests/cli/*.sh; do
    [ "$t" != tests/cli/lib.sh ] || continue
    sh "$t" >"$log" 2>&1
    count "$t" $?
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
