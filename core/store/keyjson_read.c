/* Reading keep.json, in the order that tells damage from a wrong key: the
 * checksum, what is open to all, the slot, the MAC, and only then the rest. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"
#include "core/store/keyjson_inside.h"
#include "core/store/vfs.h"
#include "core/text/json.h"

static int damaged(struct keep_err *err, const char *what)
{
    return keep_err_at(err, KEEP_E_INTEGRITY, "keep.json", 0, 0, "%s", what);
}

static bool get_hex(const struct keep_json *v, const char *name, void *out, size_t n)
{
    return keep_codec_unhex(keep_json_str(keep_json_get(v, name)), out, n);
}

static bool get_number(const struct keep_json *v, const char *name, uint64_t most, uint64_t *out)
{
    int64_t n = -1;

    if (!keep_json_i64(keep_json_get(v, name), &n) || n < 0 || (uint64_t)n > most)
        return false;
    *out = (uint64_t)n;
    return true;
}

/* null or 32 bytes. */
static bool get_optional(const struct keep_json *v, const char *name, bool *has, uint8_t out[32])
{
    const struct keep_json *m = keep_json_get(v, name);

    *has = m && m->type != KEEP_JSON_NULL;
    return m && (!*has || get_hex(v, name, out, 32));
}

static bool checksum_ok(struct keep_str text)
{
    const size_t tail = KEEP_KEYJSON_HASH + sizeof KEEP_KEYJSON_END - 1;
    uint8_t sum[32];
    char hex[KEEP_KEYJSON_HASH + 1];

    if (text.n < tail)
        return false;
    keep_hash_blake2b(sum, text.p, text.n - tail);
    keep_codec_hex(sum, sizeof sum, hex);
    return memcmp(text.p + text.n - tail, hex, KEEP_KEYJSON_HASH) == 0 && memcmp(text.p + text.n - (sizeof KEEP_KEYJSON_END - 1), KEEP_KEYJSON_END, sizeof KEEP_KEYJSON_END - 1) == 0;
}

static bool mac_ok(const struct keep_keyjson *j, struct keep_str text, const struct keep_json *v)
{
    const size_t tail = sizeof KEEP_KEYJSON_MAC - 1 + KEEP_KEYJSON_HASH + sizeof KEEP_KEYJSON_SUM - 1 + KEEP_KEYJSON_HASH + sizeof KEEP_KEYJSON_END - 1;
    uint8_t key[32], want[32], have[32];

    if (text.n < tail || !get_hex(v, "mac", have, sizeof have))
        return false;
    keep_kdf_subkey(key, j->secret->master, "chartkeep keep.json mac", j->store, sizeof j->store);
    keep_hash_keyed(want, sizeof want, text.p, text.n - tail, key);
    keep_secret_wipe(key, sizeof key);
    return keep_secret_equal(want, have, sizeof want);
}

static int read_list(struct keep_keyjson *j, const struct keep_json *list, int (*add)(struct keep_keyjson *, const struct keep_officer *, struct keep_err *),
                     struct keep_err *err)
{
    if (!list || list->type != KEEP_JSON_ARRAY)
        return damaged(err, "a list of officers is missing");
    for (size_t i = 0; i < list->n; i++) {
        struct keep_officer o;
        struct keep_err ignored = {0};
        if (!keep_officer_read(keep_json_at(list, i), &o) || add(j, &o, &ignored) != 0)
            return damaged(err, "an officer is malformed");
    }
    return 0;
}

static int read_officers(struct keep_keyjson *j, const struct keep_json *v, struct keep_err *err)
{
    uint64_t quorum;
    int rc = read_list(j, keep_json_get(v, "officers"), keep_keyjson_add_officer, err);

    if (rc == 0)
        rc = read_list(j, keep_json_get(v, "former"), keep_keyjson_add_former, err);
    if (rc != 0)
        return rc;
    if (!get_number(v, "quorum", KEEP_KEYJSON_OFFICERS, &quorum))
        return damaged(err, "the quorum is malformed");
    j->quorum = (uint32_t)quorum;
    if (!get_optional(v, "recovery", &j->has_recovery, j->recovery) || !get_optional(v, "archive_officer", &j->has_archive, j->archive))
        return damaged(err, "a recipient is malformed");
    return 0;
}

