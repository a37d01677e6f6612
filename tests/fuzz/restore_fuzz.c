/* room: task */
/* The entries of a checkpoint; the last byte says where it stands and what limits hold. What was
 * taken in is cut, put back into another task and cut again, which makes as many bytes. Then that
 * task lives on: all cells are shown, comments are copied and deleted, time passes. */
#include "task/internal.h"

#include <math.h>
#include <stdlib.h>

static struct gs_task_config config = {
    .inputs = {{"profiles", true}, {"posts", false}, {"comments", false}},
    .input_count = 3,
    .windows = {{10000, 1000}, {60000, 5000}},
    .window_names = {"10s", "1m"},
    .window_count = 2,
    .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 3},
              {"post", {GS_KEY_POST}, 1, 2},
              {"campaign", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 3}},
    .view_count = 3,
    .comments_horizon_ms = 60000,
    .idle_advance = true,
    .prefix = "gs",
    .incarnation = "00000000000000000000000000000001",
    .partition_count = 1,
};
static struct gs_cut_barrier barrier;

static struct gs_clean_rules *rules;

enum { EARLY = 1, SMALL = 2, UNREAD = 4, LONG = 8, JUDGED = 16 }; /* of the last byte */

static void set_scene(uint8_t what)
{
    int64_t clock_ms = what & EARLY ? 3000 : 100000;
    config.entities_max = what & SMALL ? 2 : 1000;
    config.comments_max = what & SMALL ? 3 : 1000;
    config.dedupe_capacity = what & SMALL ? 4 : 1000;
    config.dedupe_window_ms = what & LONG ? INT64_C(30) * 24 * 3600000 : 20000;
    config.rules = what & JUDGED ? rules : NULL;
    config.copies = (struct gs_copies_config){.window_ms = what & LONG ? 600000 : 20000,
                                              .capacity = what & SMALL ? 4 : 1000,
                                              .words_min = 4,
                                              .authors_min = what & SMALL ? 2 : 5};
    config.burst = (struct gs_burst_config){.window_ms = 20000,
                                            .capacity = what & SMALL ? 4 : 1000,
                                            .comments_max = 3,
                                            .on_post_burst = 2};
    barrier = (struct gs_cut_barrier){.input_count = config.input_count, .as_of_ms = clock_ms};
    for (uint8_t i = 0; i < config.input_count; i++)
        barrier.inputs[i] = (struct gs_cut_input){
            .offset = 10,
            .clock_ms = i == 0 || (i == 1 && what & UNREAD) ? GS_NULL_INT : clock_ms,
            .record_ms = clock_ms};
}

static struct gs_task *restore(const struct gs_str *bodies, uint32_t count)
{
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_error error;
    struct gs_task *task;
    if (gs_task_create(&config, start, &task, &error) != GS_OK)
        abort();
    if (gs_task_restore_begin(task, &barrier, &error) != GS_OK)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        if (gs_task_restore_body(task, (struct gs_cut_id){0}, bodies[i], &error) == GS_OK)
            continue;
        gs_task_destroy(task);
        return NULL;
    }
    if (gs_task_restore_end(task, &error) == GS_OK)
        return task;
    gs_task_destroy(task);
    return NULL;
}

/* Everything, as the bodies of one cut. */
static uint32_t cut_all(struct gs_task *task, struct gs_str *bodies, uint32_t max)
{
    struct gs_task_log logs[GS_INPUTS_MAX] = {0};
    struct gs_cut_header header;
    gs_task_keep_checkpoints(task, NULL);
    uint32_t count = gs_task_cut(task, logs, 1, 1000) - 1;
    if (count > max)
        abort();
    for (uint32_t i = 0; i < count; i++)
        if (gs_cut_parse(gs_task_cut_record(task, i), gs_task_layout(&config), &header,
                         &bodies[i]) != GS_CUT_GOOD)
            abort();
    return count;
}

static size_t bytes_of(const struct gs_str *bodies, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        bytes += bodies[i].len;
    return bytes;
}

/* ------------------------------------------------------------------ living on */

