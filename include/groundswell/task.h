/* task.h -- one task: the partitions with one number of all input topics, and all that follows from
 * them. A pure state machine: batches, ticks, replies and answers go in; dispositions and commands
 * come out. Every decision of the protocol is taken here (docs: src/task/README.md); the rooms
 * below only carry bytes.
 *
 *   records ──► gs_task_fold ──► windows ──► dirty cells ──► gs_task_next_command ──► Redis
 *                   ▲  profile gate                                │ TAKE, WRITE, PROVE
 *                   └─ stops when it must wait                     ▼
 *                                           gs_task_taken / _written / _proved (the answers)
 *
 * Two clocks are handed in: wall_ms (Unix time, ms) and now_ms (monotonic, ms). Nothing here reads
 * one. Owned by one worker's thread. */
#ifndef GROUNDSWELL_TASK_H
#define GROUNDSWELL_TASK_H

#include "groundswell/clean.h"
#include "groundswell/cut.h"
#include "groundswell/event.h"
#include "groundswell/sentiment.h"

enum {
    GS_TASK_WINDOW_NAME_MAX = 12,
    GS_TASK_BATCH_MAX = 32,      /* records of one gs_task_fold(): what the first cache holds */
    GS_TASK_WRITE_CELLS = 64,    /* cells of one atomic step */
    GS_TASK_WRITE_BYTES = 65536, /* and its bytes; a single larger cell goes alone */
    GS_TASK_IN_FLIGHT = 2,
    GS_TASK_POSTS_MAX = 4 << 20, /* posts remembered per input; beyond it new ones are baselines */
    GS_TASK_COMMENTS_MAX = 16000000, /* most that comments_max may be */
    GS_TOKEN_BYTES = 32              /* hexadecimal digits of a token or an incarnation */
};

/* Copied at creation, except sentiment and rules, which must outlive the task. */
struct gs_task_config {
    uint32_t task; /* = partition */
    struct gs_input_config inputs[GS_INPUTS_MAX];
    uint8_t input_count;
    struct gs_window_size windows[GS_LEVELS_MAX];
    char window_names[GS_LEVELS_MAX][GS_TASK_WINDOW_NAME_MAX];
    uint8_t window_count;
    struct gs_view_config views[GS_VIEWS_MAX];
    uint8_t view_count;
    enum gs_engagement_source engagement;
    int64_t profiles_delay_ms;
    int64_t dedupe_window_ms;
    uint32_t dedupe_capacity;
    int64_t comments_horizon_ms; /* how long a comment is remembered, by its input's own clock */
    uint32_t comments_max;       /* per input, 1 to MAX; beyond it new ones are not remembered */
    uint32_t entities_max;
    int64_t idle_after_ms;
    bool idle_advance;         /* false: as_of never runs ahead of the records (run --until-end) */
    int64_t flush_interval_ms; /* how old a change may be when it can be read in Redis */
    char prefix[64];
    char incarnation[GS_TOKEN_BYTES + 1]; /* random, new for every creation */
    char cluster_id[64];
    char group[128];
    uint32_t partition_count;
    int32_t generation;   /* of the membership at assignment */
    bool takeover;        /* --takeover: accept another deployment's guard */
    uint64_t random_seed; /* for tokens: from the system's random source, never a constant */
    const struct gs_sentiment *sentiment;
    /* How comments and posts are judged. NULL: not at all, every comment counts, and nothing
     * weighs.
     */
    const struct gs_clean_rules *rules;
    struct gs_copies_config copies; /* per input that carries comments; with rules only */
    struct gs_burst_config burst;
};

struct gs_task; /* opaque */

/* start[i] = the offset at which reading of input i begins. On GS_OK the caller owns *task. */
GS_MUST_CHECK enum gs_status gs_task_create(const struct gs_task_config *config,
                                            const int64_t start[GS_INPUTS_MAX],
                                            struct gs_task **task, struct gs_error *error);
void gs_task_destroy(struct gs_task *task); /* accepts NULL */

/* ------------------------------------------------------------------ reading */

/* One record of a batch. The caller sets event (decoded; kind, offset, record_ms are always set)
 * and bad; the fold sets disposition. A record_ms below 0 (the record has none) reads as 0. Views
 * must stay valid for the call only. */
struct gs_task_record {
    struct gs_event event;
    enum gs_bad_code bad;
    enum gs_disposition disposition;
    bool repeated; /* set by the fold: below the next offset, delivered twice, not counted again */
};

/* Folds records of one input in offset order; returns how many were taken. Fewer than count means
 * that the next one must wait for the profiles to be read further: read this input again from
 * gs_task_next_offset() once gs_task_waiting() is false. Cannot fail. */
