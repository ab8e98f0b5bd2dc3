/* Ties the parts together in the order in which they need each other: people,
 * their files, care (which says who is a stranger to whom), plants, the accesses
 * without a reason on file, the log, and last the key, which needs the log's rows. */
#include "core/demo/hospital.h"

#include "core/demo/answerkey.h"
#include "core/demo/attic.h"
#include "core/demo/care.h"
#include "core/demo/follow.h"
#include "core/demo/plant.h"
#include "core/demo/roster.h"

enum {
    INNOCENT_PER_MILLION = 60, /* look-alikes in a million accesses, at least; never fewer than are planted */
    ROOM = 2,                  /* the planted may be one access in so many at most */
};

#define ZONE "America/Chicago" /* of Salina, Kansas */

/* --- declarations --------------------------------------------------------------------- */

struct declaration {
    const char *file, *title, *klass /* NULL: all */, *also /* one more */, *custody, *custodian, *locator, *by;
    keep_date from, through, closed;
    bool incomplete;
};

static void day(struct keep_sheet *s, const char *member, keep_date d)
{
    if (d == KEEP_DATE_NONE)
        return;
    keep_jsonw_key(&s->json, member);
    keep_jsonw_date(&s->json, d);
}

static int declare(const struct keep_cast *c, const struct declaration *d, struct keep_err *err)
{
    struct keep_sheet s = {0};
    int rc = keep_sheet_open(&s, c->p->dirfd, d->file, err);
    if (rc < 0)
        return rc;
    keep_jsonw_object(&s.json);
    keep_sheet_member(&s, "title", d->title);
    keep_jsonw_key(&s.json, "classes");
    if (d->klass)
        keep_jsonw_array(&s.json);
    keep_jsonw_z(&s.json, d->klass ? d->klass : "all");
    if (d->also)
        keep_jsonw_z(&s.json, d->also);
    if (d->klass)
        keep_jsonw_end_array(&s.json);
    keep_sheet_member(&s, "facilities", "all");
    day(&s, "from", d->from);
    day(&s, "through", d->through);
    day(&s, "closed_on", d->closed);
    keep_jsonw_key(&s.json, "complete");
    keep_jsonw_bool(&s.json, !d->incomplete);
    keep_jsonw_key(&s.json, "codes_complete");
    keep_jsonw_bool(&s.json, !d->incomplete);
    keep_sheet_member(&s, "custody", d->custody);
    if (d->custodian) {
        keep_sheet_member(&s, "custodian", d->custodian);
        keep_sheet_member(&s, "locator", d->locator);
    }
    keep_sheet_member(&s, "jurisdiction", "KS");
    keep_sheet_member(&s, "time_zone", ZONE);
    keep_sheet_member(&s, "attested_by", d->by);
    keep_jsonw_end_object(&s.json);
    return keep_sheet_end(&s, keep_sheet_row(&s, err), err);
}

static int declare_all(const struct keep_cast *c, struct keep_err *err)
{
    const keep_date none = KEEP_DATE_NONE;
    const struct declaration all[] = {
        {.file = "ehr.json", .title = "Final chart export of an electronic health record that was then retired", .custody = "official", .by = "HIM director",
         .from = none, .through = none, .closed = c->p->today},
        {.file = "access.json", .title = "Access log of the electronic health record", .klass = "AuditEvent", .custody = "official", .by = "Information security officer", .from = c->begin,
         .through = c->p->today, .closed = none},
        {.file = "hr.json", .title = "Workforce roster", .klass = "Practitioner", .also = "roster", .custody = "official", .by = "HR director", .from = none, .through = c->p->today, .closed = none},
        {.file = "films.json", .title = "Index of film jackets taken over from Solomon Valley Hospital", .klass = "radiology film", .custody = "index only", .custodian = "Flint Hills Records Center",
         .locator = "Boxes of film jackets", .by = "HIM director", .from = none, .through = none, .closed = keep_civil_from_ymd(2009, 12, 31)},
        {.file = "paper.json", .title = "Index of paper charts, boxes not all counted", .klass = "paper chart", .custody = "index only", .custodian = "Flint Hills Records Center",
         .locator = "Boxes of folders", .by = "HIM director", .from = none, .through = none, .closed = keep_civil_from_ymd(1996, 12, 31), .incomplete = true},
        {.file = "legacy.json", .title = "Admissions of Solomon Valley Hospital, from a system that was closed", .klass = "Encounter", .custody = "official", .by = "HIM director",
         .from = none, .through = none, .closed = keep_civil_from_ymd(2009, 12, 31)},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all && rc == 0; i++)
        rc = declare(c, &all[i], err);
    return rc;
}

/* --- all of it -------------------------------------------------------------------------- */

static int write_log(struct keep_cast *c, struct keep_chart *chart, struct keep_traffic *t, struct keep_arena *a, struct keep_err *err)
{
    struct keep_plants plants = {0};
    uint64_t innocent = c->p->events * INNOCENT_PER_MILLION / 1000000;
    int rc = keep_plant_make(&plants, c, innocent > c->p->planted ? (uint32_t)innocent : c->p->planted, a, err);
    if (rc == 0 && (uint64_t)plants.deeds * ROOM > c->p->events)
        rc = keep_err_set(err, KEEP_E_USAGE, "%u planted violations need more than %llu accesses", c->p->planted, (unsigned long long)c->p->events);
    if (rc == 0)
        rc = keep_follow_write(&plants, chart, err);
    if (rc == 0)
        rc = keep_chart_commit(chart, err);
    if (rc == 0)
        rc = keep_traffic_write(t, &plants, err);
    if (rc == 0)
        rc = keep_answerkey_write(&plants, err);
    keep_plant_free(&plants);
    return rc;
}

static int write_care(struct keep_cast *c, struct keep_traffic *t, struct keep_arena *a, struct keep_err *err)
{
    struct keep_chart chart = {0};
    struct keep_zone *zone = NULL;
    int rc = keep_zone_load(&zone, ZONE, err);
    if (rc == 0)
        rc = keep_chart_open(&chart, c, zone, err);
    if (rc == 0)
        rc = keep_care_write(c, &chart, t, err);
    if (rc == 0)
        rc = write_log(c, &chart, t, a, err);
    keep_chart_drop(&chart);
    keep_zone_free(zone);
    return rc;
}

int keep_hospital_write(const struct keep_hospital_params *p, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_cast c;
    struct keep_traffic traffic = {.cast = &c};
    int rc = a ? keep_cast_make(&c, p, a, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_roster_write(&c, err);
    if (rc == 0)
        rc = write_care(&c, &traffic, a, err);
    if (rc == 0)
        rc = keep_attic_write(&c, err);
    if (rc == 0)
        rc = declare_all(&c, err);
    keep_traffic_free(&traffic);
    keep_arena_free(a);
    return rc;
}
