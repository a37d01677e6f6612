/* comments.c -- what an input remembers of its comments: what each added, and to which entities, so
 * that an edit, a deletion or another verdict takes back exactly that.
 *
 * A comment is remembered while H - t < horizon, H the clock of its own input, and that is tested
 * whenever it is looked up: when its place is used again cannot be seen. Comments lie in chunks; an
 * index of lines of memory says where (as in the memory of event ids, but places are given back):
 *
 *      the id's low bits ──► line  [tag, place] ... [tag, place] [passed]   (15 entries + 1)
 *      those above ──► tag                └──► comment, if the tag is the same
 *
 * passed = how many comments found the line full and went on; 0 ends a search. Time is cut into
 * slices of a 64th of the horizon. A comment belongs to the slice of its t until all of it is past
 * the horizon, edited, deleted or not; the slices bound the memory, and name what expires next.
 * A place is given back only between batches, because the rows of a batch point to comments. */
#include "comments.h"

enum {
    LINES_MIN = 64,
    PASSED = GS_LINE_ENTRIES - 1, /* the last of a line */
    FULL_ENTRIES = 10,            /* per line on average: then the index grows */
    SLICES_PER_HORIZON = 64
};
#define ENTRIES_MASK ((1u << PASSED) - 1)
/* A clock that jumps may let all expire at once, just before one more batch is remembered. */
_Static_assert((GS_TASK_COMMENTS_MAX + GS_TASK_BATCH_MAX) / FULL_ENTRIES < GS_LINES_MAX,
               "they have lines");

/* ------------------------------------------------------------------ places */

static size_t index_bytes(const struct gsi_comments *comments)
{
    return ((size_t)comments->mask + 1) * GS_LINE_BYTES;
}

static size_t index_bytes_max(const struct gsi_comments *comments)
{
    size_t lines = LINES_MIN;
    while (comments->capacity + GS_TASK_BATCH_MAX >= lines * FULL_ENTRIES)
        lines *= 2;
    return lines * GS_LINE_BYTES;
}

struct gsi_comments *gsi_comments_create(const struct gs_task_config *config)
{
    size_t bytes = offsetof(struct gsi_comment, entity) + config->view_count * sizeof(uint32_t);
    struct gsi_comments *comments = gs_calloc(1, sizeof *comments);
    comments->bytes_each = bytes;
    comments->capacity = config->comments_max;
    comments->horizon_ms = config->comments_horizon_ms;
    comments->slice_ms = (comments->horizon_ms + SLICES_PER_HORIZON - 1) / SLICES_PER_HORIZON;
    comments->lines = gs_table_alloc(index_bytes_max(comments));
    comments->mask = LINES_MIN - 1;
    comments->full = LINES_MIN * FULL_ENTRIES;
    return comments;
}

void gsi_comments_destroy(struct gsi_comments *comments)
{
    if (!comments)
        return;
    for (uint32_t i = 0; i < comments->chunk_count; i++) {
        gs_free_chunk(i, comments->chunks[i], comments->bytes_each << GSI_COMMENTS_CHUNK_BITS);
        gs_free(comments->counters[i]);
    }
    gs_free(comments->chunks);
    gs_free(comments->counters);
    gs_table_free(comments->lines, index_bytes_max(comments));
    gs_free(comments->changed);
    gs_free(comments->ids);
    gs_free(comments);
}

static uint32_t take_place(struct gsi_comments *comments)
{
    uint32_t place = comments->free;
    if (GS_LIKELY(place != 0)) {
        comments->free = gsi_comment_at(comments, place)->next;
        return place;
    }
    uint32_t chunk = comments->used >> GSI_COMMENTS_CHUNK_BITS;
    if (chunk == comments->chunk_count) {
        comments->chunks = gs_realloc(comments->chunks, (chunk + 1) * sizeof *comments->chunks);
        comments->counters =
            gs_realloc(comments->counters, (chunk + 1) * sizeof(struct gsi_comment_counters *));
        comments->counters[chunk] = NULL;
        comments->chunks[chunk] = gs_alloc_chunk(chunk, chunk ? comments->chunks[chunk - 1] : NULL,
                                                 comments->bytes_each << GSI_COMMENTS_CHUNK_BITS);
        comments->chunk_count++;
    }
    return ++comments->used;
}

/* ------------------------------------------------------------------ changes */

static void list_id(struct gsi_comments *comments, struct gs_hash128 id)
{
    if (comments->id_count == comments->id_capacity) {
        comments->id_capacity = GS_MAX(1024u, comments->id_capacity * 2);
        comments->ids = gs_realloc(comments->ids, comments->id_capacity * sizeof *comments->ids);
    }
    comments->ids[comments->id_count++] = id;
}

