#!/bin/sh
# Goal: what people do about a case is kept, sealed and masked; a decision is an
# officer's, and the dates that a breach starts are those of the law.
. "$(dirname "$0")/lib.sh"

words="$NAMES|Mimsyword"
new_keep
own_rules
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2024-02-01T16:30:00Z,drjub,new,View\n2024-03-01T12:00:00Z,drjub,old,Printed\n' >log.csv
import_log rules
adopt_own
"$CK" audit k --fail-on none >/dev/null 2>&1
case=$("$CK" case list k --rule unexplained --format ndjson 2>/dev/null | sed 's/.*"case":"\([0-9a-f]*\)".*/\1/')
shown() { "$CK" case show k "$case" 2>/dev/null; }

expect "assigned" 0 "$CK" case assign k "$case" --to asmith --by privacy
expect "to nobody" 2 "$CK" case assign k "$case" --to ''
expect "all or none" 2 "$CK" case assign k "$case" 00000000 --to bjones
same "asmith has it" 1 "$("$CK" case list k --assignee asmith --format ndjson 2>/dev/null | grep -c .)"
same "bjones has none" 0 "$("$CK" case list k --assignee bjones --format ndjson 2>/dev/null | grep -c .)"
same "and it counts as reviewed" 0 "$("$CK" case list k --assignee asmith --format ndjson 2>/dev/null | grep -c '"reviewed":null')"

printf 'Mrs Zyxwvutton called, a Mimsyword\033[31m matter\nsecond line\n' >note.txt
expect "what somebody works on is held" 0 "$CK" retention k --format ndjson
holds "under the case's own name" grep -q '"holds":"access case [0-9a-f]*"' last.out
expect "a note from a file" 0 "$CK" case note k "$case" --note note.txt --by asmith
expect "a note from standard input" 0 sh -c "echo Mimsyword two | '$CK' case note k $case"
expect "an empty note" 2 sh -c "'$CK' case note k $case </dev/null"
expect "a note that is not UTF-8" 3 sh -c "printf 'a\377b' | '$CK' case note k $case"
expect "a note of no case" 2 sh -c "echo x | '$CK' case note k 00000000"
shown >m.out
same "a note is masked" "" "$(grep -oE "$words" m.out)"
same "that there are notes is not" 2 "$(grep -c 'noted' m.out)"
"$CK" case show k "$case" --show-phi "$case" --officer-key him.key >m.out 2>/dev/null
same "an officer reads it" 2 "$(grep -c 'Mimsyword' m.out)"
same "and it steers no terminal" 0 "$(grep -c "$(printf '\033')" m.out)"
same "no word of it in the keep's files" "" "$(grep -rlaE "$words" k)"

sheet='"rationale":"Mimsyword reason","nature_and_extent":"a","unauthorized_person":"b","acquired_or_viewed":"c","mitigation":"d"'
printf '{%s,"discovered":"2026-03-01"}' "$sheet" >full.json
printf '{%s}' "$sheet" >undated.json
printf '{%s,"discovered":"2026-03-01","brech":false}' "$sheet" >misspelt.json
printf '{%s,"discovered":"2026-03-01","breach":false}' "$sheet" >bare.json
printf '{%s,"discovered":"2026-03-01","breach":false,"not_a_breach_because":"e"}' "$sheet" >none.json
printf '{%s,"discovered":"%s"}' "$sheet" "$(date -d '+3 days' +%F)" >ahead.json
printf '{"rationale":"nothing was wrong"}' >plain.json
printf '{"rationale":""}' >empty.json
closed() { "$CK" case close k "$case" --status "$1" --worksheet "$2" --officer-key "${3:-him.key}"; }
expect "closed without an officer" 6 "$CK" case close k "$case" --status unsubstantiated --worksheet plain.json
"$CK" officer new stranger --no-passphrase >/dev/null
expect "by a stranger" 6 closed unsubstantiated plain.json stranger.key
expect "to no status" 2 closed 'needs review' plain.json
expect "with an empty reason" 2 closed unsubstantiated empty.json
expect "substantiated on a reason alone" 2 closed substantiated plain.json
expect "without the day of discovery" 2 closed substantiated undated.json
expect "with a misspelt word" 2 closed substantiated misspelt.json
expect "no breach, and no word why" 2 closed substantiated bare.json
expect "discovered in days to come" 2 closed substantiated ahead.json
same "after all that it is open" 1 "$("$CK" case list k --status 'needs review' --rule unexplained --format ndjson 2>/dev/null | grep -c .)"
expect "substantiated" 0 closed substantiated full.json
same "individuals within sixty days" 1 "$(grep -c 'individuals by 2026-04-30 .*164.404(b)' last.out)"
same "HHS sixty days after the year" 1 "$(grep -c 'HHS by 2027-03-01 .*164.408(c)' last.out)"
expect "closed twice" 6 closed unsubstantiated plain.json
shown >m.out
same "which is told to the second" "" "$(sed '1,/^history/d' m.out | grep -E '^  20[0-9-]*T[0-9:]*\.')"
same "the dates stand in the history" 1 "$(grep -c 'closed, substantiated: discovered 2026-03-01; individuals by 2026-04-30, HHS by 2027-03-01 (by him, signature checked)$' m.out)"
same "the reason is masked" "" "$(grep -oE "$words" m.out)"
expect "reopened" 0 "$CK" case reopen k "$case" --by asmith
expect "reopened twice" 6 "$CK" case reopen k "$case"
expect "no breach after all" 0 closed substantiated none.json
same "no notice is due" 0 "$(grep -c 'notice' last.out)"
"$CK" case reopen k "$case" >/dev/null
expect "unsubstantiated" 0 closed unsubstantiated plain.json
same "decided" 0 "$("$CK" case list k --status unsubstantiated --format ndjson 2>/dev/null | grep -c '"decided":null')"
expect "the audit has no open finding of it" 0 "$CK" audit k --format ndjson --fail-on low
same "which knows what was decided" 1 "$(grep -c '"rule":"unexplained".*"status":"unsubstantiated"' last.out)"
printf 'event_time,user_id,patient_id,action\n2024-03-02T12:00:00Z,drjub,old,Printed\n' >more.csv
"$CK" import k --policy rules --source log more.csv >/dev/null
expect "and a new access has it reviewed again" 1 "$CK" audit k --fail-on low
same "under the same id" 1 "$("$CK" case list k --status 'needs review' --format ndjson 2>/dev/null | grep -c "\"case\":\"$case\"")"
same "steps are counted in the ledger" 1 "$("$CK" ledger list k | grep '"kind":"case"' | grep -c '"closed":1' | awk '{print ($1 == 3)}')"
expect "the keep checks" 0 "$CK" check k
same "no word of it in the keep's files" "" "$(grep -rlaE "$words" k)"

# Two at once: one of them waits outside.
cp -r k two
for i in 1 2 3 4; do (echo "note $i" | "$CK" case note two "$case" >/dev/null 2>"err.$i"; echo $? >"rc.$i") & done
wait
good=$(cat rc.* | grep -c '^0$')
same "four at once: written, or turned away as busy" 4 "$(cat rc.* | grep -cE '^(0|11)$')"
same "each that was written is there" "$good" "$(($("$CK" case show two "$case" 2>/dev/null | grep -c noted) - 2))"
expect "and the keep checks" 0 "$CK" check two
