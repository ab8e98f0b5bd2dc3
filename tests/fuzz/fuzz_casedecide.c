/* Any bytes as a worksheet: what is taken has what the law wants of it; the first byte says of which decision. */
#include <stdlib.h>

#include "core/work/casedecide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new(16u << 20);
    const struct keep_json *j = NULL;
    struct keep_err err = {0};
    if (!a || size == 0) {
        keep_arena_free(a);
        return 0;
    }
    bool substantiated = data[0] == 's';
    int rc = keep_casedecide_read(&j, (struct keep_str){(const char *)data + 1, size - 1}, substantiated, a, &err);
    if (rc == 0 ? keep_json_str(keep_json_get(j, "rationale")).n == 0 || (substantiated && keep_json_str(keep_json_get(j, "mitigation")).n == 0) : j != NULL || err.text[0] == 0)
        abort();
    keep_arena_free(a);
    return 0;
}
