/* Which reader a file is for: JSON begins with a brace, everything else is a
 * table that a column map must know. */
#include "core/ingest/feed.h"
#include "core/ingest/fhir.h"
#include "core/ingest/skim.h"
#include "core/ingest/table.h"

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
        rc = s.p[0] == '{' ? keep_fhir_read(p, &feed, &n, err) : keep_table_read(p, &feed, &n, err);
    if (rc == 0)
        *counts = n;
out:
    keep_feed_done(&feed);
    return rc;
}
