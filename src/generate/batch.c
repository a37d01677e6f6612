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

/* MurmurHash2 (A. Appleby, public domain) as org.apache.kafka.common.utils.Utils.murmur2 has it. */
static uint32_t murmur2(const unsigned char *data, uint32_t len)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t h = 0x9747b28cu ^ len;
    for (; len >= 4; data += 4, len -= 4) {
        uint32_t k = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
                     (uint32_t)data[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h = (h * m) ^ k;
    }
    for (uint32_t i = len; i-- > 0;)
        h ^= (uint32_t)data[i] << (8 * i);
    if (len > 0)
        h *= m;
    h ^= h >> 13;
    h *= m;
    return h ^ (h >> 15);
}

int32_t gs_generate_partition(struct gs_str key, uint32_t partitions)
{
    uint32_t hash = murmur2((const unsigned char *)key.data, key.len) & 0x7fffffffu;
    return (int32_t)(hash % partitions);
}

const char *gs_generate_topic_name(enum gs_generate_topic topic)
{
    static const char *const names[GS_GENERATE_TOPIC_COUNT] = {"profiles", "posts", "comments",
                                                               "reactions"};
    GS_ASSERT((unsigned)topic < GS_GENERATE_TOPIC_COUNT);
    return names[topic];
}
