/* Goal: for every bag the outcome that RFC 8493 (or the draft that the bag names) demands: complete, valid, or what is wrong with it, and the warnings.
 * Each case is tried as a folder and as a tar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/bag/bagit.h"
#include "core/crypto/secret.h"
#include "tests/bag/baglab.h"

/* want: "valid", "warned" (valid, with warnings), "unknown" (not possible), or the check that fails. */
struct bag_case {
    const char *name, *script, *want;
};

#define PLAIN "f data/a.txt|alpha\nf data/sub/b.txt|beta\n"
#define V10 "v 1.0\n" PLAIN
#define V97 "v 0.97\n" PLAIN

static const struct bag_case own[] = {
    {"1.0 with one manifest", V10 "m sha512", "valid"},
    {"1.0 with all manifests", V10 "m md5\nm sha1\nm sha224\nm sha256\nm sha384\nm sha512\nt sha512", "valid"},
    {"0.93", "v 0.93\n" PLAIN "f package-info.txt|Contact-Name: A\\n\nm md5\nt md5", "warned"},
    {"0.94", "v 0.94\n" PLAIN "m sha1\nt sha1", "warned"},
    {"0.95", "v 0.95\n" PLAIN "m sha256", "valid"},
    {"0.96", "v 0.96\n" PLAIN "f bag-info.txt|Payload-Oxum: 9.2\\n\nm sha256\nt sha256", "valid"},
    {"0.97", V97 "f bag-info.txt|Payload-Oxum: 9.2\\n\nm sha256\nt sha256", "valid"},
    {"another version", "v 0.98\n" PLAIN "m sha256", "bag"},
    {"version 2", "v 2.0\n" PLAIN "m sha256", "bag"},
    {"no bagit.txt", PLAIN "m sha256", "bag"},
    {"no manifest", V10, "bag"},
    {"no payload and no data folder", "v 1.0\nf manifest-sha256.txt|", "bag"},
    {"no payload in a data folder", "v 1.0\nk data\nf manifest-sha256.txt|", "valid"},
    {"an empty file", "v 1.0\nf data/e|\nm sha256", "valid"},
    {"bagit.txt with CRLF", V10 "f bagit.txt|BagIt-Version: 1.0\\r\\nTag-File-Character-Encoding: UTF-8\\r\\n\nm sha256", "valid"},
    {"bagit.txt with CR", V10 "f bagit.txt|BagIt-Version: 1.0\\rTag-File-Character-Encoding: UTF-8\\r\nm sha256", "valid"},
    {"bagit.txt without a last line end", V10 "f bagit.txt|BagIt-Version: 1.0\\nTag-File-Character-Encoding: UTF-8\nm sha256", "valid"},
    {"bagit.txt with a mark", V10 "f bagit.txt|\\xef\\xbb\\xbfBagIt-Version: 1.0\\nTag-File-Character-Encoding: UTF-8\\n\nm sha256", "bag"},
    {"bagit.txt with a third line", V10 "a bagit.txt|More: x\\n\nm sha256", "bag"},
    {"bagit.txt in the other order", V10 "f bagit.txt|Tag-File-Character-Encoding: UTF-8\\nBagIt-Version: 1.0\\n\nm sha256", "bag"},
    {"bagit.txt without encoding", V10 "f bagit.txt|BagIt-Version: 1.0\\n\nm sha256", "bag"},
    {"an encoding nobody has here", V10 "s bagit.txt|UTF-8|KOI8-R\nm sha256", "bag"},
    {"Latin-1 tag files", V97 "s bagit.txt|UTF-8|ISO-8859-1\nf bag-info.txt|Contact-Name: N\\xfa\\xf1ez\\n\nm sha256\nt sha256", "valid"},
    {"bytes that are no UTF-8 in bag-info", V10 "f bag-info.txt|Contact-Name: N\\xfa\\n\nm sha256", "bag"},
    {"a mark in bag-info", V10 "f bag-info.txt|\\xef\\xbb\\xbf" "Contact-Name: N\\n\nm sha256", "warned"},
    /* manifests */
    {"a file changed", V10 "m sha256\nf data/a.txt|alphb", "payload"},
    {"a file changed, seen by one of two lists", V10 "m sha256\nm md5\ns manifest-md5.txt|0|1", "payload"},
    {"a file missing", V10 "m sha256\nd data/a.txt", "complete"},
    {"a file in no list", V10 "m sha256\nf data/c.txt|c", "complete"},
    {"a hidden file in no list", V10 "m sha256\nf data/.hidden|c", "complete"},
    {"1.0: a file in one of two lists", V10 "m sha256\nf data/c.txt|c\nm sha512", "complete"},
    {"0.97: a file in one of two lists", V97 "m sha256\nf data/c.txt|c\nm sha512", "valid"},
    {"a manifest of a digest nobody knows", V10 "m sha256\nf manifest-sha3512.txt|00  data/a.txt\\n", "unknown"},
    {"tabs and several blanks", V10 "m sha256\ns manifest-sha256.txt|  data/a| \\t   data/a", "valid"},
    {"one blank", V10 "m sha256\ns manifest-sha256.txt|  data/a| data/a", "valid"},
    {"no blank", V10 "m sha256\ns manifest-sha256.txt|  data/a|data/a", "bag"},
    {"a digest too short", V10 "f manifest-sha256.txt|abcd  data/a.txt\\n", "bag"},
    {"a digest with letters that are none", V10 "m sha256\nf data/z|z\na manifest-sha256.txt|zz4ea7b64265802b4837f1f1bd16ceb23bf4acbc5e2fd4ecbb4ef2ff2ef0d4cd  data/z\\n", "bag"},
    {"upper case digests", "v 1.0\nf data/e|\nf manifest-sha256.txt|E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855  data/e\\n", "valid"},
    {"CRLF in a manifest", "v 1.0\nf data/e|\nf manifest-sha256.txt|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\r\\n", "valid"},
    {"CR in a manifest", "v 1.0\nf data/e|\nf data/f|\nf manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  data/e\\rd41d8cd98f00b204e9800998ecf8427e  data/f\\r", "warned"},
    {"an asterisk as md5sum writes it", V97 "m md5\ns manifest-md5.txt|  data/a| *data/a", "warned"},
    {"1.0: a file twice in a list", V10 "m sha256\nf data/e|\na manifest-sha256.txt|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\n", "complete"},
    {"0.97: a file twice in a list", V97 "m sha256\nf data/e|\na manifest-sha256.txt|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\n", "warned"},
    {"0.97: twice with other digests", V97 "m sha256\nf data/e|\na manifest-sha256.txt|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\n03b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/e\\n", "payload"},
    {"a tag file in a payload manifest", V10 "m md5\nf x.txt|\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  x.txt\\n", "complete"},
    /* tag manifests */
    {"a tag file changed", V10 "f bag-info.txt|A: b\\n\nm sha256\nt sha256\na bag-info.txt|C: d\\n", "tags"},
    {"a manifest changed behind its tag manifest", V10 "m sha256\nt sha256\na manifest-sha256.txt|\\n", "tags"},
    {"a tag file missing", V10 "f bag-info.txt|A: b\\n\nm sha256\nt sha256\nd bag-info.txt", "complete"},
    {"a tag file that no tag manifest names", V10 "m sha256\nt sha256\nf more/x.xml|<x/>", "warned"},
    {"1.0: a payload manifest that the tag manifest leaves out", V10 "m sha256\nt sha256\nm sha512", "complete"},
    {"0.97: a payload manifest that the tag manifest leaves out", V97 "m sha256\nt sha256\nm sha512", "warned"},
    {"payload in a tag manifest", V10 "m md5\nt md5\nf data/e|\nm md5\nt md5\na tagmanifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  data/e\\n", "complete"},
    {"tag folders", V10 "f meta/deep/x.xml|<x/>\nm sha256\nt sha256", "valid"},
    /* paths */
    {"a blank in a name", "v 1.0\nf data/a b  c.txt|x\nm sha256", "valid"},
    {"LF, CR and % in names, encoded", "v 1.0\nf data/a\\nb|1\nf data/c\\rd|2\nf data/100%|3\nm sha256", "valid"},
    {"lower case encoding", "v 1.0\nf data/100%|3\nm sha256\ns manifest-sha256.txt|%25|%25\nf data/a\\nb|\nf manifest-sha256.txt|\nm sha256\ns manifest-sha256.txt|%0A|%0a", "valid"},
    {"1.0: a bare %", "v 1.0\nf data/100%|3\nm sha256\ns manifest-sha256.txt|%25|%", "warned"},
    {"1.0: a name that looks encoded and is not", "v 1.0\nf data/a%20b|3\nm sha256\ns manifest-sha256.txt|%25|%", "warned"},
    {"1.0: %25 meant as it stands", "v 1.0\nf data/a%25b|3\nm sha256\ns manifest-sha256.txt|%2525|%25", "warned"},
    {"0.96: % as it stands", "v 0.96\nf data/100%25|3\nm sha256\ns manifest-sha256.txt|%2525|%25", "valid"},
    {"0.96: encoded all the same", "v 0.96\nf data/100%|3\nm sha256", "warned"},
    {"0.97: LF encoded", "v 0.97\nf data/a\\nb|1\nm sha256", "valid"},
    {"./ before a path", V97 "m sha256\ns manifest-sha256.txt|  data/a|  ./data/a", "warned"},
    {"up and out", V10 "m md5\nf data/e|\nm md5\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  ../../etc/passwd\\n", "container"},
    {"up and out below data", V10 "m md5\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  data/../../x\\n", "container"},
    {"up and out, encoded", V10 "m md5\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  data/%2e%2e/x\\n", "complete"},
    {"an absolute path", V10 "m md5\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  /etc/passwd\\n", "container"},
    {"somebody's home", V10 "m md5\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  ~root/x\\n", "container"},
    {"a drive", V10 "m md5\na manifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  C:\\\\Windows\\\\x\\n", "container"},
    {"up and out in a tag manifest", V10 "m md5\nt md5\na tagmanifest-md5.txt|d41d8cd98f00b204e9800998ecf8427e  ../x\\n", "container"},
    {"NFC in the list, NFD in the bag", "v 1.0\nf data/N\\x75\\xcc\\x81n|1\nm sha256\ns manifest-sha256.txt|u\\xcc\\x81|\\xc3\\xba", "warned"},
    {"NFD in the list, NFC in the bag", "v 1.0\nf data/N\\xc3\\xban|1\nm sha256\ns manifest-sha256.txt|\\xc3\\xba|u\\xcc\\x81", "warned"},
    {"twins in NFC and NFD", "v 1.0\nf data/N\\xc3\\xban|1\nf data/Nu\\xcc\\x81n|2\nm sha256", "warned"},
    {"names that differ in case alone", "v 1.0\nf data/A|1\nf data/a|2\nm sha256", "warned"},
    {"what systems leave behind", V10 "f data/Thumbs.db|x\nm sha256", "warned"},
    {"a link in the payload", V10 "m sha256\nl data/l|a.txt", "container"},
    /* fetch.txt */
    {"a file to be fetched", V10 "f data/far|x\nm sha256\nd data/far\nf fetch.txt|http://example.org/far 1 data/far\\n", "complete"},
    {"a fetched file that is there", V10 "m sha256\nf fetch.txt|http://example.org/a - data/a.txt\\n", "valid"},
    {"a fetched file of another size", V10 "m sha256\nf fetch.txt|http://example.org/a 7 data/a.txt\\n", "warned"},
    {"1.0: a fetch in no list", V10 "m sha256\nf fetch.txt|http://example.org/z 7 data/z\\n", "complete"},
    {"a fetch out of the bag", V10 "m sha256\nf fetch.txt|http://example.org/z 7 ../z\\n", "container"},
    {"a fetch without a length", V10 "m sha256\nf fetch.txt|http://example.org/z data/a.txt\\n", "bag"},
    {"a length that is no number", V10 "m sha256\nf fetch.txt|http://example.org/z 1e3 data/a.txt\\n", "bag"},
    /* bag-info.txt */
    {"Payload-Oxum", V10 "f bag-info.txt|Payload-Oxum: 9.2\\n\nm sha256", "valid"},
    {"Payload-Oxum lies about octets", V10 "f bag-info.txt|Payload-Oxum: 10.2\\n\nm sha256", "oxum"},
    {"Payload-Oxum lies about files", V10 "f bag-info.txt|Payload-Oxum: 9.3\\n\nm sha256", "oxum"},
    {"Payload-Oxum is no pair", V10 "f bag-info.txt|Payload-Oxum: 9\\n\nm sha256", "oxum"},
    {"a true Oxum is no digest", V10 "f bag-info.txt|Payload-Oxum: 9.2\\n\nm sha256\nf data/a.txt|alphb", "payload"},
    {"1.0: two Oxums", V10 "f bag-info.txt|Payload-Oxum: 9.2\\nPayload-Oxum: 9.2\\n\nm sha256", "oxum"},
    {"repeated labels", V10 "f bag-info.txt|Contact-Name: A\\nContact-Name: B\\n\nm sha256", "valid"},
    {"a continued value", V10 "f bag-info.txt|Note: one\\n  two: three\\n\\tfour\\n\nm sha256", "valid"},
    {"1.0: a blank before the colon", V10 "f bag-info.txt|Note : one\\n\nm sha256", "bag"},
    {"0.97: a blank before the colon", V97 "f bag-info.txt|Note : one\\n\nm sha256", "warned"},
    {"a line without a colon", V10 "f bag-info.txt|Note\\n\nm sha256", "bag"},
};

