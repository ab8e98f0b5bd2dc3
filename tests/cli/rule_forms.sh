#!/bin/sh
# Goal: counts, sequences, overlaps and exceptions as a pack's own tests try them, as check and list tell them, and as an
# audit of a keep and why show them.
. "$(dirname "$0")/lib.sh"

cat >forms.policy <<'P'
pack "forms" { version "1" language 1 }
access "strangers" {
  title "Many opened one chart" severity high weight 50 when event.exposure == "opened" unless expected
  per event.patient_id within 24 hours count distinct user.id >= 3
  authority "house" threshold "house" state house_policy checked "unverified" explain "{count} of {limit}, {first.time} to {last.time}"
}
access "returns" {
  title "The same chart on three days" severity low weight 5 when event.exposure == "opened" unless expected
  per user.id, event.patient_id within 90 days count distinct event.day >= 3
  authority "house" threshold "house" state house_policy checked "unverified" explain "{user.name} and {patient.name}: {count} days"
}
access "guessed" {
  title "A guessed password" severity high weight 90 when event.exposure in ["system", "opened"]
  first event.action == "login" && event.outcome != "success" count >= 5 then event.action == "login" && event.outcome == "success" then event.action == "view"
  within 30 minutes per user.login
  authority "house" threshold "house" state house_policy checked "unverified" explain "{count} of {limit} at {first.place}"
}
access "undisclosed" {
  title "Exported, not accounted for" severity medium weight 20 when true
  first event.action == "export" then no event.purpose == "PATRQT" within 2 days per event.patient_id
  authority "house" threshold "house" state house_policy checked "unverified" explain "exported at {first.time}"
}
access "twice" {
  title "Two places at once" severity medium weight 20 when event.exposure == "opened" overlap event.place within 2 minutes per user.id
  authority "house" threshold "house" state house_policy checked "unverified" explain "{first.place} and {last.place}"
}
exception "desk" for "strangers" { when user.unit == "ED" until date("2026-02-01") owner "privacy office" reason "the desk opens every chart that comes in" }

test "three strangers in a day" for "strangers" {
  given user { id: "a" }  given user { id: "b" }  given user { id: "c" }
  given event { user_id: "a", time: timestamp("2026-01-10T01:00:00Z") }
  given event { user_id: "b", time: timestamp("2026-01-10T02:00:00Z") }
  given event { user_id: "c", time: timestamp("2026-01-11T01:00:00Z") }
  expect 1 finding by "strangers"
}
test "one of them stands at the desk" for "strangers" {
  given user { id: "a", unit: "ED" }  given user { id: "b" }  given user { id: "c" }
  given event { user_id: "a", time: timestamp("2026-01-10T01:00:00Z") }
  given event { user_id: "b", time: timestamp("2026-01-10T02:00:00Z") }
  given event { user_id: "c", time: timestamp("2026-01-11T01:00:00Z") }
  expect 0 findings by "strangers"
}
test "after the exception" for "desk" {
  given user { id: "a", unit: "ED" }  given user { id: "b" }  given user { id: "c" }
  given event { user_id: "a", time: timestamp("2026-02-01T00:00:00Z") }
  given event { user_id: "b", time: timestamp("2026-02-01T02:00:00Z") }
  given event { user_id: "c", time: timestamp("2026-02-01T03:00:00Z") }
  expect 1 finding by "strangers"
}
test "three days" for "returns" { events 3 every duration("720h") from timestamp("2026-01-01T10:00:00Z") event { } expect 1 finding by "returns" }
test "three times on two days" for "returns" { events 3 every duration("12h") from timestamp("2026-01-01T10:00:00Z") event { } expect 0 findings by "returns" }
test "five failures, one that works, a chart" for "guessed" {
  events 5 every duration("1m") from timestamp("2026-01-31T23:00:00Z") event { action: "login", outcome: "minor failure", exposure: "system", patient_id: "" }
  given event { time: timestamp("2026-01-31T23:06:00Z"), action: "login", exposure: "system", patient_id: "" }
  given event { time: timestamp("2026-01-31T23:08:00Z") }
  expect 1 finding by "guessed"
}
test "four failures" for "guessed" {
  events 4 every duration("1m") from timestamp("2026-01-31T23:00:00Z") event { action: "login", outcome: "minor failure", exposure: "system", patient_id: "" }
  given event { time: timestamp("2026-01-31T23:06:00Z"), action: "login", exposure: "system", patient_id: "" }
  given event { time: timestamp("2026-01-31T23:08:00Z") }
  expect 0 findings by "guessed"
}
test "nothing behind it in two days" for "undisclosed" {
  given event { action: "export", purpose: "TREAT", day: date("2026-01-10") }  given event { purpose: "TREAT", day: date("2026-01-12") }
  expect 1 finding by "undisclosed"
}
test "the two days are not over" for "undisclosed" {
  given event { action: "export", purpose: "TREAT", day: date("2026-01-10") }  given event { purpose: "TREAT", day: date("2026-01-11") }
  expect 0 findings by "undisclosed"
}
test "accounted for" for "undisclosed" {
  given event { action: "export", purpose: "TREAT", day: date("2026-01-10") }  given event { purpose: "PATRQT", day: date("2026-01-11") }
  given event { purpose: "TREAT", day: date("2026-01-20") }
  expect 0 findings by "undisclosed"
}
test "here and there" for "twice" {
  given event { place: "ER", time: timestamp("2026-01-10T01:00:00Z") }  given event { place: "lab", time: timestamp("2026-01-10T01:02:00Z") }
  expect flagged by "twice"
}
test "there later" for "twice" {
  given event { place: "ER", time: timestamp("2026-01-10T01:00:00Z") }  given event { place: "lab", time: timestamp("2026-01-10T01:02:01Z") }
  expect 0 findings by "twice"
}
P
expect "the pack's own tests" 0 "$CK" policy test forms.policy
same "all of them" "12 passed, 0 failed" "$(cat last.out)"
expect "check before the exception ends" 0 "$CK" policy check --as-of 2026-01-31 forms.policy
holds "no word of it" test "$(grep -c 'ran out' last.err)" = 0
expect "check on the day it has" 0 "$CK" policy check --as-of 2026-02-01 forms.policy
holds "a warning at its end" grep -q '^forms.policy:[0-9]*:[0-9]*: warning: this exception ran out: nothing from 2026-02-01 on is excepted' last.err
"$CK" policy list forms.policy --format csv | grep -q 'exception,desk,for strangers: the desk opens every chart that comes in,privacy office,,,,,until 2026-02-01,1,forms,1' && echo "ok listed with owner and end" || echo "not ok listed with owner and end"
grep -v 'reason "the desk' forms.policy | sed 's/^test "after.*/test "x" {/' >bare.policy
printf 'exception "no end" for "twice" { when true owner "o" reason "r" }\nexception "nobody" for "twice" { when true until date("2027-01-01") reason "r" }\nexception "nowhy" for "twice" { when true until date("2027-01-01") owner "o" }\n' >>bare.policy
expect "an exception without end, owner or reason" 2 "$CK" policy check bare.policy
for word in until owner reason; do holds "needs $word" grep -q "an exception needs \`$word\`" last.err; done

