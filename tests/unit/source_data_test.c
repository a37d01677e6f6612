/* Goal: a partition is read from exactly where it was started, without a hole and without anything
 * of before its last stop, whatever the size of the batches. Method: a source against librdkafka's
 * mock cluster; a random walk of stops and starts under load, replayed with GS_SEED. */
#include "source_mock.h"

enum { PARTITIONS = 4, BATCH = 256 };
static const char *const inputs[] = {"posts", "comments"};
enum { INPUTS = 2 };

static struct gs_source *source;
static struct gs_source_message batch[BATCH];

struct seen {
    int64_t next; /* offset that must come next; -1 = nothing may come */
    int64_t ends; /* END events since the start */
    int64_t gaps;
};
static struct seen seen[INPUTS][PARTITIONS];
static uint64_t records, dropped, restarts;
static uint32_t batch_size = BATCH;
static uint64_t random_state; /* 0 = no stops */

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

static void start_at(uint8_t input, int32_t partition, int64_t offset)
{
    struct gs_source_position position = {input, partition, offset, -1};
    struct gs_error error = {0};
    if (gs_source_start(source, &position, 1, &error))
        fail_msg("%s", error.message);
    seen[input][partition] = (struct seen){.next = offset};
}

static void stop(uint8_t input, int32_t partition)
{
    gs_source_stop(source, input, partition);
    assert_false(gs_source_is_started(source, input, partition));
    seen[input][partition] = (struct seen){.next = -1};
}

static void check_record(const struct gs_source_message *message, struct seen *expected)
{
    char value[64];
    int length = snprintf(value, sizeof value, "%u-%d-%lld", message->input, message->partition,
                          (long long)message->offset);
    if (message->offset != expected->next)
        fail_msg("%s [%d]: offset %lld instead of %lld", inputs[message->input], message->partition,
                 (long long)message->offset, (long long)expected->next);
    expected->next = message->offset + 1;
    expected->ends = 0;
    assert_int_equal(message->value.len, length);
    assert_memory_equal(message->value.data, value, (size_t)length);
    records++;
}

/* Now and then the partition of the message just read goes back a little, as if it were parked. */
static void maybe_restart(const struct gs_source_message *message)
{
    if (!random_state || random_below(300))
        return;
    uint8_t input = message->input;
    int32_t partition = message->partition;
    int64_t next = message->offset + 1;
    int64_t back = random_below(3) ? 0 : (int64_t)random_below(50);
    stop(input, partition);
    start_at(input, partition, GS_MAX(next - back, 0));
    restarts++;
}

static void on_ready(void *user)
{
    uint32_t size = random_state ? 1 + random_below(batch_size) : batch_size;
    uint32_t count = gs_source_poll(source, batch, size);
    (void)user;
    for (uint32_t i = 0; i < count; i++) {
        struct gs_source_message *message = &batch[i];
        if (message->kind == GS_SOURCE_DROPPED) {
            dropped++;
            continue;
        }
        struct seen *expected = &seen[message->input][message->partition];
        assert_true(expected->next >= 0);
        if (message->kind == GS_SOURCE_RECORD) {
            check_record(message, expected);
            maybe_restart(message);
        } else if (message->kind == GS_SOURCE_END) {
            assert_int_equal(message->offset, expected->next);
            expected->ends++;
        } else {
            assert_int_equal(message->kind, GS_SOURCE_GAP);
            assert_true(message->value.len > 0);
            expected->gaps++;
        }
    }
    gs_source_release(source);
}

static void produce(uint8_t input, int32_t partition, int64_t first, int64_t count)
{
    struct gs_kafka_producer *producer;
    struct gs_kafka_property property = {"linger.ms", "50"};
    struct gs_kafka_config config = kafka;
    char value[64];
    struct gs_kafka_header header = {gs_str_of("h"), gs_str_of("x")};
    config.properties = &property;
    config.property_count = 1;
    assert_int_equal(gs_kafka_producer_create(&config, NULL, NULL, &producer, NULL), GS_OK);
    for (int64_t i = first; i < first + count; i++) {
        int length = snprintf(value, sizeof value, "%u-%d-%lld", input, partition, (long long)i);
        struct gs_kafka_record record = {.topic = inputs[input],
                                         .partition = partition,
                                         .key = gs_str_of("key"),
                                         .value = gs_str_make(value, (size_t)length),
                                         .headers = &header,
                                         .header_count = 1,
                                         .timestamp_ms = 1000 + i};
        assert_int_equal(gs_kafka_produce(producer, &record, NULL), GS_OK);
    }
    assert_int_equal(gs_kafka_producer_flush(producer, DEADLINE_MS, NULL), GS_OK);
    gs_kafka_producer_destroy(producer);
}

