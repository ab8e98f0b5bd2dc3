/* Goal: facts that are lost, late or wrong release nothing. Many small hospitals are dated, their dates stored, and
 * then codes are stripped, a source is cut short or loses its word, birth dates move, patients are merged, rosters of
 * visits shrink: no date comes earlier, and no record is due that was not.
 *
 * The same under the shipped packs, by hospitals of other States and kinds, with what nobody recorded instead of what is wrong: there no date is stored,
 * so that nothing but the rules' own answer to the unknown keeps a set from coming earlier. */
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
    bool due[BED + 1], permanent[BED + 1];
    keep_date until[BED + 1]; /* of its set; INT32_MAX: no date, or none that ends */
    uint32_t rule[BED + 1];   /* that gave it */
};

static void remember(struct bed *b, struct before *w)
{
    b->states = 0;
    for (size_t i = 0; i < b->result.sets; i++) {
        const struct keep_set *s = &b->result.set[i];
        for (size_t k = 0; k < s->records; k++) {
            w->due[s->record[k]] = s->status == KEEP_SET_DUE;
            w->rule[s->record[k]] = s->rule;
            w->permanent[s->record[k]] = s->kind == KEEP_UNTIL_PERMANENT;
            w->until[s->record[k]] = s->kind == KEEP_UNTIL_DATE ? s->keep_until : INT32_MAX;
        }
        if (s->kind == KEEP_UNTIL_UNKNOWN)
            continue;
        b->state[b->states] = (struct keep_set_state){.keep_until = s->keep_until, .kind = s->kind, .status = KEEP_SET_KEPT};
        memcpy(b->state[b->states++].set, s->id, 16);
    }
}

static const char *named(const struct bed *b, uint32_t rule)
{
    static char text[2][128];
    static int turn;
    struct keep_str id = rule < b->in.policy->retentions ? b->in.policy->retention[rule].id : KEEP_STR("none");
    turn = !turn;
    snprintf(text[turn], sizeof text[turn], "%.*s", (int)id.n, id.p);
    return text[turn];
}

