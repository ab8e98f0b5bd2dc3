/* Numbers are those of core/base/varint.h, but for what has no small values; a
 * text is how many bytes it has, and they; of what comes several times the number
 * of them stands first.
 *
 *   head  "KC" u8 format | digest | parts | accesses | opened | i64 newest | u64 whole | judged again
 *         sources, each: source, ordinal
 *         per access rule, then per explanation: fired, excepted, unable, text missing
 *         u64 fingerprint of what concerns everybody
 *         sources that vouch for something, each: source, i32 through
 *         patients, each: entity less the one before, folded, u64 fingerprint; accounts, likewise
 *         late writers, each: patient less the one before, folded, worker, first access later than the newest (carrybytes.h)
 *         accounts used, i32 first day; each: account, i32 from, words, u64 a word of days
 */
#include "core/audit/carrypack.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/carrybytes.h"
#include "core/base/grow.h"

enum { /* bytes at least */
    SOURCE = 2,
    PRINT = 9, /* of an entity and its fingerprint */
    LATE = 3,
    VOUCHED = 5,
    USED = 6,
};

/* ---- writing ---- */

static void put_entity(struct keep_buf *b, uint64_t entity, bool *fits)
{
    *fits &= entity <= UINT32_MAX;
    keep_buf_varint(b, entity);
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
        keep_buf_varint(b, c[i].fired);
        keep_buf_varint(b, c[i].excepted);
        keep_buf_varint(b, c[i].unable);
        keep_carrybytes_put_text(b, c[i].missing);
    }
}

static void put_print(struct keep_buf *b, uint64_t entity, uint64_t before, uint64_t print, bool *fits)
{
    *fits &= entity <= UINT32_MAX;
    keep_buf_varint(b, keep_varint_fold((int64_t)(entity - before)));
    keep_buf_u64(b, print);
}

static void put_prints(struct keep_buf *b, const struct keep_prints *prints, const struct keep_world *w, bool *fits)
{
    keep_buf_u64(b, prints->whole);
    keep_buf_varint(b, prints->vouches);
    for (size_t i = 0; i < prints->vouches; i++) {
        keep_buf_varint(b, prints->vouched[i].source);
        keep_buf_u32(b, (uint32_t)prints->vouched[i].through);
    }
    keep_buf_varint(b, w->patients);
    for (size_t i = 0; i < w->patients; i++)
        put_print(b, w->patient[i].entity, i ? w->patient[i - 1].entity : 0, prints->patient[i], fits);
    keep_buf_varint(b, w->accounts);
    for (size_t i = 0; i < w->accounts; i++)
        put_print(b, w->account[i].entity, i ? w->account[i - 1].entity : 0, prints->account[i], fits);
}

static void put_late(struct keep_buf *b, const struct keep_carry *c, const struct keep_world *w, bool *fits)
{
    uint64_t before = 0;
    keep_buf_varint(b, c->lates);
    for (size_t i = 0; i < c->lates; i++) {
        const struct keep_carry_late *l = &c->late[i];
        uint64_t patient = w->patient[l->patient].entity, worker = w->worker[l->worker].entity;
        if (!keep_buf_reserve(b, 2 * KEEP_VARINT_MOST + KEEP_CARRYBYTES_TIME))
            return;
        unsigned char *to = keep_varint_put(b->p + b->n, keep_varint_fold((int64_t)(patient - before)));
        to = keep_carrybytes_put_time(keep_varint_put(to, worker), l->first, c->newest);
        b->n = (size_t)(to - b->p);
        *fits &= patient <= UINT32_MAX && worker <= UINT32_MAX;
        before = patient;
    }
}

static void put_idle(struct keep_buf *b, const struct keep_idle *d, const struct keep_world *w, bool *fits)
{
    uint64_t used = 0;
    for (size_t i = 0; i < d->accounts; i++)
        used += d->of[i].words != 0;
    keep_buf_varint(b, used);
    keep_buf_u32(b, (uint32_t)(d->accounts ? d->first : KEEP_DATE_NONE));
    for (size_t i = 0; i < d->accounts; i++) {
        const struct keep_idle_days *r = &d->of[i];
        if (!r->words)
            continue;
        put_entity(b, w->account[i].entity, fits);
        keep_buf_u32(b, (uint32_t)r->from);
        keep_buf_varint(b, r->words);
        for (uint32_t k = 0; k < r->words; k++)
            keep_buf_u64(b, r->bit[k]);
    }
}

