/* Goal: librdkafka, as deploy/deps builds it, tells a rival in its static place from an echo of
 * itself. Method: a scripted group. The client's session runs out while a commit or a heartbeat
 * waits, and it joins anew without a member id; what had waited is refused as fenced, and nothing
 * but that commit may fail of it. The unpatched library raised a fatal error, as is right only if
 * another one has taken the place. */
#include "scripted_group.h"

/* ------------------------------------------------------------------ the client */

enum { POLL_MS = 20 };

static struct broker broker;
static rd_kafka_t *client;
static rd_kafka_queue_t *commits;

static void on_log(const rd_kafka_t *of, int level, const char *topic, const char *line)
{
    (void)of;
    (void)level;
    (void)line;
    pthread_mutex_lock(&mutex);
    group.expired += !strcmp(topic, "SESSTMOUT");
    pthread_mutex_unlock(&mutex);
}

static void on_rebalance(rd_kafka_t *of, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *partitions, void *user)
{
    bool assigned = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    (void)user;
    for (int i = 0; i < partitions->cnt; i++)
        partitions->elems[i].offset = 0;
    rd_kafka_error_destroy(assigned ? rd_kafka_incremental_assign(of, partitions)
                                    : rd_kafka_incremental_unassign(of, partitions));
    pthread_mutex_lock(&mutex);
    group.assigned += assigned;
    pthread_mutex_unlock(&mutex);
}

static void rest(void)
{
    usleep(POLL_MS * 1000);
}

static void poll_client(void)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(client, POLL_MS);
    if (message)
        rd_kafka_message_destroy(message);
}

static rd_kafka_resp_err_t fatal_error(void)
{
    char reason[200];
    return rd_kafka_fatal_error(client, reason, sizeof reason);
}

static void await_with(void (*wait)(void), const int *counter, int least, const char *what)
{
    for (int waited = 0; look(counter) < least; waited += POLL_MS) {
        if (waited > PATIENCE_MS)
            fail_msg("%s: not within %d s", what, PATIENCE_MS / 1000);
        assert_int_equal(fatal_error(), 0);
        wait();
    }
}

static void await(const int *counter, int least, const char *what)
{
    await_with(poll_client, counter, least, what);
}

/* The application is busy: it is told nothing. */
static void await_unpolled(const int *counter, int least, const char *what)
{
    await_with(rest, counter, least, what);
}

static void await_fatal_error(void)
{
    for (int waited = 0; !fatal_error() && waited < PATIENCE_MS; waited += POLL_MS)
        poll_client();
    assert_int_equal(fatal_error(), RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
}

struct times {
    const char *session, *heartbeat, *retry; /* ms; retries come up to a fifth sooner or later */
};

static rd_kafka_conf_t *configure(struct times times)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_option(conf, "group.id", "readers");
    set_option(conf, "group.instance.id", "reader-0");
    set_option(conf, "partition.assignment.strategy", "cooperative-sticky");
    set_option(conf, "enable.auto.commit", "false");
    set_option(conf, "session.timeout.ms", times.session);
    set_option(conf, "heartbeat.interval.ms", times.heartbeat);
    set_option(conf, "retry.backoff.ms", times.retry);
    set_option(conf, "retry.backoff.max.ms", times.retry);
    set_option(conf, "statistics.interval.ms", "20"); /* else it looks up once a second */
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    return conf;
}

static void join(struct times times, bool with_partitions)
{
    group = (struct group){.no_partitions = !with_partitions};
    broker = (struct broker){.versions = group_versions,
                             .version_count = GS_COUNT_OF(group_versions),
                             .answer = answer_group};
    start_broker(&broker);
    client = create_client(&broker, RD_KAFKA_CONSUMER, configure(times));
    commits = rd_kafka_queue_new(client);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "letters", RD_KAFKA_PARTITION_UA);
    assert_int_equal(rd_kafka_subscribe(client, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    await(&group.assigned, with_partitions, "an assignment");
    await(&group.good[HEARTBEAT], 1, "a heartbeat");
}

static int leave(void **state)
{
    (void)state;
    rd_kafka_queue_destroy(commits);
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    stop_broker(&broker);
    return 0;
}

static void commit(void)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "letters", 0)->offset = 41;
    assert_int_equal(rd_kafka_commit_queue(client, list, commits, NULL, NULL),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
}

