/* posts.c -- what an input remembers of its posts: the last value of every cumulative counter, that
 * it was published, that it was deleted.
 *
 * Platforms export running totals; a window needs what happened inside it. So each snapshot becomes
 * a step from the one before. Everything is remembered by the input's own clock H: an entry counts
 * while its t > H - longest window, whenever the memory itself is reclaimed. */
#include "internal.h"

enum { CHUNK = 1024, SLOTS_MIN = 1024, NONE = UINT32_MAX };

struct post {
    struct gs_hash128 id;            /* {0,0} = free */
    int64_t t_ms[GS_SNAPSHOT_COUNT]; /* GS_NULL_INT = not remembered */
    int64_t value[GS_SNAPSHOT_COUNT];
    int64_t published_ms; /* last PUBLISHED, EDITED or METRICS of a published post */
    int64_t deleted_ms;
    uint32_t next_free;
    bool changed; /* it is listed */
};

/* What changed since the last checkpoint. */
struct changes {
    uint32_t *posts;
    uint32_t count;
    uint32_t capacity;
    struct gs_hash128 *gone; /* expired, and changed before */
    uint32_t gone_count;
    uint32_t gone_capacity;
};

struct gsi_posts {
    struct post **chunks;
    uint32_t *slots; /* index of a post, or NONE */
    uint32_t mask;
    uint32_t used; /* posts ever handed out */
    uint32_t live;
    uint32_t posts_max;
    uint32_t first_free;
    uint32_t sweep_at;
    uint32_t deleted; /* posts with a tombstone */
    bool keeps_changes;
    struct changes changes;
};

static struct post *post_at(const struct gsi_posts *posts, uint32_t index)
{
    return &posts->chunks[index / CHUNK][index % CHUNK];
}

static void slots_init(struct gsi_posts *posts, uint32_t count)
{
    posts->slots = gs_alloc(count * sizeof *posts->slots);
    memset(posts->slots, 0xFF, count * sizeof *posts->slots);
    posts->mask = count - 1;
}

struct gsi_posts *gsi_posts_create(uint32_t posts_max)
{
    struct gsi_posts *posts = gs_calloc(1, sizeof *posts);
    posts->posts_max = posts_max;
    posts->chunks = gs_calloc(posts_max / CHUNK + 1, sizeof *posts->chunks);
    posts->first_free = NONE;
    slots_init(posts, SLOTS_MIN);
    return posts;
}

void gsi_posts_destroy(struct gsi_posts *posts)
{
    if (!posts)
        return;
    for (uint32_t i = 0; i * CHUNK < posts->used; i++)
        gs_free(posts->chunks[i]);
    gs_free(posts->chunks);
    gs_free(posts->slots);
    gs_free(posts->changes.posts);
    gs_free(posts->changes.gone);
    gs_free(posts);
}

/* The slot of id, or the empty one where it belongs. */
static uint32_t *find_slot(const struct gsi_posts *posts, struct gs_hash128 id)
{
    uint32_t at = (uint32_t)id.low & posts->mask;
    for (;; at = (at + 1) & posts->mask) {
        uint32_t index = posts->slots[at];
        if (index == NONE)
            return &posts->slots[at];
        const struct post *post = post_at(posts, index);
        if (post->id.low == id.low && post->id.high == id.high)
            return &posts->slots[at];
    }
}

static void grow(struct gsi_posts *posts)
{
    uint32_t *old = posts->slots;
    uint32_t count = posts->mask + 1;
    slots_init(posts, count * 2);
    for (uint32_t i = 0; i < count; i++)
        if (old[i] != NONE)
            *find_slot(posts, post_at(posts, old[i])->id) = old[i];
    gs_free(old);
}

static uint32_t take_index(struct gsi_posts *posts)
{
    uint32_t index = posts->first_free;
    if (index != NONE) {
        posts->first_free = post_at(posts, index)->next_free;
        return index;
    }
    index = posts->used++;
    if (index % CHUNK == 0)
        posts->chunks[index / CHUNK] = gs_alloc(CHUNK * sizeof(struct post));
    return index;
}

