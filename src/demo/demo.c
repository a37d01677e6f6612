/* demo.c -- starts everything, shows the table, stops everything, says what was seen. */
#include "internal.h"

#include "groundswell/config.h"
#include "groundswell/generate.h"
#include "groundswell/top.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    PARTITIONS = 4,
    FIRST_CELLS_MS = 15000, /* how long to wait for them before the table is shown without */
    TERMINAL_MS = 500,      /* between two pictures in place */
    PIPE_MS = 5000,         /* between two that follow one another, at most */
    PICTURES_MIN = 3,       /* of a short demo */
    STEP_MS = 100
};

/* Of the comments of a quarter of every minute: enough to be seen in one influencer's row, too few
 * to be missed in the others'. */
#define RAID 0.1

/* A thread that runs one blocking call; when it fails, the demo stops. */
struct part {
    const char *name;
    pthread_t thread;
    bool started;
    _Atomic bool stop;
    enum gs_status status;
    struct gs_error error;
};

struct demo {
    const struct gs_demo_config *config;
    struct gsi_demo_folder folder;
    struct gsi_demo_redis redis;
    struct gsi_demo_kafka *kafka;
    struct gs_config_loaded loaded;
    bool is_loaded;
    struct gs_service_config service_config;
    struct gs_service_summary summary;
    struct gs_top_sums sums;
    int64_t since_ms;   /* when the stream begins */
    size_t lines_above; /* of the picture on the terminal */
    struct part service;
    struct part generator;
};

/* ------------------------------------------------------------------ the two threads */

static void part_ended(struct part *part)
{
    if (part->status != GS_OK)
        gsi_demo_stop = true;
}

static void *run_service(void *opaque)
{
    struct demo *demo = opaque;
    demo->service.status = gs_service_run(&demo->service_config, &demo->service.stop,
                                          &demo->summary, &demo->service.error);
    part_ended(&demo->service);
    return NULL;
}

static void *run_generator(void *opaque)
{
    struct demo *demo = opaque;
    const struct gs_config *config = &demo->loaded.config;
    struct gs_generate_config generate;
    gs_generate_config_init(&generate);
    generate.events = 0;
    generate.rate = demo->config->rate;
    generate.influencers = demo->config->influencers;
    generate.raid = RAID;
    generate.start_ms = 0;
    generate.partitions = 0;
    struct gs_generate_run run = {
        .kafka = &demo->service_config.kafka,
        .topics = {[GS_GENERATE_PROFILES] = config->topic_profiles,
                   [GS_GENERATE_POSTS] = config->topic_posts,
                   [GS_GENERATE_COMMENTS] = config->topic_comments,
                   [GS_GENERATE_REACTIONS] = config->topic_reactions},
        .stop = &demo->generator.stop,
    };
    demo->generator.status = gs_generate_run(&generate, &run, NULL, &demo->generator.error);
    part_ended(&demo->generator);
    return NULL;
}

static enum gs_status part_start(struct part *part, const char *name, void *(*run)(void *),
                                 struct demo *demo, struct gs_error *error)
{
    part->name = name;
    if (pthread_create(&part->thread, NULL, run, demo) != 0)
        return gs_fail(error, GS_E_UNAVAIL, "no thread can be started for the %s", name);
    part->started = true;
    return GS_OK;
}

/* Waits for its end. Its error is the demo's, unless there was one before. */
static enum gs_status part_stop(struct part *part, enum gs_status status, struct gs_error *error)
{
    if (!part->started)
        return status;
    part->stop = true;
    pthread_join(part->thread, NULL);
    part->started = false;
    if (status != GS_OK || part->status == GS_OK)
        return status;
    *error = part->error;
    return gs_fail_prefix(error, "the %s", part->name);
}

/* ------------------------------------------------------------------ start and stop */

