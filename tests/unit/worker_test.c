/* Goal: what is read stands in Redis or in a topic for what cannot be counted, an owner that must
 * go leaves nothing half done, and nothing that hangs holds it up. Method: a worker on its thread
 * against librdkafka's mock cluster and a redis-server of our own, which is emptied, killed and
 * halted; the test plays the group. */
#include "worker_rig.h"

#define CELL "GET gs:v1:{influencer:i1}:5m"

static void assert_no_cell(void)
{
    char text[100];
    ask_redis("EXISTS gs:v1:{influencer:i1}:5m", text, sizeof text);
    assert_string_equal(text, "0");
}

/* Reads, but writes nothing of itself for a while. */
static struct gs_worker_config slow_writer(void)
{
    struct gs_worker_config config = worker_config();
    config.task.flush_interval_ms = 3600000;
    return config;
}

static void start_and_read(const struct gs_worker_config *config, struct told *told, int comments)
{
    start_worker(config, told);
    gs_worker_assign(told->worker, 0, 1);
    comment("i1", comments, 0);
    WAIT_FOR(worker_stats(told).records == (uint64_t)comments && task_state(told) == GS_TASK_LIVE);
}

/* ------------------------------------------------------------------ a task's way */

static void test_cells(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct gs_worker_task_stats task;
    struct gs_worker_stats stats;
    struct told told;
    start_and_read(&config, &told, 3);
    wait_for_answer(CELL, "\"comments\":3");
    comment("i1", 1, 0);
    wait_for_answer(CELL, "\"comments\":4");
    WAIT_FOR(worker_stats(&told).records == 4 && worker_stats(&told).sums.cells_written >= 4);
    assert_int_equal(gs_worker_read_stats(told.worker, &stats, &task, 1), 1);
    assert_int_equal(stats.task_count, 1);
    assert_int_equal(stats.sums.disposition[GS_PROCESSED], 4);
    assert_true(stats.redis_connected && stats.redis_connects == 1 && stats.bytes > 0);
    assert_int_equal(stats.sums.takeovers, 1);
    assert_int_equal(stats.parked, 0);
    assert_int_equal(task.task, 0);
    assert_int_equal(task.generation, 1);
    assert_int_equal(task.stats.input[0].next_offset, 4);
    assert_int_equal(task.end_offset[0], 4);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

static void test_revoke(void **state)
{
    (void)state;
    struct gs_worker_config config = slow_writer();
    struct told told;
    char text[4000];
    start_and_read(&config, &told, 3);
    assert_no_cell();
    gs_worker_revoke(told.worker, 0, 10000);
    WAIT_FOR(told_count(&told, GS_WORKER_REVOKED) == 1);
    ask_redis(CELL, text, sizeof text); /* it is there already */
    assert_non_null(strstr(text, "\"comments\":3"));
    assert_int_equal(told_last(&told, GS_WORKER_REVOKED).task, 0);
    gs_worker_revoke(told.worker, 1, 10000); /* one that it never had */
    WAIT_FOR(told_count(&told, GS_WORKER_REVOKED) == 2);
    WAIT_FOR(worker_stats(&told).task_count == 0);
    assert_int_equal(worker_stats(&told).sums.disposition[GS_PROCESSED], 3); /* still counted */
    gs_worker_assign(told.worker, 0, 2);
    WAIT_FOR(worker_stats(&told).sums.disposition[GS_PROCESSED] == 6); /* read again */
    stop_worker(&told, 2000);
}

static void test_lose(void **state)
{
    (void)state;
    struct gs_worker_config config = slow_writer();
    struct told told;
    start_and_read(&config, &told, 3);
    gs_worker_lose(told.worker, 0);
    gs_worker_lose(told.worker, 1); /* one that it never had */
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_REVOKED), 0);
    assert_no_cell();
}

/* Of one record in 1024 the key is checked, of the first too. */
static void check_keys(bool wrong)
{
    struct gs_worker_config config = slow_writer();
    struct told told;
    char key[16];
    int number = 0;
    do
        snprintf(key, sizeof key, "k%d", ++number);
    while ((gs_kafka_partition(gs_str_of(key), config.task.partition_count) != 0) != wrong);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment(key, 2, 0);
    WAIT_FOR(worker_stats(&told).records == 2);
    assert_int_equal(worker_stats(&told).misplaced[0], wrong);
    stop_worker(&told, 2000);
}

static void test_keys_in_place(void **state)
{
    (void)state;
    check_keys(false);
}

static void test_misplaced_keys(void **state)
{
    (void)state;
    check_keys(true);
}

static void test_until_end(void **state)
{
    (void)state;
    struct gs_worker_config config = slow_writer();
    struct told told;
    char text[4000];
    config.until_end = true;
    comment("i1", 3, 0);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    WAIT_FOR(told_count(&told, GS_WORKER_DONE) == 1);
    assert_int_equal(told_last(&told, GS_WORKER_DONE).id, 1);
    ask_redis(CELL, text, sizeof text);
    assert_non_null(strstr(text, "\"comments\":3"));
    gs_worker_assign(told.worker, 1, 1);
    WAIT_FOR(told_count(&told, GS_WORKER_DONE) == 2);
    assert_int_equal(told_last(&told, GS_WORKER_DONE).id, 2); /* it knows of both */
    stop_worker(&told, 2000);
}

static void test_discard(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.discard = true;
    comment("i1", 3, 0);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    WAIT_FOR(told_count(&told, GS_WORKER_DONE) == 1);
    assert_int_equal(worker_stats(&told).records, 3);
    stop_worker(&told, 2000);
    assert_no_cell();
}

/* ------------------------------------------------------------------ records that are not counted
 */

