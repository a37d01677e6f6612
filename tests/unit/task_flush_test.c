/* Goal: what is dirty is written in batches that build upon one another, and what Redis may lack,
 * and only that, is written again. Method: a task and a simulated Redis; commands are carried by
 * hand, so each may be lost before it is applied, or its answer after. */
#include "task_rig.h"

/* ------------------------------------------------------------------ the ordinary way */

static void test_waiting_taking_live(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    expect_state(rig, GS_TASK_WAITING);
    expect(rig, GS_COMMAND_NONE);
    assert_int_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    gs_task_connected(rig->task, 0);
    expect_state(rig, GS_TASK_TAKING);
    assert_int_equal(gs_task_next_due_ms(rig->task), 0);
    expect(rig, GS_COMMAND_TAKE);
    assert_false(rig->command.force);
    assert_int_equal(strlen(rig->command.token), GS_TOKEN_BYTES);
    char token[GS_TOKEN_BYTES + 1];
    memcpy(token, rig->command.token, sizeof token);
    assert_int_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    struct gs_command other = {0};
    assert_false(
        gs_task_next_command(rig->task, WALL, 0, true, &other)); /* an answer comes first */
    carry_out(rig, &rig->command);
    expect_state(rig, GS_TASK_LIVE);
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    assert_string_equal(rig->command.expect, token);
    assert_string_not_equal(rig->command.token, token);
    assert_int_equal(rig->command.seq, 1);
    assert_int_equal(rig->command.cell_count, CELLS);
    assert_int_equal(rig->command.at[COMMENTS], 1);
    assert_int_equal(rig->command.as_of_ms, T0);
    assert_true(rig->command.clean);
    assert_false(gs_task_flushed(rig->task));
    carry_out(rig, &rig->command);
    assert_true(gs_task_flushed(rig->task));
    expect(rig, GS_COMMAND_NONE);
    expect_in_redis(rig, "gs:v1:{influencer:a}:10s", 1);
    assert_int_equal(fixture_stats(rig->task).takeovers, 1);
    assert_int_equal(fixture_stats(rig->task).cells_written, CELLS);
    assert_int_equal(fixture_stats(rig->task).batches, 1);
    rig_free(rig);
}

/* A tenth of the interval is for the way to Redis. */
static void test_a_cell_is_due_before_the_flush_interval_ends(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    connect(rig);
    settle(rig);
    rig->now_ms = 1000;
    gs_task_tick(rig->task, WALL, rig->now_ms);
    comment_on(rig, "a");
    assert_int_equal(gs_task_next_due_ms(rig->task), 1090);
    assert_false(gs_task_next_command(rig->task, WALL, 1089, false, &rig->command));
    assert_true(gs_task_next_command(rig->task, WALL, 1090, false, &rig->command));
    rig_free(rig);
}

static void all_inputs_end(struct rig *rig)
{
    for (uint8_t input = 0; input < INPUTS; input++)
        gs_task_input_end(rig->task, input);
}

static void tick_at(struct rig *rig, int64_t now_ms)
{
    rig->now_ms = now_ms;
    gs_task_tick(rig->task, WALL, now_ms);
}

static bool is_of(const struct gs_command *command, uint32_t cell, const char *name)
{
    char wanted[80], key[80];
    snprintf(key, sizeof key, "%.*s", (int)command->cells[cell].key_len,
             command->bytes.data + command->cells[cell].key_at);
    snprintf(wanted, sizeof wanted, ":%s}:", name);
    return strstr(key, wanted);
}

/* A comment of which only the cell of the shortest window is due and written yet. */
static struct rig *rig_with_long_windows_dirty(void)
{
    struct rig *rig = rig_new();
    connect(rig);
    comment_on(rig, "a");
    settle(rig);
    tick_at(rig, 10000);
    comment_on(rig, "a");
    assert_true(gs_task_next_command(rig->task, WALL, 10100, false, &rig->command));
    assert_int_equal(rig->command.cell_count, 1);
    carry_out(rig, &rig->command);
    assert_int_equal(gs_task_next_due_ms(rig->task), 10600);
    return rig;
}