static enum gs_status load_config(struct demo *demo, struct gs_error *error)
{
    char servers[300];
    char redis[100];
    char schemas[GSI_DEMO_PATH_MAX + 40];
    char listen[300];
    const char *dir = demo->config->schemas_dir;
    snprintf(servers, sizeof servers, "kafka.bootstrap_servers=%s",
             gsi_demo_kafka_servers(demo->kafka));
    snprintf(redis, sizeof redis, "redis.url=%s", demo->redis.url);
    snprintf(schemas, sizeof schemas, "schemas.dir=%s", dir ? dir : demo->folder.schemas);
    snprintf(listen, sizeof listen, "admin.listen=%s",
             demo->config->listen ? demo->config->listen : "");
    char *settings[] = {servers,          redis,
                        schemas,          listen,
                        "clean.rules=on", "sentiment.scorer=vader+",
                        "drain.limit=1s", "flush.interval=500ms"};
    struct gs_config_sources sources = {.settings = settings,
                                        .setting_count = GS_COUNT_OF(settings)};
    if (gs_config_load(&sources, &demo->loaded, error) != GS_OK)
        return error->status;
    demo->is_loaded = true;
    if (gs_config_service(&demo->loaded, &demo->service_config, error) != GS_OK)
        return error->status;
    demo->service_config.instance = "demo";
    return GS_OK;
}

static enum gs_status start_threads(struct demo *demo, struct gs_error *error)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    demo->since_ms = (int64_t)now.tv_sec * 1000;
    gsi_demo_signals_block(true);
    enum gs_status status = part_start(&demo->service, "service", run_service, demo, error);
    if (status == GS_OK)
        status = part_start(&demo->generator, "generator", run_generator, demo, error);
    gsi_demo_signals_block(false);
    return status;
}

static enum gs_status start(struct demo *demo, struct gs_error *error)
{
    gsi_demo_signals_block(true); /* no folder without a handler that removes it */
    enum gs_status status = gsi_demo_folder_open(&demo->folder, error);
    gsi_demo_signals_take(&demo->folder);
    gsi_demo_signals_block(false);
    if (status != GS_OK)
        return status;
    gs_log_configure(GS_LOG_INFO, GS_LOG_LOGFMT);
    if (gsi_demo_redis_start(&demo->redis, &demo->folder, error) != GS_OK ||
        gsi_demo_kafka_start(&demo->kafka, error) != GS_OK || load_config(demo, error) != GS_OK)
        return error->status;
    if (gsi_demo_kafka_topics(demo->kafka, &demo->loaded.config, PARTITIONS, error) != GS_OK)
        return error->status;
    return start_threads(demo, error);
}

/* After the threads: what they used. The logs stay if they may tell why something failed. */
static void stop(struct demo *demo, bool failed)
{
    bool keep_log = failed && access(demo->folder.redis_log, F_OK) == 0;
    gsi_demo_redis_stop(&demo->redis);
    gsi_demo_kafka_stop(demo->kafka);
    if (demo->is_loaded)
        gs_config_unload(&demo->loaded);
    gsi_demo_folder_close(&demo->folder, keep_log);
    if (keep_log)
        fprintf(stderr, "groundswell: the logs of this demo are in %s\n", demo->folder.path);
    gsi_demo_signals_give_back();
}

/* ------------------------------------------------------------------ what is shown */

static struct gs_top_config table_of(struct demo *demo, const char *title)
{
    int64_t interval_ms = isatty(STDOUT_FILENO) ? TERMINAL_MS : PIPE_MS;
    if (demo->config->seconds)
        interval_ms = GS_MIN(interval_ms, demo->config->seconds * 1000 / PICTURES_MIN);
    return (struct gs_top_config){.redis.url = demo->redis.url,
                                  .prefix = demo->loaded.config.redis_prefix,
                                  .view = "influencer",
                                  .window = "5m",
                                  .lines = 15,
                                  .interval_ms = interval_ms,
                                  .since_ms = demo->since_ms,
                                  .stop = &gsi_demo_stop,
                                  .title = title,
                                  .above = &demo->lines_above};
}

