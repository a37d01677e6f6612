/* internal.h -- what the files of this room share. */
#ifndef GSI_SOURCE_INTERNAL_H
#define GSI_SOURCE_INTERNAL_H

#include "groundswell/source.h"

#include <librdkafka/rdkafka.h>
#include <uv.h>

/* ------------------------------------------------------------------ wake-ups */

/* A queue of librdkafka that wakes a loop: its descriptor, and the handle that watches it. */
struct gsi_source_watch {
    uv_poll_t poll;
    int fd; /* -1 = none; owned */
    void (*wake)(void *user);
    void *user;
};

/* Takes fd over, also on failure; wake runs on the loop after the descriptor was read. */
GS_MUST_CHECK enum gs_status gsi_source_watch_start(struct gsi_source_watch *watch, uv_loop_t *loop,
                                                    int fd, struct gs_error *error);
/* on_closed runs on the loop, with watch->poll.data as it was set by the caller before. Only after
 * a start that succeeded. */
void gsi_source_watch_close(struct gsi_source_watch *watch, uv_close_cb on_closed);

/* ------------------------------------------------------------------ member */

/* What we know of one task. */
struct gsi_source_owned {
    bool owned;
    bool revoking;  /* asked back, not yet answered */
    uint64_t since; /* member->changes when it was assigned */
};

struct gsi_source_commit; /* one under way, in a ring; commit.c */

struct gs_member {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue; /* rebalances and errors */
    rd_kafka_queue_t *commit_queue;
    struct gs_member_callbacks callbacks;
    char *topic;
    struct gsi_source_owned *tasks; /* by task number */
    uint32_t task_count;
    uint32_t *list;                            /* scratch for callbacks, task_count entries */
    rd_kafka_topic_partition_list_t *revoking; /* NULL = nothing is asked back */
    uint32_t revoking_left;                    /* tasks not yet answered */
    uint64_t changes;                          /* assignments and losses so far */
    bool joined;                               /* assigned since the last loss */
    bool is_static;
    int64_t session_ms; /* session.timeout.ms */
    int64_t severed_ms; /* when the coordinator was last seen to be away; INT64_MIN = not since the
                           last assignment */
    bool closing;
    bool leaving; /* closing, not yet out of the group */
    bool closed;
    bool failed;
    int64_t close_end_ms;
    struct gsi_source_commit *commits;
    uint32_t commit_count;
    uv_timer_t timer;
    struct gsi_source_watch watch;
    struct gsi_source_watch commit_watch;
    uint32_t handles; /* of uv, open */
};

void gsi_source_commits_serve(struct gs_member *member);
/* Without calling anybody, but takes the answers that come within a second: librdkafka (2.14.2) may
 * not come to an end, ever, when it is destroyed while it waits for some. */
void gsi_source_commits_drop(struct gs_member *member);

/* ------------------------------------------------------------------ source */

struct gsi_source_input {
    rd_kafka_topic_t *topic; /* held, so that every message of it carries this pointer */
    bool *started;           /* by partition */
    uint32_t partition_count;
};

struct gs_source {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    struct gs_kafka_offsets *offsets;
    struct gsi_source_input inputs[GS_SOURCE_INPUTS_MAX];
    uint8_t input_count;
    bool more; /* the last poll was full: the idle handle runs */
    uint32_t batch_max;
    rd_kafka_message_t **held; /* the batch that is handed out */
    uint32_t held_count;
    struct gs_source_message *out; /* the caller's view of it */
    uint32_t out_count;
    struct gs_source_listener listener;
    uv_idle_t idle;
    struct gsi_source_watch watch;
    struct gsi_source_watch answers;
    uint32_t handles; /* of uv, open */
};

static inline bool gsi_source_is_started(const struct gsi_source_input *input, int32_t partition)
{
    return (uint32_t)partition < input->partition_count && input->started[partition];
}

/* librdkafka wakes only when its queue was empty: after a full batch the loop must come back. */
void gsi_source_expect_more(struct gs_source *source, bool more);

#endif
