/* What the rooms of keep.json share: its frame, and changes that its reader and its writer both check. Inside keyjson*.c only. */
#ifndef CORE_STORE_KEYJSON_INSIDE_H
#define CORE_STORE_KEYJSON_INSIDE_H

#include "core/store/keyjson.h"

#define KEEP_KEYJSON_FORMAT "chartkeep keep 1"
/* The tail: what stands before the two hashes, which are so long in hex, and behind them. */
#define KEEP_KEYJSON_HASH 64
#define KEEP_KEYJSON_MAC ",\"mac\":\""
#define KEEP_KEYJSON_SUM "\",\"checksum\":\""
#define KEEP_KEYJSON_END "\"}\n"

/* Of each file: its member, and the label that its keys are wrapped under. */
extern const char *const keep_keyjson_file_member[KEEP_KEYJSON_FILES], *const keep_keyjson_file_label[KEEP_KEYJSON_FILES];

/* KEEP_E_USAGE: not sound; KEEP_E_LIMIT: no room for one more who left. */
int keep_keyjson_set_zone(struct keep_keyjson *j, struct keep_str zone, struct keep_err *err);
int keep_keyjson_add_officer(struct keep_keyjson *j, const struct keep_officer *o, struct keep_err *err);
int keep_keyjson_add_former(struct keep_keyjson *j, const struct keep_officer *o, struct keep_err *err);
int keep_keyjson_quorum_ok(const struct keep_keyjson *j, struct keep_err *err);

#endif
