/* topics.c -- creates topics, again and again with the same result. */
#include "internal.h"

static rd_kafka_NewTopic_t *new_topic(const struct gs_kafka_topic_spec *spec,
                                      struct gs_error *error)
{
    char reason[200];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(spec->name, spec->partitions,
                                                       spec->replication, reason, sizeof reason);
    if (!topic) {
        gs_fail(error, GS_E_CONFIG, "kafka: topic %s: %s", spec->name, reason);
        return NULL;
    }
    for (uint32_t i = 0; i < spec->config_count; i++)
        rd_kafka_NewTopic_set_config(topic, spec->configs[i].name, spec->configs[i].value);
    return topic;
}

/* Waits for the answer of the brokers; NULL and an error if there is none. */
static rd_kafka_event_t *create(rd_kafka_t *client, rd_kafka_NewTopic_t **topics, size_t count,
                                int64_t timeout_ms, struct gs_error *error)
{
    char reason[200];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_request_timeout(options, (int)timeout_ms, reason, sizeof reason);
    /* The brokers answer once the topics stand on their nodes. */
    rd_kafka_AdminOptions_set_operation_timeout(options, (int)timeout_ms, reason, sizeof reason);
    rd_kafka_CreateTopics(client, topics, count, options, queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, (int)timeout_ms + 1000);
    rd_kafka_queue_destroy(queue);
    rd_kafka_resp_err_t code = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!code)
        return event;
    gs_fail(error, code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE ? GS_E_CONFIG : GS_E_UNAVAIL,
            "kafka: creating topics failed: %s",
            event ? rd_kafka_event_error_string(event) : rd_kafka_err2str(code));
    if (event)
        rd_kafka_event_destroy(event);
    return NULL;
}

static enum gs_status take_result(struct gs_kafka_topic_spec *spec,
                                  const rd_kafka_topic_result_t *result, struct gs_error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_topic_result_error(result);
    const char *reason = rd_kafka_topic_result_error_string(result);
    spec->partitions_found = spec->partitions;
    if (!code || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        spec->result = code ? GS_KAFKA_TOPIC_EXISTED : GS_KAFKA_TOPIC_CREATED;
        return GS_OK;
    }
    return gs_fail(error, gs_kafka_status(code), "kafka: topic %s cannot be created: %s",
                   spec->name, reason ? reason : rd_kafka_err2str(code));
}

static enum gs_status take_results(struct gs_kafka_topic_spec *topics, size_t count,
                                   rd_kafka_event_t *event, struct gs_error *error)
{
    enum gs_status first = GS_OK;
    size_t result_count;
    const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event), &result_count);
    for (size_t r = 0; r < result_count; r++)
        for (size_t i = 0; i < count; i++)
            if (strcmp(topics[i].name, rd_kafka_topic_result_name(results[r])) == 0) {
                enum gs_status status = take_result(&topics[i], results[r], first ? NULL : error);
                first = first ? first : status;
            }
    return first;
}

static enum gs_status count_existing(const struct gs_kafka_config *config,
                                     struct gs_kafka_topic_spec *topics, size_t count,
                                     int64_t timeout_ms, struct gs_error *error)
{
    struct gs_kafka_topic_check *existing = gs_calloc(count, sizeof *existing);
    struct gs_kafka_check check = {.topics = existing};
    for (size_t i = 0; i < count; i++)
        if (topics[i].result == GS_KAFKA_TOPIC_EXISTED)
            existing[check.topic_count++].name = topics[i].name;
    enum gs_status status =
        check.topic_count ? gs_kafka_check(config, &check, timeout_ms, error) : GS_OK;
    size_t next = 0;
    for (size_t i = 0; i < count; i++)
        if (topics[i].result == GS_KAFKA_TOPIC_EXISTED)
            topics[i].partitions_found = existing[next++].partitions;
    gs_free(existing);
    return status;
}

enum gs_status gs_kafka_topics_create(const struct gs_kafka_config *config,
                                      struct gs_kafka_topic_spec *topics, size_t topic_count,
                                      int64_t timeout_ms, struct gs_error *error)
{
    rd_kafka_t *client;
    size_t made = 0;
    enum gs_status status = gs_kafka_client_create(config, GS_KAFKA_ADMIN, NULL, &client, error);
    if (status)
        return status;
    rd_kafka_NewTopic_t **wanted = gs_calloc(topic_count + 1, sizeof *wanted);
    for (size_t i = 0; !status && i < topic_count; i++) {
        topics[i].result = GS_KAFKA_TOPIC_FAILED;
        wanted[i] = new_topic(&topics[i], error);
        made += wanted[i] ? 1 : 0;
        status = wanted[i] ? GS_OK : GS_E_CONFIG;
    }
    if (!status && made) {
        rd_kafka_event_t *event = create(client, wanted, made, timeout_ms, error);
        status = event ? take_results(topics, topic_count, event, error) : GS_E_UNAVAIL;
        if (event)
            rd_kafka_event_destroy(event);
    }
    rd_kafka_NewTopic_destroy_array(wanted, made);
    gs_free(wanted);
    gs_kafka_client_destroy(client);
    return status ? status : count_existing(config, topics, topic_count, timeout_ms, error);
}
