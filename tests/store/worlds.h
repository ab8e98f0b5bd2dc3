/* Two worlds read from one keep, compared member by member; and reading one by a crew. */
#ifndef TESTS_STORE_WORLDS_H
#define TESTS_STORE_WORLDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/crew.h"
#include "core/store/load.h"

#define WORLDS_EQ(member) assert_true(x->member == y->member)
#define WORLDS_STR(member) assert_true(keep_str_eq(x->member, y->member))
#define WORLDS_KEYS(member) assert_memory_equal(x->member, y->member, sizeof x->member)

static inline void worlds_people(const struct keep_world *a, const struct keep_world *b)
{
    assert_int_equal(a->patients, b->patients);
    for (size_t i = 0; i < a->patients; i++) {
        const struct keep_patient *x = &a->patient[i], *y = &b->patient[i];
        WORLDS_EQ(entity); WORLDS_EQ(known); WORLDS_STR(name); WORLDS_STR(mrn); WORLDS_EQ(birth.date); WORLDS_EQ(deceased); WORLDS_EQ(death); WORLDS_EQ(confidential);
        WORLDS_EQ(worker); WORLDS_EQ(aliases); WORLDS_EQ(test); WORLDS_EQ(sex); WORLDS_EQ(births); WORLDS_EQ(sexes);
        WORLDS_KEYS(street_key); WORLDS_KEYS(surname_key); WORLDS_KEYS(address_key);
    }
    assert_int_equal(a->workers, b->workers);
    for (size_t i = 0; i < a->workers; i++) {
        const struct keep_worker *x = &a->worker[i], *y = &b->worker[i];
        WORLDS_EQ(entity); WORLDS_EQ(known); WORLDS_STR(name); WORLDS_STR(number); WORLDS_STR(department); WORLDS_EQ(affiliations); WORLDS_EQ(patient); WORLDS_EQ(manager);
        WORLDS_KEYS(surname_key); WORLDS_KEYS(address_key); WORLDS_KEYS(phone_key); WORLDS_KEYS(street_key);
    }
    assert_int_equal(a->accounts, b->accounts);
    for (size_t i = 0; i < a->accounts; i++) {
        const struct keep_account *x = &a->account[i], *y = &b->account[i];
        WORLDS_EQ(entity); WORLDS_STR(login); WORLDS_EQ(kind); WORLDS_EQ(spans);
    }
    assert_int_equal(a->contacts, b->contacts);
    for (size_t i = 0; i < a->contacts; i++) {
        const struct keep_contact *x = &a->contact[i], *y = &b->contact[i];
        WORLDS_EQ(patient); WORLDS_EQ(worker); WORLDS_EQ(self); WORLDS_STR(code); WORLDS_EQ(from); WORLDS_EQ(to); WORLDS_EQ(source);
        WORLDS_KEYS(surname_key); WORLDS_KEYS(address_key); WORLDS_KEYS(phone_key);
    }
    assert_int_equal(a->dwellings, b->dwellings);
    for (size_t i = 0; i < a->dwellings; i++) {
        const struct keep_dwelling *x = &a->dwelling[i], *y = &b->dwelling[i];
        WORLDS_EQ(key); WORLDS_EQ(patients); WORLDS_EQ(workers); WORLDS_EQ(institution); WORLDS_EQ(crowded); WORLDS_EQ(confidential);
    }
}

static inline void worlds_same(const struct keep_world *a, const struct keep_world *b)
{
    worlds_people(a, b);
    assert_int_equal(a->encounters, b->encounters);
    for (size_t i = 0; i < a->encounters; i++) {
        const struct keep_encounter *x = &a->encounter[i], *y = &b->encounter[i];
        WORLDS_EQ(entity); WORLDS_EQ(patient); WORLDS_EQ(facility); WORLDS_STR(klass); WORLDS_STR(status); WORLDS_EQ(start); WORLDS_EQ(end); WORLDS_EQ(start_date);
        WORLDS_EQ(end_date); WORLDS_EQ(source);
    }
    assert_int_equal(a->relations, b->relations);
    for (size_t i = 0; i < a->relations; i++) {
        const struct keep_relation *x = &a->relation[i], *y = &b->relation[i];
        WORLDS_EQ(patient); WORLDS_EQ(worker); WORLDS_EQ(department); WORLDS_EQ(author); WORLDS_EQ(source); WORLDS_EQ(kind); WORLDS_EQ(open); WORLDS_EQ(from); WORLDS_EQ(to);
        WORLDS_EQ(recorded); WORLDS_EQ(row);
    }
    assert_int_equal(a->entities, b->entities);
    assert_memory_equal(a->kind, b->kind, a->entities);
    assert_memory_equal(a->index, b->index, a->entities * sizeof *a->index);
}

/* What reading it by so many threads returns, in a, with the error. */
static inline int worlds_read(struct keep_store *s, unsigned threads, struct keep_arena *a, struct keep_world *w, struct keep_err *err)
{
    struct keep_crew *crew = NULL;
    assert_int_equal(keep_crew_new(&crew, threads, err), 0);
    int rc = keep_load_world_by(crew, s, a, w, err);
    keep_crew_free(crew);
    return rc;
}

/* Read by one, two and four, each must be the world w. */
static inline void worlds_each_way(struct keep_store *s, const struct keep_world *w)
{
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_err err = {0};
        struct keep_world v;
        assert_int_equal(worlds_read(s, threads, a, &v, &err), 0);
        worlds_same(w, &v);
        keep_arena_free(a);
    }
}

/* It fails whoever reads, with one error. */
static inline void worlds_refused(struct keep_store *s, int code, const char *text)
{
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_err err = {0};
        struct keep_world v;
        assert_int_equal(worlds_read(s, threads, a, &v, &err), code);
        if (!strstr(err.text, text))
            fail_msg("%s, have %s", text, err.text);
        keep_arena_free(a);
    }
}

#endif
