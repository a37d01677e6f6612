/* What the tests of the task share: a small configuration, events by hand, a look into the windows.
 */
#ifndef GS_TASK_FIXTURE_H
#define GS_TASK_FIXTURE_H

#include "task/internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PROFILES, POSTS, COMMENTS, REACTIONS, INPUTS };
enum { BY_INFLUENCER, BY_POST, BY_CAMPAIGN, VIEWS };
enum { SHORT, MIDDLE, LONG, LEVELS };

#define T0 INT64_C(1800000000000) /* a border of every pane */
#define WALL (T0 + 1000000)

static inline const struct gs_sentiment *fixture_sentiment(void)
{
    static struct gs_sentiment *sentiment;
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_error error;
    if (!sentiment && gs_sentiment_create(&config, &sentiment, &error) != GS_OK)
        fail_msg("%s", error.message);
    return sentiment;
}

static inline const struct gs_clean_rules *fixture_rules(void)
{
    static struct gs_clean_rules *rules;
    struct gs_clean_config config;
    struct gs_error error;
    gs_clean_config_default(&config);
    if (!rules && gs_clean_rules_create(&config, &rules, &error) != GS_OK)
        fail_msg("%s", error.message);
    return rules;
}

/* Windows of 10 s, 1 min and 10 min; posts have the longer two. */
static inline struct gs_task_config fixture_config(void)
{
    struct gs_task_config config = {
        .task = 3,
        .inputs = {{"profiles", true}, {"posts", false}, {"comments", false}, {"reactions", false}},
        .input_count = INPUTS,
        .windows = {{10000, 1000}, {60000, 5000}, {600000, 60000}},
        .window_names = {"10s", "1m", "10m"},
        .window_count = LEVELS,
        .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 7},
                  {"post", {GS_KEY_POST}, 1, 6},
                  {"campaign_influencer", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 7}},
        .view_count = VIEWS,
        .engagement = GS_ENGAGEMENT_SNAPSHOTS,
        .profiles_delay_ms = 500,
        .dedupe_window_ms = 20000,
        .dedupe_capacity = 1000,
        .comments_horizon_ms = 60000,
        .comments_max = 1000,
        .entities_max = 10000,
        .idle_after_ms = 10000,
        .flush_interval_ms = 100,
        .prefix = "gs",
        .incarnation = "00000000000000000000000000000001",
        .cluster_id = "cluster",
        .group = "group",
        .partition_count = 8,
        .generation = 1,
        .random_seed = 42,
        .sentiment = fixture_sentiment(),
    };
    return config;
}

static inline struct gs_task *fixture_create(const struct gs_task_config *config)
{
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_task *task;
    struct gs_error error;
    if (gs_task_create(config, start, &task, &error) != GS_OK)
        fail_msg("%s", error.message);
    return task;
}

/* The gate open for ever, as if the profiles had been read to an end asked for in the far future.
 */
static inline void fixture_open_gate(struct gs_task *task)
{
    gs_task_profiles_end(task, GS_TIME_MS_MAX * 2, gs_task_next_offset(task, PROFILES));
}

static inline struct gs_task *fixture_task(void)
{
    struct gs_task_config config = fixture_config();
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    return task;
}

/* ------------------------------------------------------------------ events */

/* Distinct event ids for as long as a test needs them. */
static inline struct gs_str fixture_event_id(void)
{
    static char ids[4096][16];
    static int next;
    char *id = ids[next++ % 4096];
    snprintf(id, sizeof ids[0], "e%d", next);
    return gs_str_of(id);
}

static inline struct gs_event fixture_event(enum gs_kind kind, int64_t t_ms)
{
    return (struct gs_event){
        .kind = (uint8_t)kind,
        .offset = -1, /* the next one */
        .record_ms = t_ms,
        .event_ms = t_ms,
        .event_id = fixture_event_id(),
        .influencer_id = gs_str_of("ann"),
        .post_id = gs_str_of("p1"),
    };
}

