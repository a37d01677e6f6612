/* conf.c -- one table says what Groundswell sets in librdkafka, and therefore what nobody else may.
 */
#include "internal.h"

#include <stdio.h>

enum {
    ADMIN = 1 << GS_KAFKA_ADMIN,
    MEMBER = 1 << GS_KAFKA_MEMBER,
    DATA = 1 << GS_KAFKA_DATA,
    PRODUCER = 1 << GS_KAFKA_PRODUCER,
    CONSUMERS = MEMBER | DATA,
    EVERY = ADMIN | MEMBER | DATA | PRODUCER
};

struct setting {
    const char *name;
    unsigned roles;     /* that get the value */
    const char *value;  /* NULL: comes from elsewhere, or is left at its default on purpose */
    const char *remedy; /* what to do instead of passing it through; NULL: nothing */
};

/* A remedy that says: this is only our default. */
static const char may_be_passed[] = "";

/* Aliases stand here too: librdkafka would let an alias undo what its other name has set. */
static const struct setting settings[] = {
    {"bootstrap.servers", 0, NULL, "set kafka.bootstrap_servers"},
    {"metadata.broker.list", 0, NULL, "set kafka.bootstrap_servers"},
    {"client.id", 0, NULL, "set kafka.client_id"},
    {"group.id", 0, NULL, "set kafka.group"},
    {"group.instance.id", 0, NULL, "set kafka.static_membership"},
    {"test.mock.num.brokers", 0, NULL, "use the command demo"},
    {"transactional.id", 0, NULL, NULL},
    {"log.queue", EVERY, "false", NULL},
    {"statistics.interval.ms", EVERY, "0", NULL},
    {"reconnect.backoff.max.ms", EVERY, "1000", NULL},
    {"allow.auto.create.topics", EVERY, "false", "run groundswell topics --apply"},
    /* An ordinary move takes one heartbeat; a process that died is noticed after the session. */
    {"group.protocol", CONSUMERS, "classic", NULL},
    {"partition.assignment.strategy", CONSUMERS, "cooperative-sticky", NULL},
    {"session.timeout.ms", MEMBER, "10000", NULL},
    {"heartbeat.interval.ms", MEMBER, "1000", NULL},
    /* Offsets live in the checkpoints; what is committed is telemetry and done by hand. */
    {"enable.auto.commit", CONSUMERS, "false", NULL},
    {"auto.commit.enable", 0, NULL, NULL},
    {"enable.auto.offset.store", CONSUMERS, "false", NULL},
    /* A gap is never jumped over silently. The tasks topic is empty: there any offset is right. */
    {"auto.offset.reset", MEMBER, "latest", NULL},
    {"auto.offset.reset", DATA, "error", NULL},
    {"enable.partition.eof", DATA, "true", NULL},
    {"isolation.level", DATA, "read_committed", NULL},
    /* A short queue that stays in the cache, filled again at once. */
    {"queued.max.messages.kbytes", DATA, "4096", NULL},
    {"fetch.queue.backoff.ms", DATA, "2", NULL},
    {"fetch.wait.max.ms", DATA, "50", NULL},
    /* Answers that stay in the cache until they are read: with 16 MB a record costs the reader four
     * times as much, and the process two and a half times. One answer is under way per broker, so
     * who is far from his brokers wants more. */
    {"fetch.max.bytes", DATA, "1048576", may_be_passed},
    {"enable.idempotence", PRODUCER, "true", NULL},
    {"acks", PRODUCER, "all", NULL},
    {"request.required.acks", 0, NULL, NULL},
    {"partitioner", PRODUCER, "murmur2_random", NULL}, /* as Java's default */
    {"delivery.report.only.error", PRODUCER, "false", NULL},
    {"queue.buffering.max.messages", PRODUCER, "100000", NULL},
    {"queue.buffering.max.kbytes", PRODUCER, "65536", NULL},
    /* The topic's own limit decides: what was read from a topic goes on with headers added. */
    {"message.max.bytes", PRODUCER, "8388608", may_be_passed},
};

