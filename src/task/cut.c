/* cut.c -- checkpoints: what changed in the task, at one moment, as records for a log.
 *
 *   changed panes, posts, influencers, event ids ──┐
 *   and a share of all others ("cycle") ───────────┼─► entries ─► records ─► the log of checkpoints
 *   where the task stands: N, H, R, as_of ─────────┘   barrier, with the lineage of cuts
 *
 * A cut counts once all of its records are acknowledged. Until then what it took is noted, so that
 * it can be listed again if one is not: the next cut then holds it at the value that it has by
 * then.
 *
 * The cycle goes through all that lives, from the first entity to the last influencer, a share with
 * each cut. When it has come round and the cuts are acknowledged, no older cut is needed, nor any
 * of another incarnation. */
#include "internal.h"

#include <stdlib.h>

struct place {
    uint32_t entity;
    uint8_t level;
    int64_t index;
};
struct noted_id {
    uint8_t input;
    struct gs_hash128 id;
};

/* What the cut under way took. */
struct noted {
    struct place *panes;
    struct noted_id *posts;
    struct noted_id *comments;
    uint32_t *influencers;
    uint32_t pane_count, pane_capacity;
    uint32_t post_count, post_capacity;
    uint32_t comment_count, comment_capacity;
    uint32_t influencer_count, influencer_capacity;
};

/* Where something that goes through everything stands. */
struct cursor {
    uint32_t entity; /* GS_ENTITY_NONE: through */
    uint8_t input;
    uint32_t post;
    uint32_t comment;
    struct gsi_sightings_marks sightings;
    uint32_t influencer;
    bool done;
};

struct gsi_cut {
    struct gs_cut_chain *chain;
    struct gs_cut_writer *writer;
    struct gs_cut_id incarnation;
    bool under_way;
    bool whole; /* the next one must be: the log has lost others */
    bool whole_under_way;
    int64_t begun_ms;
    struct noted noted;
    struct cursor cycle, cycle_before;
    uint64_t cycle_entries; /* written since it began */
    struct gs_dedupe_mark ids[GS_INPUTS_MAX], ids_before[GS_INPUTS_MAX];
    struct gsi_sightings_marks sightings[GS_INPUTS_MAX], sightings_before[GS_INPUTS_MAX];
    struct gsi_entry_bytes bytes;
    struct gs_cut_barrier barrier;
};

/* ------------------------------------------------------------------ life */

static struct gs_cut_id read_id(const char *hex)
{
    char half[17] = "";
    memcpy(half, hex, 16);
    uint64_t high = strtoull(half, NULL, 16);
    memcpy(half, hex + 16, 16);
    return (struct gs_cut_id){high, strtoull(half, NULL, 16)};
}

void gs_task_keep_checkpoints(struct gs_task *task, const struct gs_cut_lineage *restored)
{
    GS_ASSERT(!task->cut);
    struct gsi_cut *cut = gs_calloc(1, sizeof *cut);
    cut->incarnation = read_id(task->config.incarnation);
    cut->chain = gs_cut_chain_create(restored, cut->incarnation);
    cut->writer = gs_cut_writer_create(GS_TASK_CUT_RECORD_BYTES);
    cut->begun_ms = task->now_ms;
    task->cut = cut;
    gs_window_keep_changes(task->window);
    gs_profiles_keep_changes(task->profiles);
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gsi_input *input = &task->input[i];
        struct gs_dedupe_piece piece;
        if (input->posts)
            gsi_posts_keep_changes(input->posts);
        if (input->comments)
            gsi_comments_keep_changes(input->comments);
        while (input->dedupe && gs_dedupe_next(input->dedupe, &cut->ids[i], &piece))
            continue; /* what was put back stands in the lineage */
        gsi_cut_pass_sightings(input, &cut->sightings[i]);
    }
}

