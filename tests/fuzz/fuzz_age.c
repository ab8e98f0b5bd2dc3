/* age files and the texts of its keys: no input may crash, and for an identity made on the spot nothing comes out. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/age.h"
#include "core/crypto/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int swallow(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)p, (void)err;
    *(size_t *)ctx += n;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t identity[1][32];
    static bool made;
    struct keep_str s = {(const char *)data, size};
    struct keep_age_in *in = NULL;
    size_t released = 0;
    uint8_t key[32];

    if (keep_secret_start(NULL) != 0 || size == 0)
        return 0;
    if (!made)
        keep_age_generate(identity[0]);
    made = true;
    keep_age_identity_read(key, s, NULL);
    keep_age_recipient_read(key, s, NULL);
    if (keep_age_in_new(&in, (const uint8_t(*)[32])identity, 1, swallow, &released, NULL) != 0)
        return 0;
    size_t piece = data[0] + 1u; /* the first byte also says how it is cut */
    int rc = 0;
    for (size_t at = 0; at < size && rc == 0; at += piece)
        rc = keep_age_in_add(in, data + at, size - at < piece ? size - at : piece, NULL);
    if (keep_age_in_finish(in, NULL) == 0 || released != 0)
        abort();
    keep_age_in_free(in);
    return 0;
}