static void show_all(struct gs_task *task)
{
    static struct gs_command command;
    uint32_t entity = 0;
    while ((entity = gs_window_next_entity(task->window, entity)) != GS_ENTITY_NONE) {
        struct gs_cell_ref ref = {entity, gs_window_view(task->window, entity), 0};
        for (; ref.level < config.window_count; ref.level++) {
            if (!(config.views[ref.view].levels >> ref.level & 1))
                continue;
            command.bytes.len = command.cell_count = 0;
            gsi_task_show(task, ref, barrier.as_of_ms, &command);
        }
        entity++;
    }
}

/* They are forgotten later, as if all were deleted for good. */
static void delete_one(void *user, const struct gsi_comment *comment,
                       const struct gsi_comment_counters *counters)
{
    static const struct gs_event deletion = {.kind = GS_KIND_COMMENT, .action = GS_ACTION_DELETED};
    struct gsi_row row = {.comment = (struct gsi_comment *)(uintptr_t)comment};
    row.reach = row.reach_before = gsi_reach(counters);
    gsi_comments_change(user, &deletion, &row);
}

/* What the memories hold is looked at: a new author of a text that the corpus knows. */
static void comment_on(struct gs_task *task)
{
    static const struct gs_campaign_pool none;
    static const char *const actors[] = {"fan", "eve", "bob", "zoe"};
    struct gs_task_record records[GS_COUNT_OF(actors)];
    for (size_t i = 0; i < GS_COUNT_OF(actors); i++) {
        struct gs_event *event = &records[i].event;
        records[i] = (struct gs_task_record){.event.kind = GS_KIND_COMMENT};
        event->action = GS_ACTION_CREATED;
        event->offset = gs_task_next_offset(task, 2) + (int64_t)i;
        event->record_ms = event->event_ms = barrier.as_of_ms;
        event->event_id = event->comment.comment_id = event->comment.actor_id =
            gs_str_of(actors[i]);
        event->influencer_id = event->post_id = gs_str_of("ann");
        event->comment.text = gs_str_of("this watch changed my life");
        event->comment.sentiment = NAN;
        event->comment.likes = event->comment.replies = event->comment.shares = GS_NULL_INT;
    }
    gs_task_profiles_end(task, GS_TIME_MS_MAX, gs_task_next_offset(task, 0));
    gs_task_fold(task, 2, records, GS_COUNT_OF(actors), &none);
}

static void live_on(struct gs_task *task)
{
    enum { STEP_MS = 9000, STEPS = 10 };
    struct gs_task_log logs[GS_INPUTS_MAX] = {0};
    comment_on(task);
    for (int step = 0; step < STEPS; step++) {
        for (uint8_t i = 0; i < config.input_count; i++)
            gs_task_input_end(task, i);
        int64_t now_ms = 2000 + step * STEP_MS;
        gs_task_tick(task, barrier.as_of_ms + now_ms, now_ms);
        show_all(task);
        for (uint8_t i = 1; i < config.input_count; i++)
            gsi_comments_for_each(task->input[i].comments, task->input[i].h_ms, delete_one, task);
        gs_task_cut(task, logs, STEP_MS, now_ms);
        if (step % 3)
            gs_task_cut_acked(task);
        else
            gs_task_cut_failed(task);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct gs_sentiment *sentiment;
    struct gs_clean_config clean;
    struct gs_error error;
    (void)argc, (void)argv;
    if (gs_sentiment_create(&(struct gs_sentiment_config){0}, &sentiment, &error) != GS_OK)
        abort();
    gs_clean_config_default(&clean);
    if (gs_clean_rules_create(&clean, &rules, &error) != GS_OK)
        abort();
    config.sentiment = sentiment; /* what a checkpoint means hangs on its lexicon */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { BODIES_MAX = 64 };
    static struct gs_str first[BODIES_MAX], second[BODIES_MAX];
    if (!size)
        return 0;
    set_scene(data[size - 1]);
    struct gs_str body = gs_str_make((const char *)data, size - 1);
    struct gs_task *task = restore(&body, 1);
    if (!task)
        return 0;
    uint32_t count = cut_all(task, first, BODIES_MAX);
    struct gs_task *again = restore(first, count);
    GS_ASSERT(again);
    uint32_t second_count = cut_all(again, second, BODIES_MAX);
    GS_ASSERT(bytes_of(first, count) == bytes_of(second, second_count));
    gs_task_cut_acked(again);
    live_on(again);
    gs_task_destroy(again);
    gs_task_destroy(task);
    return 0;
}
