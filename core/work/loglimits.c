/* An answer "nobody opened it" is worth as much as the log behind it; so every
 * answer ends with this. */
#include "core/work/loglimits.h"

#include "core/work/coverage.h"

static bool touches(const struct keep_coverage_gap *g, keep_time from, keep_time to)
{
    return (to == KEEP_TIME_NONE || g->from <= to) && (from == KEEP_TIME_NONE || g->to >= from);
}

static void write_source(const struct keep_coverage *c, const struct keep_coverage_class *k, keep_time from, keep_time to, struct keep_buf *out)
{
    const struct keep_source *s = &c->world.source[k->source];
    char a[KEEP_CIVIL_TIME_SIZE], b[KEEP_CIVIL_TIME_SIZE];
    size_t gaps = 0;
    keep_buf_printf(out, "  %.*s: %llu accesses, %s to %s, %s\n", (int)s->name.n, s->name.p, (unsigned long long)k->rows, keep_civil_format_date(k->first, a), keep_civil_format_date(k->last, b),
                    s->complete ? "declared complete" : "not declared complete");
    for (size_t i = 0; i < k->gaps; i++) {
        if (!touches(&k->gap[i], from, to))
            continue;
        gaps++;
        keep_buf_printf(out, "    silent from %s to %s: %u hours without an access, where one every %u %s usual\n", keep_civil_format_time(k->gap[i].from, a), keep_civil_format_time(k->gap[i].to, b),
                        (unsigned)k->gap[i].empty, (unsigned)k->gap[i].usual, k->gap[i].usual == 1 ? "hour is" : "hours is");
    }
    if (gaps == 0)
        keep_buf_str(out, "    no silent stretch that stands out\n");
}

int keep_loglimits_write(struct keep_store *s, keep_time from, keep_time to, struct keep_buf *out, struct keep_err *err)
{
    struct keep_coverage c;
    struct keep_coverage_params p = {.packs = NULL};
    bool any = false;
    int rc = keep_coverage_run(&c, s, &p, err);
    if (rc == 0) {
        keep_buf_str(out, "what the log cannot show: accesses that its sources did not record, and what was seen on another's screen\n");
        for (size_t i = 0; i < c.classes; i++) {
            if (c.klass[i].log)
                write_source(&c, &c.klass[i], from, to, out);
            any |= c.klass[i].log;
        }
        if (!any)
            keep_buf_str(out, "  no access log has been taken in\n");
        rc = out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    keep_coverage_free(&c);
    return rc;
}
