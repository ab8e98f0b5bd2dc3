#!/bin/sh
# Goal: the accounting of disclosures lists what 45 CFR 164.528 wants listed, tells the patient nothing that it leaves out or
# that an agency holds back, never says "none" without a source, and is signed and in the ledger.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
printf 'MRNQ77002\n' >who
DAY=$(date +%F)
ago() { date -d "$1 days ago" +%F; }
d() { "$CK" disclosures k --patient-file who "$@"; }
lines() { grep -c "$1" last.out; }

expect "nothing can be said without a source" 5 d
same "and it says so" 1 "$(lines 'this does not say that nothing was')"
same "never none" 0 "$(lines 'No disclosure that has to be listed')"

cat >roi.csv <<X
disclosure_id,patient_id,recipient,recipient_address,what_was_disclosed,purpose_of_disclosure,basis_of_disclosure,disclosed_on,disclosure_status,suspended_by,suspension_stated_on,suspended_until,suspension_oral
1,new,County Health Officer,1 Snark Street,lab result,reportable condition,public health,$(ago 900),sent,,,,
2,new,County Health Officer,1 Snark Street,lab result,reportable condition,164.512(b)(1)(i),$(ago 400),sent,,,,
3,new,Attorney Vorpalhand,,whole chart,claim,authorization,$(ago 300),sent,,,,
4,new,Bandersnatch Insurance,,bill,payment,payment,$(ago 200),sent,,,,
5,new,Police of Tulgey,,admission,warrant,law enforcement,$(ago 90),sent,Police of Tulgey,$(ago 80),$(date -d '+30 days' +%F),no
6,new,Police of Tulgey,,admission,warrant,164.512(f),$(ago 89),sent,Police of Tulgey,$(ago 88),,yes
7,new,Beamish Bureau,,visit,,,$(ago 50),sent,,,,
8,new,Mome Office,,visit,inspection,health oversight,$(ago 40),cancelled,,,,
9,new,Too Long Ago,,visit,inspection,health oversight,$(ago 2400),sent,,,,
10,old,Somebody Else,,visit,inspection,health oversight,$(ago 40),sent,,,,
11,new,National Snark Agency,,visit,secret,164.512(k)(2),$(ago 39),sent,,,,
X
expect "disclosures come in" 0 "$CK" import k --source roi --policy "$TOP/policies" --strict roi.csv
expect "a look at the accounting" 0 d --format ndjson
same "three rows: two of them as one, one without a purpose, and one whose oral statement has run out" 3 "$(wc -l <last.out)"
same "nobody is named" 0 "$(grep -cE "$NAMES|Snark|Bandersnatch|Tulgey|Beamish|Mome" last.out last.err | grep -cv ':0')"
same "it is no answer" 1 "$(grep -c 'neither signed nor in the ledger' last.err)"
same "what is left out is counted, each with its paragraph" "1 (i) 1 (iv) 1 (vi) " "$(sed -n 's/.*left out: \([0-9]*\),.*164.528(a)(1)\((.*)\)$/\1 \2/p' last.err | tr '\n' ' ')"
same "what an agency holds back is told to the officer" 1 "$(grep -c 'held back: roi:record' last.err)"
same "and when the answer is due" 1 "$(grep -c "to be given by $(date -d '+60 days' +%F)" last.err)"
expect "each in a row of its own" 0 d --each --format ndjson
same "four" 4 "$(wc -l <last.out)"
expect "a shorter time" 0 d --from "$(ago 60)" --format csv
same "one row" 2 "$(wc -l <last.out)"
expect "a day to come" 2 d --through "$(date -d '+2 days' +%F)"
expect "nobody of that name" 2 sh -c "echo Nobody | '$CK' disclosures k --patient-file -"
printf 'MRNQ77001\nMRNQ77002\n' >two
expect "two patients" 2 "$CK" disclosures k --patient-file two

