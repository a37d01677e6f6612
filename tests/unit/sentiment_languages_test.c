/* Goal: a text is scored by the lexicon of its language, and by none if there is none.
 * Method: small lexicons of two languages beside the built-in one, tables of texts and tags. */
#include "groundswell/sentiment.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define GERMAN "gut\t2\nsch\u00F6n\t2.5\nschlecht\t-2\nnicht\tnegation\nsehr\tboost\naber\tbut\n"
#define SPANISH "bueno\t2\nmalo\t-2\nno\tnegation\n"

static struct gs_sentiment *scorer;
static struct gs_sentiment_scratch *scratch;

static struct gs_sentiment_lexicon lexicon(const char *language, const char *words)
{
    return (struct gs_sentiment_lexicon){gs_str_of(language), gs_str_of(words)};
}

static struct gs_sentiment *make(const struct gs_sentiment_lexicon *others, size_t count)
{
    struct gs_sentiment_config config = {
        .scorer = GS_SENTIMENT_VADER_PLUS, .others = others, .other_count = count};
    struct gs_sentiment *made = NULL;
    struct gs_error error;
    if (gs_sentiment_create(&config, &made, &error) != GS_OK)
        fail_msg("%s", error.message);
    return made;
}

static int set_up(void **state)
{
    struct gs_sentiment_lexicon others[] = {lexicon("es", SPANISH), lexicon("de", GERMAN)};
    (void)state;
    scratch = gs_sentiment_scratch_create();
    scorer = make(others, GS_COUNT_OF(others));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gs_sentiment_destroy(scorer);
    gs_sentiment_scratch_destroy(scratch);
    return 0;
}

static void test_classes(void **state)
{
    static const struct {
        const char *lang; /* NULL: absent */
        const char *text; /* NULL: absent */
        enum gs_class class;
    } CASES[] = {
        {"en", "good", GS_CLASS_POSITIVE},
        {"en-US", "bad", GS_CLASS_NEGATIVE},
        {"en", "table", GS_CLASS_NEUTRAL},
        {"en", "", GS_CLASS_NEUTRAL},
        {"en", NULL, GS_CLASS_UNKNOWN},
        {NULL, NULL, GS_CLASS_UNKNOWN},
        {"de", "gut", GS_CLASS_POSITIVE},
        {"de-AT", "nicht gut", GS_CLASS_NEGATIVE},
        {"DE", "SCH\u00D6N", GS_CLASS_POSITIVE},
        {"de", "good", GS_CLASS_NEUTRAL},
        {"en", "gut", GS_CLASS_NEUTRAL},
        {"es", "no bueno", GS_CLASS_NEGATIVE},
        {"fr", "good", GS_CLASS_UNKNOWN},
        {"fr", "\U0001F525", GS_CLASS_UNKNOWN},
        {"de", "\U0001F525", GS_CLASS_POSITIVE},
        {"eng", "good", GS_CLASS_UNKNOWN},
        /* nobody knows: the text says */
        {NULL, "good", GS_CLASS_POSITIVE},
        {"", "good", GS_CLASS_POSITIVE},
        {"und", "good", GS_CLASS_POSITIVE},
        {"zxx", "\U0001F525", GS_CLASS_POSITIVE},
        {"qme", "good", GS_CLASS_POSITIVE},
        {"qam-x", "good", GS_CLASS_POSITIVE},
        {"que", "good", GS_CLASS_UNKNOWN}, /* Quechua */
        {"qu", "good", GS_CLASS_UNKNOWN},
        {NULL, "das ist gut", GS_CLASS_POSITIVE},
        {"und", "das ist nicht gut", GS_CLASS_NEGATIVE},
        {NULL, "il est bon et la robe est belle", GS_CLASS_UNKNOWN},
        {NULL, "\u5F88\u597D\u770B", GS_CLASS_UNKNOWN},
        {NULL, "gut", GS_CLASS_NEUTRAL}, /* too short: English */
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_sentiment_score score = {1, 1, 1, 1, 1};
        enum gs_class got = gs_sentiment_judge(scorer, scratch, gs_str_of(CASES[i].text),
                                               gs_str_of(CASES[i].lang), &score);
        if (got != CASES[i].class)
            fail_msg("case %zu: class %d", i, (int)got);
        if (got == GS_CLASS_UNKNOWN)
            assert_true(score.neg == 0 && score.neu == 0 && score.pos == 0 && score.compound == 0 &&
                        score.compound_1e4 == 0);
    }
}

