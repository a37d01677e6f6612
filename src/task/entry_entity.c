/* entry_entity.c -- the entries of entities: their names, panes and comments.
 *
 * An entity has a number in the process, and in a cut the same. Each incarnation names it, with its
 * key, before it uses the number, and again after a cut that failed, since that is left out, and
 * after a cycle, since what was written before it leaves the lineage. So whoever reads the cuts of
 * an incarnation in order has a name for every number; those of another mean nothing to it. */
#include "entry.h"

enum {
    NUMBER_MAX = (1 << 30) - 1, /* limits.entities */
    CHUNK_BITS = 12
};

/* ------------------------------------------------------------------ names */

/* number -> entity here + 1; 0: it has no name. */
struct gsi_names {
    struct gs_cut_id incarnation; /* whose numbers they are */
    uint32_t **chunks;            /* NULL: nothing in it */
    uint32_t chunk_count;
};

void gsi_entry_name(const struct gs_task *task, uint32_t entity, struct gsi_entry_bytes *out)
{
    uint32_t influencer = gs_window_influencer(task->window, entity);
    struct gs_str key = gs_window_key(task->window, entity);
    struct gs_str influencer_id = gs_profiles_id(task->profiles, influencer);
    gsi_entry_filled(&out->key, gs_cut_write_u64(gsi_entry_fill(&out->key, 1, 0), entity));
    char *at = gsi_entry_fill(&out->value, 3, key.len + influencer_id.len);
    at = gs_cut_write_u64(at, gs_window_view(task->window, entity));
    at = gs_cut_write_str(at, key);
    gsi_entry_filled(&out->value, gs_cut_write_str(at, influencer_id));
}

void gsi_names_destroy(struct gsi_names *names)
{
    if (!names)
        return;
    for (uint32_t i = 0; i < names->chunk_count; i++)
        gs_free(names->chunks[i]);
    gs_free(names->chunks);
    gs_free(names);
}

void gsi_names_begin(struct gs_task *task, struct gs_cut_id incarnation)
{
    if (task->names && gs_cut_id_equal(task->names->incarnation, incarnation))
        return;
    gsi_names_destroy(task->names);
    task->names = gs_calloc(1, sizeof *task->names);
    task->names->incarnation = incarnation;
}

static uint32_t *name_of(struct gsi_names *names, uint32_t number)
{
    uint32_t chunk = number >> CHUNK_BITS;
    if (chunk >= names->chunk_count) {
        uint32_t count = GS_MAX(chunk + 1, names->chunk_count * 2);
        names->chunks = gs_realloc(names->chunks, count * sizeof *names->chunks);
        memset(names->chunks + names->chunk_count, 0,
               (count - names->chunk_count) * sizeof *names->chunks);
        names->chunk_count = count;
    }
    if (!names->chunks[chunk])
        names->chunks[chunk] = gs_calloc(1u << CHUNK_BITS, sizeof **names->chunks);
    return &names->chunks[chunk][number & ((1u << CHUNK_BITS) - 1)];
}

/* False if it has no name; GS_ENTITY_NONE if there are too many here. */
static bool find_named(const struct gs_task *task, uint64_t number, uint32_t *entity)
{
    const struct gsi_names *names = task->names;
    uint64_t chunk = number >> CHUNK_BITS;
    if (chunk >= names->chunk_count || !names->chunks[chunk])
        return false;
    uint32_t named = names->chunks[chunk][number & ((1u << CHUNK_BITS) - 1)];
    *entity = named == GS_ENTITY_NONE ? named : named - 1;
    return named != 0;
}

void gsi_entry_fetch_entity(const struct gs_task *task, uint64_t number)
{
    uint32_t entity;
    if (find_named(task, number, &entity) && entity != GS_ENTITY_NONE)
        gs_window_fetch(task->window, entity);
}

