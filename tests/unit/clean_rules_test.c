/* Goal: every rule fires on what it is for and on nothing else; verdict and quality follow the
 * configuration; explain points at the bytes.
 * Method: tables of texts with their reasons, written for this test. */
#include "groundswell/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SPANS_MAX = 64 };
#define BIT(reason) (1u << GS_REASON_##reason)

struct rig {
    struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    struct gs_clean_text text; /* read last */
};

static const char *const domains[] = {"acme.com", "Shop.Example", "zzz-boots.de"};

static struct gs_clean_rules *create(const struct gs_clean_config *config)
{
    struct gs_clean_rules *rules;
    struct gs_error error;
    if (gs_clean_rules_create(config, &rules, &error) != GS_OK)
        print_error("%s\n", error.message);
    assert_non_null(rules);
    return rules;
}

static int set_up(void **state)
{
    struct rig *rig = gs_calloc(1, sizeof *rig);
    struct gs_clean_config config;
    gs_clean_config_default(&config);
    config.allowed_domains = domains;
    config.allowed_domain_count = GS_COUNT_OF(domains);
    rig->rules = create(&config);
    rig->scratch = gs_clean_scratch_create();
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    gs_clean_rules_destroy(rig->rules);
    gs_clean_scratch_destroy(rig->scratch);
    gs_free(rig);
    return 0;
}

static uint32_t reasons_of(struct rig *rig, const char *raw)
{
    gs_clean_read(rig->rules, rig->scratch, gs_str_of(raw), &rig->text);
    return gs_clean_judge(rig->rules, &rig->text, false);
}

struct example {
    const char *text;
    uint32_t reasons;
};

static void check(void **state, const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t reasons = reasons_of(*state, examples[i].text);
        if (reasons != examples[i].reasons)
            print_error("'%s'\n", examples[i].text);
        assert_int_equal(reasons, examples[i].reasons);
    }
}

/* ------------------------------------------------------------------ rule by rule */

static void test_links(void **state)
{
    static const struct example examples[] = {
        {"see http://spam.example/x", BIT(URL)},
        {"HTTPS://SPAM.EXAMPLE", BIT(URL)},
        {"look at www.spam.example", BIT(URL)},
        {"mychan.tv rocks", BIT(URL)},
        {"have chan.me/x", BIT(URL)},
        {"spamsite .com", BIT(URL)},
        {"spamsite . com", BIT(URL)},
        {"watch?v=abcdef", BIT(URL)},
        {"bit.ly/2abc", BIT(URL) | BIT(SHORTENER)},
        {"http://tinyurl.com/abc", BIT(URL) | BIT(SHORTENER)},
        {"ｈｔｔｐ：／／spam.example", BIT(URL)},
        {"<a href=\"http://spam.example/\">x</a>", BIT(URL)},
        {"http://acme.com@evil.example/", BIT(URL)}, /* the host is behind the @ */
        {"http://acme.com.evil.example/", BIT(URL)},
        {"http://notacme.com/", BIT(URL)},
        /* the brand's own shop */
        {"is it this one? https://acme.com/jackets/42?size=m", 0},
        {"https://www.acme.com", 0},
        {"https://shop.ACME.com:443/x", 0},
        {"acme.com has it", 0},
        {"found it on shop.example/boots", 0},
        {"zzz-boots.de/sale is where I got mine", 0},
        {"https://acme.com/item-123-456-7890", 0},
        /* no links */
        {"fine.Thanks a lot", 0},
        {"love it.is it new?", 0},
        {"so good...maybe", 0},
        {"e.g. this one", 0},
        {"version 2.5.1 is better", 0},
        {"at 10:30 / 11:30", 0},
        {"what?v=nothing", 0},
        {"lindo . com certeza", 0},
        {"http:// is how it begins", 0},
    };
    check(state, examples, GS_COUNT_OF(examples));
}

