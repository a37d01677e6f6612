/* Goal: what a checkpoint says of the memories of copies and bursts is taken in if a task could
 * have written it, whatever the limits are now, and nothing that it says can do harm. Method:
 * entries by hand into a task with rules, which then sees comments. */
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
    config.rules = fixture_rules();
    gs_copies_config_default(&config.copies);
    gs_burst_config_default(&config.burst);
    memset(&barrier, 0, sizeof barrier);
    barrier.input_count = INPUTS;
    barrier.as_of_ms = T0;
    for (int i = 0; i < INPUTS; i++)
        barrier.inputs[i] = (struct gs_cut_input){
            .offset = 10, .clock_ms = i == PROFILES ? GS_NULL_INT : T0, .record_ms = T0};
    body.len = 0;
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

/* What was put into key and value, as one more entry. */
static void end_entry(uint8_t kind)
{
    gs_buf_add(&body, &kind, 1);
    gs_cut_put_u64(&body, key.len);
    gs_buf_add(&body, key.data, key.len);
    gs_cut_put_u64(&body, value.len + 1);
    gs_buf_add(&body, value.data, value.len);
    key.len = value.len = 0;
}

static void begin_piece(uint64_t input, uint64_t serial, uint64_t place)
{
    gs_cut_put_u64(&key, input);
    gs_cut_put_u64(&key, serial);
    gs_cut_put_u64(&key, place);
    gs_buf_add(&value, "", 0);
}

static void put_words(const uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = htole64(words[i]);
        gs_buf_add(&value, &bytes, sizeof bytes);
    }
}

static struct gs_hash128 hash_of(const char *text)
{
    return gs_hash128(text, strlen(text));
}

static void put_copy(const char *text, uint64_t comment, uint64_t actor, uint64_t flags)
{
    struct gs_hash128 hash = hash_of(text);
    put_words((uint64_t[]){hash.low, hash.high, comment, comment, actor}, 5);
    gs_cut_put_u64(&value, flags);
}

static void put_burst(uint64_t actor, uint64_t post, int64_t event_ms)
{
    put_words((uint64_t[]){actor, post}, 2);
    gs_cut_put_i64(&value, event_ms);
}

static void add_state(uint8_t kind, uint64_t serial, int64_t number)
{
    gs_cut_put_u64(&key, COMMENTS);
    gs_cut_put_u64(&value, serial);
    gs_cut_put_i64(&value, number);
    end_entry(kind);
}

/* NULL: it was refused. */
static struct gs_task *restore(void)
{
    struct gs_task *task = fixture_create(&config);
    struct gs_error error;
    if (gs_task_restore_begin(task, &barrier, &error) == GS_OK &&
        gs_task_restore_body(task, WHO, gs_str_make(body.data, body.len), &error) == GS_OK &&
        gs_task_restore_end(task, &error) == GS_OK)
        return task;
    assert_int_equal(error.status, GS_E_DATA);
    gs_task_destroy(task);
    return NULL;
}

static void expect_refused(void)
{
    assert_null(restore());
    body.len = 0;
}

static uint64_t left_back(struct gs_task *task)
{
    struct gs_task_cut_stats stats;
    gs_task_cut_stats(task, &stats);
    return stats.left_back;
}

static void expect_taken(uint64_t wanted_left_back)
{
    struct gs_task *task = restore();
    assert_non_null(task);
    assert_int_equal(left_back(task), wanted_left_back);
    gs_task_destroy(task);
    body.len = 0;
}

/* ------------------------------------------------------------------ what cannot be */

static void test_what_no_task_has_written(void **state)
{
    (void)state;
    begin_piece(COMMENTS, 0, 0); /* generations are counted from 1 */
    end_entry(GSI_ENTRY_COPIES);
    expect_refused();
    begin_piece(PROFILES, 1, 0);
    end_entry(GSI_ENTRY_BURSTS);
    expect_refused();
    begin_piece(INPUTS, 1, 0);
    end_entry(GSI_ENTRY_BURSTS);
    expect_refused();
    begin_piece(COMMENTS, 1, UINT64_C(1) << 40);
    end_entry(GSI_ENTRY_COPIES);
    expect_refused();
    begin_piece(COMMENTS, 1, 0);
    put_copy("a", 1, 1, UINT64_C(1) << 32);
    end_entry(GSI_ENTRY_COPIES);
    expect_refused();
    begin_piece(COMMENTS, 1, 0);
    put_burst(1, 1, -1);
    end_entry(GSI_ENTRY_BURSTS);
    expect_refused();
    begin_piece(COMMENTS, 1, 0);
    put_words((uint64_t[]){1}, 1); /* half of one */
    end_entry(GSI_ENTRY_BURSTS);
    expect_refused();
    add_state(GSI_ENTRY_COPIES_STATE, 1, -1);
    expect_refused();
    barrier.inputs[COMMENTS].clock_ms = GS_NULL_INT;
    add_state(GSI_ENTRY_BURSTS_STATE, 1, 5);
    expect_refused();
}

