/* All little-endian; a text is its length (u32) and its bytes.
 *
 *   head  "KC" u8 format | digest | u32 parts | u64 accesses | u64 opened | i64 newest | u64 whole
 *         u32 sources, each: u32 source, u64 ordinal
 *         per access rule, then per explanation: u64 fired, excepted, unable, text missing
 *         u64 fingerprint of what concerns everybody
 *         u32 patients, each: u32 entity, u64 fingerprint; u32 accounts, likewise
 *         u32 late writers, each: u32 worker, u32 patient, i64 first access
 *         u32 accounts used, i32 first day; each: u32 account, i32 from, u32 words, u64 a word of days
 *   part  "KP" u8 format | u32 texts, each | u32 hits, each as put_hit says
 *         u32 gone, each: u32 source, u64 ordinal
 */
#include "core/audit/carrypack.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/terms.h"

enum {
    FORMAT = 1,
    PRINT = 12, /* bytes: an entity and its fingerprint */
    HIT = 66,   /* of an access, without the numbers of its rules */
};

/* ---- writing ---- */

static void put_entity(struct keep_buf *b, uint64_t entity, bool *fits)
{
    *fits &= entity <= UINT32_MAX;
    keep_buf_u32(b, (uint32_t)entity);
}

static int written(const struct keep_buf *b, bool fits, struct keep_err *err)
{
    if (!fits)
        return keep_err_set(err, KEEP_E_LIMIT, "more people and accounts than an audit can go on with");
    return b->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static void put_counts(struct keep_buf *b, const struct keep_audit_rule_count *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        keep_buf_u64(b, c[i].fired);
        keep_buf_u64(b, c[i].excepted);
        keep_buf_u64(b, c[i].unable);
        keep_buf_bytes(b, c[i].missing.p, c[i].missing.n);
    }
}

static void put_idle(struct keep_buf *b, const struct keep_idle *d, const struct keep_world *w, bool *fits)
{
    uint32_t used = 0;
    for (size_t i = 0; i < d->accounts; i++)
        used += d->of[i].words != 0;
    keep_buf_u32(b, used);
    keep_buf_u32(b, (uint32_t)(d->accounts ? d->first : KEEP_DATE_NONE));
    for (size_t i = 0; i < d->accounts; i++) {
        const struct keep_idle_days *r = &d->of[i];
        if (!r->words)
            continue;
        put_entity(b, w->account[i].entity, fits);
        keep_buf_u32(b, (uint32_t)r->from);
        keep_buf_u32(b, r->words);
        for (uint32_t k = 0; k < r->words; k++)
            keep_buf_u64(b, r->bit[k]);
    }
}

int keep_carrypack_head(const struct keep_carry *after, const struct keep_policy *p, const struct keep_world *w, const struct keep_prints *prints,
                        const uint8_t digest[KEEP_CARRYPACK_DIGEST], uint32_t parts, struct keep_buf *out, struct keep_err *err)
{
    bool fits = after->lates <= UINT32_MAX && w->patients <= UINT32_MAX;
    keep_buf_str(out, "KC");
    keep_buf_u8(out, FORMAT);
    keep_buf_add(out, digest, KEEP_CARRYPACK_DIGEST);
    keep_buf_u32(out, parts);
    keep_buf_u64(out, after->events);
    keep_buf_u64(out, after->opened);
    keep_buf_u64(out, (uint64_t)after->newest);
    keep_buf_u64(out, after->whole);
    keep_buf_u32(out, (uint32_t)after->sources);
    for (size_t i = 0; i < after->sources; i++) {
        keep_buf_u32(out, after->since[i].source);
        keep_buf_u64(out, after->since[i].ordinal);
    }
    put_counts(out, after->access, p->accesses);
    put_counts(out, after->explanation, p->explanations);
    keep_buf_u64(out, prints->whole);
    keep_buf_u32(out, (uint32_t)w->patients);
    for (size_t i = 0; i < w->patients; i++) {
        put_entity(out, w->patient[i].entity, &fits);
        keep_buf_u64(out, prints->patient[i]);
    }
    keep_buf_u32(out, (uint32_t)w->accounts);
    for (size_t i = 0; i < w->accounts; i++) {
        put_entity(out, w->account[i].entity, &fits);
        keep_buf_u64(out, prints->account[i]);
    }
    keep_buf_u32(out, (uint32_t)after->lates);
    for (size_t i = 0; i < after->lates; i++) {
        put_entity(out, w->worker[after->late[i].worker].entity, &fits);
        put_entity(out, w->patient[after->late[i].patient].entity, &fits);
        keep_buf_u64(out, (uint64_t)after->late[i].first);
    }
    put_idle(out, &after->idle, w, &fits);
    return written(out, fits, err);
}