void gsi_cut_watch_posts(const struct gs_task *task, struct gsi_posts *posts)
{
    if (task->cut)
        gsi_posts_keep_changes(posts);
}

void gsi_cut_destroy(struct gsi_cut *cut)
{
    if (!cut)
        return;
    gs_cut_chain_destroy(cut->chain);
    gs_cut_writer_destroy(cut->writer);
    gs_free(cut->noted.panes);
    gs_free(cut->noted.posts);
    gs_free(cut->noted.comments);
    gs_free(cut->noted.influencers);
    gs_buf_deinit(&cut->bytes.key);
    gs_buf_deinit(&cut->bytes.value);
    gs_free(cut);
}

/* ------------------------------------------------------------------ layout */

static void add_number(struct gs_buf *buf, int64_t number)
{
    gs_cut_put_i64(buf, number);
}

uint64_t gs_task_layout(const struct gs_task_config *config)
{
    enum { ENTRIES = 3 }; /* raise it when they look otherwise */
    struct gs_buf buf = {0};
    add_number(&buf, ENTRIES);
    add_number(&buf, GS_COUNTER_COUNT);
    add_number(&buf, GS_SNAPSHOT_COUNT);
    for (uint8_t i = 0; i < config->input_count; i++)
        gs_cut_put_str(&buf, gs_str_of(config->inputs[i].topic));
    for (uint8_t i = 0; i < config->window_count; i++) {
        add_number(&buf, config->windows[i].window_ms);
        add_number(&buf, config->windows[i].pane_ms);
    }
    for (uint8_t v = 0; v < config->view_count; v++) {
        gs_cut_put_str(&buf, gs_str_of(config->views[v].name));
        add_number(&buf, config->views[v].levels);
        for (uint8_t k = 0; k < config->views[v].key_count; k++)
            add_number(&buf, config->views[v].key[k]);
    }
    uint64_t hash = gs_hash64(buf.data, buf.len, 0);
    gs_buf_deinit(&buf);
    return hash;
}

uint64_t gs_task_meaning(const struct gs_task_config *config)
{
    const int64_t numbers[] = {config->engagement,
                               config->profiles_delay_ms,
                               config->dedupe_window_ms,
                               config->dedupe_capacity,
                               config->comments_max,
                               config->comments_horizon_ms,
                               (int64_t)gs_sentiment_version(config->sentiment)};
    uint64_t meaning = gs_hash64(numbers, sizeof numbers, 0);
    return config->rules ? gsi_verdict_meaning(config, meaning) : meaning;
}

/* ------------------------------------------------------------------ entries */

static void add_entry(struct gs_task *task, uint8_t kind, bool gone)
{
    struct gsi_cut *cut = task->cut;
    struct gs_buf *key = &cut->bytes.key;
    struct gs_buf *value = &cut->bytes.value;
    gs_buf_reserve(key, 1); /* so that a key without bytes is not an absent one */
    gs_buf_reserve(value, 1);
    struct gs_cut_entry entry = {kind, gs_str_make(key->data, key->len),
                                 gone ? (struct gs_str){0} : gs_str_make(value->data, value->len)};
    if (!gs_cut_writer_add(cut->writer, &entry)) {
        task->cut_stats.too_long++;
        return;
    }
    task->cut_stats.entries++;
    task->cut_stats.bytes += key->len + value->len;
}

struct gsi_entry_bytes *gsi_cut_bytes(struct gsi_cut *cut)
{
    return &cut->bytes;
}

void gsi_cut_add(struct gs_task *task, uint8_t kind)
{
    add_entry(task, kind, false);
}

/* Before the first entry that has its number. */
static void write_name(struct gs_task *task, uint32_t entity)
{
    if (!gs_window_name(task->window, entity))
        return;
    gsi_entry_name(task, entity, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_NAME, false);
}

