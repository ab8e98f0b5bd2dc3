/* Sums over rows are of their hashes, so that no order matters. References are
 * hashed as entities, which stay, not as indices, which do not.
 *
 * How departments share patients (edges.h) grows with every relation, but rules
 * ask only whether it is below some number: it is cut off where no comparison of
 * the policy can see a difference any more. */
#include "core/audit/prints.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/edges.h"
#include "core/audit/posts.h"
#include "core/policy/expr.h"
#include "core/policy/field.h"

/* ---- hashing ---- */

/* Not against forgers: who can change what is on file can change it back as well. */
static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}

static uint64_t mix_str(uint64_t h, struct keep_str s)
{
    uint64_t word;
    size_t i = 0;
    h = mix(h, s.n);
    for (; i + sizeof word <= s.n; i += sizeof word) {
        memcpy(&word, s.p + i, sizeof word);
        h = mix(h, word);
    }
    word = 0;
    if (i < s.n)
        memcpy(&word, s.p + i, s.n - i);
    return mix(h, word);
}

static uint64_t mix_keys(uint64_t h, const uint64_t key[4])
{
    for (int i = 0; i < 4; i++)
        h = mix(h, key[i]);
    return h;
}

static uint64_t mix_birth(uint64_t h, struct keep_partial_date d)
{
    return mix(mix(h, (uint64_t)d.date), (uint64_t)d.precision);
}

/* ---- what the policy asks of departments and trainings ---- */

enum { NOT_ASKED = -1, UNCUT = KEEP_EDGES_MOST, SHARES = 16 };

static bool is_ties(const struct keep_expr *e)
{
    return e->op == KEEP_OP_ENGINE && (e->id == KEEP_CALL_department_ties || e->id == KEEP_CALL_department_size);
}

/* The number that a count is compared with; UNCUT: something else is done with it. */
static void cut_of(const struct keep_expr *e, bool compared, int *cut)
{
    if (is_ties(e)) {
        *cut = compared ? *cut : UNCUT;
        return;
    }
    bool compares = e->op >= KEEP_OP_EQ && e->op <= KEEP_OP_GE && e->n == 2;
    for (uint32_t i = 0; i < e->n; i++) {
        const struct keep_expr *other = compares ? e->arg[1 - i] : NULL;
        bool number = other && other->op == KEEP_OP_CONST && other->value.type == KEEP_V_INT && other->value.i < UNCUT;
        if (!e->arg[i])
            continue;
        if (number && is_ties(e->arg[i]) && other->value.i + 1 > *cut)
            *cut = (int)other->value.i + 1;
        cut_of(e->arg[i], number, cut);
    }
}

static void cut_text(struct keep_str explain, int *cut)
{
    static const char *const call[] = {"department_ties", "department_size"};
    for (size_t i = 0; i < sizeof call / sizeof *call; i++)
        if (explain.n && memmem(explain.p, explain.n, call[i], strlen(call[i])))
            *cut = UNCUT;
}

/* What of it the fingerprints hang on. */
struct asked {
    int cut;
    bool vouched;
};

/* Rests it on what a source says to be all there is? */
static int is_vouched(void *ctx, const struct keep_read *r)
{
    (void)ctx;
    if (r->call)
        return r->id == KEEP_CALL_on_shift || r->id == KEEP_CALL_rostered_with_patient || r->id == KEEP_CALL_department_ties || r->id == KEEP_CALL_department_size || r->id == KEEP_CALL_patient_related;
    return r->id == KEEP_FIELD_user_trained || r->id == KEEP_FIELD_user_courses || r->id == KEEP_FIELD_user_idle_days;
}

static void asks(const struct keep_expr *e, struct asked *out)
{
    if (!e)
        return;
    cut_of(e, false, &out->cut);
    out->vouched = out->vouched || keep_expr_reads(e, is_vouched, NULL) != 0;
}

static struct asked asked_of(const struct keep_policy *p)
{
    struct asked out = {.cut = NOT_ASKED};
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_access *a = &p->access[i];
        asks(a->when, &out);
        asks(a->unless, &out);
        for (uint32_t k = 0; k < a->steps; k++)
            asks(a->step[k].when, &out);
        cut_text(a->explain, &out.cut);
    }
    for (size_t i = 0; i < p->exceptions; i++)
        asks(p->exception[i].when, &out);
    for (size_t i = 0; i < p->explanations; i++)
        asks(p->explanation[i].when, &out);
    return out;
}

/* ---- people ---- */

struct making {
    const struct keep_world *w;
    struct keep_prints out;
    uint64_t *worker, *post, *group, *row; /* of workers: all, where they were, their accounts; of departments: whom they share patients with */
};

static uint64_t entity_of_worker(const struct making *m, uint32_t i)
{
    return i < m->w->workers ? m->w->worker[i].entity : 0;
}

