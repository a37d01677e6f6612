/* fold.c -- a batch of one input's records in four passes, so that the memory that the next pass
 * needs is on its way while this one works:
 *
 *   prepare   gate, hashes, rules    → prefetch the short memories and the influencers
 *   decide    N, H, disposition      → join the profile, compose the keys, prefetch their slots
 *   score     the comments' texts    (the lexicon stays in the caches)
 *   apply     class, deltas          → add to the pane of the event's own time, once per view;
 *                                      entities and panes are prefetched some rows ahead
 *
 * A record's effect depends on its own input's prefix only (the profile join reads a prefix that
 * the gate has made sure of), so neither the batch size nor the interleaving of inputs can be seen.
 */
#include "internal.h"

#define PASS __attribute__((noinline)) /* a loop that has the registers for itself */

/* ------------------------------------------------------------------ prepare */

/* Few records need their profile for more than the first sight of an entity. */
static bool needs_profile(const struct gs_task *task, const struct gs_event *event)
{
    return task->joins || (event->kind == GS_KIND_POST && event->post.followers != GS_NULL_INT);
}

static PASS void fetch_profiles(const struct gs_task *task, const struct gs_task_record *records,
                                uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!records[i].bad && needs_profile(task, &records[i].event))
            gs_profiles_prefetch_record(task->profiles, task->rows[i].influencer_hash);
    for (uint32_t i = 0; i < count; i++)
        if (!records[i].bad && needs_profile(task, &records[i].event))
            gs_profiles_prefetch_versions(task->profiles, task->rows[i].influencer_hash);
}

/* Null unless the record is a comment, or a reaction to one. */
static struct gs_str comment_id_of(const struct gs_event *event)
{
    if (event->kind == GS_KIND_COMMENT)
        return event->comment.comment_id;
    return event->kind == GS_KIND_REACTION ? event->reaction.comment_id : (struct gs_str){0};
}

/* How many records may be folded now; the rest waits for the profiles. */
static PASS uint32_t prepare(struct gs_task *task, struct gsi_input *input,
                             struct gs_task_record *records, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct gs_event *event = &records[i].event;
        struct gsi_row *row = &task->rows[i];
        row->record_ms = GS_MIN(GS_MAX(event->record_ms, 0), GS_TIME_MS_MAX);
        if (!gsi_task_gate_open(task, row->record_ms)) {
            input->waiting = true;
            input->waiting_record_ms = row->record_ms;
            count = i;
            break;
        }
        if (records[i].bad || event->kind == GS_KIND_PROFILE)
            continue;
        row->event_hash = gs_hash128(event->event_id.data, event->event_id.len);
        row->influencer_hash = gs_profiles_hash(task->profiles, event->influencer_id);
        gs_dedupe_prefetch(input->dedupe, row->event_hash);
        struct gs_str comment_id = comment_id_of(event);
        if (comment_id.data) {
            row->comment_id = gs_hash128(comment_id.data, comment_id.len);
            gsi_comments_prefetch(input->comments, row->comment_id);
        }
        if (event->kind == GS_KIND_POST) {
            row->post_id = gsi_posts_hash(event->post_id);
            gsi_posts_prefetch(input->posts, row->post_id);
        }
        if (needs_profile(task, event))
            gs_profiles_prefetch(task->profiles, row->influencer_hash);
    }
    fetch_profiles(task, records, count);
    if (task->config.rules)
        gsi_verdicts_read(task, input, records, count);
    return count;
}

/* ------------------------------------------------------------------ decide */

/* False: below N, so it was delivered twice and has been counted. */
static bool take_offset(struct gsi_input *input, struct gs_task_record *record)
{
    int64_t offset = record->event.offset;
    record->repeated = offset < input->next && !GS_ABLATED(DUPLICATE_DELIVERY);
    if (record->repeated) {
        input->stats.repeated++;
        return false;
    }
    input->stats.offset_holes += (uint64_t)(offset - input->next);
    input->next = GS_MAX(input->next, offset + 1);
    input->at_end = false;
    return true;
}

