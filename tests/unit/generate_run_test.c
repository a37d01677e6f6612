/* Goal: a run brings exactly what it wrote down to its topics, in time, and ends when it should:
 * after the last event, when it is stopped, or with an error that says why.
 * Method: librdkafka's mock cluster on loopback in this process. What arrives is compared, record
 * by record, with the same stream generated again. */
#include "groundswell/generate.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PARTITIONS = 3, DEADLINE_MS = 20000, API_PRODUCE = 0 };

static rd_kafka_t *host; /* carries the mock cluster */
static rd_kafka_mock_cluster_t *mock;
static struct gs_kafka_config kafka;
static char ledger_path[64];
static char summary_path[64];
static _Atomic bool stop;

static int64_t now_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int set_up(void **state)
{
    static const char *const names[] = {"profiles", "posts", "comments", "reactions", "all"};
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)state;
    gs_log_configure(GS_LOG_ERROR, GS_LOG_LOGFMT);
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(host);
    mock = rd_kafka_mock_cluster_new(host, 1);
    assert_non_null(mock);
    for (size_t i = 0; i < GS_COUNT_OF(names); i++)
        assert_int_equal(rd_kafka_mock_topic_create(mock, names[i], PARTITIONS, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(mock, "wider", PARTITIONS + 1, 1), 0);
    kafka = (struct gs_kafka_config){.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(mock)};
    snprintf(ledger_path, sizeof ledger_path, "/tmp/gs-generate-%d.ledger", (int)getpid());
    snprintf(summary_path, sizeof summary_path, "/tmp/gs-generate-%d.json", (int)getpid());
    stop = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(host);
    unlink(ledger_path);
    unlink(summary_path);
    return 0;
}

static struct gs_generate_config small_config(void)
{
    struct gs_generate_config config;
    gs_generate_config_init(&config);
    config.events = 5000;
    config.influencers = 100;
    config.partitions = 0;
    config.malformed = 0.02;
    config.duplicates = 0.02;
    return config;
}

static struct gs_generate_run own_topics(void)
{
    return (struct gs_generate_run){.kafka = &kafka,
                                    .topics = {"profiles", "posts", "comments", "reactions"},
                                    .ledger_path = ledger_path,
                                    .stop = &stop};
}

static void run_well(const struct gs_generate_config *config, const struct gs_generate_run *run,
                     struct gs_generate_progress *last)
{
    struct gs_error error;
    if (gs_generate_run(config, run, last, &error) != GS_OK)
        fail_msg("%s", error.message);
    assert_int_equal(last->delivered, last->records);
    assert_int_equal(last->failed, 0);
}

/* ------------------------------------------------------------------ what has arrived */

