/* check.c -- asks the brokers what must be true before anything starts. */
#include "internal.h"

#include <stdio.h>
#include <unistd.h>

/* How long a topic may be unknown to the first broker that is asked, after it was created. */
#define PROPAGATION_MS 1000
#define ASK_AGAIN_MS 200
#define IDS_LIMIT_MS 3000

struct last_error {
    char text[240];
};

/* "All brokers are down" follows the error that says why, and must not hide it. */
static void remember_error(void *user, int code, const char *reason, bool fatal)
{
    struct last_error *last = user;
    (void)fatal;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !*last->text)
        snprintf(last->text, sizeof last->text, "%s", reason);
}

static enum gs_status no_answer(const struct gs_kafka_config *config, rd_kafka_t *client,
                                const struct last_error *last, int64_t timeout_ms,
                                struct gs_error *error)
{
    char limit[24];
    while (rd_kafka_poll(client, 0) > 0) /* brings the errors that led here */
        ;
    gs_format_duration(timeout_ms, limit, sizeof limit);
    gs_fail(error, GS_E_UNAVAIL,
            "kafka: no broker answered within %s; tried %.160s; last error: %.180s; check the "
            "address, that Kafka is up, and security.protocol",
            limit, config->bootstrap_servers, *last->text ? last->text : "none");
    if (error)
        error->retry = GS_RETRY_LATER;
    return GS_E_UNAVAIL;
}

static void read_answer(struct gs_kafka_check *check, const struct rd_kafka_metadata *answer,
                        rd_kafka_resp_err_t *first_error)
{
    check->broker_count = (uint32_t)answer->broker_cnt;
    *first_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < check->topic_count; i++) {
        struct gs_kafka_topic_check *topic = &check->topics[i];
        topic->partitions = 0;
        for (int k = 0; k < answer->topic_cnt; k++) {
            const struct rd_kafka_metadata_topic *found = &answer->topics[k];
            if (strcmp(found->topic, topic->name) != 0)
                continue;
            if (gs_kafka_status(found->err) != GS_E_REFUSED)
                topic->partitions = found->partition_cnt;
            if (!topic->partitions && !*first_error)
                *first_error = found->err;
        }
    }
}

static bool any_missing(const struct gs_kafka_check *check)
{
    for (size_t i = 0; i < check->topic_count; i++)
        if (check->topics[i].partitions <= 0)
            return true;
    return false;
}

/* How much of a list fits into a message. */
static int shown(const struct gs_buf *list)
{
    return (int)GS_MIN(list->len, (size_t)300);
}

static enum gs_status say_missing(const struct gs_kafka_check *check, rd_kafka_resp_err_t why,
                                  struct gs_error *error)
{
    struct gs_buf names = {0};
    for (size_t i = 0; i < check->topic_count; i++)
        if (check->topics[i].partitions <= 0)
            gs_buf_printf(&names, "%s%s", names.len ? ", " : "", check->topics[i].name);
    enum gs_status status = gs_kafka_status(why);
    if (status == GS_E_REFUSED)
        gs_fail(error, status, "kafka: not authorised to see %.*s (%s); grant Describe and Read",
                shown(&names), names.data, rd_kafka_err2name(why));
    else
        status = gs_fail(error, GS_E_CONFIG,
                         "kafka: missing topics: %.*s; create them, with the same options: "
                         "groundswell topics --apply",
                         shown(&names), names.data);
    gs_buf_deinit(&names);
    return status;
}

static enum gs_status compare_counts(struct gs_kafka_check *check, struct gs_error *error)
{
    struct gs_buf counts = {0};
    bool equal = true;
    for (size_t i = 0; i < check->topic_count; i++) {
        const struct gs_kafka_topic_check *topic = &check->topics[i];
        if (!topic->aligned)
            continue;
        if (!check->partition_count)
            check->partition_count = (uint32_t)topic->partitions;
        equal &= check->partition_count == (uint32_t)topic->partitions;
        gs_buf_printf(&counts, "%s%s=%d", counts.len ? ", " : "", topic->name, topic->partitions);
    }
    enum gs_status status = GS_OK;
    if (!equal)
        status = gs_fail(error, GS_E_CONFIG,
                         "kafka: these topics must have the same number of partitions: %.*s; "
                         "keys would land in different tasks: make new topics of one number, "
                         "replay into them and name them under topics",
                         shown(&counts), counts.data);
    gs_buf_deinit(&counts);
    return status;
}

