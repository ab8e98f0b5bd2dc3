#!/bin/sh
# Goal: codes and places that a source leaves out release nothing earlier: a mammogram without its code, or its visit, keeps the one beside it as long as before, and the set says why.
. "$(dirname "$0")/lib.sh"

report() { # ID DAY CODE [VISIT]
    code= visit=${4-',"encounter":{"reference":"Encounter/e-'$1'"}'}
    [ -z "$3" ] || code=',"code":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"'$3'"}]}'
    printf '{"resourceType":"DiagnosticReport","id":"%s","status":"final","subject":{"reference":"Patient/p"}%s,"effectiveDateTime":"%s","issued":"%sT10:00:00Z"%s}\n' \
        "$1" "$visit" "$2" "$2" "$code"
}
visit() { # ID DAY
    printf '{"resourceType":"Encounter","id":"e-%s","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"},"period":{"start":"%sT09:00:00Z","end":"%sT10:00:00Z"},"serviceProvider":{"reference":"Organization/o"}}\n' "$1" "$2" "$2"
}
mkdir federal && cp "$TOP/policies/labels.policy" "$TOP/policies/us-federal.policy" federal # States count from the last visit, whatever the set
"$CK" officer new him --no-passphrase >/dev/null
make() { # KEEP CODES_COMPLETE CODE OF THE NEWER [ITS VISIT]: its mammograms' row in row
    cat >ehr.json <<X
{"title":"test","classes":"all","facilities":"all","from":null,"closed_on":"2024-08-06","complete":true,"codes_complete":$2,"custody":"official","time_zone":"America/Chicago","jurisdiction":"KS","attested_by":"HIM"}
X
    {
        echo '{"resourceType":"Organization","id":"o","type":[{"text":"hospital"}],"name":"Prairie General Hospital","address":[{"state":"KS"}]}'
        echo '{"resourceType":"Patient","id":"p","birthDate":"1950-02-03"}'
        visit old 2003-03-04 && report old 2003-03-04 77067
        visit new 2019-05-06 && report new 2019-05-06 "$3" ${4+"$4"}
    } >all.ndjson
    "$CK" init "$1" --officer him:him.pub --quorum 1 >/dev/null 2>&1 && "$CK" source declare "$1" ehr --file ehr.json --officer-key him.key >/dev/null 2>&1 &&
        "$CK" import "$1" --source ehr all.ndjson >/dev/null 2>&1 && "$CK" retention "$1" --all --policy federal --as-of 2026-11-21 --format ndjson 2>/dev/null | grep '"series":"mammograms"' >row
}
last_day() { sed 's/.*"keep_until":"\([0-9-]*\)".*/\1/' row; }
records() { sed 's/.*"records":\([0-9]*\).*/\1/' row; }

make whole true 77067
same "both are mammograms" 2 "$(records)"
day=$(last_day)
make bare false ''
same "the newer is none for certain" 1 "$(records)"
same "and the older is kept as long" "$day" "$(last_day)"
same "which the set explains" 1 "$(grep -c '"reason":"[^"]*a record may belong to another set, and counts in both: record.codes' row)"
make sworn true ''
same "where no code means none" 1 "$(records)"
same "it stands alone" 2013 "$(last_day | cut -c1-4)"
same "and needs no word" 0 "$(grep -c 'may belong' row)"
make adrift true 77067 ''
same "the newer is nobody knows from where" 1 "$(records)"
same "and the older is kept as long" "$day" "$(last_day)"
same "which the set explains" 1 "$(grep -c '"reason":"[^"]*a record may belong to another set, and counts in both: record.facility"' row)"