/* LibraryOfCongress/bagit-conformance-suite (public domain, a work of the U.S. Government): names and outcomes are the suite's. The bags marked = have the
 * suite's own tag files, byte by byte, so its published digests check what is here; of the others only name and outcome are published where they
 * could be read, and their content is ours. "refused" is any failed check; the suite takes a warning or a refusal for its folder "warning". */
#define SUITE_INFO "f bag-info.txt|Bag-Software-Agent: bagit.py v1.7.0 <https://github.com/LibraryOfCongress/bagit-python>\\nBagging-Date: 2018-07-24\\nPayload-Oxum: 30.1\\n\n"
#define SUITE_EMPTY "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
#define SUITE_V97 "c7da8fb699366c314c38b7b67e60209662f7467ae0dc27b333fb528750ea5e74b55698fa67c3f51518e924d963b96d5b4b8c56e651fe19ed0e616e6a8294528f"
#define MD5_EMPTY "d41d8cd98f00b204e9800998ecf8427e"
static const struct bag_case suite[] = {
    {"=v0.97/valid/basic-bag-sha1",
     "v 0.97\n" SUITE_INFO "f data/test-file.txt|Tue, Jul 24, 2018  9:44:41 AM\\n\nf manifest-sha1.txt|cbf04e6fb6ccca3287639848a8c3ff45d81c13de  data/test-file.txt\\n\n"
     "f tagmanifest-sha1.txt|2f6bb3ca6b10b896ccc75fcf512a63f370e7ea6d bag-info.txt\\ne2924b081506bac23f5fffe650ad1848a1c8ac1d bagit.txt\\nc2051216c8a3586a74334f94f8a362ffe1cfd412 manifest-sha1.txt\\n", "warned"},
    {"=v0.97/valid/basic-bag-sha224",
     "v 0.97\n" SUITE_INFO "f data/text-file.txt|Tue, Jul 24, 2018  9:45:11 AM\\n\nf manifest-sha224.txt|c82e175eddc4943cca747ba00509b02f56c10922134ab131cfe04fb7  data/text-file.txt\\n\n"
     "f tagmanifest-sha224.txt|af9c97a402c65022ea7f0473cb5a9261f4e3c2bc0c1a5832addd6dcb bag-info.txt\\nfe7e72d15c56a8e8017246f52765a93ce4823d1fa3ed1e0d1ac3695f bagit.txt\\n"
     "e7df41e873beb995bcb8bfec36b27272ab51c2b1e40f8eadcacf5d9e manifest-sha224.txt\\n", "valid"},
    {"=v0.97/valid/basic-bag-sha256",
     "v 0.97\n" SUITE_INFO "f data/text-file.txt|Tue, Jul 24, 2018  9:45:38 AM\\n\nf manifest-sha256.txt|1dd056f18456057df5e333e0dc894ff8e9d600817ae26ec89c49e37ad2d555d4  data/text-file.txt\\n\n"
     "f tagmanifest-sha256.txt|ba567fcf54ea7b5e4de407bf3766a824966e8d93828a2ba261a762bf11a0d53c bag-info.txt\\ne91f941be5973ff71f1dccbdd1a32d598881893a7f21be516aca743da38b1689 bagit.txt\\n"
     "f03860318c2b9cea1d6d322ccb14fef1732038efeacf9be5cc6d2ed00216f680 manifest-sha256.txt\\n", "valid"},
    {"=v0.97/valid/basic-bag-sha512",
     "v 0.97\n" SUITE_INFO "f data/text-file.txt|Tue, Jul 24, 2018  9:46:02 AM\\n\nf manifest-sha512.txt|1d1a9083e03045a84404ffc8b7b4dc921adf0019a39aabcfb49111886cd1168f8e3c62261f2cfdef9e042a8cfa159e0567b394ca41e7bf8f490b0a9730de378c  data/text-file.txt\\n\n"
     "f tagmanifest-sha512.txt|17631d19f89b458f1a77f0b0217486ec00fe92a825f7f96cb3221b42e954197e013e6622ef3145e8a4e20b54cc8efcd115efe33c97db5c2d31101eacf22fe7fa bag-info.txt\\n"
     "418dcfbe17d5f4b454b18630be795462cf7da4ceb6313afa49451aa2568e41f7ca3d34cf0280c7d056dc5681a70c37586aa1755620520b9198eede905ba2d0f6 bagit.txt\\n"
     "6f9cdfe8f547e88680e8c0b4701d8a0bcc5fd9edb1e63d3b5ce1ae0318446a1c5e02a1817605d5f8f6c4767605f163724f4b45ecee2667c1e1ffc2af51f57e65 manifest-sha512.txt\\n", "valid"},
    {"=v0.97/warning/filename-normalization", /* the list has it in NFC, the disk in NFD, or the other way round */
     "v 0.97\nf data/Nu\\xcc\\x81n\\xcc\\x83" "ez|\nf manifest-sha512.txt|" SUITE_EMPTY " data/N\\xc3\\xba\\xc3\\xb1" "ez\\n", "warned"},
    {"=v0.97/warning/same-filename-listed-twice-with-different-normalization",
     "v 0.97\nf data/N\\xc3\\xba\\xc3\\xb1" "ez|\nf manifest-sha512.txt|" SUITE_EMPTY "  data/N\\xc3\\xba\\xc3\\xb1" "ez\\n" SUITE_EMPTY "  data/Nu\\xcc\\x81n\\xcc\\x83" "ez\\n", "warned"},
    {"=v0.97/invalid/bagit-with-invalid-whitespace", "f bagit.txt|BagIt-Version : 0.97\\nTag-File-Character-Encoding : UTF-8\\n\n" PLAIN "m sha512\nm sha256\nt sha256", "bag"},
    {"=v0.95/valid/basic-bag-md5",
     "v 0.95\nf data/dir1/test3.txt|test3\nf data/dir2/dir3/test5.txt|test5\nf data/dir2/test4.txt|test4\nf data/test1.txt|test1\nf data/test2.txt|test2\n"
     "f manifest-md5.txt|8ad8757baa8564dc136c1e07507f4a98  data/dir1/test3.txt\\ne3d704f3542b44a621ebed70dc0efe13  data/dir2/dir3/test5.txt\\n86985e105f79b95d6bc918fb45ec7727  data/dir2/test4.txt\\n"
     "5a105e8b9d40e1329780d62ea2265d8a  data/test1.txt\\nad0234829205b9033196ba818f7a872b  data/test2.txt\\n", "warned"},
    {"=v0.97/valid/UTF-16-encoded-tag-files", /* its bagit.txt; tag files in UTF-16BE */
     "f bagit.txt|BagIt-Version: 0.97\\nTag-File-Character-Encoding: UTF-16BE\\n\nf data/e|\n"
     "f bag-info.txt|\\xfe\\xff\\x00" "A\\x00:\\x00 \\x00" "b\\x00\\n\n"
     "f manifest-md5.txt|\\xfe\\xff\\x00" "d\\x00" "4\\x00" "1\\x00" "d\\x00" "8\\x00" "c\\x00" "d\\x00" "9\\x00" "8\\x00" "f\\x00" "0\\x00" "0\\x00" "b\\x00" "2\\x00" "0\\x00" "4\\x00" "e\\x00" "9\\x00" "8\\x00" "0\\x00" "0\\x00" "9\\x00" "9\\x00" "8\\x00"
     "e\\x00" "c\\x00" "f\\x00" "8\\x00" "4\\x00" "2\\x00" "7\\x00" "e\\x00 \\x00 \\x00" "d\\x00" "a\\x00" "t\\x00" "a\\x00/\\x00" "e\\x00\\n", "warned"},
    {"=v0.97/valid/duplicate-metadata-entries",
     V97 "f bag-info.txt|Bagging-Date: 2016-02-26\\nBagging-Date: 2016-03-10\\nContact-Email: cadams@loc.gov\\nContact-Email: jsca@loc.gov\\nContact-Name: Chris Adams\\nContact-Name: John Scancella\\n\nm md5\nt md5", "warned"},
    {"=v0.93/valid/duplicate-metadata-entries",
     "v 0.93\n" PLAIN "f package-info.txt|Source-Organization: Spengler University\\nSource-Organization: Spengler University2\\nContact-Phone: +1 408-555-1212\\nContact-Phone: +1 111-111-1111\\nPacking-Date: 2009-10-14\\nPacking-Date: 2016-10-14\\n\nm md5\nt md5", "warned"},
    {"=v0.97/valid/local-fetch", V97 "m md5\nf fetch.txt|file:///home/avivace/cern/example_bags/source/sachiel.png 42000 sachiel.png\\n", "warned"},
    {"=v0.97/invalid/out-of-scope-file-paths-using-dot-notation", V97 "m md5\na manifest-md5.txt|3e6ffc4a8a1f38a7094e15d2356d7252  ../../../README.md\\n", "container"},
    {"v0.97/invalid/out-of-scope-file-paths-using-dot-notation-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 ../../../README.md\\n", "container"},
    {"v0.97/invalid/baginfo-missing-encoding", V97 "f bagit.txt|BagIt-Version: 0.97\\n\nm md5", "bag"},
    {"v0.97/invalid/bom-in-bagit.txt", V97 "f bagit.txt|\\xef\\xbb\\xbf" "BagIt-Version: 0.97\\nTag-File-Character-Encoding: UTF-8\\n\nm md5", "bag"},
    {"v0.97/invalid/corrupt-data-file", V97 "m md5\nf data/a.txt|other", "payload"},
    {"v0.97/invalid/corrupt-tag-file", V97 "f bag-info.txt|A: b\\n\nm md5\nt md5\nf bag-info.txt|A: c\\n", "tags"},
    {"v0.97/invalid/extra-file-in-bag", V97 "m md5\nf data/bar|x", "complete"},
    {"v0.97/invalid/invalid-version-number", "v .97\n" PLAIN "m md5", "bag"},
    {"v0.97/invalid/missing-baginfo", V97 "f bag-info.txt|A: b\\n\nm md5\nt md5\nd bag-info.txt", "complete"},
    {"v0.97/invalid/missing-bagit.txt", PLAIN "m md5", "bag"},
    {"v0.97/invalid/same-filename-listed-twice-with-different-hashes", V97 "m md5\nf data/e|\na manifest-md5.txt|" MD5_EMPTY "  data/e\\n00000000000000000000000000000000  data/e\\n", "payload"},
    {"v0.97/linux-only/out-of-scope-file-paths-using-absolute-path", V97 "m md5\na manifest-md5.txt|" MD5_EMPTY "  /tmp/foo\\n", "container"},
    {"v0.97/linux-only/out-of-scope-file-paths-using-absolute-path-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 /tmp/foo\\n", "container"},
    {"v0.97/linux-only/out-of-scope-file-paths-using-shortcut", V97 "m md5\na manifest-md5.txt|" MD5_EMPTY "  ~/foo\\n", "container"},
    {"v0.97/linux-only/out-of-scope-file-paths-using-shortcut-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 ~/foo\\n", "container"},
    {"v0.97/linux-only/out-of-scope-file-paths-using-shortcut-username", V97 "m md5\na manifest-md5.txt|" MD5_EMPTY "  ~root/foo\\n", "container"},
    {"v0.97/linux-only/out-of-scope-file-paths-using-shortcut-username-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 ~root/foo\\n", "container"},
    {"v0.97/windows-only/out-of-scope-file-paths-using-absolute-path", V97 "m md5\na manifest-md5.txt|" MD5_EMPTY "  C:\\\\Windows\\\\System32\\\\setx.exe\\n", "container"},
    {"v0.97/windows-only/out-of-scope-file-paths-using-absolute-path-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 C:\\\\Windows\\\\System32\\\\setx.exe\\n", "container"},
    {"v0.97/windows-only/out-of-scope-file-paths-using-shortcut", V97 "m md5\na manifest-md5.txt|" MD5_EMPTY "  %HomeDrive%\\\\Windows\\\\System32\\\\setx.exe\\n", "container"},
    {"v0.97/windows-only/out-of-scope-file-paths-using-shortcut-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 %HomeDrive%\\\\Windows\\\\System32\\\\setx.exe\\n", "container"},
    {"v0.97/windows-only/out-of-scope-file-paths-using-unc", V97 "m md5\na manifest-md5.txt|" MD5_EMPTY "  \\\\\\\\?\\\\UNC\\\\server\\\\Windows\\\\System32\\\\setx.exe\\n", "container"},
    {"v0.97/windows-only/out-of-scope-file-paths-using-unc-for-fetch", V97 "m md5\nf fetch.txt|http://example.org/x 1 \\\\\\\\?\\\\UNC\\\\server\\\\Windows\\\\System32\\\\setx.exe\\n", "container"},
    {"v0.97/warning/duplicate-file-with-different-case", "v 0.97\nf data/HELLO.txt|1\nf data/hello.txt|2\nm md5", "warned"},
    {"v0.97/warning/relative-path", V97 "m md5\ns manifest-md5.txt|data/a|./data/a", "warned"},
    {"v0.97/warning/special-system-files", V97 "f data/.DS_Store|x\nm md5", "warned"},
    {"v0.97/warning/made-with-md5sum-tools", "v 0.97\nf data/hello.txt|\nf manifest-md5.txt|" MD5_EMPTY " *data/hello.txt\\n", "warned"},
    {"v0.97/warning/same-filename-listed-twice-with-the-same-hash", "v 0.97\nf data/e|\nf manifest-md5.txt|" MD5_EMPTY "  data/e\\n" MD5_EMPTY "  data/e\\n", "warned"},
    {"v0.97/valid/uncommon-metadata-separators", V97 "f bag-info.txt|One:no blank\\nTwo:\\ttab\\nThree :before\\nFour :   more\\n\nm md5\nt md5", "warned"},
    {"v0.97/valid/minimal-bag", "v 0.97\nk data\nf manifest-md5.txt|", "warned"},
    {"v0.97/valid/bag-with-space", "v 0.97\nf data/a file with blanks|x\nm md5\nt md5", "warned"},
    {"v0.97/valid/bag-with-escapable-characters", "v 0.97\nf data/{a}[b](c)!'\"$&*?;<>^`#.txt|x\nm md5", "warned"},
    {"v0.97/valid/bag-with-encoded-names", "v 0.97\nf data/a\\nb|x\nm md5", "warned"},
    {"v0.97/valid/bag-with-leading-dot-slash-in-manifest", V97 "m md5\ns manifest-md5.txt|data/a|./data/a", "warned"},
    {"v0.97/valid/bag-in-a-bag", "v 0.97\nf data/inner/bagit.txt|BagIt-Version: 0.97\\nTag-File-Character-Encoding: UTF-8\\n\nf data/inner/data/x|x\nf data/inner/manifest-md5.txt|wrong\\n\nm md5", "warned"},
    {"v0.97/valid/holey-bag", V97 "m md5\nf fetch.txt|http://example.org/a.txt 5 data/a.txt\\n", "warned"},
    {"v0.97/valid/ISO-8859-1-encoded-tag-files", V97 "s bagit.txt|UTF-8|ISO-8859-1\nf bag-info.txt|Name: N\\xfa\\xf1" "ez\\n\nm md5\nt md5", "warned"},
    {"v1.0/valid/basicBag", V10 "f bag-info.txt|Payload-Oxum: 9.2\\n\nm sha512\nm sha256\nt sha512\nt sha256", "valid"},
    {"v1.0/invalid/same-filename-listed-twice-with-different-hashes", "v 1.0\nf data/e|\nf manifest-md5.txt|" MD5_EMPTY "  data/e\\n00000000000000000000000000000000  data/e\\n", "complete"},
    {"v1.0/invalid/missing-from-manifest", V10 "m sha512\nf data/missingFromManifest.txt|x", "complete"},
    {"v1.0/invalid/bagit-with-invalid-whitespace", "f bagit.txt|BagIt-Version : 1.0\\nTag-File-Character-Encoding : UTF-8\\n\n" PLAIN "m sha512\nm sha256\nt sha512", "bag"},
};

