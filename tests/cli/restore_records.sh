#!/bin/sh
# Goal: records that were sealed and disposed of come back by the quorum, as they were, with where they came from; nothing
# that is here is touched, nothing comes from a package that does not hold.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
# what is no FHIR resource: a document of the old chart, and an index entry
mkdir files && printf '%%PDF-1.7 mimsy were the borogoves' >files/a.pdf
printf 'path,class,patient_id,encounter_id,first,last,media_type,title\na.pdf,discharge letter,old,e1,2001-03-04,2001-03-09,,Letter\n' >files/m.csv
sed 's/"test export"/"papers"/' ehr.json >papers.json
"$CK" source declare k papers --file papers.json --officer-key him.key >/dev/null
expect "a document" 0 "$CK" import k --source papers --manifest files/m.csv
adopt
"$CK" retention k --format ndjson 2>/dev/null | grep '"due"' | sort >due.before
"$CK" plan k --output p >/dev/null 2>&1
"$CK" approve k p --officer-key him.key >/dev/null && "$CK" approve k p --officer-key legal.key >/dev/null
expect "sealed" 0 "$CK" archive k p --output out
PKG=$(ls out/*.tar)
back() { "$CK" restore k "${1:-$PKG}" --matter M-9 --officer-key him.key --officer-key legal.key; }
entries() { count k ledger_entries; }

n=$(entries)
expect "all of it is here" 0 back
same "nothing to restore" 1 "$(grep -c 'nothing to restore' last.out)"
same "and nothing is written" "$n" "$(entries)"
rm -rf sealed && cp -a k sealed
expect "disposed of" 0 "$CK" dispose k p --officer-key him.key
records=$(count k records)
expect "one officer is no quorum" 6 "$CK" restore k "$PKG" --matter M-9 --officer-key him.key
expect "nor one and the same twice" 6 "$CK" restore k "$PKG" --matter M-9 --officer-key him.key --officer-key him.key
expect "why is said" 2 "$CK" restore k "$PKG" --officer-key him.key --officer-key legal.key
cp "$PKG" bad.tar
flip bad.tar $(($(stat -c %s bad.tar) / 2))
expect "a package that was changed" 4 back bad.tar
same "brings nothing back" "$records" "$(count k records)"
rm -rf gone && cp -a k gone
expect "they come back" 0 back
same "all of them" "4 records restored" "$(grep -o '^[0-9]* records restored' last.out)"
same "none is missing" "$((records + 4))" "$(count k records)"
same "the sets are kept again" 1 "$(grep -c '^record sets kept again, .*: 1$' last.out)"
same "and one is told to hold them" 1 "$(grep -c 'due today' last.err)"
expect "the keep checks" 0 "$CK" check k
"$CK" retention k --format ndjson 2>/dev/null | grep '"due"' | sort >due.after
same "their sets have the dates they had" "$(sed 's/"set":"[0-9a-f]*",//' due.before)" "$(sed 's/"set":"[0-9a-f]*",//' due.after)"
same "the decision is in the ledger" 2 "$("$CK" ledger list k --format ndjson | grep -c '"returned"')"
same "nobody is named in it" 0 "$("$CK" ledger list k --format ndjson | grep -cE "$NAMES")"
"$CK" sql k "SELECT restored_from FROM records WHERE restored_from IS NOT NULL ORDER BY 1" --format csv >from.csv 2>/dev/null
same "each says where it came from" "1 2 3 4 " "$(sed -n "s/.*$(basename "$PKG" .tar):\([0-9]*\).*/\1/p" from.csv | tr '\n' ' ')"
n=$(entries)
expect "once more" 0 back
same "there is nothing left to do" "$n" "$(entries)"
expect "the same files again" 0 "$CK" import k --source ehr org.ndjson people.ndjson care.ndjson
expect "and the same document" 0 "$CK" import k --source papers --manifest files/m.csv
same "what came back is what came in" "$((records + 4))" "$(count k records)"

# a restored set is disposed of again only by a new plan
expect "the old plan is over" 1 "$CK" dispose k p --officer-key him.key
same "nothing goes by it" "$((records + 4))" "$(count k records)"
"$CK" plan k --output q >/dev/null 2>&1
"$CK" approve k q --officer-key him.key >/dev/null && "$CK" approve k q --officer-key legal.key >/dev/null
expect "a new one seals them again" 0 "$CK" archive k q --output out2
expect "and disposes of them" 0 "$CK" dispose k q --officer-key him.key
same "they are gone" "$records" "$(count k records)"
expect "the keep checks again" 0 "$CK" check k
expect "and they come back from the second package" 0 back "$(ls out2/*.tar)"
same "all of them again" "$((records + 4))" "$(count k records)"
expect "and the keep checks still" 0 "$CK" check k

# another keep's package, another key
"$CK" init k2 --officer him:him.pub --officer legal:legal.pub --quorum 2 --key-file kf2 >/dev/null 2>&1
expect "another keep takes nothing" 4 "$CK" restore k2 "$PKG" --matter M-9 --officer-key him.key --officer-key legal.key --key-file kf2
