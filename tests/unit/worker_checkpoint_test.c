/* Goal: a task goes on where its last checkpoint stood, whoever had it, and nothing that happens to
 * its log of checkpoints costs more than reading again. Method: as in worker_test.c, with a log of
 * checkpoints; owners lose the task without warning and Redis is emptied, so that what stands there
 * in the end can only come from what was restored and what was read since. */
#include "worker_rig.h"

#define CELL "GET gs:v1:{influencer:i1}:5m"
#define LOG "checkpoints"

enum { NEVER_MS = 3600000 };

static struct gs_worker_config keeper(int64_t interval_ms)
{
    struct gs_worker_config config = worker_config();
    config.checkpoint_topic = LOG;
    config.checkpoint_interval_ms = interval_ms;
    config.checkpoint_cycle_ms = 60000;
    return config;
}

static struct gs_task_cut_stats cuts_of(struct told *told)
{
    return worker_stats(told).sums.cuts;
}

static void begin(const struct gs_worker_config *config, struct told *told)
{
    static int32_t generation;
    start_worker(config, told);
    gs_worker_assign(told->worker, 0, ++generation);
    WAIT_FOR(task_state(told) == GS_TASK_LIVE);
}

static void read_comments(struct told *told, int count)
{
    uint64_t before = worker_stats(told).records;
    comment("i1", count, 0);
    WAIT_FOR(worker_stats(told).records == before + (uint64_t)count);
}

/* Until a cut counts that was made after this moment. */
static void wait_for_cut(struct told *told)
{
    uint64_t before = cuts_of(told).cuts;
    WAIT_FOR(cuts_of(told).cuts >= before + 2);
}

/* Without another word, as a crash. */
static void crash(struct told *told)
{
    gs_worker_lose(told->worker, 0);
    stop_worker(told, 1000);
}

static void empty_redis(void)
{
    char text[100];
    ask_redis("FLUSHALL", text, sizeof text);
}

/* The next owner has all of them in Redis, and has read only so many itself. */
static void expect_next(const struct gs_worker_config *config, const char *comments, uint64_t read)
{
    struct told told;
    empty_redis();
    begin(config, &told);
    wait_for_answer(CELL, comments);
    WAIT_FOR(worker_stats(&told).records >= read);
    assert_int_equal(worker_stats(&told).records, read);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

/* ------------------------------------------------------------------ going on */

static void test_goes_on(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    assert_int_equal(worker_stats(&told).begins.fresh, 1);
    read_comments(&told, 3);
    wait_for_cut(&told);
    WAIT_FOR(told_count(&told, GS_WORKER_CUT) > 0 && told_last(&told, GS_WORKER_CUT).at[0] == 3);
    assert_int_equal(told_last(&told, GS_WORKER_CUT).at_count, 1);
    crash(&told);

    empty_redis();
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).begins.restored == 1);
    assert_true(worker_stats(&told).begins.entries > 0);
    assert_int_equal(worker_stats(&told).begins.fresh, 0);
    wait_for_answer(CELL, "\"comments\":3");
    assert_int_equal(worker_stats(&told).records, 0);
    read_comments(&told, 2);
    wait_for_answer(CELL, "\"comments\":5");
    wait_for_cut(&told);
    crash(&told);
    expect_next(&config, "\"comments\":5", 0); /* through two incarnations */
}

/* Behind the last checkpoint it reads again, and no more than that. */
static void test_reads_the_rest(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    crash(&told);
    comment("i1", 4, 0);
    expect_next(&config, "\"comments\":7", 4);
}

/* Asked back, or stopped: a last checkpoint is made although none is due. */
static void test_last_cut(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(NEVER_MS);
    struct told told;
    begin(&config, &told);
    WAIT_FOR(told_count(&told, GS_WORKER_CUT) == 1); /* task 0 makes its first one at once */
    read_comments(&told, 3);
    gs_worker_revoke(told.worker, 0, 10000);
    WAIT_FOR(told_count(&told, GS_WORKER_REVOKED) == 1);
    assert_int_equal(told_count(&told, GS_WORKER_CUT), 2);
    crash(&told);
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).begins.restored == 1);
    read_comments(&told, 1);
    assert_int_equal(worker_stats(&told).records, 1);
    stop_worker(&told, 5000);
    assert_int_equal(told_last(&told, GS_WORKER_CUT).at[0], 4);
    expect_next(&config, "\"comments\":4", 0);
}

