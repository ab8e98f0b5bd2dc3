/* An audit that goes on from an earlier one must find what an audit of everything
 * finds: random hospitals come in by slices, with an audit after each that goes
 * on from the one before, and one of everything beside it. Accesses come late,
 * facts come later than what they explain, people are moved, dismissed, given
 * other accounts and other addresses, merged. */
#include "tests/audit/town.h"

#include "core/audit/carrypart.h"

enum { PATIENTS = 14, WORKERS = 9, SLICES = 6, EACH = 55, FACTS = 26, DEPARTMENTS = 3, LEFT = 512 };

static const char rules[] =
    TOWN_VISIT
    "explanation \"unit\" { title \"u\" when department_related([\"encounter\", \"order\"], duration(\"24h\"), duration(\"72h\")) missing \"a visit to the unit\" authority \"a\" checked \"unverified\" }\n"
    "explanation \"around\" { title \"r\" when encounter_at_unit(duration(\"1h\"), duration(\"48h\")) && event.action != \"print\" missing \"b\" authority \"a\" checked \"unverified\" }\n"
    "explanation \"behalf\" { title \"f\" when behalf_related([\"encounter\", \"order\"], duration(\"24h\"), duration(\"96h\")) missing \"c\" authority \"a\" checked \"unverified\" }\n"
    TOWN_RULE("printed", 50, "high", "when event.action == \"print\"")
    TOWN_RULE("gone", 90, "critical", "when user.affiliated == false")
    TOWN_RULE("address", 60, "high", "when user.address_key == patient.address_key unless expected")
    TOWN_RULE("foreign", 35, "low", "when department_ties() < 2 && department_size() > 2 unless expected")
    TOWN_RULE("idle", 30, "low", "when user.idle_days >= 20 unless expected")
    TOWN_RULE("off", 20, "low", "when !on_shift(duration(\"1h\")) unless expected")
    TOWN_RULE("untrained", 25, "low", "when !user.trained unless expected")
    TOWN_RULE("many", 40, "medium", "when event.exposure == \"opened\" per user.id within 8 hours count distinct event.patient_id >= 3")
    TOWN_RULE("often", 40, "medium", "when event.break_glass per user.login within 10 days count >= 3")
    TOWN_RULE("crowd", 40, "medium", "when event.exposure == \"opened\" unless expected per event.patient_id within 24 hours count distinct user.id >= 2")
    TOWN_RULE("serial", 45, "medium", "when event.exposure == \"opened\" unless expected per user.id within 20 days count distinct event.patient_id >= 4")
    TOWN_RULE("places", 45, "medium", "when event.exposure == \"opened\" per user.login within 3 hours overlap event.place")
    TOWN_RULE("guess", 45, "medium", "when true per user.login within 30 hours first event.outcome != \"success\" count >= 2 then event.outcome == \"success\" && event.exposure == \"listed\"")
    TOWN_RULE("unwritten", 45, "medium", "when true per user.id, event.patient_id within 30 hours first event.break_glass then no event.action == \"update\"")
    TOWN_RULE("untold", 45, "high", "when event.action == \"print\" && !patient_related([\"disclosure\"], duration(\"48h\"), duration(\"48h\"))")
    TOWN_RULE("nobody", 20, "low", "when event.searched && !user.mapped")
    TOWN_EVIDENCE("searched", 5, "event.searched")
    TOWN_EVIDENCE("kin", 15, "user.surname_key == patient.surname_key && !event.searched")
    "exception \"printer\" for \"printed\" { when user.unit == \"ws1\" || event.place == \"ws1\" until date(\"2030-01-01\") owner \"o\" reason \"r\" }\n"
    "exception \"covering\" for \"many\" { when event.place == \"ws1\" until date(\"2030-01-01\") owner \"o\" reason \"r\" }\n";

static uint64_t seed;
static bool belated; /* accesses come in that are older than others */
static bool plain;   /* and nothing about people, not even by the log */
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

static keep_time some_time(uint32_t slice)
{
    keep_time at = NOON + (keep_time)slice * 12 * DAY + (keep_time)below(12 * 24) * HOUR + (keep_time)below(60) * 60 * KEEP_USEC;
    return !belated || below(25) ? at : at - (keep_time)below(40) * DAY; /* one that comes late */
}

