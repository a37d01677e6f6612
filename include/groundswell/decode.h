/* decode.h -- Kafka record value -> struct gs_event, by plans compiled from the writers' schemas.
 *
 *   00 | 00 00 00 03 | Avro binary ...          a value in Confluent framing
 *   ^    ^             ^
 *   magic  schema id     read in place by the plan of schema 3
 *
 * A plan is a flat list of {operation, destination}, made once per writer schema: its fields are
 * matched with ours by name (or by an alias that the writer gives for a renamed field), a field
 * that it lacks reads as null, an enum symbol that we do not know as *_UNKNOWN, numbers are
 * promoted as the Avro specification has it, and what we do not know is skipped. Nothing is copied
 * or allocated per record: strings are views into the value (invalid UTF-8 included).
 *
 * Avro C parses schema text, nothing else. Record bytes are untrusted and never reach it.
 * No locks: an object belongs to one thread. */
#ifndef GROUNDSWELL_DECODE_H
#define GROUNDSWELL_DECODE_H

#include "groundswell/base.h"
#include "groundswell/event.h"

enum {
    GS_DECODE_SCHEMA_BYTES_MAX = 1 << 20, /* longer schema text is refused */
    GS_DECODE_SCHEMAS_MAX = 10000,        /* ids that one object remembers */
    GS_DECODE_DEPTH_MAX = 16 /* records, arrays and maps inside one another in a skipped value */
};

struct gs_decode; /* opaque */

enum gs_decode_result {
    GS_DECODE_OK,         /* the event is set */
    GS_DECODE_BAD,        /* the record can never be used: why says what is wrong */
    GS_DECODE_NEED_SCHEMA /* why->schema_id has to be added or marked first; then try again */
};

/* Why a record is bad, and where. */
struct gs_decode_error {
    enum gs_bad_code code;
    uint32_t schema_id; /* 0 if the framing has none */
    uint32_t offset;    /* in the value: where the field starts that could not be read */
    const char *field;  /* its path, as "campaigns.cost_micros"; NULL if it is not about a field.
                           Valid until the schema is replaced or forgotten */
};

struct gs_decode *gs_decode_create(void);
void gs_decode_destroy(struct gs_decode *decode); /* accepts NULL */

/* Compiles the writer schema of an id; the text is borrowed for the call. Adding an id again
 * changes nothing if it has a plan. Errors: GS_E_DATA if the schema cannot be used; the message
 * names the schema, the field and what is expected, and the id is remembered, so that its records
 * are GS_BAD_SCHEMA_INVALID or GS_BAD_SCHEMA_KIND. GS_E_REFUSED if GS_DECODE_SCHEMAS_MAX usable
 * schemas are held already; nothing is remembered then. */
GS_MUST_CHECK enum gs_status gs_decode_add_schema(struct gs_decode *decode, uint32_t id,
                                                  struct gs_str schema_json,
                                                  struct gs_error *error);
/* The registry (or folder) does not know the id: its records are GS_BAD_SCHEMA_UNKNOWN until
 * gs_decode_forget. Does nothing to an id that has a plan. When the table is full, some other id
 * that has no plan is forgotten, and will be asked for again. */
void gs_decode_mark_unknown(struct gs_decode *decode, uint32_t id);
/* Forgets an id that has no plan (unknown or invalid); others keep theirs: an id never changes its
 * schema. */
void gs_decode_forget(struct gs_decode *decode, uint32_t id);
/* Is there a plan for the id, and of which kind? kind may be NULL. */
bool gs_decode_has_plan(const struct gs_decode *decode, uint32_t id, enum gs_kind *kind);

/* Reads one record. On GS_DECODE_OK everything in *event is set except offset and record_ms, which
 * are left as they are; its strings are views into value. The campaigns of a profile are appended
 * to pool, which may grow; on any other result pool is as before and the rest of *event undefined.
 * A value without data (a Kafka null) is GS_BAD_NULL. why is written unless the result is OK. */
GS_MUST_CHECK enum gs_decode_result gs_decode_record(struct gs_decode *decode, struct gs_str value,
                                                     struct gs_event *event,
                                                     struct gs_campaign_pool *pool,
                                                     struct gs_decode_error *why);

/* "negative at byte 117, field metrics.likes, schema 3": for logs and the DLQ. Contains nothing of
 * the payload. Returns buffer, always terminated. */
const char *gs_decode_error_text(const struct gs_decode_error *why, char *buffer, size_t capacity);

#endif