static uint64_t entity_of_patient(const struct making *m, uint32_t i)
{
    return i < m->w->patients ? m->w->patient[i].entity : 0;
}

static uint64_t post_print(const struct keep_worker *k)
{
    uint64_t h = mix_str(mix_str(mix_str(mix(1, k->entity), k->department), k->role), k->unit);
    for (size_t i = 0; i < k->affiliations; i++) {
        const struct keep_interval *v = &k->affiliation[i];
        h = mix(mix(mix(h, (uint64_t)v->from), (uint64_t)v->to), v->end_known);
        if (k->post)
            h = mix_str(mix_str(mix_str(h, k->post[i].department), k->post[i].role), k->post[i].unit);
    }
    return h;
}

static void print_workers(struct making *m)
{
    const struct keep_world *w = m->w;
    for (size_t i = 0; i < w->workers; i++) {
        const struct keep_worker *k = &w->worker[i];
        m->post[i] = post_print(k);
        uint64_t h = mix_str(mix_str(mix(m->post[i], k->known), k->name), k->number);
        h = mix(mix(h, entity_of_patient(m, k->patient)), entity_of_worker(m, k->manager));
        h = mix_keys(mix_keys(mix_keys(mix_keys(h, k->surname_key), k->address_key), k->phone_key), k->street_key);
        m->worker[i] = mix_birth(h, k->birth);
    }
    for (size_t i = 0; i < w->duties; i++) {
        const struct keep_duty_span *d = &w->duty[i];
        if (d->worker < w->workers)
            m->worker[d->worker] += mix(mix(mix(mix(mix(2, d->unit), d->kind), d->source), (uint64_t)d->from), (uint64_t)d->to);
    }
    for (size_t i = 0; i < w->trainings; i++) {
        const struct keep_training *t = &w->training[i];
        if (t->worker < w->workers)
            m->worker[t->worker] += mix(mix(mix_str(12, t->course), (uint64_t)t->completed), (uint64_t)t->valid_until);
    }
}

static void print_accounts(struct making *m)
{
    const struct keep_world *w = m->w;
    for (size_t i = 0; i < w->accounts; i++)
        for (size_t k = 0; k < w->account[i].spans; k++)
            if (w->account[i].span[k].worker < w->workers)
                m->group[w->account[i].span[k].worker] += mix(3, w->account[i].entity);
    for (size_t i = 0; i < w->accounts; i++) {
        const struct keep_account *a = &w->account[i];
        uint64_t h = mix_str(mix(4, a->kind), a->login);
        for (size_t k = 0; k < a->spans; k++) {
            uint32_t who = a->span[k].worker;
            h = mix(mix(h, (uint64_t)a->span[k].from), (uint64_t)a->span[k].to);
            h = mix(h, a->span_kind ? a->span_kind[k] : KEEP_ACCOUNT_UNMAPPED);
            if (who >= w->workers)
                continue;
            h = mix(mix(h, m->worker[who]), m->group[who]);
            for (size_t s = m->out.posts->first[who]; m->row && s < m->out.posts->first[who + 1]; s++)
                h = mix(h, m->out.posts->stay[s].department != KEEP_ID_NONE ? m->row[m->out.posts->stay[s].department] : 0);
        }
        m->out.account[i] = h;
    }
}

static uint64_t patient_print(const struct making *m, const struct keep_patient *p)
{
    uint64_t h = mix_str(mix_str(mix(5, p->known), p->name), p->mrn);
    h = mix(mix(mix_birth(h, p->birth), (uint64_t)p->deceased), (uint64_t)p->death);
    h = mix(mix(mix(h, (uint64_t)p->confidential), (uint64_t)p->test), p->worker < m->w->workers ? m->worker[p->worker] : 0);
    for (size_t i = 0; i < p->aliases; i++)
        h = mix(h, p->alias[i]);
    h = mix_keys(mix_keys(mix_keys(h, p->street_key), p->surname_key), p->address_key);
    return mix(mix(mix(h, (uint64_t)(unsigned char)p->sex << 16 | (uint64_t)p->births << 8 | p->sexes), p->labels), p->labels_unknown);
}

static uint64_t relation_print(const struct making *m, const struct keep_relation *r)
{
    uint64_t h = mix(mix(mix(6, r->worker < m->w->workers ? m->post[r->worker] : 0), r->department), entity_of_worker(m, r->author));
    return mix(mix(mix(mix(h, (uint64_t)r->kind << 1 | r->open), (uint64_t)r->from), (uint64_t)r->to), (uint64_t)r->recorded);
}

static uint64_t encounter_print(const struct keep_encounter *e)
{
    return mix_str(mix_str(mix(mix(7, (uint64_t)e->start), (uint64_t)e->end), e->status), e->klass);
}

