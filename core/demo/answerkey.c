/* One row a violation or look-alike, and a summary by which an audit can be
 * measured: how many cases a person would look at. */
#include "core/demo/answerkey.h"

#include <stdio.h>

#include "core/demo/sheet.h"

static const struct {
    const char *rule, *word, *what;
} kinds[] = {
#define X(name, rule, word, what) {rule, word, what},
    KEEP_PLANT_KINDS(X)
#undef X
}, innocents[] = {
#define X(name, word, what) {NULL, word, what},
    KEEP_PLANT_INNOCENTS(X)
#undef X
};
static const char *const shapes[KEEP_PLANT_SHAPES] = {"loud", "plain", "quiet"};

static void key_row(struct keep_sheet *s, const struct keep_plants *p, const struct keep_plant *x)
{
    struct keep_jsonw *w = &s->json;
    char text[KEEP_CAST_TEXT];
    bool one = x->patient != KEEP_CAST_NOBODY;
    keep_jsonw_object(w);
    keep_sheet_member(s, "truth", x->innocent ? "innocent" : "planted");
    keep_sheet_member(s, "rule", x->innocent ? NULL : kinds[x->kind].rule);
    keep_sheet_member(s, "kind", x->innocent ? innocents[x->kind].word : kinds[x->kind].word);
    keep_sheet_member(s, "shape", shapes[x->shape]);
    if (x->staff != KEEP_CAST_NOBODY)
        keep_cast_login(p->cast, x->staff, text);
    keep_sheet_member(s, "account", x->staff != KEEP_CAST_NOBODY ? text : NULL);
    if (one)
        keep_cast_id(p->cast, 'p', x->patient, text);
    keep_sheet_member(s, "patient", one ? text : NULL);
    if (one)
        keep_cast_mrn(p->cast, x->patient, text);
    keep_sheet_member(s, "mrn", one ? text : NULL);
    keep_jsonw_key(w, "events");
    keep_jsonw_array(w);
    for (uint32_t i = 0; i < x->deeds; i++) {
        snprintf(text, sizeof text, "access:%llu", (unsigned long long)p->deed[x->deed + i].row);
        keep_jsonw_z(w, text);
    }
    keep_jsonw_end_array(w);
    keep_sheet_member(s, "evidence", x->innocent ? innocents[x->kind].what : kinds[x->kind].what);
    keep_jsonw_end_object(w);
}

static int write_rows(const struct keep_plants *p, struct keep_err *err)
{
    struct keep_sheet s = {0};
    int rc = keep_sheet_open(&s, p->cast->p->dirfd, "answer-key.ndjson", err);
    for (uint32_t i = 0; i < p->n && rc == 0; i++) {
        key_row(&s, p, &p->plant[i]);
        rc = keep_sheet_row(&s, err);
    }
    return keep_sheet_end(&s, rc, err);
}

static void number(struct keep_sheet *s, const char *member, uint64_t v)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_i64(&s->json, (int64_t)v);
}

/* Kinds that have none. */
static void absent(struct keep_sheet *s, const struct keep_plants *p)
{
    bool has[KEEP_PLANT_KIND_COUNT] = {false};
    for (uint32_t i = 0; i < p->planted; i++)
        has[p->plant[i].kind] = true;
    keep_jsonw_key(&s->json, "not_planted");
    keep_jsonw_array(&s->json);
    for (int k = 0; k < KEEP_PLANT_KIND_COUNT; k++)
        if (!has[k])
            keep_jsonw_z(&s->json, kinds[k].word);
    keep_jsonw_end_array(&s->json);
}

static int write_summary(const struct keep_plants *p, struct keep_err *err)
{
    enum { PER_MILLION = 15 };
    struct keep_sheet s = {0};
    uint64_t few = (p->cast->p->events * PER_MILLION + 999999) / 1000000, twice = (uint64_t)p->planted * 2;
    int rc = keep_sheet_open(&s, p->cast->p->dirfd, "answer-summary.json", err);
    if (rc < 0)
        return rc;
    keep_jsonw_object(&s.json);
    number(&s, "schema_version", 1);
    number(&s, "events", p->cast->p->events);
    number(&s, "planted", p->planted);
    number(&s, "innocent", p->n - p->planted);
    number(&s, "capacity", few > twice ? few : twice);
    absent(&s, p);
    keep_jsonw_end_object(&s.json);
    return keep_sheet_end(&s, keep_sheet_row(&s, err), err);
}

int keep_answerkey_write(const struct keep_plants *p, struct keep_err *err)
{
    int rc = write_rows(p, err);
    return rc == 0 ? write_summary(p, err) : rc;
}
