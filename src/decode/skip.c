/* skip.c -- passing over what we do not read.
 *
 * Types of constant size become one node of so many bytes, a record of them too, and an array of
 * them is skipped by one multiplication. So each node that is left takes at least one byte of
 * input or fails, which bounds the work: no count of zero-length items can make it loop. */
#include "plan.h"
#include "schema.h"
#include "varint.h"

static uint32_t add_node(struct gsi_decode_plan *plan, uint32_t code, uint32_t a)
{
    plan->nodes = gsi_decode_grow(plan->nodes, plan->node_count, sizeof *plan->nodes);
    plan->nodes[plan->node_count] = (struct gsi_decode_node){code, a, 0};
    return plan->node_count++;
}

static uint32_t add_bytes(struct gsi_decode_plan *plan, uint64_t bytes)
{
    /* What is longer than any record is never there, whatever its length. */
    return add_node(plan, GSI_NODE_BYTES, (uint32_t)GS_MIN(bytes, (uint64_t)UINT32_MAX));
}

/* The children of a record or union, until they stand together in the plan. */
struct children {
    uint32_t *nodes;
    uint32_t count;
};

static void add_child(struct children *children, uint32_t node)
{
    children->nodes = gsi_decode_grow(children->nodes, children->count, sizeof node);
    children->nodes[children->count++] = node;
}

static void link_children(struct gsi_decode_plan *plan, uint32_t node, struct children *children)
{
    plan->nodes[node].a = plan->link_count;
    plan->nodes[node].b = children->count;
    for (uint32_t i = 0; i < children->count; i++) {
        plan->links = gsi_decode_grow(plan->links, plan->link_count, sizeof *plan->links);
        plan->links[plan->link_count++] = children->nodes[i];
    }
    gs_free(children->nodes);
}

static void build_record(struct gsi_decode_plan *plan, const struct gsi_decode_schema *schema,
                         uint32_t *built, const struct gsi_decode_type *type, uint32_t node)
{
    struct children children = {0};
    uint64_t run = 0; /* bytes of constant size since the last other child */
    for (uint32_t i = 0; i < type->count; i++) {
        uint32_t child =
            gsi_decode_skip_build(plan, schema, built, schema->fields[type->first + i].type);
        if (plan->nodes[child].code == GSI_NODE_BYTES) {
            run += plan->nodes[child].a;
            continue;
        }
        if (run > 0)
            add_child(&children, add_bytes(plan, run));
        run = 0;
        add_child(&children, child);
    }
    if (children.count == 0) {
        uint32_t constant = add_bytes(plan, run);
        plan->nodes[node] = plan->nodes[constant];
        return;
    }
    if (run > 0)
        add_child(&children, add_bytes(plan, run));
    link_children(plan, node, &children);
}

static void build_union(struct gsi_decode_plan *plan, const struct gsi_decode_schema *schema,
                        uint32_t *built, const struct gsi_decode_type *type, uint32_t node)
{
    struct children children = {0};
    for (uint32_t i = 0; i < type->count; i++)
        add_child(&children,
                  gsi_decode_skip_build(plan, schema, built, schema->branches[type->first + i]));
    link_children(plan, node, &children);
}

static uint32_t build_compound(struct gsi_decode_plan *plan, const struct gsi_decode_schema *schema,
                               uint32_t *built, uint32_t index)
{
    static const uint32_t codes[] = {[AVRO_RECORD] = GSI_NODE_RECORD,
                                     [AVRO_UNION] = GSI_NODE_UNION,
                                     [AVRO_ARRAY] = GSI_NODE_ARRAY,
                                     [AVRO_MAP] = GSI_NODE_MAP};
    const struct gsi_decode_type *type = &schema->types[index];
    uint32_t node = add_node(plan, codes[type->kind], 0);
    built[index] = node + 1; /* before its parts, which may refer to it */
    if (type->kind == AVRO_RECORD) {
        build_record(plan, schema, built, type, node);
    } else if (type->kind == AVRO_UNION) {
        build_union(plan, schema, built, type, node);
    } else {
        uint32_t items = gsi_decode_skip_build(plan, schema, built, type->first);
        plan->nodes[node].a = items;
    }
    return node;
}

