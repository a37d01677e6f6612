/* sink.c -- one connection, the functions loaded on it, and the commands that wait for an answer.
 *
 *   start ─► connected ─► library loaded ─► READY ─ send ─► pending ring ─► taken(), written()
 *     ▲                                       │ error reply: drop
 *     └──────────── failed: disconnected() ◄──┘
 *
 * Answers come in the order of sending, so a ring says whose each is. All faults take one way: the
 * connection is given up, and disconnected() is called from where redis.h says that it failed. */
#include "internal.h"

#include <stdio.h>
#include <uv.h>

struct pending {
    uint64_t tag;
    uint64_t sent_ms;
    uint32_t id;
    enum gs_command_kind kind;
};

struct gs_sink {
    uv_loop_t *loop;
    struct gs_redis *redis;
    struct gs_sink_callbacks callbacks;
    struct gsi_functions functions;
    struct gs_redis_info info; /* kept until the library is loaded */
    bool ready;
    bool stopping;
    struct gs_buf resp;

    /* A ring. Notes and the loading take places of the connection's own limit only. */
    struct pending pending[GS_REDIS_PENDING_MAX];
    uint32_t pending_first;
    uint32_t pending_count;

    /* Why we gave up the connection; GS_REDIS_OK if we did not. */
    enum gs_redis_fault cause;
    struct gs_error error;

    struct gs_sink_stats stats;
    void (*on_stopped)(void *user);
    void *stopped_user;
};

/* ------------------------------------------------------------------ faults */

/* The first cause counts; when the connection has failed already this says nothing new. */
static void give_up(struct gs_sink *sink, enum gs_redis_fault cause, const struct gs_error *error)
{
    if (!gs_redis_is_connected(sink->redis))
        return;
    sink->cause = cause;
    sink->error = *error;
    gs_redis_drop(sink->redis, gs_redis_fault_name(cause));
}

static void give_up_reply(struct gs_sink *sink, const struct gs_redis_reply *reply,
                          enum gs_redis_fault fault)
{
    struct gs_error error;
    gs_redis_describe(sink->redis, reply, fault, "FCALL", &error);
    give_up(sink, fault, &error);
}

static void give_up_words(struct gs_sink *sink, enum gs_redis_fault cause, const char *what)
{
    struct gs_redis_state state;
    struct gs_error error;
    gs_redis_state(sink->redis, &state);
    gs_fail(&error, GS_E_UNAVAIL, "Redis at %s: %s; a new connection is tried", state.endpoint,
            what);
    give_up(sink, cause, &error);
}

static void on_failed(void *user, enum gs_redis_fault fault, const struct gs_error *error)
{
    struct gs_sink *sink = user;
    bool ours = fault == GS_REDIS_DROPPED && sink->cause != GS_REDIS_OK;
    struct gs_error told = ours ? sink->error : *error;
    GS_ASSERT(sink->pending_count == 0); /* each reply function was called */
    sink->stats.faults[ours ? sink->cause : fault]++;
    sink->cause = GS_REDIS_OK;
    sink->ready = false;
    sink->callbacks.disconnected(sink->callbacks.user, &told);
}

/* ------------------------------------------------------------------ answers */

static void on_taken(struct gs_sink *sink, const struct pending *pending,
                     const struct gs_redis_reply *reply)
{
    struct gsi_taken taken;
    if (!gsi_sink_read_taken(reply, &taken)) {
        give_up_words(sink, GS_REDIS_PROTOCOL, "its answer to a takeover is none of ours");
        return;
    }
    if (taken.damaged)
        gs_log(GS_LOG_WARN, "sink",
               "a guard in Redis holds offsets or times that cannot be read; they are ignored, so "
               "readers may see time go back once, and more is written than may be needed");
    taken.before.foreign = taken.result == GS_TAKE_FOREIGN ? taken.detail : NULL;
    sink->callbacks.taken(sink->callbacks.user, pending->tag, pending->id, taken.result,
                          &taken.before);
}

static void on_written(struct gs_sink *sink, const struct pending *pending,
                       const struct gs_redis_reply *reply)
{
    struct gsi_written written;
    if (!gsi_sink_read_written(reply, &written)) {
        give_up_words(sink, GS_REDIS_PROTOCOL, "its answer to a write is none of ours");
        return;
    }
    sink->callbacks.written(sink->callbacks.user, pending->tag, pending->id, written.result,
                            written.failed_keys, written.failed_keys ? written.why : NULL);
}

static void on_reply(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct gs_sink *sink = opaque;
    struct pending pending = sink->pending[sink->pending_first];
    GS_ASSERT(sink->pending_count > 0);
    sink->pending_first = (sink->pending_first + 1) % GS_REDIS_PENDING_MAX;
    sink->pending_count--;
    if (!reply || sink->stopping)
        return; /* disconnected() follows, or nothing at all */
    int64_t took_ms = (int64_t)(uv_now(sink->loop) - pending.sent_ms);
    sink->stats.reply_ms_max = GS_MAX(sink->stats.reply_ms_max, took_ms);
    if (fault != GS_REDIS_OK)
        give_up_reply(sink, reply, fault);
    else if (pending.kind == GS_COMMAND_TAKE)
        on_taken(sink, &pending, reply);
    else
        on_written(sink, &pending, reply);
}

