# Shared by the scripts of this folder: where the program is, a fresh folder, and
# lines "ok NAME" / "not ok NAME" that tests/run.sh counts.
# shellcheck shell=sh
TOP=$(cd "$(dirname "$0")/../.." && pwd)
CK=${CHARTKEEP:-$TOP/build/chartkeep}
WORK=$(mktemp -d "$TOP/build/cli.XXXXXXXX") || exit 3
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 3
CHARTKEEP_KEY_FILE=$WORK/kf
TZ=America/Chicago # where the keeps are: days are counted there
export CHARTKEEP_KEY_FILE TZ

# expect NAME STATUS COMMAND…: the command must end with that exit status.
expect() {
    name=$1 want=$2
    shift 2
    "$@" >last.out 2>last.err
    got=$?
    if [ "$got" = "$want" ]; then echo "ok $name"; else
        echo "not ok $name: exit $got, wanted $want: $*"
        sed 's/^/# /' last.err last.out | head -20
    fi
}
# holds NAME COMMAND…: the command must succeed.
holds() {
    name=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "ok $name"; else echo "not ok $name: $*"; fi
}
same() { # NAME WANT HAVE
    if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: wanted '$2', have '$3'"; fi
}

# Two officers, an empty keep k with a quorum of two.
new_keep() {
    "$CK" officer new him --no-passphrase >/dev/null && "$CK" officer new legal --no-passphrase >/dev/null &&
        "$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 >/dev/null
}
# A small export of one old and one recent patient in Kansas, with names that must never show.
small_export() {
    cat >ehr.json <<'X'
{"title":"test export","classes":"all","facilities":"all","from":null,"closed_on":"2024-08-06","complete":true,"codes_complete":true,
 "custody":"official","time_zone":"America/Chicago","jurisdiction":"KS","attested_by":"HIM"}
X
    cat >org.ndjson <<'X'
{"resourceType":"Organization","id":"o1","identifier":[{"system":"urn:test:org","value":"O-1"}],"name":"Prairie General Hospital","address":[{"state":"KS","city":"Emporia"}]}
X
    cat >people.ndjson <<'X'
{"resourceType":"Patient","id":"old","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"urn:test:mrn","value":"MRNQ77001"}],"name":[{"family":"Zyxwvutton","given":["Abigail"]}],"birthDate":"1930-02-03","address":[{"line":["12 Quibblesnark Road"],"city":"Emporia","state":"KS","postalCode":"66801"}]}
{"resourceType":"Patient","id":"new","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"urn:test:mrn","value":"MRNQ77002"}],"name":[{"family":"Vorpalhand","given":["Benedict"]}],"birthDate":"1985-07-09","address":[{"line":["9 Frumious Lane"],"city":"Emporia","state":"KS","postalCode":"66801"}]}
{"resourceType":"Practitioner","id":"d1","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"9990000011"}],"name":[{"family":"Jubjubson","given":["Carol"]}]}
X
    cat >care.ndjson <<'X'
{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/old"},"participant":[{"individual":{"reference":"Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9990000011"}}],"period":{"start":"2001-03-04T10:00:00-06:00","end":"2001-03-09T11:00:00-06:00"},"serviceProvider":{"reference":"Organization?identifier=urn:test:org|O-1"}}
{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/old"},"encounter":{"reference":"Encounter/e1"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-9-cm","code":"486"}],"text":"Slithypneumonia toves"},"recordedDate":"2001-03-04"}
{"resourceType":"DocumentReference","id":"n1","status":"current","subject":{"reference":"Patient/old"},"date":"2001-03-09T10:00:00-06:00","author":[{"reference":"Practitioner/d1"}],"content":[{"attachment":{"contentType":"text/plain","data":"VHdhcyBicmlsbGlnIGFuZCB0aGUgcGF0aWVudCBnb3QgYmV0dGVy"}}],"context":{"encounter":[{"reference":"Encounter/e1"}]}}
{"resourceType":"Encounter","id":"e2","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/new"},"participant":[{"individual":{"reference":"Practitioner/d1"}}],"period":{"start":"2024-02-01T10:00:00-06:00","end":"2024-02-01T11:00:00-06:00"},"serviceProvider":{"reference":"Organization/o1"}}
X
}
# What must never show of them, for grep -E.
NAMES='Zyxwvutton|Abigail|Vorpalhand|Benedict|MRNQ7700|Jubjubson|drjub'
import_export() {
    "$CK" source declare k ehr --file ehr.json --officer-key him.key >/dev/null && "$CK" import k --source ehr org.ndjson people.ndjson care.ndjson >/dev/null
}
# import_log RULES: the export's physician as staff, and the accesses of log.csv, by the column maps of RULES.
import_log() {
    printf 'employee_id,user_id,npi,family_name,given_name,department,role,employed_from,employed_to\nE1,drjub,9990000011,Jubjubson,Carol,Medicine,physician,2000-01-01,\n' >staff.csv
    "$CK" import k --policy "$1" --source hr staff.csv >/dev/null && "$CK" import k --policy "$1" --source log log.csv >/dev/null
}
adopt() { "$CK" policy adopt k "$TOP/policies" --review-by "$(date -d '+300 days' +%F)" --officer-key him.key --officer-key legal.key >/dev/null 2>&1; }
# Two small rules under which the old patient's chart of small_export is due; $1: more clauses of the State's. Adopted by both officers.
adopt_two() {
    cat >two.policy <<X
pack "two" { version "1" language 1 }
retention "us.a" { title "A" jurisdiction US status law checked date("2026-01-01") source "made up" cite "none" when set.series == "medical record" keep 5 years after set.last("discharge_date") explain "Five." }
retention "us-ks.a" { title "K" jurisdiction US-KS status law checked date("2026-01-01") source "made up" cite "none" when set.series == "medical record" keep 10 years after set.last("discharge_date") ${1:-} explain "Ten." }
X
    "$CK" policy adopt k two.policy --review-by "$(date -d '+300 days' +%F)" --officer-key him.key --officer-key legal.key >/dev/null 2>&1
}
# The keep k with that export under the shipped rules, and p, a plan that both officers approved.
approved_plan() {
    new_keep && small_export && import_export && adopt && "$CK" plan k --output p >/dev/null &&
        "$CK" approve k p --officer-key him.key >/dev/null && "$CK" approve k p --officer-key legal.key >/dev/null
}
# Rules of one's own, for what should not change with the shipped ones: folder "rules" with the shipped reasons and
# column maps, a rule about accounts that are nobody's, and some evidence. Adopted by both officers.
own_rules() {
    mkdir rules && cp "$TOP/policies/explanations.policy" "$TOP/policies/maps.policy" rules/ && cat >rules/own.policy <<'X'
pack "own" { version "1" language 1 }
access "nobodys-account" {
  title "Opened by an account that is nobody's" severity high weight 100 when !user.mapped
  authority "45 CFR 164.312(a)(2)(i)" threshold "any" state house_policy checked "unverified" explain "{user.login} opened the chart of {patient.name}"
}
evidence "printed" { title "printed or exported" weight 15 when event.action == "print" || event.action == "export" explain "printed" }
X
}
adopt_own() { "$CK" policy adopt k rules --review-by "$(date -d '+300 days' +%F)" --officer-key him.key --officer-key legal.key >/dev/null 2>&1; }
# An authority for timestamps, and a stranger: ca.pem is to be trusted, stranger.pem not.
authority() {
    cat >tsa.conf <<'X'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Test Authority
[ca]
basicConstraints = critical, CA:TRUE
[tsa]
extendedKeyUsage = critical, timeStamping
[stamp]
serial = serial
default_policy = 1.2.3.4
digests = sha512
signer_digest = sha256
X
    echo 01 >serial
    key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    # shellcheck disable=SC2086
    {
        openssl req -x509 -config tsa.conf -extensions ca $key -keyout ca.key -days 2 -out ca.pem &&
            openssl req -x509 -config tsa.conf -extensions ca $key -keyout stranger.key -subj /CN=Stranger -days 2 -out stranger.pem &&
            openssl req -config tsa.conf $key -keyout tsa.key -out tsa.csr &&
            openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 1 -extfile tsa.conf -extensions tsa -out tsa.pem
    } >openssl.log 2>&1 || cat openssl.log
}
# answer REQUEST RESPONSE: it stamps what it is asked to. stamp FILE RESPONSE: the same for a file.
answer() { openssl ts -reply -config tsa.conf -section stamp -queryfile "$1" -signer tsa.pem -inkey tsa.key -out "$2" 2>/dev/null; }
stamp() { openssl ts -query -data "$1" -sha512 -cert -out stamp.tsq 2>/dev/null && answer stamp.tsq "$2"; }
# One number of a keep's status.
count() { "$CK" status "$1" --format json 2>/dev/null | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }

