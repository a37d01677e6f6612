/* Goal: the scorer's interface: lexicons are checked, scores depend on nothing but text and
 * lexicon, hostile texts cost linear time. That scores are right is the business of
 * sentiment_vectors_test.c. Method: tables; long texts against the same text scored by the rule's
 * definition. */
#include "groundswell/sentiment.h"
#include "sentiment/internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static struct gs_sentiment *scorer;
static struct gs_sentiment_scratch *scratch;

static int set_up(void **state)
{
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_error error;
    (void)state;
    scratch = gs_sentiment_scratch_create();
    return gs_sentiment_create(&config, &scorer, &error) == GS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gs_sentiment_destroy(scorer);
    gs_sentiment_scratch_destroy(scratch);
    gs_sentiment_destroy(NULL);
    gs_sentiment_scratch_destroy(NULL);
    return 0;
}

static int32_t score(const struct gs_sentiment *with, const char *text)
{
    struct gs_sentiment_score got;
    gs_sentiment_score(with, scratch, gs_str_of(text), &got);
    return got.compound_1e4;
}

static struct gs_sentiment *make(const char *lexicon, const char *emoji)
{
    struct gs_sentiment_config config = {.lexicon = gs_str_of(lexicon), .emoji = gs_str_of(emoji)};
    struct gs_sentiment *made = NULL;
    struct gs_error error;
    if (gs_sentiment_create(&config, &made, &error) != GS_OK)
        fail_msg("%s", error.message);
    return made;
}

static void test_all_members(void **state)
{
    struct gs_sentiment_score got;
    (void)state;
    gs_sentiment_score(scorer, scratch, gs_str_of("The food was good, but the staff was RUDE!"),
                       &got);
    assert_true(got.neg == 0.376 && got.neu == 0.488 && got.pos == 0.136);
    assert_true(got.compound == -0.6642);
    assert_int_equal(got.compound_1e4, -6642);
    gs_sentiment_score(scorer, scratch, gs_str_of("nothing here"), &got);
    assert_true(got.neu == 1 && got.neg == 0 && got.pos == 0 && got.compound_1e4 == 0);
}

static void test_no_text(void **state)
{
    static const struct gs_str CASES[] = {{NULL, 0}, {"", 0}, {" \n\t", 3}, {"\xC2\xA0", 2}};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_sentiment_score got = {1, 1, 1, 1, 1};
        gs_sentiment_score(scorer, scratch, CASES[i], &got);
        assert_true(got.neg == 0 && got.neu == 0 && got.pos == 0 && got.compound == 0);
        assert_int_equal(got.compound_1e4, 0);
    }
}

/* The view need not be terminated, and no byte behind it counts. */
static void test_reads_only_the_view(void **state)
{
    static const char TEXT[] = "it is good and bad and a great many other things besides, not good";
    (void)state;
    for (size_t len = 0; len < sizeof(TEXT); len++) {
        char *exact = malloc(len + 1), copy[sizeof(TEXT)] = {0};
        struct gs_sentiment_score got;
        memcpy(exact, TEXT, len);
        memcpy(copy, TEXT, len);
        gs_sentiment_score(scorer, scratch, gs_str_make(exact, len), &got);
        assert_int_equal(got.compound_1e4, score(scorer, copy));
        free(exact);
    }
}

static void test_custom_lexicon(void **state)
{
    struct gs_sentiment *made =
        make("gut\t1.5\tmore columns\r\n\r\nschön\t+2\nσίσυφος\t-.5\n"
             "doppelt\t9\nDoppelt\t3\ndoppelt\t-1\nzwei worte\t4\n",
             "\xF0\x9F\x98\x80\tsehr gut\n\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD\tgut\n");
    struct gs_sentiment *same = make("gut\t1.5\n", ""), *other = make("gut\t1.6\n", "");
    (void)state;
    assert_int_equal(score(made, "GUT"), 3612);   /* 1.5 / sqrt(1.5² + 15) */
    assert_int_equal(score(made, "SCHÖN"), 4588); /* 2 */
    assert_int_equal(score(made, "ΣΊΣΥΦΟΣ"), -1280);
    assert_int_equal(score(made, "doppelt"), -2500); /* the last of equal keys */
    assert_int_equal(score(made, "zwei worte"), 0);
    assert_int_equal(score(made, "good"), 0);
    assert_int_equal(score(made, "\xF0\x9F\x98\x80"), 3612);
    assert_int_equal(score(made, "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD"), 0);
    assert_int_equal(score(made, "not gut"), -2755);
    assert_int_not_equal(gs_sentiment_version(same), gs_sentiment_version(other));
    assert_int_not_equal(gs_sentiment_version(same), gs_sentiment_version(scorer));
    gs_sentiment_destroy(made);
    gs_sentiment_destroy(same);
    gs_sentiment_destroy(other);
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    assert_non_null(file);
    *len = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

/* What is embedded is, byte for byte, what is in the source tree. */
static void test_built_in_is_the_files(void **state)
{
    size_t lexicon_len, emoji_len;
    char *lexicon =
        read_file(GS_SOURCE_DIR "/src/sentiment/lexicon/vader_lexicon.txt", &lexicon_len);
    char *emoji =
        read_file(GS_SOURCE_DIR "/src/sentiment/lexicon/emoji_utf8_lexicon.txt", &emoji_len);
    struct gs_sentiment_config config = {.lexicon = gs_str_make(lexicon, lexicon_len),
                                         .emoji = gs_str_make(emoji, emoji_len)};
    struct gs_sentiment *made;
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_sentiment_create(&config, &made, &error), GS_OK);
    assert_int_equal(gs_sentiment_version(made), gs_sentiment_version(scorer));
    assert_int_not_equal(gs_sentiment_version(made), 0);
    gs_sentiment_destroy(made);
    free(lexicon);
    free(emoji);
}

