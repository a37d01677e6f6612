/* source.h -- where tasks and records come from: one group member per process says which tasks are
 * ours, one data consumer per worker reads their inputs at exact offsets.
 *
 *   service thread: gs_member ── topic groundswell.tasks: owning its partition p is owning task p
 *        │ assigned, revoked, lost                     ▲ revoke_done, commit, close
 *        ▼                                             │
 *   worker thread:  gs_source ── start/stop of (input, partition) at an offset ──► batches
 *
 * A hand-over of some tasks never touches the others: the data consumer is in no group, so nothing
 * but gs_source_start() and gs_source_stop() decides what it reads. */
#ifndef GROUNDSWELL_SOURCE_H
#define GROUNDSWELL_SOURCE_H

#include "groundswell/event.h"
#include "groundswell/kafka.h"

struct uv_loop_s;

/* ------------------------------------------------------------------ membership */

/* Everything here belongs to the thread of the loop that the member was created on, and callbacks
 * run there, from the loop. They may call the functions below; gs_member_destroy() only closed().
 */
struct gs_member; /* opaque */

struct gs_member_callbacks {
    void *user;
    /* These tasks are ours from now on; none: the group has answered, there is nothing (more) for
     * us. generation: of the group, as read at this moment. */
    void (*assigned)(void *user, const uint32_t *tasks, size_t count, int32_t generation);
    /* These tasks are asked back. They stay ours until each is answered with
     * gs_member_revoke_done(), after bounded work (2 s); the whole group waits for it. */
    void (*revoked)(void *user, const uint32_t *tasks, size_t count);
    /* These tasks are gone already, also those being revoked: stop writing at once, no answer. */
    void (*lost)(void *user, const uint32_t *tasks, size_t count);
    /* The member cannot go on (fenced: GS_E_TEMP; not authorised: GS_E_REFUSED). All tasks were
     * reported lost before. The process should end with this error. */
    void (*failed)(void *user, const struct gs_error *error);
    /* Follows gs_member_close(), once: left is false if the deadline came first. */
    void (*closed)(void *user, bool left);
};

struct gs_member_config {
    struct gs_kafka_config kafka; /* borrowed for the call */
    const char *tasks_topic;      /* borrowed for the call */
};

/* Joins the group. callbacks are copied; all must be set. On GS_OK the caller owns *member. */
GS_MUST_CHECK enum gs_status gs_member_create(const struct gs_member_config *config,
                                              struct uv_loop_s *loop,
                                              const struct gs_member_callbacks *callbacks,
                                              struct gs_member **member, struct gs_error *error);
/* Without gs_member_close() before, the group notices after the session timeout only. Commits under
 * way are not answered, but waited for, a second at most. The memory goes when the loop has run
 * once more. Accepts NULL. */
void gs_member_destroy(struct gs_member *member);

/* Nothing of this task will be written any more. Ignored if the task is not being revoked. */
void gs_member_revoke_done(struct gs_member *member, uint32_t task);
/* Also true while the task is being revoked. */
bool gs_member_owns(const struct gs_member *member, uint32_t task);
/* The member polls by itself, by a timer of 100 ms and when something comes. Calling this in
 * addition does no harm. */
void gs_member_serve(struct gs_member *member);

struct gs_member_offset {
    const char *topic;
    int32_t partition; /* = the task */
    int64_t offset;    /* of the next record; >= 0 */
};

/* What a commit says about who owns the tasks in it. */
enum gs_member_verdict {
    GS_MEMBER_OWNER,     /* accepted in far less than the session timeout, assignment unchanged */
    GS_MEMBER_UNDECIDED, /* a rebalance, a timeout: write nothing, wait for the next callback */
    GS_MEMBER_LOST       /* another one is in our place: drop the tasks */
};
/* Called once. error is NULL with OWNER. */
typedef void gs_member_commit_fn(void *user, enum gs_member_verdict verdict,
                                 const struct gs_error *error);

enum { GS_MEMBER_COMMITS_MAX = 256, GS_MEMBER_COMMIT_MS_MAX = 5000 };
struct gs_member_commit {
    const struct gs_member_offset *offsets; /* copied */
    size_t count;                           /* > 0 */
    int64_t timeout_ms; /* at most GS_MEMBER_COMMIT_MS_MAX: a later answer would prove nothing */
    gs_member_commit_fn *on_done;
    void *user;
};
/* Commits offsets of inputs: telemetry for others, proof of ownership for us. Never blocks.
 * GS_E_TEMP, and on_done is not called: between a loss and the next assignment, while closing, with
 * GS_MEMBER_COMMITS_MAX under way, or, with static membership, for a session timeout after the
 * coordinator was away. error may be NULL. */
GS_MUST_CHECK enum gs_status gs_member_commit(struct gs_member *member,
                                              const struct gs_member_commit *commit,
                                              struct gs_error *error);

/* Gives all tasks back and leaves the group, so that others have them within about a heartbeat (1
 * s) (with static membership: after the session timeout, unless this instance comes back). The
 * owner has stopped writing before: neither revoked nor lost is called any more. closed() follows,
 * within timeout_ms. */
