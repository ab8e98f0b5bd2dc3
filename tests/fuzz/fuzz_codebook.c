/* Any bytes as a stored code table: refused, or looked up within it. */
#include "core/review/codebook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_codebook *b;
    if (keep_codebook_new(&b, NULL) < 0)
        return 0;
    if (keep_codebook_read(b, (struct keep_str){(const char *)data, size}, NULL) == 0) {
        keep_codebook_seal(b);
        for (keep_date d = 0; d < 30000; d += 3000) {
            keep_codebook_covers(b, KEEP_STR("CPT"), d);
            keep_codebook_find(b, KEEP_STR("ICD-10-CM"), KEEP_STR("e11.9"), d);
            keep_codebook_pair_of(b, KEEP_STR("1"), KEEP_STR("2"), d);
            keep_codebook_limit_of(b, KEEP_STR("1"), d);
        }
    }
    keep_codebook_free(b);
    return 0;
}
