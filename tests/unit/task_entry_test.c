/* Goal: what a checkpoint says that no task would have written, although its checksum is right, is
 * refused or left back, and what is taken in never ends in an assertion later. What another
 * configuration has written is taken in as far as there is room.
 * Method: entries made by hand, and those of real tasks, are put into a task, which then goes on:
 * edits, deletions, time, cells and a cut. */
#include "task_cells.h"
#include "task_store.h"

static const struct gs_cut_id WHO = {1, 2};

static struct gs_task_config config;
static struct gs_cut_barrier barrier;
static struct gs_buf body, key, value;

static int set_up(void **state)
{
    (void)state;
    config = fixture_config();
    memset(&barrier, 0, sizeof barrier);
    barrier.input_count = INPUTS;
    barrier.as_of_ms = T0;
    for (int i = 0; i < INPUTS; i++)
        barrier.inputs[i] = (struct gs_cut_input){
            .offset = 10, .clock_ms = i == PROFILES ? GS_NULL_INT : T0, .record_ms = T0};
    body.len = key.len = value.len = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gs_buf_deinit(&body);
    gs_buf_deinit(&key);
    gs_buf_deinit(&value);
    return 0;
}

/* ------------------------------------------------------------------ entries */

static struct gs_str view_of(const struct gs_buf *buf)
{
    return buf->len ? gs_str_make(buf->data, buf->len) : gs_str_of("");
}

/* What was put into key and value, as one more entry. */
static void end_entry(uint8_t kind)
{
    gs_buf_add(&body, &kind, 1);
    gs_cut_put_str(&body, view_of(&key));
    gs_cut_put_u64(&body, value.len + 1);
    gs_buf_add_str(&body, view_of(&value));
    key.len = value.len = 0;
}

static void add_name(uint64_t number, uint8_t view, const char *name)
{
    gs_cut_put_u64(&key, number);
    gs_cut_put_u64(&value, view);
    gs_cut_put_str(&value, gs_str_of(name));
    gs_cut_put_str(&value, gs_str_of("ann"));
    end_entry(GSI_ENTRY_NAME);
}

/* With one comment in it. */
static void add_pane(uint64_t number, uint8_t level, int64_t index)
{
    gs_cut_put_u64(&key, number);
    gs_cut_put_u64(&key, level);
    gs_cut_put_i64(&key, index);
    gs_cut_put_u64(&value, UINT64_C(1) << GS_C_COMMENTS);
    gs_cut_put_i64(&value, 1);
    end_entry(GSI_ENTRY_PANE);
}

static void put_id(struct gs_buf *buf, struct gs_hash128 id)
{
    uint64_t bytes[2] = {htole64(id.low), htole64(id.high)};
    gs_buf_add(buf, bytes, sizeof bytes);
}

/* A neutral one of the comments' input that was added to the entity of that number by influencer,
 * and to nothing in the other views. */
static void add_comment(struct gs_hash128 id, int64_t t_ms, uint64_t number)
{
    gs_cut_put_u64(&key, COMMENTS);
    put_id(&key, id);
    gs_cut_put_i64(&value, t_ms);
    for (int i = 0; i < 4; i++)
        gs_cut_put_i64(&value, 0);
    gs_cut_put_u64(&value, GSI_TONE_NEU);
    for (int v = 0; v < VIEWS; v++)
        gs_cut_put_u64(&value, v == BY_INFLUENCER ? number + 1 : 0);
    end_entry(GSI_ENTRY_COMMENT);
}

static struct gs_hash128 id_of(const char *comment_id)
{
    return gs_hash128(comment_id, strlen(comment_id));
}

/* ------------------------------------------------------------------ restore */

/* NULL: it was refused. */
static struct gs_task *restore(void)
{
    struct gs_task *task = fixture_create(&config);
    struct gs_error error;
    if (gs_task_restore_begin(task, &barrier, &error) == GS_OK &&
        gs_task_restore_body(task, WHO, view_of(&body), &error) == GS_OK &&
        gs_task_restore_end(task, &error) == GS_OK)
        return task;
    assert_int_equal(error.status, GS_E_DATA);
    gs_task_destroy(task);
    return NULL;
}

