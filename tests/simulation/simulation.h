/* simulation.h -- what the parts of the simulator share. README.md is the map.
 *
 * A world has one or two sides. A side is one task with its input logs, its log of checkpoints and
 * up to three owners at once, of which the group has chosen one. All sides write to one Redis. */
#ifndef GS_SIMULATION_H
#define GS_SIMULATION_H

#include "groundswell/task.h"

#include <stdio.h>

enum { PROFILES, POSTS, COMMENTS, REACTIONS, INPUTS };
enum { SHORT, MIDDLE, LONG, LEVELS };
enum { BY_INFLUENCER, BY_POST, BY_CAMPAIGN, VIEWS };
enum {
    SIDES_MAX = 2,
    OWNERS_MAX = 3,
    LOG_RECORDS = 160,
    LOG_CAMPAIGNS = 2,
    ENTITIES_MAX = 64,
    CELLS_MAX = ENTITIES_MAX * LEVELS,
    KEY_BYTES = 64,
    CELL_KEY_BYTES = 160,
    LINE_MAX = 4,
    LETTERS_MAX = 128
};

#define T0 INT64_C(1800000000000) /* a border of every pane; the broker's clock when all begins */

struct sim_world;
struct sim_side;

/* ------------------------------------------------------------------ random.c */

uint64_t sim_draw(uint64_t *random);
int64_t sim_below(uint64_t *random, int64_t limit); /* 0 .. limit - 1 */
bool sim_chance(uint64_t *random, int percent);

/* ------------------------------------------------------------------ logs.c */

struct sim_record {
    struct gs_event event;
    enum gs_bad_code bad;
    struct gs_campaign campaigns[LOG_CAMPAIGNS];
    char id[24];
};

/* Record times never fall. Between offsets there may be holes, as transaction markers leave. */
struct sim_log {
    struct sim_record record[LOG_RECORDS];
    uint32_t count;
};

struct sim_logs {
    struct gs_task_config config; /* what all owners have in common */
    bool soft_copies;             /* the rules weigh copies down and do not drop them */
    struct sim_log input[INPUTS];
    int64_t first_ms; /* record times of all inputs */
    int64_t last_ms;
};

void sim_logs_write(struct sim_logs *logs, uint64_t *random, uint32_t side);
/* How many records there are when the broker's clock stands at now_ms, and the log's end then. */
uint32_t sim_log_count(const struct sim_log *log, int64_t now_ms);
int64_t sim_log_end(const struct sim_log *log, uint32_t count);
/* How many records lie below an offset. */
uint32_t sim_log_below(const struct sim_log *log, int64_t offset);

/* ------------------------------------------------------------------ rescan.c, rescan_cell.c */

/* What one record adds to one counter of an entity: `amount` at t_ms, or growth between from_ms and
 * t_ms. */
struct rescan_part {
    int64_t t_ms;
    int64_t from_ms; /* GS_NULL_INT: all of it at t_ms */
    int64_t amount;
    uint8_t counter;
    uint8_t input;
    uint32_t record;
};

struct rescan_entity {
    uint8_t view;
    uint8_t level_from; /* the view's shortest window */
    const char *influencer;
    const char *post; /* NULL unless the view has it */
    const char *campaign;
    char key[KEY_BYTES]; /* as it stands in a cell's key */
    char cell_key[LEVELS][CELL_KEY_BYTES];
    struct rescan_part *parts;
    uint32_t part_count;
    uint32_t part_capacity;
};

/* Everything that the logs of one side say, by a naive reading: see rescan.c. */
struct rescan {
    const struct sim_logs *logs;
    struct rescan_entity entity[ENTITIES_MAX];
    uint32_t entity_count;
    /* Per input, after the first n records: H and R; of record n: what becomes of it. */
    int64_t h_ms[INPUTS][LOG_RECORDS + 1];
    int64_t r_ms[INPUTS][LOG_RECORDS + 1];
    uint8_t disposition[INPUTS][LOG_RECORDS];
    int64_t visible_ms[LOG_RECORDS]; /* of the profiles: the largest record time so far */
    uint64_t seen[GS_DISPOSITION_COUNT];
    uint64_t refused;    /* comments that were not remembered: there was no room */
    uint64_t dropped;    /* comments, at once */
    uint64_t taken_back; /* later, as copies */
};

void rescan_logs(struct rescan *rescan, const struct sim_logs *logs);
void rescan_deinit(struct rescan *rescan);

