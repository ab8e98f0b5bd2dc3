/* Bodies are written field by field in a fixed order, little-endian, each
 * string with its length before it; lists carry their count. What a count
 * claims is held against the bytes that are left before memory is asked for,
 * so a damaged body costs nothing. A body without a name for its format needs
 * none: the table's row says its kind, and the keep's format number the rest. */
#include "core/store/detail.h"

uint64_t keep_detail_u64(struct keep_detail_reader *r)
{
    uint64_t v = 0;

    if (!r->ok || r->left.n < 8) {
        r->ok = false;
        return 0;
    }
    for (int i = 7; i >= 0; i--)
        v = v << 8 | (uint8_t)r->left.p[i];
    r->left.p += 8;
    r->left.n -= 8;
    return v;
}

uint32_t keep_detail_u32(struct keep_detail_reader *r)
{
    uint32_t v = 0;

    if (!r->ok || r->left.n < 4) {
        r->ok = false;
        return 0;
    }
    for (int i = 3; i >= 0; i--)
        v = v << 8 | (uint8_t)r->left.p[i];
    r->left.p += 4;
    r->left.n -= 4;
    return v;
}

uint8_t keep_detail_u8(struct keep_detail_reader *r)
{
    if (!r->ok || r->left.n < 1) {
        r->ok = false;
        return 0;
    }
    r->left.n--;
    return (uint8_t)*r->left.p++;
}

struct keep_str keep_detail_bytes(struct keep_detail_reader *r)
{
    uint32_t n = keep_detail_u32(r);
    struct keep_str s = {r->left.p, n};

    if (!r->ok || n > r->left.n) {
        r->ok = false;
        return (struct keep_str){NULL, 0};
    }
    r->left.p += n;
    r->left.n -= n;
    return s;
}

static uint8_t number(struct keep_detail_reader *r, int count)
{
    uint8_t v = keep_detail_u8(r);

    if (v >= count)
        r->ok = false;
    return r->ok ? v : 0;
}

/* A count of things that take at least size bytes each. */
static size_t count_of(struct keep_detail_reader *r, size_t size)
{
    uint32_t n = keep_detail_u32(r);

    if (n > r->left.n / size)
        r->ok = false;
    return r->ok ? n : 0;
}

static void put_str(struct keep_buf *b, struct keep_str s)
{
    keep_buf_bytes(b, s.p, s.n);
}

static void put_date(struct keep_buf *b, struct keep_partial_date d)
{
    keep_buf_u32(b, (uint32_t)d.date);
    keep_buf_u8(b, (uint8_t)d.precision);
}

static struct keep_partial_date get_date(struct keep_detail_reader *r)
{
    keep_date d = (keep_date)keep_detail_u32(r);

    return (struct keep_partial_date){d, (enum keep_precision)number(r, KEEP_PREC_MICRO + 1)};
}

static void put_human(struct keep_buf *b, const struct keep_human *h)
{
    keep_buf_u32(b, (uint32_t)h->names);
    for (size_t i = 0; i < h->names; i++) {
        put_str(b, h->name[i].family);
        put_str(b, h->name[i].given);
        put_str(b, h->name[i].use);
    }
    keep_buf_u32(b, (uint32_t)h->addresses);
    for (size_t i = 0; i < h->addresses; i++) {
        put_str(b, h->address[i].line);
        put_str(b, h->address[i].city);
        put_str(b, h->address[i].state);
        put_str(b, h->address[i].postal);
        put_str(b, h->address[i].use);
        keep_buf_u8(b, h->address[i].confidential);
    }
    keep_buf_u32(b, (uint32_t)h->phones);
    for (size_t i = 0; i < h->phones; i++)
        put_str(b, h->phone[i]);
    put_str(b, h->mrn);
    put_str(b, h->gender);
    put_date(b, h->birth);
}

