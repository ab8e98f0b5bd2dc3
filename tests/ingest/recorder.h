/* A sink that writes each row as one line of text, and a way to read bytes in
 * memory through the whole reader. Fields that say nothing are left out. */
#ifndef TESTS_INGEST_RECORDER_H
#define TESTS_INGEST_RECORDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/ingest/ingest.h"

struct recorder {
    struct keep_buf out;
    struct keep_buf bytes; /* payloads and raw bytes, each with a line end */
    struct keep_ingest_counts counts;
    struct keep_err err;
    size_t rows;
    size_t fail_at; /* the row (from 1) at which the sink fails; 0 never */
    int fail_with;  /* as what; 0: KEEP_E_IO */
};

static inline void put_str(struct recorder *r, const char *name, struct keep_str s)
{
    if (s.n)
        keep_buf_printf(&r->out, " %s=%.*s", name, (int)s.n, s.p);
}

static inline void put_bytes(struct recorder *r, const char *name, struct keep_str s)
{
    if (s.n == 0)
        return;
    keep_buf_str(&r->out, name);
    keep_buf_add(&r->bytes, s.p, s.n);
    keep_buf_char(&r->bytes, '\n');
}

static inline void put_key(struct recorder *r, const char *name, struct keep_key k)
{
    if (k.kind != KEEP_ENTITY_NONE)
        keep_buf_printf(&r->out, " %s=%s:%.*s|%.*s", name, keep_vocab_entity_word(k.kind), (int)k.system.n, k.system.p ? k.system.p : "", (int)k.value.n,
                        k.value.p ? k.value.p : "");
}

static inline void put_keys(struct recorder *r, const struct keep_key *k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_key(r, "key", k[i]);
}

static inline void put_time(struct recorder *r, const char *name, keep_time t)
{
    char text[KEEP_CIVIL_TIME_SIZE];
    if (t != KEEP_TIME_NONE)
        keep_buf_printf(&r->out, " %s=%s", name, keep_civil_format_time(t, text));
}

static inline void put_date(struct recorder *r, const char *name, keep_date d)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    if (d != KEEP_DATE_NONE)
        keep_buf_printf(&r->out, " %s=%s", name, keep_civil_format_date(d, text));
}

static inline void put_human(struct recorder *r, const struct keep_human *h)
{
    for (size_t i = 0; i < h->names; i++)
        keep_buf_printf(&r->out, " name=%.*s,%.*s(%.*s)", (int)h->name[i].family.n, h->name[i].family.p ? h->name[i].family.p : "", (int)h->name[i].given.n,
                        h->name[i].given.p ? h->name[i].given.p : "", (int)h->name[i].use.n, h->name[i].use.p ? h->name[i].use.p : "");
    for (size_t i = 0; i < h->addresses; i++) {
        keep_buf_printf(&r->out, " address=%.*s;%.*s;%.*s;%.*s", (int)h->address[i].line.n, h->address[i].line.p ? h->address[i].line.p : "",
                        (int)h->address[i].city.n, h->address[i].city.p ? h->address[i].city.p : "", (int)h->address[i].state.n,
                        h->address[i].state.p ? h->address[i].state.p : "", (int)h->address[i].postal.n, h->address[i].postal.p ? h->address[i].postal.p : "");
        keep_buf_str(&r->out, h->address[i].confidential ? "(confidential)" : keep_str_is(h->address[i].use, "postal") ? "(postal)" : "");
    }
    for (size_t i = 0; i < h->phones; i++)
        put_str(r, "phone", h->phone[i]);
    put_str(r, "mrn", h->mrn);
    put_str(r, "gender", h->gender);
    put_date(r, "birth", h->birth.date);
    if (h->birth.precision != KEEP_PREC_NONE && h->birth.precision != KEEP_PREC_DAY)
        keep_buf_printf(&r->out, "(precision %d)", (int)h->birth.precision);
}

static inline struct recorder *begin_row(void *ctx, const char *kind)
{
    struct recorder *r = ctx;
    r->rows++;
    keep_buf_str(&r->out, kind);
    return r;
}

