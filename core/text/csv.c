/* CSV (RFC 4180) out of chunks. Bytes wait in one buffer; a state machine walks
 * over each of them once, notes where fields begin and end, and keeps its state
 * when the bytes run out in the middle of a row.
 *
 * A line ends with LF, or CR and LF. A CR alone outside quotes is an end of line to
 * some writers and a stray byte to others: the row is malformed, so that nobody
 * takes a whole file of such lines for one row of many fields.
 *
 * A quote in the wrong place says nothing about where the row was meant to end.
 * Then the row's first line is given up and reading begins again at the second.
 * Bytes are walked over at most twice for that: the line that ends a swallowed
 * stretch is the next one with an odd number of quotes, and none between them
 * leaves a quote open by itself. */
#include "core/text/csv.h"

#include <stdlib.h>
#include <string.h>

enum state {
    FIELD_START,
    PLAIN,
    QUOTED,
    QUOTE_SEEN, /* behind a quote inside quotes: the end, or the first of a doubled one */
    SKIPPING,   /* to the end of a line that is too long */
};

/* Beside the results of keep_csv_next: the bytes ran out. */
enum { MORE = 3 };

/* Offsets from the row's first byte. */
struct span {
    uint32_t at, n;
    bool doubled; /* holds doubled quotes */
};

struct keep_csv {
    char sep;
    bool last, begun;   /* no more bytes will come; the byte order mark is dealt with */
    enum state state;
    struct keep_buf in; /* fed bytes */
    size_t row, scan;   /* first byte of the row; the byte to look at next */
    uint64_t line, offset; /* of the row's first byte */
    uint32_t lines;     /* line ends inside the row so far */
    size_t first_end;   /* first line end inside the row, valid when lines > 0 */
    bool nul;
    size_t n;           /* fields so far, also those beyond the limit */
    struct span open;   /* the field being read */
    struct span span[KEEP_CSV_FIELDS];
    struct keep_str field[KEEP_CSV_FIELDS];
    struct keep_buf text; /* fields whose doubled quotes were undone */
};

struct keep_csv *keep_csv_new(char sep)
{
    struct keep_csv *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->sep = sep;
    c->line = 1;
    return c;
}

void keep_csv_free(struct keep_csv *c)
{
    if (!c)
        return;
    keep_buf_free(&c->in);
    keep_buf_free(&c->text);
    free(c);
}

int keep_csv_feed(struct keep_csv *c, const void *p, size_t n, bool last, struct keep_err *err)
{
    if (c->last && n > 0)
        return keep_err_set(err, KEEP_E_USAGE, "bytes behind the last ones of a CSV file");
    if (c->row > 0) { /* make room: everything before the row is done */
        memmove(c->in.p, c->in.p + c->row, c->in.n - c->row);
        c->in.n -= c->row;
        c->scan -= c->row;
        c->first_end -= c->lines ? c->row : 0;
        c->row = 0;
    }
    keep_buf_add(&c->in, p, n);
    if (c->in.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "no memory for CSV");
    c->last = c->last || last;
    return 0;
}

/* The next row begins at to; lines ends were passed on the way there. */
static void begin_row(struct keep_csv *c, size_t to, uint32_t lines)
{
    c->offset += to - c->row;
    c->line += lines;
    c->row = c->scan = to;
    c->state = FIELD_START;
    c->lines = 0;
    c->first_end = 0;
    c->nul = false;
    c->n = 0;
}

/* Passes a byte order mark at the very beginning. false: more bytes are needed to tell. */
static bool begin_file(struct keep_csv *c)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t n = c->in.n < 3 ? c->in.n : 3;
    bool like = n == 0 || memcmp(c->in.p, mark, n) == 0;
    if (like && n < 3 && !c->last)
        return false;
    c->begun = true;
    if (like && n == 3)
        begin_row(c, 3, 0);
    return true;
}

static void end_field(struct keep_csv *c, size_t to)
{
    if (c->n < KEEP_CSV_FIELDS) {
        c->open.n = (uint32_t)(to - c->row) - c->open.at;
        c->span[c->n] = c->open;
    }
    c->n++;
}

static void begin_field(struct keep_csv *c, size_t at)
{
    c->open = (struct span){(uint32_t)(at - c->row), 0, false};
}

