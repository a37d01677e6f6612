/* Goal: `score` reads every line as it stands, whatever pieces it comes in, knows a time when it
 * sees one, and prints lines in order, as late as it must and as early as it can.
 * Method: tables for lines, times and comments; the queue against a naive model that keeps every
 * line, by random schedules (GS_SEED). */
#include "cli/score.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* ------------------------------------------------------------------ lines */

/* All lines of an input that comes in pieces of this size, each with | behind it. */
static const char *lines_of(const char *input, size_t bytes, size_t piece, struct gs_buf *out)
{
    struct gsi_lines lines = {.number = 0};
    enum gsi_lines_found found;
    struct gs_str line;
    out->len = 0;
    for (size_t at = 0;;) {
        while ((found = gsi_lines_next(&lines, &line)) == GSI_LINES_ONE) {
            assert_non_null(line.data);
            gs_buf_add_str(out, line);
            gs_buf_add_text(out, "|");
        }
        if (found != GSI_LINES_MORE)
            break;
        size_t count = GS_MIN(piece, bytes - at);
        memcpy(gsi_lines_room(&lines, piece), input + at, count);
        gsi_lines_took(&lines, count);
        at += count;
    }
    assert_int_equal(found, GSI_LINES_END);
    gs_buf_deinit(&lines.bytes);
    gs_buf_add(out, "", 1);
    return out->data;
}

static void lines_in_pieces(void **state)
{
    static const struct {
        const char *input;
        const char *lines;
    } cases[] = {
        {"", ""},
        {"\n", "|"},
        {"\n\n", "||"},
        {"a", "a|"},
        {"a\n", "a|"},
        {"a\nb", "a|b|"},
        {"a\r\nb\r\n", "a|b|"},
        {"a\r", "a|"},
        {"a\r\r\nb\rc", "a\r|b\rc|"},
        {"\xEF\xBB\xBF{}\n\xEF\xBB\xBFx", "{}|\xEF\xBB\xBFx|"},
        {"\xEF\xBB\xBF", "|"},
        {"\xEF\xBB\nx", "\xEF\xBB|x|"},
        {"\xFF\xFE\n\xC3", "\xFF\xFE|\xC3|"},
        {"one two\nthree\n\nfour five six\n", "one two|three||four five six|"},
    };
    struct gs_buf out = {0};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++)
        for (size_t piece = 1; piece <= 9; piece++)
            assert_string_equal(lines_of(cases[i].input, strlen(cases[i].input), piece, &out),
                                cases[i].lines);
    gs_buf_deinit(&out);
}

/* As many bytes without an end of a line. */
static enum gsi_lines_found long_line(size_t bytes, const char *behind, uint32_t *len)
{
    struct gsi_lines lines = {.number = 0};
    struct gs_str line = {0};
    memset(gsi_lines_room(&lines, bytes + 2), 'x', bytes);
    memcpy(lines.bytes.data + bytes, behind, strlen(behind));
    gsi_lines_took(&lines, bytes + strlen(behind));
    enum gsi_lines_found found = gsi_lines_next(&lines, &line);
    *len = line.len;
    gs_buf_deinit(&lines.bytes);
    return found;
}

static void long_lines(void **state)
{
    uint32_t len;
    (void)state;
    assert_int_equal(long_line(GSI_LINE_BYTES_MAX, "\n", &len), GSI_LINES_ONE);
    assert_int_equal(len, GSI_LINE_BYTES_MAX);
    assert_int_equal(long_line(GSI_LINE_BYTES_MAX, "", &len), GSI_LINES_MORE);
    assert_int_equal(long_line(GSI_LINE_BYTES_MAX + 1, "\n", &len), GSI_LINES_TOO_LONG);
    assert_int_equal(long_line(GSI_LINE_BYTES_MAX + 1, "", &len), GSI_LINES_TOO_LONG);
}

/* ------------------------------------------------------------------ times */

