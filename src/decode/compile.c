/* compile.c -- matches a writer's schema with our tables and emits the plan.
 *
 * Writer's fields are walked in their order, which is the order of the bytes:
 *   known      -> the op of its value, after promotion
 *   union      -> null and one type of one op: that op, optional; else null and a group; else a
 *                 switch, in which a branch that our field cannot take fails when it is met
 *   not known  -> a skip */
#include "plan.h"
#include "reader.h"
#include "schema.h"

#include <stdio.h>

enum { OPS_MAX = 1 << 16, TARGETS_MAX = 1 << 16, PATH_MAX_BYTES = 160 };

struct compiler {
    const struct gsi_decode_schema *schema;
    struct gsi_decode_plan *plan;
    uint32_t *built;           /* see gsi_decode_skip_build */
    char path[PATH_MAX_BYTES]; /* of the field that is compiled, cut if too long */
    uint32_t name;             /* where it starts in plan->names */
    struct gs_error *error;
};

static enum gs_status compile_value(struct compiler *c, const struct gsi_decode_reader_field *field,
                                    uint32_t type);
static enum gs_status compile_record(struct compiler *c,
                                     const struct gsi_decode_reader_field *fields, uint32_t type);

static const struct gsi_decode_type *type_of(const struct compiler *c, uint32_t type)
{
    return &c->schema->types[type];
}

static void set_path(struct compiler *c, size_t parent_len, const char *name)
{
    snprintf(c->path + parent_len, sizeof c->path - parent_len, "%s%s", parent_len ? "." : "",
             name);
    c->name = (uint32_t)c->plan->names.len;
    gs_buf_add(&c->plan->names, c->path, strlen(c->path) + 1);
}

static uint32_t emit(struct compiler *c, struct gsi_decode_op op)
{
    struct gsi_decode_plan *plan = c->plan;
    plan->ops = gsi_decode_grow(plan->ops, plan->op_count, sizeof *plan->ops);
    plan->op_names = gsi_decode_grow(plan->op_names, plan->op_count, sizeof *plan->op_names);
    plan->ops[plan->op_count] = op;
    plan->op_names[plan->op_count] = c->name;
    return plan->op_count++;
}

static enum gs_status mismatch(struct compiler *c, const struct gsi_decode_reader_field *field,
                               uint32_t type)
{
    static const char *const expected[] = {
        [GSI_VALUE_ID] = "string",
        [GSI_VALUE_TEXT] = "string",
        [GSI_VALUE_COUNT] = "long",
        [GSI_VALUE_AMOUNT] = "long",
        [GSI_VALUE_TIME] = "long (timestamp-millis or timestamp-micros)",
        [GSI_VALUE_SCORE] = "double",
        [GSI_VALUE_ENUM] = "enum",
        [GSI_VALUE_GOAL] = "enum",
        [GSI_VALUE_RECORD] = "record",
        [GSI_VALUE_BRANDS] = "array of string",
        [GSI_VALUE_CAMPAIGNS] = "array of record",
    };
    char found[160];
    gsi_decode_schema_describe(c->schema, type, found, sizeof found);
    return gs_fail(c->error, GS_E_DATA, "field %s is %s, expected %s%s", c->path, found,
                   expected[field->value], field->required ? "" : ", or a union of it with null");
}

/* A time in days or nanoseconds, or without a zone, must not be taken for milliseconds. */
static bool is_time(const struct gsi_decode_type *type)
{
    if (type->kind != AVRO_INT64 && type->kind != AVRO_INT32)
        return false;
    if (!type->logical || strcmp(type->logical, "timestamp-millis") == 0 ||
        strcmp(type->logical, "timestamp-micros") == 0)
        return true;
    return strcmp(type->logical, "date") != 0 && strncmp(type->logical, "time", 4) != 0 &&
           strncmp(type->logical, "local-timestamp", 15) != 0;
}

/* Can our field take what the writer has, by the promotions of the Avro specification? */
static bool accepts(const struct gsi_decode_reader_field *field, const struct gsi_decode_type *type)
{
    bool is_integer = type->kind == AVRO_INT32 || type->kind == AVRO_INT64;
    switch (field->value) {
    case GSI_VALUE_ID:
    case GSI_VALUE_TEXT:
        return type->kind == AVRO_STRING || type->kind == AVRO_BYTES;
    case GSI_VALUE_COUNT:
    case GSI_VALUE_AMOUNT:
        return is_integer;
    case GSI_VALUE_TIME:
        return is_time(type);
    case GSI_VALUE_SCORE:
        return is_integer || type->kind == AVRO_FLOAT || type->kind == AVRO_DOUBLE;
    case GSI_VALUE_ENUM:
    case GSI_VALUE_GOAL:
        return type->kind == AVRO_ENUM;
    case GSI_VALUE_RECORD:
        return type->kind == AVRO_RECORD;
    default:
        return type->kind == AVRO_ARRAY;
    }
}

