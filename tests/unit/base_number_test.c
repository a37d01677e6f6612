/* Goal: numbers read as printf's %.6g and %lld write them, to the last digit. Method: the values
 * where rounding and the exponent change, random ratios of integers as cells have them, and random
 * integers of every length. */
#include "groundswell/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void check(double value)
{
    char expected[64];
    struct gs_buf buf = {0};
    snprintf(expected, sizeof expected, "%.6g", value);
    gs_buf_add_g6(&buf, value);
    gs_buf_add(&buf, "", 1);
    if (strcmp(buf.data, expected) != 0)
        fail_msg("%.17g is written as %s, not %s", value, buf.data, expected);
    gs_buf_deinit(&buf);
}

static void edges(void **state)
{
    static const double values[] = {
        0,        -0.0,        1,          -1,        10,        100000,    999999,
        999999.5, 999999.4,    1e6,        1e300,     1e-4,      9.9999e-5, 0.000123456789,
        0.1,      0.01,        0.001,      0.5,       0.25,      1.0 / 3,   2.0 / 3,
        0.999999, 0.9999995,   0.99999949, 0.1234565, 0.1234575, 1.000005,  100.0005,
        12345.65, 99999.95,    9.999995,   1.5e-310,  1e-5,      1e-9,      9.999999e-10,
        1.5e-5,   9.999995e-6, 1e-7,       INFINITY,  -INFINITY, NAN,
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(values); i++) {
        check(values[i]);
        check(-values[i]);
        check(nextafter(values[i], INFINITY));
        check(nextafter(values[i], -INFINITY));
    }
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

static void ratios(void **state)
{
    const char *given = getenv("GS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 4711;
    (void)state;
    printf("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 300000; i++) {
        uint64_t whole = 1 + next_random(&seed) % (UINT64_C(1) << (1 + next_random(&seed) % 40));
        uint64_t part = next_random(&seed) % (2 * whole);
        check((double)part / (double)whole);
        check((double)part / (double)whole / 1e5);
    }
    for (int i = 0; i < 100000; i++) /* halves of the last digit: the ties */
        check((double)(2 * (next_random(&seed) % 1000000) + 1) / 2 /
              pow(10, (double)(next_random(&seed) % 10)));
}

static void integers(void **state)
{
    static const int64_t values[] = {0,   1,    9,    10,        11,        99,        100,
                                     101, 1000, 9999, INT64_MAX, INT64_MIN, INT32_MAX, INT32_MIN};
    uint64_t seed = 42;
    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        char expected[32];
        struct gs_buf buf = {0};
        int64_t value = i < GS_COUNT_OF(values)
                            ? values[i]
                            : (int64_t)(next_random(&seed) >> next_random(&seed) % 64);
        value = i % 2 && value != INT64_MIN ? -value : value;
        snprintf(expected, sizeof expected, "%lld", (long long)value);
        gs_buf_add_int(&buf, value);
        gs_buf_add(&buf, "", 1);
        assert_string_equal(buf.data, expected);
        gs_buf_deinit(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(edges), cmocka_unit_test(ratios),
                                       cmocka_unit_test(integers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
