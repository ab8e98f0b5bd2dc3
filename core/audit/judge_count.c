/* What several judges counted, together. Each numbers the texts of what was
 * missing as it meets them, so they are added up by text. */
#include <stdlib.h>
#include <string.h>

#include "core/audit/judge_inside.h"

struct keep_str keep_judge_unknown(const struct keep_judge *j, uint32_t unknown, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    const struct keep_state *s = &j->states.state[unknown - 1];
    uint64_t said[KEEP_CONJUNCT_MISSING / 64 + 1] = {0};
    for (uint32_t k = 0; k < s->unknowns; k++) {
        uint32_t m = (s->unknown[k] & 0xFF) - KEEP_CODE_UNKNOWN;
        if (said[m / 64] >> m % 64 & 1)
            continue;
        said[m / 64] |= UINT64_C(1) << m % 64;
        keep_buf_str(&b, b.n ? ", " : "");
        keep_buf_add(&b, j->c.missing[m].p, j->c.missing[m].n);
    }
    bool ok = true;
    struct keep_str out = keep_arena_str(a, keep_buf_view(&b), &ok);
    if (!ok || b.failed)
        out = (struct keep_str){NULL, 0};
    keep_buf_free(&b);
    return out;
}

/* What was missing, by text: judges number the texts each as they met them. */
struct missed {
    struct keep_str text[KEEP_CONJUNCT_MISSING];
    size_t texts;
    uint64_t (*sum)[KEEP_CONJUNCT_MISSING]; /* [access + explanation] */
};

static size_t text_number(struct missed *m, struct keep_str s)
{
    size_t i = 0;
    while (i < m->texts && !keep_str_eq(m->text[i], s))
        i++;
    if (i == KEEP_CONJUNCT_MISSING)
        return 0;
    m->text[i] = s;
    m->texts += i == m->texts;
    return i;
}

static void add_missed(struct missed *m, const struct keep_judge *j)
{
    size_t number[KEEP_CONJUNCT_MISSING], rules = j->c.p->accesses + j->c.p->explanations;
    for (size_t i = 0; i < j->c.missings; i++)
        number[i] = text_number(m, j->c.missing[i]);
    for (size_t r = 0; r < rules; r++)
        for (size_t i = 0; i < j->c.missings; i++)
            m->sum[r][number[i]] += j->unable[r][i];
    for (size_t i = 0; i < j->states.n; i++)
        for (uint32_t k = 0; k < j->states.state[i].unables; k++)
            m->sum[j->states.state[i].unable[k] >> 8][number[(j->states.state[i].unable[k] & 0xFF) - KEEP_CODE_UNKNOWN]] += j->states.state[i].events;
}

/* Is a the text to name rather than b? The one met more often, of equals the first in the alphabet. */
static bool rather(const struct missed *m, const uint64_t *sum, size_t a, size_t b)
{
    if (sum[a] != sum[b])
        return sum[a] > sum[b];
    size_t n = m->text[a].n < m->text[b].n ? m->text[a].n : m->text[b].n;
    int c = memcmp(m->text[a].p, m->text[b].p, n);
    return c ? c < 0 : m->text[a].n < m->text[b].n;
}

int keep_judge_counts(struct keep_judge *const *judge, size_t n, struct keep_arena *a, struct keep_audit_rule_count *access,
                      struct keep_audit_rule_count *explanation)
{
    size_t accesses = judge[0]->c.p->accesses, rules = accesses + judge[0]->c.p->explanations;
    struct missed m = {.sum = calloc(rules + 1, sizeof *m.sum)};
    bool ok = m.sum != NULL;
    for (size_t k = 0; ok && k < n; k++)
        add_missed(&m, judge[k]);
    for (size_t i = 0; ok && i < rules; i++) {
        struct keep_audit_rule_count *c = i < accesses ? &access[i] : &explanation[i - accesses];
        size_t most = 0;
        for (size_t k = 0; k < n; k++) {
            c->fired += judge[k]->fired[i];
            c->excepted += i < accesses ? judge[k]->excepted[i] : 0;
        }
        for (size_t t = 0; t < m.texts; t++) {
            c->unable += m.sum[i][t];
            if (rather(&m, m.sum[i], t, most))
                most = t;
        }
        c->missing = c->unable ? keep_arena_str(a, m.text[most], &ok) : (struct keep_str){NULL, 0};
    }
    free(m.sum);
    return ok ? 0 : KEEP_E_NOMEM;
}
