/* Any bytes as the table of answers: what is taken is whole and answers a question that was asked. */
#include <stdlib.h>
#include <string.h>

#include "core/text/utf8.h"
#include "core/work/caseanswer.h"

/* Two cases whose names begin alike, and one of which nothing was asked. */
static const struct keep_casebook_case list[] = {
    {.id = 1, .name = {0x7f, 0x09, 0xa1, 0xb2, 0xc3, 0xd4}, .asked = 3}, {.id = 2, .name = {0x7f, 0x09, 0xa1, 0xb2, 0xc3, 0xd5}, .asked = 1}, {.id = 3, .name = {1, 2, 3, 4, 5, 6}}};

static int answer(void *ctx, const struct keep_caseanswer *a, struct keep_err *err)
{
    uint64_t *rows = ctx;
    enum keep_precision prec;
    keep_date on;
    (void)err;
    if (!a->c || a->c->asked == 0 || !a->reason || a->by.n == 0 || a->by.n > KEEP_CASEANSWER_WHO || a->explanation.n > KEEP_CASEBOOK_TEXT || a->line == 0)
        abort();
    if (!keep_utf8_valid(a->by) || !keep_utf8_valid(a->explanation) || !keep_utf8_valid(a->question) || !keep_civil_parse_date(a->on, &on, &prec))
        abort();
    ++*rows;
    return *rows > 1000 ? KEEP_E_INTERRUPTED : 0;
}

static void bad(void *ctx, uint64_t line, const char *why)
{
    uint64_t *rows = ctx;
    if (line == 0 || !why || !*why)
        abort();
    ++*rows;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t rows = 0, empty = 0, lines = 1;
    struct keep_err err = {0};
    const struct keep_caseanswer_taker t = {.ctx = &rows, .answer = answer, .bad = bad};
    int rc = keep_caseanswer_read(list, sizeof list / sizeof *list, (struct keep_str){(const char *)data, size}, &t, &empty, &err);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r';
    if ((rc < 0 && err.text[0] == 0) || rows + empty > lines)
        abort();
    return 0;
}