static void compare(struct bed *b, const struct before *w, const char *what)
{
    bed_run(b);
    for (size_t i = 0; i < b->result.sets; i++) {
        const struct keep_set *s = &b->result.set[i];
        for (size_t k = 0; k < s->records; k++) {
            if (s->status == KEEP_SET_DUE && !w->due[s->record[k]])
                fail_msg("%s: record %llu is due, and was not", what, (unsigned long long)s->record[k]);
            if (s->kind == KEEP_UNTIL_DATE && w->permanent[s->record[k]])
                fail_msg("%s: record %llu was kept for ever", what, (unsigned long long)s->record[k]);
            if (s->kind == KEEP_UNTIL_DATE && w->until[s->record[k]] != INT32_MAX && s->keep_until < w->until[s->record[k]])
                fail_msg("%s: record %llu is kept %d days less, by %s instead of %s", what, (unsigned long long)s->record[k], w->until[s->record[k]] - s->keep_until, named(b, s->rule),
                         named(b, w->rule[s->record[k]]));
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
            struct before w = {{false}, {false}, {0}, {0}};
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

/* --- the shipped packs, and what nobody recorded --- */

static const char *const packs[] = {"policies/labels.policy", "policies/us-federal.policy", "policies/us-states.policy", "policies/us-physicians.policy"};
enum { PACKS = sizeof packs / sizeof *packs, PLACES = 3 };

static const struct keep_policy *shipped(struct keep_arena *a)
{
    struct keep_policy_text text[PACKS];
    struct keep_diags ds = {.arena = a};
    const struct keep_policy *p = NULL;
    struct keep_err err = {0};
    for (size_t i = 0; i < PACKS; i++) {
        FILE *f = fopen(packs[i], "rb");
        char *bytes = keep_arena_alloc(a, 1 << 20);
        assert_non_null(f);
        text[i] = (struct keep_policy_text){packs[i], {bytes, fread(bytes, 1, 1 << 20, f)}};
        fclose(f);
    }
    assert_int_equal(keep_policy_compile(&p, text, PACKS, a, &ds, &err), 0);
    return p;
}

/* Adopted, and every rule confirmed: so that as much as can be is due. */
static void adopt_shipped(struct bed *b)
{
    const struct keep_policy *p = b->in.policy;
    struct keep_str *id = keep_arena_array(b->arena, p->retentions, sizeof *id);
    for (size_t i = 0; i < p->retentions; i++)
        id[i] = p->retention[i].id;
    for (size_t i = 0; i < PACKS; i++) {
        b->adoption[i] = (struct keep_adoption){.id = i + 1, .pack = p->pack[i].name, .version = p->pack[i].version, .text = p->pack[i].text, .adopted = day("2026-01-01"),
                                                .review_by = day("2027-11-21"), .confirmed = id, .confirmations = p->retentions};
        keep_hash_blake2b(b->adoption[i].digest, p->pack[i].text.p, p->pack[i].text.n);
    }
    b->in.adoptions = PACKS;
}

static const char *pick(const char *const *list, size_t n)
{
    return list[below((uint32_t)n)];
}
#define PICK(list) pick(list, sizeof(list) / sizeof *(list))

static uint32_t word(struct bed *b, const char *s)
{
    for (size_t i = 0; i < b->world.terms; i++)
        if (keep_str_is(b->world.term[i], s))
            return (uint32_t)i;
    b->world.term[b->world.terms] = keep_str_of(s);
    return (uint32_t)b->world.terms++;
}

static void a_record(struct bed *b, uint32_t patient, uint32_t visit)
{
    static const char *const kinds[] = {"Encounter", "DocumentReference", "ImagingStudy", "Observation", "pathology report", "fetal monitor strip", "histopathology slide", "tissue block",
                                        "cytology slide", "EMTALA transfer record", "blood product record", "transfusion record", "Claim", "ServiceRequest", "nuclear medicine report",
                                        "radiology film", "psychotherapy note", "Condition", "Procedure"};
    static const char *const codes[][2] = {{"CPT", "77067"}, {"CPT", "88305"}, {"CPT", "86850"}, {"CPT", "36430"}, {"CPT", "99213"}, {"CPT", "59025"}, {"CPT", "71046"}, {"CPT", "78306"},
                                           {"ICD-10-CM", "F10.20"}, {"ICD-10-CM", "B20"}, {"ICD-10-CM", "Z34.0"}, {"ICD-9-CM", "042"}, {"LOINC", "24606-6"}, {"HCPCS", "G0202"}};
    const struct keep_encounter *e = &b->encounter[visit];
    struct keep_record *r = bed_record(b, patient, 0, NULL);
    r->kind = word(b, PICK(kinds));
    r->encounter = visit;
    r->facility = e->facility;
    r->service_first = e->start_date;
    r->service_last = e->end_date + (keep_date)(below(5) ? 0 : below(300));
    r->created = e->start_date;
    r->source = e->source;
    if (below(2)) {
        const char *const *c = codes[below(sizeof codes / sizeof *codes)];
        bed_code(b, r, (int)word(b, c[0]), c[1]);
    }
}

/* single: of each patient one record a place. A record of several can owe its date to another of its set, and lose that by standing elsewhere. */
static void fill_shipped(struct bed *b, bool single)
{
    static const char *const states[] = {"KS", "CA", "NY", "TX", "FL", "MA", "AR", "MN", "NV", "OH", "ID", "PA"};
    static const char *const types[] = {"hospital", "critical access hospital", "nursing facility", "rural health clinic", "hospice", "physician office", "Healthcare Provider"};
    b->world.term = keep_arena_array(b->arena, 256, sizeof *b->world.term);
    memcpy(b->world.term, b->term, sizeof b->term);
    b->world.patients = PATIENTS;
    b->world.sources = SOURCES;
    b->world.facilities = PLACES;
    b->source[1].closed_on = KEEP_DATE_NONE;
    b->source[1].through = b->in.as_of;
    for (size_t f = 0; f < PLACES; f++) {
        static const char *const names[PLACES] = {"Mercy", "Grace", "Hope"};
        b->facility[f].name = keep_str_of(names[f]);
        b->facility[f].state = keep_str_of(PICK(states));
        b->facility[f].type = keep_str_of(PICK(types));
    }
    for (uint32_t p = 0; p < PATIENTS; p++) {
        b->patient[p].birth.date = day("1930-01-01") + (keep_date)below(34000);
        b->patient[p].deceased = below(3) ? KEEP_TRI_NO : KEEP_TRI_YES;
        if (b->patient[p].deceased == KEEP_TRI_YES)
            b->patient[p].death = day("2008-01-01") + (keep_date)below(5000);
        for (uint32_t stays = 1 + below(2); stays > 0; stays--) {
            struct keep_encounter *e = bed_stay(b, p, "2000-01-01", "2000-01-01");
            e->start_date = day(below(2) ? "1980-01-01" : "2000-01-01") + (keep_date)below(8000);
            e->end_date = e->start_date + (keep_date)below(40);
            e->source = below(2) ? 11 : 10;
            e->facility = single ? stays : below(PLACES);
            for (size_t k = single ? 1 : 1 + below(2); k > 0; k--)
                a_record(b, p, (uint32_t)(b->world.encounters - 1));
        }
    }
    adopt_shipped(b);
}

static void forget_codes(struct bed *b)
{
    for (size_t i = 0; i < SOURCES; i++)
        b->source[i].codes_complete = false;
    for (size_t i = 0; i < b->records; i++)
        if (below(3))
            b->record[i].codes = 0;
}

static void forget_births(struct bed *b)
{
    for (size_t p = 0; p < PATIENTS; p++)
        if (below(2))
            b->patient[p].birth = (struct keep_partial_date){KEEP_DATE_NONE, KEEP_PREC_NONE};
}

static void forget_places(struct bed *b)
{
    for (size_t f = 0; f < PLACES; f++) {
        if (below(2))
            b->facility[f].state = (struct keep_str){NULL, 0};
        if (below(2))
            b->facility[f].type = (struct keep_str){NULL, 0};
    }
}

/* Of records that are of no later care than their stay: that is how one without a day is read (trigger.c). */
static void forget_days(struct bed *b)
{
    for (size_t i = 0; i < b->records; i++) {
        if (below(3) == 0 && b->record[i].encounter < BED && b->record[i].service_last <= b->encounter[b->record[i].encounter].end_date)
            b->record[i].service_first = b->record[i].service_last = KEEP_DATE_NONE;
        if (below(3) == 0)
            b->record[i].created = KEEP_DATE_NONE;
    }
}

/* Where the record was made, unless its encounter says so. */
static void forget_wards(struct bed *b)
{
    for (size_t i = 0; i < b->records; i++)
        if (below(3) == 0) {
            b->record[i].facility = KEEP_ID_NONE;
            b->record[i].encounter = KEEP_ID_NONE;
        }
}

/* Encounters that records name and that are not on file. */
static void forget_visits(struct bed *b)
{
    bool gone[BED] = {false};
    for (size_t i = 0; i < b->world.encounters; i++)
        if (below(3) == 0) {
            gone[i] = true;
            b->encounter[i].status = KEEP_STR("entered-in-error"); /* as good as none */
        }
    for (size_t i = 0; i < b->records; i++)
        if (b->record[i].encounter < BED && gone[b->record[i].encounter]) {
            b->record[i].encounter = KEEP_ID_NONE;
            b->record[i].encounter_missing = true;
            b->record[i].facility = below(2) ? b->record[i].facility : KEEP_ID_NONE;
        }
}

static void forget_custody(struct bed *b)
{
    for (size_t i = 0; i < b->records; i++)
        if (below(3) == 0)
            b->record[i].custody = KEEP_CUSTODY_UNDETERMINED;
}

static void forget_completeness(struct bed *b)
{
    struct keep_source *s = &b->source[below(SOURCES)];
    switch (below(3)) {
    case 0: s->complete = false; break;
    case 1: s->closed_on = s->through = KEEP_DATE_NONE; break;
    default:
        s->closed_on = KEEP_DATE_NONE;
        s->through = b->in.as_of - 1 - (keep_date)below(4000);
        break;
    }
}

static void test_perturb_of_the_shipped_packs(void **state)
{
    static const struct { const char *what; void (*act)(struct bed *); } acts[] = { /* the first three are held by stored dates alone: wrong facts, and a death that nobody recorded, which cannot be told from none */
        {"deaths", lose_deaths}, {"the true births", move_births}, {"two charts", merge}, {"codes", forget_codes}, {"newest rows", cut_newest}, {"a source's word", unword}, {"discharges", drop_visits}, {"births", forget_births},
        {"places", forget_places}, {"days", forget_days}, {"custody", forget_custody}, {"completeness", forget_completeness}, {"wards", forget_wards}, {"visits", forget_visits}};
    enum { ACTS = sizeof acts / sizeof *acts, CODES = 3, HOSPITALS = 60 };
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = shipped(a);
    size_t was_due = 0, was_dated = 0;
    (void)state;
    for (size_t n = 0; n < HOSPITALS; n++)
        for (size_t k = 0; k < 4; k++) { /* one thing forgotten, or another, or two at once */
            struct bed *b = bed_new(NULL);
            struct before w = {{false}, {false}, {0}, {0}};
            char what[128];
            b->in.policy = p;
            seed = n * 1000003;
            fill_shipped(b, n % 2);
            bed_run(b);
            remember(b, &w);
            for (size_t i = 1; i <= b->records; i++) {
                was_due += w.due[i];
                was_dated += w.until[i] != INT32_MAX;
            }
            seed = n * 7919 + k;
            size_t one = n % 4 < 2 ? CODES : (n * 4 + k) % ACTS, other = one >= CODES && k == 3 ? CODES + below(ACTS - CODES) : one;
            b->states = one >= CODES ? 0 : b->states;
            acts[one].act(b);
            if (other != one)
                acts[other].act(b);
            snprintf(what, sizeof what, "hospital %zu.%zu, without %s and %s", n, k, acts[one].what, acts[other].what);
            compare(b, &w, what);
            bed_free(b);
        }
    assert_true(was_due > HOSPITALS * 4 && was_dated > HOSPITALS * 10);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_perturb_releases_nothing), cmocka_unit_test(test_perturb_of_the_shipped_packs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