/* Gives a malformed row out: raw from the row's first byte to end, the next one begins at next. */
static int malformed(struct keep_csv *c, struct keep_csv_row *row, size_t end, size_t next, uint32_t lines, const char *why, const char **text)
{
    *row = (struct keep_csv_row){.raw = {(const char *)c->in.p + c->row, end - c->row}, .line = c->line, .offset = c->offset};
    *text = why;
    begin_row(c, next, lines);
    return 2;
}

/* The row's bytes end at to, where a CR may stand before the LF. */
static size_t without_cr(const struct keep_csv *c, size_t to)
{
    return to > c->row && c->in.p[to - 1] == '\r' ? to - 1 : to;
}

/* Where looking for the row's end stops: the bytes there are, or the first one too many. */
static size_t reach(const struct keep_csv *c)
{
    return c->in.n - c->row > KEEP_CSV_ROW ? c->row + KEEP_CSV_ROW + 1 : c->in.n;
}

/* Something out of place at c->scan: gives up the row's first line. MORE when its end has not come yet. */
static int give_up(struct keep_csv *c, struct keep_csv_row *row, const char *why, const char **text)
{
    size_t end = c->first_end, stop = reach(c);
    if (c->lines == 0) {
        const unsigned char *nl = memchr(c->in.p + c->scan, '\n', stop - c->scan);
        bool cut = !nl && stop - c->row > KEEP_CSV_ROW;
        if (!nl && !cut && !c->last)
            return MORE; /* comes back to the same place with more bytes */
        if (!nl) {
            end = cut ? stop - 1 : stop;
            int rc = malformed(c, row, end, end, 0, why, text);
            if (cut)
                c->state = SKIPPING;
            return rc;
        }
        end = (size_t)(nl - c->in.p);
    }
    return malformed(c, row, without_cr(c, end), end + 1, 1, why, text);
}

/* Undoes the doubled quotes of one field into c->text, which has room. */
static struct keep_str undouble(struct keep_csv *c, const char *p, size_t n)
{
    size_t from = c->text.n;
    for (size_t i = 0; i < n; i++) {
        c->text.p[c->text.n++] = (unsigned char)p[i];
        if (p[i] == '"')
            i++;
    }
    return (struct keep_str){(const char *)c->text.p + from, c->text.n - from};
}

/* A CR in a field that was not quoted. Few rows have one anywhere, and looking for that costs next to nothing. */
static bool stray_cr(const struct keep_csv *c, const char *base, size_t n)
{
    if (!memchr(base, '\r', n))
        return false;
    for (size_t i = 0; i < c->n && i < KEEP_CSV_FIELDS; i++) {
        const struct span *s = &c->span[i];
        bool quoted = s->at > 0 && base[s->at - 1] == '"';
        if (!quoted && s->n && memchr(base + s->at, '\r', s->n))
            return true;
    }
    return false;
}

/* A whole row from c->row to end (its line end excluded); the next one begins at next. */
static int whole(struct keep_csv *c, struct keep_csv_row *row, size_t end, size_t next, uint32_t lines, const char **text, struct keep_err *err)
{
    if (c->nul)
        return malformed(c, row, end, next, lines, "a NUL byte", text);
    const char *base = (const char *)c->in.p + c->row;
    if (stray_cr(c, base, end - c->row))
        return malformed(c, row, end, next, lines, "a carriage return that no line feed follows", text);
    if (c->n > KEEP_CSV_FIELDS)
        return malformed(c, row, end, next, lines, "too many fields", text);
    keep_buf_clear(&c->text);
    if (!keep_buf_reserve(&c->text, end - c->row))
        return keep_err_set(err, KEEP_E_NOMEM, "no memory for CSV");
    for (size_t i = 0; i < c->n; i++) {
        const struct span *s = &c->span[i];
        c->field[i] = s->doubled ? undouble(c, base + s->at, s->n) : (struct keep_str){base + s->at, s->n};
    }
    *row = (struct keep_csv_row){c->field, c->n, {base, end - c->row}, c->line, c->offset};
    begin_row(c, next, lines);
    return 1;
}

/* Walks inside quotes up to the next quote. false: the bytes ran out. */
static bool through_quoted(struct keep_csv *c)
{
    const unsigned char *p = c->in.p;
    size_t at = c->scan, stop = reach(c);
    for (; at < stop && p[at] != '"'; at++) {
        if (p[at] == '\n' && c->lines++ == 0)
            c->first_end = at;
        if (p[at] == '\0')
            c->nul = true;
    }
    c->scan = at;
    return at < stop;
}