/* Between two batches a log that flows is at its end, too. */
static void test_long_windows_are_hurried_only_when_nothing_comes(void **state)
{
    (void)state;
    struct rig *rig = rig_with_long_windows_dirty();
    all_inputs_end(rig);
    tick_at(rig, 10150); /* the comment came since the tick before */
    assert_int_equal(gs_task_next_due_ms(rig->task), 10600);
    tick_at(rig, 10200);
    assert_int_equal(gs_task_next_due_ms(rig->task), 10200);
    assert_true(gs_task_next_command(rig->task, WALL, 10200, false, &rig->command));
    assert_int_equal(rig->command.cell_count, CELLS - 1);
    rig_free(rig);
}

static void test_what_is_hurried_comes_after_what_is_due(void **state)
{
    (void)state;
    struct rig *rig = rig_with_long_windows_dirty();
    all_inputs_end(rig);
    tick_at(rig, 10150);
    tick_at(rig, 10200);
    comment_on(rig, "b");
    assert_true(gs_task_next_command(rig->task, WALL, 10290, false, &rig->command));
    assert_int_equal(rig->command.cell_count, 2 * CELLS - 1);
    for (uint32_t i = 0; i < rig->command.cell_count; i++)
        assert_int_equal(is_of(&rig->command, i, "b"), i < CELLS);
    rig_free(rig);
}

/* Each of two batches in flight expects what the one before leaves. */
static void test_two_in_flight(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    connect(rig);
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    comment_on(rig, "b");
    assert_true(gs_task_next_command(rig->task, WALL, 0, true, &rig->second));
    assert_string_equal(rig->second.expect, rig->command.token);
    assert_int_equal(rig->second.seq, rig->command.seq + 1);
    comment_on(rig, "c");
    struct gs_command third = {0};
    assert_false(gs_task_next_command(rig->task, WALL, 0, true, &third));
    assert_int_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    carry_out(rig, &rig->command);
    assert_int_not_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    carry_out(rig, &rig->second);
    assert_int_equal(settle(rig), CELLS);
    assert_true(gs_task_flushed(rig->task));
    rig_free(rig);
}

/* Long cells fill a batch by bytes before they fill it by number; none is lost on the way. */
static void test_limits_of_a_batch(void **state)
{
    (void)state;
    static char handle[70000];
    memset(handle, 'h', sizeof handle);
    for (size_t length = 10; length < sizeof handle; length = length * 30) {
        struct rig *rig = rig_new();
        connect(rig);
        for (int i = 0; i < 50; i++) {
            char id[16];
            snprintf(id, sizeof id, "i%d", i);
            struct gs_event profile = fixture_profile(T0, 1);
            profile.influencer_id = gs_str_of(id);
            profile.profile.handle = gs_str_make(handle, length);
            fixture_fold_profile(rig->task, profile, NULL);
            comment_on(rig, id);
        }
        uint32_t cells = 0;
        while (gs_task_next_command(rig->task, WALL, 0, true, &rig->command)) {
            assert_true(rig->command.cell_count <= GS_TASK_WRITE_CELLS);
            assert_true(rig->command.bytes.len <= GS_TASK_WRITE_BYTES ||
                        rig->command.cell_count == 1);
            cells += rig->command.cell_count;
            gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, 0, 0);
        }
        assert_int_equal(cells, 50 * CELLS);
        assert_true(gs_task_flushed(rig->task));
        rig_free(rig);
    }
}