/* Taken away and given back: it goes on from its memory, whatever Redis shows by now. */
static void test_comes_back(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_answer(CELL, "\"comments\":3");
    gs_worker_lose(told.worker, 0);
    WAIT_FOR(worker_stats(&told).kept_count == 1);
    assert_true(worker_stats(&told).kept_bytes > 0);
    assert_int_equal(worker_stats(&told).sums.disposition[GS_PROCESSED], 3);
    comment("i1", 1, 0);
    empty_redis();
    gs_worker_assign(told.worker, 0, 1000);
    wait_for_answer(CELL, "\"comments\":4");
    WAIT_FOR(worker_stats(&told).records == 4);
    assert_int_equal(worker_stats(&told).begins.kept, 1);
    assert_int_equal(worker_stats(&told).begins.restored, 0);
    assert_int_equal(worker_stats(&told).kept_count, 0);
    assert_int_equal(worker_stats(&told).sums.disposition[GS_PROCESSED], 4);
    WAIT_FOR(told_last(&told, GS_WORKER_CUT).at[0] == 4);
    crash(&told);
    expect_next(&config, "\"comments\":4", 0); /* its cuts go on as another incarnation's */
}

/* ------------------------------------------------------------------ letters under way */

static void produce_bad(const char *value, size_t size)
{
    struct gs_kafka_record record = {.topic = "comments",
                                     .key = gs_str_of("i1"),
                                     .value = gs_str_make(value, size),
                                     .timestamp_ms = wall_ms()};
    produce(&record);
    flush_records();
}

static void lead_dlq(int32_t leader)
{
    for (int32_t i = 0; i < PARTITIONS; i++)
        rd_kafka_mock_partition_set_leader(mock, "dlq", i, leader);
}

/* A checkpoint behind a record that the DLQ did not acknowledge would lose that record. */
static void test_waits_for_the_dlq(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    lead_dlq(-1);
    produce_bad("nonsense", 8);
    WAIT_FOR(worker_stats(&told).forward_pending == 1);
    read_comments(&told, 1);
    gs_worker_revoke(told.worker, 0, 300);
    WAIT_FOR(told_count(&told, GS_WORKER_REVOKED) == 1);
    assert_int_equal(told_last(&told, GS_WORKER_CUT).at[0], 3);
    WAIT_FOR(worker_stats(&told).task_count == 0);
    crash(&told);

    lead_dlq(1);
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).begins.restored == 1);
    WAIT_FOR(worker_stats(&told).sums.disposition[GS_BAD] == 1); /* sent once more */
    WAIT_FOR(told_last(&told, GS_WORKER_CUT).at[0] == 5);        /* and now it counts */
    stop_worker(&told, 2000);
}

/* The same where the task comes back: the record is on its way still. */
static void test_waits_for_letters_of_before(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    lead_dlq(-1);
    produce_bad("nonsense", 8);
    WAIT_FOR(worker_stats(&told).forward_pending == 1);
    gs_worker_lose(told.worker, 0);
    gs_worker_assign(told.worker, 0, 1000);
    WAIT_FOR(worker_stats(&told).begins.kept == 1);
    read_comments(&told, 1);
    assert_int_equal(told_last(&told, GS_WORKER_CUT).at[0], 3);
    lead_dlq(1);
    WAIT_FOR(told_last(&told, GS_WORKER_CUT).at[0] == 5);
    assert_int_equal(worker_stats(&told).sums.disposition[GS_BAD], 1);
    stop_worker(&told, 2000);
}

/* ------------------------------------------------------------------ a log that is not as it should
 * be */

enum { PRODUCE_REQUEST = 0 };