static void test_phones(void **state)
{
    static const struct example examples[] = {
        {"+49 151 2345 6789 ok?", BIT(PHONE)},
        {"+15550104477 for loans", BIT(PHONE)},
        {"it is (555) 010-44-77-1", 0}, /* a group of one digit: a list */
        {"555-010-4477", BIT(PHONE)},
        {"(555) 010-4477", BIT(PHONE)},
        {"0151 23456789", BIT(PHONE)},
        {"06 12 34 56 78", BIT(PHONE)},
        {"08031234567 is mine", BIT(PHONE)},
        {"𝟎𝟖𝟎𝟑𝟏𝟐𝟑𝟒𝟓𝟔𝟕", BIT(PHONE)},
        {"order 4500123456 has not arrived", 0},
        {"2 000 000 000 views", 0},
        {"2,000,000,000 views", 0},
        {"2012 2013 2014 still here", 0},
        {"on 2014-07-22 at 18", 0},
        {"22.07.2014 and 23.07.2014", 0},
        {"1 2 3 4 5 6 7 8 9 10", 0},
        {"10 20 30 40 50 60", 0},
        {"it costs 49.99", 0},
        {"2:34 and 5:12", 0},
        {"12345678", 0},
        {"+100", 0},
    };
    check(state, examples, GS_COUNT_OF(examples));
}

static void test_contact(void **state)
{
    static const struct example examples[] = {
        {"dm me for promo", BIT(CONTACT)},
        {"Inbox me now if you want one", BIT(CONTACT)},
        {"WhatsApp me", BIT(CONTACT)},
        {"add me on snapchat", BIT(CONTACT) | BIT(PROMO)},
        {"write me@mail.example.com", BIT(CONTACT)},
        {"text him on whatsapp", BIT(CONTACT)},
        {"加微信", BIT(CONTACT)},
        {"me chama no whats", BIT(CONTACT)},
        {"can you dm me the price please?", 0},
        {"please message me about my refund", 0},
        {"they never text me back lol", 0},
        {"I sent you a dm about my order", 0},
        {"love the new telegram sticker", 0},
    };
    check(state, examples, GS_COUNT_OF(examples));
}

static void test_promo(void **state)
{
    static const struct example examples[] = {
        {"@'x check out my channel", BIT(PROMO)}, /* a mention without a name */
        {"check out my channel", BIT(PROMO)},
        {"Check  out MY new YouTube channel!!!", BIT(PROMO)},
        {"𝗰𝗵𝗲𝗰𝗸 𝗼𝘂𝘁 𝗺𝘆 𝘃𝗶𝗱𝗲𝗼𝘀", BIT(PROMO)},
        {"visit my page guys", BIT(PROMO)},
        {"subscribe to me", BIT(PROMO)},
        {"please subscribe", BIT(PROMO)},
        {"sub 4 sub anyone", BIT(PROMO)},
        {"go to my profile", BIT(PROMO)},
        {"I just started my own channel and it would mean a lot", BIT(PROMO)},
        {"earn $500 a day from home", BIT(PROMO)},
        {"get a free gift card", BIT(PROMO)},
        {"follow me on instagram", BIT(PROMO)},
        {"click here for free stuff", BIT(PROMO)},
        {"sorry for the spam but i am a singer", BIT(PROMO)},
        {"I subscribed last week", 0},
        {"just subscribed, love you", 0},
        {"I will subscribe to you", 0},
        {"your channel is the best", 0},
        {"how do I join the giveaway?", 0},
        {"I love your giveaway", 0},
        {"does the link in your bio work?", 0},
        {"check the description", 0},
        {"please make a tutorial on this look", 0},
        {"did the new album drop yet?", 0},
        {"paid 40 dollars for this and it broke", 0},
        {"it costs $40 per month, too expensive", 0},
        {"my music teacher loves this song", 0},
        {"listen to the lyrics", 0},
        {"do you have free shipping to Canada?", 0},
    };
    check(state, examples, GS_COUNT_OF(examples));
}

