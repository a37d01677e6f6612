/* Goal: librdkafka, as deploy/deps builds it, takes from the tags of a fetch answer the leaders
 * that are named there, and nothing else where a partition has none. Method: a scripted broker
 * refuses the first fetch of many partitions, few of which have a leader, as a node's restart
 * brings about, and then serves them. The unpatched library went through as many places of a list
 * as there were partitions and had written only those with a leader. Poisoned memory shows what it
 * then takes for numbers, and the client's own log which partitions and leaders it went by. */
#include "scripted_broker.h"

#include <malloc.h>

/* So many that glibc's cache of small blocks, which it does not poison, cannot hold the list. */
enum { PARTITIONS = 520, LED_EACH = 26 };
enum { NOT_LEADER = 6, FENCED_LEADER_EPOCH = 74 };
enum { TAG_NODE_ENDPOINTS = 0, TAG_CURRENT_LEADER = 1 };
enum { POISON = 0x5a };

static const char topic_id[17] = "sixteen bytes...";

/* Of the broker's thread alone: has it refused all partitions? */
static bool has_refused;

/* What the broker says of a partition when it refuses it. */
static bool is_led(int32_t partition)
{
    return partition % LED_EACH == 0;
}

static int32_t new_epoch(int32_t partition)
{
    return partition + 1;
}

/* ------------------------------------------------------------------ flexible versions */

static void put_unsigned(struct gs_buf *buf, uint32_t number)
{
    for (; number > 127; number >>= 7)
        put8(buf, (int)(number & 127) | 128);
    put8(buf, (int)number);
}

static void put_count(struct gs_buf *buf, uint32_t count)
{
    put_unsigned(buf, count + 1); /* 0: null */
}

static void put_compact_text(struct gs_buf *buf, const char *text)
{
    put_count(buf, (uint32_t)strlen(text));
    gs_buf_add(buf, text, strlen(text));
}

static void put_no_tags(struct gs_buf *buf)
{
    put_unsigned(buf, 0);
}

static uint32_t take_unsigned(const char **at)
{
    uint32_t number = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t byte = (uint8_t) * (*at)++;
        number |= (byte & 127U) << shift;
        if (byte < 128)
            return number;
    }
}

static void put_node(const struct broker *broker, struct gs_buf *buf)
{
    put_count(buf, 1);
    put32(buf, NODE);
    put_compact_text(buf, HOST);
    put32(buf, broker->port);
    put_unsigned(buf, 0); /* no rack */
    put_no_tags(buf);
}

/* ------------------------------------------------------------------ who leads */

static void answer_metadata(const struct broker *broker, struct gs_buf *buf)
{
    put32(buf, 0); /* throttle */
    put_node(broker, buf);
    put_unsigned(buf, 0); /* no name of the cluster */
    put32(buf, NODE);     /* controller */
    put_count(buf, 1);    /* topics */
    put16(buf, NONE);
    put_compact_text(buf, "letters");
    gs_buf_add(buf, topic_id, 16);
    put8(buf, false); /* not internal */
    put_count(buf, PARTITIONS);
    for (int32_t p = 0; p < PARTITIONS; p++) {
        put16(buf, NONE);
        put32(buf, p);
        put32(buf, NODE);
        put32(buf, has_refused ? new_epoch(p) : 0);
        for (uint32_t nodes = 0; nodes < 3; nodes++)
            put_count(buf, 0); /* replicas, those in sync, those offline */
        put_no_tags(buf);
    }
    put32(buf, INT32_MIN); /* rights: not asked for */
    put_no_tags(buf);
    put_no_tags(buf);
}

/* ------------------------------------------------------------------ what there is to fetch */

static void put_leader_tag(struct gs_buf *buf, int32_t partition)
{
    put_unsigned(buf, 1);
    put_unsigned(buf, TAG_CURRENT_LEADER);
    put_unsigned(buf, 4 + 4 + 1); /* its bytes */
    put32(buf, is_led(partition) ? NODE : -1);
    put32(buf, new_epoch(partition));
    put_no_tags(buf);
}

/* Refused, or at its end. */
static void put_partition(struct gs_buf *buf, int32_t partition, bool refused)
{
    int why_refused = is_led(partition) ? FENCED_LEADER_EPOCH : NOT_LEADER;
    put32(buf, partition);
    put16(buf, refused ? why_refused : NONE);
    for (int offset = 0; offset < 3; offset++)
        put64(buf, refused ? -1 : 0); /* the end, the stable end, the beginning */
    put_count(buf, 0);                /* transactions that were aborted */
    put32(buf, -1);                   /* no replica that is nearer */
    put_count(buf, 0);                /* records */
    if (refused)
        put_leader_tag(buf, partition);
    else
        put_no_tags(buf);
}

static void put_endpoints_tag(const struct broker *broker, struct gs_buf *buf)
{
    put_unsigned(buf, 1);
    put_unsigned(buf, TAG_NODE_ENDPOINTS);
    size_t at = buf->len;
    put8(buf, 0); /* its bytes, when they are known */
    put_node(broker, buf);
    buf->data[at] = (char)(buf->len - at - 1);
}

