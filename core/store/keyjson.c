/* keep.json. Layout (canonical JSON, one line, members in this order):
 *
 *   {"format":"chartkeep keep 1","store":HEX16,"generation":N,"page_size":4096,"created":TIME,"time_zone":ZONE,
 *    "next_slot":N,"slots":[{"id":N,"kind":"key-file","added":TIME,"check":HEX16,"recipient":WRAPPED,"master":AGE},
 *             {"id":N,"kind":"passphrase","added":TIME,"kdf":"argon2id13","salt":HEX16,"passes":N,"memory":N,"check":HEX16,"recipient":WRAPPED,"master":AGE},
 *             {"id":N,"kind":"recovery","added":TIME,"recipient":HEX32,"master":AGE},…],
 *    "purpose":WRAPPED,"records":[{"epoch":N,"key":WRAPPED},…],"keyring":[{"epoch":N,"key":WRAPPED},…],
 *    "signer":{"id":HEX8,"key":HEX32,"seed":WRAPPED},
 *    "officers":[{"role":R,"name":N,"from":DATE,"until":DATE,"id":HEX8,"key":HEX32,"recipient":HEX32},…],"former":[like officers],"quorum":N,"recovery":HEX32|null,"archive_officer":HEX32|null,
 *    (of a copy) "standing":"backup"|"restored","backup":HEX16, (behind a restore) "log":{"id":HEX8,"after":HEX8|null,"entries":N},
 *    "mac":HEX32,"checksum":HEX32}\n
 *
 * WRAPPED is nonce | ciphertext | tag in hex; its associated data are a label
 * for what it holds, the store id and the epoch, so that no wrapped key can
 * stand in another's place. AGE is an age file in hex. The plain checksum covers every byte before it and
 * the fixed tail is compared byte by byte: no flipped bit goes unseen, and none
 * can look like a wrong key. */
#include "core/store/keyjson.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/crypto/hash.h"
#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"
#include "core/store/vfs.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

#define FORMAT "chartkeep keep 1"
#define HASH_HEX 64
#define MAC_KEY ",\"mac\":\""
#define SUM_KEY "\",\"checksum\":\""
#define END "\"}\n"
#define WRAPPED KEEP_KEYSLOT_WRAPPED

static const char *const file_member[] = {"records", "keyring"};
static const char *const file_label[] = {"chartkeep wrap records.db", "chartkeep wrap keyring.db"};

/* --- a new one --- */

static struct keep_str put_word(char *to, struct keep_str word)
{
    memmove(to, word.p ? word.p : "", word.n);
    to[word.n] = '\0';
    return (struct keep_str){to, word.n};
}

static void put_officer(struct keep_officer *to, struct keep_keyjson_words *word, const struct keep_officer *o)
{
    *to = *o;
    to->role = put_word(word->role, o->role);
    to->name = put_word(word->name, o->name);
}

static void rebind(struct keep_officer *o, struct keep_keyjson_words *word)
{
    o->role.p = word->role;
    o->name.p = word->name;
}

void keep_keyjson_copied(struct keep_keyjson *j)
{
    for (size_t i = 0; i < j->officers; i++)
        rebind(&j->officer[i], &j->word[i]);
    for (size_t i = 0; i < j->formers; i++)
        rebind(&j->former[i], &j->former_word[i]);
}

static int add_officer(struct keep_keyjson *j, const struct keep_officer *o, struct keep_err *err)
{
    if (j->officers == KEEP_KEYJSON_OFFICERS)
        return keep_err_set(err, KEEP_E_USAGE, "more than %d officers", KEEP_KEYJSON_OFFICERS);
    if (keep_officer_check(o, err) != 0)
        return KEEP_E_USAGE;
    for (size_t i = 0; i < j->officers; i++) {
        if (keep_str_eq(j->officer[i].role, o->role))
            return keep_err_set(err, KEEP_E_USAGE, "role %.*s stands twice", (int)o->role.n, o->role.p);
        if (memcmp(j->officer[i].key.key, o->key.key, 32) == 0)
            return keep_err_set(err, KEEP_E_USAGE, "one key for two roles: %.*s", (int)o->role.n, o->role.p);
    }
    put_officer(&j->officer[j->officers], &j->word[j->officers], o);
    j->officers++;
    return 0;
}

