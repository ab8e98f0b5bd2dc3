#!/bin/sh
# Goal: the shipped column maps know each kind of report by its header.
. "$(dirname "$0")/lib.sh"

count() { sed -n "s/^ *\([0-9]*\)  $1\$/\1/p" last.out; }
# table NAME COUNTED HEADER ROW
table() {
    printf '%s\n%s\n' "$3" "$4" >"$1.csv"
    expect "$1" 0 "$CK" import k --policy "$TOP/policies" --source "$1" --strict "$1.csv"
    same "$1: its row" 1 "$(count "$2")"
}
new_keep
table accounts accounts login,employee_id,account_kind u1,w1,person
table patients patients patient_id,family_name,given_name,birth_date p1,Ng,Li,1980-02-03
table stays relations patient_id,encounter_id,unit,unit_from,unit_to p1,e1,ICU,2020-01-01T10:00:00Z,
table appointments relations patient_id,provider_id,appointment_start,appointment_end p1,w1,2020-01-01T10:00:00Z,
table orders relations patient_id,ordering_id,ordered_at,order_kind p1,w1,2020-01-01T10:00:00Z,result
table notes relations patient_id,author_id,written_at p1,w1,2020-01-01T10:00:00Z
table teams relations patient_id,member_id,member_from,member_to p1,w1,2020-01-01,
table tasks relations patient_id,queue,assigned_at,completed_at p1,Billing,2020-01-01,
table contacts 'new records' contact_id,patient_id,relationship,name,phone c1,p1,mother,Mei,555
table claims 'new records' claim_id,patient_id,billed_from,billed_to,diagnosis_codes,drg 7,p1,2020-01-01,2020-01-03,J18.9,193
table holds 'new records' hold_id,matter,placed h1,Smith,2020-01-01
table disclosures 'new records' disclosure_id,patient_id,recipient,disclosed_on d1,p1,registry,2020-01-01
printf 'patient_id,colour\np1,red\n' >odd.csv
expect "a table that no map knows" 3 "$CK" import k --policy "$TOP/policies" --source odd odd.csv
expect "check" 0 "$CK" check k

# files of any kind through a manifest
mkdir files && printf '%%PDF-1.7 zyxwvut' >files/a.pdf && printf 'scan' >files/b.bin
cat >files/m.csv <<'X'
path,class,patient_id,first,last,media_type,title
a.pdf,discharge letter,p1,2020-01-01,2020-01-03,,Letter
b.bin,scan,p1,2020-01-01,,image/x-test,
../odd.csv,scan,p1,,,,
none.pdf,scan,p1,,,,
a.pdf,,p1,,,,
X
expect "a manifest with three bad rows" 3 "$CK" import k --source papers --manifest files/m.csv
same "its two files" 2 "$(count 'new records')"
same "three in quarantine" 3 "$(count quarantined)"
printf 'scan again' >files/b.bin
expect "one file changed" 0 "$CK" import k --source papers --manifest files/m.csv
same "is a new version" 1 "$(count 'new versions of records')"
expect "neither files nor a manifest" 2 "$CK" import k
expect "check with files" 0 "$CK" check k
