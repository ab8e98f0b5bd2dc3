/* Chunks as they are written (payload.c) and read (payload_read.c). */
#ifndef CORE_STORE_PAYLOAD_INSIDE_H
#define CORE_STORE_PAYLOAD_INSIDE_H

#include <endian.h>

#include "core/crypto/aead.h"
#include "core/store/payload.h"

enum { KEEP_PAYLOAD_ZSTD = 1, KEEP_PAYLOAD_TEXTED = 2 }; /* bits of a chunk's form */
#define KEEP_PAYLOAD_TEXT_ROOM (4 + KEEP_PAYLOAD_TEXT)    /* a text's length, and the longest text */
#define KEEP_PAYLOAD_AD (16 + 8 * 4)

static inline uint64_t keep_payload_inside_chunks(uint64_t size)
{
    return size / KEEP_PAYLOAD_CHUNK + (size % KEEP_PAYLOAD_CHUNK != 0);
}

/* What a chunk is sealed with. */
static inline void keep_payload_inside_ad(uint8_t ad[KEEP_PAYLOAD_AD], const struct keep_payload *p, uint64_t chunk, bool last, uint8_t form)
{
    static const char label[16] = "payload";
    const uint64_t v[4] = {htole64(p->record), htole64(p->version), htole64(chunk), htole64(last | (uint64_t)form << 8)};

    memcpy(ad, label, sizeof label);
    memcpy(ad + sizeof label, v, sizeof v);
}

/* The tags of a payload of one chunk. */
static inline void keep_payload_inside_tag(uint8_t tags[KEEP_PAYLOAD_TAGS], const uint8_t tag[KEEP_AEAD_TAG])
{
    memset(tags, 0, KEEP_PAYLOAD_TAGS);
    memcpy(tags, tag, KEEP_AEAD_TAG);
}

#endif