/* What came of it; the partition's own error is the same. */
static rd_kafka_resp_err_t committed(void)
{
    rd_kafka_event_t *event = NULL;
    for (int waited = 0; !event && waited < PATIENCE_MS; waited += POLL_MS) {
        poll_client();
        event = rd_kafka_queue_poll(commits, 0);
    }
    assert_non_null(event);
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    assert_int_equal(list->cnt, 1);
    assert_int_equal(list->elems[0].err, code);
    rd_kafka_event_destroy(event);
    return code;
}

/* It has joined anew, and is a member like any other. */
static void assert_goes_on(void)
{
    await(&group.joins, 2, "a new beginning");
    await(&group.good[HEARTBEAT], 1, "a heartbeat of the new member");
    commit();
    assert_int_equal(committed(), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(fatal_error(), 0);
}

/* ------------------------------------------------------------------ echoes */

/* The application does not know yet that the session is over. The client waits for the commit
 * before it joins anew. As it names no member, it is refused although nobody has joined since. */
static void test_commit_that_waited_for_the_coordinator(void **state)
{
    (void)state;
    join((struct times){.session = "3000", .heartbeat = "100", .retry = "100"}, true);
    refuse(HEARTBEAT, NOT_COORDINATOR);
    refuse(FIND_COORDINATOR, COORDINATOR_AWAY);
    await_unpolled(&group.expired, 1, "the end of the session");
    commit();
    refuse(FIND_COORDINATOR, NONE);
    rd_kafka_resp_err_t code = committed();
    assert_int_equal(look(&group.fenced_without[OFFSET_COMMIT]), 1);
    assert_int_equal(code, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS);
    assert_goes_on();
    assert_int_equal(look(&group.joins), 2);
}

/* Who has no partitions to give back does not wait, so that it names a member that is replaced. */
static void test_commit_sent_again(void **state)
{
    (void)state;
    join((struct times){.session = "1500", .heartbeat = "100", .retry = "3000"}, false);
    refuse(HEARTBEAT, NOT_COORDINATOR);
    refuse(OFFSET_COMMIT, LOADING);
    commit();
    rd_kafka_resp_err_t code = committed();
    assert_int_equal(look(&group.fenced_old[OFFSET_COMMIT]), 1);
    assert_int_equal(code, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS);
    assert_goes_on();
    assert_int_equal(look(&group.joins), 2);
    send_rival(); /* that it has replaced itself once hides no rival */
    await_fatal_error();
}

/* Heartbeats go on, and name no member, while the application has partitions to give back. */
static void test_heartbeats_before_the_rejoin(void **state)
{
    (void)state;
    join((struct times){.session = "1500", .heartbeat = "100", .retry = "100"}, true);
    refuse(HEARTBEAT, NOT_COORDINATOR);
    await_unpolled(&group.expired, 1, "the end of the session");
    refuse(HEARTBEAT, NONE);
    await_unpolled(&group.fenced_without[HEARTBEAT], 2, "heartbeats that name no member");
    assert_goes_on();
}

/* It comes again after 2.2 to 3.4 s: when the session has run out, but not yet its own time, which
 * is as long. */
static void test_heartbeat_sent_again(void **state)
{
    (void)state;
    join((struct times){.session = "4000", .heartbeat = "2400", .retry = "2800"}, true);
    refuse(HEARTBEAT, REQUEST_TIMED_OUT);
    await(&group.fenced_old[HEARTBEAT], 1, "the heartbeat that is sent again");
    assert_goes_on();
}

/* ------------------------------------------------------------------ rivals */

static void test_rival_found_by_a_heartbeat(void **state)
{
    (void)state;
    join((struct times){.session = "6000", .heartbeat = "100", .retry = "100"}, true);
    send_rival();
    await_fatal_error();
    assert_int_equal(look(&group.fenced_old[HEARTBEAT]), 1);
}

static void test_rival_found_by_a_commit(void **state)
{
    (void)state;
    join((struct times){.session = "60000", .heartbeat = "20000", .retry = "100"}, true);
    send_rival();
    commit();
    assert_int_equal(committed(), RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    await_fatal_error();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_commit_that_waited_for_the_coordinator, leave),
        cmocka_unit_test_teardown(test_commit_sent_again, leave),
        cmocka_unit_test_teardown(test_heartbeats_before_the_rejoin, leave),
        cmocka_unit_test_teardown(test_heartbeat_sent_again, leave),
        cmocka_unit_test_teardown(test_rival_found_by_a_heartbeat, leave),
        cmocka_unit_test_teardown(test_rival_found_by_a_commit, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
