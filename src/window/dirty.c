/* dirty.c -- which cells are to be written, and when.
 *
 * Per class and level the delay is constant, so a queue in order of arrival is one in order of
 * deadlines, and the earliest of all is at one of a dozen heads. A queue's entry is only a hint:
 * whether a cell is dirty stands in the entity. So nothing is ever searched in a queue, and a cell
 * has at most one entry per kind of queue:
 *
 *            marked                 taken               written
 *   clean ───────────► dirty ───────────────► in flight ───────► clean, or forgotten
 *                        ▲  queued               │ │
 *                        └───────────────────────┘ └─ marked: dirty and in flight; when its turn
 *                          failed: at once due        comes before it landed, it waits for that */
#include "internal.h"

/* ------------------------------------------------------------------ marking */

static void push(struct gs_window *window, int class, uint8_t level, uint32_t entity)
{
    window->turn.known = false;
    gsi_chain_push_due(&window->blocks, &window->queue[class][level],
                       (struct gsi_due){entity, (uint32_t)window->now_ms});
}

void gsi_mark_levels(struct gs_window *window, uint32_t index, uint32_t levels, uint8_t also)
{
    struct gsi_entity *entity = gsi_entity_at(window, index);
    for (levels &= window->view[entity->view].levels; levels; levels &= levels - 1) {
        uint8_t level = (uint8_t)__builtin_ctz(levels);
        uint8_t *cell = &entity->cell[level];
        *cell |= also;
        if (*cell & GSI_DIRTY)
            continue;
        window->dirty++;
        if (!(*cell & GSI_QUEUED))
            push(window, *cell & GSI_TAKEN ? GSI_CLASS_SLOW : GSI_CLASS_FIRST, level, index);
        *cell |= GSI_DIRTY | GSI_QUEUED;
    }
}

void gs_window_mark(struct gs_window *window, uint32_t entity, uint8_t level, int64_t now_ms)
{
    GS_ASSERT(gsi_entity_at(window, entity)->flags & GSI_LIVE && level < GS_LEVELS_MAX);
    gsi_see_now(window, now_ms);
    gsi_mark_levels(window, entity, 1u << level, GSI_FORCED);
}

void gs_window_mark_influencer(struct gs_window *window, uint32_t influencer, int64_t now_ms)
{
    gsi_see_now(window, now_ms);
    if (influencer >= window->influencer_capacity)
        return;
    uint32_t at = window->influencers[influencer];
    while (at != GS_ENTITY_NONE) {
        const struct gsi_entity *entity = gsi_entity_at(window, at);
        uint32_t all = window->view[entity->view].dirty_from[0];
        for (uint8_t level = 0; level < window->level_count; level++)
            if ((entity->cells & all) != all && gsi_has_content(window, entity, level))
                gsi_mark_levels(window, at, 1u << level, 0);
        at = entity->next;
    }
}

void gs_window_set_hidden(struct gs_window *window, uint32_t index, bool hidden, int64_t now_ms)
{
    struct gsi_entity *entity = gsi_entity_at(window, index);
    GS_ASSERT(entity->flags & GSI_LIVE);
    gsi_see_now(window, now_ms);
    if (hidden == (bool)(entity->flags & GSI_HIDDEN))
        return;
    entity->flags ^= GSI_HIDDEN;
    gsi_mark_levels(window, index, UINT32_MAX, GSI_FORCED);
}

void gs_window_set_urgent(struct gs_window *window, bool urgent)
{
    window->turn.known = false;
    window->urgent = urgent;
}

/* ------------------------------------------------------------------ taking */

static bool is_wanted(const struct gs_window *window, const struct gsi_entity *entity,
                      uint8_t level)
{
    return entity->cell[level] & (GSI_TAKEN | GSI_FORCED) || entity->flags & GSI_HIDDEN ||
           gsi_has_content(window, entity, level);
}

/* From here on something may stand in Redis, whatever becomes of the write. */
static bool take(struct gs_window *window, uint32_t index, uint8_t level, struct gs_cell_ref *out)
{
    struct gsi_entity *entity = gsi_entity_at(window, index);
    uint8_t *cell = &entity->cell[level];
    window->dirty -= *cell & GSI_DIRTY;
    *cell &= (uint8_t) ~(GSI_DIRTY | GSI_FORCED);
    *cell |= GSI_FLIGHT | GSI_TAKEN;
    *out = (struct gs_cell_ref){index, entity->view, level};
    return true;
}