bool gsi_entry_put_name(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value)
{
    uint64_t number = gs_cut_get_u64(&key);
    uint64_t view = gs_cut_get_u64(&value);
    struct gs_str name = gs_cut_get_str(&value);
    struct gs_str influencer_id = gs_cut_get_str(&value);
    if (!gsi_entry_is_done(&key) || !gsi_entry_is_done(&value) || number > NUMBER_MAX ||
        view >= task->config.view_count || name.len > GS_WINDOW_KEY_BYTES_MAX ||
        influencer_id.len == 0 || influencer_id.len > GS_ID_BYTES_MAX)
        return false;
    uint64_t hash = gs_profiles_hash(task->profiles, influencer_id);
    uint32_t influencer = gs_profiles_find(task->profiles, influencer_id, hash);
    uint32_t entity = gs_window_entity(task->window, (uint8_t)view, name,
                                       gs_window_hash(task->window, name), influencer);
    if (entity == GS_ENTITY_NONE)
        task->stats.entities_refused++;
    else
        gs_profiles_hold(task->profiles, gs_window_influencer(task->window, entity));
    *name_of(task->names, (uint32_t)number) =
        entity == GS_ENTITY_NONE ? GS_ENTITY_NONE : entity + 1;
    return true;
}

/* ------------------------------------------------------------------ panes */

void gsi_entry_pane(const struct gs_window_entry *entry, struct gsi_entry_bytes *out)
{
    char *at = gsi_entry_fill(&out->key, 3, 0);
    at = gs_cut_write_u64(at, entry->entity);
    at = gs_cut_write_u64(at, entry->level);
    gsi_entry_filled(&out->key, gs_cut_write_i64(at, entry->index));
    at = gsi_entry_fill(&out->value, 1 + GS_COUNTER_COUNT, 0);
    at = gs_cut_write_u64(at, entry->values.mask);
    for (uint64_t mask = entry->values.mask; mask; mask &= mask - 1)
        at = gs_cut_write_i64(at, entry->values.value[__builtin_ctzll(mask)]);
    gsi_entry_filled(&out->value, at);
}

bool gsi_entry_put_pane(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value)
{
    struct gs_window_entry entry;
    uint64_t number = gs_cut_get_u64(&key);
    uint64_t level = gs_cut_get_u64(&key);
    entry.index = gs_cut_get_i64(&key);
    entry.values.mask = gs_cut_get_u64(&value);
    if (entry.values.mask >> GS_COUNTER_COUNT)
        return false;
    for (uint64_t mask = entry.values.mask; mask; mask &= mask - 1)
        entry.values.value[__builtin_ctzll(mask)] = gs_cut_get_i64(&value);
    if (!gsi_entry_is_done(&key) || !gsi_entry_is_done(&value) ||
        level >= task->config.window_count || !find_named(task, number, &entry.entity))
        return false;
    if (entry.entity == GS_ENTITY_NONE)
        return true;
    entry.view = gs_window_view(task->window, entry.entity);
    entry.level = (uint8_t)level;
    task->cut_stats.left_back += !gs_window_put(task->window, &entry);
    return true;
}

/* ------------------------------------------------------------------ comments */

/* One that has nothing of this comment any more may be gone, and its number another's. */
uint32_t gsi_entry_comment_entity(const struct gs_task *task, uint8_t view,
                                  const struct gsi_comment *comment)
{
    return gsi_comments_is_shown(task, view, gsi_comment_t_ms(comment)) ? comment->entity[view]
                                                                        : GS_ENTITY_NONE;
}

void gsi_entry_comment(const struct gs_task *task, uint8_t input, struct gs_hash128 id,
                       uint32_t place, struct gsi_entry_bytes *out)
{
    enum { NUMBERS = 6 };
    const struct gsi_comments *comments = task->input[input].comments;
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    gsi_entry_put_hash(&out->key, id);
    if (!place)
        return;
    const struct gsi_comment *comment = gsi_comments_get(comments, place);
    const struct gsi_comment_counters *counters = gsi_comments_counters(comments, place);
    char *at = gsi_entry_fill(&out->value, NUMBERS + task->config.view_count, 0);
    at = gs_cut_write_i64(at, gsi_comment_t_ms(comment));
    at = gs_cut_write_i64(at, counters->likes);
    at = gs_cut_write_i64(at, counters->replies);
    at = gs_cut_write_i64(at, counters->shares);
    at = gs_cut_write_i64(at, comment->compound_1e4);
    at = gs_cut_write_u64(at, comment->sort);
    for (uint8_t v = 0; v < task->config.view_count; v++) /* none becomes 0 */
        at = gs_cut_write_u64(at, gsi_entry_comment_entity(task, v, comment) + 1);
    gsi_entry_filled(&out->value, at);
}

