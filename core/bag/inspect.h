/* Verifying a package as a stranger: no keep, no key but the one the auditor
 * brings. Named checks, each passed, failed, or not possible and why. */
#ifndef CORE_BAG_INSPECT_H
#define CORE_BAG_INSPECT_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/pull.h"
#include "core/crypto/sign.h"

enum keep_inspect_result { KEEP_INSPECT_PASSED, KEEP_INSPECT_FAILED, KEEP_INSPECT_IMPOSSIBLE, KEEP_INSPECT_WARNING };

/* name, what it shows (the manual prints this table; the order is the order of running) */
#define KEEP_INSPECT_CHECKS(X) \
    X(CONTAINER, "container", "the tar is canonical: regular files only, safe unique names, in the lists' order, nothing appended") \
    X(BAG, "bag", "BagIt 1.0: required tag files present and well formed") \
    X(COMPLETE, "complete", "every listed file is there, every file is listed") \
    X(PAYLOAD, "payload", "every payload file matches sha512 and sha256") \
    X(TAGS, "tags", "every tag file matches the tag manifest") \
    X(OXUM, "oxum", "octets and count are what bag-info says") \
    X(SIGNER, "signer", "signed by the pinned key") \
    X(COMMENT, "comment", "the signature's trusted comment agrees with the content") \
    X(LEDGER, "ledger", "the ledger proof leads from this package's entry to a head signed by the pinned key") \
    X(HEAD, "head", "the ledger's head that the auditor kept and the one in the package are of one history") \
    X(TIMESTAMP, "timestamp", "an outside authority's token is about this package's signed list, and when") \
    X(REGISTER, "register", "the register lists exactly the sealed members, and its counts add up") \
    X(DECISIONS, "decisions", "policy packs, adoption, plan and approvals are in it and agree by digest") \
    X(RECORDS, "records", "each record that could be opened equals its digest") \
    X(VALID, "valid", "the outcome of RFC 8493 for a bag that is no sealed package: complete, and valid")

typedef int (*keep_inspect_found)(void *ctx, const char *check, enum keep_inspect_result r, const char *detail);

struct keep_inspect_text { /* a file that the auditor brought */
    const char *name;
    struct keep_str text;
};

/* What a package that could be read to its end says of itself; believed as far as its checks passed. */
struct keep_inspect_about {
    char id[65];
    uint8_t plan[32], tagmanifest[64]; /* digest of the plan; SHA-512 of the tag manifest */
    uint64_t records, ledger_index;
};

struct keep_inspect_params {
    const char *path;
    const struct keep_sign_public *pubkey;  /* NULL: signer, comment, ledger are not possible */
    const uint8_t (*identity)[32];          /* age identities that open the index, or single records */
    size_t identities;
    const struct keep_inspect_text *head;   /* heads of the ledger kept elsewhere, and proofs that it only grew (ledger prove --from) */
    size_t heads;
    struct keep_inspect_text token;         /* RFC 3161 response; text.n 0: none */
    struct keep_inspect_text authority;     /* certificates (PEM) that the auditor trusts for timestamps; text.n 0: none */
    keep_inspect_found found;
    void *ctx;
    struct keep_inspect_about *about;       /* to be filled; NULL allowed */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
};

/* One walk over the tar, two with identities; memory grows with the number of files (about 200 bytes each), not with their size.
 * found is called once a check, in the table's order, after all were made: also after a failure, but for what a tar that cannot be read to its
 * end leaves undone, which is not possible. What was not asked is left out: "records" without identities, "head" without heads, "timestamp" without a
 * token; keep_inspect_unproven says what that means. Single records' identities open those records alone. A negative value from found is forwarded.
 * A file named like a package (ck-DATE-HEX.tar, .tar.partial) that holds another one fails "bag"; any other file name is accepted.
 * 0 all passed; 1 some not possible; KEEP_E_INTEGRITY some failed; KEEP_E_INPUT, IO when it could not be read at all, KEEP_E_INTERRUPTED when
 * progress returned other than 0: then nothing is reported. */
int keep_inspect_package(const struct keep_inspect_params *p, struct keep_err *err);

/* Whoever takes records out of a package. */
struct keep_json;
struct keep_inspect_taker {
    void *ctx;
    /* One record of the index: its line, and its bytes to be pulled, NULL of an index entry. Bytes that end well are of the index's size and opened whole, their
     * digest is the taker's to compare with payload->content before they are used. 0 taken, 1 passed over without having read any, <0 forwarded. */
    int (*record)(void *ctx, uint64_t n, const struct keep_json *line, struct keep_pull *payload, struct keep_err *err);
};
/* Hands over all records of the package of that id, in order, by an identity that opens its index. For a file that keep_inspect_package found whole, and that
 * is still the same. KEEP_E_KEY: none opens it; KEEP_E_INTEGRITY: it is not what it was, what was taken may not be used. */
int keep_inspect_take(const struct keep_inspect_params *p, const char *id, const struct keep_inspect_taker *t, struct keep_err *err);

/* What a passing verification does not prove, one statement a line; VERIFY.txt ends with it. */
extern const char keep_inspect_unproven[];

#endif
