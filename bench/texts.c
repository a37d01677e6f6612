/* texts.c -- comments to score, out of a generated stream. */
#include "texts.h"

#include "groundswell/text.h"

uint32_t texts_of_stream(const struct stream *stream, struct texts_wanted wanted,
                         struct gs_str *texts)
{
    struct gs_campaign_pool pool = {0};
    struct gs_decode_error why;
    struct gs_event event;
    uint32_t count = 0;
    for (size_t i = 0; i < stream->batch.count && count < wanted.room; i++) {
        const struct gs_generated *item = &stream->batch.items[i];
        if (item->kind != GS_KIND_COMMENT || item->bad ||
            gs_decode_record(stream->decode, item->value, &event, &pool, &why) != GS_DECODE_OK)
            continue;
        struct gs_str text = event.comment.text;
        if (text.data && text.len >= wanted.min_bytes && text.len <= wanted.max_bytes &&
            (!event.comment.lang.data || gs_text_language_is(event.comment.lang, "en")))
            texts[count++] = text;
    }
    gs_free(pool.items);
    return count;
}
