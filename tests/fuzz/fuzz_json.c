/* Whatever parses must parse the same from its own span, and what the writer
 * makes of its strings must parse to the same strings. */
#include <stdlib.h>

#include "core/text/json.h"
#include "core/text/jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(struct keep_jsonw *w, const struct keep_json *v)
{
    switch (v->type) {
    case KEEP_JSON_OBJECT:
        keep_jsonw_object(w);
        for (size_t i = 0; i < v->n; i++) {
            keep_jsonw_key(w, "k"); /* names may hold a NUL; they are compared as strings below */
            keep_jsonw_array(w);
            keep_jsonw_str(w, v->name[i].p ? v->name[i] : KEEP_STR(""));
            write_back(w, &v->item[i]);
            keep_jsonw_end_array(w);
            break;
        }
        keep_jsonw_end_object(w);
        break;
    case KEEP_JSON_ARRAY:
        keep_jsonw_array(w);
        for (size_t i = 0; i < v->n; i++)
            write_back(w, &v->item[i]);
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

static void same_strings(const struct keep_json *a, const struct keep_json *b)
{
    if (a->type != b->type)
        abort();
    if (a->type == KEEP_JSON_STRING && !keep_str_eq(a->text, b->text))
        abort();
    if (a->type == KEEP_JSON_ARRAY) {
        if (a->n != b->n)
            abort();
        for (size_t i = 0; i < a->n; i++)
            same_strings(&a->item[i], &b->item[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new(16u << 20);
    struct keep_buf again = KEEP_BUF_INIT;
    struct keep_err err = {0};
    const struct keep_json *v, *w;
    if (a && keep_json_parse(&v, (struct keep_str){(const char *)data, size}, "fuzz", a, &err) == 0) {
        if (keep_json_parse(&w, v->span, NULL, a, NULL) == 0)
            same_strings(v, w);
        struct keep_jsonw out;
        keep_jsonw_init(&out, &again);
        write_back(&out, v);
        /* The extra array around a member is one level more, so only depth and memory may refuse it. */
        int rc = keep_json_parse(&w, keep_buf_view(&again), NULL, a, NULL);
        if (rc == 0)
            same_strings(v, w);
        else if (rc != KEEP_E_LIMIT)
            abort();
    } else if (err.code == KEEP_E_INPUT && err.line == 0) {
        abort();
    }
    keep_buf_free(&again);
    keep_arena_free(a);
    return 0;
}
