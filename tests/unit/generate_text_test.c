/* Goal: the texts are what an audience might write, and the noise between them is as much and of
 * the kind that was asked for. Method: properties of the grammar, walked through as a whole;
 * properties of a stream as a decoder sees it, with shares within four standard deviations. GS_SEED
 * chooses another stream. */
#include "generate/internal.h"
#include "groundswell/decode.h"
#include "groundswell/generate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed = 1;

/* ------------------------------------------------------------------ UTF-8 */

/* Length of the sequence at p, 0 if it is none: RFC 3629, without surrogates and overlong forms. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return p[0] >= 0x20; /* no control characters */
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool wrong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] >= 0xA0) ||
                 (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] >= 0x90);
    return wrong ? 0 : length;
}

static void check_utf8(struct gs_str text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    for (size_t at = 0, length; at < text.len; at += length) {
        length = utf8_length(bytes + at, text.len - at);
        if (!length)
            fail_msg("no UTF-8 at byte %zu of '%.*s'", at, (int)text.len, text.data);
    }
}

/* ------------------------------------------------------------------ the grammar */

static size_t longest(const struct gsi_generate_language *language, const char *code, int depth);

static size_t longest_of(const struct gsi_generate_language *language,
                         const struct gsi_generate_parts *lists, uint32_t count, int depth)
{
    size_t most = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t n = 0; n < lists[i].count; n++)
            most = GS_MAX(most, longest(language, lists[i].items[n], depth));
    return most;
}

/* Bytes of the longest expansion; fails at a slot that stands for nothing, and where words go round
 * in a circle. */
static size_t longest(const struct gsi_generate_language *language, const char *code, int depth)
{
    static const uint32_t lists[GSI_BY_COUNT] = {1, GSI_MOOD_COUNT, GSI_TOPIC_COUNT};
    static const char made[] = "DKNTY";
    size_t bytes = 0;
    if (depth > 4)
        fail_msg("%s: '%.*s' has no end", language->code, (unsigned char)code[0], code + 2);
    for (;;) {
        size_t length = (unsigned char)code[0];
        unsigned char slot = (unsigned char)code[1];
        check_utf8(gs_str_make(code + 2, length));
        bytes += length;
        if (!slot)
            return bytes;
        const struct gsi_generate_slot *means = &language->slots[slot];
        size_t more = means->list ? longest_of(language, means->list, lists[means->by], depth + 1)
                      : strchr(made, slot) != NULL ? 5
                                                   : 0;
        if (more == 0)
            fail_msg("%s: %%%c stands for nothing", language->code, slot);
        bytes += more;
        code += 2 + length;
    }
}

static void check_lists(const struct gsi_generate_language *language,
                        const struct gsi_generate_parts *lists, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t bytes = longest_of(language, &lists[i], 1, 0);
        if (bytes > GSI_GENERATE_TEMPLATE_BYTES_MAX)
            fail_msg("%s: an expansion of %zu bytes", language->code, bytes);
    }
}

static void test_grammar(void **state)
{
    struct gsi_generate_texts *texts = gs_calloc(1, sizeof *texts);
    (void)state;
    gsi_generate_texts_init(texts);
    for (int i = 0; i < GSI_LANGUAGE_COUNT; i++) {
        const struct gsi_generate_language *language = &texts->languages[i];
        check_lists(language, (const void *)&language->lists,
                    sizeof language->lists / sizeof(struct gsi_generate_parts));
        for (int mood = 0; i < GSI_LANGUAGE_SPAMMER && mood < GSI_MOOD_COUNT; mood++) {
            assert_in_range(language->lists.sentences[mood].count, 3, 100);
            assert_in_range(language->lists.endings[mood].count, 3, 100);
            assert_in_range(language->lists.shorts[mood].count, 3, 100);
        }
    }
    /* The author may answer in any language; spam is written with the spammer's words. */
    check_lists(&texts->languages[GSI_LANGUAGE_SPAMMER], (const void *)&texts->common,
                sizeof texts->common / sizeof(struct gsi_generate_parts));
    gsi_generate_texts_deinit(texts);
    gs_free(texts);
}

