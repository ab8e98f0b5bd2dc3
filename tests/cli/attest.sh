#!/bin/sh
# Goal: the statement of what was reviewed holds for its period alone, says where the
# log was silent and what became of the cases, names nobody, and stock minisign checks it.
. "$(dirname "$0")/lib.sh"

words="$NAMES|ghost"
new_keep
own_rules
cat >>rules/own.policy <<'X'
access "locked-out" {
  title "Opened without a stated purpose" severity low weight 1 when event.purpose == "BTG"
  authority "45 CFR 164.312(b)" threshold "any" state house_policy checked "unverified" explain "{user.login}"
}
X
small_export
import_export
{
    echo 'event_time,user_id,patient_id,action'
    for d in 01 02 03 04 05 06 07 08 09 10 20 21 22 23 24 25 26 27 28 29 30; do
        for h in 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do echo "2024-04-${d}T$h:00:00Z,drjub,new,View"; done
    done
    echo '2024-05-01T12:00:00Z,drjub,old,Printed'
    echo '2024-05-02T12:00:00Z,ghost,old,View'
} >log.csv
import_log rules
month() { "$CK" attest k --from 2024-04-01 --to 2024-05-31 --officer-key "${1:-him.key}" --output a.json; }
expect "before any rule is adopted" 6 month
adopt_own
expect "before any audit" 6 month
"$CK" audit k --policy rules --fail-on none >/dev/null 2>&1
expect "a trial reviews nothing" 6 month
"$CK" audit k --fail-on none >/dev/null 2>&1
"$CK" officer new stranger --no-passphrase >/dev/null
expect "by a stranger" 6 month stranger.key
expect "without a key" 6 "$CK" attest k --from 2024-04-01 --to 2024-05-31
expect "a period that is not over" 6 "$CK" attest k --from 2024-04-01 --to "$(date +%F)" --officer-key him.key
expect "a period turned round" 2 "$CK" attest k --from 2024-05-31 --to 2024-04-01 --officer-key him.key
expect "without a period" 2 "$CK" attest k --officer-key him.key
entries=$("$CK" ledger list k | wc -l)
expect "two months" 0 month
same "are in the ledger" 1 "$("$CK" ledger list k | tail -n +$((entries + 1)) | grep -c '"kind":"attest"')"
holds "stock minisign checks it" minisign -Vqm a.json -x a.json.minisig -p him.pub
sed 's/"review of access/"review of Access/' a.json >forged.json
holds "and finds a changed one out" sh -c '! minisign -Vqm forged.json -x a.json.minisig -p him.pub'
same "it names nobody" "" "$(grep -oE "$words" a.json)"
same "rules are adopted on the day they were" 0 "$(grep -o '"adopted":"[^"]*"' a.json | grep -vcE "$(date -d yesterday +%F)|$(date +%F)|$(date -d tomorrow +%F)")"
expect "a month of which nobody has a log" 0 "$CK" attest k --from 2014-03-01 --to 2014-03-31 --officer-key him.key
same "which nobody vouches for" 1 "$(grep -c '"declared_complete":false,"accesses":0,' last.out)"
same "accesses of the period" 1 "$(grep -c '"accesses":338,' a.json)"
same "the silent days stand in it" 1 "$(grep -o '"silent":\[{"from":"2024-04-1[01]T[^]]*\]' a.json | grep -c '"to":"2024-04-20T')"
same "and the rules with their authority" 1 "$(grep -c '"rule":"nobodys-account","title":[^}]*"authority":"45 CFR' a.json)"
same "and what a rule lacked" 1 "$(grep -c '"rule":"locked-out",.*"cannot_run_for_want_of":\["' a.json)"
same "and what is open" 1 "$(grep -o '"by_status":{"needs review":[1-9]' a.json | grep -c .)"
same "and OCR's four questions" 4 "$(grep -o '"asks"' a.json | grep -c .)"
case=$("$CK" case list k --rule unexplained --format ndjson 2>/dev/null | grep '"first":"2024-05-01' | sed 's/.*"case":"\([0-9a-f]*\)".*/\1/')
"$CK" case assign k "$case" --to asmith --by 'privacy office' >/dev/null
echo '{"rationale":"covering"}' | "$CK" case close k "$case" --status unsubstantiated --officer-key him.key >/dev/null
expect "again" 0 month
same "a decision counts" 1 "$(grep -c '"by_status":{[^}]*"unsubstantiated":1' a.json)"
same "who worked on it is named" 1 "$(grep -c '"worked_on_by":\["privacy office","him"\]' a.json)"
expect "the month without a case" 0 "$CK" attest k --from 2024-03-01 --to 2024-03-31 --officer-key him.key
same "has none" 1 "$(grep -c '"accesses":0,.*"by_status":{"needs review":0,"substantiated":0,"unsubstantiated":0,' last.out)"
printf 'event_time,user_id,patient_id,action\n2024-05-03T12:00:00Z,drjub,new,View\n' >more.csv
"$CK" import k --policy rules --source log more.csv >/dev/null
expect "accesses that no audit has seen" 6 month
printf 'event_time,user_id,patient_id,action\n2024-04-03T12:30:00Z,drjub,new,View\n' >early.csv
"$CK" audit k --fail-on none >/dev/null 2>&1
"$CK" import k --policy rules --source log early.csv >/dev/null
expect "even earlier ones" 6 month
"$CK" audit k --fail-on none >/dev/null 2>&1
expect "and after the audit" 0 month
expect "the keep checks" 0 "$CK" check k