static bool is_late_for(const struct gs_window_size *size, int64_t t_ms, int64_t h_ms)
{
    return t_ms / size->pane_ms <= h_ms / size->pane_ms - size->window_ms / size->pane_ms;
}

/* Late for the longest window. */
static bool is_too_late(const struct gs_task *task, const struct gsi_row *row)
{
    return row->h_ms - row->t_ms > task->never_late_ms &&
           is_late_for(&task->config.windows[task->config.window_count - 1], row->t_ms, row->h_ms);
}

/* Kinds and actions that nothing counts. */
static bool is_ignored(const struct gs_event *event)
{
    switch ((enum gs_kind)event->kind) {
    case GS_KIND_POST:
        return event->action == GS_ACTION_UNKNOWN;
    case GS_KIND_COMMENT:
        return event->action == GS_ACTION_UNKNOWN || event->action == GS_ACTION_PUBLISHED;
    case GS_KIND_REACTION:
        return event->reaction.op == GS_OP_UNKNOWN ||
               event->reaction.reaction == GS_REACTION_UNKNOWN;
    case GS_KIND_PROFILE:
    case GS_KIND_COUNT:
        break;
    }
    return true;
}

static enum gs_disposition judge(struct gs_task *task, struct gsi_input *input,
                                 const struct gs_event *event, struct gsi_row *row)
{
    row->t_ms = GS_MIN(event->event_ms, row->record_ms);
    if (row->t_ms > input->h_ms) {
        input->h_ms = row->t_ms;
        input->r_ms = row->record_ms;
    }
    row->h_ms = GS_ABLATED(MEMORY_AS_OF) ? GS_MAX(task->as_of_ms, input->h_ms) : input->h_ms;
    if (event->kind != GS_KIND_PROFILE &&
        gs_dedupe_seen(input->dedupe, row->event_hash, input->h_ms))
        return GS_DUPLICATE;
    if (is_too_late(task, row))
        return GS_TOO_LATE;
    if (is_ignored(event))
        return GS_IGNORED;
    if (task->config.rules && gsi_is_creation(event))
        gsi_verdict_take(task, input, event, row);
    return comment_id_of(event).data ? gsi_comments_take(task, input, event, row) : GS_PROCESSED;
}

static void count_record(struct gsi_input *input, const struct gs_task_record *record,
                         const struct gsi_row *row)
{
    const struct gs_event *event = &record->event;
    input->stats.disposition[record->disposition]++;
    if (record->disposition == GS_BAD) {
        input->stats.bad[record->bad]++;
        return;
    }
    input->stats.unknown_symbols += event->unknown_symbols;
    if (record->disposition == GS_IGNORED)
        input->stats.ignored[event->kind][event->action]++;
    if (record->disposition == GS_PROCESSED && event->event_ms > row->record_ms)
        input->stats.clamped++;
}

static uint32_t find_influencer(struct gs_task *task, const struct gs_event *event,
                                const struct gsi_row *row)
{
    return gs_profiles_find(task->profiles, event->influencer_id, row->influencer_hash);
}

static void join_profile(struct gs_task *task, const struct gs_event *event, struct gsi_row *row)
{
    row->campaign_id = event->campaign_id;
    if (row->campaign_id.data)
        return;
    const struct gs_profile *profile =
        gs_profiles_at(task->profiles, find_influencer(task, event, row),
                       row->record_ms - task->config.profiles_delay_ms);
    if (profile)
        row->campaign_id = gs_profile_campaign(profile, row->t_ms);
}

/* Whether likes, views and the like of single reactions count, or those of the posts' snapshots. */
static bool counts_reaction(const struct gs_task *task, const struct gs_event *event)
{
    return task->config.engagement == GS_ENGAGEMENT_REACTIONS ||
           event->reaction.reaction == GS_REACTION_CONVERSION;
}

/* What is known of a comment already changes in no entity of the record's own. */
static bool adds_by_kind(const struct gs_task *task, const struct gs_event *event)
{
    if (event->kind == GS_KIND_COMMENT)
        return event->action == GS_ACTION_CREATED;
    if (event->kind == GS_KIND_REACTION)
        return !event->reaction.comment_id.data && counts_reaction(task, event);
    return true;
}