static void test_disguises(void **state)
{
    static const char plain[] = "Isn't that soo good, 你好 💪🏿 everyone?";
    struct gsi_generate_random random;
    struct gs_buf text = {0};
    uint32_t same = 0, wide = 0, hidden = 0;
    (void)state;
    gsi_generate_random_seed(&random, seed);
    for (int i = 0; i < 4000; i++) {
        text.len = 0;
        gs_buf_add_text(&text, plain);
        gsi_generate_disguise(&random, &text);
        check_utf8(gs_str_make(text.data, text.len));
        same += gs_str_equal(gs_str_make(text.data, text.len), gs_str_of(plain));
        wide += memmem(text.data, text.len, "ｔｈａｔ", 12) != NULL;
        hidden += memmem(text.data, text.len, "\xE2\x80\x8B", 3) != NULL ||
                  memmem(text.data, text.len, "\xEF\xBB\xBF", 3) != NULL;
    }
    assert_in_range(same, 2000, 2600);
    assert_in_range(wide, 150, 350);
    assert_in_range(hidden, 400, 900);
    gs_buf_deinit(&text);
}

/* ------------------------------------------------------------------ a stream */

struct comment {
    int64_t record_ms;
    uint64_t text; /* hash of its letters and digits, so that disguises do not matter; 0: none */
    uint64_t actor;
    uint64_t influencer;
    uint64_t post;
    uint32_t bytes;
    uint8_t noise;
    uint8_t words;
    bool self;
    bool has_lang;
};

struct comments {
    struct comment *items;
    size_t count;
};

