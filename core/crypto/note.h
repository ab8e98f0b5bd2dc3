/* Signed notes and checkpoints (C2SP signed-note.md, tlog-checkpoint.md, tlog-proof.md). */
#ifndef CORE_CRYPTO_NOTE_H
#define CORE_CRYPTO_NOTE_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/crypto/sign.h"

struct keep_note_head {
    struct keep_str origin; /* also the signer's name */
    uint64_t size;          /* entries */
    uint8_t root[32];
};

/* A bad origin (empty, space, plus, not ASCII) marks out failed.
 * origin\nsize\nbase64(root)\n\n— origin base64(keyid4||sig64)\n ; keyid = SHA-256(name||0x0A||0x01||pk)[:4]. */
void keep_note_head_write(struct keep_buf *out, const struct keep_note_head *h, const struct keep_sign_secret *s);
/* Parses and checks; KEEP_E_INTEGRITY otherwise. origin points into text. */
int keep_note_head_read(struct keep_note_head *out, struct keep_str text, const uint8_t key[32], struct keep_err *err);

#endif
