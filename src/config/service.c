/* service.c -- from the table's values to the service's configuration, and to what is published of
 * it in Redis. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* ------------------------------------------------------------------ what only a service needs */

static enum gs_status check_path(const char *key, const char *path, bool folder,
                                 struct gs_error *error)
{
    struct stat about;
    if (!path[0])
        return GS_OK;
    if (stat(path, &about) != 0)
        return gs_fail(error, GS_E_CONFIG,
                       "%s: %.200s: %s; relative paths start at the folder "
                       "where groundswell was started",
                       key, path, strerror(errno));
    if (folder != S_ISDIR(about.st_mode))
        return gs_fail(error, GS_E_CONFIG, "%s: %.200s is %s", key, path,
                       folder ? "no folder; name the one that holds <id>[-name].avsc" : "no file");
    return GS_OK;
}

static enum gs_status check_files(const struct gs_config *config, struct gs_error *error)
{
    if (!config->schemas_dir[0] && !config->schemas_registry[0])
        return gs_fail(
            error, GS_E_CONFIG,
            "schemas: neither dir nor registry is set, so no record could be read; write "
            "`schemas: {dir: FOLDER}` or `schemas: {registry: URL}` into the file, or "
            "set GROUNDSWELL_SCHEMAS__DIR, or use --set schemas.dir=FOLDER");
    if (check_path("schemas.dir", config->schemas_dir, true, error) != GS_OK ||
        check_path("redis.ca_file", config->redis_ca_file, false, error) != GS_OK)
        return error->status;
    for (uint32_t i = 0; i < config->sentiment_lexicon_count; i++) {
        const struct gs_service_lexicon *lexicon = &config->sentiment_lexicons[i];
        char key[64];
        snprintf(key, sizeof key, "sentiment.lexicons.%s", lexicon->language);
        if (check_path(key, lexicon->path, false, error) != GS_OK)
            return error->status;
    }
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++) {
        char key[64];
        snprintf(key, sizeof key, "clean.lists.%s", gs_clean_list_name((enum gs_clean_list)i));
        if (check_path(key, config->clean_lists[i], false, error) != GS_OK)
            return error->status;
    }
    return check_path("sentiment.emoji", config->sentiment_emoji, false, error);
}

/* ------------------------------------------------------------------ the task's part */

/* Profiles first, each topic once. */
static void add_input(struct gs_task_config *task, const char *topic, bool profiles)
{
    if (!topic[0])
        return;
    for (uint8_t i = 0; i < task->input_count; i++)
        if (strcmp(task->inputs[i].topic, topic) == 0)
            return;
    struct gs_input_config *input = &task->inputs[task->input_count++];
    snprintf(input->topic, sizeof input->topic, "%s", topic);
    input->profiles = profiles;
}

static void fill_task(const struct gs_config *config, struct gs_task_config *task)
{
    add_input(task, config->topic_profiles, true);
    add_input(task, config->topic_posts, false);
    add_input(task, config->topic_comments, false);
    add_input(task, config->topic_reactions, false);
    memcpy(task->windows, config->windows, sizeof task->windows);
    memcpy(task->window_names, config->window_names, sizeof task->window_names);
    task->window_count = config->window_count;
    memcpy(task->views, config->views, sizeof task->views);
    task->view_count = config->view_count;
    task->engagement = (enum gs_engagement_source)config->engagement_source;
    task->profiles_delay_ms = config->profiles_delay_ms;
    task->dedupe_window_ms = config->dedupe_window_ms;
    task->dedupe_capacity = (uint32_t)config->dedupe_capacity;
    task->comments_horizon_ms = config->comments_horizon_ms;
    task->comments_max = (uint32_t)config->limits_comments;
    task->entities_max = (uint32_t)config->limits_entities;
    task->idle_after_ms = config->idle_after_ms;
    task->idle_advance = true;
    task->flush_interval_ms = config->flush_interval_ms;
    snprintf(task->prefix, sizeof task->prefix, "%s", config->redis_prefix);
    snprintf(task->group, sizeof task->group, "%s", config->kafka_group);
}

/* ------------------------------------------------------------------ what is published */

static void add_quoted(struct gs_buf *out, const char *before, const char *text)
{
    gs_buf_add_text(out, before);
    gs_buf_add_text(out, "\"");
    gs_buf_add_json(out, gs_str_of(text));
    gs_buf_add_text(out, "\"");
}

static void add_view(struct gs_buf *out, const struct gs_task_config *task, uint8_t v)
{
    const struct gs_view_config *view = &task->views[v];
    const char *separator = "";
    add_quoted(out, v ? ",{\"name\":" : "{\"name\":", view->name);
    gs_buf_add_text(out, ",\"key\":[");
    for (uint8_t k = 0; k < view->key_count; k++)
        add_quoted(out, k ? "," : "", gsi_config_key_fields[view->key[k]]);
    gs_buf_add_text(out, "],\"windows\":[");
    for (uint8_t i = 0; i < task->window_count; i++) {
        if (!(view->levels >> i & 1))
            continue;
        add_quoted(out, separator, task->window_names[i]);
        separator = ",";
    }
    gs_buf_add_text(out, "]}");
}

static void add_choice(struct gs_buf *out, const char *name, const char *key, int64_t index)
{
    size_t length;
    const char *choice =
        gsi_config_choice(gsi_config_find(gs_str_of(key))->choices, index, &length);
    gs_buf_printf(out, ",\"%s\":\"%.*s\"", name, (int)length, choice);
}

