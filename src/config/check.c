/* check.c -- what spans several keys. Each room is asked about its own part, so that a rule stands
 * in one place only. */
#include "internal.h"

#include "groundswell/admin.h"
#include "groundswell/window.h"

#include <stdio.h>

/* Lower and upper case, digits and what `more` lists: no colon, brace, glob or space. */
static bool is_plain(const char *text, const char *more)
{
    for (const char *at = text; *at; at++) {
        char c = *at;
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr(more, c)))
            return false;
    }
    return *text != 0;
}

/* ------------------------------------------------------------------ Kafka */

void gsi_config_kafka(const struct gs_config *config, struct gs_kafka_config *kafka)
{
    *kafka = (struct gs_kafka_config){
        .bootstrap_servers = config->kafka_bootstrap_servers,
        .group = config->kafka_group,
        .client_id = config->kafka_client_id,
        .static_membership = config->kafka_static_membership,
        .properties = config->kafka_properties,
        .property_count = config->kafka_property_count,
    };
}

static enum gs_status check_kafka(const struct gs_config *config, struct gs_error *error)
{
    struct gs_kafka_config kafka;
    if (!config->kafka_bootstrap_servers[0])
        return gs_fail(error, GS_E_CONFIG,
                       "kafka.bootstrap_servers is not set: write `kafka: {bootstrap_servers: "
                       "\"host:9092\"}` into the file given with -c, or set "
                       "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=host:9092, or use "
                       "--set kafka.bootstrap_servers=host:9092");
    gsi_config_kafka(config, &kafka);
    return gs_kafka_config_check(&kafka, error);
}

/* ------------------------------------------------------------------ topics */

enum { PROFILES, POSTS, COMMENTS, REACTIONS, TASKS, DLQ, LATE, CHECKPOINTS, TOPIC_COUNT };

struct topic {
    const char *key;
    const char *name;
};

static enum gs_status check_topic_name(const struct topic *topic, struct gs_error *error)
{
    if (!is_plain(topic->name, "._-") || strcmp(topic->name, ".") == 0 ||
        strcmp(topic->name, "..") == 0)
        return gs_fail(error, GS_E_CONFIG,
                       "%s is '%.100s', which is no name of a topic: letters, digits, '.', '_' "
                       "and '-' only",
                       topic->key, topic->name);
    return GS_OK;
}

/* Inputs may share one topic, but profiles are read ahead of the others; what we write must not
 * come back as input. */
static bool may_be_equal(int a, int b)
{
    bool events = a >= POSTS && b <= REACTIONS;
    return events || (a == DLQ && b == LATE);
}

static enum gs_status check_topic_pairs(const struct topic *topics, struct gs_error *error)
{
    for (int a = 0; a < TOPIC_COUNT; a++)
        for (int b = a + 1; b < TOPIC_COUNT; b++)
            if (topics[a].name[0] && !may_be_equal(a, b) &&
                strcmp(topics[a].name, topics[b].name) == 0)
                return gs_fail(error, GS_E_CONFIG,
                               "%s and %s are both '%.100s': %s needs a topic of its own",
                               topics[a].key, topics[b].key, topics[a].name,
                               a == PROFILES ? topics[a].key : topics[b].key);
    return GS_OK;
}

static enum gs_status check_topics(const struct gs_config *config, struct gs_error *error)
{
    const struct topic topics[TOPIC_COUNT] = {
        [PROFILES] = {"topics.profiles", config->topic_profiles},
        [POSTS] = {"topics.posts", config->topic_posts},
        [COMMENTS] = {"topics.comments", config->topic_comments},
        [REACTIONS] = {"topics.reactions", config->topic_reactions},
        [TASKS] = {"topics.tasks", config->topic_tasks},
        [DLQ] = {"topics.dlq", config->topic_dlq},
        [LATE] = {"topics.late", config->topic_late},
        [CHECKPOINTS] = {"topics.checkpoints", config->topic_checkpoints},
    };
    for (int i = 0; i < TOPIC_COUNT; i++) {
        bool unread = i <= REACTIONS && !topics[i].name[0];
        if (!unread && check_topic_name(&topics[i], error) != GS_OK)
            return error->status;
    }
    if (!topics[POSTS].name[0] && !topics[COMMENTS].name[0] && !topics[REACTIONS].name[0])
        return gs_fail(error, GS_E_CONFIG,
                       "topics: none of posts, comments and reactions is read, so there is nothing "
                       "to count; name at least one, or leave `topics` out to read all");
    return check_topic_pairs(topics, error);
}

/* ------------------------------------------------------------------ windows and views */

/* The window room knows its rules best: it is asked to make one. */
static enum gs_status check_windows(const struct gs_config *config, struct gs_error *error)
{
    struct gs_window_config window = {
        .level_count = config->window_count,
        .view_count = config->view_count,
        .flush_interval_ms = config->flush_interval_ms,
        .entities_max = 1,
    };
    struct gs_window *made;
    for (uint8_t i = 1; i < config->window_count; i++)
        if (config->windows[i].window_ms <= config->windows[i - 1].window_ms)
            return gs_fail(error, GS_E_CONFIG,
                           "windows: %s stands after %s; list them from short to long",
                           config->window_names[i], config->window_names[i - 1]);
    memcpy(window.sizes, config->windows, sizeof window.sizes);
    memcpy(window.views, config->views, sizeof window.views);
    if (gs_window_create(&window, &made, error) != GS_OK)
        return gs_fail_prefix(error, "windows, views");
    gs_window_destroy(made);
    return GS_OK;
}

/* ------------------------------------------------------------------ the rest */

void gsi_config_redis(const struct gs_config *config, struct gs_redis_config *redis)
{
    *redis = (struct gs_redis_config){
        .url = config->redis_url,
        .ca_file = config->redis_ca_file,
        .timeout_ms = config->redis_timeout_ms,
    };
}

static enum gs_status check_redis(const struct gs_config *config, struct gs_error *error)
{
    struct gs_redis_config redis;
    if (!is_plain(config->redis_prefix, "._-"))
        return gs_fail(error, GS_E_CONFIG,
                       "redis.prefix is '%s': letters, digits, '.', '_' and '-' only, and at least "
                       "one, because it stands before a colon in every key",
                       config->redis_prefix);
    gsi_config_redis(config, &redis);
    return gs_redis_config_check(&redis, error);
}

static enum gs_status check_schemas(const struct gs_config *config, struct gs_error *error)
{
    const char *url = config->schemas_registry;
    if (config->schemas_dir[0] && url[0])
        return gs_fail(
            error, GS_E_CONFIG,
            "schemas.dir and schemas.registry are both set: schemas come from one place; "
            "take one of them out");
    if (url[0] && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return gs_fail(error, GS_E_CONFIG,
                       "schemas.registry must begin with http:// or https://, for example "
                       "http://127.0.0.1:8081");
    return GS_OK;
}

enum gs_status gs_config_check(const struct gs_config *config, struct gs_error *error)
{
    enum gs_status status = check_kafka(config, error);
    return status == GS_OK ? gsi_config_check_rest(config, error) : status;
}

enum gs_status gsi_config_check_rest(const struct gs_config *config, struct gs_error *error)
{
    enum gs_status status = check_topics(config, error);
    if (status == GS_OK)
        status = check_schemas(config, error);
    if (status == GS_OK)
        status = check_redis(config, error);
    if (status == GS_OK)
        status = check_windows(config, error);
    if (status == GS_OK && config->admin_listen[0])
        status = gs_admin_config_check(config->admin_listen, error);
    return status;
}