/* When a cell is due that need not wait for its turn: it comes after those whose turn it is, or a
 * minute's worth of changes of long windows would hold up the short ones. */
static int64_t hurried(const struct gs_window *window, int64_t since_ms, uint8_t level)
{
    return GS_MAX(since_ms + window->delay_ms[GSI_CLASS_FIRST][level], window->now_ms);
}

static struct gsi_head earliest(const struct gs_window *window)
{
    struct gsi_head best = {.deadline_ms = INT64_MAX};
    int64_t now_ms = window->now_ms;
    int64_t swept_ms = window->sweep.active ? window->sweep.since_ms : INT64_MIN;
    for (int kind = 0; kind < GSI_CLASSES; kind++) {
        for (uint8_t level = 0; level < window->level_count; level++) {
            const struct gsi_block *block = window->queue[kind][level].head;
            if (!block)
                continue;
            int64_t since = now_ms - ((uint32_t)now_ms - block->due[block->first].since);
            bool before = since <= swept_ms;
            int64_t deadline = before ? since : since + window->delay_ms[kind][level];
            if (window->urgent)
                deadline = GS_MIN(deadline, hurried(window, since, level));
            if (GS_LIKELY(best.found && deadline >= best.deadline_ms))
                continue;
            best = (struct gsi_head){kind, level, true, before, deadline};
        }
    }
    return best;
}

/* As earliest(), which it asks only if its last answer may not hold any more. */
static struct gsi_head next_head(struct gs_window *window)
{
    struct gsi_turn *turn = &window->turn;
    const struct gsi_block *block = window->queue[turn->head.class][turn->head.level].head;
    bool same = turn->known && turn->now_ms == window->now_ms && !window->sweep.active;
    if (GS_LIKELY(same && block && block->due[block->first].since == turn->since))
        return turn->head;
    struct gsi_head head = earliest(window);
    turn->known = head.found && !window->sweep.active;
    if (!turn->known)
        return head;
    block = window->queue[head.class][head.level].head;
    *turn = (struct gsi_turn){true, block->due[block->first].since, window->now_ms, head};
    return head;
}

/* Removes the queue's oldest entry; true if it stands for a cell that can be taken. */
static bool pop(struct gs_window *window, const struct gsi_head *head, uint32_t *index)
{
    struct gsi_chain *queue = &window->queue[head->class][head->level];
    const struct gsi_block *block = queue->head;
    *index = block->due[block->first].entity;
    gsi_chain_pop(&window->blocks, queue);
    struct gsi_entity *entity = gsi_entity_at(window, *index);
    uint8_t *cell = &entity->cell[head->level];
    *cell &= (uint8_t) ~(head->class == GSI_CLASS_RETRY ? GSI_RETRY : GSI_QUEUED);
    if (*cell & GSI_DIRTY && *cell & GSI_FLIGHT)
        return false; /* queued again when it landed */
    if (*cell & GSI_DIRTY && is_wanted(window, entity, head->level))
        return true;
    window->dirty -= *cell & GSI_DIRTY;
    *cell &= (uint8_t)~GSI_DIRTY;
    gsi_entity_settle(window, *index);
    return false;
}

/* ------------------------------------------------------------------ sweep */

/* A dirty cell is left to its queue, but must then not be passed over for being empty. */
static bool sweep_wants(struct gs_window *window, uint32_t index, uint8_t level)
{
    struct gsi_entity *entity = gsi_entity_at(window, index);
    uint8_t *cell = &entity->cell[level];
    if (!(window->view[entity->view].levels >> level & 1))
        return false;
    if (!window->sweep.empties && !(entity->flags & GSI_HIDDEN) &&
        !gsi_has_content(window, entity, level))
        return false;
    if (*cell & GSI_FLIGHT)
        gsi_mark_levels(window, index, 1u << level, 0);
    if (*cell & GSI_DIRTY)
        *cell |= GSI_FORCED;
    return !(*cell & GSI_DIRTY);
}

/* Moves on to a cell that is to be taken. The sweep ends with the last one, not when the next is
 * asked for: who takes a cell learns at once whether it was the last. */
