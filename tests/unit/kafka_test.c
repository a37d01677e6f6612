/* Goal: clients get our settings and nothing undoes them, a start that cannot work says why, and
 * neither a record nor an answer gets lost on the way. Method: librdkafka's mock cluster on
 * loopback in this process; it is stopped, slowed down and made to fail. Waits for conditions,
 * never for time. */
#include "groundswell/kafka.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define DEADLINE_MS 15000
enum { API_PRODUCE = 0, API_LIST_OFFSETS = 2 };

static rd_kafka_t *host; /* carries the mock cluster */
static rd_kafka_mock_cluster_t *mock;
static struct gs_kafka_config config;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int set_up(void **state)
{
    char reason[200];
    (void)state;
    gs_log_configure(GS_LOG_ERROR, GS_LOG_LOGFMT);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(host);
    mock = rd_kafka_mock_cluster_new(host, 2);
    assert_non_null(mock);
    assert_int_equal(rd_kafka_mock_topic_create(mock, "four", 4, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(mock, "also-four", 4, 1), 0);
    assert_int_equal(rd_kafka_mock_topic_create(mock, "three", 3, 1), 0);
    config = (struct gs_kafka_config){.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(mock),
                                      .group = "g"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(host);
    return 0;
}

/* ------------------------------------------------------------------ configuration */

static void test_properties(void **state)
{
    static const struct {
        const char *name, *value;
        enum gs_status status;
        const char *says[2];
    } cases[] = {
        {"security.protocol", "ssl", GS_OK, {"", ""}},
        {"fetch.message.max.bytes", "4096", GS_OK, {"", ""}},
        {"linger.ms", "20", GS_OK, {"", ""}},
        {"fetch.max.bytes", "4000000", GS_OK, {"", ""}},
        {"message.max.bytes", "2000000", GS_OK, {"", ""}},
        {"group.id", "x", GS_E_CONFIG, {"group.id", "kafka.group"}},
        {"bootstrap.servers", "x", GS_E_CONFIG, {"bootstrap.servers", "kafka.bootstrap_servers"}},
        {"metadata.broker.list", "x", GS_E_CONFIG, {"metadata.broker.list", "kafka.boot"}},
        {"group.instance.id", "x", GS_E_CONFIG, {"instance", "kafka.static_membership"}},
        {"isolation.level", "read_uncommitted", GS_E_CONFIG, {"isolation.level", "Groundswell"}},
        {"auto.offset.reset", "latest", GS_E_CONFIG, {"auto.offset.reset", "Groundswell"}},
        {"request.required.acks", "1", GS_E_CONFIG, {"request.required.acks", "Groundswell"}},
        {"enable.auto.commit", "true", GS_E_CONFIG, {"enable.auto.commit", "Groundswell"}},
        {"no.such.thing", "1", GS_E_CONFIG, {"no.such.thing", "not a property of librdkafka"}},
        {"security.protocol",
         "carrier-pigeon",
         GS_E_CONFIG,
         {"security.protocol", "Invalid value"}},
        {"fetch.max.bytes", "-7", GS_E_CONFIG, {"fetch.max.bytes", "outside allowed range"}},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_kafka_property property;
        struct gs_error error = {0};
        snprintf(property.name, sizeof property.name, "%s", cases[i].name);
        snprintf(property.value, sizeof property.value, "%s", cases[i].value);
        config.properties = &property;
        config.property_count = 1;
        assert_int_equal(gs_kafka_config_check(&config, &error), cases[i].status);
        if (!strstr(error.message, cases[i].says[0]) || !strstr(error.message, cases[i].says[1]))
            fail_msg("%s: %s", cases[i].name, error.message);
    }
    config.properties = NULL;
    config.property_count = 0;
}

static void test_missing_settings(void **state)
{
    struct gs_error error;
    struct gs_kafka_config none = {.bootstrap_servers = "", .group = "g"};
    (void)state;
    assert_int_equal(gs_kafka_config_check(&none, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "kafka.bootstrap_servers"));
    none = (struct gs_kafka_config){.bootstrap_servers = "localhost:1", .group = ""};
    assert_int_equal(gs_kafka_config_check(&none, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "kafka.group"));
}

static void expect_setting(rd_kafka_t *client, const char *name, const char *value)
{
    char found[200];
    size_t size = sizeof found;
    assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(client), name, found, &size),
                     RD_KAFKA_CONF_OK);
    assert_string_equal(found, value);
}