static int add_former(struct keep_keyjson *j, const struct keep_officer *o, struct keep_err *err)
{
    for (size_t i = 0; i < j->formers; i++)
        if (keep_str_eq(j->former[i].role, o->role) && memcmp(&j->former[i].key, &o->key, sizeof o->key) == 0)
            return 0;
    if (j->formers == KEEP_KEYJSON_FORMER)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d officers who left", KEEP_KEYJSON_FORMER);
    if (keep_officer_check(o, err) != 0)
        return KEEP_E_USAGE;
    put_officer(&j->former[j->formers], &j->former_word[j->formers], o);
    j->formers++;
    return 0;
}

static int quorum_ok(const struct keep_keyjson *j, struct keep_err *err)
{
    if (j->quorum > j->officers || (j->quorum == 0 && j->officers > 0))
        return keep_err_set(err, KEEP_E_USAGE, "a quorum of %u out of %zu officers", j->quorum, j->officers);
    return 0;
}

static int set_zone(struct keep_keyjson *j, struct keep_str zone, struct keep_err *err)
{
    if (zone.n == 0 || zone.n > KEEP_KEYJSON_ZONE || memchr(zone.p, '\0', zone.n))
        return keep_err_set(err, KEEP_E_USAGE, "a time zone has a name of 1 to %d characters", KEEP_KEYJSON_ZONE);
    memcpy(j->zone, zone.p, zone.n);
    j->zone[zone.n] = '\0';
    return 0;
}

static int make_signer(struct keep_keyjson *j, struct keep_err *err)
{
    struct keep_sign_secret *signer = NULL;

    keep_secret_random(j->signer.id, sizeof j->signer.id);
    int rc = keep_sign_from_seed(&signer, j->secret->seed, j->signer.id, err);
    if (rc == 0)
        keep_sign_public_of(signer, &j->signer);
    keep_sign_free(signer);
    return rc;
}

static int fill_new(struct keep_keyjson *j, const struct keep_store_init *p, struct keep_err *err)
{
    struct keep_slot_new first = {.key = p->key, .passphrase = p->passphrase, .cost = p->cost}, recovery = {.recipient = p->recovery};
    struct keep_zone *zone = NULL;
    int rc = set_zone(j, keep_str_of(p->time_zone), err);

    if (rc == 0)
        rc = keep_zone_load(&zone, p->time_zone, err);
    keep_zone_free(zone);
    for (size_t i = 0; rc == 0 && i < p->officers; i++)
        rc = add_officer(j, &p->officer[i], err);
    j->quorum = p->quorum;
    if (rc == 0)
        rc = quorum_ok(j, err);
    if (rc == 0)
        rc = keep_secret_new((void **)&j->secret, sizeof *j->secret, err);
    if (rc != 0)
        return rc;
    keep_secret_random(j->secret, sizeof *j->secret);
    keep_secret_random(j->store, sizeof j->store);
    rc = make_signer(j, err);
    for (int f = 0; f < KEEP_KEYJSON_FILES; f++) {
        j->file[f].keys = 1;
        j->file[f].epoch[0] = 1;
    }
    j->created = p->now;
    j->next_slot = 1;
    if (rc == 0)
        rc = keep_keyjson_slot_add(j, &first, p->now, err);
    j->opened = 1;
    if (rc == 0 && p->recovery)
        rc = keep_keyjson_slot_add(j, &recovery, p->now, err);
    j->generation = 1;
    j->has_recovery = p->recovery != NULL;
    j->has_archive = p->archive_officer != NULL;
    if (p->recovery)
        memcpy(j->recovery, p->recovery, 32);
    if (p->archive_officer)
        memcpy(j->archive, p->archive_officer, 32);
    return rc;
}

int keep_keyjson_new(struct keep_keyjson *out, const struct keep_store_init *p, struct keep_err *err)
{
    memset(out, 0, sizeof *out);
    int rc = fill_new(out, p, err);
    if (rc != 0)
        keep_keyjson_done(out);
    return rc;
}

void keep_keyjson_done(struct keep_keyjson *j)
{
    keep_secret_free(j->secret);
    keep_secret_wipe(j->slot, sizeof j->slot);
    j->secret = NULL;
}

/* --- officers --- */

static bool stays(const struct keep_officer *list, size_t n, const struct keep_officer *o)
{
    for (size_t i = 0; i < n; i++)
        if (keep_str_eq(list[i].role, o->role) && memcmp(&list[i].key, &o->key, sizeof o->key) == 0)
            return true;
    return false;
}