static void test_a_deleted_post_leaves(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    connect(rig);
    fixture_fold(rig->task, COMMENTS, fixture_comment(T0));
    settle(rig);
    expect_in_redis(rig, "gs:v1:{post:p1}:10m", 1);
    fixture_fold(rig->task, POSTS, fixture_post(T0, GS_ACTION_DELETED));
    assert_int_equal(settle(rig), 2);
    assert_string_equal(redis_get(&rig->redis, "gs:v1:{post:p1}:1m"), "");
    assert_string_equal(redis_get(&rig->redis, "gs:v1:{post:p1}:10m"), "");
    expect_in_redis(rig, "gs:v1:{influencer:ann}:10m", 1);
    /* An old backup brings it back; it leaves again. */
    redis_lose(&rig->redis, 1);
    expect_in_redis(rig, "gs:v1:{post:p1}:10m", 1);
    reconnect(rig);
    assert_int_equal(settle(rig), 2);
    assert_string_equal(redis_get(&rig->redis, "gs:v1:{post:p1}:10m"), "");
    rig_free(rig);
}

/* What drained is written once more, without its counters; then it is forgotten. */
static void test_a_drained_window_is_written_once_more(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    connect(rig);
    comment_on(rig, "a");
    settle(rig);
    struct gs_event event = fixture_reaction(T0 + 10000, GS_REACTION_CONVERSION, 1);
    fixture_fold(rig->task, REACTIONS, event);
    settle(rig);
    expect_in_redis(rig, "gs:v1:{influencer:a}:10s", -1);
    assert_int_equal(redis_int(redis_get(&rig->redis, "gs:v1:{influencer:a}:10s"), "_as_of_ms"),
                     T0 + 10000);
    expect_in_redis(rig, "gs:v1:{influencer:a}:1m", 1);
    event = fixture_reaction(T0 + 2000000, GS_REACTION_CONVERSION, 1);
    fixture_fold(rig->task, REACTIONS, event);
    settle(rig);
    expect_in_redis(rig, "gs:v1:{influencer:a}:10m", -1);
    assert_null(fixture_cell(rig->task, BY_INFLUENCER, "a", LONG));
    rig_free(rig);
}

/* ------------------------------------------------------------------ Redis went back */

static void test_regressed_to_a_known_token(void **state)
{
    (void)state;
    for (uint32_t lost = 0; lost < 3; lost++) {
        struct rig *rig = rig_with_three();
        redis_lose(&rig->redis, lost);
        comment_on(rig, "d");
        expect(rig, GS_COMMAND_WRITE);
        carry_out(rig, &rig->command);
        assert_int_equal(fixture_stats(rig->task).outcome_regressed, lost > 0);
        expect_state(rig, lost ? GS_TASK_TAKING : GS_TASK_LIVE);
        assert_int_equal(settle(rig), lost ? (lost + 1) * CELLS : 0);
        for (int i = 0; i < 4; i++) {
            char key[40];
            snprintf(key, sizeof key, "gs:v1:{influencer:%c}:10s", 'a' + i);
            expect_in_redis(rig, key, 1);
        }
        rig_free(rig);
    }
}

/* Went back twice before anything was written again: the farther one counts. */
static void test_regressed_twice(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    static const int64_t beyond[GS_INPUTS_MAX] = {0, 0, 99, 0};
    redis_lose(&rig->redis, 2);
    memcpy(rig->redis.now.guard.at, beyond, sizeof beyond); /* so that it is held back */
    reconnect(rig);
    expect_state(rig, GS_TASK_HELD);
    struct gs_task *task = rig->task;
    reconnect(rig); /* what stands there now is the takeover's token, known too */
    expect_state(rig, GS_TASK_HELD);
    rig->now_ms += 31000;
    gs_task_tick(task, WALL, rig->now_ms);
    assert_in_range(settle(rig), 2 * CELLS, 3 * CELLS - 1); /* a refresh may be among them */
    rig_free(rig);
}

static void test_unknown_token_means_everything(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0 + 10000, GS_REACTION_CONVERSION, 1));
    settle(rig); /* the shortest windows have drained */
    snprintf(rig->redis.now.guard.token, sizeof rig->redis.now.guard.token, "of an old backup");
    reconnect(rig);
    assert_int_equal(settle(rig), 4 * CELLS); /* the empty ones too */
    rig_free(rig);
}

