/* Goal: facts that are lost, late or wrong release nothing. Many small hospitals are dated, their dates stored, and
 * then codes are stripped, a source is cut short or loses its word, birth dates move, patients are merged, rosters of
 * visits shrink: no date comes earlier, and no record is due that was not. */
#include "tests/retention/bed.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define CHECKED " checked date(\"2026-01-01\") source \"s\" "
#define LAW(id, where, when, keeps) "retention \"" id "\" { title \"t\" jurisdiction " where " status law" CHECKED "when " when " " keeps " cite \"c\" explain \"e\" }\n"
static const char policy[] = PACK
    "label \"film\" { title \"t\" authority \"a\"" CHECKED "historic none \"n\" when record.codes.exists(c, c.system == \"CPT\" && c.code == \"77067\") }\n"
    "series \"films\" { title \"t\" order 10 per patient, facility separable authority \"a\"" CHECKED "when \"film\" in record.labels }\n"
    LAW("us", "US", "set.series == \"medical record\"", "keep 5 years after set.last(\"discharge_date\")")
    LAW("us.film", "US", "set.series == \"films\"", "keep 10 years after set.last(\"service_date\")")
    LAW("ks", "US-KS", "set.series == \"medical record\"", "keep 7 years after set.last(\"discharge_date\") keep 3 years after patient.birthday(majority(facility.state)) if patient.age_on(set.last(\"discharge_date\")) < majority(facility.state) at most 25 years after set.last(\"discharge_date\")")
    LAW("ks.film", "US-KS", "set.series == \"films\"", "keep 8 years after set.last(\"service_date\") rounded up to end of fiscal year starting month 7")
    LAW("ks.dead", "US-KS", "set.series == \"medical record\"", "keep 2 years after patient.death_date if patient.deceased");

static uint64_t seed;
static uint32_t below(uint32_t n)
{
    uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((z ^ z >> 31) >> 32) * n >> 32);
}

enum { PATIENTS = 5, SOURCES = 2 };

static void fill(struct bed *b)
{
    b->world.patients = PATIENTS;
    b->world.sources = SOURCES;
    b->source[1].closed_on = KEEP_DATE_NONE; /* the living one */
    b->source[1].through = b->in.as_of;
    for (uint32_t p = 0; p < PATIENTS; p++) {
        b->patient[p].birth.date = day("1940-01-01") + (keep_date)below(27000);
        b->patient[p].deceased = below(4) ? KEEP_TRI_NO : KEEP_TRI_YES;
        if (b->patient[p].deceased == KEEP_TRI_YES)
            b->patient[p].death = day("2018-01-01") + (keep_date)below(2000);
        size_t stays = 1 + below(3);
        for (size_t i = 0; i < stays; i++) {
            keep_date in = day("2005-01-01") + (keep_date)below(7600);
            bool late = in > day("2016-01-01");
            struct keep_encounter *e = bed_stay(b, p, "2000-01-01", "2000-01-01");
            e->start_date = in;
            e->end_date = in + (keep_date)below(9);
            e->source = late ? 11 : 10;
            uint32_t visit = (uint32_t)(b->world.encounters - 1);
            for (size_t k = 0; k < 2; k++) {
                struct keep_record *r = bed_record(b, p, k ? (int)(below(2) ? DOCUMENT : IMAGE) : ENCOUNTER, NULL);
                r->encounter = visit;
                r->service_last = e->end_date;
                r->created = e->start_date;
                r->source = e->source;
                if (k && below(2))
                    bed_code(b, r, CPT, below(3) ? "77067" : "99213");
            }
        }
    }
    bed_adopt(b);
}

/* What was due, by record, and what is stored. */
struct before {
    bool due[BED + 1];
    keep_date until[BED + 1]; /* of its set; INT32_MAX: no date, or none that ends */
};

static void remember(struct bed *b, struct before *w)
{
    b->states = 0;
    for (size_t i = 0; i < b->result.sets; i++) {
        const struct keep_set *s = &b->result.set[i];
        for (size_t k = 0; k < s->records; k++) {
            w->due[s->record[k]] = s->status == KEEP_SET_DUE;
            w->until[s->record[k]] = s->kind == KEEP_UNTIL_DATE ? s->keep_until : INT32_MAX;
        }
        if (s->kind == KEEP_UNTIL_UNKNOWN)
            continue;
        b->state[b->states] = (struct keep_set_state){.keep_until = s->keep_until, .kind = s->kind, .status = KEEP_SET_KEPT};
        memcpy(b->state[b->states++].set, s->id, 16);
    }
}