static int32_t german(const char *text)
{
    struct gs_sentiment_score score;
    gs_sentiment_judge(scorer, scratch, gs_str_of(text), gs_str_of("de"), &score);
    return score.compound_1e4;
}

/* The roles of words are those of the file; English ones do nothing there. */
static void test_roles(void **state)
{
    (void)state;
    assert_true(german("sehr gut") > german("gut"));
    assert_true(german("nicht gut") < 0 && german("not gut") == german("gut"));
    assert_int_equal(german("very gut"), german("gut"));
    assert_true(german("gut aber schlecht") < 0);
    assert_int_equal(german("gut but schlecht"), 0);
    assert_int_equal(german("guuuut"), german("gut"));
    assert_int_equal(german("gut!schlecht"), german("gut! schlecht"));
}

static void test_version(void **state)
{
    struct gs_sentiment_lexicon sets[][2] = {
        {lexicon("de", GERMAN), lexicon("es", SPANISH)}, /* the scorer's, in another order */
        {lexicon("de", SPANISH), lexicon("es", GERMAN)},
        {lexicon("de", GERMAN), lexicon("pt", SPANISH)},
        {lexicon("de", GERMAN), lexicon("es", SPANISH "x\t1\n")},
    };
    uint64_t versions[GS_COUNT_OF(sets) + 2];
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(versions); i++) {
        struct gs_sentiment *made =
            i < GS_COUNT_OF(sets) ? make(sets[i], 2) : make(sets[0], i - GS_COUNT_OF(sets));
        versions[i] = gs_sentiment_version(made);
        gs_sentiment_destroy(made);
    }
    assert_true(versions[0] == gs_sentiment_version(scorer));
    for (size_t i = 0; i < GS_COUNT_OF(versions); i++)
        for (size_t k = 0; k < i; k++)
            assert_true(versions[i] != versions[k]);
}

static void test_bad_lexicons(void **state)
{
    const struct {
        struct gs_sentiment_lexicon others[2];
        const char *message;
    } CASES[] = {
        {{lexicon("de", "gut 1"), lexicon("es", SPANISH)},
         "language de: line 1 of the lexicon has no tab"},
        {{lexicon("de", GERMAN), lexicon("es", "bueno\tverb")},
         "language es: line 1 of the lexicon: 'verb'"},
        {{lexicon("de", GERMAN), lexicon("de", GERMAN)}, "two lexicons of language de"},
        {{lexicon("de", GERMAN), lexicon("en", GERMAN)}, "two lexicons of language en"},
        {{lexicon("de", GERMAN), lexicon("de-AT", GERMAN)}, "'de-AT' is no language"},
        {{lexicon("d", GERMAN), lexicon("es", SPANISH)}, "'d' is no language"},
        {{lexicon("DE", GERMAN), lexicon("es", SPANISH)}, "'DE' is no language"},
        {{lexicon("abcdefghi", GERMAN), lexicon("es", SPANISH)}, "'abcdefghi' is no language"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_sentiment_config config = {.others = CASES[i].others, .other_count = 2};
        struct gs_sentiment *made = scorer;
        struct gs_error error = {0};
        assert_int_equal(gs_sentiment_create(&config, &made, &error), GS_E_DATA);
        assert_null(made);
        if (!strstr(error.message, CASES[i].message))
            fail_msg("case %zu: %s", i, error.message);
    }
}

static void test_too_many(void **state)
{
    enum { MANY = GS_SENTIMENT_LANGUAGES_MAX + 1 };
    char names[MANY][4];
    struct gs_sentiment_lexicon others[MANY];
    struct gs_sentiment_config config = {.others = others, .other_count = MANY};
    struct gs_sentiment *made;
    struct gs_error error;
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "x%c%c", 'a' + i / 26, 'a' + i % 26);
        others[i] = lexicon(names[i], "a\t1");
    }
    assert_int_equal(gs_sentiment_create(&config, &made, &error), GS_E_DATA);
    config.other_count--;
    assert_int_equal(gs_sentiment_create(&config, &made, &error), GS_OK);
    gs_sentiment_destroy(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),  cmocka_unit_test(test_roles),
        cmocka_unit_test(test_version),  cmocka_unit_test(test_bad_lexicons),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
