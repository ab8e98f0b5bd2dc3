/* SQLite calls back every so many instructions. A write that is interrupted
 * takes its whole transaction with it, and between the commits of two files
 * nothing may fail that need not: so only reading outside a transaction stops. */
#include "core/store/watch.h"

#include "core/store/state.h"

#define INSTRUCTIONS 200000 /* some milliseconds */

static int ask(void *ctx)
{
    struct keep_store *s = ctx;

    return sqlite3_get_autocommit(s->db) && keep_progress_step(&s->progress, "reading the keep", 0, 0);
}

void keep_watch_reading(struct keep_store *s, bool asks)
{
    sqlite3_progress_handler(s->db, INSTRUCTIONS, asks && s->progress.step ? ask : NULL, s);
}

void keep_watch(struct keep_store *s, const struct keep_progress *p)
{
    s->progress = *p;
    keep_watch_reading(s, true);
}

int keep_watch_step(struct keep_store *s, const char *what, uint64_t done, uint64_t total)
{
    return keep_progress_step(&s->progress, what, done, total);
}
