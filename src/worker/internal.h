/* internal.h -- what the files of this room share: the worker, its slots, its loop.
 *
 *   worker.c    thread, loop, orders, timers      mailbox.c  orders from other threads
 *   assign.c    a task's way in and out           turn.c     records -> task
 *   begin.c     where its inputs begin            restore.c  the log of checkpoints -> task
 *   schemas.c   schemas asked for                 forward.c  dead letters and late records
 *   pump.c      the task's commands <-> sink      cuts.c     task -> the log of checkpoints
 *   figures.c   copies for other threads          keep.c     memory of tasks that were taken away
 *   stall.c     inputs of which nothing comes
 */
#ifndef GS_WORKER_INTERNAL_H
#define GS_WORKER_INTERNAL_H

#include "groundswell/decode.h"
#include "groundswell/restore.h"
#include "groundswell/sink.h"
#include "groundswell/source.h"
#include "groundswell/worker.h"
#include "mailbox.h"

enum {
    GSI_TICK_MS = 50,       /* of the tasks' clocks */
    GSI_FIGURES_MS = 1000,  /* between two copies of the figures */
    GSI_RETRY_MS = 1000,    /* before offsets are asked for again */
    GSI_QUESTION_MS = 30000 /* an answer that takes longer is none */
};

/* Why an input of a task stands still. It is read again from the first record that was not folded.
 */
enum gsi_park {
    GSI_PARK_NONE,
    GSI_PARK_PROFILES, /* until the profiles are read far enough; ordinary */
    GSI_PARK_SCHEMA,   /* until the schema's text has come */
    GSI_PARK_BAD,      /* too many bad records: until the process starts again */
    GSI_PARK_GAP       /* the log has lost what comes next: until the process starts again */
};

enum gsi_stall_stage {
    GSI_STALL_NONE,
    GSI_STALL_BEHIND,   /* the log goes on, and nothing comes */
    GSI_STALL_RESTARTED /* also since it was started anew */
};

/* What is known of an input's progress; all zero: it is watched from the next look on. */
struct gsi_stall {
    int64_t reached;  /* all below this was read, as far as is known here */
    int64_t quiet_ms; /* the first look since which it came no further */
    int64_t asked_ms; /* when its end was last asked for */
    bool asked;       /* the answer has not come */
    enum gsi_stall_stage stage;
    int64_t stage_ms; /* since when */
};

struct gsi_reading {
    enum gsi_park park;
    uint32_t schema_id;   /* SCHEMA */
    bool ended;           /* discard: the end was seen */
    int32_t leader_epoch; /* of the last record; -1 = unknown */
    int64_t restored_at;  /* where a checkpoint has put it; -1 = nowhere */
    bool to_check;        /* the record before that is read first */
    int64_t gap_at;       /* the log did not hold this offset, which comes next, ... */
    int64_t gap_to;       /* ... so it is read from this position on instead */
    int64_t minute_ms;    /* monotonic: when the minute of the next two began */
    uint32_t minute_records;
    uint32_t minute_bad;
    struct gsi_stall stall;
};

enum gsi_phase {
    GSI_ASKING,    /* where do its logs begin and end? No machine yet */
    GSI_RESTORING, /* reads its log of checkpoints. No machine yet */
    GSI_RUNNING,
    GSI_REVOKING /* a last flush */
};

/* The questions before a start. The log of checkpoints comes first: no barrier that it holds by
 * then lies behind the ends that the inputs tell afterwards. */
enum { GSI_ASK_TIME, GSI_ASK_EARLIEST, GSI_ASK_LATEST, GSI_ASK_COUNT };
enum gsi_round { GSI_ROUND_LOG, GSI_ROUND_INPUTS };

/* The cuts of one task, on their way. One is under way at a time; the next one waits until no
 * record of it is in the producer any more, failed or not. */