static void write_pane(void *user, const struct gs_window_entry *entry)
{
    struct gs_task *task = user;
    if (GS_ABLATED(ZERO_PANE) && !entry->values.mask)
        return;
    write_name(task, entry->entity);
    gsi_entry_pane(entry, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_PANE, false);
}

static void write_post(struct gs_task *task, uint8_t input, const struct gsi_post_entry *entry)
{
    gsi_entry_post(input, entry, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_POST, entry->gone);
}

static void write_comment(struct gs_task *task, uint8_t input, struct gs_hash128 id, uint32_t place)
{
    if (GS_ABLATED(TOMBSTONE) && !place)
        return;
    for (uint8_t v = 0; place && v < task->config.view_count; v++) {
        const struct gsi_comment *comment = gsi_comments_get(task->input[input].comments, place);
        uint32_t entity = gsi_entry_comment_entity(task, v, comment);
        if (entity != GS_ENTITY_NONE)
            write_name(task, entity);
    }
    gsi_entry_comment(task, input, id, place, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_COMMENT, !place);
}

static void write_influencer(struct gs_task *task, const struct gs_profiles_entry *entry)
{
    uint32_t written = gsi_entry_influencer(entry, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_INFLUENCER, false);
    while (written < entry->version_count) {
        written = gsi_entry_versions(entry, written, &task->cut->bytes);
        add_entry(task, GSI_ENTRY_VERSIONS, false);
    }
}

static void write_ids(struct gs_task *task, uint8_t input, struct gs_dedupe_mark *mark)
{
    struct gs_dedupe_piece piece;
    while (gs_dedupe_next(task->input[input].dedupe, mark, &piece)) {
        gsi_entry_ids(input, &piece, &task->cut->bytes);
        add_entry(task, GSI_ENTRY_IDS, false);
    }
}

/* ------------------------------------------------------------------ what changed */

/* Room for one more in an array that is used again for every cut. */
static void *grow(void *array, uint32_t count, uint32_t *capacity, size_t bytes)
{
    if (count < *capacity)
        return array;
    *capacity = GS_MAX(1024u, *capacity * 2);
    return gs_realloc(array, *capacity * bytes);
}

static void take_pane(void *user, const struct gs_window_entry *entry)
{
    struct gs_task *task = user;
    struct noted *noted = &task->cut->noted;
    noted->panes =
        grow(noted->panes, noted->pane_count, &noted->pane_capacity, sizeof *noted->panes);
    noted->panes[noted->pane_count++] = (struct place){entry->entity, entry->level, entry->index};
    write_pane(task, entry);
}

static void take_posts(struct gs_task *task, uint8_t input)
{
    struct noted *noted = &task->cut->noted;
    struct gsi_post_entry entry;
    while (gsi_posts_next_change(task->input[input].posts, &entry)) {
        noted->posts =
            grow(noted->posts, noted->post_count, &noted->post_capacity, sizeof *noted->posts);
        noted->posts[noted->post_count++] = (struct noted_id){input, entry.id};
        write_post(task, input, &entry);
    }
}

static void take_comments(struct gs_task *task, uint8_t i)
{
    struct noted *noted = &task->cut->noted;
    const struct gsi_input *input = &task->input[i];
    uint32_t place;
    struct gs_hash128 id;
    while (gsi_comments_next_change(input->comments, input->h_ms, &id, &place)) {
        noted->comments = grow(noted->comments, noted->comment_count, &noted->comment_capacity,
                               sizeof *noted->comments);
        noted->comments[noted->comment_count++] = (struct noted_id){i, id};
        write_comment(task, i, id, place);
    }
    gsi_entry_comments(task, i, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_COMMENTS, false);
}

static void take_influencers(struct gs_task *task)
{
    struct noted *noted = &task->cut->noted;
    struct gs_profiles_entry entry;
    while (gs_profiles_next_change(task->profiles, &entry)) {
        noted->influencers = grow(noted->influencers, noted->influencer_count,
                                  &noted->influencer_capacity, sizeof *noted->influencers);
        noted->influencers[noted->influencer_count++] = entry.influencer;
        write_influencer(task, &entry);
    }
}