void gsi_entry_comments(const struct gs_task *task, uint8_t input, struct gsi_entry_bytes *out)
{
    uint32_t at = 0, count;
    int64_t slice;
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    while ((count = gsi_comments_held(task->input[input].comments, &at, &slice)) > 0) {
        gs_cut_put_i64(&out->value, slice);
        gs_cut_put_u64(&out->value, count);
    }
}

static struct gsi_comments *comments_of(struct gs_task *task, uint64_t input)
{
    if (input >= task->config.input_count || task->config.inputs[input].profiles ||
        task->input[input].h_ms == GS_NULL_INT)
        return NULL;
    if (!task->input[input].comments)
        task->input[input].comments = gsi_comments_create(&task->config);
    return task->input[input].comments;
}

/* False if it cannot be read. */
static bool get_entity(const struct gs_task *task, uint8_t view, struct gs_cut_cursor *value,
                       uint32_t *entity)
{
    uint64_t number = gs_cut_get_u64(value);
    *entity = GS_ENTITY_NONE;
    if (!number)
        return !value->failed;
    return find_named(task, number - 1, entity) &&
           (*entity == GS_ENTITY_NONE || gs_window_view(task->window, *entity) == view);
}

static bool in_bounds(const int64_t numbers[5])
{
    for (int i = 0; i < 4; i++)
        if (numbers[i] != (int32_t)numbers[i])
            return false;
    return numbers[3] >= -10000 && numbers[3] <= 10000 && numbers[4] >= 0 &&
           numbers[4] <= GSI_TONE_REPLY;
}

bool gsi_entry_put_comment(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gsi_comments *comments = comments_of(task, input);
    struct gs_hash128 id = gsi_entry_get_hash(&key);
    uint32_t entity[GS_VIEWS_MAX];
    int64_t numbers[5];
    if (!gsi_entry_is_done(&key) || !comments)
        return false;
    if (!bytes.data) {
        gsi_comments_remove(comments, id);
        return true;
    }
    struct gs_cut_cursor value = gs_cut_cursor(bytes);
    int64_t t_ms = gs_cut_get_i64(&value);
    for (int i = 0; i < 4; i++)
        numbers[i] = gs_cut_get_i64(&value);
    numbers[4] = (int64_t)gs_cut_get_u64(&value);
    if (value.failed || t_ms < 0 || t_ms > task->input[input].h_ms || !in_bounds(numbers))
        return false;
    for (uint8_t v = 0; v < task->config.view_count; v++)
        if (!get_entity(task, v, &value, &entity[v]))
            return false;
    if (!gsi_entry_is_done(&value))
        return false;
    uint32_t place = gsi_comments_put(comments, id, t_ms, task->input[input].h_ms);
    task->cut_stats.left_back += !place;
    if (!place)
        return true;
    struct gsi_comment *comment = gsi_comments_get(comments, place);
    struct gsi_comment_counters counters = {(int32_t)numbers[0], (int32_t)numbers[1],
                                            (int32_t)numbers[2]};
    gsi_comments_set_counters(comments, place, &counters);
    comment->compound_1e4 = (int16_t)numbers[3];
    comment->sort = (uint32_t)numbers[4] & 7;
    memcpy(comment->entity, entity, task->config.view_count * sizeof *entity);
    return true;
}

/* Only the last one counts, after all comments. */
bool gsi_entry_put_comments(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gs_cut_cursor value = gs_cut_cursor(bytes);
    if (!gsi_entry_is_done(&key) || !comments_of(task, input))
        return false;
    task->input[input].comments_held.len = 0;
    gs_buf_add_str(&task->input[input].comments_held, bytes);
    while (value.at < value.end) {
        int64_t slice = gs_cut_get_i64(&value);
        uint64_t count = gs_cut_get_u64(&value);
        if (value.failed || slice < 0 || count > task->config.comments_max)
            return false;
    }
    return true;
}

void gsi_entry_put_comments_end(struct gs_task *task)
{
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        struct gsi_input *input = &task->input[i];
        struct gs_cut_cursor held =
            gs_cut_cursor(input->comments_held.len
                              ? gs_str_make(input->comments_held.data, input->comments_held.len)
                              : gs_str_of(""));
        while (held.at < held.end) {
            int64_t slice = gs_cut_get_i64(&held);
            gsi_comments_hold(input->comments, input->h_ms, slice, (uint32_t)gs_cut_get_u64(&held));
        }
        gs_buf_deinit(&input->comments_held);
    }
}
