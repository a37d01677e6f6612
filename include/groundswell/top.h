/* top.h -- the live table: the most active entities of a view, read from Redis as any reader would.
 *
 * Cells are found with SCAN and read with MGET; nothing is asked of the service. */
#ifndef GROUNDSWELL_TOP_H
#define GROUNDSWELL_TOP_H

#include "groundswell/redis.h"

/* Strings are borrowed for the call that takes them. */
struct gs_top_config {
    struct gs_redis_config redis; /* accept_replica is set by the callee */
    const char *prefix;           /* "gs" */
    const char *view;             /* "influencer" */
    const char *window;           /* "5m"; gs_top_check_view(): NULL = any */
    int64_t since_ms;             /* event time before which there was nothing; 0 = not known */
    uint32_t lines;               /* entities shown */
    int64_t interval_ms;          /* between two pictures */
    bool once;
    bool json;                /* one object per picture and line, for programs */
    const _Atomic bool *stop; /* NULL: never */
    const char *title;        /* first line; NULL: the endpoint and view */
    size_t *above;            /* in and out: lines of a picture above the cursor, which the next one
                               * replaces on a terminal, also with once; NULL: none */
};

/* Draws to stdout until stop (or once). On a terminal the picture is drawn in place, as wide as the
 * terminal, at least 60 columns; otherwise pictures follow one another. NO_COLOR is honoured.
 * Blocks. Errors: GS_E_UNAVAIL (Redis; while running it waits for it to come back and says so),
 * GS_E_CONFIG, GS_E_USAGE (as gs_top_check_view(), if there are no cells). */
GS_MUST_CHECK enum gs_status gs_top_run(const struct gs_top_config *config, struct gs_error *error);

/* Whether the deployment has this view and window, by its `<prefix>:v1:meta`; one that has no meta
 * is believed to. Errors: GS_E_USAGE (says what there is), GS_E_UNAVAIL (Redis), GS_E_CONFIG. */
GS_MUST_CHECK enum gs_status gs_top_check_view(const struct gs_top_config *config,
                                               struct gs_error *error);

enum { GS_TOP_WINDOW_MAX = 32 }; /* bytes of a window's name, with the 0 */

/* For one who names no window: config.window if this deployment's view has it, or if it does not
 * say which it has, else the first that it has. Errors: GS_E_UNAVAIL (Redis), GS_E_CONFIG. */
GS_MUST_CHECK enum gs_status gs_top_pick_window(const struct gs_top_config *config,
                                                char window[GS_TOP_WINDOW_MAX],
                                                struct gs_error *error);

/* Sums over the entities of one view and window, as they stand in Redis. */
struct gs_top_sums {
    uint64_t entities;
    int64_t comments;
    int64_t clean;
    int64_t pos;
    int64_t neg;
    int64_t neu;
    int64_t unk;
    int64_t engagement;
};
/* Reads them once. Errors: as gs_top_run(). */
GS_MUST_CHECK enum gs_status gs_top_sum(const struct gs_top_config *config,
                                        struct gs_top_sums *sums, struct gs_error *error);

#endif
