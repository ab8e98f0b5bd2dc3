/* AuditEvent (FHIR R4; IHE BALP profiles it; R5 names where they differ).
 *
 * One event for each acting agent and each patient: an assistant and the
 * clinician acted for, or the patients of one query's answer. At least one event
 * always, so that no line of a log is lost. Agents act when requestor is true,
 * or when their type or role says that they are a person. Where only machines
 * asked, or nobody did, the people named act; where there are none, the first
 * agent. STU3's names are read where they differ. An event that says
 * that it is about a patient and not about whom goes to quarantine: taken as about
 * nobody, it would never be judged.
 *
 * Where the log says that an agent acted for another, that is told as a relation
 * of that instant besides: by HL7's extension OnBehalfOf of the agent, or as
 * an assistant beside a professional, by the roles of the Swiss record (CH ATC).
 *
 * Account: altId, which is what people log in with where a system has both, else
 * who.identifier.value, else who.reference as written, else who.display, else name. "#id"
 * means something inside its own AuditEvent only, so what it names there stands for it. */
#include "core/ingest/fhir.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/ingest/exposure.h"

/* Agents, entities, and agents times patients of one AuditEvent; the answer to the largest query of a real server has a page of it. */
#define EVENTS_LIMIT 4096

#define CONTAINED_LIMIT 64 /* resources inside one AuditEvent that are looked at; a writer that has them has one for each agent and patient */

/* What the codes of type, subtype, category and code say. */
struct kinds {
    size_t action;  /* the least of actions[] that is there, ACTIONS when none is */
    bool override;  /* DCM 110127, Emergency Override Started */
};

struct audit {
    struct keep_fhir_resource *r;
    const struct keep_json *json;
    struct keep_row_event row;
    struct kinds kinds;
    const struct keep_json **agent;
    struct keep_str *account; /* of each agent */
    size_t agents;
    struct keep_key *patient;
    size_t patients;
    bool nameless; /* it is about a patient and does not say about whom */
    struct keep_row_event *event;
    size_t events;
    struct keep_row_relation *relation;
    size_t relations;
};

/* --- what was done --- */