int keep_carrypack_head(const struct keep_carry *after, const struct keep_policy *p, const struct keep_world *w, const struct keep_prints *prints,
                        const uint8_t digest[KEEP_CARRYPACK_DIGEST], uint32_t parts, struct keep_buf *out, struct keep_err *err)
{
    bool fits = true;
    keep_buf_str(out, "KC");
    keep_buf_u8(out, KEEP_CARRYBYTES_FORMAT);
    keep_buf_add(out, digest, KEEP_CARRYPACK_DIGEST);
    keep_buf_varint(out, parts);
    keep_buf_varint(out, after->events);
    keep_buf_varint(out, after->opened);
    keep_buf_u64(out, (uint64_t)after->newest);
    keep_buf_u64(out, after->whole);
    keep_buf_varint(out, after->judged_again);
    keep_buf_varint(out, after->sources);
    for (size_t i = 0; i < after->sources; i++) {
        keep_buf_varint(out, after->since[i].source);
        keep_buf_varint(out, after->since[i].ordinal);
    }
    put_counts(out, after->access, p->accesses);
    put_counts(out, after->explanation, p->explanations);
    put_prints(out, prints, w, &fits);
    put_late(out, after, w, &fits);
    put_idle(out, &after->idle, w, &fits);
    return written(out, fits, err);
}

/* ---- reading ---- */

int keep_carrypack_malformed(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "what an earlier audit left cannot be read");
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_audit_rule_count *counts(struct keep_carrybytes *c, size_t n, struct keep_arena *a, bool *ok)
{
    struct keep_audit_rule_count *r = calloc(n + 1, sizeof *r);
    *ok &= r != NULL;
    for (size_t i = 0; r && i < n; i++) {
        r[i].fired = keep_carrybytes_number(c);
        r[i].excepted = keep_carrybytes_number(c);
        r[i].unable = keep_carrybytes_number(c);
        r[i].missing = keep_carrybytes_text(c, a, ok);
    }
    return r;
}

/* Of patients or of accounts: who changed, and who was there. */
struct compared {
    uint32_t (*place)(const struct keep_world *w, uint64_t entity);
    const uint64_t *print; /* now */
    size_t n;
    uint8_t *changed, *seen;
    size_t many_changed;
    bool gone;             /* somebody is no longer on file */
    uint64_t top;          /* the greatest entity that was there */
};

static void compare(struct compared *to, const struct keep_world *w, struct keep_carrybytes *c)
{
    uint64_t entity = 0;
    for (size_t k = keep_carrybytes_many(c, PRINT); k > 0 && !c->bad; k--) {
        entity += (uint64_t)keep_varint_unfold(keep_carrybytes_number(c));
        const uint64_t was = keep_carrybytes_u64(c);
        uint32_t i = to->place(w, entity);
        to->top = entity > to->top ? entity : to->top;
        if (i >= to->n) {
            to->gone = true;
            continue;
        }
        to->many_changed += to->print[i] != was && !to->changed[i];
        to->changed[i] |= to->print[i] != was ? KEEP_CARRY_CHANGED : 0;
        to->seen[i] = 1;
    }
}

/* Somebody who was not there, and whose entity is no newer than theirs, has been taken apart from another. */
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

static keep_date read_date(struct keep_carrybytes *c)
{
    const unsigned char *p = keep_carrybytes_take(c, 4);
    return p ? (keep_date)keep_buf_u32_at(p) : 0;
}

static int read_vouched(struct keep_carry *out, const struct keep_carrypack_now *now, struct keep_carrybytes *c, const char **why, struct keep_err *err)
{
    size_t n = keep_carrybytes_many(c, VOUCHED);
    struct keep_prints_vouched *v = keep_arena_array(now->arena, n + 1, sizeof *v);
    bool same = n == now->prints->vouches;
    if (!v)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        v[i].source = keep_carrybytes_u32(c);
        v[i].through = read_date(c);
        same = same && v[i].source == now->prints->vouched[i].source;
    }
    if (!same && !*why)
        *why = "other sources vouch for what they have";
    out->again = same ? keep_prints_since(now->prints, v) : KEEP_TIME_NONE;
    if (out->again != KEEP_TIME_NONE && (out->newest == KEEP_TIME_NONE || out->again > out->newest))
        out->again = KEEP_TIME_NONE; /* nothing was judged behind it */
    return 0;
}

static int read_people(struct keep_carry *out, const struct keep_carrypack_now *now, struct keep_carrybytes *c, const char **why, struct keep_err *err)
{
    const struct keep_world *w = now->world;
    struct compared p = {.place = keep_carrybytes_patient, .print = now->prints->patient, .n = w->patients}, a = {.place = keep_carrybytes_account, .print = now->prints->account, .n = w->accounts};
    p.seen = calloc(w->patients + 1, 1);
    a.seen = calloc(w->accounts + 1, 1);
    p.changed = out->patient = calloc(w->patients + 1, 1);
    a.changed = out->account = calloc(w->accounts + 1, 1);
    int rc = p.seen && a.seen && p.changed && a.changed ? 0 : no_memory(err);
    if (!rc && keep_carrybytes_u64(c) != now->prints->whole)
        *why = "something on file changed that concerns everybody";
    if (!rc)
        rc = read_vouched(out, now, c, why, err);
    if (!rc) {
        compare(&p, w, c);
        compare(&a, w, c);
        out->patients = p.many_changed;
        out->accounts = a.many_changed;
        const char *apart = fresh_only(w, p.seen, a.seen, p.top > a.top ? p.top : a.top);
        *why = *why ? *why : p.gone || a.gone ? "somebody is no longer on file" : apart;
    }
    free(p.seen);
    free(a.seen);
    return rc ? rc : c->bad ? keep_carrypack_malformed(err) : 0;
}

