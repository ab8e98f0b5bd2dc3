#!/bin/sh
# Goal: a hold may cover what meets a condition, from a day that is past; what was disposed of in between is said;
# and the list of sets can be narrowed, streamed, and turned into what is not recorded.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
adopt
status() { "$CK" retention k --format ndjson "$@" 2>/dev/null | sed 's/.*"series":"\([^"]*\)".*"status":"\([^"]*\)".*/\1=\2/' | sort | tr '\n' ','; }
release() { "$CK" hold release k "$1" --officer-key legal.key >/dev/null; }

expect "the due ones" 0 "$CK" retention k --due --format ndjson
same "one is due" 1 "$(grep -c '"status":"due"' last.out)"
expect "all, one by one" 0 "$CK" retention k --all --format ndjson
sort last.out >all.txt
"$CK" retention k --format ndjson 2>/dev/null | sort >gathered.txt
holds "are the same as gathered" cmp all.txt gathered.txt
expect "one series" 0 "$CK" retention k --series "patient identity" --format ndjson
same "nothing else" "2 0" "$(grep -c '"patient identity"' last.out) $(grep -vc '"patient identity"' last.out)"
expect "a series that nobody declared" 2 "$CK" retention k --series "patient identities"
expect "a label" 0 "$CK" retention k --label mammogram --format ndjson
same "none carries it" 0 "$(wc -l <last.out)"
expect "a label that nobody declared" 2 "$CK" retention k --label mammograma
expect "what is missing" 0 "$CK" retention k --gaps --format ndjson
before=$(status)

expect "a condition with a slip" 2 "$CK" hold place k M-1 --where 'set.serie == "medical record"'
expect "a series that no pack declares" 2 "$CK" hold place k M-1 --where 'set.series == "medical records"'
expect "about records and sets at once" 2 "$CK" hold place k M-1 --where 'set.series == "x" && record.kind == "y"'
expect "a name is no word of a command line" 2 "$CK" hold place k M-1 --where 'patient.name == "Zyxwvutton, Abigail"'
expect "all of a series that no pack declares" 2 "$CK" hold place k M-1 --all --series "medical records"
expect "nothing said" 2 "$CK" hold place k M-1
expect "a day to come" 2 "$CK" hold place k M-1 --all --since "$(date -d '+3 days' +%F)"
same "none of these holds anything" "$before" "$(status)"

expect "a condition on sets" 0 "$CK" hold place k M-1 --where 'facility.state == "KS" && set.series == "medical record"'
same "holds the charts" 2 "$("$CK" retention k --format ndjson 2>/dev/null | grep -c '"medical record".*"status":"held"')"
release M-1
echo 'patient.name.startsWith("Zyx")' >who
expect "a condition from a file" 0 "$CK" hold place k M-2 --where-file who
same "is shown with the hold" 1 "$("$CK" hold list k --format ndjson | grep -c 'startsWith')"
expect "a condition on records" 0 "$CK" hold place k M-3 --where 'record.kind == "DocumentReference" && record.service_date < date("2010-01-01")'
same "holds the set of the one record" 1 "$("$CK" retention k --format ndjson 2>/dev/null | grep '"holds":"[^"]*M-3' | grep -c '"medical record"')"
expect "what is unknown is held" 0 "$CK" hold place k M-4 --where 'patient.deceased'
same "as nobody says who died, or of whom a set is" 5 "$("$CK" retention k --format ndjson 2>/dev/null | grep -c 'M-4')"
holds "the keep is whole" "$CK" check k

# disposed of, and then it comes out that it should have been kept
rm -rf k && "$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 >/dev/null 2>&1
import_export
adopt
"$CK" plan k --output p >/dev/null 2>&1
"$CK" approve k p --officer-key him.key >/dev/null && "$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
expect "disposed of" 0 "$CK" dispose k p --officer-key him.key
expect "a hold from today on the whole keep" 0 "$CK" hold place k N-1 --all
same "comes too late for nothing that it covers" 0 "$(grep -c 'was disposed of' last.out)"
expect "a hold since the year before" 0 "$CK" hold place k N-2 --all --since "$(date -d '-1 year' +%F)"
same "names what is gone" 1 "$(grep -c 'was disposed of' last.out)"
expect "late holds are listed" 0 "$CK" hold list k --late --format ndjson
same "with matter and certainty" 1 "$(grep -c '"matter":"N-2".*"covered":"yes"' last.out)"
expect "and said with the sets" 0 "$CK" retention k
same "once" 1 "$(grep -c 'hold list --late' last.err)"
expect "of a series it cannot be told any more" 0 "$CK" hold place k N-3 --all --series "medical record" --since "$(date -d '-1 year' +%F)"
same "and that is said" 1 "$(grep -c 'cannot be told' last.out)"

# archived under rules that are replaced before the disposal: the old plan is refused, a new one finds the set again
rm -rf k out p p.certificate.json && "$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 >/dev/null 2>&1
import_export
adopt
"$CK" plan k --output p >/dev/null 2>&1
"$CK" approve k p --officer-key him.key >/dev/null && "$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
expect "what is archived is in no new plan" 0 "$CK" plan k --output again
mkdir packs && cp "$TOP"/policies/*.policy packs/
echo "// read again" >>packs/us-states.policy
"$CK" policy adopt k packs --review-by "$(date -d '+200 days' +%F)" --officer-key him.key --officer-key legal.key >/dev/null 2>&1
expect "the old plan no longer disposes" 6 "$CK" dispose k p --officer-key him.key
expect "a new plan" 0 "$CK" plan k --output p2
holds "has the set" test -s p2
"$CK" approve k p2 --officer-key him.key >/dev/null && "$CK" approve k p2 --officer-key legal.key >/dev/null
"$CK" archive k p2 --output out >archive.txt 2>&1
same "the package stands" 1 "$(ls out | grep -c "tar$")"
expect "and disposes" 0 "$CK" dispose k p2 --officer-key him.key
holds "the keep is whole again" "$CK" check k
