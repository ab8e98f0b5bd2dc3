#!/bin/sh
# Goal: an access is one person's in every verb, the one whose login it was at that time; where two held it at once, or nobody yet, it is nobody's, and no rule
# about its user fires.
. "$(dirname "$0")/lib.sh"

new_keep
cat >staff.csv <<'C'
employee_id,family_name,given_name,department,role,address,city,state,postal_code,employed_from,employed_to
w1,Alpha,Ann,ICU,nurse,1 Elm St,Topeka,KS,66601,2010-01-01,
w2,Beta,Bob,ER,nurse,2 Oak St,Topeka,KS,66601,2010-01-01,
C
cat >accounts.csv <<'C'
login,employee_id,account_kind,valid_from,valid_to
handed,w1,person,2020-01-01,2023-12-31
handed,w2,person,2024-01-01,
desk,w1,person,2020-01-01,
desk,w2,person,2024-01-01,
later,w2,person,2024-06-01,
C
printf 'patient_id,mrn,family_name,given_name,birth_date,address,city,state,postal_code\np1,M1,Gamma,Gus,1980-01-01,2 Oak St,Topeka,KS,66601\n' >pat.csv
cat >log.csv <<'C'
event_id,event_time,user_id,patient_id,action
1,2024-03-10T12:30:00Z,handed,p1,View
2,2024-03-11T12:30:00Z,desk,p1,View
3,2024-03-12T12:30:00Z,later,p1,View
4,2024-07-12T12:30:00Z,later,p1,View
C
im() { "$CK" import k --source "$1" --policy "$TOP/policies" "$2" >/dev/null 2>&1; }
im hr staff.csv && im hr accounts.csv && im adt pat.csv && im log log.csv
adopt
same "of the same house is who held the login alone" "log:1,log:4," "$("$CK" audit k --events --policy "$TOP/policies" --format ndjson 2>/dev/null |
    grep '"rule_or_reason":"household"' | sed 's/.*"event":"\([^"]*\)".*/\1/' | sort | tr '\n' ',')"
echo M1 >m1
"$CK" investigate k --patient-file m1 --show-phi R-1 --officer-key him.key --format ndjson 2>/dev/null | grep '"event"' >asked.ndjson
same "whom an investigation names" "log:1 Beta, Bob;log:2 ;log:3 ;log:4 Beta, Bob;" "$(sed 's/.*"event":"\([^"]*\)".*"user":\(null\|"\([^"]*\)"\).*/\1 \3/' asked.ndjson | sort | tr '\n' ';')"
