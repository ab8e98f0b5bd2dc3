/* The lines that a package is described with. Inside core/bag only. */
#ifndef CORE_BAG_SEALTEXT_H
#define CORE_BAG_SEALTEXT_H

#include "core/bag/seal.h"

/* A sealed member as the register lists it. */
struct keep_sealtext_member {
    char path[64];     /* below the package's folder */
    uint64_t octets;
    char sha512[129];
};

/* The open line: no direct identifier; years, not dates, of what happened. */
void keep_sealtext_register(struct keep_buf *out, uint64_t n, const struct keep_seal_record *r, const struct keep_sealtext_member *m, size_t members);

/* The sealed line. identity: NULL for an index entry. rendition: bytes of its page and their digest, 0 when there is none. */
void keep_sealtext_index(struct keep_buf *out, uint64_t n, const struct keep_seal_record *r, const uint8_t *identity, uint64_t rendition, const uint8_t *digest);

struct keep_sealtext_facts {
    const char *id, *organization, *origin, *policy_digest;
    keep_time sealed_at; /* whole seconds */
    keep_date retain_through;
    uint64_t records, octets, files; /* octets and files of the payload */
};
void keep_sealtext_baginfo(struct keep_buf *out, const struct keep_sealtext_facts *f);

/* The signature's trusted comment; the reader writes it again and compares. */
void keep_sealtext_comment(struct keep_buf *out, const struct keep_sealtext_facts *f, uint64_t ledger_index);

#endif