static rd_kafka_t *read_from(const char *topic, int32_t partition)
{
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_conf_set(conf, "bootstrap.servers", kafka.bootstrap_servers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "test", NULL, 0);
    rd_kafka_conf_set(conf, "enable.partition.eof", "true", NULL, 0);
    rd_kafka_conf_set(conf, "enable.auto.commit", "false", NULL, 0);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", NULL, 0);
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    assert_non_null(consumer);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = 0;
    assert_int_equal(rd_kafka_assign(consumer, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    return consumer;
}

/* The next record of the partition, or NULL at its end. */
static rd_kafka_message_t *read_next(rd_kafka_t *consumer)
{
    int64_t end = now_ms(CLOCK_MONOTONIC) + DEADLINE_MS;
    while (now_ms(CLOCK_MONOTONIC) < end) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (message && !message->err)
            return message;
        bool at_end = message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (message)
            rd_kafka_message_destroy(message);
        if (at_end)
            return NULL;
    }
    fail_msg("nothing to read within %d ms", DEADLINE_MS);
    return NULL;
}

static bool is_same(const void *data, size_t length, struct gs_str expected)
{
    return (data == NULL) == (expected.data == NULL) && length == expected.len &&
           (length == 0 || memcmp(data, expected.data, length) == 0);
}

static void check_message(const rd_kafka_message_t *message, const struct gs_generated *record)
{
    rd_kafka_timestamp_type_t type;
    assert_int_equal(rd_kafka_message_timestamp(message, &type), record->record_ms);
    assert_int_equal(type, RD_KAFKA_TIMESTAMP_CREATE_TIME);
    assert_true(is_same(message->key, message->key_len, record->key));
    assert_true(is_same(message->payload, message->len, record->value));
}

/* Reads one partition and compares it with the stream's records for it; returns how many. */
static uint64_t check_partition(const struct gs_generate_config *config,
                                const struct gs_generate_run *run, const char *topic,
                                int32_t partition)
{
    struct gs_generate *again;
    struct gs_error error;
    struct gs_generated record;
    rd_kafka_message_t *message;
    rd_kafka_t *consumer = read_from(topic, partition);
    uint64_t count = 0;
    assert_int_equal(gs_generate_create(config, &again, &error), GS_OK);
    while ((message = read_next(consumer))) {
        const char *name;
        do {
            assert_true(gs_generate_next(again, &record));
            name = run->topics[record.topic];
        } while (record.partition != partition || !name || strcmp(name, topic) != 0);
        check_message(message, &record);
        rd_kafka_message_destroy(message);
        count++;
    }
    gs_generate_destroy(again);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return count;
}

/* All partitions of all topics of the run; the stream is that of config, from event 0. */
static uint64_t check_topics(struct gs_generate_config config, const struct gs_generate_run *run)
{
    uint64_t count = 0;
    config.partitions = PARTITIONS;
    for (int topic = 0; topic < GS_GENERATE_TOPIC_COUNT; topic++) {
        bool seen = !run->topics[topic];
        for (int before = 0; before < topic && !seen; before++)
            seen = run->topics[before] && strcmp(run->topics[before], run->topics[topic]) == 0;
        for (int32_t p = 0; p < PARTITIONS && !seen; p++)
            count += check_partition(&config, run, run->topics[topic], p);
    }
    return count;
}

/* Every line of the ledger against the stream; returns how many records it has. */
static uint64_t check_ledger(struct gs_generate_config config, const struct gs_generate_run *run)
{
    FILE *file = fopen(ledger_path, "r");
    struct gs_generate *again;
    struct gs_generated record;
    struct gs_error error;
    char line[400], topic[100], event_id[100], kind[20];
    unsigned long long sequence, count = 0;
    long long record_ms;
    int partition;
    config.partitions = PARTITIONS;
    assert_non_null(file);
    assert_int_equal(gs_generate_create(&config, &again, &error), GS_OK);
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(line[0], '#');
    for (; fgets(line, sizeof line, file); count++) {
        do
            assert_true(gs_generate_next(again, &record));
        while (!run->topics[record.topic]);
        assert_int_equal(sscanf(line, "%llu %99s %d %19s %lld %99s", &sequence, topic, &partition,
                                kind, &record_ms, event_id),
                         6);
        assert_int_equal(sequence, record.sequence);
        assert_string_equal(topic, run->topics[record.topic]);
        assert_int_equal(partition, record.partition);
        assert_int_equal(record_ms, record.record_ms);
        assert_true(gs_str_equal(gs_str_of(event_id),
                                 record.event_id.len ? record.event_id : gs_str_of("-")));
    }
    gs_generate_destroy(again);
    fclose(file);
    return count;
}

/* ------------------------------------------------------------------ runs that end well */

static void test_everything_arrives(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_generate_progress last;
    struct stat summary;
    (void)state;
    run.summary_path = summary_path;
    run_well(&config, &run, &last);
    assert_int_equal(last.start_ms, config.start_ms);
    assert_int_equal(last.records, last.first_profiles + 5000);
    assert_int_equal(check_ledger(config, &run), last.records);
    assert_int_equal(check_topics(config, &run), last.records);
    assert_int_equal(stat(summary_path, &summary), 0);
    assert_true(summary.st_size > 1000);
}

static void test_topics_shared_and_left_out(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_generate_progress last;
    struct gs_buf summary = {0};
    (void)state;
    run.topics[GS_GENERATE_POSTS] = run.topics[GS_GENERATE_COMMENTS] = "all";
    run.topics[GS_GENERATE_REACTIONS] = NULL;
    run.summary = &summary;
    run_well(&config, &run, &last);
    assert_in_range(last.records, 3500, 4500);
    assert_int_equal(check_ledger(config, &run), last.records);
    assert_int_equal(check_topics(config, &run), last.records);
    gs_buf_add(&summary, "", 1);
    assert_non_null(strstr(summary.data, "\"all\": ["));
    assert_null(strstr(summary.data, "reactions"));
    gs_buf_deinit(&summary);
}

static void test_a_rate_is_kept(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_generate_progress last;
    int64_t begin_ms = now_ms(CLOCK_REALTIME);
    (void)state;
    config.start_ms = 0;
    config.rate = 5000;
    config.events = 2501;
    run_well(&config, &run, &last);
    assert_true(last.elapsed_ms >= 500); /* the last event is due then */
    assert_in_range(last.start_ms, begin_ms, now_ms(CLOCK_REALTIME) - 500);
    assert_int_equal(last.record_ms, last.start_ms + 500);
    assert_int_equal(last.records, last.first_profiles + 2501);
}

static void stop_it(const struct gs_generate_progress *progress, void *opaque)
{
    if (progress->records > progress->first_profiles && progress->elapsed_ms > 0)
        *(_Atomic bool *)opaque = true;
}

static void test_stop_ends_a_run_without_end(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_generate_progress last;
    (void)state;
    config.events = 0;
    config.rate = 1000;
    run.progress = stop_it;
    run.opaque = &stop;
    run_well(&config, &run, &last);
    assert_true(last.records > last.first_profiles + 100);
    assert_int_equal(check_ledger(config, &run), last.records);
    assert_int_equal(check_topics(config, &run), last.records);
}

static void test_stop_before_the_start(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_generate_progress last;
    (void)state;
    stop = true;
    run_well(&config, &run, &last);
    assert_int_equal(last.records, 0);
    assert_int_equal(check_topics(config, &run), 0);
}

/* ------------------------------------------------------------------ runs that fail */

static void check_fails(const struct gs_generate_run *run, enum gs_status status, const char *says)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_progress last;
    struct gs_error error = {0};
    assert_int_equal(gs_generate_run(&config, run, &last, &error), status);
    assert_int_equal(error.status, status);
    if (!strstr(error.message, says))
        fail_msg("not '%s' in: %s", says, error.message);
    assert_int_equal(last.delivered, 0);
}

