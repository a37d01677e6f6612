/* schema.h -- a writer's schema as a flat table of types, so that the compiler need not know how
 * Avro C and JSON represent it. Private to the room decode. */
#ifndef GS_DECODE_SCHEMA_H
#define GS_DECODE_SCHEMA_H

#include "groundswell/base.h"

#include <avro.h>
#include <jansson.h>

enum {
    GSI_DECODE_JSON_DEPTH_MAX = 128, /* Avro C recurses once per level of JSON */
    GSI_DECODE_TYPES_MAX = 4096      /* types, and also fields, branches and symbols in total */
};

struct gsi_decode_type {
    avro_type_t kind;    /* never AVRO_LINK: a reference is the index of what it refers to */
    uint32_t first;      /* record: in fields; union: in branches; enum: in symbols;
                            array, map: the type of the items */
    uint32_t count;      /* record, union, enum: how many */
    int64_t size;        /* fixed */
    const char *logical; /* logicalType, or NULL */
    avro_schema_t avro;
};

struct gsi_decode_field {
    const char *name;
    const json_t *aliases; /* JSON array of other names, or NULL */
    uint32_t type;
};

struct gsi_decode_schema {
    avro_schema_t avro; /* owns the names */
    json_t *json;       /* owns logical types and aliases, which Avro C drops */
    uint32_t type_count;
    uint32_t field_count;
    uint32_t branch_count;
    uint32_t symbol_count;
    struct gsi_decode_type types[GSI_DECODE_TYPES_MAX]; /* the first is the root */
    struct gsi_decode_field fields[GSI_DECODE_TYPES_MAX];
    uint32_t branches[GSI_DECODE_TYPES_MAX];
    const char *symbols[GSI_DECODE_TYPES_MAX];
};

/* The text is borrowed for the call. Errors: GS_E_DATA. On GS_OK *schema is the caller's. */
GS_MUST_CHECK enum gs_status gsi_decode_schema_parse(struct gs_str text,
                                                     struct gsi_decode_schema **schema,
                                                     struct gs_error *error);
void gsi_decode_schema_free(struct gsi_decode_schema *schema); /* accepts NULL */

/* "string", "long", "record Actor" ...: for messages. A union is described by its branches. */
void gsi_decode_schema_describe(const struct gsi_decode_schema *schema, uint32_t type, char *buffer,
                                size_t capacity);

#endif
