#!/bin/sh
# Goal: a questionnaire says what its addressee needs to answer and nothing else, and
# an answer goes to its case once, the bad rows named by line.
. "$(dirname "$0")/lib.sh"

words="$NAMES|Bandersnatch|Mimsyword"
new_keep
own_rules
cat >>rules/own.policy <<'X'
access "several" {
  title "Several opened one chart" severity low weight 10 when event.exposure == "opened" per event.patient_id within 24 hours count distinct user.id >= 3
  authority "house policy" threshold "three" state house_policy checked "unverified" explain "{count} users opened the chart of {patient.name}"
}
access "hurried" {
  title "Chart after chart" severity low weight 10 when event.exposure == "opened" per user.id within 24 hours count distinct event.patient_id >= 2
  authority "house policy" threshold "two" state house_policy checked "unverified" explain "{user.name} opened {count} charts"
}
X
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2024-03-01T12:00:00Z,drjub,old,Printed\n2024-05-01T12:00:00Z,drjub,new,View\n2024-03-01T12:10:00Z,ghost,old,View\n' >log.csv
printf 'employee_id,user_id,npi,family_name,given_name,department,role,employed_from,employed_to,manager_id\nE1,drjub,9990000011,Jubjubson,Carol,Medicine,physician,2000-01-01,,E2\nE2,boss,9990000012,Bandersnatch,Dan,Medicine,physician,2000-01-01,,\n' >staff.csv
"$CK" import k --policy rules --source hr staff.csv >/dev/null
"$CK" import k --policy rules --source log log.csv >/dev/null
adopt_own
"$CK" audit k --fail-on none >/dev/null 2>&1
"$CK" case list k --rule unexplained --format ndjson 2>/dev/null >list
id() { sed 's/.*"case":"\([0-9a-f]*\)".*/\1/'; }
old=$(grep '"first":"2024-03-01T12:00:00Z"' list | id)
new=$(grep '"first":"2024-05-01' list | id)
ghost=$("$CK" case list k --rule nobodys-account --format ndjson 2>/dev/null | id)
ask() { dir=$1 to=$2; shift 2; "$CK" case ask k "$@" --to "$to" --output "$dir" --by 'privacy office' --due 2026-12-24; }

expect "asked, masked" 0 ask masked user "$old" "$new"
same "one person, one sheet" "001.csv 001.html 001.txt" "$(ls masked | tr '\n' ' ' | sed 's/ $//')"
same "masked" "" "$(grep -ohE "$words" masked/* last.out | sort -u | tr '\n' ' ')"
same "both questions" 2 "$(grep -c '^Question [0-9a-f]' masked/001.txt)"
same "when, by the hospital's clock" 1 "$(grep -c '2024-03-01 06:00  print, opened' masked/001.txt)"
same "and by when" 1 "$(grep -c 'answer by 2026-12-24' masked/001.txt)"
same "not which rule" 0 "$(grep -ciE 'unexplained|score|encounter or' masked/001.txt masked/001.html | grep -vc ':0')"
expect "the folder again" 6 ask masked user "$old"
expect "in clear without an officer" 6 ask clear user "$old" --show-phi REQ-1
entries=$("$CK" ledger list k | wc -l)
expect "in clear" 0 ask clear2 user "$old" --show-phi REQ-1 --officer-key him.key
same "names the patient and the user" 2 "$(grep -cE 'Zyxwvutton|Jubjubson' clear2/001.txt)"
same "and nobody else's chart" 0 "$(grep -c 'Vorpalhand' clear2/001.txt)"
same "leaves a reveal and the asking in the ledger" "$((entries + 2))" "$("$CK" ledger list k | wc -l)"
same "a table without names" "" "$(grep -oE "$words" clear2/001.csv)"
expect "asking the manager" 0 ask boss manager "$old" "$new" --show-phi REQ-2 --officer-key him.key
same "goes to the manager" 1 "$(grep -c 'To: .*Bandersnatch' boss/001.txt)"
same "about the user" 2 "$(grep -c 'Opened by: .*Jubjubson' boss/001.txt)"
expect "asking whom nobody knows" 2 ask none user "$ghost"
expect "or a case twice" 2 ask none user "$old" "$old"
expect "or nobody in particular" 2 ask none friend "$old"
same "who was asked stands in the history" 3 "$("$CK" case show k "$old" 2>/dev/null | grep -c 'asked: .*question')"