/* The numbers of partitions that a request asks for. */
static uint32_t take_partitions(const struct request *request, int32_t *partitions)
{
    enum { WAIT_SIZES_SESSION = 4 + 4 + 4 + 1 + 4 + 4, EPOCH_OFFSETS_SIZE = 4 + 8 + 4 + 8 + 4 };
    const char *at = request->body;
    assert_int_equal(take_unsigned(&at), 0); /* tags of the head */
    at += WAIT_SIZES_SESSION;
    assert_int_equal(take_unsigned(&at), 1 + 1); /* topics */
    assert_memory_equal(at, topic_id, 16);
    at += 16;
    uint32_t count = take_unsigned(&at) - 1;
    assert_in_range(count, 1, PARTITIONS);
    for (uint32_t i = 0; i < count; i++) {
        partitions[i] = (int32_t)take32(at);
        at += 4 + EPOCH_OFFSETS_SIZE;
        assert_int_equal(take_unsigned(&at), 0);
    }
    return count;
}

/* The client begins with one partition after the other: nothing until it asks for all, then all
 * are refused in one answer. */
static void answer_fetch(const struct broker *broker, const struct request *request,
                         struct gs_buf *buf)
{
    static int32_t partitions[PARTITIONS];
    uint32_t count = take_partitions(request, partitions);
    bool refuses = !has_refused && count == PARTITIONS;
    put32(buf, 0); /* throttle */
    put16(buf, NONE);
    put32(buf, 0); /* no session */
    put_count(buf, has_refused || refuses);
    if (has_refused || refuses) {
        gs_buf_add(buf, topic_id, 16);
        put_count(buf, count);
        for (uint32_t i = 0; i < count; i++)
            put_partition(buf, partitions[i], refuses);
        put_no_tags(buf);
    }
    if (refuses)
        put_endpoints_tag(broker, buf);
    else
        put_no_tags(buf);
    has_refused |= refuses;
}

static void answer(struct broker *broker, const struct request *request, struct gs_buf *to)
{
    put_no_tags(to); /* of the head */
    if (request->api == METADATA)
        answer_metadata(broker, to);
    else
        answer_fetch(broker, request, to);
}

/* ------------------------------------------------------------------ the client */

/* What the client's log tells of the leaders that it took over. */
static struct {
    pthread_mutex_t mutex;
    bool taken_over[PARTITIONS];
    uint32_t known;   /* of partitions with a leader, as the broker said it */
    uint32_t strange; /* any other */
    char first[200];  /* of the strange ones */
    bool complete;
} heard = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static bool is_as_the_broker_said(const char *line, int32_t *partition)
{
    int32_t leader, epoch;
    return sscanf(line, "Partition letters(%*[^)])[%d]: updated with leader %d and epoch %d",
                  partition, &leader, &epoch) == 3 &&
           *partition >= 0 && *partition < PARTITIONS && is_led(*partition) && leader == NODE &&
           epoch == new_epoch(*partition);
}

static void on_log(const rd_kafka_t *client, int level, const char *topic, const char *line)
{
    int32_t partition;
    (void)client;
    (void)level;
    if (strcmp(topic, "METADATAUPDATE") != 0)
        return;
    pthread_mutex_lock(&heard.mutex);
    const char *text = strstr(line, "]: P"); /* after the name of the thread */
    if (strstr(line, "propagating changes"))
        heard.complete = true;
    else if (is_as_the_broker_said(text ? text + 3 : line, &partition) &&
             !heard.taken_over[partition]) {
        heard.taken_over[partition] = true;
        heard.known++;
    } else if (heard.strange++ == 0)
        snprintf(heard.first, sizeof heard.first, "%s", line);
    pthread_mutex_unlock(&heard.mutex);
}

static bool has_heard_all(void)
{
    pthread_mutex_lock(&heard.mutex);
    bool complete = heard.complete;
    pthread_mutex_unlock(&heard.mutex);
    return complete;
}

static rd_kafka_t *create_consumer(const struct broker *broker)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_option(conf, "group.id", "readers"); /* which only reads where it is told to */
    set_option(conf, "enable.auto.commit", "false");
    set_option(conf, "enable.partition.eof", "true");
    set_option(conf, "fetch.error.backoff.ms", "1");
    set_option(conf, "debug", "metadata");
    rd_kafka_conf_set_log_cb(conf, on_log);
    return create_client(broker, RD_KAFKA_CONSUMER, conf);
}

static void assign_all(rd_kafka_t *client)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int32_t p = 0; p < PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, "letters", p)->offset = 0;
    assert_int_equal(rd_kafka_assign(client, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Until the client is at the end of all partitions, and has taken over what it was told. */
static uint32_t read_to_the_ends(rd_kafka_t *client)
{
    uint32_t ends = 0;
    for (int waited = 0; (ends < PARTITIONS || !has_heard_all()) && waited < PATIENCE_MS;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, 50);
        if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            ends++;
        else
            waited += 50;
        if (message)
            rd_kafka_message_destroy(message);
    }
    return ends;
}

static void test_takes_over_only_leaders_that_were_named(void **state)
{
    static const int versions[][2] = {{PRODUCE, 3}, {FETCH, 16}, {METADATA, 12}};
    static struct broker broker = {
        .versions = versions, .version_count = GS_COUNT_OF(versions), .answer = answer};
    (void)state;
    start_broker(&broker);
    rd_kafka_t *client = create_consumer(&broker);
    assign_all(client);
    uint32_t ends = read_to_the_ends(client);
    rd_kafka_destroy(client);
    stop_broker(&broker);
    assert_true(has_refused);
    if (heard.strange)
        fail_msg("%" PRIu32 " lines, '%s'", heard.strange, heard.first);
    assert_int_equal(heard.known, PARTITIONS / LED_EACH);
    assert_true(heard.complete);
    assert_int_equal(ends, PARTITIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_over_only_leaders_that_were_named)};
    mallopt(M_PERTURB, POISON); /* a sanitizer's allocator poisons by itself */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
