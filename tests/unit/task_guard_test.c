/* Goal: of several that think they own a task, one writes; readers never see time go back; whatever
 * the connection does, the task finds its way back.
 * Method: a task and a simulated Redis whose guard others change; commands are carried by hand. */
#include "task_rig.h"

/* ------------------------------------------------------------------ another owner */

static void fence(struct rig *rig)
{
    steal(rig, 1);
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    carry_out(rig, &rig->command);
    expect_state(rig, GS_TASK_TAKING);
    expect(rig, GS_COMMAND_PROVE);
    assert_int_equal(rig->command.at[COMMENTS], gs_task_next_offset(rig->task, COMMENTS));
}

static void test_fenced_and_still_the_owner(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    fence(rig);
    assert_int_equal(fixture_stats(rig->task).outcome_fenced, 1);
    carry_out(rig, &rig->command);
    expect(rig, GS_COMMAND_TAKE);
    assert_true(rig->command.force);
    carry_out(rig, &rig->command);
    expect_state(rig, GS_TASK_LIVE);
    assert_true(settle(rig) >= 3 * CELLS); /* theirs is unknown */
    comment_on(rig, "a");
    expect(rig, GS_COMMAND_WRITE);
    assert_false(rig->command.force);
    rig_free(rig);
}

static void test_an_undecided_proof_is_asked_for_again(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    rig->now_ms = 5000;
    fence(rig);
    for (int i = 0; i < 3; i++) {
        gs_task_proved(rig->task, rig->command.id, GS_PROOF_UNDECIDED, rig->now_ms);
        expect_state(rig, GS_TASK_TAKING);
        assert_int_equal(gs_task_next_due_ms(rig->task), rig->now_ms + 1000);
        rig->now_ms += 999;
        expect(rig, GS_COMMAND_NONE);
        rig->now_ms += 1;
        expect(rig, GS_COMMAND_PROVE);
    }
    carry_out(rig, &rig->command);
    expect(rig, GS_COMMAND_TAKE);
    rig_free(rig);
}

static void test_lost_means_dropped(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    fence(rig);
    uint32_t id = rig->command.id;
    gs_task_proved(rig->task, id, GS_PROOF_LOST, 0);
    expect_state(rig, GS_TASK_DROPPED);
    assert_string_not_equal(gs_task_reason(rig->task), "");
    gs_task_proved(rig->task, id, GS_PROOF_OWNER, 0);
    gs_task_disconnected(rig->task, 0);
    gs_task_connected(rig->task, 0);
    comment_on(rig, "a");
    gs_task_tick(rig->task, WALL, 60000);
    expect_state(rig, GS_TASK_DROPPED);
    expect(rig, GS_COMMAND_NONE);
    assert_int_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    assert_false(gs_task_flushed(rig->task));
    rig_free(rig);
}

/* At a takeover: an older generation yields, an equal or newer one asks for proof. */
static void test_a_stale_takeover_asks_for_proof(void **state)
{
    (void)state;
    for (int32_t generation = 0; generation < 3; generation++) {
        struct rig *rig = rig_with_three();
        steal(rig, generation);
        reconnect(rig);
        if (generation > 0) {
            expect_state(rig, GS_TASK_TAKING);
            expect(rig, GS_COMMAND_PROVE);
            carry_out(rig, &rig->command);
            expect(rig, GS_COMMAND_TAKE);
            assert_true(rig->command.force);
            carry_out(rig, &rig->command);
        }
        expect_state(rig, GS_TASK_LIVE);
        rig_free(rig);
    }
}

static void test_a_proof_does_not_outlive_the_connection(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    fence(rig);
    uint32_t late = rig->command.id;
    gs_task_disconnected(rig->task, 0);
    gs_task_proved(rig->task, late, GS_PROOF_LOST, 0); /* no longer asked for */
    expect_state(rig, GS_TASK_WAITING);
    gs_task_connected(rig->task, 0);
    expect(rig, GS_COMMAND_TAKE);
    assert_false(rig->command.force);
    carry_out(rig, &rig->command);
    expect(rig, GS_COMMAND_PROVE);
    carry_out(rig, &rig->command);
    reconnect(rig); /* proved, but not taken yet */
    assert_false(rig->command.force);
    expect(rig, GS_COMMAND_PROVE);
    rig_free(rig);
}

static void force_once(struct rig *rig)
{
    fence(rig);
    carry_out(rig, &rig->command);
    if (gs_task_state(rig->task) == GS_TASK_TAKING)
        settle(rig);
}