static void test_roles(void **state)
{
    rd_kafka_t *client;
    (void)state;
    config.static_membership = "pod-1";
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_MEMBER, NULL, &client, NULL), GS_OK);
    expect_setting(client, "group.id", "g");
    expect_setting(client, "group.instance.id", "pod-1");
    expect_setting(client, "partition.assignment.strategy", "cooperative-sticky");
    expect_setting(client, "session.timeout.ms", "10000");
    expect_setting(client, "enable.auto.commit", "false");
    gs_kafka_client_destroy(client);
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_DATA, NULL, &client, NULL), GS_OK);
    expect_setting(client, "group.id", "g-data");
    expect_setting(client, "isolation.level", "read_committed");
    expect_setting(client, "queued.max.messages.kbytes", "4096");
    expect_setting(client, "fetch.max.bytes", "1048576");
    gs_kafka_client_destroy(client);
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_PRODUCER, NULL, &client, NULL),
                     GS_OK);
    expect_setting(client, "enable.idempotence", "true");
    expect_setting(client, "acks", "-1");
    gs_kafka_client_destroy(client);
    gs_kafka_client_destroy(NULL);
    config.static_membership = NULL;
}

static void test_larger_records(void **state)
{
    static const enum gs_kafka_role roles[] = {GS_KAFKA_ADMIN, GS_KAFKA_MEMBER, GS_KAFKA_DATA,
                                               GS_KAFKA_PRODUCER};
    struct gs_kafka_property larger = {"message.max.bytes", "12000000"};
    (void)state;
    config.properties = &larger;
    config.property_count = 1;
    for (size_t i = 0; i < GS_COUNT_OF(roles); i++) {
        rd_kafka_t *client;
        assert_int_equal(gs_kafka_client_create(&config, roles[i], NULL, &client, NULL), GS_OK);
        if (roles[i] == GS_KAFKA_PRODUCER)
            expect_setting(client, "message.max.bytes", "12000000");
        gs_kafka_client_destroy(client);
    }
    config.properties = NULL;
    config.property_count = 0;
}

static void test_client_that_cannot_start(void **state)
{
    struct gs_kafka_property contradiction = {"max.in.flight", "100"};
    struct gs_error error;
    rd_kafka_t *client;
    (void)state;
    config.properties = &contradiction;
    config.property_count = 1;
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_PRODUCER, NULL, &client, &error),
                     GS_E_CONFIG);
    assert_null(client);
    assert_non_null(strstr(error.message, "max.in.flight"));
    config.properties = NULL;
    config.property_count = 0;
}

/* ------------------------------------------------------------------ checks */

static void test_check_passes(void **state)
{
    struct gs_kafka_topic_check topics[] = {
        {"four", true, 0}, {"three", false, 0}, {"also-four", true, 0}};
    struct gs_kafka_check check = {.topics = topics, .topic_count = 3};
    struct gs_error error = {0};
    (void)state;
    if (gs_kafka_check(&config, &check, DEADLINE_MS, &error))
        fail_msg("%s", error.message);
    assert_int_equal(check.partition_count, 4);
    assert_int_equal(check.broker_count, 2);
    assert_int_equal(topics[1].partitions, 3);
    assert_string_not_equal(check.cluster_id, "");
}

static void test_check_names_missing_topics(void **state)
{
    struct gs_kafka_topic_check topics[] = {
        {"four", true, 0}, {"nowhere", true, 0}, {"lost", false, 0}};
    struct gs_kafka_check check = {.topics = topics, .topic_count = 3};
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_kafka_check(&config, &check, DEADLINE_MS, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "nowhere, lost"));
    assert_non_null(strstr(error.message, "groundswell topics --apply"));
    assert_null(strstr(error.message, "four"));
    /* Asking must not have made them. */
    assert_int_equal(gs_kafka_check(&config, &check, DEADLINE_MS, &error), GS_E_CONFIG);
}

