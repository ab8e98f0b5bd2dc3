/* Masks of identifiers (P11): keyed by the keep over (scope, person), so the
 * same in every run, different in every case, and nothing to look up. */
#ifndef CORE_WORK_MASK_H
#define CORE_WORK_MASK_H

#include <pthread.h>

#include "core/base/arena.h"
#include "core/policy/field.h"
#include "core/store/store.h"

struct keep_mask_pair {
    struct keep_str mask, clear;
};

struct keep_mask {
    uint8_t key[32];
    pthread_mutex_t lock;        /* of what follows: masks are made by several threads at once */
    struct keep_arena *arena;    /* masks are made here */
    struct keep_mask_pair *pair; /* masks of what is revealed, with what they hide */
    size_t pairs, room;
    struct keep_str revealed;    /* hex of the one case, set or request shown in clear; empty: none; "*": all of this output */
};

void keep_mask_init(struct keep_mask *m, const struct keep_store *s, struct keep_arena *a);
/* word: "patient", "user", "account". scope: case, set or request id. clear is returned when the scope is the revealed one. */
struct keep_str keep_mask_text(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity, struct keep_str clear);
/* The mask even where the scope is the revealed one; then noted, for keep_mask_clear. */
struct keep_str keep_mask_note(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity, struct keep_str clear);
/* The text with what was noted in place of its masks, in the arena; the text itself when nothing was. */
struct keep_str keep_mask_clear(struct keep_mask *m, struct keep_str text);
/* For keep_audit_input.mask, always a mask, so that a sentence is the same whoever asks for it; ctx is a struct keep_mask. */
struct keep_str keep_mask_case(void *ctx, const uint8_t case_id[16], enum keep_field f, uint64_t entity, struct keep_str clear);

#endif
