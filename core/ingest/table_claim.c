/* A row that is a claim: its record, with lines and diagnoses in the forms of
 * core/model/codetable.h, and whoever gave the care as part of the team of those
 * days. Modifiers, units and indicators stand in cells of their own, one word for
 * each code of the other cell, "-" for none. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/ingest/table_cell.h"
#include "core/model/codetable.h"

enum {
    TEXT = 24 * 1024, /* of all lines and diagnoses of one claim: as many as a cell can have codes */
    MODIFIERS = 200,  /* bytes of one line: it has four, of two each */
};

struct claim {
    struct keep_code code[3 * KEEP_TABLE_CODES + 1];
    size_t n;
    char text[TEXT];
    size_t used;
};

static struct keep_str word(struct keep_str *cell)
{
    while (cell->n && cell->p[0] == ' ') {
        cell->p++;
        cell->n--;
    }
    const char *blank = cell->n ? memchr(cell->p, ' ', cell->n) : NULL;
    struct keep_str out = {cell->p, blank ? (size_t)(blank - cell->p) : cell->n};
    cell->p += out.n;
    cell->n -= out.n;
    return out;
}

/* One word of a cell, "-" for none. */
static struct keep_str said(struct keep_str *cell)
{
    struct keep_str out = word(cell);
    return keep_str_is(out, "-") ? (struct keep_str){NULL, 0} : out;
}

/* 1 refused. */
static int put(struct keep_table_line *l, struct claim *c, const char *system, int n)
{
    if (n < 0 || (size_t)n >= TEXT - c->used)
        return keep_table_cell_refuse(l->t, "more than %d bytes of codes in one claim", TEXT);
    c->code[c->n++] = (struct keep_code){keep_str_of(system), {c->text + c->used, (size_t)n}};
    c->used += (size_t)n;
    return 0;
}

#define S(s) (int)(s).n, (s).n ? (s).p : ""

/* "25,59"; 837 writes 25:59, and some write 25/59 or rt. */
static struct keep_str modifiers_of(struct keep_str said, char z[MODIFIERS])
{
    size_t n = 0;
    for (; n < said.n && n < MODIFIERS; n++)
        z[n] = said.p[n] == ':' || said.p[n] == '/' ? ',' : (char)toupper((unsigned char)said.p[n]);
    return (struct keep_str){z, n};
}

/* day: the claim's only one; NONE: of several nothing says which is a line's. */
static int lines(struct keep_table_line *l, struct claim *c, size_t from, size_t to, keep_date day)
{
    struct keep_str mods = keep_table_cell(l, KEEP_TABLE_CLAIMS_modifiers), units = keep_table_cell(l, KEEP_TABLE_CLAIMS_units);
    char on[KEEP_CIVIL_DATE_SIZE] = "", z[MODIFIERS];
    int rc = 0;
    if (day != KEEP_DATE_NONE)
        keep_civil_format_date(day, on);
    for (size_t i = from; rc == 0 && i < to; i++) {
        struct keep_str mod = modifiers_of(said(&mods), z), count = said(&units);
        rc = put(l, c, KEEP_CODETABLE_LINE, snprintf(c->text + c->used, TEXT - c->used, "%.*s|%.*s|%.*s|%.*s|%s", S(c->code[i].system), S(c->code[i].code), S(mod), S(count), on));
    }
    return rc;
}

static int diagnoses(struct keep_table_line *l, struct claim *c, size_t n)
{
    struct keep_str poa = keep_table_cell(l, KEEP_TABLE_CLAIMS_poa);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct keep_str one = word(&poa);
        rc = put(l, c, KEEP_CODETABLE_DIAGNOSIS, snprintf(c->text + c->used, TEXT - c->used, "%.*s|%.*s|%.*s", S(c->code[i].system), S(c->code[i].code), S(one)));
    }
    return rc;
}

/* The words for kinds of bills, and the forms and transactions that bill them (CMS-1450 is the UB-04): without case, blanks and signs. */
static struct keep_str type_in(struct keep_str text)
{
    static const struct { const char *begins, *type; } words[] = {
        {"professional", "professional"}, {"cms1500", "professional"}, {"hcfa1500", "professional"}, {"837p", "professional"}, {"institutional", "institutional"},
        {"ub04", "institutional"}, {"ub92", "institutional"}, {"cms1450", "institutional"}, {"837i", "institutional"}};
    char plain[16];
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < sizeof plain; i++)
        if (isalnum((unsigned char)text.p[i]))
            plain[n++] = (char)tolower((unsigned char)text.p[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].begins) <= n && memcmp(plain, words[i].begins, strlen(words[i].begins)) == 0)
            return keep_str_of(words[i].type);
    return (struct keep_str){NULL, 0};
}

/* What the table says, else what its form is. */
static struct keep_str type_of(const struct keep_table_line *l)
{
    struct keep_str type = keep_table_cell(l, KEEP_TABLE_CLAIMS_type), known = type_in(type.n ? type : keep_table_cell(l, KEEP_TABLE_CLAIMS_title));
    return known.n ? known : type;
}

/* Of codes whose system is not said, what their form shows: ICD-10-CM begins with a letter, the second level of HCPCS is a letter and four digits, a
 * procedure of ICD-10 has seven characters, one of ICD-9 a dot. */