/* A cut that is refused is tried again; the log then holds one that does not count. */
static void test_refused_cut(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(300);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    rd_kafka_mock_push_request_errors(mock, PRODUCE_REQUEST, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    WAIT_FOR(cuts_of(&told).failed == 1);
    wait_for_cut(&told);
    read_comments(&told, 1);
    wait_for_cut(&told);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
    crash(&told);
    expect_next(&config, "\"comments\":4", 0);
}

/* A record that the broker says it has already is acknowledged, but nobody is told where it lies.
 * That does not mean that the log has lost any: not everything is written again. */
static void test_place_unknown(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(300);
    config.checkpoint_cycle_ms = NEVER_MS;
    struct told told;
    begin(&config, &told);
    read_comments(&told, 100);
    wait_for_cut(&told);
    uint64_t cycles = cuts_of(&told).cycles;
    rd_kafka_mock_push_request_errors(mock, PRODUCE_REQUEST, 1,
                                      RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER);
    wait_for_cut(&told);
    wait_for_cut(&told);
    assert_int_equal(cuts_of(&told).failed, 0);
    assert_int_equal(cuts_of(&told).cycles, cycles);
    crash(&told);
}

/* Without the DLQ nothing goes on, a last checkpoint neither: the end does not wait for it. */
static void test_refused_letter(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(NEVER_MS);
    struct told told;
    begin(&config, &told);
    WAIT_FOR(told_count(&told, GS_WORKER_CUT) == 1);
    produce_bad("nonsense", 8); /* the letter lingers for 100 ms before it is sent */
    rd_kafka_mock_push_request_errors(mock, PRODUCE_REQUEST, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    WAIT_FOR(told_count(&told, GS_WORKER_FAILED) == 1);
    assert_true(stop_worker(&told, 10000) < 3000);
}

static void write_to_log(const char *bytes, size_t size)
{
    struct gs_kafka_record record = {
        .topic = LOG, .partition = 0, .value = gs_str_make(bytes, size)};
    produce(&record);
    flush_records();
}

static void test_nonsense_in_the_log(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    write_to_log("nonsense", 8);
    begin(&config, &told);
    assert_int_equal(worker_stats(&told).begins.fresh, 1);
    assert_int_equal(worker_stats(&told).begins.other_format + worker_stats(&told).begins.damaged,
                     1);
    read_comments(&told, 3);
    wait_for_cut(&told);
    crash(&told);
    write_to_log("", 0);
    expect_next(&config, "\"comments\":3", 0);
}

/* Others' cuts mean nothing here: another view, or the same topic made anew. */
static void test_other_layout(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    crash(&told);
    config.task.views[0].levels = 1;
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).begins.fresh == 1);
    assert_true(worker_stats(&told).begins.other_layout > 0);
    stop_worker(&told, 2000);
}

static void test_other_topic(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    config.input_ids[0] = (struct gs_cut_id){1, 2};
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    crash(&told);
    config.input_ids[0].low++;
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).begins.fresh == 1);
    assert_true(worker_stats(&told).begins.other_topic > 0);
    stop_worker(&told, 2000);
    config.input_ids[0].low--;
    expect_next(&config, "\"comments\":3", 0);
}

static void test_other_rules(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    begin(&config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    crash(&told);
    config.task.dedupe_window_ms++;
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).begins.restored == 1);
    assert_int_equal(worker_stats(&told).begins.mixed, 1);
    stop_worker(&told, 2000);
}

/* ------------------------------------------------------------------ gaps */

/* The mock cluster keeps 5 MiB of a partition. */
static void push_out_comments(void)
{
    static char value[900000];
    memset(value, 'x', sizeof value);
    for (int i = 0; i < 8; i++)
        produce_bad(value, sizeof value);
}

static void crash_before_a_gap(struct gs_worker_config *config)
{
    struct told told;
    begin(config, &told);
    read_comments(&told, 3);
    wait_for_cut(&told);
    crash(&told);
    push_out_comments();
    comment("i1", 1, 0);
}

static void test_gap_stops(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    crash_before_a_gap(&config);
    begin(&config, &told);
    WAIT_FOR(worker_stats(&told).parked == 1);
    assert_non_null(strstr(worker_stats(&told).parked_why, "the log lost"));
    assert_int_equal(worker_stats(&told).begins.restored, 1);
    assert_int_equal(worker_stats(&told).begins.gaps, 1);
    wait_for_answer(CELL, "\"comments\":3"); /* what it knows is right */
    assert_int_equal(worker_stats(&told).records, 0);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

static void test_gap_goes_on(void **state)
{
    (void)state;
    struct gs_worker_config config = keeper(100);
    struct told told;
    config.continue_on_gap = true;
    crash_before_a_gap(&config);
    begin(&config, &told);
    wait_for_answer(CELL, "\"comments\":4");
    assert_int_equal(worker_stats(&told).begins.gaps, 1);
    assert_int_equal(worker_stats(&told).parked, 0);
    stop_worker(&told, 2000);
}

/* ------------------------------------------------------------------ main */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_worker, tear_down_worker)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_goes_on),           TEST(test_reads_the_rest),
        TEST(test_last_cut),          TEST(test_comes_back),
        TEST(test_waits_for_the_dlq), TEST(test_waits_for_letters_of_before),
        TEST(test_refused_cut),       TEST(test_place_unknown),
        TEST(test_refused_letter),    TEST(test_nonsense_in_the_log),
        TEST(test_other_layout),      TEST(test_other_topic),
        TEST(test_other_rules),       TEST(test_gap_stops),
        TEST(test_gap_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
