#!/bin/sh
# Goal: the files of the synthetic hospital are what the importer takes, all of them,
# and the demo's files come back the same when it is run again.
. "$(dirname "$0")/lib.sh"

small="--patients 300 --staff 80 --events 20000 --plant 1700 --seed 7"
# shellcheck disable=SC2086 # words
expect "files alone" 0 "$CK" demo d --only-files $small
holds "no keep" test ! -e d/keep
# shellcheck disable=SC2086
expect "again in the same folder" 0 "$CK" demo d --only-files $small
cp -r d e
# shellcheck disable=SC2086
expect "and again" 0 "$CK" demo e --only-files $small
holds "the same bytes" diff -r d e
# A run that dies leaves whole files and leftovers that the next run replaces.
rm -rf e/files
# shellcheck disable=SC2086
"$CK" demo e --only-files $small >/dev/null 2>&1 &
pid=$!
sleep 0.05
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
# shellcheck disable=SC2086
expect "after a kill" 0 "$CK" demo e --only-files $small
holds "the same bytes after a kill" diff -r d e
same "the log has the rows asked for" 20001 "$(wc -l <d/files/access-log.csv)"
same "the key has as many as asked for" 34 "$(grep -c '"truth":"planted"' d/files/answer-key.ndjson)"
expect "too few days" 2 "$CK" demo f --only-files --days 10
expect "too many planted" 2 "$CK" demo f --only-files --patients 50 --staff 20 --events 10000 --plant 10000

new_keep
for s in ehr access hr films paper legacy; do
    expect "declare $s" 0 "$CK" source declare k $s --file d/files/$s.json --officer-key him.key
done
expect "charts" 0 "$CK" import k --strict --policy "$TOP/policies" --source ehr d/files/appointments.ndjson d/files/[c-z]*.ndjson d/files/unit-stays.csv d/files/disclosures.csv
expect "workforce" 0 "$CK" import k --strict --policy "$TOP/policies" --source hr d/files/workforce.csv d/files/accounts.csv d/files/roster.csv d/files/training.csv \
    d/files/institutions.csv
expect "access log" 0 "$CK" import k --strict --policy "$TOP/policies" --source access d/files/access-log.csv
expect "paper" 0 "$CK" import k --strict --policy "$TOP/policies" --source paper d/files/paper-index.csv
expect "a closed system" 0 "$CK" import k --strict --policy "$TOP/policies" --source legacy d/files/legacy-encounters.csv
expect "films" 0 "$CK" import k --strict --policy "$TOP/policies" --source films d/files/film-index.csv
"$CK" quarantine list k --format ndjson >q.ndjson 2>/dev/null
same "nothing in quarantine" 0 "$(wc -l <q.ndjson)"
