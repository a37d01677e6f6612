/* worker.h -- a thread with one loop, one Kafka data consumer, one Redis connection and the tasks
 * assigned to it. It shares nothing: orders and answers travel through mailboxes, figures are
 * copied out once a second.
 *
 *   service thread ── gs_worker_assign/revoke/lose/proved/stop ──► mailbox ──► worker thread
 *   service thread ◄── mailbox ◄── gs_worker_event (REVOKED, PROVE, CUT, ...) ── worker thread
 */
#ifndef GROUNDSWELL_WORKER_H
#define GROUNDSWELL_WORKER_H

#include "groundswell/kafka.h"
#include "groundswell/redis.h"
#include "groundswell/registry.h"
#include "groundswell/sentiment.h"
#include "groundswell/task.h"

struct gs_worker_config {
    uint32_t index;
    struct gs_kafka_config kafka; /* strings borrowed; must outlive the worker */
    struct gs_redis_config redis;
    struct gs_task_config task; /* what all tasks have in common */
    /* Borrowed; shared by the workers. It answers into them: it must be destroyed before they are.
     */
    struct gs_registry *registry;
    const char *dlq_topic;
    const char *late_topic;
    const char *checkpoint_topic; /* NULL: no checkpoints are kept, and none is gone on from */
    int64_t checkpoint_interval_ms;
    int64_t checkpoint_cycle_ms;
    struct gs_cut_id input_ids[GS_INPUTS_MAX]; /* of the input topics; zeroes: not known */
    /* An input that has lost records which were never read: go on behind them, or stand still. */
    bool continue_on_gap;
    uint32_t batch; /* records per turn of the loop */
    /* More bad ones than this share of at least 1,000 records of a partition within a minute: it
     * stops, instead of draining a topic into the DLQ. 1000 = never. */
    int64_t dlq_max_permille;
    bool until_end;
    bool discard;
    bool takeover;
    /* An input of which nothing comes for so long, although its log goes on and its leader answers,
     * is read anew; if nothing comes for as long again, the worker fails. So it does if dead
     * letters are not acknowledged for twice as long, although the leaders answer. 0:
     * GS_WORKER_STALL_MS */
    int64_t stall_ms;
};
enum { GS_WORKER_STALL_MS = 30000 };

enum gs_worker_event_kind {
    GS_WORKER_REVOKED, /* the task is flushed as far as possible and closed */
    GS_WORKER_PROVE,   /* commit these offsets and answer with gs_worker_proved() */
    GS_WORKER_DONE,    /* until_end, discard: everything of the assigned tasks is written */
    GS_WORKER_CUT,     /* a checkpoint holds everything below these offsets */
    GS_WORKER_STOPPED, /* after gs_worker_stop(): nothing is left to do */
    GS_WORKER_FAILED   /* cannot go on: the process must end with this error */
};

struct gs_worker_event {
    enum gs_worker_event_kind kind;
    uint32_t worker;
    uint32_t task;
    uint32_t id;               /* of a PROVE; of a DONE: how many gs_worker_assign() it knows of */
    int64_t at[GS_INPUTS_MAX]; /* of a PROVE, a CUT */
    uint8_t at_count;
    struct gs_error error; /* of FAILED */
};

/* Called on the worker's thread; must not block. */
typedef void gs_worker_event_fn(void *user, const struct gs_worker_event *event);

struct gs_worker; /* opaque */

/* Starts the thread. On GS_OK the caller owns *worker. */
GS_MUST_CHECK enum gs_status gs_worker_create(const struct gs_worker_config *config,
                                              gs_worker_event_fn *on_event, void *user,
                                              struct gs_worker **worker, struct gs_error *error);
/* Waits for the thread, which must have been told to stop. Accepts NULL. */
void gs_worker_destroy(struct gs_worker *worker);

/* Orders; from any thread, in order, never blocking. */
void gs_worker_assign(struct gs_worker *worker, uint32_t task, int32_t generation);
/* Flush within limit_ms, then REVOKED. */
void gs_worker_revoke(struct gs_worker *worker, uint32_t task, int64_t limit_ms);
/* Ownership is gone: stop writing at once, no answer. */
void gs_worker_lose(struct gs_worker *worker, uint32_t task);
void gs_worker_proved(struct gs_worker *worker, uint32_t task, uint32_t id, enum gs_proof proof);
/* Sends one complete command to Redis (heartbeat, meta) if it is connected; takes over the bytes of
 * resp, which is empty afterwards. */
void gs_worker_note(struct gs_worker *worker, struct gs_buf *resp);
/* Revokes all tasks within limit_ms, closes everything, then STOPPED. */
void gs_worker_stop(struct gs_worker *worker, int64_t limit_ms);

/* ------------------------------------------------------------------ figures */

enum { GS_WORKER_TASKS_MAX = 1024 };

struct gs_worker_task_stats {
    uint32_t task;
    int32_t generation;
    enum gs_task_state state;
    /* All 0, unknown times and read_to below 0, while it is not known where its reading begins. */
    struct gs_task_stats stats;
    int64_t cut_ms;         /* monotonic: when the last checkpoint counted; 0 = none yet */
    bool restoring;         /* reads its log of checkpoints: */
    uint64_t restore_reads; /* so many records of what it goes on from, */
    uint64_t restore_count; /* of so many; 0 = still looking */
    int64_t end_offset[GS_INPUTS_MAX]; /* high watermark as last heard of; -1 = unknown */
};

