/* entry.c -- the entries of a checkpoint as bytes.
 *
 *   what         key                                  value
 *   pane         view, level, index, key of entity    influencer, mask, values
 *   post         input, hash of the post's id         published, deleted, mask, times, values
 *   ids          input, generation, first's place     the ids, 16 bytes each
 *   ids_state    input                                generation, number
 *   influencer   influencer_id                        followers of a post, versions
 *   profiles     -                                    running maximum of record times, the inputs
 *                                                     that carry posts
 *   comment      input, hash of the comment's id      t, its counters, tone, entities
 *   comments     input                                how many are held, per slice of time
 *
 * Absolute: an entry stands for all earlier ones of its key. */
#include "internal.h"

static void begin(struct gsi_entry_bytes *out)
{
    out->key.len = 0;
    out->value.len = 0;
}

/* Room in an emptied buffer for so many numbers and other bytes. */
static char *fill(struct gs_buf *buf, size_t numbers, size_t bytes)
{
    buf->len = 0;
    return gs_buf_reserve(buf, numbers * GS_CUT_VARINT_BYTES + bytes);
}
static void filled(struct gs_buf *buf, const char *end)
{
    buf->len = (size_t)(end - buf->data);
}

static void put_hash(struct gs_buf *buf, struct gs_hash128 hash)
{
    uint64_t bytes[2] = {htole64(hash.low), htole64(hash.high)};
    gs_buf_add(buf, bytes, sizeof bytes);
}

static struct gs_hash128 get_hash(struct gs_cut_cursor *cursor)
{
    uint64_t bytes[2] = {0, 0};
    if ((size_t)(cursor->end - cursor->at) < sizeof bytes) {
        cursor->failed = true;
        cursor->at = cursor->end;
    } else {
        memcpy(bytes, cursor->at, sizeof bytes);
        cursor->at += sizeof bytes;
    }
    return (struct gs_hash128){le64toh(bytes[0]), le64toh(bytes[1])};
}

/* A string that may be absent. */
static void put_text(struct gs_buf *buf, struct gs_str text)
{
    gs_cut_put_u64(buf, text.data != NULL);
    if (text.data)
        gs_cut_put_str(buf, text);
}

static struct gs_str get_text(struct gs_cut_cursor *cursor)
{
    return gs_cut_get_u64(cursor) ? gs_cut_get_str(cursor) : (struct gs_str){0};
}

static bool is_time(int64_t ms)
{
    return ms == GS_NULL_INT || (ms >= 0 && ms <= GS_TIME_MS_MAX);
}

/* As is_time(), of a task. */
static bool is_clock(int64_t ms)
{
    return ms == GS_NULL_INT || (ms >= 0 && ms <= 2 * GS_TIME_MS_MAX);
}

/* Whether all of it was read, without a fault. */
static bool is_done(const struct gs_cut_cursor *cursor)
{
    return !cursor->failed && cursor->at == cursor->end;
}

/* ------------------------------------------------------------------ panes */

void gsi_entry_pane(const struct gs_task *task, const struct gs_window_entry *entry,
                    struct gsi_entry_bytes *out)
{
    uint32_t influencer = gs_window_influencer(task->window, entry->entity);
    struct gs_str key = gs_window_key(task->window, entry->entity);
    struct gs_str influencer_id = gs_profiles_id(task->profiles, influencer);
    char *at = fill(&out->key, 4, key.len);
    at = gs_cut_write_u64(at, entry->view);
    at = gs_cut_write_u64(at, entry->level);
    at = gs_cut_write_i64(at, entry->index);
    filled(&out->key, gs_cut_write_str(at, key));
    at = fill(&out->value, 2 + GS_COUNTER_COUNT, influencer_id.len);
    at = gs_cut_write_str(at, influencer_id);
    at = gs_cut_write_u64(at, entry->values.mask);
    for (uint64_t mask = entry->values.mask; mask; mask &= mask - 1)
        at = gs_cut_write_i64(at, entry->values.value[__builtin_ctzll(mask)]);
    filled(&out->value, at);
}

