/* Five base32 characters a mask: 33 million values, so that two people of one
 * case hardly ever share one, and few enough to read aloud. */
#include "core/work/mask.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"

void keep_mask_init(struct keep_mask *m, const struct keep_store *s, struct keep_arena *a)
{
    *m = (struct keep_mask){.arena = a};
    keep_store_subkey(s, "chartkeep mask", m->key);
}

static bool is_revealed(const struct keep_mask *m, const void *scope, size_t n)
{
    char hex[65];
    if (m->revealed.n == 0)
        return false;
    if (keep_str_is(m->revealed, "*"))
        return true;
    if (n > 32)
        return false;
    keep_codec_hex(scope, n, hex);
    return keep_str_is(m->revealed, hex);
}

struct keep_str keep_mask_text(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity, struct keep_str clear)
{
    static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz234567899"; /* no i, l, o, 0, 1; 9 stands twice */
    if (is_revealed(m, scope, scope_n))
        return clear;
    struct keep_buf in = KEEP_BUF_INIT;
    uint8_t h[8];
    char text[32];
    keep_buf_bytes(&in, scope, scope_n);
    keep_buf_bytes(&in, word, strlen(word));
    keep_buf_u64(&in, entity);
    keep_hash_keyed(h, sizeof h, in.p, in.n, m->key);
    keep_buf_free(&in);
    size_t n = strlen(word);
    if (n > sizeof text - 8)
        n = sizeof text - 8;
    memcpy(text, word, n);
    text[n++] = '-';
    for (int i = 0; i < 5; i++)
        text[n++] = alphabet[h[i] & 31];
    return keep_arena_str(m->arena, (struct keep_str){text, n}, NULL);
}

struct keep_str keep_mask_case(void *ctx, const uint8_t case_id[16], enum keep_field f, uint64_t entity, struct keep_str clear)
{
    const char *word = f == KEEP_FIELD_user_login ? "account" : f == KEEP_FIELD_user_name ? "user" : "patient";
    return keep_mask_text(ctx, case_id, 16, word, entity, clear);
}
