/* Goal: a user's lists are read as their grammar says, and what is wrong in one is named by list
 * and line; values out of range are refused. Method: a small list of every kind of element; tables
 * of mistakes with their messages. */
#include "groundswell/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_own_list(void **state)
{
    (void)state;
    struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch = gs_clean_scratch_create();
    struct gs_clean_text text;
    struct gs_error error;
    struct gs_clean_config config;
    gs_clean_config_default(&config);
    config.lists[GS_CLEAN_LIST_PROMO] = gs_str_of("# mine\n"
                                                  "<fruit> = Apples pears\r\n"
                                                  "buy [fresh] [ripe] <fruit>|<number> ..2 now\n"
                                                  "! never buy apples now\n"
                                                  "^ only $\n"
                                                  "<url> <mention>\n"
                                                  "x1 x2 x3 x4 x5 x6 x7 x8\n");
    config.lists[GS_CLEAN_LIST_GENERIC] = gs_str_of("");
    static const struct {
        const char *text;
        bool fires;
    } cases[] = {
        {"buy apples now", true},
        {"BUY pears really very now!", true},
        {"buy fresh ripe apples now", true},
        {"buy ripe 12 now", true},
        {"buy ripe fresh apples now", false},
        {"buy apples one two three now", false},
        {"buy apples", false},
        {"never buy apples now", false},
        {"never buy pears now", true},
        {"only", true},
        {"Only 😍", true},
        {"only one", false},
        {"the only", false},
        {"http://acme.com @ana", true},
        {"x1 x2 x3 x4 x5 x6 x7 x8", true},
        {"x1 x2 x3 x4 x5 x6 x7 x1 x2 x3 x4 x5 x6 x7 x8", true},
        {"x1 x2 x3 x4 x5 x6 x7", false},
        {"check out my channel", false},
    };
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_OK);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        gs_clean_read(rules, scratch, gs_str_of(cases[i].text), &text);
        bool fires = gs_clean_judge(rules, &text, false) >> GS_REASON_PROMO & 1;
        if (fires != cases[i].fires)
            print_error("'%s'\n", cases[i].text);
        assert_int_equal(fires, cases[i].fires);
    }
    gs_clean_rules_destroy(rules);
    gs_clean_scratch_destroy(scratch);
}

static void test_wrong_lists(void **state)
{
    (void)state;
    static const struct {
        enum gs_clean_list list;
        const char *text, *message;
    } cases[] = {
        {GS_CLEAN_LIST_PROMO, "a b\n[c]", "line 2 of the list of promo: '[c]' has no word"},
        {GS_CLEAN_LIST_PROMO, "..2 a", "line 1 of the list of promo: '..2 a' has no word"},
        {GS_CLEAN_LIST_PROMO, "a ..9 b", "line 1 of the list of promo: '..9' is no gap"},
        {GS_CLEAN_LIST_CONTACT, "\n\n<no> x", "line 3 of the list of contact: '<no>' is a class"},
        {GS_CLEAN_LIST_CONTACT, "<a> = b\n<a> = c",
         "line 2 of the list of contact: 'a' is defined"},
        {GS_CLEAN_LIST_CONTACT, "<a> =", "line 1 of the list of contact: 'a' is a class without"},
        {GS_CLEAN_LIST_GENERIC, "a $ b", "line 1 of the list of generic: 'a $ b' has something"},
        {GS_CLEAN_LIST_GENERIC, "a ^", "line 1 of the list of generic: 'a ^' has something"},
        {GS_CLEAN_LIST_PROFANITY, "a|e-mail", "line 1 of the list of profanity: 'e-mail' is more"},
        {GS_CLEAN_LIST_UNSAFE, "&", "line 1 of the list of unsafe: '&' is no word"},
        {GS_CLEAN_LIST_UNSAFE, "x\xFFy", "line 1 of the list of unsafe: 'x\xFFy' is not UTF-8"},
        {GS_CLEAN_LIST_PROMO, "!", "line 1 of the list of promo: '!' has no word"},
        {GS_CLEAN_LIST_PROMO, "a b c d e f g h i j k l m n o p q r s t u v w x y",
         "line 1 of the list of promo: 'y' is one word too many"},
        {GS_CLEAN_LIST_SHORTENERS, "a.b\nhttp://x.y",
         "line 2 of the list of shorteners: 'http://x.y' is no domain"},
        {GS_CLEAN_LIST_SUFFIXES, "c m", "line 1 of the list of suffixes: 'c m' is no domain"},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_clean_config config;
        struct gs_clean_rules *rules;
        struct gs_error error;
        gs_clean_config_default(&config);
        config.lists[cases[i].list] = gs_str_of(cases[i].text);
        assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_DATA);
        assert_null(rules);
        if (strncmp(error.message, cases[i].message, strlen(cases[i].message)) != 0)
            print_error("%s\n", error.message);
        assert_memory_equal(error.message, cases[i].message, strlen(cases[i].message));
    }
}

