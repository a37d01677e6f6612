/* Goal: a new owner writes what Redis may not show as it should be, and not all of it; and where it
 * cannot know, all.
 * Method: a task and a simulated Redis; the task is replaced by one that goes on from its
 * checkpoints, and what stands in the guard is changed by hand. */
#include "task_succession.h"

/* ------------------------------------------------------------------ hand-over */

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

static void react_to(struct rig *rig, const char *post, int64_t t_ms)
{
    struct gs_event event = fixture_reaction(t_ms, GS_REACTION_CONVERSION, 1);
    event.influencer_id = event.post_id = gs_str_of(post);
    fixture_fold(rig->task, REACTIONS, event);
}

/* It is too late for every window, and nothing else of the entity changes. */
static void test_a_cell_that_lost_an_addition_is_written(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    react_to(rig, "y", T0 + 100000);
    react_to(rig, "z", T0 + 200000);
    settle(rig);
    cut(rig, true);
    settle(rig);
    comment_on(rig, "y");
    settle(rig);
    expect_in_redis(rig, "gs:v1:{influencer:y}:10m", 1);
    succeed(rig);
    connect(rig);
    react_to(rig, "z", T0 + 650000);
    comment_on(rig, "y");
    settle(rig);
    assert_int_equal(fixture_stats(rig->task).takeovers_clean, 1);
    expect_in_redis(rig, "gs:v1:{influencer:y}:10m", -1);
    assert_int_equal(redis_int(redis_get(&rig->redis, "gs:v1:{influencer:y}:10m"), "conversions"),
                     1);
    free_all(rig);
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
    NOT_REFRESHED,
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
    guard->refreshed_ms[1] = age_ms - 600000 / 2 - (flaw == NOT_REFRESHED);
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
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_DROP);
    gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, 0, 0);
    while (gs_task_next_command(rig->task, WALL, 0, true, &rig->command)) {
        bool last = gs_window_dirty_count(rig->task->window) == 0;
        assert_int_equal(rig->command.clean, last ? GS_GUARD_CLEAN_SET : GS_GUARD_CLEAN_DROP);
        gs_task_written(rig->task, rig->command.id, GS_WRITE_OK, 0, 0);
    }
    comment_on(rig, "a");
    comment_on(rig, "b");
    expect(rig, GS_COMMAND_WRITE);
    comment_on(rig, "c");
    assert_true(gs_task_next_command(rig->task, WALL, 0, true, &rig->second));
    assert_int_equal(rig->second.clean, GS_GUARD_CLEAN_KEEP);
    free_all(rig);
}

static void test_all_is_written_after_a_hold_that_ended_early(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    comment_on(rig, "a");
    settle(rig);
    succeed(rig);
    connect(rig);
    expect_state(rig, GS_TASK_HELD);
    gs_task_input_end(rig->task, COMMENTS);
    assert_int_equal(settle(rig), 3 * CELLS);
    expect_in_redis(rig, "gs:v1:{influencer:a}:10s", 1);
    assert_int_equal(fixture_stats(rig->task).takeovers_all, 1);
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
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_DROP);
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

/* ------------------------------------------------------------------ owners that sleep */

enum { SLEEP_MS = 160000 }; /* more than a quarter of the shortest expiry */

enum { MORE = 12 };

/* With more cells than a batch takes. */
static struct rig *rig_with_many(void)
{
    static char names[MORE][16];
    struct rig *rig = rig_with_checkpoints();
    for (int i = 0; i < MORE; i++) {
        snprintf(names[i], sizeof names[i], "more%d", i);
        comment_on(rig, names[i]);
    }
    cut(rig, true);
    settle(rig);
    return rig;
}

/* The guard is young again with the first batch of one who found it old, and is killed then. */
static void test_who_writes_all_leaves_nothing_clean_until_that_is_done(void **state)
{
    (void)state;
    struct rig *rig = rig_with_many();
    rig->redis.now_ms += SLEEP_MS;
    for (int owner = 0; owner < 2; owner++) {
        succeed(rig);
        connect(rig);
        expect(rig, GS_COMMAND_WRITE);
        assert_int_equal(rig->command.cell_count, GS_TASK_WRITE_CELLS);
        carry_out(rig, &rig->command);
    }
    assert_int_equal(settle(rig), (3 + MORE) * CELLS - GS_TASK_WRITE_CELLS);
    succeed(rig);
    connect(rig);
    assert_int_equal(settle(rig), 0);
    free_all(rig);
}

/* What it showed may have expired; it is killed while it writes that again. */
static void test_who_slept_leaves_nothing_clean_until_all_is_written(void **state)
{
    (void)state;
    struct rig *rig = rig_with_many();
    rig->now_ms += SLEEP_MS;
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.cell_count, GS_TASK_WRITE_CELLS);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_DROP);
    carry_out(rig, &rig->command);
    succeed(rig);
    connect(rig);
    assert_int_equal(settle(rig), (3 + MORE) * CELLS);
    free_all(rig);
}

static void test_who_was_cut_off_for_long_writes_all(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    gs_task_disconnected(rig->task, rig->now_ms);
    rig->now_ms += SLEEP_MS;
    connect(rig);
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.cell_count, 3 * CELLS);
    free_all(rig);
}

/* The guard was young when the takeover was carried out, but not when its answer is read. */
static void test_the_age_of_a_guard_counts_from_the_question(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    struct gs_guard before = {0};
    cut(rig, true);
    settle(rig);
    succeed(rig);
    gs_task_connected(rig->task, rig->now_ms);
    expect(rig, GS_COMMAND_TAKE);
    assert_int_equal(redis_take(&rig->redis, &rig->config, &rig->command, &before), GS_TAKE_OK);
    rig->now_ms += SLEEP_MS;
    gs_task_taken(rig->task, rig->command.id, GS_TAKE_OK, &before, rig->now_ms);
    assert_int_equal(settle(rig), 3 * CELLS);
    free_all(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_clean_hand_over_writes_nothing, empty_store),
        cmocka_unit_test_setup(test_what_the_replay_touches_is_written, empty_store),
        cmocka_unit_test_setup(test_what_drained_since_the_checkpoint_is_written, empty_store),
        cmocka_unit_test_setup(test_a_cell_that_the_replay_passes_by_is_written, empty_store),
        cmocka_unit_test_setup(test_a_cell_that_lost_an_addition_is_written, empty_store),
        cmocka_unit_test_setup(test_all_is_written_after_a_hold_that_ended_early, empty_store),
        cmocka_unit_test_setup(test_all_is_written_where_anything_may_differ, empty_store),
        cmocka_unit_test_setup(test_all_is_written_after_a_long_hold, empty_store),
        cmocka_unit_test_setup(test_a_hold_that_ends_early_voids_what_was_clean, empty_store),
        cmocka_unit_test_setup(test_a_guard_of_other_inputs_is_void, empty_store),
        cmocka_unit_test_setup(test_who_writes_all_leaves_nothing_clean_until_that_is_done,
                               empty_store),
        cmocka_unit_test_setup(test_who_slept_leaves_nothing_clean_until_all_is_written,
                               empty_store),
        cmocka_unit_test_setup(test_who_was_cut_off_for_long_writes_all, empty_store),
        cmocka_unit_test_setup(test_the_age_of_a_guard_counts_from_the_question, empty_store),
        cmocka_unit_test_setup(test_the_farthest_loss_counts, empty_store),
        cmocka_unit_test_setup(test_only_a_new_owner_relies_on_clean, empty_store),
        cmocka_unit_test_setup(test_a_post_deleted_before_the_checkpoint_stays_deleted,
                               empty_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
