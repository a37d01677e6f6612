/* Goal: each mend of vader+ does what its line in gs_sentiment_mend says, and only with its bit.
 * Method: pairs of texts that mean the same: with the mend they score alike, without it they do
 * not. Where there is no such pair: the sign. And long texts of whatever is dear, by the clock. */
#include "groundswell/sentiment.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static struct gs_sentiment *reference;
static struct gs_sentiment *plus;
static struct gs_sentiment_scratch *scratch;

static struct gs_sentiment *make(struct gs_sentiment_config config)
{
    struct gs_sentiment *made = NULL;
    struct gs_error error;
    if (gs_sentiment_create(&config, &made, &error) != GS_OK)
        fail_msg("%s", error.message);
    return made;
}

static struct gs_sentiment *make_without(uint32_t mends)
{
    return make((struct gs_sentiment_config){.scorer = GS_SENTIMENT_VADER_PLUS, .without = mends});
}

static int set_up(void **state)
{
    (void)state;
    scratch = gs_sentiment_scratch_create();
    reference = make((struct gs_sentiment_config){.scorer = GS_SENTIMENT_REFERENCE});
    plus = make_without(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gs_sentiment_destroy(reference);
    gs_sentiment_destroy(plus);
    gs_sentiment_scratch_destroy(scratch);
    return 0;
}

static int32_t score(const struct gs_sentiment *with, const char *text)
{
    struct gs_sentiment_score got;
    gs_sentiment_score(with, scratch, gs_str_of(text), &got);
    return got.compound_1e4;
}

/* ------------------------------------------------------------------ mend by mend */

static void test_pairs(void **state)
{
    static const struct {
        uint32_t mend;
        const char *text;
        const char *same; /* for vader+ with the mend, and for it alone */
    } CASES[] = {
        {GS_MEND_APOSTROPHE, "this isn\u2019t good", "this isn't good"},
        {GS_MEND_APOSTROPHE, "we don\u02BCt love it", "we don't love it"},
        {GS_MEND_TYPOGRAPHY, "\u201Cgood\u201D", "\"good\""},
        {GS_MEND_TYPOGRAPHY, "\u00ABgreat\u00BB", "great"},
        {GS_MEND_TYPOGRAPHY, "it is good\u2014really", "it is good really"},
        {GS_MEND_TYPOGRAPHY, "good\uFF01\uFF01", "good!!"},
        {GS_MEND_TYPOGRAPHY, "\uFF47\uFF4F\uFF4F\uFF44", "good"},
        {GS_MEND_TYPOGRAPHY, "\u200Bgood\uFEFF", "good"},
        {GS_MEND_TYPOGRAPHY, "so good\u2026", "so good"},
        {GS_MEND_SHORT_TOKENS, "no!", "no !"},
        {GS_MEND_SHORT_TOKENS, "ok.", "ok"},
        {GS_MEND_SHORT_TOKENS, "(ok)", "ok"},
        {GS_MEND_SHORT_TOKENS, "fun :)))", "fun :)"},
        {GS_MEND_SHORT_TOKENS, "fun :D.", "fun :D"},
        {GS_MEND_SHORT_TOKENS, "\u00E9t\u00E9 ok.", "\u00E9t\u00E9 ok"},
        {GS_MEND_JOINED, "good,bad", "good bad"},
        {GS_MEND_JOINED, "nice...but boring", "nice but boring"},
        {GS_MEND_JOINED, "love/hate", "love hate"},
        {GS_MEND_JOINED, "it is great:)", "it is great :)"},
        {GS_MEND_JOINED, "love<3", "love <3"},
        {GS_MEND_JOINED, "we met a friend and it was so much fun!!!thanks,great day(best ever)",
         "we met a friend and it was so much fun!!! thanks great day best ever"},
        {GS_MEND_LENGTHENED, "goooood", "good"},
        {GS_MEND_LENGTHENED, "I looooove it", "I love it"},
        {GS_MEND_LENGTHENED, "sooooo good", "so good"},
        {GS_MEND_LENGTHENED, "happpyyyyy", "happy"},
        {GS_MEND_LENGTHENED, "NOT GOOOOD!", "NOT GOOD!"},
        {GS_MEND_NAMES, "@love look", "@someone look"},
        {GS_MEND_IDIOMS, "the bomb", "this film is the bomb"},
        {GS_MEND_IDIOMS, "yeah right", "then it was and yeah right"},
        {GS_MEND_IDIOMS, "I can't wait, best", "best, can't wait"},
        {GS_MEND_NEGATIONS, "nobody is happy", "not is happy"},
        {GS_MEND_NEGATIONS, "not only good", "now only good"},
        {GS_MEND_CLAUSES, "I do not. Great", "I do so. Great"},
        {GS_MEND_CLAUSES, "No, great idea", "great idea, No"},
        {GS_MEND_SIGNS, "not today :)", "for today :)"},
        {GS_MEND_SIGNS, "never mind lol", "always mind lol"},
        {GS_MEND_INTENSIFIERS, "pretty bad", "very bad"},
        {GS_MEND_INTENSIFIERS, "damn good", "very good"},
        {GS_MEND_LIKE, "it looks like rain", "it looks at rain"},
        {GS_MEND_BUT, "nothing but love", "plainly of love"},
        {GS_MEND_BUT, "anything but good", "anything not good"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_sentiment *without = make_without(CASES[i].mend);
        int32_t got = score(plus, CASES[i].text), same = score(plus, CASES[i].same);
        int32_t left = score(without, CASES[i].text), right = score(without, CASES[i].same);
        if (got != same || left == right)
            print_error("'%s' %d, '%s' %d; without the mend %d and %d\n", CASES[i].text, got,
                        CASES[i].same, same, left, right);
        gs_sentiment_destroy(without);
        assert_int_equal(got, same);
        assert_int_not_equal(left, right);
    }
}

/* 3.0 before, 1.5 behind: 1.5 and 2.25. By value, the second change goes to the first one, too. */
static void test_but_by_position(void **state)
{
    struct gs_sentiment *without = make_without(GS_MEND_BUT);
    (void)state;
    assert_int_equal(score(plus, "gorgeous but like"), 6956);
    assert_int_equal(score(without, "gorgeous but like"), 5023);
    gs_sentiment_destroy(without);
}

/* Emoji: what they are worth changes with the table, so signs are compared. */
static void test_emoji(void **state)
{
    static const struct {
        uint32_t without;
        const char *text;
        int sign;
        const char *same; /* NULL: not compared */
    } CASES[] = {
        {0, "\U0001F44D", 1, NULL},                                  /* thumbs up */
        {0, "\U0001F44E", -1, NULL},                                 /* and down */
        {0, "\U0001F525", 1, NULL},                                  /* fire */
        {0, "\U0001F494", -1, NULL},                                 /* broken heart */
        {0, "\u2764", 1, NULL},                                      /* heart */
        {0, "\u2764\uFE0F", 1, "\u2764"},                            /* as an emoji */
        {0, "\U0001F44D\U0001F3FD", 1, "\U0001F44D"},                /* skin tone */
        {0, "\U0001F4AF", 1, NULL},                                  /* hundred */
        {0, "\U0001F64F", 1, NULL},                                  /* folded hands */
        {0, "\U0001F44F", 1, NULL},                                  /* applause */
        {0, "\U0001F92E", -1, NULL},                                 /* vomiting */
        {0, "\U0001F62D", -1, NULL},                                 /* sobbing, a little */
        {0, "\u2764\uFE0F\u200D\U0001F525", 1, "\u2764 \U0001F525"}, /* joined */
        {0, "\U0001F44Dbad", -1, "\U0001F44D bad"},                  /* no space between */
        {0, "bad\U0001F44D", -1, "bad \U0001F44D"},                  /* */
        {0, "\U0001F9F6bad", -1, "\U0001F9F6 bad"},                  /* yarn: not in the table */
        {0, "\U0001FACEbad", -1, "\U0001FACE bad"},                  /* newer than all tables */
        {0, "\U0001F1E9\U0001F1EAgood", 1, "\U0001F1E9\U0001F1EA good"}, /* a flag */
        {0, "\U0001F64Fgood,bad", 0, NULL},
        {GS_MEND_EMOJI_SPACE, "\U0001F44Dbad", 0, NULL},
        {GS_MEND_EMOJI_TABLE, "\U0001F44D", 0, NULL},  /* "thumbs up" */
        {GS_MEND_EMOJI_TABLE, "\U0001F525", -1, NULL}, /* "fire" */
        {GS_MEND_VARIANTS, "good \u2764\uFE0Fbad", 1, NULL},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        struct gs_sentiment *made = make_without(CASES[i].without);
        int32_t got = score(made, CASES[i].text);
        if (CASES[i].sign && (got > 0) - (got < 0) != CASES[i].sign)
            fail_msg("case %zu, '%s': %d", i, CASES[i].text, got);
        if (CASES[i].same)
            assert_int_equal(got, score(made, CASES[i].same));
        gs_sentiment_destroy(made);
    }
}

/* A mend that goes too far would be worse than the defect. */
static void test_what_stays(void **state)
{
    static const struct {
        const char *text;
        const char *same;
    } CASES[] = {
        {"see https://shop.example/great/love,bad?best=1", "see it"},
        {"www.hate.example/very/bad", "some"},
        {"mail best@love.example", "mail it"},
        {"1,000 good", "1000 good"},
        {"10/10 good", "ten good"},
        {"4/love", "four"},
        {"'good'", "good"},
        {"this ain't the worst-case", "this ain't the case"},
        {"grrr", "grrr"},
        {"the 2000 000 aaa", "the two to all"},
        {"I really like it", "they really like it"},
        {"I like it", "we like it"},
        {"don't like it", "won't like it"},
        {"pretty good", "pretty good"},
        {"not... good", "not good"},
        {"bus stop", "any thing"},
        {"#love", "love"},
        {"no joy", "no joy"},
        {"not good", "never good"},
        {"\u65E5\u672C\u8A9E\u3002good", "\u65E5\u672C\u8A9E\u3002good"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++)
        if (score(plus, CASES[i].text) != score(plus, CASES[i].same))
            fail_msg("'%s' %d, '%s' %d", CASES[i].text, score(plus, CASES[i].text), CASES[i].same,
                     score(plus, CASES[i].same));
    assert_true(score(plus, "pretty good") > score(plus, "good"));
    assert_true(score(plus, "no joy") < 0 && score(plus, "no no no") < -5000);
    assert_true(score(plus, "they cut the mustard") > 0 && score(plus, "the cut") < 0);
    assert_true(score(plus, "not the bomb") < 0 && score(plus, "thumbs down") < 0);
    assert_true(score(plus, "I like it") > 0 && score(plus, "don't like it") < 0);
    assert_true(score(plus, "not good :(") < -5000); /* the reference: :( turned around */
    assert_true(score(reference, "not good :(") > -3500);
}

/* Without any mend vader+ is the reference, whatever the text. */
static void test_all_left_out(void **state)
{
    struct gs_sentiment *bare = make_without(GS_MENDS_ALL);
    static const char *const TEXTS[] = {
        "this isn\u2019t good",
        "no!",
        "good,bad but good",
        "to die for",
        "\U0001F44D\U0001F3FDgood",
        "nobody likes it like that",
        "pretty bad",
        "not today. Great :)",
        "sooo goood @love",
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(TEXTS); i++)
        assert_int_equal(score(bare, TEXTS[i]), score(reference, TEXTS[i]));
    assert_int_equal(gs_sentiment_version(bare), gs_sentiment_version(reference));
    gs_sentiment_destroy(bare);
}

static void test_version(void **state)
{
    uint64_t seen[20] = {gs_sentiment_version(reference), gs_sentiment_version(plus)};
    size_t count = 2;
    (void)state;
    for (uint32_t mend = 1; mend & GS_MENDS_ALL; mend *= 2) {
        struct gs_sentiment *without = make_without(mend);
        seen[count++] = gs_sentiment_version(without);
        gs_sentiment_destroy(without);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
}

/* An emoji file of one's own replaces the table; it may have numbers and descriptions. */
static void test_own_emoji(void **state)
{
    struct gs_sentiment *made = make((struct gs_sentiment_config){
        .scorer = GS_SENTIMENT_VADER_PLUS,
        .emoji = gs_str_of("\U0001F44D\t-2\n\u2764\uFE0F\t3.5\tlove\n\U0001F9F6\tgood yarn\n")});
    (void)state;
    assert_int_equal(score(made, "\U0001F44D"), -4588); /* 2 / sqrt(4 + 15) */
    assert_int_equal(score(made, "\u2764"), 6705);
    assert_int_equal(score(made, "\u2764\uFE0F"), 6705);
    assert_int_equal(score(made, "\U0001F9F6"), 4404);
    assert_int_equal(score(made, "\U0001F525"), 0);
    assert_int_not_equal(gs_sentiment_version(made), gs_sentiment_version(plus));
    gs_sentiment_destroy(made);
}

/* ------------------------------------------------------------------ long texts */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What others do to the caches costs this thread's time, too: the best of some is its own. */
static double best_of_some(const struct gs_sentiment *with, struct gs_str text)
{
    double best = INFINITY;
    for (int i = 0; i < 7; i++) {
        struct gs_sentiment_score got;
        double begin = seconds();
        gs_sentiment_score(with, scratch, text, &got);
        best = fmin(best, seconds() - begin);
        assert_true(fabs(got.compound) <= 1);
    }
    return best;
}

/* Whatever is dear, or might be. */
static const char *const PATTERNS[] = {
    "\U0001F602",
    "\U0001F602 but ",
    "good ",
    "good",
    " ",
    "but ",
    "\xFF",
    "\xF0\x9F\x98 ",
    "nothing but ",
    "!",
    "'",
    "n't ",
    "a",
    "aaa ",
    "aaabbbccc ",
    "sooo ",
    "A ",
    "no ",
    "no, ",
    "\uFE0F",
    "\u200D",
    "\u2019",
    "\u2026",
    "\u200B",
    "good,bad/",
    "a,b:",
    "x.y,",
    ":) ",
    "a:)",
    "aa:)",
    "aa:p",
    ":)",
    "<3",
    ":((((((((",
    "@love ",
    "the shit ",
    "to die for ",
    "wait ",
    "as well ",
    "kind of ",
    "pretty bad ",
    "not . . . . . . good ",
    "like like ",
    "just like ",
    "GOOD very ",
    "\xE2\x84\xAA",
    "\u00E9. ",
    "(\u00E9) ",
    "bad . ",
    "\u65E5",
};

/* 1 MB takes less than 50 ms. Sanitizers are slower; there it is only asked whether it is right. */
static void test_hostile_texts(void **state)
{
    enum { BYTES = 1000000 };
    char *text = malloc(BYTES);
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(PATTERNS); i++) {
        size_t len = strlen(PATTERNS[i]);
        for (size_t at = 0; at < BYTES; at++)
            text[at] = PATTERNS[i][at % len];
        double taken = best_of_some(plus, gs_str_make(text, BYTES));
        double before = best_of_some(reference, gs_str_make(text, BYTES));
        if (taken > 0.02 || before > 0.02)
            print_message("1 MB of '%s': vader+ %.1f ms, reference %.1f ms\n", PATTERNS[i],
                          taken * 1e3, before * 1e3);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        assert_true(taken < 0.05 && before < 0.05);
#endif
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),        cmocka_unit_test(test_but_by_position),
        cmocka_unit_test(test_emoji),        cmocka_unit_test(test_what_stays),
        cmocka_unit_test(test_all_left_out), cmocka_unit_test(test_version),
        cmocka_unit_test(test_own_emoji),    cmocka_unit_test(test_hostile_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