/* Over all tasks that the worker has or had. Every member is a uint64_t. */
struct gs_worker_sums {
    uint64_t disposition[GS_DISPOSITION_COUNT];
    uint64_t scored;
    uint64_t dropped[GS_REASON_COUNT];
    uint64_t snapshots_ignored;
    uint64_t snapshots_baseline;
    uint64_t posts_refused;
    uint64_t entities_refused;
    uint64_t profile_versions_cut;
    uint64_t cells_written;
    uint64_t batches;
    uint64_t failed_keys;
    uint64_t takeovers;
    uint64_t takeovers_known; /* these three, and what follows: as in struct gs_task_stats */
    uint64_t takeovers_clean;
    uint64_t takeovers_all;
    uint64_t confirmations;
    uint64_t quarantines;
    uint64_t outcome_empty;
    uint64_t outcome_regressed;
    uint64_t outcome_fenced;
    uint64_t holds_ended_early;
    struct gs_task_cut_stats cuts;
};

/* Adds more to sums. */
void gs_worker_sums_add(struct gs_worker_sums *sums, const struct gs_worker_sums *more);

/* How tasks began, over all that the worker has or had. */
struct gs_worker_begins {
    uint64_t restored;     /* from a checkpoint */
    uint64_t mixed;        /* of these: it was counted by other rules */
    uint64_t fresh;        /* without one */
    uint64_t kept;         /* from the memory of a task that was taken away and came back */
    uint64_t started_over; /* of these: there was one, but an input had lost its tail */
    uint64_t gaps;         /* inputs that have lost records which were never read */
    uint64_t failures; /* times that a checkpoint could not be read, and another one was tried */
    uint64_t entries;  /* that were put back */
    uint64_t bytes;    /* of the log that were read for it */
    /* What was passed over in the log. */
    uint64_t damaged;      /* records whose checksum or content is wrong */
    uint64_t other_format; /* records of other versions of Groundswell */
    uint64_t other_layout; /* records of other windows, views or inputs */
    uint64_t other_topic;  /* of inputs that were deleted and made anew since */
    uint64_t beyond;       /* that lie behind the end of an input */
    uint64_t incomplete;   /* that would have come first, but lack a record */
};

/* Times that are kept by length. */
enum gs_worker_time {
    GS_WORKER_TIME_PAUSE, /* the loop stood still for a cut */
    GS_WORKER_TIME_CUT,   /* from a cut to the acknowledgement of all of it */
    GS_WORKER_TIME_WRITE, /* from sending a batch of cells to Redis's answer that it stands */
    GS_WORKER_TIME_FRESH, /* from what that batch shows, its as_of, to the same answer */
    GS_WORKER_TIME_COUNT
};
enum { GS_WORKER_BUCKETS = 12 };
struct gs_worker_times {
    uint64_t count[GS_WORKER_BUCKETS]; /* each up to its limit */
    uint64_t sum_us;
};
/* The last one of each is INT64_MAX, wherever it stands. */
extern const int64_t gs_worker_time_limits_us[GS_WORKER_TIME_COUNT][GS_WORKER_BUCKETS];

struct gs_worker_stats {
    uint32_t task_count;
    struct gs_worker_sums sums;
    struct gs_worker_begins begins;
    struct gs_worker_times times[GS_WORKER_TIME_COUNT];
    int64_t cut_pause_max_ns; /* the longest of the last second */
    uint32_t cut_pending;     /* records on their way to the log of checkpoints */
    uint32_t kept_count;      /* tasks that were taken away, their memory still here */
    size_t kept_bytes;        /* of it */
    uint64_t records;
    uint64_t bytes;
    uint64_t forwarded_dlq; /* acknowledged by the broker */
    uint64_t forwarded_late;
    uint64_t forward_failures;    /* not taken by the broker: the process ends */
    uint64_t forward_headers_cut; /* headers of such records left out: there were too many */
    uint64_t forward_records_cut; /* of such records only the beginning: they were too large */
    uint32_t forward_pending;
    bool redis_connected;
    int64_t redis_since_ms; /* monotonic time of the last change of redis_connected */
    char redis_error[256];
    uint64_t misplaced[GS_INPUTS_MAX]; /* keys, of one record in 1024, in another partition than
                                          Java's partitioner has them */
    uint32_t parked; /* inputs that wait: for a schema, for profiles, for the DLQ */
    char parked_why[256];
    uint64_t reads_restarted; /* logs read anew because nothing of them came */
    int64_t tick_ms;          /* monotonic time of the last turn: /livez looks at it */
    uint64_t cpu_ns;          /* of the worker's thread */
    uint64_t redis_bytes;     /* sent */
    uint64_t redis_commands;
    uint64_t redis_connects;
    uint64_t redis_faults[GS_REDIS_FAULT_COUNT];
    uint64_t redis_notes_failed; /* heartbeats and descriptions that Redis did not get */
    int64_t redis_reply_ms_max;  /* slowest answer of the last second */
    bool redis_evicts;           /* maxmemory-policy removes keys that nobody deleted */
    char redis_policy[32];
};
/* Copies the figures of the last second; tasks gets at most capacity entries, of which the count is
 * returned. Any thread. */
uint32_t gs_worker_read_stats(struct gs_worker *worker, struct gs_worker_stats *stats,
                              struct gs_worker_task_stats *tasks, uint32_t capacity);

#endif