/* Writer's symbols by position -> our values by name. */
static void set_symbols(struct compiler *c, const struct gsi_decode_reader_field *field,
                        const struct gsi_decode_type *type, struct gsi_decode_op *op)
{
    struct gsi_decode_plan *plan = c->plan;
    op->arg = plan->symbol_count;
    op->count = (uint16_t)type->count;
    for (uint32_t i = 0; i < type->count; i++) {
        const struct gsi_decode_symbol *ours = field->symbols;
        while (ours->name && strcmp(ours->name, c->schema->symbols[type->first + i]) != 0)
            ours++;
        plan->symbols = gsi_decode_grow(plan->symbols, plan->symbol_count, 1);
        plan->symbols[plan->symbol_count++] = ours->value; /* 0 at the end of the table */
    }
}

static void emit_scalar(struct compiler *c, const struct gsi_decode_reader_field *field,
                        const struct gsi_decode_type *type)
{
    struct gsi_decode_op op = {.base = (uint8_t)field->base, .dst = field->dst};
    switch (field->value) {
    case GSI_VALUE_ID:
        op.code = GSI_OP_ID;
        break;
    case GSI_VALUE_TEXT:
        op.code = GSI_OP_TEXT;
        break;
    case GSI_VALUE_TIME:
        op.code = type->logical && strcmp(type->logical, "timestamp-micros") == 0 ? GSI_OP_MICROS
                                                                                  : GSI_OP_INTEGER;
        op.is_time = true;
        op.limit = GS_TIME_MS_MAX;
        break;
    case GSI_VALUE_SCORE:
        op.code = type->kind == AVRO_DOUBLE  ? GSI_OP_DOUBLE
                  : type->kind == AVRO_FLOAT ? GSI_OP_FLOAT
                                             : GSI_OP_SCORE;
        break;
    case GSI_VALUE_ENUM:
    case GSI_VALUE_GOAL:
        op.code = field->value == GSI_VALUE_ENUM ? GSI_OP_ENUM : GSI_OP_GOAL;
        set_symbols(c, field, type, &op);
        break;
    default:
        op.code = GSI_OP_INTEGER;
        op.limit = field->value == GSI_VALUE_COUNT ? GS_COUNT_MAX : GS_MICROS_MAX;
        break;
    }
    emit(c, op);
}

static enum gs_status compile_array(struct compiler *c, const struct gsi_decode_reader_field *field,
                                    const struct gsi_decode_type *type)
{
    static const struct gsi_decode_reader_field brand = {
        .name = "", .value = GSI_VALUE_ID, .base = GSI_BASE_SCRATCH, .required = true};
    bool brands = field->value == GSI_VALUE_BRANDS;
    struct gsi_decode_reader_field campaign = {
        .name = "", .value = GSI_VALUE_RECORD, .required = true, .fields = field->fields};
    uint32_t head =
        emit(c, (struct gsi_decode_op){.code = GSI_OP_ARRAY,
                                       .count = brands ? GS_BRANDS_MAX : GS_CAMPAIGNS_MAX});
    if (!brands)
        emit(c, (struct gsi_decode_op){.code = GSI_OP_CAMPAIGN});
    enum gs_status status = compile_value(c, brands ? &brand : &campaign, type->first);
    uint32_t tail = emit(c, (struct gsi_decode_op){.code = GSI_OP_ARRAY_END, .arg = head + 1});
    c->plan->ops[tail].count = c->plan->ops[head].count;
    c->plan->ops[head].arg = tail + 1;
    return status;
}

/* A value of a type that is no union and that the field accepts. */
static enum gs_status compile_plain(struct compiler *c, const struct gsi_decode_reader_field *field,
                                    uint32_t type)
{
    switch (field->value) {
    case GSI_VALUE_RECORD:
        return compile_record(c, field->fields, type);
    case GSI_VALUE_BRANDS:
    case GSI_VALUE_CAMPAIGNS:
        return compile_array(c, field, type_of(c, type));
    default:
        emit_scalar(c, field, type_of(c, type));
        return GS_OK;
    }
}

