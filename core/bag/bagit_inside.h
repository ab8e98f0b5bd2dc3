/* One bag that is being looked at; what the parts of bagit share. */
#ifndef CORE_BAG_BAGIT_INSIDE_H
#define CORE_BAG_BAGIT_INSIDE_H

#include "core/bag/examine.h"
#include "core/crypto/digest.h"
#include "core/stream/shelf.h"
#include "core/text/charset.h"

enum {
    KEEP_BAGIT_1_0 = 100,          /* versions as numbers: 0.97 is 97 */
    KEEP_BAGIT_LISTS = 32,         /* manifests of both kinds: there are six digests */
    KEEP_BAGIT_TEXT = 512 << 20,   /* bytes of all tag files that are read: four million lines of a manifest */
    KEEP_BAGIT_WARNINGS = 200,     /* told; more are counted */
};
#define KEEP_BAGIT_NONE UINT32_MAX

enum keep_bagit_role { KEEP_BAGIT_PLAIN, KEEP_BAGIT_DECLARATION, KEEP_BAGIT_INFO, KEEP_BAGIT_FETCH, KEEP_BAGIT_MANIFEST, KEEP_BAGIT_TAGMANIFEST, KEEP_BAGIT_SIGNATURE };

/* An item as it was met. */
struct keep_bagit_item {
    const char *name;
    enum keep_unpack_kind kind;
    uint64_t size;
    uint32_t file;  /* its number among the files, or NONE */
    uint32_t text;  /* its number among the texts, or NONE */
};
struct keep_bagit_text {
    enum keep_bagit_role role;
    uint32_t item;
    enum keep_digest digest; /* of a manifest */
    bool in_bag;             /* the base folder is the bag's */
    struct keep_buf bytes;
};
/* A line of a manifest about a file that is there. */
struct keep_bagit_claim {
    uint32_t next; /* about the same file */
    uint8_t digest, list;
    uint8_t want[KEEP_DIGEST_MOST];
};
struct keep_bagit_file {
    uint32_t claim;  /* the first; NONE */
    uint32_t lists;  /* bits: payload manifests that name it */
};

struct keep_bagit {
    struct keep_examine *x;
    struct keep_arena *arena; /* names; lives as long as this */
    bool folder;
    struct keep_bagit_item *item;
    size_t items, item_cap;
    struct keep_bagit_text *text;
    size_t texts, text_cap, text_bytes;
    struct keep_members *files, *composed, *folded; /* the latter two by folded names; size: the file's number */
    struct keep_bagit_file *file;
    struct keep_bagit_claim *claim;
    size_t claims, claim_cap;
    struct keep_members *fetched, *wanted; /* names in fetch.txt; names in manifests that are not there */
    int version;
    enum keep_charset charset;
    uint32_t payload_lists;  /* bits of the lists that are payload manifests */
    bool tag_lists, sealed; /* there is a tag manifest; it has the marks of a sealed package */
    unsigned holes;
    char (*warning)[320];
    unsigned warnings;
};

void keep_bagit_warn(struct keep_bagit *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* bagit.txt, fetch.txt, the manifests, bag-info.txt: read, and what is wrong in them told. */
int keep_bagit_lists_read(struct keep_bagit *b, struct keep_err *err);
/* Whether a name stays inside the bag: relative, no "..", no home, no drive. */
bool keep_bagit_lists_inside(struct keep_str name);

#endif