static void add_schema(struct gs_decode *decode, uint32_t id, const char *name)
{
    char path[400];
    char text[1 << 14];
    struct gs_error error;
    snprintf(path, sizeof path, "%s/schemas/%u-%s.avsc", GS_SOURCE_DIR, id, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be read", path);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    if (gs_decode_add_schema(decode, id, gs_str_make(text, length), &error) != GS_OK)
        fail_msg("%s", error.message);
}

static uint64_t hash_of(struct gs_str text)
{
    return gs_hash64(text.data, text.len, 7);
}

/* Full-width forms as what they stand for, small letters, nothing but letters and digits of ASCII
 * and what lies beyond it. */
static uint64_t hash_letters(struct gs_str text)
{
    static char letters[1 << 16];
    size_t count = 0;
    for (size_t i = 0; i < text.len && count < sizeof letters; i++) {
        unsigned char c = (unsigned char)text.data[i];
        const unsigned char *rest = (const unsigned char *)text.data + i;
        if (text.len - i >= 3 && c == 0xEF && (rest[1] == 0xBC || rest[1] == 0xBD)) {
            c = (unsigned char)(rest[2] - 0x80 + (rest[1] == 0xBC ? 0x20 : 0x60));
            i += 2;
        } else if (text.len - i >= 3 &&
                   (!memcmp(rest, "\xE2\x80\x8B", 3) || !memcmp(rest, "\xEF\xBB\xBF", 3))) {
            i += 2;
            continue;
        }
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
            letters[count++] = (char)c;
    }
    return gs_hash64(letters, count, 7) | 1;
}

static uint8_t count_words(struct gs_str text)
{
    uint32_t words = 0;
    for (size_t i = 0; i < text.len; i++)
        words += text.data[i] != ' ' && (i == 0 || text.data[i - 1] == ' ');
    return (uint8_t)GS_MIN(words, 255U);
}

static void take(struct comments *comments, const struct gs_generated *record,
                 const struct gs_event *event)
{
    struct gs_str text = event->comment.text;
    assert_in_range(event->comment.actor_id.len, 1, GS_ID_BYTES_MAX);
    assert_in_range(event->comment.comment_id.len, 1, GS_ID_BYTES_MAX);
    assert_in_range(event->post_id.len, 1, GS_ID_BYTES_MAX);
    assert_in_range(event->event_id.len, 1, GS_ID_BYTES_MAX);
    if (text.data)
        check_utf8(text);
    comments->items[comments->count++] = (struct comment){
        .record_ms = record->record_ms,
        .text = text.data ? hash_letters(text) : 0,
        .actor = hash_of(event->comment.actor_id),
        .influencer = hash_of(event->influencer_id),
        .post = hash_of(event->post_id),
        .bytes = text.len,
        .noise = record->noise,
        .words = text.data ? count_words(text) : 0,
        .self = gs_str_equal(event->comment.actor_id, event->influencer_id),
        .has_lang = event->comment.lang.data != NULL,
    };
}

static struct gs_generate_config stream_config(void)
{
    struct gs_generate_config config;
    gs_generate_config_init(&config);
    config.seed = seed;
    config.events = 300000;
    config.span_ms = 1200000;
    config.influencers = 200;
    config.malformed = config.duplicates = 0;
    config.shares = (struct gs_generate_shares){.comments = 1};
    return config;
}

/* All comments of the stream; release items. */
static struct comments read_stream(const struct gs_generate_config *config)
{
    struct comments comments = {.items = gs_calloc((size_t)config->events, sizeof(struct comment))};
    struct gs_generate *generate;
    struct gs_decode *decode = gs_decode_create();
    struct gs_campaign_pool pool = {0};
    struct gs_generated record;
    struct gs_error error;
    add_schema(decode, 3, "CommentEvent");
    if (gs_generate_create(config, &generate, &error) != GS_OK)
        fail_msg("%s", error.message);
    while (gs_generate_next(generate, &record)) {
        struct gs_event event;
        struct gs_decode_error why = {0};
        if (record.kind != GS_KIND_COMMENT)
            continue;
        assert_int_equal(gs_decode_record(decode, record.value, &event, &pool, &why), GS_DECODE_OK);
        take(&comments, &record, &event);
    }
    gs_free(pool.items);
    gs_decode_destroy(decode);
    gs_generate_destroy(generate);
    return comments;
}

/* group: how many of them come at once, which makes shares vary more. */
static void check_share(const char *what, size_t count, size_t of, double share, double group)
{
    double expected = share * (double)of;
    double tolerance = 4 * sqrt((double)of * share * group) + 1;
    if (fabs((double)count - expected) > tolerance)
        fail_msg("%s: %zu of %zu, not %.0f +- %.0f", what, count, of, expected, tolerance);
}

static void test_shares(void **state)
{
    struct gs_generate_config config = stream_config();
    struct comments comments = read_stream(&config);
    size_t noise[4] = {0}, self = 0, lang = 0, texts = 0;
    (void)state;
    for (size_t i = 0; i < comments.count; i++) {
        const struct comment *c = &comments.items[i];
        noise[c->noise]++;
        self += c->self;
        texts += c->text != 0;
        lang += c->has_lang;
        assert_true(!c->self || c->noise == GS_GENERATE_NO_NOISE);
    }
    double waves = config.waves + config.bursts;
    check_share("self comments", self, comments.count, config.self_comments * (1 - waves), 1);
    check_share("spam", noise[GS_GENERATE_SPAM], comments.count,
                config.spam * (1 - config.self_comments), 1);
    /* Those that began within the last minute or so have not said all: a twentieth of the stream.
     */
    check_share("copies", noise[GS_GENERATE_COPY], comments.count, config.waves * 0.965, 26);
    check_share("bursts", noise[GS_GENERATE_BURST], comments.count, config.bursts * 0.985, 11);
    check_share("languages that are told", lang, texts, 2 / 3.0, 1);
    gs_free(comments.items);
}

static void test_none(void **state)
{
    struct gs_generate_config config = stream_config();
    config.events = 50000;
    config.spam = config.waves = config.bursts = 0;
    struct comments comments = read_stream(&config);
    (void)state;
    for (size_t i = 0; i < comments.count; i++)
        assert_int_equal(comments.items[i].noise, GS_GENERATE_NO_NOISE);
    gs_free(comments.items);
}

static void test_lengths(void **state)
{
    static const struct {
        uint32_t asked;
        double within;
    } means[] = {{110, 0.05}, {200, 0.1}, {400, 0.1}};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(means); i++) {
        struct gs_generate_config config = stream_config();
        config.events = 100000;
        config.text_bytes = means[i].asked;
        struct comments comments = read_stream(&config);
        double bytes = 0, texts = 0;
        for (size_t n = 0; n < comments.count; n++) {
            bytes += comments.items[n].bytes;
            texts += comments.items[n].text != 0;
        }
        if (fabs(bytes / texts / means[i].asked - 1) > means[i].within)
            fail_msg("mean length %.1f, not %u", bytes / texts, means[i].asked);
        gs_free(comments.items);
    }
}

