/* A piece's key is the file's name and its number in it: a newer edition under the
 * same name takes the place of the former piece by piece, as versions. */
#include "core/ingest/table_book.h"

#include <ctype.h>
#include <stdio.h>

#include "core/model/codetable.h"
#include "core/text/csv.h"

enum { PIECE = 512 * 1024 }; /* bytes of a record's payload: opened whole when it is looked up */

bool keep_table_book_is(enum keep_map_kind kind)
{
    return kind == KEEP_MAP_CODES || kind == KEEP_MAP_PAIRS || kind == KEEP_MAP_LIMITS;
}

static const char *header_of(enum keep_map_kind kind)
{
    return kind == KEEP_MAP_CODES ? KEEP_CODETABLE_CODES : kind == KEEP_MAP_PAIRS ? KEEP_CODETABLE_PAIRS : KEEP_CODETABLE_LIMITS;
}

int keep_table_book_end(struct keep_table *t, struct keep_err *err)
{
    char name[400];
    if (!t->book.n)
        return 0;
    int n = snprintf(name, sizeof name, "%.300s#%04u", t->p && t->p->name ? t->p->name : "table", t->pieces++);
    struct keep_key key = {KEEP_ENTITY_RECORD, KEEP_STR(KEEP_CODETABLE_RECORD), {name, (size_t)n}};
    struct keep_row_record row = {
        .at = {.line = t->piece_line, .offset = t->piece_offset},
        .key = &key,
        .keys = 1,
        .kind = KEEP_STR(KEEP_CODETABLE_RECORD),
        .about_no_patient = true,
        .media_type = KEEP_STR("text/csv"),
        .title = t->map->id,
        .service_first = KEEP_DATE_NONE,
        .service_last = KEEP_DATE_NONE,
        .created = KEEP_DATE_NONE,
        .recorded = KEEP_TIME_NONE,
        .payload = keep_buf_view(&t->book),
        .custody = KEEP_CUSTODY_UNDETERMINED,
    };
    int rc = t->book.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory for a code table") : t->sink->record(t->sink->ctx, &row, err);
    keep_buf_clear(&t->book);
    return rc < 0 ? rc : 0;
}

/* --- cells as columns of the stored form --- */

static int put_day(struct keep_table_line *l, enum keep_table_field f, bool last)
{
    struct keep_table_time v;
    char z[KEEP_CIVIL_DATE_SIZE] = "";
    bool open = keep_str_is(keep_table_cell(l, f), "*"); /* NCCI writes a pair that was not deleted so */
    if (!open && keep_table_cell_time(l, f, &v))
        return 1;
    keep_date d = open ? KEEP_DATE_NONE : last ? v.last : v.first;
    if (d != KEEP_DATE_NONE)
        keep_civil_format_date(d, z);
    keep_csv_write_field(&l->t->book, keep_str_of(z), false);
    return 0;
}

static int put_number(struct keep_table_line *l, enum keep_table_field f)
{
    struct keep_str s = keep_table_cell(l, f);
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.p[i]) || s.n > 9)
            return keep_table_cell_refuse(l->t, "a number that is none");
    keep_csv_write_field(&l->t->book, s, false);
    return 0;
}

static int put_yes_no(struct keep_table_line *l, enum keep_table_field f)
{
    enum keep_tristate v = keep_table_cell_yes_no(keep_table_cell(l, f));
    keep_csv_write_field(&l->t->book, v == KEEP_TRI_UNKNOWN ? KEEP_STR("") : keep_str_of(keep_vocab_tristate_word((int)v)), false);
    return 0;
}

/* NCCI's modifier indicator: 0 never, 1 permitted, 9 does not apply (the edit is lifted). */
static int put_indicator(struct keep_table_line *l, enum keep_table_field f)
{
    if (!keep_str_is(keep_table_cell(l, f), "9"))
        return put_yes_no(l, f);
    keep_csv_write_field(&l->t->book, KEEP_STR("9"), false);
    return 0;
}