static void test_wiped(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0 + 10000, GS_REACTION_CONVERSION, 1));
    settle(rig);
    redis_wipe(&rig->redis);
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    carry_out(rig, &rig->command);
    assert_int_equal(fixture_stats(rig->task).outcome_empty, 1);
    settle(rig);
    expect_in_redis(rig, "gs:v1:{influencer:a}:1m", 2);
    expect_in_redis(rig, "gs:v1:{post:b}:10m", 1);
    expect_in_redis(rig, "gs:v1:{influencer:c}:10m", 1);
    assert_string_equal(redis_get(&rig->redis, "gs:v1:{influencer:c}:10s"), ""); /* was empty */
    rig_free(rig);
}

/* A takeover whose reply was never read proves nothing about what it found. */
static void test_a_takeover_is_known_once_its_reply_was_read(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    reconnect(rig);
    assert_int_equal(settle(rig), 0);
    reconnect(rig); /* finds the takeover before */
    assert_int_equal(settle(rig), 0);
    gs_task_disconnected(rig->task, 0);
    gs_task_connected(rig->task, 0);
    expect(rig, GS_COMMAND_TAKE);
    struct gs_guard unread;
    redis_take(&rig->redis, &rig->config, &rig->command, &unread);
    reconnect(rig);
    assert_int_equal(settle(rig), 3 * CELLS);
    rig_free(rig);
}

/* Applied or not: its cells are written again, and nothing else. */
static void test_a_write_without_an_answer(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct rig *rig = rig_with_three();
        comment_on(rig, "b");
        expect(rig, GS_COMMAND_WRITE);
        if (applied)
            redis_write(&rig->redis, &rig->config, &rig->command);
        uint32_t late = rig->command.id;
        reconnect(rig);
        gs_task_written(rig->task, late, GS_WRITE_OK, 0, 0); /* must not be believed now */
        assert_int_equal(settle(rig), CELLS);
        expect_in_redis(rig, "gs:v1:{influencer:b}:10s", 2);
        rig_free(rig);
    }
}

/* Both in flight find the same; a takeover waits for both answers. */
static void test_two_in_flight_are_refused(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    redis_lose(&rig->redis, 1);
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    comment_on(rig, "b");
    assert_true(gs_task_next_command(rig->task, WALL, 0, true, &rig->second));
    uint32_t first = rig->command.id;
    gs_task_written(rig->task, first, GS_WRITE_REGRESSED, 0, 0);
    expect_state(rig, GS_TASK_TAKING);
    expect(rig, GS_COMMAND_NONE);
    assert_int_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    gs_task_written(rig->task, first, GS_WRITE_REGRESSED, 0, 0); /* twice: no such flight */
    gs_task_written(rig->task, rig->second.id, GS_WRITE_REGRESSED, 0, 0);
    expect(rig, GS_COMMAND_TAKE);
    carry_out(rig, &rig->command);
    assert_int_equal(settle(rig), 3 * CELLS);
    assert_int_equal(fixture_stats(rig->task).outcome_regressed, 2);
    assert_int_equal(fixture_stats(rig->task).takeovers, 2);
    rig_free(rig);
}

/* ------------------------------------------------------------------ clean */

/* All of the next batch is taken but its first key. */
static void write_refused(struct rig *rig, char key[REDIS_KEY_BYTES])
{
    expect(rig, GS_COMMAND_WRITE);
    snprintf(key, REDIS_KEY_BYTES, "%.*s", (int)rig->command.cells[0].key_len,
             rig->command.bytes.data + rig->command.cells[0].key_at);
    rig->redis.refuse = true;
    redis_write(&rig->redis, &rig->config, &rig->command);
    rig->redis.refuse = false;
    gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, 1, rig->now_ms);
}

static void test_refused_keys_are_counted_and_nothing_is_called_clean(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    connect(rig);
    for (int i = 0; i < 2; i++) {
        comment_on(rig, "a");
        expect(rig, GS_COMMAND_WRITE);
        assert_int_equal(rig->command.clean, i == 0 ? GS_GUARD_CLEAN_SET : GS_GUARD_CLEAN_KEEP);
        redis_write(&rig->redis, &rig->config, &rig->command);
        gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, i == 0 ? 2 : 0, 0);
        expect(rig, GS_COMMAND_NONE);
    }
    assert_int_equal(fixture_stats(rig->task).failed_keys, 2);
    redis_wipe(&rig->redis);
    reconnect(rig); /* all is written again */
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_SET);
    rig_free(rig);
}

