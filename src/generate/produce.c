/* produce.c -- records into Kafka, and what became of them. */
#include "output.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { ANSWER_WITHIN_MS = 5000 };

struct gsi_generate_producer {
    const char *const *topics; /* of the run */
    struct gs_kafka_producer *kafka;
    uint64_t delivered;
    uint64_t failed;
    enum gs_status first_status; /* of the first that failed */
    char first_reason[160];
};

static void on_delivery(void *user, const struct gs_kafka_delivery *delivery)
{
    struct gsi_generate_producer *producer = user;
    if (GS_LIKELY(delivery->status == GS_OK)) {
        producer->delivered++;
        return;
    }
    if (producer->failed++ == 0) {
        producer->first_status = delivery->status;
        snprintf(producer->first_reason, sizeof producer->first_reason, "%s", delivery->reason);
    }
}

static enum gs_status count_partitions(const struct gs_generate_run *run, uint32_t *partitions,
                                       struct gs_error *error)
{
    struct gs_kafka_topic_check topics[GS_GENERATE_TOPIC_COUNT];
    struct gs_kafka_check check = {.topics = topics};
    for (int i = 0; i < GS_GENERATE_TOPIC_COUNT; i++) {
        enum gs_generate_topic topic = (enum gs_generate_topic)i;
        if (run->topics[i] && gsi_generate_first_topic(run, topic) == topic)
            topics[check.topic_count++] =
                (struct gs_kafka_topic_check){.name = run->topics[i], .aligned = true};
    }
    if (check.topic_count == 0)
        return gs_fail(error, GS_E_CONFIG, "generate: no topic is named");
    enum gs_status status = gs_kafka_check(run->kafka, &check, ANSWER_WITHIN_MS, error);
    *partitions = check.partition_count;
    return status;
}

/* librdkafka would try for five minutes. Later properties win, so this is only a default. */
static enum gs_status create_kafka(const struct gs_generate_run *run,
                                   struct gsi_generate_producer *producer, struct gs_error *error)
{
    static const struct gs_kafka_property timeout = {"message.timeout.ms", "60000"};
    struct gs_kafka_config config = *run->kafka;
    struct gs_kafka_property *properties = gs_calloc(config.property_count + 1, sizeof *properties);
    properties[0] = timeout;
    if (config.property_count)
        memcpy(&properties[1], config.properties, config.property_count * sizeof *properties);
    config.properties = properties;
    config.property_count++;
    enum gs_status status =
        gs_kafka_producer_create(&config, on_delivery, producer, &producer->kafka, error);
    gs_free(properties);
    return status;
}

enum gs_status gsi_generate_producer_open(const struct gs_generate_run *run,
                                          struct gsi_generate_producer **producer,
                                          uint32_t *partitions, struct gs_error *error)
{
    *producer = NULL;
    enum gs_status status = count_partitions(run, partitions, error);
    if (status != GS_OK)
        return status;
    struct gsi_generate_producer *new = gs_calloc(1, sizeof *new);
    new->topics = run->topics;
    status = create_kafka(run, new, error);
    if (status == GS_OK)
        *producer = new;
    else
        gs_free(new);
    return status;
}

void gsi_generate_producer_close(struct gsi_generate_producer *producer)
{
    if (!producer)
        return;
    gs_kafka_producer_destroy(producer->kafka);
    gs_free(producer);
}

enum gs_status gsi_generate_producer_send(struct gsi_generate_producer *producer,
                                          const struct gs_generated *record, struct gs_error *error)
{
    return gs_kafka_produce(producer->kafka,
                            &(struct gs_kafka_record){.topic = producer->topics[record->topic],
                                                      .partition = record->partition,
                                                      .key = record->key,
                                                      .value = record->value,
                                                      .timestamp_ms = record->record_ms},
                            error);
}

static void wait_for_reports(const struct gsi_generate_producer *producer, int64_t wait_us)
{
    struct pollfd ready = {.fd = gs_kafka_producer_fd(producer->kafka), .events = POLLIN};
    struct timespec wait = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    uint64_t count;
    if (ppoll(&ready, 1, &wait, NULL) > 0 && read(ready.fd, &count, sizeof count) < 0)
        return; /* nothing there any more: serving does no harm */
}

enum gs_status gsi_generate_producer_poll(struct gsi_generate_producer *producer, int64_t wait_us,
                                          struct gs_error *error)
{
    if (gs_kafka_producer_serve(producer->kafka) == 0 && wait_us > 0) {
        wait_for_reports(producer, wait_us);
        gs_kafka_producer_serve(producer->kafka);
    }
    if (GS_LIKELY(producer->failed == 0))
        return GS_OK;
    enum gs_status status = producer->first_status;
    return gs_fail(error, status == GS_E_TEMP ? GS_E_UNAVAIL : status,
                   "generate: %llu records were not delivered; the first: %s; check the brokers, "
                   "and what the topics allow",
                   (unsigned long long)producer->failed, producer->first_reason);
}

uint32_t gsi_generate_producer_pending(const struct gsi_generate_producer *producer)
{
    return gs_kafka_producer_pending(producer->kafka);
}

void gsi_generate_producer_count(const struct gsi_generate_producer *producer,
                                 struct gs_generate_progress *progress)
{
    progress->delivered = producer->delivered;
    progress->failed = producer->failed;
}
