/* Goal: what a comment weighs is exactly what its definition says, for every reach.
 * Method: floor(1024 * log2(x)) is one less than the number of bits of x^1024, which is computed
 * with long numbers: around every step of the table, at powers of two, and for random x. */
#include "task_fixture.h"

enum { LIMBS = 512 }; /* 1024 * 32 bits */

struct number {
    uint64_t limb[LIMBS];
    uint32_t count;
};

static void square(struct number *number)
{
    static struct number result;
    memset(&result, 0, sizeof result);
    for (uint32_t i = 0; i < number->count; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < number->count; j++) {
            unsigned __int128 sum =
                (unsigned __int128)number->limb[i] * number->limb[j] + result.limb[i + j] + carry;
            result.limb[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        result.limb[i + number->count] = carry;
    }
    result.count = 2 * number->count;
    while (result.count > 1 && !result.limb[result.count - 1])
        result.count--;
    *number = result;
}

static uint32_t exact_ilog2_1024(uint32_t x)
{
    static struct number power;
    power = (struct number){.limb = {x}, .count = 1};
    for (int i = 0; i < 10; i++)
        square(&power);
    uint64_t top = power.limb[power.count - 1];
    return 64 * power.count - (uint32_t)__builtin_clzll(top) - 1;
}

static void expect_exact(uint32_t x)
{
    if (gsi_ilog2_1024(x) != exact_ilog2_1024(x))
        fail_msg("log2(%u): %u is not %u", x, gsi_ilog2_1024(x), exact_ilog2_1024(x));
}

static void test_logarithms_of_small_numbers(void **state)
{
    (void)state;
    for (uint32_t x = 1; x <= 600; x++)
        expect_exact(x);
}

/* Where the result steps up, found by bisection, and just before it. */
static void test_logarithms_at_every_step(void **state)
{
    (void)state;
    for (uint32_t k = 1; k < 1024; k++) {
        uint32_t low = UINT32_C(1) << 31, high = UINT32_MAX;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (gsi_ilog2_1024(middle) < 31 * 1024 + k)
                low = middle + 1;
            else
                high = middle;
        }
        assert_int_equal(gsi_ilog2_1024(low), 31 * 1024 + k);
        expect_exact(low);
        expect_exact(low - 1);
    }
    expect_exact(UINT32_MAX);
}

static void test_logarithms_of_random_numbers(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (int i = 0; i < 500; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407U;
        uint32_t x = (uint32_t)(random >> 32) >> (random >> 20 & 31);
        expect_exact(x ? x : 1);
    }
    for (int e = 0; e < 32; e++)
        assert_int_equal(gsi_ilog2_1024(UINT32_C(1) << e), 1024 * e);
}

static void test_reach(void **state)
{
    (void)state;
    assert_int_equal(gsi_reach(&(struct gsi_comment_counters){0, 0, 0}), 1);
    assert_int_equal(gsi_reach(&(struct gsi_comment_counters){5, 7, 11}), 1 + 5 + 14 + 33);
    assert_int_equal(gsi_reach(&(struct gsi_comment_counters){-5, 0, 1}), 1);
    assert_int_equal(gsi_reach(&(struct gsi_comment_counters){INT32_MIN, INT32_MIN, INT32_MIN}), 1);
    assert_int_equal(gsi_reach(&(struct gsi_comment_counters){INT32_MAX, INT32_MAX, INT32_MAX}),
                     UINT32_MAX);
}

static void test_weights(void **state)
{
    (void)state;
    assert_int_equal(gsi_weight(256, 1), 1024);
    assert_int_equal(gsi_weight(128, 1), 512);
    assert_int_equal(gsi_weight(256, 8), 4096);
    assert_int_equal(gsi_weight(0, 8), 0);
    assert_int_equal(gsi_weight(100, 3), 100 * (1024 + 1623) / 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithms_of_small_numbers),
        cmocka_unit_test(test_logarithms_at_every_step),
        cmocka_unit_test(test_logarithms_of_random_numbers),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
