/* Tables for a terminal. Cells are made safe when they come in, so that their
 * width is the width of what will be shown; columns are as wide as their widest
 * cell, or as their limit, and then the text goes on in the next line. A word goes
 * over the limit before it is cut: names of rules are looked for and copied. */
#include "core/text/term.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/base/num.h"
#include "core/text/utf8.h"

enum {
    GAP = 2,
    WORD = 40, /* columns of a word that is never cut; a longer one is hardly a name */
};

struct cell {
    size_t at, n; /* in the table's text */
};

struct keep_term {
    struct keep_term_column *col;
    size_t *width, *word; /* of the widest cell; of the longest word, or WORD */
    size_t n, rows, cap; /* cap in rows */
    struct cell *cell;   /* rows * n, the titles first */
    struct keep_buf text;
};

/* Characters that would act on the terminal or reorder what stands around them.
 * The joiners U+200C and U+200D belong to words of many scripts and stay. */
static bool acts(uint32_t c)
{
    if (c == 0x200c || c == 0x200d)
        return false;
    utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)c);
    return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CF || kind == UTF8PROC_CATEGORY_ZL || kind == UTF8PROC_CATEGORY_ZP;
}

void keep_term_safe(struct keep_buf *out, struct keep_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && s.p[i] >= 0x20 && s.p[i] < 0x7f)
            i++;
        if (i > from) {
            keep_buf_add(out, s.p + from, i - from);
            continue;
        }
        char bytes[4];
        uint32_t c = keep_utf8_next(s, &i);
        if (acts(c))
            keep_buf_printf(out, "<U+%04X>", c);
        else
            keep_buf_add(out, bytes, keep_utf8_put(c, bytes));
    }
}

void keep_term_lines(struct keep_buf *out, struct keep_str s)
{
    const char *end;
    for (; s.n && (end = memchr(s.p, '\n', s.n)) != NULL; s = (struct keep_str){end + 1, s.n - (size_t)(end + 1 - s.p)}) {
        keep_term_safe(out, (struct keep_str){s.p, (size_t)(end - s.p)});
        keep_buf_char(out, '\n');
    }
    keep_term_safe(out, s);
}

/* Columns of the longest word, of those that are not cut. */
static size_t longest_word(struct keep_str s)
{
    size_t longest = 0;
    for (size_t i = 0, from = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != ' ')
            continue;
        size_t columns = keep_utf8_columns((struct keep_str){s.p + from, i - from});
        if (columns > longest && columns <= WORD)
            longest = columns;
        from = i + 1;
    }
    return longest;
}

static bool add_row(struct keep_term *t, const struct keep_str *cells)
{
    if (t->rows == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 32, count, bytes;
        struct cell *grown = NULL;
        if (keep_num_mul(cap, t->n, &count) && keep_num_mul(count, sizeof *grown, &bytes))
            grown = realloc(t->cell, bytes);
        if (!grown)
            return false;
        t->cell = grown;
        t->cap = cap;
    }
    struct cell *row = t->cell + t->rows * t->n;
    for (size_t i = 0; i < t->n; i++) {
        row[i].at = t->text.n;
        keep_term_safe(&t->text, cells[i]);
        row[i].n = t->text.n - row[i].at;
    }
    if (t->text.failed)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        struct keep_str shown = {(const char *)t->text.p + row[i].at, row[i].n};
        size_t columns = keep_utf8_columns(shown), word = t->col[i].max && columns > t->col[i].max ? longest_word(shown) : 0;
        t->width[i] = columns > t->width[i] ? columns : t->width[i];
        t->word[i] = word > t->word[i] ? word : t->word[i];
    }
    t->rows++;
    return true;
}

struct keep_term *keep_term_new(const struct keep_term_column *cols, size_t n)
{
    struct keep_term *t = calloc(1, sizeof *t);
    struct keep_str *title = calloc(n ? n : 1, sizeof *title);
    if (!t || !title)
        goto fail;
    t->n = n;
    t->col = calloc(n ? n : 1, sizeof *t->col);
    t->width = calloc(n ? n : 1, sizeof *t->width);
    t->word = calloc(n ? n : 1, sizeof *t->word);
    if (!t->col || !t->width || !t->word)
        goto fail;
    for (size_t i = 0; i < n; i++) {
        t->col[i] = cols[i];
        title[i] = keep_str_of(cols[i].title);
    }
    if (!add_row(t, title))
        goto fail;
    free(title);
    return t;
fail:
    free(title);
    keep_term_free(t);
    return NULL;
}

void keep_term_free(struct keep_term *t)
{
    if (!t)
        return;
    free(t->col);
    free(t->width);
    free(t->word);
    free(t->cell);
    keep_buf_free(&t->text);
    free(t);
}

bool keep_term_row(struct keep_term *t, const struct keep_str *cells)
{
    return add_row(t, cells);
}

static void pad(struct keep_buf *out, size_t n)
{
    for (; n > 0; n--)
        keep_buf_char(out, ' ');
}

/* Bytes of s that fit in width columns: up to the last blank if there is one, else as many as fit, at least one character. */
static size_t fitting(struct keep_str s, size_t width)
{
    size_t i = 0, columns = 0, blank = 0, fit = 0;
    while (i < s.n) {
        size_t from = i;
        uint32_t c = keep_utf8_next(s, &i);
        columns += keep_utf8_columns((struct keep_str){s.p + from, i - from});
        if (columns > width) {
            if (c == ' ')
                return from ? from : i;
            return blank ? blank : fit ? fit : i;
        }
        fit = i;
        if (c == ' ')
            blank = from;
    }
    return s.n;
}

/* One line of a row: what is left of each cell, cut to its column. true while anything is left. */
static bool write_line(struct keep_term *t, struct keep_str *left, const size_t *width, struct keep_buf *out)
{
    bool more = false;
    size_t owed = 0; /* blanks that only matter when something follows */
    for (size_t i = 0; i < t->n; i++) {
        size_t n = fitting(left[i], width[i]);
        struct keep_str part = {left[i].p, n};
        size_t columns = keep_utf8_columns(part), gap = width[i] > columns ? width[i] - columns : 0;
        if (n > 0) {
            pad(out, owed + (t->col[i].right ? gap : 0));
            keep_buf_add(out, part.p, part.n);
            owed = t->col[i].right ? 0 : gap;
        } else {
            owed += gap;
        }
        owed += GAP;
        left[i] = (struct keep_str){left[i].p + n, left[i].n - n};
        while (left[i].n > 0 && left[i].p[0] == ' ' && n > 0)
            left[i] = (struct keep_str){left[i].p + 1, left[i].n - 1};
        more = more || left[i].n > 0;
    }
    keep_buf_char(out, '\n');
    return more;
}

void keep_term_write(struct keep_term *t, struct keep_buf *out)
{
    struct keep_str *left = calloc(t->n ? t->n : 1, sizeof *left);
    size_t *width = calloc(t->n ? t->n : 1, sizeof *width);
    if (!left || !width) {
        out->failed = true;
        goto out;
    }
    for (size_t i = 0; i < t->n; i++) {
        size_t most = t->col[i].max > t->word[i] ? t->col[i].max : t->word[i];
        width[i] = t->col[i].max && most < t->width[i] ? most : t->width[i];
    }
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t i = 0; i < t->n; i++) {
            const struct cell *c = &t->cell[r * t->n + i];
            left[i] = (struct keep_str){c->n ? (const char *)t->text.p + c->at : "", c->n};
        }
        while (write_line(t, left, width, out))
            ;
    }
out:
    free(left);
    free(width);
}
