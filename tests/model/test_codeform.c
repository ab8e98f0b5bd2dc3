/* Goal: a code is known in the forms in which bills and charts write it, and in no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/codeform.h"

static void test_codeform_others(void **state)
{
    static const struct { const char *system, *code, *first, *second; } tries[] = {
        {"ICD-10-CM", "Z7721", "Z77.21", NULL},   {"ICD-10-CM", "S72001A", "S72.001A", NULL}, {"ICD-10-CM", "B20", NULL, NULL},      {"ICD-10-CM", "Z77.21", NULL, NULL},
        {"ICD-9-CM", "30390", "303.90", NULL},    {"ICD-9-CM", "8737", "873.7", "87.37"},     {"ICD-9-CM", "042", "04.2", NULL},     {"ICD-9-CM", "V0179", "V01.79", NULL},
        {"ICD-9-CM", "E8490", "E849.0", NULL},    {"ICD-9-CM", "E849", NULL, NULL},           {"ICD-10-PCS", "0DTJ4ZZ", NULL, NULL}, {"CPT", "77067-26", "77067", NULL},
        {"HCPCS", "G0202-TC", "G0202", NULL},     {"CPT", "77067", NULL, NULL},               {"CPT", "7706-7", NULL, NULL},         {"SNOMED CT", "71651007", NULL, NULL},
        {"ICD-10-CM", "S72001AX", NULL, NULL},    {"ICD-10-CM", "", NULL, NULL},              {"", "Z7721", NULL, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct keep_codeform f;
        size_t n = keep_codeform_others(&f, keep_str_of(tries[i].system), keep_str_of(tries[i].code));
        assert_int_equal(n, (tries[i].first != NULL) + (tries[i].second != NULL));
        if (tries[i].first)
            assert_string_equal(f.text[0], tries[i].first);
        if (tries[i].second)
            assert_string_equal(f.text[1], tries[i].second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codeform_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
