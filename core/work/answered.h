/* An answer that is handed to a patient: signed, and in the ledger before
 * anybody sees it. The ledger has its digest and counts, never what it says. */
#ifndef CORE_WORK_ANSWERED_H
#define CORE_WORK_ANSWERED_H

#include "core/base/buf.h"
#include "core/store/store.h"

struct keep_answered_count {
    const char *name;            /* [a-z_] */
    uint64_t n;
};

struct keep_answered {
    const char *kind;            /* of the act: "accounting", "access report" */
    const char *comment;         /* trusted comment of the document's signature */
    struct keep_str request;     /* under which it shows identifiers; empty: it shows none */
    struct keep_str names;       /* why workforce members are named; empty: none is */
    uint64_t patient;            /* entity */
    keep_date from, through;     /* NONE: everything */
    struct keep_str document;
    const struct keep_answered_count *count;
    size_t counts;
    const struct keep_sign_secret *officer; /* who answers; NULL: the keep's own key signs, where no identifier is shown */
};
/* *signature: of the document, detached, minisign's form. One transaction (ledger kind "answer"). KEEP_E_REFUSED: the key may not sign here, or identifiers are
 * shown and no officer signs. */
int keep_answered_record(struct keep_store *s, const struct keep_answered *a, struct keep_buf *signature, struct keep_err *err);

/* When the newest answer of that kind about a patient was given; KEEP_TIME_NONE: none was. */
int keep_answered_last(struct keep_store *s, const char *kind, uint64_t patient, keep_time *out, struct keep_err *err);

#endif
