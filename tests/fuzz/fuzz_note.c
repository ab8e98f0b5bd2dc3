/* Signed heads: no input may crash. What is taken must be signed by the fixed key,
 * so it reads the same when its first lines are written and signed again. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/note.h"
#include "core/crypto/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {1}, id[8];
    static struct keep_sign_secret *s;
    struct keep_str text = {(const char *)data, size};
    struct keep_sign_public pub;
    struct keep_note_head h;
    struct keep_buf out = KEEP_BUF_INIT;

    if (keep_secret_start(NULL) != 0 || (!s && keep_sign_from_seed(&s, seed, id, NULL) != 0))
        return 0;
    keep_sign_public_of(s, &pub);
    if (keep_note_head_read(&h, text, pub.key, NULL) == 0) {
        keep_note_head_write(&out, &h, s);
        if (out.failed || out.n > size || memcmp(out.p, data, out.n / 2) != 0)
            abort();
        keep_buf_free(&out);
    }
    return 0;
}