int keep_keyjson_set_officers(struct keep_keyjson *j, const struct keep_officer *officer, size_t n, uint32_t quorum, struct keep_err *err)
{
    struct keep_keyjson *next = calloc(1, sizeof *next); /* the new lists, until they are known to be sound */
    int rc = next ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_officer(next, &officer[i], err);
    for (size_t i = 0; rc == 0 && i < j->formers; i++)
        rc = add_former(next, &j->former[i], err);
    for (size_t i = 0; rc == 0 && i < j->officers; i++)
        if (!stays(officer, n, &j->officer[i]))
            rc = add_former(next, &j->officer[i], err);
    if (rc == 0) {
        next->quorum = quorum;
        rc = quorum_ok(next, err);
    }
    if (rc == 0) {
        j->officers = j->formers = 0;
        for (size_t i = 0; i < next->officers; i++)
            add_officer(j, &next->officer[i], NULL);
        for (size_t i = 0; i < next->formers; i++)
            add_former(j, &next->former[i], NULL);
        j->quorum = quorum;
        j->generation++;
    }
    free(next);
    return rc;
}

/* --- writing --- */

static void member_hex(struct keep_jsonw *w, const char *name, const void *p, size_t n)
{
    char hex[2 * WRAPPED + 1];

    keep_codec_hex(p, n, hex);
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, hex);
}

static void member_wrapped(struct keep_jsonw *w, const char *name, const struct keep_keyjson *j, const uint8_t secret[32], const uint8_t key[32],
                           const char *label, uint32_t epoch)
{
    uint8_t wrapped[WRAPPED];

    keep_keyslot_wrap(wrapped, secret, key, label, j->store, epoch);
    member_hex(w, name, wrapped, sizeof wrapped);
}

static void write_keys(struct keep_jsonw *w, const struct keep_keyjson *j, const uint8_t key[32])
{
    keep_jsonw_key(w, "next_slot");
    keep_jsonw_u64(w, j->next_slot);
    keep_jsonw_key(w, "slots");
    keep_jsonw_array(w);
    for (size_t i = 0; i < j->slots; i++)
        keep_keyslot_write(&j->slot[i], j->store, key, w);
    keep_jsonw_end_array(w);
    member_wrapped(w, "purpose", j, j->secret->purpose, key, "chartkeep wrap purpose", 1);
    for (int f = 0; f < KEEP_KEYJSON_FILES; f++) {
        keep_jsonw_key(w, file_member[f]);
        keep_jsonw_array(w);
        for (unsigned i = 0; i < j->file[f].keys; i++) {
            keep_jsonw_object(w);
            keep_jsonw_key(w, "epoch");
            keep_jsonw_u64(w, j->file[f].epoch[i]);
            member_wrapped(w, "key", j, j->secret->file[f][i], key, file_label[f], j->file[f].epoch[i]);
            keep_jsonw_end_object(w);
        }
        keep_jsonw_end_array(w);
    }
    keep_jsonw_key(w, "signer");
    keep_jsonw_object(w);
    member_hex(w, "id", j->signer.id, sizeof j->signer.id);
    member_hex(w, "key", j->signer.key, sizeof j->signer.key);
    member_wrapped(w, "seed", j, j->secret->seed, key, "chartkeep wrap signer", 1);
    keep_jsonw_end_object(w);
}

static void write_list(struct keep_jsonw *w, const char *name, const struct keep_officer *o, size_t n)
{
    keep_jsonw_key(w, name);
    keep_jsonw_array(w);
    for (size_t i = 0; i < n; i++)
        keep_officer_write(w, &o[i]);
    keep_jsonw_end_array(w);
}

static void member_optional(struct keep_jsonw *w, const char *name, bool has, const void *p, size_t n)
{
    if (has)
        member_hex(w, name, p, n);
    else
        keep_jsonw_key(w, name), keep_jsonw_null(w);
}

static void write_officers(struct keep_jsonw *w, const struct keep_keyjson *j)
{
    write_list(w, "officers", j->officer, j->officers);
    write_list(w, "former", j->former, j->formers);
    keep_jsonw_key(w, "quorum");
    keep_jsonw_u64(w, j->quorum);
    member_optional(w, "recovery", j->has_recovery, j->recovery, 32);
    member_optional(w, "archive_officer", j->has_archive, j->archive, 32);
}

static const char *const standing_word[] = {[KEEP_STANDING_BACKUP] = "backup", [KEEP_STANDING_RESTORED] = "restored"};

