/* One row description, five formats. NDJSON, CSV and HTML stream; JSON is one object
 * {"schema_version", NAME: [rows]}; a table is held until its end, since column
 * widths need every row. CSV cells of lists join with a blank. */
#include "core/report/report.h"

#include <stdlib.h>

#include "core/text/csv.h"
#include "core/text/html.h"
#include "core/text/jsonw.h"
#include "core/text/term.h"

#define FLUSH_AT (1u << 16) /* bytes gathered before a write */

struct keep_report {
    enum keep_report_format format;
    const char *name;
    const struct keep_report_field *field;
    size_t fields;
    keep_report_write write;
    void *ctx;
    struct keep_buf out;
    struct keep_jsonw json;
    struct keep_term *term;
    struct keep_str *shown; /* table cells of one row */
    struct keep_buf *text;  /* their bytes */
    uint64_t rows;
    bool bare; /* HTML: the table alone */
    bool ended; /* JSON: the list of rows is */
};

int keep_report_format(struct keep_str word)
{
#define X(name, w) if (keep_str_is(word, w)) return KEEP_REPORT_##name;
    KEEP_REPORT_FORMATS(X)
#undef X
    return -1;
}

static int flush(struct keep_report *r, size_t at, struct keep_err *err)
{
    if (r->out.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while writing %s", r->name);
    if (r->out.n < at || r->out.n == 0)
        return 0;
    int rc = r->write(r->ctx, r->out.p, r->out.n, err);
    keep_buf_clear(&r->out);
    return rc;
}

static int table_open(struct keep_report *r)
{
    struct keep_term_column col[64];
    size_t n = 0;
    for (size_t i = 0; i < r->fields && n < 64; i++)
        if (r->field[i].title)
            col[n++] = (struct keep_term_column){r->field[i].title, r->field[i].type == KEEP_REPORT_NUMBER, r->field[i].max};
    r->term = keep_term_new(col, n);
    r->shown = calloc(r->fields + 1, sizeof *r->shown);
    r->text = calloc(r->fields + 1, sizeof *r->text);
    return r->term && r->shown && r->text ? 0 : -1;
}

/* What the table shows, the page shows: the columns with a title. */
static void html_open(struct keep_report *r)
{
    if (!r->bare) {
        keep_html_begin(&r->out, keep_str_of(r->name));
        keep_buf_str(&r->out, "<h1>");
        keep_html_text(&r->out, keep_str_of(r->name));
        keep_buf_str(&r->out, "</h1>\n");
    }
    keep_buf_str(&r->out, "<table>\n<thead><tr>");
    for (size_t i = 0; i < r->fields; i++)
        if (r->field[i].title) {
            keep_buf_str(&r->out, r->field[i].type == KEEP_REPORT_NUMBER ? "<th class=\"n\" scope=\"col\">" : "<th scope=\"col\">");
            keep_html_text(&r->out, keep_str_of(r->field[i].title));
            keep_buf_str(&r->out, "</th>");
        }
    keep_buf_str(&r->out, "</tr></thead>\n<tbody>\n");
}

static void html_close(struct keep_report *r)
{
    keep_buf_str(&r->out, "</tbody>\n</table>\n");
    if (r->bare)
        return;
    keep_buf_printf(&r->out, "<p>%llu row%s</p>\n", (unsigned long long)r->rows, keep_str_s(r->rows));
    keep_html_end(&r->out);
}

int keep_report_open_table(struct keep_report **out, const struct keep_report_field *field, size_t fields, keep_report_write write, void *ctx, struct keep_err *err)
{
    struct keep_report *r = calloc(1, sizeof *r);
    if (!r)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *r = (struct keep_report){.format = KEEP_REPORT_HTML, .name = "table", .field = field, .fields = fields, .write = write, .ctx = ctx, .bare = true};
    html_open(r);
    *out = r;
    return 0;
}

int keep_report_open(struct keep_report **out, enum keep_report_format f, const char *name, const struct keep_report_field *field, size_t fields,
                     keep_report_write write, void *ctx, struct keep_err *err)
{
    struct keep_report *r = calloc(1, sizeof *r);
    if (!r)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *r = (struct keep_report){.format = f, .name = name, .field = field, .fields = fields, .write = write, .ctx = ctx};
    if (f == KEEP_REPORT_TABLE && table_open(r) < 0) {
        keep_report_drop(r);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    keep_jsonw_init(&r->json, &r->out);
    if (f == KEEP_REPORT_JSON) {
        keep_jsonw_object(&r->json);
        keep_jsonw_key(&r->json, "schema_version");
        keep_jsonw_i64(&r->json, KEEP_REPORT_SCHEMA);
        keep_jsonw_key(&r->json, name);
        keep_jsonw_array(&r->json);
    } else if (f == KEEP_REPORT_CSV) {
        keep_csv_write_field(&r->out, KEEP_STR("schema_version"), true);
        for (size_t i = 0; i < fields; i++)
            keep_csv_write_field(&r->out, keep_str_of(field[i].name), false);
        keep_buf_str(&r->out, "\r\n");
    } else if (f == KEEP_REPORT_HTML) {
        html_open(r);
    }
    *out = r;
    return 0;
}

/* A cell as text: what CSV and the table show. */
static void cell_text(struct keep_buf *out, const struct keep_report_field *f, const struct keep_report_cell *c)
{
    char when[KEEP_CIVIL_TIME_SIZE];
    switch (f->type) {
    case KEEP_REPORT_TEXT:
    case KEEP_REPORT_VALUE:
        keep_buf_add(out, c->text.p, c->text.n);
        break;
    case KEEP_REPORT_NUMBER:
        keep_buf_printf(out, "%lld", (long long)c->number);
        break;
    case KEEP_REPORT_DATE:
        if (c->number != KEEP_DATE_NONE)
            keep_buf_str(out, keep_civil_format_date((keep_date)c->number, when));
        break;
    case KEEP_REPORT_TIME:
        if (c->number != KEEP_TIME_NONE)
            keep_buf_str(out, keep_civil_format_time(c->number, when));
        break;
    case KEEP_REPORT_BOOL:
        keep_buf_str(out, c->number ? "yes" : "no");
        break;
    case KEEP_REPORT_LIST:
        for (size_t i = 0; i < c->n; i++) {
            if (i)
                keep_buf_char(out, ' ');
            keep_buf_add(out, c->list[i].p, c->list[i].n);
        }
        break;
    }
}

static void cell_json(struct keep_jsonw *w, const struct keep_report_field *f, const struct keep_report_cell *c)
{
    keep_jsonw_key(w, f->name);
    switch (f->type) {
    case KEEP_REPORT_TEXT:   keep_jsonw_str(w, c->text); break;
    case KEEP_REPORT_NUMBER: keep_jsonw_i64(w, c->number); break;
    case KEEP_REPORT_DATE:   keep_jsonw_date(w, (keep_date)c->number); break;
    case KEEP_REPORT_TIME:   keep_jsonw_time(w, c->number); break;
    case KEEP_REPORT_BOOL:   keep_jsonw_bool(w, c->number != 0); break;
    case KEEP_REPORT_VALUE:
        if (c->n == 1)
            keep_jsonw_raw(w, c->text);
        else
            keep_jsonw_str(w, c->text);
        break;
    case KEEP_REPORT_LIST:
        keep_jsonw_array(w);
        for (size_t i = 0; i < c->n; i++)
            keep_jsonw_str(w, c->list[i]);
        keep_jsonw_end_array(w);
        break;
    }
}

static void row_json(struct keep_report *r, const struct keep_report_cell *cell)
{
    keep_jsonw_object(&r->json);
    if (r->format == KEEP_REPORT_NDJSON) {
        keep_jsonw_key(&r->json, "schema_version");
        keep_jsonw_i64(&r->json, KEEP_REPORT_SCHEMA);
    }
    for (size_t i = 0; i < r->fields; i++)
        cell_json(&r->json, &r->field[i], &cell[i]);
    keep_jsonw_end_object(&r->json);
    if (r->format == KEEP_REPORT_NDJSON)
        keep_jsonw_newline(&r->json);
}

static void row_csv(struct keep_report *r, const struct keep_report_cell *cell)
{
    struct keep_buf text = KEEP_BUF_INIT;
    keep_buf_printf(&r->out, "%d", KEEP_REPORT_SCHEMA);
    for (size_t i = 0; i < r->fields; i++) {
        keep_buf_clear(&text);
        cell_text(&text, &r->field[i], &cell[i]);
        /* numbers, dates and our own lists are no formulas: only text is guarded, by the writer */
        if (r->field[i].type == KEEP_REPORT_NUMBER || (r->field[i].type == KEEP_REPORT_VALUE && cell[i].n == 1))
            keep_buf_printf(&r->out, ",%.*s", (int)text.n, (const char *)text.p);
        else
            keep_csv_write_field(&r->out, keep_buf_view(&text), false);
    }
    if (text.failed)
        r->out.failed = true;
    keep_buf_str(&r->out, "\r\n");
    keep_buf_free(&text);
}

static void row_html(struct keep_report *r, const struct keep_report_cell *cell)
{
    struct keep_buf text = KEEP_BUF_INIT;
    keep_buf_str(&r->out, "<tr>");
    for (size_t i = 0; i < r->fields; i++) {
        if (!r->field[i].title)
            continue;
        keep_buf_clear(&text);
        cell_text(&text, &r->field[i], &cell[i]);
        keep_buf_str(&r->out, r->field[i].type == KEEP_REPORT_NUMBER ? "<td class=\"n\">" : "<td>");
        keep_html_text(&r->out, keep_buf_view(&text));
        keep_buf_str(&r->out, "</td>");
    }
    if (text.failed)
        r->out.failed = true;
    keep_buf_str(&r->out, "</tr>\n");
    keep_buf_free(&text);
}

static int row_table(struct keep_report *r, const struct keep_report_cell *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < r->fields; i++) {
        if (!r->field[i].title)
            continue;
        keep_buf_clear(&r->text[n]);
        cell_text(&r->text[n], &r->field[i], &cell[i]);
        if (r->text[n].failed)
            return -1;
        r->shown[n] = keep_buf_view(&r->text[n]);
        n++;
    }
    return keep_term_row(r->term, r->shown) ? 0 : -1;
}

int keep_report_row(struct keep_report *r, const struct keep_report_cell *cell, struct keep_err *err)
{
    r->rows++;
    switch (r->format) {
    case KEEP_REPORT_TABLE:
        return row_table(r, cell) == 0 ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory: use --format ndjson for this many rows");
    case KEEP_REPORT_CSV:
        row_csv(r, cell);
        break;
    case KEEP_REPORT_HTML:
        row_html(r, cell);
        break;
    default:
        row_json(r, cell);
    }
    return flush(r, FLUSH_AT, err);
}

static void end_rows(struct keep_report *r)
{
    if (!r->ended)
        keep_jsonw_end_array(&r->json);
    r->ended = true;
}

void keep_report_member(struct keep_report *r, const char *name, const struct keep_str *text, size_t n)
{
    if (r->format != KEEP_REPORT_JSON)
        return;
    end_rows(r);
    keep_jsonw_key(&r->json, name);
    keep_jsonw_array(&r->json);
    for (size_t i = 0; i < n; i++)
        keep_jsonw_str(&r->json, text[i]);
    keep_jsonw_end_array(&r->json);
}

uint64_t keep_report_rows(const struct keep_report *r)
{
    return r->rows;
}

int keep_report_close(struct keep_report *r, struct keep_err *err)
{
    if (r->format == KEEP_REPORT_TABLE && r->rows > 0)
        keep_term_write(r->term, &r->out);
    if (r->format == KEEP_REPORT_JSON) {
        end_rows(r);
        keep_jsonw_end_object(&r->json);
        keep_buf_char(&r->out, '\n');
    }
    if (r->format == KEEP_REPORT_HTML)
        html_close(r);
    int rc = flush(r, 0, err);
    keep_report_drop(r);
    return rc;
}

void keep_report_drop(struct keep_report *r)
{
    if (!r)
        return;
    for (size_t i = 0; r->text && i < r->fields; i++)
        keep_buf_free(&r->text[i]);
    free(r->text);
    free(r->shown);
    keep_term_free(r->term);
    keep_buf_free(&r->out);
    free(r);
}
