/* Files: opened without following a last link, replaced as a whole, locked by
 * open-file-description locks. Every failure names the path and the cause. */
#ifndef CORE_BASE_FILE_H
#define CORE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/err.h"

int keep_file_open_read(const char *path, int *fd, struct keep_err *err);  /* O_CLOEXEC; follows links (operands); KEEP_E_INPUT if absent */
/* O_NOFOLLOW | O_CLOEXEC are added to flags, mode 0600 where it creates. Absent, or a link: KEEP_E_INPUT. */
int keep_file_open_nofollow(int dirfd, const char *name, int flags, int *fd, struct keep_err *err);
/* The whole regular file, not through a link, at most limit bytes (more: KEEP_E_LIMIT). Appends to out. */
int keep_file_read_all(int dirfd, const char *name, size_t limit, struct keep_buf *out, struct keep_err *err);
/* The same from an open descriptor of any kind; what names it in errors. */
int keep_file_read_fd(int fd, const char *what, size_t limit, struct keep_buf *out, struct keep_err *err);
/* An operand of the command line: as keep_file_read_all, but links and pipes are read too. */
int keep_file_read_operand(const char *path, size_t limit, struct keep_buf *out, struct keep_err *err);
int keep_file_write_full(int fd, const void *p, size_t n, const char *what, struct keep_err *err);
/* NAME.tmp-<random> -> fsync -> rename over NAME -> fsync of the folder. KEEP_E_USAGE: NAME is there, and is no regular file or link. */
int keep_file_replace(int dirfd, const char *name, const void *p, size_t n, mode_t mode, struct keep_err *err);
/* Creates NAME, refusing when it exists (KEEP_E_REFUSED), with fsync of file and folder. */
int keep_file_create(int dirfd, const char *name, const void *p, size_t n, mode_t mode, struct keep_err *err);
/* Could keep_file_replace put n bytes there, now? Tried with a file beside NAME, which goes again; NAME stays as it is. For what must not be recorded as
 * handed over before it can be. */
int keep_file_place(int dirfd, const char *name, size_t n, struct keep_err *err);
int keep_file_sync_dir(int dirfd, struct keep_err *err);
enum keep_file_lock { KEEP_FILE_LOCK_SHARED, KEEP_FILE_LOCK_EXCLUSIVE, KEEP_FILE_UNLOCK };
/* One byte of an OFD lock, never waiting: KEEP_E_LOCKED when another holds it. */
int keep_file_lock_byte(int fd, int64_t byte, enum keep_file_lock how, struct keep_err *err);

#endif
