/* One file of the hospital, written through a buffer under NAME.tmp and renamed
 * when it is whole. The content is synthetic, so nothing is synced to disk. */
#ifndef CORE_DEMO_SHEET_H
#define CORE_DEMO_SHEET_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/zone.h"
#include "core/text/jsonw.h"

struct keep_sheet {
    int dirfd, fd;
    const char *name;
    struct keep_buf buf;   /* append here, then end the row */
    struct keep_jsonw json; /* writes into buf */
    uint64_t rows;
};

int keep_sheet_open(struct keep_sheet *s, int dirfd, const char *name, struct keep_err *err); /* name must outlive it */
int keep_sheet_row(struct keep_sheet *s, struct keep_err *err);   /* ends a row: newline, and a write when enough has gathered */
int keep_sheet_commit(struct keep_sheet *s, struct keep_err *err);
int keep_sheet_end(struct keep_sheet *s, int rc, struct keep_err *err); /* commits when rc is 0, else drops; rc, or what went wrong then */
void keep_sheet_drop(struct keep_sheet *s);                       /* removes what was not committed; a zeroed or committed one is allowed */

/* CSV cells. The first of a row must not be empty: that it stands at a row's begin is how it is known. */
void keep_sheet_cell(struct keep_sheet *s, const char *z);
void keep_sheet_cell_date(struct keep_sheet *s, keep_date d); /* empty for NONE */

/* FHIR members: a wall time of that zone as a dateTime with offset; {"coding":[{system,code,display}],"text"}; {"reference":"Type/id"}. */
typedef int64_t keep_wall; /* seconds since 1970-01-01 00:00 by the clock on the wall */
#define KEEP_WALL(date, seconds) ((keep_wall)(date) * 86400 + (seconds))
keep_date keep_sheet_wall_date(keep_wall w);
void keep_sheet_time(struct keep_sheet *s, const char *member, const struct keep_zone *z, keep_wall w);
void keep_sheet_member(struct keep_sheet *s, const char *member, const char *z);
void keep_sheet_concept(struct keep_sheet *s, const char *member, const char *system, const char *code, const char *text);
void keep_sheet_reference(struct keep_sheet *s, const char *member, const char *type, const char *id); /* member NULL: inside an array */
void keep_sheet_resource(struct keep_sheet *s, const char *type, const char *id);                       /* opens the object */

#endif
