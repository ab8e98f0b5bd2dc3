/* The canonical ustar (POSIX.1-1988): one byte sequence for one list of files.
 * Regular files only, mode 0644, uid/gid 0, no names of users, one mtime for
 * all, names of [A-Za-z0-9._-] and '/', members in the order given, two zero
 * blocks at the end and nothing more. A name that stands twice is the caller's to
 * notice, by the manifest it compares with. A member holds at most 8 GiB - 1. */
#ifndef CORE_STREAM_TAR_H
#define CORE_STREAM_TAR_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"

#define KEEP_TAR_NAME 255

struct keep_tar_out;
/* fd stays the caller's; mtime: whole seconds. */
int keep_tar_out_new(struct keep_tar_out **out, int fd, keep_time mtime, struct keep_err *err);
/* Goes on behind members that fd, standing there, has already: position bytes of them, a multiple of 512. */
void keep_tar_out_goto(struct keep_tar_out *t, uint64_t position);
int keep_tar_out_begin(struct keep_tar_out *t, const char *name, uint64_t size, struct keep_err *err);
int keep_tar_out_add(struct keep_tar_out *t, const void *p, size_t n, struct keep_err *err);
int keep_tar_out_end(struct keep_tar_out *t, struct keep_err *err);    /* pads the member; size must have been met */
int keep_tar_out_finish(struct keep_tar_out *t, struct keep_err *err); /* two zero blocks; no fsync */
void keep_tar_out_free(struct keep_tar_out *t);
uint64_t keep_tar_out_position(const struct keep_tar_out *t);

struct keep_tar_member {
    const char *name;
    uint64_t size;
    keep_time mtime;
};
struct keep_tar_in;
/* Strict reading of the canonical form: any link, device, other mode, owner, checksum, name, padding or trailing byte is KEEP_E_INTEGRITY with the offset. */
int keep_tar_in_open(struct keep_tar_in **out, const char *path, struct keep_err *err);
/* The same of a descriptor that stands at its beginning and is the reader's from now on, also when this fails; what names it in errors. */
int keep_tar_in_fd(struct keep_tar_in **out, int fd, const char *what, struct keep_err *err);
int keep_tar_in_next(struct keep_tar_in *t, struct keep_tar_member *m, struct keep_err *err); /* 1, 0 end, <0; skips what is left of the last */
int keep_tar_in_read(struct keep_tar_in *t, const void **p, size_t *n, struct keep_err *err); /* 1 bytes of this member, 0 end of member */
/* Bytes handed out stay as they are until turn was called twice: there are two buffers, and turn comes before the elder one is filled again. */
void keep_tar_in_turns(struct keep_tar_in *t, void (*turn)(void *ctx), void *ctx);
void keep_tar_in_close(struct keep_tar_in *t);

#endif
