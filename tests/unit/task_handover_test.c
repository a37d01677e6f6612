/* Goal: a new owner writes what Redis may not show as it should be, and not all of it; and where it
 * cannot know, all. A task that comes back goes on. What is wrong with cells is said in them.
 * Method: a task and a simulated Redis; the task is replaced by one that goes on from its
 * checkpoints, or is taken away for a while, and what stands in the guard is changed by hand. */
#include "task_cells.h"
#include "task_rig.h"
#include "task_store.h"

static struct store store;

static int empty_store(void **state)
{
    (void)state;
    store_clear(&store);
    return 0;
}

/* ------------------------------------------------------------------ hand-over */

static void cut(struct rig *rig, bool counts)
{
    struct gs_task_log where[GS_INPUTS_MAX] = {0};
    uint32_t parts = gs_task_cut(rig->task, where, 60000, rig->now_ms);
    for (uint32_t part = 0; part < parts; part++)
        store_append(&store, gs_task_cut_record(rig->task, part));
    if (counts)
        gs_task_cut_acked(rig->task);
}

static void rename_owner(struct rig *rig)
{
    rig->config.generation++;
    snprintf(rig->config.incarnation, sizeof rig->config.incarnation, "%032d",
             rig->config.generation);
}

/* The next owner, which goes on from what the log of checkpoints holds. */
static void succeed(struct rig *rig)
{
    rename_owner(rig);
    rig->config.random_seed++;
    gs_task_destroy(rig->task);
    rig->task = fixture_create(&rig->config);
    store_restore(&store, &rig->config, rig->task);
    fixture_open_gate(rig->task);
}

static void free_all(struct rig *rig)
{
    rig_free(rig);
    store_clear(&store);
}

/* An owner that keeps checkpoints, three influencers of which all is in Redis. */
static struct rig *rig_with_checkpoints(void)
{
    struct rig *rig = rig_new();
    gs_task_keep_checkpoints(rig->task, NULL);
    connect(rig);
    for (int i = 0; i < 3; i++)
        comment_on(rig, (const char *const[]){"a", "b", "c"}[i]);
    assert_int_equal(settle(rig), 3 * CELLS);
    return rig;
}

static void test_a_clean_hand_over_writes_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    assert_true(gs_task_flushed(rig->task));
    succeed(rig);
    connect(rig);
    assert_int_equal(settle(rig), 0);
    expect_state(rig, GS_TASK_LIVE);
    assert_int_equal(fixture_stats(rig->task).takeovers_clean, 1);
    assert_true(gs_task_flushed(rig->task));
    /* What comes now is written as ever; and what drains. */
    comment_on(rig, "a");
    assert_int_equal(settle(rig), CELLS);
    expect_in_redis(rig, "gs:v1:{influencer:a}:10s", 2);
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0 + 10000, GS_REACTION_CONVERSION, 1));
    settle(rig);
    expect_in_redis(rig, "gs:v1:{influencer:b}:10s", -1);
    free_all(rig);
}

/* The last owner read on, wrote some of it, and was killed. */
static void test_what_the_replay_touches_is_written(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    comment_on(rig, "b");
    comment_on(rig, "d");
    assert_int_equal(settle(rig), 2 * CELLS);
    succeed(rig);
    connect(rig);
    expect_state(rig, GS_TASK_HELD);
    comment_on(rig, "b");
    comment_on(rig, "d");
    assert_int_equal(settle(rig), 2 * CELLS);
    assert_int_equal(fixture_stats(rig->task).takeovers_clean, 1);
    free_all(rig);
}

/* It drained in between, and nobody wrote that. */
static void test_what_drained_since_the_checkpoint_is_written(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    succeed(rig);
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0 + 10000, GS_REACTION_CONVERSION, 1));
    connect(rig);
    assert_int_equal(settle(rig), 3 + CELLS); /* a, b and c less 10 s; and all of the new one */
    expect_in_redis(rig, "gs:v1:{influencer:c}:10s", -1);
    expect_in_redis(rig, "gs:v1:{influencer:c}:1m", 1);
    free_all(rig);
}

/* The same record is too late for a short window, or for all, if the other input was read first.
 * What the last owner wrote of it must go. */