static void sweep_on(struct gs_window *window)
{
    struct gsi_sweep *sweep = &window->sweep;
    for (; sweep->entity < sweep->end; sweep->entity++, sweep->level = 0) {
        if (!(gsi_entity_at(window, sweep->entity)->flags & GSI_LIVE))
            continue;
        for (; sweep->level < window->level_count; sweep->level++)
            if (sweep_wants(window, sweep->entity, sweep->level))
                return;
    }
    sweep->active = false;
}

static bool sweep_take(struct gs_window *window, struct gs_cell_ref *out)
{
    struct gsi_sweep *sweep = &window->sweep;
    sweep_on(window); /* what it stood at may have changed */
    if (!sweep->active)
        return false;
    take(window, sweep->entity, sweep->level++, out);
    sweep->turn = false;
    sweep_on(window);
    return true;
}

bool gsi_sweep_expects(const struct gs_window *window, uint32_t entity)
{
    const struct gsi_sweep *sweep = &window->sweep;
    return sweep->active && sweep->empties && entity >= sweep->entity && entity < sweep->end;
}

void gs_window_mark_all(struct gs_window *window, int64_t now_ms, bool empties_too)
{
    gsi_see_now(window, now_ms);
    window->sweep = (struct gsi_sweep){
        .active = window->entity_end > 0,
        .empties = empties_too || (window->sweep.active && window->sweep.empties),
        .end = window->entity_end,
        .since_ms = window->now_ms,
    };
}

/* ------------------------------------------------------------------ replay */

void gs_window_replay(struct gs_window *window)
{
    window->replaying = true;
}

/* Another writer may have added the same while its clock stood elsewhere, so to other cells of the
 * entity too; and it may have written what has drained here before anything was written of it. */
static void mark_touched(struct gs_window *window, uint32_t index)
{
    const struct gsi_entity *entity = gsi_entity_at(window, index);
    if (entity->flags & GSI_LIVE && entity->cells & window->view[entity->view].dirty_from[0])
        gsi_mark_levels(window, index, UINT32_MAX, GSI_FORCED);
}

void gs_window_replayed(struct gs_window *window, bool mark, int64_t now_ms)
{
    gsi_see_now(window, now_ms);
    for (uint32_t i = 0; mark && i < window->entity_end; i++)
        mark_touched(window, i);
    window->replaying = false;
}

/* ------------------------------------------------------------------ refresh */

static void refresh_next(struct gs_window *window, uint8_t level)
{
    struct gsi_refresh *refresh = &window->refresh[level];
    if (refresh->entity >= window->entity_end) {
        refresh->entity = 0;
        refresh->whole_ms = refresh->begun_ms;
        refresh->begun_ms = window->now_ms;
    }
    const struct gsi_entity *entity = gsi_entity_at(window, refresh->entity);
    if (entity->flags & GSI_LIVE && gsi_has_content(window, entity, level))
        gsi_mark_levels(window, refresh->entity, 1u << level, 0);
    refresh->entity++;
}

void gs_window_refresh(struct gs_window *window, uint8_t level, int64_t period_ms, int64_t now_ms)
{
    enum { CALL_MAX = 4096 };
    struct gsi_refresh *refresh = &window->refresh[level];
    GS_ASSERT(level < window->level_count && period_ms > 0);
    gsi_see_now(window, now_ms);
    if (!refresh->started || !window->entity_end) {
        *refresh = (struct gsi_refresh){.started = true,
                                        .since_ms = window->now_ms,
                                        .begun_ms = window->now_ms,
                                        .whole_ms = refresh->whole_ms};
        return;
    }
    int64_t elapsed = GS_MIN(window->now_ms - refresh->since_ms, period_ms);
    int64_t count = GS_MIN(window->entity_end * elapsed / period_ms, CALL_MAX);
    refresh->since_ms = window->now_ms - elapsed + count * period_ms / window->entity_end;
    while (count-- > 0)
        refresh_next(window, level);
}

int64_t gs_window_refreshed_ms(const struct gs_window *window, uint8_t level)
{
    return window->refresh[level].whole_ms;
}

void gs_window_set_refreshed(struct gs_window *window, uint8_t level, int64_t at_ms)
{
    /* A pass under way has marked only a part of what stands there now. */
    window->refresh[level] = (struct gsi_refresh){.whole_ms = at_ms};
}