static bool get_human(struct keep_detail_reader *r, struct keep_human *h, struct keep_arena *a)
{
    struct keep_name *name;
    struct keep_address *address;
    struct keep_str *phone;

    h->names = count_of(r, 12);
    if (!(h->name = name = keep_arena_array(a, h->names + 1, sizeof *name)))
        return false;
    for (size_t i = 0; i < h->names; i++) {
        name[i].family = keep_detail_bytes(r);
        name[i].given = keep_detail_bytes(r);
        name[i].use = keep_detail_bytes(r);
    }
    h->addresses = count_of(r, 21);
    if (!(h->address = address = keep_arena_array(a, h->addresses + 1, sizeof *address)))
        return false;
    for (size_t i = 0; i < h->addresses; i++) {
        address[i].line = keep_detail_bytes(r);
        address[i].city = keep_detail_bytes(r);
        address[i].state = keep_detail_bytes(r);
        address[i].postal = keep_detail_bytes(r);
        address[i].use = keep_detail_bytes(r);
        address[i].confidential = number(r, 2);
    }
    h->phones = count_of(r, 4);
    if (!(h->phone = phone = keep_arena_array(a, h->phones + 1, sizeof *phone)))
        return false;
    for (size_t i = 0; i < h->phones; i++)
        phone[i] = keep_detail_bytes(r);
    h->mrn = keep_detail_bytes(r);
    h->gender = keep_detail_bytes(r);
    h->birth = get_date(r);
    return true;
}

void keep_detail_put_patient(struct keep_buf *b, const struct keep_row_patient *r, struct keep_str hashes, uint64_t worker)
{
    put_str(b, hashes);
    put_human(b, &r->human);
    keep_buf_u8(b, (uint8_t)r->deceased);
    keep_buf_u64(b, (uint64_t)r->death_time);
    put_date(b, r->death);
    keep_buf_u8(b, (uint8_t)(r->confidential + KEEP_TRI_COUNT * r->test)); /* both in one byte */
    keep_buf_u64(b, worker);
}

void keep_detail_put_worker(struct keep_buf *b, const struct keep_row_worker *r, struct keep_str hashes, uint64_t manager, uint64_t patient)
{
    put_str(b, hashes);
    put_human(b, &r->human);
    put_str(b, r->department);
    put_str(b, r->role);
    put_str(b, r->unit);
    keep_buf_u64(b, (uint64_t)r->from);
    keep_buf_u64(b, (uint64_t)r->to);
    keep_buf_u8(b, (uint8_t)r->ended_known);
    keep_buf_u64(b, manager);
    keep_buf_u64(b, patient);
}

void keep_detail_put_account(struct keep_buf *b, const struct keep_row_account *r, struct keep_str hashes, uint64_t worker)
{
    put_str(b, hashes);
    put_str(b, r->login);
    keep_buf_u8(b, (uint8_t)r->kind);
    keep_buf_u64(b, worker);
    keep_buf_u64(b, (uint64_t)r->from);
    keep_buf_u64(b, (uint64_t)r->to);
}

static void put_place(struct keep_buf *b, struct keep_str hashes, struct keep_str name, struct keep_str type, struct keep_str state, uint64_t owner)
{
    put_str(b, hashes);
    put_str(b, name);
    put_str(b, type);
    put_str(b, state);
    keep_buf_u64(b, owner);
}

void keep_detail_put_facility(struct keep_buf *b, const struct keep_row_facility *r, struct keep_str hashes, uint64_t part_of)
{
    put_place(b, hashes, r->name, r->type, r->state, part_of);
}

void keep_detail_put_location(struct keep_buf *b, const struct keep_row_location *r, struct keep_str hashes, uint64_t facility)
{
    put_place(b, hashes, r->name, r->type, r->state, facility);
}

void keep_detail_put_contacts(struct keep_buf *b, uint64_t patient, const struct keep_detail_contact *contact, size_t n)
{
    put_str(b, (struct keep_str){NULL, 0}); /* no keys of its own */
    keep_buf_u64(b, patient);
    keep_buf_u32(b, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        put_str(b, contact[i].code);
        put_str(b, contact[i].relationship);
        put_human(b, &contact[i].human);
        keep_buf_u64(b, (uint64_t)contact[i].from);
        keep_buf_u64(b, (uint64_t)contact[i].to);
        keep_buf_u64(b, contact[i].worker);
        keep_buf_u64(b, contact[i].patient);
    }
}

#define CONTACT_LEAST 65 /* bytes of a contact of whom nothing is told */

