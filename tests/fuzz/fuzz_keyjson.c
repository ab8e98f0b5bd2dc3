/* keep.json: no input may crash, whatever its checksum says; input is a file up
 * to the checksum, which is put right here, so that what lies behind it is
 * reached. Without it nothing may be taken. */
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/keyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[32] = {1};
    const struct keep_unlock how = {.key = key};
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_keyjson j;
    uint8_t sum[32];
    char hex[65];

    if (size > KEEP_KEYJSON_LIMIT || keep_secret_start(NULL) != 0)
        return 0;
    keep_buf_add(&text, data, size);
    if (!text.failed && keep_keyjson_read(&j, keep_buf_view(&text), &how, NULL) == 0)
        abort();
    keep_buf_str(&text, ",\"checksum\":\"");
    if (!text.failed) {
        keep_hash_blake2b(sum, text.p, text.n);
        keep_codec_hex(sum, sizeof sum, hex);
        keep_buf_str(&text, hex);
        keep_buf_str(&text, "\"}\n");
    }
    if (!text.failed && keep_keyjson_read(&j, keep_buf_view(&text), &how, NULL) == 0)
        keep_keyjson_done(&j);
    keep_buf_free(&text);
    return 0;
}
