/* The declaration of a source, strictly: a slip of typing in a statement that
 * decides what may be destroyed is an error with its place, never a silently
 * weaker statement. The members are one table. */
#include <limits.h>
#include <stdio.h>

#include "core/ingest/fhir.h"
#include "core/ingest/ingest.h"
#include "core/model/state.h"

enum form { TEXT, DAY, FLAG, LIST, CUSTODY, STATE, ZONE };

struct declaration {
    struct keep_source *s;
    struct keep_str text;
    const char *where;
    struct keep_arena *a;
    struct keep_err *err;
};

static const struct member {
    const char *name;
    enum form form;
    size_t at;      /* in struct keep_source */
    size_t list_at; /* LIST: count and "all" flag stand there */
    size_t all_at;
} members[] = {
    {"title", TEXT, offsetof(struct keep_source, title), 0, 0},
    {"classes", LIST, offsetof(struct keep_source, klass), offsetof(struct keep_source, classes), offsetof(struct keep_source, all_classes)},
    {"facilities", LIST, offsetof(struct keep_source, facility), offsetof(struct keep_source, facilities), offsetof(struct keep_source, all_facilities)},
    {"from", DAY, offsetof(struct keep_source, from), 0, 0},
    {"through", DAY, offsetof(struct keep_source, through), 0, 0},
    {"closed_on", DAY, offsetof(struct keep_source, closed_on), 0, 0},
    {"complete", FLAG, offsetof(struct keep_source, complete), 0, 0},
    {"codes_complete", FLAG, offsetof(struct keep_source, codes_complete), 0, 0},
    {"custody", CUSTODY, offsetof(struct keep_source, custody), 0, 0},
    {"custodian", TEXT, offsetof(struct keep_source, custodian), 0, 0},
    {"locator", TEXT, offsetof(struct keep_source, locator), 0, 0},
    {"jurisdiction", STATE, offsetof(struct keep_source, jurisdiction), 0, 0},
    {"time_zone", ZONE, offsetof(struct keep_source, time_zone), 0, 0},
    {"attested_by", TEXT, offsetof(struct keep_source, attested_by), 0, 0},
};

enum { MEMBERS = sizeof members / sizeof *members, WHOLE = INT_MAX /* all of a name */ };

/* An error at byte p of the text. */
static int wrong(const struct declaration *d, const char *p, int width, const char *member, const char *text)
{
    uint64_t line = 1, col = 1;
    for (const char *q = d->text.p; q < p; q++) {
        col = *q == '\n' ? 1 : col + (((unsigned char)*q & 0xc0) != 0x80);
        line += *q == '\n';
    }
    return keep_err_at(d->err, KEEP_E_INPUT, d->where, line, col, "\"%.*s\": %s", width, member, text);
}

