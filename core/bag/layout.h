/* What stands where in a package, for the writer and for the reader.
 *
 *   ID/data/policy/NAME.policy                 the adopted packs, as they were signed
 *   ID/data/decision/{plan,approvals,adoption,officers}.json
 *   ID/data/records/NNNNNN.zst.age             a record, zstd, age to its own identity; one over 4 GiB in
 *                                              pieces NNNNNN.zst.age.000, .001, …, to be joined by cat
 *   ID/data/records/NNNNNN.html.zst.age        its plain rendition, same identity
 *   ID/data/index.jsonl.zst.age                who each record is about, and its identity
 *   ID/data/register.jsonl                     what each record is; open
 *   ID/data/decision/counts.json               keep against package
 *   ID/manifest-sha512.txt, ID/manifest-sha256.txt, ID/bagit.txt, ID/bag-info.txt, ID/VERIFY.txt
 *   ID/tagmanifest-sha512.txt                  binds all of the above
 *   ID/package.tlog-proof, ID/tagmanifest-sha512.txt.minisig
 *
 * in this order. The last three are the only files that no manifest lists. */
#ifndef CORE_BAG_LAYOUT_H
#define CORE_BAG_LAYOUT_H

#define KEEP_LAYOUT_DATA "data/"
#define KEEP_LAYOUT_POLICY "data/policy/"
#define KEEP_LAYOUT_DECISION "data/decision/"
#define KEEP_LAYOUT_RECORDS "data/records/"
#define KEEP_LAYOUT_INDEX "data/index.jsonl.zst.age"
#define KEEP_LAYOUT_REGISTER "data/register.jsonl"
#define KEEP_LAYOUT_PLAN "data/decision/plan.json"
#define KEEP_LAYOUT_APPROVALS "data/decision/approvals.json"
#define KEEP_LAYOUT_ADOPTION "data/decision/adoption.json"
#define KEEP_LAYOUT_OFFICERS "data/decision/officers.json"
#define KEEP_LAYOUT_COUNTS "data/decision/counts.json"
#define KEEP_LAYOUT_SHA512 "manifest-sha512.txt"
#define KEEP_LAYOUT_SHA256 "manifest-sha256.txt"
#define KEEP_LAYOUT_BAGIT "bagit.txt"
#define KEEP_LAYOUT_BAGINFO "bag-info.txt"
#define KEEP_LAYOUT_VERIFY "VERIFY.txt"
#define KEEP_LAYOUT_TAGS "tagmanifest-sha512.txt"
#define KEEP_LAYOUT_PROOF "package.tlog-proof"
#define KEEP_LAYOUT_SIGNATURE "tagmanifest-sha512.txt.minisig"

#define KEEP_LAYOUT_SEALED ".zst.age"       /* behind a record's number */
#define KEEP_LAYOUT_RENDITION ".html.zst.age"
#define KEEP_LAYOUT_NUMBER "%06llu"         /* more digits where a package has more records */

/* RFC 8493 section 2.1.1: these two lines and nothing else. */
#define KEEP_LAYOUT_BAGIT_TEXT "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
#define KEEP_LAYOUT_UNTRUSTED "chartkeep package" /* the comment that no signature covers: fixed, so that nothing can be said in it */
#define KEEP_LAYOUT_PROFILE "sealed-package-1"

#define KEEP_LAYOUT_ID 64                   /* bytes of a package id, so that every name fits a ustar header */
#define KEEP_LAYOUT_FRAME (256u << 10)      /* index lines before one zstd frame ends: what is open in memory at once */
#define KEEP_LAYOUT_LINE (1u << 20)         /* bytes of one line of register or index: far above any, a guard */
#define KEEP_LAYOUT_PIECE (4ull << 30)      /* bytes of a member; what is sealed longer is split: FAT and many a tool end there, a ustar member at 8 GiB - 1 */
#define KEEP_LAYOUT_PIECES 1000             /* of one record: three digits */
#define KEEP_LAYOUT_PIECE_NUMBER ".%03u"    /* behind its name */
#define KEEP_LAYOUT_PAYLOAD (1ull << 40)    /* bytes of one record, as of anything that a keep takes in */

#endif