static int read_standing(struct keep_keyjson *j, const struct keep_json *v, struct keep_err *err)
{
    struct keep_str word = keep_json_str(keep_json_get(v, "standing"));
    const struct keep_json *log = keep_json_get(v, "log"), *after = keep_json_get(log, "after");

    j->standing = keep_str_is(word, "backup") ? KEEP_STANDING_BACKUP : keep_str_is(word, "restored") ? KEEP_STANDING_RESTORED : KEEP_STANDING_KEEP;
    if (keep_json_get(v, "standing") && (j->standing == KEEP_STANDING_KEEP || !get_hex(v, "backup", j->backup, sizeof j->backup)))
        return damaged(err, "what it says of being a copy is malformed");
    j->log.has = log != NULL;
    j->log.follows_first = after && after->type == KEEP_JSON_NULL;
    if (log && (!get_hex(log, "id", j->log.id, 8) || !get_number(log, "entries", INT64_MAX, &j->log.entries) || (!j->log.follows_first && !get_hex(log, "after", j->log.after, 8))))
        return damaged(err, "the log's number is malformed");
    return 0;
}

/* What can be read without a key. */
static int read_plain(struct keep_keyjson *j, const struct keep_json *v, struct keep_err *err)
{
    const struct keep_json *slots = keep_json_get(v, "slots");
    struct keep_str zone = keep_json_str(keep_json_get(v, "time_zone"));
    struct keep_err ignored = {0};
    uint64_t page, next;
    bool has_zone;

    if (!keep_str_is(keep_json_str(keep_json_get(v, "format")), KEEP_KEYJSON_FORMAT))
        return damaged(err, "not a format that this version knows");
    if (!get_hex(v, "store", j->store, sizeof j->store) || !get_number(v, "generation", INT64_MAX, &j->generation)
        || !get_number(v, "page_size", KEEP_VFS_PAGE, &page) || page != KEEP_VFS_PAGE
        || !keep_civil_parse_time(keep_json_str(keep_json_get(v, "created")), &j->created, &has_zone) || keep_keyjson_set_zone(j, zone, &ignored) != 0)
        return damaged(err, "a member is missing or malformed");
    if (keep_json_len(slots) < 1 || keep_json_len(slots) > KEEP_KEYSLOT_MAX || !get_number(v, "next_slot", UINT32_MAX, &next))
        return damaged(err, "the key slots are malformed");
    j->next_slot = (uint32_t)next;
    j->slots = keep_json_len(slots);
    for (size_t i = 0; i < j->slots; i++)
        if (!keep_keyslot_read(&j->slot[i], keep_json_at(slots, i)))
            return damaged(err, "a key slot is malformed");
    return 0;
}

static int open_slot(struct keep_keyjson *j, const struct keep_unlock *how, struct keep_err *err)
{
    for (size_t i = 0; i < j->slots; i++) {
        int rc = keep_keyslot_open(&j->slot[i], j->store, how, j->secret->master, err);
        if (rc == 0)
            j->opened = j->slot[i].id;
        if (rc != 1)
            return rc;
    }
    return keep_err_at(err, KEEP_E_KEY, "keep.json", 0, 0, "%s does not open this keep", how->key ? "the key file" : how->identity ? "the recovery identity" : "the passphrase");
}

static int unwrap_member(const struct keep_keyjson *j, const struct keep_json *v, const char *name, const uint8_t key[32], const char *label, uint32_t epoch,
                         uint8_t out[32])
{
    uint8_t wrapped[KEEP_KEYSLOT_WRAPPED];

    return get_hex(v, name, wrapped, sizeof wrapped) ? keep_keyslot_unwrap(out, wrapped, key, label, j->store, epoch) : KEEP_E_INTEGRITY;
}