static void test_a_cell_that_the_replay_passes_by_is_written(void **state)
{
    (void)state;
    for (int64_t later_ms = 10000; later_ms <= 2000000; later_ms += 1990000) {
        struct rig *rig = rig_with_checkpoints();
        struct gs_event event = fixture_reaction(T0 + later_ms, GS_REACTION_CONVERSION, 1);
        fixture_fold(rig->task, REACTIONS, fixture_reaction(T0 + 2, GS_REACTION_LIKE, 1));
        settle(rig);
        cut(rig, true);
        settle(rig);
        comment_on(rig, "b");
        settle(rig);
        expect_in_redis(rig, "gs:v1:{influencer:b}:10s", 2);
        succeed(rig);
        connect(rig);
        event.influencer_id = event.post_id = gs_str_of("z");
        fixture_fold(rig->task, REACTIONS, event);
        comment_on(rig, "b");
        settle(rig);
        assert_int_equal(fixture_stats(rig->task).takeovers_clean, 1);
        expect_in_redis(rig, "gs:v1:{influencer:b}:10s", -1);
        expect_in_redis(rig, "gs:v1:{influencer:b}:10m", later_ms == 10000 ? 2 : -1);
        free_all(rig);
    }
}

/* ------------------------------------------------------------------ what is not clean */

enum flaw {
    SOUND,
    A_COMPONENT,
    THE_CLOCK,
    THE_MEANING,
    NEVER,
    OF_OTHER_INPUTS,
    TOO_OLD,
    OF_THE_FUTURE,
    FLAWS
};

static void spoil(struct rig *rig, enum flaw flaw)
{
    struct gs_guard *guard = &rig->redis.now.guard;
    int64_t age_ms = 600000 / 4;
    guard->clean_at[REACTIONS] += flaw == A_COMPONENT ? 99 : 0; /* a sum would not notice */
    guard->clean_at[COMMENTS] -= flaw == A_COMPONENT;
    guard->clean_as_of_ms -= flaw == THE_CLOCK;
    guard->clean_meaning ^= flaw == THE_MEANING;
    guard->clean_count = flaw == NEVER ? 0 : flaw == OF_OTHER_INPUTS ? INPUTS - 1 : INPUTS;
    rig->redis.now_ms = flaw == OF_THE_FUTURE ? -age_ms - 1 : age_ms + (flaw == TOO_OLD);
}

static void test_all_is_written_where_anything_may_differ(void **state)
{
    (void)state;
    for (int flaw = SOUND; flaw < FLAWS; flaw++) {
        struct rig *rig = rig_with_checkpoints();
        cut(rig, true);
        settle(rig);
        spoil(rig, (enum flaw)flaw);
        succeed(rig);
        connect(rig);
        assert_int_equal(settle(rig), flaw == SOUND ? 0 : 3 * CELLS);
        assert_int_equal(fixture_stats(rig->task).takeovers_all, flaw != SOUND);
        free_all(rig);
    }
}

/* The guard was young enough when it was taken over, but reading up to it took long. */
static void test_all_is_written_after_a_long_hold(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    comment_on(rig, "a");
    comment_on(rig, "a");
    settle(rig);
    rig->redis.now_ms += 140000;
    succeed(rig);
    connect(rig);
    rig->now_ms = 10001;
    comment_on(rig, "a");
    assert_int_equal(settle(rig), 0);
    expect_state(rig, GS_TASK_HELD);
    comment_on(rig, "a");
    assert_int_equal(settle(rig), (1 + 3) * CELLS); /* what was dirty comes first */
    free_all(rig);
}

/* The log has lost what Redis shows: neither this owner nor the next one can rely on clean. */
static void test_a_hold_that_ends_early_voids_what_was_clean(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    comment_on(rig, "a");
    comment_on(rig, "d");
    settle(rig);
    succeed(rig);
    connect(rig);
    gs_task_input_end(rig->task, COMMENTS);
    gs_task_tick(rig->task, WALL, rig->now_ms);
    assert_int_equal(fixture_stats(rig->task).holds_ended_early, 1);
    comment_on(rig, "a"); /* makes it two batches: the first is not clean */
    for (int i = 0; i < 70; i++)
        comment_on(rig, (char[]){'e', (char)('0' + i % 10), (char)('0' + i / 10), 0});
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_CLEAN_DROP);
    gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, 0, 0);
    while (gs_task_next_command(rig->task, WALL, 0, true, &rig->command)) {
        bool last = gs_window_dirty_count(rig->task->window) == 0;
        assert_int_equal(rig->command.clean, last ? GS_CLEAN_SET : GS_CLEAN_DROP);
        gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, 0, 0);
    }
    comment_on(rig, "a");
    comment_on(rig, "b");
    expect(rig, GS_COMMAND_WRITE);
    comment_on(rig, "c");
    assert_true(gs_task_next_command(rig->task, WALL, 0, true, &rig->second));
    assert_int_equal(rig->second.clean, GS_CLEAN_KEEP);
    free_all(rig);
}