struct gs_hash128 gsi_posts_hash(struct gs_str post_id)
{
    struct gs_hash128 id = gs_hash128(post_id.data, post_id.len);
    id.low |= (id.low | id.high) == 0;
    return id;
}

void gsi_posts_prefetch(const struct gsi_posts *posts, struct gs_hash128 id)
{
    if (posts)
        gs_prefetch(&posts->slots[(uint32_t)id.low & posts->mask]);
}

void gsi_posts_prefetch_post(const struct gsi_posts *posts, struct gs_hash128 id)
{
    uint32_t index = posts ? posts->slots[(uint32_t)id.low & posts->mask] : NONE;
    if (index == NONE)
        return;
    const char *at = (const char *)post_at(posts, index);
    for (size_t line = 0; line < sizeof(struct post); line += GS_LINE_BYTES)
        gs_prefetch(at + line);
}

/* NONE only if the memory is full. */
static uint32_t find_or_create(struct gsi_posts *posts, struct gs_hash128 id)
{
    uint32_t *slot = find_slot(posts, id);
    if (*slot != NONE)
        return *slot;
    if (posts->live >= posts->posts_max)
        return NONE;
    if (posts->live >= posts->mask / 2) {
        grow(posts);
        slot = find_slot(posts, id);
    }
    *slot = take_index(posts);
    posts->live++;
    struct post *post = post_at(posts, *slot);
    *post = (struct post){.id = id, .published_ms = GS_NULL_INT, .deleted_ms = GS_NULL_INT};
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        post->t_ms[m] = GS_NULL_INT;
    return *slot;
}

/* ------------------------------------------------------------------ out and in */

void gsi_posts_keep_changes(struct gsi_posts *posts)
{
    posts->keeps_changes = true;
}

static void list(struct gsi_posts *posts, uint32_t index)
{
    struct changes *changes = &posts->changes;
    struct post *post = post_at(posts, index);
    if (!posts->keeps_changes || post->changed)
        return;
    if (changes->count == changes->capacity) {
        changes->capacity = GS_MAX(256u, changes->capacity * 2);
        changes->posts = gs_realloc(changes->posts, changes->capacity * sizeof *changes->posts);
    }
    post->changed = true;
    changes->posts[changes->count++] = index;
}

static void list_gone(struct gsi_posts *posts, struct gs_hash128 id)
{
    struct changes *changes = &posts->changes;
    if (!posts->keeps_changes)
        return;
    if (changes->gone_count == changes->gone_capacity) {
        changes->gone_capacity = GS_MAX(256u, changes->gone_capacity * 2);
        changes->gone = gs_realloc(changes->gone, changes->gone_capacity * sizeof *changes->gone);
    }
    changes->gone[changes->gone_count++] = id;
}

static void copy_out(const struct post *post, struct gsi_post_entry *entry)
{
    entry->id = post->id;
    entry->gone = false;
    entry->published_ms = post->published_ms;
    entry->deleted_ms = post->deleted_ms;
    memcpy(entry->t_ms, post->t_ms, sizeof entry->t_ms);
    memcpy(entry->value, post->value, sizeof entry->value);
}

bool gsi_posts_next_change(struct gsi_posts *posts, struct gsi_post_entry *entry)
{
    struct changes *changes = &posts->changes;
    if (changes->gone_count) {
        *entry = (struct gsi_post_entry){.id = changes->gone[--changes->gone_count], .gone = true};
        return true;
    }
    while (changes->count) {
        struct post *post = post_at(posts, changes->posts[--changes->count]);
        if (!post->changed)
            continue; /* it expired */
        post->changed = false;
        copy_out(post, entry);
        return true;
    }
    return false;
}

uint32_t gsi_posts_changes(const struct gsi_posts *posts)
{
    return posts->changes.count + posts->changes.gone_count;
}