/* Asks until all topics are known or a new one had time to become so. */
static rd_kafka_resp_err_t ask(rd_kafka_t *client, struct gs_kafka_check *check, int64_t timeout_ms,
                               rd_kafka_resp_err_t *topic_error)
{
    int64_t end = gsi_kafka_now_ms() + timeout_ms;
    int64_t patience = end;
    for (;;) {
        const struct rd_kafka_metadata *answer;
        int left = (int)GS_MAX(end - gsi_kafka_now_ms(), 1);
        rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, NULL, &answer, left);
        if (code)
            return code;
        read_answer(check, answer, topic_error);
        rd_kafka_metadata_destroy(answer);
        patience = GS_MIN(patience, gsi_kafka_now_ms() + PROPAGATION_MS);
        if (!any_missing(check) || gsi_kafka_now_ms() + ASK_AGAIN_MS >= patience ||
            gs_kafka_status(*topic_error) == GS_E_REFUSED)
            return RD_KAFKA_RESP_ERR_NO_ERROR;
        usleep(ASK_AGAIN_MS * 1000);
    }
}

static void read_ids(struct gs_kafka_check *check, rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_DescribeTopics_result_t *result = rd_kafka_event_DescribeTopics_result(event);
    const rd_kafka_TopicDescription_t **found =
        result ? rd_kafka_DescribeTopics_result_topics(result, &count) : NULL;
    for (size_t k = 0; k < count; k++) {
        const rd_kafka_Uuid_t *id = rd_kafka_TopicDescription_topic_id(found[k]);
        for (size_t i = 0; id && i < check->topic_count; i++)
            if (strcmp(rd_kafka_TopicDescription_name(found[k]), check->topics[i].name) == 0)
                check->ids[i] =
                    (struct gs_kafka_topic_id){rd_kafka_Uuid_most_significant_bits(id),
                                               rd_kafka_Uuid_least_significant_bits(id)};
    }
}

/* Brokers before 2.8 have none, so nothing here is an error. The mock cluster has none either, and
 * does not answer. */
static void ask_ids(rd_kafka_t *client, struct gs_kafka_check *check, int64_t timeout_ms)
{
    char reason[80];
    memset(check->ids, 0, check->topic_count * sizeof *check->ids);
    if (strncmp(check->cluster_id, "mockCluster", 11) == 0)
        return;
    const char **names = gs_calloc(check->topic_count + 1, sizeof *names);
    for (size_t i = 0; i < check->topic_count; i++)
        names[i] = check->topics[i].name;
    rd_kafka_TopicCollection_t *topics =
        rd_kafka_TopicCollection_of_topic_names(names, check->topic_count);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
    rd_kafka_AdminOptions_set_request_timeout(options, (int)timeout_ms, reason, sizeof reason);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DescribeTopics(client, topics, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, (int)timeout_ms);
    if (event)
        read_ids(check, event);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_TopicCollection_destroy(topics);
    gs_free(names);
}

static void read_cluster_id(rd_kafka_t *client, struct gs_kafka_check *check)
{
    char *id = rd_kafka_clusterid(client, 0);
    snprintf(check->cluster_id, sizeof check->cluster_id, "%s", id ? id : "");
    if (id)
        rd_kafka_mem_free(client, id);
}

enum gs_status gs_kafka_check(const struct gs_kafka_config *config, struct gs_kafka_check *check,
                              int64_t timeout_ms, struct gs_error *error)
{
    struct last_error last = {""};
    struct gs_kafka_callbacks callbacks = {.user = &last, .error = remember_error};
    rd_kafka_t *client;
    rd_kafka_resp_err_t topic_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    check->partition_count = check->broker_count = 0;
    check->cluster_id[0] = 0;
    enum gs_status status =
        gs_kafka_client_create(config, GS_KAFKA_ADMIN, &callbacks, &client, error);
    if (status)
        return status;
    /* A metadata request without a topic asks for those that have a handle. */
    rd_kafka_topic_t **handles = gs_calloc(check->topic_count + 1, sizeof *handles);
    for (size_t i = 0; i < check->topic_count; i++)
        handles[i] = rd_kafka_topic_new(client, check->topics[i].name, NULL);
    if (ask(client, check, timeout_ms, &topic_error)) {
        status = no_answer(config, client, &last, timeout_ms, error);
    } else {
        read_cluster_id(client, check);
        if (check->ids)
            ask_ids(client, check, GS_MIN(timeout_ms, (int64_t)IDS_LIMIT_MS));
        status = any_missing(check) ? say_missing(check, topic_error, error)
                                    : compare_counts(check, error);
    }
    for (size_t i = 0; i < check->topic_count; i++)
        if (handles[i])
            rd_kafka_topic_destroy(handles[i]);
    gs_free(handles);
    gs_kafka_client_destroy(client);
    return status;
}
