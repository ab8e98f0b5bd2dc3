/* The rows must not depend on how the bytes are cut into chunks, and raw must be
 * the input's own bytes. The first byte chooses the separator and the cut. */
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/text/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct keep_buf *out, int rc, const struct keep_csv_row *row, const char *text, const uint8_t *data, size_t size)
{
    if (row->offset > size || row->raw.n > size - row->offset || (row->raw.n && memcmp(data + row->offset, row->raw.p, row->raw.n) != 0))
        abort();
    keep_buf_printf(out, "%d %zu %llu %s\n", rc, row->n, (unsigned long long)row->line, rc == 2 ? text : "");
    keep_buf_bytes(out, row->raw.p, row->raw.n);
    for (size_t i = 0; rc == 1 && i < row->n; i++)
        keep_buf_bytes(out, row->field[i].p, row->field[i].n);
}

static void run(char sep, size_t chunk, const uint8_t *data, size_t size, struct keep_buf *out)
{
    struct keep_csv *c = keep_csv_new(sep);
    struct keep_csv_row row;
    const char *text;
    int rc;
    if (!c)
        abort();
    for (size_t at = 0; at <= size; at += chunk) {
        size_t n = size - at < chunk ? size - at : chunk;
        if (keep_csv_feed(c, data + at, n, at + chunk > size, NULL) != 0)
            abort();
        while ((rc = keep_csv_next(c, &row, &text, NULL)) > 0)
            note(out, rc, &row, text, data, size);
        if (rc < 0)
            abort();
    }
    keep_csv_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char seps[] = ",|\t;";
    struct keep_buf whole = KEEP_BUF_INIT, cut = KEEP_BUF_INIT;
    if (size < 1)
        return 0;
    char sep = seps[data[0] & 3];
    size_t chunk = 1 + (data[0] >> 2);
    run(sep, size + 1, data + 1, size - 1, &whole);
    run(sep, chunk, data + 1, size - 1, &cut);
    if (whole.n != cut.n || (whole.n && memcmp(whole.p, cut.p, whole.n) != 0))
        abort();
    keep_buf_free(&whole);
    keep_buf_free(&cut);
    return 0;
}
