/* Which reader a file is for: JSON begins with a brace, or is named so, or has
 * lines that begin so behind one that nobody can read; everything else is a
 * table that a column map must know. */
#include <string.h>

#include "core/ingest/feed.h"
#include "core/ingest/fhir.h"
#include "core/ingest/skim.h"
#include "core/ingest/table.h"

/* A file that nobody can read: all of it into quarantine, in pieces when it is large. */
static int keep_whole(const struct keep_ingest *p, struct keep_feed *feed, const char *reason, struct keep_ingest_counts *n, struct keep_err *err)
{
    struct keep_row_quarantine q = {.at = {.line = 1}, .reason = reason};
    struct keep_buf piece = KEEP_BUF_INIT;
    struct keep_str s;
    int rc = 1;
    while (rc == 1) {
        rc = keep_feed_piece(feed, &s, err);
        if (rc == 1) {
            keep_buf_add(&piece, s.p, s.n);
            if (piece.failed)
                rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for a file");
            if (piece.n < KEEP_FEED_LINE)
                continue;
        }
        if (rc < 0 || piece.n == 0)
            continue;
        q.bytes = keep_buf_view(&piece);
        int taken = p->sink->quarantine(p->sink->ctx, &q, err);
        n->items++;
        n->quarantined++;
        q.at.offset += piece.n;
        keep_buf_clear(&piece);
        if (taken < 0)
            rc = taken;
    }
    keep_buf_free(&piece);
    return rc;
}

static int read_known(const struct keep_ingest *p, struct keep_feed *feed, bool json, struct keep_ingest_counts *n, struct keep_err *err)
{
    struct keep_err own = {0};
    int rc = json ? keep_fhir_read(p, feed, n, &own) : keep_table_read(p, feed, n, &own);
    if (rc == KEEP_E_INPUT && !json && p->keep_foreign && !feed->head_given)
        return keep_whole(p, feed, own.text, n, err);
    if (rc < 0 && err)
        *err = own;
    return rc;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* A first line that is no JSON must not cost the good ones behind it. */
static bool is_json(const char *name, struct keep_str head)
{
    if (head.p[0] == '{' || (name && (ends_with(name, ".json") || ends_with(name, ".ndjson") || ends_with(name, ".jsonl"))))
        return true;
    for (size_t i = 0; i + 2 < head.n; i++)
        if (head.p[i] == '\n' && head.p[i + 1] == '{' && head.p[i + 2] == '"')
            return true;
    return false;
}

int keep_ingest_read(const struct keep_ingest *p, struct keep_ingest_counts *counts, struct keep_err *err)
{
    struct keep_feed feed;
    struct keep_ingest_counts n = {0};
    struct keep_str s = {NULL, 0};
    int rc = 1;
    keep_feed_init(&feed, p);
    while (s.n == 0 && rc == 1 && feed.head.n <= KEEP_FEED_LINE) { /* a file of blanks alone holds nothing */
        rc = keep_feed_ahead(&feed, err);
        s = keep_buf_view(&feed.head);
        if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
            s = (struct keep_str){s.p + 3, s.n - 3};
        s = keep_skim_trim(s);
    }
    if (rc < 0)
        goto out;
    rc = s.n == 0 && rc == 1 ? keep_err_at(err, KEEP_E_INPUT, p->name, 0, 0, "nothing but blanks in its first 64 MiB") : 0;
    if (s.n > 0)
        rc = read_known(p, &feed, is_json(p->name, s), &n, err);
    if (rc == 0)
        *counts = n;
out:
    keep_feed_done(&feed);
    return rc;
}
