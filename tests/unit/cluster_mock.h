/* A mock cluster in this process with Groundswell's topics, records into them, and what comes out
 * of the DLQ and the late topic; a redis-server beside it, and questions to it. */
#ifndef GROUNDSWELL_TESTS_CLUSTER_MOCK_H
#define GROUNDSWELL_TESTS_CLUSTER_MOCK_H

#include "redis_process.h"

#include "groundswell/kafka.h"
#include "groundswell/task.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { PARTITIONS = 4 }; /* what the mock gives to a topic that it makes by itself */

static rd_kafka_t *host; /* carries the mock cluster */
static rd_kafka_mock_cluster_t *mock;
static struct gs_kafka_config kafka;
static struct gs_kafka_producer *producer;

static inline void on_produced(void *user, const struct gs_kafka_delivery *delivery)
{
    (void)user;
    if (delivery->status != GS_OK)
        fail_msg("a record of the test was not delivered: %s", delivery->reason);
}

/* A producer that asks for a topic makes it. (rd_kafka_mock_topic_create() takes half a second.) */
static inline void make_topics(void)
{
    static const char *const topics[] = {"profiles", "posts", "comments", "reactions",
                                         "tasks",    "dlq",   "late",     "checkpoints"};
    const struct rd_kafka_metadata *metadata;
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", kafka.bootstrap_servers, NULL, 0);
    rd_kafka_t *asker = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(asker);
    for (size_t i = 0; i < GS_COUNT_OF(topics); i++) {
        rd_kafka_topic_t *topic = rd_kafka_topic_new(asker, topics[i], NULL);
        assert_int_equal(rd_kafka_metadata(asker, 0, topic, &metadata, DEADLINE_MS), 0);
        assert_int_equal(metadata->topics[0].partition_cnt, PARTITIONS);
        rd_kafka_metadata_destroy(metadata);
        rd_kafka_topic_destroy(topic);
    }
    rd_kafka_destroy(asker);
}

static inline void start_cluster(void)
{
    char reason[200];
    struct gs_error error;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(host);
    mock = rd_kafka_mock_cluster_new(host, 1);
    assert_non_null(mock);
    kafka = (struct gs_kafka_config){.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(mock),
                                     .group = "g"};
    make_topics();
    if (gs_kafka_producer_create(&kafka, on_produced, NULL, &producer, &error) != GS_OK)
        fail_msg("%s", error.message);
}

static inline void stop_cluster(void)
{
    gs_kafka_producer_destroy(producer);
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(host);
}

static inline int set_up_world(void **state)
{
    gs_log_configure(getenv("GS_TEST_LOG") ? GS_LOG_DEBUG : GS_LOG_ERROR, GS_LOG_LOGFMT);
    set_up_server(state);
    start_cluster();
    return 0;
}

static inline int tear_down_world(void **state)
{
    stop_cluster();
    return tear_down_server(state);
}

/* ------------------------------------------------------------------ records in, records out */

static inline void produce(const struct gs_kafka_record *record)
{
    struct gs_error error;
    if (gs_kafka_produce(producer, record, &error) != GS_OK)
        fail_msg("%s", error.message);
}

static inline void flush_records(void)
{
    struct gs_error error;
    if (gs_kafka_producer_flush(producer, DEADLINE_MS, &error) != GS_OK)
        fail_msg("%s", error.message);
}

/* Shows the topic's first record to check(). */
static inline void with_first_record(const char *topic, void (*check)(const rd_kafka_message_t *))
{
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", kafka.bootstrap_servers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "reader", NULL, 0);
    rd_kafka_t *reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    assert_non_null(reader);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int32_t i = 0; i < PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = 0;
    assert_int_equal(rd_kafka_assign(reader, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, DEADLINE_MS);
    assert_non_null(message);
    assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
    check(message);
    rd_kafka_message_destroy(message);
    rd_kafka_destroy(reader);
}

/* ------------------------------------------------------------------ questions to Redis */

/* Words separated by blanks; the answer as text, "" for none. */
static inline void ask_redis(const char *words, char *text, size_t capacity)
{
    struct gs_redis_config config = {.url = server_url};
    const struct gs_redis_reply *reply = NULL;
    struct gs_redis_sync *sync;
    struct gs_error error;
    struct gs_str args[16];
    char copy[400], *rest = copy, *word;
    uint32_t count = 0;
    snprintf(copy, sizeof copy, "%s", words);
    while ((word = strsep(&rest, " ")))
        args[count++] = gs_str_of(word);
    if (gs_redis_sync_connect(&config, &sync, &error) != GS_OK ||
        gs_redis_sync_command(sync, args, count, &reply, &error) != GS_OK)
        fail_msg("%s", error.message);
    GS_ASSERT(reply);
    if (reply->type == GS_REDIS_INTEGER)
        snprintf(text, capacity, "%lld", (long long)reply->integer);
    else
        snprintf(text, capacity, "%.*s", (int)(reply->str.data ? reply->str.len : 0),
                 reply->str.data ? reply->str.data : "");
    gs_redis_sync_close(sync);
}

/* Waits until the answer contains `part`. */
static inline void wait_for_answer(const char *words, const char *part)
{
    char text[4000] = "";
    for (int64_t end = now_ms() + DEADLINE_MS; now_ms() < end; usleep(10000)) {
        ask_redis(words, text, sizeof text);
        if (strstr(text, part))
            return;
    }
    fail_msg("waited %d ms for '%s' in the answer to %s, which is '%s'", DEADLINE_MS, part, words,
             text);
}

#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        int64_t wait_end_ms = now_ms() + DEADLINE_MS;                                              \
        while (!(condition)) {                                                                     \
            if (now_ms() > wait_end_ms)                                                            \
                fail_msg("waited %d ms for: %s", DEADLINE_MS, #condition);                         \
            usleep(5000); /* between two looks */                                                  \
        }                                                                                          \
    } while (0)

/* ------------------------------------------------------------------ what a task is like */

static inline struct gs_task_config task_config(const struct gs_sentiment *sentiment)
{
    return (struct gs_task_config){
        .windows = {{300000, 5000}, {3600000, 60000}},
        .window_names = {"5m", "1h"},
        .window_count = 2,
        .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 3}},
        .view_count = 1,
        .engagement = GS_ENGAGEMENT_SNAPSHOTS,
        .profiles_delay_ms = 500,
        .dedupe_window_ms = 120000,
        .dedupe_capacity = 4096,
        .comments_horizon_ms = 3600000,
        .comments_max = 2000000,
        .entities_max = 10000,
        .idle_after_ms = 10000,
        .flush_interval_ms = 100,
        .prefix = "gs",
        .cluster_id = "mockCluster",
        .group = "g",
        .partition_count = PARTITIONS,
        .sentiment = sentiment,
    };
}

static inline struct gs_sentiment *make_sentiment(void)
{
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_sentiment *sentiment;
    struct gs_error error;
    if (gs_sentiment_create(&config, &sentiment, &error) != GS_OK)
        fail_msg("%s", error.message);
    return sentiment;
}

#endif
