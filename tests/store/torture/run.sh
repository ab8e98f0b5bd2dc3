#!/bin/sh
# The torture programs and scripts, whole; prints what each counted as it goes, how many of its tests passed and how
# long they took, and of one that fails all it said.
set -u
failed=0
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT

# One of them, with all it says in $work/log.
run() {
    case $1 in
    *.sh) CHARTKEEP_TORTURE=all sh "$1" ;;
    *) CHARTKEEP_TORTURE=1 "$1" ;;
    esac
    echo $? >"$work/status"
}

echo "sqlite $(pkg-config --modversion sqlite3)"
for t in "$@"; do
    basename "$t"
    began=$(date +%s)
    run "$t" 2>&1 | tee "$work/log" | sed -un 's/^torture: /  /p; s/^ok \(.* places\)$/  \1/p'
    passed=$(grep -cE '^(\[       OK \]|ok )' "$work/log")
    if [ "$(cat "$work/status")" = 0 ] && [ "$passed" -gt 0 ] && ! grep -q '^not ok' "$work/log"; then
        echo "  $passed passed, $(($(date +%s) - began)) s"
    else
        failed=$((failed + 1))
        cat "$work/log"
    fi
done
echo "torture: $# programs, $failed failed"
[ "$failed" -eq 0 ] && [ $# -gt 0 ]
