/* Goal: a task has one owner who knows it, a hand-over waits for the old owner, and no commit
 * proves what it does not. Method: members on one loop against librdkafka's mock cluster, which is
 * made to answer with errors. A rebalance of the mock takes 9 s (the session timeout less one
 * second) as soon as a group has had a member, hence the duration of this program: a minute, mostly
 * idle. */
#include "source_mock.h"

enum { TASKS = 4, API_OFFSET_COMMIT = 8, API_HEARTBEAT = 12, API_LEAVE_GROUP = 13 };

/* What a member's owner has heard. */
struct owner {
    struct gs_member *member;
    bool owned[TASKS];
    bool revoking[TASKS];
    int assigned, revoked, lost; /* tasks, summed over callbacks */
    int32_t generation;
    bool answer; /* acknowledge revocations at once */
    int failures, closes;
    bool left;
    struct gs_error error;
    int commits;
    enum gs_member_verdict verdict;
};

static void on_assigned(void *user, const uint32_t *tasks, size_t count, int32_t generation)
{
    struct owner *owner = user;
    for (size_t i = 0; i < count; i++) {
        assert_true(tasks[i] < TASKS);
        assert_false(owner->owned[tasks[i]]);
        owner->owned[tasks[i]] = true;
        assert_true(gs_member_owns(owner->member, tasks[i]) || !owner->member);
        owner->assigned++;
    }
    owner->generation = generation;
}

static void on_revoked(void *user, const uint32_t *tasks, size_t count)
{
    struct owner *owner = user;
    uint32_t copy[TASKS];
    memcpy(copy, tasks, count * sizeof *tasks);
    for (size_t i = 0; i < count; i++) {
        assert_true(owner->owned[copy[i]]);
        owner->revoked++;
        owner->revoking[copy[i]] = true;
        if (!owner->answer)
            continue;
        owner->owned[copy[i]] = owner->revoking[copy[i]] = false;
        gs_member_revoke_done(owner->member, copy[i]);
    }
}

static void on_lost(void *user, const uint32_t *tasks, size_t count)
{
    struct owner *owner = user;
    for (size_t i = 0; i < count; i++) {
        assert_true(owner->owned[tasks[i]]);
        owner->owned[tasks[i]] = owner->revoking[tasks[i]] = false;
        owner->lost++;
    }
}

static void on_failed(void *user, const struct gs_error *error)
{
    struct owner *owner = user;
    owner->failures++;
    owner->error = *error;
}

static void on_closed(void *user, bool left)
{
    struct owner *owner = user;
    owner->closes++;
    owner->left = left;
}

static void join(struct owner *owner)
{
    struct gs_member_config config = {.kafka = kafka, .tasks_topic = "tasks"};
    struct gs_member_callbacks callbacks = {owner,   on_assigned, on_revoked,
                                            on_lost, on_failed,   on_closed};
    struct gs_error error = {0};
    *owner = (struct owner){.answer = true};
    if (gs_member_create(&config, &loop, &callbacks, &owner->member, &error))
        fail_msg("%s", error.message);
}

static int owned_count(const struct owner *owner)
{
    int count = 0;
    for (int i = 0; i < TASKS; i++)
        count += owner->owned[i];
    return count;
}

static bool owns_all(void *user)
{
    return owned_count(user) == TASKS;
}
static bool owns_half(void *user)
{
    return owned_count(user) == TASKS / 2;
}
static bool owns_none(void *user)
{
    return owned_count(user) == 0;
}
static bool is_revoking(void *user)
{
    return ((struct owner *)user)->revoked > 0;
}
static bool is_closed(void *user)
{
    return ((struct owner *)user)->closes > 0;
}
static bool has_failed(void *user)
{
    return ((struct owner *)user)->failures > 0;
}

static void leave(struct owner *owner)
{
    gs_member_close(owner->member, 5000);
    run_until(is_closed, owner, "the member to leave");
    assert_true(owner->left);
    gs_member_destroy(owner->member);
}

static int make_topics(void **state)
{
    set_up(state);
    rd_kafka_mock_topic_create(mock, "posts", 100, 1);
    rd_kafka_mock_topic_create(mock, "comments", 100, 1);
    rd_kafka_mock_topic_create(mock, "tasks", TASKS, 1);
    return 0;
}

/* ------------------------------------------------------------------ assignment */

static void test_one_member_owns_everything(void **state)
{
    struct owner owner;
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    assert_true(owner.generation > 0);
    for (uint32_t i = 0; i < TASKS; i++)
        assert_true(gs_member_owns(owner.member, i));
    assert_false(gs_member_owns(owner.member, TASKS));
    leave(&owner);
    assert_int_equal(owner.revoked, 0); /* closing asks nobody */
    assert_int_equal(owner.lost, 0);
    gs_member_destroy(NULL);
}

