/* Fingerprints are made of all that is on file, each time: what is compared is
 * what the engine sees, however it came to be so, so that no way in which facts
 * change can be forgotten here. */
#include "core/work/auditsince.h"

#include <stdlib.h>

#include "core/audit/carrypart.h"
#include "core/audit/relate.h"
#include "core/base/grow.h"
#include "core/crypto/hash.h"
#include "core/store/carried.h"

enum {
    PARTS = 48,      /* of what earlier audits left, before they are written anew: a day each, some weeks; full ones do not count */
    GONE_SHARE = 4,  /* or one of so many of the accesses in them is gone */
};

struct keep_auditsince {
    struct keep_auditrun *r;
    struct keep_carry before, after;
    struct keep_prints prints;
    uint8_t digest[KEEP_CARRYPACK_DIGEST];
    uint32_t parts;    /* that are there */
    const char *why;
    struct keep_carrypack_now now;
    struct leaving *leaving; /* NULL: nobody asked for it yet */
};

/* The question: the packs' bytes, the edition of the engine. */
static int digest_make(struct keep_auditsince *s, const struct keep_packs *packs, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    keep_buf_str(&b, "chartkeep audit");
    keep_buf_u32(&b, KEEP_AUDIT_EDITION);
    for (size_t i = 0; i < packs->texts; i++)
        keep_buf_add(&b, packs->digest[i], sizeof packs->digest[i]);
    int rc = b.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    if (rc == 0)
        keep_hash_blake2b(s->digest, b.p, b.n);
    keep_buf_free(&b);
    return rc;
}

/* The parts, all of them at hand. */
struct parts {
    struct keep_buf *body;
    size_t n, room;
};

/* Takes the body over. */
static int part_take(struct parts *p, struct keep_buf *body, struct keep_err *err)
{
    if (body->failed || !keep_grow(&p->body, &p->room, p->n + 1, sizeof *p->body, PARTS)) {
        keep_buf_free(body);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    p->body[p->n++] = *body;
    *body = (struct keep_buf)KEEP_BUF_INIT;
    return 0;
}

static int part(void *ctx, struct keep_str s, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    keep_buf_add(&body, s.p, s.n);
    return part_take(ctx, &body, err);
}

static void parts_free(struct parts *p)
{
    for (size_t i = 0; i < p->n; i++)
        keep_buf_free(&p->body[i]);
    free(p->body);
}

/* What the last audit left, but for its accesses, which the crew begins to read: 1, with s->why, there is nothing to go on from. */
static int recall(struct keep_auditsince *s, struct parts *p, struct keep_carrypart_reading **reading, struct keep_err *err)
{
    struct keep_buf head = KEEP_BUF_INIT;
    int rc = keep_carried_head(s->r->store, &head, err);
    if (rc == 0)
        s->why = "no audit under these rules has left anything to go on from";
    rc = rc > 0 ? keep_carrypack_open(&s->before, &s->now, keep_buf_view(&head), &s->parts, &s->why, err) : rc < 0 ? rc : 1;
    keep_buf_free(&head);
    if (rc == 0)
        rc = keep_carried_parts(s->r->store, part, p, err);
    if (rc == 0 && p->n != s->parts)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "of what the last audit left a part is missing");
    return rc ? rc : keep_carrypart_begin(reading, &s->before, &s->now, p->body, p->n, s->r->crew, err);
}

/* Segments that hold something new, and with `from` those that hold something since, or with people something about them. */
static int look_at(struct keep_auditsince *s, keep_time from, bool people, struct keep_err *err)
{
    const struct keep_carry *c = &s->before;
    struct keep_load_since *since = keep_arena_array(s->r->arena, c->sources + 1, sizeof *since);
    if (!since)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < c->sources; i++)
        since[i] = (struct keep_load_since){c->since[i].source, c->since[i].ordinal};
    const struct keep_load_only only = {since, c->sources, from, people && c->accounts ? c->account : NULL, people && c->patients ? c->patient : NULL};
    s->r->in.total_events = keep_load_events_only(s->r->events, &only);
    return 0;
}

/* How many accesses will be judged, about: all that are new or may be counted with them, and of the others the share of the people in doubt, who are more often
 * looked at than most, and one of whom may be an interface by which half of all accesses came. */