struct gsi_cuts {
    bool under_way;
    uint32_t parts;    /* of the one under way: */
    uint32_t produced; /* handed to the producer; */
    uint32_t acked;    /* acknowledged */
    uint32_t pending;  /* in the producer */
    /* Records on their way to the DLQ and the late topic: those that were sent on since the cut
     * under way was made, at [parity], and those before it. Its barrier waits for these. */
    uint32_t letters[2];
    uint8_t parity;
    bool last_begun; /* REVOKING: the last one */
    bool last_over;
    int64_t first_ms;          /* after the start: the tasks take turns */
    int64_t not_before_ms;     /* monotonic: after a failure */
    int64_t due_ms;            /* monotonic: since when the next one is due; 0 = it is not */
    int64_t acked_ms;          /* monotonic: when one last counted; 0 = none yet */
    int64_t position;          /* in the log, of the last record; -1 = none yet */
    int64_t made_up;           /* what the next one's may be instead; -1 = it will be right */
    int64_t made_us;           /* monotonic: the one under way */
    int64_t at[GS_INPUTS_MAX]; /* V of the one under way */
};

/* A batch of cells that was sent to Redis. */
struct gsi_sent {
    uint32_t id;
    int64_t at_us; /* monotonic */
    int64_t as_of_ms;
};

/* One assigned task. */
struct gsi_slot {
    uint32_t task;
    uint64_t tag; /* unique; its low 16 bits are the task */
    enum gsi_phase phase;
    int64_t deadline_ms;   /* REVOKING: monotonic */
    int64_t kept_until_ms; /* of one that was taken away: monotonic */
    int64_t retry_ms;      /* ASKING: monotonic, when to ask (again); INT64_MAX: asked */
    uint32_t answers;      /* bits of GSI_ASK_* */
    enum gsi_round round;
    struct gs_kafka_position asked_log[GSI_ASK_COUNT];
    struct gs_kafka_position asked[GSI_ASK_COUNT][GS_INPUTS_MAX];
    bool suspect;               /* an input did not hold what its checkpoint says: asked again */
    struct gs_restore *restore; /* while RESTORING */
    int64_t restore_ms;         /* monotonic: when it began */
    int64_t restore_told_ms;    /* monotonic: when its progress was logged */
    int64_t restore_heard_ms;   /* monotonic: when something of the log came last */
    int64_t restore_at;         /* in the log, of what comes next */
    char restore_said[320];     /* the failure that was logged last */
    struct gsi_cuts cuts;
    struct gs_task_config config;
    struct gs_task *machine; /* NULL while ASKING, and in discard mode */
    struct gsi_reading reading[GS_INPUTS_MAX];
    struct gsi_sent sent[GS_TASK_IN_FLIGHT]; /* the last ones, in turn; more have no answer open */
    uint32_t sent_next;
    bool wake;      /* may have a command */
    char said[400]; /* the task's reason that was logged last */
};

/* A question whose answer may come after the slot has gone. */
struct gsi_question {
    struct gsi_question *next;
    struct gs_worker *worker;
    uint64_t tag; /* of the slot; 0: of several */
    uint32_t kind;
    enum gsi_round round;
    int64_t timeout_ms;
    int64_t asked_wall_ms;
};

struct gsi_schema_wait {
    uint32_t id;
    bool unknown;      /* answered: there is none */
    int64_t forget_ms; /* monotonic: when an unknown one is asked for again */
};

/* A record that the producer's queue had no room for. */
struct gsi_stash {
    struct gsi_stash *next;
    struct gs_kafka_record record; /* all views into the same allocation */
};

struct gsi_forward {
    struct gs_kafka_producer *producer;
    struct gsi_stash *first, **last;
    uv_poll_t poll;
    uint64_t acknowledged[2]; /* DLQ, late */
    uint64_t failures;
    uint64_t headers_cut; /* headers left out because there were too many */
    uint64_t records_cut; /* records of which only a beginning was taken: they were too large */
    size_t record_max;
};

/* The producer of the log of checkpoints. It is not that of the dead letters: neither holds the
 * other up when its queue is full, and what fails here ends nothing. */