static bool moment_over(void *user)
{
    return now_ms() >= *(int64_t *)user;
}

/* The second member gets its share, but not before the first has answered for every task. */
static void test_hand_over_waits_for_the_answer(void **state)
{
    struct owner first, second;
    (void)state;
    join(&first);
    run_until(owns_all, &first, "all tasks");
    first.answer = false;
    join(&second);
    run_until(is_revoking, &first, "a revocation");
    assert_int_equal(first.revoked, TASKS / 2);
    /* One of two answered: the group still waits. Longer than several heartbeats. */
    uint32_t asked[TASKS], count = 0;
    for (uint32_t i = 0; i < TASKS; i++)
        if (first.revoking[i])
            asked[count++] = i;
    first.owned[asked[0]] = false;
    gs_member_revoke_done(first.member, asked[0]);
    gs_member_revoke_done(first.member, asked[0]); /* ignored */
    assert_false(gs_member_owns(first.member, asked[0]));
    assert_true(gs_member_owns(first.member, asked[1]));
    int64_t end = now_ms() + 2500;
    run_until(moment_over, &end, "time");
    assert_int_equal(owned_count(&second), 0);
    first.owned[asked[1]] = false;
    gs_member_revoke_done(first.member, asked[1]);
    first.answer = true;
    run_until(owns_half, &second, "half of the tasks");
    for (uint32_t i = 0; i < TASKS; i++)
        assert_true(first.owned[i] != second.owned[i]);
    assert_true(second.generation > 0);
    leave(&second);
    assert_int_equal(first.lost, 0);
    leave(&first);
}

/* Who has no static place leaves the group, so that nobody waits for the session timeout; who has
 * one keeps it. */
static void test_leaving(void **state)
{
    struct owner owner;
    (void)state;
    for (int is_static = 0; is_static < 2; is_static++) {
        size_t count, leaves = 0;
        kafka.static_membership = is_static ? "pod-0" : NULL;
        kafka.group = is_static ? "g-static" : "g";
        join(&owner);
        run_until(owns_all, &owner, "all tasks");
        rd_kafka_mock_start_request_tracking(mock);
        leave(&owner);
        rd_kafka_mock_request_t **requests = rd_kafka_mock_get_requests(mock, &count);
        for (size_t i = 0; i < count; i++)
            leaves += rd_kafka_mock_request_api_key(requests[i]) == API_LEAVE_GROUP;
        rd_kafka_mock_request_destroy_array(requests, count);
        rd_kafka_mock_stop_request_tracking(mock);
        rd_kafka_mock_clear_requests(mock);
        assert_int_equal(leaves, is_static ? 0 : 1);
    }
    kafka.static_membership = NULL;
}

