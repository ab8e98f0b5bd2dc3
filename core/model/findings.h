/* Cases: what the audit hands to a person. */
#ifndef CORE_MODEL_FINDINGS_H
#define CORE_MODEL_FINDINGS_H

#include "core/model/world.h"

/* Millions are at hand at once. */
struct keep_event_id {
    uint64_t source : KEEP_SOURCE_BITS;
    uint64_t ordinal : KEEP_ORDINAL_BITS;
};

struct keep_case {
    uint8_t id[16];                    /* digest of rule, subject, first event */
    struct keep_str rule;              /* rule id, or "unexplained" */
    struct keep_str title, authority;
    enum keep_severity severity;
    int32_t score, weight;             /* weight: the rule's part of the score */
    enum keep_case_status status;
    uint32_t account, worker, patient; /* world indices, KEEP_ID_NONE */
    keep_time first, last;
    const struct keep_event_id *event; /* all of them, in (time, id) order */
    size_t events;
    struct keep_str expected_reason;   /* explanation id that holds as well, empty if none */
    struct keep_str evidence;          /* "same address (+40); searched by name (+5)" */
    struct keep_str missing_fact;      /* the smallest fact on file that would have made it expected; empty where none would have mattered */
    struct keep_str sentence;          /* the rule's explain, rendered with MASKS in place of identifiers */
    bool kept;                         /* no access of it was judged by this audit, and its score tells whether others stand above it */
    bool known;                        /* kept, and on file exactly so */
};

#endif
