/* Goal: a worker whose dead letters are taken by nobody, although the leaders answer, fails, so
 * that its process is started again; one whose letters get through in the end goes on. That a DLQ
 * without leaders is waited for is in worker_stall_test.c.
 * Method: librdkafka's mock cluster refuses what is produced, again and again, and answers all
 * else.
 */
#include "worker_rig.h"

enum { API_PRODUCE = 0, REFUSALS = 4000 /* more than a test lives to see */ };

static void refuse_records(void)
{
    static rd_kafka_resp_err_t errors[REFUSALS];
    for (size_t i = 0; i < REFUSALS; i++)
        errors[i] = RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    rd_kafka_mock_push_request_errors_array(mock, API_PRODUCE, REFUSALS, errors);
}

static void produce_nonsense(void)
{
    struct gs_kafka_record nonsense = {.topic = "comments", .value = gs_str_of("nonsense")};
    produce(&nonsense);
    flush_records();
}

static void start_refused(struct gs_worker_config *config, struct told *told)
{
    produce_nonsense();
    refuse_records();
    start_worker(config, told);
    gs_worker_assign(told->worker, 0, 1);
    WAIT_FOR(worker_stats(told).forward_pending == 1);
}

static void test_gives_up(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = 600;
    int64_t begin_ms = now_ms();
    start_refused(&config, &told);
    WAIT_FOR(told_count(&told, GS_WORKER_FAILED) == 1);
    assert_true(now_ms() - begin_ms >= 2 * config.stall_ms);
    struct gs_worker_event event = told_last(&told, GS_WORKER_FAILED);
    assert_int_equal(event.error.status, GS_E_UNAVAIL);
    assert_non_null(strstr(event.error.message, "1 records for dlq and late have been waiting"));
    rd_kafka_mock_clear_request_errors(mock, API_PRODUCE);
    stop_worker(&told, 2000);
}

/* Refused for longer than stall_ms, but not until it is believed. */
static void test_goes_on(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.stall_ms = 2000;
    start_refused(&config, &told);
    int64_t end_ms = now_ms() + config.stall_ms + config.stall_ms / 2;
    WAIT_FOR(now_ms() >= end_ms);
    rd_kafka_mock_clear_request_errors(mock, API_PRODUCE);
    WAIT_FOR(worker_stats(&told).forwarded_dlq == 1);
    end_ms = now_ms() + 2 * config.stall_ms;
    WAIT_FOR(worker_stats(&told).tick_ms > end_ms);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
    stop_worker(&told, 2000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_worker, tear_down_worker)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_gives_up), TEST(test_goes_on)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
