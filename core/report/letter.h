/* A listing that is handed to somebody: a title, paragraphs before the rows and
 * behind them. The table and the page hold all of it; JSON the rows and the
 * paragraphs; NDJSON and CSV the rows alone, for machines. */
#ifndef CORE_REPORT_LETTER_H
#define CORE_REPORT_LETTER_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/report/report.h"

#define KEEP_LETTER_WIDTH 100 /* columns after which a paragraph of the table goes on in the next line */

struct keep_letter_lines {
    struct keep_str *line;             /* paragraphs without line feeds, in the arena */
    size_t n, room;
    bool failed;                       /* one could not be kept: _write says so */
};
struct keep_letter {
    struct keep_arena *arena;
    const char *name;                  /* of the rows in JSON */
    const char *title;
    const struct keep_report_field *field;
    size_t fields;
    struct keep_letter_lines before, after;
    int (*rows)(void *ctx, struct keep_report *r, struct keep_err *err); /* writes them */
    void *ctx;
};
/* One more paragraph of l->before or l->after. */
void keep_letter_say(struct keep_letter *l, struct keep_letter_lines *where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int keep_letter_write(struct keep_buf *out, enum keep_report_format f, const struct keep_letter *l, struct keep_err *err);

#endif
