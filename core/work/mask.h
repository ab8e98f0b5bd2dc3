/* Masks of identifiers (P11): keyed by the keep over (scope, person), so the
 * same in every run, different in every case, and nothing to look up. */
#ifndef CORE_WORK_MASK_H
#define CORE_WORK_MASK_H

#include "core/base/arena.h"
#include "core/policy/field.h"
#include "core/store/store.h"

struct keep_mask {
    uint8_t key[32];
    struct keep_arena *arena;    /* masks are made here */
    struct keep_str revealed;    /* hex of the one case, set or request shown in clear; empty: none; "*": all of this output */
};

void keep_mask_init(struct keep_mask *m, const struct keep_store *s, struct keep_arena *a);
/* word: "patient", "user", "account". scope: case, set or request id. clear is returned when the scope is the revealed one. */
struct keep_str keep_mask_text(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity, struct keep_str clear);
/* For keep_audit_input.mask; ctx is a struct keep_mask. */
struct keep_str keep_mask_case(void *ctx, const uint8_t case_id[16], enum keep_field f, uint64_t entity, struct keep_str clear);

#endif
