/* The code tables that a test of a policy gives. */
#include "core/work/given.h"
#include "core/work/givens.h"

static int16_t age(const struct keep_test_given *g, const char *name)
{
    const struct keep_value *v = keep_given_get(g, name, KEEP_V_INT);
    return v && v->i >= 0 && v->i <= 999 ? (int16_t)v->i : -1;
}

static int add(struct keep_codebook *b, const struct keep_test_given *g, struct keep_err *err)
{
    struct keep_str sex = keep_given_text(g, "sex");
    const struct keep_value *most = keep_given_get(g, "most", KEEP_V_INT);
    keep_date from = keep_given_day(g, "from"), to = keep_given_day(g, "to");
    if (keep_str_is(g->word, "code"))
        return keep_codebook_code(b, &(struct keep_codetable_code){.system = keep_given_text(g, "system"), .code = keep_given_text(g, "code"), .from = from, .to = to,
                                      .sex = sex.n ? sex.p[0] : 0, .age_from = age(g, "age_from"), .age_to = age(g, "age_to"),
                                      .billable = (uint8_t)keep_given_yes_no(g, "billable"), .poa_exempt = (uint8_t)keep_given_yes_no(g, "poa_exempt")}, err);
    if (keep_str_is(g->word, "pair"))
        return keep_codebook_pair(b, &(struct keep_codetable_pair){.first = keep_given_text(g, "first"), .second = keep_given_text(g, "second"), .from = from, .to = to,
                                      .modifier = (uint8_t)keep_given_yes_no(g, "modifier")}, err);
    return keep_codebook_limit(b, &(struct keep_codetable_limit){.code = keep_given_text(g, "code"), .from = from, .to = to, .most = most && most->i >= 0 ? (uint32_t)most->i : 0,
                                   .per_day = keep_str_is(keep_given_text(g, "per"), "day")}, err);
}

int keep_givens_book(struct keep_codebook **out, const struct keep_test *t, struct keep_err *err)
{
    struct keep_codebook *b = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < t->givens; i++) {
        const struct keep_test_given *g = &t->given[i];
        if (!keep_str_is(g->word, "code") && !keep_str_is(g->word, "pair") && !keep_str_is(g->word, "limit"))
            continue;
        rc = b ? 0 : keep_codebook_new(&b, err);
        if (rc == 0)
            rc = add(b, g, err);
    }
    if (rc) {
        keep_codebook_free(b);
        return rc;
    }
    if (b)
        keep_codebook_seal(b);
    *out = b;
    return 0;
}
