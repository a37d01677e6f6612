/* poll.c -- the hot path: messages of librdkafka as plain structs, in place. */
#include "internal.h"

/* The topics of one consumer have one object each, so comparing pointers finds the input. */
static uint8_t find_input(const struct gs_source *source, const rd_kafka_topic_t *topic)
{
    for (uint8_t i = 0; i < source->input_count; i++)
        if (source->inputs[i].topic == topic)
            return i;
    return source->input_count;
}

static enum gs_source_kind kind_of(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return GS_SOURCE_RECORD;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return GS_SOURCE_END;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__LOG_TRUNCATION:
        return GS_SOURCE_GAP;
    default:
        return GS_SOURCE_FAILED;
    }
}

/* Errors without a partition concern the whole client. */
static void log_error(const rd_kafka_message_t *message)
{
    if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        gs_log(GS_LOG_WARN, "source", "data consumer: %s", rd_kafka_message_errstr(message));
}

static inline void translate(struct gs_source_message *out, rd_kafka_message_t *message,
                             uint8_t input)
{
    rd_kafka_timestamp_type_t type;
    out->kind = GS_SOURCE_RECORD;
    out->input = input;
    out->partition = message->partition;
    out->offset = message->offset;
    out->record_ms = rd_kafka_message_timestamp(message, &type);
    out->key = gs_str_make(message->key, message->key_len);
    out->value = gs_str_make(message->payload, message->len);
    out->handle = message;
    if (GS_UNLIKELY(message->err)) {
        out->kind = (uint8_t)kind_of(message->err);
        out->value = gs_str_of(rd_kafka_message_errstr(message));
    }
}

uint32_t gs_source_poll(struct gs_source *source, struct gs_source_message *out, uint32_t max)
{
    GS_ASSERT(!source->held_count && max > 0 && max <= source->batch_max);
    ssize_t got = rd_kafka_consume_batch_queue(source->queue, 0, source->held, max);
    uint32_t count = got > 0 ? (uint32_t)got : 0;
    uint32_t kept = 0;
    const rd_kafka_topic_t *topic = NULL;
    uint8_t input = 0;
    for (uint32_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = source->held[i];
        if (message->rkt != topic || i == 0) {
            topic = message->rkt;
            input = find_input(source, topic);
        }
        if (GS_UNLIKELY(input == source->input_count ||
                        !gsi_source_is_started(&source->inputs[input], message->partition))) {
            if (input == source->input_count)
                log_error(message);
            continue;
        }
        translate(&out[kept++], message, input);
    }
    source->held_count = count;
    source->out = out;
    source->out_count = kept;
    gsi_source_expect_more(source, count == max);
    return kept;
}

void gs_source_release(struct gs_source *source)
{
    for (uint32_t i = 0; i < source->held_count; i++)
        rd_kafka_message_destroy(source->held[i]);
    source->held_count = source->out_count = 0;
}

void gs_source_rest(struct gs_source *source)
{
    gsi_source_expect_more(source, false);
}

uint32_t gs_source_headers(const struct gs_source_message *message, struct gs_kafka_header *headers,
                           uint32_t max)
{
    rd_kafka_headers_t *list;
    const char *name;
    const void *value;
    size_t size;
    uint32_t count = 0;
    if (rd_kafka_message_headers(message->handle, &list))
        return 0;
    for (; !rd_kafka_header_get_all(list, count, &name, &value, &size); count++)
        if (count < max)
            headers[count] = (struct gs_kafka_header){gs_str_of(name), gs_str_make(value, size)};
    return count;
}

int32_t gs_source_leader_epoch(const struct gs_source_message *message)
{
    return rd_kafka_message_leader_epoch(message->handle);
}
