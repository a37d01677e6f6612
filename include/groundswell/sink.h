/* sink.h -- carries the commands of a worker's tasks to Redis and their answers back. It decides
 * nothing: what a takeover or a write means is the task's business (task.h).
 *
 *   gs_task_next_command ──► gs_sink_send ──► FCALL gs_take / gs_write ──► taken(), written()
 *
 * Each command is one call of a function inside Redis (src/sink/function.c): guard and cells in one
 * atomic step. The functions are loaded after every connect, before connected() is called.
 * Everything belongs to the thread of the loop that the sink was created on; callbacks come from
 * the loop, never from inside a function of this header. */
#ifndef GROUNDSWELL_SINK_H
#define GROUNDSWELL_SINK_H

#include "groundswell/redis.h"
#include "groundswell/task.h"

/* Members must be set. tag is what gs_sink_send() was given. */
struct gs_sink_callbacks {
    void *user;
    /* Commands may be sent from now on. info is valid for the call. */
    void (*connected)(void *user, const struct gs_redis_info *info);
    /* The connection, or an attempt at one, failed: what was sent and not answered has no answer
     * (no callback follows for it). Another attempt follows by itself. error is valid for the
     * call. */
    void (*disconnected)(void *user, const struct gs_error *error);
    /* before as gs_task_taken() wants it, valid for the call. */
    void (*taken)(void *user, uint64_t tag, uint32_t id, enum gs_take_result result,
                  const struct gs_guard *before);
    /* why: the first refusal of a single key, NULL if failed_keys is 0. */
    void (*written)(void *user, uint64_t tag, uint32_t id, enum gs_write_result result,
                    uint32_t failed_keys, const char *why);
};

struct gs_sink; /* opaque */

/* redis is borrowed for the call. On GS_OK the caller owns *sink and must stop it. */
GS_MUST_CHECK enum gs_status gs_sink_create(struct uv_loop_s *loop,
                                            const struct gs_redis_config *redis,
                                            const struct gs_sink_callbacks *callbacks,
                                            struct gs_sink **sink, struct gs_error *error);
/* Connects, and again after each fault. Once. */
void gs_sink_start(struct gs_sink *sink);
/* Ends it in any state; no callback but on_stopped (may be NULL) is called any more, then the
 * memory is gone. */
void gs_sink_stop(struct gs_sink *sink, void (*on_stopped)(void *user), void *user);

/* Whose command it is. Strings are borrowed for the call. */
struct gs_sink_owner {
    uint64_t tag; /* unique for every gs_task: answers of one that is gone must not meet the next */
    const struct gs_task_config *task; /* as given to gs_task_create() */
};
/* Sends a TAKE or WRITE. An error reply of the server as such (READONLY, LOADING, OOM, a function
 * that vanished, NOPERM ...) gives up the connection: disconnected() follows, never a callback for
 * the command. GS_E_UNAVAIL: not connected, disconnected() was or will be called. GS_E_TEMP: too
 * much is under way, as of gs_redis_send(); the connection is given up too, since a task never has
 * more than GS_TASK_IN_FLIGHT. */
GS_MUST_CHECK enum gs_status gs_sink_send(struct gs_sink *sink, const struct gs_sink_owner *owner,
                                          const struct gs_command *command);

/* Sends one complete command whose answer matters to nobody (heartbeat, meta). Dropped while not
 * connected; an error reply is counted and logged. */
void gs_sink_note(struct gs_sink *sink, struct gs_str resp);

struct gs_sink_stats {
    uint64_t commands;
    uint64_t bytes; /* sent */
    uint64_t notes_failed;
    uint64_t connects;
    uint64_t faults[GS_REDIS_FAULT_COUNT]; /* by kind: of the connection, and that gave it up */
    int64_t reply_ms_max; /* slowest answer since the last call of gs_sink_stats() */
};
void gs_sink_stats(struct gs_sink *sink, struct gs_sink_stats *stats);
void gs_sink_state(const struct gs_sink *sink, struct gs_redis_state *state);

#endif