/* ------------------------------------------------------------------ waves */

static int by_text(const void *a, const void *b)
{
    const struct comment *x = a, *y = b;
    if (x->text != y->text)
        return x->text < y->text ? -1 : 1;
    return x->record_ms < y->record_ms ? -1 : x->record_ms > y->record_ms;
}

static int by_actor(const void *a, const void *b)
{
    const struct comment *x = a, *y = b;
    if (x->actor != y->actor)
        return x->actor < y->actor ? -1 : 1;
    return x->record_ms < y->record_ms ? -1 : x->record_ms > y->record_ms;
}

static size_t count_actors(const struct comment *items, size_t count)
{
    size_t actors = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        for (size_t n = 0; n < i && !seen; n++)
            seen = items[n].actor == items[i].actor;
        actors += !seen;
    }
    return actors;
}

/* Moves what is of this noise, or none, to the front; returns how many. */
static size_t keep_only(struct comments *comments, uint8_t noise)
{
    size_t count = 0;
    for (size_t i = 0; i < comments->count; i++) {
        const struct comment c = comments->items[i];
        if (c.noise == noise && c.text && !c.self)
            comments->items[count++] = c;
    }
    return count;
}

/* Text by text: of many accounts, within two minutes, on one influencer's posts. */
static void test_waves(void **state)
{
    struct gs_generate_config config = stream_config();
    struct comments comments = read_stream(&config);
    int64_t last_ms = config.start_ms + config.span_ms;
    size_t count = keep_only(&comments, GS_GENERATE_COPY), whole = 0;
    (void)state;
    qsort(comments.items, count, sizeof *comments.items, by_text);
    for (size_t i = 0, n; i < count; i += n) {
        const struct comment *wave = &comments.items[i];
        for (n = 1; i + n < count && wave[n].text == wave->text; n++)
            assert_int_equal(wave[n].influencer, wave->influencer);
        assert_in_range(wave->words, 4, 255);
        assert_in_range(n, 1, 40);
        assert_in_range(wave[n - 1].record_ms - wave->record_ms, 0, 190000);
        assert_int_equal(count_actors(wave, n), n);
        if (wave->record_ms < last_ms - 190000) {
            whole++;
            assert_in_range(n, 8, 40);
        }
    }
    assert_in_range(whole, 100, 400);
    gs_free(comments.items);
}

/* Account by account: on one post, seven and more within a minute. */
static void test_bursts(void **state)
{
    struct gs_generate_config config = stream_config();
    struct comments comments = read_stream(&config);
    int64_t last_ms = config.start_ms + config.span_ms;
    size_t count = keep_only(&comments, GS_GENERATE_BURST), whole = 0;
    (void)state;
    qsort(comments.items, count, sizeof *comments.items, by_actor);
    for (size_t i = 0, n; i < count; i += n) {
        const struct comment *burst = &comments.items[i];
        for (n = 1; i + n < count && burst[n].actor == burst->actor; n++)
            ;
        if (burst->record_ms > last_ms - 90000 || burst[n - 1].record_ms - burst->record_ms > 90000)
            continue; /* not over, or two of one account */
        whole++;
        assert_in_range(n, 5, 14); /* those without a text do not count here */
        for (size_t k = 1; k < n; k++)
            assert_int_equal(burst[k].post, burst->post);
    }
    assert_in_range(whole, 100, 500);
    gs_free(comments.items);
}

