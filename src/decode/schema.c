/* schema.c -- schema text -> table of types.
 *
 * Avro C parses and checks the schema, but drops logical types and aliases. So the same text is
 * parsed as JSON too and both trees are walked side by side; the JSON one is a source of hints
 * only, and a subtree that does not fit is walked without hints. */
#include "schema.h"

#include "groundswell/decode.h"

#include <stdio.h>

/* Avro C and the JSON parser recurse: what is nested too deeply must not get that far. */
static bool nested_too_deeply(struct gs_str text)
{
    int depth = 0;
    bool quoted = false;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > GSI_DECODE_JSON_DEPTH_MAX)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static bool take(uint32_t *count, size_t more, uint32_t *first)
{
    if (more > GSI_DECODE_TYPES_MAX - *count)
        return false;
    *first = *count;
    *count += (uint32_t)more;
    return true;
}

static bool add_type(struct gsi_decode_schema *schema, avro_schema_t avro, const json_t *json,
                     uint32_t *index);

static bool add_record(struct gsi_decode_schema *schema, struct gsi_decode_type *type,
                       const json_t *json)
{
    type->count = (uint32_t)avro_schema_record_size(type->avro);
    if (!take(&schema->field_count, type->count, &type->first))
        return false;
    const json_t *fields = json_object_get(json, "fields");
    for (uint32_t i = 0; i < type->count; i++) {
        struct gsi_decode_field *field = &schema->fields[type->first + i];
        const json_t *hint = json_array_get(fields, i);
        field->name = avro_schema_record_field_name(type->avro, (int)i);
        field->aliases = json_object_get(hint, "aliases");
        if (!add_type(schema, avro_schema_record_field_get_by_index(type->avro, (int)i),
                      json_object_get(hint, "type"), &field->type))
            return false;
    }
    return true;
}

static bool add_union(struct gsi_decode_schema *schema, struct gsi_decode_type *type,
                      const json_t *json)
{
    type->count = (uint32_t)avro_schema_union_size(type->avro);
    if (!take(&schema->branch_count, type->count, &type->first))
        return false;
    for (uint32_t i = 0; i < type->count; i++)
        if (!add_type(schema, avro_schema_union_branch(type->avro, (int)i), json_array_get(json, i),
                      &schema->branches[type->first + i]))
            return false;
    return true;
}

static bool add_enum(struct gsi_decode_schema *schema, struct gsi_decode_type *type)
{
    type->count = (uint32_t)avro_schema_enum_number_of_symbols(type->avro);
    if (!take(&schema->symbol_count, type->count, &type->first))
        return false;
    for (uint32_t i = 0; i < type->count; i++)
        schema->symbols[type->first + i] = avro_schema_enum_get(type->avro, (int)i);
    return true;
}

static bool find_type(const struct gsi_decode_schema *schema, avro_schema_t avro, uint32_t *index)
{
    for (*index = 0; *index < schema->type_count; ++*index)
        if (schema->types[*index].avro == avro)
            return true;
    return false;
}

static bool add_type(struct gsi_decode_schema *schema, avro_schema_t avro, const json_t *json,
                     uint32_t *index)
{
    while (is_avro_link(avro))
        avro = avro_schema_link_target(avro);
    if (is_avro_named_type(avro) && find_type(schema, avro, index))
        return true;
    if (!take(&schema->type_count, 1, index))
        return false;
    struct gsi_decode_type *type = &schema->types[*index];
    type->avro = avro;
    type->kind = avro_typeof(avro);
    type->logical = json_string_value(json_object_get(json, "logicalType"));
    switch (type->kind) {
    case AVRO_RECORD:
        return add_record(schema, type, json);
    case AVRO_UNION:
        return add_union(schema, type, json);
    case AVRO_ENUM:
        return add_enum(schema, type);
    case AVRO_ARRAY:
        return add_type(schema, avro_schema_array_items(avro), json_object_get(json, "items"),
                        &type->first);
    case AVRO_MAP:
        return add_type(schema, avro_schema_map_values(avro), json_object_get(json, "values"),
                        &type->first);
    case AVRO_FIXED:
        type->size = avro_schema_fixed_size(avro);
        return true;
    default:
        return true;
    }
}

enum gs_status gsi_decode_schema_parse(struct gs_str text, struct gsi_decode_schema **schema,
                                       struct gs_error *error)
{
    *schema = NULL;
    if (text.len > GS_DECODE_SCHEMA_BYTES_MAX)
        return gs_fail(error, GS_E_DATA, "the schema text has %u bytes, more than %d", text.len,
                       GS_DECODE_SCHEMA_BYTES_MAX);
    if (gs_str_is_null(text) || nested_too_deeply(text))
        return gs_fail(error, GS_E_DATA, "the schema text is %s",
                       gs_str_is_null(text) ? "missing" : "nested too deeply");
    json_error_t json_error;
    json_t *json = json_loadb(text.data, text.len, JSON_DECODE_ANY, &json_error);
    if (!json)
        return gs_fail(error, GS_E_DATA, "the schema text is not JSON: line %d: %.120s",
                       json_error.line, json_error.text);
    avro_schema_t avro = NULL;
    if (avro_schema_from_json_length(text.data, text.len, &avro)) {
        json_decref(json);
        return gs_fail(error, GS_E_DATA, "the schema text is not an Avro schema: %.200s",
                       avro_strerror());
    }
    struct gsi_decode_schema *made = gs_calloc(1, sizeof *made);
    made->json = json;
    made->avro = avro;
    uint32_t root;
    if (!add_type(made, avro, json, &root)) {
        gsi_decode_schema_free(made);
        return gs_fail(error, GS_E_DATA, "the schema has more than %d types, fields or symbols",
                       GSI_DECODE_TYPES_MAX);
    }
    *schema = made;
    return GS_OK;
}

void gsi_decode_schema_free(struct gsi_decode_schema *schema)
{
    if (!schema)
        return;
    avro_schema_decref(schema->avro);
    json_decref(schema->json);
    gs_free(schema);
}

static const char *kind_name(avro_type_t kind)
{
    static const char *const names[] = {
        [AVRO_STRING] = "string",   [AVRO_BYTES] = "bytes", [AVRO_INT32] = "int",
        [AVRO_INT64] = "long",      [AVRO_FLOAT] = "float", [AVRO_DOUBLE] = "double",
        [AVRO_BOOLEAN] = "boolean", [AVRO_NULL] = "null",   [AVRO_RECORD] = "record",
        [AVRO_ENUM] = "enum",       [AVRO_FIXED] = "fixed", [AVRO_MAP] = "map",
        [AVRO_ARRAY] = "array",     [AVRO_UNION] = "union",
    };
    return names[kind];
}

void gsi_decode_schema_describe(const struct gsi_decode_schema *schema, uint32_t type, char *buffer,
                                size_t capacity)
{
    const struct gsi_decode_type *described = &schema->types[type];
    const char *logical = described->logical;
    if (described->kind != AVRO_UNION) {
        snprintf(buffer, capacity, "%s%s%.40s%s", kind_name(described->kind), logical ? " (" : "",
                 logical ? logical : "", logical ? ")" : "");
        return;
    }
    size_t len = (size_t)snprintf(buffer, capacity, "union of");
    for (uint32_t i = 0; i < described->count && len < capacity; i++) {
        uint32_t branch = schema->branches[described->first + i];
        len += (size_t)snprintf(buffer + len, capacity - len, "%s %s", i ? "," : "",
                                kind_name(schema->types[branch].kind));
    }
}
