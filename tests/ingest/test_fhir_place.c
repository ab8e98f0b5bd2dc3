/* Goal: organizations are facilities with their state, locations belong to one. */
#include "tests/ingest/recorder.h"

static void test_fhir_place_organization(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"North\",\"type\":[{\"text\":\"Hospital\"}],\"partOf\":{\"reference\":\"Organization/g\"},"
           "\"address\":[{\"state\":\"??\"},{\"state\":\"kansas\"}]}\n",
           "facility key=facility:|o name=North type=Hospital state=KS part_of=facility:|g\n"
           "record kind=Organization key=record:Organization|o about-none payload\n");
}

static void test_fhir_place_location(void **state)
{
    (void)state;
    expect("{\"resourceType\":\"Location\",\"id\":\"l\",\"name\":\"4 West\",\"address\":{\"state\":\"MO\"},\"managingOrganization\":{\"identifier\":{\"system\":\"s\",\"value\":\"1\"}}}\n",
           "location key=location:|l name=4 West state=MO facility=facility:s|1\nrecord kind=Location key=record:Location|l about-none payload\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fhir_place_organization),
        cmocka_unit_test(test_fhir_place_location),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