static void test_two_deployments_are_noticed(void **state)
{
    (void)state;
    struct rig *rig = rig_with_three();
    rig->now_ms = 1000;
    for (int i = 0; i < 9; i++) { /* three in a minute may be, for ever */
        force_once(rig);
        expect_state(rig, GS_TASK_LIVE);
        rig->now_ms += 20000;
    }
    rig->now_ms += 60000;
    for (int i = 0; i < 4; i++) {
        force_once(rig);
        expect_state(rig, i < 3 ? GS_TASK_LIVE : GS_TASK_REFUSED);
        rig->now_ms += 19000;
    }
    assert_non_null(strstr(gs_task_reason(rig->task), "two deployments"));
    assert_int_not_equal(gs_task_reason_status(rig->task), GS_OK);
    expect(rig, GS_COMMAND_NONE);
    rig_free(rig);
}

static void test_a_foreign_guard_is_refused(void **state)
{
    (void)state;
    for (int takeover = 0; takeover < 2; takeover++) {
        struct rig *rig = rig_with_three();
        snprintf(rig->redis.now.cluster, sizeof rig->redis.now.cluster, "x");
        rig->config.takeover = takeover;
        reconnect(rig);
        expect_state(rig, takeover ? GS_TASK_LIVE : GS_TASK_REFUSED);
        assert_int_equal(gs_task_reason_status(rig->task), takeover ? GS_OK : GS_E_REFUSED);
        if (!takeover)
            assert_non_null(strstr(gs_task_reason(rig->task), "kafka cluster x"));
        if (!takeover)
            expect(rig, GS_COMMAND_NONE);
        rig_free(rig);
    }
}

/* ------------------------------------------------------------------ hold back */

static struct rig *rig_held(const int64_t at[GS_INPUTS_MAX], int64_t as_of_ms)
{
    struct rig *rig = rig_new();
    comment_on(rig, "a");
    steal(rig, 0);
    rig->redis.now.guard.present = true;
    snprintf(rig->redis.now.cluster, sizeof rig->redis.now.cluster, "%s", rig->config.cluster_id);
    snprintf(rig->redis.now.group, sizeof rig->redis.now.group, "%s", rig->config.group);
    rig->redis.now.partition_count = rig->config.partition_count;
    memcpy(rig->redis.now.guard.at, at, sizeof rig->redis.now.guard.at);
    rig->redis.now.guard.at_count = INPUTS;
    rig->redis.now.guard.as_of_ms = as_of_ms;
    connect(rig);
    return rig;
}

static void test_nothing_is_written_before_every_component_is_reached(void **state)
{
    (void)state;
    static const int64_t at[GS_INPUTS_MAX] = {0, 0, 2, 1};
    struct rig *rig = rig_held(at, T0 + 5000);
    expect_state(rig, GS_TASK_HELD);
    comment_on(rig, "a");
    comment_on(rig, "a");
    assert_int_equal(settle(rig), 0); /* more of one input does not make up for another */
    expect_state(rig, GS_TASK_HELD);
    assert_int_equal(fixture_stats(rig->task).as_of_ms, T0);
    assert_int_equal(gs_task_next_due_ms(rig->task), INT64_MAX);
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0, GS_REACTION_LIKE, 1));
    assert_true(settle(rig) >= CELLS);
    assert_int_equal(fixture_stats(rig->task).as_of_ms, T0 + 5000);
    assert_int_equal(fixture_stats(rig->task).holds_ended_early, 0);
    assert_string_equal(gs_task_reason(rig->task), "");
    rig_free(rig);
}

static void test_a_hold_ends_at_the_end_of_a_log(void **state)
{
    (void)state;
    static const int64_t at[GS_INPUTS_MAX] = {0, 0, 2, 0};
    struct rig *rig = rig_held(at, T0 + 5000);
    gs_task_input_end(rig->task, POSTS); /* not the one that lacks something */
    assert_int_equal(settle(rig), 0);
    gs_task_input_end(rig->task, COMMENTS);
    assert_true(settle(rig) >= CELLS);
    assert_int_equal(fixture_stats(rig->task).holds_ended_early, 1);
    assert_int_equal(fixture_stats(rig->task).as_of_ms, T0 + 5000); /* the clock never goes back */
    assert_non_null(strstr(gs_task_reason(rig->task), "beyond the ends"));
    rig_free(rig);
}

/* The log has grown since, and the other owner was quicker to read it. */
static void test_an_end_from_before_the_takeover_ends_no_hold(void **state)
{
    (void)state;
    static const int64_t at[GS_INPUTS_MAX] = {0, 0, 2, 0};
    struct rig *rig = rig_held(at, T0);
    gs_task_disconnected(rig->task, rig->now_ms);
    gs_task_input_end(rig->task, COMMENTS);
    connect(rig);
    assert_int_equal(settle(rig), 0);
    expect_state(rig, GS_TASK_HELD);
    comment_on(rig, "a");
    assert_true(settle(rig) >= CELLS);
    assert_int_equal(fixture_stats(rig->task).holds_ended_early, 0);
    rig_free(rig);
}