/* Finds or creates; GS_ENTITY_NONE if there are too many. False if the ids cannot be. */
static bool find_entity(struct gs_task *task, uint8_t view, struct gs_str name,
                        struct gs_str influencer_id, uint32_t *entity)
{
    if (name.len > GS_WINDOW_KEY_BYTES_MAX || influencer_id.len == 0 ||
        influencer_id.len > GS_ID_BYTES_MAX)
        return false;
    uint64_t hash = gs_profiles_hash(task->profiles, influencer_id);
    uint32_t influencer = gs_profiles_find(task->profiles, influencer_id, hash);
    *entity =
        gs_window_entity(task->window, view, name, gs_window_hash(task->window, name), influencer);
    if (*entity == GS_ENTITY_NONE)
        task->stats.entities_refused++;
    else
        gs_profiles_hold(task->profiles, gs_window_influencer(task->window, *entity));
    return true;
}

static bool put_pane(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value)
{
    struct gs_window_entry entry = {0};
    uint64_t view = gs_cut_get_u64(&key);
    uint64_t level = gs_cut_get_u64(&key);
    entry.index = gs_cut_get_i64(&key);
    struct gs_str name = gs_cut_get_str(&key);
    struct gs_str influencer_id = gs_cut_get_str(&value);
    entry.values.mask = gs_cut_get_u64(&value);
    if (entry.values.mask >> GS_COUNTER_COUNT)
        return false;
    for (uint64_t mask = entry.values.mask; mask; mask &= mask - 1)
        entry.values.value[__builtin_ctzll(mask)] = gs_cut_get_i64(&value);
    if (!is_done(&key) || !is_done(&value) || view >= task->config.view_count ||
        level >= task->config.window_count)
        return false;
    entry.view = (uint8_t)view;
    entry.level = (uint8_t)level;
    if (!find_entity(task, entry.view, name, influencer_id, &entry.entity))
        return false;
    if (entry.entity == GS_ENTITY_NONE)
        return true;
    task->cut_stats.left_back += !gs_window_put(task->window, &entry);
    return true;
}

/* ------------------------------------------------------------------ posts */

void gsi_entry_post(uint8_t input, const struct gsi_post_entry *entry, struct gsi_entry_bytes *out)
{
    uint64_t mask = 0;
    begin(out);
    gs_cut_put_u64(&out->key, input);
    put_hash(&out->key, entry->id);
    if (entry->gone)
        return;
    gs_cut_put_i64(&out->value, entry->published_ms);
    gs_cut_put_i64(&out->value, entry->deleted_ms);
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        mask |= (uint64_t)(entry->t_ms[m] != GS_NULL_INT) << m;
    gs_cut_put_u64(&out->value, mask);
    for (; mask; mask &= mask - 1) {
        gs_cut_put_i64(&out->value, entry->t_ms[__builtin_ctzll(mask)]);
        gs_cut_put_i64(&out->value, entry->value[__builtin_ctzll(mask)]);
    }
}

static struct gsi_posts *posts_of(struct gs_task *task, uint64_t input)
{
    if (input >= task->config.input_count || task->config.inputs[input].profiles)
        return NULL;
    if (!task->input[input].posts)
        task->input[input].posts = gsi_posts_create(GS_TASK_POSTS_MAX);
    return task->input[input].posts;
}

static bool put_post(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    struct gsi_posts *posts = posts_of(task, gs_cut_get_u64(&key));
    struct gsi_post_entry entry = {.id = get_hash(&key)};
    if (!is_done(&key) || !posts)
        return false;
    if (!bytes.data) {
        gsi_posts_remove(posts, entry.id);
        return true;
    }
    struct gs_cut_cursor value = gs_cut_cursor(bytes);
    entry.published_ms = gs_cut_get_i64(&value);
    entry.deleted_ms = gs_cut_get_i64(&value);
    uint64_t mask = gs_cut_get_u64(&value);
    if (mask >> GS_SNAPSHOT_COUNT)
        return false;
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        entry.t_ms[m] = GS_NULL_INT;
    bool sound = is_time(entry.published_ms) && is_time(entry.deleted_ms);
    for (; mask; mask &= mask - 1) {
        int m = __builtin_ctzll(mask);
        entry.t_ms[m] = gs_cut_get_i64(&value);
        entry.value[m] = gs_cut_get_i64(&value);
        sound &= is_time(entry.t_ms[m]) && entry.value[m] >= 0;
    }
    if (!is_done(&value) || !sound)
        return false;
    gsi_posts_put(posts, &entry);
    return true;
}

/* ------------------------------------------------------------------ event ids */

