/* FHIR JSON from outside, in any shape, into a sink that touches every string. */

#include "tests/fuzz/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct keep_ingest in = {0};
    struct reader_input file;
    if (n == 0 || !reader_open(&file, &in, p, n))
        return 0;
    struct keep_feed feed;
    struct keep_ingest_counts counts = {0};
    keep_feed_init(&feed, &in);
    if (keep_feed_ahead(&feed, NULL) == 1)
        keep_fhir_read(&in, &feed, &counts, NULL);
    keep_feed_done(&feed);
    reader_close(&file, &in);
    return 0;
}
