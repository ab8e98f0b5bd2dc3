/* Columns, hashes and details of up to a segment's events, side by side. A sheet
 * is full with its events counted or its details weighed, whichever comes first. */
#include "core/store/logsheet.h"

#include <stdlib.h>

#define FAST 1 /* zstd level: details are opened one at a time, written by the million */

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

struct keep_logsheet *keep_logsheet_new(void)
{
    return calloc(1, sizeof(struct keep_logsheet));
}

void keep_logsheet_free(struct keep_logsheet *s)
{
    if (s)
        keep_buf_free(&s->detail);
    free(s);
}

void keep_logsheet_clear(struct keep_logsheet *s)
{
    s->c.n = 0;
    keep_buf_clear(&s->detail);
}

bool keep_logsheet_full(const struct keep_logsheet *s)
{
    return s->c.n == KEEP_SEGMENT_EVENTS || s->detail.n >= KEEP_LOGDETAIL_SEGMENT_MAX;
}

static struct keep_str detail_at(const struct keep_logsheet *s, uint32_t i)
{
    uint32_t start = i ? s->end[i - 1] : 0;

    return (struct keep_str){(const char *)s->detail.p + start, s->end[i] - start};
}

int keep_logsheet_add(struct keep_logsheet *s, const struct keep_row_event *e, const struct keep_events_ids *ids, uint64_t ordinal, uint64_t hash, struct keep_err *err)
{
    struct keep_segment *c = &s->c;
    uint32_t i = c->n;
    size_t letters = 0;

    for (size_t j = 0; j < e->reason.n; j++)
        letters += ((uint8_t)e->reason.p[j] & 0xc0) != 0x80; /* code points */
    keep_logdetail_put(&s->detail, e);
    if (s->detail.failed)
        return no_memory(err);
    c->ordinal[i] = ordinal;
    c->time[i] = e->time;
    c->account[i] = ids->account;
    c->patient[i] = ids->patient;
    c->place[i] = ids->place;
    c->unit[i] = ids->unit;
    c->action[i] = (uint8_t)e->action;
    c->exposure[i] = (uint8_t)e->exposure;
    c->outcome[i] = (uint8_t)e->outcome;
    c->purpose[i] = (uint8_t)e->purpose;
    c->break_glass[i] = (uint8_t)e->break_glass;
    c->searched[i] = e->query.n > 0;
    c->reason[i] = e->reason.p ? (int16_t)(letters < INT16_MAX ? letters : INT16_MAX) : -1;
    s->hash[i] = hash;
    s->end[i] = (uint32_t)s->detail.n;
    c->n++;
    return 0;
}

int keep_logsheet_join(struct keep_logsheet *s, const struct keep_logsheet *more, struct keep_err *err)
{
    struct keep_segment *to = &s->c;
    const struct keep_segment *from = &more->c;
    uint32_t before = (uint32_t)s->detail.n;

    if (to->n + from->n > KEEP_SEGMENT_EVENTS || s->detail.n + more->detail.n > KEEP_LOGDETAIL_SEGMENT_MAX)
        return 1;
    keep_buf_add(&s->detail, more->detail.p, more->detail.n);
    if (s->detail.failed)
        return no_memory(err);
#define JOIN(column) memcpy(to->column + to->n, from->column, from->n * sizeof *to->column)
    JOIN(ordinal); JOIN(time); JOIN(account); JOIN(patient); JOIN(place); JOIN(unit); JOIN(action); JOIN(exposure);
    JOIN(outcome); JOIN(purpose); JOIN(break_glass); JOIN(searched); JOIN(reason);
#undef JOIN
    for (uint32_t i = 0; i < from->n; i++) {
        s->hash[to->n + i] = more->hash[i];
        s->end[to->n + i] = more->end[i] + before;
    }
    to->n += from->n;
    return 0;
}

void keep_logsheet_hash(const struct keep_logsheet *s, uint32_t from, struct keep_hash_stream *run)
{
    for (uint32_t i = from; i < s->c.n; i++)
        keep_logdetail_canon(run, &s->c, i, s->hash[i], detail_at(s, i));
}

/* --- the press --- */

int keep_logsheet_press_init(struct keep_logsheet_press *p, struct keep_err *err)
{
    *p = (struct keep_logsheet_press){0};
    return keep_squeeze_new(&p->z, FAST, err);
}

void keep_logsheet_press_done(struct keep_logsheet_press *p)
{
    keep_squeeze_free(p->z);
    keep_logdetail_room_free(&p->room);
    keep_buf_free(&p->columns);
    keep_buf_free(&p->hashes);
    keep_buf_free(&p->sealed);
}

int keep_logsheet_press(struct keep_logsheet_press *p, const struct keep_logsheet *s, uint32_t from, const uint8_t key[32], struct keep_err *err)
{
    const struct keep_segment *c = &s->c;
    struct keep_logdetail_span details = {keep_buf_view(&s->detail), from ? s->end[from - 1] : 0, c->n - from, s->end + from};

    p->at.first = c->ordinal[from];
    p->at.last = c->ordinal[c->n - 1];
    p->oldest = p->newest = c->time[from];
    keep_buf_clear(&p->columns);
    keep_buf_clear(&p->hashes);
    keep_buf_clear(&p->sealed);
    keep_segment_pack(c, from, &p->columns);
    for (uint32_t i = from; i < c->n; i++) {
        keep_buf_u64(&p->hashes, s->hash[i]);
        p->oldest = c->time[i] < p->oldest ? c->time[i] : p->oldest;
        p->newest = c->time[i] > p->newest ? c->time[i] : p->newest;
    }
    if (p->columns.failed || p->hashes.failed)
        return no_memory(err);
    return keep_logdetail_seal(p->z, &details, &p->at, key, &p->room, &p->sealed, err);
}
