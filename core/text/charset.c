/* Few encodings, and strictly: a text that is not what it says it is, is refused. */
#include "core/text/charset.h"

#include <strings.h>

#include "core/text/utf8.h"

enum keep_charset keep_charset_named(struct keep_str name)
{
    static const struct {
        const char *name;
        enum keep_charset is;
    } known[] = {{"UTF-8", KEEP_CHARSET_UTF8}, {"UTF8", KEEP_CHARSET_UTF8}, {"UTF-16", KEEP_CHARSET_UTF16}, {"UTF-16BE", KEEP_CHARSET_UTF16BE}, {"UTF-16LE", KEEP_CHARSET_UTF16LE},
                 {"ISO-8859-1", KEEP_CHARSET_LATIN1}, {"US-ASCII", KEEP_CHARSET_ASCII}, {"ASCII", KEEP_CHARSET_ASCII}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == name.n && strncasecmp(known[i].name, name.p, name.n) == 0)
            return known[i].is;
    return KEEP_CHARSETS;
}

static bool single(struct keep_buf *out, struct keep_str text, unsigned char most)
{
    for (size_t i = 0; i < text.n; i++) {
        char c[4];
        if ((unsigned char)text.p[i] > most)
            return false;
        keep_buf_add(out, c, keep_utf8_put((unsigned char)text.p[i], c));
    }
    return true;
}

/* RFC 2781 section 2.2. */
static bool wide(struct keep_buf *out, struct keep_str text, bool little, bool *marked)
{
    uint32_t high = 0;
    if (text.n % 2 != 0)
        return false;
    for (size_t i = 0; i < text.n; i += 2) {
        const unsigned char *p = (const unsigned char *)text.p + i;
        uint32_t c = little ? (uint32_t)p[1] << 8 | p[0] : (uint32_t)p[0] << 8 | p[1];
        char z[4];
        if (i == 0 && c == 0xfeff) {
            *marked = true;
            continue;
        }
        if ((c >= 0xdc00 && c < 0xe000) != (high != 0))
            return false;
        if (c >= 0xd800 && c < 0xdc00) {
            high = c;
            continue;
        }
        if (high)
            c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
        high = 0;
        keep_buf_add(out, z, keep_utf8_put(c, z));
    }
    return high == 0;
}

bool keep_charset_utf8(struct keep_buf *out, enum keep_charset from, struct keep_str text, bool *marked)
{
    *marked = false;
    switch (from) {
    case KEEP_CHARSET_UTF8:
        if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
            *marked = true;
            text = (struct keep_str){text.p + 3, text.n - 3};
        }
        if (!keep_utf8_valid(text))
            return false;
        keep_buf_add(out, text.p, text.n);
        return true;
    case KEEP_CHARSET_UTF16:
        return wide(out, text, text.n >= 2 && memcmp(text.p, "\xff\xfe", 2) == 0, marked);
    case KEEP_CHARSET_UTF16BE:
    case KEEP_CHARSET_UTF16LE:
        return wide(out, text, from == KEEP_CHARSET_UTF16LE, marked);
    case KEEP_CHARSET_LATIN1:
        return single(out, text, 0xff);
    case KEEP_CHARSET_ASCII:
        return single(out, text, 0x7f);
    case KEEP_CHARSETS:
        break;
    }
    return false;
}
