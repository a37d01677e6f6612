/* sync.c -- the connection for commands that wait: the asynchronous one, on a loop that runs only
 * while somebody waits. So a command line tool meets the same checks, messages and limits. */
#include "internal.h"

#include <stdio.h>

struct gs_redis_sync {
    uv_loop_t loop;
    struct gs_redis *redis;
    bool done;
    bool connected;
    struct gs_error error;
    struct gs_redis_info info;
    struct gsi_redis_arena arena; /* the last reply */
    const struct gs_redis_reply *reply;
    enum gs_redis_fault fault;
};

static void on_connected(void *user, const struct gs_redis_info *info)
{
    struct gs_redis_sync *sync = user;
    sync->info = *info;
    sync->connected = true;
    sync->done = true;
}

static void on_failed(void *user, enum gs_redis_fault fault, const struct gs_error *error)
{
    struct gs_redis_sync *sync = user;
    sync->fault = fault;
    sync->error = *error;
    sync->connected = false;
    sync->done = true;
}

static void run_until_done(struct gs_redis_sync *sync)
{
    while (!sync->done)
        uv_run(&sync->loop, UV_RUN_ONCE);
}

enum gs_status gs_redis_sync_connect(const struct gs_redis_config *config,
                                     struct gs_redis_sync **sync, struct gs_error *error)
{
    struct gs_redis_sync *made = gs_calloc(1, sizeof *made);
    struct gs_redis_callbacks callbacks = {made, on_connected, on_failed};
    *sync = NULL;
    int code = uv_loop_init(&made->loop);
    if (code) {
        gs_free(made);
        return gs_fail(error, GS_E_UNAVAIL, "no event loop for Redis: %s", uv_strerror(code));
    }
    enum gs_status status = gs_redis_create(&made->loop, config, &callbacks, &made->redis, error);
    if (status == GS_OK) {
        gs_redis_start(made->redis);
        run_until_done(made);
        if (made->connected) {
            *sync = made;
            return GS_OK;
        }
        *error = made->error;
        status = error->status;
    }
    gs_redis_sync_close(made);
    return status;
}

static void on_reply(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct gs_redis_sync *sync = opaque;
    sync->fault = fault;
    if (!reply) /* failed() follows and says why */
        return;
    sync->reply = gsi_redis_reply_copy(&sync->arena, reply);
    sync->done = true;
}

enum gs_status gs_redis_sync_command(struct gs_redis_sync *sync, const struct gs_str *args,
                                     uint32_t count, const struct gs_redis_reply **reply,
                                     struct gs_error *error)
{
    struct gs_buf buf = {0};
    char what[40];
    GS_ASSERT(count > 0);
    gsi_redis_arena_reset(&sync->arena);
    sync->reply = NULL;
    sync->done = false;
    gs_redis_begin(&buf, count);
    for (uint32_t i = 0; i < count; i++)
        gs_redis_arg_str(&buf, args[i]);
    if (sync->connected &&
        gs_redis_send(sync->redis, gs_str_make(buf.data, buf.len), on_reply, sync) == GS_OK)
        run_until_done(sync);
    gs_buf_deinit(&buf);
    *reply = sync->reply;
    if (!sync->reply) {
        *error = sync->error;
        return error->status;
    }
    if (sync->fault == GS_REDIS_OK)
        return GS_OK;
    gsi_redis_printable(args[0], what, sizeof what);
    gs_redis_describe(sync->redis, sync->reply, sync->fault, what, error);
    return error->status;
}

const struct gs_redis_info *gs_redis_sync_info(const struct gs_redis_sync *sync)
{
    return &sync->info;
}

const char *gs_redis_sync_endpoint(const struct gs_redis_sync *sync)
{
    return sync->redis->url.endpoint;
}

void gs_redis_sync_close(struct gs_redis_sync *sync)
{
    if (!sync)
        return;
    if (sync->redis)
        gs_redis_stop(sync->redis, NULL, NULL);
    uv_run(&sync->loop, UV_RUN_DEFAULT);
    GS_ASSERT(uv_loop_close(&sync->loop) == 0);
    gsi_redis_arena_deinit(&sync->arena);
    gs_free(sync);
}