/* Guards of other inputs cannot be compared, so what they call clean may be ahead of us. */
static void test_a_guard_of_other_inputs_is_void(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    rig->redis.now.guard.at_count--;
    succeed(rig);
    connect(rig);
    for (int i = 0; i < 20; i++)
        comment_on(rig, (char[]){'e', (char)('0' + i % 10), (char)('0' + i / 10), 0});
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_CLEAN_DROP);
    free_all(rig);
}

/* A takeover before the one that led to being live found less; or its reply was lost. */
static void test_the_farthest_loss_counts(void **state)
{
    (void)state;
    for (int flaw = 0; flaw < 2; flaw++) {
        struct rig *rig = rig_with_checkpoints();
        cut(rig, true);
        settle(rig);
        comment_on(rig, "a");
        settle(rig);
        struct gs_guard before = rig->redis.now.guard;
        succeed(rig);
        rig->redis.now.guard.clean_count = flaw ? 0 : INPUTS;
        connect(rig);
        expect_state(rig, GS_TASK_HELD);
        rig->redis.now.guard.clean_count = before.clean_count;
        reconnect(rig); /* what stands there now is a token of its own */
        gs_task_disconnected(rig->task, 0);
        gs_task_connected(rig->task, 0);
        expect(rig, GS_COMMAND_TAKE);
        redis_take(&rig->redis, &rig->config, &rig->command, &before);
        reconnect(rig); /* and now one of which it does not know that it is */
        comment_on(rig, "a");
        assert_int_equal(settle(rig), flaw ? (1 + 3) * CELLS : CELLS);
        free_all(rig);
    }
}

/* Once it was live an unknown token is no hand-over. */
static void test_only_a_new_owner_relies_on_clean(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    succeed(rig);
    connect(rig);
    settle(rig);
    steal(rig, 0);
    reconnect(rig);
    assert_int_equal(settle(rig), 3 * CELLS);
    free_all(rig);
}

static void test_a_post_deleted_before_the_checkpoint_stays_deleted(void **state)
{
    (void)state;
    for (int clean = 0; clean < 2; clean++) {
        struct rig *rig = rig_with_checkpoints();
        struct gs_event event = fixture_post(T0, GS_ACTION_DELETED);
        event.post_id = event.influencer_id = gs_str_of("a");
        struct redis_cell kept = *redis_cell(&rig->redis.now, "gs:v1:{post:a}:10m");
        fixture_fold(rig->task, POSTS, event);
        settle(rig);
        cut(rig, true);
        settle(rig);
        rig->redis.now.guard.clean_count = clean ? INPUTS : 0;
        if (!clean)
            *redis_cell(&rig->redis.now, kept.key) = kept; /* of an old backup */
        succeed(rig);
        connect(rig);
        comment_on(rig, "a");
        settle(rig);
        assert_string_equal(redis_get(&rig->redis, "gs:v1:{post:a}:10m"), "");
        expect_in_redis(rig, "gs:v1:{influencer:a}:10m", 2);
        free_all(rig);
    }
}

/* ------------------------------------------------------------------ coming back */

static void come_back(struct rig *rig)
{
    rename_owner(rig);
    gs_task_take_up(rig->task, rig->config.incarnation, rig->config.generation, rig->now_ms);
}

