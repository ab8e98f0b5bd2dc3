/* A row is taken when it answers a question that was asked, by somebody, on some
 * day, with one of the reasons; a row that only names its question is not filled in
 * yet. Everything else is told with its line and left out, so that one bad row does
 * not cost the others. */
#include "core/work/caseanswer.h"

#include "core/base/num.h"
#include "core/text/csv.h"
#include "core/text/utf8.h"

enum { QUESTION, BY, ON, REASON, EXPLANATION, COLUMNS };
const char *const keep_caseanswer_columns[KEEP_CASEANSWER_COLUMNS] = {"question", "answered_by", "answered_on", "reason", "explanation"};

const char *const keep_caseanswer_reasons[KEEP_CASEANSWER_REASON_COUNT] = {
#define X(name, word) word,
    KEEP_CASEANSWER_REASONS(X)
#undef X
};

struct reading {
    const struct keep_casebook_case *list;
    size_t n;
    const struct keep_caseanswer_taker *t;
    uint64_t *empty;
    size_t column[COLUMNS];
};

/* The case that a question's number belongs to: it must have been asked. */
static const struct keep_casebook_case *case_of(const struct reading *r, struct keep_str number)
{
    const struct keep_casebook_case *c;
    uint64_t n;
    if (number.n < KEEP_CASEANSWER_DIGITS + 2 || number.p[KEEP_CASEANSWER_DIGITS] != '-' ||
        !keep_num_u64((struct keep_str){number.p + KEEP_CASEANSWER_DIGITS + 1, number.n - KEEP_CASEANSWER_DIGITS - 1}, &n) ||
        keep_casebook_named(r->list, r->n, (struct keep_str){number.p, KEEP_CASEANSWER_DIGITS}, &c) != 0)
        return NULL;
    return n >= 1 && n <= c->asked ? c : NULL;
}

static const char *reason_of(struct keep_str word)
{
    for (int i = 0; i < KEEP_CASEANSWER_REASON_COUNT; i++)
        if (keep_str_is(word, keep_caseanswer_reasons[i]))
            return keep_caseanswer_reasons[i];
    return NULL;
}

/* What is wrong with it, or NULL, and *a is whole. */
static const char *fault_of(const struct reading *r, const struct keep_str *field, struct keep_caseanswer *a)
{
    enum keep_precision prec;
    keep_date on;
    *a = (struct keep_caseanswer){.c = case_of(r, field[QUESTION]), .question = field[QUESTION], .by = field[BY], .on = field[ON], .explanation = field[EXPLANATION], .reason = reason_of(field[REASON])};
    if (!a->c)
        return "no such question was asked";
    for (int i = 0; i < COLUMNS; i++)
        if (!keep_utf8_valid(field[i]))
            return "not UTF-8";
    if (a->by.n == 0 || a->by.n > KEEP_CASEANSWER_WHO)
        return "answered_by is empty, or longer than a name";
    if (!keep_civil_parse_date(a->on, &on, &prec) || prec != KEEP_PREC_DAY)
        return "answered_on is no day like 2026-11-21";
    if (!a->reason)
        return "reason is none of those in the questionnaire";
    return a->explanation.n > KEEP_CASEBOOK_TEXT / 2 ? "explanation is too long" : NULL;
}

static int read_row(void *ctx, const struct keep_csv_row *row, struct keep_err *err)
{
    struct reading *r = ctx;
    struct keep_str field[COLUMNS];
    struct keep_caseanswer a;
    bool empty = true;
    for (int i = 0; i < COLUMNS; i++) {
        field[i] = keep_csv_cell(row, r->column[i]);
        empty &= i == QUESTION || field[i].n == 0;
    }
    const char *fault = !empty ? fault_of(r, field, &a) : field[QUESTION].n && !case_of(r, field[QUESTION]) ? "no such question was asked" : NULL;
    empty &= !fault;
    if (fault)
        r->t->bad(r->t->ctx, row->line, fault);
    *r->empty += empty;
    if (empty || fault)
        return 0;
    a.line = row->line;
    return r->t->answer(r->t->ctx, &a, err);
}

static void tell_bad(void *ctx, uint64_t line, const char *why)
{
    const struct keep_caseanswer_taker *t = ((struct reading *)ctx)->t;
    t->bad(t->ctx, line, why);
}

int keep_caseanswer_read(const struct keep_casebook_case *list, size_t n, struct keep_str csv, const struct keep_caseanswer_taker *t, uint64_t *empty, struct keep_err *err)
{
    struct reading r = {.list = list, .n = n, .t = t, .empty = empty};
    struct keep_csv_table table = {.name = keep_caseanswer_columns, .names = COLUMNS, .column = r.column, .row = read_row, .bad = tell_bad, .ctx = &r};
    return keep_csv_table(&table, csv, err);
}
