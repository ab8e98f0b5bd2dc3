/* Ed25519 keys and signatures in minisign's own file formats, both ways
 * interchangeable with stock minisign (jedisct1.github.io/minisign). */
#ifndef CORE_CRYPTO_SIGN_H
#define CORE_CRYPTO_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/str.h"

struct keep_sign_public {
    uint8_t id[8]; /* minisign key number, as stored (little endian) */
    uint8_t key[32];
};
struct keep_sign_secret; /* in secret memory */

int keep_sign_generate(struct keep_sign_secret **out, struct keep_err *err);
int keep_sign_from_seed(struct keep_sign_secret **out, const uint8_t seed[32], const uint8_t id[8], struct keep_err *err);
void keep_sign_free(struct keep_sign_secret *s);
void keep_sign_public_of(const struct keep_sign_secret *s, struct keep_sign_public *out);
/* 32 bytes derived from the seed for one purpose (an officer's age identity), never the seed itself. */
void keep_sign_derive(const struct keep_sign_secret *s, const char *label, uint8_t out[32]);

/* Detached Ed25519 over raw bytes (heads, notes). */
void keep_sign_raw(const struct keep_sign_secret *s, const void *p, size_t n, uint8_t sig[64]);
int keep_sign_raw_check(const uint8_t key[32], const void *p, size_t n, const uint8_t sig[64]); /* 0 or KEEP_E_INTEGRITY */

/* Public key file: "untrusted comment: …\n" base64 "\n". Reading takes a whole file's text or a bare base64 line; lines behind the second are ignored. */
void keep_sign_public_write(struct keep_buf *out, const struct keep_sign_public *p, const char *comment);
int keep_sign_public_read(struct keep_sign_public *out, struct keep_str text, const char *where, struct keep_err *err);

/* Secret key file. passphrase NULL: unencrypted (minisign -W); otherwise scrypt with minisign's SENSITIVE parameters. */
int keep_sign_secret_write(struct keep_buf *out, const struct keep_sign_secret *s, const char *passphrase, struct keep_err *err);
/* 1 = encrypted and passphrase was NULL: ask and call again. Wrong passphrase: KEEP_E_KEY. */
int keep_sign_secret_read(struct keep_sign_secret **out, struct keep_str text, const char *passphrase, const char *where, struct keep_err *err);

/* Signature file over a whole message: prehashed (ED, BLAKE2b-512). both comments: printable ASCII, at most 1024 bytes. */
int keep_sign_message(struct keep_buf *out, const struct keep_sign_secret *s, const void *p, size_t n, const char *untrusted, const char *trusted, struct keep_err *err);
/* Checks signature and trusted comment; *trusted points into text. Accepts ED and legacy Ed. KEEP_E_INTEGRITY when it does not hold, also for another key id. */
int keep_sign_check(const struct keep_sign_public *key, const void *p, size_t n, struct keep_str text, struct keep_str *trusted, struct keep_err *err);
/* 16 upper-case hex digits + NUL, as minisign prints it (0.11 leaves leading zeros out). */
void keep_sign_id_text(const uint8_t id[8], char out[17]);

#endif