/* Before a place that is listed is given back, or what has none is listed. */
static SLOW void list_by_id(struct gsi_comments *comments)
{
    for (uint32_t i = 0; i < comments->changed_count; i++)
        list_id(comments, gsi_comment_at(comments, comments->changed[i])->id);
    comments->changed_count = 0;
}

static SLOW void grow_changed(struct gsi_comments *comments)
{
    comments->changed_capacity = GS_MAX(1024u, comments->changed_capacity * 2);
    comments->changed =
        gs_realloc(comments->changed, comments->changed_capacity * sizeof *comments->changed);
}

static inline void list(struct gsi_comments *comments, uint32_t place, struct gsi_comment *comment)
{
    if (!comments->keeps_changes || comment->changed)
        return;
    comment->changed = true;
    if (GS_UNLIKELY(comments->changed_count == comments->changed_capacity))
        grow_changed(comments);
    comments->changed[comments->changed_count++] = place;
}

/* ------------------------------------------------------------------ index */

static uint32_t *line_at(const struct gsi_comments *comments, uint64_t number)
{
    return &comments->lines[(size_t)(number & comments->mask) * GS_LINE_ENTRIES];
}

/* Searches on from a line where the tag was found, or which comments have passed. 0 = not there. */
static SLOW uint32_t find_slowly(const struct gsi_comments *comments, struct gs_hash128 id)
{
    uint32_t tag = gs_lines_tag(id, comments->mask);
    uint32_t place_mask = gs_lines_place_mask(comments->mask);
    for (uint64_t number = id.low;; number++, tag |= GS_LINES_STRAY) {
        const uint32_t *entries = line_at(comments, number);
        uint32_t same = gs_line_compare(entries, tag, place_mask).same & ENTRIES_MASK;
        for (; same; same &= same - 1) {
            uint32_t place = entries[__builtin_ctz(same)] & place_mask;
            const struct gsi_comment *comment = gsi_comment_at(comments, place);
            if (comment->id.low == id.low && comment->id.high == id.high)
                return place;
        }
        if (!entries[PASSED])
            return 0;
    }
}

/* 0 if it is not in the index, and in *empty then the entry for it, NULL if its line is full.
 * Nearly every comment is new, which one line tells. */
static inline uint32_t find(const struct gsi_comments *comments, struct gs_hash128 id,
                            uint32_t **empty)
{
    uint32_t *entries = line_at(comments, id.low);
    struct gs_line_marks marks = gs_line_compare(entries, gs_lines_tag(id, comments->mask),
                                                 gs_lines_place_mask(comments->mask));
    uint32_t free = marks.empty & ENTRIES_MASK;
    *empty = free ? &entries[__builtin_ctz(free)] : NULL;
    if (GS_UNLIKELY((marks.same & ENTRIES_MASK) || entries[PASSED]))
        return find_slowly(comments, id);
    return 0;
}

static inline void enter(struct gsi_comments *comments, struct gs_hash128 id, uint32_t place)
{
    uint32_t tag = gs_lines_tag(id, comments->mask);
    for (uint64_t number = id.low;; number++, tag |= GS_LINES_STRAY) {
        uint32_t *entries = line_at(comments, number);
        uint32_t empty = gs_line_empty(entries) & ENTRIES_MASK;
        if (GS_LIKELY(empty)) {
            entries[__builtin_ctz(empty)] = tag | place;
            comments->strays += tag >> 31;
            return;
        }
        entries[PASSED]++;
    }
}

/* Of a comment that found its line full. */
static SLOW void enter_beyond(struct gsi_comments *comments, struct gs_hash128 id, uint32_t place)
{
    enter(comments, id, place);
}

static void remove_from_index(struct gsi_comments *comments, struct gsi_comment *comment)
{
    uint32_t tag = gs_lines_tag(comment->id, comments->mask);
    uint32_t place_mask = gs_lines_place_mask(comments->mask);
    comment->found = false;
    comments->found--;
    for (uint64_t number = comment->id.low;; number++, tag |= GS_LINES_STRAY) {
        uint32_t *entries = line_at(comments, number);
        uint32_t same = gs_line_compare(entries, tag, place_mask).same & ENTRIES_MASK;
        for (; same; same &= same - 1) {
            uint32_t *entry = &entries[__builtin_ctz(same)];
            if (gsi_comment_at(comments, *entry & place_mask) == comment) {
                comments->strays -= *entry >> 31;
                *entry = 0;
                return;
            }
        }
        entries[PASSED]--;
    }
}