static void test_lost_tasks_come_back(void **state)
{
    struct owner owner;
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    owner.answer = false;
    rd_kafka_mock_push_request_errors(mock, API_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    run_until(owns_none, &owner, "the loss");
    assert_int_equal(owner.lost, TASKS);
    assert_int_equal(owner.revoked, 0);
    struct gs_member_offset offset = {"posts", 0, 1};
    struct gs_member_commit commit = {&offset, 1, 1000, NULL, NULL};
    assert_int_equal(gs_member_commit(owner.member, &commit, NULL), GS_E_TEMP);
    run_until(owns_all, &owner, "the tasks again");
    leave(&owner);
}

static void test_fenced_member_fails(void **state)
{
    struct owner owner;
    (void)state;
    kafka.static_membership = "pod-0";
    join(&owner);
    kafka.static_membership = NULL;
    run_until(owns_all, &owner, "all tasks");
    rd_kafka_mock_push_request_errors(mock, API_HEARTBEAT, 1, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    run_until(has_failed, &owner, "the failure");
    assert_int_equal(owner.lost, TASKS);
    assert_int_equal(owner.error.status, GS_E_TEMP);
    assert_non_null(strstr(owner.error.message, "static_membership"));
    gs_member_close(owner.member, 3000);
    run_until(is_closed, &owner, "the end");
    assert_int_equal(owner.failures, 1);
    gs_member_destroy(owner.member);
}

/* Anything that is written to the tasks topic is ignored. */
static void test_stray_records(void **state)
{
    struct owner owner;
    struct gs_kafka_producer *producer;
    struct gs_kafka_record record = {.topic = "tasks", .partition = 0, .value = gs_str_of("x")};
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    assert_int_equal(gs_kafka_producer_create(&kafka, NULL, NULL, &producer, NULL), GS_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(gs_kafka_produce(producer, &record, NULL), GS_OK);
    assert_int_equal(gs_kafka_producer_flush(producer, DEADLINE_MS, NULL), GS_OK);
    gs_kafka_producer_destroy(producer);
    int64_t end = now_ms() + 1000;
    run_until(moment_over, &end, "time");
    assert_int_equal(owned_count(&owner), TASKS);
    assert_int_equal(owner.failures, 0);
    leave(&owner);
}

/* Without brokers the end comes by its deadline. */
static void test_close_without_brokers(void **state)
{
    struct owner owner;
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    rd_kafka_mock_broker_set_down(mock, -1);
    int64_t start = now_ms();
    gs_member_close(owner.member, 1000);
    run_until(is_closed, &owner, "the deadline");
    gs_member_destroy(owner.member);
    assert_true(now_ms() - start < 5000);
    rd_kafka_mock_broker_set_up(mock, -1);
}

/* ------------------------------------------------------------------ commits */

static void on_commit(void *user, enum gs_member_verdict verdict, const struct gs_error *error)
{
    struct owner *owner = user;
    owner->commits++;
    owner->verdict = verdict;
    assert_true((verdict == GS_MEMBER_OWNER) == (error == NULL));
}

static bool is_committed(void *user)
{
    return ((struct owner *)user)->commits > 0;
}

static void commit(struct owner *owner, int32_t task, int64_t timeout_ms)
{
    struct gs_member_offset offsets[] = {{"posts", task, 41}, {"comments", task, 42}};
    struct gs_member_commit what = {offsets, 2, timeout_ms, on_commit, owner};
    struct gs_error error = {0};
    owner->commits = 0;
    if (gs_member_commit(owner->member, &what, &error))
        fail_msg("%s", error.message);
    assert_int_equal(owner->commits, 0); /* never before the call returns */
    run_until(is_committed, owner, "a verdict");
    assert_int_equal(owner->commits, 1);
}

static void test_commit_verdicts(void **state)
{
    static const struct {
        rd_kafka_resp_err_t code;
        enum gs_member_verdict verdict;
    } cases[] = {
        {RD_KAFKA_RESP_ERR_NO_ERROR, GS_MEMBER_OWNER},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, GS_MEMBER_UNDECIDED},
        {RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, GS_MEMBER_UNDECIDED},
        {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, GS_MEMBER_UNDECIDED},
        {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, GS_MEMBER_LOST},
    };
    struct owner owner;
    (void)state;
    join(&owner);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        run_until(owns_all, &owner, "all tasks");
        if (cases[i].code)
            rd_kafka_mock_push_request_errors(mock, API_OFFSET_COMMIT, 1, cases[i].code);
        commit(&owner, 2, 4000);
        if (owner.verdict != cases[i].verdict)
            fail_msg("%s: %d", rd_kafka_err2name(cases[i].code), owner.verdict);
        rd_kafka_mock_clear_request_errors(mock, API_OFFSET_COMMIT);
    }
    leave(&owner);
}

/* A commit proves nothing about a task that is not ours. */
static void test_commit_of_a_foreign_task(void **state)
{
    struct owner owner;
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    commit(&owner, 77, 4000);
    assert_int_equal(owner.verdict, GS_MEMBER_UNDECIDED);
    leave(&owner);
}

static void test_commit_deadline(void **state)
{
    struct owner owner;
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    rd_kafka_mock_broker_set_rtt(mock, -1, 2000);
    int64_t start = now_ms();
    commit(&owner, 1, 300);
    assert_int_equal(owner.verdict, GS_MEMBER_UNDECIDED);
    assert_true(now_ms() - start < 1500);
    rd_kafka_mock_broker_set_rtt(mock, -1, 0);
    leave(&owner);
    assert_int_equal(owner.commits, 1); /* the late answer is thrown away */
}

static void test_commits_under_way_at_the_end(void **state)
{
    struct gs_member_offset offset = {"posts", 0, 1};
    struct owner owner;
    (void)state;
    join(&owner);
    run_until(owns_all, &owner, "all tasks");
    struct gs_member_commit what = {&offset, 1, 4000, on_commit, &owner};
    for (int i = 0; i < GS_MEMBER_COMMITS_MAX; i++)
        assert_int_equal(gs_member_commit(owner.member, &what, NULL), GS_OK);
    assert_int_equal(gs_member_commit(owner.member, &what, NULL), GS_E_TEMP);
    gs_member_destroy(owner.member);
    assert_int_equal(owner.commits, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_member_owns_everything, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_hand_over_waits_for_the_answer, make_topics,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_leaving, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_lost_tasks_come_back, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_fenced_member_fails, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_stray_records, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_close_without_brokers, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_commit_verdicts, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_commit_of_a_foreign_task, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_commit_deadline, make_topics, tear_down),
        cmocka_unit_test_setup_teardown(test_commits_under_way_at_the_end, make_topics, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
