/* Goal: a task that was taken away and comes back goes on as if it were a new owner; and what is
 * wrong with cells, because of rules that changed or records that were lost, is said in them.
 * Method: a task and a simulated Redis; another owner is there meanwhile, or the task is restored
 * under other rules or behind a gap. */
#include "task_succession.h"
#include "task/internal.h"

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

/* ------------------------------------------------------------------ what is clean no more */

/* Redis shows comments that the log has lost; the one that found it out begins to write. */
static struct rig *rig_after_a_lost_tail(const char *influencer, int others)
{
    struct rig *rig = rig_with_checkpoints();
    for (int i = 0; i < others; i++)
        comment_on(rig, (char[]){'m', (char)('a' + i), 0});
    cut(rig, true);
    settle(rig);
    assert_int_equal(rig->redis.now.guard.clean_count, INPUTS);
    comment_on(rig, influencer);
    settle(rig);
    succeed(rig);
    connect(rig);
    gs_task_input_end(rig->task, COMMENTS);
    gs_task_tick(rig->task, WALL, rig->now_ms);
    assert_int_equal(fixture_stats(rig->task).holds_ended_early, 1);
    return rig;
}

/* All was written and said to be clean, and Redis forgets that: what it says then is void still. */
static void test_what_is_void_stays_so_when_redis_goes_back(void **state)
{
    (void)state;
    for (int which = 0; which < 12; which++) {
        char influencer[] = {'m', (char)('a' + which), 0}, key[64];
        store_clear(&store);
        struct rig *rig = rig_after_a_lost_tail(influencer, 12);
        snprintf(key, sizeof key, "gs:v1:{influencer:%s}:10m", influencer);
        uint32_t writes = rig->redis.writes;
        settle(rig);
        expect_in_redis(rig, key, 1);
        redis_lose(&rig->redis, rig->redis.writes - writes); /* to when it had taken over */
        expect_in_redis(rig, key, 2);
        comment_on(rig, "z");
        expect(rig, GS_COMMAND_WRITE);
        carry_out(rig, &rig->command); /* REGRESSED */
        expect(rig, GS_COMMAND_TAKE);
        carry_out(rig, &rig->command);
        gs_task_tick(rig->task, WALL, rig->now_ms);
        expect(rig, GS_COMMAND_WRITE);
        carry_out(rig, &rig->command); /* and then it is killed */
        succeed(rig);
        connect(rig);
        comment_on(rig, "z");
        settle(rig);
        expect_in_redis(rig, key, 1);
        free_all(rig);
    }
}

/* The batch that would have said that all is clean is lost: the next one removes what stands there.
 */
static void test_what_is_void_stays_so_when_a_batch_is_lost(void **state)
{
    (void)state;
    struct rig *rig = rig_after_a_lost_tail("a", 0);
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_SET);
    gs_task_disconnected(rig->task, rig->now_ms);
    for (int i = 0; i < 14; i++) /* more than fit into one batch */
        comment_on(rig, (char[]){'n', (char)('a' + i), 0});
    connect(rig);
    gs_task_tick(rig->task, WALL, rig->now_ms);
    expect(rig, GS_COMMAND_WRITE);
    assert_int_equal(rig->command.clean, GS_GUARD_CLEAN_DROP);
    free_all(rig);
}

/* A pass that began under an earlier guard has marked only a part of what stands there now. */
static void test_a_pass_counts_only_if_it_began_afterwards(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    struct gs_window *window = rig->task->window;
    int64_t now_ms = 1000000, period_ms = 100000, theirs_ms = 700000;
    for (int quarter = 0; quarter < 3; quarter++) /* a whole one, and half of the next */
        gs_window_refresh(window, 0, period_ms, now_ms += period_ms / 4);
    int64_t set_ms = now_ms;
    gs_window_set_refreshed(window, 0, theirs_ms);
    while (gs_window_refreshed_ms(window, 0) == theirs_ms && now_ms <= set_ms + 2 * period_ms)
        gs_window_refresh(window, 0, period_ms, now_ms += 1000);
    assert_true(gs_window_refreshed_ms(window, 0) >= set_ms);
    free_all(rig);
}

/* Another's guard was found clean and believed; before writing begins Redis goes back to ours. */
static void test_what_was_found_clean_may_be_gone(void **state)
{
    (void)state;
    struct rig *rig = rig_with_checkpoints();
    cut(rig, true);
    settle(rig);
    struct redis_state ours = rig->redis.now;
    gs_task_disconnected(rig->task, rig->now_ms);
    steal(rig, rig->config.generation);
    rig->redis.now.guard.at[COMMENTS]++; /* so that it is held for a moment */
    for (int i = 0; i < GS_LEVELS_MAX; i++)
        rig->redis.now.guard.refreshed_ms[i] = rig->redis.now_ms;
    come_back(rig);
    connect(rig);
    expect_state(rig, GS_TASK_HELD);
    rig->redis.now = ours;
    reconnect(rig);
    assert_int_equal(settle(rig), 3 * CELLS);
    free_all(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_is_void_stays_so_when_redis_goes_back, empty_store),
        cmocka_unit_test_setup(test_what_is_void_stays_so_when_a_batch_is_lost, empty_store),
        cmocka_unit_test_setup(test_a_pass_counts_only_if_it_began_afterwards, empty_store),
        cmocka_unit_test_setup(test_what_was_found_clean_may_be_gone, empty_store),
        cmocka_unit_test_setup(test_a_task_that_comes_back_goes_on, empty_store),
        cmocka_unit_test_setup(test_what_another_owner_left_clean_is_not_written, empty_store),
        cmocka_unit_test_setup(test_a_dropped_task_can_come_back, empty_store),
        cmocka_unit_test_setup(test_checkpoints_go_on_under_the_new_incarnation, empty_store),
        cmocka_unit_test_setup(test_cells_are_mixed_after_a_change_of_rules, empty_store),
        cmocka_unit_test_setup(test_cells_tell_of_a_gap, empty_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