/* Null and one type: that type's op made optional, or a group that null jumps over. */
static enum gs_status compile_nullable(struct compiler *c,
                                       const struct gsi_decode_reader_field *field,
                                       uint32_t value_type, uint8_t null_branch)
{
    struct gsi_decode_plan *plan = c->plan;
    uint32_t group = emit(c, (struct gsi_decode_op){.code = GSI_OP_GROUP});
    enum gs_status status = compile_plain(c, field, value_type);
    if (status != GS_OK)
        return status;
    if (plan->op_count == group + 2 && plan->ops[group + 1].code < GSI_OP_GROUP &&
        !plan->ops[group + 1].optional) {
        plan->ops[group] = plan->ops[group + 1];
        plan->op_count--;
    }
    struct gsi_decode_op *op = &plan->ops[group];
    if (op->code == GSI_OP_GROUP)
        op->arg = plan->op_count;
    op->optional = true;
    op->required = field->required;
    op->value_byte = null_branch ? 0 : 2;
    return GS_OK;
}

/* One branch of a switch, up to the jump to its end; a branch that fits nothing fails when met. */
static enum gs_status compile_branch(struct compiler *c,
                                     const struct gsi_decode_reader_field *field, uint32_t type)
{
    enum gs_bad_code code = GS_BAD_NONE;
    if (type_of(c, type)->kind == AVRO_NULL)
        code = field->required ? GS_BAD_NULL : GS_BAD_NONE;
    else if (accepts(field, type_of(c, type)))
        return compile_plain(c, field, type);
    else
        code = GS_BAD_UNION;
    if (code != GS_BAD_NONE)
        emit(c, (struct gsi_decode_op){.code = GSI_OP_FAIL, .arg = (uint32_t)code});
    return GS_OK;
}

static enum gs_status compile_switch(struct compiler *c,
                                     const struct gsi_decode_reader_field *field,
                                     const struct gsi_decode_type *type)
{
    struct gsi_decode_plan *plan = c->plan;
    if (plan->target_count + type->count > TARGETS_MAX)
        return gs_fail(c->error, GS_E_DATA, "field %s has too many branches", c->path);
    uint32_t first = plan->target_count;
    plan->target_count += type->count;
    plan->targets = gs_realloc(plan->targets, plan->target_count * sizeof *plan->targets);
    uint32_t name = c->name;
    emit(c, (struct gsi_decode_op){
                .code = GSI_OP_SWITCH, .arg = first, .count = (uint16_t)type->count});
    uint32_t *jumps = gs_alloc(type->count * sizeof *jumps);
    enum gs_status status = GS_OK;
    for (uint32_t i = 0; i < type->count && status == GS_OK; i++) {
        plan->targets[first + i] = plan->op_count;
        c->name = name;
        status = compile_branch(c, field, c->schema->branches[type->first + i]);
        jumps[i] = emit(c, (struct gsi_decode_op){.code = GSI_OP_JUMP});
    }
    for (uint32_t i = 0; i < type->count && status == GS_OK; i++)
        plan->ops[jumps[i]].arg = plan->op_count;
    gs_free(jumps);
    return status;
}

static enum gs_status compile_union(struct compiler *c, const struct gsi_decode_reader_field *field,
                                    uint32_t index)
{
    const struct gsi_decode_type *type = type_of(c, index);
    const uint32_t *branches = &c->schema->branches[type->first];
    bool usable = false; /* by some value; what is only ever null tells nothing, and may be so */
    bool all_null = true;
    bool null[2] = {false, false};
    for (uint32_t i = 0; i < type->count; i++) {
        bool is_null = type_of(c, branches[i])->kind == AVRO_NULL;
        usable |= accepts(field, type_of(c, branches[i]));
        all_null &= is_null;
        if (i < 2)
            null[i] = is_null;
    }
    if (!usable && (!all_null || field->required))
        return mismatch(c, field, index);
    if (type->count == 2 && null[0] != null[1] && accepts(field, type_of(c, branches[null[0]])))
        return compile_nullable(c, field, branches[null[0]], null[1]);
    return compile_switch(c, field, type);
}