static inline int end_row(struct recorder *r, struct keep_err *err)
{
    keep_buf_char(&r->out, '\n');
    return r->rows == r->fail_at ? keep_err_set(err, r->fail_with ? r->fail_with : KEEP_E_IO, "the sink failed") : (int)(r->rows % 2); /* 1: an exact repetition */
}

static inline int on_patient(void *ctx, const struct keep_row_patient *p, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "patient");
    put_keys(r, p->key, p->keys);
    put_human(r, &p->human);
    if (p->deceased != KEEP_TRI_UNKNOWN)
        put_str(r, "deceased", keep_str_of(keep_vocab_tristate_word(p->deceased)));
    put_time(r, "death_time", p->death_time);
    put_date(r, "death", p->death.date);
    if (p->confidential != KEEP_TRI_UNKNOWN)
        put_str(r, "confidential", keep_str_of(keep_vocab_tristate_word(p->confidential)));
    if (p->test != KEEP_TRI_UNKNOWN)
        put_str(r, "test", keep_str_of(keep_vocab_tristate_word(p->test)));
    return end_row(r, err);
}

static inline int on_worker(void *ctx, const struct keep_row_worker *w, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "worker");
    put_keys(r, w->key, w->keys);
    put_human(r, &w->human);
    put_str(r, "department", w->department);
    put_str(r, "role", w->role);
    put_str(r, "unit", w->unit);
    put_time(r, "from", w->from);
    put_time(r, "to", w->to);
    if (w->ended_known == KEEP_TRI_YES)
        keep_buf_str(&r->out, " end-known");
    put_key(r, "manager", w->manager);
    put_key(r, "patient", w->patient);
    return end_row(r, err);
}

static inline int on_account(void *ctx, const struct keep_row_account *a, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "account");
    put_str(r, "login", a->login);
    put_str(r, "kind", keep_str_of(keep_vocab_account_kind_word(a->kind)));
    put_key(r, "worker", a->worker);
    put_time(r, "from", a->from);
    put_time(r, "to", a->to);
    return end_row(r, err);
}

static inline int on_facility(void *ctx, const struct keep_row_facility *f, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "facility");
    put_keys(r, f->key, f->keys);
    put_str(r, "name", f->name);
    put_str(r, "type", f->type);
    put_str(r, "state", f->state);
    put_key(r, "part_of", f->part_of);
    return end_row(r, err);
}

static inline int on_location(void *ctx, const struct keep_row_location *l, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "location");
    put_keys(r, l->key, l->keys);
    put_str(r, "name", l->name);
    put_str(r, "type", l->type);
    put_str(r, "state", l->state);
    put_key(r, "facility", l->facility);
    return end_row(r, err);
}

static inline int on_encounter(void *ctx, const struct keep_row_encounter *e, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "encounter");
    put_keys(r, e->key, e->keys);
    put_key(r, "patient", e->patient);
    put_key(r, "facility", e->facility);
    put_key(r, "location", e->location);
    put_str(r, "class", e->klass);
    put_str(r, "status", e->status);
    put_time(r, "start", e->start);
    put_time(r, "end", e->end);
    put_date(r, "start_date", e->start_date);
    put_date(r, "end_date", e->end_date);
    return end_row(r, err);
}

static inline int on_relation(void *ctx, const struct keep_row_relation *t, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "relation");
    put_str(r, "kind", keep_str_of(keep_vocab_relation_kind_word((int)t->kind)));
    put_key(r, "patient", t->patient);
    put_key(r, "worker", t->worker);
    put_str(r, "department", t->department);
    put_key(r, "encounter", t->encounter);
    put_time(r, "from", t->from);
    put_time(r, "to", t->to);
    if (t->open)
        keep_buf_str(&r->out, " open");
    put_time(r, "recorded", t->recorded);
    put_key(r, "author", t->author);
    return end_row(r, err);
}