/* A code as it stands. One that a spreadsheet would run would be changed by the writer, and is no code. */
static int put_code(struct keep_table_line *l, enum keep_table_field f, bool first)
{
    struct keep_str s = keep_table_cell(l, f);
    if (keep_table_cell_needed(l, f))
        return 1;
    if (!isalnum((unsigned char)s.p[0]) || s.n > 60)
        return keep_table_cell_refuse(l->t, "a code begins with a letter or digit and has at most 60 characters");
    keep_csv_write_field(&l->t->book, s, first);
    return 0;
}

static int put_sex(struct keep_table_line *l)
{
    struct keep_str s = keep_table_cell(l, KEEP_TABLE_CODES_sex);
    char c = s.n ? (char)toupper((unsigned char)s.p[0]) : 0;
    keep_csv_write_field(&l->t->book, c == 'F' ? KEEP_STR("F") : c == 'M' ? KEEP_STR("M") : KEEP_STR(""), false);
    return 0;
}

static int code_row(struct keep_table_line *l)
{
    const struct keep_map_column *c = l->t->slot[KEEP_TABLE_CODES_code].column;
    struct keep_str system = keep_table_cell(l, KEEP_TABLE_CODES_system);
    if (!system.n)
        system = c->system; /* of a table of one system the map says which */
    if (!system.n)
        return keep_table_cell_refuse(l->t, "nothing says of which system the code is");
    keep_csv_write_field(&l->t->book, system, true);
    return put_code(l, KEEP_TABLE_CODES_code, false) || put_day(l, KEEP_TABLE_CODES_from, false) || put_day(l, KEEP_TABLE_CODES_to, true) || put_sex(l) ||
           put_number(l, KEEP_TABLE_CODES_age_from) || put_number(l, KEEP_TABLE_CODES_age_to) || put_yes_no(l, KEEP_TABLE_CODES_billable) || put_yes_no(l, KEEP_TABLE_CODES_poa_exempt);
}

static int pair_row(struct keep_table_line *l)
{
    return put_code(l, KEEP_TABLE_PAIRS_first, true) || put_code(l, KEEP_TABLE_PAIRS_second, false) || put_day(l, KEEP_TABLE_PAIRS_from, false) ||
           put_day(l, KEEP_TABLE_PAIRS_to, true) || put_indicator(l, KEEP_TABLE_PAIRS_modifier);
}

/* MUE's adjudication indicator, with or without its words: 1 is a line edit, 2 and 3 are of the date of service (CMS, MUE adjudication indicator). */
static struct keep_str limit_per(struct keep_str s)
{
    bool alone = s.n == 1 || (s.n > 1 && s.p[1] == ' ');
    if (alone && s.p[0] == '1')
        return KEEP_STR("line");
    return alone && (s.p[0] == '2' || s.p[0] == '3') ? KEEP_STR("day") : s;
}

static int limit_row(struct keep_table_line *l)
{
    struct keep_str per = limit_per(keep_table_cell(l, KEEP_TABLE_LIMITS_per));
    if (put_code(l, KEEP_TABLE_LIMITS_code, true) || put_day(l, KEEP_TABLE_LIMITS_from, false) || put_day(l, KEEP_TABLE_LIMITS_to, true) ||
        keep_table_cell_needed(l, KEEP_TABLE_LIMITS_most) || put_number(l, KEEP_TABLE_LIMITS_most))
        return 1;
    if (per.n && !keep_str_is(per, "line") && !keep_str_is(per, "day"))
        return keep_table_cell_refuse(l->t, "a limit is per line or per day, or 1, 2 or 3 as MUE says");
    keep_csv_write_field(&l->t->book, per, false);
    return 0;
}

int keep_table_book_row(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    size_t before = t->book.n;
    t->reason[0] = '\0';
    if (!before) {
        t->piece_line = l->at.line;
        t->piece_offset = l->at.offset;
        keep_buf_printf(&t->book, "%s\n", header_of(t->map->kind));
    }
    int rc = t->map->kind == KEEP_MAP_CODES ? code_row(l) : t->map->kind == KEEP_MAP_PAIRS ? pair_row(l) : limit_row(l);
    if (rc) {
        t->book.n = before;
        return 1;
    }
    keep_buf_char(&t->book, '\n');
    return t->book.n >= PIECE ? keep_table_book_end(t, err) : 0;
}