static void test_bad_lexicons(void **state)
{
    static const struct {
        const char *lexicon;
        const char *emoji;
        const char *message; /* a part of it */
    } CASES[] = {
        {"", "", "the lexicon has no words"},
        {"\n \r\n", "", "the lexicon has no words"},
        {"good\t1\nbad", "", "line 2 of the lexicon has no tab"},
        {"good 1", "", "line 1 of the lexicon has no tab"},
        {"\t1", "", "line 1 of the lexicon has no tab"},
        {"good\t", "", "line 1 of the lexicon has no tab"},
        {"a\t1\n\n\ngood\tx", "", "line 4 of the lexicon: 'x' is no plain decimal"},
        {"good\t1e3", "", "'1e3'"},
        {"good\tnan", "", "'nan'"},
        {"good\t-", "", "'-'"},
        {"good\t.", "", "'.'"},
        {"good\t1.2.3", "", "'1.2.3'"},
        {"good\t0x10", "", "'0x10'"},
        {"good\t1234567890123456", "", "15 digits"},
        {"g\xFFod\t1", "", "line 1 of the lexicon is not UTF-8"},
        {"a\t1", "x\tan x", "line 1 of the emoji lexicon: the key is not a character beyond"},
        {"a\t1", "\xF0\x9F\x98\x80 smile", "line 1 of the emoji lexicon has no tab"},
        {"a\t1", "\xC3\xA9\te\n\xF0\x9F\tx", "line 2 of the emoji lexicon is not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_sentiment_config config = {.lexicon = gs_str_of(CASES[i].lexicon),
                                             .emoji = gs_str_of(CASES[i].emoji)};
        struct gs_sentiment *made = scorer;
        struct gs_error error = {0};
        assert_int_equal(gs_sentiment_create(&config, &made, &error), GS_E_DATA);
        assert_null(made);
        if (!strstr(error.message, CASES[i].message))
            fail_msg("case %zu: %s", i, error.message);
    }
}

static void test_too_long_entries(void **state)
{
    char lexicon[600], emoji[600];
    struct gs_error error;
    struct gs_sentiment *made;
    (void)state;
    for (int len = 254; len <= 257; len++) {
        snprintf(lexicon, sizeof(lexicon), "%0*d\t1", len, 7);
        snprintf(emoji, sizeof(emoji), "\xC3\xA9\t%0*d", len, 7);
        struct gs_sentiment_config words = {.lexicon = gs_str_of(lexicon), .emoji = {"", 0}};
        struct gs_sentiment_config signs = {.lexicon = {"a\t1", 3}, .emoji = gs_str_of(emoji)};
        enum gs_status expected = len <= 255 ? GS_OK : GS_E_DATA;
        assert_int_equal(gs_sentiment_create(&words, &made, &error), expected);
        gs_sentiment_destroy(made);
        assert_int_equal(gs_sentiment_create(&signs, &made, &error), expected);
        gs_sentiment_destroy(made);
    }
}

/* 255 bytes of key: found whole, and not by its beginning. */
static void test_long_words(void **state)
{
    char lexicon[300], text[300];
    (void)state;
    for (int len = 1; len <= 255; len++) {
        snprintf(lexicon, sizeof(lexicon), "%0*d\t1", len, 7);
        struct gs_sentiment *made = make(lexicon, "");
        snprintf(text, sizeof(text), "%0*d", len, 7);
        assert_int_equal(score(made, text), 2500);
        text[len - 1] = '8';
        assert_int_equal(score(made, text), 0);
        gs_sentiment_destroy(made);
    }
}

