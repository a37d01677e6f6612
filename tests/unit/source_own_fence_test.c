/* Goal: a process with a static place whose session runs out while a commit waits for the group's
 * coordinator loses its tasks, takes the commit for a proof of nothing, and gets its tasks back; it
 * does not take itself for a rival. Method: a scripted group whose coordinator is away for a
 * session, hence the duration of this program. */
#include "scripted_group.h"
#include "source_mock.h"

enum { TASK = 0 };

/* What the member's owner has heard. */
static struct {
    struct gs_member *member;
    int assigned, lost, closes;
    int verdicts;
    enum gs_member_verdict verdict; /* the last */
} owner;

static void on_assigned(void *user, const uint32_t *tasks, size_t count, int32_t generation)
{
    (void)user;
    (void)generation;
    owner.assigned += count == 1 && tasks[0] == TASK;
}

static void on_revoked(void *user, const uint32_t *tasks, size_t count)
{
    (void)user;
    (void)tasks;
    (void)count;
    fail_msg("nobody has asked for a task back");
}

static void on_lost(void *user, const uint32_t *tasks, size_t count)
{
    (void)user;
    owner.lost += count == 1 && tasks[0] == TASK;
}

static void on_failed(void *user, const struct gs_error *error)
{
    (void)user;
    fail_msg("%s", error->message);
}

static void on_closed(void *user, bool left)
{
    (void)user;
    (void)left;
    owner.closes++;
}

static void on_verdict(void *user, enum gs_member_verdict verdict, const struct gs_error *error)
{
    (void)user;
    assert_true((verdict == GS_MEMBER_OWNER) == (error == NULL));
    owner.verdicts++;
    owner.verdict = verdict;
}

static bool has_more(void *user)
{
    return *(int *)user > 0;
}

/* Until this is counted once more. */
static void await_next(int *count, const char *what)
{
    *count = 0;
    run_until(has_more, count, what);
}

static bool coordinator_is_asked_for(void *user)
{
    (void)user;
    return look(&group.refused[FIND_COORDINATOR]) > 1;
}

static bool seven_seconds_on(void *since)
{
    return now_ms() - *(int64_t *)since > 7000;
}

static void commit(void)
{
    struct gs_member_offset offset = {.topic = "letters", .partition = TASK, .offset = 41};
    struct gs_member_commit what = {
        .offsets = &offset, .count = 1, .timeout_ms = 5000, .on_done = on_verdict};
    assert_int_equal(gs_member_commit(owner.member, &what, NULL), GS_OK);
}

static void join(const struct broker *broker)
{
    static char address[32];
    struct gs_member_callbacks callbacks = {NULL,    on_assigned, on_revoked,
                                            on_lost, on_failed,   on_closed};
    struct gs_error error = {0};
    snprintf(address, sizeof address, HOST ":%d", broker->port);
    struct gs_member_config config = {
        .kafka = {.bootstrap_servers = address, .group = "g", .static_membership = "pod-0"},
        .tasks_topic = "letters"};
    if (gs_member_create(&config, &loop, &callbacks, &owner.member, &error))
        fail_msg("%s", error.message);
    await_next(&owner.assigned, "the task");
}

static void leave(void)
{
    gs_member_close(owner.member, 5000);
    await_next(&owner.closes, "the farewell");
    gs_member_destroy(owner.member);
    for (int i = 0; i < 100 && uv_run(&loop, UV_RUN_NOWAIT); i++)
        ;
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_is_no_rival_of_itself(void **state)
{
    static struct broker broker = {.versions = group_versions,
                                   .version_count = GS_COUNT_OF(group_versions),
                                   .answer = answer_group};
    (void)state;
    uv_loop_init(&loop);
    start_broker(&broker);
    join(&broker);
    refuse(HEARTBEAT, NOT_COORDINATOR);
    refuse(FIND_COORDINATOR, COORDINATOR_AWAY);
    run_until(coordinator_is_asked_for, NULL, "the coordinator to be missed");
    int64_t since = now_ms();
    run_until(seven_seconds_on, &since, "most of the session to be over");
    commit();
    await_next(&owner.lost, "the loss");
    refuse(FIND_COORDINATOR, NONE);
    await_next(&owner.assigned, "the task again");
    assert_int_equal(look(&group.joins), 2);
    assert_int_equal(look(&group.fenced_without[OFFSET_COMMIT]), 1);
    assert_int_equal(owner.verdicts, 1);
    assert_int_equal(owner.verdict, GS_MEMBER_UNDECIDED);
    commit();
    await_next(&owner.verdicts, "a verdict");
    assert_int_equal(owner.verdict, GS_MEMBER_OWNER);
    leave();
    stop_broker(&broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_is_no_rival_of_itself)};
    gs_log_configure(GS_LOG_ERROR, GS_LOG_LOGFMT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
