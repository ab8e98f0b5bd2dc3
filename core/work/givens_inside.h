/* What the makers of a test's world share. Inside core/work only. */
#ifndef CORE_WORK_GIVENS_INSIDE_H
#define CORE_WORK_GIVENS_INSIDE_H

#include "core/work/given.h"
#include "core/work/givens.h"

#define KEEP_GIVENS_SOURCE 1 /* id of the source of everything */

struct keep_givens_build {
    struct keep_givens *g;
    struct keep_world *w;
    const struct keep_policy *p;
    struct keep_arena *a;
    size_t room;
    struct keep_str *patient_id, *user_id, *encounter_id; /* ids as the test has them */
    uint32_t users;                        /* users given or named: account i is user i's */
    uint32_t *user_worker;                 /* of each user, KEEP_ID_NONE when not mapped */
    size_t records;
    bool full;                             /* out of memory */
    struct keep_err *err;
};

static inline int keep_givens_word(int number, int other)
{
    return number < 0 ? other : number;
}

static inline uint32_t keep_givens_find(const struct keep_str *id, size_t n, struct keep_str want)
{
    for (size_t i = n; i-- > 0;) /* the latest first: series name new ones in turn */
        if (keep_str_eq(id[i], want))
            return (uint32_t)i;
    return KEEP_ID_NONE;
}

static inline int64_t keep_givens_count(const struct keep_test_given *g, const char *name, int64_t otherwise)
{
    const struct keep_value *v = keep_given_get(g, name, KEEP_V_INT);
    return v && v->i >= 0 && v->i <= UINT8_MAX ? v->i : otherwise;
}

/* --- givens_people.c --- */
/* The patient a given thing is about; made when nobody gave it. */
uint32_t keep_givens_people_patient_of(struct keep_givens_build *b, const struct keep_test_given *g);
uint32_t keep_givens_people_user_of(struct keep_givens_build *b, struct keep_str id);
void keep_givens_people_add_patient(struct keep_givens_build *b, const struct keep_test_given *g);
void keep_givens_people_add_user(struct keep_givens_build *b, const struct keep_test_given *g);
/* Once all people are there: who is whom. */
void keep_givens_people_link(struct keep_givens_build *b, const struct keep_test *t);

#endif