/* Known before anything is looked up for it. */
static bool adds_nothing(const struct gs_task *task, const struct gs_event *event,
                         const struct gsi_row *row)
{
    return !adds_by_kind(task, event) && event->event_ms <= row->record_ms &&
           row->h_ms - row->t_ms <= task->never_late_ms;
}

static PASS void decide(struct gs_task *task, struct gsi_input *input,
                        struct gs_task_record *records, uint32_t count)
{
    task->key_bytes.len = 0;
    task->late_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct gs_task_record *record = &records[i];
        struct gsi_row *row = &task->rows[i];
        row->applied = false;
        row->comment = NULL;
        row->late_count = 0;
        if (!take_offset(input, record))
            continue;
        record->disposition = record->bad ? GS_BAD : judge(task, input, &record->event, row);
        count_record(input, record, row);
        row->applied =
            record->disposition == GS_PROCESSED && !adds_nothing(task, &record->event, row);
        if (!row->applied)
            continue;
        if (task->joins)
            join_profile(task, &record->event, row);
        gsi_keys_make(task, &record->event, i);
    }
}

static void fetch_entities(struct gs_task *task, const struct gsi_input *input,
                           const struct gs_event *event, struct gsi_row *row)
{
    if (!row->applied)
        return;
    if (event->kind == GS_KIND_POST)
        gsi_posts_prefetch_post(input->posts, row->post_id);
    for (uint8_t v = 0; v < task->config.view_count; v++)
        row->probable[v] = row->key[v].data
                               ? gs_window_prefetch_entity(task->window, v, row->key_hash[v])
                               : GS_ENTITY_NONE;
}

static void fetch_panes(struct gs_task *task, const struct gs_event *event,
                        const struct gsi_row *row)
{
    bool spreads = event->kind == GS_KIND_POST;
    if (!row->applied)
        return;
    for (uint8_t v = 0; v < task->config.view_count; v++)
        if (row->probable[v] != GS_ENTITY_NONE)
            gs_window_prefetch_panes(task->window, row->probable[v], row->t_ms, spreads);
}

/* ------------------------------------------------------------------ apply */

/* All one after the other, so that the scorer and its lexicon stay in the caches. */
static PASS void score(struct gs_task *task, const struct gs_task_record *records, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (task->rows[i].applied && gsi_is_creation(&records[i].event))
            task->rows[i].tone = gsi_comments_tone(task, &records[i].event, &task->rows[i]);
}

static void take_reaction(const struct gs_task *task, const struct gs_event *event,
                          struct gs_delta *delta)
{
    static const enum gs_counter counters[GS_REACTION_COUNT] = {
        [GS_REACTION_LIKE] = GS_C_LIKES,   [GS_REACTION_DISLIKE] = GS_C_DISLIKES,
        [GS_REACTION_SHARE] = GS_C_SHARES, [GS_REACTION_QUOTE] = GS_C_SHARES,
        [GS_REACTION_SAVE] = GS_C_SAVES,   [GS_REACTION_CLICK] = GS_C_CLICKS,
        [GS_REACTION_VIEW] = GS_C_VIEWS,   [GS_REACTION_CONVERSION] = GS_C_CONVERSIONS,
    };
    int64_t sign = event->reaction.op == GS_OP_REMOVE ? -1 : 1;
    bool conversion = event->reaction.reaction == GS_REACTION_CONVERSION;
    if (!adds_by_kind(task, event))
        return;
    if (event->reaction.count)
        gs_delta_add(delta, counters[event->reaction.reaction], sign * event->reaction.count);
    if (conversion && event->reaction.value_micros != GS_NULL_INT && event->reaction.value_micros)
        gs_delta_add(delta, GS_C_VALUE_MICROS, sign * event->reaction.value_micros);
}

