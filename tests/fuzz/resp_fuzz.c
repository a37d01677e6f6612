/* room: redis */
/* The first byte says how the rest is cut into the pieces that a socket would give. Whatever the
 * bytes: every reply can be walked and copied, its faults fit its type, INFO can be read from any
 * string, and memory stays within the limit. */
#include "redis/internal.h"

static void check(const struct gs_redis_reply *reply)
{
    GS_ASSERT((reply->type == GS_REDIS_ERROR_REPLY) == (reply->fault != GS_REDIS_OK));
    GS_ASSERT(reply->count == 0 || reply->type == GS_REDIS_ARRAY);
    if (reply->str.data) {
        struct gs_redis_info info;
        const char *what;
        char text[100];
        GS_ASSERT(reply->str.data[reply->str.len] == 0);
        gsi_redis_printable(reply->str, text, sizeof text);
        GS_ASSERT(strlen(text) < sizeof text);
        enum gs_redis_fault fault = gsi_redis_info_read(reply->str, false, &info, &what);
        GS_ASSERT(fault != GS_REDIS_OK || info.version >= 70000);
    }
    for (size_t i = 0; i < reply->count; i++)
        check(&reply->elements[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gsi_redis_replies replies;
    struct gsi_redis_arena copies = {0};
    const struct gs_redis_reply *reply;
    const char *why;
    int more = 0;
    if (size == 0)
        return 0;
    redisReader *reader = redisReaderCreateWithFunctions(NULL);
    gsi_redis_replies_init(&replies, reader);
    size_t piece = data[0] ? data[0] : size;
    for (size_t at = 1; at < size && more >= 0; at += piece) {
        GS_ASSERT(redisReaderFeed(reader, (const char *)data + at, GS_MIN(piece, size - at)) ==
                  REDIS_OK);
        while ((more = gsi_redis_replies_next(&replies, &reply, &why)) > 0) {
            check(gsi_redis_reply_copy(&copies, reply));
            GS_ASSERT(copies.total <= replies.arena.total);
            gsi_redis_arena_reset(&copies);
        }
        GS_ASSERT(more == 0 || why[0]);
        GS_ASSERT(replies.arena.total <= GS_REDIS_REPLY_BYTES_MAX);
    }
    gsi_redis_arena_deinit(&copies);
    gsi_redis_replies_deinit(&replies);
    redisReaderFree(reader);
    return 0;
}