static enum gs_status compile_value(struct compiler *c, const struct gsi_decode_reader_field *field,
                                    uint32_t type)
{
    if (c->plan->op_count > OPS_MAX)
        return gs_fail(c->error, GS_E_DATA, "the schema is too large");
    if (type_of(c, type)->kind == AVRO_UNION)
        return compile_union(c, field, type);
    if (type_of(c, type)->kind == AVRO_NULL && !field->required)
        return GS_OK;
    if (!accepts(field, type_of(c, type)))
        return mismatch(c, field, type);
    return compile_plain(c, field, type);
}

/* The op that skips what the node describes; a union of null and a simple value takes one op. */
static struct gsi_decode_op skip_op(const struct gsi_decode_plan *plan, uint32_t index)
{
    static const uint8_t codes[] = {[GSI_NODE_BYTES] = GSI_OP_SKIP_BYTES,
                                    [GSI_NODE_VARINT] = GSI_OP_SKIP_VARINT,
                                    [GSI_NODE_STRING] = GSI_OP_SKIP_STRING};
    const struct gsi_decode_node *node = &plan->nodes[index];
    if (node->code <= GSI_NODE_STRING)
        return (struct gsi_decode_op){.code = codes[node->code], .arg = node->a};
    struct gsi_decode_op op = {.code = GSI_OP_SKIP_NODE, .arg = index};
    if (node->code != GSI_NODE_UNION || node->b != 2)
        return op;
    for (uint8_t i = 0; i < 2; i++) {
        const struct gsi_decode_node *null = &plan->nodes[plan->links[node->a + i]];
        const struct gsi_decode_node *value = &plan->nodes[plan->links[node->a + 1 - i]];
        if (null->code != GSI_NODE_BYTES || null->a != 0 || value->code > GSI_NODE_STRING)
            continue;
        return (struct gsi_decode_op){
            .code = codes[value->code], .arg = value->a, .optional = true, .value_byte = i ? 0 : 2};
    }
    return op;
}

static void compile_skip(struct compiler *c, uint32_t type)
{
    struct gsi_decode_op op =
        skip_op(c->plan, gsi_decode_skip_build(c->plan, c->schema, c->built, type));
    if (op.code != GSI_OP_SKIP_BYTES || op.arg != 0 || op.optional)
        emit(c, op);
}

static bool has_alias(const struct gsi_decode_field *field, const char *name)
{
    size_t index;
    json_t *alias;
    json_array_foreach(field->aliases, index,
                       alias) if (json_is_string(alias) &&
                                  strcmp(json_string_value(alias), name) == 0) return true;
    return false;
}

static bool has_field(const struct gsi_decode_schema *schema, const struct gsi_decode_type *record,
                      const char *name)
{
    for (uint32_t i = 0; i < record->count; i++)
        if (strcmp(schema->fields[record->first + i].name, name) == 0)
            return true;
    return false;
}

/* Our field for a writer's: by its name, else by an alias that no other field has as its name. */
static const struct gsi_decode_reader_field *match(const struct compiler *c,
                                                   const struct gsi_decode_reader_field *fields,
                                                   const struct gsi_decode_type *record,
                                                   const struct gsi_decode_field *writer)
{
    for (const struct gsi_decode_reader_field *ours = fields; ours->name; ours++)
        if (strcmp(ours->name, writer->name) == 0)
            return ours;
    for (const struct gsi_decode_reader_field *ours = fields; ours->name; ours++)
        if (has_alias(writer, ours->name) && !has_field(c->schema, record, ours->name))
            return ours;
    return NULL;
}

static enum gs_status check_missing(struct compiler *c,
                                    const struct gsi_decode_reader_field *fields, uint64_t seen)
{
    size_t parent_len = strlen(c->path);
    for (uint32_t i = 0; fields[i].name; i++)
        if (fields[i].required && !(seen & UINT64_C(1) << i))
            return gs_fail(c->error, GS_E_DATA, "the required field %s%s%s is missing", c->path,
                           parent_len ? "." : "", fields[i].name);
    return GS_OK;
}

static enum gs_status compile_record(struct compiler *c,
                                     const struct gsi_decode_reader_field *fields, uint32_t type)
{
    const struct gsi_decode_type *record = type_of(c, type);
    size_t parent_len = strlen(c->path);
    uint32_t parent_name = c->name;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < record->count; i++) {
        const struct gsi_decode_field *writer = &c->schema->fields[record->first + i];
        const struct gsi_decode_reader_field *ours = match(c, fields, record, writer);
        set_path(c, parent_len, ours ? ours->name : writer->name);
        if (!ours) {
            compile_skip(c, writer->type);
        } else {
            uint64_t bit = UINT64_C(1) << (ours - fields);
            if (seen & bit)
                return gs_fail(c->error, GS_E_DATA, "field %s is there twice", c->path);
            seen |= bit;
            enum gs_status status = compile_value(c, ours, writer->type);
            if (status != GS_OK)
                return status;
        }
    }
    c->path[parent_len] = '\0';
    c->name = parent_name;
    return check_missing(c, fields, seen);
}

