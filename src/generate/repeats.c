/* repeats.c -- records that are sent twice: kept in a heap by the time when they are due again.
 * When it is full, the next one due is sent early, so that their number stays right. */
#include "internal.h"

static void swap(struct gsi_generate_repeat *a, struct gsi_generate_repeat *b)
{
    struct gsi_generate_repeat held = *a;
    *a = *b;
    *b = held;
}

static void sift_up(struct gsi_generate_repeat *heap, uint32_t at)
{
    while (at > 0 && heap[at].due_ms < heap[(at - 1) / 2].due_ms) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct gsi_generate_repeat *heap, uint32_t count)
{
    for (uint32_t at = 0, child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].due_ms < heap[child].due_ms)
            child++;
        if (heap[at].due_ms <= heap[child].due_ms)
            return;
        swap(&heap[at], &heap[child]);
    }
}

void gsi_generate_keep(struct gs_generate *g, const struct gs_generated *record)
{
    if (record->bad || record->kind == GS_KIND_PROFILE ||
        !gsi_generate_chance(&g->random, g->odds.duplicates))
        return;
    GS_ASSERT(g->repeat_count < GSI_GENERATE_REPEATS);
    struct gsi_generate_repeat *repeat = &g->repeats[g->repeat_count];
    int64_t within = g->config.duplicate_max_ms;
    if (gsi_generate_one_in(&g->random, 10))
        within *= 10;
    repeat->due_ms = g->now_ms + gsi_generate_below64(&g->random, within);
    repeat->record = *record;
    repeat->bytes.len = 0;
    gs_buf_add_str(&repeat->bytes, record->key);
    gs_buf_add_str(&repeat->bytes, record->event_id);
    gs_buf_add_str(&repeat->bytes, record->value);
    sift_up(g->repeats, g->repeat_count++);
}

bool gsi_generate_repeat(struct gs_generate *g, struct gs_generated *out)
{
    if (g->repeat_count == 0 ||
        (g->repeats[0].due_ms > g->now_ms && g->repeat_count < GSI_GENERATE_REPEATS))
        return false;
    g->repeat_count--;
    swap(&g->repeats[0], &g->repeats[g->repeat_count]);
    sift_down(g->repeats, g->repeat_count);
    /* It stays where it is, behind the heap's end, until the next one is kept. */
    const struct gsi_generate_repeat *repeat = &g->repeats[g->repeat_count];
    *out = repeat->record;
    out->duplicate = true;
    out->duplicate_of = repeat->record.sequence;
    out->record_ms = g->now_ms;
    const char *at = repeat->bytes.data;
    out->key.data = at;
    out->event_id.data = at + out->key.len;
    out->value.data = at + out->key.len + out->event_id.len;
    return true;
}

void gsi_generate_repeats_deinit(struct gs_generate *g)
{
    for (uint32_t i = 0; g->repeats && i < GSI_GENERATE_REPEATS; i++)
        gs_buf_deinit(&g->repeats[i].bytes);
    gs_free(g->repeats);
}
