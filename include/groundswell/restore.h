/* restore.h -- what a task goes on from: takes in its log of checkpoints, chooses a barrier, and
 * makes the task that stood there.
 *
 *   SCAN the log's tail ─► choose ─► READ the cuts of the lineage, in order ─► the task
 *     ▲   none good: all of the log │    │ a record is not what it was: without it, choose again
 *     └─────────────────────────────┘◄───┘
 *
 * A pure state machine: records come in, and it says from which position it wants them. Nothing
 * that stands in the log is trusted. Belongs to one thread. */
#ifndef GROUNDSWELL_RESTORE_H
#define GROUNDSWELL_RESTORE_H

#include "groundswell/task.h"

#define GS_RESTORE_LOG_START INT64_C(-2) /* a position: wherever the log begins now */

struct gs_restore; /* opaque */

struct gs_restore_config {
    const struct gs_task_config *task;      /* borrowed; must outlive the restore */
    struct gs_cut_id inputs[GS_INPUTS_MAX]; /* ids of the input topics now; zeroes: not known */
    int64_t input_ends[GS_INPUTS_MAX];      /* asked for after `end` */
    int64_t start;                          /* of the log of checkpoints: its first position */
    int64_t recent; /* where to begin: older records hold nothing that is needed; -1: not known */
    int64_t end;    /* nothing from here on is needed */
};

/* Never fails; look at gs_restore_next(). */
struct gs_restore *gs_restore_create(const struct gs_restore_config *config) GS_MUST_CHECK;
void gs_restore_destroy(struct gs_restore *restore); /* accepts NULL */

enum gs_restore_next {
    GS_RESTORE_MORE, /* the next record of the log, or its end */
    GS_RESTORE_SEEK, /* read from *position on, whatever was read before; told once */
    GS_RESTORE_DONE
};
/* To be asked after the creation, and after each of the three calls below. */
enum gs_restore_next gs_restore_next(struct gs_restore *restore, int64_t *position);

/* A record of the log, borrowed for the call. Records between two seeks come in order. */
void gs_restore_record(struct gs_restore *restore, int64_t position, struct gs_str bytes);
/* All records below this position were handed in, and there are no more. */
void gs_restore_end(struct gs_restore *restore, int64_t position);
/* The log does not hold the position that was wanted. */
void gs_restore_gap(struct gs_restore *restore);

/* After DONE. NULL: there is nothing to go on from. Else the caller owns it, ready for
 * gs_task_keep_checkpoints(). */
struct gs_task *gs_restore_take(struct gs_restore *restore) GS_MUST_CHECK;
/* Where that task stands; valid until the destroy. */
const struct gs_cut_barrier *gs_restore_barrier(const struct gs_restore *restore);

struct gs_restore_stats {
    /* Of the last scan. */
    uint64_t records;
    uint64_t faults[GS_CUT_FAULT_COUNT];  /* records that are none of ours, or damaged */
    uint64_t other_topic;                 /* barriers that count in an input's former topic */
    uint64_t beyond;                      /* barriers that lie behind an input's end */
    uint64_t pushed_out;                  /* records for which there was no room */
    uint64_t passed[GS_CUT_PASSED_COUNT]; /* better barriers of which something is missing */
    /* Of all of them. */
    uint64_t bytes;
    uint32_t scans;
    uint32_t failures; /* times that what was chosen could not be read */
    bool mixed;        /* what was restored was counted by other rules */
    size_t reads;      /* records of the lineage that were read, */
    size_t read_count; /* of so many; 0: not yet known */
};
void gs_restore_stats(const struct gs_restore *restore, struct gs_restore_stats *stats);
/* Why the last failure was one; "" if there was none. */
const char *gs_restore_reason(const struct gs_restore *restore);

#endif
