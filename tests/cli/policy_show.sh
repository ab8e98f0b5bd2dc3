# The register of rules: filtered, one rule whole, all of it for machines.
. "$(dirname "$0")/lib.sh"

expect "the register" 0 "$CK" policy list "$TOP/policies" --format ndjson
n=$(wc -l <last.out)
same "every block with an id has a row, and three series are in every keep" "$(($(grep -hEc '^(access|evidence|explanation|retention|label|series|review|exception|define|map) "' "$TOP"/policies/*.policy | paste -sd+) + 3))" "$n"
expect "one kind, one place" 0 "$CK" policy list "$TOP/policies" --kind retention --jurisdiction US-KS --format ndjson
same "is what it says" "retention US-KS" "$(jq -r '"\(.kind) \(.jurisdiction)"' last.out | sort -u)"
expect "by state" 0 "$CK" policy list "$TOP/policies" --kind access --state house_policy --format ndjson
same "likewise" "access house policy" "$(jq -r '"\(.kind) \(.state)"' last.out | sort -u)"
expect "a state in words" 0 "$CK" policy list "$TOP/policies" --kind access --state "house policy" --format ndjson
same "is the same" "access house policy" "$(jq -r '"\(.kind) \(.state)"' last.out | sort -u)"
# refused OPTION WORD HAVE: no such word; what it says
refused() {
    expect "no such $1: $2" 2 "$CK" policy list "$TOP/policies" "--$1" "$2"
    same "what there is: $2" "$3" "$(sed 's/^chartkeep: //' last.err)"
}
refused kind rule '--kind rule: one of access, evidence, explanation, retention, label, series, review, exception, define, map'
refused state inforce '--state inforce: one of in_force, house_policy, proposed, vacated, law, recommendation, contract
hint: did you mean `in_force`?'
refused jurisdiction us-ks '--jurisdiction us-ks: US, a state such as US-KS, or another place that a rule names
hint: did you mean US-KS?'
refused jurisdiction Atlantis '--jurisdiction Atlantis: US, a state such as US-KS, or another place that a rule names'
expect "a state without a rule is one" 0 "$CK" policy list "$TOP/policies" --jurisdiction US-ID
expect "export likewise" 2 "$CK" policy export "$TOP/policies" --state lwa

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
define "late" {
  is event.local_hour > 22 && event.outcome == "success"
}
test "never" for "night" {
  given event {time: timestamp("2026-03-10T09:00:00Z")}
  given user {id: "u"}
  given patient {id: "p"}
  expect 0 findings by "night"
}
X
same "as it is" "$(cat want)" "$(cat last.out)"
expect "for a program" 0 "$CK" policy show night p.policy --format json
same "the definition comes with its text" 'late event.local_hour > 22 && event.outcome == "success"' "$(jq -r '.rules[0].definitions[] | "\(.definition) \(.text)"' last.out)"
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

cat >d.policy <<'X'
pack "d" { version "1" language 1 }
define "hour" { is event.local_hour }
define "late" { is hour > 22 }
define "unit" { is user.unit }
define "elsewhere" { is event.unit != user.unit }
access "night" { title "Opened at night" severity low weight 5 when late
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "at {hour} in {unit}" }
access "away" { title "Opened elsewhere" severity low weight 5 when elsewhere
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }
X
cat >e.policy <<'X'
pack "e" { version "1" language 1 }
define "emergency" { is user.unit == "ED" }
exception "triage" for "night" { when emergency until date("2027-01-01") owner "o" reason "r" }
X
expect "what a rule rests on by others, in its texts and its exceptions" 0 "$CK" policy show night d.policy e.policy
same "is shown once, and no more" "late hour unit emergency" "$(sed -n 's/^define "\(.*\)" {/\1/p' last.out | paste -sd' ')"
expect "a definition" 0 "$CK" policy show late d.policy
same "shows what it is made of" "late hour" "$(sed -n 's/^define "\(.*\)" {/\1/p' last.out | paste -sd' ')"

# what a pack says never acts on the terminal
printf 'pack "s" { version "1" language 1 }\naccess "\033[2J" { title "a\033]0;x\007\302\233\342\200\256b" severity low weight 5 // \033[1m\n  when event.local_hour > 22\n  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }\ntest "t\033[3J" for "\033[2J" { given event {time: timestamp("2026-03-10T12:00:00Z")} expect flagged by "\033[2J" }\n' >s.policy
expect "a rule with control characters" 0 "$CK" policy show "$(printf '\033[2J')" s.policy
same "is shown with their numbers" 'a<U+001B>]0;x<U+0007><U+009B><U+202E>b' "$(sed -n 2p last.out)"
same "on every line" 0 "$(grep -c "$(printf '[\001-\010\013-\037]')" last.out)"
expect "a failed test with them" 1 "$CK" policy test s.policy
same "likewise" 's.policy:5: test "t<U+001B>[3J" failed: nothing was flagged by <U+001B>[2J' "$(head -1 last.out)"
