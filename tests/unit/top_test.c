/* Goal: what the table shows is true, fits its columns, and nothing that a name holds reaches the
 * terminal but letters.
 * Method: numbers and names at the borders of their formats; pictures from cells made by hand,
 * drawn at several widths, every line measured; the JSON read back with jansson. No server. */
#include "top/internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

/* ------------------------------------------------------------------ numbers */

static void test_counts_fit(void **state)
{
    static const struct {
        int64_t value;
        uint32_t columns;
        const char *text;
    } cases[] = {
        {0, 6, "0"},
        {999, 6, "999"},
        {1000, 6, "1,000"},
        {99999, 6, "99,999"},
        {100000, 6, "100k"},
        {999499, 6, "999k"},
        {999500, 6, "1.00M"},
        {1234567, 8, "1.23M"},
        {1234567, 9, "1,234,567"},
        {-1234, 6, "-1,234"},
        {-123456, 7, "-123k"},
        {-123, 4, "-123"},
        {12, 1, "12"}, /* cannot be shorter */
        {INT64_MAX, 6, "9223P"},
    };
    char text[GSI_TOP_TEXT];
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++)
        assert_string_equal(gsi_top_format_count(text, cases[i].value, cases[i].columns),
                            cases[i].text);
}

static void test_ratios(void **state)
{
    char text[GSI_TOP_TEXT];
    (void)state;
    assert_string_equal(gsi_top_format_share(text, 0.844), ".84");
    assert_string_equal(gsi_top_format_share(text, 0.996), "1.00");
    assert_string_equal(gsi_top_format_share(text, 0), ".00");
    assert_string_equal(gsi_top_format_share(text, NAN), "-");
    assert_string_equal(gsi_top_format_signed(text, 0.574), "+.57");
    assert_string_equal(gsi_top_format_signed(text, -0.2), "-.20");
    assert_string_equal(gsi_top_format_signed(text, -1), "-1.00");
    assert_string_equal(gsi_top_format_signed(text, -0.001), ".00");
    assert_string_equal(gsi_top_format_signed(text, NAN), "-");
    assert_string_equal(gsi_top_format_percent(text, 0.0052), "0.52%");
    assert_string_equal(gsi_top_format_percent(text, 0.11431), "11.4%");
    assert_string_equal(gsi_top_format_percent(text, 0.9996), "100%");
    assert_string_equal(gsi_top_format_percent(text, 9.996), "10x");
    assert_string_equal(gsi_top_format_percent(text, 1e9), ">9999");
    assert_string_equal(gsi_top_format_percent(text, NAN), "-");
}

static void test_times(void **state)
{
    char text[GSI_TOP_TEXT];
    (void)state;
    assert_string_equal(gsi_top_format_age(text, -5000), "0s"); /* clocks differ */
    assert_string_equal(gsi_top_format_age(text, 99999), "99s");
    assert_string_equal(gsi_top_format_age(text, 100000), "1m");
    assert_string_equal(gsi_top_format_age(text, 6000000), "1h");
    assert_string_equal(gsi_top_format_age(text, INT64_C(360000000)), "4d");
    assert_string_equal(gsi_top_format_clock(text, INT64_C(1764000291042)), "16:04:51");
}

/* ------------------------------------------------------------------ lines */

static const char *column(struct gs_buf *out, int columns, const char *text)
{
    struct gsi_top_screen screen = {.width = 80};
    struct gsi_top_line line;
    out->len = 0;
    gsi_top_line_begin(&line, out, &screen);
    gsi_top_line_column(&line, GSI_TOP_PLAIN, columns, text);
    gs_buf_add(out, "|", 2);
    return out->data;
}

static void test_columns_are_as_wide_as_a_terminal_shows_them(void **state)
{
    struct gs_buf out = {0};
    (void)state;
    assert_string_equal(column(&out, 6, "ana"), "ana   |");
    assert_string_equal(column(&out, -6, "ana"), "   ana|");
    assert_string_equal(column(&out, 6, "anabel"), "anabel|");
    assert_string_equal(column(&out, 6, "anabels"), "anabe…|");
    assert_string_equal(column(&out, -3, "1234"), "12…|");
    assert_string_equal(column(&out, 6, "日本の"), "日本の|");   /* two columns each */
    assert_string_equal(column(&out, 6, "日本の猫"), "日本… |"); /* half a character is none */
    assert_string_equal(column(&out, 6, "e\u0301te\u0301"), "e\u0301te\u0301   |");
    assert_string_equal(column(&out, 6, "🔥🔥"), "🔥🔥  |");
    gs_buf_deinit(&out);
}

