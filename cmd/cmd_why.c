/* why: how a verdict came about. One EVENT (SOURCE:ORDINAL), CASE or SET. */
#include <stdio.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/store/sets.h"
#include "core/work/auditrun.h"
#include "core/work/casework.h"
#include "core/work/dates.h"
#include "core/work/loglimits.h"

enum { LEAST = 6 }; /* digits of an id: fewer are often several things' */

struct shown {
    struct keep_auditrun *a;
};

static int each_proof(void *ctx, const struct keep_audit_proof *p, struct keep_err *err)
{
    struct shown *s = ctx;
    const struct keep_policy *pol = s->a->in.policy;
    struct keep_str id = p->access ? pol->access[p->index].id : pol->explanation[p->index].id;
    char when[KEEP_CIVIL_TIME_SIZE];
    (void)err;
    cmd_out("  %-12s %-32.*s %s", p->access ? (pol->access[p->index].evidence ? "evidence" : "rule") : "explanation", (int)id.n, id.p,
            p->outcome == KEEP_TRI_YES ? (p->access ? "fires" : "holds") : p->outcome == KEEP_TRI_NO ? "no" : "cannot be told");
    if (p->outcome == KEEP_TRI_UNKNOWN && p->missing.n)
        cmd_out(": %.*s is not recorded", (int)p->missing.n, p->missing.p);
    if (p->relation)
        cmd_out(": %s of %s (relation %llu)", keep_vocab_relation_kind_word(p->relation->kind), keep_civil_format_time(p->relation->from, when), (unsigned long long)p->relation->row);
    if (p->exception)
        cmd_out(": excepted by %.*s (%.*s: %.*s)", (int)p->exception->id.n, p->exception->id.p, (int)p->exception->owner.n, p->exception->owner.p, (int)p->exception->reason.n,
                p->exception->reason.p);
    if (p->own_late_fact)
        cmd_out("; a fact the user wrote down after looking was left out");
    cmd_out("\n");
    return 0;
}

/* The access itself, and what ties the two around that time. */
static int tell_access(struct cmd *c, struct keep_auditrun *a, struct keep_event_id id, keep_time *at)
{
    static const uint8_t scope[16] = "events"; /* as in audit --events */
    const struct keep_casebook_case one = {.event = &id, .events = 1};
    struct keep_casework w = {.store = c->store, .arena = a->arena, .world = a->world, .people = true};
    struct keep_casework_access *x = NULL;
    char when[KEEP_CIVIL_TIME_SIZE], day[KEEP_CIVIL_DATE_SIZE];
    size_t n = 0;
    int rc = keep_casework_accesses(&w, &one, &x, &n, &c->err);
    if (rc < 0 || n == 0)
        return rc;
    struct keep_str account = KEEP_STR("no account"), patient = KEEP_STR("no patient");
    if (x->account != KEEP_ID_NONE)
        account = keep_mask_text(&a->mask, scope, sizeof scope, "account", a->world.account[x->account].entity, a->world.account[x->account].login);
    if (x->patient != KEEP_ID_NONE)
        patient = keep_mask_text(&a->mask, scope, sizeof scope, "patient", a->world.patient[x->patient].entity, a->world.patient[x->patient].mrn);
    cmd_out("%s: %.*s, %.*s; %s, %s; on file within a month: ", keep_civil_format_time(x->time, when), (int)account.n, account.p, (int)patient.n, patient.p, keep_vocab_action_word(x->action),
            keep_vocab_exposure_word(x->exposure));
    if (x->relation)
        cmd_out("%s of %s (relation %llu)\n", keep_vocab_relation_kind_word(x->relation->kind), keep_zone_format_date(a->zone, x->relation->from, day), (unsigned long long)x->relation->row);
    else
        cmd_out("no relation of the user's own\n");
    *at = x->time;
    return 0;
}

static int tell_limits(struct cmd *c, keep_time at)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_loglimits_write(c->store, at, at, &b, &c->err);
    if (rc == 0)
        cmd_out_bytes(b.p, b.n);
    keep_buf_free(&b);
    return rc;
}

static int why_event(struct cmd *c, struct keep_auditrun *a, struct keep_event_id id)
{
    struct shown s = {a};
    enum keep_verdict v;
    int rc = keep_audit_prove(&a->in, id, &v, each_proof, &s, &c->err);
    if (rc == 1)
        return keep_err_set(&c->err, KEEP_E_USAGE, "no such event in this keep");
    if (rc == 0)
        cmd_out("verdict: %s\n", keep_vocab_verdict_word((int)v));
    return rc;
}

