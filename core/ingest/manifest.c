/* The manifest's columns are fixed, so that whoever writes one needs no pack.
 *
 * A file it names is read twice, a piece at a time: once for its digest, by which
 * one that came before is known without being stored again, and once to be
 * stored. That both times gave the same bytes is for whoever stores it to see. */
#include "core/ingest/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/crypto/hash.h"

#define COLUMN(name) {KEEP_STR(name), KEEP_STR(name), {NULL, 0}, {NULL, 0}, NULL, 0}
static const struct keep_map_column columns[] = {
    COLUMN("path"), COLUMN("class"), COLUMN("patient_id"), COLUMN("encounter_id"), COLUMN("facility"), COLUMN("first"), COLUMN("last"), COLUMN("media_type"), COLUMN("title"),
};

const struct keep_map keep_manifest_map = {{"manifest", 8}, KEEP_MAP_FILES, ',', {NULL, 0}, columns, sizeof columns / sizeof *columns};

#define PIECE 262144

/* A manifest came from outside: what it names must lie below its own folder. */
static bool below(struct keep_str path)
{
    if (path.n == 0 || path.p[0] == '/' || memchr(path.p, '\0', path.n))
        return false;
    for (size_t from = 0, i = 0; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        if (i - from == 2 && memcmp(path.p + from, "..", 2) == 0)
            return false;
        from = i + 1;
    }
    return true;
}

/* PDF (ISO 32000-1, 7.5.2) and DICOM (PS3.10, 7.1) say what they are at their begin. */
static struct keep_str media_of(const uint8_t *p, size_t n)
{
    if (n >= 5 && memcmp(p, "%PDF-", 5) == 0)
        return KEEP_STR("application/pdf");
    if (n >= 132 && memcmp(p + 128, "DICM", 4) == 0)
        return KEEP_STR("application/dicom");
    return KEEP_STR("application/octet-stream");
}

static int unreadable(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INPUT, "a file that a manifest names cannot be read");
}

/* pull's. */
static int file_read(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err)
{
    const struct keep_manifest_file *f = ctx;
    ssize_t had;

    if (f->p->progress && f->p->progress(f->p->progress_ctx, 0, 0) != 0)
        return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    do
        had = read(f->fd, p, room);
    while (had < 0 && errno == EINTR);
    if (had < 0)
        return unreadable(err);
    *n = (size_t)had;
    return 0;
}

/* Size, digest and kind. */
static int survey(struct keep_manifest_file *f, struct keep_hash_stream *h, uint8_t *room, struct keep_err *err)
{
    size_t n = 0;
    ssize_t head;
    int rc;

    keep_hash_stream_start(h, NULL);
    while ((rc = file_read(f, room, PIECE, &n, err)) == 0 && n > 0) {
        keep_hash_stream_add(h, room, n);
        f->pull.size += n;
        if (f->pull.size > KEEP_PULL_MAX)
            return keep_err_set(err, KEEP_E_INPUT, "a file of more than 1 TiB");
    }
    keep_hash_stream_end(h, f->pull.content);
    if (rc < 0)
        return rc;
    if (f->pull.size == 0)
        return keep_err_set(err, KEEP_E_INPUT, "an empty file");
    if ((head = pread(f->fd, room, PIECE, 0)) < 0 || lseek(f->fd, 0, SEEK_SET) != 0)
        return unreadable(err);
    f->media = media_of(room, (size_t)head);
    return 0;
}

int keep_manifest_open(struct keep_manifest_file *f, const struct keep_ingest *p, struct keep_str path, struct keep_err *err)
{
    struct keep_hash_stream *h = NULL;
    struct keep_buf room = KEEP_BUF_INIT;
    struct stat st;
    char name[4096];
    int rc;

    *f = (struct keep_manifest_file){.fd = -1, .p = p};
    if (path.n >= sizeof name || !below(path))
        return keep_err_set(err, KEEP_E_INPUT, "a path out of the manifest's folder");
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    /* Without blocking: opening a pipe that nobody writes to must not hang. */
    if ((rc = keep_file_open_nofollow(*p->folder, name, O_RDONLY | O_NONBLOCK, &f->fd, err)) < 0)
        return rc;
    if (fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode))
        rc = unreadable(err);
    if (rc == 0 && (rc = keep_hash_stream_new(&h, err)) == 0 && !keep_buf_reserve(&room, PIECE))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = survey(f, h, room.p, err);
    f->pull.ctx = f;
    f->pull.read = file_read;
    keep_hash_stream_free(h);
    keep_buf_free(&room);
    if (rc < 0)
        keep_manifest_close(f);
    return rc;
}

void keep_manifest_close(struct keep_manifest_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}