static void test_check_compares_counts(void **state)
{
    struct gs_kafka_topic_check topics[] = {{"four", true, 0}, {"three", true, 0}};
    struct gs_kafka_check check = {.topics = topics, .topic_count = 2};
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_kafka_check(&config, &check, DEADLINE_MS, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "four=4, three=3"));
}

static void test_check_sees_denial(void **state)
{
    struct gs_kafka_topic_check topics[] = {{"four", true, 0}};
    struct gs_kafka_check check = {.topics = topics, .topic_count = 1};
    struct gs_error error;
    (void)state;
    rd_kafka_mock_topic_set_error(mock, "four", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    enum gs_status status = gs_kafka_check(&config, &check, DEADLINE_MS, &error);
    rd_kafka_mock_topic_set_error(mock, "four", RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(status, GS_E_REFUSED);
    assert_non_null(strstr(error.message, "four"));
}

static void test_check_without_a_broker(void **state)
{
    struct gs_kafka_config nobody = {.bootstrap_servers = "127.0.0.1:1", .group = "g"};
    struct gs_kafka_check check = {0};
    struct gs_error error;
    int64_t start = now_ms();
    (void)state;
    assert_int_equal(gs_kafka_check(&nobody, &check, 500, &error), GS_E_UNAVAIL);
    assert_true(now_ms() - start < 5000);
    assert_int_equal(error.retry, GS_RETRY_LATER);
    assert_non_null(strstr(error.message, "127.0.0.1:1"));
    assert_non_null(strstr(error.message, "refused"));
}

static void test_topics_on_a_cluster_that_cannot(void **state)
{
    struct gs_kafka_topic_spec topic = {.name = "new", .partitions = 4, .replication = 1};
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_kafka_topics_create(&config, &topic, 1, 3000, &error), GS_E_UNAVAIL);
    assert_non_null(strstr(error.message, "creating topics failed"));
    assert_int_equal(topic.result, GS_KAFKA_TOPIC_FAILED);
    topic.partitions = -5;
    assert_int_equal(gs_kafka_topics_create(&config, &topic, 1, 3000, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "new"));
}

/* ------------------------------------------------------------------ producer */

struct tally {
    uint32_t delivered;
    uint32_t failed;
    uint64_t opaques; /* sum */
    int64_t last_offset;
    int32_t last_partition;
    char reason[100];
};

static void on_delivery(void *user, const struct gs_kafka_delivery *delivery)
{
    struct tally *tally = user;
    tally->opaques += (uint64_t)(uintptr_t)delivery->opaque;
    tally->last_offset = delivery->offset;
    tally->last_partition = delivery->partition;
    if (delivery->status == GS_OK) {
        tally->delivered++;
        return;
    }
    tally->failed++;
    snprintf(tally->reason, sizeof tally->reason, "%s", delivery->reason);
}

static struct gs_kafka_producer *new_producer(struct tally *tally)
{
    struct gs_kafka_producer *producer;
    struct gs_error error = {0};
    if (gs_kafka_producer_create(&config, on_delivery, tally, &producer, &error))
        fail_msg("%s", error.message);
    return producer;
}

static void wait_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    uint64_t count;
    assert_int_equal(poll(&poll_fd, 1, DEADLINE_MS), 1);
    assert_int_equal(read(fd, &count, sizeof count), sizeof count);
}

