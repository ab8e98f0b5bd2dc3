/* Register and index are JSON lines, members always in the same order, so that
 * stock grep and sed find their way in them; bag-info is RFC 8493 section 2.2.2. */
#include "core/bag/sealtext.h"

#include "core/bag/layout.h"
#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/text/jsonw.h"

static void text(struct keep_jsonw *w, const char *key, struct keep_str s)
{
    keep_jsonw_key(w, key);
    keep_jsonw_str(w, s);
}

static void number(struct keep_jsonw *w, const char *key, uint64_t v)
{
    keep_jsonw_key(w, key);
    keep_jsonw_u64(w, v);
}

static void year(struct keep_jsonw *w, const char *key, keep_date d)
{
    int32_t y = keep_civil_to_ymd(d).y;
    keep_jsonw_key(w, key);
    if (y == 0)
        keep_jsonw_null(w);
    else
        keep_jsonw_i64(w, y);
}

void keep_sealtext_register(struct keep_buf *out, uint64_t n, const struct keep_seal_record *r, const struct keep_sealtext_member *m, size_t members)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    number(&w, "n", n);
    text(&w, "set", r->set_id);
    number(&w, "set_number", r->set);
    text(&w, "kind", r->kind);
    text(&w, "rule", r->rule);
    year(&w, "first_year", r->first);
    year(&w, "last_year", r->last);
    year(&w, "keep_until_year", r->keep_until);
    text(&w, "media_type", members ? r->media_type : (struct keep_str){NULL, 0});
    keep_jsonw_key(&w, "members");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < members; i++) {
        keep_jsonw_object(&w);
        text(&w, "path", keep_str_of(m[i].path));
        number(&w, "octets", m[i].octets);
        text(&w, "sha512", keep_str_of(m[i].sha512));
        keep_jsonw_end_object(&w);
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_end_object(&w);
    keep_buf_char(out, '\n');
}

static void digest_text(struct keep_jsonw *w, const char *key, const uint8_t d[32])
{
    char hex[65];
    keep_codec_hex(d, 32, hex);
    text(w, key, keep_str_of(hex));
}

void keep_sealtext_index(struct keep_buf *out, uint64_t n, const struct keep_seal_record *r, const uint8_t *identity, uint64_t rendition, const uint8_t *digest)
{
    char key[KEEP_AGE_TEXT] = "";
    struct keep_jsonw w;
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    number(&w, "n", n);
    if (identity)
        keep_age_identity_text(key, identity);
    text(&w, "identity", identity ? keep_str_of(key) : (struct keep_str){NULL, 0});
    keep_secret_wipe(key, sizeof key);
    text(&w, "set", r->set_id);
    text(&w, "source_key", r->source_key);
    text(&w, "patient", r->patient);
    text(&w, "facility", r->facility);
    text(&w, "custodian", r->custodian);
    text(&w, "locator", r->locator);
    number(&w, "octets", r->pull ? r->pull->size : r->payload.n);
    if (identity)
        digest_text(&w, "blake2b", r->digest);
    number(&w, "rendition_octets", rendition);
    if (rendition)
        digest_text(&w, "rendition_blake2b", digest);
    if (r->told.n) {
        text(&w, "source", r->source);
        keep_jsonw_key(&w, "told");
        keep_jsonw_raw(&w, r->told);
    }
    keep_jsonw_end_object(&w);
    keep_buf_char(out, '\n');
}

/* Empty values are left out: nothing is known is not the same as an empty line. */
static void label(struct keep_buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    keep_buf_printf(out, "%s: ", name);
    for (; *value; value++)
        keep_buf_char(out, (unsigned char)*value < 0x20 || *value == 0x7f ? ' ' : *value);
    keep_buf_char(out, '\n');
}

void keep_sealtext_baginfo(struct keep_buf *out, const struct keep_sealtext_facts *f)
{
    char date[KEEP_CIVIL_DATE_SIZE], time[KEEP_CIVIL_TIME_SIZE];
    label(out, "Source-Organization", f->organization);
    label(out, "Bagging-Date", keep_civil_format_date(keep_civil_utc_date(f->sealed_at), date));
    label(out, "External-Identifier", f->id);
    keep_buf_printf(out, "Payload-Oxum: %llu.%llu\n", (unsigned long long)f->octets, (unsigned long long)f->files);
    label(out, "Bag-Software-Agent", "chartkeep");
    label(out, "Chartkeep-Profile", KEEP_LAYOUT_PROFILE);
    label(out, "Chartkeep-Sealed-At", keep_civil_format_time(f->sealed_at, time));
    keep_buf_printf(out, "Chartkeep-Records: %llu\n", (unsigned long long)f->records);
    label(out, "Chartkeep-Retain-Through", f->retain_through == KEEP_DATE_NONE ? "permanent" : keep_civil_format_date(f->retain_through, date));
    label(out, "Chartkeep-Policy-Digest", f->policy_digest);
    label(out, "Chartkeep-Log-Origin", f->origin);
}

void keep_sealtext_comment(struct keep_buf *out, const struct keep_sealtext_facts *f, uint64_t ledger_index)
{
    char time[KEEP_CIVIL_TIME_SIZE];
    keep_buf_printf(out, "chartkeep package=%s records=%llu octets=%llu sealed=%s ledger=%llu", f->id, (unsigned long long)f->records,
                    (unsigned long long)f->octets, keep_civil_format_time(f->sealed_at, time), (unsigned long long)ledger_index);
}
