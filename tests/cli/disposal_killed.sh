#!/bin/sh
# Goal: killed at any writing call of archive and dispose, no record is lost that is not
# sealed or approved for destruction and recorded; run again, both come to their end.
. "$(dirname "$0")/lib.sh"

before_archive

reset_archive() { rm -rf t o2 && cp -r before t; }
look_archive() { archived_whole o2; }
torment archive 3 reset_archive look_archive "$CK" archive t p --output o2

"$CK" archive k p --output out >/dev/null 2>&1
same "archive holds" 1 "$(ls out/*.tar | wc -l)"
cp -r k archived
"$CK" dispose k p --officer-key him.key >/dev/null 2>&1
gone=$(count k records_destroyed)
same "dispose holds" 3 "$gone"

reset_disposal() { rm -rf t && cp -r archived t; }
look_disposal() {
    checks t after
    [ $status != 0 ] || [ "$(count t records_destroyed)" = "$gone" ] || wrong "said done"
    "$CK" dispose t p --officer-key him.key >again.txt 2>&1
    [ "$(count t records)" = $((whole - gone)) ] || wrong "run again: $(cat again.txt)"
    checks t "after running again"
}
torment dispose 5 reset_disposal look_disposal "$CK" dispose t p --officer-key him.key

# an older copy of one file cannot bring the records back, nor can the two that hold keys together
read_again() { "$CK" sql t "SELECT count(*) FROM records WHERE kind = 'Condition'" --format csv; }
for f in records.db keyring.db keep.json head "keyring.db keep.json"; do
    rm -rf t && cp -r k t
    for one in $f; do cp archived/$one t/$one; done
    if [ "$f" = head ]; then
        expect "an older head alone is overtaken, not believed" 0 "$CK" status t
        expect "and there is" 0 read_again
        same "nothing to read" 0 "$(tail -1 last.out | cut -d, -f2 | tr -d '\r')"
    else
        expect "the $f of before the disposal alone" 4 "$CK" status t
        expect "opens nothing" 4 read_again
        expect "nor puts anything in a package" 4 "$CK" archive t p --output o3
        same "of which there is none" "" "$(ls o3 2>/dev/null)"
    fi
done