void gsi_entry_ids(uint8_t input, const struct gs_dedupe_piece *piece, struct gsi_entry_bytes *out)
{
    begin(out);
    gs_cut_put_u64(&out->key, input);
    gs_cut_put_u64(&out->key, piece->serial);
    gs_cut_put_u64(&out->key, piece->place);
    for (uint32_t i = 0; i < piece->count; i++)
        put_hash(&out->value, piece->ids[i]);
}

void gsi_entry_ids_state(uint8_t input, const struct gs_dedupe_state *state,
                         struct gsi_entry_bytes *out)
{
    begin(out);
    gs_cut_put_u64(&out->key, input);
    gs_cut_put_u64(&out->value, state->serial);
    gs_cut_put_i64(&out->value, state->number);
}

static struct gs_dedupe *dedupe_of(struct gs_task *task, uint64_t input)
{
    return input < task->config.input_count ? task->input[input].dedupe : NULL;
}

/* A generation lives for seconds at least, so a serial beyond this was never reached. */
static bool is_serial(uint64_t serial)
{
    return serial > 0 && serial < UINT64_C(1) << 40;
}

static bool put_ids(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value)
{
    struct gs_dedupe *dedupe = dedupe_of(task, gs_cut_get_u64(&key));
    struct gs_dedupe_piece piece = {.serial = gs_cut_get_u64(&key)};
    (void)gs_cut_get_u64(&key);
    if (!is_done(&key) || !dedupe || !is_serial(piece.serial))
        return false;
    while (value.at < value.end) {
        struct gs_hash128 id = get_hash(&value);
        piece.ids = &id;
        piece.count = 1;
        if (value.failed || (!GS_ABLATED(SHORT_MEMORY_LOST) && !gs_dedupe_put(dedupe, &piece)))
            return false;
    }
    return true;
}

static bool put_ids_state(struct gs_task *task, struct gs_cut_cursor key,
                          struct gs_cut_cursor value)
{
    struct gs_dedupe *dedupe = dedupe_of(task, gs_cut_get_u64(&key));
    struct gs_dedupe_state state = {.serial = gs_cut_get_u64(&value)};
    state.number = gs_cut_get_i64(&value);
    bool known = state.number >= 0 && state.number <= GS_TIME_MS_MAX;
    if (!is_done(&key) || !is_done(&value) || !dedupe || !is_serial(state.serial) ||
        !(known || state.number == INT64_MIN))
        return false;
    gs_dedupe_restore(dedupe, &state);
    return true;
}

/* ------------------------------------------------------------------ comments */

/* An entity by its key, as its number is another one elsewhere. One that has nothing of this
 * comment any more may be gone, and its number another's. */
static char *write_entity(const struct gs_task *task, uint8_t view,
                          const struct gsi_comment *comment, char *at)
{
    uint32_t entity = comment->entity[view];
    bool is_there =
        entity != GS_ENTITY_NONE && gsi_comments_is_shown(task, view, gsi_comment_t_ms(comment));
    at = gs_cut_write_u64(at, is_there);
    if (!is_there)
        return at;
    uint32_t influencer = gs_window_influencer(task->window, entity);
    at = gs_cut_write_str(at, gs_window_key(task->window, entity));
    return gs_cut_write_str(at, gs_profiles_id(task->profiles, influencer));
}

void gsi_entry_comment(const struct gs_task *task, uint8_t input, struct gs_hash128 id,
                       uint32_t place, struct gsi_entry_bytes *out)
{
    enum { NUMBERS = 6, PER_VIEW = 3 };
    const struct gsi_comments *comments = task->input[input].comments;
    begin(out);
    gs_cut_put_u64(&out->key, input);
    put_hash(&out->key, id);
    if (!place)
        return;
    const struct gsi_comment *comment = gsi_comments_get(comments, place);
    const struct gsi_comment_counters *counters = gsi_comments_counters(comments, place);
    size_t views = task->config.view_count;
    char *at = fill(&out->value, NUMBERS + PER_VIEW * views,
                    views * (GS_WINDOW_KEY_BYTES_MAX + GS_ID_BYTES_MAX));
    at = gs_cut_write_i64(at, gsi_comment_t_ms(comment));
    at = gs_cut_write_i64(at, counters->likes);
    at = gs_cut_write_i64(at, counters->replies);
    at = gs_cut_write_i64(at, counters->shares);
    at = gs_cut_write_i64(at, comment->compound_1e4);
    at = gs_cut_write_u64(at, comment->sort);
    for (uint8_t v = 0; v < task->config.view_count; v++)
        at = write_entity(task, v, comment, at);
    filled(&out->value, at);
}