uint32_t gs_task_fold(struct gs_task *task, uint8_t input, struct gs_task_record *records,
                      uint32_t count, const struct gs_campaign_pool *pool);
int64_t gs_task_next_offset(const struct gs_task *task, uint8_t input);
bool gs_task_waiting(const struct gs_task *task, uint8_t input);

/* The profiles partition ended at `end` when it was asked at asked_wall_ms. Ask at the start and
 * then once a second. */
void gs_task_profiles_end(struct gs_task *task, int64_t asked_wall_ms, int64_t end);
/* The input was read to its end (a PARTITION_EOF event); the next record of it clears this. */
void gs_task_input_end(struct gs_task *task, uint8_t input);
/* The same with the event's offset: all records below it were handed to the fold. Where the log of
 * the profiles ends in transaction markers or compacted records, nothing else opens the gate. */
void gs_task_input_end_at(struct gs_task *task, uint8_t input, int64_t offset);
bool gs_task_at_end(const struct gs_task *task); /* all inputs, profiles included */

/* Every 50 ms or so, which is also how long nothing may come until cells of long windows need not
 * wait for their turn: idle clock, carrying of expired panes, hold-back. */
void gs_task_tick(struct gs_task *task, int64_t wall_ms, int64_t now_ms);

/* ------------------------------------------------------------------ writing */

enum gs_command_kind {
    GS_COMMAND_NONE,
    GS_COMMAND_TAKE,  /* take over the guard */
    GS_COMMAND_WRITE, /* one atomic step */
    GS_COMMAND_PROVE  /* commit V through the member and say whether it was accepted */
};

/* What a write says of everything below its at and as_of. */
enum gs_guard_clean {
    GS_GUARD_CLEAN_DROP = -1, /* what the guard says of it does not hold any more */
    GS_GUARD_CLEAN_KEEP = 0,
    GS_GUARD_CLEAN_SET = 1 /* with this write every change and drain of it stands in Redis */
};

struct gs_write_cell {
    uint32_t key_at, key_len;     /* in the command's bytes */
    uint32_t value_at, value_len; /* value_len == 0: the key is deleted */
    int64_t expiry_ms;
};

/* The caller owns the struct and uses it again; bytes grows. */
struct gs_command {
    enum gs_command_kind kind;
    uint32_t id; /* goes back with the answer */
    bool force;  /* TAKE: although the stored generation is not smaller */
    uint32_t seq;
    char expect[GS_TOKEN_BYTES + 1]; /* WRITE: the token that must stand in the guard */
    char token[GS_TOKEN_BYTES + 1];  /* the new one */
    int64_t at[GS_INPUTS_MAX];
    int64_t as_of_ms;
    enum gs_guard_clean clean;
    uint64_t meaning; /* hash of what decides what cells say, beside the records; goes with SET */
    int64_t refreshed_ms[GS_LEVELS_MAX]; /* per window: so long ago at most each of its cells was
                                            written; goes with SET */
    struct gs_buf bytes;
    struct gs_write_cell cells[GS_TASK_WRITE_CELLS];
    uint32_t cell_count; /* 0: a WRITE that only moves the guard, to say that all is clean */
};

/* The connection is up, its function loaded: a takeover comes next. */
void gs_task_connected(struct gs_task *task, int64_t now_ms);
/* The connection is gone; what was in flight has failed, no answers follow. Accepted at any time.
 */
void gs_task_disconnected(struct gs_task *task, int64_t now_ms);

/* The next thing to do, or false. everything: do not wait for deadlines (a last flush). */
bool gs_task_next_command(struct gs_task *task, int64_t wall_ms, int64_t now_ms, bool everything,
                          struct gs_command *command);
/* When to ask again if there was none: monotonic ms; INT64_MAX if nothing is pending. */
int64_t gs_task_next_due_ms(const struct gs_task *task);

/* What stood in the guard before a takeover. */
struct gs_guard {
    bool present;
    bool same_owner;
    char token[GS_TOKEN_BYTES + 1];
    int64_t at[GS_INPUTS_MAX];
    uint8_t at_count; /* 0 = nothing was written yet */
    int64_t as_of_ms;
    int64_t clean_at[GS_INPUTS_MAX]; /* of the last write with GS_GUARD_CLEAN_SET */
    uint8_t clean_count;             /* 0 = there was none */
    int64_t clean_as_of_ms;
    uint64_t clean_meaning;
    int64_t refreshed_ms[GS_LEVELS_MAX]; /* as in the write with SET, by now; GS_NULL_INT =
                                            unknown */
    int64_t age_ms;      /* since the last write, by the server's clock; GS_NULL_INT = unknown */
    const char *foreign; /* FOREIGN: what differs, in words for the operator; else NULL */
};