/* A minute later: what was written with them or since, of which one may be. */
static void test_refused_keys_are_written_again(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    char first[REDIS_KEY_BYTES], second[REDIS_KEY_BYTES];
    rig->now_ms = 1000;
    comment_on(rig, "b");
    write_refused(rig, first);
    comment_on(rig, "d");
    rig->now_ms = 2000;
    write_refused(rig, second); /* the first one counts */
    rig->now_ms = 60999;
    settle(rig);
    assert_int_equal(fixture_stats(rig->task).quarantines, 0);
    expect_in_redis(rig, second, -1); /* the refresh may have come to the first one */
    rig->now_ms = 61000;
    assert_in_range(settle(rig), 2 * CELLS, 3 * CELLS); /* a refresh may be among them */
    assert_int_equal(fixture_stats(rig->task).quarantines, 1);
    expect_in_redis(rig, first, 2);
    expect_in_redis(rig, second, 1);
    assert_int_equal(rig->redis.now.guard.clean_at[COMMENTS], 5);
    assert_true(gs_task_flushed(rig->task));
    rig_free(rig);
}

/* Whether the first of two in flight was taken whole is not known yet. */
static void test_nothing_is_called_clean_before_all_is_answered(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_SET);
    comment_on(rig, "b");
    assert_true(gs_task_next_command(rig->task, WALL, 0, true, &rig->second));
    assert_int_equal(rig->second.clean, GS_GUARD_CLEAN_KEEP);
    carry_out(rig, &rig->command);
    assert_int_equal(rig->redis.now.guard.clean_at[COMMENTS], 4);
    carry_out(rig, &rig->second);
    assert_int_equal(rig->redis.now.guard.clean_at[COMMENTS], 4);
    assert_false(gs_task_flushed(rig->task));
    expect(rig, GS_COMMAND_WRITE); /* it is now, and nothing else is left to say it with */
    assert_int_equal(rig->command.cell_count, 0);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_SET);
    carry_out(rig, &rig->command);
    assert_int_equal(rig->redis.now.guard.clean_at[COMMENTS], 5);
    assert_int_equal(fixture_stats(rig->task).confirmations, 1);
    assert_true(gs_task_flushed(rig->task));
    expect(rig, GS_COMMAND_NONE);
    rig_free(rig);
}

/* Panes that wait to be carried are drains that were not written. */
static void test_nothing_is_called_clean_while_panes_wait(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    struct gs_event event = fixture_reaction(T0 + 10000, GS_REACTION_CONVERSION, 1);
    fixture_fold(rig->task, REACTIONS, event);
    assert_true(gs_window_waiting(rig->task->window) > 0);
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_KEEP);
    rig_free(rig);
}

static void read_an_ignored_record(struct rig *rig)
{
    struct gs_event event = fixture_event(GS_KIND_POST, T0);
    event.action = GS_ACTION_UNKNOWN;
    assert_int_equal(fixture_fold(rig->task, POSTS, event), GS_IGNORED);
}