static inline struct gs_event fixture_comment(int64_t t_ms)
{
    struct gs_event event = fixture_event(GS_KIND_COMMENT, t_ms);
    event.action = GS_ACTION_CREATED;
    event.comment.comment_id = event.event_id;
    event.comment.actor_id = gs_str_of("fan");
    event.comment.text = gs_str_of("I love this");
    event.comment.sentiment = NAN;
    event.comment.likes = event.comment.replies = event.comment.shares = GS_NULL_INT;
    return event;
}

static inline struct gs_event fixture_post(int64_t t_ms, enum gs_action action)
{
    struct gs_event event = fixture_event(GS_KIND_POST, t_ms);
    event.action = (uint8_t)action;
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        event.post.metrics[m] = GS_NULL_INT;
    event.post.followers = event.post.created_ms = GS_NULL_INT;
    event.post.temporality = GS_TEMPORALITY_CUMULATIVE;
    return event;
}

static inline struct gs_event fixture_reaction(int64_t t_ms, enum gs_reaction reaction,
                                               int64_t count)
{
    struct gs_event event = fixture_event(GS_KIND_REACTION, t_ms);
    event.reaction.reaction = (uint8_t)reaction;
    event.reaction.op = GS_OP_ADD;
    event.reaction.count = count;
    event.reaction.value_micros = GS_NULL_INT;
    return event;
}

static inline struct gs_event fixture_profile(int64_t record_ms, int64_t followers)
{
    struct gs_event event = fixture_event(GS_KIND_PROFILE, record_ms);
    event.event_id = event.post_id = (struct gs_str){0};
    event.profile.followers = followers;
    event.profile.following = GS_NULL_INT;
    return event;
}

/* Folds one record at the input's next offset (unless it names one); fails if it must wait. */
static inline enum gs_disposition fixture_fold(struct gs_task *task, uint8_t input,
                                               struct gs_event event)
{
    static const struct gs_campaign_pool none;
    struct gs_task_record record = {.event = event};
    if (event.offset < 0)
        record.event.offset = gs_task_next_offset(task, input);
    assert_int_equal(gs_task_fold(task, input, &record, 1, &none), 1);
    return record.disposition;
}

static inline void fixture_fold_profile(struct gs_task *task, struct gs_event event,
                                        const struct gs_campaign *campaign)
{
    struct gs_campaign copy = campaign ? *campaign : (struct gs_campaign){0};
    struct gs_campaign_pool pool = {&copy, campaign != NULL, 1};
    struct gs_task_record record = {.event = event};
    record.event.offset = gs_task_next_offset(task, PROFILES);
    record.event.profile.campaign_count = campaign != NULL;
    assert_int_equal(gs_task_fold(task, PROFILES, &record, 1, &pool), 1);
    assert_int_equal(record.disposition, GS_PROCESSED);
}

/* ------------------------------------------------------------------ what came of it */

/* The sum of a counter over the window of an entity; 0 if there is none. */
static inline int64_t fixture_sum(struct gs_task *task, uint8_t view, const char *key,
                                  uint8_t level, int counter)
{
    int64_t total[GS_COUNTER_COUNT];
    struct gs_str text = gs_str_of(key);
    uint32_t entity = gs_window_find(task->window, view, text, gs_window_hash(task->window, text));
    if (entity == GS_ENTITY_NONE)
        return 0;
    gs_window_sum(task->window, entity, level, total);
    return total[counter];
}

/* The JSON of a cell as it would be written now; "" for one that is to be deleted. NULL if the
 * entity does not exist. Valid until the next call. */
static inline const char *fixture_cell(struct gs_task *task, uint8_t view, const char *key,
                                       uint8_t level)
{
    static struct gs_command command;
    struct gs_str text = gs_str_of(key);
    uint32_t entity = gs_window_find(task->window, view, text, gs_window_hash(task->window, text));
    if (entity == GS_ENTITY_NONE)
        return NULL;
    command.cell_count = 0;
    command.bytes.len = 0;
    gsi_task_show(task, (struct gs_cell_ref){entity, view, level}, 0, &command);
    gs_buf_add(&command.bytes, "", 1);
    return command.bytes.data + command.cells[0].value_at;
}

static inline struct gs_task_stats fixture_stats(const struct gs_task *task)
{
    struct gs_task_stats stats;
    gs_task_stats(task, &stats);
    return stats;
}

#endif