static void produce_bad(int count)
{
    struct gs_kafka_header header = {gs_str_of("trace"), gs_str_of("t1")};
    struct gs_kafka_record record = {.topic = "comments",
                                     .key = gs_str_of("i1"),
                                     .value = gs_str_of("nonsense"),
                                     .headers = &header,
                                     .header_count = 1,
                                     .timestamp_ms = wall_ms()};
    for (int i = 0; i < count; i++)
        produce(&record);
    flush_records();
}

static void assert_header(const rd_kafka_message_t *message, const char *name, const char *value)
{
    rd_kafka_headers_t *headers;
    const void *found;
    size_t size;
    assert_int_equal(rd_kafka_message_headers(message, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    if (rd_kafka_header_get_last(headers, name, &found, &size))
        fail_msg("no header %s", name);
    assert_int_equal(size, strlen(value));
    assert_memory_equal(found, value, size);
}

static void assert_origin(const rd_kafka_message_t *message, const char *key)
{
    assert_int_equal(message->key_len, strlen(key));
    assert_memory_equal(message->key, key, message->key_len);
    assert_header(message, "__connect.errors.topic", "comments");
    assert_header(message, "__connect.errors.partition", "0");
    assert_header(message, "groundswell.errors.key", "i1");
}

static void check_bad(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *words;
    size_t size;
    assert_origin(message, "comments:0:1");
    assert_header(message, "trace", "t1");
    assert_header(message, "__connect.errors.offset", "1");
    assert_header(message, "groundswell.errors.code", "magic");
    assert_int_equal(message->len, strlen("nonsense"));
    assert_memory_equal(message->payload, "nonsense", message->len);
    rd_kafka_message_headers(message, &headers);
    assert_int_equal(
        rd_kafka_header_get_last(headers, "__connect.errors.exception.message", &words, &size), 0);
    assert_true(size > 0);
}

static void test_bad(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    start_and_read(&config, &told, 1);
    produce_bad(1);
    comment("i1", 1, 0);
    wait_for_answer(CELL, "\"comments\":2"); /* it goes on */
    WAIT_FOR(worker_stats(&told).forwarded_dlq == 1);
    WAIT_FOR(worker_stats(&told).sums.disposition[GS_BAD] == 1);
    with_first_record("dlq", check_bad);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

static void check_cut(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *words;
    size_t size;
    assert_origin(message, "comments:0:1");
    assert_header(message, "groundswell.errors.code", "magic");
    assert_header(message, "groundswell.errors.value_bytes", "90000");
    assert_header(message, "groundswell.errors.key", "i1");
    assert_int_equal(message->len, 4096);
    assert_int_equal(((const char *)message->payload)[4095], 'x');
    assert_int_equal(rd_kafka_message_headers(message, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_not_equal(rd_kafka_header_get_last(headers, "trace", &words, &size), 0);
}

/* One that the DLQ cannot take whole must not stop everything for ever. */
static void test_too_large_for_the_dlq(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct gs_kafka_property small = {"message.max.bytes", "100000"};
    struct gs_kafka_header header = {gs_str_of("trace"), gs_str_of("t1")};
    struct told told;
    static char value[90000];
    memset(value, 'x', sizeof value);
    struct gs_kafka_record record = {.topic = "comments",
                                     .key = gs_str_of("i1"),
                                     .value = gs_str_make(value, sizeof value),
                                     .headers = &header,
                                     .header_count = 1,
                                     .timestamp_ms = wall_ms()};
    config.kafka.properties = &small;
    config.kafka.property_count = 1;
    start_and_read(&config, &told, 1);
    produce(&record);
    flush_records();
    comment("i1", 1, 0);
    wait_for_answer(CELL, "\"comments\":2"); /* it goes on */
    WAIT_FOR(worker_stats(&told).forwarded_dlq == 1);
    with_first_record("dlq", check_cut);
    assert_int_equal(worker_stats(&told).forward_records_cut, 1);
    assert_int_equal(worker_stats(&told).forward_headers_cut, 1);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

static void check_late(const rd_kafka_message_t *message)
{
    assert_origin(message, "comments:0:1");
    assert_header(message, "groundswell.errors.code", "too_late");
    assert_true(message->len > 20);
}

static void test_late(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    start_and_read(&config, &told, 1);
    comment("i1", 1, 2 * 3600000); /* the longest window is an hour */
    WAIT_FOR(worker_stats(&told).forwarded_late == 1);
    WAIT_FOR(worker_stats(&told).sums.disposition[GS_TOO_LATE] == 1);
    with_first_record("late", check_late);
    stop_worker(&told, 2000);
}

/* A topic of nothing but nonsense stops, instead of moving into the DLQ. */
static void test_too_many_bad(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    produce_bad(1200);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    WAIT_FOR(worker_stats(&told).parked == 1);
    assert_non_null(strstr(worker_stats(&told).parked_why, "dlq.max_ratio"));
    assert_in_range(worker_stats(&told).sums.disposition[GS_BAD], 1000, 1199);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
    stop_worker(&told, 2000);
}

static void test_too_many_bad_until_end(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.until_end = true;
    produce_bad(1200);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    WAIT_FOR(told_count(&told, GS_WORKER_FAILED) == 1);
    assert_int_equal(told_last(&told, GS_WORKER_FAILED).error.status, GS_E_DATA);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_DONE), 0);
}

/* ------------------------------------------------------------------ main */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_worker, tear_down_worker)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cells),
        TEST(test_revoke),
        TEST(test_lose),
        TEST(test_keys_in_place),
        TEST(test_misplaced_keys),
        TEST(test_until_end),
        TEST(test_discard),
        TEST(test_bad),
        TEST(test_too_large_for_the_dlq),
        TEST(test_late),
        TEST(test_too_many_bad),
        TEST(test_too_many_bad_until_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
