/* A worker, what it told, and comments for it to read. */
#ifndef GROUNDSWELL_TESTS_WORKER_RIG_H
#define GROUNDSWELL_TESTS_WORKER_RIG_H

#include "groundswell/worker.h"

#include "avro_bytes.h"
#include "cluster_mock.h"

#include <pthread.h>

#define COMMENT_SCHEMA                                                                             \
    "{\"type\":\"record\",\"name\":\"CommentEvent\",\"namespace\":\"io.groundswell.v1\","          \
    "\"fields\":[{\"name\":\"event_id\",\"type\":\"string\"},"                                     \
    "{\"name\":\"event_time\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}}," \
    "{\"name\":\"platform\",\"type\":\"string\"},{\"name\":\"comment_id\",\"type\":\"string\"},"   \
    "{\"name\":\"post_id\",\"type\":\"string\"},{\"name\":\"influencer_id\",\"type\":\"string\"}," \
    "{\"name\":\"actor_id\",\"type\":\"string\"},{\"name\":\"action\",\"type\":{\"type\":"         \
    "\"enum\",\"name\":\"Action\",\"symbols\":[\"CREATED\",\"EDITED\"]}}]}"

enum { SCHEMA_ID = 7, EVENT_KINDS = GS_WORKER_FAILED + 1 };

/* What a worker told, and how it is answered. */
struct told {
    pthread_mutex_t mutex;
    uint32_t count[EVENT_KINDS];
    struct gs_worker_event last[EVENT_KINDS];
    bool answer; /* a PROVE, at once */
    enum gs_proof proof;
    struct gs_worker *worker;
};

static struct gs_sentiment *sentiment;
static struct gs_registry *registry;

static inline void on_told(void *user, const struct gs_worker_event *event)
{
    struct told *told = user;
    pthread_mutex_lock(&told->mutex);
    told->count[event->kind]++;
    told->last[event->kind] = *event;
    if (event->kind == GS_WORKER_PROVE && told->answer)
        gs_worker_proved(told->worker, event->task, event->id, told->proof);
    pthread_mutex_unlock(&told->mutex);
}

static inline uint32_t told_count(struct told *told, enum gs_worker_event_kind kind)
{
    pthread_mutex_lock(&told->mutex);
    uint32_t count = told->count[kind];
    pthread_mutex_unlock(&told->mutex);
    return count;
}

static inline struct gs_worker_event told_last(struct told *told, enum gs_worker_event_kind kind)
{
    pthread_mutex_lock(&told->mutex);
    struct gs_worker_event event = told->last[kind];
    pthread_mutex_unlock(&told->mutex);
    return event;
}

/* ------------------------------------------------------------------ the worker */

static inline struct gs_worker_config worker_config(void)
{
    struct gs_worker_config config = {
        .kafka = kafka,
        .redis = {.url = server_url, .seed = 1},
        .task = task_config(sentiment),
        .registry = registry,
        .dlq_topic = "dlq",
        .late_topic = "late",
        .batch = 500,
        .dlq_max_permille = 50,
    };
    snprintf(config.task.inputs[0].topic, sizeof config.task.inputs[0].topic, "comments");
    config.task.input_count = 1;
    return config;
}

static inline void start_worker(const struct gs_worker_config *config, struct told *told)
{
    struct gs_error error;
    *told = (struct told){.mutex = PTHREAD_MUTEX_INITIALIZER};
    pthread_mutex_lock(&told->mutex);
    if (gs_worker_create(config, on_told, told, &told->worker, &error) != GS_OK)
        fail_msg("%s", error.message);
    pthread_mutex_unlock(&told->mutex);
}

/* Returns how long it took. */
static inline int64_t stop_worker(struct told *told, int64_t limit_ms)
{
    int64_t begin_ms = now_ms();
    gs_worker_stop(told->worker, limit_ms);
    WAIT_FOR(told_count(told, GS_WORKER_STOPPED) == 1);
    int64_t took_ms = now_ms() - begin_ms;
    gs_worker_destroy(told->worker);
    return took_ms;
}

static inline struct gs_worker_stats worker_stats(struct told *told)
{
    struct gs_worker_stats stats;
    gs_worker_read_stats(told->worker, &stats, NULL, 0);
    return stats;
}

static inline enum gs_task_state task_state(struct told *told)
{
    struct gs_worker_stats stats;
    struct gs_worker_task_stats task = {.state = GS_TASK_WAITING};
    gs_worker_read_stats(told->worker, &stats, &task, 1);
    return task.state;
}

/* ------------------------------------------------------------------ records */

static inline void put_comment(struct bytes *bytes, const char *influencer, int64_t event_ms)
{
    static int serial;
    char id[20];
    snprintf(id, sizeof id, "e%d", ++serial);
    bytes->len = 0;
    put_framing(bytes, SCHEMA_ID);
    put_string(bytes, id);
    put_long(bytes, event_ms);
    put_string(bytes, "x");
    put_string(bytes, id);
    put_string(bytes, "p1");
    put_string(bytes, influencer);
    put_string(bytes, "a1");
    put_long(bytes, 0);
}

static inline int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Task 0 gets comments of an influencer, each `age_ms` old. */
static inline void comment(const char *influencer, int count, int64_t age_ms)
{
    struct bytes bytes;
    for (int i = 0; i < count; i++) {
        put_comment(&bytes, influencer, wall_ms() - age_ms);
        struct gs_kafka_record record = {.topic = "comments",
                                         .key = gs_str_of(influencer),
                                         .value = bytes_view(&bytes),
                                         .timestamp_ms = wall_ms()};
        produce(&record);
    }
    flush_records();
}

/* ------------------------------------------------------------------ set up */

static inline int set_up_worker(void **state)
{
    char path[300];
    struct gs_error error;
    set_up_world(state);
    snprintf(path, sizeof path, "%s/%d.avsc", server_folder, SCHEMA_ID);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(COMMENT_SCHEMA, file);
    fclose(file);
    struct gs_registry_config config = {.dir = server_folder};
    if (gs_registry_create(&config, &registry, &error) != GS_OK)
        fail_msg("%s", error.message);
    sentiment = make_sentiment();
    return 0;
}

static inline int tear_down_worker(void **state)
{
    gs_registry_destroy(registry);
    gs_sentiment_destroy(sentiment);
    return tear_down_world(state);
}

#endif
