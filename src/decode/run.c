/* run.c -- executes a plan on the bytes of one record. The hot path of the room.
 *
 * p is the only moving part: each step takes it and returns where its value ends, or NULL. A step
 * that fails says so in runner.code. What our own writers write is read in line (a branch in one
 * byte, a length in one or two); the rest, and what is rare, has functions of its own.
 */
#include "plan.h"
#include "reader.h"
#include "varint.h"

/* Kept apart, so that what is frequent has the registers. */
#define SLOW __attribute__((noinline))

struct runner {
    const struct gsi_decode_plan *plan;
    struct gs_event *event;
    struct gs_campaign_pool *pool;
    char *base[GSI_BASE_COUNT];
    uint64_t scratch[2]; /* takes the largest value */
    uint64_t items_left; /* in the current block of the array that is read */
    uint64_t items_seen; /* in all its blocks so far */
    enum gs_bad_code code;
    const uint8_t *behind_null;         /* by branch_slowly() */
    const struct gsi_decode_op *chosen; /* by control() */
};

static const uint8_t *fail(struct runner *r, enum gs_bad_code code)
{
    r->code = code;
    return NULL;
}

static inline const uint8_t *read_string(struct runner *r, const uint8_t *p, const uint8_t *end,
                                         struct gs_str *string)
{
    p = gsi_decode_length(p, end, &string->len, &r->code);
    string->data = (const char *)p;
    return GS_LIKELY(p) ? p + string->len : NULL;
}

static inline void store_string(char *dst, const uint8_t *data, uint32_t len)
{
    memcpy(dst + offsetof(struct gs_str, data), &data, sizeof data);
    memcpy(dst + offsetof(struct gs_str, len), &len, sizeof len);
}

static SLOW const uint8_t *read_id_slowly(struct runner *r, char *dst, const uint8_t *p,
                                          const uint8_t *end)
{
    struct gs_str id;
    p = read_string(r, p, end, &id);
    if (!p)
        return NULL;
    if (id.len - 1 >= GS_ID_BYTES_MAX)
        return fail(r, GS_BAD_ID);
    memcpy(dst, &id, sizeof id);
    return p;
}

/* A length in one byte: below 64 it is one, everything else becomes 64 or more. */
static inline uint8_t short_length(uint8_t byte)
{
    return (uint8_t)(byte >> 1 | byte << 7);
}

static inline const uint8_t *read_id(struct runner *r, char *dst, const uint8_t *p,
                                     const uint8_t *end)
{
    size_t left = (size_t)(end - p);
    if (GS_UNLIKELY(left == 0))
        return fail(r, GS_BAD_TRUNCATED);
    uint8_t len = short_length(*p);
    if (GS_UNLIKELY((uint8_t)(len - 1) >= 63 || len >= left))
        return read_id_slowly(r, dst, p, end);
    store_string(dst, p + 1, len);
    return p + 1 + len;
}

/* As read_id(); a text may be empty, and its length often takes two bytes. */
static inline const uint8_t *read_text(struct runner *r, char *dst, const uint8_t *p,
                                       const uint8_t *end)
{
    struct gs_str text;
    p = read_string(r, p, end, &text);
    if (GS_LIKELY(p))
        store_string(dst, (const uint8_t *)text.data, text.len);
    return p;
}

static inline const uint8_t *store_integer(struct runner *r, const struct gsi_decode_op *op,
                                           char *dst, int64_t value, const uint8_t *p)
{
    if (GS_UNLIKELY((uint64_t)value > op->limit))
        return fail(r, value < 0 && !op->is_time ? GS_BAD_NEGATIVE : GS_BAD_RANGE);
    memcpy(dst, &value, sizeof value);
    return p;
}

/* Counts are of all lengths: one misjudged costs more than the way of the long ones. */
static inline const uint8_t *read_integer(struct runner *r, const struct gsi_decode_op *op,
                                          char *dst, const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    p = gsi_decode_varint_long(p, end, &raw, &r->code);
    return GS_LIKELY(p) ? store_integer(r, op, dst, gsi_decode_zigzag(raw), p) : NULL;
}

static const uint8_t *read_micros(struct runner *r, const struct gsi_decode_op *op, char *dst,
                                  const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, &r->code);
    if (!p)
        return NULL;
    int64_t micros = gsi_decode_zigzag(raw);
    return store_integer(r, op, dst, micros / 1000 - (micros % 1000 < 0), p);
}

