# What the tests of a pack leave untried, and tests that hold rules to their words.
. "$(dirname "$0")/lib.sh"

cat >p.policy <<'X'
pack "p" { version "1" language 1 }
access "late" { title "Late" severity low weight 5 when event.local_hour >= 22 && user.department == "HIM"
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "{user.name} at {event.local_hour}" }
access "other" { title "Other" severity low weight 5 when event.outcome == "success"
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }
test "late" for "late" {
  given user {id: "u", name: "Doe, Jane", department: "HIM"}
  given patient {id: "p"}
  given event {time: timestamp("2026-03-10T23:00:00Z")}
  expect 1 finding by "late"
  expect sentence "Doe, Jane at 23"
}
X
expect "the tests hold" 0 "$CK" policy test p.policy --coverage --format ndjson
same "what they leave" 'late event.local_hour >= 22 false,unknown
late user.department == "HIM" false,unknown
other Other tested' "$(jq -r '"\(.rule) \(.text) \(.never | join(","))"' last.out)"
same "in words beside the rows" "1 passed, 0 failed
1 of 2 rules are tested; 2 of the 9 ways their conditions can come out are tried" "$(cat last.err)"
expect "as a table" 0 "$CK" policy test p.policy --coverage
same "behind the count of tests" "1 passed, 0 failed" "$(head -1 last.out)"
sed -i 's/at 23"$/at 24"/' p.policy
expect "a sentence that it does not say" 1 "$CK" policy test p.policy
same "is shown beside what it says" 'p.policy:6: test "late" failed: it says "Doe, Jane at 23"' "$(head -1 last.out)"
expect "a failed test fails with coverage too" 1 "$CK" policy test p.policy --coverage --format json
same "and the rows are still a document" 3 "$(jq '.untried | length' last.out)"
expect "every shipped pack" 0 "$CK" policy test "$TOP/policies" --coverage --format csv

# exceptions and reviews are rules too
cat >x.policy <<'X'
pack "p" { version "1" language 1 }
access "late" { title "Late" severity low weight 5 when event.local_hour >= 22
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }
exception "triage" for "late" { when user.unit == "ED" until date("2027-01-01") owner "o" reason "r" }
exception "night shift" for "late" { when user.unit == "ICU" until date("2027-01-01") owner "o" reason "r" }
review "alike" { title "Two charts" over patient queue "HIM" severity low when patient.sex == "F" && patient.alike > 0
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }
test "at 23" for "late" { given event {time: timestamp("2026-03-10T23:00:00Z")} given user {id: "u", unit: "3W"} given patient {id: "p"} expect 1 finding by "late" }
test "kept" for "triage" { given event {time: timestamp("2026-03-10T23:00:00Z")} given user {id: "u", unit: "ED"} given patient {id: "p"} expect 0 findings by "late" }
X
expect "their tests hold" 0 "$CK" policy test x.policy --coverage --format ndjson
same "what no test is about, and the ways the others leave" 'access late event.local_hour >= 22 false,unknown
review alike Two charts tested
exception triage user.unit == "ED" false,unknown
exception night shift for late: r tested' "$(jq -r '"\(.kind) \(.rule) \(.text) \(.never | join(","))"' last.out)"
same "counted with the rules" "2 of 4 rules are tested" "$(sed -n '2s/;.*//p' last.err)"

# each test as a row
cat >r.policy <<'X'
pack "r" { version "1" language 1 }
access "late" { title "Late" severity low weight 5 when event.local_hour >= 22
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "at {event.local_hour}" }
test "at 23" for "late" { given event {time: timestamp("2026-03-10T23:00:00Z")} expect 1 finding by "late"
  expect  sentence "at 23" // as it is
}
test "at noon" for "late" { given event {time: timestamp("2026-03-10T12:00:00Z")} expect unexplained expect flagged by "late" }
test "of a set" { given set {} expect undetermined }
X
expect "tests that failed, for a program" 1 "$CK" policy test r.policy --format json
same "are told with what was expected and found" '1
r late at 23 r.policy 4 true 1 finding by "late";sentence "at 23" null null
r late at noon r.policy 7 false unexplained;flagged by "late" flagged by "late" nothing was flagged by late
r null of a set r.policy 8 false undetermined null line 8: a test gives records, not sets' \
    "$(jq -r '.schema_version, (.tests[] | "\(.pack) \(.rule) \(.test) \(.file) \(.line) \(.passed) \(.expected | join(";")) \(.unmet) \(.found)")' last.out)"
same "and counted beside it" "1 passed, 2 failed" "$(cat last.err)"
expect "a line each" 1 "$CK" policy test r.policy --format ndjson
same "of three" "1 1 1" "$(jq -r .schema_version last.out | paste -sd' ')"
expect "every shipped test" 0 "$CK" policy test "$TOP/policies" --format json
same "has a row and expects something" "$(($(grep -hc '^test ' "$TOP"/policies/*.policy | paste -sd+))) true" "$(jq -r '"\(.tests | length) \(.tests | all(.passed and (.expected | length > 0)))"' last.out)"