static void take_ids(struct gs_task *task, uint8_t input)
{
    struct gs_dedupe_state state;
    write_ids(task, input, &task->cut->ids[input]);
    gs_dedupe_state(task->input[input].dedupe, &state);
    gsi_entry_ids_state(input, &state, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_IDS_STATE, false);
}

static void take_sightings(struct gs_task *task, uint8_t input)
{
    uint64_t budget = UINT64_MAX;
    gsi_cut_sightings(task, input, &task->cut->sightings[input], &budget);
    gsi_cut_sightings_state(task, input);
}

static void take_changes(struct gs_task *task)
{
    take_influencers(task);
    gsi_entry_profiles(task, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_PROFILES, false);
    gsi_entry_flaws(task, &task->cut->bytes);
    add_entry(task, GSI_ENTRY_FLAWS, false);
    gs_window_take_changes(task->window, take_pane, task);
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        if (task->input[i].posts)
            take_posts(task, i);
        if (task->input[i].comments)
            take_comments(task, i);
        if (task->input[i].dedupe)
            take_ids(task, i);
        if (task->input[i].copies)
            take_sightings(task, i);
    }
}

static void list_again(struct gs_task *task)
{
    const struct noted *noted = &task->cut->noted;
    for (uint32_t i = 0; i < noted->pane_count; i++)
        gs_window_change(task->window, noted->panes[i].entity, noted->panes[i].level,
                         noted->panes[i].index);
    for (uint32_t i = 0; i < noted->post_count; i++)
        gsi_posts_change(task->input[noted->posts[i].input].posts, noted->posts[i].id);
    for (uint32_t i = 0; i < noted->comment_count; i++)
        gsi_comments_list(task->input[noted->comments[i].input].comments, noted->comments[i].id);
    for (uint32_t i = 0; i < noted->influencer_count; i++)
        gs_profiles_change(task->profiles, noted->influencers[i]);
}

/* ------------------------------------------------------------------ the cycle */

static bool pass_entities(struct gs_task *task, struct cursor *cycle, uint64_t *budget)
{
    while (*budget && cycle->entity != GS_ENTITY_NONE) {
        cycle->entity = gs_window_next_entity(task->window, cycle->entity);
        if (cycle->entity == GS_ENTITY_NONE)
            break;
        uint64_t before = task->cut_stats.entries;
        gs_window_for_each_pane(task->window, cycle->entity++, write_pane, task);
        *budget -= GS_MIN(*budget, 1 + task->cut_stats.entries - before);
    }
    return cycle->entity == GS_ENTITY_NONE;
}

static bool pass_input(struct gs_task *task, struct cursor *cycle, uint64_t *budget)
{
    const struct gsi_input *input = &task->input[cycle->input];
    struct gsi_post_entry entry;
    while (*budget && input->posts && gsi_posts_at(input->posts, &cycle->post, &entry)) {
        write_post(task, cycle->input, &entry);
        --*budget;
    }
    while (*budget && input->comments &&
           gsi_comments_next(input->comments, &cycle->comment, input->h_ms)) {
        write_comment(task, cycle->input, gsi_comments_get(input->comments, cycle->comment)->id,
                      cycle->comment);
        --*budget;
    }
    if (input->copies && !gsi_cut_sightings(task, cycle->input, &cycle->sightings, budget))
        return false;
    if (!*budget)
        return false;
    if (input->dedupe)
        write_ids(task, cycle->input, &(struct gs_dedupe_mark){0, 0});
    return true;
}

static void next_input(struct cursor *cycle)
{
    cycle->input++;
    cycle->post = cycle->comment = 0;
    cycle->sightings = (struct gsi_sightings_marks){0};
}