static void put_hit(struct keep_buf *b, const struct keep_carry *c, const struct keep_carry_hit *h, uint32_t texts, const struct keep_world *w, bool *fits)
{
    keep_buf_u64(b, (uint64_t)h->time);
    keep_buf_u64(b, h->ordinal);
    keep_buf_u64(b, h->evidence);
    keep_buf_u64(b, h->taken);
    keep_buf_u32(b, h->source);
    put_entity(b, h->account == KEEP_ID_NONE ? 0 : w->account[h->account].entity, fits);
    put_entity(b, h->patient == KEEP_ID_NONE ? 0 : w->patient[h->patient].entity, fits);
    keep_buf_u32(b, h->place);
    keep_buf_u32(b, h->unit);
    keep_buf_u32(b, h->unknown ? h->unknown + texts : 0);
    keep_buf_u32(b, (uint32_t)h->class << 16 | (uint16_t)h->reason);
    keep_buf_u32(b, (uint32_t)h->fired_n << 16 | (uint16_t)h->explanation);
    keep_buf_u8(b, h->verdict);
    keep_buf_u8(b, h->own_late);
    for (uint32_t k = 0; k < h->fired_n; k++)
        keep_buf_u32(b, c->word[h->fired + k]);
}

/* The texts of both, those of `before` first. */
static void put_texts(struct keep_buf *out, const struct keep_carry *old, const struct keep_carry *after)
{
    keep_buf_u32(out, (uint32_t)((old ? old->texts : 0) + after->texts));
    for (size_t i = 0; old && i < old->texts; i++)
        keep_buf_bytes(out, old->text[i].p, old->text[i].n);
    for (size_t i = 0; i < after->texts; i++)
        keep_buf_bytes(out, after->text[i].p, after->text[i].n);
}

/* Which of what earlier parts hold is gone by this audit. */
static void put_gone(struct keep_buf *out, const struct keep_carry *before)
{
    uint32_t n = 0;
    for (size_t i = 0; before && i < before->hits; i++)
        n += before->hit[i].state == KEEP_CARRY_JUDGED;
    keep_buf_u32(out, n);
    for (size_t i = 0; n && i < before->hits; i++)
        if (before->hit[i].state == KEEP_CARRY_JUDGED) {
            keep_buf_u32(out, before->hit[i].source);
            keep_buf_u64(out, before->hit[i].ordinal);
        }
}

int keep_carrypack_part(struct keep_carrypack_adding *p, struct keep_buf *out, struct keep_err *err)
{
    const struct keep_carry *old = p->all ? p->before : NULL, *after = p->after;
    uint32_t texts = old ? (uint32_t)old->texts : 0;
    struct keep_buf hits = KEEP_BUF_INIT;
    size_t n = 0;
    bool fits = true;
    for (; old && p->old < old->hits && n < p->most; p->old++)
        if (old->hit[p->old].state == KEEP_CARRY_STANDS) {
            put_hit(&hits, old, &old->hit[p->old], 0, p->world, &fits);
            n++;
        }
    for (; p->at < after->hits && n < p->most; p->at++, n++)
        put_hit(&hits, after, &after->hit[p->at], texts, p->world, &fits);
    int more = n || !p->begun;
    if (more) {
        keep_buf_str(out, "KP");
        keep_buf_u8(out, FORMAT);
        put_texts(out, old, after);
        keep_buf_u32(out, (uint32_t)n);
        keep_buf_add(out, hits.p, hits.n);
        put_gone(out, old || p->begun ? NULL : p->before);
    }
    p->begun = true;
    out->failed |= hits.failed;
    keep_buf_free(&hits);
    int rc = written(out, fits, err);
    return rc ? rc : more;
}

/* ---- reading ---- */

/* What is left to read; ends at the first step that goes beyond. */
struct cursor {
    const uint8_t *p;
    size_t n;
    bool bad;
};

static const uint8_t *take(struct cursor *c, size_t n)
{
    static const uint8_t nothing[HIT];
    const uint8_t *p = c->p;
    if (c->bad || n > c->n) {
        c->bad = true;
        return nothing; /* as long as the longest that is read without being asked for first */
    }
    c->p += n;
    c->n -= n;
    return p;
}

