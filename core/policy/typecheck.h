/* What the three files of the checker share: typecheck.c (operators, folding),
 * fieldcheck.c (names and words), callcheck.c (calls and macros). */
#ifndef CORE_POLICY_TYPECHECK_H
#define CORE_POLICY_TYPECHECK_H

#include "core/policy/compile.h"

/* Resolves, types and folds e and what is below it. */
void keep_typecheck_node(struct keep_compiler *c, struct keep_expr *e);
/* Reports; e becomes BAD and is then of any type. */
void keep_typecheck_reject(struct keep_compiler *c, struct keep_expr *e, struct keep_span at, const char *help, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Must be of this type, else rejected; who needs it. */
void keep_typecheck_want(struct keep_compiler *c, struct keep_expr *e, uint8_t type, const char *who);
/* May a value of static type a stand where b is wanted? */
bool keep_typecheck_fits(uint8_t a, uint8_t b);

static inline bool keep_typecheck_bad(const struct keep_expr *e)
{
    return e->op == KEEP_OP_BAD;
}

static inline void keep_typecheck_set(struct keep_expr *e, uint8_t type, uint8_t item)
{
    e->type = type;
    e->item = item;
}

/* A name by itself. */
void keep_fieldcheck_ident(struct keep_compiler *c, struct keep_expr *e);
/* a.b, not folded. */
void keep_fieldcheck_select(struct keep_compiler *c, struct keep_expr *e);
/* The entity that e names, -1 when it names none. */
int keep_fieldcheck_entity(const struct keep_compiler *c, const struct keep_expr *e);
const char *keep_fieldcheck_entity_name(int entity);
/* May these grains be named here? false: e was rejected. */
bool keep_fieldcheck_permitted(struct keep_compiler *c, struct keep_expr *e, uint32_t grains, const char *what);
/* If one side of a comparison is a field with its own words, are the constants on the other of them? */
void keep_fieldcheck_words(struct keep_compiler *c, const struct keep_expr *a, const struct keep_expr *b);

/* Of the tokens [from, to), which a syntax error left unread: reports fields that their entity does not have, and of which nothing was reported. */
void keep_fieldcheck_unread(struct keep_compiler *c, size_t from, size_t to);
void keep_callcheck_call(struct keep_compiler *c, struct keep_expr *e);

/* Which entities it names, as grains. */
uint32_t keep_fieldcheck_names(enum keep_field f);
uint32_t keep_callcheck_names(enum keep_call k);
/* Is this what an entity (and the like), or a function or macro, is called? */
bool keep_fieldcheck_taken(struct keep_str name);
bool keep_callcheck_taken(struct keep_str name);
/* Where the i-th part of a list or map stands: behind a name, where the name does. */
static inline struct keep_span keep_typecheck_part_at(const struct keep_expr *whole, uint32_t i)
{
    return whole->defined ? whole->at : whole->arg[i]->at;
}

#endif