static int begin_with(void **state, const struct gs_kafka_property *properties, uint32_t count)
{
    struct gs_source_listener listener = {on_ready, NULL};
    struct gs_error error = {0};
    set_up(state);
    for (int i = 0; i < INPUTS; i++)
        rd_kafka_mock_topic_create(mock, inputs[i], PARTITIONS, 1);
    kafka.properties = properties;
    kafka.property_count = count;
    struct gs_source_config config = {.kafka = kafka,
                                      .inputs = {inputs[0], inputs[1]},
                                      .input_count = INPUTS,
                                      .batch_max = BATCH};
    if (gs_source_create(&config, &loop, &listener, &source, &error))
        fail_msg("%s", error.message);
    kafka.properties = NULL;
    kafka.property_count = 0;
    records = dropped = restarts = 0;
    batch_size = BATCH;
    random_state = 0;
    for (int i = 0; i < INPUTS; i++)
        for (int k = 0; k < PARTITIONS; k++)
            seen[i][k] = (struct seen){.next = -1};
    return 0;
}

static int begin(void **state)
{
    return begin_with(state, NULL, 0);
}

static int end(void **state)
{
    gs_source_destroy(source);
    return tear_down(state);
}

static bool all_at_end(void *user)
{
    (void)user;
    for (int i = 0; i < INPUTS; i++)
        for (int k = 0; k < PARTITIONS; k++)
            if (seen[i][k].next >= 0 && !seen[i][k].ends)
                return false;
    return true;
}

/* ------------------------------------------------------------------ reading */

static void test_reads_to_the_end_and_on(void **state)
{
    (void)state;
    produce(0, 1, 0, 1000);
    produce(1, 2, 0, 500);
    struct gs_source_position positions[] = {
        {0, 1, GS_SOURCE_START, -1}, {1, 2, 100, -1}, {1, 3, GS_SOURCE_TAIL, -1}};
    assert_int_equal(gs_source_start(source, positions, 3, NULL), GS_OK);
    seen[0][1].next = 0;
    seen[1][2].next = 100;
    seen[1][3].next = 0;
    run_until(all_at_end, NULL, "the ends");
    assert_int_equal(records, 1400);
    assert_int_equal(gs_source_end_offset(source, 0, 1), 1000);
    assert_int_equal(gs_source_end_offset(source, 1, 2), 500);
    assert_int_equal(gs_source_end_offset(source, 0, 0), -1);
    assert_int_equal(gs_source_position(source, 0, 1), 1000);
    assert_int_equal(gs_source_position(source, 1, 2), 500);
    assert_int_equal(gs_source_position(source, 1, 3), -1); /* started, nothing has come */
    assert_int_equal(gs_source_position(source, 0, 0), -1); /* never started */
    /* At the end the loop sleeps; a new record wakes it. */
    produce(1, 3, 0, 1);
    seen[1][3].ends = 0;
    run_until(all_at_end, NULL, "a record after the end");
    assert_int_equal(records, 1401);
}

static bool have_batch(void *user)
{
    uint32_t *count = user;
    if (!*count) {
        *count = gs_source_poll(source, batch, 1);
        if (!*count || batch[0].kind != GS_SOURCE_RECORD) {
            *count = 0;
            gs_source_release(source);
        }
    }
    return *count > 0;
}

static void ignore_ready(void *user)
{
    (void)user;
}

/* Key, time, headers and epoch of a record; what is left of a batch after a stop. */
static void test_message_and_stop_inside_a_batch(void **state)
{
    struct gs_source_listener listener = {ignore_ready, NULL};
    struct gs_source_config config = {.kafka = kafka,
                                      .inputs = {inputs[0], inputs[1]},
                                      .input_count = INPUTS,
                                      .batch_max = BATCH};
    struct gs_kafka_header headers[2];
    uint32_t count = 0;
    (void)state;
    produce(1, 0, 0, 10);
    gs_source_destroy(source);
    assert_int_equal(gs_source_create(&config, &loop, &listener, &source, NULL), GS_OK);
    start_at(1, 0, 4);
    run_until(have_batch, &count, "a record");
    assert_int_equal(batch[0].input, 1);
    assert_int_equal(batch[0].partition, 0);
    assert_int_equal(batch[0].offset, 4);
    assert_int_equal(batch[0].record_ms, 1004);
    assert_int_equal(batch[0].key.len, 3);
    assert_memory_equal(batch[0].key.data, "key", 3);
    assert_true(gs_source_leader_epoch(&batch[0]) >= -1);
    assert_int_equal(gs_source_headers(&batch[0], headers, 2), 1);
    assert_int_equal(gs_source_headers(&batch[0], headers, 0), 1);
    assert_memory_equal(headers[0].name.data, "h", 1);
    assert_memory_equal(headers[0].value.data, "x", 1);
    stop(1, 0);
    gs_source_stop(source, 1, 0); /* ignored */
    assert_int_equal(batch[0].kind, GS_SOURCE_DROPPED);
    assert_memory_equal(batch[0].key.data, "key", 3); /* still there */
    start_at(1, 0, 6);
    assert_int_equal(batch[0].kind, GS_SOURCE_DROPPED);
    gs_source_release(source);
    gs_source_release(source);
    count = 0;
    run_until(have_batch, &count, "the record where it was started again");
    assert_int_equal(batch[0].offset, 6);
    gs_source_destroy(NULL);
    /* The batch is still held when the source goes. */
}

