/* minisign's three files: no input may crash; what is read as a key is written and read again the same. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/secret.h"
#include "core/crypto/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_str text = {(const char *)data, size}, trusted;
    struct keep_sign_public pub = {.key = {1}}, again;
    struct keep_sign_secret *s = NULL;
    struct keep_buf out = KEEP_BUF_INIT;

    if (keep_secret_start(NULL) != 0)
        return 0;
    keep_sign_check(&pub, "message", 7, text, &trusted, NULL);
    if (keep_sign_secret_read(&s, text, NULL, "fuzz", NULL) == 0)
        keep_sign_free(s);
    if (keep_sign_public_read(&pub, text, "fuzz", NULL) == 0) {
        keep_sign_public_write(&out, &pub, NULL);
        if (keep_sign_public_read(&again, keep_buf_view(&out), "fuzz", NULL) != 0 || memcmp(&pub, &again, sizeof pub) != 0)
            abort();
        keep_sign_check(&pub, "message", 7, text, &trusted, NULL);
    }
    keep_buf_free(&out);
    return 0;
}