static void times(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0", 0},
        {"1700000000123", 1700000000123},
        {"1970-01-01", 0},
        {"1970-01-01T00:00Z", 0},
        {"2026-11-27T08:30:00Z", 1795768200000},
        {"2026-11-27t08:30:00z", 1795768200000},
        {"2026-11-27 08:30:00", 1795768200000},
        {"2026-11-27T08:30", 1795768200000},
        {"2026-11-27T08:30:00.25Z", 1795768200250},
        {"2026-11-27T08:30:00,123456789+00:00", 1795768200123},
        {"2026-11-27T09:30:00+01:00", 1795768200000},
        {"2026-11-27T14:00:00+0530", 1795768200000},
        {"2026-11-27T00:30:00-08", 1795768200000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2000-02-29", 951782400000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"9999-12-31T23:59:59.999Z", GS_TIME_MS_MAX},
    };
    static const char *const bad[] = {"",
                                      "x",
                                      "-1",
                                      "2026-11",
                                      "2026-11-2",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-11-31",
                                      "2023-02-29",
                                      "2100-02-29",
                                      "1969-12-31",
                                      "2026-11-27T",
                                      "2026-11-27T08",
                                      "2026-11-27T24:00",
                                      "2026-11-27T08:60",
                                      "2026-11-27T08:30:",
                                      "2026-11-27T08:30:61",
                                      "2026-11-27T08:30:00.",
                                      "2026-11-27T08:30:00+",
                                      "2026-11-27T08:30:00+1",
                                      "2026-11-27T08:30:00+01:",
                                      "9999-12-32",
                                      "2026-11-27T08:30:00ZZ",
                                      "2026-11-27Z",
                                      "2026/11/27",
                                      "1970-01-01T00:00+01:00",
                                      "9999-12-31T23:59:59-01:00",
                                      "253402300800000",
                                      "99999999999999999999",
                                      "1e12"};
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(good); i++) {
        if (!gsi_time_parse(gs_str_of(good[i].text), &ms) || ms != good[i].ms)
            fail_msg("%s: %lld", good[i].text, (long long)ms);
    }
    for (size_t i = 0; i < GS_COUNT_OF(bad); i++)
        if (gsi_time_parse(gs_str_of(bad[i]), &ms))
            fail_msg("%s is no time, but was read as %lld", bad[i], (long long)ms);
}

/* ------------------------------------------------------------------ comments */

static bool is(struct gs_str found, const char *expected)
{
    return expected ? !gs_str_is_null(found) && gs_str_equal(found, gs_str_of(expected))
                    : gs_str_is_null(found);
}

static void comments(void **state)
{
    struct gsi_comment_reader reader = {.object = NULL};
    struct gsi_score_comment comment;
    struct gs_error error;
    (void)state;
    const struct gs_str full = gs_str_of(
        "{\"text\":\"h\\u00e9\\u0000\",\"actor_id\":7,\"influencer_id\":\"7\",\"post_id\":\"p\","
        "\"event_time\":\"2026-11-27\",\"lang\":\"pt-BR\",\"more\":[1,{}]}");
    assert_int_equal(gsi_comment_read(&reader, full, false, &comment, &error), GS_OK);
    assert_true(gs_str_equal(comment.text, gs_str_make("h\xC3\xA9", 4)));
    assert_true(is(comment.actor_id, "7") && is(comment.influencer_id, "7"));
    assert_true(is(comment.post_id, "p") && is(comment.lang, "pt-BR"));
    assert_int_equal(comment.event_ms, 1795737600000);
    assert_true(gsi_comment_is_self(&comment));
    assert_int_equal(gsi_comment_read(&reader, full, true, &comment, &error), GS_OK);
    assert_true(gs_str_equal(comment.text, full) && is(comment.actor_id, NULL));
    assert_false(gsi_comment_is_self(&comment));
    const struct gs_str bare = gs_str_of("{\"text\":null,\"actor_id\":\"\",\"influencer_id\":\"\","
                                         "\"post_id\":null,\"event_time\":1700000000123.0}");
    assert_int_equal(gsi_comment_read(&reader, bare, false, &comment, &error), GS_OK);
    assert_true(is(comment.text, NULL) && is(comment.actor_id, NULL) && is(comment.lang, NULL));
    assert_int_equal(comment.event_ms, 1700000000123);
    assert_false(gsi_comment_is_self(&comment));
    assert_int_equal(gsi_comment_read(&reader, gs_str_of(""), false, &comment, &error), GS_OK);
    assert_true(is(comment.text, "") && comment.event_ms == GS_NULL_INT);
    gsi_comment_reader_deinit(&reader);
}

