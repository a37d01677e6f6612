/* Goal: an explanation says what the score is made of, and adds up to it.
 * Method: tables of texts with the parts that are expected; the sum against the score for
 * random texts of the words that matter (GS_SEED). */
#include "groundswell/sentiment.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static struct gs_sentiment *scorers[2];
static struct gs_sentiment_scratch *scratch;

static int set_up(void **state)
{
    (void)state;
    scratch = gs_sentiment_scratch_create();
    for (int i = 0; i < 2; i++) {
        struct gs_sentiment_config config = {.scorer = (enum gs_sentiment_scorer)i};
        struct gs_error error;
        if (gs_sentiment_create(&config, &scorers[i], &error) != GS_OK)
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gs_sentiment_destroy(scorers[0]);
    gs_sentiment_destroy(scorers[1]);
    gs_sentiment_scratch_destroy(scratch);
    return 0;
}

struct heard {
    size_t parts;
    double values;
    struct gs_buf told;
};

static void hear(void *user, const struct gs_sentiment_part *part)
{
    struct heard *heard = user;
    heard->parts++;
    heard->values += part->value;
    gs_buf_printf(&heard->told, "%.*s %.4g->%.4g", (int)part->text.len, part->text.data,
                  part->valence, part->value);
    for (uint32_t rules = part->rules; rules; rules &= rules - 1)
        gs_buf_printf(&heard->told, " [%s]", gs_sentiment_rule_name(rules & -rules));
    gs_buf_add_text(&heard->told, "; ");
}

static struct gs_sentiment_account explain(const struct gs_sentiment *scorer, struct gs_str text,
                                           struct heard *heard)
{
    *heard = (struct heard){0};
    return gs_sentiment_explain(scorer, scratch, text, hear, heard);
}

static void test_parts(void **state)
{
    static const struct {
        const char *text;
        const char *told;
    } CASES[] = {
        {"The food was VERY good!",
         "The 0->0; food 0->0; was 0->0; VERY 0->0 [is booster]; good 1.9->2.926 [boosted]; "},
        {"not good :(",
         "not 0->0 [is negation]; good 1.9->-1.406 [negated]; :( -1.9->-1.9 [sign]; "},
        {"good but BAD", "good 1.9->0.95 [before but]; but 0->0 [is but]; "
                         "BAD -2.5->-4.849 [capitals] [behind but]; "},
        {"can't wait", "can't 0->0; wait 0->2.2 [idiom]; "},
        {"goooood", "good 1.9->1.9 [lengthened]; "},
        {"pretty bad", "pretty 2.2->0 [intensifies]; bad -2.5->-2.793 [boosted]; "},
        {"it looks like rain", "it 0->0; looks 0->0; like 1.5->0 [compares]; rain 0->0; "},
        {"no joy", "no -1.2->0 [no]; joy 2.8->-2.072 [negated]; "},
        {"kinda nice", "kinda 0->0 [is dampener]; nice 1.8->1.507 [dampened]; "},
        {"never so good", "never 0->0 [is negation]; so 0->0 [is booster]; good 1.9->2.741 "
                          "[boosted] [exaggerated]; "},
        {"least helpful", "least 0->0; helpful 1.8->-1.332 [least]; "},
        {"\U0001F525", "\U0001F525 2.6->2.6 [sign]; "},
        {"", ""},
        {" \n", ""},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct heard heard;
        explain(scorers[1], gs_str_of(CASES[i].text), &heard);
        gs_buf_add(&heard.told, "", 1);
        if (strcmp(heard.told.data, CASES[i].told) != 0)
            fail_msg("'%s' is '%s'", CASES[i].text, heard.told.data);
        gs_buf_deinit(&heard.told);
    }
}

static void check_sum(const struct gs_sentiment *scorer, struct gs_str text)
{
    struct heard heard;
    struct gs_sentiment_score score;
    struct gs_sentiment_account account = explain(scorer, text, &heard);
    gs_sentiment_score(scorer, scratch, text, &score);
    assert_true(account.score.compound == score.compound && account.score.pos == score.pos &&
                account.score.neg == score.neg && account.score.neu == score.neu);
    assert_true(heard.values == account.values);
    assert_true(account.values + account.punctuation == account.sum);
    assert_true(fabs(account.sum / sqrt(account.sum * account.sum + 15) - score.compound) <
                0.500001e-4);
    gs_buf_deinit(&heard.told);
}

static void test_sums(void **state)
{
    static const char *const WORDS[] = {
        "good", "bad",  "very", "not",   "\U0001F525", "GREAT", "but",  "!",    "??",    "kind of",
        "the",  "shit", "no",   "least", "can't wait", "never", "so",   "like", "is",    "pretty",
        "lol",  ":)",   ".",    ",",     "sooo",       "love",  "hate", "yeah", "right", "\xFF",
    };
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    (void)state;
    printf("GS_SEED=%u\n", seed);
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        struct gs_buf text = {0};
        for (int words = rand() % 20; words >= 0; words--)
            gs_buf_printf(&text, "%s%s", WORDS[(size_t)rand() % GS_COUNT_OF(WORDS)],
                          rand() % 5 ? " " : "");
        check_sum(scorers[round % 2], gs_str_make(text.data, text.len));
        gs_buf_deinit(&text);
    }
}

static void test_punctuation(void **state)
{
    struct heard heard;
    (void)state;
    struct gs_sentiment_account account = explain(scorers[1], gs_str_of("bad!! why??"), &heard);
    gs_buf_deinit(&heard.told);
    assert_int_equal(heard.parts, 2);
    assert_int_equal(account.exclamations, 2);
    assert_int_equal(account.questions, 2);
    assert_true(fabs(account.punctuation + 2 * 0.292 + 2 * 0.18) < 1e-9);
    account = explain(scorers[1], gs_str_of("table!!"), &heard);
    gs_buf_deinit(&heard.told);
    assert_true(account.punctuation == 0 && account.sum == 0);
}

static void test_names(void **state)
{
    (void)state;
    for (uint32_t rule = 1; rule <= GS_RULE_IS_BUT; rule *= 2)
        for (uint32_t other = 1; other < rule; other *= 2)
            assert_string_not_equal(gs_sentiment_rule_name(rule), gs_sentiment_rule_name(other));
    assert_null(gs_sentiment_rule_name(0));
    assert_null(gs_sentiment_rule_name(3));
    assert_null(gs_sentiment_rule_name(GS_RULE_IS_BUT << 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_punctuation),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
