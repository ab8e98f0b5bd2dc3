/* One table per object, one numbered list per array, text for the rest. An
 * attachment of text (FHIR Attachment: contentType, data in base64) is decoded,
 * since that is where clinical notes stand; one of another kind is named with its
 * size. The narrative's own markup is shown as text: it came from outside. */
#include "core/bag/rendition.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/text/html.h"
#include "core/text/json.h"
#include "core/text/utf8.h"

static void value(struct keep_buf *out, const struct keep_json *v);

static bool starts(struct keep_str s, const char *z)
{
    size_t n = strlen(z);
    return s.n >= n && memcmp(s.p, z, n) == 0;
}

/* The data of an attachment. False: shown as any other value. */
static bool attachment(struct keep_buf *out, const struct keep_json *object, const struct keep_json *data)
{
    struct keep_buf raw = KEEP_BUF_INIT;
    struct keep_str type = keep_json_str(keep_json_get(object, "contentType"));
    bool done = type.n > 0 && data->type == KEEP_JSON_STRING && keep_codec_unbase64(&raw, data->text, true) && !raw.failed;
    if (done && starts(type, "text/") && keep_utf8_valid(keep_buf_view(&raw))) {
        keep_buf_str(out, "<pre>");
        keep_html_text(out, keep_buf_view(&raw));
        keep_buf_str(out, "</pre>");
    } else if (done) {
        keep_buf_printf(out, "%zu bytes of ", raw.n);
        keep_html_text(out, type);
        keep_buf_str(out, ", in the record itself");
    }
    keep_buf_free(&raw);
    return done;
}

static void object(struct keep_buf *out, const struct keep_json *v)
{
    keep_buf_str(out, "<table>\n");
    for (size_t i = 0; i < v->n; i++) {
        keep_buf_str(out, "<tr><th>");
        keep_html_text(out, v->name[i]);
        keep_buf_str(out, "</th><td>");
        if (!keep_str_is(v->name[i], "data") || !attachment(out, v, &v->item[i]))
            value(out, &v->item[i]);
        keep_buf_str(out, "</td></tr>\n");
    }
    keep_buf_str(out, "</table>");
}

static void value(struct keep_buf *out, const struct keep_json *v)
{
    switch (v->type) {
    case KEEP_JSON_OBJECT:
        object(out, v);
        break;
    case KEEP_JSON_ARRAY:
        keep_buf_str(out, "<ol>\n");
        for (size_t i = 0; i < v->n; i++) {
            keep_buf_str(out, "<li>");
            value(out, &v->item[i]);
            keep_buf_str(out, "</li>\n");
        }
        keep_buf_str(out, "</ol>");
        break;
    case KEEP_JSON_STRING:
        keep_html_text(out, v->text);
        break;
    default: /* null, false, true, a number: as it was written */
        keep_html_text(out, v->span);
    }
}

bool keep_rendition_fits(struct keep_str media)
{
    return media.n >= 4 && memcmp(media.p + media.n - 4, "json", 4) == 0;
}

int keep_rendition_write(struct keep_buf *out, struct keep_str payload, struct keep_arena *a, struct keep_err *err)
{
    const struct keep_json *v;
    struct keep_err why = {0};
    keep_arena_reset(a);
    int rc = keep_json_parse(&v, payload, NULL, a, &why);
    if (rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT)
        return 1;
    if (rc < 0)
        return keep_err_set(err, rc, "%s", why.text);
    struct keep_str type = keep_json_str(keep_json_get(v, "resourceType"));
    struct keep_str title = type.n ? type : KEEP_STR("Record");
    keep_html_begin(out, title);
    keep_buf_str(out, "<h1>");
    keep_html_text(out, title);
    keep_buf_str(out, "</h1>\n");
    value(out, v);
    keep_buf_char(out, '\n');
    keep_html_end(out);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}
