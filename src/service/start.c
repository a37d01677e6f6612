/* start.c -- everything that must be right before the group is joined, in the order in which a
 * person would look: Kafka, schemas, lexicons and lists, Redis. Their answers may take seconds:
 * they are waited for beside the loop, which takes signals meanwhile. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ------------------------------------------------------------------ Kafka */

enum gs_status gsi_service_ask_kafka(const struct gs_service_config *config,
                                     struct gs_task_config *task, struct gs_kafka_topic_id *ids,
                                     struct gs_kafka_check *check, struct gs_error *error)
{
    struct gs_kafka_topic_check topics[GSI_SERVICE_TOPICS_MAX];
    *check = (struct gs_kafka_check){
        .topics = topics, .topic_count = gsi_service_topics(config, topics), .ids = ids};
    enum gs_status status = gs_kafka_check(&config->kafka, check, GSI_SERVICE_START_MS, error);
    check->topics = NULL; /* they end with this function */
    if (status != GS_OK)
        return status;
    if (check->partition_count > GS_WORKER_TASKS_MAX)
        return gs_fail(error, GS_E_CONFIG,
                       "the input topics have %u partitions; at most %d are "
                       "supported",
                       check->partition_count, GS_WORKER_TASKS_MAX);
    task->partition_count = check->partition_count;
    snprintf(task->cluster_id, sizeof task->cluster_id, "%s", check->cluster_id);
    return GS_OK;
}

/* ------------------------------------------------------------------ Redis */

enum gs_status gsi_service_ask_redis(const struct gs_service_config *config,
                                     struct gs_redis_info *info, struct gs_error *error)
{
    struct gs_redis_sync *sync;
    if (gs_redis_sync_connect(&config->redis, &sync, error) != GS_OK)
        return error->status;
    *info = *gs_redis_sync_info(sync);
    gs_redis_sync_close(sync);
    return GS_OK;
}

/* ------------------------------------------------------------------ schemas */

enum gs_status gsi_service_open_registry(const struct gs_service_config *config,
                                         struct gs_registry **registry, struct gs_error *error)
{
    struct gs_registry_config registry_config = {.dir = config->schemas_dir,
                                                 .url = config->schemas_registry};
    return gs_registry_create(&registry_config, registry, error);
}

/* ------------------------------------------------------------------ all of it */

static void answer(void *user, const struct gs_admin_request *request,
                   struct gs_admin_response *response)
{
    if (strcmp(request->path, "/metrics") == 0)
        gsi_service_metrics(user, request, response);
    else
        gsi_service_health(user, request, response);
}

static void name_instance(struct gs_service *service)
{
    char host[64] = "localhost";
    const char *given = service->config->instance;
    gethostname(host, sizeof host - 1);
    if (given && *given)
        snprintf(service->instance, sizeof service->instance, "%s", given);
    else
        snprintf(service->instance, sizeof service->instance, "%s-%d", host, (int)getpid());
}

static enum gs_status make_worker(struct gs_service *service, uint32_t index,
                                  struct gs_error *error)
{
    const struct gs_service_config *config = service->config;
    struct gs_worker_config worker = {
        .index = index,
        .kafka = config->kafka,
        .redis = config->redis,
        .task = service->task,
        .registry = service->registry,
        .dlq_topic = config->dlq_topic,
        .late_topic = config->late_topic,
        .checkpoint_topic = gsi_service_keeps(config) ? config->checkpoints_topic : NULL,
        .checkpoint_interval_ms = config->checkpoint_interval_ms,
        .checkpoint_cycle_ms = config->checkpoint_cycle_ms,
        .continue_on_gap = config->continue_on_gap,
        .dlq_max_permille = config->dlq_max_permille,
        .batch = config->batch,
        .until_end = config->until_end,
        .discard = config->discard,
        .takeover = config->takeover};
    for (uint8_t i = 0; i < service->task.input_count; i++) /* the inputs are the first topics */
        worker.input_ids[i] = (struct gs_cut_id){(uint64_t)service->topic_ids[i].high,
                                                 (uint64_t)service->topic_ids[i].low};
    uv_random(NULL, NULL, &worker.redis.seed, sizeof worker.redis.seed, 0, NULL);
    enum gs_status status =
        gs_worker_create(&worker, gsi_service_mail, service, &service->workers[index], error);
    service->worker_count += status == GS_OK;
    return status;
}