static uint64_t likely(const struct keep_auditsince *s, uint64_t near, uint64_t all)
{
    const double busy = 4, least = 0.25;
    const struct keep_world *w = &s->r->world;
    double share = busy * ((double)s->before.patients / (double)(w->patients + 1) + (double)s->before.accounts / (double)(w->accounts + 1));
    share = share < least ? least : share > 1 ? 1 : share;
    return near + (uint64_t)((double)(all - near) * share);
}

/* What of the log is in doubt, and whether that can be told: 0, or 1 with *why. Of the accesses that were left it asks nothing. */
static int doubt(struct keep_auditsince *s, const char **why, struct keep_err *err)
{
    struct keep_auditrun *r = s->r;
    struct keep_carry *c = &s->before;
    const uint64_t all = r->in.total_events;
    int rc;
    *why = "the time asked for is before accesses that were judged";
    if (r->in.as_of != KEEP_TIME_NONE && c->newest != KEEP_TIME_NONE && r->in.as_of < c->newest)
        return 1;
    if ((rc = look_at(s, KEEP_TIME_NONE, false, err)) < 0 || (rc = keep_carry_look(c, &r->world, &r->scan, why, err)) != 0)
        return rc;
    *why = c->events + c->fresh != all ? "accesses that were judged are no longer in the log" : keep_carry_refuses(r->in.policy, c);
    if (!*why && (c->patients > r->world.patients / 2 || c->accounts > r->world.accounts / 2))
        *why = "most people's accesses are in doubt"; /* most of the log would be judged again anyway */
    if (*why)
        return 1;
    int64_t back = keep_carry_back(r->in.policy, c);
    keep_time from = back && c->base != KEEP_TIME_NONE ? keep_relate_shift(c->base, -back) : c->again; /* base is no later than again */
    if ((rc = look_at(s, from, false, err)) < 0)
        return rc;
    const uint64_t near = r->in.total_events;
    if ((rc = look_at(s, from, true, err)) == 0)
        r->in.likely_events = likely(s, near, r->in.total_events);
    return rc;
}

/* 0 it goes on; 1, with s->why, not. */
static int go_on(struct keep_auditsince *s, struct keep_err *err)
{
    struct parts p = {NULL, 0, 0};
    struct keep_carrypart_reading *reading = NULL;
    int rc = recall(s, &p, &reading, err);
    if (rc == 0)
        rc = doubt(s, &s->why, err);
    int end = keep_carrypart_end(reading, rc < 0 ? NULL : err);
    parts_free(&p);
    return rc < 0 || end == 0 ? rc : end;
}

int keep_auditsince_open(struct keep_auditsince **out, struct keep_auditrun *r, const struct keep_packs *packs, const char *full, struct keep_err *err)
{
    struct keep_auditsince *s = calloc(1, sizeof *s);
    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *s = (struct keep_auditsince){.r = r, .why = full, .before = {.newest = KEEP_TIME_NONE, .again = KEEP_TIME_NONE}, .after = {.newest = KEEP_TIME_NONE}};
    s->now = (struct keep_carrypack_now){packs->policy, &r->world, &s->prints, s->digest, r->arena};
    int rc = digest_make(s, packs, err);
    if (rc == 0)
        rc = keep_prints_make(&s->prints, r->crew, packs->policy, &r->world, keep_str_of(keep_store_zone(r->store)), r->zone, err);
    if (rc == 0 && !full && (rc = go_on(s, err)) == 0)
        r->in.before = &s->before;
    if (rc == 1) { /* everything after all */
        keep_carry_done(&s->before);
        s->parts = 0;
        r->in.total_events = keep_load_events_only(r->events, NULL);
        r->in.likely_events = 0;
        rc = 0;
    }
    if (rc < 0) {
        keep_auditsince_free(s);
        return rc;
    }
    r->in.after = &s->after;
    r->in.edges = s->prints.edges;
    *out = s;
    return 0;
}

/* What the next one needs, as it will be stored: made by the crew while something else is. */
struct leaving {
    struct keep_crew_job job;
    struct keep_auditsince *s;
    bool fresh;          /* the parts that are there go */
    struct parts p;
    struct keep_buf head;
    int rc;
    struct keep_err err;
};