void gsi_posts_change(struct gsi_posts *posts, struct gs_hash128 id)
{
    uint32_t index = *find_slot(posts, id);
    if (index == NONE)
        list_gone(posts, id);
    else
        list(posts, index);
}

bool gsi_posts_at(const struct gsi_posts *posts, uint32_t *at, struct gsi_post_entry *entry)
{
    for (; *at < posts->used; ++*at) {
        const struct post *post = post_at(posts, *at);
        if ((post->id.low | post->id.high) == 0)
            continue;
        copy_out(post, entry);
        ++*at;
        return true;
    }
    return false;
}

bool gsi_posts_put(struct gsi_posts *posts, const struct gsi_post_entry *entry)
{
    uint32_t index = find_or_create(posts, entry->id);
    if (index == NONE)
        return false;
    struct post *post = post_at(posts, index);
    posts->deleted += entry->deleted_ms != GS_NULL_INT;
    posts->deleted -= post->deleted_ms != GS_NULL_INT;
    post->published_ms = entry->published_ms;
    post->deleted_ms = entry->deleted_ms;
    memcpy(post->t_ms, entry->t_ms, sizeof post->t_ms);
    memcpy(post->value, entry->value, sizeof post->value);
    return true;
}

/* ------------------------------------------------------------------ snapshots */

/* Which counter a snapshot's value feeds. */
static const uint8_t counters[GS_SNAPSHOT_COUNT] = {
    [GS_SNAPSHOT_LIKES] = GS_C_LIKES,
    [GS_SNAPSHOT_DISLIKES] = GS_C_DISLIKES,
    [GS_SNAPSHOT_COMMENTS] = GS_C_PLATFORM_COMMENTS,
    [GS_SNAPSHOT_SHARES] = GS_C_SHARES,
    [GS_SNAPSHOT_SAVES] = GS_C_SAVES,
    [GS_SNAPSHOT_VIEWS] = GS_C_VIEWS,
    [GS_SNAPSHOT_REACH] = GS_C_REACH,
    [GS_SNAPSHOT_IMPRESSIONS] = GS_C_IMPRESSIONS,
    [GS_SNAPSHOT_CLICKS] = GS_C_CLICKS,
};

/* Of which another source may be the authority. Reach, impressions and the platform's own count of
 * comments come in no reaction. */
enum {
    ALL_METRICS = (1 << GS_SNAPSHOT_COUNT) - 1,
    ONLY_HERE = 1 << GS_SNAPSHOT_COMMENTS | 1 << GS_SNAPSHOT_REACH | 1 << GS_SNAPSHOT_IMPRESSIONS
};

/* Those that the snapshot tells and that count, as bits: which ones it tells no processor guesses.
 */
static uint32_t metrics_of(const struct gs_task *task, const struct gs_event *event)
{
    uint32_t told = 0;
    for (uint32_t m = 0; m < GS_SNAPSHOT_COUNT; m++)
        told |= (uint32_t)(event->post.metrics[m] != GS_NULL_INT) << m;
    return told & (task->config.engagement == GS_ENGAGEMENT_SNAPSHOTS ? ALL_METRICS : ONLY_HERE);
}

/* One PostEvent on its way through the memory. */
struct taking {
    struct gs_task *task;
    const struct gs_event *event;
    int64_t t_ms;
    int64_t horizon_ms;
    struct gsi_effect *effect;
};

static bool last_is_empty(const struct gsi_effect *effect)
{
    return effect->growths && !effect->growth[effect->growths - 1].count;
}

/* Counters that were read together before, which nearly all are, grow together. Only the last of
 * the growths may be empty. */
static struct gs_window_growth *growth_since(const struct taking *taking, int64_t last_ms)
{
    struct gsi_effect *effect = taking->effect;
    for (uint32_t g = 0; g < effect->growths; g++)
        if (effect->growth[g].last_ms == last_ms)
            return &effect->growth[g];
    effect->growths += !last_is_empty(effect);
    struct gs_window_growth *growth = &effect->growth[effect->growths - 1];
    growth->last_ms = last_ms;
    growth->t_ms = GS_ABLATED(SPREAD_AS_OF) ? taking->task->as_of_ms : taking->t_ms;
    growth->count = 0;
    return growth;
}

