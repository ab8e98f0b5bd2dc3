/* Packs for a run: read from files and folders (a trial), or from the keep's
 * adoptions, which bind their bytes and were signed by the quorum. */
#ifndef CORE_WORK_PACKS_H
#define CORE_WORK_PACKS_H

#include "core/base/diag.h"
#include "core/model/records.h"
#include "core/policy/policy.h"
#include "core/store/store.h"

#define KEEP_PACK_FILE (8u << 20) /* bytes of one pack; the largest shipped one is a few hundred KiB */

struct keep_packs {
    struct keep_arena *arena;
    struct keep_diags diags;
    const struct keep_policy *policy;       /* NULL when there were errors */
    struct keep_policy_text *text;
    size_t texts;
    uint8_t (*digest)[32];                  /* BLAKE2b-256 of each text */
    const struct keep_adoption *adoption;   /* adopted packs, in the order of text; NULL in a trial */
    size_t adoptions;
    bool trial;
};

/* Files, and folders' *.policy in name order. KEEP_E_USAGE with diags when a pack has errors. *out is valid for _free in every case. */
int keep_packs_read(struct keep_packs *out, const char *const *path, size_t n, struct keep_err *err);
/* The same without looking at what they say: policy stays NULL. */
int keep_packs_load(struct keep_packs *out, const char *const *path, size_t n, struct keep_err *err);
/* What the keep adopted last. KEEP_E_REFUSED "nothing is adopted" when none (texts == 0). */
int keep_packs_adopted(struct keep_packs *out, struct keep_store *s, struct keep_err *err);
void keep_packs_free(struct keep_packs *p);

/* Adopts: all packs of p become this hospital's rules, replacing what was adopted before. Needs officers' keys of distinct roles, as many as the quorum.
 * Then keep-until of every set is written under them. Inside: one transaction. */
struct keep_packs_adopt {
    keep_date review_by;
    const struct keep_sign_secret *const *officer;
    size_t officers;
    const char *const *confirm; /* "RULE=what was read, YYYY-MM-DD": unverified rules confirmed by the hospital */
    size_t confirms;
};
int keep_packs_adopt(struct keep_packs *p, struct keep_store *s, const struct keep_packs_adopt *how, uint64_t *sets_written, struct keep_err *err);

/* Whether an officer of that role, present or former, signed these bytes for that purpose (the signature's trusted comment). */
bool keep_packs_signed(const struct keep_store *s, struct keep_str role, struct keep_str bytes, struct keep_str signature, const char *purpose);

#define KEEP_PACKS_SIGNERS 16 /* officers of one keep, hence signers of one act */
/* Do these keys belong to distinct people in office, and are they good today? KEEP_E_REFUSED naming what is missing; what: "adoption", … */
int keep_packs_signers(const struct keep_store *s, const char *what, const struct keep_sign_secret *const *officer, size_t n, struct keep_err *err);
/* And are they enough? Likewise. */
int keep_packs_quorum(const struct keep_store *s, const char *what, const struct keep_sign_secret *const *officer, size_t n, struct keep_err *err);

/* Which registered officer this key belongs to; NULL: none. Whether the key may sign today is signer.h's to say. */
const struct keep_officer *keep_packs_officer(const struct keep_store *s, const struct keep_sign_public *key);

#endif
