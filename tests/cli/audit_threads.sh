#!/bin/sh
# Goal: an audit says the same with any number of threads: cases, every access's
# verdict, what why tells of one; the log has several segments and several sources.
. "$(dirname "$0")/lib.sh"

new_keep
awk 'BEGIN {
    srand(11)
    print "employee_id,user_id,family_name,given_name,department,employed_from,employed_to,address,city,state,postal_code" >"hr.csv"
    for (i = 0; i < 60; i++) printf "w%d,u%d,Family%d,G,Dep%d,2020-01-01,%s,%d Main St,Emporia,KS,66801\n", i, i, i % 40, i % 6, i % 20 ? "" : "2024-03-01", i % 70 >"hr.csv"
    for (i = 0; i < 300; i++) printf "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"Family%d\"}],\"address\":[{\"use\":\"home\",\"line\":[\"%d Main St\"],\"city\":\"Emporia\",\"state\":\"KS\",\"postalCode\":\"66801\"}]}\n", i, i % 90, i % 120 >"people.ndjson"
    for (i = 0; i < 600; i++) printf "{\"resourceType\":\"Encounter\",\"id\":\"e%d\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/p%d\"},\"period\":{\"start\":\"2024-%02d-%02dT08:00:00Z\",\"end\":\"2024-%02d-%02dT09:00:00Z\"}}\n", i, i % 300, 1 + i % 6, 1 + i % 28, 1 + i % 6, 1 + i % 28 >"care.ndjson"
    for (f = 0; f < 2; f++) {
        file = "log" f ".csv"
        print "event_time,user_id,patient_id,action" >file
        for (i = 0; i < 20000; i++) printf "2024-%02d-%02dT%02d:%02d:%02dZ,u%d,p%d,%s\n", 1 + i / 4000, 1 + i % 28, 8 + i % 10, i % 60, (i * 7 + f) % 60, int(rand() * 60), int(rand() * 300), i % 9 ? "View" : "Printed" >file
    }
}' </dev/null
P="--policy $TOP/policies"
# shellcheck disable=SC2086
for s in hr:hr.csv people:people.ndjson care:care.ndjson east:log0.csv west:log1.csv; do
    "$CK" import k $P --source ${s%%:*} ${s##*:} >/dev/null 2>import.err || same "import of $s" "" "$(cat import.err)"
done
same "the log" 40000 "$(count k events)"
for n in 1 2 3 7; do
    expect "cases, $n at work" 0 "$CK" audit k $P --fail-on none --format ndjson --threads $n
    cp last.out cases.$n
    cp last.err said.$n
    expect "accesses, $n at work" 0 "$CK" audit k $P --fail-on none --events --format ndjson --threads $n
    cp last.out events.$n
    holds "the same cases with $n" cmp cases.1 cases.$n
    holds "the same words with $n" cmp said.1 said.$n
    holds "the same verdicts with $n" cmp events.1 events.$n
done
holds "there are cases" test "$(wc -l <cases.1)" -gt 100
same "every access has a verdict" 40000 "$(wc -l <events.1 | tr -d ' ')"
same "in the order of the log" "$(sed -n 's/.*"event":"\([^"]*\)".*/\1/p' events.1 | head -3 | tr '\n' ' ')" "east:1 east:2 east:3 "
case=$(sed -n '1s/.*"case":"\([0-9a-f]*\)".*/\1/p' cases.1)
expect "why" 0 "$CK" why k $P "$case"
expect "no threads" 2 "$CK" audit k $P --threads 0
expect "too many threads" 2 "$CK" audit k $P --threads 1000