static const struct setting *find_setting(const char *name)
{
    for (size_t i = 0; i < GS_COUNT_OF(settings); i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

static enum gs_status set(rd_kafka_conf_t *conf, const char *name, const char *value,
                          struct gs_error *error)
{
    char reason[300] = "";
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, reason, sizeof reason);
    if (result == RD_KAFKA_CONF_OK)
        return GS_OK;
    return gs_fail(error, GS_E_CONFIG, "kafka.properties: '%s' %s: %s", name,
                   result == RD_KAFKA_CONF_UNKNOWN ? "is not a property of librdkafka"
                                                   : "cannot be set",
                   reason);
}

static enum gs_status set_from_config(rd_kafka_conf_t *conf, const struct gs_kafka_config *config,
                                      enum gs_kafka_role role, struct gs_error *error)
{
    const char *client =
        config->client_id && *config->client_id ? config->client_id : "groundswell";
    const char *instance = config->static_membership;
    char group[256];
    if (!config->bootstrap_servers || !*config->bootstrap_servers)
        return gs_fail(error, GS_E_CONFIG, "kafka.bootstrap_servers is not set");
    enum gs_status status = set(conf, "bootstrap.servers", config->bootstrap_servers, error);
    if (!status)
        status = set(conf, "client.id", client, error);
    if (status || (role != GS_KAFKA_MEMBER && role != GS_KAFKA_DATA))
        return status;
    if (!config->group || !*config->group)
        return gs_fail(error, GS_E_CONFIG, "kafka.group is not set");
    snprintf(group, sizeof group, "%s%s", config->group, role == GS_KAFKA_DATA ? "-data" : "");
    status = set(conf, "group.id", group, error);
    if (!status && role == GS_KAFKA_MEMBER && instance && *instance)
        status = set(conf, "group.instance.id", instance, error);
    return status;
}

static enum gs_status set_own(rd_kafka_conf_t *conf, enum gs_kafka_role role,
                              struct gs_error *error)
{
    enum gs_status status = GS_OK;
    for (size_t i = 0; !status && i < GS_COUNT_OF(settings); i++)
        if (settings[i].roles & 1u << role)
            status = set(conf, settings[i].name, settings[i].value, error);
    return status;
}

/* A default of ours that is passed goes only to the roles that have it: a consumer refuses to start
 * if it hears of larger records for the producer than it fetches itself. */
static enum gs_status set_property(rd_kafka_conf_t *conf, const struct gs_kafka_property *property,
                                   enum gs_kafka_role role, struct gs_error *error)
{
    const struct setting *own = find_setting(property->name);
    if (own && own->remedy != may_be_passed)
        return gs_fail(error, GS_E_CONFIG,
                       "kafka.properties: '%s' is set by Groundswell itself and cannot be passed "
                       "through; %s",
                       own->name, own->remedy ? own->remedy : "take it out");
    if (own && !(own->roles & 1u << role))
        return GS_OK;
    return set(conf, property->name, property->value, error);
}

enum gs_status gsi_kafka_conf(const struct gs_kafka_config *config, enum gs_kafka_role role,
                              rd_kafka_conf_t **conf, struct gs_error *error)
{
    *conf = rd_kafka_conf_new();
    enum gs_status status = set_from_config(*conf, config, role, error);
    if (!status)
        status = set_own(*conf, role, error);
    for (uint32_t i = 0; !status && i < config->property_count; i++)
        status = set_property(*conf, &config->properties[i], role, error);
    if (status) {
        rd_kafka_conf_destroy(*conf);
        *conf = NULL;
        return status;
    }
    rd_kafka_conf_set_log_cb(*conf, gsi_kafka_log);
    return GS_OK;
}

enum gs_status gs_kafka_config_check(const struct gs_kafka_config *config, struct gs_error *error)
{
    static const enum gs_kafka_role roles[] = {GS_KAFKA_ADMIN, GS_KAFKA_MEMBER, GS_KAFKA_DATA,
                                               GS_KAFKA_PRODUCER};
    for (size_t i = 0; i < GS_COUNT_OF(roles); i++) {
        rd_kafka_conf_t *conf;
        enum gs_status status = gsi_kafka_conf(config, roles[i], &conf, error);
        if (status)
            return status;
        rd_kafka_conf_destroy(conf);
    }
    return GS_OK;
}
