/* Goal: librdkafka, as deploy/deps builds it, goes on after an answer to a metadata request that
 * names no broker, as a node gives that is being stopped or has only just started. Method: a
 * scripted broker that speaks as little of Kafka's protocol as it takes. Many partitions keep the
 * client's main thread busy with that answer while the thread of the broker gives it up, which is
 * the order of things in which the unpatched library came to a stand for good. */
#include "groundswell/base.h"

#include <arpa/inet.h>
#include <endian.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PARTITIONS = 3000, CLIENTS = 16, REQUEST_MAX = 1 << 16, PATIENCE_MS = 20000 };
enum { PRODUCE = 0, METADATA = 3, API_VERSIONS = 18 };
enum { NONE = 0, LEADER_NOT_AVAILABLE = 5, NOT_LEADER = 6, UNSUPPORTED_VERSION = 35 };

/* What the broker says: that it leads one partition; that it does not, and knows of no broker; that
 * it leads them all. */
enum stage { BEGINS, STOPS, IS_BACK };

struct broker {
    int listener;
    int port;
    int wake[2];
    pthread_t thread;
    _Atomic int stage;
    char request[REQUEST_MAX];
    struct gs_buf answer;
};

/* ------------------------------------------------------------------ the protocol */

static void put16(struct gs_buf *buf, int number)
{
    uint16_t wire = htobe16((uint16_t)number);
    gs_buf_add(buf, &wire, sizeof wire);
}

static void put32(struct gs_buf *buf, int32_t number)
{
    uint32_t wire = htobe32((uint32_t)number);
    gs_buf_add(buf, &wire, sizeof wire);
}

static void put64(struct gs_buf *buf, int64_t number)
{
    uint64_t wire = htobe64((uint64_t)number);
    gs_buf_add(buf, &wire, sizeof wire);
}

static void put_text(struct gs_buf *buf, const char *text)
{
    put16(buf, (int)strlen(text));
    gs_buf_add(buf, text, strlen(text));
}

static void answer_versions(struct gs_buf *buf, int version)
{
    static const int versions[][2] = {{PRODUCE, 2}, {METADATA, 1}, {API_VERSIONS, 0}};
    put16(buf, version > 0 ? UNSUPPORTED_VERSION : NONE);
    put32(buf, (int32_t)GS_COUNT_OF(versions));
    for (size_t i = 0; i < GS_COUNT_OF(versions); i++) {
        put16(buf, versions[i][0]);
        put16(buf, 0);
        put16(buf, versions[i][1]);
    }
}

static void put_partition(struct gs_buf *buf, int32_t number, bool led)
{
    put16(buf, led ? NONE : LEADER_NOT_AVAILABLE);
    put32(buf, number);
    put32(buf, led ? 1 : -1);
    for (int list = 0; list < 2; list++) { /* replicas, and those in sync */
        put32(buf, 1);
        put32(buf, 1);
    }
}

static void answer_metadata(struct broker *broker, struct gs_buf *buf)
{
    enum stage stage = atomic_load(&broker->stage);
    put32(buf, stage != STOPS);
    if (stage != STOPS) {
        put32(buf, 1);
        put_text(buf, "127.0.0.1");
        put32(buf, broker->port);
        put16(buf, -1); /* no rack */
    }
    put32(buf, 1); /* controller */
    put32(buf, 1); /* topics */
    put16(buf, NONE);
    put_text(buf, "letters");
    gs_buf_add(buf, "", 1); /* not internal */
    int32_t count = stage == BEGINS ? 1 : PARTITIONS;
    put32(buf, count);
    for (int32_t p = 0; p < count; p++)
        put_partition(buf, p, stage != STOPS);
    if (stage == STOPS)
        atomic_store(&broker->stage, IS_BACK);
}

/* Refused until it is back; the first time makes the client ask who leads. */
static void answer_produce(struct broker *broker, struct gs_buf *buf)
{
    enum stage stage = atomic_load(&broker->stage);
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
        atomic_store(&broker->stage, STOPS);
}

