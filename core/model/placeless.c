/* Resource types of FHIR R4 (hl7.org/fhir/R4/resourcelist.html) that are not of one encounter, and the accounting of disclosures. */
#include "core/model/placeless.h"

#include "core/model/disclosure.h"

bool keep_placeless_kind(struct keep_str kind)
{
    static const char *const words[] = {"Account",       "AllergyIntolerance", "Appointment", "AppointmentResponse", "BodyStructure", "CareTeam",
                                        "Consent",       "Coverage",           "Device",      "EpisodeOfCare",       "FamilyMemberHistory", "Flag",
                                        "Goal",          "ImmunizationRecommendation", "Provenance", "ResearchSubject", "Task"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (keep_str_is(kind, words[i]))
            return true;
    return keep_disclosure_kind(kind);
}