static void test_little_texts(void **state)
{
    static const struct example examples[] = {
        {"@ana", BIT(MENTION_ONLY)},
        {"@ana @bob.c @d_e !!", BIT(MENTION_ONLY)},
        {"@ana look", 0},
        {"😍", BIT(EMOJI_ONLY)},
        {"❤️ ❤️❤️!", BIT(EMOJI_ONLY)},
        {"@ana 😂😂", BIT(EMOJI_ONLY)},
        {"👩‍🔬👍🏽", BIT(EMOJI_ONLY)},
        {"so 😍", 0},
        {"#ad 😍", 0},
        {"nice pic", BIT(GENERIC)},
        {"WOW", BIT(GENERIC)},
        {"so beautiful 😍😍", BIT(GENERIC)},
        {"love this", BIT(GENERIC)},
        {"@ana love this!!", BIT(GENERIC)},
        {"first", BIT(GENERIC)},
        {"sehr schön", BIT(GENERIC)},
        {"trop belle", BIT(GENERIC)},
        {"красиво", BIT(GENERIC)},
        {"nice pic, where was it taken?", 0},
        {"wow that battery is terrible", 0},
        {"not nice", 0},
        {"", 0},
        {"   ", 0},
        {"...", 0},
        {"?", 0},
    };
    check(state, examples, GS_COUNT_OF(examples));
}

static char *repeated(const char *part, unsigned count)
{
    size_t len = strlen(part);
    char *text = gs_alloc(count * len + 1);
    for (unsigned i = 0; i < count; i++)
        memcpy(text + i * len, part, len);
    text[count * len] = 0;
    return text;
}

static void test_flood(void **state)
{
    static const struct {
        const char *part;
        unsigned count;
        bool is_flood;
    } cases[] = {
        {"a", 99, false},   {"a", 100, true},
        {"!", 100, true},   {"😍", 199, false},
        {"😍", 200, true},   {"lol ", 39, false},
        {"buy ", 40, true}, {" ", 5000, false},
        {"ab", 90, false},  {"Z\xCC\x81\xCC\x82\xCC\x83\xCC\x84", 30, true},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        char *text = repeated(cases[i].part, cases[i].count);
        assert_int_equal((reasons_of(*state, text) & BIT(CHAR_FLOOD)) != 0, cases[i].is_flood);
        gs_free(text);
    }
}

static void test_profanity(void **state)
{
    static const struct example examples[] = {
        {"this is fucking amazing", BIT(PROFANITY)},
        {"SHIT", BIT(PROFANITY)},
        {"ｓｈｉｔ happens", BIT(PROFANITY)},
        {"was für eine Scheiße", BIT(PROFANITY)},
        {"what a merde", BIT(PROFANITY)},
        {"damn, that sucks", 0},
        {"Scunthorpe and Dick Tracy", 0},
        {"class and assets", 0},
    };
    check(state, examples, GS_COUNT_OF(examples));
}

static void test_risky_posts(void **state)
{
    static const struct {
        const char *text;
        bool is_risky;
    } cases[] = {
        {"new fucking video", true},           {"buy cocaine here", true},
        {"casino night, link below", true},    {"KYS", true},
        {"my new recipe for pancakes", false}, {"suicide prevention week", false},
        {"check out my channel", false},       {"", false},
        {"join the Ku Klux Klan", true},       {"Kkkk que receita linda", false},
        {"see you on Monday xxx", false},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        reasons_of(rig, cases[i].text);
        assert_int_equal(gs_clean_is_risky(rig->rules, &rig->text), cases[i].is_risky);
    }
}

/* ------------------------------------------------------------------ legitimate comments */