/* Whatever else decides what the numbers are, or when they appear. */
static void add_rest(struct gs_buf *out, const struct gs_config *config)
{
    gs_buf_printf(out, "{\"profiles_delay_ms\":%lld", (long long)config->profiles_delay_ms);
    add_choice(out, "engagement_source", "engagement.source", config->engagement_source);
    add_choice(out, "scorer", "sentiment.scorer", config->sentiment_scorer);
    gs_buf_add_text(out, ",\"lexicons\":{");
    for (uint32_t i = 0; i < config->sentiment_lexicon_count; i++) {
        add_quoted(out, i ? "," : "", config->sentiment_lexicons[i].language);
        add_quoted(out, ":", config->sentiment_lexicons[i].path);
    }
    gs_buf_add_text(out, "}");
    add_quoted(out, ",\"emoji\":", config->sentiment_emoji);
    gs_buf_printf(out, ",\"dedupe_window_ms\":%lld,\"dedupe_capacity\":%lld",
                  (long long)config->dedupe_window_ms, (long long)config->dedupe_capacity);
    gs_buf_add_text(out, ",\"clean\":");
    gsi_config_write_clean(out, config);
    gs_buf_printf(out, ",\"comments_horizon_ms\":%lld,\"comments_max\":%lld",
                  (long long)config->comments_horizon_ms, (long long)config->limits_comments);
    gs_buf_printf(out, ",\"entities_max\":%lld,\"idle_after_ms\":%lld,\"flush_interval_ms\":%lld}",
                  (long long)config->limits_entities, (long long)config->idle_after_ms,
                  (long long)config->flush_interval_ms);
}

static void write_windows(const struct gs_task_config *task, struct gs_buf *out)
{
    gs_buf_add_text(out, "[");
    for (uint8_t i = 0; i < task->window_count; i++) {
        add_quoted(out, i ? ",{\"name\":" : "{\"name\":", task->window_names[i]);
        gs_buf_printf(out, ",\"window_ms\":%lld,\"pane_ms\":%lld}",
                      (long long)task->windows[i].window_ms, (long long)task->windows[i].pane_ms);
    }
    gs_buf_add(out, "]", 2); /* with its end, as a terminated string */
}

static void write_views(const struct gs_task_config *task, struct gs_buf *out)
{
    gs_buf_add_text(out, "[");
    for (uint8_t v = 0; v < task->view_count; v++)
        add_view(out, task, v);
    gs_buf_add(out, "]", 2);
}

static void write_topics(const struct gs_task_config *task, struct gs_buf *out)
{
    gs_buf_add_text(out, "[");
    for (uint8_t i = 0; i < task->input_count; i++)
        add_quoted(out, i ? "," : "", task->inputs[i].topic);
    gs_buf_add(out, "]", 2);
}

/* The texts stand one after the other in the loaded configuration, which outlives the service's. */
static void write_meta(struct gs_config_loaded *loaded, struct gs_service_config *service)
{
    static const char *const names[] = {"windows", "views", "topics", "config"};
    size_t at[GS_COUNT_OF(names)];
    struct gs_buf *out = &loaded->settings;
    out->len = 0;
    at[0] = out->len;
    write_windows(&service->task, out);
    at[1] = out->len;
    write_views(&service->task, out);
    at[2] = out->len;
    write_topics(&service->task, out);
    at[3] = out->len;
    add_rest(out, &loaded->config);
    gs_buf_add(out, "", 1);
    service->meta_count = GS_COUNT_OF(names);
    for (size_t i = 0; i < GS_COUNT_OF(names); i++)
        service->meta[i] = (struct gs_service_meta){names[i], out->data + at[i]};
}

enum gs_status gs_config_service(struct gs_config_loaded *loaded, struct gs_service_config *service,
                                 struct gs_error *error)
{
    const struct gs_config *config = &loaded->config;
    if (check_files(config, error) != GS_OK)
        return error->status;
    *service = (struct gs_service_config){
        .tasks_topic = config->topic_tasks,
        .dlq_topic = config->topic_dlq,
        .late_topic = config->topic_late,
        .checkpoints_topic = config->topic_checkpoints,
        .checkpoint_interval_ms = config->checkpoint_interval_ms,
        .checkpoint_cycle_ms = config->checkpoint_cycle_ms,
        .continue_on_gap = config->checkpoint_on_gap == 1,
        .schemas_dir = config->schemas_dir,
        .schemas_registry = config->schemas_registry,
        .scorer = (enum gs_sentiment_scorer)config->sentiment_scorer,
        .lexicons = config->sentiment_lexicons,
        .lexicon_count = config->sentiment_lexicon_count,
        .emoji_path = config->sentiment_emoji,
        .admin_listen = config->admin_listen,
        .admin_grace_ms = config->admin_grace_ms,
        .workers = (uint32_t)config->workers,
        .batch = (uint32_t)config->consume_batch,
        .dlq_max_permille = config->dlq_max_permille,
        .drain_limit_ms = config->drain_limit_ms,
        .instance = "",
    };
    gsi_config_kafka(config, &service->kafka);
    gsi_config_redis(config, &service->redis);
    fill_task(config, &service->task);
    gs_config_clean(config, service);
    write_meta(loaded, service);
    return GS_OK;
}