static uint64_t number(struct cursor *c, size_t n)
{
    const uint8_t *p = take(c, n);
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static uint32_t u32(struct cursor *c)
{
    return (uint32_t)number(c, 4);
}

/* A number of things of at least `least` bytes each. */
static uint32_t many(struct cursor *c, size_t least)
{
    uint32_t n = u32(c);
    if (c->bad || n > c->n / least) {
        c->bad = true;
        return 0;
    }
    return n;
}

static struct keep_str text(struct cursor *c, struct keep_arena *a, bool *ok)
{
    uint32_t n = many(c, 1);
    const uint8_t *p = n ? take(c, n) : NULL;
    return c->bad || !n ? (struct keep_str){NULL, 0} : keep_arena_str(a, (struct keep_str){(const char *)p, n}, ok);
}

static int malformed(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "what an earlier audit left cannot be read");
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* known: in the format that is written now. */
static bool begins(struct cursor *c, char kind, bool *known)
{
    const uint8_t *p = take(c, 3);
    *known = p[2] == FORMAT;
    return p[0] == 'K' && p[1] == (uint8_t)kind;
}

/* Entity -> index, and one more: entities of a keep are numbered from 1, so an array holds them. */
struct keep_carrypack_people {
    uint32_t *patient, *worker, *account;
    uint64_t entities;
};

static uint32_t place(const struct keep_carrypack_people *m, const uint32_t *of, uint64_t entity)
{
    return entity < m->entities ? of[entity] - 1 : KEEP_ID_NONE;
}

static uint64_t entities_of(const struct keep_world *w)
{
    uint64_t top = 0;
    for (size_t i = 0; i < w->aliases; i++)
        top = w->alias[i].entity > top ? w->alias[i].entity : top;
    for (size_t i = 0; i < w->patients; i++)
        top = w->patient[i].entity > top ? w->patient[i].entity : top;
    for (size_t i = 0; i < w->workers; i++)
        top = w->worker[i].entity > top ? w->worker[i].entity : top;
    for (size_t i = 0; i < w->accounts; i++)
        top = w->account[i].entity > top ? w->account[i].entity : top;
    return top + 1;
}

static int people_make(struct keep_carrypack_now *now)
{
    const struct keep_world *w = now->world;
    struct keep_carrypack_people *m = now->people;
    if (m)
        return 0;
    if (!(m = now->people = calloc(1, sizeof *m)))
        return -1;
    m->entities = entities_of(w);
    m->patient = calloc(m->entities, sizeof *m->patient);
    m->worker = calloc(m->entities, sizeof *m->worker);
    m->account = calloc(m->entities, sizeof *m->account);
    if (!m->patient || !m->worker || !m->account) {
        keep_carrypack_forget(now);
        return -1;
    }
    for (size_t i = 0; i < w->aliases; i++)
        m->patient[w->alias[i].entity] = w->alias[i].patient + 1;
    for (size_t i = 0; i < w->patients; i++)
        m->patient[w->patient[i].entity] = (uint32_t)i + 1;
    for (size_t i = 0; i < w->workers; i++)
        m->worker[w->worker[i].entity] = (uint32_t)i + 1;
    for (size_t i = 0; i < w->accounts; i++)
        m->account[w->account[i].entity] = (uint32_t)i + 1;
    return 0;
}

void keep_carrypack_forget(struct keep_carrypack_now *now)
{
    struct keep_carrypack_people *m = now->people;
    if (!m)
        return;
    free(m->patient);
    free(m->worker);
    free(m->account);
    free(m);
    now->people = NULL;
}

static struct keep_audit_rule_count *counts(struct cursor *c, size_t n, struct keep_arena *a, bool *ok)
{
    struct keep_audit_rule_count *r = calloc(n + 1, sizeof *r);
    *ok &= r != NULL;
    for (size_t i = 0; r && i < n; i++) {
        r[i].fired = number(c, 8);
        r[i].excepted = number(c, 8);
        r[i].unable = number(c, 8);
        r[i].missing = text(c, a, ok);
    }
    return r;
}

/* Who was there, and who of them changed. Somebody who was not, and whose entity is no newer than theirs, has been taken apart from another. */
static const char *compare(struct cursor *c, const struct keep_carrypack_people *m, const uint32_t *of, const uint64_t *print, size_t n, uint8_t *changed, size_t *many_changed, uint8_t *seen, uint64_t *top)
{
    const char *why = NULL;
    for (uint32_t k = many(c, PRINT); k > 0; k--) {
        const uint8_t *p = take(c, PRINT);
        uint64_t entity = keep_buf_u32_at(p), was = keep_buf_u64_at(p + 4);
        uint32_t i = place(m, of, entity);
        *top = entity > *top ? entity : *top;
        if (i >= n) {
            why = "somebody is no longer on file";
        } else {
            *many_changed += print[i] != was && !changed[i];
            changed[i] |= print[i] != was ? KEEP_CARRY_CHANGED : 0;
            seen[i] = 1;
        }
    }
    return why;
}

static const char *fresh_only(const struct keep_world *w, const uint8_t *patient, const uint8_t *account, uint64_t top)
{
    for (size_t i = 0; i < w->patients; i++)
        if (!patient[i] && w->patient[i].entity <= top)
            return "identities have been taken apart";
    for (size_t i = 0; i < w->accounts; i++)
        if (!account[i] && w->account[i].entity <= top)
            return "accounts have been taken apart";
    return NULL;
}

static int read_people(struct keep_carry *out, const struct keep_carrypack_now *now, struct cursor *c, const char **why, struct keep_err *err)
{
    const struct keep_world *w = now->world;
    const struct keep_carrypack_people *m = now->people;
    uint64_t top = 0; /* the greatest entity that was there */
    uint8_t *patient = calloc(w->patients + 1, 1), *account = calloc(w->accounts + 1, 1);
    out->patient = calloc(w->patients + 1, 1);
    out->account = calloc(w->accounts + 1, 1);
    int rc = patient && account && out->patient && out->account ? 0 : no_memory(err);
    if (!rc && number(c, 8) != now->prints->whole)
        *why = "something on file changed that concerns everybody";
    if (!rc) {
        const char *gone = compare(c, m, m->patient, now->prints->patient, w->patients, out->patient, &out->patients, patient, &top);
        const char *lost = compare(c, m, m->account, now->prints->account, w->accounts, out->account, &out->accounts, account, &top);
        const char *apart = fresh_only(w, patient, account, top);
        *why = *why ? *why : gone ? gone : lost ? lost : apart;
    }
    free(patient);
    free(account);
    return rc ? rc : c->bad ? malformed(err) : 0;
}

static int read_late(struct keep_carry *out, const struct keep_carrypack_people *m, struct cursor *c, struct keep_err *err)
{
    for (uint32_t k = many(c, 16); k > 0 && !c->bad; k--) {
        uint32_t worker = place(m, m->worker, u32(c)), patient = place(m, m->patient, u32(c));
        keep_time first = (keep_time)number(c, 8);
        if (worker == KEEP_ID_NONE || patient == KEEP_ID_NONE)
            continue; /* a worker who is another now: the account changed with it, and all its accesses are judged again */
        if (keep_carry_add_late(out, &(struct keep_carry_late){worker, patient, first}))
            return no_memory(err);
    }
    return 0;
}

static int read_idle(struct keep_carry *out, const struct keep_carrypack_people *m, size_t accounts, struct cursor *c, struct keep_err *err)
{
    uint32_t used = many(c, 12);
    keep_date first = (keep_date)u32(c);
    int rc = first == KEEP_DATE_NONE ? 0 : keep_idle_init(&out->idle, accounts, err);
    if (!rc && first != KEEP_DATE_NONE)
        out->idle.first = first;
    for (; used > 0 && !c->bad && !rc; used--) {
        uint32_t i = place(m, m->account, u32(c));
        keep_date from = (keep_date)u32(c);
        uint32_t words = many(c, 8);
        uint64_t *bit = calloc((size_t)words + 1, sizeof *bit);
        if (!bit)
            return no_memory(err);
        for (uint32_t k = 0; k < words; k++)
            bit[k] = number(c, 8);
        if (i >= out->idle.accounts || out->idle.of[i].bit) {
            free(bit);
            c->bad |= first == KEEP_DATE_NONE;
            continue;
        }
        out->idle.of[i] = (struct keep_idle_days){from, words, bit};
    }
    return rc;
}

int keep_carrypack_open(struct keep_carry *out, struct keep_carrypack_now *now, struct keep_str head, uint32_t *parts, const char **why, struct keep_err *err)
{
    struct cursor c = {(const uint8_t *)head.p, head.n, false};
    bool ok = true, known;
    *out = (struct keep_carry){.newest = KEEP_TIME_NONE, .base = KEEP_TIME_NONE};
    *why = NULL;
    if (!begins(&c, 'C', &known) || c.bad)
        return malformed(err);
    if (!known || memcmp(take(&c, KEEP_CARRYPACK_DIGEST), now->digest, KEEP_CARRYPACK_DIGEST) != 0) {
        *why = "the rules or the program changed";
        return 1;
    }
    *parts = u32(&c);
    out->events = number(&c, 8);
    out->opened = number(&c, 8);
    out->newest = out->base = (keep_time)number(&c, 8);
    out->whole = number(&c, 8);
    for (uint32_t k = many(&c, 12); k > 0 && ok; k--) {
        uint32_t source = u32(&c);
        ok = keep_carry_reach(out, source, number(&c, 8)) == 0;
    }
    out->access = counts(&c, now->policy->accesses, now->arena, &ok);
    out->explanation = counts(&c, now->policy->explanations, now->arena, &ok);
    int rc = !ok || people_make(now) ? no_memory(err) : 0;
    if (!rc)
        rc = read_people(out, now, &c, why, err);
    if (!rc)
        rc = read_late(out, now->people, &c, err);
    if (!rc)
        rc = read_idle(out, now->people, now->world->accounts, &c, err);
    if (!rc && (c.bad || c.n))
        rc = malformed(err);
    keep_carry_order_late(out);
    return rc ? rc : *why ? 1 : 0;
}

/* The part's texts, as ours: number[k] of its k-th, the first being 1. */
static int read_texts(struct keep_carry *c, struct cursor *in, struct keep_arena *a, uint32_t **number, uint32_t *n)
{
    bool ok = true;
    *n = many(in, 4);
    *number = calloc((size_t)*n + 1, sizeof **number);
    for (uint32_t k = 1; *number && k <= *n && ok; k++)
        ok = keep_carry_text(c, text(in, a, &ok), &(*number)[k]) == 0 && ok;
    return *number && ok ? 0 : -1;
}

static int read_hit(struct keep_carry *c, struct cursor *in, const struct keep_carrypack_now *now, const uint32_t *number_of, uint32_t texts, struct keep_err *err)
{
    const struct keep_carrypack_people *m = now->people;
    const uint8_t *p = take(in, HIT);
    struct keep_carry_hit *h = keep_carry_add(c);
    if (!h)
        return no_memory(err);
    const uint32_t account = keep_buf_u32_at(p + 36), patient = keep_buf_u32_at(p + 40), unknown = keep_buf_u32_at(p + 52), class = keep_buf_u32_at(p + 56), fired = keep_buf_u32_at(p + 60);
    *h = (struct keep_carry_hit){
        .time = (keep_time)keep_buf_u64_at(p), .ordinal = keep_buf_u64_at(p + 8), .evidence = keep_buf_u64_at(p + 16), .taken = keep_buf_u64_at(p + 24),
        .source = keep_buf_u32_at(p + 32), .place = keep_buf_u32_at(p + 44), .unit = keep_buf_u32_at(p + 48),
        .account = account ? place(m, m->account, account) : KEEP_ID_NONE, .patient = patient ? place(m, m->patient, patient) : KEEP_ID_NONE,
        .class = (uint16_t)(class >> 16), .reason = (int16_t)(class & 0xFFFF), .fired_n = (uint16_t)(fired >> 16), .explanation = (int16_t)(fired & 0xFFFF),
        .verdict = p[64], .own_late = p[65], .fired = (uint32_t)c->words};
    in->bad |= unknown > texts;
    h->unknown = in->bad ? 0 : number_of[unknown];
    if ((account && h->account == KEEP_ID_NONE) || (patient && h->patient == KEEP_ID_NONE) ||
        h->class >= KEEP_TERMS_CLASSES || h->verdict >= KEEP_VERDICT_COUNT || h->explanation < -1 || h->explanation >= (int64_t)now->policy->explanations)
        in->bad = true;
    for (uint32_t k = 0; k < h->fired_n && !in->bad; k++) {
        uint32_t rule = u32(in);
        in->bad |= rule >= now->policy->accesses;
        if (keep_carry_words(c, &rule, 1))
            return no_memory(err);
    }
    return 0;
}

int keep_carrypack_add(struct keep_carry *c, struct keep_carrypack_now *now, struct keep_str part, struct keep_err *err)
{
    struct cursor in = {(const uint8_t *)part.p, part.n, false};
    uint32_t *number_of = NULL, texts = 0;
    bool known;
    if (!begins(&in, 'P', &known) || !known)
        return malformed(err);
    int rc = people_make(now) || read_texts(c, &in, now->arena, &number_of, &texts) ? no_memory(err) : 0;
    for (uint32_t n = rc ? 0 : many(&in, HIT); n > 0 && !rc && !in.bad; n--)
        rc = read_hit(c, &in, now, number_of, texts, err);
    for (uint32_t n = rc || in.bad ? 0 : many(&in, 12); n > 0; n--) {
        uint32_t source = u32(&in);
        struct keep_carry_hit *h = keep_carry_find(c, source, number(&in, 8));
        if (h)
            h->state = KEEP_CARRY_GONE;
    }
    free(number_of);
    if (!rc && (in.bad || in.n))
        rc = malformed(err);
    if (!rc && keep_carry_part(c))
        rc = no_memory(err);
    return rc;
}
