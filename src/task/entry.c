/* entry.c -- the entries of a checkpoint as bytes.
 *
 *   what         key                                  value
 *   name         number of an entity                  view, key, influencer_id
 *   pane         number of the entity, level, index   mask, values
 *   post         input, hash of the post's id         published, deleted, mask, times, values
 *   ids          input, generation, first's place     the ids, 16 bytes each
 *   ids_state    input                                generation, number
 *   influencer   influencer_id                        followers of a post, versions
 *   versions     influencer_id                        those that did not fit into the entry before
 *   profiles     -                                    running maximum of record times, the inputs
 *                                                     that carry posts
 *   flaws        -                                    up to when something is missing or mixed
 *   comment      input, hash of the comment's id      t, its counters, tone, numbers of entities
 *   copies ...   see entry_sightings.c
 *   comments     input                                how many are held, per slice of time
 *
 * Absolute: an entry stands for all earlier ones of its key. Numbers of entities are those of the
 * incarnation that wrote the cut, each of which names its own: see entry_entity.c. */
#include "entry.h"

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

/* ------------------------------------------------------------------ posts */

void gsi_entry_post(uint8_t input, const struct gsi_post_entry *entry, struct gsi_entry_bytes *out)
{
    uint64_t mask = 0;
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    gsi_entry_put_hash(&out->key, entry->id);
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

/* A lineage holds many such, for which there need not be room. */
static bool has_expired(const struct gsi_post_entry *entry, int64_t horizon_ms)
{
    int64_t newest_ms = GS_MAX(entry->published_ms, entry->deleted_ms);
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        newest_ms = GS_MAX(newest_ms, entry->t_ms[m]);
    return newest_ms <= horizon_ms;
}

static bool put_post(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gsi_posts *posts = posts_of(task, input);
    struct gsi_post_entry entry = {.id = gsi_entry_get_hash(&key)};
    if (!gsi_entry_is_done(&key) || !posts || !(entry.id.low | entry.id.high))
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
    if (!gsi_entry_is_done(&value) || !sound)
        return false;
    if (has_expired(&entry, gsi_task_horizon_ms(task, &task->input[input]))) {
        task->cut_stats.left_back++;
        gsi_posts_remove(posts, entry.id);
    } else {
        task->stats.posts_refused += !gsi_posts_put(posts, &entry);
    }
    return true;
}

/* ------------------------------------------------------------------ event ids */

void gsi_entry_ids(uint8_t input, const struct gs_dedupe_piece *piece, struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    gs_cut_put_u64(&out->key, piece->serial);
    gs_cut_put_u64(&out->key, piece->place);
    for (uint32_t i = 0; i < piece->count; i++)
        gsi_entry_put_hash(&out->value, piece->ids[i]);
}

void gsi_entry_ids_state(uint8_t input, const struct gs_dedupe_state *state,
                         struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    gs_cut_put_u64(&out->value, state->serial);
    gs_cut_put_i64(&out->value, state->number);
}

static struct gs_dedupe *dedupe_of(struct gs_task *task, uint64_t input)
{
    return input < task->config.input_count ? task->input[input].dedupe : NULL;
}

static bool put_ids(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value)
{
    struct gs_dedupe *dedupe = dedupe_of(task, gs_cut_get_u64(&key));
    struct gs_dedupe_piece piece = {.serial = gs_cut_get_u64(&key)};
    (void)gs_cut_get_u64(&key);
    if (!gsi_entry_is_done(&key) || !dedupe || !gsi_entry_is_serial(piece.serial))
        return false;
    while (value.at < value.end) {
        struct gs_hash128 id = gsi_entry_get_hash(&value);
        piece.ids = &id;
        piece.count = 1;
        if (value.failed)
            return false;
        if (!GS_ABLATED(SHORT_MEMORY_LOST))
            task->cut_stats.left_back += !gs_dedupe_put(dedupe, &piece);
    }
    return true;
}

/* A generation of shorter windows has a larger number than the clock has now: left as it is, it
 * would hardly ever end. */
static bool put_ids_state(struct gs_task *task, struct gs_cut_cursor key,
                          struct gs_cut_cursor value)
{
    uint64_t input = gs_cut_get_u64(&key);
    struct gs_dedupe *dedupe = dedupe_of(task, input);
    struct gs_dedupe_state state = {.serial = gs_cut_get_u64(&value)};
    state.number = gs_cut_get_i64(&value);
    if (!gsi_entry_is_done(&key) || !gsi_entry_is_done(&value) || !dedupe ||
        !gsi_entry_is_serial(state.serial))
        return false;
    int64_t h_ms = task->input[input].h_ms;
    if (state.number != INT64_MIN) {
        if (state.number < 0 || h_ms == GS_NULL_INT)
            return false;
        state.number = GS_MIN(state.number, h_ms / task->config.dedupe_window_ms);
    }
    gs_dedupe_restore(dedupe, &state);
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

static uint32_t put_versions(const struct gs_profiles_entry *entry, uint32_t from,
                             struct gsi_entry_bytes *out)
{
    enum { ENOUGH = GS_TASK_CUT_RECORD_BYTES / 4 }; /* the one that goes beyond must still fit */
    for (; from < entry->version_count && out->value.len < ENOUGH; from++)
        put_version(entry->versions[from], &out->value);
    return from;
}

uint32_t gsi_entry_influencer(const struct gs_profiles_entry *entry, struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
    gs_buf_add_str(&out->key, entry->id);
    gs_cut_put_i64(&out->value, entry->post_followers);
    gs_cut_put_i64(&out->value, entry->post_ms);
    gs_cut_put_u64(&out->value, entry->version_count);
    return put_versions(entry, 0, out);
}

uint32_t gsi_entry_versions(const struct gs_profiles_entry *entry, uint32_t from,
                            struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
    gs_buf_add_str(&out->key, entry->id);
    return put_versions(entry, from, out);
}

void gsi_entry_profiles(const struct gs_task *task, struct gsi_entry_bytes *out)
{
    uint64_t with_posts = 0;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        with_posts |= (uint64_t)(task->input[i].posts != NULL) << i;
    gsi_entry_empty(out);
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
    return !value->failed && event.record_ms >= 0 && event.record_ms <= GS_TIME_MS_MAX &&
           gs_profiles_put(task->profiles, influencer, &event, campaigns);
}

static bool get_versions(struct gs_task *task, uint32_t influencer, struct gs_cut_cursor *value)
{
    while (value->at < value->end)
        if (!get_version(task, influencer, value))
            return false;
    return !value->failed;
}

static uint32_t influencer_of(const struct gs_task *task, struct gs_str id)
{
    return gs_profiles_find(task->profiles, id, gs_profiles_hash(task->profiles, id));
}

static bool put_influencer(struct gs_task *task, struct gs_str id, struct gs_cut_cursor value)
{
    int64_t post_followers = gs_cut_get_i64(&value);
    int64_t post_ms = gs_cut_get_i64(&value);
    uint64_t versions = gs_cut_get_u64(&value);
    if (value.failed || !id.len || id.len > GS_ID_BYTES_MAX || versions > GS_PROFILE_VERSIONS_MAX ||
        !is_time(post_ms))
        return false;
    uint32_t influencer = influencer_of(task, id);
    gs_profiles_clear(task->profiles, influencer);
    if (post_followers != GS_NULL_INT)
        gs_profiles_set_post_followers(task->profiles, influencer, post_ms, post_followers);
    return get_versions(task, influencer, &value);
}

static bool put_versions_back(struct gs_task *task, struct gs_str id, struct gs_cut_cursor value)
{
    return id.len > 0 && id.len <= GS_ID_BYTES_MAX &&
           get_versions(task, influencer_of(task, id), &value);
}

/* Which inputs carry posts stays known when none of their posts is remembered: how long the number
 * of followers that a post told counts depends on it. */
static bool put_profiles(struct gs_task *task, struct gs_cut_cursor value)
{
    int64_t running_max_ms = gs_cut_get_i64(&value);
    uint64_t with_posts = gs_cut_get_u64(&value);
    if (running_max_ms != INT64_MIN && (running_max_ms < 0 || running_max_ms > GS_TIME_MS_MAX))
        return false; /* no version would ever be visible */
    gs_profiles_pass(task->profiles, running_max_ms);
    for (; with_posts; with_posts &= with_posts - 1)
        if (!posts_of(task, (uint64_t)__builtin_ctzll(with_posts)))
            return false;
    return gsi_entry_is_done(&value);
}

/* ------------------------------------------------------------------ flaws */

void gsi_entry_flaws(const struct gs_task *task, struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
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
    return gsi_entry_is_done(&value) && is_clock(task->gap_ms) && is_clock(task->mixed_ms);
}

/* ------------------------------------------------------------------ any */

void gsi_entry_fetch(const struct gs_task *task, const struct gs_cut_entry *entry)
{
    struct gs_cut_cursor key = gs_cut_cursor(entry->key);
    uint64_t first = gs_cut_get_u64(&key);
    if (entry->kind == GSI_ENTRY_PANE)
        gsi_entry_fetch_entity(task, first);
    else if (entry->kind == GSI_ENTRY_COMMENT && first < task->config.input_count)
        gsi_comments_prefetch(task->input[first].comments, gsi_entry_get_hash(&key));
}

bool gsi_entry_put(struct gs_task *task, const struct gs_cut_entry *entry)
{
    struct gs_cut_cursor key = gs_cut_cursor(entry->key);
    if (entry->kind == GSI_ENTRY_POST)
        return put_post(task, key, entry->value);
    if (entry->kind == GSI_ENTRY_COMMENT)
        return gsi_entry_put_comment(task, key, entry->value);
    if (!entry->value.data)
        return false; /* nothing else ceases to exist before its time */
    struct gs_cut_cursor value = gs_cut_cursor(entry->value);
    switch (entry->kind) {
    case GSI_ENTRY_NAME:
        return gsi_entry_put_name(task, key, value);
    case GSI_ENTRY_PANE:
        return gsi_entry_put_pane(task, key, value);
    case GSI_ENTRY_IDS:
        return put_ids(task, key, value);
    case GSI_ENTRY_IDS_STATE:
        return put_ids_state(task, key, value);
    case GSI_ENTRY_INFLUENCER:
        return put_influencer(task, entry->key, value);
    case GSI_ENTRY_VERSIONS:
        return put_versions_back(task, entry->key, value);
    case GSI_ENTRY_PROFILES:
        return put_profiles(task, value);
    case GSI_ENTRY_FLAWS:
        return put_flaws(task, value);
    case GSI_ENTRY_COMMENTS:
        return gsi_entry_put_comments(task, key, entry->value);
    case GSI_ENTRY_COPIES:
    case GSI_ENTRY_BURSTS:
        return gsi_entry_put_sightings(task, entry->kind == GSI_ENTRY_COPIES, key, value);
    case GSI_ENTRY_COPIES_STATE:
    case GSI_ENTRY_BURSTS_STATE:
        return gsi_entry_put_sightings_state(task, entry->kind == GSI_ENTRY_COPIES_STATE, key,
                                             value);
    default:
        return false;
    }
}
