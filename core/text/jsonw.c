/* A JSON writer. Its output is hashed and compared, so it has one form only:
 * the shortest escapes of RFC 8259, lower-case digits in \u00xx, no white space. */
#include "core/text/jsonw.h"

#include <inttypes.h>

#include "core/text/utf8.h"

void keep_jsonw_init(struct keep_jsonw *w, struct keep_buf *out)
{
    *w = (struct keep_jsonw){out, false};
}

/* The comma that separates this value from the one before it. */
static void separate(struct keep_jsonw *w)
{
    if (w->comma)
        keep_buf_char(w->out, ',');
    w->comma = true;
}

static void open_with(struct keep_jsonw *w, char c)
{
    separate(w);
    keep_buf_char(w->out, c);
    w->comma = false;
}

static void close_with(struct keep_jsonw *w, char c)
{
    keep_buf_char(w->out, c);
    w->comma = true;
}

void keep_jsonw_object(struct keep_jsonw *w)
{
    open_with(w, '{');
}

void keep_jsonw_end_object(struct keep_jsonw *w)
{
    close_with(w, '}');
}

void keep_jsonw_array(struct keep_jsonw *w)
{
    open_with(w, '[');
}

void keep_jsonw_end_array(struct keep_jsonw *w)
{
    close_with(w, ']');
}

static void escaped(struct keep_buf *out, unsigned char c)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i < sizeof shorts - 1; i += 2)
        if ((unsigned char)shorts[i] == c) {
            keep_buf_char(out, '\\');
            keep_buf_char(out, shorts[i + 1]);
            return;
        }
    keep_buf_printf(out, "\\u%04x", c);
}

static void quoted(struct keep_buf *out, struct keep_str s)
{
    size_t done = 0; /* bytes before it are written */
    keep_buf_char(out, '"');
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t n = c >= 0x80 ? keep_utf8_sequence(s.p + i, s.n - i) : 1;
        if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        keep_buf_add(out, s.p + done, i - done);
        if (n == 0)
            keep_buf_str(out, "\xef\xbf\xbd");
        else
            escaped(out, c);
        done = ++i;
    }
    keep_buf_add(out, s.p ? s.p + done : NULL, s.n - done);
    keep_buf_char(out, '"');
}

void keep_jsonw_key(struct keep_jsonw *w, const char *name)
{
    separate(w);
    quoted(w->out, keep_str_of(name));
    keep_buf_char(w->out, ':');
    w->comma = false;
}

void keep_jsonw_str(struct keep_jsonw *w, struct keep_str s)
{
    if (!s.p) {
        keep_jsonw_null(w);
        return;
    }
    separate(w);
    quoted(w->out, s);
}

void keep_jsonw_z(struct keep_jsonw *w, const char *z)
{
    keep_jsonw_str(w, keep_str_of(z));
}

void keep_jsonw_i64(struct keep_jsonw *w, int64_t v)
{
    separate(w);
    keep_buf_printf(w->out, "%" PRId64, v);
}

void keep_jsonw_u64(struct keep_jsonw *w, uint64_t v)
{
    separate(w);
    keep_buf_printf(w->out, "%" PRIu64, v);
}

void keep_jsonw_bool(struct keep_jsonw *w, bool v)
{
    separate(w);
    keep_buf_str(w->out, v ? "true" : "false");
}

void keep_jsonw_null(struct keep_jsonw *w)
{
    separate(w);
    keep_buf_str(w->out, "null");
}

void keep_jsonw_date(struct keep_jsonw *w, keep_date d)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    if (keep_civil_to_ymd(d).y == 0)
        keep_jsonw_null(w);
    else
        keep_jsonw_z(w, keep_civil_format_date(d, text));
}

void keep_jsonw_time(struct keep_jsonw *w, keep_time t)
{
    char text[KEEP_CIVIL_TIME_SIZE];
    if (keep_civil_utc_date(t) == KEEP_DATE_NONE)
        keep_jsonw_null(w);
    else
        keep_jsonw_z(w, keep_civil_format_time(t, text));
}

void keep_jsonw_raw(struct keep_jsonw *w, struct keep_str json)
{
    separate(w);
    keep_buf_add(w->out, json.p, json.n);
}

void keep_jsonw_newline(struct keep_jsonw *w)
{
    keep_buf_char(w->out, '\n');
    w->comma = false;
}