uint32_t gsi_decode_skip_build(struct gsi_decode_plan *plan, const struct gsi_decode_schema *schema,
                               uint32_t *built, uint32_t type)
{
    if (built[type])
        return built[type] - 1;
    switch (schema->types[type].kind) {
    case AVRO_NULL:
        return add_bytes(plan, 0);
    case AVRO_BOOLEAN:
        return add_bytes(plan, 1);
    case AVRO_FLOAT:
        return add_bytes(plan, 4);
    case AVRO_DOUBLE:
        return add_bytes(plan, 8);
    case AVRO_FIXED:
        return add_bytes(plan, (uint64_t)schema->types[type].size);
    case AVRO_INT32:
    case AVRO_INT64:
    case AVRO_ENUM:
        return add_node(plan, GSI_NODE_VARINT, 0);
    case AVRO_STRING:
    case AVRO_BYTES:
        return add_node(plan, GSI_NODE_STRING, 0);
    default:
        return build_compound(plan, schema, built, type);
    }
}

struct skipper {
    const struct gsi_decode_plan *plan;
    const uint8_t *end;
    enum gs_bad_code *code;
};

static const uint8_t *fail(const struct skipper *s, enum gs_bad_code code)
{
    *s->code = code;
    return NULL;
}

static const uint8_t *skip_node(const struct skipper *s, uint32_t index, const uint8_t *p,
                                int depth);

static const uint8_t *skip_string(const struct skipper *s, const uint8_t *p)
{
    uint32_t length;
    p = gsi_decode_length(p, s->end, &length, s->code);
    return p ? p + length : NULL;
}

/* The items of one block whose size the writer did not give. */
static const uint8_t *skip_items(const struct skipper *s, const struct gsi_decode_node *array,
                                 const uint8_t *p, uint64_t count, int depth)
{
    const struct gsi_decode_node *item = &s->plan->nodes[array->a];
    uint64_t left = (uint64_t)(s->end - p);
    bool map = array->code == GSI_NODE_MAP;
    if (!map && item->code == GSI_NODE_BYTES) {
        if (item->a > 0 && count > left / item->a)
            return fail(s, GS_BAD_LENGTH);
        return p + count * item->a;
    }
    if (count > left) /* each takes a byte or more */
        return fail(s, GS_BAD_LENGTH);
    for (uint64_t i = 0; i < count && p; i++) {
        if (map)
            p = skip_string(s, p);
        if (p)
            p = skip_node(s, array->a, p, depth);
    }
    return p;
}

static const uint8_t *skip_array(const struct skipper *s, const struct gsi_decode_node *array,
                                 const uint8_t *p, int depth)
{
    for (;;) {
        uint64_t count;
        uint32_t bytes;
        p = gsi_decode_block(p, s->end, &count, &bytes, s->code);
        if (!p || count == 0)
            return p;
        p = bytes != UINT32_MAX ? p + bytes : skip_items(s, array, p, count, depth);
        if (!p)
            return NULL;
    }
}

static const uint8_t *skip_union(const struct skipper *s, const struct gsi_decode_node *node,
                                 const uint8_t *p, int depth)
{
    uint64_t raw;
    p = gsi_decode_varint(p, s->end, &raw, s->code);
    if (!p)
        return NULL;
    if (raw & 1 || raw >> 1 >= node->b)
        return fail(s, GS_BAD_UNION);
    return skip_node(s, s->plan->links[node->a + (raw >> 1)], p, depth);
}

static const uint8_t *skip_record(const struct skipper *s, const struct gsi_decode_node *node,
                                  const uint8_t *p, int depth)
{
    for (uint32_t i = 0; i < node->b && p; i++)
        p = skip_node(s, s->plan->links[node->a + i], p, depth);
    return p;
}

static const uint8_t *skip_node(const struct skipper *s, uint32_t index, const uint8_t *p,
                                int depth)
{
    const struct gsi_decode_node *node = &s->plan->nodes[index];
    uint64_t raw;
    switch (node->code) {
    case GSI_NODE_BYTES:
        return node->a <= (uint64_t)(s->end - p) ? p + node->a : fail(s, GS_BAD_TRUNCATED);
    case GSI_NODE_VARINT:
        return gsi_decode_varint(p, s->end, &raw, s->code);
    case GSI_NODE_STRING:
        return skip_string(s, p);
    case GSI_NODE_UNION:
        return skip_union(s, node, p, depth);
    default:
        break;
    }
    if (depth == GS_DECODE_DEPTH_MAX)
        return fail(s, GS_BAD_DEPTH);
    return node->code == GSI_NODE_RECORD ? skip_record(s, node, p, depth + 1)
                                         : skip_array(s, node, p, depth + 1);
}

const uint8_t *gsi_decode_skip(const struct gsi_decode_plan *plan, uint32_t node, const uint8_t *p,
                               const uint8_t *end, enum gs_bad_code *code)
{
    struct skipper skipper = {plan, end, code};
    return skip_node(&skipper, node, p, 0);
}