static void test_legitimate(void **state)
{
    static const char *const texts[] = {
        "love this",
        "first",
        "😍😍😍",
        "so cute!!! where did you get that jacket?",
        "lol 😂😂😂 I can't",
        "Is this available in size M? https://shop.acme.com/jackets/42",
        "nooooooooo way",
        "this is fucking amazing",
        "I subscribed last week, best decision",
        "can you dm me the price please?",
        "@anna look at this",
        "@anna @bob",
        "does the link in your bio work? it gives me a 404",
        "I ordered on the 12th and my order number is 4500123456, still nothing",
        "how much is it in euros? is it $25 or $30?",
        "I made a video about this too haha",
        "love your videos, keep going!",
        "The shipping took 3 weeks, very disappointed",
        "I can't find the code, where is it?",
        "the second one please!!! 🔥🔥",
        "me encanta tu canal, saludos desde México",
        "wo kann ich das kaufen?",
        "trop belle 😍",
        "où est-ce que tu as acheté cette robe ?",
        "lindo demais, com certeza vou comprar",
        "когда будет новое видео?",
        "これ欲しい！",
        "太好看了",
        "I watched this in 2014 and in 2021 and in 2024, still a banger",
        "Check the description, she says where it's from",
        "I will buy this for my mum",
        "the giveaway is for Europe only?",
        "I won the giveaway, thank you so much!",
        "can you check your DMs please",
        "I messaged you about the refund, please answer",
        "this song got me through 2020",
        "I have been a fan for ten years",
        "your music is on repeat on my spotify",
        "sub 10 minutes for 2k is insane",
        "Follow your dreams everyone",
        "what app do you use for editing",
        "I clicked the link and it says sold out",
        "I used your code and got 10% off, thanks!",
        "This is an ad. Why don't you mark it?",
        "this is a scam, they took my money",
        "go to 2:14, her face 😂",
        "he said he'd give us a chance and look at us now",
        "Ist das vegan? Der Link https://acme.com/faq geht nicht",
        "çok güzel olmuş, eline sağlık",
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < GS_COUNT_OF(texts); i++) {
        struct gs_clean_verdict verdict;
        gs_clean_decide(rig->rules, reasons_of(rig, texts[i]), &verdict);
        if (verdict.action == GS_VERDICT_DROP)
            print_error("'%s' is dropped for %s\n", texts[i],
                        gs_reason_name((enum gs_reason)verdict.reason));
        assert_int_not_equal(verdict.action, GS_VERDICT_DROP);
    }
}

/* ------------------------------------------------------------------ verdicts */

static void test_verdict(void **state)
{
    struct rig *rig = *state;
    struct gs_clean_verdict v;
    gs_clean_decide(rig->rules, 0, &v);
    assert_true(v.action == GS_VERDICT_KEEP && v.reason == GS_REASON_COUNT && v.quality == 256);
    gs_clean_decide(rig->rules, BIT(PROFANITY) | BIT(LANG_OTHER), &v);
    assert_true(v.action == GS_VERDICT_KEEP && v.quality == 256);
    assert_int_equal(v.reasons, BIT(PROFANITY) | BIT(LANG_OTHER));
    gs_clean_decide(rig->rules, BIT(GENERIC), &v);
    assert_true(v.action == GS_VERDICT_DOWNWEIGHT && v.reason == GS_REASON_COUNT);
    assert_int_equal(v.quality, 160);
    /* The first that drops, not the first of all. */
    gs_clean_decide(rig->rules, BIT(BURST) | BIT(COPYPASTA) | BIT(EMOJI_ONLY), &v);
    assert_true(v.action == GS_VERDICT_DROP && v.reason == GS_REASON_COPYPASTA);
    assert_int_equal(v.quality, 256 * 160 / 256 * 16 / 256 * 64 / 256); /* each rounded down */
    gs_clean_decide(rig->rules, ~0u, &v);
    assert_int_equal(v.reasons, (1u << GS_REASON_COUNT) - 1);
    assert_int_equal(v.reason, GS_REASON_URL);
}

static void test_other_configuration(void **state)
{
    struct rig rig = *(struct rig *)*state;
    struct gs_clean_config config;
    struct gs_clean_verdict v;
    gs_clean_config_default(&config);
    config.rule[GS_REASON_URL].is_off = true;
    config.rule[GS_REASON_PROFANITY] = (struct gs_clean_rule){false, GS_VERDICT_DOWNWEIGHT, 64};
    config.rule[GS_REASON_LANG_OTHER] = (struct gs_clean_rule){false, GS_VERDICT_DROP, 256};
    config.rule[GS_REASON_COPYPASTA].is_off = true;
    rig.rules = create(&config);
    assert_int_equal(reasons_of(&rig, "http://spam.example is shit"), BIT(PROFANITY));
    gs_clean_decide(rig.rules, BIT(PROFANITY) | BIT(COPYPASTA) | BIT(URL), &v);
    assert_true(v.action == GS_VERDICT_DOWNWEIGHT && v.quality == 192);
    assert_int_equal(v.reasons, BIT(PROFANITY));
    reasons_of(&rig, "hola");
    assert_int_equal(gs_clean_judge(rig.rules, &rig.text, true), BIT(LANG_OTHER));
    gs_clean_decide(rig.rules, BIT(LANG_OTHER), &v);
    assert_true(v.action == GS_VERDICT_DROP && v.quality == 0);
    gs_clean_rules_destroy(rig.rules);
}