static enum gs_status make_workers(struct gs_service *service, struct gs_error *error)
{
    uint32_t partitions = service->task.partition_count;
    service->owner = gs_alloc(partitions * sizeof *service->owner);
    service->commits.at = gs_calloc(partitions, sizeof *service->commits.at);
    service->commits.news = gs_calloc(partitions, sizeof *service->commits.news);
    for (uint32_t t = 0; t < partitions; t++)
        service->owner[t] = (struct gsi_owner){.worker = -1, .last = -1};
    for (uint32_t i = 0; i < service->config->workers; i++)
        if (make_worker(service, i, error) != GS_OK)
            return error->status;
    return GS_OK;
}

/* Before the admin thread, which reads them. */
static void reserve(struct gs_service *service)
{
    uint32_t workers = service->config->workers;
    service->workers = gs_calloc(workers, sizeof(struct gs_worker *));
    service->shares = gs_calloc(workers, sizeof *service->shares);
    service->scratch = gs_calloc(GS_WORKER_TASKS_MAX, sizeof *service->scratch);
    service->admin_scratch = gs_calloc(GS_WORKER_TASKS_MAX, sizeof *service->admin_scratch);
}

static enum gs_status open_admin(struct gs_service *service, struct gs_error *error)
{
    const struct gs_service_config *config = service->config;
    struct gs_admin_config admin = {config->admin_listen, answer, service};
    if (!config->admin_listen || !*config->admin_listen || config->until_end || config->discard)
        return GS_OK;
    if (gs_admin_create(&admin, &service->admin, error) != GS_OK)
        return error->status;
    int host = (int)(strrchr(config->admin_listen, ':') - config->admin_listen);
    gs_log(GS_LOG_INFO, "service", "probes and metrics on %.*s:%u", host, config->admin_listen,
           gs_admin_port(service->admin)); /* it may be one that the system chose */
    return GS_OK;
}

static enum gs_status join(struct gs_service *service, struct gs_error *error)
{
    struct gs_member_config member = {.kafka = service->config->kafka,
                                      .tasks_topic = service->config->tasks_topic};
    struct gs_member_callbacks callbacks = gsi_service_member;
    callbacks.user = service;
    return gs_member_create(&member, &service->loop, &callbacks, &service->member, error);
}

static enum gs_status ask_servers(struct gs_service *service, struct gs_error *error)
{
    struct gs_kafka_check check;
    struct gs_redis_info info;
    const struct gs_service_config *config = service->config;
    if (gsi_service_ask_kafka(config, &service->task, service->topic_ids, &check, error) != GS_OK)
        return error->status;
    if (config->discard)
        return GS_OK;
    if (gsi_service_open_registry(config, &service->registry, error) != GS_OK ||
        gs_service_open_sentiment(config, &service->sentiment, error) != GS_OK ||
        gs_service_open_rules(config, &service->rules, error) != GS_OK ||
        gsi_service_ask_redis(config, &info, error) != GS_OK)
        return error->status;
    service->task.sentiment = service->sentiment;
    service->task.rules = service->rules;
    return GS_OK;
}

/* On a thread of its own; touches nothing that the loop reads meanwhile. */
static void ask(uv_work_t *work)
{
    struct gs_service *service = work->data;
    if (ask_servers(service, &service->asked) == GS_OK)
        service->asked.status = GS_OK;
}

static enum gs_status go_on(struct gs_service *service, struct gs_error *error)
{
    const struct gs_service_config *config = service->config;
    if (make_workers(service, error) != GS_OK)
        return error->status;
    service->reported_ms = service->busy_ms = service->looked_ms = gsi_service_now_ms();
    atomic_store(&service->stage, GSI_JOINING);
    if (open_admin(service, error) != GS_OK || join(service, error) != GS_OK)
        return error->status;
    gs_log(GS_LOG_INFO, "service",
           "groundswell %s: %u worker%s, %u task%s in all, group '%s', prefix '%s'", GS_VERSION,
           config->workers, config->workers == 1 ? "" : "s", service->task.partition_count,
           service->task.partition_count == 1 ? "" : "s", config->kafka.group, config->task.prefix);
    return GS_OK;
}

static void on_asked(uv_work_t *work, int status)
{
    struct gs_service *service = work->data;
    struct gs_error error = service->asked;
    (void)status; /* it is never cancelled */
    service->is_asking = false;
    if (atomic_load(&service->stage) != GSI_STARTING)
        return;
    if (error.status != GS_OK || go_on(service, &error) != GS_OK)
        gsi_service_end(service, &error);
}

void gsi_service_start(struct gs_service *service)
{
    reserve(service);
    name_instance(service);
    service->asking.data = service;
    service->is_asking = true;
    int code = uv_queue_work(&service->loop, &service->asking, ask, on_asked);
    GS_ASSERT(code == 0);
}
