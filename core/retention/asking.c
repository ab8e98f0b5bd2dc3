/* What rules ask of sets.
 *
 * A set may stand for several series: its own, those its records match without
 * leaving (`also`), and those they could match if their codes were known
 * (`maybe`). A condition is asked under each; what only a maybe supports is
 * unknown. Likewise for labels that could not be told.
 *
 * Many sets differ only in their patients. What a rule's condition answers is
 * remembered for all sets alike in series, facility, labels and custody, unless
 * it looked at anything else; of hundreds of rules the few that can apply are
 * then tried. */
#include "core/retention/asking.h"

#include <stdlib.h>
#include <string.h>

#define MEMOS 1024u /* remembered combinations of series, facility and labels; a keep has some hundreds. Power of two */

/* What conditions of rules may rest on and still be remembered. Compared as bytes; strings by where they stand in the world. */
struct memo_key {
    uint64_t also, maybe, labels, labels_unknown;
    const char *state;
    uint32_t series, facility, custody, states;
};

enum told { ASK, SAID, NEVER }; /* NEVER: false for all of these sets */

struct keep_asking_memo {
    struct memo_key key;
    bool used, all;          /* all: the rules of its jurisdictions are listed */
    uint8_t *told;           /* per rule */
    struct keep_truth *when; /* per rule */
    uint32_t *rule;          /* those that can apply */
    size_t rules;
};

int keep_asking_init(struct keep_asking *q, const struct keep_retention_input *in, const struct keep_tally_index *x, struct keep_err *err)
{
    *q = (struct keep_asking){.in = in, .facts = {.in = in, .index = x}, .err = err};
    q->facts.scratch = keep_arena_new(0);
    q->memory = keep_arena_new(0);
    q->memo = calloc(MEMOS, sizeof *q->memo);
    q->facts.types = &q->types;
    return q->facts.scratch && q->memory && q->memo && !keep_placetype_gather(&q->types, in->policy, q->memory) ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

void keep_asking_done(struct keep_asking *q)
{
    keep_arena_free(q->facts.scratch);
    keep_arena_free(q->memory);
    free(q->memo);
    *q = (struct keep_asking){.in = NULL};
}

/* --- one expression --- */

static int run(struct keep_asking *q, const struct keep_expr *e, struct keep_value *out)
{
    struct keep_env env = keep_facts_env(&q->facts);
    int rc = keep_expr_run(e, &env, out);
    return rc ? keep_err_set(q->err, rc, "a rule could not be evaluated") : 0;
}

static struct keep_truth truth_of(const struct keep_value *v)
{
    if (v->type == KEEP_V_BOOL)
        return (struct keep_truth){v->b ? KEEP_TRI_YES : KEEP_TRI_NO, {NULL, 0}};
    return (struct keep_truth){KEEP_TRI_UNKNOWN, v->type == KEEP_V_UNKNOWN || v->type == KEEP_V_ERROR ? v->s : KEEP_STR("a condition that is not true or false")};
}

/* Under one series: with the labels that hold, and with those that may. */
static int ask(struct keep_asking *q, const struct keep_expr *e, uint32_t series, struct keep_truth *out)
{
    const struct keep_tally *t = q->facts.tally;
    struct keep_value v;
    int rc;
    q->facts.series = series;
    q->facts.labels = t->labels;
    q->facts.asked_labels = false;
    rc = run(q, e, &v);
    if (rc)
        return rc;
    *out = truth_of(&v);
    if (!q->facts.asked_labels || !(t->labels_unknown & ~t->labels))
        return 0;
    q->facts.labels |= t->labels_unknown;
    rc = run(q, e, &v);
    if (rc)
        return rc;
    if (truth_of(&v).t != out->t)
        *out = (struct keep_truth){KEEP_TRI_UNKNOWN, KEEP_STR("record.codes")};
    return 0;
}

int keep_asking_truth(struct keep_asking *q, const struct keep_expr *e, struct keep_truth *out)
{
    const struct keep_tally *t = q->facts.tally;
    struct keep_truth one;
    int rc;
    *out = (struct keep_truth){KEEP_TRI_YES, {NULL, 0}};
    if (!e)
        return 0;
    rc = ask(q, e, t->series, out);
    for (uint64_t left = (t->also | t->maybe) & ~(UINT64_C(1) << t->series); !rc && out->t != KEEP_TRI_YES && left; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);
        rc = ask(q, e, i, &one);
        if (rc || one.t == KEEP_TRI_NO)
            continue;
        if ((t->also >> i & 1) && one.t == KEEP_TRI_YES)
            *out = one;
        else if (out->t == KEEP_TRI_NO)
            *out = (struct keep_truth){KEEP_TRI_UNKNOWN, one.t == KEEP_TRI_YES ? KEEP_STR("record.codes") : one.missing};
    }
    q->facts.series = t->series;
    q->facts.labels = t->labels;
    return rc;
}

