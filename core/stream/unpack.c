/* Foreign archives by libarchive's tar reader, fed from a decompressed input.
 * Nothing is ever written to disk under a member's name, so a name cannot do
 * harm; it is made fit to be shown and stored, and that is all it is for. */
#include "core/stream/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABEL = 256,       /* bytes of a name that are kept, its end: the part that differs */
    CHECKSUM = 148,    /* offset and length of the checksum in a header */
    CHECKSUM_SIZE = 8,
};

struct keep_unpack {
    struct archive *archive;
    struct keep_input *in, *member;
    const char *name;
    struct keep_err io; /* what reading said, which libarchive cannot carry */
    la_int64_t at;      /* bytes of the member given */
    char label[LABEL];
};

bool keep_unpack_is(const void *block, size_t n)
{
    const uint8_t *p = block;
    uint64_t sum = 0, want = 0;
    size_t i = CHECKSUM;

    if (n < KEEP_UNPACK_BLOCK || p[0] == '\0')
        return false;
    for (size_t k = 0; k < KEEP_UNPACK_BLOCK; k++)
        sum += k >= CHECKSUM && k < CHECKSUM + CHECKSUM_SIZE ? ' ' : p[k];
    while (i < CHECKSUM + CHECKSUM_SIZE && p[i] == ' ')
        i++;
    if (i == CHECKSUM + CHECKSUM_SIZE || p[i] < '0' || p[i] > '7')
        return false;
    for (; i < CHECKSUM + CHECKSUM_SIZE && p[i] >= '0' && p[i] <= '7'; i++)
        want = want * 8 + (uint64_t)(p[i] - '0');
    return want == sum;
}

static la_ssize_t feed(struct archive *a, void *ctx, const void **p)
{
    struct keep_unpack *u = ctx;
    size_t n = 0;
    int rc = keep_input_next(u->in, p, &n, &u->io);

    if (rc < 0) {
        archive_set_error(a, EIO, "read failed");
        return -1;
    }
    return rc == 0 ? 0 : (la_ssize_t)n;
}

static int failed(struct keep_unpack *u, struct keep_err *err)
{
    const char *why = archive_error_string(u->archive);

    if (u->io.code != 0) {
        if (err && err->code == 0)
            *err = u->io;
        return u->io.code;
    }
    return keep_err_at(err, archive_errno(u->archive) == ENOMEM ? KEEP_E_NOMEM : KEEP_E_INPUT, u->name, 0, 0, "damaged tar archive: %s", why ? why : "unreadable");
}

int keep_unpack_open(struct keep_unpack **out, struct keep_input *in, const char *name, struct keep_err *err)
{
    struct keep_unpack *u = calloc(1, sizeof *u);
    int rc = 0;

    if (!u || !(u->archive = archive_read_new())) {
        free(u);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for an archive");
    }
    u->in = in;
    u->name = name;
    if (archive_read_support_format_tar(u->archive) != ARCHIVE_OK || archive_read_set_format_option(u->archive, "tar", "read_concatenated_archives", "1") != ARCHIVE_OK)
        rc = keep_err_set(err, KEEP_E_IO, "libarchive was built without tar");
    else if (archive_read_open(u->archive, u, NULL, feed, NULL) != ARCHIVE_OK)
        rc = failed(u, err);
    if (rc == 0) {
        *out = u;
        u = NULL;
    }
    keep_unpack_close(u);
    return rc;
}

/* The end of the name, control characters and what is no ASCII replaced. */
static void set_label(struct keep_unpack *u, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    size_t n;

    if (!name)
        name = archive_entry_pathname_utf8(entry);
    if (!name)
        name = "?";
    n = strlen(name);
    if (n >= LABEL)
        name += n - (LABEL - 1);
    for (n = 0; name[n]; n++)
        u->label[n] = name[n] < ' ' || name[n] > '~' ? '?' : name[n];
    u->label[n] = '\0';
}

static int give(void *ctx, const void **p, size_t *n, struct keep_err *err)
{
    struct keep_unpack *u = ctx;
    la_int64_t offset = 0;
    size_t had = 0;
    int rc;

    do
        rc = archive_read_data_block(u->archive, p, &had, &offset);
    while (rc == ARCHIVE_OK && had == 0);
    if (rc == ARCHIVE_EOF)
        return 0;
    if (rc != ARCHIVE_OK)
        return failed(u, err);
    if (offset != u->at)
        return keep_err_at(err, KEEP_E_INPUT, u->name, 0, 0, "a sparse member: its holes are not in the archive");
    u->at += (la_int64_t)had;
    *n = had;
    return 1;
}

int keep_unpack_next(struct keep_unpack *u, const char **label, struct keep_input **member, struct keep_err *err)
{
    struct archive_entry *entry;
    int rc;

    keep_input_close(u->member);
    u->member = NULL;
    do {
        rc = archive_read_next_header(u->archive, &entry);
        if (rc == ARCHIVE_EOF)
            return 0;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) /* WARN: a name that this locale has no letters for */
            return failed(u, err);
    } while (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry));
    u->at = 0;
    set_label(u, entry);
    if ((rc = keep_input_over(&u->member, u->label, (struct keep_input_giver){u, give}, err)) < 0)
        return rc;
    *label = u->label;
    *member = u->member;
    return 1;
}

int keep_unpack_item(struct keep_unpack *u, struct keep_unpack_item *out, struct keep_err *err)
{
    struct archive_entry *entry;
    int rc = archive_read_next_header(u->archive, &entry);

    if (rc == ARCHIVE_EOF)
        return 0;
    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
        return failed(u, err);
    const char *name = archive_entry_pathname(entry);
    if (!name)
        name = archive_entry_pathname_utf8(entry);
    u->at = 0;
    out->name = name ? name : "";
    out->size = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
    out->kind = archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK ? KEEP_UNPACK_LINK
              : archive_entry_filetype(entry) == AE_IFREG                                  ? KEEP_UNPACK_FILE
              : archive_entry_filetype(entry) == AE_IFDIR                                  ? KEEP_UNPACK_FOLDER
                                                                                           : KEEP_UNPACK_OTHER;
    return 1;
}

int keep_unpack_bytes(struct keep_unpack *u, const void **p, size_t *n, struct keep_err *err)
{
    return give(u, p, n, err);
}

void keep_unpack_close(struct keep_unpack *u)
{
    if (!u)
        return;
    keep_input_close(u->member);
    archive_read_free(u->archive);
    free(u);
}
