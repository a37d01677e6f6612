/* A service on a thread of its own, its probes over HTTP, and generated records for it. */
#ifndef GROUNDSWELL_TESTS_SERVICE_RIG_H
#define GROUNDSWELL_TESTS_SERVICE_RIG_H

#include "groundswell/generate.h"
#include "groundswell/service.h"

#include "cluster_mock.h"

#include <pthread.h>
#include <time.h>

enum { PAGE_MAX = 200000 };

/* One run; everything but config is filled in. */
struct run {
    struct gs_service_config config;
    pthread_t thread;
    _Atomic bool stop, ended;
    struct gs_service_summary summary;
    enum gs_status status;
    struct gs_error error;
    int port; /* of the probes; 0 = none */
    char listen[40];
};

static inline struct run new_run(void)
{
    static const char *const topics[] = {"profiles", "posts", "comments", "reactions"};
    struct run run = {.config = {.kafka = kafka,
                                 .redis = {.url = server_url},
                                 .task = task_config(NULL),
                                 .tasks_topic = "tasks",
                                 .dlq_topic = "dlq",
                                 .late_topic = "late",
                                 .checkpoints_topic = "checkpoints",
                                 .checkpoint_interval_ms = 500,
                                 .checkpoint_cycle_ms = 60000,
                                 .schemas_dir = GS_SOURCE_DIR "/schemas",
                                 .admin_grace_ms = 1000,
                                 .workers = 1,
                                 .batch = 500,
                                 .dlq_max_permille = 1000,
                                 .drain_limit_ms = 5000,
                                 .instance = "test"}};
    run.config.meta[0] = (struct gs_service_meta){"topics", "[\"profiles\"]"};
    run.config.meta_count = 1;
    for (uint8_t i = 0; i < GS_COUNT_OF(topics); i++) {
        struct gs_input_config *input = &run.config.task.inputs[i];
        snprintf(input->topic, sizeof input->topic, "%s", topics[i]);
        input->profiles = i == 0;
    }
    run.config.task.input_count = GS_COUNT_OF(topics);
    return run;
}

static inline struct run judging_run(void)
{
    struct run run = new_run();
    run.config.clean.is_on = true;
    gs_clean_config_default(&run.config.clean.rules);
    gs_copies_config_default(&run.config.task.copies);
    gs_burst_config_default(&run.config.task.burst);
    return run;
}

static inline void listen_for_probes(struct run *run)
{
    run->port = free_port();
    snprintf(run->listen, sizeof run->listen, "127.0.0.1:%d", run->port);
    run->config.admin_listen = run->listen;
}

static inline void *run_service(void *user)
{
    struct run *run = user;
    run->status = gs_service_run(&run->config, &run->stop, &run->summary, &run->error);
    run->ended = true;
    return NULL;
}

static inline void begin_run(struct run *run)
{
    assert_int_equal(pthread_create(&run->thread, NULL, run_service, run), 0);
}

static inline void wait_for_end(struct run *run)
{
    WAIT_FOR(run->ended);
    pthread_join(run->thread, NULL);
}

/* A clean end on demand; returns how long it took. */
static inline int64_t end_run(struct run *run)
{
    int64_t begin_ms = now_ms();
    run->stop = true;
    wait_for_end(run);
    if (run->status != GS_OK)
        fail_msg("%s", run->error.message);
    return now_ms() - begin_ms;
}

/* ------------------------------------------------------------------ HTTP */

/* The answer's status, 0 if nobody answers; body is terminated. */
static inline int get(int port, const char *path, const char *accept, char *body)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static char answer[PAGE_MAX];
    char request[300];
    size_t len = 0;
    ssize_t got;
    int status = 0;
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\nConnection: close\r\n\r\n", path,
             accept);
    *body = 0;
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(connection, request, strlen(request), MSG_NOSIGNAL) > 0)
        while (len < sizeof answer - 1 &&
               (got = recv(connection, answer + len, sizeof answer - 1 - len, 0)) > 0)
            len += (size_t)got;
    close(connection);
    answer[len] = 0;
    const char *end = strstr(answer, "\r\n\r\n");
    if (!end || sscanf(answer, "HTTP/1.1 %d", &status) != 1)
        return 0;
    snprintf(body, PAGE_MAX, "%s", end + 4);
    return status;
}

static inline int probe(int port, const char *path)
{
    static char body[PAGE_MAX];
    return get(port, path, "*/*", body);
}

/* ------------------------------------------------------------------ records */

/* What the records that were produced should come to. */
struct produced {
    uint64_t records, bytes, bad;
};

static inline struct produced produce_stream(int64_t events)
{
    struct gs_generate_config config;
    struct gs_generate *generate;
    struct gs_generated item;
    struct gs_error error;
    struct produced produced = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    gs_generate_config_init(&config);
    config.events = events;
    config.span_ms = 60000;
    config.start_ms = (int64_t)now.tv_sec * 1000 - config.span_ms;
    config.partitions = PARTITIONS;
    config.influencers = 20;
    config.malformed = 0.02;
    if (gs_generate_create(&config, &generate, &error) != GS_OK)
        fail_msg("%s", error.message);
    while (gs_generate_next(generate, &item)) {
        struct gs_kafka_record record = {.topic = gs_generate_topic_name(item.topic),
                                         .partition = item.partition,
                                         .key = item.key,
                                         .value = item.value,
                                         .timestamp_ms = item.record_ms};
        produce(&record);
        produced.records++;
        produced.bytes += item.value.len;
        produced.bad += item.bad != GS_BAD_NONE;
    }
    flush_records();
    gs_generate_destroy(generate);
    return produced;
}

#endif