static void wrong_comments(void **state)
{
    static const struct {
        const char *line;
        const char *says;
    } cases[] = {
        {"{", "no JSON object"},
        {"{\"text\":\"a\"} x", "no JSON object"},
        {"{\"text\":\"\xFF\"}", "no JSON object"},
        {"{\"text\":\"a\",\"text\":\"b\"}", "no JSON object"},
        {"{}", "no text"},
        {"{\"txt\":\"a\"}", "no text"},
        {"{\"text\":1}", "text must be a string or null"},
        {"{\"text\":\"a\",\"lang\":[]}", "lang must be a string or null"},
        {"{\"text\":\"a\",\"actor_id\":1.5}", "actor_id must be a string, a whole number or null"},
        {"{\"text\":\"a\",\"event_time\":true}", "event_time must be"},
        {"{\"text\":\"a\",\"event_time\":-1}", "event_time must be"},
        {"{\"text\":\"a\",\"event_time\":\"soon\"}", "event_time must be"},
        {"{\"text\":\"a\",\"event_time\":1e300}", "event_time must be"},
    };
    struct gsi_comment_reader reader = {.object = NULL};
    struct gsi_score_comment comment;
    struct gs_error error;
    char line[300];
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        assert_int_equal(
            gsi_comment_read(&reader, gs_str_of(cases[i].line), false, &comment, &error),
            GS_E_DATA);
        if (!strstr(error.message, cases[i].says))
            fail_msg("%s: %s", cases[i].line, error.message);
    }
    snprintf(line, sizeof line, "{\"text\":\"a\",\"post_id\":\"%0*d\"}", GS_ID_BYTES_MAX + 1, 0);
    assert_int_equal(gsi_comment_read(&reader, gs_str_of(line), false, &comment, &error),
                     GS_E_DATA);
    assert_non_null(strstr(error.message, "post_id has 201 bytes"));
    gsi_comment_reader_deinit(&reader);
}

/* What is wrong is quoted, but must not steer a terminal. */
static void wrong_bytes_are_not_repeated(void **state)
{
    struct gsi_comment_reader reader = {.object = NULL};
    struct gsi_score_comment comment;
    struct gs_error error;
    (void)state;
    assert_int_equal(gsi_comment_read(&reader, gs_str_of("{\033[31m\x07"), false, &comment, &error),
                     GS_E_DATA);
    for (const char *at = error.message; *at; at++)
        assert_true((unsigned char)*at >= 0x20);
}

/* ------------------------------------------------------------------ the queue */

enum { MODEL_LINES = 3000 };

struct model {
    struct gsi_queue queue;
    struct gsi_scored lines[MODEL_LINES + 1]; /* from 1 on */
    bool may_change[MODEL_LINES + 1];
    uint64_t added;
    uint64_t printed;
    uint64_t early;
    uint64_t missed;
};

static void text_of(uint64_t number, char text[32])
{
    memset(text, (int)('a' + number % 26), 32);
}

static void on_print(void *user, const struct gsi_scored *scored, struct gs_str text)
{
    struct model *model = user;
    char expected[32];
    const struct gsi_scored *line = &model->lines[++model->printed];
    assert_true(model->printed <= model->added);
    assert_int_equal(scored->compound_1e4, (int32_t)model->printed);
    assert_int_equal(scored->reasons, line->reasons);
    text_of(model->printed, expected);
    assert_true(gs_str_equal(text, gs_str_make(expected, line->text_bytes)));
}

static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*seed >> 33) % limit;
}

static void add_line(struct model *model, uint64_t *seed, int64_t generation)
{
    char text[32];
    uint64_t number = ++model->added;
    bool waits = below(seed, 3) == 0;
    model->lines[number] = (struct gsi_scored){.generation = waits ? generation : GSI_SETTLED,
                                               .compound_1e4 = (int32_t)number,
                                               .text_bytes = below(seed, 32)};
    model->may_change[number] = waits;
    text_of(number, text);
    gsi_queue_add(&model->queue, &model->lines[number], text);
}

static void take_one_back(struct model *model, uint64_t *seed, int64_t settled)
{
    uint64_t number = 1 + below(seed, (uint32_t)model->added);
    if (!model->may_change[number] || model->lines[number].generation <= settled)
        return;
    model->may_change[number] = false;
    model->missed += number <= model->printed;
    if (number > model->printed)
        model->lines[number].reasons |= UINT32_C(1) << GS_REASON_COPYPASTA;
    gsi_queue_take_back(&model->queue, number);
}