static SLOW void grow_index(struct gsi_comments *comments)
{
    uint32_t *strays = gs_alloc((comments->strays + 1) * sizeof *strays);
    GS_ASSERT(2 * index_bytes(comments) <= index_bytes_max(comments));
    gs_table_use(comments->lines, 2 * index_bytes(comments));
    uint32_t count = gs_lines_double(comments->lines, comments->mask, PASSED, strays);
    comments->mask = comments->mask * 2 + 1;
    comments->full *= 2;
    comments->strays = 0;
    for (uint32_t i = 0; i < count; i++)
        enter(comments, gsi_comment_at(comments, strays[i])->id, strays[i]);
    gs_free(strays);
}

void gsi_comments_prefetch(const struct gsi_comments *comments, struct gs_hash128 id)
{
    if (comments)
        gs_prefetch(line_at(comments, id.low));
}

/* ------------------------------------------------------------------ time */

static bool is_live(const struct gsi_comments *comments, const struct gsi_comment *comment,
                    int64_t h_ms)
{
    return comment->found && h_ms - gsi_comment_t_ms(comment) < comments->horizon_ms;
}

static struct gsi_comments_slice *slice_at(struct gsi_comments *comments, int64_t number)
{
    return &comments->slices[number % GSI_COMMENTS_SLICES];
}

static void expire(struct gsi_comments *comments, struct gsi_comments_slice *slice)
{
    if (!slice->count)
        return;
    gsi_comment_at(comments, slice->last)->next = comments->expired & GSI_COMMENT_PLACE;
    comments->expired = slice->first;
    comments->held -= slice->count;
    *slice = (struct gsi_comments_slice){0, 0, 0};
}

static void follow_clock(struct gsi_comments *comments, int64_t h_ms)
{
    if (GS_LIKELY(h_ms < comments->border_ms))
        return;
    int64_t live_ms = h_ms - comments->horizon_ms + 1; /* the first t that is not past it */
    int64_t oldest = GS_MAX(live_ms, 0) / comments->slice_ms;
    for (int64_t number = comments->oldest;
         number < GS_MIN(oldest, comments->oldest + GSI_COMMENTS_SLICES); number++)
        expire(comments, slice_at(comments, number));
    comments->oldest = oldest;
    comments->border_ms = (oldest + 1) * comments->slice_ms + comments->horizon_ms - 1;
}

/* Twice as many as may come, so that what has expired is gone soon. */
void gsi_comments_reclaim(struct gsi_comments *comments, uint32_t records)
{
    uint32_t places[2 * GS_TASK_BATCH_MAX];
    uint32_t count = 0;
    if (!comments || !comments->expired)
        return;
    for (uint32_t place = comments->expired; place && count < 2 * records; count++) {
        const struct gsi_comment *comment = gsi_comment_at(comments, place);
        gsi_comments_prefetch(comments, comment->id);
        places[count] = place;
        place = comment->next;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct gsi_comment *comment = gsi_comment_at(comments, places[i]);
        if (comment->found)
            remove_from_index(comments, comment);
        if (comment->changed)
            list_by_id(comments);
        comments->expired = comment->next;
        comment->next = comments->free & GSI_COMMENT_PLACE;
        comments->free = places[i];
    }
}

/* ------------------------------------------------------------------ deciding */

/* A place in the slice of t, with nothing in it. */
static inline uint32_t hold(struct gsi_comments *comments, int64_t t_ms)
{
    uint32_t place = take_place(comments);
    struct gsi_comments_slice *slice = slice_at(comments, t_ms / comments->slice_ms);
    *gsi_comment_at(comments, place) =
        (struct gsi_comment){.t_low = (uint32_t)t_ms,
                             .t_high = (uint16_t)(t_ms >> 32),
                             .next = slice->first & GSI_COMMENT_PLACE};
    if (!slice->first)
        slice->last = place;
    slice->first = place;
    slice->count++;
    comments->held++;
    return place;
}

/* For one more comment, or for the number of this place. */
static inline bool is_full(const struct gsi_comments *comments, uint32_t place)
{
    return comments->found >= comments->full || place > gs_lines_place_mask(comments->mask);
}