/* Everything that a record carries arrives, and its report says where. */
static void test_produce_and_read_back(void **state)
{
    struct tally tally = {0};
    struct gs_kafka_producer *producer = new_producer(&tally);
    struct gs_kafka_header headers[] = {{gs_str_of("a"), gs_str_of("1")},
                                        {gs_str_of("empty"), gs_str_of("")},
                                        {gs_str_of("null"), {NULL, 0}}};
    struct gs_kafka_record record = {.topic = "also-four",
                                     .partition = 2,
                                     .key = gs_str_of("k"),
                                     .value = gs_str_of("v"),
                                     .headers = headers,
                                     .header_count = 3,
                                     .timestamp_ms = 12345,
                                     .opaque = (void *)7};
    (void)state;
    assert_int_equal(gs_kafka_produce(producer, &record, NULL), GS_OK);
    assert_int_equal(gs_kafka_producer_pending(producer), 1);
    while (!tally.delivered && !tally.failed) {
        wait_readable(gs_kafka_producer_fd(producer));
        gs_kafka_producer_serve(producer);
    }
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.opaques, 7);
    assert_int_equal(tally.last_partition, 2);
    assert_int_equal(tally.last_offset, 0);
    gs_kafka_producer_destroy(producer);

    rd_kafka_t *reader;
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_DATA, NULL, &reader, NULL), GS_OK);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "also-four", 2)->offset = 0;
    rd_kafka_poll_set_consumer(reader);
    assert_int_equal(rd_kafka_assign(reader, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, DEADLINE_MS);
    rd_kafka_headers_t *found;
    rd_kafka_timestamp_type_t type;
    const char *name;
    const void *value;
    size_t size;
    assert_non_null(message);
    assert_int_equal(message->err, 0);
    assert_memory_equal(message->payload, "v", 1);
    assert_memory_equal(message->key, "k", 1);
    assert_int_equal(rd_kafka_message_timestamp(message, &type), 12345);
    assert_int_equal(rd_kafka_message_headers(message, &found), 0);
    assert_int_equal(rd_kafka_header_cnt(found), 3);
    assert_int_equal(rd_kafka_header_get_all(found, 2, &name, &value, &size), 0);
    assert_string_equal(name, "null");
    assert_null(value);
    rd_kafka_message_destroy(message);
    gs_kafka_client_destroy(reader);
}

static void test_errors_of_records(void **state)
{
    struct tally tally = {0};
    struct gs_kafka_producer *producer = new_producer(&tally);
    char *large = gs_calloc(1, 9000000);
    struct gs_error error;
    struct gs_kafka_record record = {
        .topic = "four", .partition = -1, .value = gs_str_make(large, 9000000)};
    (void)state;
    assert_int_equal(gs_kafka_produce(producer, &record, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "four"));
    assert_int_equal(gs_kafka_producer_pending(producer), 0);
    record.topic = "";
    record.value = gs_str_of("v");
    assert_int_equal(gs_kafka_produce(producer, &record, &error), GS_E_CONFIG);
    /* Refused by the broker: reported, once. */
    record.topic = "four";
    rd_kafka_mock_push_request_errors(mock, API_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(gs_kafka_produce(producer, &record, &error), GS_OK);
    assert_int_equal(gs_kafka_producer_flush(producer, DEADLINE_MS, &error), GS_OK);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.last_offset, -1);
    rd_kafka_mock_clear_request_errors(mock, API_PRODUCE);
    gs_kafka_producer_destroy(producer);
    gs_free(large);
}

/* A full queue takes nothing more; after serving, everything arrives exactly once. */
static void test_back_pressure(void **state)
{
    enum { COUNT = 130000 };
    struct tally tally = {0};
    struct gs_kafka_producer *producer = new_producer(&tally);
    struct gs_kafka_record record = {.topic = "four", .partition = -1, .value = gs_str_of("v")};
    uint64_t expected = 0;
    uint32_t refused = 0;
    struct gs_error error;
    (void)state;
    rd_kafka_mock_broker_set_rtt(mock, -1, 200); /* so that the queue fills */
    for (uintptr_t i = 1; i <= COUNT; i++) {
        record.opaque = (void *)i;
        enum gs_status status;
        while ((status = gs_kafka_produce(producer, &record, &error)) == GS_E_TEMP) {
            refused++;
            assert_int_equal(error.retry, GS_RETRY_LATER);
            wait_readable(gs_kafka_producer_fd(producer));
            gs_kafka_producer_serve(producer);
        }
        assert_int_equal(status, GS_OK);
        expected += i;
    }
    rd_kafka_mock_broker_set_rtt(mock, -1, 0);
    assert_int_equal(gs_kafka_producer_flush(producer, DEADLINE_MS, &error), GS_OK);
    assert_true(refused > 0);
    assert_int_equal(tally.delivered, COUNT);
    assert_int_equal(tally.failed, 0);
    assert_int_equal(tally.opaques, expected);
    gs_kafka_producer_destroy(producer);
}

