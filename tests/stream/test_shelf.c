/* Goal: a folder and a tar are told item by item, as they stand; links are told and never followed; what changes underfoot is an error, no wrong bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/stream/shelf.h"
#include "tests/aid/tool.h"

static const char *join(const char *a, const char *b)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", a, b);
    return path;
}

/* "name kind size bytes; ..." of everything. */
static char told[4000];
static int tell(const char *path)
{
    struct keep_shelf *s = NULL;
    struct keep_unpack_item it;
    int rc = keep_shelf_open(&s, path, NULL);
    told[0] = '\0';
    while (rc == 0 && (rc = keep_shelf_next(s, &it, NULL)) == 1) {
        size_t n = strlen(told), had = 0;
        const void *p;
        snprintf(told + n, sizeof told - n, "%s %d %llu:", it.name, (int)it.kind, (unsigned long long)it.size);
        while (it.kind == KEEP_UNPACK_FILE && (rc = keep_shelf_read(s, &p, &had, NULL)) == 1) {
            n = strlen(told);
            snprintf(told + n, sizeof told - n, "%.*s", (int)(had < 20 ? had : 20), (const char *)p);
        }
        if (rc < 0)
            break;
        rc = 0;
        strcat(told, ";");
    }
    keep_shelf_close(s);
    return rc;
}

static char folder[200];

static int setup(void **state)
{
    if (tool_setup(state) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/box", tool_dir);
    mkdir(folder, 0700);
    mkdir(join(folder, "sub"), 0700);
    if (!tool_put(join(folder, "b"), "beta", 4) || !tool_put(join(folder, "a"), "", 0) || !tool_put(join(folder, "sub/c"), "gamma", 5))
        return -1;
    return symlink("sub", join(folder, "l")) == 0 && mkfifo(join(folder, "p"), 0600) == 0 ? 0 : -1;
}

static void test_shelf_folder(void **state)
{
    (void)state;
    assert_int_equal(tell(folder), 0);
    assert_string_equal(told, "a 0 0:;b 0 4:beta;l 2 0:;p 3 0:;sub 1 0:;sub/c 0 5:gamma;");
}

static void test_shelf_tar(void **state)
{
    (void)state;
    const char *const tar[] = {"tar", "-C", folder, "--sort=name", "--exclude=p", "--format=posix", "-cf", tool_path("box.tar"), ".", NULL};
    assert_int_equal(tool_run(tar, NULL, NULL), 0);
    assert_int_equal(tell(tool_path("box.tar")), 0);
    assert_string_equal(told, "./ 1 0:;./a 0 0:;./b 0 4:beta;./l 2 0:;./sub/ 1 0:;./sub/c 0 5:gamma;");
    const char *const gz[] = {"gzip", "-k", tool_path("box.tar"), NULL};
    assert_int_equal(tool_run(gz, NULL, NULL), 0);
    assert_int_equal(tell(tool_path("box.tar.gz")), 0);
    assert_non_null(strstr(told, "./sub/c 0 5:gamma;"));
}

static void test_shelf_is_none(void **state)
{
    (void)state;
    assert_int_equal(tell(join(folder, "absent")), KEEP_E_INPUT);
    assert_int_equal(tell(join(folder, "b")), KEEP_E_INPUT);
}

/* A folder on the way is replaced by a link after it was gathered: its file is not read through it. */
static void test_shelf_link_put_there_meanwhile(void **state)
{
    (void)state;
    struct keep_shelf *s = NULL;
    struct keep_unpack_item it;
    const void *p;
    size_t n;
    char moved[300];
    snprintf(moved, sizeof moved, "%s/moved", tool_dir);
    assert_int_equal(keep_shelf_open(&s, folder, NULL), 0);
    assert_int_equal(rename(join(folder, "sub"), moved), 0);
    assert_int_equal(symlink("../moved", join(folder, "sub")), 0);
    while (keep_shelf_next(s, &it, NULL) == 1 && strcmp(it.name, "sub/c") != 0)
        ;
    struct keep_err err = {0};
    assert_int_equal(keep_shelf_read(s, &p, &n, &err), KEEP_E_IO);
    assert_non_null(strstr(err.text, "sub/c"));
    keep_shelf_close(s);
    unlink(join(folder, "sub"));
    rename(moved, join(folder, "sub"));
}

static void test_shelf_too_deep(void **state)
{
    (void)state;
    char path[1000];
    snprintf(path, sizeof path, "%s/deep", tool_dir);
    mkdir(path, 0700);
    for (int i = 0; i <= KEEP_SHELF_DEPTH; i++) {
        strcat(path, "/d");
        mkdir(path, 0700);
    }
    assert_int_equal(tell(tool_path("deep")), KEEP_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shelf_folder),
        cmocka_unit_test(test_shelf_tar),
        cmocka_unit_test(test_shelf_is_none),
        cmocka_unit_test(test_shelf_link_put_there_meanwhile),
        cmocka_unit_test(test_shelf_too_deep),
    };
    return cmocka_run_group_tests(tests, setup, tool_teardown);
}
