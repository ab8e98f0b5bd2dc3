/* Armor as age writes and reads it:
 *
 *   *( white space )
 *   "-----BEGIN AGE ENCRYPTED FILE-----" eol
 *   *( 64 base64 digits eol )  [ 4..64 base64 digits with their padding eol ]
 *   "-----END AGE ENCRYPTED FILE-----" [ eol *( white space ) ]
 *
 * Armor carries no check of its own: what it is strict about is that one file has
 * one text, so nothing can be hidden in a copy that is passed on. Refused: blank
 * lines within, blanks at either end of a line, a short line that is not the last,
 * base64 that is not canonical or not padded, headers, text before or behind. */
#include "core/crypto/armor.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/raw64.h"

#define BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define END "-----END AGE ENCRYPTED FILE-----"

enum {
    DIGITS = 64,                /* of a line */
    BYTES = DIGITS / 4 * 3,
    SPACE = 1024,               /* bytes of white space before or behind; a guard, the format names none */
};

/* ---- writing ---- */

struct keep_armor_out {
    keep_armor_write write;
    void *ctx;
    size_t held;
    uint8_t buf[BYTES];
    bool begun;
};

int keep_armor_out_new(struct keep_armor_out **out, keep_armor_write write, void *ctx, struct keep_err *err)
{
    struct keep_armor_out *o = calloc(1, sizeof *o);

    if (!o)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for armor");
    o->write = write;
    o->ctx = ctx;
    *out = o;
    return 0;
}

static int begin(struct keep_armor_out *o, struct keep_err *err)
{
    int rc = o->begun ? 0 : o->write(o->ctx, BEGIN "\n", sizeof BEGIN, err);

    o->begun = true;
    return rc;
}

static int line_out(struct keep_armor_out *o, struct keep_err *err)
{
    char text[KEEP_RAW64_ROOM(BYTES) + 1];

    sodium_bin2base64(text, sizeof text - 1, o->buf, o->held, KEEP_RAW64_PADDED);
    strcat(text, "\n");
    o->held = 0;
    return o->write(o->ctx, text, strlen(text), err);
}

int keep_armor_out_add(struct keep_armor_out *o, const void *p, size_t n, struct keep_err *err)
{
    const uint8_t *in = p;
    int rc = begin(o, err);

    while (rc == 0 && n > 0) {
        size_t take = n < BYTES - o->held ? n : BYTES - o->held;
        memcpy(o->buf + o->held, in, take);
        o->held += take;
        in += take;
        n -= take;
        if (o->held == BYTES)
            rc = line_out(o, err);
    }
    return rc;
}

int keep_armor_out_finish(struct keep_armor_out *o, struct keep_err *err)
{
    int rc = begin(o, err);

    if (rc == 0 && o->held > 0)
        rc = line_out(o, err);
    return rc == 0 ? o->write(o->ctx, END "\n", sizeof END, err) : rc;
}

void keep_armor_out_free(struct keep_armor_out *o)
{
    free(o);
}

/* ---- reading ---- */

struct keep_armor_in {
    keep_armor_write write;
    void *ctx;
    enum { BEFORE, WITHIN, LAST, BEHIND } state; /* LAST: a short line came, only the end may follow */
    size_t n, space;
    int failed;
    char line[DIGITS + 2];                       /* without its end; one more than the longest, to see what is longer */
};

int keep_armor_in_new(struct keep_armor_in **out, keep_armor_write write, void *ctx, struct keep_err *err)
{
    struct keep_armor_in *i = calloc(1, sizeof *i);

    if (!i)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for armor");
    i->write = write;
    i->ctx = ctx;
    *out = i;
    return 0;
}

void keep_armor_in_free(struct keep_armor_in *i)
{
    free(i);
}

static int malformed(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "malformed age armor: %s", what);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Base64 with its padding, canonical; *n of bytes. */
static bool digits(const char *p, size_t n, uint8_t out[BYTES], size_t *had)
{
    return n > 0 && n <= DIGITS && n % 4 == 0 && keep_raw64_some(out, BYTES, had, (struct keep_str){p, n}, KEEP_RAW64_PADDED);
}

static int line_in(struct keep_armor_in *i, struct keep_err *err)
{
    uint8_t bytes[BYTES];
    size_t had, n = i->n;

    i->n = 0;
    if (n > 0 && i->line[n - 1] == '\r')
        n--;
    if (i->state == BEFORE) {
        if (n != sizeof BEGIN - 1 || memcmp(i->line, BEGIN, n) != 0)
            return malformed(err, "it does not begin as one");
        i->state = WITHIN;
        return 0;
    }
    if (n == sizeof END - 1 && memcmp(i->line, END, n) == 0) {
        i->state = BEHIND;
        return 0;
    }
    if (i->state == LAST)
        return malformed(err, "a line behind a short one");
    if (!digits(i->line, n, bytes, &had))
        return malformed(err, "a line that is not canonical base64");
    if (n < DIGITS || had < BYTES)
        i->state = LAST;
    return i->write(i->ctx, bytes, had, err);
}

int keep_armor_in_add(struct keep_armor_in *i, const void *p, size_t n, struct keep_err *err)
{
    const char *c = p, *end = c + n;

    if (i->failed)
        return keep_err_set(err, i->failed, "this age armor failed before");
    for (; c < end && i->failed == 0; c++) {
        bool between = i->state == BEHIND || (i->state == BEFORE && i->n == 0);
        if (between && blank(*c))
            i->failed = ++i->space > SPACE ? malformed(err, "too much white space") : 0;
        else if (i->state == BEHIND)
            i->failed = malformed(err, "text behind its end");
        else if (*c == '\n')
            i->failed = line_in(i, err);
        else if (i->n == sizeof i->line)
            i->failed = malformed(err, "a line too long");
        else
            i->line[i->n++] = *c;
    }
    return i->failed;
}

int keep_armor_in_finish(struct keep_armor_in *i, struct keep_err *err)
{
    if (i->failed)
        return keep_err_set(err, i->failed, "this age armor failed before");
    if (i->n > 0 && (i->state == WITHIN || i->state == LAST))
        i->failed = line_in(i, err);
    if (i->failed == 0 && i->state != BEHIND)
        i->failed = malformed(err, "it does not end");
    return i->failed;
}
