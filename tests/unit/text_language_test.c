/* Goal: a text without a tag of its language is guessed right, or not at all, in little time.
 * Method: tables of comments as people write them; hostile texts; random bytes (GS_SEED). */
#include "groundswell/text.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static void test_tags(void **state)
{
    static const struct {
        const char *lang;
        const char *primary;
        bool same;
    } CASES[] = {
        {"en", "en", true},    {"EN", "en", true},         {"en-US", "en", true},
        {"en_GB", "en", true}, {"de", "en", false},        {"eng", "en", false},
        {"e", "en", false},    {"", "en", false},          {"-en", "en", false},
        {"de-AT", "de", true}, {"fil", "fil", true},       {"fi", "fil", false},
        {"pt-BR", "pt", true}, {"zh-Hant-TW", "zh", true}, {"\xFF\xFE", "en", false},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++)
        assert_int_equal(gs_text_language_is(gs_str_of(CASES[i].lang), CASES[i].primary),
                         CASES[i].same);
    assert_false(gs_text_language_is((struct gs_str){0}, "en"));
}

static void test_guesses(void **state)
{
    static const struct {
        const char *text;
        const char *language; /* "" if it must stay open */
    } CASES[] = {
        {"this is so good", "en"},
        {"I love what you did with your hair", "en"},
        {"who else is watching this in 2026", "en"},
        {"don\u2019t you think it\u2019s too much?", "en"},
        {"the jalape\u00F1o dip is so good", "en"},
        {"DAS IST SO SCH\u00D6N, WO HAST DU DAS HER", "de"},
        {"Ich finde das Kleid nicht so toll", "de"},
        {"j\u2019adore cette robe, o\u00F9 est-ce que tu l\u2019as trouv\u00E9e ?", "fr"},
        {"me encanta tu pelo, \u00BFqu\u00E9 usas?", "es"},
        {"\u00A1No me gusta nada!", "es"},
        {"muito linda, n\u00E3o \u00E9?", "pt"},
        {"sei la pi\u00F9 bella di tutte", "it"},
        {"wat een mooie jurk heb je aan", "nl"},
        {"\u00E7ok g\u00FCzel olmu\u015F, nereden ald\u0131n", "tr"},
        {"bagus banget kak, beli di mana?", "id"},
        {"bardzo \u0142adna sukienka, gdzie jest do kupienia", "pl"},
        {"jag \u00E4lskar det h\u00E4r, var har du k\u00F6pt den?", "sv"},
        {"\u043E\u0447\u0435\u043D\u044C \u043A\u0440\u0430\u0441\u0438\u0432\u043E", "ru"},
        {"\u0645\u0645\u062A\u0627\u0632", "ar"},
        {"\u3068\u3066\u3082\u53EF\u611B\u3044", "ja"},
        {"\u5F88\u597D\u770B", "zh"},
        {"iPhone \u5F88\u597D\u770B", "zh"},
        {"\uB108\uBB34 \uC608\uBED0\uC694", "ko"},
        {"\u092C\u0939\u0941\u0924 \u0905\u091A\u094D\u091B\u093E", "hi"},
        {"\u0E2A\u0E27\u0E22\u0E21\u0E32\u0E01", "th"},
        {"\u03C0\u03BF\u03BB\u03CD \u03C9\u03C1\u03B1\u03AF\u03BF", "el"},
        {"I love \u304B\u308F\u3044\u3044 things so much and you too", "en"},
        {"", ""},
        {"nice", ""},
        {"wow!!", ""},
        {"ha ha ha ha", ""},
        {"la la la la", ""},
        {"caf\u00E9", ""},
        {"hermosa", ""},
        {"\U0001F525\U0001F525", ""},
        {"12345 !!! ???", ""},
        {"@the @and @with", "en"},
        {"thethethe andandand", ""},
        /* Sure before the end, also in the middle of letters. */
        {"our did their \u043E\u043D or it when\u043E\u0447\u0435\u043D\u044C\u043E\u0447\u0435",
         "en"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(CASES); i++) {
        const char *got = gs_text_guess_language(gs_str_of(CASES[i].text));
        if (strcmp(got ? got : "", CASES[i].language) != 0)
            fail_msg("'%s' is %s", CASES[i].text, got ? got : "undecided");
    }
    assert_null(gs_text_guess_language((struct gs_str){0}));
}

/* What lies behind the first bytes changes nothing. */
static void test_bound(void **state)
{
    char text[5000];
    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text + 600, "der die das und nicht", 21);
    assert_null(gs_text_guess_language(gs_str_make(text, sizeof(text))));
    memcpy(text + 400, "der die das und nicht", 21);
    assert_string_equal(gs_text_guess_language(gs_str_make(text, sizeof(text))), "de");
}

/* Exact allocations, so that a sanitizer sees a byte too far. */
static void test_any_bytes(void **state)
{
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    (void)state;
    printf("GS_SEED=%u\n", seed);
    srand(seed);
    for (int round = 0; round < 5000; round++) {
        size_t len = (size_t)rand() % 600;
        char *text = malloc(len + 1);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)(round % 2 ? rand() : "theno \xC3\xB1\xE2\x80\x99'"[rand() % 13]);
        const char *first = gs_text_guess_language(gs_str_make(text, len));
        assert_true(first == gs_text_guess_language(gs_str_make(text, len)));
        assert_true(!first || strlen(first) == 2);
        free(text);
    }
}

/* Blocks begin elsewhere behind spaces, and that changes nothing. */
static void test_shifted(void **state)
{
    static const char *const PARTS[] = {"the",    "and",    "der",        "nicht",  "beautifully",
                                        "don't",  "'",      "l\u2019as",  "\u00F1", "\u00E7",
                                        "\u0434", "\u597D", "\U0001F525", "\xC3",   "\xF0\x9F",
                                        "!",      " ",      " ",          "  ",     "x"};
    char text[64 + 400];
    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = 0, spaces = (size_t)rand() % 64, most = (size_t)rand() % 380;
        memset(text, ' ', sizeof(text));
        while (len < most) {
            const char *part = PARTS[(size_t)rand() % GS_COUNT_OF(PARTS)];
            memcpy(text + 64 + len, part, strlen(part));
            len += strlen(part);
        }
        const char *plain = gs_text_guess_language(gs_str_make(text + 64, len));
        const char *shifted = gs_text_guess_language(gs_str_make(text + 64 - spaces, len + spaces));
        assert_true(plain == shifted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),    cmocka_unit_test(test_guesses),
        cmocka_unit_test(test_bound),   cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_shifted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