static void test_controls_do_not_reach_the_terminal(void **state)
{
    struct gs_buf out = {0};
    (void)state;
    assert_string_equal(column(&out, 8, "a\033[31mb"), "a[31mb  |");
    assert_string_equal(column(&out, 4, "a\r\n\tb"), "ab  |");
    assert_string_equal(column(&out, 4, "a\u202eb\u2066"), "ab  |"); /* direction of writing */
    assert_string_equal(column(&out, 4,
                               "a\xc2\x9b"
                               "b"),
                        "ab  |");                               /* a control of 8 bits */
    assert_string_equal(column(&out, 4, "a\xff\xc3"), "a   |"); /* not UTF-8 */
    gs_buf_deinit(&out);
}

/* ------------------------------------------------------------------ pictures */

static const struct gs_top_config table = {
    .prefix = "gs", .view = "influencer", .window = "5m", .lines = 15};

static void add(struct gsi_top_picture *picture, const char *id, const char *json)
{
    gsi_top_picture_add(picture, gs_str_of(id), gs_str_of(json));
}

static void fill(struct gsi_top_picture *picture)
{
    *picture = (struct gsi_top_picture){.at_ms = INT64_C(1764000300000), .steady_ms = 1000};
    add(picture, "quiet", "{\"comments\":1,\"clean\":1,\"unk\":1,\"engagement\":1}");
    add(picture, "4711",
        "{\"_updated_ms\":1764000295000,\"_as_of_ms\":1764000294000,\"_at\":[5,100,7],\"_task\":1,"
        "\"handle\":\"@ana\",\"tier\":\"micro\",\"comments\":212,\"clean\":181,\"pos\":120,"
        "\"neg\":22,\"neu\":31,\"unk\":8,\"engagement\":5511,\"bhi\":0.84507,\"bhi_lo\":0.776557,"
        "\"bhi_hi\":0.895405,\"nss\":0.566474,\"er_followers\":0.114312}");
    add(picture, "broken", "[1,2]");
    add(picture, "empty", "{}");
    picture->instances[0] =
        (struct gsi_top_instance){gs_strdup("host"), json_pack("{s:s,s:s,s:s}", "version", "1.2.3",
                                                               "tasks", "1", "lag", "x")};
    picture->instance_count = 1;
    gsi_top_picture_finish(picture);
    picture->comments_per_s = picture->records_per_s = NAN;
}

static void test_the_most_active_come_first_and_all_are_summed(void **state)
{
    struct gsi_top_picture picture;
    (void)state;
    fill(&picture);
    assert_int_equal(picture.row_count, 3);
    assert_int_equal(picture.broken, 1);
    assert_string_equal(picture.rows[0].id, "4711");
    assert_string_equal(picture.rows[1].id, "quiet");
    assert_string_equal(picture.rows[2].id, "empty");
    assert_int_equal(picture.total[GSI_TOP_COMMENTS], 213);
    assert_int_equal(picture.total[GSI_TOP_UNK], 9);
    assert_int_equal(picture.total[GSI_TOP_ENGAGEMENT], 5512);
    assert_int_equal(picture.as_of_ms, INT64_C(1764000294000));
    gsi_top_picture_deinit(&picture);
}

/* Returns how many lines there are, each of which must fit. */
static size_t measure(const char *text, uint32_t width)
{
    size_t lines = 0;
    while (*text) {
        char line[1000];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line && text[length] == '\n');
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        assert_true(gsi_top_width(line, UINT32_MAX, NULL) <= width);
        text += length + 1;
        lines++;
    }
    return lines;
}

static void draw(struct gs_buf *out, const struct gsi_top_picture *picture, uint32_t width)
{
    struct gsi_top_screen screen = {.width = width};
    out->len = 0;
    gsi_top_draw(out, &table, "127.0.0.1:6379/0", picture, &screen);
    gs_buf_add(out, "", 1);
}