struct gsi_cut_log {
    struct gs_kafka_producer *producer; /* NULL: no checkpoints are kept */
    struct gs_kafka_property *properties;
    uint32_t property_count;
    bool broken; /* it will never work again */
    bool said;   /* that cuts fail */
    int64_t looked_ms;
    uint32_t first; /* the task that is looked at first */
    int64_t pause_max_ns;
};

/* Times are the loop's: uv_now(). */
struct gsi_stalls {
    int64_t looked_ms;
    int64_t emptied_ms; /* when everything that had been fetched was taken */
    bool open;          /* the question is */
    uint64_t restarts;
};

/* Monotonic times; 0: not yet. */
struct gsi_unsent {
    int64_t since_ms; /* nothing has been acknowledged since, and something waits */
    int64_t asked_ms;
    int64_t answered_ms; /* the leaders answer, as far as is known since then */
    uint64_t acknowledged;
    bool open; /* the question is */
};

struct gs_worker {
    struct gs_worker_config config;
    struct gs_kafka_property *properties; /* of the producer: the configured ones and our own */
    gs_worker_event_fn *on_event;
    void *user;

    pthread_t thread;
    uv_loop_t loop;
    struct gsi_mailbox mailbox;
    uv_timer_t tick;
    uv_timer_t due;
    uv_prepare_t prepare;
    int64_t drain_deadline_ms;
    enum { GSI_WORKER_OPEN, GSI_WORKER_DRAINING, GSI_WORKER_CLOSING } stage;
    bool loop_open;
    bool thread_started;
    bool ready; /* the source may have records that were not polled */
    bool failed;
    bool done_sent;     /* --until-end */
    bool profiles_open; /* the question about the profiles' ends is open */
    bool connected;     /* to Redis, its functions loaded */
    bool redis_evicts;

    struct gs_source *source;
    struct gs_sink *sink;
    struct gsi_forward forward;
    struct gsi_cut_log cut_log;
    struct gs_decode *decode;
    struct gsi_schema_wait *schemas;
    size_t schema_count, schema_capacity;
    struct gsi_question *questions;
    int64_t profiles_ms; /* monotonic: when the profiles' ends were last asked for */
    struct gsi_stalls stalls;
    struct gsi_unsent unsent;

    struct gsi_slot **slots; /* [partition_count]: by task */
    uint32_t slot_count;
    struct gsi_slot **kept; /* [partition_count]: taken away, each with a machine */
    uint32_t kept_count;
    uint64_t tags;                      /* assignments so far */
    uint32_t in_flight;                 /* commands that Redis has not answered */
    uint32_t pump_first;                /* the task that is asked first */
    struct gs_source_message *messages; /* [batch] */
    struct gs_task_record records[GS_TASK_BATCH_MAX];
    struct gs_decode_error whys[GS_TASK_BATCH_MAX];
    struct gs_campaign_pool pool;
    struct gs_command command;

    struct gs_worker_times times[GS_WORKER_TIME_COUNT];
    struct gs_worker_sums gone; /* of tasks that are not here any more */
    struct gs_worker_begins begins;
    uint64_t misplaced[GS_INPUTS_MAX];
    uint64_t records_read, bytes_read;
    int64_t connected_ms; /* monotonic: last change of connected */
    char redis_error[256];
    char redis_policy[32];
    int64_t figures_ms;
    pthread_mutex_t figures_mutex;
    struct gs_worker_stats figures;
    struct gs_worker_task_stats *task_figures; /* [partition_count] */
    uint32_t task_figure_count;
};

static inline int64_t gsi_worker_now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}
static inline int64_t gsi_worker_now_us(void)
{
    return (int64_t)(uv_hrtime() / 1000);
}
int64_t gsi_worker_wall_ms(void);

/* ---- worker.c */
void gsi_worker_emit(struct gs_worker *worker, enum gs_worker_event_kind kind, uint32_t task);
/* Nothing more can be done here: tells the service once. */
void gsi_worker_fail(struct gs_worker *worker, const struct gs_error *error);

