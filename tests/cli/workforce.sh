#!/bin/sh
# Goal: rehires, transfers, rosters, trainings and kinds of accounts come from tables into views; addresses
# that are institutions', crowded or confidential make nobody a household, and no street is ever shown.
. "$(dirname "$0")/lib.sh"

new_keep
cat >hr.csv <<'C'
employee_id,user_id,account_kind,family_name,given_name,department,employed_from,employed_to,address,city,state,postal_code,address_confidential
w1,quill,person,Quillfeather,Ada,Billing,2019-01-01,2020-12-31,1 Bandersnatch Rd,Emporia,KS,66801,
w1,quill,person,Quillfeather,Ada,Oncology,2022-01-01,,1 Bandersnatch Rd,Emporia,KS,66801,
w2,toves,person,Tovesby,Bo,ED,2018-01-01,,2 Gyre St,Emporia,KS,66801,yes
C
cat >iam.csv <<'C'
login,employee_id,account_kind,valid_from,valid_to
vnd01,,vendor,2020-01-01,2020-12-31
vnd01,w1,person,2022-01-01,
quill-x,w1,proxy,2022-01-01,
C
cat >roster.csv <<'C'
employee_id,duty,unit,duty_from,duty_to
w2,,ED,2024-01-02T07:00:00Z,2024-01-02T19:00:00Z
w1,leave,,2024-02-01,2024-02-28
w1,siesta,,2024-03-01,
C
cat >train.csv <<'C'
employee_id,course,completed_on,valid_until
w1,privacy basics,2023-01-02,2024-01-01
C
cat >inst.csv <<'C'
address,city,state,postal_code,institution_kind,institution_name
9 Borogove Avenue,Emporia,KS,66801,nursing home,Mimsy House
C
cat >pat.csv <<'C'
patient_id,mrn,family_name,given_name,birth_date,address,city,state,postal_code,address_confidential
p1,M1,Quillfeather,Cy,2001-02-03,1 Bandersnatch Road,Emporia,KS,66801,
p2,M2,Rathe,Di,1931-02-03,9 Borogove Ave,Emporia,KS,66801,
p3,M3,Tovesby,El,1999-02-03,2 Gyre Street,Emporia,KS,66801,
p4,M4,Mome,Flo,1980-02-03,5 Outgrabe Ln,Emporia,KS,66801,yes
C
im() { "$CK" import k --source "$1" --policy "$TOP/policies/maps.policy" --map "$2" "$3"; }
expect "workforce" 0 im hr workforce hr.csv
expect "accounts" 0 im iam accounts iam.csv
expect "roster, its bad line quarantined" 3 im hr roster roster.csv
expect "training" 0 im hr training train.csv
expect "institutions" 0 im him institutions inst.csv
expect "patients" 0 im adt patients pat.csv
expect "again is nothing new" 0 im hr training train.csv
q() { "$CK" sql k "$1" --format csv | tail -n +2 | tr -d '\r' | cut -d, -f2-; }

same "employed, gone, and rehired elsewhere" "2019-01-01 2021-01-01 yes Billing|2022-01-01  yes Oncology|2018-01-01  yes ED|" \
    "$(q "SELECT substr(a.since,1,10), coalesce(substr(a.until,1,10),''), a.end_known, a.department FROM affiliations a" | tr ',\n' ' |')"
same "one login of two kinds and hands, two logins of one person" "vendor none,person some,proxy some," \
    "$(q "SELECT kind, CASE WHEN worker IS NULL THEN 'none' ELSE 'some' END FROM assignments WHERE since IS NOT NULL ORDER BY account IS NULL, since, kind" | tr ',\n' ' ,')"
same "duties" "leave 2024-02-01,shift 2024-01-02," "$(q "SELECT kind, substr(since,1,10) FROM duties ORDER BY kind" | tr ',\n' ' ,')"
same "trainings" "privacy basics 2023-01-02 2024-01-01" "$(q 'SELECT course, completed, valid_until FROM trainings' | tr , ' ')"
same "addresses that make no household" "1 0 nursing home no no,1 0  no yes,1 1  no yes," \
    "$(q "SELECT patients, workers, coalesce(institution,''), crowded, confidential FROM addresses ORDER BY institution DESC, workers" | tr ',\n' ' ,')"
for v in affiliations assignments duties trainings addresses patients workers; do "$CK" sql k "SELECT * FROM $v" --format ndjson; done >all.txt
same "no street and no name in any view" 0 "$(grep -cE 'Bandersnatch|Gyre|Borogove|Outgrabe|Quillf|Toves|Mimsy' all.txt)"
"$CK" patient show k --patient-file - --format ndjson --show-phi R-7 --officer-key him.key >shown.txt 2>/dev/null <<'L'
M4
L
same "a reveal shows the name" 1 "$(grep -c Mome shown.txt)"
same "and not the confidential address" 0 "$(grep -c Outgrabe shown.txt)"
cat >better.policy <<'P'
pack "maps" { version "1" language 1 }
map "roster" { into roster column worker_id from "employee_id" column kind from "duty" values { "siesta": "leave" } column unit from "unit" column from from "duty_from" column to from "duty_to" }
P
expect "the bad line is read again with a better map" 0 "$CK" quarantine retry k --policy better.policy --header roster.csv
same "and taken in" 3 "$(q 'SELECT count(*) FROM duties' | cut -d, -f1)"
expect "the keep is whole" 0 "$CK" check k