static struct {
    char first_failed[24], first_impossible[24], said[4000];
    unsigned warnings;
} found;

static int note(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    (void)ctx;
    if (r == KEEP_INSPECT_FAILED && !found.first_failed[0])
        snprintf(found.first_failed, sizeof found.first_failed, "%s", check);
    if (r == KEEP_INSPECT_IMPOSSIBLE && !found.first_impossible[0])
        snprintf(found.first_impossible, sizeof found.first_impossible, "%s", check);
    found.warnings += r == KEEP_INSPECT_WARNING;
    size_t n = strlen(found.said);
    snprintf(found.said + n, sizeof found.said - n, "  %s %d %s\n", check, (int)r, detail);
    return 0;
}

static int look(const char *path)
{
    struct keep_inspect_params p = {.path = path, .found = note};
    struct keep_err err = {0};
    memset(&found, 0, sizeof found);
    return keep_bagit_any(&p, &err);
}

static const char *outcome(int rc)
{
    return rc == KEEP_E_INTEGRITY ? found.first_failed : rc == 1 ? "unknown" : rc != 0 ? "error" : found.warnings ? "warned" : "valid";
}

static unsigned tried;

static void run_case(const struct bag_case *c)
{
    struct lab l;
    struct keep_buf tar = KEEP_BUF_INIT;
    char path[256];
    if (!lab_run(&l, c->script))
        fail_msg("%s: the script makes no sense", c->name);
    snprintf(path, sizeof path, "%s/b%u", tool_dir, tried++);
    if (!lab_folder(&l, path))
        fail_msg("%s: no folder", c->name);
    const char *had = outcome(look(path));
    if (strcmp(had, c->want) != 0)
        fail_msg("%s, as a folder: %s, wanted %s\n%s", c->name, had, c->want, found.said);
    assert_true(lab_tar(&l, "bag/", &tar));
    snprintf(path, sizeof path, "%s/b%u.tar", tool_dir, tried++);
    assert_true(tool_put(path, tar.p, tar.n));
    had = outcome(look(path));
    if (strcmp(had, c->want) != 0)
        fail_msg("%s, as a tar: %s, wanted %s\n%s", c->name, had, c->want, found.said);
    keep_buf_free(&tar);
    lab_free(&l);
}