/* What a cell must say at some offsets and some clock. */
struct rescan_cell {
    bool deleted; /* it must not be there */
    bool empty;   /* every counter is 0 */
    int64_t from_ms;
    int64_t to_ms;
    int64_t followers; /* GS_NULL_INT: unknown */
    const char *influencer;
    const char *campaign;
    struct gs_str handle;
    struct gs_str platform;
    int64_t total[GS_COUNTER_COUNT];
};
void rescan_cell(const struct rescan *rescan, uint32_t cell, const int64_t at[GS_INPUTS_MAX],
                 int64_t as_of_ms, struct rescan_cell *out);
/* H of the whole task at some offsets; GS_NULL_INT before the first record. */
int64_t rescan_clock_ms(const struct rescan *rescan, const int64_t at[GS_INPUTS_MAX]);
/* The number of the cell with this key; CELLS_MAX if there can be none. */
uint32_t rescan_find(const struct rescan *rescan, struct gs_str key);
/* Whether a cell's JSON says that, at those offsets and that clock; else `why` says what differs.
 */
struct rescan_expected {
    const struct rescan_cell *cell;
    const int64_t *at;
    int64_t as_of_ms;
    uint32_t task;
    uint8_t level;
};
bool rescan_agrees(const struct rescan_expected *expected, struct gs_str json, char why[256]);
/* Whether two moments show the same, but for the bounds of the window. */
bool rescan_same(const struct rescan_cell *a, const struct rescan_cell *b);

/* ------------------------------------------------------------------ redis.c */

struct sim_guard {
    struct gs_guard guard; /* same_owner is not used */
    char owner[GS_TOKEN_BYTES + 1];
    int32_t generation;
    int64_t written_ms; /* 0 = never */
};

/* A cell as readers see it. Values lie in the world's arena and are never changed. */
struct sim_value {
    struct gs_str json; /* null = the key is not there */
    int64_t at[INPUTS];
    int64_t as_of_ms;
    int64_t expires_ms;
};

struct sim_undo; /* redis.c */
struct sim_redis {
    struct sim_guard guard[SIDES_MAX];
    struct sim_value cell[SIDES_MAX][CELLS_MAX];
    struct sim_undo *undo; /* the last step, from which the ones before it hang */
};

/* What is sent to Redis names its sender, who may be gone when it arrives. */
struct sim_request {
    struct sim_side *side;
    uint32_t sender; /* number of the owner */
    char owner[GS_TOKEN_BYTES + 1];
    int32_t generation;
    int64_t sent_ms;
    struct gs_command command;
};

enum gs_take_result redis_take(struct sim_world *world, const struct sim_request *request,
                               struct gs_guard *before);
enum gs_write_result redis_write(struct sim_world *world, const struct sim_request *request);
/* Goes back by so many steps, as a failover or an old backup does; returns how many there were. */
uint32_t redis_forget(struct sim_world *world, uint32_t steps);
void redis_wipe(struct sim_world *world);
/* Null if it is not there, or has expired. */
const struct sim_value *redis_get(const struct sim_world *world, const struct sim_side *side,
                                  uint32_t cell);

/* ------------------------------------------------------------------ checkpoints.c */

struct sim_append {
    char *bytes; /* in the world's arena */
    uint32_t len;
};

/* Position i of the log of checkpoints is appended[i]; below `start` the log was deleted. */
struct sim_checkpoints {
    struct sim_append *appended;
    uint32_t start;
    uint32_t count;
    uint32_t capacity;
};

void checkpoints_append(struct sim_world *world, struct sim_side *side, struct gs_str record);
/* Chooses what to go on from and puts it into a new machine. False: there was nothing. */
/* NULL: there is nothing to go on from. */
struct gs_task *checkpoints_restore(struct sim_world *world, struct sim_side *side,
                                    const struct gs_task_config *task,
                                    struct gs_cut_lineage *lineage);
void checkpoints_damage(struct sim_world *world, struct sim_side *side);
void checkpoints_lose_tail(struct sim_world *world, struct sim_side *side);
void checkpoints_expire(struct sim_world *world, struct sim_side *side);

/* ------------------------------------------------------------------ owner.c, cuts.c, pump.c */

/* A command on its way: sent, then applied, then answered, in order. */
struct sim_line {
    struct sim_request request;
    bool applied;
    int result;
    struct gs_guard before;
};

