#!/bin/sh
# Goal: what lies in quarantine may be anything, a later discharge too: its source is complete in nothing until it is read, or an officer signs that nothing is lost.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
adopt
status() { "$CK" retention k --all --as-of 2026-11-21 --format ndjson 2>/dev/null | grep '"series":"medical record"' | grep -c "$1"; }
same "a set is due" 1 "$(status '"status":"due"')"
printf '%s\n' '{"resourceType":"Encounter","id":"e9","status":"finished","subject":{"reference":"Patient/old"},"period":{"start":"2019-03-04T10:00:00-06:00","end":"2019-03' '{"resourceType":"Condition' >torn.ndjson
expect "two lines of a later visit come torn" 3 "$CK" import k --source ehr torn.ndjson
same "now it is not" 0 "$(status '"status":"due"')"
same "for want of what they say, as the other patient's is" 2 "$(status '"status":"undetermined".*2 items of source ehr lie in quarantine')"
expect "a dismissal is signed" 6 "$CK" quarantine dismiss k 1 --reason "a torn copy"
expect "and has a reason" 2 "$CK" quarantine dismiss k 1 --officer-key him.key
expect "of something" 2 "$CK" quarantine dismiss k --reason "a torn copy" --officer-key him.key
expect "that lies there" 2 "$CK" quarantine dismiss k 1 7 --reason "a torn copy" --officer-key him.key
same "a refused one dismisses nothing" 2 "$("$CK" quarantine list k --format ndjson | wc -l)"
expect "one is looked at" 0 "$CK" quarantine dismiss k 1 --reason "a torn copy of a visit that came whole" --officer-key him.key
same "the other still stands in the way" 2 "$(status '1 item of source ehr lies in quarantine')"
expect "all of a source at once" 0 "$CK" quarantine dismiss k --source ehr --reason "a torn copy" --officer-key him.key
same "of those that lay there" "1 item dismissed" "$(cat last.out)"
same "nothing lies there" '"quarantined":0' "$("$CK" status k --format json | grep -o '"quarantined":[0-9]*')"
same "the set is due again" 1 "$(status '"status":"due"')"
same "its words are kept" 2 "$("$CK" sql k "SELECT * FROM acts WHERE kind = 'quarantine dismissed'" --format ndjson 2>/dev/null | wc -l)"
same "and the reasons, with who signed" "1 him true a torn copy of a visit that came whole|2 him true a torn copy" "$("$CK" quarantine list k --dismissed --format ndjson 2>/dev/null |
    sed 's/.*"item":\([0-9]*\).*"role":"\([a-z]*\)","counts":\([a-z]*\),"reason":"\([^"]*\)".*/\1 \2 \3 \4/' | paste -sd'|')"
expect "and the keep is whole" 0 "$CK" check k
"$CK" import k --source ehr torn.ndjson >/dev/null 2>&1
same "the same bytes again are known" 1 "$(status '"status":"due"')"