/* Ordinary people seldom say the same by chance, and seldom write as one who writes too much. */
static void test_the_others_are_no_noise(void **state)
{
    struct gs_generate_config config = stream_config();
    config.span_ms = 300000;
    struct comments comments = read_stream(&config);
    size_t count = keep_only(&comments, GS_GENERATE_NO_NOISE), same = 0, fast = 0;
    (void)state;
    qsort(comments.items, count, sizeof *comments.items, by_text);
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && comments.items[i + n].text == comments.items[i].text; n++)
            ;
        same += n >= 5 && comments.items[i].words >= 4 ? n : 0;
    }
    qsort(comments.items, count, sizeof *comments.items, by_actor);
    for (size_t i = 6; i < count; i++)
        fast += comments.items[i - 6].actor == comments.items[i].actor &&
                comments.items[i].record_ms - comments.items[i - 6].record_ms < 60000;
    assert_in_range(same, 0, count / 1000);
    assert_in_range(fast, 0, count / 1000);
    gs_free(comments.items);
}

/* For a quarter of every minute one influencer gets much more noise, and all get as much else. */
static void test_raid(void **state)
{
    struct gs_generate_config config = stream_config();
    config.raid = 0.3;
    config.spam = config.waves = config.bursts = 0;
    struct comments comments = read_stream(&config);
    size_t during = 0, noise = 0, copies = 0;
    uint64_t raided = 0;
    (void)state;
    for (size_t i = 0; i < comments.count; i++) {
        const struct comment *c = &comments.items[i];
        int64_t within = (c->record_ms - config.start_ms) % 60000;
        bool now = within >= 10000 && within < 25000;
        during += now;
        if (!c->noise)
            continue;
        noise++;
        copies += c->noise == GS_GENERATE_COPY;
        assert_true(now);
        assert_true(raided == 0 || raided == c->influencer);
        raided = c->influencer;
    }
    check_share("time of raids", during, comments.count, 0.25, 1);
    check_share("raids", noise, during, config.raid, 1);
    check_share("copies in raids", copies, noise, 0.5, 1);
    gs_free(comments.items);
}

/* ------------------------------------------------------------------ seeds */

static void test_text_seed_changes_texts_only(void **state)
{
    struct gs_generate_config configs[2] = {stream_config(), stream_config()};
    struct gs_generate *generates[2];
    struct gs_generated records[2];
    struct gs_error error;
    uint64_t other = 0, all = 0;
    (void)state;
    configs[1].text_seed = seed + 1;
    for (int i = 0; i < 2; i++) {
        configs[i].events = 20000;
        assert_int_equal(gs_generate_create(&configs[i], &generates[i], &error), GS_OK);
    }
    while (gs_generate_next(generates[0], &records[0])) {
        assert_true(gs_generate_next(generates[1], &records[1]));
        assert_true(gs_str_equal(records[0].key, records[1].key));
        assert_true(gs_str_equal(records[0].event_id, records[1].event_id));
        assert_int_equal(records[0].event_ms, records[1].event_ms);
        assert_int_equal(records[0].noise, records[1].noise);
        other += !gs_str_equal(records[0].value, records[1].value);
        all++;
    }
    assert_true(other > all * 9 / 10);
    gs_generate_destroy(generates[0]);
    gs_generate_destroy(generates[1]);
}

int main(void)
{
    const char *chosen = getenv("GS_SEED");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar), cmocka_unit_test(test_disguises),
        cmocka_unit_test(test_shares),  cmocka_unit_test(test_none),
        cmocka_unit_test(test_lengths), cmocka_unit_test(test_waves),
        cmocka_unit_test(test_bursts),  cmocka_unit_test(test_the_others_are_no_noise),
        cmocka_unit_test(test_raid),    cmocka_unit_test(test_text_seed_changes_texts_only),
    };
    if (chosen)
        seed = strtoull(chosen, NULL, 10);
    printf("GS_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