/* Codes of type and subtype: DICOM PS3.16 CID 400 and 401, FHIR restful-interaction, ISO 21089 lifecycle. The first that is there decides. */
#define CODE(z) {z, sizeof z - 1}
static const struct {
    struct keep_str code;
    enum keep_action action;
} actions[] = {
    {CODE("110122"), KEEP_ACTION_LOGIN},      {CODE("110123"), KEEP_ACTION_LOGOUT},     {CODE("print"), KEEP_ACTION_PRINT},
    {CODE("export"), KEEP_ACTION_EXPORT},     {CODE("disclose"), KEEP_ACTION_EXPORT},   {CODE("110106"), KEEP_ACTION_EXPORT},
    {CODE("110112"), KEEP_ACTION_SEARCH},     {CODE("search"), KEEP_ACTION_SEARCH},     {CODE("search-type"), KEEP_ACTION_SEARCH},
    {CODE("search-system"), KEEP_ACTION_SEARCH}, {CODE("read"), KEEP_ACTION_VIEW},      {CODE("vread"), KEEP_ACTION_VIEW},
    {CODE("history"), KEEP_ACTION_VIEW},      {CODE("history-instance"), KEEP_ACTION_VIEW}, {CODE("history-type"), KEEP_ACTION_VIEW},
    {CODE("create"), KEEP_ACTION_CREATE},     {CODE("update"), KEEP_ACTION_UPDATE},     {CODE("patch"), KEEP_ACTION_UPDATE},
    {CODE("delete"), KEEP_ACTION_DELETE},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

static struct kinds kinds_of(const struct keep_json *json)
{
    const struct keep_json *const members[] = {keep_json_get(json, "type"), keep_json_get(json, "subtype"), keep_json_get(json, "category"), keep_json_get(json, "code")};
    struct kinds k = {ACTIONS, false};
    const struct keep_json *concept, *one;
    for (size_t m = 0; m < sizeof members / sizeof *members; m++)
        for (size_t i = 0; (concept = keep_fhir_value_each(members[m], i)); i++)
            for (size_t c = 0; (one = keep_fhir_code_coding(concept, c)); c++) {
                struct keep_str code = keep_fhir_value_str(one, "code");
                k.override = k.override || keep_str_is(code, "110127");
                for (size_t a = 0; a < k.action; a++)
                    if (keep_str_eq(code, actions[a].code))
                        k.action = a;
            }
    return k;
}

static enum keep_action action_of(const struct keep_json *json, const struct kinds *kinds)
{
    static const char letters[] = "CRUDE";
    static const enum keep_action by_letter[] = {KEEP_ACTION_CREATE, KEEP_ACTION_VIEW, KEEP_ACTION_UPDATE, KEEP_ACTION_DELETE, KEEP_ACTION_EXECUTE};
    struct keep_str letter = keep_fhir_value_str(json, "action");
    if (kinds->action < ACTIONS)
        return actions[kinds->action].action;
    const char *hit = letter.n == 1 && letter.p[0] ? strchr(letters, letter.p[0]) : NULL;
    return hit ? by_letter[hit - letters] : KEEP_ACTION_UNKNOWN;
}

/* Numbers are R4's (audit-event-outcome), words R5's (issue-severity). */
static enum keep_outcome outcome_of(const struct keep_json *json)
{
    static const struct {
        const char *code;
        enum keep_outcome outcome;
    } outcomes[] = {{"0", KEEP_OUTCOME_SUCCESS},       {"4", KEEP_OUTCOME_MINOR},       {"8", KEEP_OUTCOME_SERIOUS},     {"12", KEEP_OUTCOME_MAJOR},
                    {"success", KEEP_OUTCOME_SUCCESS}, {"warning", KEEP_OUTCOME_MINOR}, {"error", KEEP_OUTCOME_SERIOUS}, {"fatal", KEEP_OUTCOME_MAJOR}};
    const struct keep_json *outcome = keep_json_get(json, "outcome");
    if (outcome && outcome->type == KEEP_JSON_OBJECT) /* R5 */
        outcome = keep_json_get(outcome, "code");
    struct keep_str code = keep_fhir_code_first(outcome);
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (keep_str_is(code, outcomes[i].code))
            return outcomes[i].outcome;
    return KEEP_OUTCOME_UNKNOWN;
}

/* --- why --- */

static unsigned weight(enum keep_purpose p)
{
    return p == KEEP_PURPOSE_BTG ? 4 : p == KEEP_PURPOSE_ETREAT ? 3 : p == KEEP_PURPOSE_UNKNOWN ? 0 : p == KEEP_PURPOSE_OTHER ? 1 : 2;
}

/* Takes the codes of a list of concepts in; an override weighs most, then the first known one. */
static void take_purposes(struct keep_row_event *row, const struct keep_json *list)
{
    const struct keep_json *concept, *one;
    for (size_t i = 0; (concept = keep_fhir_value_each(list, i)); i++) {
        const struct keep_json *codings = keep_json_get(concept, "coding");
        struct keep_str text = keep_fhir_value_str(concept, "text");
        for (size_t k = 0; (one = keep_fhir_value_each(codings, k)); k++) {
            int known = keep_vocab_purpose(keep_fhir_value_str(one, "code"));
            enum keep_purpose p = known < 0 ? KEEP_PURPOSE_OTHER : (enum keep_purpose)known;
            if (weight(p) > weight(row->purpose))
                row->purpose = p;
            if ((p == KEEP_PURPOSE_BTG || p == KEEP_PURPOSE_ETREAT) && text.p)
                row->reason = text;
        }
    }
}

static void take_override(struct keep_row_event *row, const struct kinds *kinds)
{
    if (row->purpose == KEEP_PURPOSE_BTG || row->purpose == KEEP_PURPOSE_ETREAT || kinds->override)
        row->break_glass = KEEP_TRI_YES;
    else
        row->break_glass = row->purpose == KEEP_PURPOSE_UNKNOWN ? KEEP_TRI_UNKNOWN : KEEP_TRI_NO;
}

/* --- who --- */

static bool is_person(const struct keep_json *agent)
{
    const struct keep_json *role;
    const struct keep_json *type = keep_json_get(agent, "type");
    if (keep_fhir_code_has(type, "humanuser") || keep_fhir_code_has(type, "IRCP")) /* extra-security-role-type; v3-ParticipationType */
        return true;
    for (size_t i = 0; (role = keep_fhir_value_each(keep_json_get(agent, "role"), i)); i++)
        if (keep_fhir_code_has(role, "HCP") || keep_fhir_code_has(role, "humanuser"))
            return true;
    return false;
}

/* The Reference of an agent or entity: name as of R4, STU3's "reference" otherwise. */
static const struct keep_json *reference_of(const struct keep_json *of, const char *name)
{
    const struct keep_json *v = keep_json_get(of, name);
    return v ? v : keep_json_get(of, "reference");
}

static bool is_inner(const struct keep_json *reference)
{
    struct keep_str s = keep_fhir_value_str(reference, "reference");
    return s.n && s.p[0] == '#';
}

/* The resource inside the AuditEvent that an inner reference names; NULL: there is none. */
static const struct keep_json *inner(const struct audit *a, const struct keep_json *reference)
{
    struct keep_str s = keep_fhir_value_str(reference, "reference");
    const struct keep_json *list = keep_json_get(a->json, "contained"), *one;
    for (size_t i = 0; is_inner(reference) && i < CONTAINED_LIMIT && (one = keep_fhir_value_each(list, i)); i++)
        if (keep_str_eq(keep_fhir_value_str(one, "id"), (struct keep_str){s.p + 1, s.n - 1}))
            return one;
    return NULL;
}

/* Does s, "Type", "base/Type" or "[base/]Type/id", name this type? */
static bool has_type(struct keep_str s, const char *type)
{
    size_t n = strlen(type);
    if (!s.n)
        return false;
    for (const char *end = s.p + s.n, *at = s.p; (at = memmem(at, (size_t)(end - at), type, n)); at++)
        if ((at == s.p || at[-1] == '/') && (at + n == end || at[n] == '/' || at[n] == '?'))
            return true;
    return false;
}

static bool leads_to(const struct audit *a, const struct keep_json *reference, const char *type)
{
    return has_type(keep_fhir_value_str(reference, "reference"), type) || has_type(keep_fhir_value_str(reference, "type"), type) ||
           has_type(keep_fhir_value_str(inner(a, reference), "resourceType"), type);
}

static bool names_person(const struct audit *a, const struct keep_json *agent)
{
    static const char *const people[] = {"Practitioner", "PractitionerRole", "Patient", "RelatedPerson"};
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        if (leads_to(a, reference_of(agent, "who"), people[i]))
            return true;
    return false;
}

static struct keep_str account_of(const struct audit *a, const struct keep_json *agent)
{
    const struct keep_json *who = reference_of(agent, "who"), *resource = inner(a, who);
    const struct keep_str names[] = {
        keep_fhir_value_str(agent, "altId"), keep_fhir_value_str(keep_json_get(who, "identifier"), "value"),
        keep_fhir_value_str(keep_json_get(agent, "userId"), "value"), /* STU3 */
        keep_fhir_value_str(keep_fhir_value_first(keep_json_get(resource, "identifier")), "value"),
        is_inner(who) ? (struct keep_str){NULL, 0} : keep_fhir_value_str(who, "reference"),
        keep_fhir_value_str(who, "display"), keep_fhir_value_str(agent, "name"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].n)
            return names[i];
    return (struct keep_str){NULL, 0};
}

static struct keep_str address_of(const struct keep_json *agent)
{
    struct keep_str s = keep_fhir_value_str(keep_json_get(agent, "network"), "address");
    if (s.n == 0)
        s = keep_fhir_value_str(agent, "networkString"); /* R5 */
    return s.n ? s : keep_fhir_value_str(agent, "networkUri");
}

static void add_agent(struct audit *a, const struct keep_json *agent)
{
    struct keep_str account = account_of(a, agent);
    for (size_t i = 0; i < a->agents; i++)
        if (keep_str_eq(a->account[i], account))
            return;
    a->account[a->agents] = account;
    a->agent[a->agents++] = agent;
}

/* Did machines alone act, or nobody? */
static bool machines_alone(const struct audit *a)
{
    for (size_t i = 0; i < a->agents; i++)
        if (is_person(a->agent[i]) || !leads_to(a, reference_of(a->agent[i], "who"), "Device"))
            return false;
    return true;
}

static int find_agents(struct audit *a, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(a->json, "agent"), *one;
    size_t room = keep_json_len(list) + 1;
    a->agent = keep_fhir_value_alloc(a->r->f, room, sizeof(const struct keep_json *), err);
    a->account = a->agent ? keep_fhir_value_alloc(a->r->f, room, sizeof *a->account, err) : NULL;
    if (!a->account)
        return err->code;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        if (keep_json_true(keep_json_get(one, "requestor")) || is_person(one))
            add_agent(a, one);
    if (machines_alone(a))
        for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
            if (names_person(a, one))
                add_agent(a, one);
    if (a->agents == 0)
        add_agent(a, keep_fhir_value_first(list)); /* may be NULL: nobody was written down */
    return 0;
}

/* Where an agent without an address of its own worked from: the first machine that has one. */
static struct keep_str place_of(const struct keep_json *json)
{
    const struct keep_json *list = keep_json_get(json, "agent"), *one;
    struct keep_str s = {NULL, 0};
    for (size_t i = 0; s.n == 0 && (one = keep_fhir_value_each(list, i)); i++)
        s = address_of(one);
    return s;
}

/* --- about whom --- */

/* By a reference, where it leads to a patient, else by an identifier, where the entity is one. */
static struct keep_key patient_by(struct audit *a, const struct keep_json *reference, const struct keep_json *identifier, bool is_patient)
{
    const struct keep_json *resource = inner(a, reference);
    struct keep_key key = {.kind = KEEP_ENTITY_NONE};
    if (is_patient || leads_to(a, reference, "Patient"))
        key = keep_fhir_key(a->r->f, reference, KEEP_ENTITY_PATIENT);
    if (key.kind == KEEP_ENTITY_NONE && resource && leads_to(a, reference, "Patient"))
        key = keep_fhir_key_identifier(a->r->f, keep_fhir_value_first(keep_json_get(resource, "identifier")), KEEP_ENTITY_PATIENT);
    if (key.kind == KEEP_ENTITY_NONE && is_patient)
        key = keep_fhir_key_identifier(a->r->f, identifier, KEEP_ENTITY_PATIENT);
    return key;
}

static struct keep_key patient_of(struct audit *a, const struct keep_json *entity)
{
    const struct keep_json *what = reference_of(entity, "what"), *role = keep_json_get(entity, "role"), *identifier = keep_json_get(what, "identifier");
    bool is_patient = role ? keep_fhir_code_has(role, "1") : keep_fhir_code_has(keep_json_get(entity, "type"), "1");
    struct keep_key key = patient_by(a, what, identifier ? identifier : keep_json_get(entity, "identifier"), is_patient);
    if (key.kind == KEEP_ENTITY_NONE && role && is_patient)
        a->nameless = true;
    return key;
}

static void add_patient(struct audit *a, struct keep_key key)
{
    if (key.kind == KEEP_ENTITY_NONE)
        return;
    for (size_t i = 0; i < a->patients; i++)
        if (keep_fhir_key_same(&a->patient[i], &key))
            return;
    a->patient[a->patients++] = key;
}

static int find_patients(struct audit *a, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(a->json, "entity"), *one;
    a->patient = keep_fhir_value_alloc(a->r->f, keep_json_len(list) + 2, sizeof *a->patient, err);
    if (!a->patient)
        return err->code;
    const struct keep_json *patient = keep_json_get(a->json, "patient"); /* R5 */
    struct keep_key key = patient_by(a, patient, keep_json_get(patient, "identifier"), true);
    a->nameless = patient && key.kind == KEEP_ENTITY_NONE;
    add_patient(a, key);
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        add_patient(a, patient_of(a, one));
    return 0;
}

/* entity.query is base64; one that is not is kept as it stands. */
static int find_query(struct audit *a, struct keep_err *err)
{
    struct keep_fhir *f = a->r->f;
    const struct keep_json *list = keep_json_get(a->json, "entity"), *one;
    struct keep_str s = {NULL, 0};
    for (size_t i = 0; s.n == 0 && (one = keep_fhir_value_each(list, i)); i++)
        s = keep_fhir_value_str(one, "query");
    a->row.query = s;
    keep_buf_clear(&f->scratch);
    if (s.n == 0 || !keep_codec_unbase64(&f->scratch, s, true) || f->scratch.failed)
        return 0;
    char *p = keep_fhir_value_alloc(f, f->scratch.n, 1, err);
    if (!p)
        return err->code;
    if (f->scratch.n)
        memcpy(p, f->scratch.p, f->scratch.n);
    a->row.query = (struct keep_str){p, f->scratch.n};
    return 0;
}

/* --- events --- */

/* The events' time: when it happened, else when it was recorded. NONE: no instant was recorded. */
static keep_time time_of(struct keep_fhir *f, const struct keep_json *json)
{
    static const char *const occurred[] = {"period", "occurredPeriod", "occurredDateTime"};
    struct keep_fhir_when when, recorded = keep_fhir_value_when(f, keep_json_get(json, "recorded"));
    if (recorded.from == KEEP_TIME_NONE || recorded.to != KEEP_TIME_NONE)
        return KEEP_TIME_NONE;
    for (size_t i = 0; i < sizeof occurred / sizeof *occurred; i++) {
        const struct keep_json *v = keep_json_get(json, occurred[i]), *start = keep_json_get(v, "start");
        when = keep_fhir_value_when(f, start ? start : v);
        if (when.from != KEEP_TIME_NONE && when.to == KEEP_TIME_NONE)
            return when.from;
    }
    return recorded.from;
}

/* The nth event; the first has the resource's own id. */
static int add_event(struct audit *a, size_t nth, size_t who, const struct keep_key *patient, struct keep_err *err)
{
    enum { SUFFIX = 24 };
    const struct keep_json *agent = a->agent[who];
    struct keep_row_event row = a->row;
    struct keep_str id = keep_fhir_value_str(a->json, "id");
    row.account = a->account[who];
    row.account_name = keep_fhir_value_str(agent, "name");
    if (row.account_name.n == 0)
        row.account_name = keep_fhir_value_str(keep_json_get(agent, "who"), "display");
    if (address_of(agent).n)
        row.place = address_of(agent);
    row.unit = keep_fhir_value_str(keep_json_get(agent, "location"), "display");
    if (patient)
        row.patient = *patient;
    row.exposure = keep_exposure_had(keep_exposure_told(row.action, patient != NULL), row.outcome);
    take_purposes(&row, keep_json_get(agent, "purposeOfUse"));
    take_purposes(&row, keep_json_get(agent, "authorization"));
    take_override(&row, &a->kinds);
    row.native_id = id;
    if (nth > 0 && id.n) {
        char *p = keep_fhir_value_alloc(a->r->f, id.n + SUFFIX, 1, err);
        if (!p)
            return err->code;
        memcpy(p, id.p, id.n);
        int n = snprintf(p + id.n, SUFFIX, "#%zu", nth + 1);
        row.native_id = (struct keep_str){p, id.n + (size_t)n};
    }
    a->event[nth] = row;
    return 0;
}

/* --- for whom --- */

#define ON_BEHALF_OF "http://hl7.org/fhir/StructureDefinition/auditevent-OnBehalfOf"
#define EPR_ROLE "urn:oid:2.16.756.5.30.1.127.3.10.6"

static bool has_role(const struct keep_json *agent, const char *code)
{
    const struct keep_json *role, *one;
    for (size_t i = 0; (role = keep_fhir_value_each(keep_json_get(agent, "role"), i)); i++)
        for (size_t c = 0; (one = keep_fhir_code_coding(role, c)); c++)
            if (keep_str_is(keep_fhir_value_str(one, "system"), EPR_ROLE) && keep_str_is(keep_fhir_value_str(one, "code"), code))
                return true;
    return false;
}

/* Whom the agent acted for; NULL: the log says of nobody. */
static const struct keep_json *acted_for(const struct audit *a, const struct keep_json *agent)
{
    const struct keep_json *list = keep_json_get(agent, "extension"), *one;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        if (keep_str_is(keep_fhir_value_str(one, "url"), ON_BEHALF_OF))
            return keep_json_get(one, "valueReference");
    for (size_t i = 0; has_role(agent, "ASS") && i < a->agents; i++)
        if (has_role(a->agent[i], "HCP"))
            return keep_json_get(a->agent[i], "who");
    return NULL;
}

static int add_behalf(struct audit *a, const struct keep_json *agent, const struct keep_key *patient, struct keep_err *err)
{
    const struct keep_json *other = agent ? acted_for(a, agent) : NULL;
    struct keep_row_relation row = {.at = a->r->at, .kind = KEEP_RELATION_BEHALF, .patient = *patient, .from = a->row.time, .to = KEEP_TIME_NONE, .recorded = a->row.time};
    if (!other)
        return 0;
    row.worker = keep_fhir_key(a->r->f, keep_json_get(agent, "who"), KEEP_ENTITY_WORKER);
    row.author = keep_fhir_key(a->r->f, other, KEEP_ENTITY_WORKER);
    if (row.worker.kind == KEEP_ENTITY_NONE || row.author.kind == KEEP_ENTITY_NONE || keep_fhir_key_same(&row.worker, &row.author))
        return 0;
    if (!a->relation && !(a->relation = keep_fhir_value_alloc(a->r->f, a->agents * a->patients, sizeof *a->relation, err)))
        return err->code;
    a->relation[a->relations++] = row;
    return 0;
}

static int add_all(struct audit *a, struct keep_err *err)
{
    size_t nth = 0;
    int rc = 0;
    a->event = keep_fhir_value_alloc(a->r->f, a->agents * (a->patients ? a->patients : 1), sizeof *a->event, err);
    if (!a->event)
        return err->code;
    for (size_t g = 0; rc == 0 && g < a->agents; g++)
        for (size_t p = 0; rc == 0 && (p < a->patients || p == 0); p++)
            rc = add_event(a, nth++, g, p < a->patients ? &a->patient[p] : NULL, err);
    a->events = nth;
    for (size_t g = 0; rc == 0 && g < a->agents; g++)
        for (size_t p = 0; rc == 0 && p < a->patients; p++)
            rc = add_behalf(a, a->agent[g], &a->patient[p], err);
    return rc;
}

int keep_fhir_audit_read(struct keep_fhir_resource *r, struct keep_fhir_audit *out, struct keep_err *err)
{
    static const char nameless[] = "an AuditEvent about a patient whom it does not identify";
    static const char too_many[] = "an AuditEvent of more than 4096 agents, entities, or agents times patients";
    struct audit a = {.r = r, .json = r->json};
    keep_time time = time_of(r->f, r->json);
    *out = (struct keep_fhir_audit){.bytes = r->json->span, .refusal = time == KEEP_TIME_NONE ? "an AuditEvent without the instant it was recorded at" : too_many};
    if (time == KEEP_TIME_NONE)
        return 0;
    if (keep_json_len(keep_json_get(r->json, "agent")) > EVENTS_LIMIT || keep_json_len(keep_json_get(r->json, "entity")) > EVENTS_LIMIT)
        return 0;
    a.kinds = kinds_of(r->json);
    a.row = (struct keep_row_event){
        .at = r->at,
        .time = time,
        .action = action_of(r->json, &a.kinds),
        .outcome = outcome_of(r->json),
        .place = place_of(r->json),
        .raw = r->json->span,
    };
    take_purposes(&a.row, keep_json_get(r->json, "purposeOfEvent"));
    take_purposes(&a.row, keep_json_get(r->json, "authorization"));
    int rc = find_query(&a, err);
    if (rc == 0)
        rc = find_agents(&a, err);
    if (rc == 0)
        rc = find_patients(&a, err);
    if (rc == 0 && a.nameless) {
        out->refusal = nameless;
        return 0;
    }
    if (rc < 0 || a.agents * (a.patients ? a.patients : 1) > EVENTS_LIMIT || (rc = add_all(&a, err)) < 0)
        return rc;
    *out = (struct keep_fhir_audit){.event = a.event, .events = a.events, .relation = a.relation, .relations = a.relations, .bytes = r->json->span};
    return 0;
}

int keep_fhir_audit_emit(struct keep_fhir *f, const struct keep_fhir_audit *a, struct keep_origin at, struct keep_err *err)
{
    int rc = 0;
    if (a->refusal)
        return keep_fhir_refuse(f, at, a->bytes, a->refusal, err);
    for (size_t i = 0; rc >= 0 && i < a->events; i++)
        rc = f->sink->event(f->sink->ctx, &a->event[i], err);
    for (size_t i = 0; rc >= 0 && i < a->relations; i++)
        rc = f->sink->relation(f->sink->ctx, &a->relation[i], err);
    return rc < 0 ? rc : 0;
}