static void test_wrong_files(void **state)
{
    (void)state;
    static const struct {
        enum gs_clean_list list;
        const char *text, *message;
    } cases[] = {
        {GS_CLEAN_LIST_PROMO, "a\n[c]", "line 2 of the list of promo (/my/list): '[c]' has no"},
        {GS_CLEAN_LIST_SUFFIXES, "c m", "line 1 of the list of suffixes (/my/list): 'c m' is no"},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_clean_config config;
        struct gs_clean_rules *rules;
        struct gs_error error = {0};
        gs_clean_config_default(&config);
        config.lists[cases[i].list] = gs_str_of(cases[i].text);
        config.list_files[cases[i].list] = "/my/list";
        assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_DATA);
        if (!strstr(error.message, cases[i].message))
            fail_msg("%s", error.message);
    }
}

static void test_allowed_domains(void **state)
{
    (void)state;
    static const char *const good[] = {
        "brand.com", "Shop.Brand.co.uk", "xn--bcher-kva.example", "bücher.example",
        "brand",     "www.brand.com"};
    static const char *const wrong[] = {"",          "http://brand.com", "brand.com/",
                                        "brand com", ".brand.com",       "brand.com.",
                                        "a#b.com",   "a\nb.com",         "*.brand.com"};
    static char long_one[255];
    memset(long_one, 'a', 254);
    for (size_t i = 0; i < GS_COUNT_OF(good); i++)
        assert_true(gs_clean_is_domain(gs_str_of(good[i])));
    for (size_t i = 0; i < GS_COUNT_OF(wrong); i++)
        assert_false(gs_clean_is_domain(gs_str_of(wrong[i])));
    assert_false(gs_clean_is_domain(gs_str_of(long_one)));
    assert_true(gs_clean_is_domain(gs_str_make(long_one, 253)));
    const char *const domains[] = {"brand.com", "not a domain"};
    struct gs_clean_config config;
    struct gs_clean_rules *rules;
    struct gs_error error = {0};
    gs_clean_config_default(&config);
    config.allowed_domains = domains;
    config.allowed_domain_count = 2;
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "line 2 of the list of allowed domains: 'not a domain'"));
}

/* A list of more phrases than fit is refused, not cut. */
static void test_too_long_list(void **state)
{
    (void)state;
    struct gs_buf list = {0};
    struct gs_clean_config config;
    struct gs_clean_rules *rules;
    struct gs_error error;
    for (int i = 0; i < 1000; i++)
        gs_buf_printf(&list, "word%d other%d\n", i, i);
    gs_clean_config_default(&config);
    config.lists[GS_CLEAN_LIST_UNSAFE] = gs_str_make(list.data, list.len);
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "too many phrases"));
    gs_buf_deinit(&list);
}

static void test_wrong_values(void **state)
{
    (void)state;
    struct gs_clean_config config;
    struct gs_clean_rules *rules;
    struct gs_error error;
    static const char *const wrong[] = {"acme.com/shop"};
    gs_clean_config_default(&config);
    config.rule[GS_REASON_PHONE].weight = 257;
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_CONFIG);
    gs_clean_config_default(&config);
    config.flood_run = 2;
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_CONFIG);
    gs_clean_config_default(&config);
    config.phone_digits = 5;
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_CONFIG);
    gs_clean_config_default(&config);
    config.allowed_domains = wrong;
    config.allowed_domain_count = 1;
    assert_int_equal(gs_clean_rules_create(&config, &rules, &error), GS_E_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_list),      cmocka_unit_test(test_wrong_lists),
        cmocka_unit_test(test_wrong_files),   cmocka_unit_test(test_allowed_domains),
        cmocka_unit_test(test_too_long_list), cmocka_unit_test(test_wrong_values),
    };
    return cmocka_run_group_tests_name("clean_lists", tests, NULL, NULL);
}
