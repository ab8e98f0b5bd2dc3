/* Timestamp responses (RFC 3161), by libcrypto: what an outside authority says it
 * was shown, and when. */
#ifndef CORE_CRYPTO_STAMP_H
#define CORE_CRYPTO_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_STAMP_MAX (1u << 20) /* bytes of a response: a token with its certificates takes some thousands */
#define KEEP_STAMP_AUTHORITY_MAX (16u << 20) /* of an authority's certificates: some thousands each */

/* The request for a token over that SHA-512, with the authority's certificate asked for: RFC 3161 section 2.4.1 in DER, the same bytes but for the digest. No nonce:
 * it may wait for days until somebody carries it to the authority, and the token is checked by its digest alone. */
#define KEEP_STAMP_REQUEST 91
void keep_stamp_request(uint8_t out[KEEP_STAMP_REQUEST], const uint8_t sha512[64]);

/* What a response (DER) says, whoever signed it: it was granted, for that SHA-512, at *at (to the second). KEEP_E_INTEGRITY: it is none, was not granted, or is about
 * another digest. */
int keep_stamp_read(struct keep_str response, const uint8_t sha512[64], keep_time *at, struct keep_err *err);
/* The same, and signed by an authority that one of the certificates in pem vouches for. Certificates count as of the token's own time, since they
 * expire long before what they stamped is of no more use; pem may hold those between, and CRLs are not looked at. KEEP_E_INTEGRITY with the reason;
 * KEEP_E_INPUT when pem holds no certificate. */
int keep_stamp_check(struct keep_str response, const uint8_t sha512[64], struct keep_str pem, keep_time *at, struct keep_err *err);

#endif
