/* plan.h -- what a writer's schema is compiled to. Private to the room decode.
 *
 *   ops     ID event_id | INTEGER event_ms | TEXT platform | .. | GROUP -> | INTEGER | .. | END
 *                                                                 null: jump over the group
 *   nodes   how to skip one value of a type that we do not read, as a graph: types may recurse
 *
 * Ops run from the first to END; a nested record stands in line. An op is optional if its value is
 * a union of null and one type: the branch is then read by the same op. */
#ifndef GS_DECODE_PLAN_H
#define GS_DECODE_PLAN_H

#include "groundswell/decode.h"

enum gsi_decode_op_code {
    /* Values. They read one value at most into base + dst. */
    GSI_OP_ID,      /* string of 1 .. GS_ID_BYTES_MAX bytes -> struct gs_str */
    GSI_OP_TEXT,    /* any string -> struct gs_str */
    GSI_OP_INTEGER, /* 0 .. limit -> int64_t */
    GSI_OP_MICROS,  /* time in microseconds -> int64_t in ms, 0 .. limit */
    GSI_OP_ENUM,    /* arg = first of count symbols -> uint8_t */
    GSI_OP_GOAL,    /* the same -> enum gs_goal */
    GSI_OP_DOUBLE,  /* -1 .. 1 -> double */
    GSI_OP_FLOAT,
    GSI_OP_SCORE,      /* a long as double */
    GSI_OP_SKIP_BYTES, /* arg = how many */
    GSI_OP_SKIP_VARINT,
    GSI_OP_SKIP_STRING,
    GSI_OP_SKIP_NODE, /* arg = node */
    /* Control. They choose the next op. */
    GSI_OP_GROUP,     /* only a branch: of a union of null and what the ops up to arg read */
    GSI_OP_SWITCH,    /* union: branch b of count jumps to targets[arg + b] */
    GSI_OP_JUMP,      /* to arg */
    GSI_OP_FAIL,      /* arg = enum gs_bad_code */
    GSI_OP_ARRAY,     /* at most count items; the end of the array jumps to arg */
    GSI_OP_ARRAY_END, /* the next item jumps to arg */
    GSI_OP_CAMPAIGN,  /* the next struct gs_campaign becomes the base */
    GSI_OP_END
};

enum { GSI_NULLS_MAX = 15 }; /* that are read at once */

enum gsi_decode_base { GSI_BASE_EVENT, GSI_BASE_CAMPAIGN, GSI_BASE_SCRATCH, GSI_BASE_COUNT };

/* What a value op without a branch reads into the event, if it is a frequent one. */
enum gsi_decode_row { GSI_ROW_NONE, GSI_ROW_STRING, GSI_ROW_TIME, GSI_ROW_ENUM };

struct gsi_decode_op {
    uint8_t code;
    uint8_t base;       /* enum gsi_decode_base; scratch: checked, not kept */
    bool optional;      /* a group, or a value op of which the value is in a union with null */
    bool required;      /* null is GS_BAD_NULL */
    uint8_t value_byte; /* the union's branch as one byte */
    bool is_time;       /* below 0 is GS_BAD_RANGE, not GS_BAD_NEGATIVE */
    uint8_t row;        /* enum gsi_decode_row */
    uint8_t nulls_max;  /* so many values from this on may be null in a row, each a byte of 0 ... */
    uint16_t dst;
    uint16_t count;
    uint32_t arg;
    uint64_t limit;
    uint32_t null_ops;                    /* null: so many ops further on */
    uint8_t nulls_ops[GSI_NULLS_MAX + 1]; /* ... and after so many of them it is the op so far on */
};

enum gsi_decode_node_code {
    GSI_NODE_BYTES, /* a = how many */
    GSI_NODE_VARINT,
    GSI_NODE_STRING,
    GSI_NODE_ARRAY, /* a = node of the items */
    GSI_NODE_MAP,   /* a = node of the values */
    GSI_NODE_UNION, /* links[a .. a + b) by branch */
    GSI_NODE_RECORD /* links[a .. a + b) in order */
};

struct gsi_decode_node {
    uint32_t code;
    uint32_t a;
    uint32_t b;
};

struct gsi_decode_plan {
    enum gs_kind kind;
    struct gs_event defaults;
    struct gsi_decode_op *ops;
    uint32_t *op_names; /* per op: where in names its field's path starts */
    uint32_t op_count;
    struct gs_buf names; /* terminated strings */
    uint32_t *targets;
    uint32_t target_count;
    uint8_t *symbols; /* writer's symbol -> our value; 0 = unknown */
    uint32_t symbol_count;
    struct gsi_decode_node *nodes;
    uint32_t node_count;
    uint32_t *links;
    uint32_t link_count;
};

/* Makes room for one more entry of an array that has count of them and grows by doubling. */
static inline void *gsi_decode_grow(void *array, uint32_t count, size_t entry_bytes)
{
    if (count & (count - 1) || (count > 0 && count < 16))
        return array;
    return gs_realloc(array, (size_t)GS_MAX(count * 2, 16u) * entry_bytes);
}

struct gsi_decode_schema;

/* Compiles the schema, borrowed for the call. On GS_OK *plan is the caller's; otherwise *code is
 * GS_BAD_SCHEMA_INVALID or GS_BAD_SCHEMA_KIND and the error (GS_E_DATA) says why. */
GS_MUST_CHECK enum gs_status gsi_decode_compile(const struct gsi_decode_schema *schema,
                                                struct gsi_decode_plan **plan,
                                                enum gs_bad_code *code, struct gs_error *error);
void gsi_decode_plan_free(struct gsi_decode_plan *plan); /* accepts NULL */

/* Builds the graph that skips values of the type, if it is not there yet; returns its node. built
 * has an entry per type of the schema, the node + 1 or 0, and lives for one compilation. */
uint32_t gsi_decode_skip_build(struct gsi_decode_plan *plan, const struct gsi_decode_schema *schema,
                               uint32_t *built, uint32_t type);

/* Skips one value; returns where it ends, or NULL with *code set. */
const uint8_t *gsi_decode_skip(const struct gsi_decode_plan *plan, uint32_t node, const uint8_t *p,
                               const uint8_t *end, enum gs_bad_code *code);

/* Reads the Avro body [p, end) into *event and pool. On anything but GS_BAD_NONE, *at is where the
 * value starts that could not be read and *op the op that failed. */
struct gsi_decode_stop {
    const uint8_t *at;
    uint32_t op;
};
enum gs_bad_code gsi_decode_run(const struct gsi_decode_plan *plan, struct gs_str body,
                                struct gs_event *event, struct gs_campaign_pool *pool,
                                struct gsi_decode_stop *stop);

#endif