static inline int on_record(void *ctx, const struct keep_row_record *c, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "record");
    put_str(r, "kind", c->kind);
    put_keys(r, c->key, c->keys);
    put_key(r, "patient", c->patient);
    put_key(r, "encounter", c->encounter);
    put_key(r, "facility", c->facility);
    put_key(r, "author", c->author);
    if (c->about_no_patient)
        keep_buf_str(&r->out, " about-none");
    for (size_t i = 0; i < c->codes; i++)
        keep_buf_printf(&r->out, " {%.*s %.*s}", (int)c->code[i].system.n, c->code[i].system.p ? c->code[i].system.p : "", (int)c->code[i].code.n,
                        c->code[i].code.p);
    put_str(r, "status", c->status);
    put_str(r, "title", c->title);
    put_date(r, "first", c->service_first);
    put_date(r, "last", c->service_last);
    put_date(r, "created", c->created);
    for (size_t i = 0; i < c->days; i++)
        put_date(r, keep_vocab_record_day_word((int)c->day[i].day), c->day[i].date);
    put_key(r, "signer", c->signer);
    for (size_t i = 0; i < c->amendments; i++)
        put_key(r, keep_vocab_amendment_word((int)c->amends[i].kind), c->amends[i].key);
    put_time(r, "recorded", c->recorded);
    put_str(r, "version", c->version);
    put_str(r, "custodian", c->custodian);
    put_str(r, "locator", c->locator);
    if (c->custody != KEEP_CUSTODY_UNDETERMINED)
        put_str(r, "custody", keep_str_of(keep_vocab_custody_word((int)c->custody)));
    put_bytes(r, " payload", c->payload);
    return end_row(r, err);
}

static inline int on_event(void *ctx, const struct keep_row_event *e, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "event");
    put_time(r, "time", e->time);
    put_str(r, "account", e->account);
    put_str(r, "name", e->account_name);
    put_key(r, "patient", e->patient);
    put_str(r, "action", keep_str_of(keep_vocab_action_word((int)e->action)));
    put_str(r, "exposure", keep_str_of(keep_vocab_exposure_word((int)e->exposure)));
    if (e->outcome != KEEP_OUTCOME_UNKNOWN)
        put_str(r, "outcome", keep_str_of(keep_vocab_outcome_word((int)e->outcome)));
    if (e->purpose != KEEP_PURPOSE_UNKNOWN)
        put_str(r, "purpose", keep_str_of(keep_vocab_purpose_word((int)e->purpose)));
    put_str(r, "place", e->place);
    put_str(r, "unit", e->unit);
    put_str(r, "query", e->query);
    if (e->break_glass != KEEP_TRI_UNKNOWN)
        put_str(r, "break_glass", keep_str_of(keep_vocab_tristate_word((int)e->break_glass)));
    if (e->reason.p)
        keep_buf_printf(&r->out, " reason=\"%.*s\"", (int)e->reason.n, e->reason.p);
    put_str(r, "id", e->native_id);
    put_bytes(r, " raw", e->raw);
    return end_row(r, err);
}

static inline void put_origin(struct recorder *r, const struct keep_origin *at)
{
    keep_buf_printf(&r->out, " %llu/%llu/%llu", (unsigned long long)at->line, (unsigned long long)at->offset, (unsigned long long)at->entry);
}

static inline int on_quarantine(void *ctx, const struct keep_row_quarantine *q, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "quarantine");
    put_origin(r, &q->at);
    keep_buf_printf(&r->out, " bytes=%zu: %s", q->bytes.n, q->reason);
    return end_row(r, err);
}

static inline int on_note(void *ctx, const struct keep_row_note *n, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "note");
    put_origin(r, &n->at);
    keep_buf_printf(&r->out, " %.*s: %.*s", (int)n->kind.n, n->kind.p, (int)n->bytes.n, n->bytes.p);
    return end_row(r, err);
}

static inline int on_link(void *ctx, const struct keep_row_link *l, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "link");
    put_str(r, "kind", keep_str_of(keep_vocab_link_kind_word((int)l->kind)));
    put_key(r, "from", l->from);
    put_key(r, "to", l->to);
    return end_row(r, err);
}

