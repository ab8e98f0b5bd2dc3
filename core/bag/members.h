/* The files of a package as they were read: names, sizes, digests, and which
 * lists name them. About 200 bytes a file, whatever its size. Inside core/bag only. */
#ifndef CORE_BAG_MEMBERS_H
#define CORE_BAG_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_MEMBERS_MAX 16000000u /* files of a package: 3 GB of table; a hostile tar of empty files stops here */

struct keep_member {
    const char *name; /* below the package's folder */
    uint64_t size;
    uint8_t sha512[64], sha256[32];
    bool in_sha512, in_sha256, in_tags, in_register;
    uint32_t line; /* of the first list that names it, the sha512 manifest's or the tag manifest's; from 1, 0 none */
};

struct keep_members;
int keep_members_new(struct keep_members **out, struct keep_err *err);
void keep_members_free(struct keep_members *t); /* NULL allowed */
/* A new file; *out valid until the next _add. 1: the name stands in it already. */
int keep_members_add(struct keep_members *t, const char *name, uint64_t size, struct keep_member **out, struct keep_err *err);
struct keep_member *keep_members_find(const struct keep_members *t, struct keep_str name); /* NULL: none */
size_t keep_members_count(const struct keep_members *t);
struct keep_member *keep_members_at(const struct keep_members *t, size_t i); /* in the tar's order */

#endif
