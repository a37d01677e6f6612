/* Goal: UTF-8, case and white space are what Python's str says, whatever the bytes.
 * Method: tables with Python's answers, and the block classifier against a byte-wise model over
 * random blocks (GS_SEED replays). No clock, no files. */
#include "groundswell/text.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static void test_next(void **state)
{
    static const struct {
        struct gs_str bytes;
        uint32_t point;
        uint32_t used;
    } CASES[] = {
        {BYTES("a"), 'a', 1},
        {BYTES("\0"), 0, 1},
        {BYTES("\x7F"), 0x7F, 1},
        {BYTES("\xC2\x80"), 0x80, 2},
        {BYTES("\xDF\xBF"), 0x7FF, 2},
        {BYTES("\xE0\xA0\x80"), 0x800, 3},
        {BYTES("\xED\x9F\xBF"), 0xD7FF, 3},
        {BYTES("\xEF\xBF\xBD"), 0xFFFD, 3},
        {BYTES("\xF0\x90\x80\x80"), 0x10000, 4},
        {BYTES("\xF4\x8F\xBF\xBF"), 0x10FFFF, 4},
        /* wrong: the longest beginning of a character, or one byte, is replaced */
        {BYTES("\x80"), 0xFFFD, 1},
        {BYTES("\xBFx"), 0xFFFD, 1},
        {BYTES("\xC0\x80"), 0xFFFD, 1},
        {BYTES("\xC1\xBF"), 0xFFFD, 1},
        {BYTES("\xC2"), 0xFFFD, 1},
        {BYTES("\xC2x"), 0xFFFD, 1},
        {BYTES("\xE0\x9F\x80"), 0xFFFD, 1},
        {BYTES("\xED\xA0\x80"), 0xFFFD, 1},
        {BYTES("\xE2\x82"), 0xFFFD, 2},
        {BYTES("\xE2\x82x"), 0xFFFD, 2},
        {BYTES("\xF0\x8F\x80\x80"), 0xFFFD, 1},
        {BYTES("\xF0\x9F\x98"), 0xFFFD, 3},
        {BYTES("\xF0\x9F\xC2\x80"), 0xFFFD, 2},
        {BYTES("\xF4\x90\x80\x80"), 0xFFFD, 1},
        {BYTES("\xF5\x80\x80\x80"), 0xFFFD, 1},
        {BYTES("\xFF"), 0xFFFD, 1},
    };
    enum { VALID = 10 };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        const char *at = CASES[i].bytes.data;
        uint32_t point = gs_text_next(&at, at + CASES[i].bytes.len);
        if (point != CASES[i].point || at != CASES[i].bytes.data + CASES[i].used)
            fail_msg("case %zu: U+%04X, %td bytes", i, point, at - CASES[i].bytes.data);
        assert_int_equal(gs_text_is_valid(CASES[i].bytes), i < VALID);
        char four[GS_TEXT_POINT_BYTES_MAX] = "xxx";
        size_t len = 0;
        memcpy(four, CASES[i].bytes.data, GS_MIN(CASES[i].bytes.len, 4U));
        if ((unsigned char)four[0] < 0x80)
            continue;
        assert_int_equal(gs_text_read_wide(four, &len), i < VALID ? point : 0);
        assert_true(i >= VALID || len == CASES[i].used);
    }
}

static void test_put_and_next_are_inverse(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x110010; point++) {
        char bytes[GS_TEXT_POINT_BYTES_MAX] = {0};
        const char *at = bytes;
        size_t used = gs_text_put(point, bytes), len = 1;
        bool is_point = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        assert_int_equal(gs_text_next(&at, bytes + used), is_point ? point : 0xFFFD);
        assert_ptr_equal(at, bytes + used);
        if (point >= 0x80)
            assert_int_equal(gs_text_read_wide(bytes, &len), is_point ? point : 0xFFFD);
        assert_int_equal(len, used);
    }
}