static void test_a_hold_that_comes_no_nearer_ends(void **state)
{
    (void)state;
    static const int64_t at[GS_INPUTS_MAX] = {0, 0, 99, 0};
    struct rig *rig = rig_held(at, T0 + 5000);
    for (int i = 0; i < 4; i++) {
        rig->now_ms += 29000;
        comment_on(rig, "a"); /* nearer */
        assert_int_equal(settle(rig), 0);
    }
    rig->now_ms += 29000;
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0, GS_REACTION_LIKE, 1)); /* not nearer */
    assert_int_equal(settle(rig), 0);
    rig->now_ms += 1001;
    fixture_fold(rig->task, REACTIONS, fixture_reaction(T0, GS_REACTION_LIKE, 1));
    assert_true(settle(rig) >= CELLS);
    assert_int_equal(fixture_stats(rig->task).holds_ended_early, 1);
    rig_free(rig);
}

/* What stands in the guard is outside data. */
static void test_a_strange_guard_does_no_harm(void **state)
{
    (void)state;
    static const int64_t clocks[] = {INT64_MIN, -1, INT64_MAX, GS_TIME_MS_MAX * 2 + 1};
    static const int64_t at[GS_INPUTS_MAX] = {-5, INT64_MIN, 1, 0};
    for (size_t i = 0; i < GS_COUNT_OF(clocks); i++) {
        struct rig *rig = rig_held(at, clocks[i]);
        expect_state(rig, GS_TASK_LIVE);
        assert_int_equal(fixture_stats(rig->task).as_of_ms, T0);
        rig_free(rig);
    }
    static const int64_t far[GS_INPUTS_MAX] = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    struct rig *rig = rig_held(far, T0 + 1);
    expect_state(rig, GS_TASK_HELD);
    rig->redis.now.guard.at_count =
        INPUTS - 1; /* of other topics: not comparable, but the clock is */
    reconnect(rig);
    expect_state(rig, GS_TASK_LIVE);
    assert_int_equal(fixture_stats(rig->task).as_of_ms, T0 + 1);
    rig_free(rig);
}

/* ------------------------------------------------------------------ connection */

/* The connection ends after the n-th step, for every n, before or after the step was applied. */
static void test_a_disconnect_at_every_moment(void **state)
{
    (void)state;
    for (int cut = 0; cut < 16; cut++) {
        struct rig *rig = rig_with_three();
        redis_lose(&rig->redis, 1);
        steal(rig, 1);
        comment_on(rig, "a");
        for (int step = 0; step < cut / 2; step++) {
            if (!gs_task_next_command(rig->task, WALL, 0, true, &rig->command))
                break;
            if (step + 1 < cut / 2)
                carry_out(rig, &rig->command);
            else if (cut % 2 && rig->command.kind == GS_COMMAND_WRITE)
                redis_write(&rig->redis, &rig->config, &rig->command);
        }
        gs_task_disconnected(rig->task, 0);
        gs_task_disconnected(rig->task, 0);
        expect_state(rig, GS_TASK_WAITING);
        expect(rig, GS_COMMAND_NONE);
        gs_task_connected(rig->task, 0);
        gs_task_connected(rig->task, 0);
        settle(rig);
        assert_true(gs_task_flushed(rig->task));
        expect_in_redis(rig, "gs:v1:{influencer:a}:10m", 2);
        expect_in_redis(rig, "gs:v1:{post:b}:10m", 1);
        expect_in_redis(rig, "gs:v1:{influencer:c}:10s", 1);
        rig_free(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fenced_and_still_the_owner),
        cmocka_unit_test(test_an_undecided_proof_is_asked_for_again),
        cmocka_unit_test(test_lost_means_dropped),
        cmocka_unit_test(test_a_stale_takeover_asks_for_proof),
        cmocka_unit_test(test_a_proof_does_not_outlive_the_connection),
        cmocka_unit_test(test_two_deployments_are_noticed),
        cmocka_unit_test(test_a_foreign_guard_is_refused),
        cmocka_unit_test(test_nothing_is_written_before_every_component_is_reached),
        cmocka_unit_test(test_a_hold_ends_at_the_end_of_a_log),
        cmocka_unit_test(test_an_end_from_before_the_takeover_ends_no_hold),
        cmocka_unit_test(test_a_hold_that_comes_no_nearer_ends),
        cmocka_unit_test(test_a_strange_guard_does_no_harm),
        cmocka_unit_test(test_a_disconnect_at_every_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
