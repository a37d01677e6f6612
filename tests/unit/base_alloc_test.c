/* Goal: no memory is taken that nobody asked for. Method: which parts of a table the kernel may put
 * into huge pages, as /proc tells. */
#include "groundswell/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MIB = 1 << 20, TABLE_MAX = 16 * MIB };

/* Bytes of [table, table + TABLE_MAX) in mappings for which huge pages are wanted. */
static uintptr_t advised(const void *table)
{
    uintptr_t from = (uintptr_t)table, begin = 0, end = 0, sum = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        uintptr_t a, b;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &a, &b) == 2) {
            begin = GS_MAX(a, from);
            end = GS_MIN(b, from + TABLE_MAX);
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg") && begin < end) {
            sum += end - begin;
        }
    }
    fclose(maps);
    return sum;
}

/* A huge page takes all of its 2 MiB, and memory must not grow where nobody asks for more. */
static void test_huge_pages_are_whole(void **state)
{
    (void)state;
    void *table = gs_table_alloc(TABLE_MAX);
    gs_table_use(table, MIB);
    assert_int_equal(advised(table), 0);
    gs_table_use(table, 5 * MIB);
    uintptr_t whole = advised(table);
    gs_table_free(table, TABLE_MAX);
    assert_true(whole == 4 * MIB || whole == 0); /* 0: a kernel without them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_huge_pages_are_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