/* A table of nothing is a poor welcome. */
static enum gs_status wait_for_cells(const struct gs_top_config *table, struct gs_error *error)
{
    struct timespec step = {0, STEP_MS * 1000000L};
    struct gs_top_sums sums = {0};
    for (int waited = 0; waited < FIRST_CELLS_MS && !gsi_demo_stop; waited += STEP_MS) {
        if (gs_top_sum(table, &sums, error) != GS_OK)
            return error->status;
        if (sums.comments)
            break;
        (void)nanosleep(&step, NULL);
    }
    return GS_OK;
}

static enum gs_status show(struct demo *demo, struct gs_error *error)
{
    char title[120];
    snprintf(title, sizeof title, "groundswell demo · try redis-cli -p %d · Ctrl-C ends",
             demo->redis.port);
    struct gs_top_config table = table_of(demo, title);
    printf("An embedded Kafka carries %lld events per second about %u influencers;\n"
           "Groundswell writes what it makes of them to a redis-server on 127.0.0.1:%d.\n\n",
           (long long)demo->config->rate, demo->config->influencers, demo->redis.port);
    fflush(stdout);
    if (wait_for_cells(&table, error) != GS_OK)
        return error->status;
    if (demo->config->seconds && !gsi_demo_stop)
        alarm((unsigned)demo->config->seconds);
    return gs_top_run(&table, error);
}

/* What the service wrote last, while Redis is still there, as the last picture. */
static enum gs_status look_back(struct demo *demo, struct gs_error *error)
{
    struct gs_top_config table = table_of(demo, "groundswell demo · the end");
    table.once = true;
    table.stop = NULL;
    if (gs_top_run(&table, error) != GS_OK)
        return error->status;
    return gs_top_sum(&table, &demo->sums, error);
}

static int percent(int64_t part, int64_t whole)
{
    return whole > 0 ? (int)((200 * part + whole) / (2 * whole)) : 0;
}

static void print_summary(const struct demo *demo)
{
    const struct gs_service_summary *s = &demo->summary;
    const struct gs_top_sums *sums = &demo->sums;
    int64_t scored = sums->pos + sums->neu + sums->neg;
    printf("\nRead %llu records in %.1f s (%.0f/s), wrote %llu cells to Redis.\n",
           (unsigned long long)s->records, s->seconds,
           s->seconds > 0 ? (double)s->records / s->seconds : 0,
           (unsigned long long)s->cells_written);
    printf("Sentiment of %lld scored comments: %d%% positive, %d%% neutral, %d%% negative.\n",
           (long long)scored, percent(sums->pos, scored), percent(sums->neu, scored),
           percent(sums->neg, scored));
    printf("Set aside: %llu duplicates, %llu unreadable (to the DLQ), %llu too late",
           (unsigned long long)s->disposition[GS_DUPLICATE],
           (unsigned long long)s->disposition[GS_BAD],
           (unsigned long long)s->disposition[GS_TOO_LATE]);
    if (sums->comments > sums->clean)
        printf("; of the comments, %lld as noise", (long long)(sums->comments - sums->clean));
    printf(".\n");
    if (demo->config->next_step)
        printf("\n%s\n", demo->config->next_step);
    fflush(stdout);
}

enum gs_status gs_demo_run(const struct gs_demo_config *config, struct gs_error *error)
{
    struct demo *demo = gs_calloc(1, sizeof *demo);
    demo->config = config;
    enum gs_status status = start(demo, error);
    bool failed = status != GS_OK;
    if (status == GS_OK)
        status = show(demo, error);
    status = part_stop(&demo->generator, status, error);
    status = part_stop(&demo->service, status, error);
    if (status == GS_OK)
        status = look_back(demo, error);
    failed |= demo->service.status != GS_OK || demo->generator.status != GS_OK;
    stop(demo, failed);
    if (status == GS_OK)
        print_summary(demo);
    gs_free(demo);
    return status;
}