static void test_bagit_own_suite(void **state)
{
    (void)state;
    assert_true(sizeof own / sizeof *own >= 40);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        run_case(&own[i]);
    print_message("%zu bags of our own\n", sizeof own / sizeof *own);
}

static void test_bagit_conformance_suite(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof suite / sizeof *suite; i++)
        run_case(&suite[i]);
    print_message("%zu bags of the conformance suite\n", sizeof suite / sizeof *suite);
}

/* ---- what only a tar can be ---- */

static int look_tar(const char *script, const char *base, const char *name)
{
    struct lab l;
    struct keep_buf tar = KEEP_BUF_INIT;
    const char *path = tool_path(name);
    assert_true(lab_run(&l, script) && lab_tar(&l, base, &tar) && tool_put(path, tar.p, tar.n));
    keep_buf_free(&tar);
    lab_free(&l);
    return look(path);
}

static void test_bagit_tars(void **state)
{
    (void)state;
    assert_string_equal(outcome(look_tar(V10 "m sha256", "", "flat.tar")), "container");
    assert_string_equal(outcome(look_tar(V10 "m sha256", "./bag/", "dotted.tar")), "valid");
    assert_string_equal(outcome(look_tar(V10 "m sha256", "/bag/", "rooted.tar")), "container");
    assert_string_equal(outcome(look_tar(V10 "m sha256", "../bag/", "up.tar")), "container");
    assert_string_equal(outcome(look_tar(V10 "m sha256\nf ../other/x|x", "bag/", "beside.tar")), "container");
    assert_string_equal(outcome(look_tar(V10 "m sha256\nl data/l|/etc/passwd", "bag/", "link.tar")), "container");
    assert_string_equal(outcome(look_tar("f manifest-md5.txt|\nk data\nv 1.0", "bag/", "late.tar")), "warned"); /* in any order */
    struct lab l;
    struct keep_buf tar = KEEP_BUF_INIT;
    assert_true(lab_run(&l, V10 "m sha256\nl data/a|x"));
    l.f[l.n - 1].type = '0'; /* data/a is there as a file: a second, other data/a.txt */
    keep_buf_clear(&l.f[l.n - 1].name);
    keep_buf_add(&l.f[l.n - 1].name, "data/a.txt", 11);
    assert_true(lab_tar(&l, "bag/", &tar) && tool_put(tool_path("twice.tar"), tar.p, tar.n));
    assert_string_equal(outcome(look(tool_path("twice.tar"))), "container");
    lab_free(&l);
    keep_buf_free(&tar);
}

