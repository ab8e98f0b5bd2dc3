/* An order tells a custodian what to destroy by the locators that the custodian's
 * own system goes by. Where a record has none, the key under which its source knows
 * it stands in its place. Names, dates and diagnoses are no part of it.
 *
 * What must outlive the records (`residue`) binds whoever holds the official copy:
 * it is told item by item. */
#include "core/work/orderrun.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/retention/plan.h"
#include "core/store/load.h"

struct item {
    struct keep_str custodian, locator;
    uint32_t set; /* index in r->set */
    uint64_t records;
};

struct place { /* a record of one of the sets */
    uint64_t record;
    uint32_t set;
};

struct making {
    struct keep_store *s;
    const struct keep_orderrun *r;
    struct keep_arena *a;
    struct place *place;
    size_t places;
    struct item *item;
    size_t items, cap;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

bool keep_orderrun_custodian(const struct keep_set *set)
{
    for (size_t i = 0; i < set->custodian.n; i++) /* names with "; " between, any of which may be empty */
        if (set->custodian.p[i] != ';' && set->custodian.p[i] != ' ')
            return true;
    return false;
}

static int by_record(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->record < y->record ? -1 : x->record > y->record;
}

static int by_custodian(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int c = keep_str_order(x->custodian, y->custodian);
    if (!c)
        c = keep_str_order(x->locator, y->locator);
    return c ? c : x->set < y->set ? -1 : x->set > y->set;
}

/* --- what there is to order --- */

static int gather_places(struct making *m, struct keep_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < m->r->sets; i++)
        n += m->r->set[i] && keep_orderrun_custodian(m->r->set[i]) ? m->r->set[i]->records : 0;
    m->place = keep_arena_array(m->a, n + 1, sizeof *m->place);
    if (!m->place)
        return no_memory(err);
    for (size_t i = 0; i < m->r->sets; i++)
        for (size_t k = 0; m->r->set[i] && keep_orderrun_custodian(m->r->set[i]) && k < m->r->set[i]->records; k++)
            m->place[m->places++] = (struct place){m->r->set[i]->record[k], (uint32_t)i};
    qsort(m->place, m->places, sizeof *m->place, by_record);
    return 0;
}

/* By its locator, else by what its source calls it. */
static int locator_of(struct making *m, const struct keep_record *rec, struct keep_str *out, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = true;
    int rc = 0;
    if (rec->locator.n) {
        keep_buf_add(&b, rec->locator.p, rec->locator.n);
    } else {
        keep_buf_str(&b, "record ");
        rc = keep_load_record_key(m->s, rec->id, &b, err);
    }
    for (size_t i = 0; i < b.n; i++)
        if ((unsigned char)b.p[i] < ' ')
            b.p[i] = ' '; /* one item, one line */
    *out = keep_arena_str(m->a, keep_buf_view(&b), &ok);
    if (rc == 0 && (b.failed || !ok))
        rc = no_memory(err);
    keep_buf_free(&b);
    return rc;
}

static int add_item(struct making *m, const struct keep_record *rec, uint32_t set, struct keep_err *err)
{
    bool ok = true;
    if (!keep_arena_grow(m->a, &m->item, &m->cap, m->items + 1, sizeof *m->item, 64))
        return no_memory(err);
    struct item *it = &m->item[m->items];
    *it = (struct item){.custodian = keep_arena_str(m->a, rec->custodian, &ok), .set = set, .records = 1};
    int rc = ok ? locator_of(m, rec, &it->locator, err) : no_memory(err);
    m->items += rc == 0;
    return rc;
}

/* Items at one place of one set become one. */
static void join_items(struct making *m)
{
    size_t n = 0;
    if (m->items)
        qsort(m->item, m->items, sizeof *m->item, by_custodian);
    for (size_t i = 0; i < m->items; i++) {
        if (n && by_custodian(&m->item[n - 1], &m->item[i]) == 0)
            m->item[n - 1].records += m->item[i].records;
        else
            m->item[n++] = m->item[i];
    }
    m->items = n;
}

static int gather_items(struct making *m, struct keep_err *err)
{
    struct keep_load_records *open = NULL;
    struct keep_record_scan scan;
    struct keep_record rec;
    int more = 0, rc = gather_places(m, err);
    if (rc == 0 && m->places == 0)
        return 0;
    if (rc == 0)
        rc = keep_load_records_open(&open, m->s, &m->r->d->world, &scan, err);
    while (rc == 0 && (more = scan.next(scan.ctx, &rec, err)) == 1) {
        const struct place *at = bsearch(&(struct place){rec.id, 0}, m->place, m->places, sizeof *at, by_record);
        if (at && rec.custodian.n && (rec.custody == KEEP_CUSTODY_COPY || rec.custody == KEEP_CUSTODY_INDEX))
            rc = add_item(m, &rec, at->set, err);
    }
    keep_load_records_close(open);
    if (rc == 0)
        join_items(m);
    return rc < 0 ? rc : more < 0 ? more : 0;
}

/* --- an order --- */

