/* room: task */
/* The entries of a checkpoint. What was taken in is cut, put back into another task and cut again,
 * which makes as many bytes. */
#include "groundswell/task.h"

#include <stdlib.h>

static struct gs_task_config config = {
    .inputs = {{"profiles", true}, {"posts", false}, {"comments", false}},
    .input_count = 3,
    .windows = {{10000, 1000}, {60000, 5000}},
    .window_names = {"10s", "1m"},
    .window_count = 2,
    .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 3}, {"post", {GS_KEY_POST}, 1, 2}},
    .view_count = 2,
    .dedupe_window_ms = 20000,
    .dedupe_capacity = 1000,
    .comments_max = 1000,
    .comments_horizon_ms = 60000,
    .entities_max = 1000,
    .prefix = "gs",
    .incarnation = "00000000000000000000000000000001",
    .partition_count = 1,
};
static struct gs_cut_barrier barrier;

static struct gs_task *restore(const struct gs_str *bodies, uint32_t count)
{
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_error error;
    struct gs_task *task;
    if (gs_task_create(&config, start, &task, &error) != GS_OK)
        abort();
    barrier.input_count = config.input_count;
    barrier.as_of_ms = 100000;
    for (uint8_t i = 0; i < config.input_count; i++)
        barrier.inputs[i] =
            (struct gs_cut_input){.offset = 10, .clock_ms = 100000, .record_ms = 100000};
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

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct gs_sentiment *sentiment;
    struct gs_error error;
    (void)argc, (void)argv;
    if (gs_sentiment_create(&(struct gs_sentiment_config){0}, &sentiment, &error) != GS_OK)
        abort();
    config.sentiment = sentiment; /* what a checkpoint means hangs on its lexicon */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { BODIES_MAX = 64 };
    static struct gs_str first[BODIES_MAX], second[BODIES_MAX];
    struct gs_str body = gs_str_make((const char *)data, size);
    struct gs_task *task = restore(&body, 1);
    if (!task)
        return 0;
    uint32_t count = cut_all(task, first, BODIES_MAX);
    struct gs_task *again = restore(first, count);
    GS_ASSERT(again);
    uint32_t second_count = cut_all(again, second, BODIES_MAX);
    GS_ASSERT(bytes_of(first, count) == bytes_of(second, second_count));
    gs_task_destroy(again);
    gs_task_destroy(task);
    return 0;
}
