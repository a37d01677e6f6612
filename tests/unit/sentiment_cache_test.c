/* Goal: a score does not depend on the memory of scores, whatever its size; its counters are true.
 * Method: random texts, often the same, through scratches with memories of several sizes and
 * through one without; languages and scorers that share a scratch. */
#include "groundswell/sentiment.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static struct gs_sentiment *make(enum gs_sentiment_scorer kind)
{
    struct gs_sentiment_lexicon german = {gs_str_of("de"), gs_str_of("gut\t2\nbad\t1.5\n")};
    struct gs_sentiment_config config = {.scorer = kind, .others = &german, .other_count = 1};
    struct gs_sentiment *made = NULL;
    struct gs_error error;
    if (gs_sentiment_create(&config, &made, &error) != GS_OK)
        fail_msg("%s", error.message);
    return made;
}

static void assert_same(const struct gs_sentiment_score *a, const struct gs_sentiment_score *b)
{
    assert_true(a->neg == b->neg && a->neu == b->neu && a->pos == b->pos);
    assert_true(a->compound == b->compound && a->compound_1e4 == b->compound_1e4);
    assert_int_equal(signbit(a->compound) != 0, signbit(b->compound) != 0); /* of a zero, too */
}

static size_t random_text(char *text)
{
    static const char *const WORDS[] = {
        "good ",  "bad ", "very ", "not ",   "\U0001F525 ", "GREAT!!! ", "but ",
        "table ", "gut ", "ok. ",  "no, ",   ":) ",         "hate ",     "",
        "! ",     "a ",   "fine ", "cried ", "so ",         "\xFF ",
    };
    size_t len = 0;
    text[0] = 0;
    for (int words = rand() % 4; words > 0; words--)
        len += (size_t)sprintf(text + len, "%s", WORDS[(size_t)rand() % GS_COUNT_OF(WORDS)]);
    return len;
}

static void test_sizes(void **state)
{
    static const uint32_t SIZES[] = {0, 1, 2, 4, 64, 4096};
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    struct gs_sentiment *scorers[] = {make(GS_SENTIMENT_REFERENCE), make(GS_SENTIMENT_VADER_PLUS)};
    struct gs_sentiment_scratch *scratches[GS_COUNT_OF(SIZES)];
    (void)state;
    printf("GS_SEED=%u\n", seed);
    srand(seed);
    for (size_t i = 0; i < GS_COUNT_OF(SIZES); i++) {
        scratches[i] = gs_sentiment_scratch_create();
        gs_sentiment_cache_resize(scratches[i], SIZES[i]);
    }
    for (int round = 0; round < 20000; round++) {
        char text[256];
        struct gs_str view = gs_str_make(text, random_text(text));
        struct gs_str lang = gs_str_of(rand() % 2 ? "en" : "de");
        struct gs_sentiment_score expected, got;
        const struct gs_sentiment *scorer = scorers[rand() % 2];
        gs_sentiment_judge(scorer, scratches[0], view, lang, &expected);
        for (size_t i = 1; i < GS_COUNT_OF(SIZES); i++) {
            gs_sentiment_judge(scorer, scratches[i], view, lang, &got);
            assert_same(&got, &expected);
        }
    }
    uint64_t hits = 0;
    for (size_t i = 0; i < GS_COUNT_OF(SIZES); i++) {
        struct gs_sentiment_cache_counters counters = gs_sentiment_cache_counters(scratches[i]);
        print_message("%u entries: %llu hits, %llu misses\n", SIZES[i],
                      (unsigned long long)counters.hits, (unsigned long long)counters.misses);
        assert_true(i == 0 ? counters.hits + counters.misses == 0 : counters.hits >= hits);
        hits = counters.hits;
        gs_sentiment_scratch_destroy(scratches[i]);
    }
    assert_true(hits > 3000);
    gs_sentiment_destroy(scorers[0]);
    gs_sentiment_destroy(scorers[1]);
}

static void test_counters(void **state)
{
    struct gs_sentiment *scorer = make(GS_SENTIMENT_VADER_PLUS);
    struct gs_sentiment_scratch *scratch = gs_sentiment_scratch_create();
    struct gs_sentiment_score score;
    (void)state;
    gs_sentiment_cache_resize(scratch, 16);
    static const char *const TEXTS[] = {"GREAT!!!", "great", "GREAT!!!", "", "great", "great "};
    for (size_t i = 0; i < GS_COUNT_OF(TEXTS); i++)
        gs_sentiment_score(scorer, scratch, gs_str_of(TEXTS[i]), &score);
    struct gs_sentiment_cache_counters counters = gs_sentiment_cache_counters(scratch);
    assert_int_equal(counters.hits, 2); /* the empty text is not asked for */
    assert_int_equal(counters.misses, 3);
    gs_sentiment_cache_resize(scratch, 16);
    counters = gs_sentiment_cache_counters(scratch);
    assert_true(counters.hits == 0 && counters.misses == 0);
    gs_sentiment_score(scorer, scratch, gs_str_of("great"), &score);
    assert_int_equal(gs_sentiment_cache_counters(scratch).misses, 1); /* forgotten */
    gs_sentiment_scratch_destroy(scratch);
    gs_sentiment_destroy(scorer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