enum gs_take_result {
    GS_TAKE_OK,
    GS_TAKE_STALE, /* another owner of a generation that is not smaller: ownership must be proved */
    GS_TAKE_FOREIGN /* another cluster, group or number of partitions: refused */
};
void gs_task_taken(struct gs_task *task, uint32_t id, enum gs_take_result result,
                   const struct gs_guard *before, int64_t now_ms);

enum gs_write_result { GS_WRITE_OK, GS_WRITE_EMPTY, GS_WRITE_REGRESSED, GS_WRITE_FENCED };
/* failed_keys: how many keys Redis refused one by one although the step was applied. */
void gs_task_written(struct gs_task *task, uint32_t id, enum gs_write_result result,
                     uint32_t failed_keys, int64_t now_ms);

enum gs_proof { GS_PROOF_OWNER, GS_PROOF_UNDECIDED, GS_PROOF_LOST };
void gs_task_proved(struct gs_task *task, uint32_t id, enum gs_proof proof, int64_t now_ms);

enum gs_task_state {
    GS_TASK_WAITING, /* no connection */
    GS_TASK_TAKING,  /* takeover or proof under way */
    GS_TASK_HELD,    /* reads on, writes nothing before V >= guard.at */
    GS_TASK_LIVE,
    GS_TASK_REFUSED, /* foreign guard, or fenced too often: gs_task_reason() says why; the process
                        must exit */
    GS_TASK_DROPPED  /* ownership is lost; the caller destroys the task */
};
enum gs_task_state gs_task_state(const struct gs_task *task);
const char *gs_task_reason(const struct gs_task *task); /* "" if there is none */
enum gs_status gs_task_reason_status(const struct gs_task *task);
/* Nothing is dirty, in flight or waiting to be carried, and the guard says so for all offsets: the
 * next owner will not have to write it again. */
bool gs_task_flushed(const struct gs_task *task);

/* The task was taken away and comes back to this process, its memory still there: it goes on as a
 * new owner that knows where it stands. Everything under way has failed, as after
 * gs_task_disconnected(), a cut too; the inputs are to be read from gs_task_next_offset() on. Both
 * replace what is in the configuration, which the caller does in its own copy too; incarnation: as
 * there, never used before. Call gs_task_connected() if there is a connection. Not for a task in
 * the state REFUSED. */
void gs_task_take_up(struct gs_task *task, const char *incarnation, int32_t generation,
                     int64_t now_ms);

/* The next record of the input is not the one at gs_task_next_offset(): what lies between was never
 * read and is lost. Cells say so until their windows hold nothing of that time; all are written
 * again. Before records of the input are folded. */
void gs_task_mark_gap(struct gs_task *task, uint8_t input, int64_t now_ms);

/* ------------------------------------------------------------------ checkpoints */

enum {
    GS_TASK_CUT_BYTES = 64 << 10, /* a cut is due when about so much has changed: some 1 ms */
    GS_TASK_CUT_RECORD_BYTES = 512 * 1024 /* of one record of it */
};

/* What an offset of an input counts in. */
struct gs_task_log {
    int32_t leader_epoch; /* of the last record; -1 = unknown */
    struct gs_cut_id topic;
};

/* Hash of what decides how entries look: windows, views, inputs, counters. Another one's cuts
 * cannot be read. */
uint64_t gs_task_layout(const struct gs_task_config *config);
/* Hash of what decides how records are judged and what they add. What another one's cuts hold was
 * counted by other rules. */
uint64_t gs_task_meaning(const struct gs_task_config *config);

/* Puts a new task where a barrier stood, before anything else is done with it. Under another
 * meaning (of the records) cells say so until their windows have passed. _begin() with the barrier,
 * _body() with the bodies of its lineage in order, each with the incarnation that wrote it, _end().
 * GS_E_DATA: the bytes are none of ours, although their checksum is right; the task must be
 * destroyed then. */
GS_MUST_CHECK enum gs_status gs_task_restore_begin(struct gs_task *task,
                                                   const struct gs_cut_barrier *barrier,
                                                   struct gs_error *error);
GS_MUST_CHECK enum gs_status gs_task_restore_body(struct gs_task *task,
                                                  struct gs_cut_id incarnation, struct gs_str body,
                                                  struct gs_error *error);
GS_MUST_CHECK enum gs_status gs_task_restore_end(struct gs_task *task, struct gs_error *error);

/* From now on cuts are made. Call it before the first record is folded; restored: the lineage that
 * the task was restored from, or NULL. */
