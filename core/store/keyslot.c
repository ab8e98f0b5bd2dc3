/* How a slot is opened: the secret given becomes an X25519 identity; a check
 * value, a keyed hash that only that identity makes, says whether this is the
 * slot it belongs to (for recovery the public half says so); then the age file
 * must open, or the slot is damaged. */
#include "core/store/keyslot.h"

#include <assert.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/codec.h"
#include "core/crypto/aead.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"

#define HIDDEN_LABEL "chartkeep wrap slot"

static_assert(KEEP_KEYSLOT_WRAPPED == 32 + KEEP_AEAD_OVERHEAD, "a wrapped key");

static const char *const kind_word[] = {
#define X(name, word) word,
    KEEP_SLOT_KINDS(X)
#undef X
};

/* --- wrapping --- */

static size_t wrap_ad(uint8_t ad[64], const char *label, const uint8_t store[16], uint32_t number)
{
    size_t n = strlen(label);

    memcpy(ad, label, n);
    memcpy(ad + n, store, 16);
    n += 16;
    for (int i = 0; i < 4; i++)
        ad[n++] = (uint8_t)(number >> (8 * i));
    return n;
}

void keep_keyslot_wrap(uint8_t out[KEEP_KEYSLOT_WRAPPED], const uint8_t secret[32], const uint8_t key[32], const char *label, const uint8_t store[16], uint32_t number)
{
    uint8_t ad[64];
    size_t n = wrap_ad(ad, label, store, number);

    keep_aead_seal(out, secret, 32, ad, n, key);
}

int keep_keyslot_unwrap(uint8_t secret[32], const uint8_t in[KEEP_KEYSLOT_WRAPPED], const uint8_t key[32], const char *label, const uint8_t store[16], uint32_t number)
{
    uint8_t ad[64];
    size_t n = wrap_ad(ad, label, store, number);

    return keep_aead_open(secret, in, KEEP_KEYSLOT_WRAPPED, ad, n, key);
}

/* --- the identity behind a slot --- */

static void of_key_file(uint8_t identity[32], const uint8_t key[32], const uint8_t store[16])
{
    keep_kdf_subkey(identity, key, "chartkeep slot key-file", store, 16);
}

static int of_passphrase(uint8_t identity[32], const struct keep_keyslot *slot, struct keep_str pass, struct keep_err *err)
{
    return keep_kdf_argon2id(identity, pass.p, pass.n, slot->salt, &slot->cost, err);
}

static void check_value(uint8_t check[16], const uint8_t identity[32])
{
    keep_hash_keyed(check, 16, "check", 5, identity);
}

int keep_keyslot_make(struct keep_keyslot *out, const struct keep_slot_new *what, const uint8_t store[16], keep_time now, struct keep_err *err)
{
    struct keep_keyslot s = {.added = now};
    uint8_t identity[32];
    int rc = 0;

    if (what->recipient) {
        s.kind = KEEP_SLOT_RECOVERY;
        memcpy(s.recipient, what->recipient, 32);
        *out = s;
        return 0;
    }
    if (what->key) {
        s.kind = KEEP_SLOT_KEY_FILE;
        of_key_file(identity, what->key, store);
    } else if (what->passphrase.n > 0) {
        s.kind = KEEP_SLOT_PASSPHRASE;
        s.cost = what->cost;
        keep_secret_random(s.salt, sizeof s.salt);
        rc = of_passphrase(identity, &s, what->passphrase, err);
    } else {
        return keep_err_set(err, KEEP_E_USAGE, "nothing to make a key slot for: a key file, a passphrase or a recovery recipient");
    }
    if (rc == 0) {
        check_value(s.check, identity);
        keep_age_recipient(s.recipient, identity);
        *out = s;
    }
    keep_secret_wipe(identity, sizeof identity);
    return rc;
}

/* --- the master key in it --- */

struct room {
    uint8_t *p;
    size_t n, size;
};

static int into_room(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct room *r = ctx;

    if (n > r->size - r->n)
        return keep_err_set(err, KEEP_E_INTEGRITY, "not the size of a sealed key");
    memcpy(r->p + r->n, p, n);
    r->n += n;
    return 0;
}

int keep_keyslot_seal(struct keep_keyslot *slot, const uint8_t master[32], struct keep_err *err)
{
    struct room r = {.p = slot->sealed, .size = sizeof slot->sealed};
    struct keep_age_out *o = NULL;
    int rc = keep_age_out_new(&o, (const uint8_t(*)[32])slot->recipient, 1, into_room, &r, err);

    if (rc == 0)
        rc = keep_age_out_add(o, master, 32, err);
    if (rc == 0)
        rc = keep_age_out_finish(o, err);
    keep_age_out_free(o);
    assert(rc != 0 || r.n == sizeof slot->sealed);
    return rc;
}

static int unseal(const struct keep_keyslot *slot, const uint8_t identity[32], uint8_t master[32])
{
    struct room r = {.p = master, .size = 32};
    struct keep_age_in *in = NULL;
    int rc = keep_age_in_new(&in, (const uint8_t(*)[32])identity, 1, into_room, &r, NULL);

    if (rc == 0)
        rc = keep_age_in_add(in, slot->sealed, sizeof slot->sealed, NULL);
    if (rc == 0)
        rc = keep_age_in_finish(in, NULL);
    keep_age_in_free(in);
    return rc == 0 && r.n != 32 ? KEEP_E_INTEGRITY : rc;
}

