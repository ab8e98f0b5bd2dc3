# The register of rules: filtered, one rule whole, all of it for machines.
. "$(dirname "$0")/lib.sh"

expect "the register" 0 "$CK" policy list "$TOP/policies" --format ndjson
n=$(wc -l <last.out)
same "every block with an id has a row, and three series are in every keep" "$(($(grep -hEc '^(access|evidence|explanation|retention|label|series|review|exception|define|map) "' "$TOP"/policies/*.policy | paste -sd+) + 3))" "$n"
expect "one kind, one place" 0 "$CK" policy list "$TOP/policies" --kind retention --jurisdiction US-KS --format ndjson
same "is what it says" "retention US-KS" "$(jq -r '"\(.kind) \(.jurisdiction)"' last.out | sort -u)"
expect "by state" 0 "$CK" policy list "$TOP/policies" --kind access --state house_policy --format ndjson
same "likewise" "access house policy" "$(jq -r '"\(.kind) \(.state)"' last.out | sort -u)"
expect "no such kind" 2 "$CK" policy list "$TOP/policies" --kind rule

cat >p.policy <<'X'
pack "p" { version "7" language 1 }
define "late" { is event.local_hour > 22 && event.outcome == "success" }
access "night" { title "Opened at night" severity low weight 5 when late && event.exposure == "opened" && !related(["order", "visit"], duration("1h"), duration("1h"))
  authority "house" threshold "the committee" state house_policy checked date("2026-01-02") source "minutes" explain "{user.name} at {event.time}" } // why
test "never" for "night" { given event {time: timestamp("2026-03-10T09:00:00Z")} given user {id: "u"} given patient {id: "p"} expect 0 findings by "night" }
X
sed -i 's/"order", "visit"/"order", "encounter"/' p.policy
expect "one rule whole" 0 "$CK" policy show night p.policy
cat >want <<'X'
access "night"  p 7  p.policy:3
Opened at night
  state         house policy
  authority     house
  threshold     the committee
  checked       2026-01-02, minutes
  says          {user.name} at {event.time}
  reads         event.local_hour, event.outcome, event.exposure, related(order, encounter)
  tests         1

access "night" {
  title "Opened at night"
  severity low
  weight 5
  when late && event.exposure == "opened" && !related(["order", "encounter"], duration("1h"), duration("1h"))
  authority "house"
  threshold "the committee"
  state house_policy
  checked date("2026-01-02") source "minutes"
  explain "{user.name} at {event.time}"
}
test "never" for "night" {
  given event {time: timestamp("2026-03-10T09:00:00Z")}
  given user {id: "u"}
  given patient {id: "p"}
  expect 0 findings by "night"
}
X
same "as it is" "$(cat want)" "$(cat last.out)"
expect "no such rule" 2 "$CK" policy show nigth p.policy
holds "with a suggestion" grep -q 'did you mean `night`' last.err

expect "all of it" 0 "$CK" policy export p.policy --output rules.json
same "with a version" 1 "$(jq .schema_version rules.json)"
same "the pack is named with its digest" "p 7 64" "$(jq -r '.packs[0] | "\(.pack) \(.version) \(.digest | length)"' rules.json)"
same "a definition's parts are parts of the rule" "event.local_hour > 22" "$(jq -r '.rules[] | select(.rule == "night") | .conditions[0].conjuncts[0]' rules.json)"
same "clauses stand as fmt writes them" 'checked date("2026-01-02") source "minutes"' "$(jq -r '.rules[] | select(.rule == "night") | .clauses[7]' rules.json)"
"$CK" policy fmt p.policy >/dev/null && "$CK" policy export p.policy --output again.json
same "formatting leaves the meaning" "$(jq -cS '.rules | map(del(.line))' rules.json)" "$(jq -cS '.rules | map(del(.line))' again.json)"
mkdir packs && cp "$TOP"/policies/*.policy packs/ && "$CK" policy export packs --output a.json && "$CK" policy fmt packs >/dev/null && "$CK" policy export packs --output b.json
same "of every pack" "$(jq -cS '.rules | map(del(.line))' a.json | sha512sum)" "$(jq -cS '.rules | map(del(.line))' b.json | sha512sum)"
expect "the register as a table" 0 "$CK" policy export "$TOP/policies" --kind access --format csv
same "is that of list" "$("$CK" policy list "$TOP/policies" --kind access --format csv)" "$(cat last.out)"

cat >x.policy <<'X'
pack "p" { version "7" language 1 }
access "night" { title "Opened at night" severity low weight 5 when event.local_hour > 22
  authority "house" threshold "the committee" state house_policy checked date("2026-01-02") source "minutes" explain "x" }
exception "triage" for "night" { when user.unit == "ED" until date("2027-01-01") owner "privacy office" reason "first look" }
review "alike" { title "Two charts" over patient queue "HIM" severity low when patient.alike > 0
  authority "house" threshold "HIM" state house_policy checked date("2026-01-02") source "minutes" explain "y" }
test "kept" for "triage" { given event {time: timestamp("2026-03-10T23:00:00Z")} given user {id: "u", unit: "ED"} given patient {id: "p"} expect 0 findings by "night" }
test "one" for "alike" { given patient {id: "p"} expect 0 findings by "alike" }
X
expect "exceptions and reviews have rows" 0 "$CK" policy list x.policy --kind exception --kind review --format ndjson
same "with owner and end, queue's rule and check" 'review alike|Two charts|house|2026-01-02|house policy|1
exception triage|for night: first look|privacy office||until 2027-01-01|1' "$(jq -r '"\(.kind) \(.rule)|\(.title)|\(.authority)|\(.checked)|\(.state)|\(.tests)"' last.out)"
expect "an exception whole" 0 "$CK" policy show triage x.policy
cat >want <<'X'
exception "triage"  p 7  x.policy:4
for night: first look
  state         until 2027-01-01
  owner         privacy office
  reads         user.unit
  tests         1

exception "triage" for "night" {
  when user.unit == "ED"
  until date("2027-01-01")
  owner "privacy office"
  reason "first look"
}
test "kept" for "triage" {
  given event {time: timestamp("2026-03-10T23:00:00Z")}
  given user {id: "u", unit: "ED"}
  given patient {id: "p"}
  expect 0 findings by "night"
}
X
same "with its tests" "$(cat want)" "$(cat last.out)"
expect "its rule" 0 "$CK" policy show night x.policy
same "shows what is excepted from it" "$(sed -n '/^exception "triage" for/,/^}/p' want)" "$(sed -n '/^exception/,$p' last.out)"
expect "a review whole" 0 "$CK" policy show alike x.policy
same "what it is over and whose queue" '  over patient
  queue "HIM"' "$(grep -E '^  (over|queue) ' last.out)"
same "and its test" 'test "one" for "alike" {' "$(grep '^test' last.out)"
expect "all for machines" 0 "$CK" policy export x.policy --output x.json
same "with the rule an exception is for" 'access night null
review alike null
exception triage night' "$(jq -r '.rules[] | select(.pack) | "\(.kind) \(.rule) \(.for)"' x.json)"
same "its clauses and its condition" 'when user.unit == "ED"|until date("2027-01-01")|owner "privacy office"|reason "first look" when user.unit == "ED"' \
    "$(jq -r '.rules[] | select(.rule == "triage") | "\(.clauses | join("|")) \(.conditions[0] | "\(.clause) \(.text)")"' x.json)"
expect "as a table" 0 "$CK" policy export x.policy --kind exception --format csv
same "with the same row" '1,exception,triage,for night: first look,privacy office,,,,,until 2027-01-01,1,p,7,' "$(tail -1 last.out | tr -d '\r')"