static inline const uint8_t *read_enum(struct runner *r, const struct gsi_decode_op *op,
                                       uint8_t *value, const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, &r->code);
    if (GS_UNLIKELY(!p))
        return NULL;
    if (GS_UNLIKELY((raw & 1) || raw >> 1 >= op->count))
        return fail(r, GS_BAD_UNION);
    *value = r->plan->symbols[op->arg + (raw >> 1)];
    if (GS_UNLIKELY(*value == 0) && r->event->unknown_symbols < UINT8_MAX)
        r->event->unknown_symbols++;
    return p;
}

static const uint8_t *read_goal(struct runner *r, const struct gsi_decode_op *op, char *dst,
                                const uint8_t *p, const uint8_t *end)
{
    uint8_t value = 0;
    p = read_enum(r, op, &value, p, end);
    enum gs_goal goal = value;
    memcpy(dst, &goal, sizeof goal);
    return p;
}

/* A double, float or long in [-1, 1]; NaN is not. */
static const uint8_t *read_score(struct runner *r, const struct gsi_decode_op *op, char *dst,
                                 const uint8_t *p, const uint8_t *end)
{
    double score;
    if (op->code == GSI_OP_SCORE) {
        uint64_t raw;
        p = gsi_decode_varint(p, end, &raw, &r->code);
        if (!p)
            return NULL;
        score = (double)gsi_decode_zigzag(raw);
    } else {
        size_t bytes = op->code == GSI_OP_DOUBLE ? sizeof(double) : sizeof(float);
        uint64_t bits = 0;
        if ((size_t)(end - p) < bytes)
            return fail(r, GS_BAD_TRUNCATED);
        memcpy(&bits, p, bytes);
        bits = le64toh(bits);
        uint32_t low = (uint32_t)bits;
        float narrow;
        memcpy(&narrow, &low, sizeof narrow);
        memcpy(&score, &bits, sizeof score);
        score = op->code == GSI_OP_DOUBLE ? score : (double)narrow;
        p += bytes;
    }
    if (!(score >= -1.0 && score <= 1.0))
        return fail(r, GS_BAD_RANGE);
    memcpy(dst, &score, sizeof score);
    return p;
}

static inline const uint8_t *skip(struct runner *r, const struct gsi_decode_op *op,
                                  const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    uint32_t length;
    switch (op->code) {
    case GSI_OP_SKIP_BYTES:
        return op->arg <= (uint64_t)(end - p) ? p + op->arg : fail(r, GS_BAD_TRUNCATED);
    case GSI_OP_SKIP_VARINT:
        return gsi_decode_varint(p, end, &raw, &r->code);
    case GSI_OP_SKIP_STRING:
        p = gsi_decode_length(p, end, &length, &r->code);
        return p ? p + length : NULL;
    default:
        return gsi_decode_skip(r->plan, op->arg, p, end, &r->code);
    }
}

/* One value op that is not one of the frequent ones. */
static SLOW const uint8_t *read_other(struct runner *r, const struct gsi_decode_op *op, char *dst,
                                      const uint8_t *p, const uint8_t *end)
{
    switch (op->code) {
    case GSI_OP_MICROS:
        return read_micros(r, op, dst, p, end);
    case GSI_OP_GOAL:
        return read_goal(r, op, dst, p, end);
    case GSI_OP_DOUBLE:
    case GSI_OP_FLOAT:
    case GSI_OP_SCORE:
        return read_score(r, op, dst, p, end);
    default:
        return skip(r, op, p, end);
    }
}

static void begin_campaign(struct runner *r)
{
    struct gs_campaign_pool *pool = r->pool;
    if (pool->count == pool->capacity) {
        pool->capacity = GS_MAX(pool->capacity * 2, 64u);
        pool->items = gs_realloc(pool->items, pool->capacity * sizeof *pool->items);
    }
    pool->items[pool->count] = gsi_decode_reader_no_campaign;
    r->base[GSI_BASE_CAMPAIGN] = (char *)&pool->items[pool->count++];
}

/* The head of the next block that has items; items_left = 0 at the end of the array. */
static const uint8_t *next_block(struct runner *r, const struct gsi_decode_op *op, const uint8_t *p,
                                 const uint8_t *end)
{
    uint32_t bytes;
    p = gsi_decode_block(p, end, &r->items_left, &bytes, &r->code);
    if (!p)
        return NULL;
    if (r->items_left > (uint64_t)(end - p)) /* each takes a byte or more */
        return fail(r, GS_BAD_LENGTH);
    r->items_seen += r->items_left;
    return r->items_seen <= op->count ? p : fail(r, GS_BAD_RANGE);
}

/* The branch of a union with null that is not written in the usual single byte, or must not be
 * null. Returns where the value starts; NULL without a code if it is null, which then ends at
 * runner.behind_null. */
