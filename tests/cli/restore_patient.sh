#!/bin/sh
# Goal: a patient whose last record set was destroyed, and whose key died with it, comes back from the packages as one
# patient, with the visits, under new keys; the log of what happened stays.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
mkdir rules && cat >rules/own.policy <<'X'
pack "own" { version "1" language 1 }
retention "us.a" {
  title "A" jurisdiction US status law checked date("2026-01-01") source "made up" cite "none"
  when set.series == "medical record" keep 5 years after set.last("discharge_date") explain "Five."
}
retention "us-ks.a" {
  title "K" jurisdiction US-KS status law checked date("2026-01-01") source "made up" cite "none"
  when set.series == "medical record" keep 5 years after set.last("discharge_date") explain "Five."
}
X
adopt_own
printf 'MRNQ77001\n' >who
seen() { "$CK" disclosures k --patient-file who >last.out 2>last.err; echo $?; }
relations() { count k relations; }
patients=$(count k patients) records=$(count k records) ties=$(relations)
same "the patient is known" 5 "$(seen)"
gone() { # PLAN
    "$CK" plan k --output "$1" >/dev/null 2>&1 && "$CK" approve k "$1" --officer-key him.key >/dev/null && "$CK" approve k "$1" --officer-key legal.key >/dev/null &&
        "$CK" archive k "$1" --output "out.$1" >/dev/null 2>&1 && "$CK" dispose k "$1" --officer-key him.key >/dev/null 2>&1
}
holds "the medical record is destroyed" gone p
holds "then the patient" gone q
same "who is not known any more" 2 "$(seen)"
expect "both packages" 0 "$CK" restore k out.p/*.tar out.q/*.tar --matter M-1 --officer-key him.key --officer-key legal.key
same "bring back what there was" "$patients $records $ties" "$(count k patients) $(count k records) $(relations)"
same "the patient is known again" 5 "$(seen)"
"$CK" retention k --format ndjson >sets 2>/dev/null
same "as one patient with one medical record of three" 1 "$(grep '"medical record"' sets | grep -c '"keep_until":"2006-03-09".*"status":"due".*"records":3')"
expect "the keep checks" 0 "$CK" check k
expect "the same export again" 0 "$CK" import k --source ehr --strict org.ndjson people.ndjson care.ndjson
same "changes nothing" "$patients $records" "$(count k patients) $(count k records)"