static void test_the_table_at_80_columns(void **state)
{
    struct gsi_top_picture picture;
    struct gs_buf out = {0};
    (void)state;
    fill(&picture);
    draw(&out, &picture, 80);
    assert_string_equal(
        out.data,
        "groundswell top · 127.0.0.1:6379/0                                  16:05:00 UTC\n"
        "3 influencers · 5m up to 16:04:54 · 213 comments · 85% clean\n"
        "pos 120 · neu 31 · neg 22 · unscored 9 · bhi .85 · nss +.57\n"
        "service host 1.2.3 · 1 task\n"
        "\n"
        "entity          tier  comments clean pos…neg  bhi 95%       nss engag.    er age\n"
        "@ana            micro      212   85% █████─▒  .85 .78-.90  +.57  5,511 11.4%  5s\n"
        "quiet           -            1  100% -          -             -      1     -   -\n"
        "empty           -            0     - -          -             -      0     -   -\n"
        "values that are no cells: 1\n");
    gsi_top_picture_deinit(&picture);
    gs_buf_deinit(&out);
}

static void test_no_line_is_wider_than_the_terminal(void **state)
{
    struct gsi_top_picture picture;
    struct gs_buf out = {0};
    (void)state;
    fill(&picture);
    for (uint32_t width = GSI_TOP_WIDTH_MIN; width <= GSI_TOP_WIDTH_MAX; width++) {
        draw(&out, &picture, width);
        assert_int_equal(measure(out.data, width), 10);
    }
    gsi_top_picture_deinit(&picture);
    gs_buf_deinit(&out);
}

static void test_an_empty_redis_says_what_to_do(void **state)
{
    struct gsi_top_picture picture = {.at_ms = 1, .comments_per_s = NAN, .records_per_s = NAN};
    struct gs_buf out = {0};
    (void)state;
    draw(&out, &picture, 80);
    assert_non_null(strstr(out.data, "no cells of influencer in 5m under prefix gs yet: is "
                                     "`groundswell run` up?\n"));
    out.len = 0;
    draw(&out, &picture, GSI_TOP_WIDTH_MIN); /* wrapped, not cut */
    assert_non_null(strstr(out.data, "no cells of influencer in 5m under prefix gs yet: is\n"
                                     "`groundswell run` up?\n"));
    gs_buf_deinit(&out);
}

static void test_json_can_be_read_back(void **state)
{
    struct gsi_top_picture picture;
    struct gs_buf out = {0};
    int64_t comments;
    const char *id;
    const char *handle;
    const char *version;
    (void)state;
    fill(&picture);
    gsi_top_json(&out, &table, "127.0.0.1:6379/0", &picture);
    assert_ptr_equal(memchr(out.data, '\n', out.len), out.data + out.len - 1); /* one line */
    json_t *root = json_loadb(out.data, out.len, 0, NULL);
    assert_int_equal(json_unpack(root, "{s:{s:I},s:n,s:{s:{s:s}},s:[{s:s,s:s},{},{}!]}", "totals",
                                 "comments", &comments, "comments_per_s", "instances", "host",
                                 "version", &version, "top", "id", &id, "handle", &handle),
                     0);
    assert_int_equal(comments, 213);
    assert_string_equal(id, "4711");
    assert_string_equal(handle, "@ana");
    assert_string_equal(version, "1.2.3");
    json_decref(root);
    gsi_top_picture_deinit(&picture);
    gs_buf_deinit(&out);
}

/* ------------------------------------------------------------------ rates */

static void look(struct gsi_top_rates *rates, struct gsi_top_picture *picture, int64_t ms,
                 const char *json)
{
    *picture = (struct gsi_top_picture){.steady_ms = ms};
    add(picture, "a", json);
    add(picture, "b", "{\"_at\":[1,1],\"_task\":0}"); /* an older cell of the same task */
    gsi_top_picture_finish(picture);
    gsi_top_rates_update(rates, picture);
}

static void test_rates_are_growth_and_not_what_was_there_before(void **state)
{
    static struct gsi_top_rates rates;
    struct gsi_top_picture picture;
    (void)state;
    look(&rates, &picture, 1000, "{\"_at\":[100,900],\"_task\":0,\"comments\":50}");
    assert_true(isnan(picture.records_per_s) && isnan(picture.comments_per_s)); /* no bounds */
    gsi_top_picture_deinit(&picture);
    look(&rates, &picture, 3000, "{\"_at\":[100,2900],\"_task\":0,\"comments\":20}");
    assert_float_equal(picture.records_per_s, 1000, 1e-6);
    gsi_top_picture_deinit(&picture);
    /* a task that was not seen before brings no rate, nor does one that goes back */
    look(&rates, &picture, 4000, "{\"_at\":[1000000,0],\"_task\":7,\"comments\":50}");
    assert_float_equal(picture.records_per_s, 2000.0 / 3, 1e-6);
    gsi_top_picture_deinit(&picture);
    /* old samples go: after long silence the rate is that of the last seconds */
    for (int64_t ms = 5000; ms < 60000; ms += 1000) {
        look(&rates, &picture, ms, "{\"_at\":[1000000,0],\"_task\":7,\"comments\":50}");
        gsi_top_picture_deinit(&picture);
    }
    assert_float_equal(picture.records_per_s, 0, 1e-6);
}

