/* Sealing a package: BagIt 1.0 (RFC 8493) in a canonical ustar. Each record is
 * one `data/records/NNNNNN.zst.age` under its own X25519 identity, with a plain
 * HTML rendition beside it for structured ones; who may open them is told only
 * by the sealed index. What stands open is without direct identifiers, still PHI. */
#ifndef CORE_BAG_SEAL_H
#define CORE_BAG_SEAL_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/crew.h"
#include "core/base/err.h"
#include "core/base/pull.h"
#include "core/crypto/sign.h"

struct keep_seal_text { /* an open file of the package, such as a policy pack, the plan, an approval */
    const char *name;   /* below data/: "policy/us-states.policy", "decision/plan.json" */
    struct keep_str text;
};

struct keep_seal_params {
    int dirfd;                    /* the output folder */
    const char *id;               /* package id, also the bag's base folder: [a-z0-9-], e.g. "ck-20261121-1a2b3c4d" */
    keep_time sealed_at;          /* fixed when it starts; whole seconds are the tar's mtime */
    const struct keep_sign_secret *signer;   /* the keep's key */
    const uint8_t (*recipient)[32];          /* who can open the index: package identity, archive officer or officers, recovery */
    size_t recipients;
    const struct keep_seal_text *text;
    size_t texts;
    const char *organization;     /* Source-Organization, may be empty */
    const char *origin;           /* ledger origin for bag-info */
    const char *policy_digest;    /* hex over adopted packs, for bag-info */
    keep_date retain_through;     /* of the package itself: latest residue or keep-until; NONE: permanent */
    struct keep_crew *crew;       /* threads that pack, seal and hash records side by side; NULL: none but the caller's */
    const uint8_t *journal;       /* 32 bytes, the caller's secret: what is done is noted, sealed under it, so that a run that died can be gone on with; NULL: not so */
    uint64_t piece;               /* bytes of a sealed member before it is split; 0: KEEP_LAYOUT_PIECE */
};

struct keep_seal_record {
    uint32_t set;                 /* number of its set in the plan, from 1 */
    struct keep_str set_id;       /* hex */
    struct keep_str kind, rule, source_key, patient, facility; /* source_key, patient, facility go into the sealed index only */
    struct keep_str source, told; /* so do these: whose record it is, and JSON for the keep to take it back by (core/store/bringback.h); empty: neither */
    keep_date keep_until;
    keep_date first, last;        /* only their years go into the register */
    struct keep_str media_type;   /* "application/fhir+json", … */
    struct keep_str payload;      /* empty for an index entry: then only register and index name it */
    struct keep_pull *pull;       /* instead of payload, for what is too large to be held: it has no rendition; NULL none */
    const uint8_t *digest;        /* BLAKE2b-256 of the payload in the keep: bytes that are not these end the package (KEEP_E_INTEGRITY) */
    struct keep_str custodian, locator;
};

struct keep_seal;
/* Where a package stands when it is begun: what its journal could carry over, each of its bytes read again and found as it was. */
enum keep_seal_standing {
    KEEP_SEAL_FRESH,   /* nothing yet */
    KEEP_SEAL_RESUMED, /* keep_seal_records of them are in it: the caller goes on with the next, in the same order */
    KEEP_SEAL_CLOSED,  /* all are, and it is closed: go on with _sign */
};
/* Writes to "<id>.tar.partial" in dirfd, mode 0600, and with a journal to "<id>.tar.resume"; a package of that id is refused (KEEP_E_REFUSED). What an
 * earlier run of that id left is gone on with, where a journal and its key are there, and else removed. Returns a keep_seal_standing, or <0.
 * The texts are written here (of a resumed one they are in it, as they were); signer and crew must outlive the handle, the rest of p is copied.
 * After any failure below, only _free is of use. */
int keep_seal_begin(struct keep_seal **out, const struct keep_seal_params *p, struct keep_err *err);
/* What is wrong with a record may be told by a later call, _close at the latest. r is copied, but its pull, which is read here. */
int keep_seal_record(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err);
/* Index, register, counts, manifests, bag-info, VERIFY.txt, tag manifest (core/bag/layout.h has the order). counts: JSON of the reconciliation source -> keep -> package.
 * tagmanifest: SHA-512 of the tag manifest's bytes; the ledger binds its first 32 bytes. */
int keep_seal_close(struct keep_seal *s, struct keep_str counts_json, uint8_t tagmanifest[64], struct keep_err *err);
void keep_seal_tags(const struct keep_seal *s, uint8_t tagmanifest[64]); /* the same again, of one that is closed */
/* After the ledger entry `sealed`: proof (C2SP tlog-proof) and minisign signature as the last two members, tar ended, fsync. The trusted comment carries
 * package id, record count, octets, sealing time, ledger index. */
int keep_seal_sign(struct keep_seal *s, struct keep_str proof, uint64_t ledger_index, struct keep_err *err);
/* After verification: "<id>.tar.partial" -> "<id>.tar", fsync of the folder. */
int keep_seal_publish(struct keep_seal *s, struct keep_err *err);
const char *keep_seal_partial(const struct keep_seal *s); /* name in dirfd, for the verifying read */
uint64_t keep_seal_records(const struct keep_seal *s); /* handed over and not found wanting, those of an earlier run with them */
/* Without publish: the partial stays when it has a journal or is signed, else it is removed. */
void keep_seal_free(struct keep_seal *s); /* NULL allowed */
/* Instead of publishing: _free will remove partial and journal, whatever the stage. */
void keep_seal_discard_own(struct keep_seal *s);
/* Partial and journal of that id, when nobody writes them. */
void keep_seal_discard(int dirfd, const char *id);

#endif
