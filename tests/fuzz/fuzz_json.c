/* Whatever parses must parse the same from its own span, and what the writer
 * makes of its strings must parse to the same strings. */
#include <stdlib.h>

#include "core/text/json.h"
#include "core/text/jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An object becomes an array of its names and values in turn, since the writer's keys are NUL-terminated. */
static void write_back(struct keep_jsonw *w, const struct keep_json *v)
{
    switch (v->type) {
    case KEEP_JSON_OBJECT:
    case KEEP_JSON_ARRAY:
        keep_jsonw_array(w);
        for (size_t i = 0; i < v->n; i++) {
            if (v->type == KEEP_JSON_OBJECT)
                keep_jsonw_str(w, v->name[i]);
            write_back(w, &v->item[i]);
        }
        keep_jsonw_end_array(w);
        break;
    case KEEP_JSON_STRING:
        keep_jsonw_str(w, v->text);
        break;
    default:
        keep_jsonw_raw(w, v->span);
        break;
    }
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* a equals b, which may be what write_back made of a. */
static void same(const struct keep_json *a, const struct keep_json *b)
{
    if (a->type == KEEP_JSON_OBJECT && b->type == KEEP_JSON_ARRAY) {
        must(b->n == 2 * a->n);
        for (size_t i = 0; i < a->n; i++) {
            must(keep_str_eq(a->name[i], keep_json_str(&b->item[2 * i])));
            same(&a->item[i], &b->item[2 * i + 1]);
        }
        return;
    }
    must(a->type == b->type && a->n == b->n);
    if (a->type == KEEP_JSON_STRING || a->type == KEEP_JSON_NUMBER)
        must(keep_str_eq(a->text, b->text));
    if (a->type != KEEP_JSON_ARRAY && a->type != KEEP_JSON_OBJECT)
        return;
    for (size_t i = 0; i < a->n; i++) {
        must(a->type != KEEP_JSON_OBJECT || keep_str_eq(a->name[i], b->name[i]));
        same(&a->item[i], &b->item[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new(16u << 20);
    struct keep_buf again = KEEP_BUF_INIT;
    struct keep_err err = {0};
    const struct keep_json *v, *w;
    if (a && keep_json_parse(&v, (struct keep_str){(const char *)data, size}, "fuzz", a, &err) == 0) {
        struct keep_jsonw out;
        int rc = keep_json_parse(&w, v->span, NULL, a, NULL);
        must(rc == 0 || rc == KEEP_E_LIMIT); /* the second and third tree share the first one's memory */
        if (rc == 0)
            same(v, w);
        keep_jsonw_init(&out, &again);
        write_back(&out, v);
        rc = keep_json_parse(&w, keep_buf_view(&again), NULL, a, NULL);
        must(rc == 0 || rc == KEEP_E_LIMIT);
        if (rc == 0)
            same(v, w);
    } else {
        must(err.code != KEEP_E_INPUT || (err.line > 0 && err.col > 0));
    }
    keep_buf_free(&again);
    keep_arena_free(a);
    return 0;
}