static void test_comments_are_counted_over_their_window(void **state)
{
    static struct gsi_top_rates rates;
    struct gsi_top_picture picture;
    struct gs_buf out = {0};
    (void)state;
    look(&rates, &picture, 1000, "{\"_from_ms\":1000,\"_as_of_ms\":201000,\"comments\":218000}");
    assert_float_equal(picture.comments_per_s, 1090, 1e-6);
    gsi_top_picture_deinit(&picture);
    look(&rates, &picture, 2000, "{\"_from_ms\":2000,\"_as_of_ms\":202000,\"comments\":100}");
    assert_float_equal(picture.comments_per_s, 0.5, 1e-6); /* fewer than before are no minus */
    draw(&out, &picture, 80);
    assert_non_null(strstr(out.data, " · 100 comments · 0% clean\n"));
    assert_non_null(strstr(out.data, "\n0.5 comments/s over 3m · 0 records/s read\n"));
    picture.comments_per_s = 1090;
    picture.records_per_s = NAN; /* as in the first picture */
    out.len = 0;
    draw(&out, &picture, 80);
    assert_non_null(strstr(out.data, "\n1,090 comments/s over 3m\n"));
    gsi_top_picture_deinit(&picture);
    gs_buf_deinit(&out);
}

/* ------------------------------------------------------------------ what there is */

static void test_a_deployment_says_what_it_has(void **state)
{
    struct gs_buf out = {0};
    json_t *views = json_loads("[{\"name\":\"influencer\",\"windows\":[\"1m\",\"5m\"]},"
                               "{\"name\":\"post\",\"windows\":[\"1h\"]}]",
                               0, NULL);
    (void)state;
    assert_true(gsi_top_has(views, "influencer", "5m"));
    assert_true(gsi_top_has(views, "post", NULL));
    assert_false(gsi_top_has(views, "post", "5m"));
    assert_false(gsi_top_has(views, "posts", NULL));
    assert_true(gsi_top_has(NULL, "posts", "7m")); /* it does not say */
    gsi_top_add_views(&out, views);
    gs_buf_add(&out, "", 1);
    assert_string_equal(out.data, "influencer (1m 5m), post (1h)");
    json_decref(views);
    gs_buf_deinit(&out);
}

/* After a change of the windows the cells of the old ones live on, and would be shown. */
static void test_the_usual_window_or_the_first(void **state)
{
    json_t *views = json_loads("[{\"name\":\"influencer\",\"windows\":[\"2m\",\"5m\"]},"
                               "{\"name\":\"post\",\"windows\":[\"2m\",\"10m\"]}]",
                               0, NULL);
    struct gs_top_config config = {.view = "influencer", .window = "5m"};
    char window[GS_TOP_WINDOW_MAX];
    (void)state;
    gsi_top_pick(views, &config, window);
    assert_string_equal(window, "5m");
    gsi_top_pick(NULL, &config, window); /* it does not say */
    assert_string_equal(window, "5m");
    config.view = "post";
    gsi_top_pick(views, &config, window);
    assert_string_equal(window, "2m");
    config.view = "brand"; /* is refused later */
    gsi_top_pick(views, &config, window);
    assert_string_equal(window, "5m");
    json_decref(views);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_fit),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_columns_are_as_wide_as_a_terminal_shows_them),
        cmocka_unit_test(test_controls_do_not_reach_the_terminal),
        cmocka_unit_test(test_the_most_active_come_first_and_all_are_summed),
        cmocka_unit_test(test_the_table_at_80_columns),
        cmocka_unit_test(test_no_line_is_wider_than_the_terminal),
        cmocka_unit_test(test_an_empty_redis_says_what_to_do),
        cmocka_unit_test(test_json_can_be_read_back),
        cmocka_unit_test(test_rates_are_growth_and_not_what_was_there_before),
        cmocka_unit_test(test_comments_are_counted_over_their_window),
        cmocka_unit_test(test_the_usual_window_or_the_first),
        cmocka_unit_test(test_a_deployment_says_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