static void write_standing(struct keep_jsonw *w, const struct keep_keyjson *j)
{
    if (j->standing != KEEP_STANDING_KEEP) {
        keep_jsonw_key(w, "standing");
        keep_jsonw_z(w, standing_word[j->standing]);
        member_hex(w, "backup", j->backup, sizeof j->backup);
    }
    if (!j->log.has)
        return;
    keep_jsonw_key(w, "log");
    keep_jsonw_object(w);
    member_hex(w, "id", j->log.id, sizeof j->log.id);
    member_optional(w, "after", !j->log.follows_first, j->log.after, sizeof j->log.after);
    keep_jsonw_key(w, "entries");
    keep_jsonw_u64(w, j->log.entries);
    keep_jsonw_end_object(w);
}

int keep_keyjson_write(const struct keep_keyjson *j, struct keep_buf *out, struct keep_err *err)
{
    struct keep_jsonw w;
    uint8_t key[32], hash[32];
    char hex[HASH_HEX + 1];
    size_t from = out->n;

    keep_kdf_subkey(key, j->secret->master, "chartkeep wrapping key", j->store, sizeof j->store);
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "format");
    keep_jsonw_z(&w, FORMAT);
    member_hex(&w, "store", j->store, sizeof j->store);
    keep_jsonw_key(&w, "generation");
    keep_jsonw_u64(&w, j->generation);
    keep_jsonw_key(&w, "page_size");
    keep_jsonw_u64(&w, KEEP_VFS_PAGE);
    keep_jsonw_key(&w, "created");
    keep_jsonw_time(&w, j->created);
    keep_jsonw_key(&w, "time_zone");
    keep_jsonw_z(&w, j->zone);
    write_keys(&w, j, key);
    write_officers(&w, j);
    write_standing(&w, j);
    keep_kdf_subkey(key, j->secret->master, "chartkeep keep.json mac", j->store, sizeof j->store);
    if (!out->failed) {
        keep_hash_keyed(hash, sizeof hash, out->p + from, out->n - from, key);
        keep_codec_hex(hash, sizeof hash, hex);
        keep_buf_str(out, MAC_KEY);
        keep_buf_str(out, hex);
        keep_buf_str(out, SUM_KEY);
    }
    if (!out->failed) {
        keep_hash_blake2b(hash, out->p + from, out->n - from);
        keep_codec_hex(hash, sizeof hash, hex);
        keep_buf_str(out, hex);
        keep_buf_str(out, END);
    }
    keep_secret_wipe(key, sizeof key);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

/* --- reading --- */

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
    const size_t tail = HASH_HEX + sizeof END - 1;
    uint8_t sum[32];
    char hex[HASH_HEX + 1];

    if (text.n < tail)
        return false;
    keep_hash_blake2b(sum, text.p, text.n - tail);
    keep_codec_hex(sum, sizeof sum, hex);
    return memcmp(text.p + text.n - tail, hex, HASH_HEX) == 0 && memcmp(text.p + text.n - (sizeof END - 1), END, sizeof END - 1) == 0;
}

static bool mac_ok(const struct keep_keyjson *j, struct keep_str text, const struct keep_json *v)
{
    const size_t tail = sizeof MAC_KEY - 1 + HASH_HEX + sizeof SUM_KEY - 1 + HASH_HEX + sizeof END - 1;
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
    int rc = read_list(j, keep_json_get(v, "officers"), add_officer, err);

    if (rc == 0)
        rc = read_list(j, keep_json_get(v, "former"), add_former, err);
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

    if (!keep_str_is(keep_json_str(keep_json_get(v, "format")), FORMAT))
        return damaged(err, "not a format that this version knows");
    if (!get_hex(v, "store", j->store, sizeof j->store) || !get_number(v, "generation", INT64_MAX, &j->generation)
        || !get_number(v, "page_size", KEEP_VFS_PAGE, &page) || page != KEEP_VFS_PAGE
        || !keep_civil_parse_time(keep_json_str(keep_json_get(v, "created")), &j->created, &has_zone) || set_zone(j, zone, &ignored) != 0)
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
    uint8_t wrapped[WRAPPED];

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
            || unwrap_member(j, m, "key", key, file_label[f], (uint32_t)epoch, j->secret->file[f][i]) != 0)
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
        rc = read_file_keys(j, keep_json_get(v, file_member[f]), f, key, err);
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
        return damaged(err, "it is of a later format than this program knows (" FORMAT ")");
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