void gs_member_close(struct gs_member *member, int64_t timeout_ms);

/* ------------------------------------------------------------------ records */

/* A source belongs to the thread of the loop that it was created on. */
struct gs_source; /* opaque */

enum gs_source_kind {
    GS_SOURCE_RECORD,
    GS_SOURCE_END,    /* every record before `offset` was handed out; more may come */
    GS_SOURCE_GAP,    /* `offset` is not in the log (retention, truncation): this partition stands
                         still until it is stopped and started elsewhere */
    GS_SOURCE_FAILED, /* an error of this partition; reading may go on by itself */
    GS_SOURCE_DROPPED /* the partition was stopped since: skip it */
};

/* Views are valid until gs_source_release(). */
struct gs_source_message {
    uint8_t kind;  /* enum gs_source_kind */
    uint8_t input; /* index into config.inputs */
    int32_t partition;
    int64_t offset;
    int64_t record_ms;   /* -1 = the record has none */
    struct gs_str key;   /* data == NULL: none */
    struct gs_str value; /* data == NULL: a Kafka null. GAP, FAILED: what happened, in words */
    void *handle;        /* of gs_source_headers() and gs_source_leader_epoch() */
};

/* A task's inputs, and its log of checkpoints. */
enum { GS_SOURCE_INPUTS_MAX = GS_INPUTS_MAX + 1 };

struct gs_source_config {
    struct gs_kafka_config kafka;             /* borrowed for the call */
    const char *inputs[GS_SOURCE_INPUTS_MAX]; /* topics; borrowed for the call */
    uint8_t input_count;
    uint32_t batch_max; /* the largest max of gs_source_poll() */
};

/* Called from the loop while there may be something to poll: after gs_source_poll() returned as
 * many as it was asked for, again in the next turn. */
typedef void gs_source_ready_fn(void *user);

/* on_ready is called with user on the loop. On GS_OK the caller owns *source. */
struct gs_source_listener {
    gs_source_ready_fn *on_ready;
    void *user;
};
GS_MUST_CHECK enum gs_status gs_source_create(const struct gs_source_config *config,
                                              struct uv_loop_s *loop,
                                              const struct gs_source_listener *listener,
                                              struct gs_source **source, struct gs_error *error);
/* Releases the batch, stops everything, drops open questions. The memory goes when the loop has run
 * once more. Not from on_ready or an answer. Accepts NULL. */
void gs_source_destroy(struct gs_source *source);

#define GS_SOURCE_START INT64_C(-2) /* the log's start */
#define GS_SOURCE_TAIL INT64_C(-1)  /* the log's end */
struct gs_source_position {
    uint8_t input;
    int32_t partition;
    int64_t offset;       /* or GS_SOURCE_START, GS_SOURCE_TAIL */
    int32_t leader_epoch; /* of the record before it, so that truncation is noticed; -1 = unknown */
};

/* Reads these partitions from these offsets on; none may be started already. Allowed while a batch
 * is held. Some 50 us each, waits for no broker. Errors: GS_E_BUG, nothing was started. */
GS_MUST_CHECK enum gs_status gs_source_start(struct gs_source *source,
                                             const struct gs_source_position *positions,
                                             size_t count, struct gs_error *error);
/* Nothing of this partition is handed out any more; what is left of it in the batch that is held
 * becomes GS_SOURCE_DROPPED, its bytes stay valid until the release. May be started again at once,
 * at any offset. Ignored if it is not started. */
void gs_source_stop(struct gs_source *source, uint8_t input, int32_t partition);
bool gs_source_is_started(const struct gs_source *source, uint8_t input, int32_t partition);

/* Hands out what has been fetched, at most max, without waiting; returns how many. Within a
 * partition in offset order. The batch before must have been released. out stays in use until
 * then. */
uint32_t gs_source_poll(struct gs_source *source, struct gs_source_message *out, uint32_t max);
/* Frees the batch; no view into it is valid any more. */
void gs_source_release(struct gs_source *source);
/* The caller cannot take more now and will poll by itself: on_ready is not called for what is left
 * over, only when something new comes. */
void gs_source_rest(struct gs_source *source);

/* Headers of a record, as views; returns how many there are, of which at most max were written. */
uint32_t gs_source_headers(const struct gs_source_message *message, struct gs_kafka_header *headers,
                           uint32_t max);
/* -1 = unknown (old brokers, old message formats). */
int32_t gs_source_leader_epoch(const struct gs_source_message *message);
/* The partition's last stable offset as of the last fetch: never asks a broker. -1 = unknown. */
int64_t gs_source_end_offset(const struct gs_source *source, uint8_t input, int32_t partition);
/* What comes behind everything of the partition that was handed out since its start or passed over
 * on the way: the ends of transactions take up offsets, and no message tells of them. Never asks a
 * broker. -1 = nothing yet. */
int64_t gs_source_position(const struct gs_source *source, uint8_t input, int32_t partition);

/* gs_kafka_offsets_ask() through the source's client; answered from the loop. */
GS_MUST_CHECK enum gs_status gs_source_ask(struct gs_source *source,
                                           const struct gs_kafka_question *question,
                                           struct gs_error *error);

#endif