static void leaving_free(struct keep_auditsince *s)
{
    if (!s->leaving)
        return;
    keep_crew_drop(s->r->crew, &s->leaving->job);
    parts_free(&s->leaving->p);
    keep_buf_free(&s->leaving->head);
    free(s->leaving);
    s->leaving = NULL;
}

void keep_auditsince_free(struct keep_auditsince *s)
{
    if (!s)
        return;
    leaving_free(s);
    keep_carry_done(&s->before);
    keep_carry_done(&s->after);
    keep_prints_done(&s->prints);
    free(s);
}

/* Should the parts be written as one again? */
static bool is_time(const struct keep_carry *c, uint32_t parts)
{
    size_t gone = 0;
    for (size_t i = 0; i < c->hits; i++)
        gone += c->hit[i].state != KEEP_CARRY_STANDS;
    return parts >= PARTS + c->hits / KEEP_CARRYPART_MOST || gone > c->hits / GONE_SHARE;
}

static void leave(void *ctx)
{
    struct leaving *l = ctx;
    struct keep_auditsince *s = l->s;
    struct keep_auditrun *r = s->r;
    struct keep_carrypart_adding a = {.after = &s->after, .before = r->in.before, .all = l->fresh, .world = &r->world, .most = KEEP_CARRYPART_MOST};
    struct keep_buf body = KEEP_BUF_INIT;
    while ((l->rc = keep_carrypart_next(&a, &body, &l->err)) > 0 && (l->rc = part_take(&l->p, &body, &l->err)) == 0)
        ;
    keep_buf_free(&body);
    if (l->rc == 0)
        l->rc = keep_carrypack_head(&s->after, r->in.policy, &r->world, &s->prints, s->digest, (l->fresh ? 0 : s->parts) + (uint32_t)l->p.n, &l->head, &l->err);
}

int keep_auditsince_leave(struct keep_auditsince *s, struct keep_err *err)
{
    const struct keep_carry *before = s->r->in.before;
    leaving_free(s);
    if (s->r->result.after_as_of) /* not all of the log was looked at: what is there serves the next one better */
        return 0;
    struct leaving *l = calloc(1, sizeof *l);
    if (!l)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *l = (struct leaving){.s = s, .fresh = !before || is_time(before, s->parts), .head = KEEP_BUF_INIT, .job = {.run = leave, .ctx = l, .lasts = true}};
    s->leaving = l;
    keep_crew_give(s->r->crew, &l->job);
    return 0;
}

static int store(struct keep_store *store, const struct leaving *l, struct keep_err *err)
{
    int rc = l->fresh ? keep_carried_drop(store, err) : 0;
    for (size_t i = 0; rc == 0 && i < l->p.n; i++)
        rc = keep_carried_add(store, keep_buf_view(&l->p.body[i]), err);
    return rc == 0 ? keep_carried_begin(store, keep_buf_view(&l->head), err) : rc;
}

/* The run leaves nothing. What an earlier one left serves still, unless findings were written as of a time that it had reached: the next run would take them for
 * those of the earlier one. */
static int leave_alone(const struct keep_auditsince *s, bool wrote, struct keep_err *err)
{
    const struct keep_carry *before = s->r->in.before;
    bool later = before && before->newest != KEEP_TIME_NONE && s->r->result.as_of > before->newest;
    return wrote && !later ? keep_carried_drop(s->r->store, err) : 0;
}

int keep_auditsince_store(struct keep_auditsince *s, bool wrote, struct keep_err *err)
{
    struct leaving *l = s->leaving;
    if (!l)
        return leave_alone(s, wrote, err);
    keep_crew_wait(s->r->crew, &l->job);
    if (l->rc < 0 && err)
        *err = l->err;
    int rc = l->rc < 0 ? l->rc : store(s->r->store, l, err);
    leaving_free(s);
    if (rc != KEEP_E_LIMIT)
        return rc;
    keep_err_clear(err); /* too much to go on from: the next run is of everything */
    return keep_carried_drop(s->r->store, err);
}

const char *keep_auditsince_why(const struct keep_auditsince *s)
{
    return s->why;
}

struct keep_auditsince_counts keep_auditsince_counts(const struct keep_auditsince *s)
{
    return (struct keep_auditsince_counts){s->before.fresh, s->before.patients, s->before.accounts, s->before.again};
}
