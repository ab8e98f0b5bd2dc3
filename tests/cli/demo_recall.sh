#!/bin/sh
# Goal: of what is planted in a hospital that no number was chosen by, 95 of a hundred
# stand among the cases that a privacy office would look at, and what is judged
# expected is not what the key says was planted.
. "$(dirname "$0")/lib.sh"

expect "a hospital" 0 "$CK" demo d --only-files --patients 900 --staff 200 --events 150000 --plant 454 --seed 20261
new_keep
for s in ehr access hr; do
    expect "declare $s" 0 "$CK" source declare k $s --file d/files/$s.json --officer-key him.key
done
packs="--policy $TOP/policies/maps.policy --policy $TOP/policies/labels.policy --policy $TOP/policies/explanations.policy --policy $TOP/policies/hipaa-access.policy --policy $TOP/policies/workforce.policy"
expect "charts" 0 "$CK" import k --policy "$TOP/policies/maps.policy" --source ehr d/files/appointments.ndjson d/files/[c-z]*.ndjson d/files/unit-stays.csv d/files/disclosures.csv
expect "workforce" 0 "$CK" import k --policy "$TOP/policies/maps.policy" --source hr d/files/workforce.csv d/files/accounts.csv d/files/roster.csv d/files/training.csv d/files/institutions.csv
expect "access log" 0 "$CK" import k --policy "$TOP/policies/maps.policy" --source access d/files/access-log.csv
# shellcheck disable=SC2086 # words
"$CK" audit k --fail-on none $packs --format ndjson >cases.ndjson 2>/dev/null
# shellcheck disable=SC2086
"$CK" audit k --fail-on none $packs --events --format ndjson >verdicts.ndjson 2>/dev/null

# Tables of (event, plant) and (event, place of its best case), joined by the shell's own tools.
capacity=$(sed 's/.*"capacity":\([0-9]*\).*/\1/' d/files/answer-summary.json)
events_of() { sed -n 's/.*"events":\[\([^]]*\)\].*/\1/p' | tr -d '"'; }
grep '"truth":"planted"' d/files/answer-key.ndjson | events_of | awk -F, '{for (i = 1; i <= NF; i++) print $i, NR}' | sort >planted
head -n "$capacity" cases.ndjson | events_of | tr ',' '\n' | sort -u >shown
planted=$(cut -d' ' -f2 planted | sort -u | wc -l)
found=$(join planted shown | cut -d' ' -f2 | sort -u | wc -l)
echo "# found $found of $planted among the first $capacity"
same "planted" 68 "$planted"
holds "95 of a hundred are found" test $((found * 100)) -ge $((planted * 95))
grep '"verdict":"expected"' verdicts.ndjson | sed 's/.*"event":"\([^"]*\)".*/\1/' | sort >expected
wrong=$(join planted expected | wc -l)
total=$(wc -l <expected)
of=$(wc -l <planted)
echo "# of $of planted accesses $wrong are judged expected, of $total that are"
holds "most of the log is expected" test "$total" -gt 90000
holds "not 2 of a hundred planted accesses are judged expected" test $((wrong * 100)) -lt $((of * 2))