static SLOW const uint8_t *branch_slowly(struct runner *r, const struct gsi_decode_op *op,
                                         const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, &r->code);
    if (!p)
        return NULL;
    if (raw > 2 || raw & 1)
        return fail(r, GS_BAD_UNION);
    if (raw == op->value_byte)
        return p;
    r->behind_null = p;
    return op->required ? fail(r, GS_BAD_NULL) : NULL;
}

static const uint8_t *choose_branch(struct runner *r, const struct gsi_decode_op *op,
                                    const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, &r->code);
    if (!p)
        return NULL;
    if (raw & 1 || raw >> 1 >= op->count)
        return fail(r, GS_BAD_UNION);
    r->chosen = &r->plan->ops[r->plan->targets[op->arg + (raw >> 1)]];
    return p;
}

/* A control op: reads what it needs, and says in runner.chosen which op comes after it. */
static SLOW const uint8_t *control(struct runner *r, const struct gsi_decode_op *op,
                                   const uint8_t *p, const uint8_t *end)
{
    const struct gsi_decode_op *ops = r->plan->ops;
    r->chosen = op + 1;
    switch (op->code) {
    case GSI_OP_SWITCH:
        return choose_branch(r, op, p, end);
    case GSI_OP_JUMP:
        r->chosen = &ops[op->arg];
        return p;
    case GSI_OP_ARRAY:
        r->items_seen = 0;
        p = next_block(r, op, p, end);
        if (!r->items_left)
            r->chosen = &ops[op->arg];
        return p;
    case GSI_OP_ARRAY_END:
        if (--r->items_left == 0)
            p = next_block(r, op, p, end);
        if (r->items_left)
            r->chosen = &ops[op->arg];
        return p;
    case GSI_OP_CAMPAIGN:
        begin_campaign(r);
        return p;
    default: /* GSI_OP_FAIL */
        return fail(r, (enum gs_bad_code)op->arg);
    }
}

/* One value op; its branch is behind us. The frequent ones are asked for one by one: that takes
 * fewer instructions than a table of jumps. */
static inline const uint8_t *read_value(struct runner *r, const struct gsi_decode_op *op,
                                        const uint8_t *p, const uint8_t *end)
{
    char *dst = r->base[op->base] + op->dst;
    if (op->code == GSI_OP_ID)
        return read_id(r, dst, p, end);
    if (op->code == GSI_OP_INTEGER)
        return read_integer(r, op, dst, p, end);
    if (op->code == GSI_OP_TEXT)
        return read_text(r, dst, p, end);
    if (op->code == GSI_OP_ENUM)
        return read_enum(r, op, (uint8_t *)dst, p, end);
    return read_other(r, op, dst, p, end);
}

/* ------------------------------------------------------------------ rows */

/* The values of a row, in their usual form; NULL for others, and then nothing was done. */

static inline const uint8_t *read_row_string(char *dst, const uint8_t *p, size_t left)
{
    uint32_t len = short_length(*p++);
    if (GS_UNLIKELY(len - 1 >= 63 || len >= left))
        return NULL;
    store_string(dst, p, len);
    return p + len;
}

/* A time takes six bytes these days: it is not asked first whether it is short. */
static inline const uint8_t *read_row_time(const struct gsi_decode_op *op, char *dst,
                                           const uint8_t *p)
{
    uint64_t raw;
    uint32_t count = gsi_decode_varint_eight(p, &raw);
    if (GS_UNLIKELY(!count || raw & 1 || raw >> 1 > op->limit))
        return NULL;
    raw >>= 1;
    memcpy(dst, &raw, sizeof raw);
    return p + count;
}

static inline const uint8_t *read_row_enum(const struct runner *r, const struct gsi_decode_op *op,
                                           char *dst, const uint8_t *p)
{
    if (GS_UNLIKELY(*p & 0x81 || *p >> 1 >= op->count))
        return NULL;
    uint8_t value = r->plan->symbols[op->arg + (*p >> 1)];
    if (GS_UNLIKELY(value == 0))
        return NULL;
    memcpy(dst, &value, sizeof value);
    return p + 1;
}

/* Required values one after the other, as records begin: they have no branch, and where so much is
 * left the end is asked for once. Stops where one is not as usual, which then is read again. */
static inline const uint8_t *run_row(const struct runner *r, const struct gsi_decode_op **at,
                                     const uint8_t *p, const uint8_t *end)
{
    const struct gsi_decode_op *op = *at;
    char *event = (char *)r->event;
    for (size_t left; (left = (size_t)(end - p)) >= GSI_VARINT_EIGHT; op++) {
        const uint8_t *next = NULL;
        char *dst = event + op->dst;
        if (op->row == GSI_ROW_STRING)
            next = read_row_string(dst, p, left);
        else if (op->row == GSI_ROW_TIME)
            next = read_row_time(op, dst, p);
        else if (op->row == GSI_ROW_ENUM)
            next = read_row_enum(r, op, dst, p);
        if (!next)
            break;
        p = next;
    }
    *at = op;
    return p;
}

