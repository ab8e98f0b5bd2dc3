/* Five base32 characters a mask: 33 million values, so that two people of one
 * case hardly ever share one, and few enough to read aloud. */
#include "core/work/mask.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"

void keep_mask_init(struct keep_mask *m, const struct keep_store *s, struct keep_arena *a)
{
    *m = (struct keep_mask){.arena = a, .lock = PTHREAD_MUTEX_INITIALIZER};
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

static struct keep_str kept(struct keep_mask *m, struct keep_str text)
{
    pthread_mutex_lock(&m->lock);
    struct keep_str out = keep_arena_str(m->arena, text, NULL);
    pthread_mutex_unlock(&m->lock);
    return out;
}

static struct keep_str mask_of(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity)
{
    static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz234567899"; /* no i, l, o, 0, 1; 9 stands twice */
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
    return kept(m, (struct keep_str){text, n});
}

struct keep_str keep_mask_text(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity, struct keep_str clear)
{
    return is_revealed(m, scope, scope_n) ? clear : mask_of(m, scope, scope_n, word, entity);
}

struct keep_str keep_mask_note(struct keep_mask *m, const void *scope, size_t scope_n, const char *word, uint64_t entity, struct keep_str clear)
{
    struct keep_str mask = mask_of(m, scope, scope_n, word, entity);
    if (!is_revealed(m, scope, scope_n) || !mask.p)
        return mask;
    pthread_mutex_lock(&m->lock);
    if (keep_arena_grow(m->arena, &m->pair, &m->room, m->pairs + 1, sizeof *m->pair, 16)) /* else it stays masked */
        m->pair[m->pairs++] = (struct keep_mask_pair){mask, keep_arena_str(m->arena, clear, NULL)};
    pthread_mutex_unlock(&m->lock);
    return mask;
}

static const struct keep_mask_pair *pair_at(const struct keep_mask *m, struct keep_str rest)
{
    for (size_t i = 0; i < m->pairs; i++)
        if (rest.n >= m->pair[i].mask.n && memcmp(rest.p, m->pair[i].mask.p, m->pair[i].mask.n) == 0)
            return &m->pair[i];
    return NULL;
}

struct keep_str keep_mask_clear(struct keep_mask *m, struct keep_str text)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_str out = text;
    bool ok = true;
    if (m->pairs == 0)
        return text;
    for (size_t i = 0; i < text.n;) {
        const struct keep_mask_pair *p = pair_at(m, (struct keep_str){text.p + i, text.n - i});
        if (p)
            keep_buf_add(&b, p->clear.p, p->clear.n);
        else
            keep_buf_char(&b, text.p[i]);
        i += p ? p->mask.n : 1;
    }
    if (!b.failed)
        out = keep_arena_str(m->arena, keep_buf_view(&b), &ok);
    keep_buf_free(&b);
    return ok ? out : text;
}

struct keep_str keep_mask_case(void *ctx, const uint8_t case_id[16], enum keep_field f, uint64_t entity, struct keep_str clear)
{
    const char *word = f == KEEP_FIELD_user_login ? "account" : f == KEEP_FIELD_user_name ? "user" : "patient";
    return keep_mask_note(ctx, case_id, 16, word, entity, clear);
}
