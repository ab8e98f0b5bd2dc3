/* The database library this program runs on. */
#ifndef CORE_STORE_VERSION_H
#define CORE_STORE_VERSION_H

const char *keep_version_sqlite(void);

#endif