/* Walks outside quotes up to a separator, a line end, or a quote. false: the bytes ran out. */
static bool through_plain(struct keep_csv *c)
{
    const unsigned char *p = c->in.p;
    const unsigned char sep = (unsigned char)c->sep;
    size_t at = c->scan, stop = reach(c);
    for (; at < stop && p[at] != sep && p[at] != '\n' && p[at] != '"'; at++)
        if (p[at] == '\0')
            c->nul = true;
    c->scan = at;
    return at < stop;
}

/* Passes the rest of a line that was given up. false: it has not ended yet. */
static bool skip_line(struct keep_csv *c)
{
    const unsigned char *nl = c->in.n > c->scan ? memchr(c->in.p + c->scan, '\n', c->in.n - c->scan) : NULL;
    size_t to = nl ? (size_t)(nl - c->in.p) + 1 : c->in.n;
    begin_row(c, to, nl ? 1 : 0);
    if (!nl && !c->last)
        c->state = SKIPPING;
    return nl != NULL;
}

/* A separator or the line's end stands at c->scan, the field ended at to (a closing quote or the same place).
 * 0 when the row goes on. */
static int at_delimiter(struct keep_csv *c, size_t to, struct keep_csv_row *row, const char **text, struct keep_err *err)
{
    size_t at = c->scan;
    if (c->in.p[at] == (unsigned char)c->sep) {
        end_field(c, to);
        c->scan++;
        c->state = FIELD_START;
        return 0;
    }
    size_t end = without_cr(c, at);
    if (end == c->row) { /* an empty line */
        begin_row(c, at + 1, c->lines + 1);
        return 0;
    }
    end_field(c, to > end ? end : to);
    return whole(c, row, end, at + 1, c->lines + 1, text, err);
}

/* The last row without a line end behind it. */
static int at_end(struct keep_csv *c, struct keep_csv_row *row, const char **text, struct keep_err *err)
{
    size_t end = without_cr(c, c->in.n);
    if (!c->last || c->state == SKIPPING || c->row == end)
        return 0;
    if (c->state == QUOTED)
        return give_up(c, row, "a quote is never closed", text);
    if (c->state == FIELD_START)
        begin_field(c, end);
    end_field(c, c->state == QUOTE_SEEN ? c->scan - 1 : end);
    return whole(c, row, end, c->in.n, c->lines, text, err);
}

/* One step of the machine. 0 go on, 1 and 2 as keep_csv_next, MORE, <0 error. */
static int step(struct keep_csv *c, struct keep_csv_row *row, const char **text, struct keep_err *err)
{
    const unsigned char *p = c->in.p;
    size_t to;
    switch (c->state) {
    case SKIPPING:
        return skip_line(c) ? 0 : MORE;
    case FIELD_START:
        if (c->scan == c->in.n)
            return MORE;
        c->state = p[c->scan] == '"' ? QUOTED : PLAIN;
        c->scan += c->state == QUOTED;
        begin_field(c, c->scan);
        return 0;
    case PLAIN:
        if (!through_plain(c))
            return MORE;
        if (p[c->scan] != '"')
            return at_delimiter(c, c->scan, row, text, err);
        return give_up(c, row, "a quote inside a field that does not begin with one", text);
    case QUOTED:
        if (!through_quoted(c))
            return MORE;
        c->scan++;
        c->state = QUOTE_SEEN;
        return 0;
    case QUOTE_SEEN:
        if (c->scan == c->in.n || (p[c->scan] == '\r' && c->scan + 1 == c->in.n))
            return MORE; /* at the end of the file a CR alone ends a line too */
        if (p[c->scan] == '"') {
            c->open.doubled = true;
            c->state = QUOTED;
            c->scan++;
            return 0;
        }
        to = c->scan - 1; /* the closing quote */
        if (p[c->scan] == '\r' && p[c->scan + 1] == '\n')
            c->scan++;
        if (p[c->scan] == (unsigned char)c->sep || p[c->scan] == '\n')
            return at_delimiter(c, to, row, text, err);
        return give_up(c, row, "something stands behind a closing quote", text);
    }
    return MORE;
}

