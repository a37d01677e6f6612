/* rescan.h -- what the two halves of the naive reading share. */
#ifndef GS_SIMULATION_RESCAN_H
#define GS_SIMULATION_RESCAN_H

#include "simulation.h"

/* The entity of a view that a record belongs to, which is created if need be; ENTITIES_MAX: the
 * record is not in this view. */
uint32_t rescan_entity_of(struct rescan *rescan, uint8_t view, const struct gs_event *event,
                          int64_t t_ms);

/* ------------------------------------------------------------------ rescan_verdict.c */

/* What is known of a text of the logs. */
struct rescan_text {
    const char *text;
    int64_t compound; /* by VADER's rules */
    uint32_t words;
    uint32_t reasons; /* bits of enum gs_reason */
    int same;         /* texts with one number are copies of each other; 0: too short */
    bool is_other;    /* no English, as anybody can see */
};
const struct rescan_text *rescan_text_of(struct gs_str text);
/* Whether the comment has a text that is not English: by its tag, or by the text where that says
 * nothing. */
bool rescan_is_other(const struct gs_event *event);

struct rescan_verdict {
    int reason; /* why it is dropped; -1: it is not */
    uint32_t quality;
};
struct rescan_verdict rescan_decide(const struct sim_logs *logs, uint32_t reasons);
uint32_t rescan_reasons_of(const struct gs_event *event);
int64_t rescan_weight(int64_t quality, int64_t likes, int64_t replies, int64_t shares);

struct rescan_sighting {
    struct gs_str comment;
    struct gs_str actor;
    struct gs_str post;
    int64_t t_ms;
    int same;
    bool is_copy; /* it was, or has been told to be one */
    uint32_t age; /* generations */
};
struct rescan_sightings {
    bool any;
    int64_t number;
    struct rescan_sighting one[LOG_RECORDS];
    uint32_t count;
};
struct rescan_told {
    struct gs_str comment[LOG_RECORDS];
    uint32_t count;
};
bool rescan_is_copy(struct rescan_sightings *all, const struct gs_task_config *config,
                    const struct gs_event *event, int64_t h_ms, struct rescan_told *told);
bool rescan_is_burst(struct rescan_sightings *all, const struct gs_task_config *config,
                     const struct gs_event *event, int64_t t_ms, int64_t h_ms);

#endif
