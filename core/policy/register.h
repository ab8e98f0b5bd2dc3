/* All rules of a policy as rows of one shape, whatever their kind: what a
 * committee signs, what `policy list`, `show` and `export` print. */
#ifndef CORE_POLICY_REGISTER_H
#define CORE_POLICY_REGISTER_H

#include "core/policy/outline.h"
#include "core/policy/policy.h"

/* enum, the word of its block */
#define KEEP_REGISTER_KINDS(X) \
    X(ACCESS, "access") X(EVIDENCE, "evidence") X(EXPLANATION, "explanation") X(RETENTION, "retention") X(LABEL, "label") X(SERIES, "series") X(REVIEW, "review") \
    X(EXCEPTION, "exception") X(DEFINE, "define") X(MAP, "map")
enum keep_register_kind {
#define X(name, word) KEEP_REGISTER_##name,
    KEEP_REGISTER_KINDS(X)
#undef X
    KEEP_REGISTER_KIND_COUNT
};

struct keep_register_row {
    enum keep_register_kind kind;
    size_t index;                  /* in the policy's list of its kind */
    struct keep_str id, title;     /* title of an exception: the rule it is for and its reason; its authority is its owner */
    struct keep_str jurisdiction;  /* of retention rules; p NULL elsewhere, and so on */
    struct keep_str state;         /* in force, proposed, …; of a retention rule its status, of an exception its end */
    struct keep_str authority, threshold;
    struct keep_str sentence;      /* what it says of a case, with its placeholders; of an explanation, what it lacks */
    const struct keep_check *check; /* NULL: nothing to check */
    size_t tests;                  /* that name it as their subject */
};

/* In the order of the packs and their lines within each kind; memory in a. false: out of memory. */
bool keep_register_make(const struct keep_policy *p, struct keep_arena *a, struct keep_register_row **out, size_t *n);
const char *keep_register_kind_word(enum keep_register_kind k);
int keep_register_kind(struct keep_str word); /* -1: none */

/* Every expression of a rule with the word of its clause, in source order; stops at the first answer other than 0 and returns it. */
int keep_register_exprs(const struct keep_policy *p, const struct keep_register_row *r, int (*each)(void *ctx, const char *clause, const struct keep_expr *e), void *ctx);
/* What a rule reads, each once: "user.id", "related(order, visit)". false: out of memory. */
bool keep_register_reads(const struct keep_policy *p, const struct keep_register_row *r, struct keep_arena *a, const struct keep_str **out, size_t *n);

/* The compiled rules as one JSON object (KEEP_REGISTER_SCHEMA): packs, and each rule with its clauses as they are written, its conditions
 * with their conjuncts, what they read and the definitions they use; of an exception also the rule it is for. outline[i] is of pack i. digest: 32 bytes each, of the packs. */
#define KEEP_REGISTER_SCHEMA 1
int keep_register_json(const struct keep_policy *p, const struct keep_outline *outline, const uint8_t (*digest)[32], const struct keep_register_row *row, size_t rows,
                       struct keep_arena *a, struct keep_buf *out, struct keep_err *err);
/* The block of a rule in the outlines of n packs, and in which. NULL: none (a series that is in every keep). */
const struct keep_outline_block *keep_register_block(const struct keep_outline *outline, size_t n, const struct keep_register_row *r, size_t *which);

#endif