/* What must outlive the records of a set, as its rules say it. */
static void residues(const struct making *m, const struct keep_set *set, struct keep_buf *b)
{
    const struct keep_policy *p = m->r->d->in.policy;
    for (size_t i = 0; i < set->steps; i++) {
        const struct keep_retention *rule = &p->retention[set->step[i].rule];
        for (size_t k = 0; !set->step[i].replaced && k < rule->residues; k++) {
            keep_buf_str(b, "\t  keep: ");
            keep_buf_add(b, rule->residue[k].what.p, rule->residue[k].what.n);
            if (rule->residue[k].years == KEEP_RESIDUE_PERMANENT)
                keep_buf_str(b, ", permanently");
            else
                keep_buf_printf(b, ", %d years more", (int)rule->residue[k].years);
            keep_buf_str(b, " (");
            keep_buf_add(b, rule->cite.n ? rule->cite.p : rule->id.p, rule->cite.n ? rule->cite.n : rule->id.n);
            keep_buf_str(b, ")\n");
        }
    }
}

static void write_text(const struct making *m, const struct keep_order *o, const struct item *it, size_t n, struct keep_buf *b)
{
    struct keep_str role = m->r->who->role;
    char day[KEEP_CIVIL_DATE_SIZE], hex[33], key[17];
    keep_codec_hex(keep_store_id(m->s), 16, hex);
    keep_sign_id_text(m->r->who->key.id, key);
    keep_buf_printf(b, "DESTRUCTION ORDER %s\n\nto          %.*s\nfrom        %.*s, key %s, of the keep %s\ndate        %s\nplan        %.*s\n\n", o->id.p, (int)o->custodian.n, o->custodian.p,
                    (int)role.n, role.p, key, hex, keep_civil_format_date(m->r->today, day), (int)o->plan.n, o->plan.p);
    keep_buf_str(b, "Destroy the records at the places listed, and every copy and backup of them that you hold.\n"
                    "Where you hold one back, for a hold, a request or a law of your own, say which and why.\n"
                    "Answer with a certificate that names this order, the day, the method, who destroyed, who\n"
                    "witnessed it, and what was not found. What is marked \"keep\" must outlive the records.\n\n");
    keep_buf_printf(b, "%zu places, %llu records\n", n, (unsigned long long)o->records);
    for (size_t i = 0; i < n; i++) {
        keep_buf_printf(b, "%zu\t%.*s\t%llu\n", i + 1, (int)it[i].locator.n, it[i].locator.p, (unsigned long long)it[i].records);
        residues(m, m->r->set[it[i].set], b);
    }
}

/* The sets of its items, each once, in order. */
static int sets_of(struct making *m, struct keep_order *o, const struct item *it, size_t n, struct keep_err *err)
{
    uint8_t(*set)[16] = keep_arena_array(m->a, n, sizeof *set);
    size_t kept = 0;
    if (!set)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        memcpy(set[i], m->r->set[it[i].set]->id, 16);
    qsort(set, n, sizeof *set, keep_plan_by_id);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || memcmp(set[kept - 1], set[i], 16) != 0)
            memmove(set[kept++], set[i], 16);
    o->set = (const uint8_t(*)[16])set;
    o->sets = kept;
    return 0;
}

static int one_order(struct making *m, const struct item *it, size_t n, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    char id[KEEP_ORDERBOOK_ID + 1];
    struct keep_order o = {.custodian = it->custodian, .plan = m->r->plan};
    keep_orderbook_id(id);
    o.id = keep_str_of(id);
    for (size_t i = 0; i < n; i++)
        o.records += it[i].records;
    int rc = sets_of(m, &o, it, n, err);
    if (rc == 0) {
        write_text(m, &o, it, n, &text);
        rc = text.failed ? no_memory(err) : keep_sign_message(&sig, m->r->officer, text.p, text.n, "destruction order", "chartkeep destruction order", err);
    }
    if (rc == 0) {
        struct keep_orderbook_entry e = {.order = &o, .text = keep_buf_view(&text), .text_signature = keep_buf_view(&sig), .officer = m->r->officer, .role = m->r->who->role};
        rc = keep_orderbook_enter(m->s, &e, err);
    }
    keep_buf_free(&text);
    keep_buf_free(&sig);
    return rc;
}

int keep_orderrun_make(struct keep_store *s, const struct keep_orderrun *r, size_t *orders, struct keep_err *err)
{
    struct making m = {.s = s, .r = r, .a = keep_arena_new(0)};
    size_t made = 0;
    int rc = m.a ? gather_items(&m, err) : no_memory(err);
    if (rc == 0 && m.items) {
        rc = keep_txn_begin(s, KEEP_LEDGER_ORDER, err);
        for (size_t i = 0, next; rc == 0 && i < m.items; i = next) {
            for (next = i + 1; next < m.items && keep_str_eq(m.item[next].custodian, m.item[i].custodian);)
                next++;
            rc = one_order(&m, &m.item[i], next - i, err);
            made++;
        }
        rc = keep_txn_end(s, rc, err);
    }
    keep_arena_free(m.a);
    if (rc == 0)
        *orders = made;
    return rc;
}