static void test_a_task_that_comes_back_goes_on(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE); /* under way, and never answered */
    uint32_t late = rig->command.id;
    for (uint8_t i = 0; i < INPUTS; i++)
        gs_task_input_end(rig->task, i);
    come_back(rig);
    expect_state(rig, GS_TASK_WAITING);
    assert_false(gs_task_at_end(rig->task)); /* else the wall clock would carry it on */
    gs_task_written(rig->task, late, GS_WRITE_OK, 0, 0);
    connect(rig);
    assert_string_equal(rig->redis.now.owner, rig->config.incarnation);
    assert_int_equal(settle(rig), CELLS); /* its token is known; the write was not */
    assert_int_equal(fixture_stats(rig->task).takeovers_known, 1);
    expect_in_redis(rig, "gs:v1:{influencer:a}:10s", 2);
    free_all(rig);
}

/* Another one was there meanwhile. It left all clean, or did not. */
static void test_what_another_owner_left_clean_is_not_written(void **state)
{
    (void)state;
    for (int clean = 0; clean < 2; clean++) {
        struct rig *rig = rig_with_checkpoints();
        gs_task_disconnected(rig->task, 0);
        steal(rig, rig->config.generation);
        rig->redis.now.guard.at[COMMENTS]++;
        rig->redis.now.guard.clean_at[COMMENTS] -= !clean;
        come_back(rig);
        connect(rig);
        expect_state(rig, GS_TASK_HELD);
        comment_on(rig, "b");
        assert_int_equal(settle(rig), clean ? CELLS : (1 + 3) * CELLS);
        free_all(rig);
    }
}

static void test_a_dropped_task_can_come_back(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    steal(rig, 1);
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    carry_out(rig, &rig->command);
    expect(rig, GS_COMMAND_PROVE);
    gs_task_proved(rig->task, rig->command.id, GS_PROOF_LOST, 0);
    expect_state(rig, GS_TASK_DROPPED);
    come_back(rig);
    assert_string_equal(gs_task_reason(rig->task), "");
    assert_int_equal(gs_task_reason_status(rig->task), GS_OK);
    connect(rig);
    settle(rig);
    assert_true(gs_task_flushed(rig->task));
    free_all(rig);
}

/* A cut that was under way counts as failed, although the log holds it; what was in it is in the
 * next one, of the new incarnation, whose lineage begins with the old one's. */
static void test_checkpoints_go_on_under_the_new_incarnation(void **state)
{
    (void)state;
    for (int under_way = 0; under_way < 2; under_way++) {
        struct rig *rig = rig_with_checkpoints();
        struct gs_task_cut_stats stats;
        cut(rig, true);
        comment_on(rig, "b");
        if (under_way)
            cut(rig, false);
        come_back(rig);
        gs_task_cut_stats(rig->task, &stats);
        assert_int_equal(stats.failed, under_way);
        comment_on(rig, "c");
        cut(rig, true);
        succeed(rig);
        assert_int_equal(gs_task_next_offset(rig->task, COMMENTS), 5);
        assert_int_equal(fixture_sum(rig->task, BY_INFLUENCER, "a", LONG, GS_C_COMMENTS), 1);
        assert_int_equal(fixture_sum(rig->task, BY_INFLUENCER, "b", LONG, GS_C_COMMENTS), 2);
        assert_int_equal(fixture_sum(rig->task, BY_INFLUENCER, "c", LONG, GS_C_COMMENTS), 2);
        free_all(rig);
    }
}

/* ------------------------------------------------------------------ what is wrong with cells */

static void expect_flaw(struct rig *rig, uint8_t level, const char *flaw, int64_t until_ms)
{
    static const char *const names[LEVELS] = {"10s", "1m", "10m"};
    char key[REDIS_KEY_BYTES];
    snprintf(key, sizeof key, "gs:v1:{influencer:b}:%s", names[level]);
    const char *json = redis_get(&rig->redis, key);
    assert_int_equal(strstr(json, "\"_state\"") != NULL, flaw != NULL);
    if (flaw)
        assert_non_null(strstr(json, flaw));
    assert_int_equal(redis_int(json, "_mixed_until_ms"), until_ms);
}

static void comment_on_b_at(struct rig *rig, int64_t t_ms)
{
    struct gs_event event = fixture_comment(t_ms);
    event.post_id = event.influencer_id = gs_str_of("b");
    fixture_fold(rig->task, COMMENTS, event);
    settle(rig);
}

