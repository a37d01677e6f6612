/* Goal: an input of which nothing comes although its log goes on is read anew, once, and then the
 * worker fails; one that waits for us, is at its end, or whose broker is away is left alone.
 * Method: a worker against librdkafka's mock cluster, which answers every fetch with an error that
 * librdkafka keeps to itself, and goes on answering where the logs end. What must not be restarted
 * stands beside an input that is, so that its failure says when to look. */
#include "worker_rig.h"

#include <netinet/in.h>

#define CELL "GET gs:v1:{influencer:i1}:5m"

enum { PLACES = 100000, DEAD_LETTERS = PLACES + 5000 };
enum { API_FETCH = 1, FETCHES = 4000 /* more than a test lives to see */ };

static void stop_fetching(void)
{
    static rd_kafka_resp_err_t errors[FETCHES];
    for (size_t i = 0; i < FETCHES; i++)
        errors[i] = RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR;
    rd_kafka_mock_push_request_errors_array(mock, API_FETCH, FETCHES, errors);
}

static void go_on_fetching(void)
{
    rd_kafka_mock_clear_request_errors(mock, API_FETCH);
}

static void produce_for_task_1(void)
{
    struct gs_kafka_record record = {
        .topic = "comments", .partition = 1, .value = gs_str_of("nobody sees it")};
    produce(&record);
    produce(&record);
    flush_records();
}

/* Task 1 stalls for good, and is the only one. */
static void expect_stall_of_task_1(struct told *told)
{
    stop_fetching();
    produce_for_task_1();
    WAIT_FOR(told_count(told, GS_WORKER_FAILED) == 1);
    struct gs_worker_event event = told_last(told, GS_WORKER_FAILED);
    assert_int_equal(event.error.status, GS_E_UNAVAIL);
    assert_non_null(strstr(event.error.message, "comments [1]: nothing has come for"));
    assert_non_null(strstr(event.error.message, "goes on to offset 2"));
    int64_t failed_ms = now_ms();
    WAIT_FOR(worker_stats(told).tick_ms > failed_ms);
    assert_int_equal(worker_stats(told).reads_restarted, 1);
    go_on_fetching();
    stop_worker(told, 2000);
}

/* ------------------------------------------------------------------ it stalls */

/* The figures are up to a second old, and it must not fail by then. */
enum { PATIENT_MS = 3000 };

/* Nothing is left out, and nothing read twice. */
static void expect_to_go_on(struct told *told, const char *comments, uint64_t records)
{
    WAIT_FOR(worker_stats(told).reads_restarted == 1);
    assert_int_equal(worker_stats(told).records, 3);
    go_on_fetching();
    wait_for_answer(CELL, comments);
    WAIT_FOR(worker_stats(told).records == records);
    assert_int_equal(worker_stats(told).sums.disposition[GS_PROCESSED], records);
    assert_int_equal(worker_stats(told).reads_restarted, 1);
    stop_worker(told, 2000);
    assert_int_equal(told_count(told, GS_WORKER_FAILED), 0);
}

static void test_goes_on(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = PATIENT_MS;
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment("i1", 3, 0);
    wait_for_answer(CELL, "\"comments\":3");
    stop_fetching();
    comment("i1", 2, 0);
    expect_to_go_on(&told, "\"comments\":5", 5);
}

/* What comes first is the record before that, which is compared and not counted. */
static void test_goes_on_from_memory(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = PATIENT_MS;
    config.checkpoint_topic = "checkpoints";
    config.checkpoint_interval_ms = config.checkpoint_cycle_ms = 3600000;
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment("i1", 3, 0);
    wait_for_answer(CELL, "\"comments\":3");
    gs_worker_lose(told.worker, 0);
    WAIT_FOR(worker_stats(&told).kept_count == 1);
    stop_fetching();
    comment("i1", 2, 0);
    gs_worker_assign(told.worker, 0, 2);
    expect_to_go_on(&told, "\"comments\":5", 5);
}

/* Task 0 is at its end, task 2 has never had a record. */
/* The log of checkpoints may fall silent as any other. */
static void test_restore_goes_on(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.checkpoint_topic = "checkpoints";
    config.checkpoint_interval_ms = 100;
    config.checkpoint_cycle_ms = 60000;
    config.stall_ms = 600;
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment("i1", 3, 0);
    WAIT_FOR(told_count(&told, GS_WORKER_CUT) > 0 && told_last(&told, GS_WORKER_CUT).at[0] == 3);
    stop_worker(&told, 2000);
    stop_fetching();
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 2);
    WAIT_FOR(worker_stats(&told).reads_restarted > 0);
    assert_int_equal(worker_stats(&told).begins.restored, 0);
    go_on_fetching();
    WAIT_FOR(worker_stats(&told).begins.restored == 1);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

