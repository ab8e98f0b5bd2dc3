/* The officers in keep.json: each role and each key once, no more than there is
 * room for, a quorum that they can reach; who leaves stays among the former,
 * whose signatures still stand. */
#include <stdlib.h>
#include <string.h>

#include "core/store/keyjson_inside.h"

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

int keep_keyjson_add_officer(struct keep_keyjson *j, const struct keep_officer *o, struct keep_err *err)
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

int keep_keyjson_add_former(struct keep_keyjson *j, const struct keep_officer *o, struct keep_err *err)
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

int keep_keyjson_quorum_ok(const struct keep_keyjson *j, struct keep_err *err)
{
    if (j->quorum > j->officers || (j->quorum == 0 && j->officers > 0))
        return keep_err_set(err, KEEP_E_USAGE, "a quorum of %u out of %zu officers", j->quorum, j->officers);
    return 0;
}

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
        rc = keep_keyjson_add_officer(next, &officer[i], err);
    for (size_t i = 0; rc == 0 && i < j->formers; i++)
        rc = keep_keyjson_add_former(next, &j->former[i], err);
    for (size_t i = 0; rc == 0 && i < j->officers; i++)
        if (!stays(officer, n, &j->officer[i]))
            rc = keep_keyjson_add_former(next, &j->officer[i], err);
    if (rc == 0) {
        next->quorum = quorum;
        rc = keep_keyjson_quorum_ok(next, err);
    }
    if (rc == 0) {
        j->officers = j->formers = 0;
        for (size_t i = 0; i < next->officers; i++)
            keep_keyjson_add_officer(j, &next->officer[i], NULL);
        for (size_t i = 0; i < next->formers; i++)
            keep_keyjson_add_former(j, &next->former[i], NULL);
        j->quorum = quorum;
        j->generation++;
    }
    free(next);
    return rc;
}
