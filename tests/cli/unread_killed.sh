#!/bin/sh
# Goal: killed, or failing with EIO or ENOSPC, at any system call that writes, a dismissal is of all its items or of none, the keep checks, and run again it
# comes to its end.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
printf '%s\n' '{"resourceType":"Encounter","id":"e9","status' '{"resourceType":"Condition' >torn.ndjson
"$CK" import k --source ehr torn.ndjson >/dev/null 2>&1
dismiss() { "$CK" quarantine dismiss t --source ehr --reason "torn copies" --officer-key him.key; }
reset() { rm -rf t && cp -r k t; }
look() {
    left=$(count t quarantined)
    [ "$left" = 0 ] || [ "$left" = 2 ] || wrong "$left of two lie there"
    [ $status != 0 ] || [ "$left" = 0 ] || wrong "said done"
    checks t after
    dismiss >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    [ "$(count t quarantined)" = 0 ] || wrong "run again leaves some"
}
torment dismiss 4 reset look "$CK" quarantine dismiss t --source ehr --reason "torn copies" --officer-key him.key