/* What cannot be delivered is reported when it is given up, and not before. */
static void test_broker_down(void **state)
{
    struct tally tally = {0};
    struct gs_kafka_producer *producer = new_producer(&tally);
    struct gs_kafka_record record = {
        .topic = "four", .partition = 0, .value = gs_str_of("v"), .opaque = (void *)1};
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_kafka_produce(producer, &record, &error), GS_OK);
    assert_int_equal(gs_kafka_producer_flush(producer, DEADLINE_MS, &error), GS_OK);
    rd_kafka_mock_broker_set_down(mock, -1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gs_kafka_produce(producer, &record, &error), GS_OK);
    assert_int_equal(gs_kafka_producer_flush(producer, 200, &error), GS_E_UNAVAIL);
    assert_non_null(strstr(error.message, "3 records"));
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.failed, 0);
    gs_kafka_producer_destroy(producer);
    assert_int_equal(tally.failed, 3);
    rd_kafka_mock_broker_set_up(mock, -1);
}

/* ------------------------------------------------------------------ offsets */

struct heard {
    int count;
    struct gs_kafka_position positions[8];
    struct gs_error error;
};

static void on_answer(void *user, const struct gs_kafka_position *positions, size_t count,
                      const struct gs_error *error)
{
    struct heard *heard = user;
    heard->count++;
    memcpy(heard->positions, positions, count * sizeof *positions);
    heard->error = error ? *error : (struct gs_error){0};
}

static void ask(struct gs_kafka_offsets *offsets, const struct gs_kafka_position *positions,
                size_t count, int64_t timeout_ms, struct heard *heard)
{
    struct gs_kafka_question question = {positions, count, timeout_ms, on_answer, heard};
    *heard = (struct heard){0};
    assert_int_equal(gs_kafka_offsets_ask(offsets, &question, NULL), GS_OK);
    int64_t end = now_ms() + DEADLINE_MS;
    while (!heard->count && now_ms() < end) {
        struct pollfd poll_fd = {.fd = gs_kafka_offsets_fd(offsets), .events = POLLIN};
        poll(&poll_fd, 1, 100);
        gs_kafka_offsets_serve(offsets);
    }
    assert_int_equal(heard->count, 1);
    assert_int_equal(gs_kafka_offsets_pending(offsets), 0);
}

