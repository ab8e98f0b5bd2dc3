/* What each source brought, as numbers that stand in no world: people by the
 * source that tells of them, lines in quarantine, the newest import. */
#ifndef CORE_STORE_HOLDINGS_H
#define CORE_STORE_HOLDINGS_H

#include "core/model/vocab.h"
#include "core/store/store.h"

/* People, accounts, facilities, locations that the source tells of, one call a kind; KEEP_ENTITY_CONTACT: patients of whom it tells contacts. */
struct keep_holdings_row {
    uint32_t source;
    enum keep_entity kind;
    uint64_t n;
};
int keep_holdings_people(struct keep_store *s, int (*each)(void *ctx, const struct keep_holdings_row *, struct keep_err *), void *ctx, struct keep_err *err);

/* Lines still in quarantine, and when the newest row came in; one call a source of which there are any. */
struct keep_holdings_source {
    uint32_t source;
    uint64_t quarantined;
    keep_time latest; /* KEEP_TIME_NONE: nothing did */
};
int keep_holdings_sources(struct keep_store *s, int (*each)(void *ctx, const struct keep_holdings_source *, struct keep_err *), void *ctx, struct keep_err *err);

#endif
