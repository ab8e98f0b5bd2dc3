/* The identifying part of a plan: who each set is about, one JSON line a set, an
 * age file for the officers. The plan's digest leaves it out. */
#include "core/work/planannex.h"

#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/store/officer.h"
#include "core/text/jsonw.h"

#define MAX_RECIPIENTS (KEEP_PACKS_SIGNERS + 1) /* the officers and the archive officer */

int keep_planannex_seal(const struct keep_dates *d, const struct keep_set *const *due, size_t n, struct keep_buf *out, struct keep_err *err)
{
    struct keep_store *s = d->store;
    uint8_t to[MAX_RECIPIENTS][32];
    size_t recipients = 0, officers;
    keep_date today;
    const struct keep_officer *o = keep_store_officers(s, &officers);
    struct keep_buf line = KEEP_BUF_INIT, sealed = KEEP_BUF_INIT;
    struct keep_age_out *age = NULL;
    struct keep_jsonw w;
    int rc = keep_dates_today(s, &today, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < officers && recipients < MAX_RECIPIENTS - 1; i++)
        if (keep_officer_on(&o[i], today) != KEEP_OFFICER_EXPIRED)
            memcpy(to[recipients++], o[i].recipient, 32);
    if (keep_store_archive_officer(s))
        memcpy(to[recipients++], keep_store_archive_officer(s), 32);
    if (recipients == 0)
        return 0;
    rc = keep_age_out_new(&age, (const uint8_t (*)[32])to, recipients, keep_age_to_buf, &sealed, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        char hex[33];
        const struct keep_set *st = due[i];
        keep_buf_clear(&line);
        keep_jsonw_init(&w, &line);
        keep_jsonw_object(&w);
        keep_jsonw_key(&w, "set");
        keep_codec_hex(st->id, 16, hex);
        keep_jsonw_z(&w, hex);
        keep_jsonw_key(&w, "patient");
        keep_jsonw_str(&w, st->patient == KEEP_ID_NONE ? (struct keep_str){NULL, 0} : d->world.patient[st->patient].name);
        keep_jsonw_key(&w, "mrn");
        keep_jsonw_str(&w, st->patient == KEEP_ID_NONE ? (struct keep_str){NULL, 0} : d->world.patient[st->patient].mrn);
        keep_jsonw_key(&w, "what"); /* of the keep's own papers */
        keep_jsonw_str(&w, st->what);
        keep_jsonw_key(&w, "facility");
        keep_jsonw_str(&w, st->facility == KEEP_ID_NONE ? (struct keep_str){NULL, 0} : d->world.facility[st->facility].name);
        keep_jsonw_end_object(&w);
        keep_jsonw_newline(&w);
        rc = line.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_age_out_add(age, line.p, line.n, err);
    }
    if (rc == 0)
        rc = keep_age_out_finish(age, err);
    if (rc == 0)
        keep_codec_base64(out, sealed.p, sealed.n, true);
    keep_age_out_free(age);
    keep_buf_free(&line);
    keep_buf_free(&sealed);
    return rc;
}
