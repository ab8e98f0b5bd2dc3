/* What a witness holds of a keep: two files for each of its logs, named by the
 * store's id and, behind a restore, the log's.
 *
 *   ID.head   the newest signed head
 *   ID.log    the ledger, line by line:  annex BASE64   (before an entry that needs one, annex.h)
 *                                        {"index":…}    the entry's own bytes
 *                                        head BASE64    a signed head over all entries before it
 *
 * Each commit appends the entries since the last head in the log, their annexes
 * and the new head, then replaces ID.head. Nothing behind the last head line
 * counts: it is what a dying process left, and the next writer cuts it off. A log
 * that is not there, or whose last head is not where it should be, is written
 * anew from the first entry.
 *
 * A folder that cannot be reached is told, or KEEP_E_IO where witnesses are
 * required: nothing was found wrong, but nothing can be vouched for. One that
 * lacks the head it should have is KEEP_E_INTEGRITY there. A head of another
 * origin is not ours to judge and is passed over; one of ours that does not hold
 * is damage in any case. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/store/annex.h"
#include "core/store/fault.h"
#include "core/store/ledger.h"
#include "core/store/state.h"

#define HEAD_LIMIT 4096     /* a checkpoint with one signature has about 200 bytes */
#define TAIL 4096           /* of the log, read when a keep is opened: its last line is a head */
#define PIECE (4u << 20)    /* of the log, written at once */

void keep_witness_name(const uint8_t store[16], const uint8_t log[8], const char *ending, char out[KEEP_WITNESS_NAME])
{
    size_t n = 32;

    keep_codec_hex(store, 16, out);
    if (log) {
        out[n++] = '-';
        keep_codec_hex(log, 8, out + n);
        n += 16;
    }
    memcpy(out + n, ending, strlen(ending) + 1);
}

static void name_of(const struct keep_store *s, const char *ending, char out[KEEP_WITNESS_NAME])
{
    keep_witness_name(s->json.store, s->json.log.has ? s->json.log.id : NULL, ending, out);
}

/* --- reading --- */

static int missing(struct keep_store *s, const struct keep_head_witness *w, int code, const char *why, struct keep_buf *warnings, struct keep_err *err)
{
    if (s->require_witness)
        return keep_err_at(err, code, w->dir, 0, 0, "witness: %s", why);
    if (warnings)
        keep_buf_printf(warnings, "witness %s: %s\n", w->dir, why);
    return 0;
}

static struct keep_str first_line(struct keep_str text)
{
    const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;

    return (struct keep_str){text.p, end ? (size_t)(end - text.p) : 0};
}

/* The last whole line of the log's end that is a head. 0 there is one, 1 none. */
static int last_head(const struct keep_store *s, struct keep_head_witness *w, struct keep_str tail, uint64_t from, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    size_t end = tail.n, start;
    int rc = 1;

    while (rc == 1 && end > 0) { /* end: behind a line's end */
        while (end > 0 && tail.p[end - 1] != '\n')
            end--;
        for (start = end > 0 ? end - 1 : 0; start > 0 && tail.p[start - 1] != '\n'; start--)
            ;
        if (end - start > 6 && memcmp(tail.p + start, "head ", 5) == 0) {
            keep_buf_clear(&text);
            if (!keep_codec_unbase64(&text, (struct keep_str){tail.p + start + 5, end - start - 6}, true))
                rc = text.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory")
                                 : keep_err_at(err, KEEP_E_INTEGRITY, w->dir, 0, 0, "witness: a head in the log is malformed");
            else
                rc = keep_head_parse(s, keep_buf_view(&text), w->dir, &w->log, err);
            w->log_end = from + end;
        }
        end = start;
    }
    keep_buf_free(&text);
    return rc;
}

static int read_log(const struct keep_store *s, struct keep_head_witness *w, int dir, struct keep_err *err)
{
    char name[KEEP_WITNESS_NAME], tail[TAIL];
    struct stat st;
    ssize_t got;
    uint64_t from;
    int fd, rc;

    name_of(s, ".log", name);
    fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: its log: %s", strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return keep_err_at(err, KEEP_E_INTEGRITY, w->dir, 0, 0, "witness: %s cannot be a log", name);
    }
    from = st.st_size > TAIL ? (uint64_t)st.st_size - TAIL : 0;
    got = pread(fd, tail, sizeof tail, (off_t)from);
    rc = got < 0 ? keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: its log: %s", strerror(errno)) : last_head(s, w, (struct keep_str){tail, (size_t)got}, from, err);
    close(fd);
    w->has_log = rc == 0;
    return rc < 0 ? rc : 0;
}

