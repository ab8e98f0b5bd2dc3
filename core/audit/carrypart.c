/* Most of an access is as in thousands of others: what was found of it, and by
 * which rules. So all that does not tell when, who and where is written once a
 * part, as a kind, and an access names its kind. What is left takes some dozen
 * bytes, of seven numbers (core/base/varint.h):
 *
 *   part  "KP" u8 format | texts, each a number of bytes and they
 *         kinds, each: evidence, taken, source, text or 0, class, reason and explanation folded, verdict, own late, rules, each
 *         accesses, each: kind | ordinal less the one before, folded | time later than the one before (carrybytes.h)
 *                         | account and patient, entities or 0 | place | unit
 *         gone, each: source | ordinal less the one before, folded
 *
 * Of texts, kinds, accesses and gone the number of them comes first. */
#include "core/audit/carrypart.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/carrybytes.h"
#include "core/audit/terms.h"
#include "core/audit/u64map.h"
#include "core/base/grow.h"

enum {
    KIND_LEAST = 10,                                          /* bytes of a kind */
    HIT_LEAST = 7,                                            /* of an access */
    HIT_MOST = 6 * KEEP_VARINT_MOST + KEEP_CARRYBYTES_TIME,
    GONE_LEAST = 2,
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* ---- writing ---- */

/* A kind, as the first access has it that is of it. */
struct kind {
    const struct keep_carry *c;
    const struct keep_carry_hit *h;
    uint32_t text;
};

struct writing {
    const struct keep_world *world;
    struct kind *kind;
    size_t kinds, kind_room;
    struct keep_u64map of;  /* mark -> number of a kind; where two kinds have one mark the second has the next */
    struct keep_buf hit;
    uint64_t ordinal;       /* of the access before */
    keep_time time;
    bool fits;
};

static const uint32_t *words_of(const struct kind *k)
{
    return k->c->word + k->h->fired;
}

static bool same(const struct kind *a, const struct kind *b)
{
    const struct keep_carry_hit *x = a->h, *y = b->h;
    return x->evidence == y->evidence && x->taken == y->taken && x->source == y->source && a->text == b->text && x->class == y->class && x->reason == y->reason &&
           x->explanation == y->explanation && x->verdict == y->verdict && x->own_late == y->own_late && x->fired_n == y->fired_n &&
           (!x->fired_n || memcmp(words_of(a), words_of(b), x->fired_n * sizeof *words_of(a)) == 0);
}

static uint64_t mark(const struct kind *k)
{
    const struct keep_carry_hit *h = k->h;
    uint64_t m = keep_u64map_mix(h->evidence + 1);
    m = keep_u64map_mix(m ^ h->taken);
    m = keep_u64map_mix(m ^ ((uint64_t)h->source << 32 | k->text));
    m = keep_u64map_mix(m ^ ((uint64_t)h->class << 48 | (uint64_t)(uint16_t)h->reason << 32 | (uint64_t)(uint16_t)h->explanation << 16 | (uint64_t)h->verdict << 8 | h->own_late));
    for (uint32_t i = 0; i < h->fired_n; i++)
        m = keep_u64map_mix(m ^ words_of(k)[i]);
    return m;
}

/* The number of its kind. -1: out of memory. */
static int64_t kind_of(struct writing *w, const struct kind *k)
{
    for (uint64_t m = mark(k);; m++) {
        uint32_t *at = keep_u64map_put(&w->of, m);
        if (!at)
            return -1;
        if (*at != KEEP_U64MAP_NONE && !same(&w->kind[*at], k))
            continue;
        if (*at == KEEP_U64MAP_NONE) {
            if (!keep_grow(&w->kind, &w->kind_room, w->kinds + 1, sizeof *w->kind, 64))
                return -1;
            *at = (uint32_t)w->kinds;
            w->kind[w->kinds++] = *k;
        }
        return *at;
    }
}

static void put_hit(struct writing *w, const struct keep_carry *c, const struct keep_carry_hit *h, uint32_t texts)
{
    const struct keep_world *world = w->world;
    const uint64_t account = h->account == KEEP_ID_NONE ? 0 : world->account[h->account].entity, patient = h->patient == KEEP_ID_NONE ? 0 : world->patient[h->patient].entity;
    int64_t kind = kind_of(w, &(struct kind){c, h, h->unknown ? h->unknown + texts : 0});
    if (kind < 0 || !keep_buf_reserve(&w->hit, HIT_MOST)) {
        w->hit.failed = true;
        return;
    }
    unsigned char *to = keep_varint_put(w->hit.p + w->hit.n, (uint64_t)kind);
    to = keep_varint_put(to, keep_varint_fold((int64_t)(h->ordinal - w->ordinal)));
    to = keep_carrybytes_put_time(to, h->time, w->time);
    to = keep_varint_put(to, account);
    to = keep_varint_put(to, patient);
    to = keep_varint_put(to, h->place);
    to = keep_varint_put(to, h->unit);
    w->hit.n = (size_t)(to - w->hit.p);
    w->fits &= account <= UINT32_MAX && patient <= UINT32_MAX;
    w->ordinal = h->ordinal;
    w->time = h->time;
}

static void put_kinds(struct keep_buf *out, const struct writing *w)
{
    keep_buf_varint(out, w->kinds);
    for (size_t i = 0; i < w->kinds; i++) {
        const struct keep_carry_hit *h = w->kind[i].h;
        keep_buf_varint(out, h->evidence);
        keep_buf_varint(out, h->taken);
        keep_buf_varint(out, h->source);
        keep_buf_varint(out, w->kind[i].text);
        keep_buf_varint(out, h->class);
        keep_buf_varint(out, keep_varint_fold(h->reason));
        keep_buf_varint(out, keep_varint_fold(h->explanation));
        keep_buf_varint(out, h->verdict);
        keep_buf_varint(out, h->own_late);
        keep_buf_varint(out, h->fired_n);
        for (uint32_t k = 0; k < h->fired_n; k++)
            keep_buf_varint(out, words_of(&w->kind[i])[k]);
    }
}

/* The texts of both, those of `before` first. */
static void put_texts(struct keep_buf *out, const struct keep_carry *old, const struct keep_carry *after)
{
    keep_buf_varint(out, (old ? old->texts : 0) + after->texts);
    for (size_t i = 0; old && i < old->texts; i++)
        keep_carrybytes_put_text(out, old->text[i]);
    for (size_t i = 0; i < after->texts; i++)
        keep_carrybytes_put_text(out, after->text[i]);
}

/* Which of what earlier parts hold is gone by this audit. */
static void put_gone(struct keep_buf *out, const struct keep_carry *before)
{
    uint64_t n = 0, ordinal = 0;
    for (size_t i = 0; before && i < before->hits; i++)
        n += before->hit[i].state == KEEP_CARRY_JUDGED;
    keep_buf_varint(out, n);
    for (size_t i = 0; n && i < before->hits; i++)
        if (before->hit[i].state == KEEP_CARRY_JUDGED) {
            keep_buf_varint(out, before->hit[i].source);
            keep_buf_varint(out, keep_varint_fold((int64_t)(before->hit[i].ordinal - ordinal)));
            ordinal = before->hit[i].ordinal;
        }
}

/* The next accesses; how many. */
static size_t put_hits(struct writing *w, struct keep_carrypart_adding *p, const struct keep_carry *old)
{
    const struct keep_carry *after = p->after;
    size_t n = 0;
    for (; old && p->old < old->hits && n < p->most; p->old++)
        if (old->hit[p->old].state == KEEP_CARRY_STANDS) {
            put_hit(w, old, &old->hit[p->old], 0);
            n++;
        }
    for (; p->at < after->hits && n < p->most; p->at++, n++)
        put_hit(w, after, &after->hit[p->at], old ? (uint32_t)old->texts : 0);
    return n;
}

int keep_carrypart_next(struct keep_carrypart_adding *p, struct keep_buf *out, struct keep_err *err)
{
    const struct keep_carry *old = p->all ? p->before : NULL;
    struct writing w = {.world = p->world, .of = KEEP_U64MAP_INIT, .hit = KEEP_BUF_INIT, .fits = true};
    size_t n = put_hits(&w, p, old);
    int rc = n || !p->begun;
    if (rc) {
        keep_buf_str(out, "KP");
        keep_buf_u8(out, KEEP_CARRYBYTES_FORMAT);
        put_texts(out, old, p->after);
        put_kinds(out, &w);
        keep_buf_varint(out, n);
        keep_buf_add(out, w.hit.p, w.hit.n);
        put_gone(out, old || p->begun ? NULL : p->before);
    }
    p->begun = true;
    if (!w.fits)
        rc = keep_err_set(err, KEEP_E_LIMIT, "more people and accounts than an audit can go on with");
    else if (out->failed || w.hit.failed)
        rc = no_memory(err);
    keep_buf_free(&w.hit);
    keep_u64map_free(&w.of);
    free(w.kind);
    return rc;
}

/* ---- reading ---- */

/* A part on its way. */
struct part {
    struct keep_crew_job job;
    struct keep_carrybytes in;
    struct keep_carry *to;
    const struct keep_carrypack_now *now;
    uint32_t *text;               /* its texts, as ours: of its k-th, the first being 1 */
    size_t texts;
    struct keep_carry_hit *kind;  /* what the accesses of a kind share */
    size_t kinds;
    struct keep_carry_hit *hit;   /* where its accesses go */
    size_t hits;
    bool sorted;
};

struct keep_carrypart_reading {
    struct keep_carry *to;
    struct keep_crew *crew;
    size_t parts;
    struct part part[];
};

/* These return -1 when there is no memory. */
static int read_texts(struct part *r)
{
    bool ok = true;
    r->texts = keep_carrybytes_many(&r->in, 1);
    r->text = calloc(r->texts + 1, sizeof *r->text);
    for (size_t k = 1; r->text && k <= r->texts && ok; k++)
        ok = keep_carry_text(r->to, keep_carrybytes_text(&r->in, r->now->arena, &ok), &r->text[k]) == 0 && ok;
    return r->text && ok ? 0 : -1;
}

static int read_kind(struct part *r, struct keep_carry_hit *k)
{
    struct keep_carrybytes *in = &r->in;
    *k = (struct keep_carry_hit){.evidence = keep_carrybytes_number(in)};
    k->taken = keep_carrybytes_number(in);
    k->source = keep_carrybytes_u32(in);
    k->unknown = r->text[keep_carrybytes_upto(in, r->texts)];
    k->class = (uint16_t)keep_carrybytes_upto(in, KEEP_TERMS_CLASSES - 1);
    k->reason = (int16_t)keep_varint_unfold(keep_carrybytes_upto(in, UINT16_MAX));
    k->explanation = (int16_t)keep_varint_unfold(keep_carrybytes_upto(in, UINT16_MAX));
    k->verdict = (uint8_t)keep_carrybytes_upto(in, KEEP_VERDICT_COUNT - 1);
    k->own_late = (uint8_t)keep_carrybytes_upto(in, UINT8_MAX);
    k->fired_n = (uint16_t)keep_carrybytes_upto(in, UINT16_MAX);
    k->fired = (uint32_t)r->to->words;
    in->bad |= k->explanation < -1 || k->explanation >= (int64_t)r->now->policy->explanations;
    for (uint32_t i = 0; i < k->fired_n && !in->bad; i++) {
        uint32_t rule = keep_carrybytes_u32(in);
        in->bad |= rule >= r->now->policy->accesses;
        if (keep_carry_words(r->to, &rule, 1))
            return -1;
    }
    return 0;
}

static int read_kinds(struct part *r)
{
    size_t n = keep_carrybytes_many(&r->in, KIND_LEAST);
    if (!(r->kind = calloc(n + 1, sizeof *r->kind)))
        return -1;
    for (; r->kinds < n && !r->in.bad; r->kinds++)
        if (read_kind(r, &r->kind[r->kinds]))
            return -1;
    return 0;
}

/* By any thread. */
static void read_hits(void *ctx)
{
    struct part *r = ctx;
    const struct keep_world *w = r->now->world;
    struct keep_carrybytes in = r->in;
    struct keep_carry_hit *h = r->hit;
    uint64_t ordinal = 0;
    keep_time time = 0;
    for (const struct keep_carry_hit *end = h + r->hits; h < end && !in.bad; h++) {
        uint64_t kind = keep_carrybytes_number(&in);
        if (kind >= r->kinds) {
            in.bad = true;
            break;
        }
        *h = r->kind[kind];
        h->ordinal = ordinal += (uint64_t)keep_varint_unfold(keep_carrybytes_number(&in));
        h->time = time = keep_carrybytes_time(&in, time);
        uint64_t account = keep_carrybytes_number(&in), patient = keep_carrybytes_number(&in), place = keep_carrybytes_number(&in), unit = keep_carrybytes_number(&in);
        h->account = account ? keep_carrybytes_account(w, account) : KEEP_ID_NONE;
        h->patient = patient ? keep_carrybytes_patient(w, patient) : KEEP_ID_NONE;
        h->place = (uint32_t)place;
        h->unit = (uint32_t)unit;
        in.bad |= (place | unit) > UINT32_MAX || (account && h->account == KEEP_ID_NONE) || (patient && h->patient == KEEP_ID_NONE);
    }
    r->in = in;
    r->sorted = !in.bad && keep_carry_sorted(r->hit, r->hits);
}

static void read_gone(struct part *r)
{
    uint64_t ordinal = 0;
    for (size_t n = keep_carrybytes_many(&r->in, GONE_LEAST); n > 0 && !r->in.bad; n--) {
        uint32_t source = keep_carrybytes_u32(&r->in);
        ordinal += (uint64_t)keep_varint_unfold(keep_carrybytes_number(&r->in));
        struct keep_carry_hit *h = r->in.bad ? NULL : keep_carry_find(r->to, source, ordinal);
        if (h)
            h->state = KEEP_CARRY_GONE;
    }
}

static void reading_free(struct keep_carrypart_reading *r)
{
    for (size_t i = 0; i < r->parts; i++) {
        free(r->part[i].text);
        free(r->part[i].kind);
    }
    free(r);
}

/* All of a part that stands before its accesses. */
static int part_begin(struct part *p, struct keep_err *err)
{
    bool known;
    if (!keep_carrybytes_begins(&p->in, 'P', &known) || !known)
        return keep_carrypack_malformed(err);
    if (read_texts(p) || read_kinds(p))
        return no_memory(err);
    p->hits = keep_carrybytes_many(&p->in, HIT_LEAST);
    return p->in.bad ? keep_carrypack_malformed(err) : 0;
}

int keep_carrypart_begin(struct keep_carrypart_reading **out, struct keep_carry *c, const struct keep_carrypack_now *now, const struct keep_buf *part, size_t parts,
                         struct keep_crew *crew, struct keep_err *err)
{
    struct keep_carrypart_reading *r = calloc(1, sizeof *r + parts * sizeof *r->part);
    struct keep_carry_hit *to = NULL;
    size_t all = 0;
    int rc = 0;
    if (!r)
        return no_memory(err);
    *r = (struct keep_carrypart_reading){c, crew, parts};
    for (size_t i = 0; i < parts && !rc; i++) {
        r->part[i] = (struct part){.job = {.run = read_hits, .ctx = &r->part[i]}, .in = keep_carrybytes_of(keep_buf_view(&part[i])), .to = c, .now = now};
        rc = part_begin(&r->part[i], err);
        all += r->part[i].hits;
    }
    if (!rc && !(to = keep_carry_room(c, all)))
        rc = no_memory(err);
    if (rc) {
        reading_free(r);
        return rc;
    }
    for (size_t i = 0; i < parts; to += r->part[i++].hits) {
        r->part[i].hit = to;
        keep_crew_give(crew, &r->part[i].job);
    }
    *out = r;
    return 0;
}

int keep_carrypart_end(struct keep_carrypart_reading *r, struct keep_err *err)
{
    int rc = 0;
    if (!r)
        return 0;
    for (size_t i = 0; i < r->parts; i++)
        keep_crew_wait(r->crew, &r->part[i].job);
    for (size_t i = 0; i < r->parts && !rc; i++) {
        struct part *p = &r->part[i];
        read_gone(p);
        if (p->in.bad || p->in.p != p->in.end) {
            rc = keep_carrypack_malformed(err);
        } else {
            r->to->hits += p->hits;
            rc = keep_carry_part(r->to, p->sorted) ? no_memory(err) : 0;
        }
    }
    reading_free(r);
    return rc;
}