static void test_version(void **state)
{
    const struct rig *rig = *state;
    struct gs_clean_config config;
    gs_clean_config_default(&config);
    struct gs_clean_rules *one = create(&config), *same = create(&config);
    config.rule[GS_REASON_URL].weight--;
    struct gs_clean_rules *other = create(&config);
    assert_int_equal(gs_clean_version(one), gs_clean_version(same));
    assert_true(gs_clean_version(one) != gs_clean_version(other));
    assert_true(gs_clean_version(one) != gs_clean_version(rig->rules)); /* domains */
    assert_true(gs_clean_version(one) != 0);
    gs_clean_rules_destroy(one);
    gs_clean_rules_destroy(same);
    gs_clean_rules_destroy(other);
}

/* ------------------------------------------------------------------ explain */

static void test_explain(void **state)
{
    static const struct {
        const char *text, *spans; /* reason=bytes; */
    } cases[] = {
        {"hey guys, check  out MY new channel!!",
         "promo=check  out MY;promo=check  out MY new channel;"
         "promo=MY new channel;"},
        {"see http://spam.example/x now", "url=http://spam.example/x;"},
        {"𝘀𝘂𝗯𝘀𝗰𝗿𝗶𝗯𝗲 𝘁𝗼 𝗺𝗲", "promo=𝘀𝘂𝗯𝘀𝗰𝗿𝗶𝗯𝗲;promo=𝘀𝘂𝗯𝘀𝗰𝗿𝗶𝗯𝗲 𝘁𝗼 𝗺𝗲;"},
        {"or bit.ly/x", "url=bit.ly/x;shortener=bit.ly/x;"},
        {"so call +49 151 23456789", "phone=49 151 23456789;"},
        {" nice pic 😍 ", "generic=nice pic;"},
        {"@ana!", "mention_only=@ana!;"},
        {"I subscribed", ""},
        {"buy cocaine", "unsafe=buy cocaine;"},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_clean_span spans[SPANS_MAX];
        struct gs_buf told = {0};
        reasons_of(rig, cases[i].text);
        size_t count = gs_clean_explain(rig->rules, &rig->text, spans, SPANS_MAX);
        /* The same phrase may be told by several lines of a list. */
        for (size_t k = 0; k < count; k++)
            if (k == 0 || spans[k].at != spans[k - 1].at || spans[k].len != spans[k - 1].len ||
                spans[k].reason != spans[k - 1].reason)
                gs_buf_printf(&told, "%s=%.*s;",
                              spans[k].reason == GS_REASON_COUNT
                                  ? "unsafe"
                                  : gs_reason_name((enum gs_reason)spans[k].reason),
                              (int)spans[k].len, cases[i].text + spans[k].at);
        gs_buf_add(&told, "", 1);
        assert_string_equal(told.data, cases[i].spans);
        assert_int_equal(gs_clean_explain(rig->rules, &rig->text, spans, 0), count);
        gs_buf_deinit(&told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_contact),
        cmocka_unit_test(test_promo),
        cmocka_unit_test(test_little_texts),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_profanity),
        cmocka_unit_test(test_risky_posts),
        cmocka_unit_test(test_legitimate),
        cmocka_unit_test(test_verdict),
        cmocka_unit_test(test_other_configuration),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_explain),
    };
    return cmocka_run_group_tests_name("clean_rules", tests, set_up, tear_down);
}