static bool has_gap(void *user)
{
    (void)user;
    return seen[0][0].gaps > 0 && seen[0][1].ends > 0;
}

/* An offset that the log does not have stops that partition, loudly, and no other. */
static void test_gap(void **state)
{
    (void)state;
    produce(0, 0, 0, 10);
    produce(0, 1, 0, 10);
    start_at(0, 0, 1000000);
    start_at(0, 1, 0);
    run_until(has_gap, NULL, "the gap");
    assert_int_equal(records, 10);
    stop(0, 0);
    start_at(0, 0, 3);
    run_until(all_at_end, NULL, "the end after the gap");
    assert_int_equal(records, 17);
}

/* ------------------------------------------------------------------ hand-overs under load */

static void fill(int64_t count)
{
    for (uint8_t i = 0; i < INPUTS; i++)
        for (int32_t k = 0; k < PARTITIONS; k++)
            produce(i, k, 0, count);
}

static void walk(void)
{
    enum { COUNT = 8000 };
    const char *given = getenv("GS_SEED");
    random_state = given ? strtoull(given, NULL, 0) : uv_hrtime() | 1;
    printf("seed %llu\n", (unsigned long long)random_state);
    fill(COUNT);
    for (uint8_t i = 0; i < INPUTS; i++)
        for (int32_t k = 0; k < PARTITIONS; k++)
            start_at(i, k, 0);
    run_until(all_at_end, NULL, "the ends");
    for (uint8_t i = 0; i < INPUTS; i++)
        for (int32_t k = 0; k < PARTITIONS; k++)
            assert_int_equal(seen[i][k].next, COUNT);
    printf("%llu records, %llu restarts, %llu left in batches\n", (unsigned long long)records,
           (unsigned long long)restarts, (unsigned long long)dropped);
    assert_true(restarts > 20);
    assert_true(dropped > 20);
}

static void test_restarts_under_load(void **state)
{
    (void)state;
    walk();
}

static int begin_with_small_fetches(void **state)
{
    static const struct gs_kafka_property small[] = {{"fetch.message.max.bytes", "2000"},
                                                     {"queued.min.messages", "100"}};
    return begin_with(state, small, 2);
}

static void test_restarts_with_small_fetches(void **state)
{
    (void)state;
    batch_size = 17;
    walk();
}

/* ------------------------------------------------------------------ offsets, ends */

static void on_answer(void *user, const struct gs_kafka_position *positions, size_t count,
                      const struct gs_error *error)
{
    int64_t *offset = user;
    assert_null(error);
    assert_int_equal(count, 1);
    *offset = positions[0].offset;
}

static bool is_answered(void *user)
{
    return *(int64_t *)user >= 0;
}

static void test_ask(void **state)
{
    struct gs_kafka_position position = {
        .topic = "posts", .partition = 3, .time_ms = GS_KAFKA_LATEST};
    int64_t offset = -1;
    struct gs_kafka_question question = {&position, 1, 5000, on_answer, &offset};
    (void)state;
    produce(0, 3, 0, 12);
    assert_int_equal(gs_source_ask(source, &question, NULL), GS_OK);
    run_until(is_answered, &offset, "an answer");
    assert_int_equal(offset, 12);
    /* One that is still open at the end. */
    assert_int_equal(gs_source_ask(source, &question, NULL), GS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_to_the_end_and_on, begin, end),
        cmocka_unit_test_setup_teardown(test_message_and_stop_inside_a_batch, begin, end),
        cmocka_unit_test_setup_teardown(test_gap, begin, end),
        cmocka_unit_test_setup_teardown(test_restarts_under_load, begin, end),
        cmocka_unit_test_setup_teardown(test_restarts_with_small_fetches, begin_with_small_fetches,
                                        end),
        cmocka_unit_test_setup_teardown(test_ask, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
