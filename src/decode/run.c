/* run.c -- executes a plan on the bytes of one record. The hot path of the room.
 *
 * p is the only moving part: each step takes it and returns where its value ends, or NULL. A step
 * that fails says so in runner.code; one that leaves it alone is control and chooses the next op.
 */
#include "plan.h"
#include "reader.h"
#include "varint.h"

struct runner {
    const struct gsi_decode_plan *plan;
    struct gs_event *event;
    struct gs_campaign_pool *pool;
    char *base[GSI_BASE_COUNT];
    uint64_t scratch[2]; /* takes the largest value */
    uint64_t items_left; /* in the current block of the array that is read */
    uint64_t items_seen; /* in all its blocks so far */
    enum gs_bad_code code;
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

static inline const uint8_t *read_id(struct runner *r, char *dst, const uint8_t *p,
                                     const uint8_t *end)
{
    struct gs_str id;
    p = read_string(r, p, end, &id);
    if (GS_UNLIKELY(!p))
        return NULL;
    if (GS_UNLIKELY(id.len - 1 >= GS_ID_BYTES_MAX))
        return fail(r, GS_BAD_ID);
    memcpy(dst, &id, sizeof id);
    return p;
}

static inline const uint8_t *read_text(struct runner *r, char *dst, const uint8_t *p,
                                       const uint8_t *end)
{
    struct gs_str text;
    p = read_string(r, p, end, &text);
    if (GS_LIKELY(p))
        memcpy(dst, &text, sizeof text);
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

static inline const uint8_t *read_integer(struct runner *r, const struct gsi_decode_op *op,
                                          char *dst, const uint8_t *p, const uint8_t *end)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, &r->code);
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

/* One value op; NULL without a code means that the op is control. */
static inline const uint8_t *step(struct runner *r, const struct gsi_decode_op *op,
                                  const uint8_t *p, const uint8_t *end)
{
    char *dst = r->base[op->base] + op->dst;
    switch (op->code) {
    case GSI_OP_ID:
        return read_id(r, dst, p, end);
    case GSI_OP_TEXT:
        return read_text(r, dst, p, end);
    case GSI_OP_INTEGER:
        return read_integer(r, op, dst, p, end);
    case GSI_OP_MICROS:
        return read_micros(r, op, dst, p, end);
    case GSI_OP_ENUM:
        return read_enum(r, op, (uint8_t *)dst, p, end);
    case GSI_OP_GOAL:
        return read_goal(r, op, dst, p, end);
    case GSI_OP_DOUBLE:
    case GSI_OP_FLOAT:
    case GSI_OP_SCORE:
        return read_score(r, op, dst, p, end);
    case GSI_OP_SKIP_BYTES:
    case GSI_OP_SKIP_VARINT:
    case GSI_OP_SKIP_STRING:
    case GSI_OP_SKIP_NODE:
        return skip(r, op, p, end);
    default:
        return NULL;
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

static uint32_t read_branch(struct runner *r, const struct gsi_decode_op *op, const uint8_t **p,
                            const uint8_t *end)
{
    uint64_t raw;
    *p = gsi_decode_varint(*p, end, &raw, &r->code);
    if (*p && (raw & 1 || raw >> 1 >= op->count))
        *p = fail(r, GS_BAD_UNION);
    return *p ? (uint32_t)(raw >> 1) : 0;
}

/* The op after a control op. May move *p; makes it NULL if the record is bad. */
static const struct gsi_decode_op *control(struct runner *r, const struct gsi_decode_op *op,
                                           const uint8_t **p, const uint8_t *end)
{
    const struct gsi_decode_op *ops = r->plan->ops;
    switch (op->code) {
    case GSI_OP_SWITCH: {
        uint32_t branch = read_branch(r, op, p, end);
        return &ops[r->plan->targets[op->arg + branch]];
    }
    case GSI_OP_JUMP:
        return &ops[op->arg];
    case GSI_OP_FAIL:
        *p = fail(r, (enum gs_bad_code)op->arg);
        return op;
    case GSI_OP_ARRAY:
        r->items_seen = 0;
        *p = next_block(r, op, *p, end);
        return r->items_left ? op + 1 : &ops[op->arg];
    case GSI_OP_ARRAY_END:
        if (--r->items_left == 0)
            *p = next_block(r, op, *p, end);
        return r->items_left ? &ops[op->arg] : op + 1;
    case GSI_OP_CAMPAIGN:
        begin_campaign(r);
        return op + 1;
    default: /* a group whose value is there */
        return op + 1;
    }
}

/* The branch of an optional value that is not written in the usual single byte, or must not be
 * null. */
static const uint8_t *branch_slowly(struct runner *r, const struct gsi_decode_op *op,
                                    const uint8_t *p, const uint8_t *end, bool *null)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, &r->code);
    if (!p)
        return NULL;
    if (raw > 2 || raw & 1)
        return fail(r, GS_BAD_UNION);
    *null = raw == op->null_byte;
    return *null && op->required ? fail(r, GS_BAD_NULL) : p;
}

static inline const uint8_t *branch(struct runner *r, const struct gsi_decode_op *op,
                                    const uint8_t *p, const uint8_t *end, bool *null)
{
    if (GS_LIKELY(p < end && (*p == op->value_byte || (*p == op->null_byte && !op->required)))) {
        *null = *p == op->null_byte;
        return p + 1;
    }
    return branch_slowly(r, op, p, end, null);
}

/* Runs until END or trouble; returns where it stopped. */
static inline const uint8_t *run_ops(struct runner *r, const uint8_t *p, const uint8_t *end,
                                     struct gsi_decode_stop *stop)
{
    const struct gsi_decode_op *ops = r->plan->ops;
    const struct gsi_decode_op *op = ops;
    for (;;) {
        const uint8_t *at = p;
        const struct gsi_decode_op *current = op;
        bool null = false;
        if (op->optional)
            p = branch(r, op, p, end, &null);
        if (null) {
            op = op->code == GSI_OP_GROUP ? &ops[op->arg] : op + 1;
        } else if (GS_LIKELY(p)) {
            const uint8_t *value = p;
            p = step(r, op++, p, end);
            if (GS_UNLIKELY(!p) && !r->code) {
                if (current->code == GSI_OP_END)
                    return value;
                p = value;
                op = control(r, current, &p, end);
            }
        }
        if (GS_UNLIKELY(!p)) {
            *stop = (struct gsi_decode_stop){at, (uint32_t)(current - ops)};
            return NULL;
        }
    }
}

enum gs_bad_code gsi_decode_run(const struct gsi_decode_plan *plan, struct gs_str body,
                                struct gs_event *event, struct gs_campaign_pool *pool,
                                struct gsi_decode_stop *stop)
{
    struct runner r = {.plan = plan, .event = event, .pool = pool, .code = GS_BAD_NONE};
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
