/* note.c -- what the process says of itself in Redis: a heartbeat, and how its numbers are made.
 * Both are written again and again, so that an emptied Redis has them back. */
#include "internal.h"

#include <stdio.h>

enum { HEARTBEAT_EXPIRY_MS = 30000 };

static void post(struct gs_service *service, struct gs_buf *resp)
{
    gs_worker_note(service->workers[0], resp);
}

static void begin(struct gs_buf *resp, const struct gs_service *service, const char *command,
                  const char *kind, const char *name, uint32_t more)
{
    struct gs_buf key = {0};
    gs_buf_printf(&key, "%s:v1:%s%s", service->task.prefix, kind, name);
    gs_redis_begin(resp, 2 + more);
    gs_redis_arg_text(resp, command);
    gs_redis_arg(resp, key.data, key.len);
    gs_buf_deinit(&key);
}

static void add(struct gs_buf *resp, const char *field, int64_t value)
{
    gs_redis_arg_text(resp, field);
    gs_redis_arg_int(resp, value);
}

static void heartbeat(struct gs_service *service)
{
    struct gsi_sums sums;
    struct gs_buf resp = {0};
    gsi_service_sums(service, service->scratch, &sums);
    begin(&resp, service, "HSET", "instance:", service->instance, 18);
    gs_redis_arg_text(&resp, "version");
    gs_redis_arg_text(&resp, GS_VERSION);
    add(&resp, "updated_ms", gsi_service_wall_ms());
    add(&resp, "tasks", sums.task_count);
    add(&resp, "as_of_ms", sums.as_of_ms == GS_NULL_INT ? 0 : sums.as_of_ms);
    add(&resp, "lag", (int64_t)sums.lag);
    add(&resp, "records", (int64_t)sums.records);
    add(&resp, "cells_written", (int64_t)sums.tasks.cells_written);
    add(&resp, "dirty", sums.dirty);
    add(&resp, "restoring", sums.restoring);
    post(service, &resp);
    begin(&resp, service, "PEXPIRE", "instance:", service->instance, 1);
    gs_redis_arg_int(&resp, HEARTBEAT_EXPIRY_MS);
    post(service, &resp);
}

static void meta(struct gs_service *service)
{
    struct gs_buf resp = {0};
    const struct gs_service_config *config = service->config;
    begin(&resp, service, "HSET", "meta", "", 2 + 2 * config->meta_count);
    gs_redis_arg_text(&resp, "version");
    gs_redis_arg_text(&resp, "\"" GS_VERSION "\"");
    for (uint32_t i = 0; i < config->meta_count; i++) {
        gs_redis_arg_text(&resp, config->meta[i].name);
        gs_redis_arg_text(&resp, config->meta[i].json);
    }
    post(service, &resp);
}

void gsi_service_note(struct gs_service *service, int64_t now_ms)
{
    struct gs_worker_stats stats;
    if (!service->worker_count || service->config->discard)
        return;
    gs_worker_read_stats(service->workers[0], &stats, NULL, 0);
    if (!stats.redis_connected)
        return;
    service->noted_ms = now_ms;
    heartbeat(service);
    meta(service);
}
