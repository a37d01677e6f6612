/* entry_entity.c -- the entries of entities: their names, panes and comments.
 *
 * An entity has a number in the process, and in a cut the same. Each incarnation names it, with its
 * key, before it uses the number, and again after a cut that failed, since that is left out, and
 * after a cycle, since what was written before it leaves the lineage. So whoever reads the cuts of
 * an incarnation in order has a name for every number; those of another mean nothing to it. */
#include "entry.h"

enum {
    NUMBER_MAX = (1 << 30) - 1, /* limits.entities */
    CHUNK_BITS = 9
};

/* ------------------------------------------------------------------ names */

/* A name becomes an entity once something is put back of it: a lineage names many more than live at
 * its end, for which there need not be room.
 *   0                    the number has no name
 *   place << 1 | 1       its name stands there in `bytes`
 *   (entity + 1) << 1    it is this one; GS_ENTITY_NONE: there was no room */
struct gsi_names {
    struct gs_cut_id incarnation; /* whose numbers they are */
    uint64_t **chunks;            /* by number; NULL: nothing in it */
    uint32_t chunk_count;
    struct gs_buf bytes; /* the values of their entries */
    int64_t *until;      /* entity -> behind the last t of comments that are to be found there */
    uint32_t until_count;
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

static void forget_numbers(struct gsi_names *names)
{
    for (uint32_t i = 0; i < names->chunk_count; i++)
        gs_free(names->chunks[i]);
    gs_free(names->chunks);
    names->chunks = NULL;
    names->chunk_count = 0;
    names->bytes.len = 0;
}

void gsi_names_destroy(struct gsi_names *names)
{
    if (!names)
        return;
    forget_numbers(names);
    gs_buf_deinit(&names->bytes);
    gs_free(names->until);
    gs_free(names);
}

void gsi_names_begin(struct gs_task *task, struct gs_cut_id incarnation)
{
    if (!task->names)
        task->names = gs_calloc(1, sizeof *task->names);
    else if (gs_cut_id_equal(task->names->incarnation, incarnation))
        return;
    forget_numbers(task->names);
    task->names->incarnation = incarnation;
}

static uint64_t *make_named(struct gsi_names *names, uint32_t number)
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

/* NULL if it has no name. */
static uint64_t *find_named(const struct gsi_names *names, uint64_t number)
{
    uint64_t chunk = number >> CHUNK_BITS;
    if (chunk >= names->chunk_count || !names->chunks[chunk])
        return NULL;
    uint64_t *named = &names->chunks[chunk][number & ((1u << CHUNK_BITS) - 1)];
    return *named ? named : NULL;
}

static bool is_made(uint64_t named)
{
    return !(named & 1);
}

static uint32_t made(uint64_t named)
{
    return (uint32_t)((named >> 1) - 1);
}

struct name {
    uint64_t view;
    struct gs_str key;
    struct gs_str influencer_id;
};

static struct name read_name(struct gs_cut_cursor *value)
{
    struct name name = {.view = gs_cut_get_u64(value)};
    name.key = gs_cut_get_str(value);
    name.influencer_id = gs_cut_get_str(value);
    return name;
}

static struct name name_at(const struct gsi_names *names, uint64_t named)
{
    size_t at = (size_t)(named >> 1);
    struct gs_cut_cursor value = {names->bytes.data + at, names->bytes.data + names->bytes.len,
                                  false};
    return read_name(&value);
}

static bool is_sound(const struct gs_task *task, const struct name *name)
{
    return name->view < task->config.view_count &&
           gs_cell_key_is_sound(name->key, task->config.views[name->view].key_count) &&
           name->influencer_id.len > 0 && name->influencer_id.len <= GS_ID_BYTES_MAX;
}

/* GS_ENTITY_NONE if there are too many. */
static uint32_t make_entity(struct gs_task *task, const struct name *name)
{
    uint64_t hash = gs_profiles_hash(task->profiles, name->influencer_id);
    uint32_t influencer = gs_profiles_find(task->profiles, name->influencer_id, hash);
    uint32_t entity = gs_window_entity(task->window, (uint8_t)name->view, name->key,
                                       gs_window_hash(task->window, name->key), influencer);
    if (entity == GS_ENTITY_NONE)
        task->stats.entities_refused++;
    else
        gs_profiles_hold(task->profiles, gs_window_influencer(task->window, entity));
    return entity;
}

static uint32_t entity_of(struct gs_task *task, uint64_t *named)
{
    if (!is_made(*named)) {
        struct name name = name_at(task->names, *named);
        *named = ((uint64_t)make_entity(task, &name) + 1) << 1;
    }
    return made(*named);
}

/* -1: there was no room for it, so nothing of it is known. */
static int view_of(const struct gs_task *task, uint64_t named)
{
    if (!is_made(named))
        return (int)name_at(task->names, named).view;
    return made(named) == GS_ENTITY_NONE ? -1 : gs_window_view(task->window, made(named));
}

void gsi_entry_fetch_entity(const struct gs_task *task, uint64_t number)
{
    const uint64_t *named = find_named(task->names, number);
    if (named && is_made(*named) && made(*named) != GS_ENTITY_NONE)
        gs_window_fetch(task->window, made(*named));
}

bool gsi_entry_put_name(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value)
{
    struct gsi_names *names = task->names;
    struct gs_str bytes = gs_str_make(value.at, (size_t)(value.end - value.at));
    uint64_t number = gs_cut_get_u64(&key);
    struct name name = read_name(&value);
    if (!gsi_entry_is_done(&key) || !gsi_entry_is_done(&value) || number > NUMBER_MAX ||
        !is_sound(task, &name))
        return false;
    uint64_t *named = make_named(names, (uint32_t)number);
    if (*named && is_made(*named) && made(*named) != GS_ENTITY_NONE &&
        gs_window_is(task->window, made(*named), (uint8_t)name.view, name.key))
        return true; /* named once more */
    *named = (uint64_t)names->bytes.len << 1 | 1;
    gs_buf_add_str(&names->bytes, bytes);
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
        level >= task->config.window_count)
        return false;
    uint64_t *named = find_named(task->names, number);
    if (!named)
        return false;
    int view = view_of(task, *named);
    if (view < 0)
        return true;
    entry.level = (uint8_t)level;
    if (!gs_window_holds(task->window, (uint8_t)view, entry.level, entry.index)) {
        task->cut_stats.left_back++;
        return true;
    }
    entry.entity = entity_of(task, named);
    if (entry.entity != GS_ENTITY_NONE)
        gs_window_put(task->window, &entry);
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

/* None becomes 0. */
static uint64_t quality_code(uint16_t quality)
{
    return quality == GSI_QUALITY_NONE || GS_ABLATED(QUALITY) ? 0 : (uint64_t)quality + 1;
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
    struct gsi_comment_counters counters = gsi_comments_counters(comments, place);
    char *at = gsi_entry_fill(&out->value, NUMBERS + task->config.view_count, 0);
    at = gs_cut_write_i64(at, gsi_comment_t_ms(comment));
    at = gs_cut_write_i64(at, counters.likes);
    at = gs_cut_write_i64(at, counters.replies);
    at = gs_cut_write_i64(at, counters.shares);
    at = gs_cut_write_i64(at, comment->compound_1e4);
    at = gs_cut_write_u64(at, comment->sort | quality_code(comment->small.quality) << 3);
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

/* NULL: to none. False if it cannot be read. */
static bool get_named(const struct gs_task *task, uint8_t view, struct gs_cut_cursor *value,
                      uint64_t **named)
{
    uint64_t number = gs_cut_get_u64(value);
    *named = NULL;
    if (!number)
        return !value->failed;
    *named = find_named(task->names, number - 1);
    int its = *named ? view_of(task, **named) : -1;
    return *named && (its == view || its < 0);
}

/* An entity must live for as long as changes of the comment are added to it. */
static void keep_until(struct gsi_names *names, uint32_t entity, int64_t t_ms)
{
    if (entity >= names->until_count) {
        uint32_t count = GS_MAX(GS_MAX(1024u, entity + 1), names->until_count * 2);
        names->until = gs_realloc(names->until, count * sizeof *names->until);
        memset(names->until + names->until_count, 0,
               (count - names->until_count) * sizeof *names->until);
        names->until_count = count;
    }
    names->until[entity] = GS_MAX(names->until[entity], t_ms + 1);
}

static void attribute(struct gs_task *task, struct gsi_comment *comment, uint64_t *const *named)
{
    int64_t t_ms = gsi_comment_t_ms(comment);
    for (uint8_t v = 0; v < task->config.view_count; v++) {
        comment->entity[v] = GS_ENTITY_NONE;
        if (named[v] && gsi_comments_is_shown(task, v, t_ms))
            comment->entity[v] = entity_of(task, named[v]);
        if (comment->entity[v] != GS_ENTITY_NONE)
            keep_until(task->names, comment->entity[v], t_ms);
    }
}

bool gsi_names_end(struct gs_task *task)
{
    const struct gsi_names *names = task->names;
    bool sound = true;
    for (uint32_t i = 0; names && sound && i < names->until_count; i++)
        sound = !names->until[i] || gs_window_reaches(task->window, i, names->until[i] - 1);
    gsi_names_destroy(task->names);
    task->names = NULL;
    return sound;
}

/* What it says of its tone: compound or reason, then sort and quality. */
static bool get_tone(int64_t compound, uint64_t code, struct gsi_tone *tone)
{
    uint64_t quality = code >> 3;
    bool dropped = (code & 7) == GSI_TONE_DROPPED;
    if ((code & 7) > GSI_TONE_DROPPED || quality > GSI_QUALITY_MAX + 1 ||
        compound < (dropped ? 0 : -10000) || compound > (dropped ? GS_REASON_COUNT - 1 : 10000))
        return false;
    *tone = (struct gsi_tone){(int16_t)compound, (uint8_t)(code & 7),
                              quality ? (uint16_t)(quality - 1) : GSI_QUALITY_NONE};
    return true;
}

static bool get_counters(struct gs_cut_cursor *value, struct gsi_comment_counters *counters)
{
    int64_t numbers[3];
    for (int i = 0; i < 3; i++) {
        numbers[i] = gs_cut_get_i64(value);
        if (numbers[i] != (int32_t)numbers[i])
            return false;
    }
    *counters = (struct gsi_comment_counters){(int32_t)numbers[0], (int32_t)numbers[1],
                                              (int32_t)numbers[2]};
    return true;
}

bool gsi_entry_put_comment(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gsi_comments *comments = comments_of(task, input);
    struct gs_hash128 id = gsi_entry_get_hash(&key);
    uint64_t *named[GS_VIEWS_MAX];
    struct gsi_comment_counters counters;
    struct gsi_tone tone;
    if (!gsi_entry_is_done(&key) || !comments)
        return false;
    if (!bytes.data) {
        gsi_comments_remove(comments, id);
        return true;
    }
    struct gs_cut_cursor value = gs_cut_cursor(bytes);
    int64_t t_ms = gs_cut_get_i64(&value);
    bool sound = get_counters(&value, &counters);
    int64_t compound = gs_cut_get_i64(&value);
    sound &= get_tone(compound, gs_cut_get_u64(&value), &tone);
    if (!sound || value.failed || t_ms < 0 || t_ms > task->input[input].h_ms)
        return false;
    for (uint8_t v = 0; v < task->config.view_count; v++)
        if (!get_named(task, v, &value, &named[v]))
            return false;
    if (!gsi_entry_is_done(&value))
        return false;
    uint32_t place = gsi_comments_put(comments, id, t_ms, task->input[input].h_ms);
    bool expired = task->input[input].h_ms - t_ms >= task->config.comments_horizon_ms;
    task->cut_stats.left_back += !place && expired;
    task->input[input].stats.comments_refused += !place && !expired;
    if (!place)
        return true;
    struct gsi_comment *comment = gsi_comments_get(comments, place);
    gsi_comments_set_counters(comments, place, &counters);
    gsi_comments_set_tone(comment, tone);
    attribute(task, comment, named);
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
        if (value.failed || slice < 0 || count > GS_TASK_COMMENTS_MAX)
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
