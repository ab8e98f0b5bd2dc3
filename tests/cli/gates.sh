#!/bin/sh
# Gates from the command line: what a plan has to wait for, evidence that lets it pass, and that recording
# evidence is whole or not at all wherever the program is killed or the disk fails.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
adopt_two 'gate "tell the department" 30 days before gate "consent of the governing body"'
day() { date -d "$1" +%F; }
tell() { "$CK" gate list k p --format ndjson | sed -n "$1p" | sed "s/.*\"$2\":\([^,}]*\).*/\1/"; }
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
echo "Dear department" >letter

same "two gates, in order of their words" '"consent of the governing body"' "$(tell 1 text)"
same "one set waits" "1 1 0 null" "$(tell 2 sets) $(tell 2 without_evidence) $(tell 2 waiting) $(tell 2 met_from)"
expect "the archive waits for evidence" 1 "$CK" archive k p --output out
grep -q "left: set .*: a gate is not met: no evidence is recorded of: tell the department" last.err && echo "ok it says what is missing" || echo "not ok it says what is missing"
expect "evidence needs an officer" 6 "$CK" gate record k p --gate 2 --done "$(day -9days)" --evidence letter
expect "of a day to come" 2 "$CK" gate record k p --gate 2 --done "$(day +2days)" --evidence letter --officer-key him.key
expect "of a gate that is not there" 2 "$CK" gate record k p --gate 3 --done "$(day -9days)" --evidence letter --officer-key him.key
expect "of a file that is not there" 3 "$CK" gate record k p --gate 2 --done "$(day -9days)" --evidence nowhere --officer-key him.key
echo 00112233445566778899aabbccddeeff >sets
expect "of a set that is not there" 2 "$CK" gate record k p --gate 2 --done "$(day -9days)" --evidence letter --sets-file sets --officer-key him.key
expect "the notice" 0 "$CK" gate record k p --gate 2 --done "$(day -9days)" --evidence letter --reference "DPH 7" --officer-key him.key
expect "the consent" 0 "$CK" gate record k p --gate 1 --done "$(day -1days)" --evidence letter --officer-key legal.key
same "the lead time runs" "0 1 \"$(day +22days)\" 1" "$(tell 2 without_evidence) $(tell 2 waiting) $(tell 2 met_from) $(tell 2 recorded)"
expect "archived" 0 "$CK" archive k p --output out
expect "not disposed of before" 1 "$CK" dispose k p --officer-key him.key
grep -q "a gate is not met before $(day +22days): tell the department (at least 30 days before)" last.err && echo "ok it says until when" || echo "not ok it says until when"
same "both are in the ledger" 2 "$("$CK" ledger list k --format ndjson | grep -c '"kind":"gate"')"
expect "an older letter" 0 "$CK" gate record k p --gate 2 --done "$(day -40days)" --evidence letter --officer-key him.key
cp -r k k0
expect "now it goes" 0 "$CK" dispose k p --officer-key him.key
expect "the keep is whole" 0 "$CK" check k

fresh() { rm -rf k && cp -r k0 k; }
before=$(CHARTKEEP_WITNESS='' "$CK" gate list k0 p --format ndjson | grep -o '"recorded":[0-9]*' | tr '\n' ' ')
whole() {
    [ "$status" = 0 ] || checks k "after it ended with $status"
    after=$("$CK" gate list k p --format ndjson 2>/dev/null | grep -o '"recorded":[0-9]*' | tr '\n' ' ')
    case $after in
    "$before" | "$(echo "$before" | sed 's/1/2/')") ;;
    *) wrong "neither before nor after: $after" ;;
    esac
    [ "$status" != 0 ] || [ "$after" != "$before" ] || wrong "done and not there"
}
torment "gate record" 1 fresh whole "$CK" gate record k p --gate 1 --done "$(day -1days)" --evidence letter --officer-key him.key