static void test_round(void **state)
{
    static const struct {
        double value;
        double scale;
        int32_t rounded;
    } CASES[] = {
        {0, 1000, 0},
        {1, 1000, 1000},
        {-1, 10000, -10000},
        {0.0625, 1000, 62},
        {0.1875, 1000, 188},
        {0.4375, 1000, 438}, /* true ties: to even */
        {0.03125, 10000, 312},
        {-0.03125, 10000, -312},
        {0.09375, 10000, 938},
        {0.0005, 1000, 1},
        {0.0015, 1000, 2},
        {0.0025, 1000, 3}, /* doubles beside ties */
        {0.2675, 1000, 268},
        {0.5005, 1000, 500},
        {0.00015, 10000, 1},
        {-0.00005, 10000, -1},
        {0.99995, 10000, 10000},
        {0.999949999, 10000, 9999},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++)
        if (gsi_round(CASES[i].value, CASES[i].scale) != CASES[i].rounded)
            fail_msg("case %zu: %d", i, gsi_round(CASES[i].value, CASES[i].scale));
}

/* The original's loop, word for word. */
static void but_by_definition(double *values, const struct gsi_hit *hits, uint32_t count,
                              uint32_t but)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = 0;
        while (values[first] != values[i])
            first++;
        double value = values[i];
        if (hits[first].token < but)
            values[first] = value * 0.5;
        else if (hits[first].token > but)
            values[first] = value * 1.5;
    }
}

static void test_but_of_long_texts(void **state)
{
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    enum { HITS = 1500, ROUNDS = 200 };
    static double values[HITS], expected[HITS];
    static struct gsi_hit hits[HITS];
    static uint16_t flags[2 * HITS];
    (void)state;
    printf("GS_SEED=%u\n", seed);
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count = 1 + (uint32_t)rand() % (round % 2 ? HITS : 130), but = 0;
        int kinds = 1 + rand() % 12;
        for (uint32_t i = 0; i < count; i++) {
            hits[i] = (struct gsi_hit){.token = 2 * i};
            /* Few kinds, and halves and thirds of one another, so that changed values meet. */
            values[i] = expected[i] =
                ldexp((rand() % 3) - 1, -(rand() % kinds)) * pow(1.5, rand() % kinds);
        }
        memset(flags, 0, sizeof(flags));
        but = (uint32_t)rand() % (2 * count);
        flags[but] = GSI_BUT;
        struct gsi_text text = {.flags = flags, .hits = hits, .values = values, .hit_count = count};
        gsi_but(&text, scratch);
        but_by_definition(expected, hits, count, but);
        for (uint32_t i = 0; i < count; i++)
            if (values[i] != expected[i])
                fail_msg("round %d of %u, value %u", round, seed, i);
    }
}

/* 1 MB of whatever is dear: quadratic time would take minutes, so the deadline of the run tells. */
static void test_hostile_texts(void **state)
{
    static const char *const PATTERNS[] = {
        "\xF0\x9F\x98\x82",
        "\xF0\x9F\x98\x82 but ",
        "good ",
        "good bad but ",
        "!",
        "'",
        "n't ",
        "a",
        "A ",
        "no ",
        "\xCE\xA3",
        "\xC2\xA0",
        "\xFF",
        "GOOD very ",
        "kind of ",
        "''a'' ",
        "\xE2\x84\xAA",
    };
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(PATTERNS); i++) {
        size_t len = strlen(PATTERNS[i]);
        struct gs_sentiment_score got;
        for (size_t at = 0; at < BYTES; at++)
            text[at] = PATTERNS[i][at % len];
        gs_sentiment_score(scorer, scratch, gs_str_make(text, BYTES), &got);
        assert_true(fabs(got.compound) <= 1);
    }
    free(text);
}

/* Only the beginning of a longer text counts. */
static void test_length_limit(void **state)
{
    size_t len = GS_SENTIMENT_TEXT_BYTES_MAX + 6;
    char *text = malloc(len);
    struct gs_sentiment_score got;
    (void)state;
    memset(text, ' ', len);
    memcpy(text + len - 6, " good ", 6);
    gs_sentiment_score(scorer, scratch, gs_str_make(text, len), &got);
    assert_int_equal(got.compound_1e4, 0);
    memcpy(text + len - 12, " good ", 6);
    gs_sentiment_score(scorer, scratch, gs_str_make(text, len), &got);
    assert_int_equal(got.compound_1e4, 4404);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_members),
        cmocka_unit_test(test_no_text),
        cmocka_unit_test(test_reads_only_the_view),
        cmocka_unit_test(test_custom_lexicon),
        cmocka_unit_test(test_built_in_is_the_files),
        cmocka_unit_test(test_bad_lexicons),
        cmocka_unit_test(test_too_long_entries),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_but_of_long_texts),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_length_limit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