static void test_ascii_run(void **state)
{
    char bytes[80];
    (void)state;
    for (uint32_t len = 0; len <= sizeof(bytes); len++) {
        for (uint32_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (char)(' ' + i);
        assert_true(gs_text_is_ascii(gs_str_make(bytes, len)));
        for (uint32_t at = 0; at < len; at++) {
            char kept = bytes[at];
            bytes[at] = (char)0x80;
            assert_int_equal(gs_text_ascii_run(gs_str_make(bytes, len)), at);
            bytes[at] = kept;
        }
    }
}

static void test_strip(void **state)
{
    static const char *const CASES[][2] = {
        {"", ""},
        {" \t\n\v\f\r\x1C\x1D\x1E\x1F", ""},
        {"  a b ", "a b"},
        {"\xC2\x85\xC2\xA0\xE1\x9A\x80x\xE2\x80\x80\xE2\x80\x8A\xE2\x80\xA8\xE3\x80\x80", "x"},
        {"\xE2\x80\x8Bx\xEF\xBB\xBF", "\xE2\x80\x8Bx\xEF\xBB\xBF"}, /* of no width is no space */
        {"\x80\xA0", "\x80\xA0"},
        {" \xC2", "\xC2"},
        {"\xE2\x80 ", "\xE2\x80"},
        {"a\xA0", "a\xA0"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_str got = gs_text_strip(gs_str_of(CASES[i][0]));
        if (!gs_str_equal(got, gs_str_of(CASES[i][1])))
            fail_msg("case %zu: '%.*s'", i, (int)got.len, got.data);
    }
}

static void test_is_upper(void **state)
{
    static const struct {
        const char *text;
        bool is_upper;
    } CASES[] = {
        {"", false},
        {"A", true},
        {"a", false},
        {"Ab", false},
        {"A1!", true},
        {"1!", false},
        {"ÀÉ", true},
        {"Àé", false},
        {"ß", false},
        {"Sß", false},
        {"ПРИВЕТ", true},
        {"Привет", false},
        {"日本", false},
        {"日本A", true},
        {"Ⅷ", true},
        {"ⅷA", false},
        {"ⓐA", false},
        {"ⒶA", true},
        {"ªA", false},
        {"ǅ", false},
        {"ǄA", true},
        {"A\xFF", true},
        {"ʰA", false},
        {"A\xCC\x81", true},
        {"🅰", true},
        {"😀", false},
        {"\xCD\x85"
         "A",
         false},
        {"İ", true},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++)
        if (gs_text_is_upper(gs_str_of(CASES[i].text)) != CASES[i].is_upper)
            fail_msg("case %zu: %s", i, CASES[i].text);
}

static void test_lower(void **state)
{
    static const char *const CASES[][2] = {
        {"", ""},
        {"HeLLo 42!", "hello 42!"},
        {"ÀÉ ÞÐ ÿ ß ẞ", "àé þð ÿ ß ß"},
        {"ПРИВЕТ", "привет"},
        {"Ǆ ǅ ǆ Ÿ Ɓ", "ǆ ǆ ǆ ÿ ɓ"},
        {"İI", "i\xCC\x87i"},
        {"\xE2\x84\xAA", "k"},
        {"Ⱥ Ⅷ Ⓐ Ａ 𐐀", "ⱥ ⅷ ⓐ ａ 𐐨"},
        {"日本 😀", "日本 😀"},
        {"\xFF"
         "A",
         "\xEF\xBF\xBD"
         "a"},
        /* sigma: final behind a letter and before none; ' . : are looked through */
        {"Σ", "σ"},
        {"ΣΣ", "σς"},
        {"ΟΔΟΣ ΟΔΟΣ", "οδος οδος"},
        {"ΣΊΣΥΦΟΣ", "σίσυφος"},
        {"AΣ'B", "aσ'b"},
        {"AΣ' B", "aς' b"},
        {"A.Σ", "a.ς"},
        {"1Σ", "1σ"},
        {"AΣ1", "aς1"},
        {"AΣ\xCC\x81"
         "B",
         "aσ\xCC\x81"
         "b"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        char out[200];
        size_t len = gs_text_lower(gs_str_of(CASES[i][0]), out);
        if (!gs_str_equal(gs_str_make(out, len), gs_str_of(CASES[i][1])))
            fail_msg("case %zu: '%.*s'", i, (int)len, out);
    }
}

/* Lower case never needs more than three times the bytes: every code point, and every byte. */
static void test_lower_fits(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x110000; point++) {
        char bytes[GS_TEXT_POINT_BYTES_MAX], out[3 * GS_TEXT_POINT_BYTES_MAX];
        size_t used = gs_text_put(point, bytes);
        assert_true(gs_text_lower(gs_str_make(bytes, used), out) <= 3 * used);
    }
    for (int byte = 0; byte < 256; byte++) {
        char bytes = (char)byte, out[3];
        assert_true(gs_text_lower(gs_str_make(&bytes, 1), out) <= sizeof(out));
    }
}

static uint64_t seed_of_run(void)
{
    const char *given = getenv("GS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("GS_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static void check_byte(const struct gs_text_block *block, unsigned i, unsigned char byte)
{
    uint64_t bit = UINT64_C(1) << i;
    bool is_space = byte && strchr(" \t\n\v\f\r\x1C\x1D\x1E\x1F", byte) != NULL;
    bool is_punctuation = byte && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", byte) != NULL;
    assert_int_equal((block->space & bit) != 0, is_space);
    assert_int_equal((block->solid & bit) != 0, !is_space && !is_punctuation);
    assert_int_equal((block->exclamations & bit) != 0, byte == '!');
    assert_int_equal((block->questions & bit) != 0, byte == '?');
    assert_int_equal((block->apostrophes & bit) != 0, byte == '\'');
}

static void test_blocks_against_bytes(void **state)
{
    uint64_t seed = seed_of_run();
    (void)state;
    for (int round = 0; round < 2000; round++) {
        char bytes[GS_TEXT_BLOCK], folded[GS_TEXT_BLOCK];
        struct gs_text_block block;
        for (unsigned i = 0; i < GS_TEXT_BLOCK; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            /* The first rounds hold every byte at every place. */
            bytes[i] = (char)(round < 256 ? (unsigned)round + i : (unsigned)(seed >> 33));
        }
        gs_text_read_block(bytes, folded, &block);
        for (unsigned i = 0; i < GS_TEXT_BLOCK; i++) {
            char c = bytes[i];
            check_byte(&block, i, (unsigned char)c);
            assert_int_equal(folded[i], c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
}

static void test_repeats(void **state)
{
    char bytes[GS_TEXT_BLOCK + 1];
    uint64_t seed = seed_of_run();
    (void)state;
    for (int round = 0; round < 2000; round++) {
        for (unsigned i = 0; i < sizeof(bytes); i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[i] = (char)(seed >> 62);
        }
        uint64_t repeats = gs_text_repeats(bytes);
        for (unsigned i = 0; i < GS_TEXT_BLOCK; i++)
            assert_int_equal(repeats >> i & 1, bytes[i] == bytes[i + 1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),       cmocka_unit_test(test_put_and_next_are_inverse),
        cmocka_unit_test(test_ascii_run),  cmocka_unit_test(test_strip),
        cmocka_unit_test(test_is_upper),   cmocka_unit_test(test_lower),
        cmocka_unit_test(test_lower_fits), cmocka_unit_test(test_blocks_against_bytes),
        cmocka_unit_test(test_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
