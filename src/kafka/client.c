/* client.c -- starting and stopping a client of librdkafka, and its errors as ours. */
#include "internal.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* librdkafka hands its opaque pointer to every callback: ours is a copy of the callbacks. */
static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    const struct gs_kafka_callbacks *callbacks = opaque;
    char text[400];
    bool fatal = code == RD_KAFKA_RESP_ERR__FATAL;
    if (fatal) { /* the code behind it says what it was */
        code = rd_kafka_fatal_error(client, text, sizeof text);
        reason = text;
    }
    gsi_kafka_log_error((rd_kafka_resp_err_t)code, reason, fatal);
    if (callbacks->error)
        callbacks->error(callbacks->user, code, reason, fatal);
}

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    const struct gs_kafka_callbacks *callbacks = opaque;
    (void)client;
    callbacks->rebalance(callbacks->user, code, partitions);
}

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    const struct gs_kafka_callbacks *callbacks = opaque;
    (void)client;
    callbacks->delivered(callbacks->user, message);
}

enum gs_status gs_kafka_client_create(const struct gs_kafka_config *config, enum gs_kafka_role role,
                                      const struct gs_kafka_callbacks *callbacks,
                                      struct rd_kafka_s **client, struct gs_error *error)
{
    rd_kafka_conf_t *conf;
    char reason[300];
    *client = NULL;
    enum gs_status status = gsi_kafka_conf(config, role, &conf, error);
    if (status)
        return status;
    struct gs_kafka_callbacks *copy = gs_calloc(1, sizeof *copy);
    if (callbacks)
        *copy = *callbacks;
    rd_kafka_conf_set_opaque(conf, copy);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (copy->rebalance)
        rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    if (copy->delivered)
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
    *client = rd_kafka_new(role == GS_KAFKA_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf,
                           reason, sizeof reason);
    if (*client)
        return GS_OK;
    rd_kafka_conf_destroy(conf);
    gs_free(copy);
    return gs_fail(error, GS_E_CONFIG, "kafka: librdkafka does not start with these properties: %s",
                   reason);
}

void gs_kafka_client_destroy(struct rd_kafka_s *client)
{
    if (!client)
        return;
    struct gs_kafka_callbacks *callbacks = rd_kafka_opaque(client);
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    gs_free(callbacks);
}

int gs_kafka_queue_fd(struct rd_kafka_queue_s *queue)
{
    static const uint64_t one = 1;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd >= 0)
        rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof one);
    return fd;
}

enum gs_status gs_kafka_status(int code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return GS_OK;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        return GS_E_REFUSED;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return GS_E_CONFIG;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        return GS_E_DATA;
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return GS_E_TEMP;
    default:
        return GS_E_UNAVAIL;
    }
}