/* ------------------------------------------------------------------ contract */

bool gs_window_take_due(struct gs_window *window, int64_t now_ms, bool everything,
                        struct gs_cell_ref *out)
{
    struct gsi_sweep *sweep = &window->sweep;
    uint32_t index;
    gsi_see_now(window, now_ms);
    for (;;) {
        struct gsi_head head = next_head(window);
        bool due = head.found && (everything || head.deadline_ms <= window->now_ms);
        if (sweep->active && !(due && (head.before_sweep || !sweep->turn))) {
            if (sweep_take(window, out))
                return true;
            continue; /* it just ended */
        }
        if (!due)
            return false;
        if (!pop(window, &head, &index))
            continue;
        sweep->turn = true;
        return take(window, index, head.level, out);
    }
}

/* How many entries of the block are to be taken now, the queue's first being so. */
static uint32_t due_in(const struct gs_window *window, const struct gsi_head *head,
                       const struct gsi_block *block, bool everything)
{
    const struct gsi_due *first = &block->due[block->first];
    uint32_t count = 0, left = GS_MIN(block->end - block->first, (uint32_t)GS_WINDOW_FETCHED_MAX);
    while (count < left && (everything || head->deadline_ms + (first[count].since - first->since) <=
                                              window->now_ms))
        count++;
    return count;
}

uint32_t gs_window_fetch_due(const struct gs_window *window, bool everything,
                             uint32_t influencers[GS_WINDOW_FETCHED_MAX])
{
    struct gsi_head head = earliest(window);
    uint32_t entities[GS_WINDOW_FETCHED_MAX];
    uint32_t count = 0;
    if (!head.found)
        return 0;
    const struct gsi_block *block = window->queue[head.class][head.level].head;
    const struct gsi_due *due = &block->due[block->first];
    uint32_t left = due_in(window, &head, block, everything);
    for (uint32_t i = 0; i < left; i++)
        gs_prefetch(gsi_entity_at(window, due[i].entity));
    for (uint32_t i = 0; i < left; i++) {
        const struct gsi_entity *entity = gsi_entity_at(window, due[i].entity);
        if (!(entity->flags & GSI_LIVE))
            continue; /* forgotten since */
        influencers[count] = entity->influencer;
        entities[count++] = due[i].entity;
    }
    gsi_sum_fetch(window, entities, count, head.level);
    return count;
}

static struct gsi_entity *land(struct gs_window *window, struct gs_cell_ref ref)
{
    struct gsi_entity *entity = gsi_entity_at(window, ref.entity);
    GS_ASSERT(ref.level < GS_LEVELS_MAX && entity->cell[ref.level] & GSI_FLIGHT);
    entity->cell[ref.level] &= (uint8_t)~GSI_FLIGHT;
    return entity;
}

void gs_window_written(struct gs_window *window, struct gs_cell_ref ref, uint32_t seq)
{
    struct gsi_entity *entity = land(window, ref);
    uint8_t *cell = &entity->cell[ref.level];
    entity->seq[ref.level] = seq;
    if (*cell & GSI_DIRTY && !(*cell & (GSI_QUEUED | GSI_RETRY))) {
        push(window, GSI_CLASS_RETRY, ref.level, ref.entity);
        *cell |= GSI_RETRY;
    }
    gsi_entity_settle(window, ref.entity);
}

void gs_window_failed(struct gs_window *window, struct gs_cell_ref ref, int64_t now_ms)
{
    uint8_t *cell = &land(window, ref)->cell[ref.level];
    gsi_see_now(window, now_ms);
    if (!(*cell & GSI_DIRTY))
        window->dirty++;
    if (!(*cell & GSI_RETRY))
        push(window, GSI_CLASS_RETRY, ref.level, ref.entity);
    *cell |= GSI_DIRTY | GSI_RETRY;
}

size_t gs_window_dirty_count(const struct gs_window *window)
{
    const struct gsi_sweep *sweep = &window->sweep;
    return window->dirty + (sweep->active ? sweep->end - sweep->entity : 0);
}

int64_t gs_window_next_deadline_ms(const struct gs_window *window)
{
    return window->sweep.active ? window->sweep.since_ms : earliest(window).deadline_ms;
}
