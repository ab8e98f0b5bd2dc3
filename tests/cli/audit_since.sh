#!/bin/sh
# Goal: an audit that goes on from the last one finds what a full run over a copy
# of the keep finds, whatever came in between; it says which kind of run it was,
# and why; killed or out of disk, it leaves the keep as it was or as it is to be.
. "$(dirname "$0")/lib.sh"

people() { # DEPARTMENT OF w3, END OF w4
    echo "employee_id,user_id,family_name,given_name,department,employed_from,employed_to,address,city,state,postal_code"
    awk -v dep="$1" -v end="$2" 'BEGIN { for (i = 0; i < 30; i++) printf "w%d,u%d,Family%d,G,%s,2020-01-01,%s,%d Main St,Emporia,KS,66801\n", i, i, i % 20, i == 3 ? dep : "Dep" i % 4, i == 4 ? end : "", i % 35 }'
}
visits() { # FROM TO: numbers of visits
    awk -v a="$1" -v b="$2" 'BEGIN { for (i = a; i < b; i++) { p = i % 80; m = 1 + int(i / 40) % 6; d = 1 + i % 28
        printf "{\"resourceType\":\"Encounter\",\"id\":\"e%d\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/p%d\"},\"participant\":[{\"individual\":{\"identifier\":{\"value\":\"w%d\"}}}],\"period\":{\"start\":\"2024-%02d-%02dT08:00:00Z\",\"end\":\"2024-%02d-%02dT09:00:00Z\"}}\n", i, p, i % 30, m, d, m, d } }'
}
accesses() { # MONTH FIRST-DAY LAST-DAY N SEED
    awk -v m="$1" -v a="$2" -v b="$3" -v n="$4" -v s="$5" 'BEGIN { srand(s); print "event_time,user_id,patient_id,action"
        for (i = 0; i < n; i++) { u = int(rand() * 30); for (k = int(rand() * 3); k >= 0; k--)
            printf "2024-%02d-%02dT%02d:%02d:%02dZ,u%d,p%d,%s\n", m, a + int(rand() * (b - a + 1)), 8 + int(rand() * 10), int(rand() * 60), int(rand() * 60), u, int(rand() * 80), rand() < 0.95 ? "View" : "Printed" } }'
}
take() { # SOURCE FILE
    "$CK" import k --source "$1" "$2" >import.out 2>import.err || same "import of $2" "" "$(cat import.err)"
}
# goes NAME SINCE|FULL WORDS: audited, it went on or not, and finds what a full run does; so it does where little of it is shown.
goes() {
    rm -rf whole few && cp -r k whole && cp -r k few
    "$CK" audit whole --full --fail-on none --format ndjson >whole.out 2>whole.err || same "$1: the full run" "" "$(cat whole.err)"
    "$CK" audit k --fail-on none --format ndjson >since.out 2>since.err || same "$1: the run" "" "$(cat since.err)"
    holds "$1: the same findings" cmp since.out whole.out
    same "$1: the same verdicts" "$(grep '^as of' whole.err)" "$(grep '^as of' since.err)"
    same "$1: the same cases on file" "$(grep '^on file' whole.err)" "$(grep '^on file' since.err)"
    "$CK" audit few --capacity 7 --fail-on none --format ndjson >few.out 2>few.err || same "$1: the first few" "" "$(cat few.err)"
    grep '"status":"needs review"' whole.out | head -7 >first.out
    holds "$1: the first few" cmp few.out first.out
    same "$1: a few shown, the same on file" "$(grep '^on file' whole.err)" "$(grep '^on file' few.err)"
    for keep in whole few; do "$CK" case list $keep --format ndjson 2>/dev/null | sed 's/"opened":.*"reviewed"/"reviewed"/' >$keep.list; done
    holds "$1: and in the same words" cmp few.list whole.list
    case $2 in
    SINCE) holds "$1: it went on" grep -q "^on from the last audit: $3" since.err ;;
    *) holds "$1: it was full, and says why" grep -q "^a full run: $3" since.err ;;
    esac
    grep "^on from\|^a full run" since.err | sed "s/^/# $1: /"
}