q=$(sed -n 2p masked/001.csv | cut -d, -f1)
r=$(sed -n 3p masked/001.csv | cut -d, -f1)
head='question,answered_by,answered_on,reason,explanation'
printf '%s\r\n%s,C. Jubjubson,2024-06-20,treatment,"covering, for a Mimsyword"\r\n%s,,,,\r\n' "$head" "$q" "$r" >good.csv
expect "answers" 0 "$CK" case answer k --from good.csv
same "one taken, one open" 1 "$(grep -c '^1 taken, 0 on file already, 1 not filled in, 0 bad' last.out)"
expect "the same again" 0 "$CK" case answer k --from good.csv
same "is on file already" 1 "$(grep -c '^0 taken, 1 on file already' last.out)"
printf '%s\n%s,A,2024-06-20,treatment,x\n000000000000-1,A,2024-06-20,treatment,x\n%s,A,yesterday,treatment,x\n%s,,2024-06-20,treatment,x\n%s,A,2024-06-20,because,x\n%s-9,A,2024-06-20,other,x\n"%s,A\n%s,B,2024-06-21,by mistake,y\n' "$head" "$r" "$q" "$q" "$q" "$q" "$q" "$r" >bad.csv
expect "bad rows" 3 "$CK" case answer k --from bad.csv
same "each with its line" "3 4 5 6 7 8" "$(sed -n 's/^bad.csv:\([0-9]*\):.*/\1/p' last.err | tr '\n' ' ' | sed 's/ $//')"
same "the good ones among them are taken" 1 "$(grep -c '^2 taken, .* 6 bad' last.out)"
printf '%s\n%s,A,2199-06-20,treatment,x\n%s,A,2023-06-20,treatment,x\n%s;A\n' "$head" "$r" "$r" "$r" >days.csv
expect "a day to come, one before the access, and another separator" 3 "$CK" case answer k --from days.csv
same "each with its line, too" "2 3 4" "$(sed -n 's/^days.csv:\([0-9]*\):.*/\1/p' last.err | tr '\n' ' ' | sed 's/ $//')"
expect "a table of something else" 3 sh -c "printf 'a,b\n1,2\n' >other.csv; '$CK' case answer k --from other.csv"
expect "an empty one" 3 sh -c ": >none.csv; '$CK' case answer k --from none.csv"
same "answers are counted" 1 "$("$CK" case list k --format ndjson 2>/dev/null | grep "\"case\":\"$old\"" | grep -c '"answered":1')"
"$CK" case show k "$old" >m.out 2>/dev/null
same "an answer is masked" "" "$(grep -oE "$words" m.out)"
"$CK" case show k "$old" --show-phi "$old" --officer-key him.key >m.out 2>/dev/null
same "an officer reads it" 1 "$(grep -c 'Mimsyword' m.out)"

# A case of several people's accesses: each is asked of their own, and the privacy office sees whose they are.
printf 'event_time,user_id,patient_id,action\n2024-07-01T12:00:00Z,drjub,new,View\n2024-07-01T12:30:00Z,boss,new,Printed\n2024-07-01T12:31:00Z,ghost,new,View\n2024-07-01T12:40:00Z,boss,old,View\n' >log2.csv
"$CK" import k --policy rules --source log log2.csv >/dev/null
"$CK" audit k --fail-on none >/dev/null 2>&1
several=$("$CK" case list k --rule several --format ndjson 2>/dev/null | id)
hurried=$("$CK" case list k --rule hurried --format ndjson 2>/dev/null | id)
expect "asking several" 0 ask each user "$several" --show-phi REQ-3 --officer-key him.key
same "each has a sheet" 2 "$(ls each/*.txt | wc -l)"
same "with a question of their own" 2 "$(cat each/*.txt | sed -n 's/^Question [0-9a-f]*-\([12]\)$/\1/p' | sort -u | wc -l)"
same "and their own accesses only" "1 1" "$(cat each/*.txt | grep -c '07:00  view') $(cat each/*.txt | grep -c '07:30  print')"
same "none of which names the other" "1 1" "$(grep -lE Jubjubson each/*.txt | wc -l) $(grep -lE Bandersnatch each/*.txt | wc -l)"
q=$(sed -n 2p each/002.csv | cut -d, -f1)
printf '%s\n%s,A,2024-07-20,other,z\n' "$head" "$q" >second.csv
expect "an answer to the second question" 0 "$CK" case answer k --from second.csv
expect "their managers" 0 ask above manager "$several"
same "as far as they are on file" 1 "$(grep -c 'nobody is asked about 2 accesses: who made them, or their manager, is not on file' last.err)"
"$CK" case show k "$several" >m.out 2>/dev/null
same "the accesses by whom" 2 "$(sed -n 's/.*, by \(user-[0-9a-z]*\);.*/\1/p' m.out | sort -u | wc -l)"
"$CK" case show k "$hurried" >m.out 2>/dev/null
same "or of whose charts" 2 "$(sed -n 's/.*, chart of \(patient-[0-9a-z]*\);.*/\1/p' m.out | sort -u | wc -l)"
same "masked still" "" "$(grep -oE "$words" m.out)"
expect "the keep checks" 0 "$CK" check k
same "no word of it in the keep's files" "" "$(grep -rlaE "$words" k)"
