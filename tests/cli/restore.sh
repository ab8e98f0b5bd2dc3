#!/bin/sh
# Goal: a backup put back is a keep in use in which everything decided since is carried out
# again, or one that is read only and says why; what does not hold is refused.
. "$(dirname "$0")/lib.sh"

"$CK" officer new him --no-passphrase >/dev/null && "$CK" officer new legal --no-passphrase >/dev/null
age-keygen -o rid 2>/dev/null && chmod 400 rid
age-keygen -o rid2 2>/dev/null && chmod 400 rid2
"$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 --recovery "$(age-keygen -y rid)" >/dev/null
small_export
mkdir w w2
CHARTKEEP_WITNESS=$WORK/w
export CHARTKEEP_WITNESS
import_export
adopt
day=$(date -d '+90 days' +%F)
expect "backup" 0 "$CK" backup k b --backup-key-out bkey --destroy-by "$day"
id=$("$CK" backup list k --format csv | tail -1 | cut -d, -f2)
count() { "$CK" status "$1" --format json 2>/dev/null | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }
whole=$(count k records)
cp -r w w.then

# what comes behind it: a hold released, a hold in force, a hold on a patient, a disposal
"$CK" hold place k M-1 --all >/dev/null
"$CK" hold release k M-1 --officer-key legal.key >/dev/null
echo MRNQ77002 >who
"$CK" hold place k M-2 --patient-file who >/dev/null
sed 's/"id":"new"/"id":"later"/; s/MRNQ77002/MRNQ77003/' people.ndjson | sed -n 2p >later.ndjson
"$CK" import k --source ehr later.ndjson >/dev/null
echo MRNQ77003 >who
"$CK" hold place k M-3 --patient-file who >/dev/null
"$CK" hold list k --format csv >holds
head=$("$CK" ledger list k | wc -l)
same "the witness has every entry" "$head" "$(grep -c '^{' w/*.log)"
same "and annexes of what was decided" 1 "$([ "$(grep -c '^annex ' w/*.log)" -ge 5 ] && echo 1)"
words='Zyxwvutton|Abigail|Quibblesnark|MRNQ77|Vorpalhand|Jubjubson|Slithypneumonia'
same "with nothing in clear" 0 "$(grep -aErlc "$words" w | wc -l)"
grep '^annex ' w/*.log | tail -1 | cut -d' ' -f2 | base64 -d >annex.age
holds "stock age opens an annex" age -d -i rid annex.age
same "which names decisions by number" 1 "$(age -d -i rid annex.age | grep -c '"act":')"
restore() { "$CK" backup restore b "$@" --backup-key bkey --officer-key him.key --officer-key legal.key; }

expect "restore" 0 restore n --recovery-identity rid
same "in use: three holds, one release" 1 "$("$CK" backup restore b n2 --backup-key bkey --recovery-identity rid --officer-key him.key --officer-key legal.key 2>/dev/null | grep -c 'holds 3, releases 1')"
rm -rf n2
expect "it holds" 0 "$CK" check n
same "it has the records of the backup" "$whole" "$(count n records)"
same "the holds stand as they stood, one on a patient who is not here on all" 3 "$("$CK" hold list n --format ndjson | grep -cE '"matter":"M-[123]"')"
same "M-3 holds the whole keep" 1 "$("$CK" hold list n --format ndjson | grep '"matter":"M-3"' | grep -c '"patient":"all"')"
same "M-1 was released" "$("$CK" hold list k --format ndjson | grep '"matter":"M-1"')" "$("$CK" hold list n --format ndjson | grep '"matter":"M-1"')"
same "the ledger says where it goes on" 1 "$("$CK" ledger list n | grep '"kind":"restored"' | grep -c "\"lost\":$((head - $(grep -c '^{' w.then/*.log)))")"
same "the log has a name of its own" 1 "$("$CK" ledger head n | head -1 | grep -c 'chartkeep/[0-9a-f]*/[0-9a-f]*$')"
same "the witness has its head, and that of the other" 3 "$(find w -name '*.head' | wc -l)"
expect "the keep's key opens it" 0 "$CK" status n
expect "so does the recovery identity" 0 "$CK" status n --recovery-identity rid
expect "the backup's key does not" 12 "$CK" status n --key-file bkey
same "no page of it is one of the backup" 0 "$(for d in b n; do i=0 && while [ $i -lt $(($(stat -c %s $d/records.db) / 4096)) ]; do dd if=$d/records.db bs=4096 skip=$i count=1 2>/dev/null | sha256sum; i=$((i + 1)); done; done | sort | uniq -d | wc -l)"
expect "import goes on" 0 "$CK" import n --source ehr later.ndjson
expect "plans are made" 0 "$CK" plan n --output pn
expect "audit runs" 0 "$CK" audit n --fail-on none
expect "a hold is placed" 0 "$CK" hold place n M-9 --all
expect "the next backup" 0 "$CK" backup n nb --backup-key-out nkey --destroy-by "$day"
expect "expiring the one it came from" 0 "$CK" backup expire n "$id" --officer-key him.key
expect "it still holds" 0 "$CK" check n
expect "what was restored can be lost and restored" 0 "$CK" backup restore nb nn --backup-key nkey --recovery-identity rid --officer-key him.key --officer-key legal.key
expect "and holds" 0 "$CK" check nn

# refusals
expect "something is there" 6 restore n --recovery-identity rid
expect "one officer" 6 "$CK" backup restore b x --backup-key bkey --recovery-identity rid --officer-key him.key
expect "nobody" 6 "$CK" backup restore b x --backup-key bkey --recovery-identity rid
expect "the same officer twice" 6 "$CK" backup restore b x --backup-key bkey --recovery-identity rid --officer-key him.key --officer-key him.key
expect "the keep's key is not the backup's" 12 "$CK" backup restore b x --backup-key kf --officer-key him.key --officer-key legal.key
expect "another identity" 12 restore x --recovery-identity rid2
expect "a keep is no backup" 6 "$CK" backup restore k x --backup-key kf --officer-key him.key --officer-key legal.key
expect "no backup key named" 2 "$CK" backup restore b x --officer-key him.key
expect "no backup there" 10 "$CK" backup restore nowhere x --backup-key bkey --officer-key him.key --officer-key legal.key
expect "no place for it" 3 restore nowhere/x --recovery-identity rid
holds "none of them left anything" test ! -e x -a ! -e x.part -a ! -e nowhere

# read only until all is known
read_only() { # NAME, then what restore is given
    name=$1
    shift
    rm -rf r
    expect "$name" 0 restore r "$@"
    expect "$name: can be read" 0 "$CK" status r
    expect "$name: holds" 0 "$CK" check r
    expect "$name: is not written" 6 "$CK" hold place r M-5 --all
}
read_only "without the identity"
expect "which no rotation gets around" 6 "$CK" key rotate r
expect "nor a slot" 6 "$CK" slot add r --new-key-file kf5
expect "nor an import" 6 "$CK" import r --source ehr care.ndjson
expect "a replay without it" 6 "$CK" backup restore --replay r --officer-key him.key --officer-key legal.key
expect "a replay by one officer" 6 "$CK" backup restore --replay r --recovery-identity rid --officer-key him.key
expect "a replay" 0 "$CK" backup restore --replay r --recovery-identity rid --officer-key him.key --officer-key legal.key
same "places the holds" 3 "$("$CK" hold list r --format ndjson | grep -cE '"matter":"M-[123]"')"
expect "then it is written" 0 "$CK" hold place r M-5 --all
expect "and holds" 0 "$CK" check r
expect "another replay has nothing to do" 2 "$CK" backup restore --replay r --recovery-identity rid --officer-key him.key --officer-key legal.key
CHARTKEEP_WITNESS=
read_only "without a witness" --recovery-identity rid
log=$(cd w.then && ls -- *.log)
ids=${log%.log}
fresh() { rm -rf w3 && mkdir w3 && cp w/"$ids".* w3/; }
fresh && rm w3/"$log"
read_only "a head without entries" --recovery-identity rid --witness w3
fresh && sed -i '/^{"index":4,/d' w3/"$log"
read_only "an entry is missing" --recovery-identity rid --witness w3
fresh && head -c -900 w/"$log" >w3/"$log"
read_only "the last entries are missing" --recovery-identity rid --witness w3
fresh && tac w3/"$log" | sed '0,/^annex /{/^annex /d}' | tac >l && mv l w3/"$log"
read_only "an annex is missing" --recovery-identity rid --witness w3
rm -rf w3 && mkdir w3 && "$CK" init other --key-file ok >/dev/null && "$CK" hold place other M --all --key-file ok --witness w3 >/dev/null
read_only "a witness of another keep" --recovery-identity rid --witness w3
mkdir w4 && sed -n '1,/^head /p' w.then/"$log" >w4/"$log"
read_only "a witness that knows less than the backup" --recovery-identity rid --witness w4
expect "two witnesses, one of them whole" 0 restore y --recovery-identity rid --witness w4 --witness w
expect "it is in use" 0 "$CK" hold place y M-5 --all
expect "a witness that is not there" 3 restore x --recovery-identity rid --witness nowhere

# what is altered or forked
fresh && at=$(grep -abo '"kind":"hold"' w3/"$log" | head -1 | cut -d: -f1) && flip w3/"$log" $((at + 10))
expect "an entry was altered" 4 restore x --recovery-identity rid --witness w3
fresh && at=$(grep -abo '^annex ' w3/"$log" | tail -1 | cut -d: -f1) && flip w3/"$log" $((at + 400))
expect "an annex was altered" 4 restore x --recovery-identity rid --witness w3
fresh && age -d -i rid annex.age | sed 's/M-3/M-4/g' | age -r "$(age-keygen -y rid)" | base64 -w0 >forged && last=$(grep -n '^annex ' w3/"$log" | tail -1 | cut -d: -f1) &&
    { sed -n "1,$((last - 1))p" w/"$log" && echo "annex $(cat forged)" && sed -n "$((last + 1)),\$p" w/"$log"; } >w3/"$log"
expect "an annex was made anew by somebody" 4 restore x --recovery-identity rid --witness w3
fresh && flip w3/"$ids".head 120
expect "a head was altered" 4 restore x --recovery-identity rid --witness w3
# another history from the same beginning: an older copy of the keep went on elsewhere
"$CK" backup k late --backup-key-out latekey --destroy-by "$day" >/dev/null 2>&1
cp -r k fork && "$CK" hold place fork M-7 --all --witness w2 >/dev/null 2>&1
"$CK" hold place k M-8 --all --witness w >/dev/null
expect "two witnesses that exclude each other" 4 restore x --recovery-identity rid --witness w --witness w2
expect "in the other order" 4 restore x --recovery-identity rid --witness w2 --witness w
"$CK" backup k last --backup-key-out lastkey --destroy-by "$day" >/dev/null 2>&1
expect "a witness of a fork" 4 "$CK" backup restore last x --backup-key lastkey --officer-key him.key --officer-key legal.key --recovery-identity rid --witness w2
holds "none of them left anything" test ! -e x -a ! -e x.part

# a backup that was touched
bad=0 tried=0
for f in keep.json head records.db keyring.db backup; do
    size=$(stat -c %s b/$f) at=0
    while [ $at -lt "$size" ]; do
        rm -rf m && cp -r b m && chmod u+w m/$f
        flip m/$f $at
        "$CK" backup restore m x --backup-key bkey --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key >/dev/null 2>&1
        [ $? = 4 ] || { bad=$((bad + 1)); echo "# $f byte $at not seen"; }
        tried=$((tried + 1)) at=$((at + size / 9 + 1))
    done
    rm -rf m && cp -r b m && chmod u+w m/$f && truncate -s -1 m/$f
    "$CK" backup restore m x --backup-key bkey --officer-key him.key --officer-key legal.key >/dev/null 2>&1
    [ $? = 4 ] || { bad=$((bad + 1)); echo "# $f cut not seen"; }
    rm -rf m && cp -r b m && rm -f m/$f && cp last/$f m/$f
    "$CK" backup restore m x --backup-key bkey --officer-key him.key --officer-key legal.key >/dev/null 2>&1
    got=$?
    [ $got = 4 ] || { [ $f = keep.json ] && [ $got = 12 ]; } || { bad=$((bad + 1)); echo "# $f of another backup: $got"; }
    tried=$((tried + 2))
done
rm -rf m && cp -r last m && rm m/head && cp b/head m/head
"$CK" backup restore m x --backup-key lastkey --officer-key him.key --officer-key legal.key >/dev/null 2>&1
[ $? = 4 ] || { bad=$((bad + 1)); echo "# an older head not seen"; }
same "a byte changed, cut or of another backup ends with 4 ($tried places)" 0 $bad
holds "and leaves nothing" test ! -e x -a ! -e x.part
