/* batch.c -- records that stay: batches in memory, and the partition of a key. */
#include "groundswell/generate.h"

/* The bytes of a batch lie in the order of its views, so that these can be set when the buffer has
 * stopped growing: key, event id, value of the first record, then of the second, ... */
static void set_views(struct gs_generate_batch *batch)
{
    const char *at = batch->bytes.data;
    for (size_t i = 0; i < batch->count; i++) {
        struct gs_generated *item = &batch->items[i];
        item->key.data = at;
        at += item->key.len;
        item->event_id.data = at;
        at += item->event_id.len;
        if (item->value.data)
            item->value.data = at;
        at += item->value.len;
    }
    GS_ASSERT(at == batch->bytes.data + batch->bytes.len);
}

size_t gs_generate_fill(struct gs_generate *generate, struct gs_generate_batch *batch, size_t count)
{
    batch->count = 0;
    batch->bytes.len = 0;
    if (batch->capacity < count) {
        batch->items = gs_realloc(batch->items, count * sizeof *batch->items);
        batch->capacity = count;
    }
    while (batch->count < count && gs_generate_next(generate, &batch->items[batch->count])) {
        const struct gs_generated *item = &batch->items[batch->count++];
        gs_buf_add_str(&batch->bytes, item->key);
        gs_buf_add_str(&batch->bytes, item->event_id);
        gs_buf_add_str(&batch->bytes, item->value);
    }
    if (batch->count)
        set_views(batch);
    return batch->count;
}

void gs_generate_batch_deinit(struct gs_generate_batch *batch)
{
    gs_free(batch->items);
    gs_buf_deinit(&batch->bytes);
    *batch = (struct gs_generate_batch){0};
}

const char *gs_generate_topic_name(enum gs_generate_topic topic)
{
    static const char *const names[GS_GENERATE_TOPIC_COUNT] = {"profiles", "posts", "comments",
                                                               "reactions"};
    GS_ASSERT((unsigned)topic < GS_GENERATE_TOPIC_COUNT);
    return names[topic];
}