/* 0 if there is no room, or if it is past the horizon already. What it added is not known yet. */
static uint32_t remember(struct gsi_input *input, const struct gsi_row *row, uint32_t *empty)
{
    struct gsi_comments *comments = input->comments;
    follow_clock(comments, row->h_ms);
    if (row->h_ms - row->t_ms >= comments->horizon_ms)
        return 0;
    if (comments->held >= comments->capacity) {
        input->stats.comments_refused++;
        return 0;
    }
    uint32_t place = hold(comments, row->t_ms);
    while (GS_UNLIKELY(is_full(comments, place))) {
        grow_index(comments);
        empty = NULL;
    }
    struct gsi_comment *comment = gsi_comment_at(comments, place);
    comment->id = row->comment_id;
    comment->found = true;
    comments->found++;
    if (GS_LIKELY(empty != NULL))
        *empty = gs_lines_tag(row->comment_id, comments->mask) | place;
    else
        enter_beyond(comments, row->comment_id, place);
    return place;
}

static enum gs_disposition take_creation(struct gs_task *task, struct gsi_input *input,
                                         const struct gs_event *event, struct gsi_row *row)
{
    if (!input->comments) {
        input->comments = gsi_comments_create(&task->config);
        if (task->cut)
            gsi_comments_keep_changes(input->comments);
    }
    uint32_t *empty;
    uint32_t known = find(input->comments, row->comment_id, &empty);
    if (GS_UNLIKELY(known)) {
        if (is_live(input->comments, gsi_comment_at(input->comments, known), row->h_ms))
            return GS_DUPLICATE;
        remove_from_index(input->comments, gsi_comment_at(input->comments, known));
    }
    uint32_t place = remember(input, row, empty);
    if (task->config.rules)
        row->reach = gsi_comments_first_reach(task, event);
    if (place) {
        row->comment = gsi_comment_at(input->comments, place);
        gsi_comments_first_counters(task, event, input->comments, place);
        list(input->comments, place, row->comment);
    }
    return GS_PROCESSED;
}

enum gs_disposition gsi_comments_take(struct gs_task *task, struct gsi_input *input,
                                      const struct gs_event *event, struct gsi_row *row)
{
    bool reaction = event->kind == GS_KIND_REACTION;
    if (!reaction && event->action == GS_ACTION_CREATED)
        return take_creation(task, input, event, row);
    uint32_t place = input->comments ? find_slowly(input->comments, row->comment_id) : 0;
    struct gsi_comment *known = place ? gsi_comment_at(input->comments, place) : NULL;
    bool retracts = !reaction && event->action != GS_ACTION_METRICS;
    if (!known || !is_live(input->comments, known, row->h_ms)) {
        input->stats.orphan_retractions += retracts;
        input->stats.orphan_counters += !retracts;
        return GS_PROCESSED;
    }
    list(input->comments, place, known);
    row->reach_before = gsi_comments_reach(input->comments, place);
    if (reaction)
        gsi_comments_take_reaction(task, event, input->comments, place);
    else if (event->action == GS_ACTION_DELETED)
        remove_from_index(input->comments, known);
    else
        gsi_comments_take_counters(task, event, input->comments, place);
    row->reach = gsi_comments_reach(input->comments, place);
    if (retracts || row->reach != row->reach_before)
        row->comment = known;
    return GS_PROCESSED;
}

uint32_t gsi_comments_find(const struct gsi_comments *comments, struct gs_hash128 id, int64_t h_ms)
{
    uint32_t place = comments ? find_slowly(comments, id) : 0;
    return place && is_live(comments, gsi_comment_at(comments, place), h_ms) ? place : 0;
}

/* ------------------------------------------------------------------ all of them */

void gsi_comments_for_each(const struct gsi_comments *comments, int64_t h_ms,
                           void (*visit)(void *user, const struct gsi_comment *comment,
                                         const struct gsi_comment_counters *counters),
                           void *user)
{
    for (uint32_t place = 1; comments && place <= comments->used; place++) {
        struct gsi_comment_counters counters;
        if (!is_live(comments, gsi_comment_at(comments, place), h_ms))
            continue;
        counters = gsi_comments_counters(comments, place);
        visit(user, gsi_comment_at(comments, place), &counters);
    }
}

struct gsi_comment *gsi_comments_get(const struct gsi_comments *comments, uint32_t place)
{
    return gsi_comment_at(comments, place);
}

void gsi_comments_keep_changes(struct gsi_comments *comments)
{
    comments->keeps_changes = true;
}

uint32_t gsi_comments_changes(const struct gsi_comments *comments)
{
    return comments ? comments->changed_count + comments->id_count : 0;
}