expect "identifiers need an officer" 6 d --show-phi ROI-311
expect "one that has no place" 3 d --show-phi ROI-311 --officer-key him.key --output nowhere/a.json --format json
same "was not given" 0 "$("$CK" ledger list k --format ndjson | grep -c '"answer"')"
expect "the accounting" 0 d --show-phi ROI-311 --officer-key him.key --output a.json --format json
holds "stock minisign checks it" sh -c 'test ! -x "$(command -v minisign)" || minisign -Vm a.json -p him.pub'
same "it names patient and recipient" "1 1" "$(grep -c 'Vorpalhand, Benedict' a.json) $(grep -c 'County Health Officer' a.json)"
same "and the series: first, number, last" 1 "$(grep -c "\"date\":\"$(ago 900)\",\"recipient\":\"County Health Officer\".*\"times\":2,\"last\":\"$(ago 400)\"" a.json)"
same "what it lacks" 1 "$(grep -c '"recipient":"Beamish Bureau"[^}]*"missing":"purpose"' a.json)"
same "the patient does not read of those left out, held back or retracted" 0 "$(grep -cE 'Attorney|Bandersnatch|National Snark|Mome|held back|suspen' a.json)"
same "only of the one whose time has run out" 1 "$(grep -o 'Police of Tulgey' a.json | wc -l)"
same "its sources" 1 "$(grep -c 'not declared complete for this time' a.json)"
same "it is in the ledger" 1 "$("$CK" ledger list k --format ndjson | grep -c '"answer"')"
expect "a second one" 0 d
same "tells of the first" 1 "$(grep -c "one was given to this patient on" last.err)"
expect "for the officer, what is left out" 0 d --left-out --show-phi ROI-311 --officer-key him.key --format ndjson
same "five: three by law, one suspended, one retracted" 5 "$(wc -l <last.out)"
for f in table html csv; do
    expect "as $f" 0 d --show-phi ROI-311 --officer-key him.key --format $f
    same "with its row" 1 "$(lines 'Beamish')"
done
expect "a key of nobody here" 0 "$CK" officer new stranger --no-passphrase
expect "signs nothing" 6 d --show-phi ROI-311 --officer-key stranger.key

# a source that is declared complete, and one that only the declaration knows
cat >roi.json <<X
{"title":"Release of information","classes":["disclosure"],"facilities":"all","from":null,"through":"$DAY","complete":true,"custody":"official","time_zone":"America/Chicago","attested_by":"HIM"}
X
expect "the steward declares it" 0 "$CK" source declare k roi --file roi.json --officer-key him.key
printf 'MRNQ77001\n' >who
expect "another patient" 0 d --format table
same "is told of a complete source" 1 "$(grep -c 'declared complete for this time' last.out)"
expect "before anything happened" 0 d --through "$(ago 100)"
same "none can be said now" 1 "$(lines 'No disclosure that has to be listed is on file for this time.$')"

# a line that could not be read takes the statement back
printf 'disclosure_id,patient_id,recipient,disclosed_on\n77,,Somewhere,2026-01-01\n' >bad.csv
expect "a line without a patient" 3 "$CK" import k --source roi --policy "$TOP/policies" bad.csv
expect "the same time again" 0 d --through "$(ago 100)"
same "none cannot be said any more" 1 "$(lines 'does not say that there was none')"
same "and why" 1 "$(lines '1 lines of this source could not be read')"

