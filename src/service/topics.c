/* topics.c -- looks at the topics again while we run. Partitions that are added to an input are
 * read by nobody, and keys move into them from others; a topic that is deleted and made anew looks
 * like the old one that goes on: without this nobody would notice. */
#include "internal.h"

#include <stdio.h>

uint32_t gsi_service_topics(const struct gs_service_config *config,
                            struct gs_kafka_topic_check topics[GSI_SERVICE_TOPICS_MAX])
{
    uint32_t count = 0;
    for (uint8_t i = 0; i < config->task.input_count; i++)
        topics[count++] = (struct gs_kafka_topic_check){config->task.inputs[i].topic, true, 0};
    topics[count++] = (struct gs_kafka_topic_check){config->tasks_topic, true, 0};
    if (!config->discard) {
        topics[count++] = (struct gs_kafka_topic_check){config->dlq_topic, false, 0};
        topics[count++] = (struct gs_kafka_topic_check){config->late_topic, false, 0};
    }
    if (gsi_service_keeps(config))
        topics[count++] = (struct gs_kafka_topic_check){config->checkpoints_topic, true, 0};
    return count;
}

enum gs_status gsi_service_grown(const struct gs_service *service, const char *topic,
                                 struct gs_error *error)
{
    return gs_fail(error, GS_E_CONFIG,
                   "topic %s has grown to more than %u partitions: the number of partitions cannot "
                   "change while records are keyed by it; make new topics and replay",
                   topic, service->task.partition_count);
}

/* A new topic of the same name counts its offsets from 0 again: where we stand there, records of
 * the old one would be followed by others without a sign. The log of checkpoints is only written to
 * by then, and whoever writes sees that the positions went back. */
static enum gs_status judge(const struct gs_service *service, const struct gs_kafka_check *check,
                            size_t i, struct gs_error *error)
{
    const struct gs_kafka_topic_check *topic = &check->topics[i];
    const struct gs_kafka_topic_id *before = &service->topic_ids[i], *now = &check->ids[i];
    bool is_read = topic->aligned && strcmp(topic->name, service->config->checkpoints_topic) != 0;
    bool known = (before->high || before->low) && (now->high || now->low);
    if (topic->aligned && topic->partitions > (int32_t)service->task.partition_count)
        return gsi_service_grown(service, topic->name, error);
    if (is_read && known && (before->high != now->high || before->low != now->low))
        return gs_fail(error, GS_E_TEMP,
                       "topic %s was deleted and made anew while we read it, so offsets mean other "
                       "records now; the next start reads what there is",
                       topic->name);
    return GS_OK;
}

/* On a thread of its own; touches nothing that the loop reads meanwhile. */
static void look(uv_work_t *work)
{
    struct gs_service *service = work->data;
    struct gs_kafka_topic_check topics[GSI_SERVICE_TOPICS_MAX];
    struct gs_kafka_topic_id ids[GSI_SERVICE_TOPICS_MAX] = {0};
    struct gs_kafka_check check = {.topics = topics, .ids = ids};
    struct gs_error *error = &service->asked;
    check.topic_count = gsi_service_topics(service->config, topics);
    error->status =
        gs_kafka_check(&service->config->kafka, &check, GSI_SERVICE_LOOK_LIMIT_MS, error);
    service->is_over = false;
    for (size_t i = 0; i < check.topic_count && !service->is_over; i++) {
        enum gs_status status = judge(service, &check, i, error);
        service->is_over = status != GS_OK;
        if (service->is_over)
            error->status = status;
    }
}

/* Brokers that do not answer are librdkafka's to tell about. What else is wrong is told once. */
static void heed(struct gs_service *service)
{
    const struct gs_error *error = &service->asked;
    const char *text = error->status == GS_OK ? "" : error->message;
    if (error->status == GS_E_UNAVAIL || strcmp(service->looked, text) == 0)
        return;
    snprintf(service->looked, sizeof service->looked, "%s", text);
    if (*text)
        gs_log(GS_LOG_ERROR, "service", "the topics are not as they were at the start: %s", text);
}

static void on_looked(uv_work_t *work, int status)
{
    struct gs_service *service = work->data;
    (void)status; /* it is never cancelled */
    service->is_asking = false;
    service->looked_ms = gsi_service_now_ms();
    if (atomic_load(&service->stage) >= GSI_DRAINING)
        return;
    if (service->is_over) {
        gs_log(GS_LOG_ERROR, "service", "%s", service->asked.message);
        gsi_service_end(service, &service->asked);
    } else {
        heed(service);
    }
}

void gsi_service_look(struct gs_service *service, int64_t now_ms)
{
    if (service->is_asking || now_ms - service->looked_ms < GSI_SERVICE_LOOK_MS)
        return;
    service->is_asking = true;
    int code = uv_queue_work(&service->loop, &service->asking, look, on_looked);
    GS_ASSERT(code == 0);
}