/* ------------------------------------------------------------------ nulls */

enum { NULLS_BYTES = 16 };

/* How many bytes of 0 there are from p on, before the end; NULLS_BYTES before it can be read. */
static inline uint32_t count_zeros(const uint8_t *p, const uint8_t *end)
{
#ifdef __SSE2__
    const uint8_t *from = p < end - NULLS_BYTES ? p : end - NULLS_BYTES;
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)from);
    uint32_t zeros = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
    return (uint32_t)__builtin_ctz(~(zeros >> (p - from)));
#else
    uint32_t count = 0;
    while (count < GSI_NULLS_MAX && p + count < end && !p[count])
        count++;
    return count;
#endif
}

/* Most of what is optional is null, and which values are is as good as random: nulls one after the
 * other are passed at once. Where no 0 is a null, nulls_max is 0; that form is read as values are.
 */
static inline const uint8_t *pass_nulls(const struct gsi_decode_op **at, const uint8_t *p,
                                        const uint8_t *end)
{
    const struct gsi_decode_op *op = *at;
    uint32_t nulls;
    do {
        nulls = GS_MIN(count_zeros(p, end), (uint32_t)op->nulls_max);
        p += nulls;
        op += op->nulls_ops[nulls];
    } while (GS_UNLIKELY(nulls == GSI_NULLS_MAX));
    *at = op;
    return p;
}

/* ------------------------------------------------------------------ the whole record */

/* Runs until END or trouble; returns where the record ends, or NULL with *stop set. */
static inline const uint8_t *run_ops(struct runner *r, const uint8_t *p, const uint8_t *end,
                                     struct gsi_decode_stop *stop)
{
    const struct gsi_decode_op *op = r->plan->ops;
    bool tiny = end - p < NULLS_BYTES;
    p = run_row(r, &op, p, end);
    for (;;) {
        if (op->optional && GS_LIKELY(!tiny))
            p = pass_nulls(&op, p, end);
        const struct gsi_decode_op *chosen = op + 1;
        const uint8_t *next = p;
        if (op->optional)
            next = p < end && *p == op->value_byte ? p + 1 : branch_slowly(r, op, p, end);
        if (GS_UNLIKELY(!next)) {
            if (r->code)
                break;
            next = r->behind_null;
            chosen = op + op->null_ops;
        } else if (GS_LIKELY(op->code < GSI_OP_GROUP)) {
            next = read_value(r, op, next, end);
        } else if (op->code == GSI_OP_END) {
            return p;
        } else if (op->code > GSI_OP_GROUP) {
            next = control(r, op, p, end);
            chosen = r->chosen;
        }
        if (GS_UNLIKELY(!next))
            break;
        p = next;
        op = chosen;
    }
    *stop = (struct gsi_decode_stop){p, (uint32_t)(op - r->plan->ops)};
    return NULL;
}

enum gs_bad_code gsi_decode_run(const struct gsi_decode_plan *plan, struct gs_str body,
                                struct gs_event *event, struct gs_campaign_pool *pool,
                                struct gsi_decode_stop *stop)
{
    struct runner r;
    r.plan = plan;
    r.event = event;
    r.pool = pool;
    r.items_left = 0;
    r.behind_null = NULL;
    r.code = GS_BAD_NONE;
    r.base[GSI_BASE_EVENT] = (char *)event;
    r.base[GSI_BASE_SCRATCH] = (char *)r.scratch;
    const uint8_t *start = (const uint8_t *)body.data;
    int64_t offset = event->offset;
    int64_t record_ms = event->record_ms;
    *event = plan->defaults;
    event->offset = offset;
    event->record_ms = record_ms;
    uint32_t campaign_first = pool->count;
    const uint8_t *p = run_ops(&r, start, start + body.len, stop);
    if (p && p != start + body.len) {
        *stop = (struct gsi_decode_stop){p, plan->op_count - 1};
        r.code = GS_BAD_TRAILING;
    }
    if (GS_UNLIKELY(r.code)) {
        pool->count = campaign_first;
        return r.code;
    }
    if (plan->kind == GS_KIND_PROFILE) {
        event->profile.campaign_first = campaign_first;
        event->profile.campaign_count = pool->count - campaign_first;
    }
    return GS_BAD_NONE;
}
