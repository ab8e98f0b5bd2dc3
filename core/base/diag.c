/* Diagnostics. Source text is shown as it stands but for characters that could
 * move the cursor or turn the reading direction: each becomes one U+FFFD, so
 * that the carets, which count code points, stay below what they mean. */
#include "core/base/diag.h"

#include <string.h>

enum { FIRST_LIST = 16 };

static const char *copy(struct keep_arena *a, const char *z, bool *ok)
{
    if (!z)
        return NULL;
    const char *p = keep_arena_copy(a, z, strlen(z));
    if (!p)
        *ok = false;
    return p;
}

bool keep_diag_add(struct keep_diags *ds, struct keep_diag d)
{
    bool ok = true;
    if (d.level == KEEP_DIAG_ERROR)
        ds->errors++;
    else
        ds->warnings++;
    if (!keep_arena_grow(ds->arena, &ds->list, &ds->cap, ds->n + 1, sizeof *ds->list, FIRST_LIST))
        return false;
    d.file = copy(ds->arena, d.file, &ok);
    d.text = copy(ds->arena, d.text, &ok);
    d.help = copy(ds->arena, d.help, &ok);
    d.source = copy(ds->arena, d.source, &ok);
    if (!ok)
        return false;
    ds->list[ds->n++] = d;
    return true;
}

/* Bytes of the code point at z, never past its NUL. A byte that starts none counts as one. */
static size_t length(const char *z)
{
    unsigned char c = (unsigned char)*z;
    size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)z[i] & 0xc0) != 0x80)
            return 1;
    return n;
}

/* C0 and C1 controls, and the characters that reorder text (Unicode TR 36, UAX 9): U+061C, U+200E, U+200F, U+202A-202E, U+2066-2069, and the line ends U+2028, U+2029. */
static bool harmful(const char *z, size_t n)
{
    unsigned char a = (unsigned char)z[0], b = n > 1 ? (unsigned char)z[1] : 0, c = n > 2 ? (unsigned char)z[2] : 0;
    if (n == 1)
        return (a < 0x20 && a != '\t') || a >= 0x7f;
    if (n == 2)
        return (a == 0xc2 && b < 0xa0) || (a == 0xd8 && b == 0x9c);
    if (n == 3 && a == 0xe2 && b == 0x80)
        return c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae);
    return n == 3 && a == 0xe2 && b == 0x81 && c >= 0xa6 && c <= 0xa9;
}

static void visible(struct keep_buf *out, const char *z)
{
    while (*z) {
        size_t n = length(z);
        if (harmful(z, n))
            keep_buf_str(out, "\xef\xbf\xbd");
        else
            keep_buf_add(out, z, n);
        z += n;
    }
}

/* The line below the source: tabs where it has tabs, blanks else, carets from col to end_col but not past the line's end. */
static void carets(struct keep_buf *out, const char *z, uint32_t col, uint32_t end_col)
{
    uint32_t at = 1;
    for (; at < col && *z; at++) {
        keep_buf_char(out, *z == '\t' ? '\t' : ' ');
        z += length(z);
    }
    do {
        keep_buf_char(out, '^');
        if (*z)
            z += length(z);
        at++;
    } while (at < end_col && *z);
    keep_buf_char(out, '\n');
}

void keep_diag_line(const struct keep_diag *d, struct keep_buf *out)
{
    if (d->file) {
        visible(out, d->file);
        keep_buf_char(out, ':');
    }
    if (d->line)
        keep_buf_printf(out, "%u:%u:", d->line, d->col);
    if (d->file || d->line)
        keep_buf_char(out, ' ');
    keep_buf_str(out, d->level == KEEP_DIAG_ERROR ? "error: " : "warning: ");
    visible(out, d->text ? d->text : "");
    keep_buf_char(out, '\n');
}

void keep_diag_format(const struct keep_diag *d, struct keep_buf *out)
{
    keep_diag_line(d, out);
    if (d->source && d->line) {
        visible(out, d->source);
        keep_buf_char(out, '\n');
        if (d->col)
            carets(out, d->source, d->col, d->end_col);
    }
    if (d->help) {
        keep_buf_str(out, "  hint: ");
        visible(out, d->help);
        keep_buf_char(out, '\n');
    }
}
