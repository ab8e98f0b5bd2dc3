/* Coordinates are whole numbers: the same figures give the same bytes. */
#include "core/report/bars.h"

#include "core/text/html.h"

enum { WIDTH = 720, HEIGHT = 200, LEFT = 70, BOTTOM = 40, TOP = 14, LABELS = 12 /* at most so many under the bars */ };

static void text(struct keep_buf *out, int64_t x, int64_t y, const char *anchor, struct keep_str s)
{
    keep_buf_printf(out, "<text x=\"%lld\" y=\"%lld\" font-size=\"11\" text-anchor=\"%s\">", (long long)x, (long long)y, anchor);
    keep_html_text(out, s);
    keep_buf_str(out, "</text>\n");
}

static void number(struct keep_buf *out, int64_t x, int64_t y, int64_t n)
{
    struct keep_buf z = KEEP_BUF_INIT;
    keep_buf_printf(&z, "%lld", (long long)n);
    text(out, x, y, "end", keep_buf_view(&z));
    keep_buf_free(&z);
}

static int64_t middle(size_t i, size_t n)
{
    return LEFT + (int64_t)(WIDTH - LEFT - 40) * (int64_t)(2 * i + 1) / (int64_t)(2 * n);
}

static void line(struct keep_buf *out, const struct keep_bars_point *p, size_t n)
{
    bool any = false;
    keep_buf_str(out, "<polyline fill=\"none\" stroke=\"#000\" stroke-width=\"2\" points=\"");
    for (size_t i = 0; i < n; i++)
        if (p[i].share >= 0) {
            keep_buf_printf(out, "%s%lld,%d", any ? " " : "", (long long)middle(i, n), (int)(TOP + (HEIGHT - BOTTOM - TOP) * (1 - (p[i].share > 1 ? 1 : p[i].share)) + 0.5));
            any = true;
        }
    keep_buf_str(out, "\"/>\n");
    if (any) {
        text(out, WIDTH - 34, TOP + 4, "start", KEEP_STR("100 %"));
        text(out, WIDTH - 34, HEIGHT - BOTTOM, "start", KEEP_STR("0 %"));
    }
}

void keep_bars_svg(struct keep_buf *out, struct keep_str title, const struct keep_bars_point *p, size_t n)
{
    int64_t most = 1, wide = n ? (WIDTH - LEFT - 40) / (int64_t)n : 0;
    size_t every = (n + LABELS - 1) / LABELS;
    if (!n)
        return;
    for (size_t i = 0; i < n; i++)
        most = p[i].count > most ? p[i].count : most;
    keep_buf_printf(out, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n<title>", WIDTH, HEIGHT, WIDTH, HEIGHT);
    keep_html_text(out, title);
    keep_buf_str(out, "</title>\n");
    for (size_t i = 0; i < n; i++) {
        int64_t high = (int64_t)((double)p[i].count / (double)most * (HEIGHT - BOTTOM - TOP) + 0.5), bar = wide > 3 ? wide * 3 / 4 : 1;
        keep_buf_printf(out, "<rect x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"%lld\" fill=\"#9bb\"/>\n", (long long)(middle(i, n) - bar / 2), (long long)(HEIGHT - BOTTOM - high), (long long)bar,
                        (long long)high);
        if (i % every == 0)
            text(out, middle(i, n), HEIGHT - BOTTOM + 16, "middle", p[i].label);
    }
    keep_buf_printf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#000\"/>\n", LEFT - 4, HEIGHT - BOTTOM, WIDTH - 40, HEIGHT - BOTTOM);
    number(out, LEFT - 8, TOP + 4, most);
    number(out, LEFT - 8, HEIGHT - BOTTOM, 0);
    line(out, p, n);
    keep_buf_str(out, "</svg>\n");
}
