#!/bin/sh
# Goal: nothing is released under a rule whose text nobody read, until the hospital
# confirms it by name; an adoption past its review releases nothing.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
cat >film.ndjson <<'X'
{"resourceType":"Procedure","id":"x1","status":"completed","subject":{"reference":"Patient/old"},"encounter":{"reference":"Encounter/e1"},"code":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"71020"}]},"performedDateTime":"2001-03-05"}
X
import_export
"$CK" import k --source ehr film.ndjson >/dev/null
both="--officer-key him.key --officer-key legal.key"
later=$(date -d '+300 days' +%F)
expect "adopt" 0 adopt
expect "dates" 0 "$CK" retention k --format ndjson
same "the film's rule is unverified: not adopted" 1 "$(grep -c '"series":"radiology".*"status":"not adopted"' last.out)"
# shellcheck disable=SC2086
expect "a confirmation of no rule is an error" 2 "$CK" policy adopt k "$TOP/policies" --review-by "$later" $both --confirm "no.such.rule=read"
# shellcheck disable=SC2086
expect "the hospital confirms it" 0 "$CK" policy adopt k "$TOP/policies" --review-by "$later" $both --confirm "us.cop.radiology=42 CFR 482.26(d)(2), read by counsel"
expect "dates again" 0 "$CK" retention k --format ndjson
same "now it is due" 1 "$(grep -c '"series":"radiology".*"status":"due"' last.out)"
"$CK" plan k --output p >/dev/null
# shellcheck disable=SC2086
expect "a changed adoption" 0 "$CK" policy adopt k "$TOP"/policies/us-federal.policy "$TOP"/policies/us-states.policy "$TOP"/policies/labels.policy --review-by "$later" $both
expect "makes the plan worthless" 6 "$CK" approve k p --officer-key him.key
# shellcheck disable=SC2086
expect "a review day that has passed is refused" 2 "$CK" policy adopt k "$TOP/policies" --review-by 2020-01-01 $both
expect "a hold stops what is due" 0 "$CK" hold place k CASE-7 --all
expect "dates under hold" 0 "$CK" retention k --format ndjson
same "nothing is due" 0 "$(grep -c '"status":"due"' last.out)"
same "the matter is named" 1 "$(grep '"status":"held"' last.out | head -1 | grep -c 'CASE-7')"
expect "him may not release it" 6 "$CK" hold release k CASE-7 --officer-key him.key
expect "legal may" 0 "$CK" hold release k CASE-7 --officer-key legal.key
expect "dates while it cools off" 0 "$CK" retention k --format ndjson
same "still nothing is due" 0 "$(grep -c '"status":"due"' last.out)"