/* The last id that was listed; its place, if that is known to be it. */
static struct gs_hash128 unlist(struct gsi_comments *comments, uint32_t *place)
{
    enum { AHEAD = 8 };
    *place = 0;
    if (!comments->changed_count)
        return comments->ids[--comments->id_count];
    if (comments->changed_count > AHEAD)
        gs_prefetch(
            gsi_comment_at(comments, comments->changed[comments->changed_count - 1 - AHEAD]));
    uint32_t last = comments->changed[--comments->changed_count];
    struct gsi_comment *comment = gsi_comment_at(comments, last);
    *place = comment->found ? last : 0;
    comment->changed &= comment->found; /* what is gone is given back without a thought of it */
    return comment->id;
}

bool gsi_comments_next_change(struct gsi_comments *comments, int64_t h_ms, struct gs_hash128 *id,
                              uint32_t *place)
{
    while (comments->changed_count + comments->id_count) {
        *id = unlist(comments, place);
        if (!*place)
            *place = find_slowly(comments, *id);
        struct gsi_comment *comment = *place ? gsi_comment_at(comments, *place) : NULL;
        if (comment && !comment->changed)
            continue; /* it was listed once more */
        if (comment)
            comment->changed = false;
        if (comment && !is_live(comments, comment, h_ms))
            *place = 0;
        return true;
    }
    return false;
}

void gsi_comments_list(struct gsi_comments *comments, struct gs_hash128 id)
{
    uint32_t place = find_slowly(comments, id);
    if (place) {
        list(comments, place, gsi_comment_at(comments, place));
        return;
    }
    list_by_id(comments);
    list_id(comments, id);
}

bool gsi_comments_next(const struct gsi_comments *comments, uint32_t *place, int64_t h_ms)
{
    while (*place < comments->used)
        if (is_live(comments, gsi_comment_at(comments, ++*place), h_ms))
            return true;
    return false;
}

void gsi_comments_remove(struct gsi_comments *comments, struct gs_hash128 id)
{
    uint32_t place = find_slowly(comments, id);
    if (place)
        remove_from_index(comments, gsi_comment_at(comments, place));
}

/* Nothing else gives places back while comments are put back, and the index ends with these. */
static void reclaim_for_one(struct gsi_comments *comments)
{
    if (!comments->free && comments->used >= comments->capacity + GS_TASK_BATCH_MAX)
        gsi_comments_reclaim(comments, 1);
}

uint32_t gsi_comments_put(struct gsi_comments *comments, struct gs_hash128 id, int64_t t_ms,
                          int64_t h_ms)
{
    uint32_t place = find_slowly(comments, id);
    follow_clock(comments, h_ms);
    if (place && gsi_comment_t_ms(gsi_comment_at(comments, place)) == t_ms)
        return place;
    if (place) /* created again since: its place stays held */
        remove_from_index(comments, gsi_comment_at(comments, place));
    if (h_ms - t_ms >= comments->horizon_ms || comments->held >= comments->capacity)
        return 0;
    reclaim_for_one(comments);
    place = hold(comments, t_ms);
    while (is_full(comments, place))
        grow_index(comments);
    struct gsi_comment *comment = gsi_comment_at(comments, place);
    comment->id = id;
    comment->found = true;
    comments->found++;
    enter_beyond(comments, id, place);
    return place;
}

uint32_t gsi_comments_held(const struct gsi_comments *comments, uint32_t *at_slice, int64_t *slice)
{
    for (; *at_slice < GSI_COMMENTS_SLICES; ++*at_slice) {
        int64_t number = comments->oldest + *at_slice;
        uint32_t count = comments->slices[number % GSI_COMMENTS_SLICES].count;
        *slice = number;
        if (count) {
            ++*at_slice;
            return count;
        }
    }
    return 0;
}

void gsi_comments_hold(struct gsi_comments *comments, int64_t h_ms, int64_t slice, uint32_t count)
{
    follow_clock(comments, h_ms);
    if (slice < comments->oldest || slice >= comments->oldest + GSI_COMMENTS_SLICES)
        return;
    while (slice_at(comments, slice)->count < count && comments->held < comments->capacity) {
        reclaim_for_one(comments);
        hold(comments, slice * comments->slice_ms);
    }
}

uint32_t gsi_comments_count(const struct gsi_comments *comments)
{
    return comments ? comments->held : 0;
}

size_t gsi_comments_bytes(const struct gsi_comments *comments)
{
    if (!comments)
        return 0;
    return sizeof *comments + ((size_t)comments->mask + 1) * GS_LINE_BYTES +
           comments->chunk_count *
               ((comments->bytes_each << GSI_COMMENTS_CHUNK_BITS) + 2 * sizeof(char *)) +
           comments->counted_chunks *
               (sizeof(struct gsi_comment_counters) << GSI_COMMENTS_CHUNK_BITS);
}