static int read_file_keys(struct keep_keyjson *j, const struct keep_json *list, int f, const uint8_t key[32], struct keep_err *err)
{
    uint64_t epoch = 0;

    if (keep_json_len(list) < 1 || keep_json_len(list) > 2)
        return damaged(err, "one or two keys of a file are expected");
    j->file[f].keys = (unsigned)keep_json_len(list);
    for (unsigned i = 0; i < j->file[f].keys; i++) {
        const struct keep_json *m = keep_json_at(list, i);
        if (!get_number(m, "epoch", UINT32_MAX, &epoch)
            || unwrap_member(j, m, "key", key, keep_keyjson_file_label[f], (uint32_t)epoch, j->secret->file[f][i]) != 0)
            return damaged(err, "a file's key does not open");
        j->file[f].epoch[i] = (uint32_t)epoch;
    }
    return 0;
}

static int read_keys(struct keep_keyjson *j, const struct keep_json *v, struct keep_err *err)
{
    const struct keep_json *signer = keep_json_get(v, "signer");
    uint8_t key[32];
    int rc = 0;

    keep_kdf_subkey(key, j->secret->master, "chartkeep wrapping key", j->store, sizeof j->store);
    if (unwrap_member(j, v, "purpose", key, "chartkeep wrap purpose", 1, j->secret->purpose) != 0 || !get_hex(signer, "id", j->signer.id, 8)
        || !get_hex(signer, "key", j->signer.key, 32) || unwrap_member(j, signer, "seed", key, "chartkeep wrap signer", 1, j->secret->seed) != 0)
        rc = damaged(err, "a wrapped key does not open");
    for (size_t i = 0; rc == 0 && i < j->slots; i++)
        if (!keep_keyslot_reveal(&j->slot[i], j->store, key))
            rc = damaged(err, "a key slot does not open");
    for (int f = 0; rc == 0 && f < KEEP_KEYJSON_FILES; f++)
        rc = read_file_keys(j, keep_json_get(v, keep_keyjson_file_member[f]), f, key, err);
    keep_secret_wipe(key, sizeof key);
    return rc;
}

static int read_tree(struct keep_keyjson *j, struct keep_str text, const struct keep_json *v, const struct keep_unlock *how, struct keep_err *err)
{
    int rc = read_plain(j, v, err);

    if (rc == 0)
        rc = keep_secret_new((void **)&j->secret, sizeof *j->secret, err);
    if (rc == 0)
        rc = open_slot(j, how, err);
    if (rc == 0 && !mac_ok(j, text, v))
        rc = damaged(err, "its mac does not hold");
    if (rc == 0)
        rc = read_officers(j, v, err);
    if (rc == 0)
        rc = read_standing(j, v, err);
    return rc == 0 ? read_keys(j, v, err) : rc;
}

/* Before the checksum, which a later format may have elsewhere. */
static bool later_format(struct keep_str text)
{
    static const char start[] = "{\"format\":\"chartkeep keep ";
    const size_t n = sizeof start - 1;

    return text.n > n + 2 && memcmp(text.p, start, n) == 0 && ((text.p[n] >= '2' && text.p[n] <= '9') || (text.p[n + 1] >= '0' && text.p[n + 1] <= '9'));
}

int keep_keyjson_read(struct keep_keyjson *out, struct keep_str text, const struct keep_unlock *how, struct keep_err *err)
{
    struct keep_arena *a = NULL;
    const struct keep_json *v = NULL;
    int rc;

    memset(out, 0, sizeof *out);
    if (later_format(text))
        return damaged(err, "it is of a later format than this program knows (" KEEP_KEYJSON_FORMAT ")");
    if (!checksum_ok(text))
        return damaged(err, "its checksum does not hold");
    a = keep_arena_new(8 * KEEP_KEYJSON_LIMIT);
    if (!a)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    rc = keep_json_parse(&v, text, NULL, a, NULL);
    if (rc == KEEP_E_NOMEM)
        keep_err_set(err, rc, "out of memory");
    else if (rc != 0)
        rc = damaged(err, "not the JSON that it should be");
    else
        rc = read_tree(out, text, v, how, err);
    if (rc != 0)
        keep_keyjson_done(out);
    keep_arena_free(a);
    return rc;
}