static void test_gives_up(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = 600;
    start_worker(&config, &told);
    for (uint32_t task = 0; task < 3; task++)
        gs_worker_assign(told.worker, task, 1);
    comment("i1", 3, 0);
    wait_for_answer(CELL, "\"comments\":3");
    expect_stall_of_task_1(&told);
}

/* ------------------------------------------------------------------ it waits */

/* A registry that takes requests and answers none. */
static int listen_only(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static void test_waits_for_a_schema(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct gs_error error;
    struct told told;
    char url[60];
    int port;
    int listener = listen_only(&port);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    struct gs_registry_config registry_config = {.url = url};
    assert_int_equal(gs_registry_create(&registry_config, &config.registry, &error), GS_OK);
    config.stall_ms = 600;
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    gs_worker_assign(told.worker, 1, 1);
    comment("i1", 3, 0);
    WAIT_FOR(worker_stats(&told).parked == 1);
    expect_stall_of_task_1(&told);
    gs_registry_destroy(config.registry);
    close(listener);
}

/* The profiles are nonsense and stand still, so the comments wait for them. */
static void test_waits_for_profiles(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct gs_kafka_record nonsense = {
        .topic = "profiles", .key = gs_str_of("i1"), .value = gs_str_of("nonsense")};
    struct told told;
    config.stall_ms = 600;
    config.task.inputs[1] = config.task.inputs[0];
    config.task.inputs[0].profiles = true;
    snprintf(config.task.inputs[0].topic, sizeof config.task.inputs[0].topic, "profiles");
    config.task.input_count = 2;
    for (int i = 0; i < 1200; i++)
        produce(&nonsense);
    flush_records();
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    gs_worker_assign(told.worker, 1, 1);
    comment("i1", 3, 0);
    WAIT_FOR(worker_stats(&told).parked == 2);
    assert_non_null(strstr(worker_stats(&told).parked_why, "dlq.max_ratio"));
    expect_stall_of_task_1(&told);
}

/* As many as the producer of dead letters has places, and some. */
static void produce_dead_letters(void)
{
    struct gs_kafka_record nonsense = {.topic = "comments", .value = gs_str_of("nonsense")};
    for (int i = 0; i < DEAD_LETTERS; i++) {
        produce(&nonsense);
        if (i % 10000 == 0)
            flush_records();
    }
    flush_records();
}

static void lead_dlq(int32_t broker)
{
    for (int32_t i = 0; i < PARTITIONS; i++)
        rd_kafka_mock_partition_set_leader(mock, "dlq", i, broker);
}

/* Nothing is read any more, because the DLQ takes nothing. That nothing happens can only be waited
 * for. */
static void test_waits_for_the_dlq(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = 600;
    config.dlq_max_permille = 1000;
    lead_dlq(-1);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    produce_dead_letters();
    WAIT_FOR(worker_stats(&told).forward_pending > PLACES);
    assert_true(worker_stats(&told).records < DEAD_LETTERS);
    int64_t end_ms = now_ms() + 8 * config.stall_ms;
    WAIT_FOR(worker_stats(&told).tick_ms > end_ms);
    assert_int_equal(worker_stats(&told).reads_restarted, 0);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
    lead_dlq(1);
    WAIT_FOR(worker_stats(&told).forwarded_dlq == DEAD_LETTERS);
    stop_worker(&told, 2000);
}

/* ------------------------------------------------------------------ nobody is there */

/* The input is behind when its broker goes, and stays away for long. That nothing happens can only
 * be waited for. */
static void test_broker_is_away(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = 900;
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment("i1", 3, 0);
    wait_for_answer(CELL, "\"comments\":3");
    stop_fetching();
    comment("i1", 2, 0);
    rd_kafka_mock_broker_set_down(mock, 1);
    int64_t end_ms = now_ms() + 6 * config.stall_ms;
    WAIT_FOR(now_ms() >= end_ms);
    assert_int_equal(worker_stats(&told).reads_restarted, 0);
    go_on_fetching();
    rd_kafka_mock_broker_set_up(mock, 1);
    wait_for_answer(CELL, "\"comments\":5");
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

/* ------------------------------------------------------------------ main */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_worker, tear_down_worker)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_goes_on),           TEST(test_goes_on_from_memory), TEST(test_restore_goes_on),
        TEST(test_gives_up),          TEST(test_waits_for_a_schema),  TEST(test_waits_for_profiles),
        TEST(test_waits_for_the_dlq), TEST(test_broker_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