/* ------------------------------------------------------------------ the broker */

static bool read_all(int fd, char *to, size_t bytes)
{
    while (bytes) {
        ssize_t got = read(fd, to, bytes);
        if (got <= 0)
            return false;
        to += got;
        bytes -= (size_t)got;
    }
    return true;
}

static int number16(const char *at)
{
    uint16_t wire;
    memcpy(&wire, at, sizeof wire);
    return be16toh(wire);
}

/* False: the client is gone. */
static bool serve(struct broker *broker, int fd)
{
    struct gs_buf *answer = &broker->answer;
    uint32_t size;
    if (!read_all(fd, (char *)&size, sizeof size))
        return false;
    size = be32toh(size);
    assert_in_range(size, 8, REQUEST_MAX);
    if (!read_all(fd, broker->request, size))
        return false;
    answer->len = 0;
    gs_buf_add(answer, "\0\0\0\0", 4);
    gs_buf_add(answer, broker->request + 4, 4); /* correlation */
    int api = number16(broker->request);
    if (api == API_VERSIONS)
        answer_versions(answer, number16(broker->request + 2));
    else if (api == METADATA)
        answer_metadata(broker, answer);
    else
        answer_produce(broker, answer);
    uint32_t rest = htobe32((uint32_t)answer->len - 4);
    memcpy(answer->data, &rest, sizeof rest);
    return write(fd, answer->data, answer->len) == (ssize_t)answer->len;
}

static void *run(void *user)
{
    struct broker *broker = user;
    struct pollfd fds[2 + CLIENTS] = {{broker->wake[0], POLLIN, 0}, {broker->listener, POLLIN, 0}};
    nfds_t count = 2;
    while (poll(fds, count, -1) >= 0 && !fds[0].revents) {
        for (nfds_t i = 2; i < count; i++) {
            if (!fds[i].revents || serve(broker, fds[i].fd))
                continue;
            close(fds[i].fd);
            fds[i--] = fds[--count];
        }
        if (fds[1].revents && count < GS_COUNT_OF(fds))
            fds[count++] = (struct pollfd){accept(broker->listener, NULL, NULL), POLLIN, 0};
    }
    while (count > 2)
        close(fds[--count].fd);
    return NULL;
}

static void start(struct broker *broker)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    broker->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(broker->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(broker->listener, CLIENTS), 0);
    assert_int_equal(getsockname(broker->listener, (struct sockaddr *)&at, &len), 0);
    broker->port = ntohs(at.sin_port);
    assert_int_equal(pipe(broker->wake), 0);
    assert_int_equal(pthread_create(&broker->thread, NULL, run, broker), 0);
}

static void stop(struct broker *broker)
{
    assert_int_equal(write(broker->wake[1], "", 1), 1);
    pthread_join(broker->thread, NULL);
    close(broker->wake[0]);
    close(broker->wake[1]);
    close(broker->listener);
    gs_buf_deinit(&broker->answer);
}

/* ------------------------------------------------------------------ the client */

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *user)
{
    (void)client;
    if (!message->err)
        *(bool *)user = true;
}

static rd_kafka_t *create_client(const struct broker *broker, bool *delivered)
{
    char address[32], reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    snprintf(address, sizeof address, "127.0.0.1:%d", broker->port);
    assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", address, NULL, 0), 0);
    rd_kafka_conf_set_opaque(conf, delivered);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(client);
    return client;
}

static void test_goes_on_after_an_answer_without_brokers(void **state)
{
    static struct broker broker;
    bool delivered = false;
    (void)state;
    start(&broker);
    rd_kafka_t *client = create_client(&broker, &delivered);
    assert_int_equal(rd_kafka_producev(client, RD_KAFKA_V_TOPIC("letters"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_END),
                     0);
    for (int waited = 0; !delivered && waited < PATIENCE_MS; waited += 50)
        rd_kafka_poll(client, 50);
    assert_int_equal(atomic_load(&broker.stage), IS_BACK);
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(client);
    stop(&broker);
    assert_true(delivered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_after_an_answer_without_brokers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
