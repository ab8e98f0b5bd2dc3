#!/bin/sh
# A plan's file, an approval and the register of officers are whole or not there at all, wherever the program is killed or
# the disk fails.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
adopt_two
"$CK" plan k --output p0 >/dev/null
cp -r k k0

reset_plan() { rm -f p; }
look_plan() {
    [ "$status" != 0 ] || [ -e p ] || wrong "done, and no plan"
    [ ! -e p ] || "$CK" gate list k p >/dev/null 2>&1 || wrong "half a plan"
}
torment "plan" 2 reset_plan look_plan "$CK" plan k --output p

reset() { rm -rf k && cp -r k0 k; }
look_approval() {
    checks k "after it ended with $status"
    "$CK" approve k p0 --officer-key him.key >/dev/null 2>&1
    again=$?
    case "$status $again" in
    "0 6" | [1-9]*" 0" | [1-9]*" 6") ;;
    *) wrong "ended with $status, then with $again" ;;
    esac
    "$CK" approve k p0 --officer-key him.key >/dev/null 2>&1
    [ $? = 6 ] || wrong "approved twice"
}
torment "approve" 1 reset look_approval "$CK" approve k p0 --officer-key him.key

until=$(date -d '+90 days' +%F)
look_register() {
    checks k "after it ended with $status"
    case "$("$CK" officer list k --format ndjson 2>/dev/null | grep '"role":"legal"' | grep -c "\"until\":\"$until\"")" in
    1) ;;
    0) [ "$status" != 0 ] || wrong "done, and not in the register" ;;
    *) wrong "no register" ;;
    esac
}
torment "officer renew" 1 reset look_register "$CK" officer renew k legal --until "$until" --officer-key him.key --officer-key legal.key
