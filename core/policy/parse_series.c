/*   series = 'series' STRING '{' 'title' STRING 'order' NUMBER 'per' ('patient' [',' 'facility'] | 'source') ['separable']
 *                               'when' EXPR 'authority' STRING checked '}'
 *
 * Records of one series are kept and destroyed together. The series are asked in
 * their order and the first that holds takes the record, so no two may share one. */
#include "core/policy/compile.h"

enum {
    ORDER_LIMIT = 1000000,
};

KEEP_STRING_CLAUSE(series, title, "a title in quotes")
KEEP_STRING_CLAUSE(series, authority, "an authority in quotes")
KEEP_CHECKED_CLAUSE(series)
KEEP_WHEN_CLAUSE(series, KEEP_ON(record), "the condition of a series")

static void series_order(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    int64_t n = 0;
    (void)word;
    if (keep_parse_number(c, 1, ORDER_LIMIT, &n, "an order"))
        ((struct keep_series *)block)->order = (int32_t)n;
}

static void series_per(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const words[] = {"patient", "source", NULL};
    struct keep_series *s = block;
    int k = keep_parse_choice(c, words, "`patient`, `patient, facility` or `source`");
    (void)word;
    s->per = k == 1 ? KEEP_PER_SOURCE : KEEP_PER_PATIENT;
    if (k == 0 && keep_compile_take_punct(c, ',')) {
        s->per = KEEP_PER_PATIENT_FACILITY;
        if (!keep_compile_take_word(c, "facility"))
            keep_compile_expected(c, "`facility`", NULL);
    }
}

static void series_separable(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)c;
    (void)word;
    ((struct keep_series *)block)->separable = true;
}

static const struct keep_clause clauses[] = {
    {"title", series_title, true, false}, {"order", series_order, true, false}, {"per", series_per, true, false}, {"separable", series_separable, false, false},
    {"when", series_when, true, false}, {"authority", series_authority, true, false}, {"checked", series_checked, true, false}, {NULL, NULL, false, false}};

void keep_parse_series_block(struct keep_compiler *c)
{
    struct keep_series s = {.pack = keep_parse_pack_index(c)};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_SERIES, &s.id);
    if (!id)
        return;
    s.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a series", clauses, &s, id->at);
    const struct keep_series *all = c->series.p;
    for (size_t i = KEEP_SERIES_ADMINISTRATIVE + 1; s.order && i < c->series.n; i++)
        if (all[i].order == s.order) {
            keep_compile_error(c, id->at, NULL, "series \"%.*s\" has the order %d too: which one takes a record would be left open", (int)all[i].id.n, all[i].id.p, s.order);
            break;
        }
    struct keep_series *to = keep_compile_push(c, &c->series, sizeof *to);
    if (to)
        *to = s;
}
