/* Sealing below the page.
 *
 * The page's seal keeps strangers out; this one can be taken away from a single
 * record or patient, by destroying a key. So everything under it is bound to
 * its owner and place through associated data. */
#include "core/store/seal.h"

#include "core/crypto/aead.h"
#include "core/crypto/secret.h"

int keep_seal_keys_new(struct keep_seal_keys **out, const struct keep_store *s, struct keep_err *err)
{
    void *p;
    struct keep_seal_keys *k;
    int rc = keep_secret_new(&p, sizeof *k, err);

    if (rc < 0)
        return rc;
    k = p;
    keep_store_subkey(s, "identifier index", k->index);
    keep_store_subkey(s, "row digest", k->digest);
    keep_store_subkey(s, "row leaf", k->leaf);
    *out = k;
    return 0;
}

void keep_seal_keys_free(struct keep_seal_keys *k)
{
    keep_secret_free(k);
}

static size_t put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
    return 8;
}

#define LABEL_MAX 16
#define AD_MAX (LABEL_MAX + 8 * 4)

static size_t associated(uint8_t ad[AD_MAX], const char *label, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    size_t n = strlen(label);

    memset(ad, 0, LABEL_MAX);
    memcpy(ad, label, n < LABEL_MAX ? n : LABEL_MAX);
    n = LABEL_MAX;
    n += put64(ad + n, a);
    n += put64(ad + n, b);
    n += put64(ad + n, c);
    n += put64(ad + n, d);
    return n;
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int seal(struct keep_buf *out, const void *p, size_t n, const uint8_t *ad, size_t adlen, const uint8_t key[32], struct keep_err *err)
{
    if (!keep_buf_reserve(out, n + KEEP_AEAD_OVERHEAD))
        return no_memory(err);
    keep_aead_seal(out->p + out->n, p, n, ad, adlen, key);
    out->n += n + KEEP_AEAD_OVERHEAD;
    return 0;
}

static int open_sealed(struct keep_buf *out, struct keep_str sealed, const uint8_t *ad, size_t adlen, const uint8_t key[32], const char *what, struct keep_err *err)
{
    size_t n;

    if (sealed.n < KEEP_AEAD_OVERHEAD)
        return keep_err_set(err, KEEP_E_INTEGRITY, "%s: too short to be sealed", what);
    n = sealed.n - KEEP_AEAD_OVERHEAD;
    if (!keep_buf_reserve(out, n + 1))
        return no_memory(err);
    if (keep_aead_open(out->p + out->n, (const uint8_t *)sealed.p, sealed.n, ad, adlen, key) < 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, "%s: its seal is broken", what);
    out->n += n;
    return 0;
}

int keep_seal_text(struct keep_buf *out, struct keep_str plain, const char *label, uint64_t a, uint64_t b, const uint8_t key[32], struct keep_err *err)
{
    uint8_t ad[AD_MAX];
    size_t n = associated(ad, label, a, b, 0, 1);

    return seal(out, plain.p, plain.n, ad, n, key, err);
}

int keep_seal_open_text(struct keep_buf *out, struct keep_str sealed, const char *label, uint64_t a, uint64_t b, const uint8_t key[32], struct keep_err *err)
{
    uint8_t ad[AD_MAX];
    size_t n = associated(ad, label, a, b, 0, 1);

    return open_sealed(out, sealed, ad, n, key, label, err);
}