static void expect_refused(void)
{
    assert_null(restore());
}

static void expect_taken(void)
{
    struct gs_task *task = restore();
    assert_non_null(task);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ barriers */

static void test_clocks_that_cannot_be(void **state)
{
    (void)state;
    expect_taken();
    barrier.inputs[COMMENTS].record_ms = GS_NULL_INT; /* time that passed would have no bounds */
    expect_refused();
    barrier.inputs[COMMENTS].record_ms = T0;
    barrier.as_of_ms = T0 - 1; /* behind what it is the largest of */
    expect_refused();
    barrier.as_of_ms = GS_NULL_INT;
    expect_refused();
}

/* ------------------------------------------------------------------ entities */

static void test_names_of_another_shape(void **state)
{
    static const char *const bad[] = {"",     "c1",    "c1/",   "/ann",  "c1/ann/x",
                                      "c/%4", "c/%zz", "c/a b", "c/\xC3"};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(bad); i++) {
        body.len = 0;
        add_name(7, BY_CAMPAIGN, bad[i]);
        expect_refused();
    }
    body.len = 0;
    add_name(7, BY_CAMPAIGN, "c%3A2/ann");
    add_pane(7, SHORT, T0 / 1000);
    struct gs_task *task = restore();
    assert_non_null(task);
    assert_non_null(strstr(fixture_cell(task, BY_CAMPAIGN, "c%3A2/ann", SHORT), "\"c:2\""));
    gs_task_destroy(task);
}

/* Each incarnation names its own. */
static void test_numbers_of_another_incarnation(void **state)
{
    (void)state;
    struct gs_task *task = fixture_create(&config);
    struct gs_error error;
    assert_int_equal(gs_task_restore_begin(task, &barrier, &error), GS_OK);
    add_name(7, BY_POST, "p1");
    assert_int_equal(gs_task_restore_body(task, WHO, view_of(&body), &error), GS_OK);
    body.len = 0;
    add_pane(7, MIDDLE, T0 / 5000);
    struct gs_cut_id other = {WHO.high, WHO.low + 1};
    assert_int_equal(gs_task_restore_body(task, other, view_of(&body), &error), GS_E_DATA);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ comments */

static void end_in_time(struct gs_task *task)
{
    static const struct gs_task_log logs[GS_INPUTS_MAX];
    gs_task_keep_checkpoints(task, NULL);
    gs_task_cut_whole(task);
    gs_task_cut(task, logs, 1000, 1000);
    gs_task_cut_acked(task);
    gs_task_destroy(task);
}

static struct gs_event deletion(const char *comment_id, int64_t t_ms)
{
    struct gs_event event = fixture_comment(t_ms);
    event.action = GS_ACTION_DELETED;
    event.comment.comment_id = gs_str_of(comment_id);
    return event;
}

/* It would be added to, or named, when the entity is forgotten or another has its number. */
static void test_comment_without_its_pane(void **state)
{
    (void)state;
    add_name(7, BY_INFLUENCER, "ann");
    add_comment(id_of("c"), T0 - 100, 7);
    expect_refused();
    add_pane(7, SHORT, (T0 - 100) / 1000 - 1); /* which goes before the comment does */
    expect_refused();
    add_pane(7, SHORT, (T0 - 100) / 1000); /* the order does not matter */
    struct gs_task *task = restore();
    assert_non_null(task);
    fixture_open_gate(task);
    task->input[COMMENTS].next = 0;
    assert_int_equal(fixture_fold(task, COMMENTS, deletion("c", T0 + 5000)), GS_PROCESSED);
    assert_int_equal(fixture_stats(task).input[COMMENTS].orphan_retractions, 0);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 2 - 1);
    end_in_time(task);
}