new_keep 2>/dev/null
cat >log.csv <<'C'
event_id,event_time,user_id,patient_id,action,workstation
e1,2026-01-10T08:00:00Z,ada,p1,View,ER-1
e2,2026-01-10T09:00:00Z,bo,p1,View,ER-2
e3,2026-01-10T10:00:00Z,cy,p1,View,ER-3
e4,2026-01-10T10:01:00Z,cy,p1,View,ER-4
e5,2026-01-20T10:00:00Z,cy,p1,View,ER-3
C
expect "a log" 0 "$CK" import k --source log --policy "$TOP/policies/maps.policy" --map access-log log.csv
expect "nobody is accused while nobody knows whose accounts they are" 0 "$CK" audit k --policy forms.policy --format csv
holds "which is counted" grep -q "^  strangers  *5  who is behind the account" last.err
printf 'employee_id,user_id,family_name,given_name,department,role,employed_from,employed_to\n1,ada,A,A,X,,2000-01-01,\n2,bo,B,B,X,,2000-01-01,\n3,cy,C,C,X,,2000-01-01,\n' >staff.csv
expect "the workforce" 0 "$CK" import k --source hr --policy "$TOP/policies/maps.policy" --map workforce staff.csv
expect "an audit has findings" 1 "$CK" audit k --policy forms.policy --format csv
cut -d, -f3 last.out | sort | uniq -c | sed 's/^ *//' | tr '\n' ';' >rules.txt
same "a case of a chart, of one of two places, and one of each pair" "1 rule;1 strangers;1 twice;" "$(sed 's/[0-9]* unexplained;//' rules.txt)"
holds "told in its own words" grep -q 'ER-3 and ER-4' last.out
sed 's/user.unit == "ED"/user.login == "ada"/' forms.policy >ada.policy
expect "an exception for one of the three" 0 "$CK" audit k --policy ada.policy --format csv --output cases.csv
holds "leaves two" test "$(grep -c strangers cases.csv)" = 0
holds "and is counted" grep -q '^strangers: exceptions kept it from 1 access$' last.err
expect "why" 0 "$CK" why k log:1 --policy ada.policy
holds "shows it" grep -q 'strangers  *no: excepted by desk (privacy office: the desk opens every chart that comes in)' last.out