static void take_post(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                      const struct gsi_row *row, struct gsi_effect *effect)
{
    if (!input->posts) {
        input->posts = gsi_posts_create(GS_TASK_POSTS_MAX);
        gsi_cut_watch_posts(task, input->posts);
    }
    gsi_posts_take(task, input, event, row, effect);
    if (event->post.followers == GS_NULL_INT)
        return;
    uint32_t influencer = find_influencer(task, event, row);
    int64_t horizon_ms = gsi_task_posts_horizon_ms(task);
    int64_t shown = gs_profiles_followers(task->profiles, influencer, horizon_ms);
    gs_profiles_set_post_followers(task->profiles, influencer, row->t_ms, event->post.followers);
    if (gs_profiles_followers(task->profiles, influencer, horizon_ms) != shown)
        gs_window_mark_influencer(task->window, influencer, task->now_ms);
}

/* The windows for which the record comes too late, each counted in the pane of H. */
static void count_late(const struct gs_task *task, const struct gsi_row *row, struct gs_delta *late)
{
    if (GS_LIKELY(row->h_ms - row->t_ms <= task->never_late_ms))
        return;
    for (uint8_t i = 0; i < task->config.window_count; i++)
        if (is_late_for(&task->config.windows[i], row->t_ms, row->h_ms))
            gs_delta_add(late, (enum gs_counter)(GS_C_LATE_0 + i), 1);
}

/* An entity holds its influencer from its birth on. */
static uint32_t meet(struct gs_task *task, const struct gs_event *event, const struct gsi_row *row,
                     uint8_t v)
{
    uint32_t entity = gs_window_entity(task->window, v, row->key[v], row->key_hash[v],
                                       find_influencer(task, event, row));
    if (entity == GS_ENTITY_NONE)
        task->stats.entities_refused++;
    else
        gs_profiles_hold(task->profiles, gs_window_influencer(task->window, entity));
    return entity;
}

/* Adds all but the growths; returns the view's entity, if the record has one there. */
static uint32_t add_to_view(struct gs_task *task, const struct gs_event *event,
                            const struct gsi_row *row, uint8_t v, const struct gsi_effect *effect)
{
    bool hides = GS_UNLIKELY(effect->hides) && gsi_task_view_has(task, v, GS_KEY_POST);
    if (!row->key[v].data || (GS_UNLIKELY(effect->nothing) && !hides))
        return GS_ENTITY_NONE;
    uint32_t entity = row->probable[v];
    if (entity == GS_ENTITY_NONE || !gs_window_is(task->window, entity, v, row->key[v]))
        entity = meet(task, event, row, v);
    if (entity == GS_ENTITY_NONE)
        return entity;
    if (effect->delta.mask)
        gs_window_add(task->window, entity, row->t_ms, &effect->delta, task->now_ms);
    if (effect->late.mask)
        gs_window_add(task->window, entity, row->h_ms, &effect->late, task->now_ms);
    if (hides)
        for (uint8_t level = 0; level < task->config.window_count; level++)
            gs_window_mark(task->window, entity, level, task->now_ms);
    return entity;
}

/* Views with the same levels share the work. */
static void add_growths(struct gs_task *task, uint32_t *entities, const struct gsi_effect *effect)
{
    for (uint8_t v = 0; v < task->config.view_count; v++) {
        uint32_t alike[GS_VIEWS_MAX];
        uint32_t count = 0;
        for (uint8_t w = v; w < task->config.view_count; w++) {
            if (entities[w] == GS_ENTITY_NONE ||
                task->config.views[w].levels != task->config.views[v].levels)
                continue;
            alike[count++] = entities[w];
            entities[w] = GS_ENTITY_NONE;
        }
        for (uint32_t g = 0; count && g < effect->growths; g++)
            gs_window_spread(task->window, alike, count, &effect->growth[g], task->now_ms);
    }
}

static void apply(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                  const struct gsi_row *row)
{
    struct gsi_effect effect;
    effect.delta.mask = 0;
    effect.late.mask = 0;
    effect.growths = 0;
    bool creation = gsi_is_creation(event);
    if (creation)
        gsi_comments_add(row, &effect.delta);
    else if (event->kind == GS_KIND_REACTION)
        take_reaction(task, event, &effect.delta);
    else if (event->kind == GS_KIND_POST)
        take_post(task, input, event, row, &effect);
    if (event->event_ms > row->record_ms)
        gs_delta_add(&effect.delta, GS_C_CLAMPED, 1);
    count_late(task, row, &effect.late);
    effect.hides = event->kind == GS_KIND_POST && event->action == GS_ACTION_DELETED;
    effect.nothing = !effect.delta.mask && !effect.late.mask && !effect.growths;
    uint32_t own[GS_VIEWS_MAX];
    uint32_t *entities = creation && row->comment ? row->comment->entity : own;
    for (uint8_t v = 0; v < task->config.view_count; v++)
        entities[v] = add_to_view(task, event, row, v, &effect);
    if (effect.growths)
        add_growths(task, entities, &effect);
}

