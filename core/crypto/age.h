/* age v1 files (C2SP age.md): X25519 recipients or a passphrase (scrypt), streaming, constant memory; binary, and read with armor as well (core/crypto/armor.h). */
#ifndef CORE_CRYPTO_AGE_H
#define CORE_CRYPTO_AGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_AGE_TEXT 80 /* enough for "AGE-SECRET-KEY-1…" and "age1…" with NUL */

void keep_age_generate(uint8_t identity[32]);
void keep_age_recipient(uint8_t recipient[32], const uint8_t identity[32]);
void keep_age_identity_text(char out[KEEP_AGE_TEXT], const uint8_t identity[32]);
void keep_age_recipient_text(char out[KEEP_AGE_TEXT], const uint8_t recipient[32]);
int keep_age_recipient_read(uint8_t recipient[32], struct keep_str s, struct keep_err *err);
int keep_age_identity_read(uint8_t identity[32], struct keep_str s, struct keep_err *err);

/* The next identity of an identity file, taken off *rest with the comments and blank lines before it: 1; 0 none is left; KEEP_E_INPUT. */
int keep_age_identity_next(uint8_t identity[32], struct keep_str *rest, struct keep_err *err);

typedef int (*keep_age_write)(void *ctx, const void *p, size_t n, struct keep_err *err);
int keep_age_to_buf(void *buf, const void *p, size_t n, struct keep_err *err); /* a keep_age_write whose ctx is a struct keep_buf */

/* Encrypting: bytes go in, the file comes out through write in pieces. */
struct keep_age_out;
int keep_age_out_new(struct keep_age_out **out, const uint8_t (*recipients)[32], size_t n, keep_age_write write, void *ctx, struct keep_err *err);
/* For whoever knows the passphrase; work: log2 of scrypt's N, which takes 2^(work + 10) bytes of memory on either side. */
#define KEEP_AGE_WORK 18      /* the age program's own */
#define KEEP_AGE_WORK_MOST 20 /* 1 GiB: what a file of others may demand of us */
int keep_age_out_passphrase(struct keep_age_out **out, struct keep_str passphrase, unsigned work, keep_age_write write, void *ctx, struct keep_err *err);
int keep_age_out_add(struct keep_age_out *o, const void *p, size_t n, struct keep_err *err);
int keep_age_out_finish(struct keep_age_out *o, struct keep_err *err);
void keep_age_out_free(struct keep_age_out *o);
/* Exact size of the file for n plaintext bytes and r X25519 recipients. */
uint64_t keep_age_size(uint64_t n, size_t r);

/* Decrypting: the file goes in, binary or armored, plaintext comes out; the header's MAC is checked first, no byte of a failed chunk is released.
 * KEEP_E_INTEGRITY for anything malformed, KEEP_E_KEY when none of the identities and passphrases opens it. */
struct keep_age_in;
int keep_age_in_new(struct keep_age_in **out, const uint8_t (*identities)[32], size_t n, keep_age_write write, void *ctx, struct keep_err *err);
/* A passphrase to try as well, before the first byte goes in; it is copied. n above may be 0 where one follows. */
int keep_age_in_passphrase(struct keep_age_in *i, struct keep_str passphrase, struct keep_err *err);
int keep_age_in_add(struct keep_age_in *i, const void *p, size_t n, struct keep_err *err);
int keep_age_in_finish(struct keep_age_in *i, struct keep_err *err);
void keep_age_in_free(struct keep_age_in *i);

#endif
