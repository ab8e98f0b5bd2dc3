/* A row that lacks what the law wants told ends the reading: an accounting that is
 * handed out with half of an activity is none, and a missing telephone number is
 * found before it is signed. */
#include "core/work/protocols.h"

#include <string.h>

#include "core/base/num.h"
#include "core/text/csv.h"
#include "core/text/utf8.h"

enum { NAME, DESCRIPTION, DISCLOSED, FIRST, LAST, INDIVIDUALS, SPONSOR, SPONSOR_ADDRESS, SPONSOR_PHONE, RESEARCHER, RESEARCHER_ADDRESS, RESEARCHER_PHONE, COLUMNS };
static const char *const columns[COLUMNS] = {"protocol", "description", "disclosed", "first", "last", "individuals", "sponsor", "sponsor_address", "sponsor_phone", "researcher", "researcher_address", "researcher_phone"};

struct reading {
    struct keep_arena *a;
    const char *where;
    size_t column[COLUMNS];
    struct keep_protocol *list;
    size_t n, room;
};

static bool day(struct keep_str s, keep_date *out)
{
    enum keep_precision prec;
    return keep_civil_parse_date(s, out, &prec) && prec == KEEP_PREC_DAY;
}

static int read_row(void *ctx, const struct keep_csv_row *row, struct keep_err *err)
{
    struct reading *r = ctx;
    struct keep_str cell[COLUMNS];
    struct keep_protocol p;
    uint64_t individuals;
    bool ok = true;
    for (int i = 0; i < COLUMNS; i++) {
        cell[i] = keep_csv_cell(row, r->column[i]);
        if (cell[i].n == 0 || !keep_utf8_valid(cell[i]))
            return keep_err_at(err, KEEP_E_INPUT, r->where, row->line, 0, "\"%s\" is %s (45 CFR 164.528(b)(4)(i) wants each)", columns[i], cell[i].n ? "not UTF-8" : "empty");
        cell[i] = keep_arena_str(r->a, cell[i], &ok);
    }
    if (!ok)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    p = (struct keep_protocol){.name = cell[NAME], .description = cell[DESCRIPTION], .disclosed = cell[DISCLOSED], .sponsor = cell[SPONSOR], .sponsor_address = cell[SPONSOR_ADDRESS],
                               .sponsor_phone = cell[SPONSOR_PHONE], .researcher = cell[RESEARCHER], .researcher_address = cell[RESEARCHER_ADDRESS], .researcher_phone = cell[RESEARCHER_PHONE]};
    if (!day(cell[FIRST], &p.first) || !day(cell[LAST], &p.last) || p.last < p.first)
        return keep_err_at(err, KEEP_E_INPUT, r->where, row->line, 0, "\"first\" and \"last\" are days like 2026-11-21, in this order");
    if (!keep_num_u64(cell[INDIVIDUALS], &individuals) || individuals < KEEP_PROTOCOLS_LEAST)
        return keep_err_at(err, KEEP_E_INPUT, r->where, row->line, 0, "of fewer than %d individuals each disclosure is listed (45 CFR 164.528(b)(4)(i))", KEEP_PROTOCOLS_LEAST);
    if (!keep_arena_grow(r->a, &r->list, &r->room, r->n + 1, sizeof *r->list, 16))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    r->list[r->n++] = p;
    return 0;
}

int keep_protocols_read(struct keep_protocol **out, size_t *n, struct keep_str csv, const char *where, struct keep_arena *a, struct keep_err *err)
{
    struct reading r = {.a = a, .where = where};
    struct keep_csv_table table = {.name = columns, .names = COLUMNS, .column = r.column, .where = where, .row = read_row, .ctx = &r};
    int rc = keep_csv_table(&table, csv, err);
    if (rc == 0) {
        *out = r.list;
        *n = r.n;
    }
    return rc;
}