int keep_keyslot_open(const struct keep_keyslot *slot, const uint8_t store[16], const struct keep_unlock *how, uint8_t master[32], struct keep_err *err)
{
    uint8_t identity[32], have[32];
    int rc = 1;

    if (slot->kind == KEEP_SLOT_KEY_FILE && how->key) {
        of_key_file(identity, how->key, store);
        check_value(have, identity);
        rc = keep_secret_equal(have, slot->check, sizeof slot->check) ? 0 : 1;
    } else if (slot->kind == KEEP_SLOT_PASSPHRASE && how->passphrase.n > 0) {
        rc = of_passphrase(identity, slot, how->passphrase, err);
        if (rc == 0) {
            check_value(have, identity);
            rc = keep_secret_equal(have, slot->check, sizeof slot->check) ? 0 : 1;
        }
    } else if (slot->kind == KEEP_SLOT_RECOVERY && how->identity) {
        memcpy(identity, how->identity, 32);
        keep_age_recipient(have, identity);
        rc = keep_secret_equal(have, slot->recipient, 32) ? 0 : 1;
    } else {
        return 1;
    }
    if (rc == 0) {
        rc = unseal(slot, identity, master);
        if (rc != 0 && rc != KEEP_E_NOMEM && rc != KEEP_E_LIMIT)
            rc = keep_err_at(err, KEEP_E_INTEGRITY, "keep.json", 0, 0, "key slot %u does not open", slot->id);
        else if (rc != 0)
            keep_err_set(err, rc, "no secret memory to open a key slot");
    }
    keep_secret_wipe(identity, sizeof identity);
    keep_secret_wipe(have, sizeof have);
    return rc;
}

/* --- JSON --- */

static void member_hex(struct keep_jsonw *w, const char *name, const void *p, size_t n)
{
    char hex[2 * KEEP_KEYSLOT_SEALED + 1];

    keep_codec_hex(p, n, hex);
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, hex);
}

void keep_keyslot_write(const struct keep_keyslot *slot, const uint8_t store[16], const uint8_t key[32], struct keep_jsonw *w)
{
    uint8_t hidden[KEEP_KEYSLOT_WRAPPED];

    keep_jsonw_object(w);
    keep_jsonw_key(w, "id");
    keep_jsonw_u64(w, slot->id);
    keep_jsonw_key(w, "kind");
    keep_jsonw_z(w, kind_word[slot->kind]);
    keep_jsonw_key(w, "added");
    keep_jsonw_time(w, slot->added);
    if (slot->kind == KEEP_SLOT_PASSPHRASE) {
        keep_jsonw_key(w, "kdf");
        keep_jsonw_z(w, "argon2id13");
        member_hex(w, "salt", slot->salt, sizeof slot->salt);
        keep_jsonw_key(w, "passes");
        keep_jsonw_u64(w, slot->cost.passes);
        keep_jsonw_key(w, "memory");
        keep_jsonw_u64(w, slot->cost.memory);
    }
    if (slot->kind == KEEP_SLOT_RECOVERY) {
        member_hex(w, "recipient", slot->recipient, sizeof slot->recipient);
    } else {
        member_hex(w, "check", slot->check, sizeof slot->check);
        keep_keyslot_wrap(hidden, slot->recipient, key, HIDDEN_LABEL, store, slot->id);
        member_hex(w, "recipient", hidden, sizeof hidden);
    }
    member_hex(w, "master", slot->sealed, sizeof slot->sealed);
    keep_jsonw_end_object(w);
}

static bool get_hex(const struct keep_json *v, const char *name, void *out, size_t n)
{
    return keep_codec_unhex(keep_json_str(keep_json_get(v, name)), out, n);
}

static bool read_passphrase(struct keep_keyslot *s, const struct keep_json *v)
{
    int64_t passes = 0, memory = 0;

    if (!keep_str_is(keep_json_str(keep_json_get(v, "kdf")), "argon2id13") || !get_hex(v, "salt", s->salt, sizeof s->salt)
        || !keep_json_i64(keep_json_get(v, "passes"), &passes) || !keep_json_i64(keep_json_get(v, "memory"), &memory) || passes < 1 || passes > UINT32_MAX || memory < 1)
        return false;
    s->cost = (struct keep_kdf_cost){.passes = (uint32_t)passes, .memory = (uint64_t)memory};
    return keep_kdf_cost_ok(&s->cost);
}

bool keep_keyslot_read(struct keep_keyslot *out, const struct keep_json *v)
{
    struct keep_keyslot s = {0};
    struct keep_str kind = keep_json_str(keep_json_get(v, "kind"));
    unsigned k = 0;
    int64_t id = 0;
    bool zone;

    while (k < KEEP_SLOT_KIND_COUNT && !keep_str_is(kind, kind_word[k]))
        k++;
    if (k == KEEP_SLOT_KIND_COUNT || !keep_json_i64(keep_json_get(v, "id"), &id) || id < 1 || id > UINT32_MAX
        || !keep_civil_parse_time(keep_json_str(keep_json_get(v, "added")), &s.added, &zone) || !get_hex(v, "master", s.sealed, sizeof s.sealed))
        return false;
    s.id = (uint32_t)id;
    s.kind = (enum keep_slot_kind)k;
    if (s.kind == KEEP_SLOT_PASSPHRASE && !read_passphrase(&s, v))
        return false;
    if (s.kind == KEEP_SLOT_RECOVERY ? !get_hex(v, "recipient", s.recipient, sizeof s.recipient)
                                     : !get_hex(v, "check", s.check, sizeof s.check) || !get_hex(v, "recipient", s.hidden, sizeof s.hidden))
        return false;
    *out = s;
    return true;
}

bool keep_keyslot_reveal(struct keep_keyslot *slot, const uint8_t store[16], const uint8_t key[32])
{
    return slot->kind == KEEP_SLOT_RECOVERY || keep_keyslot_unwrap(slot->recipient, slot->hidden, key, HIDDEN_LABEL, store, slot->id) == 0;
}
