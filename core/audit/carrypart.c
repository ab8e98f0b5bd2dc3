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

#include "core/audit/carrybytes.h"
#include "core/audit/terms.h"

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

/* A kind of the part, and of which audit it is. */
struct kind {
    const struct keep_carry *c;
    uint32_t number, text;
};

struct writing {
    const struct keep_world *world;
    struct kind *kind;
    size_t kinds;
    uint32_t *of[2];        /* of what was left before, and by this audit: its kind's number in the part and 1, 0: none yet */
    struct keep_buf hit;
    uint64_t ordinal;       /* of the access before */
    keep_time time;
    bool fits;
};

/* Of each kind there is room for its number in the part. */
static int writing_open(struct writing *w, const struct keep_carry *old, const struct keep_carry *after)
{
    size_t olds = old ? old->kinds : 0;
    w->kind = malloc((olds + after->kinds + 1) * sizeof *w->kind);
    w->of[0] = calloc(olds + 1, sizeof *w->of[0]);
    w->of[1] = calloc(after->kinds + 1, sizeof *w->of[1]);
    return w->kind && w->of[0] && w->of[1] ? 0 : -1;
}

static void writing_done(struct writing *w)
{
    keep_buf_free(&w->hit);
    free(w->kind);
    free(w->of[0]);
    free(w->of[1]);
}

/* The k-th hit of c, whose kinds have their numbers in `of`, and their texts begin behind so many. */
static void put_hit(struct writing *w, uint32_t *of, const struct keep_carry *c, size_t k, uint32_t texts)
{
    const struct keep_world *world = w->world;
    const struct keep_carry_hit *h = &c->hit[k];
    const uint64_t account = h->account == KEEP_ID_NONE ? 0 : world->account[h->account].entity, patient = h->patient == KEEP_ID_NONE ? 0 : world->patient[h->patient].entity;
    const uint32_t text = c->kind[h->kind].unknown;
    if (!keep_buf_reserve(&w->hit, HIT_MOST))
        return;
    if (!of[h->kind]) {
        w->kind[w->kinds++] = (struct kind){c, h->kind, text ? text + texts : 0};
        of[h->kind] = (uint32_t)w->kinds;
    }
    unsigned char *to = keep_varint_put(w->hit.p + w->hit.n, of[h->kind] - 1);
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
        const struct keep_carry *c = w->kind[i].c;
        const struct keep_carry_kind *k = &c->kind[w->kind[i].number];
        keep_buf_varint(out, k->evidence);
        keep_buf_varint(out, k->taken);
        keep_buf_varint(out, k->source);
        keep_buf_varint(out, w->kind[i].text);
        keep_buf_varint(out, k->class);
        keep_buf_varint(out, keep_varint_fold(k->reason));
        keep_buf_varint(out, keep_varint_fold(k->explanation));
        keep_buf_varint(out, k->verdict);
        keep_buf_varint(out, k->own_late);
        keep_buf_varint(out, k->fired_n);
        for (uint32_t f = 0; f < k->fired_n; f++)
            keep_buf_varint(out, c->word[k->fired + f]);
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
            keep_buf_varint(out, before->kind[before->hit[i].kind].source);
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
            put_hit(w, w->of[0], old, p->old, 0);
            n++;
        }
    for (; p->at < after->hits && n < p->most; p->at++, n++)
        put_hit(w, w->of[1], after, p->at, old ? (uint32_t)old->texts : 0);
    return n;
}

int keep_carrypart_next(struct keep_carrypart_adding *p, struct keep_buf *out, struct keep_err *err)
{
    const struct keep_carry *old = p->all ? p->before : NULL;
    struct writing w = {.world = p->world, .hit = KEEP_BUF_INIT, .fits = true};
    if (writing_open(&w, old, p->after)) {
        writing_done(&w);
        return no_memory(err);
    }
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
    writing_done(&w);
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
    uint32_t *kind;               /* its kinds, likewise */
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

/* fired: room for any number of rules that a kind can have. */
static int read_kind(struct part *r, uint32_t *fired, uint32_t *number)
{
    struct keep_carrybytes *in = &r->in;
    struct keep_carry_kind k = {.evidence = keep_carrybytes_number(in)};
    k.taken = keep_carrybytes_number(in);
    k.source = keep_carrybytes_u32(in);
    k.unknown = r->text[keep_carrybytes_upto(in, r->texts)];
    k.class = (uint16_t)keep_carrybytes_upto(in, KEEP_TERMS_CLASSES - 1);
    k.reason = (int16_t)keep_varint_unfold(keep_carrybytes_upto(in, UINT16_MAX));
    k.explanation = (int16_t)keep_varint_unfold(keep_carrybytes_upto(in, UINT16_MAX));
    k.verdict = (uint8_t)keep_carrybytes_upto(in, KEEP_VERDICT_COUNT - 1);
    k.own_late = (uint8_t)keep_carrybytes_upto(in, UINT8_MAX);
    k.fired_n = (uint16_t)keep_carrybytes_upto(in, UINT16_MAX);
    in->bad |= k.explanation < -1 || k.explanation >= (int64_t)r->now->policy->explanations;
    for (uint32_t i = 0; i < k.fired_n && !in->bad; i++) {
        fired[i] = keep_carrybytes_u32(in);
        in->bad |= fired[i] >= r->now->policy->accesses;
    }
    return in->bad ? 0 : keep_carry_kind(r->to, &k, fired, number);
}

static int read_kinds(struct part *r)
{
    size_t n = keep_carrybytes_many(&r->in, KIND_LEAST);
    uint32_t *fired = malloc((UINT16_MAX + 1) * sizeof *fired);
    int rc = fired && (r->kind = calloc(n + 1, sizeof *r->kind)) ? 0 : -1;
    for (; !rc && r->kinds < n && !r->in.bad; r->kinds++)
        rc = read_kind(r, fired, &r->kind[r->kinds]);
    free(fired);
    return rc;
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
        *h = (struct keep_carry_hit){.kind = r->kind[kind]};
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
    r->sorted = !in.bad && keep_carry_sorted(r->to, r->hit, r->hits);
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
