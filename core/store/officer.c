/* What is not set is left out, so that an officer of whom only role and keys
 * are known is written as a keep without a register wrote him. */
#include "core/store/officer.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/text/fold.h"
#include "core/text/utf8.h"

static bool role_ok(struct keep_str r)
{
    for (size_t i = 0; i < r.n; i++)
        if (!((r.p[i] >= 'a' && r.p[i] <= 'z') || (r.p[i] >= '0' && r.p[i] <= '9') || r.p[i] == '-'))
            return false;
    return r.n > 0 && r.n <= KEEP_OFFICER_ROLE;
}

static bool name_ok(struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n <= KEEP_OFFICER_NAME && keep_utf8_valid(s);
}

int keep_officer_check(const struct keep_officer *o, struct keep_err *err)
{
    if (!role_ok(o->role))
        return keep_err_set(err, KEEP_E_USAGE, "a role is 1 to %d of a-z, 0-9 and '-'", KEEP_OFFICER_ROLE);
    if (!name_ok(o->name))
        return keep_err_set(err, KEEP_E_USAGE, "the name of officer %.*s is more than %d bytes, or not text", (int)o->role.n, o->role.p, KEEP_OFFICER_NAME);
    if (o->from && o->until && o->until < o->from)
        return keep_err_set(err, KEEP_E_USAGE, "officer %.*s would end before he begins", (int)o->role.n, o->role.p);
    return 0;
}

bool keep_officer_same(const struct keep_officer *a, const struct keep_officer *b)
{
    return keep_str_eq(a->role, b->role) && keep_str_eq(a->name, b->name) && a->from == b->from && a->until == b->until &&
           memcmp(&a->key, &b->key, sizeof a->key) == 0 && memcmp(a->recipient, b->recipient, sizeof a->recipient) == 0;
}

bool keep_officer_one_person(const struct keep_officer *a, const struct keep_officer *b)
{
    if (a->name.n == 0 || b->name.n == 0)
        return false;
    struct keep_arena *arena = keep_arena_new(0);
    if (!arena)
        return true;
    struct keep_str x = keep_fold_name(a->name, arena), y = keep_fold_name(b->name, arena);
    bool one = !x.p || !y.p ? keep_str_eq(a->name, b->name) : keep_str_eq(x, y);
    keep_arena_free(arena);
    return one;
}

enum keep_officer_standing keep_officer_on(const struct keep_officer *o, keep_date day)
{
    return o->from && day < o->from ? KEEP_OFFICER_EARLY : o->until && day > o->until ? KEEP_OFFICER_EXPIRED : KEEP_OFFICER_VALID;
}

bool keep_officer_ends(const struct keep_officer *o, keep_date day)
{
    return keep_officer_on(o, day) == KEEP_OFFICER_VALID && o->until && o->until - day <= KEEP_OFFICER_NOTICE;
}

static void member_hex(struct keep_jsonw *w, const char *name, const uint8_t *p, size_t n)
{
    char hex[65];

    keep_codec_hex(p, n, hex);
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, hex);
}

static void member_day(struct keep_jsonw *w, const char *name, keep_date day)
{
    if (day == 0)
        return;
    keep_jsonw_key(w, name);
    keep_jsonw_date(w, day);
}

void keep_officer_write(struct keep_jsonw *w, const struct keep_officer *o)
{
    keep_jsonw_object(w);
    keep_jsonw_key(w, "role");
    keep_jsonw_str(w, o->role);
    if (o->name.n) {
        keep_jsonw_key(w, "name");
        keep_jsonw_str(w, o->name);
    }
    member_day(w, "from", o->from);
    member_day(w, "until", o->until);
    member_hex(w, "id", o->key.id, sizeof o->key.id);
    member_hex(w, "key", o->key.key, sizeof o->key.key);
    member_hex(w, "recipient", o->recipient, sizeof o->recipient);
    keep_jsonw_end_object(w);
}

static bool read_day(const struct keep_json *v, const char *name, keep_date *out)
{
    const struct keep_json *m = keep_json_get(v, name);
    enum keep_precision prec;

    *out = 0;
    return !m || (keep_civil_parse_date(keep_json_str(m), out, &prec) && prec == KEEP_PREC_DAY && *out != 0);
}

bool keep_officer_read(const struct keep_json *v, struct keep_officer *out)
{
    struct keep_officer o = {.role = keep_json_str(keep_json_get(v, "role")), .name = keep_json_str(keep_json_get(v, "name"))};

    if (!read_day(v, "from", &o.from) || !read_day(v, "until", &o.until) || !keep_codec_unhex(keep_json_str(keep_json_get(v, "id")), o.key.id, sizeof o.key.id) ||
        !keep_codec_unhex(keep_json_str(keep_json_get(v, "key")), o.key.key, sizeof o.key.key) ||
        !keep_codec_unhex(keep_json_str(keep_json_get(v, "recipient")), o.recipient, sizeof o.recipient) || keep_officer_check(&o, NULL) != 0)
        return false;
    *out = o;
    return true;
}