int keep_csv_next(struct keep_csv *c, struct keep_csv_row *row, const char **text, struct keep_err *err)
{
    int rc = 0;
    if (!c->begun && !begin_file(c))
        return 0;
    while (rc == 0) {
        if (c->state != SKIPPING && c->scan - c->row > KEEP_CSV_ROW)
            rc = give_up(c, row, "the row is too long", text);
        else
            rc = step(c, row, text, err);
        if (rc == MORE && c->state != SKIPPING && c->scan - c->row > KEEP_CSV_ROW)
            rc = 0; /* what ran out is the limit, not the bytes */
    }
    return rc == MORE ? at_end(c, row, text, err) : rc;
}

struct keep_str keep_csv_cell(const struct keep_csv_row *row, size_t column)
{
    struct keep_str s = column < row->n ? row->field[column] : (struct keep_str){NULL, 0};
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s.p++, s.n--;
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

const char *keep_csv_columns(const struct keep_csv_row *header, const char *const *name, size_t n, size_t *column)
{
    for (size_t c = 0; c < n; c++) {
        size_t i = 0;
        while (i < header->n && !keep_str_is(keep_csv_cell(header, i), name[c]))
            i++;
        if (i == header->n)
            return name[c];
        column[c] = i;
    }
    return NULL;
}

static int table_header(const struct keep_csv_table *t, const struct keep_csv_row *row, struct keep_err *err)
{
    const char *lacks = keep_csv_columns(row, t->name, t->names, t->column);
    return lacks ? keep_err_at(err, KEEP_E_INPUT, t->where, t->where ? row->line : 0, 0, "the table has no column \"%s\"", lacks) : 0;
}

static int table_bad(const struct keep_csv_table *t, const struct keep_csv_row *row, const char *why, struct keep_err *err)
{
    if (!t->bad)
        return keep_err_at(err, KEEP_E_INPUT, t->where, row->line, 0, "%s", why);
    t->bad(t->ctx, row->line, why);
    return 0;
}

int keep_csv_table(const struct keep_csv_table *t, struct keep_str text, struct keep_err *err)
{
    struct keep_csv *in = keep_csv_new(',');
    struct keep_csv_row row;
    const char *why = NULL;
    size_t columns = 0; /* of the header, once it was read */
    int more, rc = in ? keep_csv_feed(in, text.p, text.n, true, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    while (rc == 0 && (more = keep_csv_next(in, &row, &why, err)) != 0) {
        if (more < 0)
            rc = more;
        else if (more == 2)
            rc = table_bad(t, &row, why, err);
        else if (columns && row.n > columns) /* a comma that should have been in quotes: what is behind it is in the wrong column */
            rc = table_bad(t, &row, "more fields than the header has", err);
        else
            rc = columns ? t->row(t->ctx, &row, err) : table_header(t, &row, err);
        if (more == 1 && !columns)
            columns = row.n;
    }
    keep_csv_free(in);
    return rc == 0 && !columns ? keep_err_at(err, KEEP_E_INPUT, t->where, 0, 0, "the table is empty") : rc;
}

/* Does a spreadsheet take it for more than text? The wide forms of the four signs are the signs to those of East Asia. */
static bool formula_like(struct keep_str s)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"}; /* U+FF1D, U+FF0B, U+FF0D, U+FF20 */
    if (s.n == 0 || memchr("=+-@\t\r\n", s.p[0], 7) != NULL)
        return s.n > 0;
    for (size_t i = 0; s.n >= 3 && i < sizeof wide / sizeof *wide; i++)
        if (memcmp(s.p, wide[i], 3) == 0)
            return true;
    return false;
}

void keep_csv_write_field(struct keep_buf *out, struct keep_str s, bool first)
{
    bool formula = formula_like(s);
    bool quote = false;
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r';
    if (!first)
        keep_buf_char(out, ',');
    if (quote)
        keep_buf_char(out, '"');
    if (formula)
        keep_buf_char(out, '\'');
    for (size_t i = 0, from = 0; i < s.n; i++) {
        if (s.p[i] == '"' || i + 1 == s.n) {
            keep_buf_add(out, s.p + from, i + 1 - from);
            from = i + 1;
        }
        if (s.p[i] == '"')
            keep_buf_char(out, '"');
    }
    if (quote)
        keep_buf_char(out, '"');
}