static bool get_contacts(struct keep_detail_reader *r, struct keep_detail *d, struct keep_arena *a)
{
    struct keep_detail_contact *c;

    d->patient = keep_detail_u64(r);
    d->contacts = count_of(r, CONTACT_LEAST);
    if (!(d->contact = c = keep_arena_array(a, d->contacts + 1, sizeof *c)))
        return false;
    for (size_t i = 0; i < d->contacts; i++) {
        c[i].code = keep_detail_bytes(r);
        c[i].relationship = keep_detail_bytes(r);
        if (!get_human(r, &c[i].human, a))
            return false;
        c[i].from = (keep_time)keep_detail_u64(r);
        c[i].to = (keep_time)keep_detail_u64(r);
        c[i].worker = keep_detail_u64(r);
        c[i].patient = keep_detail_u64(r);
    }
    return true;
}

static bool get_kind(struct keep_detail_reader *r, struct keep_detail *d, enum keep_entity kind, struct keep_arena *a)
{
    uint8_t both;

    switch (kind) {
    case KEEP_ENTITY_PATIENT:
        if (!get_human(r, &d->human, a))
            return false;
        d->deceased = (enum keep_tristate)number(r, KEEP_TRI_COUNT);
        d->death_time = (keep_time)keep_detail_u64(r);
        d->death = get_date(r);
        both = number(r, KEEP_TRI_COUNT * KEEP_TRI_COUNT);
        d->confidential = (enum keep_tristate)(both % KEEP_TRI_COUNT);
        d->test = (enum keep_tristate)(both / KEEP_TRI_COUNT);
        d->worker = keep_detail_u64(r);
        return true;
    case KEEP_ENTITY_WORKER:
        if (!get_human(r, &d->human, a))
            return false;
        d->department = keep_detail_bytes(r);
        d->role = keep_detail_bytes(r);
        d->unit = keep_detail_bytes(r);
        d->from = (keep_time)keep_detail_u64(r);
        d->to = (keep_time)keep_detail_u64(r);
        d->ended_known = (enum keep_tristate)number(r, KEEP_TRI_COUNT);
        d->manager = keep_detail_u64(r);
        d->patient = keep_detail_u64(r);
        return true;
    case KEEP_ENTITY_ACCOUNT:
        d->login = keep_detail_bytes(r);
        d->account_kind = (enum keep_account_kind)number(r, KEEP_ACCOUNT_COUNT);
        d->worker = keep_detail_u64(r);
        d->from = (keep_time)keep_detail_u64(r);
        d->to = (keep_time)keep_detail_u64(r);
        return true;
    case KEEP_ENTITY_FACILITY:
    case KEEP_ENTITY_LOCATION:
        d->name = keep_detail_bytes(r);
        d->type = keep_detail_bytes(r);
        d->state = keep_detail_bytes(r);
        d->owner = keep_detail_u64(r);
        return true;
    case KEEP_ENTITY_CONTACT: return get_contacts(r, d, a);
    default:
        r->ok = false;
        return true;
    }
}

int keep_detail_get(struct keep_detail *out, enum keep_entity kind, struct keep_str body, struct keep_arena *a, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    struct keep_detail d;

    memset(&d, 0, sizeof d);
    d.hashes = keep_detail_bytes(&r);
    if (!get_kind(&r, &d, kind, a))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (!r.ok || r.left.n || d.hashes.n % KEEP_ENTITY_HASH)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a stored %s is malformed", keep_vocab_entity_word(kind));
    *out = d;
    return 0;
}

void keep_detail_put_duty(struct keep_buf *b, const struct keep_row_duty *r, uint32_t unit)
{
    keep_buf_u8(b, (uint8_t)r->kind);
    keep_buf_u32(b, unit);
    keep_buf_u64(b, (uint64_t)r->from);
    keep_buf_u64(b, (uint64_t)r->to);
}

void keep_detail_put_training(struct keep_buf *b, const struct keep_row_training *r)
{
    put_str(b, r->course);
    keep_buf_u32(b, (uint32_t)r->completed);
    keep_buf_u32(b, (uint32_t)r->valid_until);
}

void keep_detail_put_institution(struct keep_buf *b, const struct keep_row_institution *r)
{
    keep_buf_u8(b, (uint8_t)r->kind);
    put_str(b, r->name);
    put_str(b, r->address.line);
    put_str(b, r->address.city);
    put_str(b, r->address.state);
    put_str(b, r->address.postal);
}

static int fact_end(const struct keep_detail_reader *r, struct keep_err *err)
{
    return r->ok && r->left.n == 0 ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "a stored fact is malformed");
}