static struct keep_str diagnosis_form(struct keep_str code)
{
    return isdigit((unsigned char)code.p[0]) ? KEEP_STR("ICD-9-CM") : KEEP_STR("ICD-10-CM");
}

static struct keep_str procedure_form(struct keep_str code)
{
    size_t digits = 0, letters = 0;
    for (size_t i = 0; i < code.n; i++) {
        digits += isdigit((unsigned char)code.p[i]) != 0;
        letters += isalpha((unsigned char)code.p[i]) != 0;
    }
    if (code.n == 5 && digits == 4 && isalpha((unsigned char)code.p[0]))
        return KEEP_STR("HCPCS");
    if (code.n == 7 && digits + letters == 7)
        return KEEP_STR("ICD-10-PCS");
    return memchr(code.p, '.', code.n) ? KEEP_STR("ICD-9-CM") : KEEP_STR("CPT");
}

static void by_form(struct claim *c, size_t from, struct keep_str (*form)(struct keep_str code))
{
    for (size_t i = from; i < c->n; i++)
        if (!c->code[i].system.n)
            c->code[i].system = form(c->code[i].code);
}

static int codes(struct keep_table_line *l, struct claim *c, keep_date day)
{
    struct keep_str type = type_of(l);
    int rc = keep_table_cell_codes(l, KEEP_TABLE_CLAIMS_diagnosis, keep_table_cell(l, KEEP_TABLE_CLAIMS_diagnosis_system), c->code, &c->n);
    size_t diagnosed = c->n, done;
    by_form(c, 0, diagnosis_form);
    if (rc == 0)
        rc = keep_table_cell_codes(l, KEEP_TABLE_CLAIMS_procedure, keep_table_cell(l, KEEP_TABLE_CLAIMS_procedure_system), c->code, &c->n);
    by_form(c, diagnosed, procedure_form);
    done = c->n;
    if (rc == 0)
        rc = keep_table_cell_codes(l, KEEP_TABLE_CLAIMS_drg, KEEP_STR("MS-DRG"), c->code, &c->n);
    if (rc == 0)
        rc = keep_table_cell_codes(l, KEEP_TABLE_CLAIMS_revenue, KEEP_STR("revenue"), c->code, &c->n);
    if (rc == 0)
        rc = lines(l, c, diagnosed, done, day);
    if (rc == 0)
        rc = diagnoses(l, c, diagnosed);
    if (rc == 0 && type.n)
        c->code[c->n++] = (struct keep_code){KEEP_STR(KEEP_CODETABLE_TYPE), type};
    return rc;
}

static keep_date only_day(const struct keep_table_time *first, const struct keep_table_time *last)
{
    return first->first == first->last && (last->last == KEEP_DATE_NONE || last->last == first->first) ? first->first : KEEP_DATE_NONE;
}

int keep_table_claim_emit(struct keep_table_line *l, struct keep_err *err)
{
    struct claim c = {.n = 0};
    struct keep_table_time first, last, settled;
    struct keep_dated day;
    struct keep_row_record row;
    struct keep_key key;
    static const struct keep_table_paper paper = {"claim", KEEP_TABLE_CLAIMS_claim_id, KEEP_TABLE_CLAIMS_patient_id, KEEP_TABLE_CLAIMS_created};
    if (keep_table_fact_paper(l, &paper, &key, &row) || keep_table_cell_needed(l, KEEP_TABLE_CLAIMS_patient_id) || keep_table_cell_time(l, KEEP_TABLE_CLAIMS_first, &first) ||
        keep_table_cell_time(l, KEEP_TABLE_CLAIMS_last, &last) || keep_table_cell_time(l, KEEP_TABLE_CLAIMS_settled_date, &settled) || codes(l, &c, only_day(&first, &last)))
        return 1;
    row.code = c.code;
    row.codes = c.n;
    row.encounter = keep_table_cell_key(l, KEEP_TABLE_CLAIMS_encounter_id, KEEP_ENTITY_ENCOUNTER);
    row.service_first = first.first;
    row.service_last = last.last;
    row.title = keep_table_cell(l, KEEP_TABLE_CLAIMS_title);
    row.status = keep_table_cell(l, KEEP_TABLE_CLAIMS_status);
    day = (struct keep_dated){KEEP_DAY_SETTLED, settled.last};
    row.day = &day;
    row.days = day.date != KEEP_DATE_NONE;
    struct keep_row_relation team = {
        .at = l->at,
        .kind = KEEP_RELATION_TEAM,
        .patient = row.patient,
        .worker = keep_table_cell_key(l, KEEP_TABLE_CLAIMS_worker_id, KEEP_ENTITY_WORKER),
        .encounter = row.encounter,
        .from = keep_table_cell_begin(l, &first),
        .to = keep_table_cell_end(l, last.last != KEEP_DATE_NONE ? &last : &first),
        .recorded = row.recorded,
    };
    const struct keep_sink *sink = l->t->sink;
    int rc = keep_table_cell_facility(l, KEEP_TABLE_CLAIMS_facility, &row.facility, err);
    if (rc == 0)
        rc = sink->record(sink->ctx, &row, err);
    if (rc >= 0 && team.worker.kind != KEEP_ENTITY_NONE && team.from != KEEP_TIME_NONE)
        rc = sink->relation(sink->ctx, &team, err);
    return rc;
}
