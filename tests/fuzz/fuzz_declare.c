/* A source's declaration from outside. */
#include <stdint.h>

#include "core/ingest/ingest.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct keep_arena *a = keep_arena_new((size_t)16 << 20);
    struct keep_source s;
    struct keep_err err = {0};
    if (a)
        (void)keep_declare_parse(&s, (struct keep_str){(const char *)p, n}, "input", a, &err);
    keep_arena_free(a);
    return 0;
}