void gs_task_keep_checkpoints(struct gs_task *task, const struct gs_cut_lineage *restored);

/* Whether the next cut is to be made: interval_ms has passed, or much has changed; none is under
 * way. */
bool gs_task_cut_is_due(const struct gs_task *task, int64_t interval_ms, int64_t now_ms);
/* Carries a part of the panes that wait, which the cut would carry all at once; true if none is
 * left. To be called in the turns before it. */
bool gs_task_cut_carry(struct gs_task *task, int64_t now_ms);
/* Makes it: everything that changed since the last one that counted, and of the rest so much that
 * in cycle_ms all has been written again. Returns the number of its records, which stay valid until
 * the next cut; each is to be appended to the log of checkpoints, in order. logs: one per input. */
uint32_t gs_task_cut(struct gs_task *task, const struct gs_task_log *logs, int64_t cycle_ms,
                     int64_t now_ms);
struct gs_str gs_task_cut_record(const struct gs_task *task, uint32_t part);
/* The log has lost cuts that the lineage needs: the next cut is due, and holds everything. */
void gs_task_cut_whole(struct gs_task *task);
/* All of its records are acknowledged; or one is not, and it is not waited for. */
void gs_task_cut_acked(struct gs_task *task);
void gs_task_cut_failed(struct gs_task *task);

struct gs_task_cut_stats {
    uint64_t cuts;
    uint64_t failed;
    uint64_t entries;
    uint64_t bytes;
    uint64_t cycles;    /* in which everything was written again */
    uint64_t restored;  /* entries that were put back */
    uint64_t left_back; /* what a restore did not need: it has expired, or other limits hold */
    uint64_t too_long;  /* entries that fit into no record: a bug */
};
void gs_task_cut_stats(const struct gs_task *task, struct gs_task_cut_stats *stats);

/* ------------------------------------------------------------------ what it did */

struct gs_task_input_stats {
    int64_t start_offset;
    int64_t next_offset;
    int64_t read_to; /* all that the log holds below this was read */
    int64_t h_ms;    /* GS_NULL_INT before the first record */
    bool at_end;
    uint64_t disposition[GS_DISPOSITION_COUNT];
    uint64_t bad[GS_BAD_CODE_COUNT];
    uint64_t ignored[GS_KIND_COUNT][GS_ACTION_COUNT]; /* reactions: action UNKNOWN */
    uint64_t repeated;                                /* delivered twice */
    uint64_t offset_holes; /* offsets that never came: transaction markers, compaction */
    uint64_t clamped;
    uint64_t unknown_symbols;
    uint64_t comments_refused;   /* counted, but not remembered: there was no room */
    uint64_t orphan_retractions; /* edits, deletions and late verdicts of comments that are not
                                    remembered */
    uint64_t orphan_counters;    /* the same: METRICS, and reactions to them */
    uint64_t late_verdicts;      /* remembered comments that later ones showed to be copies */
    uint32_t comments;           /* that take up room now */
};

struct gs_task_view_stats {
    uint32_t entities;
    uint32_t panes;
    size_t bytes; /* of entities, keys and panes in use */
};

struct gs_task_stats {
    struct gs_task_input_stats input[GS_INPUTS_MAX];
    struct gs_task_view_stats view[GS_VIEWS_MAX];
    int64_t as_of_ms;
    uint64_t scored;                   /* comments given to the scorer */
    uint64_t dropped[GS_REASON_COUNT]; /* verdicts: of new comments, of edited ones, and late */
    uint64_t snapshots_ignored;        /* older than the one before */
    uint64_t snapshots_baseline;       /* first sight of an old post: adds nothing */
    uint64_t posts_refused;            /* events of posts for which the memory had no room */
    uint64_t entities_refused;         /* entities_max was reached */
    uint64_t profile_versions_cut;
    uint32_t entities;
    uint32_t panes;
    uint32_t dirty;
    size_t bytes;
    uint64_t cells_written;
    uint64_t batches;
    uint64_t failed_keys;
    uint64_t takeovers;
    uint64_t takeovers_known; /* of these, by what stood there: a token of ours, */
    uint64_t takeovers_clean; /* the state that a new owner goes on from, */
    uint64_t takeovers_all;   /* or something unknown or nothing: all was written again */
    uint64_t confirmations;   /* writes without cells */
    uint64_t quarantines;     /* times that refused keys were written again */
    uint64_t outcome_empty;
    uint64_t outcome_regressed;
    uint64_t outcome_fenced;
    uint64_t holds_ended_early;
};
void gs_task_stats(const struct gs_task *task, struct gs_task_stats *stats);

#endif
