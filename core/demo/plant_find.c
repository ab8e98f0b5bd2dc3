/* Everybody who fits is as likely as another: each list is gone around once from
 * a place that chance gives. A chart is planted on once, so that no two plants run
 * together into one case; one of the staff a second time only when nobody fresh is
 * left. Strangers are told by what care.c marked: no department of theirs has had
 * a reason on file in the time of the log. */
#include <string.h>

#include "core/demo/plant_inside.h"

enum {
    DEAD_DAYS = 40,         /* the rule asks for more than 30 */
    STALE_DAYS = 200,       /* the rule asks for more than 180 */
    CHILD = 17 * 365,       /* days of age at the end of the log */
    TRIES = 400,            /* of the first list, before nobody is said to fit */
};

typedef const struct keep_plant_search find;

uint32_t keep_plant_look(struct keep_plant_search *s, uint32_t n, keep_plant_fit wanted)
{
    uint32_t from = keep_chance_below(&s->r, n);
    for (uint32_t i = 0; i < n; i++)
        if (wanted(s, (from + i) % n))
            return (from + i) % n;
    return KEEP_CAST_NOBODY;
}

static bool around_staff(struct keep_plant_search *s, const struct keep_plant_pair *pair)
{
    uint32_t n = s->c->employees, from = keep_chance_below(&s->r, n);
    for (uint32_t i = 0, tries = 0; i < n && tries < TRIES; i++) {
        s->staff = (from + i) % n;
        if (!pair->staff(s, s->staff))
            continue;
        tries++;
        s->patient = pair->patient ? keep_plant_look(s, s->c->patients, pair->patient) : KEEP_CAST_NOBODY;
        if (s->patient != KEEP_CAST_NOBODY || !pair->patient)
            return true;
    }
    return false;
}

static bool around_patients(struct keep_plant_search *s, const struct keep_plant_pair *pair)
{
    uint32_t n = s->c->patients, from = keep_chance_below(&s->r, n);
    for (uint32_t i = 0, tries = 0; i < n && tries < TRIES; i++) {
        s->patient = (from + i) % n;
        if (!pair->patient(s, s->patient))
            continue;
        tries++;
        s->staff = pair->staff ? keep_plant_look(s, s->c->employees, pair->staff) : KEEP_CAST_NOBODY;
        if (s->staff != KEEP_CAST_NOBODY || !pair->staff)
            return true;
    }
    return false;
}

bool keep_plant_find(struct keep_plant_search *s, const struct keep_plant_pair *pair)
{
    bool found = false;
    for (int pass = 0; pass < 2 && !found; pass++) {
        s->again = pass == 1;
        s->staff = s->patient = KEEP_CAST_NOBODY;
        found = pair->staff_first ? around_staff(s, pair) : around_patients(s, pair);
    }
    return found;
}

/* --- staff ------------------------------------------------------------------------------- */

static const struct keep_lore_department *department(find *s, uint32_t i)
{
    return &keep_lore_department[s->c->staff[i].department];
}

static bool works_in(find *s, uint32_t i, const char *code)
{
    return strcmp(department(s, i)->code, code) == 0;
}

/* Here all the time of the log, and not yet planted if that can be had. */
static bool steady(find *s, uint32_t i)
{
    const struct keep_cast_staff *x = &s->c->staff[i];
    return (!x->planted || s->again) && x->kind == KEEP_CAST_EMPLOYEE && x->ended == KEEP_DATE_NONE && x->away == KEEP_DATE_NONE && x->hired <= s->c->begin;
}

/* Of those whose work is with charts. */
static bool fresh(find *s, uint32_t i)
{
    return steady(s, i) && !works_in(s, i, "SEC") && !works_in(s, i, "IT");
}

bool keep_plant_stranger_here(find *s, uint32_t i)
{
    return fresh(s, i) && keep_cast_stranger(s->c, i, s->patient);
}

/* Those who code, bill and keep records have business with many; so have pathologists. */
static bool at_bedside(find *s, uint32_t i)
{
    return keep_plant_stranger_here(s, i) && department(s, i)->work == KEEP_LORE_CARE;
}

static bool on_days(find *s, uint32_t i)
{
    return at_bedside(s, i) && s->c->staff[i].shift == 0;
}

static bool far_department(find *s, uint32_t i)
{
    return steady(s, i) && works_in(s, i, "IT") && keep_cast_stranger(s->c, i, s->patient);
}

static bool guard(find *s, uint32_t i)
{
    return steady(s, i) && works_in(s, i, "SEC") && s->c->staff[i].rank > 0 && keep_cast_stranger(s->c, i, s->patient);
}

static bool technician(find *s, uint32_t i)
{
    return steady(s, i) && works_in(s, i, "IT");
}

static bool reviewer(find *s, uint32_t i)
{
    return steady(s, i) && works_in(s, i, "QM");
}