static int by_patient(const void *a, const void *b)
{
    const struct keep_relation *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static int by_visit(const void *a, const void *b)
{
    const struct keep_encounter *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    return (x->start > y->start) - (x->start < y->start);
}

static void more_events(struct town *t, uint32_t slice)
{
    for (uint32_t i = 0; i < EACH; i++) {
        keep_time at = some_time(slice);
        uint32_t who = below(WORKERS), whose = below(PATIENTS);
        for (uint32_t n = below(6) ? 1 : 4 + below(3); n > 0; n--, at += (keep_time)below(200) * 60 * KEEP_USEC) { /* a burst now and then */
            uint32_t e = town_event(t, at, below(40) ? who : KEEP_ID_NONE, below(12) ? whose : KEEP_ID_NONE);
            if (below(3) == 0)
                whose = below(PATIENTS);
            t->place[e] = below(4);
            t->unit[e] = below(DEPARTMENTS);
            t->action[e] = below(30) ? below(4) ? KEEP_ACTION_VIEW : KEEP_ACTION_UPDATE : KEEP_ACTION_PRINT;
            t->exposure[e] = below(5) ? KEEP_EXPOSURE_OPENED : KEEP_EXPOSURE_LISTED;
            t->outcome[e] = below(6) ? KEEP_OUTCOME_SUCCESS : KEEP_OUTCOME_SUCCESS + 1;
            t->glass[e] = below(8) ? KEEP_TRI_NO : KEEP_TRI_YES;
            t->searched[e] = below(9) == 0;
            if (below(12) == 0 && !(plain && slice) && t->account[e] < WORKERS && t->patient[e] < PATIENTS)
                town_relation(t, KEEP_RELATION_BEHALF, t->account[e], t->patient[e], at, KEEP_TIME_NONE)->author = below(WORKERS);
        }
    }
    qsort(t->w.relation, t->w.relations, sizeof *t->w.relation, by_patient);
}

static void more_facts(struct town *t, uint32_t slice, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t whose = below(PATIENTS), who = below(WORKERS), sort = below(4);
        keep_time from = some_time(below(6) ? slice : below(slice + 1)), to = from + (keep_time)below(30) * HOUR;
        struct keep_relation *r = town_relation(t, below(10) == 0 ? KEEP_RELATION_DISCLOSURE : sort == 3 ? KEEP_RELATION_ORDER : KEEP_RELATION_ENCOUNTER, sort ? who : KEEP_ID_NONE, whose, from, to);
        if (!sort)
            r->department = below(DEPARTMENTS + 1); /* in the last nobody works */
        if (below(2))
            r->author = r->worker;
        r->recorded = from + (keep_time)below(72) * HOUR;
        if (below(4) == 0 && t->w.encounters < TOWN_ROWS)
            t->w.encounter[t->w.encounters++] = (struct keep_encounter){.entity = 1000 + t->w.encounters, .patient = whose, .facility = KEEP_ID_NONE, .start = from, .end = to};
    }
    qsort(t->w.relation, t->w.relations, sizeof *t->w.relation, by_patient);
    qsort(t->w.encounter, t->w.encounters, sizeof *t->w.encounter, by_visit);
}

static void dismiss(struct town *t, uint32_t who, keep_time at)
{
    struct keep_interval *v = keep_arena_alloc(t->a, sizeof *v);
    *v = (struct keep_interval){KEEP_TIME_NONE, at, true};
    t->w.worker[who].affiliation = v;
    t->w.worker[who].affiliations = 1;
}

static void give_account(struct town *t, uint32_t account, uint32_t worker)
{
    struct keep_account_span *s = keep_arena_alloc(t->a, sizeof *s);
    *s = (struct keep_account_span){below(4) ? worker : KEEP_ID_NONE, KEEP_TIME_NONE, KEEP_TIME_NONE};
    t->w.account[account].span = s;
}

static keep_date some_day(uint32_t slices)
{
    return keep_civil_utc_date(some_time(below(slices)));
}

/* A log that its steward declares anew before each audit, through one of the last days that came in, or one behind them. */
static void declared_again(struct town *t, uint32_t slice)
{
    town_vouches(t, keep_civil_utc_date(NOON) + (keep_date)(slice + 1) * 12 - 4 + (keep_date)below(7));
}

/* What personnel and registration tell now and then. */
static void more_news(struct town *t, uint32_t slice)
{
    static const char *const department[] = {"North", "South", "West"};
    for (uint32_t n = below(3); n > 0; n--) {
        uint32_t who = below(WORKERS), whose = below(PATIENTS);
        switch (below(8)) {
        case 0: dismiss(t, who, some_time(below(slice + 1))); break;
        case 1: t->w.worker[who].department = keep_str_of(department[below(3)]); break;
        case 2: t->w.patient[whose].address_key[0] = 1 + below(8); break;
        case 3: t->w.worker[who].surname_key[0] = 1 + below(5); break;
        case 4: give_account(t, who, below(WORKERS)); break;
        case 5: town_vouches(t, some_day(slice + 2)); break;
        case 6:
            if (t->w.trainings < TOWN_ROWS)
                town_training(t, who, "privacy", some_day(slice + 1), below(2) ? some_day(slice + 2) : KEEP_DATE_NONE);
            break;
        default: t->w.patient[whose].deceased = KEEP_TRI_YES; break;
        }
    }
}