static uint64_t contact_print(const struct making *m, const struct keep_contact *c)
{
    uint64_t h = mix(mix(8, entity_of_worker(m, c->worker)), entity_of_patient(m, c->self));
    h = mix(h, c->self < m->w->patients ? entity_of_worker(m, m->w->patient[c->self].worker) : 0);
    h = mix(mix(mix_str(mix_str(h, c->code), c->words), (uint64_t)c->from), (uint64_t)c->to);
    return mix_keys(mix_keys(mix_keys(h, c->surname_key), c->address_key), c->phone_key);
}

/* Patients from..to - 1, whose rows stand together in each array: a thread's share. */
struct share {
    struct keep_crew_job job;
    const struct making *m;
    size_t from, to;
    uint32_t kinds;      /* of relations, as bits */
    keep_time disclosed; /* the newest disclosure; NONE */
};

static void print_patients(void *ctx)
{
    struct share *s = ctx;
    const struct keep_world *w = s->m->w;
    uint64_t *out = s->m->out.patient;
    uint32_t from = (uint32_t)s->from;
    for (size_t i = s->from; i < s->to; i++)
        out[i] = patient_print(s->m, &w->patient[i]);
    for (size_t i = keep_world_relations(w, from); i < w->relations && w->relation[i].patient < s->to; i++) {
        const struct keep_relation *r = &w->relation[i];
        out[r->patient] += relation_print(s->m, r);
        s->kinds |= 1u << r->kind;
        if (r->kind == KEEP_RELATION_DISCLOSURE && r->from > s->disclosed)
            s->disclosed = r->from;
    }
    for (size_t i = keep_world_encounters(w, from); i < w->encounters && w->encounter[i].patient < s->to; i++)
        out[w->encounter[i].patient] += encounter_print(&w->encounter[i]);
    for (size_t i = keep_world_contacts(w, from); i < w->contacts && w->contact[i].patient < s->to; i++)
        out[w->contact[i].patient] += contact_print(s->m, &w->contact[i]);
}

/* Gives all patients to the crew, in shares small enough to be even. */
static void give_patients(struct making *m, struct share *share, size_t shares, struct keep_crew *crew)
{
    for (size_t i = 0; i < shares; i++) {
        share[i] = (struct share){.job = {.run = print_patients, .ctx = &share[i]}, .m = m, .from = m->w->patients * i / shares, .to = m->w->patients * (i + 1) / shares, .disclosed = KEEP_TIME_NONE};
        keep_crew_give(crew, &share[i].job);
    }
}

/* ---- what concerns everybody ---- */

/* A source's word that it has every training makes others untrained, every duty off shift, every access makes accounts dormant. One that does not say so changes nothing
 * by coming in. */
