/* The lines follow the kind of visit: an evaluation and management code (CPT) on
 * the professional form; revenue codes (NUBC), and for a stay the MS-DRG of the
 * principal diagnosis, on the institutional one. Money is left out. */
#include "core/demo/bill.h"

#include <string.h>

#include "core/demo/chart_inside.h"

#define INSURER "Plains Mutual Health, an invented insurer"

/* What a visit of this act is billed as. */
static const struct {
    const char *act, *evaluation, *revenue, *text;
} lines[] = {
    {"EMER", "99283", "0450", "Emergency room"},
    {"AMB", "99213", "0510", "Clinic"},
    {"IMP", "99232", "0120", "Room and board, semi-private"},
};

static void reference_text(struct keep_sheet *s, const char *member, const char *text)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "display", text);
    keep_jsonw_end_object(&s->json);
}

static void number_one(struct keep_sheet *s, const char *member)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_i64(&s->json, 1);
}

/* What both resources begin with. */
static void top(struct keep_chart *c, struct keep_sheet *s, const struct keep_chart_visit *v, const struct keep_bill *b, bool insured)
{
    keep_sheet_member(s, "status", "active");
    keep_sheet_concept(s, "type", "http://terminology.hl7.org/CodeSystem/claim-type", b->institutional ? "institutional" : "professional", b->institutional ? "UB-04" : "CMS-1500");
    keep_sheet_member(s, "use", "claim");
    keep_chart_about(c, s, "patient", v, false);
    keep_jsonw_key(&s->json, "billablePeriod");
    keep_jsonw_object(&s->json);
    keep_jsonw_key(&s->json, "start");
    keep_jsonw_date(&s->json, keep_sheet_wall_date(v->start));
    keep_jsonw_key(&s->json, "end");
    keep_jsonw_date(&s->json, keep_sheet_wall_date(v->end));
    keep_jsonw_end_object(&s->json);
    keep_sheet_reference(s, "provider", "Organization", keep_chart_site[keep_lore_department[v->department].site]);
    keep_chart_list(s, "insurance");
    keep_jsonw_object(&s->json);
    reference_text(s, "coverage", insured ? INSURER : "Self pay");
    keep_jsonw_key(&s->json, "focal");
    keep_jsonw_bool(&s->json, true);
}

static void diagnosis(struct keep_sheet *s, const struct keep_chart_visit *v, const struct keep_bill *b)
{
    bool tenth = keep_sheet_wall_date(v->start) >= keep_civil_from_ymd(2015, 10, 1), stay = strcmp(keep_lore_department[v->department].act, "IMP") == 0;
    keep_chart_list(s, "diagnosis");
    keep_jsonw_object(&s->json);
    number_one(s, "sequence");
    keep_sheet_concept(s, "diagnosisCodeableConcept", tenth ? "http://hl7.org/fhir/sid/icd-10-cm" : "http://hl7.org/fhir/sid/icd-9-cm", tenth ? b->principal->icd10 : b->principal->icd9,
                       b->principal->text);
    if (b->institutional && stay && b->principal->drg)
        keep_sheet_concept(s, "packageCode", "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software", b->principal->drg, NULL);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
}

static void item(struct keep_chart *c, struct keep_sheet *s, const struct keep_chart_visit *v, const struct keep_bill *b)
{
    const char *act = keep_lore_department[v->department].act;
    size_t i = 0;
    char id[KEEP_CAST_TEXT];
    while (i + 1 < sizeof lines / sizeof *lines && strcmp(lines[i].act, act) != 0)
        i++;
    keep_chart_list(s, "item");
    keep_jsonw_object(&s->json);
    number_one(s, "sequence");
    if (b->institutional)
        keep_sheet_concept(s, "revenue", "https://www.nubc.org/CodeSystem/RevenueCodes", lines[i].revenue, NULL);
    if (b->institutional)
        keep_sheet_concept(s, "productOrService", NULL, NULL, lines[i].text);
    else
        keep_sheet_concept(s, "productOrService", "http://www.ama-assn.org/go/cpt", lines[i].evaluation, NULL);
    keep_chart_list(s, "encounter");
    keep_cast_id(c->cast, 'v', v->number, id);
    keep_sheet_reference(s, NULL, "Encounter", id);
    keep_jsonw_end_array(&s->json);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
}

static int answer(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_bill *b, const char *claim, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_BENEFIT, "ExplanationOfBenefit", 'e');
    struct keep_jsonw *w = &s->json;
    top(c, s, v, b, true);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_jsonw_key(w, "created");
    keep_jsonw_date(w, b->paid);
    reference_text(s, "insurer", INSURER);
    keep_sheet_reference(s, "claim", "Claim", claim);
    keep_sheet_member(s, "outcome", "complete");
    diagnosis(s, v, b);
    item(c, s, v, b);
    keep_jsonw_key(w, "payment");
    keep_jsonw_object(w);
    keep_jsonw_key(w, "date");
    keep_jsonw_date(w, b->paid);
    keep_jsonw_end_object(w);
    return keep_chart_finish(s, err);
}

int keep_bill_write(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_bill *b, struct keep_err *err)
{
    struct keep_sheet *s = &c->sheet[KEEP_CHART_CLAIM];
    struct keep_jsonw *w = &s->json;
    char id[KEEP_CAST_TEXT];
    bool insured = s->rows % 7 != 0;
    keep_cast_id(c->cast, 'l', (uint32_t)s->rows, id);
    keep_chart_begin(c, KEEP_CHART_CLAIM, "Claim", 'l');
    top(c, s, v, b, insured);
    number_one(s, "sequence");
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_sheet_time(s, "created", c->zone, b->made);
    keep_sheet_concept(s, "priority", "http://terminology.hl7.org/CodeSystem/processpriority", "normal", NULL);
    keep_chart_by_number(s, "enterer", b->enterer);
    if (v->who[0] != KEEP_CAST_NOBODY) {
        keep_chart_list(s, "careTeam");
        keep_jsonw_object(w);
        number_one(s, "sequence");
        keep_chart_by_npi(c, s, "provider", v->who[0]);
        keep_jsonw_end_object(w);
        keep_jsonw_end_array(w);
    }
    diagnosis(s, v, b);
    item(c, s, v, b);
    int rc = keep_chart_finish(s, err);
    return rc == 0 && insured && b->paid != KEEP_DATE_NONE ? answer(c, v, b, id, err) : rc;
}