/* A text with more authors than a generation ever holds of those that are not told: all of them
 * would be told at once. */
static void test_more_to_tell_than_there_can_be(void **state)
{
    static const char text[] = "one of many equal texts";
    (void)state;
    begin_piece(COMMENTS, 1, 0);
    for (uint64_t i = 0; i < 500; i++)
        put_copy(text, i, i + 1, 0);
    end_entry(GSI_ENTRY_COPIES);
    add_state(GSI_ENTRY_COPIES_STATE, 1, T0 / config.copies.window_ms);
    struct gs_task *task = restore();
    struct gs_event event = fixture_comment(T0);
    assert_non_null(task);
    fixture_open_gate(task);
    event.comment.text = gs_str_of(text);
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_PROCESSED);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_DROP + GS_REASON_COPYPASTA),
                     1);
    assert_int_equal(fixture_stats(task).input[COMMENTS].orphan_retractions,
                     2 * GS_CLEAN_AUTHORS_MAX);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ other limits */

static void add_copies(uint64_t serial, uint64_t place, uint64_t count)
{
    begin_piece(COMMENTS, serial, place);
    for (uint64_t i = place; i < place + count; i++)
        put_copy("some text of a few words", i, i + 1, 0);
    end_entry(GSI_ENTRY_COPIES);
}

static void test_limits_that_were_lowered(void **state)
{
    (void)state;
    config.copies.capacity = 100;
    add_copies(7, 0, 130);
    expect_taken(30);
    config.rules = NULL;
    add_copies(7, 0, 130);
    add_state(GSI_ENTRY_COPIES_STATE, 7, T0 / config.copies.window_ms);
    expect_taken(130);
}

/* What came before stands in no cut of the lineage, until the cycle brings it. */
static void test_a_lineage_that_begins_within_a_generation(void **state)
{
    struct gs_sightings_state stands;
    (void)state;
    add_copies(7, 20, 10);
    add_copies(6, 0, 5);
    add_copies(7, 0, 25);
    add_copies(7, 30, 5); /* the cycle has not come so far yet */
    add_copies(7, 25, 12);
    add_copies(7, 37, 3);
    add_state(GSI_ENTRY_COPIES_STATE, 7, T0 / config.copies.window_ms + 5);
    struct gs_task *task = restore();
    assert_non_null(task);
    gs_copies_state(task->input[COMMENTS].copies, &stands);
    assert_int_equal(stands.newer, 40);
    assert_int_equal(stands.older, 5);
    assert_int_equal(stands.number, T0 / config.copies.window_ms); /* not in the future */
    assert_int_equal(left_back(task), 10 + 5);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ other rules */

static void say(struct gs_task *task, const char *id, const char *text, enum gs_action action)
{
    struct gs_event event = fixture_comment(T0);
    event.comment.comment_id = event.comment.actor_id = gs_str_of(id);
    event.comment.text = gs_str_of(text);
    event.action = (uint8_t)action;
    event.comment.likes = 20;
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_PROCESSED);
}

static void cut_into(struct store *store, struct gs_task *task)
{
    struct gs_task_log logs[GS_INPUTS_MAX] = {0};
    uint32_t parts = gs_task_cut(task, logs, 1000, 1000);
    for (uint32_t part = 0; part < parts; part++)
        store_append(store, gs_task_cut_record(task, part));
    gs_task_cut_acked(task);
}

static void expect_nothing_left(struct gs_task *task)
{
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, c), 0);
}

/* What was added is remembered, and not made again from rules that may be others by now. */
static void test_what_other_rules_added_is_taken_back(void **state)
{
    static const char *const texts[] = {"nice pic", "free watches at https://spam.example/now",
                                        "hate this watch"};
    static const char *const ids[] = {"a", "b", "c"};
    static struct store store;
    (void)state;
    for (int with_rules = 0; with_rules < 2; with_rules++) {
        config.rules = with_rules ? fixture_rules() : NULL;
        struct gs_task *task = fixture_create(&config);
        fixture_open_gate(task);
        gs_task_keep_checkpoints(task, NULL);
        for (int i = 0; i < 3; i++)
            say(task, ids[i], texts[i], GS_ACTION_CREATED);
        assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_DROP + GS_REASON_URL),
                         with_rules);
        cut_into(&store, task);
        gs_task_destroy(task);
        config.rules = with_rules ? NULL : fixture_rules();
        config.incarnation[0]++;
        task = fixture_create(&config);
        assert_true(store_restore(&store, &config, task));
        fixture_open_gate(task);
        say(task, "c", "love this watch", GS_ACTION_EDITED);
        for (int i = 0; i < 3; i++)
            say(task, ids[i], NULL, GS_ACTION_DELETED);
        expect_nothing_left(task);
        gs_task_destroy(task);
        store_clear(&store);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_no_task_has_written),
        TEST(test_more_to_tell_than_there_can_be),
        TEST(test_limits_that_were_lowered),
        TEST(test_a_lineage_that_begins_within_a_generation),
        TEST(test_what_other_rules_added_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