static int read_head(struct keep_store *s, struct keep_head_witness *w, int dir, struct keep_buf *warnings, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err why = {0};
    struct keep_str origin;
    char name[KEEP_WITNESS_NAME];
    int rc;

    name_of(s, ".head", name);
    if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return missing(s, w, KEEP_E_INTEGRITY, "it has no head of this keep yet", warnings, err);
    rc = keep_file_read_all(dir, name, HEAD_LIMIT, &text, &why);
    origin = first_line(keep_buf_view(&text));
    if (rc == KEEP_E_LIMIT || rc == KEEP_E_INPUT) {
        rc = keep_err_at(err, KEEP_E_INTEGRITY, w->dir, 0, 0, "witness: %s cannot be a head", name);
    } else if (rc != 0) {
        w->up = false;
        rc = missing(s, w, KEEP_E_IO, why.text, warnings, err);
    } else if (origin.n > 10 && memcmp(origin.p, "chartkeep/", 10) == 0 && !keep_str_is(origin, s->origin)) {
        w->up = false; /* another keep's: it is not overwritten either */
        rc = missing(s, w, KEEP_E_INTEGRITY, "it has the head of another keep under this keep's name", warnings, err);
    } else {
        rc = keep_head_parse(s, keep_buf_view(&text), w->dir, &w->head, err);
        w->has = rc == 0;
    }
    keep_buf_free(&text);
    return rc;
}

int keep_witness_read(struct keep_store *s, struct keep_head_witness *w, struct keep_buf *warnings, struct keep_err *err)
{
    int dir = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    w->up = w->has = w->has_log = false;
    if (dir < 0)
        return missing(s, w, KEEP_E_IO, strerror(errno), warnings, err);
    w->up = true;
    rc = read_head(s, w, dir, warnings, err);
    if (rc == 0 && w->up)
        rc = read_log(s, w, dir, err);
    close(dir);
    return rc;
}

/* --- writing --- */

static int add_entry(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf entry = KEEP_BUF_INIT, annex = KEEP_BUF_INIT;
    int rc = keep_ledger_entry(s, i, &entry, err), needed = 0;

    if (rc == 0)
        rc = needed = keep_annex_needed(keep_buf_view(&entry), err);
    if (needed == 1 && s->json.has_recovery) {
        rc = keep_annex_seal(s, i, &annex, err);
        if (rc == 0) {
            keep_buf_str(out, "annex ");
            keep_codec_base64(out, annex.p, annex.n, true);
            keep_buf_char(out, '\n');
        }
    }
    if (rc >= 0) {
        keep_buf_add(out, entry.p, entry.n);
        keep_buf_char(out, '\n');
        rc = out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    keep_buf_free(&entry);
    keep_buf_free(&annex);
    return rc;
}

/* Entries from..to and a head, behind byte `at` of the log; what stands there goes. *end: the byte behind them. */
static int append(struct keep_store *s, const struct keep_head_witness *w, int fd, uint64_t from, struct keep_str head, uint64_t *end, struct keep_err *err)
{
    struct keep_buf out = KEEP_BUF_INIT;
    uint64_t at = *end, to = s->tree.n;
    int rc = ftruncate(fd, (off_t)at) == 0 && lseek(fd, (off_t)at, SEEK_SET) >= 0 ? 0 : keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: its log: %s", strerror(errno));

    for (uint64_t i = from; rc == 0 && i <= to; i++) {
        if (i < to) {
            rc = add_entry(s, i, &out, err);
        } else {
            keep_buf_str(&out, "head ");
            keep_codec_base64(&out, head.p, head.n, true);
            keep_buf_char(&out, '\n');
            rc = out.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
        }
        if (rc == 0 && (i == to || out.n >= PIECE)) {
            rc = keep_file_write_full(fd, out.p, out.n, w->dir, err);
            at += out.n;
            keep_buf_clear(&out);
        }
    }
    keep_buf_free(&out);
    if (rc == 0 && fsync(fd) != 0)
        rc = keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: its log: %s", strerror(errno));
    if (rc == 0)
        *end = at;
    return rc;
}

static int write_log(struct keep_store *s, struct keep_head_witness *w, int dir, struct keep_str text, const struct keep_head *head, struct keep_err *err)
{
    char name[KEEP_WITNESS_NAME];
    uint64_t end = w->has_log ? w->log_end : 0;
    int fd, rc;

    if (w->has_log && w->log.size >= head->size)
        return 0;
    name_of(s, ".log", name);
    rc = keep_file_open_nofollow(dir, name, O_WRONLY | O_CREAT, &fd, err);
    if (rc != 0)
        return rc;
    rc = append(s, w, fd, w->has_log ? w->log.size : 0, text, &end, err);
    close(fd);
    w->has_log = rc == 0;
    if (rc == 0) {
        w->log = *head;
        w->log_end = end;
    }
    return rc;
}

int keep_witness_write(struct keep_store *s, struct keep_head_witness *w, struct keep_str text, const struct keep_head *head, struct keep_err *err)
{
    char name[KEEP_WITNESS_NAME];
    int dir, rc;

    if (w->has && w->head.size >= head->size && w->has_log && w->log.size >= head->size)
        return 0;
    rc = keep_fault_hit(KEEP_FAULT_STEP, "witness head") == 0 ? 0 : keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: cannot be written");
    if (rc != 0)
        return rc;
    dir = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: %s", strerror(errno));
    name_of(s, ".head", name);
    rc = write_log(s, w, dir, text, head, err);
    if (rc == 0 && (!w->has || w->head.size < head->size))
        rc = keep_file_replace(dir, name, text.p, text.n, 0644, err);
    close(dir);
    if (rc == 0) {
        w->head = *head;
        w->has = true;
    }
    return rc;
}