new_keep
adopt
awk 'BEGIN { for (i = 0; i < 80; i++) printf "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"Family%d\"}],\"address\":[{\"use\":\"home\",\"line\":[\"%d Main St\"],\"city\":\"Emporia\",\"state\":\"KS\",\"postalCode\":\"66801\"}]}\n", i, i % 30, i % 60 }' >people.ndjson
people Dep3 "" >hr.csv
visits 0 60 >care.ndjson
accesses 1 1 28 400 1 >log1.csv
for s in hr:hr.csv people:people.ndjson care:care.ndjson east:log1.csv; do take ${s%%:*} ${s##*:}; done
goes "the first" FULL "no audit"
goes "nothing new" SINCE "0 accesses"
holds "there are cases" test "$(wc -l <since.out)" -gt 50
accesses 2 1 1 150 2 >log2.csv && take east log2.csv
goes "a day" SINCE "[1-9][0-9]* access\(es\)* came since; judged again were those of 0 patients and 0 accounts"
accesses 2 2 2 150 3 >log3.csv && take west log3.csv
goes "a day of another log" SINCE "[1-9]"
visits 60 68 >more.ndjson && take care more.ndjson
goes "late visits" SINCE "0 accesses"
accesses 2 1 3 12 4 >log4.csv && take east log4.csv
goes "accesses that come late" SINCE "[1-9]"
people Dep1 2024-01-10 >hr2.csv && take hr hr2.csv
accesses 2 4 5 90 5 >log5.csv && take west log5.csv
goes "somebody moved, somebody had left" SINCE "[1-9].* accounts"
holds "who had left is found" grep -q '"rule":"ended-affiliation' since.out
sed 's/"line":\["1 Main St"\]/"line":["77 Elm St"]/' people.ndjson >moved.ndjson && take people moved.ndjson
goes "a patient moved" SINCE "0 accesses"
visits 68 200 >rest.ndjson && take care rest.ndjson
goes "news of most" FULL "most people's accesses are in doubt"
accesses 1 1 2 40 6 >early.csv && take south early.csv
goes "another log from the beginning" FULL "most people's"
"$CK" policy adopt k "$TOP/policies/explanations.policy" "$TOP/policies/hipaa-access.policy" "$TOP/policies/labels.policy" "$TOP/policies/maps.policy" --review-by "$(date -d '+300 days' +%F)" --officer-key him.key --officer-key legal.key >/dev/null 2>&1
goes "other rules" FULL "the rules or the program changed"
expect "a sample wants all" 0 "$CK" audit k --fail-on none --sample 5 --sample-output sample.csv
holds "and says so" grep -q "^a full run: a sample" last.err
expect "a time to come" 2 "$CK" audit k --fail-on none --as-of 2099-01-01
expect "an earlier time" 0 "$CK" audit k --fail-on none --as-of 2024-01-20
holds "is a run of its own" grep -q "^a full run: the time asked for" last.err
accesses 2 6 6 30 7 >log6.csv && take east log6.csv
goes "it goes on behind it" SINCE "[1-9]"
# What an audit of that very instant wrote while facts were otherwise is not taken for what was judged before.
at=$(sed -n 's/^as of \(.*Z\): .*/\1/p' since.err)
accesses 2 6 6 30 8 | sed 's/T[01][0-9]/T22/' >log6b.csv && take east log6b.csv
sed 's/"line":\["[0-9]* Main St"\]/"line":["5 Elm St"]/' people.ndjson | head -20 >elm.ndjson && take people elm.ndjson
expect "the same instant again" 0 "$CK" audit k --fail-on none --as-of "$at"
holds "and it writes" grep -q "^on file: .*[1-9][0-9]* changed" last.err
head -20 moved.ndjson >main.ndjson && take people main.ndjson
goes "the facts are as they were" FULL "no audit"
expect "as JSON" 0 "$CK" audit k --fail-on none --format json
holds "the kind is a member" grep -q '"run":\["since the last audit"\]' last.out
expect "asked for" 0 "$CK" audit k --full --fail-on none --format json
holds "and why" grep -q '"run":\["full","it was asked for"\]' last.out
expect "it all checks" 0 "$CK" check k

# A log declared through one day more, as each day, changes nothing of the days before.
declared() { # LAST DAY
    printf '{"title":"t","classes":["AuditEvent"],"facilities":"all","from":null,"through":"%s","complete":true,"codes_complete":true,"custody":"official","attested_by":"a"}' "$1" >declared.json
    "$CK" source declare k east --file declared.json --officer-key him.key >/dev/null 2>&1 || same "declared through $1" "" "refused"
}
declared 2024-02-06
goes "a log declared complete" FULL "something on file changed that concerns everybody"
accesses 2 7 7 30 9 >log7.csv && take east log7.csv
declared 2024-02-07
goes "a day, and declared anew" SINCE "[1-9]"
declared 2024-02-29
goes "declared ahead" SINCE "0 accesses"
declared 2024-02-06
goes "declared for a day less" SINCE "0 accesses"
holds "the day's accesses are judged again" grep -q "^judged again, too, were those from 2024-02-07T[0-9:]*Z on" since.err
declared 2024-02-07
accesses 2 8 8 20 10 | sed 's/T[01][0-9]/T02/' >log7b.csv && take east log7b.csv
goes "declared while the next day has begun" SINCE "[1-9]"
declared 2024-02-08
goes "and when it is over" SINCE "0 accesses"

# What an interrupted run leaves is what was there, or what was to be.
accesses 2 8 8 40 8 >log8.csv && take east log8.csv
rm -rf was && cp -r k was
"$CK" audit k --fail-on none --format ndjson >want.out 2>/dev/null
again() { rm -rf k && cp -r was k; }
look() {
    "$CK" audit k --fail-on none --format ndjson >have.out 2>have.err || { wrong "the next audit failed: $(head -1 have.err)"; return; }
    cmp -s want.out have.out || wrong "it finds something else"
    grep -q "^on from the last audit" have.err || wrong "it does not go on: $(grep '^a full run' have.err)"
    "$CK" audit k --full --fail-on none --format ndjson >have.out 2>/dev/null
    cmp -s want.out have.out || wrong "a full run finds something else"
}
torment "an audit that goes on" 2 again look "$CK" audit k --fail-on none