static enum gsi_decode_row row_of(const struct gsi_decode_op *op)
{
    if (op->optional || op->base != GSI_BASE_EVENT)
        return GSI_ROW_NONE;
    switch (op->code) {
    case GSI_OP_ID:
    case GSI_OP_TEXT:
        return GSI_ROW_STRING;
    case GSI_OP_INTEGER:
        return op->is_time ? GSI_ROW_TIME : GSI_ROW_NONE;
    case GSI_OP_ENUM:
        return GSI_ROW_ENUM;
    default:
        return GSI_ROW_NONE;
    }
}

static bool may_be_0(const struct gsi_decode_op *op)
{
    return op->optional && !op->required && op->value_byte != 0;
}

static void count_nulls(struct gsi_decode_op *op)
{
    uint32_t ops = 0;
    while (op->nulls_max < GSI_NULLS_MAX && may_be_0(op + ops) &&
           ops + op[ops].null_ops <= UINT8_MAX) {
        ops += op[ops].null_ops;
        op->nulls_ops[++op->nulls_max] = (uint8_t)ops;
    }
}

/* What spares the run of a plan questions; follows from the rest. */
static void finish(struct gsi_decode_plan *plan)
{
    for (uint32_t i = plan->op_count; i-- > 0;) {
        struct gsi_decode_op *op = &plan->ops[i];
        op->row = (uint8_t)row_of(op);
        op->null_ops = op->code == GSI_OP_GROUP ? op->arg - i : 1;
        count_nulls(op);
    }
}

static enum gs_status find_kind(const struct gsi_decode_schema *schema, enum gs_kind *kind,
                                struct gs_error *error)
{
    const struct gsi_decode_type *root = &schema->types[0];
    const char *name = root->kind == AVRO_RECORD ? avro_schema_name(root->avro) : "";
    if (gsi_decode_reader_kind(name, kind))
        return GS_OK;
    char found[160];
    gsi_decode_schema_describe(schema, 0, found, sizeof found);
    return gs_fail(
        error, GS_E_DATA,
        "the schema is %s%s%.100s, expected a record named InfluencerProfile, PostEvent, "
        "CommentEvent or ReactionEvent",
        found, *name ? " " : "", name);
}

enum gs_status gsi_decode_compile(const struct gsi_decode_schema *schema,
                                  struct gsi_decode_plan **plan, enum gs_bad_code *code,
                                  struct gs_error *error)
{
    enum gs_kind kind;
    *plan = NULL;
    *code = GS_BAD_SCHEMA_KIND;
    enum gs_status status = find_kind(schema, &kind, error);
    if (status != GS_OK)
        return status;
    *code = GS_BAD_SCHEMA_INVALID;
    struct compiler c = {.schema = schema, .error = error};
    c.plan = gs_calloc(1, sizeof *c.plan);
    c.built = gs_calloc(GSI_DECODE_TYPES_MAX, sizeof *c.built);
    c.plan->kind = kind;
    gsi_decode_reader_defaults(kind, &c.plan->defaults);
    gs_buf_add(&c.plan->names, "", 1);
    status = compile_record(&c, gsi_decode_reader_fields(kind), 0);
    emit(&c, (struct gsi_decode_op){.code = GSI_OP_END});
    finish(c.plan);
    gs_free(c.built);
    if (status != GS_OK) {
        gsi_decode_plan_free(c.plan);
        return gs_fail_prefix(error, "%s", gsi_decode_reader_name(kind));
    }
    *plan = c.plan;
    return GS_OK;
}

void gsi_decode_plan_free(struct gsi_decode_plan *plan)
{
    if (!plan)
        return;
    gs_free(plan->ops);
    gs_free(plan->op_names);
    gs_buf_deinit(&plan->names);
    gs_free(plan->targets);
    gs_free(plan->symbols);
    gs_free(plan->nodes);
    gs_free(plan->links);
    gs_free(plan);
}