/* Where its time has left all windows nothing is added to it any more. */
static void test_comment_that_is_shown_no_more(void **state)
{
    (void)state;
    config.comments_horizon_ms = 3600000;
    add_name(7, BY_INFLUENCER, "ann");
    add_comment(id_of("c"), T0 - 700000, 7);
    struct gs_task *task = restore();
    assert_non_null(task);
    assert_int_equal(fixture_stats(task).entities, 0);
    end_in_time(task);
}

static void test_comment_of_another_views_entity(void **state)
{
    (void)state;
    add_name(7, BY_POST, "p1");
    add_pane(7, MIDDLE, (T0 - 100) / 5000);
    add_comment(id_of("c"), T0 - 100, 7);
    expect_refused();
}

/* So many that there would be no memory. */
static void test_held_beyond_the_limit(void **state)
{
    (void)state;
    gs_cut_put_u64(&key, COMMENTS);
    int64_t slice_ms = (config.comments_horizon_ms + 63) / 64;
    for (int i = 0; i < 120; i++) {
        gs_cut_put_i64(&value, (T0 - config.comments_horizon_ms) / slice_ms + 1 + i);
        gs_cut_put_u64(&value, GS_TASK_COMMENTS_MAX);
    }
    end_entry(GSI_ENTRY_COMMENTS);
    struct gs_task *task = restore();
    assert_non_null(task);
    assert_int_equal(fixture_stats(task).input[COMMENTS].comments, config.comments_max);
    gs_task_destroy(task);
}

/* A limit that was lowered: what has room is remembered, the rest counted. */
static void test_more_comments_than_there_is_room_for(void **state)
{
    enum { MANY = 300000 };
    (void)state;
    config.comments_max = 1000;
    add_name(7, BY_INFLUENCER, "ann");
    add_pane(7, SHORT, (T0 - 100) / 1000);
    for (uint64_t i = 0; i < MANY; i++)
        add_comment((struct gs_hash128){gs_hash64(&i, sizeof i, 1), i}, T0 - 100, 7);
    gs_cut_put_u64(&key, COMMENTS);
    gs_cut_put_i64(&value, (T0 - 100) / ((config.comments_horizon_ms + 63) / 64));
    gs_cut_put_u64(&value, MANY);
    end_entry(GSI_ENTRY_COMMENTS);
    struct gs_task *task = restore();
    assert_non_null(task);
    assert_int_equal(fixture_stats(task).input[COMMENTS].comments, config.comments_max);
    assert_int_equal(fixture_stats(task).input[COMMENTS].comments_refused, MANY - 1000);
    end_in_time(task);
}

/* ------------------------------------------------------------------ limits of entities */

/* A lineage names all that lived since it began. */
static void test_names_beyond_the_limit(void **state)
{
    (void)state;
    config.entities_max = 10;
    for (uint64_t i = 0; i < 100; i++) {
        char text[16];
        snprintf(text, sizeof text, "p%d", (int)i);
        add_name(i, BY_POST, text);
        add_pane(i, MIDDLE, i < 90 ? (T0 - 100000) / 5000 : T0 / 5000);
    }
    struct gs_task *task = restore();
    assert_non_null(task);
    assert_int_equal(fixture_stats(task).entities, 10);
    assert_int_equal(fixture_stats(task).entities_refused, 0);
    assert_int_equal(fixture_sum(task, BY_POST, "p99", LONG, GS_C_COMMENTS), 1);
    end_in_time(task);
}

/* ------------------------------------------------------------------ event ids */

static void add_ids(uint64_t serial, uint64_t from, uint64_t count)
{
    gs_cut_put_u64(&key, COMMENTS);
    gs_cut_put_u64(&key, serial);
    gs_cut_put_u64(&key, 0);
    for (uint64_t i = from; i < from + count; i++)
        put_id(&value, (struct gs_hash128){i * UINT64_C(0x9E3779B97F4A7C15), i + 1});
    end_entry(GSI_ENTRY_IDS);
}

static void add_ids_state(uint64_t serial, int64_t number)
{
    gs_cut_put_u64(&key, COMMENTS);
    gs_cut_put_u64(&value, serial);
    gs_cut_put_i64(&value, number);
    end_entry(GSI_ENTRY_IDS_STATE);
}

