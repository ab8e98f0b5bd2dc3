/* Times are made from wall time through the zone: in the hour that a clock
 * change leaves out, the later instant, so that what is written always exists. */
#include "core/demo/sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/text/csv.h"

#define GATHERED (1u << 20) /* bytes before they are written */

static void temp_name(const struct keep_sheet *s, char out[64])
{
    snprintf(out, 64, "%s.tmp", s->name);
}

int keep_sheet_open(struct keep_sheet *s, int dirfd, const char *name, struct keep_err *err)
{
    char temp[64];
    struct keep_sheet made = {.dirfd = dirfd, .fd = -1, .name = name, .buf = KEEP_BUF_INIT};
    temp_name(&made, temp);
    int rc = keep_file_open_nofollow(dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC, &made.fd, err);
    if (rc < 0)
        return rc;
    *s = made;
    keep_jsonw_init(&s->json, &s->buf);
    return 0;
}

static int flush(struct keep_sheet *s, struct keep_err *err)
{
    if (s->buf.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_file_write_full(s->fd, s->buf.p, s->buf.n, s->name, err);
    keep_buf_clear(&s->buf);
    return rc;
}

int keep_sheet_row(struct keep_sheet *s, struct keep_err *err)
{
    keep_buf_char(&s->buf, '\n');
    s->json.comma = false;
    s->rows++;
    return s->buf.n >= GATHERED || s->buf.failed ? flush(s, err) : 0;
}

int keep_sheet_commit(struct keep_sheet *s, struct keep_err *err)
{
    char temp[64];
    int rc = flush(s, err), fd = s->fd;
    if (rc < 0)
        return rc;
    temp_name(s, temp);
    s->fd = -1;
    if (close(fd) < 0 || renameat(s->dirfd, temp, s->dirfd, s->name) < 0) {
        rc = keep_err_set(err, KEEP_E_IO, "%s: %s", s->name, strerror(errno));
        unlinkat(s->dirfd, temp, 0);
    }
    keep_buf_free(&s->buf);
    return rc;
}

int keep_sheet_end(struct keep_sheet *s, int rc, struct keep_err *err)
{
    if (rc == 0)
        rc = keep_sheet_commit(s, err);
    keep_sheet_drop(s);
    return rc;
}

void keep_sheet_drop(struct keep_sheet *s)
{
    char temp[64];
    if (!s->name || s->fd < 0)
        return;
    temp_name(s, temp);
    close(s->fd);
    unlinkat(s->dirfd, temp, 0);
    s->fd = -1;
    keep_buf_free(&s->buf);
}

/* --- CSV ------------------------------------------------------------------------ */

void keep_sheet_cell(struct keep_sheet *s, const char *z)
{
    keep_csv_write_field(&s->buf, keep_str_of(z), s->buf.n == 0 || s->buf.p[s->buf.n - 1] == '\n');
}

void keep_sheet_cell_date(struct keep_sheet *s, keep_date d)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    keep_sheet_cell(s, d == KEEP_DATE_NONE ? "" : keep_civil_format_date(d, text));
}

/* --- FHIR ------------------------------------------------------------------------- */

keep_date keep_sheet_wall_date(keep_wall w)
{
    return (keep_date)((w - (w % 86400 + 86400) % 86400) / 86400);
}

void keep_sheet_time(struct keep_sheet *s, const char *member, const struct keep_zone *z, keep_wall w)
{
    keep_date day = keep_sheet_wall_date(w);
    keep_time t = keep_zone_instant(z, day, (int32_t)(w - KEEP_WALL(day, 0)));
    int32_t offset = keep_zone_offset(z, t), minutes = (offset < 0 ? -offset : offset) / 60;
    char text[KEEP_CIVIL_TIME_SIZE], out[KEEP_CIVIL_TIME_SIZE + 8];
    keep_civil_format_time(t + offset * KEEP_USEC, text); /* the wall's digits, ending in Z */
    snprintf(out, sizeof out, "%.19s%c%02d:%02d", text, offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    keep_sheet_member(s, member, out);
}

void keep_sheet_member(struct keep_sheet *s, const char *member, const char *z)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_z(&s->json, z);
}

void keep_sheet_concept(struct keep_sheet *s, const char *member, const char *system, const char *code, const char *text)
{
    struct keep_jsonw *w = &s->json;
    keep_jsonw_key(w, member);
    keep_jsonw_object(w);
    if (code) {
        keep_jsonw_key(w, "coding");
        keep_jsonw_array(w);
        keep_jsonw_object(w);
        keep_sheet_member(s, "system", system);
        keep_sheet_member(s, "code", code);
        if (text)
            keep_sheet_member(s, "display", text);
        keep_jsonw_end_object(w);
        keep_jsonw_end_array(w);
    }
    if (text)
        keep_sheet_member(s, "text", text);
    keep_jsonw_end_object(w);
}

void keep_sheet_reference(struct keep_sheet *s, const char *member, const char *type, const char *id)
{
    char text[128];
    snprintf(text, sizeof text, "%s/%s", type, id);
    if (member)
        keep_jsonw_key(&s->json, member);
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "reference", text);
    keep_jsonw_end_object(&s->json);
}

void keep_sheet_resource(struct keep_sheet *s, const char *type, const char *id)
{
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "resourceType", type);
    keep_sheet_member(s, "id", id);
}