static void pass(struct gs_task *task, struct cursor *cycle, uint64_t budget)
{
    struct gs_profiles_entry entry;
    if (!pass_entities(task, cycle, &budget))
        return;
    for (; cycle->input < task->config.input_count; next_input(cycle))
        if (!pass_input(task, cycle, &budget))
            return;
    while (budget && gs_profiles_entry_at(task->profiles, &cycle->influencer, &entry)) {
        write_influencer(task, &entry);
        budget--;
    }
    cycle->done = budget > 0;
}

/* How much of all that lives goes with this cut: the share that belongs to the time since the last
 * one; as much as has changed, once twice as much was written in this cycle as lives. So what is to
 * be read at a restart is a few times what lives, however fast it changes. */
static uint64_t share(const struct gs_task *task, int64_t cycle_ms, int64_t elapsed_ms,
                      uint64_t changes)
{
    uint64_t all = gs_window_stats(task->window).panes + gs_window_stats(task->window).entities +
                   gs_profiles_stats(task->profiles).influencers + 1;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        all += (task->input[i].posts ? gsi_posts_live(task->input[i].posts) : 0) +
               gsi_comments_count(task->input[i].comments) +
               gsi_cut_sightings_count(&task->input[i]);
    uint64_t by_time = all * (uint64_t)GS_MIN(elapsed_ms, cycle_ms) / (uint64_t)cycle_ms + 1;
    return task->cut->cycle_entries > 2 * all ? GS_MAX(by_time, changes) : by_time;
}

/* ------------------------------------------------------------------ a cut */

void gs_task_cut_whole(struct gs_task *task)
{
    task->cut->whole = true;
}

bool gs_task_cut_is_due(const struct gs_task *task, int64_t interval_ms, int64_t now_ms)
{
    enum { ENTRY_BYTES = 48 };
    const struct gsi_cut *cut = task->cut;
    if (!cut || cut->under_way)
        return false;
    if (cut->whole)
        return true;
    size_t changes = gs_window_changes(task->window) + gs_profiles_changes(task->profiles);
    for (uint8_t i = 0; i < task->config.input_count; i++)
        changes += (task->input[i].posts ? gsi_posts_changes(task->input[i].posts) : 0) +
                   gsi_comments_changes(task->input[i].comments);
    return now_ms - cut->begun_ms >= interval_ms || changes * ENTRY_BYTES >= GS_TASK_CUT_BYTES;
}

bool gs_task_cut_carry(struct gs_task *task, int64_t now_ms)
{
    enum { SLICE = 2048 };
    return gs_window_carry(task->window, SLICE, now_ms) == 0;
}

static void fill_barrier(const struct gs_task *task, const struct gs_task_log *logs,
                         struct gs_cut_barrier *barrier)
{
    barrier->input_count = task->config.input_count;
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gsi_input *input = &task->input[i];
        barrier->inputs[i] = (struct gs_cut_input){
            .offset = input->next,
            .leader_epoch = logs[i].leader_epoch,
            .topic = logs[i].topic,
            .clock_ms = input->h_ms,
            .record_ms = input->r_ms,
            .short_offset = input->next,
        };
    }
    barrier->as_of_ms = task->as_of_ms;
    barrier->meaning = gs_task_meaning(&task->config);
    gs_cut_chain_lineage(task->cut->chain, &barrier->lineage);
}