static void test_cells_are_mixed_after_a_change_of_rules(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    rig->config.engagement = GS_ENGAGEMENT_REACTIONS;
    succeed(rig);
    connect(rig);
    assert_int_equal(settle(rig), 3 * CELLS);
    expect_flaw(rig, 0, "\"mixed\"", T0 + 10000);
    expect_flaw(rig, 1, "\"mixed\"", T0 + 60000);
    expect_flaw(rig, 2, "\"mixed\"", T0 + 600000);
    cut(rig, true);
    settle(rig);
    succeed(rig); /* under the same rules; but what was counted before is still there */
    connect(rig);
    comment_on_b_at(rig, T0 + 59999);
    expect_flaw(rig, 0, NULL, -1);
    expect_flaw(rig, 1, "\"mixed\"", T0 + 60000);
    comment_on_b_at(rig, T0 + 60000);
    expect_flaw(rig, 1, NULL, -1);
    expect_flaw(rig, 2, "\"mixed\"", T0 + 600000);
    comment_on_b_at(rig, T0 + 600000);
    expect_flaw(rig, 2, NULL, -1);
    free_all(rig);
}

static void test_cells_tell_of_a_gap(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    succeed(rig);
    gs_task_mark_gap(rig->task, COMMENTS, rig->now_ms);
    connect(rig);
    assert_int_equal(settle(rig), 3 * CELLS);
    expect_flaw(rig, 0, "\"gap\"", -1);
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0 + 30000, GS_REACTION_LIKE, 1));
    cut(rig, true);
    settle(rig);
    succeed(rig);
    connect(rig);
    settle(rig);
    comment_on_b_at(rig, T0 + 20000);   /* the first one behind the gap */
    expect_flaw(rig, 0, "\"gap\"", -1); /* it is as it was: the comment is too late for it */
    comment_on_b_at(rig, T0 + 30000);
    expect_flaw(rig, 0, NULL, -1);
    expect_flaw(rig, 1, "\"gap\"", -1);
    comment_on_b_at(rig, T0 + 79999);
    expect_flaw(rig, 1, "\"gap\"", -1);
    comment_on_b_at(rig, T0 + 80000);
    expect_flaw(rig, 1, NULL, -1);
    expect_flaw(rig, 2, "\"gap\"", -1);
    comment_on_b_at(rig, T0 + 600000);
    expect_flaw(rig, 2, NULL, -1);
    gs_task_mark_gap(rig->task, PROFILES, rig->now_ms); /* live: at once, and up to now */
    settle(rig);
    expect_flaw(rig, 0, "\"gap\"", -1);
    comment_on_b_at(rig, T0 + 610000);
    expect_flaw(rig, 0, NULL, -1);
    free_all(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_clean_hand_over_writes_nothing, empty_store),
        cmocka_unit_test_setup(test_what_the_replay_touches_is_written, empty_store),
        cmocka_unit_test_setup(test_what_drained_since_the_checkpoint_is_written, empty_store),
        cmocka_unit_test_setup(test_a_cell_that_the_replay_passes_by_is_written, empty_store),
        cmocka_unit_test_setup(test_all_is_written_where_anything_may_differ, empty_store),
        cmocka_unit_test_setup(test_all_is_written_after_a_long_hold, empty_store),
        cmocka_unit_test_setup(test_a_hold_that_ends_early_voids_what_was_clean, empty_store),
        cmocka_unit_test_setup(test_a_guard_of_other_inputs_is_void, empty_store),
        cmocka_unit_test_setup(test_the_farthest_loss_counts, empty_store),
        cmocka_unit_test_setup(test_only_a_new_owner_relies_on_clean, empty_store),
        cmocka_unit_test_setup(test_a_post_deleted_before_the_checkpoint_stays_deleted,
                               empty_store),
        cmocka_unit_test_setup(test_a_task_that_comes_back_goes_on, empty_store),
        cmocka_unit_test_setup(test_what_another_owner_left_clean_is_not_written, empty_store),
        cmocka_unit_test_setup(test_a_dropped_task_can_come_back, empty_store),
        cmocka_unit_test_setup(test_checkpoints_go_on_under_the_new_incarnation, empty_store),
        cmocka_unit_test_setup(test_cells_are_mixed_after_a_change_of_rules, empty_store),
        cmocka_unit_test_setup(test_cells_tell_of_a_gap, empty_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