static void add_row(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                    const struct gsi_row *row)
{
    if (GS_UNLIKELY(row->late_count))
        gsi_verdict_retract(task, row);
    if (row->comment && event->action != GS_ACTION_CREATED)
        gsi_comments_change(task, event, row);
    if (row->applied)
        apply(task, input, event, row);
}

/* The memory of each is fetched a few rows before it, so that it is near and not yet displaced by
 * that of others. */
static PASS void add_rows(struct gs_task *task, struct gsi_input *input,
                          const struct gs_task_record *records, uint32_t count)
{
    enum { ENTITIES_AHEAD = 16, PANES_AHEAD = 8 };
    for (uint32_t i = 0; i < count + ENTITIES_AHEAD; i++) {
        if (i < count)
            fetch_entities(task, input, &records[i].event, &task->rows[i]);
        if (i >= PANES_AHEAD && i - PANES_AHEAD < count)
            fetch_panes(task, &records[i - PANES_AHEAD].event, &task->rows[i - PANES_AHEAD]);
        if (i >= ENTITIES_AHEAD)
            add_row(task, input, &records[i - ENTITIES_AHEAD].event,
                    &task->rows[i - ENTITIES_AHEAD]);
    }
}

static uint32_t fold_events(struct gs_task *task, struct gsi_input *input,
                            struct gs_task_record *records, uint32_t count)
{
    gsi_comments_reclaim(input->comments, count);
    count = prepare(task, input, records, count);
    decide(task, input, records, count);
    gsi_task_raise(task, input->h_ms);
    if (GS_UNLIKELY(input->gap) && count) {
        task->gap_ms = GS_MAX(task->gap_ms, input->h_ms);
        input->gap = false;
    }
    score(task, records, count);
    add_rows(task, input, records, count);
    return count;
}

/* ------------------------------------------------------------------ profiles */

/* A profile may change what the influencer's cells show; it moves no clock and is in no sum. */
static uint32_t fold_profiles(struct gs_task *task, struct gsi_input *input,
                              struct gs_task_record *records, uint32_t count,
                              const struct gs_campaign_pool *pool)
{
    for (uint32_t i = 0; i < count; i++) {
        struct gs_task_record *record = &records[i];
        const struct gs_event *event = &record->event;
        if (!take_offset(input, record))
            continue;
        record->disposition = record->bad                      ? GS_BAD
                              : event->kind != GS_KIND_PROFILE ? GS_IGNORED
                                                               : GS_PROCESSED;
        input->stats.disposition[record->disposition]++;
        if (record->bad)
            input->stats.bad[record->bad]++;
        else if (record->disposition == GS_IGNORED)
            input->stats.ignored[event->kind][event->action]++;
        if (record->disposition != GS_PROCESSED) {
            gs_profiles_pass(task->profiles, event->record_ms);
            continue;
        }
        uint32_t influencer =
            gs_profiles_add(task->profiles, event, pool, gsi_task_settled_ms(task));
        gs_window_mark_influencer(task->window, influencer, task->now_ms);
    }
    gsi_task_gate_check(task);
    return count;
}

uint32_t gs_task_fold(struct gs_task *task, uint8_t input, struct gs_task_record *records,
                      uint32_t count, const struct gs_campaign_pool *pool)
{
    GS_ASSERT(input < task->config.input_count && count <= GS_TASK_BATCH_MAX);
    task->moved |= count > 0;
    if (task->config.inputs[input].profiles)
        return fold_profiles(task, &task->input[input], records, count, pool);
    return fold_events(task, &task->input[input], records, count);
}
