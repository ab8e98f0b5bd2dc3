/* One context of libcrypto a digest, used again for every file. A build of
 * libcrypto may have none of MD5 (FIPS): then a list made with it cannot be checked,
 * and says so. */
#include "core/crypto/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <strings.h>

static const struct {
    const char *name;
    size_t size;
    bool strong;
} table[KEEP_DIGESTS] = {
#define X(symbol, name, bytes, strong) {name, bytes, strong},
    KEEP_DIGEST_TABLE(X)
#undef X
};

struct keep_digest_set {
    unsigned mask;
    EVP_MD_CTX *md[KEEP_DIGESTS];
};

enum keep_digest keep_digest_named(struct keep_str name)
{
    enum keep_digest d = 0;
    while (d < KEEP_DIGESTS && !(strlen(table[d].name) == name.n && strncasecmp(table[d].name, name.p, name.n) == 0))
        d++;
    return d;
}

const char *keep_digest_name(enum keep_digest d)
{
    return table[d].name;
}

size_t keep_digest_size(enum keep_digest d)
{
    return table[d].size;
}

bool keep_digest_strong(enum keep_digest d)
{
    return table[d].strong;
}

int keep_digest_new(struct keep_digest_set **out, struct keep_err *err)
{
    struct keep_digest_set *s = calloc(1, sizeof *s);
    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for digests");
    *out = s;
    return 0;
}

void keep_digest_free(struct keep_digest_set *s)
{
    if (!s)
        return;
    for (int d = 0; d < KEEP_DIGESTS; d++)
        EVP_MD_CTX_free(s->md[d]);
    free(s);
}

int keep_digest_start(struct keep_digest_set *s, unsigned mask, struct keep_err *err)
{
    s->mask = mask;
    for (int d = 0; d < KEEP_DIGESTS; d++) {
        if (!(mask & 1u << d))
            continue;
        bool first = !s->md[d];
        if (first && !(s->md[d] = EVP_MD_CTX_new()))
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory for digests");
        if (EVP_DigestInit_ex(s->md[d], first ? EVP_get_digestbyname(table[d].name) : NULL, NULL) != 1) {
            EVP_MD_CTX_free(s->md[d]);
            s->md[d] = NULL;
            return keep_err_set(err, KEEP_E_IO, "libcrypto here has no %s", table[d].name);
        }
    }
    return 0;
}

int keep_digest_add(struct keep_digest_set *s, const void *p, size_t n, struct keep_err *err)
{
    for (int d = 0; d < KEEP_DIGESTS; d++)
        if (s->mask & 1u << d && EVP_DigestUpdate(s->md[d], p, n) != 1)
            return keep_err_set(err, KEEP_E_IO, "libcrypto failed while hashing");
    return 0;
}

int keep_digest_end(struct keep_digest_set *s, uint8_t out[KEEP_DIGESTS][KEEP_DIGEST_MOST], struct keep_err *err)
{
    for (int d = 0; d < KEEP_DIGESTS; d++)
        if (s->mask & 1u << d && EVP_DigestFinal_ex(s->md[d], out[d], NULL) != 1)
            return keep_err_set(err, KEEP_E_IO, "libcrypto failed while hashing");
    return 0;
}
