/* Where a test can make the disk fail, or the process die: every operation of
 * the VFS and every step that several files take together passes one of these
 * points. Without a hook a point costs one comparison. */
#ifndef CORE_STORE_FAULT_H
#define CORE_STORE_FAULT_H

enum keep_fault_op { KEEP_FAULT_READ, KEEP_FAULT_WRITE, KEEP_FAULT_SYNC, KEEP_FAULT_TRUNCATE, KEEP_FAULT_STEP };

/* Returns 0 to go on, or an SQLite result code (SQLITE_IOERR_WRITE, SQLITE_FULL, …) that the operation then fails with. what: a file or step name. */
typedef int (*keep_fault_fn)(void *ctx, enum keep_fault_op op, const char *what);

/* For the whole process; NULL takes the hook away. Not for use beside another thread that has a keep open. */
void keep_fault_set(keep_fault_fn fn, void *ctx);
int keep_fault_hit(enum keep_fault_op op, const char *what);

#endif
