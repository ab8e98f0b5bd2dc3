/* What the fuzz targets of core/ingest share: an input in memory, and a sink
 * that reads each byte it is given, so that a stray pointer shows. */
#ifndef TESTS_FUZZ_READER_H
#define TESTS_FUZZ_READER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/ingest/feed.h"
#include "core/ingest/fhir.h"
#include "core/ingest/ingest.h"

static volatile unsigned reader_sum;

static inline int touch(struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++)
        reader_sum += (unsigned char)s.p[i];
    return 0;
}

static inline int touch_key(struct keep_key k)
{
    return touch(k.system) + touch(k.value);
}

static inline int touch_keys(const struct keep_key *k, size_t n)
{
    if (n == 0)
        abort();
    for (size_t i = 0; i < n; i++) {
        if (k[i].value.n == 0)
            abort();
        touch_key(k[i]);
    }
    return 0;
}

static inline int touch_human(const struct keep_human *h)
{
    for (size_t i = 0; i < h->names; i++)
        touch(h->name[i].family), touch(h->name[i].given), touch(h->name[i].use);
    for (size_t i = 0; i < h->addresses; i++)
        touch(h->address[i].line), touch(h->address[i].city), touch(h->address[i].state), touch(h->address[i].postal);
    for (size_t i = 0; i < h->phones; i++)
        touch(h->phone[i]);
    return touch(h->mrn) + touch(h->gender);
}

static inline int on_patient(void *ctx, const struct keep_row_patient *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_keys(r->key, r->keys) + touch_human(&r->human) + touch_key(r->worker);
}

static inline int on_worker(void *ctx, const struct keep_row_worker *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_keys(r->key, r->keys) + touch_human(&r->human) + touch(r->department) + touch(r->role) + touch(r->unit) + touch_key(r->manager) + touch_key(r->patient);
}

static inline int on_account(void *ctx, const struct keep_row_account *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch(r->login) + touch_key(r->worker);
}

static inline int on_facility(void *ctx, const struct keep_row_facility *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_keys(r->key, r->keys) + touch(r->name) + touch(r->type) + touch(r->state) + touch_key(r->part_of);
}

static inline int on_location(void *ctx, const struct keep_row_location *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_keys(r->key, r->keys) + touch(r->name) + touch(r->type) + touch(r->state) + touch_key(r->facility);
}

static inline int on_encounter(void *ctx, const struct keep_row_encounter *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_keys(r->key, r->keys) + touch_key(r->patient) + touch_key(r->facility) + touch_key(r->location) + touch(r->klass) + touch(r->status);
}

static inline int on_relation(void *ctx, const struct keep_row_relation *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    if ((r->from == KEEP_TIME_NONE && !r->open) || r->patient.value.n == 0)
        abort();
    return touch_key(r->patient) + touch_key(r->worker) + touch(r->department) + touch_key(r->encounter) + touch_key(r->author);
}

static inline int on_record(void *ctx, const struct keep_row_record *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    for (size_t i = 0; i < r->codes; i++)
        touch(r->code[i].system), touch(r->code[i].code);
    return touch_keys(r->key, r->keys) + touch(r->kind) + touch_key(r->patient) + touch_key(r->encounter) + touch_key(r->facility) + touch_key(r->author) +
           touch(r->status) + touch(r->title) + touch(r->version) + touch(r->payload) + touch(r->custodian) + touch(r->locator);
}

static inline int on_event(void *ctx, const struct keep_row_event *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    if (r->time == KEEP_TIME_NONE)
        abort();
    return touch(r->account) + touch(r->account_name) + touch_key(r->patient) + touch(r->place) + touch(r->unit) + touch(r->query) + touch(r->reason) +
           touch(r->native_id) + touch(r->raw);
}

static inline int on_quarantine(void *ctx, const struct keep_row_quarantine *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch(r->bytes) + touch(keep_str_of(r->reason));
}

static inline int on_note(void *ctx, const struct keep_row_note *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch(r->kind) + touch(r->bytes);
}

static inline int on_link(void *ctx, const struct keep_row_link *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    if (r->from.value.n == 0 || r->to.value.n == 0)
        abort();
    return touch_key(r->from) + touch_key(r->to);
}

static inline int on_duty(void *ctx, const struct keep_row_duty *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_key(r->worker) + touch(r->unit);
}

static inline int on_training(void *ctx, const struct keep_row_training *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch_key(r->worker) + touch(r->course);
}

static inline int on_institution(void *ctx, const struct keep_row_institution *r, struct keep_err *err)
{
    (void)ctx, (void)err;
    return touch(r->name) + touch(r->address.line) + touch(r->address.city) + touch(r->address.state) + touch(r->address.postal);
}

static inline int on_contacts(void *ctx, const struct keep_row_contacts *r, struct keep_err *err)
{
    int sum = touch_key(r->key) + touch_key(r->patient);
    (void)ctx, (void)err;
    if (r->key.value.n == 0 || r->patient.value.n == 0)
        abort();
    for (size_t i = 0; i < r->persons; i++)
        sum += touch(r->person[i].code) + touch(r->person[i].relationship) + touch_human(&r->person[i].human) + touch_key(r->person[i].worker) + touch_key(r->person[i].patient);
    return sum;
}

static const struct keep_sink reader_sink = {NULL,         on_patient,  on_worker, on_account, on_facility,   on_location,
                                             on_encounter, on_relation, on_record, on_event,   on_quarantine, on_note, on_link,
                                             on_duty,    on_training, on_institution, on_contacts};

struct reader_input {
    int fd;
};

static inline bool reader_open(struct reader_input *f, struct keep_ingest *in, const uint8_t *p, size_t n)
{
    char path[64];
    f->fd = memfd_create("input", MFD_CLOEXEC);
    if (f->fd < 0)
        return false;
    snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
    in->name = "input";
    in->sink = &reader_sink;
    if (write(f->fd, p, n) == (ssize_t)n && keep_input_open(&in->in, path, NULL) == 0)
        return true;
    close(f->fd);
    return false;
}

static inline void reader_close(struct reader_input *f, struct keep_ingest *in)
{
    keep_input_close(in->in);
    close(f->fd);
}

#endif
