/* The digests that other people's lists are made with, by their names: MD5 and
 * SHA-1 among them, which show damage but hold off nobody. By libcrypto. What this program
 * itself makes and trusts is in hash.h. */
#ifndef CORE_CRYPTO_DIGEST_H
#define CORE_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"

/* symbol, name, bytes, whether it withstands somebody who wants two texts of one digest */
#define KEEP_DIGEST_TABLE(X) X(MD5, "md5", 16, false) X(SHA1, "sha1", 20, false) X(SHA224, "sha224", 28, true) \
    X(SHA256, "sha256", 32, true) X(SHA384, "sha384", 48, true) X(SHA512, "sha512", 64, true)

enum keep_digest {
#define X(symbol, name, bytes, strong) KEEP_DIGEST_##symbol,
    KEEP_DIGEST_TABLE(X)
#undef X
    KEEP_DIGESTS
};
#define KEEP_DIGEST_MOST 64 /* bytes of the longest */

/* Which one a name means, without regard to case ("sha256"); KEEP_DIGESTS: none of these. */
enum keep_digest keep_digest_named(struct keep_str name);
const char *keep_digest_name(enum keep_digest d);
size_t keep_digest_size(enum keep_digest d);
bool keep_digest_strong(enum keep_digest d);

/* Several of them over the same bytes. */
struct keep_digest_set;
int keep_digest_new(struct keep_digest_set **out, struct keep_err *err);
void keep_digest_free(struct keep_digest_set *s); /* NULL allowed */
/* mask: bits 1 << enum keep_digest. */
int keep_digest_start(struct keep_digest_set *s, unsigned mask, struct keep_err *err);
int keep_digest_add(struct keep_digest_set *s, const void *p, size_t n, struct keep_err *err);
int keep_digest_end(struct keep_digest_set *s, uint8_t out[KEEP_DIGESTS][KEEP_DIGEST_MOST], struct keep_err *err); /* of the mask alone */

#endif