static inline int on_duty(void *ctx, const struct keep_row_duty *d, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "duty");
    put_str(r, "kind", keep_str_of(keep_vocab_duty_word((int)d->kind)));
    put_key(r, "worker", d->worker);
    put_str(r, "unit", d->unit);
    put_time(r, "from", d->from);
    put_time(r, "to", d->to);
    return end_row(r, err);
}

static inline int on_training(void *ctx, const struct keep_row_training *t, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "training");
    put_key(r, "worker", t->worker);
    put_str(r, "course", t->course);
    put_date(r, "completed", t->completed);
    put_date(r, "valid_until", t->valid_until);
    return end_row(r, err);
}

static inline int on_institution(void *ctx, const struct keep_row_institution *i, struct keep_err *err)
{
    struct recorder *r = begin_row(ctx, "institution");
    put_str(r, "kind", keep_str_of(keep_vocab_institution_word((int)i->kind)));
    put_str(r, "name", i->name);
    put_str(r, "line", i->address.line);
    put_str(r, "city", i->address.city);
    put_str(r, "postal", i->address.postal);
    return end_row(r, err);
}

/* A patient who names nobody is not written down. */
static inline int on_contacts(void *ctx, const struct keep_row_contacts *c, struct keep_err *err)
{
    if (c->persons == 0 && keep_str_is(c->key.system, "Patient"))
        return 0;
    struct recorder *r = begin_row(ctx, "contacts");
    put_key(r, "key", c->key);
    put_key(r, "patient", c->patient);
    for (size_t i = 0; i < c->persons; i++) {
        const struct keep_contact_person *p = &c->person[i];
        keep_buf_str(&r->out, " {");
        put_str(r, "code", p->code);
        put_str(r, "relationship", p->relationship);
        put_human(r, &p->human);
        put_time(r, "from", p->from);
        put_time(r, "to", p->to);
        put_key(r, "worker", p->worker);
        put_key(r, "self", p->patient);
        keep_buf_str(&r->out, " }");
    }
    return end_row(r, err);
}

static inline void recorder_sink(struct recorder *r, struct keep_sink *s)
{
    *s = (struct keep_sink){r,          on_patient,  on_worker, on_account, on_facility,   on_location,
                            on_encounter, on_relation, on_record, on_event,   on_quarantine, on_note, on_link,
                            on_duty,    on_training, on_institution, on_contacts};
}

static inline void recorder_clear(struct recorder *r)
{
    keep_buf_free(&r->out);
    keep_buf_free(&r->bytes);
    *r = (struct recorder){.out = KEEP_BUF_INIT};
}

/* A file in memory with these bytes; its path stands in path. */
static inline int memory_file(const void *p, size_t n, char path[64])
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t done = 0; done < n;) {
        ssize_t had = write(fd, (const char *)p + done, n - done);
        assert_true(had > 0);
        done += (size_t)had;
    }
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* Reads bytes with p's zone and maps; p's input, name and sink are set here. Returns what keep_ingest_read does. */
static inline int read_bytes(struct recorder *r, struct keep_ingest p, const void *bytes, size_t n)
{
    char path[64];
    struct keep_sink sink;
    int fd = memory_file(bytes, n, path);
    recorder_sink(r, &sink);
    p.sink = &sink;
    p.name = "input";
    assert_int_equal(keep_input_open(&p.in, path, &r->err), 0);
    int rc = keep_ingest_read(&p, &r->counts, &r->err);
    keep_input_close(p.in);
    close(fd);
    return rc;
}

/* Reads text that must be read without an error, and compares the rows. */
static inline void expect_rows(struct keep_ingest p, const char *text, const char *rows)
{
    struct recorder r = {.out = KEEP_BUF_INIT};
    assert_int_equal(read_bytes(&r, p, text, strlen(text)), 0);
    keep_buf_char(&r.out, '\0');
    assert_string_equal((char *)r.out.p, rows);
    recorder_clear(&r);
}

static inline void expect(const char *text, const char *rows)
{
    expect_rows((struct keep_ingest){0}, text, rows);
}

#endif
