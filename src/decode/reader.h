/* reader.h -- our side of schema resolution: which fields we read, and where to. Private to the
 * room decode. The writer's schema is matched against these tables by name. */
#ifndef GS_DECODE_READER_H
#define GS_DECODE_READER_H

#include "plan.h"

enum gsi_decode_value {
    GSI_VALUE_ID,       /* string */
    GSI_VALUE_TEXT,     /* string */
    GSI_VALUE_COUNT,    /* long, 0 .. GS_COUNT_MAX */
    GSI_VALUE_AMOUNT,   /* long, 0 .. GS_MICROS_MAX */
    GSI_VALUE_TIME,     /* long, timestamp-millis or timestamp-micros */
    GSI_VALUE_SCORE,    /* double, -1 .. 1 */
    GSI_VALUE_ENUM,     /* enum */
    GSI_VALUE_GOAL,     /* enum */
    GSI_VALUE_RECORD,   /* a nested record, read in line */
    GSI_VALUE_BRANDS,   /* array of ids */
    GSI_VALUE_CAMPAIGNS /* array of records, each one struct gs_campaign */
};

struct gsi_decode_symbol {
    const char *name;
    uint8_t value;
};

struct gsi_decode_reader_field {
    const char *name; /* NULL ends a table */
    enum gsi_decode_value value;
    enum gsi_decode_base base;
    uint16_t dst;
    bool required;                                /* not null, and present in the writer's schema */
    const struct gsi_decode_reader_field *fields; /* of a nested record */
    const struct gsi_decode_symbol *symbols;      /* of an enum; a NULL name ends it */
};

/* The fields of the records of a kind. */
const struct gsi_decode_reader_field *gsi_decode_reader_fields(enum gs_kind kind);
/* By the unqualified name of a record schema; false if it is not one of ours. */
bool gsi_decode_reader_kind(const char *record_name, enum gs_kind *kind);
const char *gsi_decode_reader_name(enum gs_kind kind);
/* Everything absent: null, or the value that null reads as. */
void gsi_decode_reader_defaults(enum gs_kind kind, struct gs_event *event);
extern const struct gs_campaign gsi_decode_reader_no_campaign;

#endif
