/* reply.c -- hiredis' parser, made to build our replies: in an arena, array elements in one piece,
 * with limits that it does not have. (Its own objects nest without limit, and an array's announced
 * length is allocated before a byte of it came.)
 *
 * RESP3 types are refused: nobody asks for them with HELLO, so they are not an answer of Redis. */
#include "internal.h"

/* ------------------------------------------------------------------ arena */

enum { CHUNK_BYTES = 16 << 10 };

struct gsi_redis_chunk {
    struct gsi_redis_chunk *next;
    size_t used;
    size_t capacity;
    max_align_t bytes[];
};

void *gsi_redis_arena_take(struct gsi_redis_arena *arena, size_t bytes)
{
    const size_t alignment = _Alignof(struct gs_redis_reply);
    if (bytes > GS_REDIS_REPLY_BYTES_MAX)
        return NULL;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    if (bytes > GS_REDIS_REPLY_BYTES_MAX - arena->total)
        return NULL;
    struct gsi_redis_chunk *chunk = arena->chunks;
    if (!chunk || chunk->capacity - chunk->used < bytes) {
        size_t capacity = GS_MAX(bytes, (size_t)CHUNK_BYTES);
        chunk = gs_alloc(sizeof *chunk + capacity);
        *chunk = (struct gsi_redis_chunk){arena->chunks, 0, capacity};
        arena->chunks = chunk;
    }
    void *taken = (char *)chunk->bytes + chunk->used;
    chunk->used += bytes;
    arena->total += bytes;
    return taken;
}

void gsi_redis_arena_reset(struct gsi_redis_arena *arena)
{
    while (arena->chunks && (arena->chunks->next || arena->chunks->capacity > CHUNK_BYTES)) {
        struct gsi_redis_chunk *next = arena->chunks->next;
        gs_free(arena->chunks);
        arena->chunks = next;
    }
    if (arena->chunks)
        arena->chunks->used = 0;
    arena->total = 0;
}

void gsi_redis_arena_deinit(struct gsi_redis_arena *arena)
{
    gsi_redis_arena_reset(arena);
    gs_free(arena->chunks);
    *arena = (struct gsi_redis_arena){0};
}

/* ------------------------------------------------------------------ objects for the parser */

static struct gsi_redis_replies *replies_of(const redisReadTask *task)
{
    return task->privdata;
}

/* The parser takes NULL for "no memory"; why says what it really was. */
static void *refuse(const redisReadTask *task, const char *why)
{
    replies_of(task)->refused = why;
    return NULL;
}

static void *take(const redisReadTask *task, size_t bytes)
{
    void *memory = gsi_redis_arena_take(&replies_of(task)->arena, bytes);
    return memory ? memory : refuse(task, "the reply is too large");
}

/* Where the object of this task goes: into its array, or a place of its own. */
static struct gs_redis_reply *place(const redisReadTask *task, enum gs_redis_type type)
{
    struct gs_redis_reply *reply;
    if (task->parent) {
        const struct gs_redis_reply *array = task->parent->obj;
        reply = (struct gs_redis_reply *)&array->elements[task->idx];
    } else {
        reply = take(task, sizeof *reply);
    }
    if (reply)
        *reply = (struct gs_redis_reply){.type = type};
    return reply;
}

static void *create_string(const redisReadTask *task, char *text, size_t len)
{
    enum gs_redis_type type = GS_REDIS_STRING;
    if (task->type == REDIS_REPLY_STATUS)
        type = GS_REDIS_SIMPLE;
    else if (task->type == REDIS_REPLY_ERROR)
        type = GS_REDIS_ERROR_REPLY;
    else if (task->type != REDIS_REPLY_STRING)
        return refuse(task, "a reply of a newer protocol came");
    struct gs_redis_reply *reply = place(task, type);
    char *copy = reply ? take(task, len + 1) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = 0;
    reply->str = gs_str_make(copy, len);
    if (type == GS_REDIS_ERROR_REPLY)
        reply->fault = gsi_redis_classify(reply->str);
    return reply;
}

static void *create_array(const redisReadTask *task, size_t count)
{
    size_t depth = 0;
    if (task->type != REDIS_REPLY_ARRAY)
        return refuse(task, "a reply of a newer protocol came");
    for (const redisReadTask *t = task; t; t = t->parent)
        depth++;
    if (depth > GS_REDIS_REPLY_DEPTH_MAX)
        return refuse(task, "the reply is nested too deeply");
    struct gs_redis_reply *reply = place(task, GS_REDIS_ARRAY);
    if (!reply || count == 0)
        return reply;
    if (count > GS_REDIS_REPLY_BYTES_MAX / sizeof *reply)
        return refuse(task, "the reply is too large");
    /* Not initialised: nobody sees the array before the last element is in its place. */
    reply->elements = take(task, count * sizeof *reply);
    reply->count = count;
    return reply->elements ? reply : NULL;
}