# research that is on a list of protocols only
cat >protocols.csv <<X
protocol,description,disclosed,first,last,individuals,sponsor,sponsor_address,sponsor_phone,researcher,researcher_address,researcher_phone
Borogove Study,"Why borogoves are mimsy; charts with that finding, 2001 to 2020",diagnoses and visits,$(ago 700),$(ago 100),212,Mimsy Fund,"1 Wabe, Emporia KS",555-0100,Dr. Rath,"2 Tove Row, Emporia KS",555-0101
Long Over,old,diagnoses,2001-01-01,2002-01-01,70,S,A,1,R,B,2
Going On,now,diagnoses,$(ago 20),$(date +%F),70,S,A,1,R,B,2
X
printf 'MRNQ77002\n' >who
expect "a list of protocols" 0 d --protocols protocols.csv --through "$(ago 10)" --format json
same "is told as the law allows" "1 1 1 1" "$(lines 'may or may not have been disclosed') $(lines 'Borogove Study: Why borogoves are mimsy') $(lines 'sponsored by Mimsy Fund, 1 Wabe, Emporia KS, 555-0100') $(lines 'contacting sponsor and researcher')"
same "with its days" "1 1" "$(lines "from $(ago 700) to $(ago 100), the last of them") $(lines "from $(ago 20) on, beyond the end")"
same "what was over before is not" 0 "$(lines 'Long Over')"
expect "without it" 0 d
same "the officer hears that there may be one" 1 "$(grep -c 'recorded by protocol only' last.err)"
expect "rows alone cannot tell of it" 2 d --protocols protocols.csv --format csv
sed 's/,212,/,49,/' protocols.csv >few.csv
expect "49 people are listed each" 3 d --protocols few.csv
same "says the line" 1 "$(grep -c 'few.csv:2:.*fewer than 50' last.err)"
sed 's/,555-0101$/,/' protocols.csv >lacks.csv
expect "a telephone number is wanted" 3 d --protocols lacks.csv

# no facility: a disclosure is part of the patient's identity, which then stays as long as the accounting needs both
adopt_two
cat >told.policy <<X
pack "told" { version "1" language 1 }
series "disclosures" { title "D" order 63 per patient, facility separable when record.kind == "disclosure" authority "a" checked "unverified" }
retention "us.d" { title "D" jurisdiction US status law checked date("2026-01-01") source "made up" cite "none" when set.series == "disclosures" keep 6 years after set.last("disclosed_date") explain "Six." }
X
kept() { "$CK" retention k --all --policy two.policy --policy told.policy --format ndjson >sets 2>/dev/null; grep -c "\"series\":\"patient identity\".*\"keep_until\":\"$(date -d "$(ago 40) +6 years" +%F)\"" sets; }
same "while a line of it lies in quarantine nobody knows the last disclosure" 0 "$(kept)"
"$CK" quarantine dismiss k --source roi --reason "a line of nobody" --officer-key him.key >/dev/null
same "the identity of the old patient, whose record is long due, outlives the last disclosure by six years" 1 "$(kept)"
same "no disclosure is in a set of its own" 0 "$(grep -c '"series":"disclosures"' sets)"

# an exchange's log counts when its source says that it holds disclosures
printf 'MRNQ77002\n' >who
cat >log.csv <<X
event_id,event_time,user_id,patient_id,action,purpose,workstation
1,$(ago 30)T10:00:00Z,partner,new,Exported,PUBHLTH,HIE
2,$(ago 29)T10:00:00Z,partner,new,Exported,TREAT,HIE
3,$(ago 28)T10:00:00Z,partner,new,View,PUBHLTH,HIE
X
expect "an exchange's log" 0 "$CK" import k --source hie --policy "$TOP/policies" log.csv
expect "is not asked" 0 d --format ndjson
same "unless it says so" 3 "$(wc -l <last.out)"
sed 's/Release of information/Exchange/; s/\["disclosure"\]/["access log","disclosure"]/' roi.json >hie.json
expect "it is declared" 0 "$CK" source declare k hie --file hie.json --officer-key him.key
expect "and asked" 0 d --format ndjson
same "its export for public health is listed" 1 "$(grep -c '"basis":"public health","authority":"164.512(b)","times":1' last.out)"
same "that for treatment is left out" 1 "$(grep -c 'left out: 2, treatment' last.err)"
expect "check" 0 "$CK" check k