/* What every entity is, as a keep tells it. */
static void map(struct town *t)
{
    enum { ENTITIES = 1000 };
    uint8_t *kind = keep_arena_alloc(t->a, ENTITIES);
    uint32_t *index = keep_arena_array(t->a, ENTITIES, sizeof *index);
    for (uint32_t i = 0; i < t->w.patients; i++)
        kind[t->w.patient[i].entity] = KEEP_ENTITY_PATIENT, index[t->w.patient[i].entity] = i;
    for (uint32_t i = 0; i < t->w.workers; i++)
        kind[t->w.worker[i].entity] = KEEP_ENTITY_WORKER, index[t->w.worker[i].entity] = i;
    for (uint32_t i = 0; i < t->w.accounts; i++)
        kind[t->w.account[i].entity] = KEEP_ENTITY_ACCOUNT, index[t->w.account[i].entity] = i;
    t->w.kind = kind;
    t->w.index = index;
    t->w.entities = ENTITIES;
}

static struct town *make(void)
{
    struct town *t = town_new(rules);
    for (uint32_t d = 0; d < DEPARTMENTS; d++)
        town_term(t, d == 0 ? "North" : d == 1 ? "South" : "West");
    town_term(t, "ws1");
    for (uint32_t i = 0; i < PATIENTS; i++) {
        town_patient(t, "P");
        t->w.patient[i].address_key[0] = 1 + below(8);
        t->w.patient[i].surname_key[0] = 1 + below(5);
    }
    for (uint32_t i = 0; i < WORKERS; i++) {
        town_worker(t, "W", i % 3 == 0 ? "North" : i % 3 == 1 ? "South" : below(2) ? "West" : "");
        t->w.worker[i].address_key[0] = 1 + below(8);
        t->w.worker[i].surname_key[0] = 1 + below(5);
        if (below(3))
            dismiss(t, i, KEEP_TIME_NONE);
    }
    if (below(2))
        town_vouches(t, some_day(SLICES));
    for (uint32_t i = 0; i < WORKERS; i++)
        for (keep_time at = NOON; at < NOON + 12 * SLICES * DAY && t->w.duties < TOWN_ROWS; at += (keep_time)(1 + below(9)) * DAY)
            town_duty(t, i, KEEP_DUTY_SHIFT, at, at + 8 * HOUR);
    map(t);
    return t;
}

/* ---- what an audit leaves, as a keep has it ---- */

struct left {
    struct keep_buf head, part[LEFT];
    uint32_t parts;
    const struct keep_case *found; /* by it; the town's memory */
    size_t n;
};

static void clear(struct left *l)
{
    keep_buf_free(&l->head);
    for (uint32_t i = 0; i < l->parts; i++)
        keep_buf_free(&l->part[i]);
    *l = (struct left){.parts = 0};
}

static const uint8_t digest[KEEP_CARRYPACK_DIGEST] = "these rules";

static void keep_left(struct left *l, const struct town *t, const struct keep_prints *prints, const struct keep_carry *after, const struct keep_carry *before, bool all)
{
    struct keep_err err = {0};
    struct keep_carrypart_adding a = {.after = after, .before = before, .all = all, .world = &t->w, .most = 40};
    if (all || !before)
        clear(l);
    for (;;) {
        struct keep_buf part = KEEP_BUF_INIT;
        int rc = keep_carrypart_next(&a, &part, &err);
        assert_true(rc >= 0);
        if (!rc)
            break;
        assert_true(l->parts < LEFT);
        l->part[l->parts++] = part;
    }
    keep_buf_clear(&l->head);
    assert_int_equal(keep_carrypack_head(after, t->p, &t->w, prints, digest, l->parts, &l->head, &err), 0);
}

static void same_str(struct keep_str a, struct keep_str b)
{
    if (!keep_str_eq(a, b))
        print_error("\"%.*s\", in whole \"%.*s\"\n", (int)a.n, a.n ? a.p : "", (int)b.n, b.n ? b.p : "");
    assert_true(keep_str_eq(a, b));
}

