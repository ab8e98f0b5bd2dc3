/* Goal: the definitions that a block rests on are told once each, in whatever clause or text their names stand, also by way of
 * others and from another pack; words of a text count for nothing. */
#include "core/policy/uses.h"
#include "tests/policy/try.h"

static const char first[] =
    "pack \"p\" { version \"1\" language 1 }\n"
    "define \"codes\" { is [\"a\", \"b\"] }\n"
    "define \"coded\" { is record.kind in codes }\n"
    "define \"c\" { is \"x\" }\n"
    "label \"l\" { title \"L\" when coded && record.kind in codes authority \"a\" checked \"unverified\" }\n"
    "label \"m\" { title \"codes\" when [\"x\"].exists(codes_of, record.kind == codes_of) authority \"a\" checked \"unverified\" }\n";
static const char second[] =
    "pack \"q\" { version \"1\" language 1 }\n"
    "access \"t\" { title \"T\" severity low weight 1 when user.department == \"HIM\" authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{c} of {codes}\" }\n"
    "define \"nobodys\" { is c }\n";

static void names(char *out, size_t size, const char *word, const char *id)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags d = {.arena = a};
    struct keep_err err = {0};
    const struct keep_policy_text text[] = {{"p.policy", keep_str_of(first)}, {"q.policy", keep_str_of(second)}};
    const struct keep_policy *p;
    struct keep_outline o[2];
    struct keep_uses u = {.n = 0};
    if (keep_policy_compile(&p, text, 2, a, &d, &err) != 0)
        fail_msg("%s:%u: %s", d.list[0].file, d.list[0].line, d.list[0].text);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(keep_outline_read(&o[i], text[i].file, text[i].text, a, &d, &err), 0);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < o[i].blocks; k++)
            for (int twice = 0; twice < 2 && keep_str_is(o[i].block[k].word, word) && keep_str_is(o[i].block[k].id, id); twice++)
                assert_true(keep_uses_add(&u, p, o, i, &o[i].block[k], a));
    out[0] = '\0';
    for (size_t i = 0; i < u.n; i++) {
        assert_true(keep_str_eq(u.list[i].define->id, u.list[i].block->id));
        size_t n = strlen(out);
        snprintf(out + n, size - n, "%.*s/%zu ", (int)u.list[i].define->id.n, u.list[i].define->id.p, u.list[i].pack);
    }
    keep_arena_free(a);
}

static void test_uses_of(void **state)
{
    static const struct { const char *word, *id, *want; } row[] = {
        {"label", "l", "coded/0 codes/0 "}, {"label", "m", ""}, {"access", "t", "c/0 codes/0 "}, {"define", "coded", "codes/0 "}, {"define", "codes", ""}, {"define", "nobodys", "c/0 "}};
    char have[200];
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        names(have, sizeof have, row[i].word, row[i].id);
        assert_string_equal(have, row[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_uses_of)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
