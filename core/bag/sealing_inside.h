/* A package being written: what the rooms of sealing share. Inside core/bag only. */
#ifndef CORE_BAG_SEALING_INSIDE_H
#define CORE_BAG_SEALING_INSIDE_H

#include "core/bag/layout.h"
#include "core/bag/seal.h"
#include "core/bag/sealtext.h"
#include "core/bag/spool.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/stream/squeeze.h"
#include "core/stream/tar.h"

#define KEEP_SEALING_NOT_THE_KEEPS "a record's bytes are not the ones that its digest in the keep names"

enum keep_sealing_stage { KEEP_SEALING_WRITING, KEEP_SEALING_CLOSED, KEEP_SEALING_SIGNED, KEEP_SEALING_PUBLISHED, KEEP_SEALING_BROKEN };

struct keep_sealslot;
struct keep_sealjournal;

struct keep_seal {
    enum keep_sealing_stage stage;
    bool unwanted;                          /* to be removed, whatever the stage */
    int dirfd, fd;
    char partial[KEEP_LAYOUT_ID + 16], whole[KEEP_LAYOUT_ID + 8];
    struct keep_sealtext_facts facts;       /* its strings live in arena; records: those whose lines are written */
    uint64_t given;                         /* records handed over */
    const struct keep_sign_secret *signer;
    struct keep_arena *arena;
    struct keep_tar_out *tar;
    struct keep_sha_ctx *sha512, *sha256;   /* of members that come in pieces */
    struct keep_squeeze *squeeze;           /* of the index */
    struct keep_spool *list512, *list256, *reg, *index;
    struct keep_age_out *index_age;
    struct keep_buf lines;                  /* of the index, not yet sealed */
    struct keep_buf packed, line;           /* scratch, reused */
    struct keep_buf tags;                   /* the tag manifest */
    uint64_t member_octets, piece;
    struct keep_crew *crew;
    struct keep_sealslot *slot;             /* a ring: first is the oldest at work */
    size_t slots, first, busy;
    uint64_t afloat;                        /* bytes of the payloads in the slots */
    struct keep_sealjournal *journal;       /* NULL: none is kept */
};

/* A member of the payload, done: what manifests, register and journal say of it. */
struct keep_sealing_member {
    struct keep_sealtext_member text; /* path, octets, sha512 in hex */
    uint8_t sha512[64], sha256[32];
};

/* ---- members (sealmember.c) ---- */

/* m (may be NULL) takes what is to be said of it. */
int keep_sealmember_text(struct keep_seal *s, const char *path, struct keep_str text, bool listed, struct keep_sealing_member *m, struct keep_err *err);
int keep_sealmember_spool(struct keep_seal *s, const char *path, struct keep_spool *from, struct keep_err *err);
/* Bytes whose digests are known: m is complete. */
int keep_sealmember_whole(struct keep_seal *s, const struct keep_sealing_member *m, const void *p, struct keep_err *err);
/* What waits in the spool as one member, or in pieces: m has room for KEEP_LAYOUT_PIECES, *n says how many. path: without a piece's number. */
int keep_sealmember_pieces(struct keep_seal *s, const char *path, struct keep_spool *from, struct keep_sealing_member *m, size_t *n, struct keep_err *err);
/* Enters a member of the payload in both manifests and the totals. */
int keep_sealmember_enter(struct keep_seal *s, const struct keep_sealing_member *m, struct keep_err *err);

/* ---- records (sealslot.c) ---- */

int keep_sealslot_open(struct keep_seal *s, struct keep_err *err);
void keep_sealslot_close(struct keep_seal *s); /* waits for what is at work */
/* Hands a record to the crew; what the oldest one found may be what fails. */
int keep_sealslot_give(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err);
/* All that is at work is written. */
int keep_sealslot_drain(struct keep_seal *s, struct keep_err *err);
/* A record too large to be held: packed, sealed and hashed as it is pulled. */
int keep_sealstream_record(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err);
/* A record's members are in the tar: its lines in register, index and journal. identity NULL: nothing sealed. */
int keep_sealslot_enter(struct keep_seal *s, const struct keep_seal_record *r, const uint8_t *identity, const struct keep_sealing_member *m, size_t members,
                        uint64_t rendition, const uint8_t rendition_digest[32], struct keep_err *err);
/* Lines of the index; sealed when there are enough. */
int keep_sealslot_index(struct keep_seal *s, struct keep_str lines, struct keep_err *err);
int keep_sealslot_index_end(struct keep_seal *s, struct keep_err *err);

/* ---- the journal (sealjournal.c) ---- */

/* Opens or makes it; what it says and the partial bears out is carried over: a keep_seal_standing, or <0. s->fd stands behind it then. FRESH with
 * s->facts.files > 0: texts alone were carried over, which is not worth going on with. */
int keep_sealjournal_open(struct keep_seal *s, const uint8_t key[32], struct keep_err *err);
/* What was written since the last note: members of the payload, lines. */
int keep_sealjournal_note(struct keep_seal *s, const struct keep_sealing_member *m, size_t members, struct keep_str reg, struct keep_str index, struct keep_err *err);
/* The package is closed; flushed to the disk with all before it. */
int keep_sealjournal_closed(struct keep_seal *s, struct keep_err *err);
void keep_sealjournal_remove(struct keep_seal *s);
void keep_sealjournal_free(struct keep_sealjournal *j); /* NULL allowed; the file stays */

#endif