/* ---- assign.c */
void gsi_worker_assign(struct gs_worker *worker, uint32_t task, int32_t generation);
void gsi_worker_revoke(struct gs_worker *worker, struct gsi_slot *slot, int64_t limit_ms);
/* Stops reading; the slot is none of the worker's any more. */
void gsi_worker_detach(struct gs_worker *worker, struct gsi_slot *slot);
/* Of one that was detached; what it did stays in the sums. */
void gsi_worker_destroy_slot(struct gs_worker *worker, struct gsi_slot *slot);
/* Both. */
void gsi_worker_drop(struct gs_worker *worker, struct gsi_slot *slot);
/* Asks for offsets that are due, ends revocations that are over. */
void gsi_worker_tend(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms);
struct gsi_question *gsi_worker_open_question(struct gs_worker *worker, uint64_t tag,
                                              uint32_t kind);
void gsi_worker_close_question(struct gsi_question *question);
/* False: it could not be asked, and the question is closed. */
bool gsi_worker_ask(struct gs_worker *worker, struct gsi_question *question,
                    const struct gs_kafka_position *positions, size_t count,
                    gs_kafka_offsets_fn *answer);
/* Asks where the profiles end, once a second. */
void gsi_worker_ask_profiles(struct gs_worker *worker, int64_t now_ms);
void gsi_worker_park(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                     enum gsi_park park);
void gsi_worker_unpark(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input);
/* NULL if the task of the tag is not here any more. */
struct gsi_slot *gsi_worker_slot(struct gs_worker *worker, uint64_t tag);

/* Stands still until the process starts again; a run that ends at the logs' ends never gets there.
 */
void gsi_worker_stop_input(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                           enum gsi_park park);

/* ---- begin.c */
/* The offsets are known. */
void gsi_worker_begin(struct gs_worker *worker, struct gsi_slot *slot);
/* What its log of checkpoints holds is known, and slot->restore is done. */
void gsi_worker_begin_restored(struct gs_worker *worker, struct gsi_slot *slot);
/* Reads the first messages of an input since it was put where a checkpoint stood: returns how many
 * of them lie before it, all if the task begins again. */
uint32_t gsi_worker_check_before(struct gs_worker *worker, struct gsi_slot *slot,
                                 const struct gs_source_message *messages, uint32_t count);
/* An input does not hold what comes next. */
void gsi_worker_take_gap(struct gs_worker *worker, struct gsi_slot *slot,
                         const struct gs_source_message *message);

/* The task is here again, its memory too. */
void gsi_worker_begin_kept(struct gs_worker *worker, struct gsi_slot *slot);

/* ---- keep.c */
/* Stops reading and keeps the task's memory for a while, if it has any. */
void gsi_worker_lay_by(struct gs_worker *worker, struct gsi_slot *slot);
/* The caller owns it; NULL if there is none. */
struct gsi_slot *gsi_worker_take_kept(struct gs_worker *worker, uint32_t task);
/* As gsi_worker_slot(), but whoever counts what is on its way goes on counting. */
struct gsi_slot *gsi_worker_slot_or_kept(struct gs_worker *worker, uint64_t tag);
/* Whose time is up; now_ms INT64_MAX: all. */
void gsi_worker_forget_kept(struct gs_worker *worker, int64_t now_ms);

/* ---- restore.c */
/* The source's input that is the log of checkpoints. */
static inline uint8_t gsi_restore_input(const struct gs_worker *worker)
{
    return worker->config.task.input_count;
}
void gsi_restore_start(struct gs_worker *worker, struct gsi_slot *slot);
/* Logs now and then how far it has come, and reads anew if nothing comes. */
void gsi_restore_progress(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms);
/* Messages of the log of checkpoints. */
void gsi_restore_take(struct gs_worker *worker, struct gsi_slot *slot,
                      const struct gs_source_message *messages, uint32_t count);

