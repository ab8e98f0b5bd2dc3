/* Left out is only what its source says is of a kind that the law leaves out; a
 * basis that nobody recorded, or that is not understood, is listed with what is
 * recorded. Held back is what an agency's statement on file covers today; an
 * accounting given later shows it. A disclosure without a day is listed: nobody
 * can say that it is of another time.
 *
 * Several become one only under 164.502(a)(2)(ii) or 164.512, for the same
 * recipient, basis and purpose, word for word. */
#include "core/work/accounting.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/zone.h"
#include "core/store/load.h"
#include "core/text/json.h"

#define CLASS "disclosure"

struct making {
    struct keep_store *s;
    const struct keep_accounting_params *p;
    struct keep_accounting *a;
    struct keep_zone *zone;
    uint32_t patient;
    size_t room;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static size_t source_at(const struct keep_world *w, uint32_t id)
{
    size_t i = 0;
    while (i < w->sources && w->source[i].id != id)
        i++;
    return i;
}

static bool declares(const struct keep_source *s)
{
    for (size_t i = 0; i < s->classes; i++)
        if (keep_disclosure_kind(s->klass[i]))
            return true;
    return false;
}

/* --- the entries --- */

static bool of_period(const struct making *m, keep_date d)
{
    return d == KEEP_DATE_NONE || (d >= m->p->from && d <= m->p->through);
}

static int add_entry(struct making *m, const struct keep_accounting_entry *e, struct keep_err *err)
{
    struct keep_accounting *a = m->a;
    if (!of_period(m, e->first))
        return 0;
    if (a->entries == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        struct keep_accounting_entry *list = keep_arena_array(a->arena, room, sizeof *list);
        if (!list)
            return no_memory(err);
        if (a->entries)
            memcpy(list, a->entry, a->entries * sizeof *list);
        a->entry = list;
        m->room = room;
    }
    a->count[e->fate]++;
    a->entry[a->entries++] = *e;
    return 0;
}

/* basis, until and the day are set. */
static void decide(const struct making *m, struct keep_accounting_entry *e, const struct keep_disclosure *d)
{
    e->paragraph = keep_disclosure_bases[e->basis].paragraph;
    e->until = KEEP_DATE_NONE;
    if (!e->paragraph && e->first != KEEP_DATE_NONE && e->first < keep_disclosure_first())
        e->paragraph = "(ix)";
    if (e->paragraph)
        e->fate = KEEP_ACCOUNTING_LEFT_OUT;
    else if (d && keep_disclosure_suspended(d, m->p->today, &e->until))
        e->fate = KEEP_ACCOUNTING_SUSPENDED;
    else
        e->fate = e->first == KEEP_DATE_NONE ? KEEP_ACCOUNTING_UNDATED : KEEP_ACCOUNTING_LISTED;
}

static struct keep_str format(struct making *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static struct keep_str format(struct making *m, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    return keep_arena_str(m->a->arena, (struct keep_str){text, len}, NULL);
}

static keep_date day_of(const struct keep_record *r)
{
    for (size_t i = 0; i < r->days; i++)
        if (r->day[i].day == KEEP_DAY_DISCLOSED)
            return r->day[i].date;
    return r->created != KEEP_DATE_NONE ? r->created : r->service_last;
}

static int add_record(struct making *m, const struct keep_record *r, struct keep_err *err)
{
    const struct keep_world *w = &m->a->cover.world;
    struct keep_load_disclosure told = {.told = false};
    struct keep_accounting_entry e = {.first = day_of(r), .times = 1, .source = source_at(w, r->source)};
    bool gone = keep_vocab_retracted(r->status);
    int rc = keep_load_disclosure(m->s, r->id, m->a->arena, &told, err);
    if (rc != 0)
        return rc < 0 ? rc : 0; /* destroyed in its time */
    const struct keep_disclosure *d = told.told ? &told.disclosure : NULL;
    e.last = e.first;
    e.recipient = d && d->recipient.n ? d->recipient : told.title;
    if (d) {
        e.address = d->address;
        e.what = d->what;
        e.purpose = d->purpose;
        e.request = d->request;
        e.basis_text = d->basis;
        e.agency = d->agency;
    }
    e.basis = keep_disclosure_basis_of(e.basis_text);
    if (told.custodian.n || told.locator.n)
        e.kept_at = format(m, "%.*s%s%.*s", (int)told.custodian.n, told.custodian.p, told.custodian.n && told.locator.n ? ", " : "", (int)told.locator.n, told.locator.p);
    e.id = format(m, "%.*s:record %llu", (int)w->source[e.source].name.n, w->source[e.source].name.p, (unsigned long long)r->id);
    decide(m, &e, d);
    if (gone)
        e.fate = KEEP_ACCOUNTING_RETRACTED;
    return add_entry(m, &e, err);
}

static int from_records(struct making *m, struct keep_err *err)
{
    const struct keep_world *w = &m->a->cover.world;
    struct keep_load_records *open = NULL;
    struct keep_record_scan scan;
    struct keep_record r;
    int more = 0, rc = keep_load_records_open(&open, m->s, w, &scan, err);
    if (rc == 0)
        keep_load_records_only(open, &m->patient, 1);
    while (rc == 0 && (more = scan.next(scan.ctx, &r, err)) == 1)
        if (keep_disclosure_kind(w->term[r.kind]) && source_at(w, r.source) < w->sources)
            rc = add_record(m, &r, err);
    keep_load_records_close(open);
    return rc < 0 ? rc : more < 0 ? more : 0;
}

/* --- an exchange's log --- */

static enum keep_disclosure_basis basis_of_purpose(int purpose)
{
    switch (purpose) {
    case KEEP_PURPOSE_TREAT:
    case KEEP_PURPOSE_ETREAT:
    case KEEP_PURPOSE_BTG: return KEEP_DISCLOSURE_TREATMENT;
    case KEEP_PURPOSE_HPAYMT: return KEEP_DISCLOSURE_PAYMENT;
    case KEEP_PURPOSE_HOPERAT: return KEEP_DISCLOSURE_OPERATIONS;
    case KEEP_PURPOSE_PATRQT: return KEEP_DISCLOSURE_INDIVIDUAL;
    case KEEP_PURPOSE_HRESCH: return KEEP_DISCLOSURE_RESEARCH;
    case KEEP_PURPOSE_PUBHLTH: return KEEP_DISCLOSURE_PUBLIC_HEALTH;
    default: return KEEP_DISCLOSURE_UNKNOWN;
    }
}

/* Who asked for it, by name where the log has one. */
static int recipient_of(struct making *m, const struct keep_events *b, uint32_t i, struct keep_str *out, struct keep_err *err)
{
    struct keep_buf json = KEEP_BUF_INIT, raw = KEEP_BUF_INIT;
    const struct keep_json *v = NULL;
    bool fits = true;
    int rc = keep_load_event_detail(m->s, b->source, b->ordinal[i], &json, &raw, err);
    if (rc == 0 && keep_json_parse(&v, keep_buf_view(&json), NULL, m->a->arena, NULL) == 0)
        *out = keep_arena_str(m->a->arena, keep_json_str(keep_json_get(v, "account_name")), &fits);
    keep_buf_free(&json);
    keep_buf_free(&raw);
    if (rc >= 0 && out->n == 0 && b->account[i] != KEEP_ID_NONE)
        *out = m->a->cover.world.account[b->account[i]].login;
    return rc < 0 ? rc : fits ? 0 : no_memory(err);
}

static int add_event(struct making *m, const struct keep_events *b, uint32_t i, size_t source, struct keep_err *err)
{
    const struct keep_world *w = &m->a->cover.world;
    keep_date day = keep_zone_date(m->zone, b->time[i]);
    struct keep_accounting_entry e = {.first = day, .last = day, .times = 1, .source = source, .basis = basis_of_purpose(b->purpose[i])};
    if (!of_period(m, day))
        return 0;
    int rc = recipient_of(m, b, i, &e.recipient, err);
    if (rc < 0)
        return rc;
    if (b->place[i] != KEEP_ID_NONE)
        e.address = w->term[b->place[i]];
    if (b->purpose[i] != KEEP_PURPOSE_UNKNOWN)
        e.purpose = e.basis_text = keep_str_of(keep_vocab_purpose_word(b->purpose[i]));
    e.id = format(m, "%.*s:%llu", (int)w->source[source].name.n, w->source[source].name.p, (unsigned long long)b->ordinal[i]);
    decide(m, &e, NULL);
    return add_entry(m, &e, err);
}

static int from_logs(struct making *m, struct keep_err *err)
{
    const struct keep_world *w = &m->a->cover.world;
    struct keep_load_events *open = NULL;
    struct keep_event_scan scan;
    struct keep_events b;
    bool any = false;
    for (size_t i = 0; i < m->a->sources; i++)
        any |= m->a->source[i].log;
    if (!any)
        return 0;
    int more = 0, rc = keep_load_events_open(&open, m->s, w, &scan, err);
    while (rc == 0 && (more = scan.next(scan.ctx, &b, err)) == 1) {
        size_t at = source_at(w, b.source);
        for (uint32_t i = 0; rc == 0 && at < w->sources && declares(&w->source[at]) && i < b.n; i++)
            if (b.patient[i] == m->patient && b.action[i] == KEEP_ACTION_EXPORT && b.outcome[i] != KEEP_OUTCOME_SERIOUS && b.outcome[i] != KEEP_OUTCOME_MAJOR)
                rc = add_event(m, &b, i, at, err);
    }
    keep_load_events_close(open);
    return rc < 0 ? rc : more < 0 ? more : 0;
}

/* --- the sources --- */

/* One class of a source that holds disclosures. */
static int add_source(struct making *m, const struct keep_coverage_class *k, struct keep_err *err)
{
    struct keep_accounting *a = m->a;
    const struct keep_source *s = &a->cover.world.source[k->source];
    struct keep_source said = *s; /* what it was declared, whatever lies in quarantine: that is told beside it */
    struct keep_coverage_gap *gap = keep_arena_array(a->arena, k->gaps + 1, sizeof *gap);
    if (!gap)
        return no_memory(err);
    struct keep_accounting_source *out = &a->source[a->sources++];
    *out = (struct keep_accounting_source){.source = k->source, .rows = k->rows, .first = k->first, .last = k->last, .declared = s->declared, .log = k->log, .gap = gap};
    said.unread = 0;
    for (size_t i = 0; i < s->classes; i++)
        out->complete |= keep_disclosure_kind(s->klass[i]) && keep_source_covers(&said, s->klass[i], (struct keep_str){NULL, 0}, m->p->from, m->p->through);
    out->complete |= keep_source_covers(&said, KEEP_STR(CLASS), (struct keep_str){NULL, 0}, m->p->from, m->p->through);
    out->unread = s->unread;
    a->complete &= out->complete && out->unread == 0;
    for (size_t i = 0; i < k->gaps; i++)
        if (keep_zone_date(m->zone, k->gap[i].from) <= m->p->through && keep_zone_date(m->zone, k->gap[i].to) >= m->p->from)
            gap[out->gaps++] = k->gap[i];
    return 0;
}

static int find_sources(struct making *m, struct keep_err *err)
{
    struct keep_accounting *a = m->a;
    int rc = (a->source = keep_arena_array(a->arena, a->cover.classes + 1, sizeof *a->source)) ? 0 : no_memory(err);
    a->complete = true;
    for (size_t i = 0; rc == 0 && i < a->cover.classes; i++) {
        const struct keep_coverage_class *k = &a->cover.klass[i];
        if (k->log ? declares(&a->cover.world.source[k->source]) : keep_disclosure_kind(k->name))
            rc = add_source(m, k, err);
    }
    a->complete &= a->sources > 0;
    return rc;
}

/* --- several as one --- */

static int by_recipient(const void *x, const void *y)
{
    const struct keep_accounting_entry *a = x, *b = y;
    int c;
    if (a->fate != b->fate)
        return a->fate < b->fate ? -1 : 1;
    if (a->basis != b->basis)
        return a->basis < b->basis ? -1 : 1;
    if ((c = keep_str_order(a->recipient, b->recipient)) != 0 || (c = keep_str_order(a->purpose, b->purpose)) != 0)
        return c;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return keep_str_order(a->id, b->id);
}

static int by_day(const void *x, const void *y)
{
    const struct keep_accounting_entry *a = x, *b = y;
    if (a->fate != b->fate)
        return a->fate < b->fate ? -1 : 1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return by_recipient(x, y);
}

static bool one_series(const struct keep_accounting_entry *a, const struct keep_accounting_entry *b)
{
    return a->fate == KEEP_ACCOUNTING_LISTED && b->fate == a->fate && b->basis == a->basis && keep_disclosure_bases[a->basis].series && a->recipient.n && a->purpose.n &&
           keep_str_eq(a->recipient, b->recipient) && keep_str_eq(a->purpose, b->purpose);
}

static void put_in_order(struct making *m)
{
    struct keep_accounting *a = m->a;
    size_t n = 0;
    if (a->entries == 0)
        return;
    qsort(a->entry, a->entries, sizeof *a->entry, by_recipient);
    for (size_t i = 0; i < a->entries; i++) {
        if (n > 0 && !m->p->each && one_series(&a->entry[n - 1], &a->entry[i])) {
            a->entry[n - 1].times++;
            a->entry[n - 1].last = a->entry[i].last;
        } else {
            a->entry[n++] = a->entry[i];
        }
    }
    a->entries = n;
    qsort(a->entry, n, sizeof *a->entry, by_day);
}

int keep_accounting_run(struct keep_accounting *out, struct keep_store *s, const struct keep_accounting_params *p, struct keep_err *err)
{
    struct making m = {.s = s, .p = p, .a = out};
    struct keep_coverage_params cp = {.packs = NULL, .progress = p->progress, .ctx = p->progress_ctx};
    memset(out, 0, sizeof *out);
    out->from = p->from;
    out->through = p->through;
    out->arena = keep_arena_new(0);
    int rc = out->arena ? keep_coverage_run(&out->cover, s, &cp, err) : no_memory(err);
    if (rc == 0)
        rc = keep_zone_load(&m.zone, keep_store_zone(s), err);
    if (rc == 0 && (m.patient = p->patient(p->ctx, &out->cover.world, err)) == KEEP_ID_NONE)
        rc = err->code;
    if (rc == 0)
        rc = find_sources(&m, err);
    if (rc == 0)
        rc = from_records(&m, err);
    if (rc == 0)
        rc = from_logs(&m, err);
    if (rc == 0)
        put_in_order(&m);
    keep_zone_free(m.zone);
    return rc;
}

void keep_accounting_free(struct keep_accounting *a)
{
    keep_coverage_free(&a->cover);
    keep_arena_free(a->arena);
    memset(a, 0, sizeof *a);
}

void keep_accounting_missing(const struct keep_accounting_entry *e, struct keep_buf *out)
{
    const struct {
        bool there;
        const char *word;
    } part[] = {{e->first != KEEP_DATE_NONE, "date"}, {e->recipient.n > 0, "recipient"}, {e->what.n > 0, "description"}, {e->purpose.n || e->request.n, "purpose"}};
    bool first = true;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (!part[i].there) {
            keep_buf_printf(out, "%s%s", first ? "" : ", ", part[i].word);
            first = false;
        }
}
