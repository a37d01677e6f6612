/* task.c -- a task's life, and its figures. */
#include "internal.h"

enum { FLUSH_LEAD_MS_MAX = 100 };

static void release_influencer(void *user, uint32_t influencer)
{
    struct gs_task *task = user;
    gs_profiles_release(task->profiles, influencer);
}

/* A cell is to be readable within the interval, so its write begins a little before the end of it.
 */
static int64_t flush_delay_ms(const struct gs_task_config *config)
{
    return config->flush_interval_ms - GS_MIN(config->flush_interval_ms / 10, FLUSH_LEAD_MS_MAX);
}

static enum gs_status create_window(struct gs_task *task, struct gs_error *error)
{
    const struct gs_task_config *config = &task->config;
    struct gs_window_config window = {
        .level_count = config->window_count,
        .view_count = config->view_count,
        .flush_interval_ms = flush_delay_ms(config),
        .hash_seed = config->random_seed,
        .entities_max = config->entities_max,
        .influencer_released = release_influencer,
        .user = task,
    };
    memcpy(window.sizes, config->windows, sizeof window.sizes);
    memcpy(window.views, config->views, sizeof window.views);
    return gs_window_create(&window, &task->window, error);
}

enum gs_status gs_task_create(const struct gs_task_config *config,
                              const int64_t start[GS_INPUTS_MAX], struct gs_task **task,
                              struct gs_error *error)
{
    struct gs_dedupe_config dedupe = {config->dedupe_window_ms, config->dedupe_capacity};
    struct gs_task *self = gs_calloc(1, sizeof *self);
    *task = NULL;
    GS_ASSERT(config->comments_horizon_ms > 0 && config->comments_max > 0 &&
              config->comments_max <= GS_TASK_COMMENTS_MAX);
    self->config = *config;
    self->longest_ms = config->windows[config->window_count - 1].window_ms;
    self->never_late_ms = INT64_MAX;
    gsi_keys_init(self);
    self->joins = self->key_fields >> GS_KEY_CAMPAIGN & 1;
    for (uint8_t i = 0; i < config->window_count; i++)
        self->never_late_ms =
            GS_MIN(self->never_late_ms, config->windows[i].window_ms - config->windows[i].pane_ms);
    self->as_of_ms = GS_NULL_INT;
    self->gate_asked_ms = GS_NULL_INT;
    self->gap_ms = self->mixed_ms = GS_NULL_INT;
    self->shown = gsi_show_version(config);
    self->gate_ms = config->inputs[0].profiles ? GS_NULL_INT : INT64_MAX;
    for (uint8_t i = 0; i < config->input_count; i++) {
        struct gsi_input *input = &self->input[i];
        input->next = input->stats.start_offset = start[i];
        input->h_ms = GS_NULL_INT;
        if (!config->inputs[i].profiles)
            input->dedupe = gs_dedupe_create(&dedupe);
    }
    self->profiles = gs_profiles_create(config->random_seed);
    self->scratch = gs_sentiment_scratch_create();
    if (config->rules)
        self->reader = gs_clean_scratch_create();
    if (create_window(self, error) != GS_OK) {
        gs_task_destroy(self);
        return error->status;
    }
    gsi_guard_init(self);
    *task = self;
    return GS_OK;
}

void gs_task_destroy(struct gs_task *task)
{
    if (!task)
        return;
    gs_window_destroy(task->window);
    gs_profiles_destroy(task->profiles);
    gs_sentiment_scratch_destroy(task->scratch);
    gs_clean_scratch_destroy(task->reader);
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        gs_dedupe_destroy(task->input[i].dedupe);
        gs_copies_destroy(task->input[i].copies);
        gs_burst_destroy(task->input[i].burst);
        gsi_posts_destroy(task->input[i].posts);
        gs_buf_deinit(&task->input[i].comments_held);
        gsi_comments_destroy(task->input[i].comments);
    }
    gsi_cut_destroy(task->cut);
    gsi_names_destroy(task->names);
    gs_buf_deinit(&task->key_bytes);
    gs_buf_deinit(&task->scratch_id);
    for (int view = 0; view < GS_VIEWS_MAX; view++)
        gs_buf_deinit(&task->key_head[view]);
    for (int level = 0; level < GS_LEVELS_MAX; level++) {
        gs_buf_deinit(&task->key_tail[level]);
        gs_buf_deinit(&task->beginning[level]);
    }
    gs_free(task);
}

int64_t gs_task_next_offset(const struct gs_task *task, uint8_t input)
{
    return task->input[input].next;
}

bool gs_task_waiting(const struct gs_task *task, uint8_t input)
{
    return task->input[input].waiting;
}

static void input_stats(const struct gsi_input *input, struct gs_task_input_stats *stats)
{
    *stats = input->stats;
    stats->next_offset = input->next;
    stats->read_to = gsi_task_read_to(input);
    stats->h_ms = input->h_ms;
    stats->at_end = input->at_end;
    stats->comments = gsi_comments_count(input->comments);
}

static struct gs_task_view_stats view_stats(const struct gs_task *task, uint8_t view)
{
    struct gs_window_view_stats stats = gs_window_view_stats(task->window, view);
    return (struct gs_task_view_stats){stats.entities, stats.panes, stats.bytes};
}

void gs_task_stats(const struct gs_task *task, struct gs_task_stats *stats)
{
    struct gs_window_stats window = gs_window_stats(task->window);
    struct gs_profiles_stats profiles = gs_profiles_stats(task->profiles);
    *stats = task->stats;
    stats->as_of_ms = task->as_of_ms;
    stats->entities = window.entities;
    stats->panes = window.panes;
    stats->dirty = (uint32_t)gs_window_dirty_count(task->window);
    stats->bytes = window.bytes + profiles.bytes;
    stats->profile_versions_cut = profiles.versions_cut;
    for (uint8_t v = 0; v < task->config.view_count; v++)
        stats->view[v] = view_stats(task, v);
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gsi_input *input = &task->input[i];
        input_stats(input, &stats->input[i]);
        stats->bytes += input->dedupe ? gs_dedupe_bytes(input->dedupe) : 0;
        stats->bytes += gsi_comments_bytes(input->comments);
        stats->bytes += input->copies ? gs_copies_bytes(input->copies) : 0;
        stats->bytes += input->burst ? gs_burst_bytes(input->burst) : 0;
        stats->bytes += input->posts ? gsi_posts_bytes(input->posts) : 0;
    }
}
