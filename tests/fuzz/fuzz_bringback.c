/* Any JSON as what a package's index tells of a record. */
#include "core/store/bringback.h"
#include "core/text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new((size_t)1 << 24);
    const struct keep_json *v;
    struct keep_row_record row;

    if (a && keep_json_parse(&v, (struct keep_str){(const char *)data, size}, NULL, a, NULL) == 0 && keep_bringback_read(&row, v, a, NULL) == 0)
        for (size_t i = 0; i < row.keys; i++)
            if (row.key[i].value.n == 0)
                __builtin_trap();
    keep_arena_free(a);
    return 0;
}
