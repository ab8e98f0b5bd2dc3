#!/bin/sh
# Goal: a backup is one checked moment of the keep, opened by its own key alone, read and never
# written, registered before it exists and open until an officer signs that it is gone.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
day=$(date -d '+90 days' +%F)
expect "backup" 0 "$CK" backup k b --backup-key-out bkey --destroy-by "$day"
id=$("$CK" backup list k --format csv | tail -1 | cut -d, -f2)
same "is registered" 1 "$("$CK" backup list k --format ndjson | grep -c "\"destroy_by\":\"$day\",\"status\":\"open\"")"
same "in the ledger" 1 "$("$CK" ledger list k | grep -c '"kind":"backup"')"
same "its key is its owner's alone" 400 "$(stat -c %a bkey)"
expect "its own key opens it" 0 "$CK" status b --key-file bkey
expect "it holds" 0 "$CK" check b --key-file bkey
"$CK" ledger head k >head
expect "its head is the keep's" 0 "$CK" ledger verify b --key-file bkey --head head
same "and so are its records" "$("$CK" sql k 'SELECT record, kind, bytes FROM records' --format csv)" "$("$CK" sql b 'SELECT record, kind, bytes FROM records' --format csv --key-file bkey)"
expect "the keep's key does not open it" 12 "$CK" status b
expect "nor its key the keep" 12 "$CK" status k --key-file bkey
for f in records.db keyring.db keep.json; do
    cp -r b m && cp k/$f m/$f
    "$CK" check m --key-file bkey >/dev/null 2>&1
    got=$?
    same "a $f of the keep does not fit into it" 1 "$([ $got = 4 ] || [ $got = 12 ] && echo 1)"
    rm -rf m
done
rm -f b/backup
expect "it is one also without the file that says so" 6 "$CK" hold place b M-1 --all --key-file bkey
cp -r k m && echo '{}' >m/backup
expect "that file makes no backup of a keep" 0 "$CK" hold place m M-1 --all
rm -rf m
cp -r b before
expect "nothing writes it" 6 "$CK" hold place b M-1 --all --key-file bkey
expect "no backup of it" 6 "$CK" backup b b2 --backup-key-out bkey2 --destroy-by "$day" --key-file bkey
holds "and it is as it was" diff -r b before

same "no page of one is a page of the other" 0 "$(for f in records.db keyring.db; do
    for d in k b; do
        n=$(($(stat -c %s $d/$f) / 4096)) i=0
        while [ $i -lt "$n" ]; do dd if=$d/$f bs=4096 skip=$i count=1 2>/dev/null | sha256sum; i=$((i + 1)); done
    done
done | sort | uniq -d | wc -l)"
words='Zyxwvutton|Abigail|Quibblesnark|MRNQ77|Vorpalhand|Jubjubson|Slithypneumonia'
same "nothing in clear" 0 "$(grep -aErl "$words" b bkey | wc -l)"

expect "a folder that is there" 6 "$CK" backup k b --backup-key-out bkey3 --destroy-by "$day"
expect "a key file that is there" 6 "$CK" backup k b3 --backup-key-out bkey --destroy-by "$day"
expect "no day" 2 "$CK" backup k b3 --backup-key-out bkey3
expect "a day that is past" 2 "$CK" backup k b3 --backup-key-out bkey3 --destroy-by 2020-01-01
expect "no place for it" 3 "$CK" backup k nowhere/b3 --backup-key-out bkey3 --destroy-by "$day"
holds "leaves no key" test ! -e bkey3
same "but its registration" 2 "$("$CK" backup list k --format ndjson | grep -c '"status":"open"')"

"$CK" officer new stranger --no-passphrase >/dev/null
expect "a stranger does not expire it" 6 "$CK" backup expire k "$id" --officer-key stranger.key
expect "nobody neither" 6 "$CK" backup expire k "$id"
expect "an officer does" 0 "$CK" backup expire k "$id" --officer-key him.key
same "it says who" 1 "$("$CK" backup list k --format ndjson | grep -c '"status":"expired".*"signed_by":"him"')"
expect "once" 2 "$CK" backup expire k "$id" --officer-key him.key
expect "no such" 2 "$CK" backup expire k 00 --officer-key him.key
expect "the keep is whole" 0 "$CK" check k

# a certificate of destruction names the backups that can still open what was destroyed
rm -rf k p out && rm -f him.* legal.* kf
new_keep
small_export
import_export
adopt
"$CK" backup k held --backup-key-out held.key --destroy-by "$(date -d '+90 days' +%F)" >/dev/null 2>&1
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null
expect "dispose with a backup open" 0 "$CK" dispose k p --officer-key him.key
same "the certificate stays open and names it" 1 "$(grep -c '"open_backups":\[{"backup".*"standing":"open' p.certificate.json)"