static int read_late(struct keep_carry *out, const struct keep_world *w, struct keep_carrybytes *c, struct keep_err *err)
{
    size_t n = keep_carrybytes_many(c, LATE);
    uint64_t entity = 0;
    if (!keep_grow(&out->late, &out->late_room, n, sizeof *out->late, n))
        return no_memory(err);
    for (; n > 0 && !c->bad; n--) {
        entity += (uint64_t)keep_varint_unfold(keep_carrybytes_number(c));
        uint32_t patient = keep_carrybytes_patient(w, entity), worker = keep_carrybytes_worker(w, keep_carrybytes_number(c));
        keep_time first = keep_carrybytes_time(c, out->newest);
        if (worker != KEEP_ID_NONE && patient != KEEP_ID_NONE && !c->bad) /* else a worker who is another now: the account changed with it, and all its accesses are judged again */
            out->late[out->lates++] = (struct keep_carry_late){worker, patient, first};
    }
    return 0;
}

static int read_idle(struct keep_carry *out, const struct keep_world *w, struct keep_carrybytes *c, struct keep_err *err)
{
    size_t used = keep_carrybytes_many(c, USED);
    keep_date first = read_date(c);
    int rc = first == KEEP_DATE_NONE ? 0 : keep_idle_init(&out->idle, w->accounts, err);
    if (!rc && first != KEEP_DATE_NONE)
        out->idle.first = first;
    for (; used > 0 && !c->bad && !rc; used--) {
        uint32_t i = keep_carrybytes_account(w, keep_carrybytes_number(c));
        keep_date from = read_date(c);
        size_t words = keep_carrybytes_many(c, 8);
        uint64_t *bit = calloc(words + 1, sizeof *bit);
        if (!bit)
            return no_memory(err);
        for (size_t k = 0; k < words; k++)
            bit[k] = keep_carrybytes_u64(c);
        if (words > UINT32_MAX || i >= out->idle.accounts || out->idle.of[i].bit) {
            free(bit);
            c->bad |= first == KEEP_DATE_NONE || words > UINT32_MAX;
            continue;
        }
        out->idle.of[i] = (struct keep_idle_days){from, (uint32_t)words, bit};
    }
    return rc;
}

int keep_carrypack_open(struct keep_carry *out, const struct keep_carrypack_now *now, struct keep_str head, uint32_t *parts, const char **why, struct keep_err *err)
{
    struct keep_carrybytes c = keep_carrybytes_of(head);
    bool ok = true, known;
    *out = (struct keep_carry){.newest = KEEP_TIME_NONE, .base = KEEP_TIME_NONE, .again = KEEP_TIME_NONE};
    *why = NULL;
    if (!keep_carrybytes_begins(&c, 'C', &known))
        return keep_carrypack_malformed(err);
    const unsigned char *digest = known ? keep_carrybytes_take(&c, KEEP_CARRYPACK_DIGEST) : NULL;
    if (known && !digest)
        return keep_carrypack_malformed(err);
    if (!known || memcmp(digest, now->digest, KEEP_CARRYPACK_DIGEST) != 0) {
        *why = "the rules or the program changed";
        return 1;
    }
    *parts = keep_carrybytes_u32(&c);
    out->events = keep_carrybytes_number(&c);
    out->opened = keep_carrybytes_number(&c);
    out->newest = out->base = (keep_time)keep_carrybytes_u64(&c);
    out->whole = keep_carrybytes_u64(&c);
    out->judged_again = keep_carrybytes_number(&c) != 0;
    for (size_t k = keep_carrybytes_many(&c, SOURCE); k > 0 && ok; k--) {
        uint32_t source = keep_carrybytes_u32(&c);
        ok = keep_carry_reach(out, source, keep_carrybytes_number(&c)) == 0;
    }
    out->access = counts(&c, now->policy->accesses, now->arena, &ok);
    out->explanation = counts(&c, now->policy->explanations, now->arena, &ok);
    int rc = !ok ? no_memory(err) : read_people(out, now, &c, why, err);
    if (!rc)
        rc = read_late(out, now->world, &c, err);
    if (!rc)
        rc = read_idle(out, now->world, &c, err);
    if (!rc && (c.bad || c.p != c.end))
        rc = keep_carrypack_malformed(err);
    if (!rc && keep_carry_order_late(out))
        rc = no_memory(err);
    return rc ? rc : *why ? 1 : 0;
}
