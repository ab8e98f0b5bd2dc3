#!/bin/sh
# Goal: that an account lay still is concluded only from a log that is declared complete over those days; over a hole in
# it nobody is accused, and the rule is counted as one that could not be told. A declaration that comes later counts.
. "$(dirname "$0")/lib.sh"
new_keep
echo 'employee_id,user_id,family_name,given_name,department,role,employed_from,employed_to' >staff.csv
for u in 1 2 3; do echo "w$u,u$u,Fam$u,Giv,ICU,nurse,2010-01-01," >>staff.csv; done
month() { # MONTH: its accesses
    echo 'event_id,event_time,user_id,patient_id,action'
    for d in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
        for u in 1 2 3; do echo "m$1$d$u,2024-$1-${d}T15:0$u:00Z,u$u,p$1$u$d,View"; done
    done
}
month 01 >jan.csv
month 06 >jun.csv
take() { "$CK" import k --policy "$TOP/policies" --source "$@" >/dev/null 2>&1; }
declare() { # FROM THROUGH
    echo '{"title":"t","classes":["access log"],"facilities":"all","from":"'"$1"'","through":"'"$2"'","complete":true,"codes_complete":true,"attested_by":"a"}' >log.json
    "$CK" source declare k log --file log.json --officer-key him.key >/dev/null 2>&1
}
audit() { "$CK" audit k --fail-on none --format ndjson "$@" >cases 2>said; }
dormant() { grep -c '"rule":"dormant-account"' cases; }
can_run() { "$CK" coverage k --format ndjson 2>/dev/null | sed -n 's/.*"subject":"dormant-account","kind":"access","state":"\([^"]*\)".*/\1/p'; }
take hr staff.csv
take log jan.csv jun.csv
adopt

audit
same "of a log that nobody vouches for" 0 "$(dormant)"
same "it is counted, with what is missing" 1 "$(grep -c '^  dormant-account  *3  an access log that is declared complete over the days without use$' said)"
same "and it cannot run" "cannot run" "$(can_run)"
declare 2024-06-01 2024-06-30
audit
same "a declaration of the last month alone" 0 "$(dormant)"
same "though it can run there" "can run" "$(can_run)"
declare 2024-01-01 2024-06-30
audit
same "one that reaches over the months without use" 3 "$(dormant)"
holds "is judged in full" grep -q '^a full run: something on file changed that concerns everybody' said
cp cases since
audit --full
holds "a full run finds the same" cmp -s since cases
month 07 >jul.csv
take log jul.csv
audit
holds "accesses behind it are gone on to" grep -q '^on from the last audit: 60 accesses' said
same "and accuse nobody of lying still for days that are not declared" 3 "$(dormant)"
