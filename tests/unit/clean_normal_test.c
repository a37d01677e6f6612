/* Goal: the normal form folds what is dressed up and leaves the rest, the features count what the
 * header says, and blocks of bytes give the same as one point after the other.
 * Method: tables; random texts of difficult parts by both ways (GS_SEED replays); long texts of one
 * thing against the clock. */
#include "clean/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct rig {
    struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
};

static int set_up(void **state)
{
    struct rig *rig = gs_calloc(1, sizeof *rig);
    struct gs_clean_config config;
    struct gs_error error;
    gs_clean_config_default(&config);
    if (gs_clean_rules_create(&config, &rig->rules, &error) != GS_OK) {
        print_error("%s\n", error.message);
        return 1;
    }
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

static struct gs_clean_text read_text(const struct rig *rig, const char *raw)
{
    struct gs_clean_text text;
    gs_clean_read(rig->rules, rig->scratch, gs_str_of(raw), &text);
    return text;
}

static void test_normal_form(void **state)
{
    static const struct {
        const char *raw, *normal;
    } cases[] = {
        {"", ""},
        {"Great Video", "great video"},
        {"  two   spaces\t\nand\r\nlines  ", "two spaces and lines"},
        {"soooo coool!!!!", "soo cool!!"},
        {"SOoOo", "soo"},
        {"aab", "aab"},
        {"It\xE2\x80\x99s \xE2\x80\x9Cgood\xE2\x80\x9D", "it's \"good\""},
        {"\xEF\xBC\xB3\xEF\xBD\x95\xEF\xBD\x82\xE3\x80\x80\xEF\xBC\xA0me",
         "sub @me"}, /* full width */
        {"𝐒𝐮𝐛 𝓼𝓾𝓫 𝕤𝕦𝕓 𝚂𝚞𝚋 𝟙𝟚𝟛", "sub sub sub sub 123"},
        {"Ⓢⓤⓑ 🅂🅄🄱 🆂🆄🅱 ℋ𝓮𝔂 ℕ", "sub sub sub hey n"},
        {"s\xE2\x80\x8Bu\xE2\x80\x8D\xEF\xBB\xBF"
         "b\xC2\xAD",
         "sub"}, /* zero width, soft hyphen */
        {"❤️", "❤"},
        {"👩‍🔬", "👩🔬"},
        {"🔥🔥🔥🔥", "🔥🔥"},
        {"ÄÖÜ ÉCLAIR Привет ΣΑΣ ŁÓDŹ", "äöü éclair привет σασ łódź"},
        {"日本語", "日本語"},
        {"wait\xE2\x80\xA6", "wait.."},
        {"a\xC2\xA0"
         "b",
         "a b"},
        {"x\xFFy\xC3", "x\xEF\xBF\xBDy\xEF\xBF\xBD"},
        {"\xFF\xFF\xFF\xFF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"control\x01\x02here\x7Fnow", "control here now"},
        {"🇩🇪", "🇩🇪"},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_clean_text text = read_text(*state, cases[i].raw);
        char normal[200] = {0};
        memcpy(normal, text.normal.data, text.normal.len);
        assert_string_equal(normal, cases[i].normal);
        struct gs_hash128 hash = gs_hash128(cases[i].normal, strlen(cases[i].normal));
        assert_memory_equal(&text.hash, &hash, sizeof hash);
    }
}

/* One hash: what copies are known by. */
static void test_copies_meet(void **state)
{
    static const char *const alike[] = {
        "Buy the best shoes at my page!!",
        "  buy the BEST   shoes at my page!!!!!!",
        "𝗕𝘂𝘆 𝘁𝗵𝗲 𝗯𝗲𝘀𝘁 𝘀𝗵𝗼𝗲𝘀 𝗮𝘁 𝗺𝘆 𝗽𝗮𝗴𝗲!!",
        "Ｂｕｙ the best sh\xE2\x80\x8B"
        "oes at my page!!",
    };
    struct gs_clean_text first = read_text(*state, alike[0]);
    for (size_t i = 1; i < GS_COUNT_OF(alike); i++) {
        struct gs_clean_text text = read_text(*state, alike[i]);
        assert_memory_equal(&text.hash, &first.hash, sizeof first.hash);
        assert_int_equal(text.features.words, 7);
    }
    struct gs_clean_text other = read_text(*state, "buy the best shoe at my page!!");
    assert_memory_not_equal(&other.hash, &first.hash, sizeof first.hash);
}

static void test_features(void **state)
{
    static const struct {
        const char *raw;
        uint32_t words, emoji, mentions, hashtags, urls, digits, digit_runs, capitals, run;
    } cases[] = {
        {"", 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {"Great video, thanks!", 3, 0, 0, 0, 0, 0, 0, 1, 1},
        {"@ana @b.c look #new #1 😍😍😍", 2, 3, 2, 1, 0, 1, 1, 0, 3},
        {"see https://x.example/a and chan.tv/x", 2, 0, 0, 0, 2, 0, 0, 0, 2},
        {"12 34 567", 3, 0, 0, 0, 0, 7, 3, 0, 1},
        {"it's 'quoted' don't", 3, 0, 0, 0, 0, 0, 0, 0, 1},
        {"aaaaaaBBB", 1, 0, 0, 0, 0, 0, 0, 3, 6},
        {"你好吗", 3, 0, 0, 0, 0, 0, 0, 0, 1},
        {"ОЧЕНЬ круто", 2, 0, 0, 0, 0, 0, 0, 5, 1},
        {"me@mail.com wrote", 1, 0, 0, 0, 0, 0, 0, 0, 1},
        {"a@ b @ c #", 3, 0, 0, 0, 0, 0, 0, 0, 1},
        {"fine.thanks e.g. 3.5 ...", 6, 0, 0, 0, 0, 2, 2, 0, 3},
        {"🇩🇪 👍🏽", 0, 4, 0, 0, 0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_clean_features f = read_text(*state, cases[i].raw).features;
        assert_int_equal(f.bytes, strlen(cases[i].raw));
        assert_int_equal(f.words, cases[i].words);
        assert_int_equal(f.emoji, cases[i].emoji);
        assert_int_equal(f.mentions, cases[i].mentions);
        assert_int_equal(f.hashtags, cases[i].hashtags);
        assert_int_equal(f.urls, cases[i].urls);
        assert_int_equal(f.digits, cases[i].digits);
        assert_int_equal(f.digit_runs, cases[i].digit_runs);
        assert_int_equal(f.capitals, cases[i].capitals);
        assert_int_equal(f.run_longest, cases[i].run);
    }
}

static void test_scripts(void **state)
{
    static const struct {
        const char *raw;
        uint32_t scripts;
    } cases[] = {
        {"123 !? 😀", 0},
        {"abc", 1 << GS_SCRIPT_LATIN},
        {"é", 1 << GS_SCRIPT_LATIN},
        {"привет abc", 1 << GS_SCRIPT_CYRILLIC | 1 << GS_SCRIPT_LATIN},
        {"γεια", 1 << GS_SCRIPT_GREEK},
        {"مرحبا", 1 << GS_SCRIPT_ARABIC},
        {"שלום", 1 << GS_SCRIPT_HEBREW},
        {"नमस्ते", 1 << GS_SCRIPT_INDIC},
        {"สวัสดี", 1 << GS_SCRIPT_THAI},
        {"漢字かな カナ", 1 << GS_SCRIPT_HAN | 1 << GS_SCRIPT_KANA},
        {"안녕", 1 << GS_SCRIPT_HANGUL},
        {"ამბავი", 1 << GS_SCRIPT_OTHER},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++)
        assert_int_equal(read_text(*state, cases[i].raw).features.scripts, cases[i].scripts);
}

/* ------------------------------------------------------------------ both ways */

static const char *const parts[] = {
    "a",
    "A",
    "aa",
    "aaa",
    " ",
    "  ",
    "\t",
    "!",
    "!!!!",
    "Check",
    " out my ",
    "x\x01",
    "\x7F",
    "é",
    "Я",
    "😍",
    "😍😍😍",
    "\xE2\x80\x8B",
    "\xEF\xB8\x8F",
    "\xFF",
    "\xE2\x80",
    "…",
    "ＡＡＡ",
    "漢",
    "0123456789",
    "the quick brown fox jumps over the lazy dog",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "http://x.com/",
    "@name",
    "É",
    "\xC2\xA0",
    "  ",
    "ﬁ",
    "ß",
    "'",
    "’’’",
    "zZzZ",
};

static void test_blocks_and_points_agree(void **state)
{
    const struct rig *rig = *state;
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 20261127u;
    struct gs_clean_scratch *slow = gs_clean_scratch_create();
    slow->map = gs_calloc(GSI_NORMAL_BYTES_MAX + GSI_PAD_BYTES, sizeof *slow->map);
    print_message("seed %u\n", seed);
    for (int round = 0; round < 20000; round++) {
        char raw[2000];
        size_t len = 0;
        unsigned count = (unsigned)rand_r(&seed) % 30;
        unsigned kinds = round % 3 ? GS_COUNT_OF(parts) : 12; /* ASCII alone, too */
        for (unsigned i = 0; i < count; i++) {
            const char *part = parts[(unsigned)rand_r(&seed) % kinds];
            memcpy(raw + len, part, strlen(part));
            len += strlen(part);
        }
        char *exact = gs_alloc(len ? len : 1); /* so that a sanitizer sees what is read behind it */
        memcpy(exact, raw, len);
        struct gs_str text = gs_str_make(exact, len);
        struct gs_clean_features fast_features = {0}, slow_features = {0};
        gsi_normal_make(rig->scratch, text, &fast_features);
        gsi_normal_make(slow, text, &slow_features);
        assert_int_equal(rig->scratch->normal_len, slow->normal_len);
        assert_memory_equal(rig->scratch->normal, slow->normal, slow->normal_len);
        assert_memory_equal(&fast_features, &slow_features, sizeof fast_features);
        gs_free(exact);
    }
    gs_clean_scratch_destroy(slow);
}

/* The normal form of a normal form is itself. */
static void test_normal_again(void **state)
{
    const struct rig *rig = *state;
    for (size_t i = 0; i + 2 < GS_COUNT_OF(parts); i++) {
        char raw[300], once[900];
        int len = snprintf(raw, sizeof raw, "%s%s%s", parts[i], parts[i + 1], parts[i + 2]);
        struct gs_clean_text text;
        gs_clean_read(rig->rules, rig->scratch, gs_str_make(raw, (size_t)len), &text);
        size_t once_len = text.normal.len;
        memcpy(once, text.normal.data, once_len);
        gs_clean_read(rig->rules, rig->scratch, gs_str_make(once, once_len), &text);
        assert_int_equal(text.normal.len, once_len);
        assert_memory_equal(text.normal.data, once, once_len);
    }
}

/* ------------------------------------------------------------------ time */

static double read_ms(const struct rig *rig, struct gs_str raw)
{
    struct timespec from, to;
    struct gs_clean_text text;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    gs_clean_read(rig->rules, rig->scratch, raw, &text);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

static void test_long_texts(void **state)
{
    static const char *const things[] = {
        "a",
        " ",
        "😍",
        "\xFF",
        "check ",
        "check out my ",
        "a.b",
        "@",
        "a@",
        "#a",
        "http://",
        "1 ",
        "+1",
        "(1) ",
        "x.com ",
        "漢",
        "é",
        "\xE2\x80\x8B",
        "'",
        "sub 4 ",
        "i ",
        "$1 ",
        "?v=",
        "://",
        "i would like to ",
        "Z",
        ". ",
        "0",
        "a\xCC\x81",
    };
    const struct rig *rig = *state;
    enum { BYTES = 1 << 20 };
    char *raw = gs_alloc(BYTES + 32);
    for (size_t i = 0; i < GS_COUNT_OF(things); i++) {
        size_t len = strlen(things[i]), at = 0;
        for (; at < BYTES; at += len)
            memcpy(raw + at, things[i], len);
        double ms = read_ms(rig, gs_str_make(raw, at));
        /* Sanitizers are slow; what they run is looked at for its steps, not its time. */
#if !defined(__SANITIZE_ADDRESS__)
        if (ms >= 50)
            print_error("1 MB of '%s': %.1f ms\n", things[i], ms);
        assert_true(ms < 50);
#else
        (void)ms;
#endif
    }
    gs_free(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_form),
        cmocka_unit_test(test_copies_meet),
        cmocka_unit_test(test_features),
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_blocks_and_points_agree),
        cmocka_unit_test(test_normal_again),
        cmocka_unit_test(test_long_texts),
    };
    return cmocka_run_group_tests_name("clean_normal", tests, set_up, tear_down);
}
