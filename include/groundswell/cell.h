/* cell.h -- one entity's one window as readers of Redis see it: its key and its JSON.
 *
 * One table (gs_cell_fields) names every field with its meaning; the encoder walks it, and the JSON
 * Schema under schemas/ and the matrix in schemas/REDIS.md are checked against it.
 * Pure: no clock, no I/O, no state. Any thread. */
#ifndef GROUNDSWELL_CELL_H
#define GROUNDSWELL_CELL_H

#include "groundswell/event.h"

/* Everything a cell shows. Strings are borrowed for the call. */
struct gs_cell {
    const struct gs_view_config *view;
    const struct gs_input_config *inputs; /* [at_count], the meaning of `at` */
    const int64_t *at;                    /* next offset per input: the first one not contained */
    uint8_t at_count;
    uint32_t task;
    uint8_t level;   /* which window of the configuration */
    int64_t from_ms; /* window bounds, [from, to) */
    int64_t to_ms;
    int64_t as_of_ms;       /* the task's clock */
    int64_t updated_ms;     /* wall time of the write */
    const char *state;      /* "gap" or "mixed"; NULL: nothing is wrong with it */
    int64_t mixed_until_ms; /* 0: it is not mixed */
    const int64_t *total;   /* [GS_COUNTER_COUNT], sums over the window */
    uint64_t zeros;         /* counters known to be 0, as bits: they are not looked at */
    bool judged; /* comments and posts get verdicts; else the metrics from PVR on are left out */
    struct gs_str key; /* the entity's composite id, components percent-encoded, joined with '/' */
    struct gs_str influencer_id;
    struct gs_str handle;    /* null if unknown */
    struct gs_str platform;  /* null if unknown */
    int64_t followers;       /* GS_NULL_INT if unknown */
    const char *tier;        /* NULL if unknown */
    struct gs_str beginning; /* by gs_cell_add_beginning(); null: it is made for this cell */
};

/* Appends what a cell's JSON begins with: all that hangs on no entity but on the fields from inputs
 * to mixed_until_ms alone. Cells of one window that are written together share it. */
void gs_cell_add_beginning(struct gs_buf *json, const struct gs_cell *cell);
/* Appends the JSON object. Counters that are 0 and metrics without a denominator are left out. */
void gs_cell_encode(struct gs_buf *json, const struct gs_cell *cell);

/* Appends id with every byte outside [A-Za-z0-9.~@+-] as %XX (upper case). */
void gs_cell_add_id(struct gs_buf *buf, struct gs_str id);
/* True if gs_cell_add_id() would copy id as it is. */
bool gs_cell_id_is_plain(struct gs_str id);
/* Whether it could be the key of so many ids: each as gs_cell_add_id() writes it, with a '/'
 * between them. */
bool gs_cell_key_is_sound(struct gs_str key, uint8_t ids);
/* The inverse of gs_cell_add_id(), for people's eyes; a broken escape is copied as it is. */
void gs_cell_add_decoded_id(struct gs_buf *buf, struct gs_str encoded);

/* A cell's key is "<prefix>:v1:{<view>:<key>}:<window>"; these append what stands before and behind
 * the entity's key. */
void gs_cell_add_key_head(struct gs_buf *buf, const char *prefix, const char *view);
void gs_cell_add_key_tail(struct gs_buf *buf, const char *window);

/* Three windows, at least ten minutes: how long a cell outlives its last write. */
int64_t gs_cell_expiry_ms(int64_t window_ms);

/* Derived metrics. */
enum gs_metric {
    GS_M_ENGAGEMENT, /* likes + comments + shares + saves */
    GS_M_ER_FOLLOWERS,
    GS_M_ER_CLEAN,
    GS_M_NSS,
    GS_M_POLARITY,
    GS_M_BHI,
    GS_M_BHI_LO,
    GS_M_BHI_HI,
    GS_M_NOISE_RATIO,
    GS_M_MEAN_SENTIMENT,
    GS_M_SD_SENTIMENT,
    GS_M_PVR, /* and what follows: only of judged ones */
    GS_M_VG,
    GS_M_VNS,
    GS_M_REPLY_RATE,
    GS_M_RISK_SHARE,
    GS_METRIC_COUNT
};
/* Fills value[] (NaN = absent: a denominator is missing or a term that cannot be negative is).
 * Formulas: schemas/REDIS.md; the Wilson interval is E. B. Wilson, JASA 22 (1927), z = 1.959964. */
void gs_cell_metrics(const int64_t *total, int64_t followers, double value[GS_METRIC_COUNT]);

struct gs_cell_field {
    const char *name;
    const char *type; /* "integer", "number", "string", "object", "array" */
    const char *meaning;
};
/* Every field that a cell may carry, in the order in which it is written. */
const struct gs_cell_field *gs_cell_fields(size_t *count);

#endif