/* V moves and no cell changes: said in the end, and after a checkpoint; not all the time. */
static void test_a_write_without_cells_says_that_all_is_clean(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    struct gs_task_log where[GS_INPUTS_MAX] = {0};
    gs_task_keep_checkpoints(rig->task, NULL);
    read_an_ignored_record(rig);
    assert_false(gs_task_next_command(rig->task, WALL, 0, false, &rig->command));
    assert_false(gs_task_flushed(rig->task));
    assert_true(gs_task_next_due_ms(rig->task) > 0);
    expect(rig, GS_COMMAND_WRITE); /* a last flush */
    carry_out(rig, &rig->command);
    assert_int_equal(rig->redis.now.guard.clean_at[POSTS], 1);
    expect(rig, GS_COMMAND_NONE);
    for (int i = 0; i < 3; i++) {
        gs_task_cut(rig->task, where, 60000, 0);
        gs_task_cut_acked(rig->task);
        read_an_ignored_record(rig);
        assert_int_equal(gs_task_next_due_ms(rig->task), 0);
        assert_true(gs_task_next_command(rig->task, WALL, 0, false, &rig->command));
        if (i == 1) { /* it did not get through */
            reconnect(rig);
            assert_true(gs_task_next_command(rig->task, WALL, 0, false, &rig->command));
        }
        assert_int_equal(rig->command.cell_count, 0);
        carry_out(rig, &rig->command);
        assert_int_equal(rig->redis.now.guard.clean_at[POSTS], 2 + i);
        assert_true(gs_task_flushed(rig->task));
        assert_false(gs_task_next_command(rig->task, WALL, 0, false, &rig->command));
    }
    assert_int_equal(fixture_stats(rig->task).confirmations, 4);
    rig_free(rig);
}

/* ------------------------------------------------------------------ refresh */

/* Deletes all keys behind the task's back; how many are back after the time. */
static int back_after(struct rig *rig, int64_t ms)
{
    memset(rig->redis.now.cells, 0, sizeof rig->redis.now.cells);
    for (int64_t end = rig->now_ms + ms; rig->now_ms < end;) {
        rig->now_ms += 500;
        gs_task_tick(rig->task, WALL, rig->now_ms);
        while (gs_task_next_command(rig->task, WALL, rig->now_ms, false, &rig->command))
            carry_out(rig, &rig->command);
    }
    int count = 0;
    while (rig->redis.now.cells[count].key[0])
        count++;
    return count;
}

static void test_every_live_cell_is_written_again_within_half_of_its_expiry(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    for (int round = 0; round < 3; round++) {
        assert_true(back_after(rig, 300000) >= 3 * 4);        /* 10 s and 1 min: expiry 10 min */
        assert_int_equal(back_after(rig, 900000), 3 * CELLS); /* 10 min: expiry 30 min */
    }
    uint32_t written = rig->redis.sets;
    gs_task_disconnected(rig->task, rig->now_ms); /* an outage in which all expires */
    rig->now_ms += 9000000;
    connect(rig);
    assert_int_equal(back_after(rig, 10000), 3 * CELLS);
    /* Once, but for those that were under way when the pass over all came to them. */
    assert_in_range(rig->redis.sets - written, 3 * CELLS, 3 * CELLS + 2);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiting_taking_live),
        cmocka_unit_test(test_a_cell_is_due_before_the_flush_interval_ends),
        cmocka_unit_test(test_long_windows_are_hurried_only_when_nothing_comes),
        cmocka_unit_test(test_what_is_hurried_comes_after_what_is_due),
        cmocka_unit_test(test_two_in_flight),
        cmocka_unit_test(test_limits_of_a_batch),
        cmocka_unit_test(test_a_deleted_post_leaves),
        cmocka_unit_test(test_a_drained_window_is_written_once_more),
        cmocka_unit_test(test_regressed_to_a_known_token),
        cmocka_unit_test(test_regressed_twice),
        cmocka_unit_test(test_unknown_token_means_everything),
        cmocka_unit_test(test_wiped),
        cmocka_unit_test(test_a_takeover_is_known_once_its_reply_was_read),
        cmocka_unit_test(test_a_write_without_an_answer),
        cmocka_unit_test(test_two_in_flight_are_refused),
        cmocka_unit_test(test_refused_keys_are_counted_and_nothing_is_called_clean),
        cmocka_unit_test(test_refused_keys_are_written_again),
        cmocka_unit_test(test_nothing_is_called_clean_before_all_is_answered),
        cmocka_unit_test(test_nothing_is_called_clean_while_panes_wait),
        cmocka_unit_test(test_a_write_without_cells_says_that_all_is_clean),
        cmocka_unit_test(test_every_live_cell_is_written_again_within_half_of_its_expiry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
