/* A judge's memory. Inside core/audit/judge.c and core/audit/judge_count.c only. */
#ifndef CORE_AUDIT_JUDGE_INSIDE_H
#define CORE_AUDIT_JUDGE_INSIDE_H

#include "core/audit/conjunct.h"
#include "core/audit/judge.h"
#include "core/audit/states.h"

/* What is known of one rule over the pair at hand. */
struct keep_judge_held {
    uint64_t pair;           /* its number; 0: none */
    keep_time lo, hi;
    struct keep_conjunct_left left;
    uint8_t code;            /* KEEP_CODE_DEPENDS: left says on what */
};

struct keep_judge {
    struct keep_conjunct c;
    struct keep_states states;
    uint64_t one;                     /* what an event counts: 0 of one that was counted before */
    struct keep_judge_now {
        uint32_t account, patient;    /* the pair at hand */
        uint64_t pair;                /* how many have been */
        keep_time lo, hi;             /* of the state; lo = hi: none made yet */
        uint32_t state;
    } now;
    struct keep_judge_held *held;                /* [access or step] */
    struct keep_judge_rules {         /* access rules as bits of their numbers */
        uint64_t single;              /* one event decides them */
        uint64_t needs_patient, unless_expected, by_event; /* as in struct keep_term_rule */
    } *rules;                         /* [word] */
    uint64_t (*unable)[KEEP_CONJUNCT_MISSING]; /* [access + explanation] */
    uint64_t *fired;                  /* [access + explanation] */
    uint64_t *excepted;               /* [access] */
    uint32_t *hit;                    /* rules that fired for the event being judged */
    struct keep_conjunct_left *open, *maybe; /* room for a state being made */
    uint32_t *fire, *no, *dunno;
    uint64_t *later_set;
    uint8_t *later;                   /* [explanation that depends on the event]: what this one said */
};

#endif