static int why_case(struct cmd *c, struct keep_auditrun *a, struct keep_str hex)
{
    char id[33];
    int rc = keep_auditrun_run(a, &c->err);
    for (size_t i = 0; rc == 0 && i < a->result.case_n; i++) {
        const struct keep_case *k = &a->result.cases[i];
        keep_codec_hex(k->id, 16, id);
        if (hex.n > 32 || strncmp(id, hex.p, hex.n) != 0)
            continue;
        struct keep_str user = keep_auditrun_user(a, k), patient = keep_auditrun_patient(a, k), account = keep_auditrun_account(a, k), said = keep_mask_clear(&a->mask, k->sentence);
        cmd_out("case %s: %.*s (%s, score %d)\n  %.*s\n", id, (int)k->rule.n, k->rule.p, keep_vocab_severity_word((int)k->severity), (int)k->score, (int)said.n, said.p);
        const struct {
            const char *what;
            struct keep_str who;
        } of[] = {{"user", user}, {"account", account}, {"patient", patient}};
        const char *before = " ";
        for (size_t w = 0; w < sizeof of / sizeof *of; w++)
            if (of[w].who.n) {
                cmd_out("%s %s %.*s", before, of[w].what, (int)of[w].who.n, of[w].who.p);
                before = ",";
            }
        cmd_out("\n");
        cmd_out("  authority: %.*s\n", (int)k->authority.n, k->authority.n ? k->authority.p : "");
        if (k->evidence.n)
            cmd_out("  evidence: %.*s\n", (int)k->evidence.n, k->evidence.p);
        if (k->expected_reason.n)
            cmd_out("  a reason on file: %.*s\n", (int)k->expected_reason.n, k->expected_reason.p);
        if (k->missing_fact.n)
            cmd_out("  would be expected with: %.*s\n", (int)k->missing_fact.n, k->missing_fact.p);
        struct keep_str text = keep_auditrun_event_text(a, k->event[0]);
        cmd_out("its first access, %.*s:\n", (int)text.n, text.p);
        rc = why_event(c, a, k->event[0]);
        if (rc == 0 && k->events > 1)
            cmd_out("and %zu more:", k->events - 1);
        for (size_t e = 1; rc == 0 && e < k->events; e++) {
            text = keep_auditrun_event_text(a, k->event[e]);
            cmd_out(" %.*s", (int)text.n, text.p);
        }
        if (rc == 0 && k->events > 1)
            cmd_out("\n");
        return rc < 0 ? rc : 1;
    }
    return rc;
}

struct past {
    struct keep_str hex; /* what its id begins with */
    keep_time at;        /* KEEP_TIME_NONE: none was destroyed */
};

static int past_set(void *ctx, const struct keep_set_state *st, struct keep_err *err)
{
    struct past *p = ctx;
    char hex[33];
    (void)err;
    keep_codec_hex(st->set, sizeof st->set, hex);
    if (st->status == KEEP_SET_DESTROYED && p->hex.n >= LEAST && p->hex.n <= 32 && memcmp(hex, p->hex.p, p->hex.n) == 0)
        p->at = st->at;
    return 0;
}

/* No set has the id today: one that was destroyed may have had it. */
static int why_gone(struct cmd *c, struct keep_str hex)
{
    struct past p = {hex, KEEP_TIME_NONE};
    char at[KEEP_CIVIL_TIME_SIZE];
    int rc = keep_sets_all(c->store, past_set, &p, &c->err);
    if (rc == 0 && p.at == KEEP_TIME_NONE)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no event, case or set of this keep has that id (or more than one set begins with it)");
    if (rc == 0)
        cmd_out("set %.*s was destroyed at %s: the certificate of its plan says under which rule, and by whose approval\n", (int)hex.n, hex.p, keep_civil_format_time(p.at, at));
    return rc;
}

static int why_set(struct cmd *c, const struct keep_packs *packs, struct keep_str hex)
{
    struct keep_dates d = {0};
    const struct keep_set *set;
    struct keep_buf b = KEEP_BUF_INIT;
    keep_date as_of;
    int rc = cmd_date(c, "as-of", &as_of);
    if (rc == 0 && as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &as_of, &c->err);
    if (rc == 0)
        rc = keep_dates_run(&d, c->store, packs, as_of, cmd_progress, "record sets", &c->err);
    if (rc == 0 && keep_dates_find(&d, hex, &set) != 0) {
        rc = why_gone(c, hex);
    } else if (rc == 0) {
        keep_retention_why(set, &d.in, &b);
        cmd_out_bytes(b.p, b.n);
    }
    keep_buf_free(&b);
    keep_dates_free(&d);
    return rc;
}

static int why(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_auditrun *a = keep_arena_alloc(c->arena, sizeof *a);
    struct keep_str what = keep_str_of(c->operand[1]);
    struct keep_event_id id;
    if (!a)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0)
        rc = keep_auditrun_open(a, c->store, &packs, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, &c->err);
    if (rc == 0)
        rc = cmd_threads(c, CMD_AUDIT_FEW, KEEP_AUDIT_THREADS, &a->in.threads);
    if (rc == 0 && keep_auditrun_event_id(a, what, &id)) {
        keep_time at = KEEP_TIME_NONE;
        rc = tell_access(c, a, id, &at);
        if (rc == 0)
            rc = why_event(c, a, id);
        if (rc == 0)
            rc = tell_limits(c, at);
    } else if (rc == 0) {
        rc = what.n >= LEAST ? why_case(c, a, what) : 0;
        rc = rc == 1 ? 0 : rc == 0 ? why_set(c, &packs, what) : rc;
    }
    keep_auditrun_free(a);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_why = {
    .name = "why", .operands = "KEEP EVENT|CASE|SET", .min = 2, .max = 2, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_TRIES | CMD_LONG,
    .summary = "every rule considered for one access, case or record set",
    .about = "EVENT is SOURCE:ORDINAL, CASE and SET are ids as audit and retention print them (their first six characters or more).\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("as-of", "DATE", "today", "the day to judge a set by")),
    .exits = CMD_EXITS({6, "no rules are adopted"}),
    .example = CMD_EXAMPLES({"chartkeep why hospital.keep access:1042", "one access"},
                            {"chartkeep why hospital.keep 7f09a1", "a case or a set"}),
    .run = why};
