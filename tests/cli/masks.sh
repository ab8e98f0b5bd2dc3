#!/bin/sh
# Goal: identifiers are masked in every output, the same way in every run, and showing
# them takes an officer's key and leaves an entry in the ledger first.
. "$(dirname "$0")/lib.sh"

words=$NAMES
new_keep
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2024-02-01T16:30:00Z,drjub,new,View\n2024-03-01T12:00:00Z,drjub,old,Printed\n' >log.csv
import_log "$TOP/policies"
P="--policy $TOP/policies"
clean() { # NAME COMMAND…
    name=$1
    shift
    "$@" >m.out 2>m.err
    same "$name shows no identifier" "" "$(grep -oE "$words" m.out m.err | sort -u | tr '\n' ' ')"
}
for format in table ndjson csv json; do
    # shellcheck disable=SC2086
    clean "audit as $format" "$CK" audit k $P --format $format
    clean "accesses as $format" "$CK" audit k $P --events --format $format
    clean "retention as $format" "$CK" retention k $P --format $format
done
printf 'MRNQ77001\n' >who.txt
clean "investigate" "$CK" investigate k $P --patient-file who.txt
same "and finds the access" 1 "$(grep -cE 'unexplained|flagged' m.out)"
clean "why" "$CK" why k log:2 $P
"$CK" audit k $P --format ndjson >a1 2>/dev/null
"$CK" audit k $P --format ndjson >a2 2>/dev/null
holds "the same run gives the same bytes" cmp a1 a2
case=$(sed -n 's/.*"case":"\([0-9a-f]*\)".*/\1/p' a1 | head -1)
entries=$("$CK" ledger list k | wc -l)
expect "showing a case without an officer is refused" 6 "$CK" audit k $P --fail-on none --show-phi "$case"
expect "showing it with one" 0 "$CK" audit k $P --fail-on none --format ndjson --show-phi "$case" --officer-key him.key
same "shows the patient" 1 "$(grep -c 'Zyxwvutton' last.out)"
same "and left one entry" $((entries + 1)) "$("$CK" ledger list k | wc -l)"
same "of kind reveal" 1 "$("$CK" ledger list k | tail -1 | grep -c '"reveal"')"
same "the ledger names nobody" "" "$("$CK" ledger list k | grep -oE "$words")"