static void same_case(const struct keep_case *a, const struct keep_case *b)
{
    same_str(a->rule, b->rule);
    assert_memory_equal(a->id, b->id, sizeof a->id);
    assert_int_equal(a->events, b->events);
    for (size_t i = 0; i < a->events; i++) {
        assert_int_equal(a->event[i].source, b->event[i].source);
        assert_int_equal(a->event[i].ordinal, b->event[i].ordinal);
    }
    assert_true(a->account == b->account && a->worker == b->worker && a->patient == b->patient && a->severity == b->severity);
    assert_true(a->first == b->first && a->last == b->last && a->score == b->score && a->weight == b->weight);
    same_str(a->evidence, b->evidence);
    same_str(a->expected_reason, b->expected_reason);
    same_str(a->missing_fact, b->missing_fact);
    same_str(a->sentence, b->sentence);
}

/* The case that the last audit found, of the same accesses; NULL none. */
static const struct keep_case *same_before(const struct left *l, const struct keep_case *k)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct keep_case *b = &l->found[i];
        size_t same = 0;
        while (same < k->events && b->events == k->events && b->event[same].source == k->event[same].source && b->event[same].ordinal == k->event[same].ordinal)
            same++;
        if (same && same == k->events && keep_str_eq(b->rule, k->rule))
            return b;
    }
    return NULL;
}

static int kept, known;

/* What nobody judged again, and has its accesses and its score as before, says what it said. */
static void as_before(const struct left *l, const struct keep_audit_result *r)
{
    for (size_t i = 0; i < r->case_n; i++) {
        const struct keep_case *k = &r->cases[i], *b = k->kept ? same_before(l, k) : NULL;
        kept += k->kept;
        if (!b || b->score != k->score)
            continue;
        known++;
        same_case(k, b);
    }
}

static void same_result(const struct keep_policy *p, const struct keep_audit_result *a, const struct keep_audit_result *b)
{
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++)
        assert_int_equal(a->verdicts[v], b->verdicts[v]);
    assert_int_equal(a->events, b->events);
    for (size_t i = 0; i < p->accesses; i++) {
        assert_int_equal(a->access[i].fired, b->access[i].fired);
        assert_int_equal(a->access[i].cases, b->access[i].cases);
        if (!a->judged_again) {
            assert_int_equal(a->access[i].unable, b->access[i].unable);
            assert_true(p->access[i].form != KEEP_ACCESS_SINGLE || a->access[i].excepted == b->access[i].excepted);
        }
    }
    for (size_t i = 0; i < a->case_n && i < b->case_n; i++)
        same_case(&a->cases[i], &b->cases[i]);
    assert_int_equal(a->case_n, b->case_n);
}

static int went_on, in_full, counted;

/* One audit after a slice: as far as it can, on from what is left; what it finds must be what one of everything finds. */
static void audit(struct town *t, struct left *l, unsigned threads, bool all)
{
    struct keep_err err = {0};
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result whole, result;
    struct keep_prints prints;
    struct keep_carry before = {0}, after = {0};
    const char *why = NULL;
    uint32_t parts;
    int rc;
    assert_int_equal(keep_audit_run(&in, t->a, &whole, &err), 0);
    assert_int_equal(keep_prints_make(&prints, NULL, t->p, &t->w, KEEP_STR("UTC"), NULL, &err), 0);
    struct keep_carrypack_now now = {t->p, &t->w, &prints, digest, t->a};
    if (l->parts) {
        rc = keep_carrypack_open(&before, &now, keep_buf_view(&l->head), &parts, &why, &err);
        assert_true(rc >= 0);
        if (rc == 0) {
            struct keep_carrypart_reading *reading;
            struct keep_crew *crew = NULL;
            assert_int_equal(keep_crew_new(&crew, threads, &err), 0);
            assert_int_equal(keep_carrypart_begin(&reading, &before, &now, l->part, parts, crew, &err), 0);
            assert_int_equal(keep_carrypart_end(reading, &err), 0);
            keep_crew_free(crew);
        }
        if (rc == 0)
            assert_true(keep_carry_look(&before, &t->w, &t->scan, &why, &err) >= 0);
        if (!why)
            why = keep_carry_refuses(t->p, &before);
    }
    bool on = l->parts && !why;
    in.before = on ? &before : NULL;
    in.after = &after;
    in.threads = threads;
    in.likely_events = below(2) ? 1 + below(200) : 0; /* how much has to wait is guessed */
    in.room = below(2) ? 1 + below(200) : 0;
    in.edges = prints.edges; /* the audit of everything makes its own */
    assert_int_equal(keep_audit_run(&in, t->a, &result, &err), 0);
    same_result(t->p, &result, &whole);
    if (on)
        as_before(l, &result);
    else
        for (size_t i = 0; i < result.case_n; i++)
            assert_false(result.cases[i].kept);
    keep_left(l, t, &prints, &after, on ? &before : NULL, all && on);
    l->found = result.cases;
    l->n = result.case_n;
    went_on += on;
    counted += on && !result.judged_again;
    in_full += !on;
    keep_carry_done(&before);
    keep_carry_done(&after);
    keep_prints_done(&prints);
}

