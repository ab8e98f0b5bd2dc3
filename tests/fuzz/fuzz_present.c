/* Any bytes as a list of who stands in a segment: searched or refused. */
#include "core/store/present.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t wanted[] = {1, 7, 300, 70000, UINT32_MAX};

    keep_present_has(data, size, wanted, sizeof wanted / sizeof *wanted, NULL);
    return 0;
}