struct sim_letter {
    uint8_t input;
    uint32_t record;
};

/* One process's view of one task. */
struct sim_owner {
    bool used;
    bool rests;      /* it was told that the task is another's, and only keeps the memory */
    uint32_t number; /* ever new */
    struct sim_side *side;
    struct gs_task_config config;
    struct gs_task *machine;
    uint32_t at[INPUTS]; /* the next record of each log */
    int bias;            /* percent of batches that are of the posts */
    int64_t skew_ms;     /* of its wall clock */
    int64_t asked_ms;    /* the question after the end of the profiles that is under way */
    int64_t asked_end;
    bool connected;
    struct sim_line line[LINE_MAX];
    uint32_t head; /* the oldest that has no answer */
    uint32_t tail;
    struct sim_letter letter[LETTERS_MAX]; /* to the DLQ, a ring */
    uint64_t letters;                      /* ever sent */
    uint64_t letters_acked;
    uint32_t parts; /* of the cut under way; 0: there is none */
    uint32_t part;  /* the next one to be appended */
    bool part_lost;
    uint64_t letters_before; /* that must be acknowledged before the barrier is sent */
    uint64_t holds_ended;    /* early, as far as has been seen */
};

/* Whether it does anything. */
static inline bool owner_acts(const struct sim_owner *owner)
{
    return owner->used && !owner->rests;
}
void owner_start(struct sim_world *world, struct sim_owner *owner, struct sim_side *side);
/* It dies; what it has on its way may arrive later. */
void owner_kill(struct sim_world *world, struct sim_owner *owner);
/* The task comes back to it, and it goes on with the memory that it has. */
void owner_take_up(struct sim_world *world, struct sim_owner *owner);
/* It is gone without a trace. */
void owner_bury(struct sim_world *world, struct sim_owner *owner);
int64_t owner_wall_ms(const struct sim_world *world, const struct sim_owner *owner);
int64_t owner_now_ms(const struct sim_world *world); /* monotonic */
/* Takes up to count records of an input. */
void owner_read(struct sim_world *world, struct sim_owner *owner, uint8_t input, uint32_t count);
void owner_read_all(struct sim_world *world, struct sim_owner *owner);
bool owner_has_read_all(const struct sim_world *world, const struct sim_owner *owner);
void owner_tick(struct sim_world *world, struct sim_owner *owner);
void owner_offsets(const struct sim_owner *owner, int64_t at[GS_INPUTS_MAX]);

/* Cuts and letters. */
void owner_cut(struct sim_world *world, struct sim_owner *owner);
enum sim_fate { FATE_OK, FATE_TWICE, FATE_ACK_LOST, FATE_LOST, FATE_LATE, FATE_COUNT };
/* The parts of its cut that are on their way are given up; some of them arrive. So with letters. */
void owner_abandon_cut(struct sim_world *world, struct sim_owner *owner);
void owner_abandon_letters(struct sim_world *world, struct sim_owner *owner);
void owner_write_letter(struct sim_owner *owner, uint8_t input, uint32_t record);
/* The next letter or part is dealt with. False: there is none. */
bool owner_broker(struct sim_world *world, struct sim_owner *owner, enum sim_fate fate);

/* Redis and the group. */
void owner_send(struct sim_world *world, struct sim_owner *owner, bool everything);
void owner_apply(struct sim_world *world, struct sim_owner *owner);
void owner_answer(struct sim_world *world, struct sim_owner *owner);
void owner_disconnect(struct sim_world *world, struct sim_owner *owner);
void owner_note_hold(struct sim_world *world, struct sim_owner *owner);
void sim_late_request(struct sim_world *world, const struct sim_request *request);

/* ------------------------------------------------------------------ world.c, actions.c */

