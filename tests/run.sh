#!/bin/sh
# Runs every test program under BUILD/tests and every script tests/cli/*.sh, and closes with
# "N passed, N failed": cases for cmocka programs, "ok"/"not ok" lines for scripts. A program
# that dies, or says nothing, counts as one failure.
set -u
build=${1:-build/release}
passed=0 failed=0
log=$(mktemp) || exit 3
trap 'rm -f "$log"' EXIT

count() { # $1 name, $2 exit status
    p=$(grep -cE '^(\[       OK \]|ok )' "$log")
    f=$(grep -cE '^(\[  FAILED  \] [a-zA-Z0-9_]+$|\[  ERROR   \] --- |not ok )' "$log")
    fc=$(grep -cE '^not ok |^\[  FAILED  \] [A-Za-z0-9_]+ *$' "$log")
    # cmocka names each failed test twice: when it fails and in the closing list
    case $1 in *.sh) bad=$fc ;; *) bad=$(sed -n 's/^ *\([0-9][0-9]*\) FAILED TEST(S).*/\1/p' "$log" | tail -1); bad=${bad:-0} ;; esac
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
    if [ "$p" -eq 0 ] && [ "$bad" -eq 0 ]; then bad=1; echo "$1: ran no test"; fi
    passed=$((passed + p)) failed=$((failed + bad))
    if [ "$bad" -ne 0 ]; then echo "FAIL  $1"; tail -60 "$log"; else echo "pass  $1 ($p)"; fi
}

for t in $(find "$build/tests" -type f -perm -u+x -name 'test_*' ! -name '*.o' ! -name '*.d' 2>/dev/null | sort); do
    "$t" >"$log" 2>&1
    count "${t#"$build"/}" $?
done
for t in tests/cli/*.sh; do
    [ -e "$t" ] || continue
    sh "$t" >"$log" 2>&1
    count "$t" $?
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
