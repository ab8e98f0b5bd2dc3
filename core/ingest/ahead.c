/* A ring of chunks: the oldest is taken, the newest filled, those between are
 * the crew's. A chunk owns the bytes of its lines and the arena of their trees,
 * so a thread that parses it shares nothing with anybody. Only short lines come
 * here: no tree of a chunk can reach the ceiling that a resource's tree has, so
 * a line is refused here for what it is refused for elsewhere. */
#include "core/ingest/ahead.h"

#include <stdlib.h>
#include <string.h>

#include "core/ingest/skim.h"

enum {
    CHUNK_BYTES = 64 * 1024, /* half a millisecond of work, much against the cost of handing it over; all chunks with their trees stay near a core */
    LINE_BYTES = 256 * 1024, /* a longer line is no help to share: it would hold up its chunk */
    CHUNK_LINES = 4096,
};

struct chunk {
    struct keep_crew_job job;
    struct keep_buf bytes;
    struct keep_arena *arena;
    struct keep_fhir f; /* a reader of its own, which emits nothing */
    struct keep_ahead_line line[CHUNK_LINES];
    size_t lines;
};

struct keep_ahead {
    struct keep_crew *crew;
    struct chunk *chunk[KEEP_AHEAD_CHUNKS];
    size_t oldest, given; /* chunk[oldest + given] is being filled */
    bool taken;           /* the oldest one's lines were handed out */
};

static struct chunk *at(struct keep_ahead *a, size_t i)
{
    return a->chunk[(a->oldest + i) % KEEP_AHEAD_CHUNKS];
}

void keep_ahead_free(struct keep_ahead *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < KEEP_AHEAD_CHUNKS && a->chunk[i]; i++) {
        keep_crew_drop(a->crew, &a->chunk[i]->job);
        keep_arena_free(a->chunk[i]->arena);
        keep_buf_free(&a->chunk[i]->bytes);
        keep_buf_free(&a->chunk[i]->f.scratch);
        free(a->chunk[i]);
    }
    free(a);
}

/* The rows of an AuditEvent while its tree is at hand. Where that fails, who takes it tries again and says why. */
static void read_audit(struct chunk *c, struct keep_ahead_line *line)
{
    struct keep_fhir_resource r = {.f = &c->f, .json = line->parsed.json, .at = line->at};
    struct keep_fhir_audit *a;
    struct keep_err err;
    r.type = keep_fhir_value_str(r.json, "resourceType");
    c->f.over = false;
    if (keep_str_is(r.type, "AuditEvent") && (a = keep_arena_room(c->arena, sizeof *a)) && keep_fhir_audit_read(&r, a, &err) == 0 && !c->f.over)
        line->parsed.audit = a;
}

/* What a thread does: needs nothing but its chunk, and the zone, which nobody writes. */
static void parse(void *ctx)
{
    struct chunk *c = ctx;
    for (size_t i = 0; i < c->lines; i++) {
        struct keep_fhir_parsed *p = &c->line[i].parsed;
        struct keep_err err = {0};
        p->rc = keep_json_parse(&p->json, c->line[i].text, NULL, c->arena, &err);
        if (p->rc < 0) {
            static const struct keep_err no_memory = {.code = KEEP_E_NOMEM, .text = "no memory for JSON"};
            struct keep_err *why = keep_arena_room(c->arena, sizeof *why);
            p->why = why ? memcpy(why, &err, sizeof err) : &no_memory;
            p->rc = p->why->code;
            continue;
        }
        read_audit(c, &c->line[i]);
    }
}

int keep_ahead_new(struct keep_ahead **out, const struct keep_ingest *p, struct keep_err *err)
{
    struct keep_ahead *a = calloc(1, sizeof *a);
    bool ok = a != NULL;
    for (size_t i = 0; ok && i < KEEP_AHEAD_CHUNKS; i++) {
        struct chunk *c = a->chunk[i] = calloc(1, sizeof *c);
        ok = c && (c->arena = keep_arena_new(0)) && keep_buf_reserve(&c->bytes, LINE_BYTES);
        if (c) {
            c->f = (struct keep_fhir){.p = p, .arena = c->arena};
            c->job = (struct keep_crew_job){.run = parse, .ctx = c};
        }
    }
    if (!ok) {
        keep_ahead_free(a);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for reading ahead");
    }
    a->crew = p->crew;
    *out = a;
    return 0;
}

bool keep_ahead_fits(const struct keep_feed_line *line)
{
    return line->bytes.n <= LINE_BYTES;
}

static void give(struct keep_ahead *a)
{
    keep_crew_give(a->crew, &at(a, a->given)->job);
    a->given++;
}

/* Forgets the chunk that was handed out. */
static void done(struct keep_ahead *a)
{
    struct chunk *c = at(a, 0);
    if (!a->taken)
        return;
    c->lines = 0;
    keep_buf_clear(&c->bytes);
    keep_arena_reset(c->arena);
    a->oldest = (a->oldest + 1) % KEEP_AHEAD_CHUNKS;
    a->given--;
    a->taken = false;
}

bool keep_ahead_add(struct keep_ahead *a, const struct keep_feed_line *line)
{
    struct keep_str s = keep_skim_trim(line->bytes);
    struct chunk *c;
    bool full = false;
    done(a);
    if (s.n == 0)
        return false;
    c = at(a, a->given);
    if (c->lines == CHUNK_LINES || (c->lines > 0 && c->bytes.n + s.n > CHUNK_BYTES)) {
        give(a);
        full = true;
        c = at(a, a->given);
    }
    struct keep_ahead_line *to = &c->line[c->lines++];
    *to = (struct keep_ahead_line){
        .text = {(const char *)c->bytes.p + c->bytes.n, s.n},
        .at = {.line = line->line, .offset = line->offset + (uint64_t)(s.p - line->bytes.p)},
    };
    keep_buf_add(&c->bytes, s.p, s.n); /* fits: the room was taken at the start, so the text stays where it is */
    return full;
}

bool keep_ahead_take(struct keep_ahead *a, size_t leave, const struct keep_ahead_line **line, size_t *n)
{
    done(a);
    if (leave == 0 && at(a, a->given)->lines > 0)
        give(a);
    if (a->given <= (leave ? leave - 1 : 0))
        return false;
    struct chunk *c = at(a, 0);
    keep_crew_wait(a->crew, &c->job);
    *line = c->line;
    *n = c->lines;
    a->taken = true;
    return true;
}