static void test_bagit_compressed(void **state)
{
    (void)state;
    static const char *const tool[][3] = {{"gzip", "-kf", ".gz"}, {"zstd", "-qkf", ".zst"}};
    assert_string_equal(outcome(look_tar(V10 "m sha256\nt sha512", "bag/", "small.tar")), "valid");
    for (int i = 0; i < 2; i++) {
        char name[64];
        const char *const argv[] = {tool[i][0], tool[i][1], tool_path("small.tar"), NULL};
        assert_int_equal(tool_run(argv, NULL, NULL), 0);
        snprintf(name, sizeof name, "small.tar%s", tool[i][2]);
        assert_string_equal(outcome(look(tool_path(name))), "valid");
        struct keep_buf b = KEEP_BUF_INIT;
        assert_true(tool_get(tool_path(name), &b) && tool_put(tool_path(name), b.p, b.n / 2));
        assert_int_equal(look(tool_path(name)), KEEP_E_INPUT); /* cut off: it could not be read */
        keep_buf_free(&b);
    }
}

static void test_bagit_is_none(void **state)
{
    (void)state;
    struct lab l;
    assert_int_equal(look(tool_path("absent")), KEEP_E_INPUT);
    assert_true(lab_run(&l, "f x|y") && lab_folder(&l, tool_path("nobag")));
    assert_int_equal(look(tool_path("nobag")), KEEP_E_INTEGRITY);
    lab_free(&l);
    assert_true(tool_put(tool_path("text"), "text", 4));
    assert_int_equal(look(tool_path("text")), KEEP_E_INTEGRITY); /* as a package that is no tar */
    assert_true(tool_put(tool_path("text.gz"), "\x1f\x8b text", 7));
    assert_int_equal(look(tool_path("text.gz")), KEEP_E_INPUT);
    struct keep_sign_public key = {.key = {1}};
    assert_true(lab_run(&l, V10 "m sha256") && lab_folder(&l, tool_path("unsigned")));
    struct keep_inspect_params p = {.path = tool_path("unsigned"), .pubkey = &key, .found = note};
    memset(&found, 0, sizeof found);
    assert_int_equal(keep_bagit_any(&p, NULL), KEEP_E_INTEGRITY); /* a key was pinned, and nobody signed */
    assert_string_equal(found.first_failed, "signer");
    lab_free(&l);
}

static int setup(void **state)
{
    return keep_secret_start(NULL) == 0 ? tool_setup(state) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bagit_own_suite),
        cmocka_unit_test(test_bagit_conformance_suite),
        cmocka_unit_test(test_bagit_tars),
        cmocka_unit_test(test_bagit_compressed),
        cmocka_unit_test(test_bagit_is_none),
    };
    return cmocka_run_group_tests(tests, setup, tool_teardown);
}