static void compare(struct bed *b, const struct before *w, const char *what)
{
    bed_run(b);
    for (size_t i = 0; i < b->result.sets; i++) {
        const struct keep_set *s = &b->result.set[i];
        for (size_t k = 0; k < s->records; k++) {
            if (s->status == KEEP_SET_DUE && !w->due[s->record[k]])
                fail_msg("%s: record %llu is due, and was not", what, (unsigned long long)s->record[k]);
            if (s->kind == KEEP_UNTIL_DATE && w->until[s->record[k]] != INT32_MAX && s->keep_until < w->until[s->record[k]])
                fail_msg("%s: record %llu is kept %d days less", what, (unsigned long long)s->record[k], w->until[s->record[k]] - s->keep_until);
        }
    }
}

static void strip_codes(struct bed *b)
{
    b->source[0].codes_complete = b->source[1].codes_complete = false;
    for (size_t i = 0; i < b->records; i++)
        if (below(2))
            b->record[i].codes = 0;
}

/* The newest rows are not in, as its declaration tells. */
static void cut_newest(struct bed *b)
{
    size_t n = 0;
    b->source[1].through = b->in.as_of - 400;
    for (size_t i = 0; i < b->records; i++)
        if (b->record[i].source != 11 || below(2))
            b->record[n++] = b->record[i];
    b->records = n;
}

static void unword(struct bed *b)
{
    b->source[below(2)].declared = false;
}

static void drop_visits(struct bed *b)
{
    for (size_t i = 0; i < b->world.encounters; i++)
        if (!below(3))
            b->encounter[i].end_date = KEEP_DATE_NONE;
}

static void move_births(struct bed *b)
{
    for (size_t p = 0; p < PATIENTS; p++)
        switch (below(4)) {
        case 0: b->patient[p].birth.date += (keep_date)below(9000); break;
        case 1: b->patient[p].birth.date -= (keep_date)below(9000); break;
        case 2: b->patient[p].birth.date = KEEP_DATE_NONE; break;
        default: break;
        }
}

static void lose_deaths(struct bed *b)
{
    for (size_t p = 0; p < PATIENTS; p++)
        if (below(2)) {
            b->patient[p].deceased = KEEP_TRI_UNKNOWN;
            b->patient[p].death = KEEP_DATE_NONE;
        }
}

static void lose_place(struct bed *b)
{
    b->facility[0].state = (struct keep_str){NULL, 0};
}

/* The last patient becomes the one before; both names stay known. */
static void merge(struct bed *b)
{
    static uint64_t alias[1];
    const uint32_t from = PATIENTS - 1, to = PATIENTS - 2;
    alias[0] = b->patient[from].entity;
    b->patient[to].alias = alias;
    b->patient[to].aliases = 1;
    for (size_t i = 0; i < b->records; i++)
        if (b->record[i].patient == from)
            b->record[i].patient = to;
    for (size_t i = 0; i < b->world.encounters; i++)
        if (b->encounter[i].patient == from)
            b->encounter[i].patient = to;
    b->world.patients--;
}

static void test_perturb_releases_nothing(void **state)
{
    static const struct { const char *what; void (*act)(struct bed *); } acts[] = {
        {"codes stripped", strip_codes}, {"newest source missing", cut_newest}, {"a source that nobody vouches for", unword}, {"visits without discharge", drop_visits},
        {"birth dates moved", move_births}, {"deaths forgotten", lose_deaths}, {"the state unknown", lose_place}, {"patients merged", merge}};
    size_t was_due = 0, hospitals = 150;
    (void)state;
    for (size_t n = 0; n < hospitals; n++)
        for (size_t a = 0; a < sizeof acts / sizeof *acts; a++) {
            struct bed *b = bed_new(policy);
            struct before w = {{false}, {0}};
            seed = n * 1000003;
            fill(b);
            bed_run(b);
            remember(b, &w);
            for (size_t i = 1; i <= b->records; i++)
                was_due += w.due[i];
            compare(b, &w, "nothing changed");
            seed = n * 7919 + a;
            acts[a].act(b);
            compare(b, &w, acts[a].what);
            bed_free(b);
        }
    assert_true(was_due > hospitals * 4); /* else nothing is shown by this */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_perturb_releases_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
