/* producer.c -- an idempotent producer on one thread: librdkafka sends on threads of its own, its
 * reports wait in a queue until the owner serves them. */
#include "internal.h"

#include <unistd.h>

struct gs_kafka_producer {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    gs_kafka_delivery_fn *on_delivery;
    void *user;
    rd_kafka_topic_t **topics; /* a handle per topic used, so that its name is looked up once */
    uint32_t topic_count;
    uint32_t pending;
    uint32_t served; /* since serve or flush began */
    int fd;
};

static void on_delivered(void *user, const struct rd_kafka_message_s *message)
{
    struct gs_kafka_producer *producer = user;
    struct gs_kafka_delivery delivery = {
        .opaque = message->_private,
        .status = gs_kafka_status(message->err),
        .reason = message->err ? rd_kafka_err2str(message->err) : NULL,
        .partition = message->partition,
        .offset = message->err ? -1 : message->offset,
    };
    producer->pending--;
    producer->served++;
    if (producer->on_delivery)
        producer->on_delivery(producer->user, &delivery);
}

enum gs_status gs_kafka_producer_create(const struct gs_kafka_config *config,
                                        gs_kafka_delivery_fn *on_delivery, void *user,
                                        struct gs_kafka_producer **producer, struct gs_error *error)
{
    struct gs_kafka_producer *new = gs_calloc(1, sizeof *new);
    struct gs_kafka_callbacks callbacks = {.user = new, .delivered = on_delivered};
    new->on_delivery = on_delivery;
    new->user = user;
    new->fd = -1;
    *producer = NULL;
    enum gs_status status =
        gs_kafka_client_create(config, GS_KAFKA_PRODUCER, &callbacks, &new->client, error);
    if (!status) {
        new->queue = rd_kafka_queue_get_main(new->client);
        new->fd = gs_kafka_queue_fd(new->queue);
        if (new->fd < 0)
            status = gs_fail(error, GS_E_UNAVAIL, "kafka: no file descriptor left for a producer");
    }
    if (status)
        gs_kafka_producer_destroy(new);
    else
        *producer = new;
    return status;
}

void gs_kafka_producer_destroy(struct gs_kafka_producer *producer)
{
    if (!producer)
        return;
    if (producer->client) {
        rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        while (producer->pending)
            rd_kafka_poll(producer->client, 100);
        rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(producer->queue);
    }
    for (uint32_t i = 0; i < producer->topic_count; i++)
        rd_kafka_topic_destroy(producer->topics[i]);
    gs_kafka_client_destroy(producer->client);
    if (producer->fd >= 0)
        close(producer->fd);
    gs_free(producer->topics);
    gs_free(producer);
}

static rd_kafka_topic_t *find_topic(struct gs_kafka_producer *producer, const char *name)
{
    for (uint32_t i = 0; i < producer->topic_count; i++)
        if (strcmp(rd_kafka_topic_name(producer->topics[i]), name) == 0)
            return producer->topics[i];
    rd_kafka_topic_t *topic = *name ? rd_kafka_topic_new(producer->client, name, NULL) : NULL;
    if (!topic)
        return NULL;
    producer->topics =
        gs_realloc(producer->topics, (producer->topic_count + 1) * sizeof *producer->topics);
    producer->topics[producer->topic_count++] = topic;
    return topic;
}

static rd_kafka_headers_t *copy_headers(const struct gs_kafka_record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (uint32_t i = 0; i < record->header_count; i++) {
        const struct gs_kafka_header *header = &record->headers[i];
        rd_kafka_header_add(headers, header->name.data, (ssize_t)header->name.len,
                            header->value.data, (ssize_t)header->value.len);
    }
    return headers;
}

static enum gs_status translate(const struct gs_kafka_record *record, rd_kafka_error_t *failure,
                                struct gs_error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
    enum gs_status status = gs_kafka_status(code);
    gs_fail(error, status, "kafka: a record for %s was not taken: %s", record->topic,
            rd_kafka_error_string(failure));
    if (error)
        error->retry = status == GS_E_TEMP ? GS_RETRY_LATER : GS_RETRY_NEVER;
    rd_kafka_error_destroy(failure);
    return status;
}

enum gs_status gs_kafka_produce(struct gs_kafka_producer *producer,
                                const struct gs_kafka_record *record, struct gs_error *error)
{
    GS_ASSERT(record->header_count <= GS_KAFKA_HEADERS_MAX);
    rd_kafka_topic_t *topic = find_topic(producer, record->topic);
    if (!topic)
        return gs_fail(error, GS_E_CONFIG, "kafka: '%s' is not a topic's name", record->topic);
    rd_kafka_headers_t *headers = record->header_count ? copy_headers(record) : NULL;
    rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {(void *)(uintptr_t)record->key.data, record->key.len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {(void *)(uintptr_t)record->value.data, record->value.len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->timestamp_ms},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record->opaque},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *failure = rd_kafka_produceva(
        producer->client, fields, GS_COUNT_OF(fields) - (record->header_count ? 0 : 1));
    if (GS_LIKELY(!failure)) {
        producer->pending++;
        return GS_OK;
    }
    if (headers) /* librdkafka took them only with the record */
        rd_kafka_headers_destroy(headers);
    return translate(record, failure, error);
}

size_t gs_kafka_producer_record_max(const struct gs_kafka_producer *producer)
{
    static const int64_t queue_half = 32 << 20, overhead = 16 << 10;
    char text[24] = "";
    size_t size = sizeof text;
    int64_t most = 0;
    rd_kafka_conf_get(rd_kafka_conf(producer->client), "message.max.bytes", text, &size);
    GS_ASSERT(gs_parse_int(gs_str_of(text), &most));
    most = GS_MIN(most, queue_half);
    return (size_t)(most / 2 > overhead ? most - overhead : most / 2);
}

uint32_t gs_kafka_producer_serve(struct gs_kafka_producer *producer)
{
    producer->served = 0;
    rd_kafka_poll(producer->client, 0);
    return producer->served;
}

int gs_kafka_producer_fd(const struct gs_kafka_producer *producer)
{
    return producer->fd;
}

uint32_t gs_kafka_producer_pending(const struct gs_kafka_producer *producer)
{
    return producer->pending;
}

enum gs_status gs_kafka_producer_flush(struct gs_kafka_producer *producer, int64_t timeout_ms,
                                       struct gs_error *error)
{
    /* Serves the reports too; its own result counts also what is not a record. */
    rd_kafka_flush(producer->client, (int)timeout_ms);
    if (!producer->pending)
        return GS_OK;
    gs_fail(error, GS_E_UNAVAIL, "kafka: %u records are still not acknowledged", producer->pending);
    if (error)
        error->retry = GS_RETRY_LATER;
    return GS_E_UNAVAIL;
}
