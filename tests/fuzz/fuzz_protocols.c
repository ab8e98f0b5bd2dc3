/* Any bytes as a hospital's list of research: what is taken tells all that an accounting needs. */
#include <stdlib.h>

#include "core/text/utf8.h"
#include "core/work/protocols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new(64u << 20);
    struct keep_protocol *p = NULL;
    struct keep_err err = {0};
    size_t n = 0;
    int rc = a ? keep_protocols_read(&p, &n, (struct keep_str){(const char *)data, size}, "list", a, &err) : KEEP_E_NOMEM;
    if (rc < 0 && a && err.text[0] == 0)
        abort();
    for (size_t i = 0; i < n; i++)
        if (p[i].last < p[i].first || p[i].name.n == 0 || p[i].sponsor_phone.n == 0 || p[i].researcher_address.n == 0 || !keep_utf8_valid(p[i].description))
            abort();
    keep_arena_free(a);
    return 0;
}