static bool of_department(find *s, uint32_t i)
{
    uint32_t worker = s->c->patient[s->patient].worker;
    return keep_plant_stranger_here(s, i) && i != worker && s->c->staff[i].department == s->c->staff[worker].department;
}

static bool of_name(find *s, uint32_t i)
{
    return keep_plant_stranger_here(s, i) && s->c->staff[i].family == s->c->patient[s->patient].family;
}

static bool patient_too(find *s, uint32_t i)
{
    uint32_t own = s->c->staff[i].patient;
    return fresh(s, i) && own != KEEP_CAST_NOBODY && !s->c->patient[own].planted;
}

static bool at_home_with_patients(find *s, uint32_t i)
{
    return fresh(s, i) && s->c->staff[i].household < s->c->homes;
}

static bool in_residence(find *s, uint32_t i)
{
    return s->c->institution[s->c->staff[i].household] && s->c->staff[i].kind == KEEP_CAST_EMPLOYEE && fresh(s, i);
}

static bool gone(find *s, uint32_t i)
{
    const struct keep_cast_staff *x = &s->c->staff[i];
    return (!x->planted || s->again) && x->kind == KEEP_CAST_EMPLOYEE && (x->ended != KEEP_DATE_NONE || x->away != KEEP_DATE_NONE || x->hired > s->c->begin);
}

static bool term_over(find *s, uint32_t i)
{
    const struct keep_cast_staff *x = &s->c->staff[i];
    return (!x->planted || s->again) && x->kind != KEEP_CAST_EMPLOYEE && x->ended != KEEP_DATE_NONE;
}

static bool dormant(find *s, uint32_t i)
{
    return (!s->c->staff[i].planted || s->again) && s->c->staff[i].kind == KEEP_CAST_PER_DIEM;
}

/* --- patients ------------------------------------------------------------------------------ */

static const struct keep_cast_patient *chart(find *s, uint32_t i)
{
    return &s->c->patient[i];
}

static bool fresh_chart(find *s, uint32_t i)
{
    return !chart(s, i)->planted;
}

static bool plain(find *s, uint32_t i)
{
    return fresh_chart(s, i) && keep_cast_plain(chart(s, i)) && !s->c->institution[chart(s, i)->household];
}

/* Seen in the time of the log, by others. */
static bool plain_now(find *s, uint32_t i)
{
    return plain(s, i) && chart(s, i)->seen == KEEP_CAST_SEEN_NOW;
}

bool keep_plant_plain_stranger(find *s, uint32_t i)
{
    return plain(s, i) && (s->staff == KEEP_CAST_NOBODY || keep_cast_stranger(s->c, s->staff, i));
}

bool keep_plant_namesake(find *s, uint32_t i)
{
    return i != s->patient && keep_plant_plain_stranger(s, i) && chart(s, i)->family == chart(s, s->patient)->family;
}

static bool not_seen_lately(find *s, uint32_t i)
{
    return plain(s, i) && chart(s, i)->seen != KEEP_CAST_SEEN_NOW && chart(s, i)->last < s->c->begin - STALE_DAYS;
}

static bool of_a_worker(find *s, uint32_t i)
{
    return fresh_chart(s, i) && chart(s, i)->worker != KEEP_CAST_NOBODY;
}

static bool own(find *s, uint32_t i)
{
    return s->c->staff[s->staff].patient == i;
}

static bool confidential(find *s, uint32_t i)
{
    const struct keep_cast_patient *p = chart(s, i);
    return fresh_chart(s, i) && p->confidential && !p->vip && p->worker == KEEP_CAST_NOBODY && p->death == KEEP_DATE_NONE;
}

static bool well_known(find *s, uint32_t i)
{
    return fresh_chart(s, i) && chart(s, i)->vip;
}

static bool dead(find *s, uint32_t i)
{
    const struct keep_cast_patient *p = chart(s, i);
    return fresh_chart(s, i) && p->death != KEEP_DATE_NONE && p->death < s->c->begin - DEAD_DAYS && p->worker == KEEP_CAST_NOBODY && !p->confidential;
}

static bool sensitive(find *s, uint32_t i)
{
    const struct keep_cast_patient *p = chart(s, i);
    return fresh_chart(s, i) && p->subject != KEEP_LORE_ORDINARY && p->death == KEEP_DATE_NONE && p->worker == KEEP_CAST_NOBODY && !p->confidential;
}

static bool child(find *s, uint32_t i)
{
    return plain(s, i) && s->c->p->today - chart(s, i)->birth < CHILD;
}

static bool no_human(find *s, uint32_t i)
{
    return fresh_chart(s, i) && chart(s, i)->test;
}