static int unknown_member(const struct declaration *d, const struct keep_str *name, const struct keep_json *value)
{
    enum { SHOWN = 64 };
    char list[256];
    size_t n = 0;
    /* a name without escapes is a view into the text */
    bool view = name->p > d->text.p && name->p <= d->text.p + d->text.n;
    for (size_t i = 0; i < MEMBERS; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", members[i].name);
    int rc = wrong(d, view ? name->p - 1 : value->span.p, (int)(name->n < SHOWN ? name->n : SHOWN), name->p, "a declaration has no such member");
    keep_err_hint(d->err, "members are: %s", list);
    return rc;
}

static int no_memory(const struct declaration *d)
{
    return keep_err_set(d->err, KEEP_E_NOMEM, "out of memory for a declaration");
}

static int read_list(struct declaration *d, const struct member *m, const struct keep_json *v, char *base)
{
    bool all = keep_str_is(keep_json_str(v), "all");
    if (!all && v->type != KEEP_JSON_ARRAY)
        return wrong(d, v->span.p, WHOLE, m->name, "must be \"all\" or a list of texts");
    *(bool *)(void *)(base + m->all_at) = all;
    if (all)
        return 0;
    struct keep_str *list = keep_arena_array(d->a, v->n + 1, sizeof *list);
    if (!list)
        return no_memory(d);
    for (size_t i = 0; i < v->n; i++) {
        list[i] = keep_json_str(&v->item[i]);
        if (list[i].n == 0)
            return wrong(d, v->item[i].span.p, WHOLE, m->name, "every entry must be a text");
    }
    *(const struct keep_str **)(void *)(base + m->at) = list;
    *(size_t *)(void *)(base + m->list_at) = v->n;
    return 0;
}

static int read_day(const struct declaration *d, const struct member *m, const struct keep_json *v, keep_date *out)
{
    enum keep_precision precision;
    keep_date day;
    if (v->type != KEEP_JSON_STRING || !keep_civil_parse_date(v->text, &day, &precision) || precision != KEEP_PREC_DAY)
        return wrong(d, v->span.p, WHOLE, m->name, "must be a day like \"2024-12-31\", or null");
    *out = day;
    return 0;
}

static int check_zone(const struct declaration *d, const struct member *m, const struct keep_json *v)
{
    struct keep_zone *zone = NULL;
    char name[64]; /* the longest IANA name has 32 */
    snprintf(name, sizeof name, "%.*s", (int)(v->text.n < sizeof name ? v->text.n : sizeof name - 1), v->text.p);
    if (strlen(name) != v->text.n || keep_zone_load(&zone, name, NULL) < 0)
        return wrong(d, v->span.p, WHOLE, m->name, "must be a time zone of this system, like \"America/Chicago\"");
    keep_zone_free(zone);
    return 0;
}

static int read_member(struct declaration *d, const struct member *m, const struct keep_json *v)
{
    char *base = (char *)d->s, *at = base + m->at;
    if (v->type == KEEP_JSON_NULL && m->form != FLAG)
        return 0;
    switch (m->form) {
    case LIST:
        return read_list(d, m, v, base);
    case DAY:
        return read_day(d, m, v, (keep_date *)(void *)at);
    case FLAG:
        if (v->type != KEEP_JSON_TRUE && v->type != KEEP_JSON_FALSE)
            return wrong(d, v->span.p, WHOLE, m->name, "must be true or false");
        *(bool *)(void *)at = v->type == KEEP_JSON_TRUE;
        return 0;
    case TEXT:
    case CUSTODY:
    case STATE:
    case ZONE:
        break;
    }
    if (v->type != KEEP_JSON_STRING)
        return wrong(d, v->span.p, WHOLE, m->name, "must be a text");
    if (m->form == CUSTODY) {
        int custody = keep_vocab_custody(v->text);
        if (custody < 0)
            return wrong(d, v->span.p, WHOLE, m->name, "must be \"official\", \"copy\" or \"index only\"");
        *(enum keep_custody *)(void *)at = (enum keep_custody)custody;
        return 0;
    }
    if (m->form == STATE && (v->text.n != 2 || !keep_state_code(v->text).n))
        return wrong(d, v->span.p, WHOLE, m->name, "must be the two letters of a state");
    if (m->form == ZONE) {
        int rc = check_zone(d, m, v);
        if (rc < 0)
            return rc;
    }
    *(struct keep_str *)(void *)at = m->form == STATE ? keep_state_code(v->text) : v->text;
    return 0;
}

static int read_members(struct declaration *d, const struct keep_json *json)
{
    for (size_t i = 0; i < json->n; i++) {
        size_t k = 0;
        while (k < MEMBERS && !keep_str_is(json->name[i], members[k].name))
            k++;
        int rc = k < MEMBERS ? read_member(d, &members[k], &json->item[i]) : unknown_member(d, &json->name[i], &json->item[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Days that contradict each other. */
static int check_days(const struct declaration *d, const struct keep_json *json)
{
    const struct keep_source *s = d->s;
    const char *member = s->closed_on != KEEP_DATE_NONE ? "closed_on" : "through";
    keep_date end = s->closed_on != KEEP_DATE_NONE ? s->closed_on : s->through;
    if (end != KEEP_DATE_NONE && s->from != KEEP_DATE_NONE && end < s->from)
        return wrong(d, keep_json_get(json, member)->span.p, WHOLE, member, "is before \"from\"");
    if (s->closed_on != KEEP_DATE_NONE && s->through != KEEP_DATE_NONE && s->closed_on < s->through)
        return wrong(d, keep_json_get(json, "through")->span.p, WHOLE, "through", "is after \"closed_on\"; a source is living or closed");
    return 0;
}

/* "Complete" says nothing unless it says of what. */
static int check_extent(const struct declaration *d, const struct keep_json *json)
{
    const struct keep_source *s = d->s;
    const char *at = s->complete ? keep_json_get(json, "complete")->span.p : NULL;
    if (at && !s->all_classes && s->classes == 0)
        return wrong(d, at, WHOLE, "complete", "needs \"classes\": complete for which classes");
    if (at && !s->all_facilities && s->facilities == 0)
        return wrong(d, at, WHOLE, "complete", "needs \"facilities\": complete for which facilities");
    if (at && s->through == KEEP_DATE_NONE && s->closed_on == KEEP_DATE_NONE)
        return wrong(d, at, WHOLE, "complete", "needs \"through\" or \"closed_on\": complete until when");
    return 0;
}

int keep_declare_parse(struct keep_source *out, struct keep_str text, const char *where, struct keep_arena *a, struct keep_err *err)
{
    struct keep_source s = {.from = KEEP_DATE_NONE, .through = KEEP_DATE_NONE, .closed_on = KEEP_DATE_NONE, .declared = true};
    struct declaration d = {.s = &s, .where = where, .a = a, .err = err};
    const struct keep_json *json = NULL;
    bool ok = true;
    s.text = d.text = keep_arena_str(a, text, &ok);
    if (!ok)
        return no_memory(&d);
    int rc = keep_json_parse(&json, d.text, where, a, err);
    if (rc == 0 && json->type != KEEP_JSON_OBJECT)
        rc = keep_err_at(err, KEEP_E_INPUT, where, 1, 1, "a declaration is one JSON object");
    if (rc == 0)
        rc = read_members(&d, json);
    if (rc == 0)
        rc = check_days(&d, json);
    if (rc == 0)
        rc = check_extent(&d, json);
    if (rc == 0)
        *out = s;
    return rc;
}
