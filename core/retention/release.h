/* Whether a dated set may go: holds, adoption, what was stored before. */
#ifndef CORE_RETENTION_RELEASE_H
#define CORE_RETENTION_RELEASE_H

#include "core/retention/derive.h"

struct keep_release;

/* Does a hold stop disposals as of that day? */
bool keep_release_in_force(const struct keep_hold *h, keep_date as_of);

int keep_release_new(struct keep_release **out, const struct keep_retention_input *in, struct keep_err *err);
void keep_release_free(struct keep_release *r);

/* can_release: law or contract, its text read, its pack adopted in these very bytes and not past its review. They live as long as r. */
struct keep_derive_rules keep_release_rules(const struct keep_release *r);

/* The id of the tally's set were it about that patient entity (UINT64_MAX: about none). */
void keep_release_id(const struct keep_retention_input *in, const struct keep_tally *t, uint64_t patient, uint8_t id[16]);

/* Who is asked for the conditions of holds: must have derived the set just before it is released. NULL: they all cover it. */
void keep_release_ask(struct keep_release *r, struct keep_derive *d);

/* Where the texts of the sets that follow are to live. */
void keep_release_into(struct keep_release *r, struct keep_arena *results);

/* Sets status, action, holds and, where it stays, reason of a set whose date is derived. */
int keep_release_set(struct keep_release *r, const struct keep_tally *t, const struct keep_derived *where, struct keep_set *s, struct keep_err *err);

/* The patient identity of a patient whose other sets are the n of other: kept until all of them are destroyed. */
int keep_release_identity(struct keep_release *r, const struct keep_tally *t, const struct keep_derived *where, const struct keep_set *other, size_t n, struct keep_set *s, struct keep_err *err);

#endif