int keep_detail_get_duty(struct keep_row_duty *out, uint32_t *unit, struct keep_str body, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    struct keep_row_duty d = {.kind = (enum keep_duty)number(&r, KEEP_DUTY_COUNT)};

    *unit = keep_detail_u32(&r);
    d.from = (keep_time)keep_detail_u64(&r);
    d.to = (keep_time)keep_detail_u64(&r);
    *out = d;
    return fact_end(&r, err);
}

int keep_detail_get_training(struct keep_row_training *out, struct keep_str body, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    struct keep_row_training t = {.course = keep_detail_bytes(&r)};

    t.completed = (keep_date)keep_detail_u32(&r);
    t.valid_until = (keep_date)keep_detail_u32(&r);
    *out = t;
    return fact_end(&r, err);
}

int keep_detail_get_institution(struct keep_row_institution *out, struct keep_str body, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    struct keep_row_institution i = {.kind = (enum keep_institution)number(&r, KEEP_INSTITUTION_COUNT)};

    i.name = keep_detail_bytes(&r);
    i.address.line = keep_detail_bytes(&r);
    i.address.city = keep_detail_bytes(&r);
    i.address.state = keep_detail_bytes(&r);
    i.address.postal = keep_detail_bytes(&r);
    *out = i;
    return fact_end(&r, err);
}

static void put_list(struct keep_buf *b, const struct keep_str *list, size_t n)
{
    keep_buf_u32(b, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        put_str(b, list[i]);
}

void keep_detail_put_source(struct keep_buf *b, const struct keep_source *s)
{
    put_str(b, s->title);
    put_list(b, s->klass, s->classes);
    keep_buf_u8(b, s->all_classes);
    put_list(b, s->facility, s->facilities);
    keep_buf_u8(b, s->all_facilities);
    keep_buf_u32(b, (uint32_t)s->from);
    keep_buf_u32(b, (uint32_t)s->through);
    keep_buf_u32(b, (uint32_t)s->closed_on);
    keep_buf_u8(b, s->complete);
    keep_buf_u8(b, s->codes_complete);
    keep_buf_u8(b, (uint8_t)s->custody);
    put_str(b, s->custodian);
    put_str(b, s->locator);
    put_str(b, s->jurisdiction);
    put_str(b, s->time_zone);
    put_str(b, s->attested_by);
    put_str(b, s->text);
    put_str(b, s->signature);
    put_str(b, s->signer);
}

static struct keep_str own(struct keep_detail_reader *r, struct keep_arena *a)
{
    bool fits = true;
    struct keep_str s = keep_arena_str(a, keep_detail_bytes(r), &fits);

    r->ok = r->ok && fits;
    return s;
}

static const struct keep_str *get_list(struct keep_detail_reader *r, size_t *n, struct keep_arena *a)
{
    struct keep_str *list;

    *n = count_of(r, 4);
    list = keep_arena_array(a, *n + 1, sizeof *list);
    for (size_t i = 0; list && i < *n; i++)
        list[i] = own(r, a);
    r->ok = r->ok && list;
    return list;
}

int keep_detail_get_source(struct keep_source *out, struct keep_str body, struct keep_arena *a, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    struct keep_source s = {.declared = true};

    s.title = own(&r, a);
    s.klass = get_list(&r, &s.classes, a);
    s.all_classes = number(&r, 2);
    s.facility = get_list(&r, &s.facilities, a);
    s.all_facilities = number(&r, 2);
    s.from = (keep_date)keep_detail_u32(&r);
    s.through = (keep_date)keep_detail_u32(&r);
    s.closed_on = (keep_date)keep_detail_u32(&r);
    s.complete = number(&r, 2);
    s.codes_complete = number(&r, 2);
    s.custody = (enum keep_custody)number(&r, KEEP_CUSTODY_COUNT);
    s.custodian = own(&r, a);
    s.locator = own(&r, a);
    s.jurisdiction = own(&r, a);
    s.time_zone = own(&r, a);
    s.attested_by = own(&r, a);
    s.text = own(&r, a);
    s.signature = own(&r, a);
    s.signer = own(&r, a);
    if (!r.ok || r.left.n)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a stored declaration is malformed, or memory ran out");
    s.id = out->id;
    s.name = out->name;
    *out = s;
    return 0;
}
