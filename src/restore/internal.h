/* internal.h -- what the files of this room share.
 *
 *   scan.c     records -> the choice      restore.c  from scan to scan, and reading the lineage */
#ifndef GS_RESTORE_INTERNAL_H
#define GS_RESTORE_INTERNAL_H

#include "groundswell/restore.h"

enum {
    GSI_FAILURES_MAX = 8, /* then it is given up */
    GSI_RECORDS_MAX = 1 << 18,
    GSI_BARRIER_BYTES_MAX = 32 << 20
};

struct gs_restore {
    struct gs_restore_config config;
    uint64_t layout;
    enum { GSI_SCANNING, GSI_READING, GSI_DONE } phase;
    bool seek;      /* `wanted` is news */
    int64_t wanted; /* where reading is to begin, or the record that comes next */
    bool is_all;    /* this scan began at the log's start */
    struct gs_cut_choice *choice;
    struct gs_cut_chosen chosen;
    struct gs_cut_barrier seen;        /* scratch */
    int64_t useless[GSI_FAILURES_MAX]; /* positions of records that led to failures */
    struct gs_task *task;
    struct gs_restore_stats stats;
    char reason[320];
};

/* ---- scan.c */
void gsi_restore_scan(struct gs_restore *restore, int64_t from);
void gsi_restore_see(struct gs_restore *restore, int64_t position, struct gs_str bytes);

#endif
