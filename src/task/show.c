/* show.c -- gathers what one cell shows: sums from the window, who it is from the profiles. */
#include "internal.h"

bool gsi_task_view_has(const struct gs_task *task, uint8_t view, enum gs_key_field field)
{
    const struct gs_view_config *config = &task->config.views[view];
    for (uint8_t k = 0; k < config->key_count; k++)
        if (config->key[k] == field)
            return true;
    return false;
}

/* The component of a composite key, decoded into scratch_id. */
static struct gs_str key_component(struct gs_task *task, const struct gs_view_config *view,
                                   struct gs_str key, enum gs_key_field field)
{
    const char *at = key.data;
    const char *end = key.data + key.len;
    for (uint8_t k = 0; view->key[k] != field; k++)
        at = (const char *)memchr(at, '/', (size_t)(end - at)) + 1;
    const char *stop = memchr(at, '/', (size_t)(end - at));
    task->scratch_id.len = 0;
    gs_cell_add_decoded_id(&task->scratch_id, gs_str_make(at, (size_t)((stop ? stop : end) - at)));
    return gs_str_make(task->scratch_id.data, task->scratch_id.len);
}

uint64_t gsi_show_version(const struct gs_task_config *config)
{
    struct gs_buf buf = {0};
    size_t count;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    gs_cut_put_u64(&buf, gs_task_meaning(config));
    gs_cut_put_u64(&buf, gs_task_layout(config));
    for (uint8_t i = 0; i < config->window_count; i++)
        gs_cut_put_str(&buf, gs_str_of(config->window_names[i]));
    for (size_t f = 0; f < count; f++) {
        gs_cut_put_str(&buf, gs_str_of(fields[f].name));
        gs_cut_put_str(&buf, gs_str_of(fields[f].meaning));
    }
    uint64_t hash = gs_hash64(buf.data, buf.len, 0);
    gs_buf_deinit(&buf);
    return hash;
}

int64_t gsi_show_until_ms(const struct gs_task_config *config, uint8_t level, int64_t t_ms)
{
    const struct gs_window_size *size = &config->windows[level];
    return t_ms / size->pane_ms * size->pane_ms + size->window_ms;
}

/* A window may lack something where records were lost; that weighs more than other rules. */
static void describe_flaws(const struct gs_task *task, struct gs_cell *cell)
{
    bool gap = cell->from_ms <= task->gap_ms;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        gap |= task->input[i].gap;
    if (cell->from_ms <= task->mixed_ms) {
        cell->state = "mixed";
        cell->mixed_until_ms = gsi_show_until_ms(&task->config, cell->level, task->mixed_ms);
    }
    if (gap)
        cell->state = "gap";
}

static bool is_deleted(struct gs_task *task, struct gs_cell_ref ref, struct gs_str key)
{
    bool any = false;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        any |= task->input[i].posts && gsi_posts_deleted_count(task->input[i].posts);
    if (!any || !gsi_task_view_has(task, ref.view, GS_KEY_POST))
        return false;
    const struct gs_view_config *view = &task->config.views[ref.view];
    return gsi_posts_deleted(task, key_component(task, view, key, GS_KEY_POST));
}

static void describe_influencer(const struct gs_task *task, uint32_t influencer,
                                struct gs_cell *cell)
{
    const struct gs_profile *profile = gs_profiles_newest(task->profiles, influencer);
    cell->influencer_id = gs_profiles_id(task->profiles, influencer);
    cell->followers =
        gs_profiles_followers(task->profiles, influencer, gsi_task_posts_horizon_ms(task));
    cell->tier = gs_profile_tier(cell->followers);
    if (profile) {
        cell->handle = profile->handle;
        cell->platform = profile->platform;
    }
}

void gsi_task_show_begin(struct gs_task *task)
{
    for (uint8_t level = 0; level < task->config.window_count; level++)
        task->beginning[level].len = 0;
}

/* Neither the clock nor the inputs move while a command is made, so all of its cells of one window
 * begin alike. */
static struct gs_str beginning(struct gs_task *task, uint8_t level, int64_t wall_ms)
{
    struct gs_buf *buf = &task->beginning[level];
    int64_t at[GS_INPUTS_MAX];
    if (GS_LIKELY(buf->len))
        return gs_str_make(buf->data, buf->len);
    struct gs_cell cell = {
        .inputs = task->config.inputs,
        .at = at,
        .at_count = task->config.input_count,
        .task = task->config.task,
        .level = level,
        .as_of_ms = task->as_of_ms,
        .updated_ms = wall_ms,
    };
    for (uint8_t i = 0; i < task->config.input_count; i++)
        at[i] = task->input[i].next;
    gs_window_bounds(task->window, level, &cell.from_ms, &cell.to_ms);
    describe_flaws(task, &cell);
    gs_cell_add_beginning(buf, &cell);
    return gs_str_make(buf->data, buf->len);
}

static void encode(struct gs_task *task, struct gs_cell_ref ref, struct gs_str key, int64_t wall_ms,
                   struct gs_buf *bytes)
{
    int64_t total[GS_COUNTER_COUNT];
    struct gs_cell cell = {
        .view = &task->config.views[ref.view],
        .level = ref.level,
        .total = total,
        .judged = task->config.rules != NULL,
        .key = key,
        .followers = GS_NULL_INT,
        .beginning = beginning(task, ref.level, wall_ms),
    };
    cell.zeros = ~gs_window_sum(task->window, ref.entity, ref.level, total);
    describe_influencer(task, gs_window_influencer(task->window, ref.entity), &cell);
    gs_cell_encode(bytes, &cell);
}

static void add_key(struct gs_task *task, struct gs_cell_ref ref, struct gs_str key,
                    struct gs_buf *bytes)
{
    struct gs_buf *head = &task->key_head[ref.view];
    struct gs_buf *tail = &task->key_tail[ref.level];
    if (GS_UNLIKELY(!head->len))
        gs_cell_add_key_head(head, task->config.prefix, task->config.views[ref.view].name);
    if (GS_UNLIKELY(!tail->len))
        gs_cell_add_key_tail(tail, task->config.window_names[ref.level]);
    char *at = gs_buf_reserve(bytes, head->len + key.len + tail->len);
    memcpy(at, head->data, head->len);
    memcpy(at + head->len, key.data, key.len);
    memcpy(at + head->len + key.len, tail->data, tail->len);
    bytes->len += head->len + key.len + tail->len;
}

void gsi_task_show(struct gs_task *task, struct gs_cell_ref ref, int64_t wall_ms,
                   struct gs_command *command)
{
    struct gs_str key = gs_window_key(task->window, ref.entity);
    struct gs_write_cell *cell = &command->cells[command->cell_count++];
    struct gs_buf *bytes = &command->bytes;
    cell->key_at = (uint32_t)bytes->len;
    add_key(task, ref, key, bytes);
    cell->key_len = (uint32_t)bytes->len - cell->key_at;
    cell->value_at = (uint32_t)bytes->len;
    if (!is_deleted(task, ref, key))
        encode(task, ref, key, wall_ms, bytes);
    cell->value_len = (uint32_t)bytes->len - cell->value_at;
    cell->expiry_ms = gs_cell_expiry_ms(task->config.windows[ref.level].window_ms);
}
