/* Annexes and ledger entries as a witness hands them back: the input is a line
 * with an entry and behind it an annex. Whatever is taken must tell as many
 * leaves as the entry has. */
#include <stdlib.h>
#include <string.h>

#include "core/store/annex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    struct keep_str entry = {(const char *)data, end ? (size_t)(end - data) : size};
    struct keep_str text = {end ? (const char *)end + 1 : "", end ? size - entry.n - 1 : 0};
    struct keep_arena *a = keep_arena_new(16 << 20);
    struct keep_annex x = {.items = SIZE_MAX};
    int rc;

    if (!a)
        return 0;
    keep_annex_needed(entry, NULL);
    rc = keep_annex_read(&x, text, entry, a, NULL);
    if ((rc == 0) != (x.items != SIZE_MAX))
        abort();
    keep_arena_free(a);
    return 0;
}
