/* HTML. Everything that came from outside passes through keep_html_text, which
 * leaves no character that could open markup or close an attribute. The page
 * forbids scripts and every fetch by its own policy, so that one mistake more
 * would still load nothing. */
#include "core/text/html.h"

#include "core/text/utf8.h"

static const char *replacement(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? "\xef\xbf\xbd" : NULL;
    }
}

/* U+202A to U+202E and U+2066 to U+2069: they turn round what stands behind them, also where it is not theirs. */
static bool reorders(const char *p)
{
    unsigned char a = (unsigned char)p[0], b = (unsigned char)p[1], c = (unsigned char)p[2];
    return a == 0xe2 && ((b == 0x80 && c >= 0xaa && c <= 0xae) || (b == 0x81 && c >= 0xa6 && c <= 0xa9));
}

void keep_html_text(struct keep_buf *out, struct keep_str s)
{
    size_t done = 0; /* bytes before it are written */
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t n = c >= 0x80 ? keep_utf8_sequence(s.p + i, s.n - i) : 1;
        bool c1 = n == 2 && c == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0; /* controls U+0080 to U+009F */
        const char *with = n == 0 || c1 || (n == 3 && reorders(s.p + i)) ? "\xef\xbf\xbd" : c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n' ? "" : replacement(c);
        if (with) {
            keep_buf_add(out, s.p + done, i - done);
            keep_buf_str(out, with);
        }
        i += n ? n : 1;
        if (with)
            done = i;
    }
    if (s.n > done)
        keep_buf_add(out, s.p + done, s.n - done);
}

void keep_html_begin(struct keep_buf *out, struct keep_str title)
{
    keep_buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                      "<title>");
    keep_html_text(out, title);
    keep_buf_str(out, "</title>\n<style>\n"
                      "body { font-family: sans-serif; margin: 2em; max-width: 60em; }\n"
                      "table { border-collapse: collapse; }\n"
                      "th, td { border: 1px solid #999; padding: 0.2em 0.5em; text-align: left; vertical-align: top; }\n"
                      "pre { white-space: pre-wrap; }\n"
                      ".n { text-align: right; }\n"
                      "thead { display: table-header-group; }\n"
                      "tr, svg { break-inside: avoid; }\n"
                      "@media print { body { margin: 0; max-width: none; font-size: 10pt; } }\n"
                      "</style>\n</head>\n<body>\n");
}

void keep_html_end(struct keep_buf *out)
{
    keep_buf_str(out, "</body>\n</html>\n");
}
