#!/bin/sh
# The torture programs and scripts, whole; prints their counts and, of one that fails, all it said.
set -u
failed=0
log=$(mktemp) || exit 3
trap 'rm -f "$log"' EXIT
echo "sqlite $(pkg-config --modversion sqlite3)"
for t in "$@"; do
    case $t in
    *.sh) CHARTKEEP_TORTURE=all sh "$t" >"$log" 2>&1 && ! grep -q '^not ok' "$log" ;;
    *) CHARTKEEP_TORTURE=1 "$t" >"$log" 2>&1 ;;
    esac
    if [ $? -eq 0 ]; then
        sed -n 's/^torture: /  /p; s/^ok \(.* places\)$/  \1/p' "$log"
    else
        failed=$((failed + 1))
        cat "$log"
    fi
done
echo "torture: $# programs, $failed failed"
[ "$failed" -eq 0 ] && [ $# -gt 0 ]