void gsi_entry_comments(const struct gs_task *task, uint8_t input, struct gsi_entry_bytes *out)
{
    uint32_t at = 0, count;
    int64_t slice;
    begin(out);
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
static bool get_entity(struct gs_task *task, uint8_t view, struct gs_cut_cursor *value,
                       uint32_t *entity)
{
    *entity = GS_ENTITY_NONE;
    if (!gs_cut_get_u64(value))
        return !value->failed;
    struct gs_str name = gs_cut_get_str(value);
    struct gs_str influencer_id = gs_cut_get_str(value);
    return !value->failed && find_entity(task, view, name, influencer_id, entity);
}

static bool in_bounds(const int64_t numbers[5])
{
    for (int i = 0; i < 4; i++)
        if (numbers[i] != (int32_t)numbers[i])
            return false;
    return numbers[3] >= -10000 && numbers[3] <= 10000 && numbers[4] >= 0 &&
           numbers[4] <= GSI_TONE_REPLY;
}

static bool put_comment(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gsi_comments *comments = comments_of(task, input);
    struct gs_hash128 id = get_hash(&key);
    uint32_t entity[GS_VIEWS_MAX];
    int64_t numbers[5];
    if (!is_done(&key) || !comments)
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
    if (!is_done(&value))
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
static bool put_comments(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gs_cut_cursor value = gs_cut_cursor(bytes);
    if (!is_done(&key) || !comments_of(task, input))
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

/* ------------------------------------------------------------------ influencers */

static void put_version(const struct gs_profile *version, struct gs_buf *buf)
{
    gs_cut_put_i64(buf, version->visible_ms);
    gs_cut_put_u64(buf, version->gone);
    if (version->gone)
        return;
    gs_cut_put_i64(buf, version->followers);
    put_text(buf, version->handle);
    put_text(buf, version->platform);
    gs_cut_put_u64(buf, version->campaign_count);
    for (uint32_t i = 0; i < version->campaign_count; i++) {
        const struct gs_campaign *campaign = &version->campaigns[i];
        gs_cut_put_str(buf, campaign->campaign_id);
        put_text(buf, campaign->brand_id);
        gs_cut_put_i64(buf, campaign->from_ms);
        gs_cut_put_i64(buf, campaign->to_ms);
        gs_cut_put_i64(buf, campaign->cost_micros);
        gs_cut_put_u64(buf, campaign->goal);
    }
}

void gsi_entry_influencer(const struct gs_profiles_entry *entry, struct gsi_entry_bytes *out)
{
    begin(out);
    gs_buf_add_str(&out->key, entry->id);
    gs_cut_put_i64(&out->value, entry->post_followers);
    gs_cut_put_i64(&out->value, entry->post_ms);
    gs_cut_put_u64(&out->value, entry->version_count);
    for (uint32_t i = 0; i < entry->version_count; i++)
        put_version(entry->versions[i], &out->value);
}

void gsi_entry_profiles(const struct gs_task *task, struct gsi_entry_bytes *out)
{
    uint64_t with_posts = 0;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        with_posts |= (uint64_t)(task->input[i].posts != NULL) << i;
    begin(out);
    gs_cut_put_i64(&out->value, gs_profiles_running_max_ms(task->profiles));
    gs_cut_put_u64(&out->value, with_posts);
}

static bool get_campaigns(struct gs_cut_cursor *value, struct gs_event *event,
                          struct gs_campaign *campaigns)
{
    uint64_t count = gs_cut_get_u64(value);
    if (count > GS_CAMPAIGNS_MAX)
        return false;
    event->profile.campaign_count = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        campaigns[i].campaign_id = gs_cut_get_str(value);
        campaigns[i].brand_id = get_text(value);
        campaigns[i].from_ms = gs_cut_get_i64(value);
        campaigns[i].to_ms = gs_cut_get_i64(value);
        campaigns[i].cost_micros = gs_cut_get_i64(value);
        uint64_t goal = gs_cut_get_u64(value);
        if (value->failed || !campaigns[i].campaign_id.len || goal > GS_GOAL_IMAGE)
            return false;
        campaigns[i].goal = (enum gs_goal)goal;
    }
    return true;
}

static bool get_version(struct gs_task *task, uint32_t influencer, struct gs_cut_cursor *value)
{
    struct gs_campaign campaigns[GS_CAMPAIGNS_MAX];
    struct gs_event event = {.kind = GS_KIND_PROFILE};
    event.record_ms = gs_cut_get_i64(value);
    event.tombstone = gs_cut_get_u64(value);
    if (!event.tombstone) {
        event.profile.followers = gs_cut_get_i64(value);
        event.profile.handle = get_text(value);
        event.platform = get_text(value);
        if (!get_campaigns(value, &event, campaigns))
            return false;
    }
    if (value->failed)
        return false;
    gs_profiles_put(task->profiles, influencer, &event, campaigns);
    return true;
}

static bool put_influencer(struct gs_task *task, struct gs_str id, struct gs_cut_cursor value)
{
    int64_t post_followers = gs_cut_get_i64(&value);
    int64_t post_ms = gs_cut_get_i64(&value);
    uint64_t versions = gs_cut_get_u64(&value);
    if (value.failed || !id.len || id.len > GS_ID_BYTES_MAX || versions > GS_PROFILE_VERSIONS_MAX)
        return false;
    uint32_t influencer =
        gs_profiles_find(task->profiles, id, gs_profiles_hash(task->profiles, id));
    gs_profiles_clear(task->profiles, influencer);
    if (post_followers != GS_NULL_INT)
        gs_profiles_set_post_followers(task->profiles, influencer, post_ms, post_followers);
    while (versions-- > 0)
        if (!get_version(task, influencer, &value))
            return false;
    return is_done(&value);
}

/* Which inputs carry posts stays known when none of their posts is remembered: how long the number
 * of followers that a post told counts depends on it. */
static bool put_profiles(struct gs_task *task, struct gs_cut_cursor value)
{
    int64_t running_max_ms = gs_cut_get_i64(&value);
    uint64_t with_posts = gs_cut_get_u64(&value);
    gs_profiles_pass(task->profiles, running_max_ms);
    for (; with_posts; with_posts &= with_posts - 1)
        if (!posts_of(task, (uint64_t)__builtin_ctzll(with_posts)))
            return false;
    return is_done(&value);
}

/* ------------------------------------------------------------------ flaws */

void gsi_entry_flaws(const struct gs_task *task, struct gsi_entry_bytes *out)
{
    begin(out);
    gs_cut_put_i64(&out->value, task->gap_ms);
    gs_cut_put_i64(&out->value, task->mixed_ms);
    for (uint8_t i = 0; i < task->config.input_count; i++)
        gs_cut_put_u64(&out->value, task->input[i].gap);
}

static bool put_flaws(struct gs_task *task, struct gs_cut_cursor value)
{
    task->gap_ms = gs_cut_get_i64(&value);
    task->mixed_ms = gs_cut_get_i64(&value);
    for (uint8_t i = 0; i < task->config.input_count; i++)
        task->input[i].gap = gs_cut_get_u64(&value) != 0;
    return is_done(&value) && is_clock(task->gap_ms) && is_clock(task->mixed_ms);
}

/* ------------------------------------------------------------------ any */

bool gsi_entry_put(struct gs_task *task, const struct gs_cut_entry *entry)
{
    struct gs_cut_cursor key = gs_cut_cursor(entry->key);
    if (entry->kind == GSI_ENTRY_POST)
        return put_post(task, key, entry->value);
    if (entry->kind == GSI_ENTRY_COMMENT)
        return put_comment(task, key, entry->value);
    if (!entry->value.data)
        return false; /* nothing else ceases to exist before its time */
    struct gs_cut_cursor value = gs_cut_cursor(entry->value);
    switch (entry->kind) {
    case GSI_ENTRY_PANE:
        return put_pane(task, key, value);
    case GSI_ENTRY_IDS:
        return put_ids(task, key, value);
    case GSI_ENTRY_IDS_STATE:
        return put_ids_state(task, key, value);
    case GSI_ENTRY_INFLUENCER:
        return put_influencer(task, entry->key, value);
    case GSI_ENTRY_PROFILES:
        return put_profiles(task, value);
    case GSI_ENTRY_FLAWS:
        return put_flaws(task, value);
    case GSI_ENTRY_COMMENTS:
        return put_comments(task, key, entry->value);
    default:
        return false;
    }
}

void gsi_entry_put_end(struct gs_task *task)
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
