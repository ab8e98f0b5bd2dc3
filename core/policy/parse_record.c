/* The blocks about records: series, label. Their grammar stands in parse.c. */
#include <stdio.h>
#include <string.h>

#include "core/policy/compile.h"

enum {
    ORDER_LIMIT = 1000000,
};

/* --- series --- */

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

static const struct keep_clause series_clauses[] = {
    {"title", series_title, true, false}, {"order", series_order, true, false}, {"per", series_per, true, false}, {"separable", series_separable, false, false},
    {"when", series_when, true, false}, {"authority", series_authority, true, false}, {"checked", series_checked, true, false}, {NULL, NULL, false, false}};

void keep_parse_series_block(struct keep_compiler *c)
{
    struct keep_series s = {.pack = keep_parse_pack_index(c)};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_SERIES, &s.id);
    if (!id)
        return;
    s.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a series", series_clauses, &s, id->at);
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

/* --- label --- */

struct label_draft {
    struct keep_label label;
    bool historic;
    const struct keep_token *when;
};

static void label_title(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_string(c, &((struct label_draft *)block)->label.title, "a title in quotes");
}

static void label_authority(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_string(c, &((struct label_draft *)block)->label.authority, "an authority in quotes");
}

static void label_checked(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    keep_parse_checked(c, &((struct label_draft *)block)->label.check, word);
}

static void label_historic(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_str why;
    (void)word;
    keep_compile_take_word(c, "none");
    ((struct label_draft *)block)->historic = keep_parse_string(c, &why, "what the historic codes are, or why there are none");
}

/* Code systems that replace their codes, or were replaced: a label that names one of the first and none of the last
 * is blind for the records that come due, which are old. */
static void current_only(struct keep_compiler *c, const struct keep_token *from, struct keep_span id)
{
    static const char *const living[] = {"ICD-10-CM", "ICD-10-PCS", "CPT", "HCPCS"};
    bool current = false, past = false;
    for (const struct keep_token *t = from; t < &c->file->token[c->at]; t++) {
        if (t->kind != KEEP_T_STRING)
            continue;
        for (size_t i = 0; i < sizeof living / sizeof *living; i++)
            current = current || keep_str_is(t->s, living[i]);
        past = past || keep_str_is(t->s, "ICD-9-CM");
    }
    if (current && !past)
        keep_compile_warn(c, id, "add the codes of ICD-9-CM and the retired ones, then `historic \"which they are\"`; or `historic none \"why\"`",
                          "this label knows only current codes");
}

static void label_when(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct label_draft *d = block;
    d->when = word;
    c->in_label = true;
    d->label.when = keep_typecheck_clause(c, KEEP_V_BOOL, KEEP_ON(record), "the condition of a label");
    c->in_label = false;
}

static const struct keep_clause label_clauses[] = {
    {"title", label_title, true, false}, {"when", label_when, true, false}, {"authority", label_authority, true, false}, {"checked", label_checked, true, false},
    {"historic", label_historic, false, false}, {NULL, NULL, false, false}};

void keep_parse_label_block(struct keep_compiler *c)
{
    struct label_draft d = {.label = {.pack = keep_parse_pack_index(c)}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_LABEL, &d.label.id);
    if (!id)
        return;
    d.label.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a label", label_clauses, &d, id->at);
    if (d.when && !d.historic)
        current_only(c, d.when, id->at);
    if (c->labels.n == KEEP_POLICY_LABELS)
        keep_compile_error(c, id->at, NULL, "a policy has at most %d labels", KEEP_POLICY_LABELS);
    struct keep_label *to = keep_compile_push(c, &c->labels, sizeof *to);
    if (to)
        *to = d.label;
}