static void test_wrong_topics(void **state)
{
    struct gs_generate_run run = own_topics();
    (void)state;
    run.topics[GS_GENERATE_POSTS] = "absent";
    check_fails(&run, GS_E_CONFIG, "absent");
    run.topics[GS_GENERATE_POSTS] = "wider";
    check_fails(&run, GS_E_CONFIG, "wider=4");
    memset(run.topics, 0, sizeof run.topics);
    check_fails(&run, GS_E_CONFIG, "no topic");
}

static void test_files_that_cannot_be_written(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_error error;
    (void)state;
    run.ledger_path = "/dev/full";
    check_fails(&run, GS_E_DATA, "/dev/full");
    assert_int_equal(check_topics(config, &run), 0); /* not written down, so not produced */
    run.ledger_path = NULL;
    run.summary_path = "/nowhere/summary";
    assert_int_equal(gs_generate_run(&config, &run, NULL, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "/nowhere/summary"));
}

static void test_no_broker(void **state)
{
    struct gs_generate_run run = own_topics();
    (void)state;
    kafka.bootstrap_servers = "127.0.0.1:1";
    check_fails(&run, GS_E_UNAVAIL, "127.0.0.1:1");
}

static void test_records_that_are_refused(void **state)
{
    struct gs_generate_run run = own_topics();
    rd_kafka_resp_err_t refusals[50];
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(refusals); i++)
        refusals[i] = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    rd_kafka_mock_push_request_errors_array(mock, API_PRODUCE, GS_COUNT_OF(refusals), refusals);
    check_fails(&run, GS_E_REFUSED, "records were not delivered");
}

static void take_broker_down(const struct gs_generate_progress *progress, void *opaque)
{
    (void)opaque;
    if (progress->delivered > progress->first_profiles)
        rd_kafka_mock_broker_set_down(mock, 1);
}

static void test_a_broker_that_goes_away(void **state)
{
    static const struct gs_kafka_property property = {"message.timeout.ms", "4000"};
    struct gs_generate_config config = small_config();
    struct gs_generate_run run = own_topics();
    struct gs_generate_progress last;
    struct gs_error error;
    (void)state;
    kafka.properties = &property;
    kafka.property_count = 1;
    config.events = 0;
    config.rate = 1000;
    run.progress = take_broker_down;
    assert_int_equal(gs_generate_run(&config, &run, &last, &error), GS_E_UNAVAIL);
    assert_non_null(strstr(error.message, "not delivered"));
    assert_true(last.delivered > last.first_profiles);
    assert_true(last.failed > 0);
    assert_true(check_ledger(config, &run) >= last.records);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_everything_arrives),
        CASE(test_topics_shared_and_left_out),
        CASE(test_a_rate_is_kept),
        CASE(test_stop_ends_a_run_without_end),
        CASE(test_stop_before_the_start),
        CASE(test_wrong_topics),
        CASE(test_files_that_cannot_be_written),
        CASE(test_no_broker),
        CASE(test_records_that_are_refused),
        CASE(test_a_broker_that_goes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
