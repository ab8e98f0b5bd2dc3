/* A database file and a journal of any bytes under the sealed VFS: no input may
 * crash, and nothing may be read out of it but what the corpus holds: a database
 * of one table. The first two bytes say where the journal begins. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/crypto/secret.h"
#include "core/store/vfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fuzz-vfs-XXXXXX";

static void put(const char *path, const uint8_t *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || write(fd, p, n) != (ssize_t)n)
        abort();
    close(fd);
}

static void clean(void)
{
    char path[80];

    snprintf(path, sizeof path, "%s/f", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/f-journal", folder);
    unlink(path);
    rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t id[16] = {2}, key[32] = {1};
    static int made;
    struct keep_vfs *v = NULL;
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    char path[64], journal[80];

    if (size < 2 || keep_secret_start(NULL) != 0)
        return 0;
    if (!made++) {
        if (!mkdtemp(folder))
            abort();
        atexit(clean);
    }
    size_t at = (size_t)data[0] << 8 | data[1];
    data += 2;
    size -= 2;
    at = at > size ? size : at;
    snprintf(path, sizeof path, "%s/f", folder);
    snprintf(journal, sizeof journal, "%s-journal", path);
    put(path, data, at);
    put(journal, data + at, size - at);
    if (keep_vfs_new(&v, path, KEEP_VFS_RECORDS, id, key, NULL) != 0)
        return 0;
    if (keep_vfs_connect(v, &db, NULL) == 0 && sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema", -1, &st, NULL) == SQLITE_OK
        && sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int64(st, 0) > 1)
        abort();
    sqlite3_finalize(st);
    sqlite3_close(db);
    keep_vfs_free(v);
    return 0;
}