static void on_note(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct gs_sink *sink = opaque;
    struct gs_error error;
    if (fault == GS_REDIS_OK || sink->stopping)
        return;
    sink->stats.notes_failed++;
    if (!reply)
        return; /* why is told by disconnected() */
    gs_redis_describe(sink->redis, reply, fault, "a heartbeat or description", &error);
    gs_log(GS_LOG_WARN, "sink", "%s", error.message);
}

/* ------------------------------------------------------------------ connecting */

static void on_loaded(void *opaque, enum gs_redis_fault fault, const struct gs_error *error)
{
    struct gs_sink *sink = opaque;
    if (sink->stopping)
        return;
    if (error) {
        give_up(sink, fault, error);
        return;
    }
    sink->ready = true;
    sink->stats.connects++;
    sink->callbacks.connected(sink->callbacks.user, &sink->info);
}

static void on_connected(void *user, const struct gs_redis_info *info)
{
    struct gs_sink *sink = user;
    struct gs_redis_library library = {
        sink->functions.library, gs_str_make(sink->functions.code.data, sink->functions.code.len)};
    sink->info = *info;
    if (gs_redis_load_library(sink->redis, &library, on_loaded, sink) != GS_OK)
        give_up_words(sink, GS_REDIS_DROPPED, "the functions could not be sent");
}

enum gs_status gs_sink_create(struct uv_loop_s *loop, const struct gs_redis_config *redis,
                              const struct gs_sink_callbacks *callbacks, struct gs_sink **sink,
                              struct gs_error *error)
{
    struct gs_sink *made = gs_calloc(1, sizeof *made);
    struct gs_redis_callbacks own = {made, on_connected, on_failed};
    *sink = NULL;
    enum gs_status status = gs_redis_create(loop, redis, &own, &made->redis, error);
    if (status) {
        gs_free(made);
        return status;
    }
    made->loop = loop;
    made->callbacks = *callbacks;
    gsi_sink_functions(&made->functions);
    *sink = made;
    return GS_OK;
}

void gs_sink_start(struct gs_sink *sink)
{
    gs_redis_start(sink->redis);
}

static void on_stopped(void *user)
{
    struct gs_sink *sink = user;
    void (*stopped)(void *) = sink->on_stopped;
    void *stopped_user = sink->stopped_user;
    gs_buf_deinit(&sink->functions.code);
    gs_buf_deinit(&sink->resp);
    gs_free(sink);
    if (stopped)
        stopped(stopped_user);
}

void gs_sink_stop(struct gs_sink *sink, void (*stopped)(void *user), void *user)
{
    sink->stopping = true;
    sink->ready = false;
    sink->on_stopped = stopped;
    sink->stopped_user = user;
    gs_redis_stop(sink->redis, on_stopped, sink);
}

/* ------------------------------------------------------------------ sending */

static void remember(struct gs_sink *sink, uint64_t tag, const struct gs_command *command)
{
    uint32_t at = (sink->pending_first + sink->pending_count++) % GS_REDIS_PENDING_MAX;
    /* uv_now() is fresh: gs_redis_send() has updated it. */
    sink->pending[at] = (struct pending){tag, uv_now(sink->loop), command->id, command->kind};
}

enum gs_status gs_sink_send(struct gs_sink *sink, const struct gs_sink_owner *owner,
                            const struct gs_command *command)
{
    struct gs_buf *resp = &sink->resp;
    GS_ASSERT(command->kind == GS_COMMAND_TAKE || command->kind == GS_COMMAND_WRITE);
    if (!sink->ready)
        return GS_E_UNAVAIL;
    if (command->kind == GS_COMMAND_TAKE)
        gsi_sink_add_take(resp, &sink->functions, owner->task, command);
    else
        gsi_sink_add_write(resp, &sink->functions, owner->task, command);
    enum gs_status status =
        gs_redis_send(sink->redis, gs_str_make(resp->data, resp->len), on_reply, sink);
    if (status == GS_OK) {
        remember(sink, owner->tag, command);
        sink->stats.commands++;
        sink->stats.bytes += resp->len;
    } else if (status == GS_E_TEMP) {
        give_up_words(sink, GS_REDIS_DROPPED, "it answers too slowly, too much is under way");
    }
    return status;
}

void gs_sink_note(struct gs_sink *sink, struct gs_str resp)
{
    if (!sink->ready || gs_redis_send(sink->redis, resp, on_note, sink) != GS_OK)
        sink->stats.notes_failed++;
    else
        sink->stats.bytes += resp.len;
}

/* ------------------------------------------------------------------ figures */

void gs_sink_stats(struct gs_sink *sink, struct gs_sink_stats *stats)
{
    *stats = sink->stats;
    sink->stats.reply_ms_max = 0;
}

void gs_sink_state(const struct gs_sink *sink, struct gs_redis_state *state)
{
    gs_redis_state(sink->redis, state);
}