/* Everything that can be printed was: the next line waits. */
static void check_queue(const struct model *model, int64_t settled)
{
    assert_int_equal(model->queue.printed, model->printed);
    assert_int_equal(model->queue.count, model->added - model->printed);
    assert_true(model->queue.count <= model->queue.lines_max);
    assert_int_equal(model->queue.missed, model->missed);
    if (model->printed < model->added) {
        assert_true(model->may_change[model->printed + 1]);
        assert_true(model->lines[model->printed + 1].generation > settled);
    }
}

static void run_queue(uint64_t seed, size_t lines_max, size_t bytes_max)
{
    struct model *model = calloc(1, sizeof *model);
    int64_t generation = 0;
    assert_non_null(model);
    model->queue = (struct gsi_queue){
        .print = on_print, .user = model, .lines_max = lines_max, .bytes_max = bytes_max};
    while (model->added < MODEL_LINES) {
        generation += below(&seed, 50) == 0;
        gsi_queue_release(&model->queue, generation - 2);
        add_line(model, &seed, generation);
        if (below(&seed, 2) == 0)
            take_one_back(model, &seed, generation - 2);
        gsi_queue_release(&model->queue, generation - 2);
        check_queue(model, generation - 2);
    }
    gsi_queue_release(&model->queue, INT64_MAX);
    assert_int_equal(model->printed, model->added);
    if (lines_max >= MODEL_LINES)
        assert_int_equal(model->queue.early + model->queue.missed, 0);
    else
        assert_true(model->queue.early > model->queue.missed && model->queue.missed > 0);
    gsi_queue_deinit(&model->queue);
    free(model);
}

static void queue_against_model(void **state)
{
    const char *given = getenv("GS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    (void)state;
    print_message("GS_SEED=%llu\n", (unsigned long long)seed);
    for (uint64_t i = 0; i < 20; i++) {
        run_queue(seed + i, SIZE_MAX, SIZE_MAX);
        run_queue(seed + i, 10 + i, SIZE_MAX);
        run_queue(seed + i, 100, 64 * (1 + i));
    }
}

/* ------------------------------------------------------------------ printing */

static void decimals(void **state)
{
    static const struct {
        int64_t value;
        int decimals;
        const char *text;
    } cases[] = {{0, 3, "0.000"},        {1, 3, "0.001"},     {1000, 3, "1.000"},
                 {-1, 4, "-0.0001"},     {9186, 4, "0.9186"}, {-10000, 4, "-1.0000"},
                 {123456, 4, "12.3456"}, {5, 0, "5"}};
    struct gs_buf out = {0};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        out.len = 0;
        gsi_add_decimal(&out, cases[i].value, cases[i].decimals);
        gs_buf_add(&out, "", 1);
        assert_string_equal(out.data, cases[i].text);
    }
    gs_buf_deinit(&out);
}

static void texts_are_cut(void **state)
{
    static const struct {
        const char *text;
        const char *cut; /* to 8 columns */
    } cases[] = {
        {"", ""},
        {"eight co", "eight co"},
        {"nine colu", "nine co…"},
        {"  a \t\n b  ", "a b"},
        {"\033[31mred", "[31mred"},
        {"a\xE2\x80\xAE"
         "b\xE2\x80\x8B"
         "c",
         "abc"}, /* turned around, and nothing */
        {"\xFF\xC3(", "\xEF\xBF\xBD\xEF\xBF\xBD("},
        {"日本語テ", "日本語テ"},
        {"日本語テキ", "日本語…"},
        {"❤️❤️❤️❤️", "❤️❤️❤️❤️"},
        {"❤️❤️❤️❤️!", "❤️❤️❤️❤…"},
        {"e\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81",
         "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81…"},
    };
    struct gs_buf out = {0};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        out.len = 0;
        assert_true(gsi_text_cut(&out, gs_str_of(cases[i].text), 8) <= 8);
        gs_buf_add(&out, "", 1);
        assert_string_equal(out.data, cases[i].cut);
    }
    assert_int_equal(gsi_text_cut(&out, (struct gs_str){0}, 8), 0);
    gs_buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_in_pieces),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(times),
        cmocka_unit_test(comments),
        cmocka_unit_test(wrong_comments),
        cmocka_unit_test(wrong_bytes_are_not_repeated),
        cmocka_unit_test(queue_against_model),
        cmocka_unit_test(decimals),
        cmocka_unit_test(texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
