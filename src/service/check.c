/* check.c -- `validate`: reads the files that a start would read. `validate --connect`: asks every
 * server what a start would ask, and goes on after a failure, so that one look shows all that is
 * wrong. */
#include "internal.h"

static void say(struct gs_buf *out, const char *what, enum gs_status status,
                const struct gs_error *error, const char *good)
{
    gs_buf_printf(out, "%-8s %s  %s\n", what, status == GS_OK ? "ok  " : "FAIL",
                  status == GS_OK ? good : error->message);
}

static void keep_first(enum gs_status *first, enum gs_status status, struct gs_error *error,
                       const struct gs_error *found)
{
    if (*first != GS_OK || status == GS_OK)
        return;
    *first = status;
    *error = *found;
}

/* Without scheme, user and password. */
static const char *without_secrets(const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + 3 : url;
    size_t authority = strcspn(host, "/?#");
    for (size_t i = authority; i > 0; i--)
        if (host[i - 1] == '@')
            return host + i;
    return host;
}

/* Any answer will do, "there is none" too. */
static enum gs_status reach(struct gs_registry *registry, struct gs_error *error)
{
    enum gs_status status = gs_registry_fetch(registry, 1, NULL, error);
    return status == GS_E_DATA ? GS_OK : status;
}

enum gs_status gs_service_check_files(const struct gs_service_config *config,
                                      struct gs_error *error)
{
    struct gs_service_config judging = {.clean = config->clean};
    struct gs_sentiment *sentiment;
    struct gs_clean_rules *rules;
    judging.clean.is_on = true;
    if (gs_service_open_sentiment(config, &sentiment, error) != GS_OK)
        return error->status;
    gs_sentiment_destroy(sentiment);
    if (gs_service_open_rules(&judging, &rules, error) != GS_OK)
        return error->status;
    gs_clean_rules_destroy(rules);
    return GS_OK;
}

enum gs_status gs_service_check(const struct gs_service_config *config, struct gs_buf *out,
                                struct gs_error *error)
{
    struct gs_task_config task = config->task;
    struct gs_error found;
    struct gs_buf text = {0};
    enum gs_status first = GS_OK;

    struct gs_kafka_check check;
    enum gs_status status = gsi_service_ask_kafka(config, &task, NULL, &check, &found);
    if (status == GS_OK)
        gs_buf_printf(&text, "%u broker%s, cluster %s, %u partitions", check.broker_count,
                      check.broker_count == 1 ? "" : "s", check.cluster_id, check.partition_count);
    gs_buf_add(&text, "", 1);
    say(out, "Kafka", status, &found, text.data);
    keep_first(&first, status, error, &found);

    struct gs_registry *registry = NULL;
    status = gsi_service_open_registry(config, &registry, &found);
    if (status == GS_OK && config->schemas_registry && *config->schemas_registry)
        status = reach(registry, &found);
    text.len = 0;
    gs_buf_printf(&text, "%s",
                  !config->schemas_registry || !*config->schemas_registry
                      ? config->schemas_dir
                      : without_secrets(config->schemas_registry));
    gs_buf_add(&text, "", 1);
    say(out, "Schemas", status, &found, text.data);
    keep_first(&first, status, error, &found);
    gs_registry_destroy(registry);

    struct gs_redis_info info;
    status = gsi_service_ask_redis(config, &info, &found);
    text.len = 0;
    if (status == GS_OK)
        gs_buf_printf(&text, "%s %s, maxmemory-policy %s%s",
                      info.kind == GS_REDIS_KIND_VALKEY ? "Valkey" : "Redis", info.version_text,
                      info.maxmemory_policy,
                      info.evicts ? " (may remove cells: set noeviction)" : "");
    gs_buf_add(&text, "", 1);
    say(out, "Redis", status, &found, text.data);
    keep_first(&first, status, error, &found);
    gs_buf_deinit(&text);
    return first;
}
