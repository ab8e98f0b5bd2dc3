/* What an open keep tells about itself. */
#include "core/base/codec.h"
#include "core/crypto/kdf.h"
#include "core/store/state.h"

const uint8_t *keep_store_id(const struct keep_store *s)
{
    return s->json.store;
}

const char *keep_store_zone(const struct keep_store *s)
{
    return s->json.zone;
}

unsigned keep_store_threads(const struct keep_store *s)
{
    return s->threads ? s->threads : 1;
}

keep_time keep_store_now(const struct keep_store *s)
{
    return s->now;
}

const struct keep_officer *keep_store_officers(const struct keep_store *s, size_t *n)
{
    *n = s->json.officers;
    return s->json.officer;
}

const struct keep_officer *keep_store_former(const struct keep_store *s, size_t *n)
{
    *n = s->json.formers;
    return s->json.former;
}

uint32_t keep_store_quorum(const struct keep_store *s)
{
    return s->json.quorum;
}

const uint8_t *keep_store_recovery(const struct keep_store *s)
{
    return s->json.has_recovery ? s->json.recovery : NULL;
}

const uint8_t *keep_store_archive_officer(const struct keep_store *s)
{
    return s->json.has_archive ? s->json.archive : NULL;
}

const struct keep_sign_secret *keep_store_signer(const struct keep_store *s)
{
    return s->signer;
}

const char *keep_store_origin(const struct keep_store *s)
{
    return s->origin;
}

enum keep_standing keep_store_standing(const struct keep_store *s, char backup[33])
{
    if (backup && s->json.standing == KEEP_STANDING_KEEP)
        backup[0] = 0;
    else if (backup)
        keep_codec_hex(s->json.backup, sizeof s->json.backup, backup);
    return s->json.standing;
}

void keep_store_subkey(const struct keep_store *s, const char *label, uint8_t out[32])
{
    keep_kdf_subkey(out, s->json.secret->purpose, label, s->json.store, sizeof s->json.store);
}