int keep_asking_day(struct keep_asking *q, const struct keep_expr *e, keep_date *out, struct keep_str *missing)
{
    struct keep_value v;
    int rc = run(q, e, &v);
    if (rc)
        return rc;
    *out = v.type == KEEP_V_DATE ? v.date : KEEP_DATE_NONE;
    if (*out == KEEP_DATE_NONE)
        *missing = v.type != KEEP_V_DATE && v.s.n && (v.type == KEEP_V_UNKNOWN || v.type == KEEP_V_ERROR) ? v.s : keep_expr_text(e);
    return 0;
}

/* --- rules remembered --- */

static bool touches(const struct keep_derived *w, struct keep_str jurisdiction)
{
    if (jurisdiction.n < 3 || memcmp(jurisdiction.p, "US-", 3) != 0)
        return true; /* US, and what is no state: a contract, the house */
    for (size_t i = 0; i < w->states; i++)
        if (keep_str_eq((struct keep_str){jurisdiction.p + 3, jurisdiction.n - 3}, w->state[i]))
            return true;
    return false;
}

static void list_rules(struct keep_asking *q, struct keep_asking_memo *m, const struct keep_derived *where)
{
    m->rules = 0;
    for (size_t i = 0; i < q->in->policy->retentions; i++)
        if (m->told[i] != NEVER && touches(where, q->in->policy->retention[i].jurisdiction))
            m->rule[m->rules++] = (uint32_t)i;
}

static struct memo_key key_of(const struct keep_tally *t, const struct keep_derived *where)
{
    struct memo_key key;
    memset(&key, 0, sizeof key); /* no stray bytes between members */
    key.also = t->also;
    key.maybe = t->maybe;
    key.labels = t->labels;
    key.labels_unknown = t->labels_unknown;
    key.state = where->states ? where->state[0].p : NULL;
    key.series = t->series;
    key.facility = t->facility;
    key.custody = (uint32_t)t->custody;
    key.states = (uint32_t)where->states;
    return key;
}

int keep_asking_begin(struct keep_asking *q, const struct keep_tally *t, const struct keep_derived *where, const uint32_t **rule, size_t *rules, struct keep_err *err)
{
    struct memo_key key = key_of(t, where);
    const unsigned char *p = (const unsigned char *)&key;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t n = q->in->policy->retentions;
    q->err = err;
    keep_facts_begin(&q->facts, t, where, err);
    for (size_t i = 0; i < sizeof key; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    struct keep_asking_memo *m = &q->memo[(h ^ h >> 32) & (MEMOS - 1)];
    if (!m->rule) {
        m->told = keep_arena_array(q->memory, n + 1, sizeof *m->told);
        m->when = keep_arena_array(q->memory, n + 1, sizeof *m->when);
        m->rule = m->told && m->when ? keep_arena_array(q->memory, n + 1, sizeof *m->rule) : NULL;
    }
    if (!m->rule)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    bool other = !m->used || memcmp(&m->key, &key, sizeof key) != 0;
    if (other)
        memset(m->told, ASK, (n + 1) * sizeof *m->told);
    if (other || !m->all || where->states > 1) /* states beyond the first are not in the key */
        list_rules(q, m, where);
    m->key = key;
    m->used = true;
    m->all = where->states <= 1;
    q->here = m;
    *rule = m->rule;
    *rules = m->rules;
    return 0;
}

int keep_asking_when(struct keep_asking *q, uint32_t rule, struct keep_truth *out)
{
    struct keep_asking_memo *m = q->here;
    int rc;
    if (m->told[rule] != ASK) {
        *out = m->when[rule];
        return 0;
    }
    q->facts.looked = false;
    rc = keep_asking_truth(q, q->in->policy->retention[rule].when, out);
    if (rc || q->facts.looked)
        return rc;
    m->when[rule] = *out;
    m->told[rule] = out->t == KEEP_TRI_NO ? NEVER : SAID;
    m->all &= out->t != KEEP_TRI_NO; /* the list is made anew without it */
    return 0;
}
