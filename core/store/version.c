/* The library found at run time, not the one compiled against. */
#include "core/store/version.h"

#include <sqlite3.h>

const char *keep_version_sqlite(void)
{
    return sqlite3_libversion();
}