static void test_offsets(void **state)
{
    struct tally tally = {0};
    struct gs_kafka_producer *producer = new_producer(&tally);
    struct gs_kafka_record record = {.topic = "three", .partition = 1, .value = gs_str_of("v")};
    rd_kafka_t *client;
    struct heard heard;
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(gs_kafka_produce(producer, &record, NULL), GS_OK);
    assert_int_equal(gs_kafka_producer_flush(producer, DEADLINE_MS, NULL), GS_OK);
    gs_kafka_producer_destroy(producer);

    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_DATA, NULL, &client, NULL), GS_OK);
    struct gs_kafka_offsets *offsets = gs_kafka_offsets_create(client);
    struct gs_kafka_position ends[] = {{.topic = "three", .partition = 2, .time_ms = -1},
                                       {.topic = "three", .partition = 1, .time_ms = -1},
                                       {.topic = "also-four", .partition = 0, .time_ms = -2},
                                       {.topic = "three", .partition = 0, .time_ms = 1000}};
    ask(offsets, ends, 4, DEADLINE_MS, &heard);
    assert_int_equal(heard.error.status, GS_OK);
    assert_int_equal(heard.positions[0].status, GS_OK);
    assert_int_equal(heard.positions[0].offset, 0);
    assert_int_equal(heard.positions[1].offset, 5);
    assert_int_equal(heard.positions[2].offset, 0);
    assert_int_equal(heard.positions[3].offset, -1); /* the mock knows no times */

    struct gs_kafka_position unknown[] = {{.topic = "three", .partition = 77, .time_ms = -1}};
    ask(offsets, unknown, 1, 2000, &heard);
    assert_int_not_equal(heard.error.status, GS_OK);
    assert_int_not_equal(heard.positions[0].status, GS_OK);

    /* A deadline holds although nobody answers. */
    rd_kafka_mock_broker_set_down(mock, -1);
    int64_t start = now_ms();
    ask(offsets, ends, 2, 700, &heard);
    assert_int_equal(heard.error.status, GS_E_UNAVAIL);
    assert_int_equal(heard.error.retry, GS_RETRY_LATER);
    assert_true(now_ms() - start < 5000);
    /* And an open question does not stand in the way of the end. */
    struct gs_kafka_question open = {ends, 2, DEADLINE_MS, on_answer, &heard};
    assert_int_equal(gs_kafka_offsets_ask(offsets, &open, NULL), GS_OK);
    gs_kafka_offsets_destroy(offsets);
    gs_kafka_client_destroy(client);
    rd_kafka_mock_broker_set_up(mock, -1);
    assert_int_equal(heard.count, 1);
}

static void ask_until_answered(struct gs_kafka_offsets *offsets,
                               const struct gs_kafka_position *position)
{
    struct heard heard;
    int64_t give_up_ms = now_ms() + DEADLINE_MS;
    do
        ask(offsets, position, 1, DEADLINE_MS, &heard);
    while (heard.error.status && now_ms() < give_up_ms);
    assert_int_equal(heard.error.status, GS_OK);
}

/* The leader is the same broker again, in another epoch, or there was none for a while, and nobody
 * consumes the topic. */
static void test_offsets_after_a_change_of_leader(void **state)
{
    struct gs_kafka_position end[] = {{.topic = "four", .partition = 2, .time_ms = -1}};
    rd_kafka_t *client;
    struct heard heard;
    (void)state;
    rd_kafka_mock_partition_set_leader(mock, "four", 2, 1);
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_DATA, NULL, &client, NULL), GS_OK);
    struct gs_kafka_offsets *offsets = gs_kafka_offsets_create(client);
    ask_until_answered(offsets, end);
    rd_kafka_mock_partition_set_leader(mock, "four", 2, 2);
    rd_kafka_mock_partition_set_leader(mock, "four", 2, 1);
    ask_until_answered(offsets, end);
    gs_kafka_offsets_destroy(offsets);
    gs_kafka_client_destroy(client);

    rd_kafka_mock_partition_set_leader(mock, "four", 2, -1);
    assert_int_equal(gs_kafka_client_create(&config, GS_KAFKA_DATA, NULL, &client, NULL), GS_OK);
    offsets = gs_kafka_offsets_create(client);
    ask(offsets, end, 1, DEADLINE_MS, &heard);
    assert_int_equal(heard.error.status, GS_E_UNAVAIL);
    rd_kafka_mock_partition_set_leader(mock, "four", 2, 1);
    ask_until_answered(offsets, end);
    gs_kafka_offsets_destroy(offsets);
    gs_kafka_client_destroy(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_missing_settings),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_larger_records),
        cmocka_unit_test(test_client_that_cannot_start),
        cmocka_unit_test(test_check_passes),
        cmocka_unit_test(test_check_names_missing_topics),
        cmocka_unit_test(test_check_compares_counts),
        cmocka_unit_test(test_check_sees_denial),
        cmocka_unit_test(test_check_without_a_broker),
        cmocka_unit_test(test_topics_on_a_cluster_that_cannot),
        cmocka_unit_test(test_produce_and_read_back),
        cmocka_unit_test(test_errors_of_records),
        cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_broker_down),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_offsets_after_a_change_of_leader),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