/* Lives with this member of the staff, and is nobody of the staff. */
static bool housemate(find *s, uint32_t i)
{
    const struct keep_cast_patient *p = chart(s, i);
    const struct keep_cast_staff *x = &s->c->staff[s->staff];
    return fresh_chart(s, i) && p->household == x->household && p->worker == KEEP_CAST_NOBODY && p->family == x->family && p->merged == KEEP_CAST_NOBODY &&
           !(p->departments >> x->department & 1);
}

static bool same_house(find *s, uint32_t i)
{
    return fresh_chart(s, i) && keep_cast_plain(chart(s, i)) && s->c->institution[chart(s, i)->household] == s->c->institution[s->c->staff[s->staff].household] &&
           keep_cast_stranger(s->c, s->staff, i);
}

/* Streets are dealt out to households in turn: whose numbers differ by that many live in the same. */
static bool same_street(find *s, uint32_t i)
{
    uint32_t places = keep_lore_streets * keep_lore_towns;
    return keep_plant_plain_stranger(s, i) && chart(s, i)->household % places == s->c->staff[s->staff].household % places;
}

/* --- which of them ---------------------------------------------------------------------------- */

#define STRANGER keep_plant_stranger_here
#define CHART keep_plant_plain_stranger

const struct keep_plant_pair keep_plant_pair[KEEP_PLANT_KIND_COUNT] = {
    [KEEP_PLANT_UNEXPLAINED] = {false, at_bedside, plain_now}, [KEEP_PLANT_SELF] = {true, patient_too, own}, [KEEP_PLANT_CONTACT] = {false, of_name, plain},
    [KEEP_PLANT_HOUSEHOLD] = {true, at_home_with_patients, housemate}, [KEEP_PLANT_COWORKER] = {false, of_department, of_a_worker}, [KEEP_PLANT_NEIGHBOUR] = {true, fresh, same_street},
    [KEEP_PLANT_CROWD] = {false, STRANGER, well_known}, [KEEP_PLANT_GLASS] = {false, STRANGER, confidential}, [KEEP_PLANT_GLASS_OFTEN] = {false, at_bedside, plain_now},
    [KEEP_PLANT_ENDED] = {true, gone, CHART}, [KEEP_PLANT_UNMAPPED] = {false, NULL, plain}, [KEEP_PLANT_DORMANT] = {true, dormant, CHART},
    [KEEP_PLANT_OFF_SHIFT] = {false, on_days, plain_now}, [KEEP_PLANT_MANY] = {true, fresh, CHART}, [KEEP_PLANT_MANY_A_DAY] = {true, fresh, CHART},
    [KEEP_PLANT_DECEASED] = {false, at_bedside, dead}, [KEEP_PLANT_STALE] = {false, at_bedside, not_seen_lately}, [KEEP_PLANT_MINOR] = {false, at_bedside, child},
    [KEEP_PLANT_SENSITIVE] = {false, STRANGER, sensitive}, [KEEP_PLANT_TWO_PLACES] = {false, at_bedside, plain_now}, [KEEP_PLANT_NETWORK] = {false, STRANGER, plain_now},
    [KEEP_PLANT_GUESSED] = {false, STRANGER, plain_now}, [KEEP_PLANT_EXPORTS] = {true, fresh, CHART}, [KEEP_PLANT_NUMBERS] = {true, fresh, CHART},
    [KEEP_PLANT_ROLE] = {false, guard, plain_now}, [KEEP_PLANT_DEPARTMENT] = {false, far_department, plain_now}, [KEEP_PLANT_SERIAL] = {true, fresh, CHART},
    [KEEP_PLANT_WATCHED] = {false, STRANGER, plain_now}, [KEEP_PLANT_NO_TRACE] = {false, at_bedside, plain_now}, [KEEP_PLANT_COVERED] = {false, at_bedside, plain},
    [KEEP_PLANT_TAMPER] = {true, technician, NULL}, [KEEP_PLANT_TEST] = {false, at_bedside, no_human}, [KEEP_PLANT_TERM] = {true, term_over, CHART},
    [KEEP_PLANT_UNDISCLOSED] = {false, STRANGER, plain_now},
};

const struct keep_plant_pair keep_plant_innocent_pair[KEEP_PLANT_INNOCENT_COUNT] = {
    [KEEP_PLANT_INNOCENT_NO_FILE] = {false, at_bedside, plain_now}, [KEEP_PLANT_INNOCENT_WRONG_ONE] = {false, at_bedside, plain_now},
    [KEEP_PLANT_INNOCENT_SAME_HOUSE] = {true, in_residence, same_house}, [KEEP_PLANT_INNOCENT_NAMESAKE] = {false, of_name, plain_now},
    [KEEP_PLANT_INNOCENT_TRIAL] = {true, technician, no_human}, [KEEP_PLANT_INNOCENT_LATE] = {false, at_bedside, plain_now},
    [KEEP_PLANT_INNOCENT_PULL] = {true, reviewer, CHART},
};
