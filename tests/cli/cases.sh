#!/bin/sh
# Goal: cases under adopted rules stay on file, keep their ids, and say nothing of
# anybody that is not asked for with an officer's key.
. "$(dirname "$0")/lib.sh"

words=$NAMES
new_keep
own_rules
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2024-02-01T16:30:00Z,drjub,new,View\n2024-03-01T12:00:00Z,drjub,old,Printed\n' >log.csv
import_log rules
clean() { # NAME COMMAND…
    name=$1
    shift
    "$@" >m.out 2>m.err
    same "$name shows no identifier" "" "$(grep -oE "$words" m.out m.err | sort -u | tr '\n' ' ')"
}
expect "a trial" 0 "$CK" audit k --policy rules --fail-on none
same "the visits on file end before the log does" 1 "$(grep -c '^the last visit on file began on 2024-02-01, and the log goes on to 2024-03-01' last.err)"
expect "no case is on file after a trial" 0 "$CK" case list k
same "none at all" 0 "$(grep -c . last.out)"
adopt_own
expect "an audit under adopted rules" 0 "$CK" audit k --fail-on none --format ndjson
sed 's/.*"case":"\([0-9a-f]*\)".*/\1/' last.out | sort >ids
n=$(grep -c . ids)
holds "finds cases" test "$n" -gt 0
expect "they are on file" 0 "$CK" case list k --format ndjson
same "under the same ids" "$(cat ids)" "$(sed 's/.*"case":"\([0-9a-f]*\)".*/\1/' last.out | sort)"
cp last.out first.list
"$CK" audit k --fail-on none --format ndjson >second.audit 2>/dev/null
same "a second audit has the same ids" "$(cat ids)" "$(sed 's/.*"case":"\([0-9a-f]*\)".*/\1/' second.audit | sort)"
"$CK" case list k --format ndjson >second.list 2>/dev/null
holds "and leaves what is on file as it was" cmp first.list second.list
same "cases come first in the ledger's counts" 1 "$("$CK" ledger list k | tail -1 | grep -c '"cases_new":0')"

case=$(sed -n 's/.*"case":"\([0-9a-f]*\)","rule":"unexplained".*/\1/p' first.list | head -1)
for format in table ndjson csv json; do clean "case list as $format" "$CK" case list k --format $format; done
clean "case show" "$CK" case show k "$case"
same "it names the access" 1 "$(grep -c 'log:2 ' m.out)"
same "and has the arithmetic of the score" 1 "$(grep -c 'score .* = .*(the rule)' m.out)"
expect "a case by its beginning" 0 "$CK" case show k "$(echo "$case" | cut -c1-8)"
expect "too short a beginning" 2 "$CK" case show k "$(echo "$case" | cut -c1-5)"
expect "no such case" 2 "$CK" case show k 00000000
expect "in clear without an officer" 6 "$CK" case show k "$case" --show-phi "$case"
expect "in clear by a stranger" 6 sh -c "'$CK' officer new stranger --no-passphrase >/dev/null; '$CK' case show k $case --show-phi $case --officer-key stranger.key"
entries=$("$CK" ledger list k | wc -l)
expect "in clear with an officer" 0 "$CK" case show k "$case" --show-phi "$case" --officer-key him.key
same "shows the patient" 1 "$(grep -c 'Zyxwvutton' last.out)"
same "and left one entry" $((entries + 1)) "$("$CK" ledger list k | wc -l)"
expect "by status" 0 "$CK" case list k --status 'needs review'
expect "by a status there is not" 2 "$CK" case list k --status open
expect "by rule" 0 "$CK" case list k --rule unexplained --format ndjson
same "only that rule's" 0 "$(grep -vc '"rule":"unexplained"' last.out)"
expect "by who has it" 0 "$CK" case list k --assignee nobody
same "nobody has any" 0 "$(grep -c . last.out)"

# A fact that comes late proposes closing; a person closes.
cat >late.ndjson <<'X'
{"resourceType":"Encounter","id":"e3","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/old"},"participant":[{"individual":{"reference":"Practitioner/d1"}}],"period":{"start":"2024-03-01T11:00:00Z","end":"2024-03-01T13:00:00Z"},"serviceProvider":{"reference":"Organization/o1"}}
X
"$CK" import k --source ehr late.ndjson >/dev/null
expect "an audit after a late visit" 0 "$CK" audit k --fail-on none
expect "the case is no longer found" 0 "$CK" case list k --no-longer-found --format ndjson
same "that case" "$case" "$(sed -n 's/.*"case":"\([0-9a-f]*\)".*"rule":"unexplained".*/\1/p' last.out)"
same "and still needs review" 1 "$(grep -c '"status":"needs review"' last.out)"
expect "the keep checks" 0 "$CK" check k
leaks=$(grep -lraE "$words" k 2>/dev/null)
same "no name in clear in the keep" "" "$leaks"

# The smallest missing fact is enough: put on file, it explains the accesses.
printf 'event_time,user_id,patient_id,action\n2024-05-01T12:00:00Z,drjub,old,Printed\n' >later.csv
"$CK" import k --policy rules --source log later.csv >/dev/null
"$CK" audit k --fail-on none >/dev/null 2>&1
"$CK" case list k --rule unexplained --format ndjson 2>/dev/null | grep '2024-05-01' >missing.list
fact=$(sed -n 's/.*"missing_fact":"\([^"]*\)".*/\1/p' missing.list)
same "the fact is a relation in the user's department" 1 "$(echo "$fact" | grep -c 'of the patient in the user.s department or unit (Medicine) between')"
end=$(echo "$fact" | sed 's/.* and \([0-9T:-]*Z\).*/\1/')
visit() { # ID TIME
    printf '{"resourceType":"Encounter","id":"%s","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/old"},"participant":[{"individual":{"reference":"Practitioner/d1"}}],"period":{"start":"%s","end":"%s"},"serviceProvider":{"reference":"Organization/o1"}}\n' "$1" "$2" "$2" >"$1.ndjson"
    "$CK" import k --source ehr "$1.ndjson" >/dev/null
    "$CK" audit k --fail-on none >/dev/null 2>&1
}
found() { "$CK" case list k --rule unexplained --format ndjson 2>/dev/null | grep '2024-05-01' | grep -c '"closing_proposed":false'; }
visit e4 "$(date -u -d "$end + 1 second" +%FT%TZ)"
same "a second too late explains nothing" 1 "$(found)"
visit e5 "$end"
same "at the end of its time it explains the access" 0 "$(found)"
