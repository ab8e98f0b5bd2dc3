/* The page and the text are written around the rows, whose report writes into
 * the same buffer: an answer to one patient is small, and must be whole before it
 * is signed. */
#include "core/report/letter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text/html.h"

static int into(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct keep_buf *out = ctx;
    keep_buf_add(out, p, n);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static bool make_room(struct keep_letter *l, struct keep_letter_lines *w)
{
    size_t room = w->room ? 2 * w->room : 16;
    struct keep_str *line = w->n < w->room ? w->line : keep_arena_array(l->arena, room, sizeof *line);
    if (!line || w->n < w->room)
        return line;
    if (w->n)
        memcpy(line, w->line, w->n * sizeof *line);
    w->line = line;
    w->room = room;
    return true;
}

void keep_letter_say(struct keep_letter *l, struct keep_letter_lines *w, const char *fmt, ...)
{
    struct keep_str s = {NULL, 0};
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    bool ok = n >= 0 && make_room(l, w);
    if (ok)
        s = keep_arena_str(l->arena, (struct keep_str){text, (size_t)n}, &ok);
    if (ok)
        w->line[w->n++] = s;
    w->failed |= !ok;
    if (n >= 0)
        free(text);
}

/* Bytes of a line that fits: up to the last blank before the width, or all. */
static size_t line_of(struct keep_str s)
{
    size_t columns = 0, blank = 0, i = 0;
    for (; i < s.n && columns <= KEEP_LETTER_WIDTH; i++) {
        if (s.p[i] == ' ')
            blank = i;
        columns += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    }
    return i == s.n && columns <= KEEP_LETTER_WIDTH ? s.n : blank ? blank : s.n;
}

static void paragraph_text(struct keep_buf *out, struct keep_str s)
{
    while (s.n) {
        size_t n = line_of(s);
        keep_buf_add(out, s.p, n);
        keep_buf_char(out, '\n');
        s.p += n;
        s.n -= n;
        while (s.n && s.p[0] == ' ')
            s.p++, s.n--;
    }
}

/* In text, lists ("- ", and what is indented below) stand close; other paragraphs behind the rows do not. */
static void paragraphs(struct keep_buf *out, bool html, const struct keep_letter_lines *l, bool apart)
{
    for (size_t i = 0; i < l->n; i++) {
        if (!html) {
            if (apart && i > 0 && l->line[i].n && l->line[i].p[0] != '-' && l->line[i].p[0] != ' ')
                keep_buf_char(out, '\n');
            paragraph_text(out, l->line[i]);
            continue;
        }
        keep_buf_str(out, "<p>");
        keep_html_text(out, l->line[i]);
        keep_buf_str(out, "</p>\n");
    }
}

static int rows(struct keep_buf *out, enum keep_report_format f, const struct keep_letter *l, struct keep_err *err)
{
    struct keep_report *r = NULL;
    int rc = f == KEEP_REPORT_HTML ? keep_report_open_table(&r, l->field, l->fields, into, out, err) : keep_report_open(&r, f, l->name, l->field, l->fields, into, out, err);
    if (rc < 0)
        return rc;
    rc = l->rows(l->ctx, r, err);
    if (rc < 0) {
        keep_report_drop(r);
        return rc;
    }
    keep_report_member(r, "before", l->before.line, l->before.n);
    keep_report_member(r, "after", l->after.line, l->after.n);
    return keep_report_close(r, err);
}

int keep_letter_write(struct keep_buf *out, enum keep_report_format f, const struct keep_letter *l, struct keep_err *err)
{
    bool html = f == KEEP_REPORT_HTML, people = html || f == KEEP_REPORT_TABLE;
    if (html) {
        keep_html_begin(out, keep_str_of(l->title));
        keep_buf_str(out, "<h1>");
        keep_html_text(out, keep_str_of(l->title));
        keep_buf_str(out, "</h1>\n");
    } else if (people) {
        keep_buf_printf(out, "%s\n\n", l->title);
    }
    if (people)
        paragraphs(out, html, &l->before, false);
    if (people && !html)
        keep_buf_char(out, '\n');
    size_t at = out->n;
    int rc = rows(out, f, l, err);
    if (people && !html && out->n > at)
        keep_buf_char(out, '\n');
    if (people)
        paragraphs(out, html, &l->after, true);
    if (html)
        keep_html_end(out);
    return rc < 0 ? rc : out->failed || l->before.failed || l->after.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}