static void *create_integer(const redisReadTask *task, long long value)
{
    struct gs_redis_reply *reply = place(task, GS_REDIS_INTEGER);
    if (reply)
        reply->integer = value;
    return reply;
}

static void *create_double(const redisReadTask *task, double value, char *text, size_t len)
{
    (void)value;
    (void)text;
    (void)len;
    return refuse(task, "a reply of a newer protocol came");
}

static void *create_nil(const redisReadTask *task)
{
    return place(task, GS_REDIS_NIL);
}

static void *create_bool(const redisReadTask *task, int value)
{
    (void)value;
    return refuse(task, "a reply of a newer protocol came");
}

/* The arena frees. */
static void free_object(void *object)
{
    (void)object;
}

static redisReplyObjectFunctions functions = {
    .createString = create_string,
    .createArray = create_array,
    .createInteger = create_integer,
    .createDouble = create_double,
    .createNil = create_nil,
    .createBool = create_bool,
    .freeObject = free_object,
};

void gsi_redis_replies_init(struct gsi_redis_replies *replies, redisReader *reader)
{
    *replies = (struct gsi_redis_replies){.reader = reader};
    reader->fn = &functions;
    reader->privdata = replies;
}

void gsi_redis_replies_deinit(struct gsi_redis_replies *replies)
{
    gsi_redis_arena_deinit(&replies->arena);
}

/* ------------------------------------------------------------------ reading */

enum { LINE_BYTES_MAX = 64 << 10 };

/* What waits in the parser for more bytes must be within the limits: a string of any length is
 * collected before it becomes an object, and a line that never ends is searched again each time. */
static const char *check_rest(const struct gsi_redis_replies *replies)
{
    const redisReader *reader = replies->reader;
    size_t rest = reader->len - reader->pos;
    if (rest > GS_REDIS_REPLY_BYTES_MAX)
        return "the reply is too large";
    if (rest > LINE_BYTES_MAX && !memchr(reader->buf + reader->pos, '\n', LINE_BYTES_MAX))
        return "a line does not end";
    return NULL;
}

int gsi_redis_replies_next(struct gsi_redis_replies *replies, const struct gs_redis_reply **reply,
                           const char **why)
{
    void *object = NULL;
    if (replies->reader->ridx < 0) /* the one before is complete: nobody uses it any more */
        gsi_redis_arena_reset(&replies->arena);
    if (redisReaderGetReply(replies->reader, &object) != REDIS_OK) {
        *why = replies->refused ? replies->refused : replies->reader->errstr;
        return -1;
    }
    *reply = object;
    *why = object ? NULL : check_rest(replies);
    return object ? 1 : *why ? -1 : 0;
}

const struct gs_redis_reply *gsi_redis_reply_copy(struct gsi_redis_arena *arena,
                                                  const struct gs_redis_reply *reply)
{
    struct gs_redis_reply *copy = gsi_redis_arena_take(arena, sizeof *copy);
    struct {
        const struct gs_redis_reply *from;
        struct gs_redis_reply *to;
        size_t left;
    } level[GS_REDIS_REPLY_DEPTH_MAX + 1] = {{reply, copy, 1}};
    int depth = 0;
    GS_ASSERT(copy);
    while (depth >= 0) {
        if (level[depth].left == 0) {
            depth--;
            continue;
        }
        const struct gs_redis_reply *from = level[depth].from++;
        struct gs_redis_reply *to = level[depth].to++;
        level[depth].left--;
        *to = *from;
        if (from->str.data) {
            char *text = gsi_redis_arena_take(arena, from->str.len + (size_t)1);
            GS_ASSERT(text); /* the original was within the same limit */
            to->str.data = memcpy(text, from->str.data, from->str.len + (size_t)1);
        }
        if (from->count > 0) {
            struct gs_redis_reply *elements =
                gsi_redis_arena_take(arena, from->count * sizeof *elements);
            GS_ASSERT(elements);
            to->elements = elements;
            level[++depth].from = from->elements;
            level[depth].to = elements;
            level[depth].left = from->count;
        }
    }
    return copy;
}
