/* The keys of an open keep: slots, master key, officers.
 *
 * A change is made in memory, written as one new keep.json that takes the place
 * of the old in one rename, and entered in the ledger, whose entry stands on the
 * new generation: from then on the old keep.json is refused. A crash before the
 * rename leaves the old one, after it the new one; the next writer enters what
 * had no entry yet. Nobody else may have the keep open meanwhile: a reader that
 * read keep.json before and the ledger after would take it for put back. */
#include <string.h>

#include "core/base/file.h"
#include "core/crypto/secret.h"
#include "core/store/state.h"

/* Writes what was changed in memory; on failure puts back what was, but not the generation: the new file may be there all the same. */
static int commit(struct keep_store *s, const struct keep_keyjson *before, const uint8_t master[32], const char *count, struct keep_err *err)
{
    int rc = keep_store_write_json(s, err);

    if (rc != 0) {
        uint64_t generation = s->json.generation;
        struct keep_keyjson_secret *secret = s->json.secret;
        s->json = *before;
        s->json.secret = secret;
        s->json.generation = generation;
        memcpy(secret->master, master, 32);
        return rc;
    }
    rc = keep_txn_begin(s, KEEP_LEDGER_KEYS, err);
    if (rc != 0)
        return rc;
    keep_txn_count(s, count, 1);
    return keep_txn_commit(s, err);
}

struct change {
    const char *count; /* its word in the ledger entry */
    const struct keep_slot_new *add;
    uint32_t remove;
    bool master;
    bool restored;
    const struct keep_officer *officer;
    size_t officers;
    uint32_t quorum;
};

static int apply(struct keep_store *s, const struct change *c, struct keep_err *err)
{
    if (c->add)
        return keep_keyjson_slot_add(&s->json, c->add, s->now, err);
    if (c->remove)
        return keep_keyjson_slot_remove(&s->json, c->remove, err);
    if (c->master)
        return keep_keyjson_new_master(&s->json, err);
    if (c->restored) {
        s->json.standing = KEEP_STANDING_KEEP;
        s->json.generation++;
        return 0;
    }
    return keep_keyjson_set_officers(&s->json, c->officer, c->officers, c->quorum, err);
}

static int change(struct keep_store *s, const struct change *c, struct keep_err *err)
{
    struct keep_keyjson before = s->json;
    void *master = NULL;
    int rc;

    if (!s->write || s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "keys are changed by a writer, outside of a transaction");
    if (s->unrecorded && (rc = keep_erase_recover(s, err)) != 0)
        return rc;
    rc = keep_secret_new(&master, 32, err);
    if (rc != 0)
        return rc;
    memcpy(master, s->json.secret->master, 32);
    rc = keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_EXCLUSIVE, err);
    if (rc == 0) {
        rc = apply(s, c, err);
        if (rc == 0)
            rc = commit(s, &before, master, c->count, err);
        keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_SHARED, NULL);
    }
    keep_secret_free(master);
    keep_secret_wipe(&before, sizeof before);
    return rc;
}

size_t keep_store_slots(const struct keep_store *s, struct keep_slot *out, size_t max)
{
    for (size_t i = 0; i < s->json.slots && i < max; i++) {
        const struct keep_keyslot *k = &s->json.slot[i];
        out[i] = (struct keep_slot){.id = k->id, .kind = k->kind, .added = k->added, .cost = k->cost, .opened = k->id == s->json.opened};
    }
    return s->json.slots;
}

int keep_store_slot_add(struct keep_store *s, const struct keep_slot_new *what, uint32_t *id, struct keep_err *err)
{
    uint32_t next = s->json.next_slot;
    int rc = change(s, &(struct change){.count = "slot_added", .add = what}, err);

    if (rc == 0)
        *id = next;
    return rc;
}

int keep_store_slot_remove(struct keep_store *s, uint32_t id, struct keep_err *err)
{
    if (id == 0)
        return keep_err_set(err, KEEP_E_USAGE, "there is no key slot 0");
    return change(s, &(struct change){.count = "slot_removed", .remove = id}, err);
}

int keep_store_rotate_master(struct keep_store *s, struct keep_err *err)
{
    return change(s, &(struct change){.count = "master_replaced", .master = true}, err);
}

int keep_store_put_in_use(struct keep_store *s, struct keep_err *err)
{
    if (s->json.standing == KEEP_STANDING_KEEP)
        return 0;
    return change(s, &(struct change){.count = "put_in_use", .restored = true}, err);
}

int keep_store_set_officers(struct keep_store *s, const struct keep_officer *officer, size_t n, uint32_t quorum, struct keep_err *err)
{
    return change(s, &(struct change){.count = "officers_changed", .officer = officer, .officers = n, .quorum = quorum}, err);
}