uint32_t gs_task_cut(struct gs_task *task, const struct gs_task_log *logs, int64_t cycle_ms,
                     int64_t now_ms)
{
    struct gsi_cut *cut = task->cut;
    GS_ASSERT(cut && !cut->under_way);
    bool whole = cut->whole || gs_cut_chain_is_full(cut->chain);
    struct gs_cut_header header = {.layout = gs_task_layout(&task->config),
                                   .incarnation = cut->incarnation,
                                   .cut = gs_cut_chain_begin(cut->chain, whole)};
    /* A pane that waits to be carried would look as if it had expired. */
    gs_window_carry(task->window, SIZE_MAX, now_ms);
    struct noted *noted = &cut->noted;
    noted->pane_count = noted->post_count = noted->comment_count = noted->influencer_count = 0;
    memcpy(cut->ids_before, cut->ids, sizeof cut->ids);
    memcpy(cut->sightings_before, cut->sightings, sizeof cut->sightings);
    cut->cycle_before = cut->cycle;
    gs_cut_writer_begin(cut->writer);
    uint64_t before = task->cut_stats.entries;
    if (whole) {
        cut->cycle = (struct cursor){0};
        gs_window_forget_names(task->window);
    }
    take_changes(task);
    uint64_t changes = task->cut_stats.entries - before;
    pass(task, &cut->cycle,
         whole ? UINT64_MAX : share(task, cycle_ms, now_ms - cut->begun_ms, changes));
    cut->cycle_entries += task->cut_stats.entries - before;
    fill_barrier(task, logs, &cut->barrier);
    cut->begun_ms = now_ms;
    cut->under_way = true;
    task->flush.clean_wanted = true;
    cut->whole_under_way = whole;
    cut->whole = false;
    return gs_cut_writer_finish(cut->writer, &header, &cut->barrier);
}

struct gs_str gs_task_cut_record(const struct gs_task *task, uint32_t part)
{
    return gs_cut_writer_record(task->cut->writer, part);
}

void gs_task_cut_acked(struct gs_task *task)
{
    struct gsi_cut *cut = task->cut;
    GS_ASSERT(cut->under_way);
    cut->under_way = false;
    gs_cut_chain_acked(cut->chain);
    task->cut_stats.cuts++;
    if (!cut->cycle.done && !GS_ABLATED(CYCLE_EARLY))
        return;
    gs_cut_chain_cycle_done(cut->chain);
    cut->cycle = (struct cursor){0};
    cut->cycle_entries = 0;
    if (!GS_ABLATED(CYCLE_NAMES))
        gs_window_forget_names(task->window);
    task->cut_stats.cycles++;
}

void gs_task_cut_failed(struct gs_task *task)
{
    struct gsi_cut *cut = task->cut;
    GS_ASSERT(cut->under_way);
    cut->under_way = false;
    gs_cut_chain_failed(cut->chain);
    if (!GS_ABLATED(FAILED_CUT))
        list_again(task);
    if (!GS_ABLATED(FAILED_NAMES))
        gs_window_forget_names(task->window);
    cut->whole |= cut->whole_under_way;
    memcpy(cut->ids, cut->ids_before, sizeof cut->ids);
    if (!GS_ABLATED(SIGHTINGS_FAILED))
        memcpy(cut->sightings, cut->sightings_before, sizeof cut->sightings);
    if (!GS_ABLATED(CYCLE_UNACKED))
        cut->cycle = cut->cycle_before;
    task->cut_stats.failed++;
}

/* What is listed as changed stays so. The cycle begins anew, since none of the cuts that it was
 * written with are the new incarnation's. */
void gsi_cut_take_up(struct gs_task *task)
{
    struct gsi_cut *cut = task->cut;
    if (!cut)
        return;
    if (cut->under_way)
        gs_task_cut_failed(task);
    struct gs_cut_lineage *lineage = gs_alloc(sizeof *lineage);
    gs_cut_chain_lineage(cut->chain, lineage);
    gs_cut_chain_destroy(cut->chain);
    cut->incarnation = read_id(task->config.incarnation);
    cut->chain = gs_cut_chain_create(lineage, cut->incarnation);
    cut->cycle = (struct cursor){0};
    cut->begun_ms = task->now_ms;
    gs_window_forget_names(task->window);
    gs_free(lineage);
}

void gs_task_cut_stats(const struct gs_task *task, struct gs_task_cut_stats *stats)
{
    *stats = task->cut_stats;
}