#define SIM_COUNTS(X)                                                                              \
    X(RESTORED, "restored from a checkpoint")                                                      \
    X(RESTORED_OF_SEVERAL, "restored over a lineage of several incarnations")                      \
    X(STARTED_OVER, "nothing to restore from")                                                     \
    X(BARRIER_UNFINISHED, "barriers passed over: a part of their cut is missing")                  \
    X(BARRIER_GONE, "barriers passed over: a cut of their lineage is gone")                        \
    X(BARRIER_HOLED, "barriers passed over: a cut of their lineage lacks a part")                  \
    X(SCANS_AGAIN, "logs of checkpoints that had to be read from their start")                     \
    X(CHOSEN_AGAIN, "logs of checkpoints that were changed while they were read")                  \
    X(CYCLES, "cycles of checkpoints completed")                                                   \
    X(CUTS, "cuts that count")                                                                     \
    X(CUTS_FAILED, "cuts that failed")                                                             \
    X(PARTS_LATE, "parts appended after their writer had given them up")                           \
    X(PARTS_TWICE, "parts appended twice")                                                         \
    X(CRASHES, "crashes")                                                                          \
    X(ZOMBIES, "owners that do not know yet that they are none")                                   \
    X(ZOMBIE_STEPS, "their steps")                                                                 \
    X(STATIC, "restarts with the same generation")                                                 \
    X(DROPPED, "owners that learned it")                                                           \
    X(TAKEN_UP, "owners to whom the task came back")                                               \
    X(DISCONNECTS, "disconnects")                                                                  \
    X(LATE_REQUESTS, "requests that reached Redis after a disconnect")                             \
    X(LATE_WRITES, "of them writes that were applied")                                             \
    X(FAILOVERS, "failovers")                                                                      \
    X(BACKUPS, "old backups of Redis")                                                             \
    X(WIPES, "wipes of Redis")                                                                     \
    X(DAMAGED, "damaged records of checkpoints")                                                   \
    X(TAILS_LOST, "lost tails of checkpoints")                                                     \
    X(RETENTIONS, "checkpoints deleted by retention")                                              \
    X(CLOCK_JUMPS, "jumps of a wall clock")                                                        \
    X(IDLE, "clocks carried on by idleness")                                                       \
    X(JUDGED_OUT, "comments that were dropped at once")                                            \
    X(TAKEN_BACK, "comments that turned out to be copies")                                         \
    X(REPEATED, "records delivered twice")                                                         \
    X(WAITED, "batches that waited for the profiles")                                              \
    X(LETTERS, "letters to the DLQ")                                                               \
    X(BARRIERS_HELD, "barriers held back for them")                                                \
    X(UNNOTICED, "losses of Redis that only a takeover can notice")                                \
    X(HELD, "steps of owners that were held back")                                                 \
    X(HOLDS_ENDED, "hold-backs that ended early")                                                  \
    X(TAKEN, "takeovers")                                                                          \
    X(STALE, "takeovers refused: stale")                                                           \
    X(WRITTEN, "writes")                                                                           \
    X(EMPTY, "writes refused: no guard")                                                           \
    X(REGRESSED, "writes refused: another token")                                                  \
    X(FENCED, "writes refused: another owner")                                                     \
    X(CELLS, "cells compared")                                                                     \
    X(STATES, "whole states compared")                                                             \
    X(CALMS, "calms in between")

enum sim_count {
#define X(name, text) COUNT_##name,
    SIM_COUNTS(X)
#undef X
        SIM_COUNT_COUNT
};

/* What a violation breaks. */
enum sim_rule {
    RULE_CELL,     /* a cell that is written says what the logs say, at its own offsets and clock */
    RULE_READERS,  /* readers never see a cell go back, unless Redis itself went back */
    RULE_RECORD,   /* what becomes of a record is what the logs say */
    RULE_STATE,    /* a restored state is what the logs say */
    RULE_CLOCK,    /* as_of is the logs' clock, carried on by nothing but idleness */
    RULE_LETTERS,  /* no bad record is lost: all below V stand in the DLQ */
    RULE_CONVERGE, /* when faults stop, all comes to rest */
    RULE_END,      /* and Redis shows the end of the logs */
    RULE_COUNT
};
extern const char *const sim_rule_names[RULE_COUNT];

struct sim_side {
    uint32_t number;
    struct sim_logs logs;
    struct rescan rescan;
    struct sim_checkpoints checkpoints;
    struct sim_owner owner[OWNERS_MAX];
    int current; /* whom the group has chosen */
    int32_t generation;
    bool in_dlq[INPUTS][LOG_RECORDS];
    bool unnoticed;        /* Redis went back, and the chosen owner cannot know that yet */
    int64_t idle_bound_ms; /* idleness may have carried as_of so far */
    int64_t shown_ms;      /* the largest as_of that was ever written */
    struct {
        bool any;
        int64_t at[INPUTS];
        int64_t as_of_ms;
    } seen[CELLS_MAX]; /* by readers */
};

