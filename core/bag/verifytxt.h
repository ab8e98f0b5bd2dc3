/* VERIFY.txt: how to check a package with stock tools alone. */
#ifndef CORE_BAG_VERIFYTXT_H
#define CORE_BAG_VERIFYTXT_H

#include "core/base/buf.h"

/* Plain ASCII. Lines that begin with four spaces are commands for a POSIX shell, meant to be pasted as they stand; a block of them
 * (between other lines) ends with a status other than 0 when its check fails. */
void keep_verifytxt_write(struct keep_buf *out, const char *id);

#endif
