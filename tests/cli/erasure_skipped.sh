#!/bin/sh
# Goal: the test of erasure itself fails when the deletion is skipped. Two programs are built as this one is, but for a line: one whose disposal deletes no
# key, one whose rewrite of the keyring carries the keys over besides. What a disposal claims and what check looks for must tell them from the true one.
. "$(dirname "$0")/lib.sh"

B=$(dirname "$(readlink -f "$CK")")
[ -e "$B/libchartkeep.a" ] || B=$TOP/build/release # a copy of the program: what it was linked from
approved_plan
"$CK" archive k p --output out >/dev/null 2>&1
cp -r k archived
nm "$B/chartkeep" | grep -q __asan_init && flags=-fsanitize=address,undefined || flags=
# variant NAME FILE…: $B's program with these files of core/store as they now stand in the folder NAME
variant() {
    into=$1
    shift
    for f; do
        # shellcheck disable=SC2086,SC2046
        ${CC:-cc} -std=c11 -D_GNU_SOURCE -I"$TOP" -O1 -fPIE $flags $(pkg-config --cflags libsodium sqlite3) -c -o "$into/$f.o" "$into/$f.c" || return
    done
    # shellcheck disable=SC2086,SC2046
    ${CC:-cc} -pie $flags -o "$into/chartkeep" "$B"/cmd/*.o "$into"/*.o "$B/libchartkeep.a" $(pkg-config --libs libsodium sqlite3 libarchive libzstd libcrypto libutf8proc) -lpthread -lm
}
edit() { # NAME FILE SED: a line of a source made another, which must be there
    sed "$3" "$TOP/core/store/$2.c" >"$1/$2.c"
    if cmp -s "$TOP/core/store/$2.c" "$1/$2.c"; then echo "not ok the line to change is in $2.c"; fi
}
# erased KEEP: what a disposal must have achieved; the test that is tested here
erased() {
    [ "$(grep -c '"result":"no destroyed key is left"' p.certificate.json 2>/dev/null)" = 1 ] && "$CK" check "$1" >check.txt 2>&1 && [ "$(count "$1" records_destroyed)" = 3 ]
}

mkdir whole kept both
expect "the program as it is disposes" 0 "$CK" dispose k p --officer-key him.key
if erased k; then echo "ok and the test says so"; else echo "not ok and the test says so: $(cat check.txt)"; fi

edit kept ring 's/"DELETE FROM ring WHERE kind = ?1 AND owner = ?2"/"DELETE FROM ring WHERE kind = ?1 AND owner = ?2 AND 0"/'
holds "a program that skips the deletion is built" variant kept ring
rm -rf k p.certificate.json* && cp -r archived k
expect "it sees that nothing was deleted" 3 kept/chartkeep dispose k p --officer-key him.key
if erased k; then echo "not ok the test is told by nothing"; else echo "ok the test fails"; fi
same "no record is said to be destroyed" 0 "$(count k records_destroyed)"

# the same, blind to what it did, and its rewrite drops no key
edit both ring 's/"DELETE FROM ring WHERE kind = ?1 AND owner = ?2"/"DELETE FROM ring WHERE kind = ?1 AND owner = ?2 AND 0"/; s/if (was && sqlite3_changes(s->ring) != 1)/if (was \&\& 0)/'
edit both swap 's/return keep_erase_live(s, (enum keep_ring_kind)sqlite3_column_int(row, 0), (uint64_t)sqlite3_column_int64(row, 1), err);/(void)s, (void)row, (void)err; return 1;/'
holds "a program that carries the keys over is built" variant both ring swap
rm -rf k p.certificate.json* && cp -r archived k
both/chartkeep dispose k p --officer-key him.key >said.txt 2>&1
same "its certificate does not say that no key is left" 0 "$(grep -c '"result":"no destroyed key is left"' p.certificate.json 2>/dev/null)"
if erased k; then echo "not ok the test is told by nothing"; else echo "ok the test fails"; fi
expect "check finds keys beside their tombstones" 4 "$CK" check k