# Whoever answers a complaint hears what the log cannot show.
printf 'MRNQ77002\n' >who.txt
expect "who opened this chart" 0 "$CK" investigate k --patient-file who.txt
same "each with what is on file" 1 "$(grep -c 'none on file' last.out | awk '{print ($1 > 300)}')"
same "and where the log was silent" 1 "$(grep -c 'silent from 2024-04-1[01]T.* to 2024-04-20T' last.err)"
span=$("$CK" case list k --rule unexplained --format ndjson 2>/dev/null | grep '"first":"2024-04-01' | sed 's/.*"case":"\([0-9a-f]*\)".*/\1/')
"$CK" case show k "$span" >m.out 2>/dev/null
same "so does a case that spans it" 1 "$(grep -c 'silent from 2024-04-1[01]T' m.out)"
expect "why" 0 "$CK" why k log:337
same "tells the access, with what is on file" 1 "$(grep -c '^2024-05-01T12:00:00Z: account-.*print, opened; on file within a month: no relation' last.out)"
same "and how far the log goes" 1 "$(grep -c 'log: 340 accesses, 2024-04-01 to 2024-05-03, not declared complete' last.out)"
same "where nothing was silent" 1 "$(grep -c 'no silent stretch that stands out' last.out)"
expect "why an access there is not" 2 "$CK" why k log:99999

# Whose declaration reaches over the period says that its log of it is complete.
declare() { echo '{"title":"t","classes":["AuditEvent"],"facilities":"all","from":"2024-04-01","through":"'"$1"'","complete":true,"codes_complete":true,"custody":"official","jurisdiction":"KS","time_zone":"America/Chicago","attested_by":"a"}' >log.json; "$CK" source declare k log --file log.json --officer-key him.key >/dev/null; }
declare 2024-05-30
month >/dev/null 2>&1
same "a declaration that ends a day before" 1 "$(grep -c '"declared_complete":false,' a.json)"
declare 2024-05-31
month >/dev/null 2>&1
same "one that reaches over the period" 1 "$(grep -c '"declared_complete":true,' a.json)"

# Rules that are adopted after the audits have reviewed nothing; those under which earlier audits ran are told apart.
expect "the month under its rules" 0 month
same "each pack with its audits" "own 1 3" "$(jq -r '.packs[] | select(.pack == "own") | "\(.pack) \(.version) \(.audits)"' a.json)"
same "and none before" 0 "$(jq '.earlier_packs | length' a.json)"
cp a.json before.json
sed -i 's/pack "own" { version "1"/pack "own" { version "2"/; s/"locked-out"/"brand-new"/' rules/own.policy
adopt_own
expect "under rules adopted since no audit ran" 6 month
holds "which is said, and what to do" grep -q 'other rules than those adopted now, .* run `audit` again first' last.err
same "nothing is written then" 0 "$(cmp -s a.json before.json; echo $?)"
"$CK" audit k --fail-on none >/dev/null 2>&1
expect "after one" 0 month
same "the statement is of these" "own 2 1" "$(jq -r '.packs[] | select(.pack == "own") | "\(.pack) \(.version) \(.audits)"' a.json)"
same "their rules stand in it" "brand-new nobodys-account" "$(jq -r '.rules[].rule' a.json | sort | paste -sd' ')"
same "and which pack the audits before ran under" "own 1 3 $(jq -r '.packs[] | select(.pack == "own") | "\(.digest) \(.adopted)"' before.json)" "$(jq -r '.earlier_packs[] | "\(.pack) \(.version) \(.audits) \(.digest) \(.adopted)"' a.json)"
same "those that stayed have all" 4 "$(jq '.packs[] | select(.pack == "explanations") | .audits' a.json)"
same "it names nobody still" "" "$(grep -oE "$words" a.json)"
