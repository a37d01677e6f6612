/* cmd_topics.c -- `topics`: which topics there must be, with which settings; --apply makes them.
 *
 * The inputs and the tasks topic need one number of partitions. Where some of them exist already,
 * their number is taken over, so that --apply never makes a set that does not fit together. */
#include "internal.h"

#include <stdio.h>

enum {
    TOPICS_MAX = 8,
    SETTINGS_MAX = 5,
    CYCLES_KEPT = 8, /* of checkpoints: two are needed, the others are for an outage */
    PARTITIONS_DEFAULT = 8,
    TIMEOUT_MS = 10000,
    NAME_WIDTH = 28 /* leaves 80 columns for the longest setting */
};

struct plan {
    struct gs_kafka_config kafka;
    struct gs_kafka_topic_spec topic[TOPICS_MAX];
    struct gs_kafka_property setting[TOPICS_MAX][SETTINGS_MAX];
    bool aligned[TOPICS_MAX];
    size_t count;
};

/* ------------------------------------------------------------------ what there must be */

/* Adds a topic once; one that is left out, or stands for several inputs, is no new one. */
static struct gs_kafka_topic_spec *add_topic(struct plan *plan, const char *name, bool aligned)
{
    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->topic[i].name, name) == 0)
            return NULL;
    if (!name[0])
        return NULL;
    struct gs_kafka_topic_spec *topic = &plan->topic[plan->count];
    *topic = (struct gs_kafka_topic_spec){.name = name, .configs = plan->setting[plan->count]};
    plan->aligned[plan->count++] = aligned;
    return topic;
}

static void add_setting(struct plan *plan, struct gs_kafka_topic_spec *topic, const char *name,
                        const char *value)
{
    struct gs_kafka_property *setting = plan->setting[topic - plan->topic];
    snprintf(setting[topic->config_count].name, GS_KAFKA_NAME_MAX, "%s", name);
    snprintf(setting[topic->config_count++].value, GS_KAFKA_VALUE_MAX, "%s", value);
}

/* Record time is the broker's, so that a wrong clock of a producer moves no window. */
static void add_input(struct plan *plan, const char *name, int64_t keep_ms)
{
    char keep[24];
    struct gs_kafka_topic_spec *topic = add_topic(plan, name, true);
    if (!topic)
        return;
    snprintf(keep, sizeof keep, "%lld", (long long)keep_ms);
    add_setting(plan, topic, "cleanup.policy", keep_ms ? "compact" : "delete");
    if (keep_ms)
        add_setting(plan, topic, "min.compaction.lag.ms", keep);
    add_setting(plan, topic, "message.timestamp.type", "LogAppendTime");
}

/* Whatever an input could hold must fit, with its headers. */
static void add_forward(struct plan *plan, const char *name)
{
    struct gs_kafka_topic_spec *topic = add_topic(plan, name, false);
    if (!topic)
        return;
    add_setting(plan, topic, "cleanup.policy", "delete");
    add_setting(plan, topic, "max.message.bytes", "8388608");
}

/* Segments are deleted whole, so they must not be longer than what is to be kept. A record is half
 * a MiB. */
static void add_checkpoints(struct plan *plan, const char *name, int64_t cycle_ms)
{
    char keep[24], segment[24];
    struct gs_kafka_topic_spec *topic = add_topic(plan, name, true);
    GS_ASSERT(topic); /* the configuration was checked: it is nobody else's */
    snprintf(keep, sizeof keep, "%lld", (long long)(CYCLES_KEPT * cycle_ms));
    snprintf(segment, sizeof segment, "%lld", (long long)cycle_ms);
    add_setting(plan, topic, "cleanup.policy", "delete");
    add_setting(plan, topic, "retention.ms", keep);
    add_setting(plan, topic, "segment.ms", segment);
    add_setting(plan, topic, "max.message.bytes", "1048588");
    add_setting(plan, topic, "message.timestamp.type", "LogAppendTime");
}

static void make_plan(const struct gs_config *config, struct plan *plan)
{
    *plan = (struct plan){
        .kafka =
            {
                .bootstrap_servers = config->kafka_bootstrap_servers,
                .group = config->kafka_group,
                .client_id = config->kafka_client_id,
                .properties = config->kafka_properties,
                .property_count = config->kafka_property_count,
            },
    };
    /* A replay of the longest window must find the profiles that were valid then. */
    add_input(plan, config->topic_profiles, config->windows[config->window_count - 1].window_ms);
    add_input(plan, config->topic_posts, 0);
    add_input(plan, config->topic_comments, 0);
    add_input(plan, config->topic_reactions, 0);
    struct gs_kafka_topic_spec *tasks = add_topic(plan, config->topic_tasks, true);
    GS_ASSERT(tasks); /* the configuration was checked: it is nobody else's */
    add_setting(plan, tasks, "cleanup.policy", "delete");
    add_checkpoints(plan, config->topic_checkpoints, config->checkpoint_cycle_ms);
    add_forward(plan, config->topic_dlq);
    add_forward(plan, config->topic_late);
}

/* ------------------------------------------------------------------ tables */

static void add_name(struct gs_buf *out, const char *name)
{
    if (strlen(name) > NAME_WIDTH)
        gs_buf_printf(out, "%s\n%*s", name, NAME_WIDTH, "");
    else
        gs_buf_printf(out, "%-*s", NAME_WIDTH, name);
}