static int print_vouched(struct making *m, struct keep_err *err)
{
    const struct keep_world *w = m->w;
    uint64_t h = m->out.whole;
    if (!(m->out.vouched = calloc(w->sources + 2, sizeof *m->out.vouched)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < w->sources; i++) {
        const struct keep_source *s = &w->source[i];
        if (!s->declared || !s->complete || s->unread)
            continue;
        h = mix(mix(mix(h, s->id), s->all_classes), s->all_facilities);
        for (size_t k = 0; k < s->classes; k++)
            h = mix_str(h, s->klass[k]);
        h = mix(mix(mix(h, (uint64_t)s->from), s->through != KEEP_DATE_NONE), (uint64_t)s->closed_on);
        m->out.vouched[m->out.vouches++] = (struct keep_prints_vouched){s->id, s->through};
    }
    m->out.whole = h;
    return 0;
}

/* Which kinds of relations are told of anybody; and the accounting of disclosures speaks for itself, through its last entry. */
static void print_told(struct making *m, bool vouched, const struct share *share, size_t shares)
{
    keep_time last = KEEP_TIME_NONE;
    uint32_t kinds = 0;
    for (size_t i = 0; i < shares; i++) {
        last = share[i].disclosed > last ? share[i].disclosed : last;
        kinds |= share[i].kinds;
    }
    m->out.whole = mix(m->out.whole, kinds);
    if (!vouched)
        return;
    keep_date day = last == KEEP_TIME_NONE ? KEEP_DATE_NONE : m->out.zone ? keep_zone_date(m->out.zone, last) : keep_civil_utc_date(last);
    m->out.vouched[m->out.vouches++] = (struct keep_prints_vouched){KEEP_PRINTS_DISCLOSURES, day};
}

keep_time keep_prints_since(const struct keep_prints *f, const struct keep_prints_vouched *before)
{
    keep_date last = KEEP_DATE_NONE; /* that was vouched for then and is now */
    for (size_t i = 0; i < f->vouches; i++) {
        keep_date was = before[i].through, is = f->vouched[i].through, both = was < is ? was : is;
        if (was != is && (last == KEEP_DATE_NONE || both < last))
            last = both;
    }
    if (last == KEEP_DATE_NONE || last == INT32_MAX)
        return KEEP_TIME_NONE;
    return f->zone ? keep_zone_instant(f->zone, last + 1, 0) : ((keep_time)last + 1) * 86400 * KEEP_USEC;
}

static void print_whole(struct making *m, struct keep_str zone)
{
    const struct keep_world *w = m->w;
    bool links = false, maps = false, leaves = false;
    uint64_t h = mix_str(9, zone);
    for (size_t i = 0; i < w->workers; i++)
        links |= w->worker[i].patient != KEEP_ID_NONE;
    for (size_t i = 0; i < w->accounts; i++)
        for (size_t k = 0; k < w->account[i].spans; k++)
            maps |= w->account[i].span[k].worker != KEEP_ID_NONE;
    for (size_t i = 0; i < w->duties; i++)
        leaves |= w->duty[i].kind == KEEP_DUTY_LEAVE;
    m->out.whole = mix(h, (uint64_t)links | (uint64_t)maps << 1 | (uint64_t)leaves << 2);
}

static uint64_t least(uint32_t n, int cut)
{
    return n < (uint32_t)cut ? n : (uint32_t)cut;
}

static int print_departments(struct making *m, int cut, struct keep_err *err)
{
    const struct keep_posts *posts = m->out.posts;
    int rc = cut == NOT_ASKED ? 0 : keep_edges_new(&m->out.edges, m->w, posts, err);
    const struct keep_edges *e = m->out.edges;
    if (rc || cut == NOT_ASKED)
        return rc;
    if (!(m->row = calloc(posts->names + 1, sizeof *m->row)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t a = 0; a < posts->names; a++) {
        m->row[a] = mix(10, least(keep_edges_size(e, a), cut));
        for (uint32_t b = 0; b <= posts->names; b++) {
            int n = keep_edges_count(e, a, b < posts->names ? b : KEEP_ID_NONE);
            m->row[a] += n > 0 ? mix(mix_str(11, b < posts->names ? posts->name[b] : KEEP_STR("")), least((uint32_t)n, cut)) : 0;
        }
    }
    return 0;
}

struct departments {
    struct keep_crew_job job;
    struct making *m;
    int cut, rc;
    struct keep_err err;
};

static void departments(void *ctx)
{
    struct departments *d = ctx;
    d->rc = print_departments(d->m, d->cut, &d->err);
}

int keep_prints_make(struct keep_prints *out, struct keep_crew *crew, const struct keep_policy *p, const struct keep_world *w, struct keep_str name, const struct keep_zone *zone,
                     struct keep_err *err)
{
    struct making m = {.w = w};
    struct asked asked = asked_of(p);
    struct departments d = {.job = {.run = departments, .ctx = &d}, .m = &m, .cut = asked.cut};
    struct share share[SHARES];
    int rc = (m.out.posts = calloc(1, sizeof *m.out.posts)) && keep_posts_init(m.out.posts, w) == 0 ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    m.out.patient = calloc(w->patients + 1, sizeof *m.out.patient);
    m.out.account = calloc(w->accounts + 1, sizeof *m.out.account);
    m.worker = calloc(w->workers + 1, sizeof *m.worker);
    m.post = calloc(w->workers + 1, sizeof *m.post);
    m.group = calloc(w->workers + 1, sizeof *m.group);
    if (!rc && !(m.out.patient && m.out.account && m.worker && m.post && m.group))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (!rc) {
        print_whole(&m, name);
        m.out.zone = zone;
        rc = asked.vouched ? print_vouched(&m, err) : 0;
    }
    if (!rc) {
        keep_crew_give(crew, &d.job);
        print_workers(&m);
        give_patients(&m, share, SHARES, crew);
        keep_crew_wait(crew, &d.job);
        if ((rc = d.rc) == 0)
            print_accounts(&m);
        else if (err)
            *err = d.err;
        for (size_t i = 0; i < SHARES; i++)
            keep_crew_wait(crew, &share[i].job);
        if (!rc)
            print_told(&m, asked.vouched, share, SHARES);
    }
    if (!rc)
        *out = m.out;
    else
        keep_prints_done(&m.out);
    free(m.worker);
    free(m.post);
    free(m.group);
    free(m.row);
    return rc;
}

void keep_prints_done(struct keep_prints *f)
{
    keep_edges_free(f->edges);
    if (f->posts)
        keep_posts_done(f->posts);
    free(f->posts);
    free(f->patient);
    free(f->account);
    free(f->vouched);
    *f = (struct keep_prints){0};
}