/* What changed since a counter stood at `last` at last_ms. Growth happened on the way; a decrease
 * (a purge, an un-like) counts where it was seen and is never read as a counter reset. Whether a
 * counter has grown or still stands is not asked: what did not is written over by the next. */
static void step_to(const struct taking *taking, enum gs_counter counter, int64_t last_ms,
                    int64_t change)
{
    struct gsi_effect *effect = taking->effect;
    if (GS_LIKELY(change >= 0 && last_ms < taking->t_ms)) {
        struct gs_window_growth *growth = growth_since(taking, last_ms);
        growth->counter[growth->count] = (uint8_t)counter;
        growth->change[growth->count] = change;
        growth->count += change > 0;
    } else if (change) {
        gs_delta_add(&effect->delta, counter, change);
        if (change < 0)
            gs_delta_add(&effect->delta, GS_C_PURGED, -change);
    }
}

/* When a counter that was never seen stood at 0: the post's creation, if it lies in the longest
 * window. GS_NULL_INT: unknown, so the value is a baseline. */
static int64_t first_zero_ms(const struct taking *taking)
{
    int64_t created = taking->event->post.created_ms;
    if (created == GS_NULL_INT && taking->event->action == GS_ACTION_PUBLISHED)
        created = taking->t_ms;
    if (created == GS_NULL_INT)
        return GS_NULL_INT;
    created = GS_MIN(created, taking->t_ms);
    return created > taking->horizon_ms ? created : GS_NULL_INT;
}

static void take_total(const struct taking *taking, struct post *post, uint32_t metric)
{
    int64_t value = taking->event->post.metrics[metric];
    int64_t last_ms = post->t_ms[metric];
    int64_t last = post->value[metric];
    if (last_ms <= taking->horizon_ms) { /* or there is none, which is the smallest number */
        last_ms = first_zero_ms(taking);
        last = 0;
        taking->task->stats.snapshots_baseline += last_ms == GS_NULL_INT;
    } else if (taking->t_ms < last_ms) {
        taking->task->stats.snapshots_ignored++;
        return;
    }
    if (last_ms != GS_NULL_INT)
        step_to(taking, (enum gs_counter)counters[metric], last_ms, value - last);
    post->t_ms[metric] = taking->t_ms;
    post->value[metric] = value;
}

static void take_metrics(const struct taking *taking, struct post *post)
{
    struct gsi_effect *effect = taking->effect;
    bool adds = taking->event->post.temporality == GS_TEMPORALITY_DELTA;
    for (uint32_t told = metrics_of(taking->task, taking->event); told; told &= told - 1) {
        uint32_t m = (uint32_t)__builtin_ctz(told);
        if (adds)
            gs_delta_add(&effect->delta, (enum gs_counter)counters[m],
                         taking->event->post.metrics[m]);
        else if (post)
            take_total(taking, post, m);
        else
            taking->task->stats.snapshots_baseline++; /* the memory is full: a new post */
    }
    effect->growths -= last_is_empty(effect);
}

static void take_deletion(struct gsi_posts *posts, struct post *post, int64_t t_ms)
{
    if (!post)
        return;
    posts->deleted += post->deleted_ms == GS_NULL_INT;
    post->deleted_ms = GS_MAX(post->deleted_ms, t_ms);
}

