#!/bin/sh
# Goal: killed at any system call that writes, a keep opens whole, and what was
# reported done is there; a failing write (EIO, ENOSPC) ends with status 3 and the same holds.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
"$CK" source declare k ehr --file ehr.json --officer-key him.key >/dev/null
"$CK" import k --source ehr org.ndjson people.ndjson >/dev/null
whole=$(($(count k records) + 4))
reset() { rm -rf t && cp -r k t; }
look() {
    [ $status != 0 ] || [ "$(count t records)" = $whole ] || wrong "said done"
    case $what in error=*) [ $status = 0 ] || [ $status = 3 ] || wrong "ends with $status: $(cat err.txt)" ;; esac
    checks t after
    "$CK" import t --source ehr care.ndjson >/dev/null 2>&1
    [ "$(count t records)" = $whole ] || wrong "run again gives $(count t records)"
}
torment import 8 reset look "$CK" import t --source ehr care.ndjson
