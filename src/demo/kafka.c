/* kafka.c -- librdkafka's mock cluster as the demo's Kafka: a broker in this process that speaks
 * the protocol and keeps the last 5 MiB of each partition in memory. */
#include "internal.h"

#include "groundswell/config.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

struct gsi_demo_kafka {
    rd_kafka_t *host; /* the mock cluster lives in a client */
    rd_kafka_mock_cluster_t *cluster;
};

enum gs_status gsi_demo_kafka_start(struct gsi_demo_kafka **kafka, struct gs_error *error)
{
    char reason[200] = "";
    struct gsi_demo_kafka *made = gs_calloc(1, sizeof *made);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    *kafka = NULL;
    (void)rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    made->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (!made->host)
        rd_kafka_conf_destroy(conf);
    else
        made->cluster = rd_kafka_mock_cluster_new(made->host, 1);
    if (!made->cluster) {
        gsi_demo_kafka_stop(made);
        return gs_fail(error, GS_E_UNAVAIL, "the embedded Kafka does not start%s%s",
                       *reason ? ": " : "", reason);
    }
    /* Nobody else will join: the first assignment need not wait for more members. */
    rd_kafka_mock_group_initial_rebalance_delay_ms(made->cluster, 0);
    *kafka = made;
    return GS_OK;
}

const char *gsi_demo_kafka_servers(const struct gsi_demo_kafka *kafka)
{
    return rd_kafka_mock_cluster_bootstraps(kafka->cluster);
}

enum gs_status gsi_demo_kafka_topics(struct gsi_demo_kafka *kafka, const struct gs_config *config,
                                     int partitions, struct gs_error *error)
{
    const char *const topics[] = {config->topic_profiles, config->topic_posts,
                                  config->topic_comments, config->topic_reactions,
                                  config->topic_tasks,    config->topic_dlq,
                                  config->topic_late,     config->topic_checkpoints};
    for (size_t i = 0; i < GS_COUNT_OF(topics); i++) {
        rd_kafka_resp_err_t code =
            rd_kafka_mock_topic_create(kafka->cluster, topics[i], partitions, 1);
        if (code)
            return gs_fail(error, GS_E_UNAVAIL, "the embedded Kafka does not make topic %s: %s",
                           topics[i], rd_kafka_err2str(code));
    }
    return GS_OK;
}

void gsi_demo_kafka_stop(struct gsi_demo_kafka *kafka)
{
    if (!kafka)
        return;
    if (kafka->cluster)
        rd_kafka_mock_cluster_destroy(kafka->cluster);
    if (kafka->host)
        rd_kafka_destroy(kafka->host);
    gs_free(kafka);
}
