/* Changes of an open keep.json, in memory: file keys while a file is written anew,
 * slots, the master key. What is written then is keyjson.c's. */
#include <string.h>

#include "core/crypto/secret.h"
#include "core/store/keyjson.h"

void keep_keyjson_swap_begin(struct keep_keyjson *j, enum keep_keyjson_file file)
{
    keep_secret_random(j->secret->file[file][1], 32);
    j->file[file].epoch[1] = j->file[file].epoch[0] + 1;
    j->file[file].keys = 2;
    j->generation++;
}

void keep_keyjson_swap_end(struct keep_keyjson *j, enum keep_keyjson_file file, bool renamed)
{
    if (renamed) {
        memcpy(j->secret->file[file][0], j->secret->file[file][1], 32);
        j->file[file].epoch[0] = j->file[file].epoch[1];
    }
    keep_secret_wipe(j->secret->file[file][1], 32);
    j->file[file].keys = 1;
    j->generation++;
}

int keep_keyjson_slot_add(struct keep_keyjson *j, const struct keep_slot_new *what, keep_time now, struct keep_err *err)
{
    struct keep_keyslot slot;
    int rc;

    if (j->slots == KEEP_KEYSLOT_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "a keep has at most %d key slots", KEEP_KEYSLOT_MAX);
    rc = keep_keyslot_make(&slot, what, j->store, now, err);
    for (size_t i = 0; rc == 0 && i < j->slots; i++)
        if (memcmp(j->slot[i].recipient, slot.recipient, sizeof slot.recipient) == 0)
            rc = keep_err_set(err, KEEP_E_USAGE, "key slot %u is for this already", j->slot[i].id);
    if (rc == 0)
        rc = keep_keyslot_seal(&slot, j->secret->master, err);
    if (rc != 0)
        return rc;
    slot.id = j->next_slot++;
    j->slot[j->slots++] = slot;
    j->generation++;
    return 0;
}

int keep_keyjson_slot_remove(struct keep_keyjson *j, uint32_t id, struct keep_err *err)
{
    size_t i = 0;

    while (i < j->slots && j->slot[i].id != id)
        i++;
    if (i == j->slots)
        return keep_err_set(err, KEEP_E_USAGE, "there is no key slot %u", id);
    if (j->slots == 1)
        return keep_err_set(err, KEEP_E_REFUSED, "slot %u is the last: without it nobody can open the keep", id);
    memmove(&j->slot[i], &j->slot[i + 1], (j->slots - i - 1) * sizeof *j->slot);
    j->slots--;
    j->generation++;
    return 0;
}

int keep_keyjson_new_master(struct keep_keyjson *j, struct keep_err *err)
{
    struct keep_keyslot slot[KEEP_KEYSLOT_MAX];
    void *master = NULL;
    int rc = keep_secret_new(&master, 32, err);

    if (rc != 0)
        return rc;
    keep_secret_random(master, 32);
    memcpy(slot, j->slot, sizeof slot);
    for (size_t i = 0; rc == 0 && i < j->slots; i++)
        rc = keep_keyslot_seal(&slot[i], master, err);
    if (rc == 0) {
        memcpy(j->slot, slot, sizeof slot);
        memcpy(j->secret->master, master, 32);
        j->generation++;
    }
    keep_secret_free(master);
    return rc;
}