/* What was sent by somebody who does not wait for it any more. */
struct sim_ghost {
    struct sim_ghost *next;
    struct sim_side *side;
    struct sim_request *request; /* else: */
    struct gs_str record;        /* of the log of checkpoints */
    uint32_t writer;
};

struct sim_arena; /* world.c */
struct sim_world {
    uint64_t seed;
    uint64_t random;
    bool trace;
    bool calm;        /* faults have stopped */
    int64_t now_ms;   /* the broker's clock; monotonic ones stand at now_ms - T0 */
    int64_t tick_ms;  /* about how long a step of time is */
    int64_t cycle_ms; /* of the checkpoints */
    struct sim_side side[SIDES_MAX];
    uint32_t side_count;
    struct sim_redis redis;
    struct sim_ghost *ghosts; /* the oldest first */
    struct sim_ghost **ghosts_end;
    struct sim_arena *arena;
    uint32_t owners;       /* ever started */
    uint32_t incarnations; /* ever */
    uint64_t counts[SIM_COUNT_COUNT];
    uint64_t digest; /* of all that was written: the same for the same seed */
    bool broken[RULE_COUNT];
    bool any_broken;
    char why[600]; /* the first violation */
};

/* One schedule, or the fixed sequences (seed 0). Everything is made anew; memory is used again. */
void sim_run(struct sim_world *world, uint64_t seed, bool trace);
void sim_deinit(struct sim_world *world);
void sim_act(struct sim_world *world); /* one action of the schedule */
/* Everything that all owners and ghosts have on their way arrives, and the current owner reads and
 * writes to the end. */
void sim_settle(struct sim_world *world);
/* The same, and the owners have learned what Redis may have lost. */
void sim_settle_knowing(struct sim_world *world);
void *sim_alloc(struct sim_world *world, size_t bytes); /* until the next run */
struct gs_str sim_copy(struct sim_world *world, struct gs_str bytes);
void sim_haunt(struct sim_world *world, const struct sim_ghost *ghost);
/* So many of the oldest ghosts arrive, or are lost with the given chance. */
void sim_arrive(struct sim_world *world, uint32_t count, int lost_percent);
/* Time goes on by so much. What is on a connection arrives before a long time has passed. */
void sim_pass(struct sim_world *world, int64_t step_ms);
/* A new owner is chosen; the one before dies, or lives on (keep) and does not know yet. */
void sim_appoint(struct sim_world *world, struct sim_side *side, bool keep);
/* Acts on what the machine says of itself: dropped, or refused. False: the owner is gone. */
bool sim_heed(struct sim_world *world, struct sim_owner *owner);
struct sim_owner *sim_current(struct sim_side *side);
void sim_say(struct sim_world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_violate(struct sim_world *world, enum sim_rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* For the trace: ms since the beginning; -1 if there is no time yet. */
static inline long long sim_since(int64_t ms)
{
    return ms == GS_NULL_INT ? -1 : (long long)(ms - T0);
}
static inline void sim_count(struct sim_world *world, enum sim_count what)
{
    world->counts[what]++;
}

/* The world at its beginning, nobody in it; and at its end. */
void sim_begin(struct sim_world *world, uint64_t seed, bool trace, uint32_t sides);
void sim_bury_all(struct sim_world *world);

/* ------------------------------------------------------------------ scenario.c */

void sim_scenarios(struct sim_world *world, bool trace);

/* ------------------------------------------------------------------ check.c */

/* A write was applied: of these cells, the numbers in cells[]. */
void check_written(struct sim_world *world, const struct sim_request *request,
                   const uint32_t *cells);
/* The whole state of a machine against the logs at its own offsets and clock. */
void check_state(struct sim_world *world, struct sim_owner *owner);
/* Redis went back: readers may see that. side NULL: all sides. */
void check_readers_forget(struct sim_world *world, struct sim_side *side);
/* What Redis shows against the ends of the logs. strict: nothing else may be there either. */
void check_end(struct sim_world *world, bool strict);

/* ------------------------------------------------------------------ ablation.c */

/* Leaves a rule out from now on. False: there is no such rule, or this build has all of them. */
bool sim_ablate(const char *name);
void sim_list_ablations(void);

/* ------------------------------------------------------------------ export.c */

/* The logs of a seed and what their cells must hold, as JSON for the oracle's test. */
void sim_export(uint64_t seed, FILE *file);

#endif