void gsi_posts_take(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                    const struct gsi_row *row, struct gsi_effect *effect)
{
    int64_t t_ms = row->t_ms;
    int64_t horizon_ms = row->h_ms - task->longest_ms; /* of this record, not of its batch */
    uint32_t index = find_or_create(input->posts, row->post_id);
    struct post *post = index == NONE ? NULL : post_at(input->posts, index);
    task->stats.posts_refused += !post;
    if (post)
        list(input->posts, index);
    if (event->action == GS_ACTION_DELETED) {
        take_deletion(input->posts, post, t_ms);
        return;
    }
    if (post && post->deleted_ms > horizon_ms && post->deleted_ms != GS_NULL_INT)
        return;
    bool published = post && post->published_ms != GS_NULL_INT && post->published_ms > horizon_ms;
    if (event->action == GS_ACTION_PUBLISHED && !published) {
        gs_delta_add(&effect->delta, GS_C_POSTS, 1);
        if (gsi_verdict_is_risky(task, event->post.text))
            gs_delta_add(&effect->delta, GS_C_RISKY_POSTS, 1);
        published = true;
    }
    if (post)
        post->published_ms = published ? GS_MAX(post->published_ms, t_ms) : GS_NULL_INT;
    struct taking taking = {task, event, t_ms, horizon_ms, effect};
    take_metrics(&taking, post);
}

/* ------------------------------------------------------------------ tombstones, lifetime */

bool gsi_posts_deleted(const struct gs_task *task, struct gs_str post_id)
{
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gsi_posts *posts = task->input[i].posts;
        if (!posts || !posts->deleted)
            continue;
        uint32_t index = *find_slot(posts, gsi_posts_hash(post_id));
        int64_t horizon_ms = gsi_task_horizon_ms(task, &task->input[i]);
        if (index != NONE && post_at(posts, index)->deleted_ms != GS_NULL_INT &&
            post_at(posts, index)->deleted_ms > horizon_ms)
            return true;
    }
    return false;
}

static bool expired(const struct post *post, int64_t horizon_ms)
{
    int64_t newest = GS_MAX(post->published_ms, post->deleted_ms);
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        newest = GS_MAX(newest, post->t_ms[m]);
    return newest <= horizon_ms;
}

/* Closes the gap behind an emptied slot: what follows moves up if its home allows it. */
static void remove_slot(struct gsi_posts *posts, uint32_t hole)
{
    for (uint32_t at = hole;;) {
        at = (at + 1) & posts->mask;
        if (posts->slots[at] == NONE)
            break;
        uint32_t home = (uint32_t)post_at(posts, posts->slots[at])->id.low & posts->mask;
        if (((at - home) & posts->mask) >= ((at - hole) & posts->mask)) {
            posts->slots[hole] = posts->slots[at];
            hole = at;
        }
    }
    posts->slots[hole] = NONE;
}

static void forget(struct gsi_posts *posts, uint32_t index)
{
    struct post *post = post_at(posts, index);
    remove_slot(posts, (uint32_t)(find_slot(posts, post->id) - posts->slots));
    posts->deleted -= post->deleted_ms != GS_NULL_INT;
    *post = (struct post){.next_free = posts->first_free};
    posts->first_free = index;
    posts->live--;
}

void gsi_posts_remove(struct gsi_posts *posts, struct gs_hash128 id)
{
    uint32_t index = *find_slot(posts, id);
    if (index != NONE)
        forget(posts, index);
}

void gsi_posts_sweep(struct gsi_posts *posts, uint32_t count, int64_t horizon_ms)
{
    count = GS_MIN(count, posts->used);
    while (count-- > 0) {
        posts->sweep_at = posts->sweep_at + 1 < posts->used ? posts->sweep_at + 1 : 0;
        struct post *post = post_at(posts, posts->sweep_at);
        if ((post->id.low | post->id.high) == 0 || !expired(post, horizon_ms))
            continue;
        if (post->changed)
            list_gone(posts, post->id);
        forget(posts, posts->sweep_at);
    }
}

uint32_t gsi_posts_live(const struct gsi_posts *posts)
{
    return posts->live;
}

uint32_t gsi_posts_deleted_count(const struct gsi_posts *posts)
{
    return posts->deleted;
}

size_t gsi_posts_bytes(const struct gsi_posts *posts)
{
    size_t chunks = (posts->used + CHUNK - 1) / CHUNK;
    return chunks * CHUNK * sizeof(struct post) + ((size_t)posts->mask + 1) * sizeof *posts->slots;
}
