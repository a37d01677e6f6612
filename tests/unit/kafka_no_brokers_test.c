/* Goal: librdkafka, as deploy/deps builds it, goes on after an answer to a metadata request that
 * names no broker, as a node gives that is being stopped or has only just started. Method: a
 * scripted broker. Many partitions keep the client's main thread busy with that answer while the
 * thread of the broker gives it up, which is the order of things in which the unpatched library
 * came to a stand for good. */
#include "scripted_broker.h"

enum { PARTITIONS = 3000 };
enum { LEADER_NOT_AVAILABLE = 5, NOT_LEADER = 6 };

/* What the broker says: that it leads one partition; that it does not, and knows of no broker; that
 * it leads them all. */
static enum { BEGINS, STOPS, IS_BACK } stage;

/* ------------------------------------------------------------------ the broker's answers */

static void put_partition(struct gs_buf *buf, int32_t number, bool led)
{
    put16(buf, led ? NONE : LEADER_NOT_AVAILABLE);
    put32(buf, number);
    put32(buf, led ? NODE : -1);
    for (int list = 0; list < 2; list++) { /* replicas, and those in sync */
        put32(buf, 1);
        put32(buf, NODE);
    }
}

static void answer_metadata(const struct broker *broker, struct gs_buf *buf)
{
    put32(buf, stage != STOPS);
    if (stage != STOPS) {
        put32(buf, NODE);
        put_text(buf, HOST);
        put32(buf, broker->port);
        put16(buf, -1); /* no rack */
    }
    put32(buf, NODE); /* controller */
    put32(buf, 1);    /* topics */
    put16(buf, NONE);
    put_text(buf, "letters");
    put8(buf, false); /* not internal */
    int32_t count = stage == BEGINS ? 1 : PARTITIONS;
    put32(buf, count);
    for (int32_t p = 0; p < count; p++)
        put_partition(buf, p, stage != STOPS);
    if (stage == STOPS)
        stage = IS_BACK;
}

/* Refused until it is back; the first time makes the client ask who leads. */
static void answer_produce(struct gs_buf *buf)
{
    bool refused = stage != IS_BACK;
    put32(buf, 1);
    put_text(buf, "letters");
    put32(buf, 1);
    put32(buf, 0);
    put16(buf, refused ? NOT_LEADER : NONE);
    put64(buf, refused ? -1 : 0);
    put64(buf, -1); /* time */
    put32(buf, 0);  /* throttle */
    if (stage == BEGINS)
        stage = STOPS;
}

static void answer(struct broker *broker, const struct request *request, struct gs_buf *to)
{
    if (request->api == METADATA)
        answer_metadata(broker, to);
    else
        answer_produce(to);
}

/* ------------------------------------------------------------------ the client */

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *user)
{
    (void)client;
    if (!message->err)
        *(bool *)user = true;
}

static void test_goes_on_after_an_answer_without_brokers(void **state)
{
    static const int versions[][2] = {{PRODUCE, 2}, {METADATA, 1}};
    static struct broker broker = {
        .versions = versions, .version_count = GS_COUNT_OF(versions), .answer = answer};
    bool delivered = false;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)state;
    start_broker(&broker);
    rd_kafka_conf_set_opaque(conf, &delivered);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
    rd_kafka_t *client = create_client(&broker, RD_KAFKA_PRODUCER, conf);
    assert_int_equal(rd_kafka_producev(client, RD_KAFKA_V_TOPIC("letters"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_END),
                     0);
    for (int waited = 0; !delivered && waited < PATIENCE_MS; waited += 50)
        rd_kafka_poll(client, 50);
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(client);
    stop_broker(&broker);
    assert_int_equal(stage, IS_BACK);
    assert_true(delivered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_after_an_answer_without_brokers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
