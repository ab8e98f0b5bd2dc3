#!/bin/sh
# Goal: killed at any writing call of a restore of records, the keep is whole, nothing that lives is lost, and run again
# every record is back, once.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
adopt
"$CK" plan k --output p >/dev/null 2>&1
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
PKG=$(ls out/*.tar)
whole=$(count k records)
"$CK" dispose k p --officer-key him.key >/dev/null 2>&1
left=$(count k records)
holds "there is something to bring back" test "$left" -lt "$whole"

back() { "$CK" restore t "$PKG" --matter M-9 --officer-key him.key --officer-key legal.key; }
reset() { rm -rf t && cp -r k t; }
look() {
    checks t after
    now=$(count t records)
    if [ "$now" -lt "$left" ] || [ "$now" -gt "$whole" ]; then wrong "$now records"; fi
    [ $status != 0 ] || [ "$now" = "$whole" ] || wrong "said done"
    back >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    [ "$(count t records)" = "$whole" ] || wrong "not all of them after running again"
    [ "$("$CK" retention t --due --format ndjson 2>/dev/null | wc -l)" = 1 ] || wrong "the set is not due again"
    checks t "after running again"
}
torment "a restore of records" 2 reset look "$CK" restore t "$PKG" --matter M-9 --officer-key him.key --officer-key legal.key