# A byte that is written over may have been the same before; a flipped bit never was.
flip() { # FILE OFFSET: inverts one bit
    byte=$(od -An -tu1 -j "$2" -N1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059
    printf "\\$(printf %03o $((byte ^ 16)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# A command under strace, where leaks cannot be looked for.
under_strace() { ASAN_OPTIONS=detect_leaks=0 strace -f "$@"; }

# torment NAME EACH RESET LOOK COMMAND…: the command in a scene that RESET makes, killed, or failed with EIO or ENOSPC, at about
# EACH places of every call that writes, for each of the three at others; with CHARTKEEP_TORTURE=N at N, "all" at every one.
# LOOK then sees $status and says `wrong TEXT` of what should not be.
CALLS="pwrite64 write fsync fdatasync rename renameat renameat2 ftruncate unlink unlinkat mkdir openat"
wrong() {
    broken=$((broken + 1))
    echo "# $at: $*"
}
checks() { # KEEP WHEN [KEY FILE]
    "$CK" check "$1" ${3:+--key-file "$3"} >check.txt 2>&1 && return
    wrong "$1 does not check $2"
    grep -v passed check.txt | sed 's/^/# /'
}
torment() {
    act=$1 each=${CHARTKEEP_TORTURE:-$2} reset=$3 look=$4
    [ "$each" != all ] || each=1000000
    shift 4
    $reset
    under_strace -o trace.log -e trace="$(echo $CALLS | tr ' ' ,)" "$@" >/dev/null 2>&1
    broken=0 tried=0 total=0
    for call in $CALLS; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        total=$((total + 3 * most))
        step=$((most / each + 1)) third=0
        for what in signal=KILL error=EIO error=ENOSPC; do
            n=$((1 + step * third / 3)) third=$((third + 1))
            [ $n -le "$most" ] || n=$most
            [ "$most" -gt 0 ] || continue
            while [ $n -le "$most" ]; do
                at="$act, $what $call $n"
                $reset
                under_strace -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$@" >out.txt 2>err.txt
                status=$?
                $look
                tried=$((tried + 1)) n=$((n + step))
            done
        done
    done
    same "$act survives death, EIO and ENOSPC at $tried of $total places" 0 $broken
}

# Of an archive that is to be disturbed: plan p approved for k, which has $whole records and stands again in before.
before_archive() {
    approved_plan
    "$CK" key show k >keep.pub
    cp -r k before
    whole=$(count k records)
}
archived_whole() { # FOLDER OPTION…: the archive of p from t ended somehow; nothing is lost, run again it comes to its end, and its packages verify
    folder=$1
    shift
    checks t after
    [ "$(count t records)" = "$whole" ] || wrong "lost records"
    "$CK" archive t p --output "$folder" "$@" >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    for f in "$folder"/*.tar; do
        "$CK" verify "$f" --pubkey keep.pub >v.txt 2>&1 || wrong "$f does not verify"
    done
}
