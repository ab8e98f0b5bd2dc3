/* A field that a test leaves out is unknown, and so is one of another type: the
 * compiler has complained about that before. */
#include "core/work/given.h"

#include <string.h>

const struct keep_value *keep_given_get(const struct keep_test_given *g, const char *name, enum keep_value_type type)
{
    for (size_t i = 0; i < g->fields.list.n; i++) {
        const struct keep_value *k = &g->fields.list.item[2 * i], *v = k + 1;
        if (k->type == KEEP_V_STRING && keep_str_is(k->s, name))
            return v->type == type ? v : NULL;
    }
    return NULL;
}

struct keep_str keep_given_text(const struct keep_test_given *g, const char *name)
{
    const struct keep_value *v = keep_given_get(g, name, KEEP_V_STRING);
    return v ? v->s : (struct keep_str){NULL, 0};
}

enum keep_tristate keep_given_yes_no(const struct keep_test_given *g, const char *name)
{
    const struct keep_value *v = keep_given_get(g, name, KEEP_V_BOOL);
    return !v ? KEEP_TRI_UNKNOWN : v->b ? KEEP_TRI_YES : KEEP_TRI_NO;
}

keep_time keep_given_instant(const struct keep_test_given *g, const char *name)
{
    const struct keep_value *v = keep_given_get(g, name, KEEP_V_TIMESTAMP);
    return v ? v->t : KEEP_TIME_NONE;
}

keep_date keep_given_day(const struct keep_test_given *g, const char *name)
{
    const struct keep_value *v = keep_given_get(g, name, KEEP_V_DATE);
    return v ? v->date : KEEP_DATE_NONE;
}

/* FNV-1a, never 0: equal strings, equal keys. */
static uint64_t digest(struct keep_str s)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001B3);
    return h ? h : 1;
}

void keep_given_keys(const struct keep_test_given *g, const char *name, uint64_t out[4])
{
    struct keep_str one = keep_given_text(g, name);
    const struct keep_value *many = keep_given_get(g, name, KEEP_V_LIST);
    if (one.n)
        out[0] = digest(one);
    for (size_t i = 0; many && i < many->list.n && i < 4; i++)
        out[i] = digest(many->list.item[i].s);
}
