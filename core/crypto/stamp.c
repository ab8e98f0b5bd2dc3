/* libcrypto's own checks, with two things settled here: the imprint is demanded
 * to be SHA-512 of what the caller has, and the chain is judged at the time that
 * the token states. A token whose time is false was signed falsely: that is what one
 * trusts the authority not to do. */
#include "core/crypto/stamp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <string.h>
#include <time.h>

void keep_stamp_request(uint8_t out[KEEP_STAMP_REQUEST], const uint8_t sha512[64])
{
    /* SEQUENCE { version 1, SEQUENCE { SEQUENCE { OID 2.16.840.1.101.3.4.2.3, NULL }, OCTET STRING of 64 }, certReq TRUE } */
    static const uint8_t head[] = {0x30, 0x59, 0x02, 0x01, 0x01, 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40};
    static const uint8_t tail[] = {0x01, 0x01, 0xff};
    _Static_assert(sizeof head + 64 + sizeof tail == KEEP_STAMP_REQUEST, "the outer length says so");
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, sha512, 64);
    memcpy(out + sizeof head + 64, tail, sizeof tail);
}

static TS_RESP *decode(struct keep_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    if (der.n == 0 || der.n > KEEP_STAMP_MAX)
        return NULL;
    TS_RESP *r = d2i_TS_RESP(NULL, &p, (long)der.n);
    if (r && p != (const unsigned char *)der.p + der.n) {
        TS_RESP_free(r);
        r = NULL;
    }
    return r;
}

/* The reason that libcrypto gives first, or what. */
static int refuse(struct keep_err *err, const char *what)
{
    unsigned long e = ERR_peek_error();
    const char *why = e ? ERR_reason_error_string(e) : NULL;
    int rc = keep_err_set(err, KEEP_E_INTEGRITY, "%s%s%s", what, why ? ": " : "", why ? why : "");
    ERR_clear_error();
    return rc;
}

static bool about(TS_TST_INFO *info, const uint8_t sha512[64])
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *algorithm = NULL;
    ASN1_OCTET_STRING *digest = imprint ? TS_MSG_IMPRINT_get_msg(imprint) : NULL;
    if (!digest)
        return false;
    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    return algorithm && OBJ_obj2nid(algorithm) == NID_sha512 && ASN1_STRING_length(digest) == 64 && memcmp(ASN1_STRING_get0_data(digest), sha512, 64) == 0;
}

static int time_of(TS_TST_INFO *info, keep_time *at)
{
    struct tm tm = {0};
    const ASN1_GENERALIZEDTIME *t = TS_TST_INFO_get_time(info);
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return -1;
    keep_date day = keep_civil_from_ymd(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    if (day == KEEP_DATE_NONE)
        return -1;
    *at = ((keep_time)day * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 + (tm.tm_sec < 60 ? tm.tm_sec : 59)) * KEEP_USEC;
    return 0;
}

/* The response is granted and about that digest; *at its time. */
static int says(TS_RESP *r, const uint8_t sha512[64], keep_time *at, struct keep_err *err)
{
    const ASN1_INTEGER *status = r ? TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r)) : NULL;
    TS_TST_INFO *info = r ? TS_RESP_get_tst_info(r) : NULL;
    if (!status)
        return refuse(err, "not a timestamp response");
    if (ASN1_INTEGER_get(status) != TS_STATUS_GRANTED && ASN1_INTEGER_get(status) != TS_STATUS_GRANTED_WITH_MODS)
        return refuse(err, "the authority did not grant a timestamp");
    if (!info || time_of(info, at) != 0)
        return refuse(err, "the response holds no token");
    if (!about(info, sha512))
        return refuse(err, "the token is about something else");
    return 0;
}

int keep_stamp_read(struct keep_str response, const uint8_t sha512[64], keep_time *at, struct keep_err *err)
{
    keep_time t = 0;
    TS_RESP *r = decode(response);
    int rc = says(r, sha512, &t, err);
    TS_RESP_free(r);
    ERR_clear_error();
    if (rc == 0)
        *at = t;
    return rc;
}

/* A store of every certificate in pem. NULL: there is none. */
static X509_STORE *trusted(struct keep_str pem, keep_time at)
{
    BIO *in = BIO_new_mem_buf(pem.p, (int)(pem.n < KEEP_STAMP_MAX ? pem.n : KEEP_STAMP_MAX));
    X509_STORE *store = X509_STORE_new();
    X509 *cert = NULL;
    unsigned n = 0;
    while (in && store && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        n += X509_STORE_add_cert(store, cert) == 1;
        X509_free(cert);
    }
    BIO_free(in);
    ERR_clear_error(); /* the end of the file is an error to it */
    if (n > 0) {
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(at / KEEP_USEC));
        return store;
    }
    X509_STORE_free(store);
    return NULL;
}

int keep_stamp_check(struct keep_str response, const uint8_t sha512[64], struct keep_str pem, keep_time *at, struct keep_err *err)
{
    keep_time t = 0;
    TS_RESP *r = decode(response);
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    X509_STORE *store = NULL;
    int rc = says(r, sha512, &t, err);
    if (rc == 0 && !(store = trusted(pem, t)))
        rc = keep_err_set(err, KEEP_E_INPUT, "no certificate (PEM) in it");
    if (rc == 0 && !ctx) {
        X509_STORE_free(store);
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    if (rc == 0) {
        TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE);
        TS_VERIFY_CTX_set_store(ctx, store); /* takes it */
        if (TS_RESP_verify_response(ctx, r) != 1)
            rc = refuse(err, "the token's signature does not hold");
    }
    TS_VERIFY_CTX_free(ctx);
    TS_RESP_free(r);
    ERR_clear_error();
    if (rc == 0)
        *at = t;
    return rc;
}
