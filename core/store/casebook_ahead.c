/* Cases ask for nothing of the world that an audit loads, so both can be read at
 * once. The second connection begins to read where the store's own stands, and
 * leaves as soon as it has read, lest a writer wait for it while an audit judges. */
#include "core/store/casebook_ahead.h"

#include <stdlib.h>

#include "core/store/beside.h"
#include "core/store/casebook_read.h"
#include "core/store/load_inside.h"

struct keep_casebook_ahead {
    struct keep_crew *crew;
    struct keep_crew_job job;
    struct keep_beside beside; /* of the job, if it has one */
    sqlite3 *db;
    struct keep_arena *arena;
    struct keep_casebook_case *list;
    size_t n;
    int rc;
    struct keep_err err;
};

static void read_all(void *ctx)
{
    struct keep_casebook_ahead *h = ctx;

    h->rc = keep_casebook_read_brief(h->db, h->arena, &h->list, &h->n, &h->err);
    keep_beside_release(&h->beside);
}

/* 0; 1 there is no second connection. */
static int connect(struct keep_casebook_ahead *h, struct keep_store *s, struct keep_err *err)
{
    struct keep_load_hold hold = {NULL, NULL};

    if (keep_crew_threads(h->crew) == 1)
        return 1;
    int rc = keep_load_hold_open(&hold, s, err);
    if (rc == 0)
        rc = keep_beside_open(&h->beside, s, err);
    keep_load_hold_close(&hold);
    return rc;
}

int keep_casebook_ahead_begin(struct keep_casebook_ahead **out, struct keep_store *s, struct keep_crew *crew, struct keep_err *err)
{
    struct keep_casebook_ahead *h = calloc(1, sizeof *h);
    int rc = 0;

    if (h)
        h->arena = keep_arena_new(0);
    if (!h || !h->arena)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading cases");
    else
        h->crew = crew;
    if (rc == 0)
        rc = connect(h, s, err);
    if (rc < 0) {
        keep_casebook_ahead_free(h);
        return rc;
    }
    h->db = rc == 0 ? h->beside.db : keep_store_db(s);
    h->job = (struct keep_crew_job){.run = read_all, .ctx = h, .lasts = true};
    keep_crew_give(rc == 0 ? crew : NULL, &h->job);
    *out = h;
    return 0;
}

int keep_casebook_ahead_end(struct keep_casebook_ahead *h, struct keep_casebook_case **out, size_t *n, struct keep_err *err)
{
    keep_crew_wait(h->crew, &h->job);
    if (h->rc < 0) {
        if (err)
            *err = h->err;
        return h->rc;
    }
    *out = h->list;
    *n = h->n;
    return 0;
}

void keep_casebook_ahead_free(struct keep_casebook_ahead *h)
{
    if (!h)
        return;
    if (h->beside.db)
        sqlite3_interrupt(h->beside.db); /* in the middle of it: nobody wants it any more */
    keep_crew_drop(h->crew, &h->job);
    keep_beside_close(&h->beside);
    keep_arena_free(h->arena);
    free(h);
}