static void print_plan(const struct plan *plan, struct gs_buf *out)
{
    gs_buf_printf(out, "%-*s  %10s  %s\n", NAME_WIDTH, "TOPIC", "PARTITIONS", "SETTINGS");
    for (size_t i = 0; i < plan->count; i++) {
        const struct gs_kafka_topic_spec *topic = &plan->topic[i];
        add_name(out, topic->name);
        gs_buf_printf(out, "  %10d", topic->partitions);
        for (uint32_t s = 0; s < topic->config_count; s++)
            gs_buf_printf(out, "%*s%s=%s\n", s ? NAME_WIDTH + 14 : 2, "", topic->configs[s].name,
                          topic->configs[s].value);
    }
    gs_buf_add_text(
        out, "\nNothing was created; the same command with --apply creates what is missing.\n");
}

static const char *result_name(enum gs_kafka_topic_result result)
{
    static const char *const names[] = {
        [GS_KAFKA_TOPIC_FAILED] = "failed",
        [GS_KAFKA_TOPIC_CREATED] = "created",
        [GS_KAFKA_TOPIC_EXISTED] = "existed, left as it is",
    };
    return names[result];
}

static void print_results(const struct plan *plan, struct gs_buf *out)
{
    gs_buf_printf(out, "%-*s  %10s  %s\n", NAME_WIDTH, "TOPIC", "PARTITIONS", "RESULT");
    for (size_t i = 0; i < plan->count; i++) {
        const struct gs_kafka_topic_spec *topic = &plan->topic[i];
        add_name(out, topic->name);
        gs_buf_printf(out, "  %10d  %s\n", topic->partitions_found, result_name(topic->result));
    }
}

/* ------------------------------------------------------------------ making them */

/* Asks what exists; topics that do not are no error here. */
static enum gs_status find_existing(const struct plan *plan, struct gs_kafka_topic_check *found,
                                    struct gs_error *error)
{
    struct gs_kafka_check check = {.topics = found, .topic_count = plan->count};
    for (size_t i = 0; i < plan->count; i++)
        found[i] = (struct gs_kafka_topic_check){plan->topic[i].name, plan->aligned[i], 0};
    enum gs_status status = gs_kafka_check(&plan->kafka, &check, TIMEOUT_MS, error);
    return status == GS_E_CONFIG && check.broker_count > 0 ? GS_OK : status;
}

static enum gs_status refuse(const struct gs_kafka_topic_check *topic, int64_t wanted,
                             const char *why, struct gs_error *error)
{
    return gs_fail(error, GS_E_REFUSED,
                   "topic %s has %d partitions, but %s %lld; inputs and tasks need one number, and "
                   "changing it moves keys: drain, make new topics, and replay into them. Nothing "
                   "was created",
                   topic->name, topic->partitions, why, (long long)wanted);
}

/* partitions: 0 = not asked for; then that of the topics that exist. */
static enum gs_status choose_partitions(const struct plan *plan, int64_t *partitions,
                                        struct gs_error *error)
{
    struct gs_kafka_topic_check found[TOPICS_MAX];
    const struct gs_kafka_topic_check *first = NULL;
    if (find_existing(plan, found, error) != GS_OK)
        return error->status;
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->aligned[i] || !found[i].partitions)
            continue;
        if (*partitions && found[i].partitions != *partitions)
            return refuse(&found[i], *partitions, "--partitions says", error);
        if (first && found[i].partitions != first->partitions) {
            char why[300];
            snprintf(why, sizeof why, "%.249s has", first->name);
            return refuse(&found[i], first->partitions, why, error);
        }
        first = first ? first : &found[i];
    }
    if (first)
        *partitions = first->partitions;
    return GS_OK;
}

static enum gs_status apply(struct plan *plan, int64_t partitions, struct gs_buf *out,
                            struct gs_error *error)
{
    if (choose_partitions(plan, &partitions, error) != GS_OK)
        return error->status;
    for (size_t i = 0; i < plan->count; i++)
        plan->topic[i].partitions = partitions ? (int32_t)partitions : PARTITIONS_DEFAULT;
    enum gs_status status =
        gs_kafka_topics_create(&plan->kafka, plan->topic, plan->count, TIMEOUT_MS, error);
    print_results(plan, out);
    return status;
}

int gsi_cmd_topics(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_config_loaded loaded;
    struct plan plan;
    struct gs_buf out = {0};
    struct gs_error error;
    enum gs_status status = GS_OK;
    int64_t partitions = 0;
    int64_t replication = -1;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK ||
        gsi_cli_int(command, &arguments, "partitions", (struct gsi_range){1, 100000},
                    &partitions) != GS_OK ||
        gsi_cli_int(command, &arguments, "replication", (struct gsi_range){1, 32}, &replication) !=
            GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (gsi_cli_config(command, &arguments, &loaded, &error) != GS_OK)
        return gsi_cli_fail(&error);
    make_plan(&loaded.config, &plan);
    for (size_t i = 0; i < plan.count; i++) {
        plan.topic[i].partitions = partitions ? (int32_t)partitions : PARTITIONS_DEFAULT;
        plan.topic[i].replication = (int32_t)replication;
    }
    if (gsi_cli_value(command, &arguments, "apply"))
        status = apply(&plan, partitions, &out, &error);
    else
        print_plan(&plan, &out);
    int written = gsi_cli_output(&out);
    gs_config_unload(&loaded);
    return status == GS_OK ? written : gsi_cli_fail(&error);
}
