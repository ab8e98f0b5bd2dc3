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
#include <string.h>

#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/crypto/hash.h"
#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"
#include "core/store/keyjson_inside.h"
#include "core/store/vfs.h"
#include "core/text/jsonw.h"

const char *const keep_keyjson_file_member[] = {"records", "keyring"};
const char *const keep_keyjson_file_label[] = {"chartkeep wrap records.db", "chartkeep wrap keyring.db"};

/* --- a new one --- */

int keep_keyjson_set_zone(struct keep_keyjson *j, struct keep_str zone, struct keep_err *err)
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
    int rc = keep_keyjson_set_zone(j, keep_str_of(p->time_zone), err);

    if (rc == 0)
        rc = keep_zone_load(&zone, p->time_zone, err);
    keep_zone_free(zone);
    for (size_t i = 0; rc == 0 && i < p->officers; i++)
        rc = keep_keyjson_add_officer(j, &p->officer[i], err);
    j->quorum = p->quorum;
    if (rc == 0)
        rc = keep_keyjson_quorum_ok(j, err);
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

/* --- writing --- */

static void member_hex(struct keep_jsonw *w, const char *name, const void *p, size_t n)
{
    char hex[2 * KEEP_KEYSLOT_WRAPPED + 1];

    keep_codec_hex(p, n, hex);
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, hex);
}

static void member_wrapped(struct keep_jsonw *w, const char *name, const struct keep_keyjson *j, const uint8_t secret[32], const uint8_t key[32],
                           const char *label, uint32_t epoch)
{
    uint8_t wrapped[KEEP_KEYSLOT_WRAPPED];

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
        keep_jsonw_key(w, keep_keyjson_file_member[f]);
        keep_jsonw_array(w);
        for (unsigned i = 0; i < j->file[f].keys; i++) {
            keep_jsonw_object(w);
            keep_jsonw_key(w, "epoch");
            keep_jsonw_u64(w, j->file[f].epoch[i]);
            member_wrapped(w, "key", j, j->secret->file[f][i], key, keep_keyjson_file_label[f], j->file[f].epoch[i]);
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
    char hex[KEEP_KEYJSON_HASH + 1];
    size_t from = out->n;

    keep_kdf_subkey(key, j->secret->master, "chartkeep wrapping key", j->store, sizeof j->store);
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "format");
    keep_jsonw_z(&w, KEEP_KEYJSON_FORMAT);
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
        keep_buf_str(out, KEEP_KEYJSON_MAC);
        keep_buf_str(out, hex);
        keep_buf_str(out, KEEP_KEYJSON_SUM);
    }
    if (!out->failed) {
        keep_hash_blake2b(hash, out->p + from, out->n - from);
        keep_codec_hex(hash, sizeof hash, hex);
        keep_buf_str(out, hex);
        keep_buf_str(out, KEEP_KEYJSON_END);
    }
    keep_secret_wipe(key, sizeof key);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}
