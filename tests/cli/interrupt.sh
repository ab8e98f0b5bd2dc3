# SIGINT and SIGTERM at random moments of every verb that may take long: it ends with 130, or with what it always ends with when it was done before;
# nothing is half, and the same command run again does all of it.
. "$(dirname "$0")/lib.sh"
unset CHARTKEEP_WITNESS
"$CK" demo d --patients 250 --events 40000 --policy "$TOP/policies" >/dev/null 2>&1 || echo "not ok the demo's files"
CHARTKEEP_KEY_FILE=$WORK/d/keep.key
export CHARTKEEP_KEY_FILE
review=$(date -d '+300 days' +%F)
later=$(date -d '+30 days' +%F)
CLINICAL="d/files/organizations.ndjson d/files/locations.ndjson d/files/patients.ndjson d/files/practitioners.ndjson d/files/practitionerroles.ndjson d/files/encounters.ndjson
 d/files/conditions.ndjson d/files/procedures.ndjson d/files/medicationrequests.ndjson d/files/immunizations.ndjson d/files/documents.ndjson"

# A keep as far as each of the verbs that write needs it: k0 adopted and empty, k1 filled, k2 with an approved plan, k3 archived.
"$CK" init k0 --officer him:d/him.pub --officer legal:d/legal.pub --quorum 2 >/dev/null
for s in ehr access hr films; do "$CK" source declare k0 $s --file d/files/$s.json --officer-key d/him.key >/dev/null; done
"$CK" policy adopt k0 "$TOP/policies" --review-by "$review" --officer-key d/him.key --officer-key d/legal.key >/dev/null 2>&1
cp -r k0 k1
# shellcheck disable=SC2086
"$CK" import k1 --source ehr $CLINICAL >/dev/null 2>&1
"$CK" import k1 --source hr d/files/workforce.csv >/dev/null 2>&1
"$CK" import k1 --source access d/files/access-log.csv >/dev/null 2>&1
cp -r k1 k2
"$CK" plan k2 --output plan >/dev/null 2>&1 || echo "not ok a plan"
for o in him legal; do "$CK" approve k2 plan --officer-key d/$o.key >/dev/null 2>&1 || echo "not ok approve"; done
cp -r k2 k3
"$CK" archive k3 plan --output sealed >/dev/null 2>&1
package=$(ls d/packages/*.tar)

stopped=0
# moments NAME STATUS BASE CHECK COMMAND…: the command on a copy t of BASE, interrupted three times at random and then left alone; it must end with STATUS.
moments() {
    name=$1 want=$2 base=$3
    shift 3
    rm -rf t out out.* bk bkey && cp -r "$base" t
    from=$(date +%s%N)
    "$@" >/dev/null 2>&1
    took=$((($(date +%s%N) - from) / 1000000))
    rm -rf t out out.* bk bkey && cp -r "$base" t
    bad='' hit=0 may=$want # may: what else it can end with, once it was done
    for signal in INT TERM INT; do
        after=$(shuf -i 1-95 -n 1)
        timeout --preserve-status -s $signal "$(awk "BEGIN { print $took * $after / 100000 + 0.002 }")" "$@" >said 2>&1
        got=$?
        case $got in
        130 | 143) hit=$((hit + 1)) ;; # 143: before it had begun to listen
        "$want" | "$may") may=$AFTER ;;
        *) bad="$bad [$signal at $after % of $took ms: $got $(tail -2 said | head -c 200)]" ;;
        esac
        [ ! -e bk ] || may=$AFTER # a backup that bears its name is made, whatever was said in that moment
        half=$(find out bk -name '*.tmp*' 2>/dev/null)
        [ -z "$half" ] || bad="$bad [something half is left: $half]"
    done
    stopped=$((stopped + hit))
    "$@" >said 2>&1
    got=$?
    case $got in "$want" | "$may") ;; *) bad="$bad [run again: $got $(tail -2 said | head -c 200)]" ;; esac
    "$CK" check t >said 2>&1 || bad="$bad [check: $(grep -v passed said | head -3)]"
    if [ -z "$bad" ]; then echo "ok $name ($hit of 3 stopped it)"; else echo "not ok $name:$bad"; fi
}
AFTER=0 # what the command ends with when it was done once already

# shellcheck disable=SC2086
moments import 0 k0 "$CK" import t --source ehr $CLINICAL
moments "import of the log" 0 k0 "$CK" import t --source access d/files/access-log.csv
moments check 0 k1 "$CK" check t
moments audit 0 k1 "$CK" audit t --fail-on none
moments coverage 0 k1 "$CK" coverage t
moments retention 0 k1 "$CK" retention t
moments "ledger verify" 0 k1 "$CK" ledger verify t
moments sql 0 k1 "$CK" sql t 'SELECT count(*) FROM patients a, patients b, sources c, sources d WHERE a.patient < b.patient' --timeout 60
moments "key rotate" 0 k1 "$CK" key rotate t
moments "policy adopt" 0 k1 "$CK" policy adopt t "$TOP/policies" --review-by "$review" --officer-key d/him.key --officer-key d/legal.key
moments plan 0 k1 "$CK" plan t --output out
moments verify 0 k1 "$CK" verify "$package" --pubkey d/keep.pub
AFTER=6
moments approve 0 k1 "$CK" approve t plan --officer-key d/him.key
moments backup 0 k1 "$CK" backup t bk --backup-key-out bkey --destroy-by "$later"
AFTER=0
moments archive 0 k2 "$CK" archive t plan --output out
AFTER=1
moments dispose 0 k3 "$CK" dispose t plan --officer-key d/him.key --output out.json
same "the signals did stop them" yes "$([ $stopped -ge 12 ] && echo yes || echo "only $stopped")"

# The demo hands the wish on to the step it is at.
timeout --preserve-status -s INT 1 "$CK" demo d2 --patients 2000 --events 300000 --policy "$TOP/policies" >said 2>&1
same "demo" 130 $?
same "and nothing of it runs on" "" "$(pgrep -f "$WORK/d2" || :)"

# On a terminal a run tells how far it is; elsewhere nothing.
"$CK" audit k1 --fail-on none >/dev/null 2>quiet
same "no progress where there is no terminal" 0 "$(grep -c "$(printf '\r')" quiet)"
expect "on a terminal" 0 script -qec "env TERM=xterm COLUMNS=80 '$CK' audit k1 --fail-on none >/dev/null" tty.log
printf '(head -n 20000 d/files/access-log.csv; sleep 1; tail -n +20001 d/files/access-log.csv) | "%s" import k0 --source other -\n' "$CK" >slow.sh
TERM=xterm script -qec "sh slow.sh" slow.log >/dev/null 2>&1
holds "a run of more than half a second is seen" grep -q "$(printf '\r\033\[K')" slow.log
TERM=dumb script -qec "sh -c '(sleep 1; cat d/files/access-log.csv) | \"$CK\" import k0 --source third -'" dumb.log >/dev/null 2>&1
same "not on a terminal without a cursor" 0 "$(grep -c "$(printf '\033')" dumb.log)"