/* ---- stall.c */
/* Looks, a few times per stall_ms, which inputs have come no further. */
void gsi_stall_look(struct gs_worker *worker, int64_t now_ms);

/* ---- unsent.c */
/* Looks whether dead letters and late records get through. */
void gsi_unsent_look(struct gs_worker *worker, int64_t now_ms);

/* ---- turn.c */
void gsi_worker_turn(struct gs_worker *worker);
/* --until-end: everything that the logs hold is folded. */
bool gsi_worker_at_end(const struct gs_worker *worker, const struct gsi_slot *slot);

/* ---- schemas.c */
void gsi_worker_need_schema(struct gs_worker *worker, uint32_t id);
void gsi_worker_take_schema(struct gs_worker *worker, uint32_t id, struct gs_str text);
/* Unknown ids are asked for again after a while. */
void gsi_worker_forget_schemas(struct gs_worker *worker, int64_t now_ms);

/* ---- forward.c */
GS_MUST_CHECK enum gs_status gsi_forward_open(struct gs_worker *worker, struct gs_error *error);
void gsi_forward_close(struct gs_worker *worker);
/* Sends a record on, one of worker->records, that was folded as GS_BAD or GS_TOO_LATE. */
void gsi_forward_record(struct gs_worker *worker, struct gsi_slot *slot,
                        const struct gs_source_message *message,
                        const struct gs_task_record *record);
/* Hands over what was stashed; false while something still is. Then nothing more may be folded. */
bool gsi_forward_ready(struct gs_worker *worker);
uint32_t gsi_forward_pending(const struct gs_worker *worker);

/* ---- cuts.c */
GS_MUST_CHECK enum gs_status gsi_cuts_open(struct gs_worker *worker, struct gs_error *error);
void gsi_cuts_close(struct gs_worker *worker);
/* The task keeps checkpoints from now on. lineage: what it was restored from, or NULL. */
void gsi_cuts_begin(struct gs_worker *worker, struct gsi_slot *slot,
                    const struct gs_cut_lineage *lineage);
/* Hands over what the producer had no room for, and makes a cut that is due: one, for the loop
 * stands still meanwhile. */
void gsi_cuts_turn(struct gs_worker *worker, int64_t now_ms);
/* Reading has stopped: one last cut, as soon as it can be. */
void gsi_cuts_last(struct gs_worker *worker, struct gsi_slot *slot);
/* The task is taken away: what is under way does not count, wherever it has got to. */
void gsi_cuts_give_up(struct gsi_slot *slot);
/* It counts, or has failed, or is not waited for: a dead letter that was refused is never
 * acknowledged. */
bool gsi_cuts_last_is_over(const struct gs_worker *worker, const struct gsi_slot *slot);
/* A record was sent on to the DLQ or the late topic; parity goes with it. */
uint8_t gsi_cuts_letter(struct gsi_slot *slot);
void gsi_cuts_letter_acked(struct gs_worker *worker, struct gsi_slot *slot, uint8_t parity);

/* ---- pump.c */
extern const struct gs_sink_callbacks gsi_sink_callbacks; /* less the user */
void gsi_worker_pump(struct gs_worker *worker);
bool gsi_worker_proved(struct gs_worker *worker, uint32_t task, uint32_t id, enum gs_proof proof);

/* ---- figures.c */
void gsi_worker_add_sums(struct gs_worker_sums *sums, const struct gs_task_stats *stats,
                         uint8_t inputs);
void gsi_worker_add_time(struct gs_worker *worker, enum gs_worker_time which, int64_t us);
void gsi_worker_add_cuts(struct gs_worker_sums *sums, const struct gs_task *task);
void gsi_worker_copy_figures(struct gs_worker *worker, int64_t now_ms);
const char *gsi_park_text(const struct gs_worker *worker, const struct gsi_slot *slot,
                          uint8_t input, char *buffer, size_t capacity);

#endif