/* A capacity that was lowered is no reason to start over. */
static void test_more_ids_than_there_is_room_for(void **state)
{
    (void)state;
    add_ids(1, 0, 3000);
    add_ids_state(1, T0 / config.dedupe_window_ms);
    expect_taken();
}

/* A generation of 20 s must not last for years when the window is a minute, nor for ever. */
static void test_generations_of_another_length(void **state)
{
    struct gs_dedupe_state stands;
    (void)state;
    add_ids_state(1, T0 / config.dedupe_window_ms);
    config.dedupe_window_ms *= 3;
    struct gs_task *task = restore();
    assert_non_null(task);
    gs_dedupe_state(task->input[COMMENTS].dedupe, &stands);
    assert_int_equal(stands.number, T0 / config.dedupe_window_ms);
    gs_task_destroy(task);
    body.len = 0;
    config.dedupe_window_ms = INT64_C(30) * 24 * 3600000;
    add_ids_state(1, GS_TIME_MS_MAX);
    expect_taken();
    body.len = 0;
    barrier.inputs[COMMENTS].clock_ms = GS_NULL_INT;
    add_ids_state(1, 5);
    expect_refused();
}

/* ------------------------------------------------------------------ influencers */

/* Who changes once a minute, with many campaigns, fills more than one record. */
static void test_influencer_of_many_versions(void **state)
{
    enum { VERSIONS = 900 };
    static struct gs_campaign campaigns[20];
    static struct store store;
    (void)state;
    struct gs_task *task = fixture_create(&config);
    gs_task_keep_checkpoints(task, NULL);
    char ids[20][GS_ID_BYTES_MAX];
    for (int c = 0; c < 20; c++) {
        memset(ids[c], 'a' + c, sizeof ids[c]);
        campaigns[c] = (struct gs_campaign){
            .campaign_id = gs_str_make(ids[c], sizeof ids[c]), .from_ms = T0, .to_ms = GS_NULL_INT};
    }
    for (int v = 0; v < VERSIONS; v++) {
        struct gs_campaign_pool pool = {.items = campaigns, .count = 20};
        struct gs_task_record record = {.event = fixture_profile(T0 + v * 60000, v)};
        record.event.offset = v;
        record.event.profile.campaign_count = 20;
        assert_int_equal(gs_task_fold(task, PROFILES, &record, 1, &pool), 1);
    }
    static const struct gs_task_log logs[GS_INPUTS_MAX];
    uint32_t parts = gs_task_cut(task, logs, 1000, 1000);
    for (uint32_t i = 0; i < parts; i++)
        store_append(&store, gs_task_cut_record(task, i));
    gs_task_cut_acked(task);
    struct gs_task_cut_stats stats;
    gs_task_cut_stats(task, &stats);
    assert_int_equal(stats.too_long, 0);
    gs_task_destroy(task);
    config.incarnation[0] = '1';
    task = fixture_create(&config);
    assert_true(store_restore(&store, &config, task));
    struct gs_str ann = gs_str_of("ann");
    uint32_t influencer =
        gs_profiles_find(task->profiles, ann, gs_profiles_hash(task->profiles, ann));
    for (int v = 0; v < VERSIONS; v++)
        assert_int_equal(gs_profiles_at(task->profiles, influencer, T0 + v * 60000)->followers, v);
    assert_int_equal(gs_profiles_stats(task->profiles).versions, VERSIONS);
    gs_task_destroy(task);
    store_clear(&store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_clocks_that_cannot_be),          TEST(test_names_of_another_shape),
        TEST(test_numbers_of_another_incarnation), TEST(test_comment_without_its_pane),
        TEST(test_comment_that_is_shown_no_more),  TEST(test_comment_of_another_views_entity),
        TEST(test_held_beyond_the_limit),          TEST(test_more_comments_than_there_is_room_for),
        TEST(test_names_beyond_the_limit),         TEST(test_more_ids_than_there_is_room_for),
        TEST(test_generations_of_another_length),  TEST(test_influencer_of_many_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
