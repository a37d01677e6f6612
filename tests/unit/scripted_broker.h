/* A broker on a thread of its own that speaks as little of Kafka's protocol as a test needs, for
 * answers that neither a real broker nor librdkafka's mock cluster gives when one wants them.
 *
 * The test lists the requests it can answer, each up to the version it wants the client to use, and
 * gives a function that appends what comes after an answer's correlation number. That runs on the
 * broker's thread, one request after the other: what it alone uses needs no lock, and can be looked
 * at when stop_broker() has returned. */
#ifndef GROUNDSWELL_TESTS_SCRIPTED_BROKER_H
#define GROUNDSWELL_TESTS_SCRIPTED_BROKER_H

#include "groundswell/base.h"

#include <arpa/inet.h>
#include <endian.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { CONNECTIONS_MAX = 16, REQUEST_MAX = 1 << 16, PATIENCE_MS = 20000 };
enum { PRODUCE = 0, FETCH = 1, METADATA = 3, API_VERSIONS = 18 };
enum { NONE = 0, UNSUPPORTED_VERSION = 35 };
enum { NODE = 1 }; /* its number */

#define HOST "127.0.0.1"

struct request {
    int api;
    int version;
    const char *body; /* what follows the client's name; the tags of a flexible version first */
};

struct broker {
    const int (*versions)[2]; /* pairs of a request and its highest version */
    size_t version_count;
    void (*answer)(struct broker *broker, const struct request *request, struct gs_buf *to);
    int port;
    int listener;
    int wake[2];
    pthread_t thread;
    char request[REQUEST_MAX];
    struct gs_buf out;
};

/* ------------------------------------------------------------------ the protocol's types */

static inline void put8(struct gs_buf *buf, int number)
{
    uint8_t wire = (uint8_t)number;
    gs_buf_add(buf, &wire, sizeof wire);
}

static inline void put16(struct gs_buf *buf, int number)
{
    uint16_t wire = htobe16((uint16_t)number);
    gs_buf_add(buf, &wire, sizeof wire);
}

static inline void put32(struct gs_buf *buf, int32_t number)
{
    uint32_t wire = htobe32((uint32_t)number);
    gs_buf_add(buf, &wire, sizeof wire);
}

static inline void put64(struct gs_buf *buf, int64_t number)
{
    uint64_t wire = htobe64((uint64_t)number);
    gs_buf_add(buf, &wire, sizeof wire);
}

static inline void put_text(struct gs_buf *buf, const char *text)
{
    put16(buf, (int)strlen(text));
    gs_buf_add(buf, text, strlen(text));
}

static inline uint16_t take16(const char *at)
{
    uint16_t wire;
    memcpy(&wire, at, sizeof wire);
    return be16toh(wire);
}

static inline uint32_t take32(const char *at)
{
    uint32_t wire;
    memcpy(&wire, at, sizeof wire);
    return be32toh(wire);
}

/* ------------------------------------------------------------------ the broker */

/* Version 0, which every client takes after its own was refused. */
static inline void answer_versions(const struct broker *broker, int version, struct gs_buf *to)
{
    put16(to, version > 0 ? UNSUPPORTED_VERSION : NONE);
    put32(to, (int32_t)broker->version_count + 1);
    for (size_t i = 0; i < broker->version_count; i++) {
        put16(to, broker->versions[i][0]);
        put16(to, 0);
        put16(to, broker->versions[i][1]);
    }
    put16(to, API_VERSIONS);
    put32(to, 0); /* from version 0 to 0 */
}

static inline bool read_all(int fd, char *to, size_t bytes)
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

/* False: the client is gone. */
static inline bool serve_request(struct broker *broker, int fd)
{
    struct gs_buf *out = &broker->out;
    char size[4];
    if (!read_all(fd, size, sizeof size))
        return false;
    assert_in_range(take32(size), 10, REQUEST_MAX);
    if (!read_all(fd, broker->request, take32(size)))
        return false;
    struct request request = {.api = take16(broker->request),
                              .version = take16(broker->request + 2),
                              .body = broker->request + 10 + take16(broker->request + 8)};
    out->len = 0;
    put32(out, 0);
    gs_buf_add(out, broker->request + 4, 4); /* correlation */
    if (request.api == API_VERSIONS)
        answer_versions(broker, request.version, out);
    else
        broker->answer(broker, &request, out);
    uint32_t rest = htobe32((uint32_t)out->len - 4);
    memcpy(out->data, &rest, sizeof rest);
    return send(fd, out->data, out->len, MSG_NOSIGNAL) == (ssize_t)out->len;
}

static inline void *run_broker(void *user)
{
    struct broker *broker = user;
    struct pollfd fds[2 + CONNECTIONS_MAX] = {{broker->wake[0], POLLIN, 0},
                                              {broker->listener, POLLIN, 0}};
    nfds_t count = 2;
    while (poll(fds, count, -1) >= 0 && !fds[0].revents) {
        for (nfds_t i = 2; i < count; i++) {
            if (!fds[i].revents || serve_request(broker, fds[i].fd))
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

/* versions and answer are given. */
static inline void start_broker(struct broker *broker)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    broker->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(broker->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(broker->listener, CONNECTIONS_MAX), 0);
    assert_int_equal(getsockname(broker->listener, (struct sockaddr *)&at, &len), 0);
    broker->port = ntohs(at.sin_port);
    assert_int_equal(pipe(broker->wake), 0);
    assert_int_equal(pthread_create(&broker->thread, NULL, run_broker, broker), 0);
}

static inline void stop_broker(struct broker *broker)
{
    assert_int_equal(write(broker->wake[1], "", 1), 1);
    pthread_join(broker->thread, NULL);
    close(broker->wake[0]);
    close(broker->wake[1]);
    close(broker->listener);
    gs_buf_deinit(&broker->out);
}

/* ------------------------------------------------------------------ its client */

static inline void set_option(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[200];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason))
        fail_msg("%s", reason);
}

/* Takes over conf. The caller destroys the client. */
static inline rd_kafka_t *create_client(const struct broker *broker, rd_kafka_type_t type,
                                        rd_kafka_conf_t *conf)
{
    char address[32], reason[200];
    snprintf(address, sizeof address, HOST ":%d", broker->port);
    set_option(conf, "bootstrap.servers", address);
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!client)
        fail_msg("%s", reason);
    return client;
}

#endif