static void run(uint64_t number)
{
    struct left l = {.parts = 0};
    seed = number * 7919 + 1;
    belated = number % 3 == 0;
    plain = number % 8 == 4;
    bool daily = number % 4 == 2;
    struct town *t = make();
    for (uint32_t s = 0; s < SLICES; s++) {
        bool quiet = s && (number % 4 == 0 || below(3) == 0); /* hardly anything comes in but accesses */
        more_facts(t, s, quiet ? number % 4 ? below(3) : 0 : FACTS);
        if (number % 2 && s)
            more_news(t, s);
        more_events(t, s);
        if (daily)
            declared_again(t, s);
        audit(t, &l, 1 + below(3), below(4) == 0);
    }
    clear(&l);
    town_free(t);
}

static void test_carrypack_goes_on_to_what_a_whole_audit_finds(void **state)
{
    const char *many = getenv("KEEP_CARRY_SEEDS");
    (void)state;
    went_on = in_full = counted = kept = known = 0;
    for (uint64_t n = 1; n <= (many ? strtoull(many, NULL, 10) : 60); n++)
        run(n);
    print_message("%d audits went on, %d were of everything\n", went_on, in_full);
    assert_true(went_on > in_full);
    print_message("%d of those that went on had judged nothing again\n", counted);
    assert_true(counted > 0);
    print_message("of %d cases that were kept %d said what they had said\n", kept, known);
    assert_true(known > kept / 2 && known > 100);
}

/* Adds one part. */
static int add_part(struct keep_carry *c, const struct keep_carrypack_now *now, const struct keep_buf *part, struct keep_err *err)
{
    struct keep_carrypart_reading *r = NULL;
    int rc = keep_carrypart_begin(&r, c, now, part, 1, NULL, err);
    return rc ? rc : keep_carrypart_end(r, err);
}

/* What a program of another time left is nothing to go on from, and no fault; what is no head is one. */
static void test_carrypack_other_formats(void **state)
{
    struct keep_err err = {0};
    struct keep_carry after = {.newest = KEEP_TIME_NONE}, before = {0};
    struct keep_prints prints;
    struct left l = {.parts = 0};
    const char *why = NULL;
    uint32_t parts;
    (void)state;
    seed = 5;
    struct town *t = make();
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result result;
    in.after = &after;
    assert_int_equal(keep_audit_run(&in, t->a, &result, &err), 0);
    assert_int_equal(keep_prints_make(&prints, NULL, t->p, &t->w, KEEP_STR("UTC"), NULL, &err), 0);
    keep_left(&l, t, &prints, &after, NULL, false);
    struct keep_carrypack_now now = {t->p, &t->w, &prints, digest, t->a};
    assert_int_equal(keep_carrypack_open(&before, &now, keep_buf_view(&l.head), &parts, &why, &err), 0);
    assert_int_equal(add_part(&before, &now, &l.part[0], &err), 0);
    keep_carry_done(&before);
    l.head.p[2]++;
    l.part[0].p[2]++;
    assert_int_equal(keep_carrypack_open(&before, &now, keep_buf_view(&l.head), &parts, &why, &err), 1);
    assert_string_equal(why, "the rules or the program changed");
    assert_int_equal(add_part(&before, &now, &l.part[0], &err), KEEP_E_INTEGRITY); /* behind a head of ours */
    keep_carry_done(&before);
    l.head.p[1] = 'P';
    assert_int_equal(keep_carrypack_open(&before, &now, keep_buf_view(&l.head), &parts, &why, &err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_carrypack_open(&before, &now, (struct keep_str){(const char *)l.head.p, 2}, &parts, &why, &err), KEEP_E_INTEGRITY);
    keep_carry_done(&before);
    keep_carry_done(&after);
    keep_prints_done(&prints);
    clear(&l);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carrypack_goes_on_to_what_a_whole_audit_finds),
        cmocka_unit_test(test_carrypack_other_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
