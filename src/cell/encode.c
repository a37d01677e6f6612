/* encode.c -- a cell as one compact JSON object. One string per window, not a hash: Redis writes it
 * in a tenth of the time, and a reader gets all of it or none. */
#include "groundswell/cell.h"

#include <math.h>

/* A field's name as it stands in the object, with its length known at compile time. */
#define NAME(text)                                                                                 \
    {                                                                                              \
        ",\"" text "\":", sizeof ",\"" text "\":" - 1                                              \
    }
#define AS_NAME(text) ((struct gs_str)NAME(text))

static const struct gs_str metric_names[GS_METRIC_COUNT] = {
    [GS_M_ENGAGEMENT] = NAME("engagement"),
    [GS_M_ER_FOLLOWERS] = NAME("er_followers"),
    [GS_M_ER_CLEAN] = NAME("er_clean"),
    [GS_M_NSS] = NAME("nss"),
    [GS_M_POLARITY] = NAME("polarity"),
    [GS_M_BHI] = NAME("bhi"),
    [GS_M_BHI_LO] = NAME("bhi_lo"),
    [GS_M_BHI_HI] = NAME("bhi_hi"),
    [GS_M_NOISE_RATIO] = NAME("noise_ratio"),
    [GS_M_MEAN_SENTIMENT] = NAME("mean_sentiment"),
    [GS_M_SD_SENTIMENT] = NAME("sd_sentiment"),
};

static const struct gs_str counter_names[GS_C_DROP] = {
#define X(name, field, meaning) [GS_C_##name] = NAME(field),
    GS_COUNTERS(X)
#undef X
};

static void add_int(struct gs_buf *json, struct gs_str name, int64_t value)
{
    gs_buf_add_str(json, name);
    gs_buf_add_int(json, value);
}

static void add_string(struct gs_buf *json, struct gs_str name, struct gs_str value)
{
    if (!value.data)
        return;
    gs_buf_add_str(json, name);
    gs_buf_add(json, "\"", 1);
    gs_buf_add_json(json, value);
    gs_buf_add(json, "\"", 1);
}

static void add_bookkeeping(struct gs_buf *json, const struct gs_cell *cell)
{
    gs_buf_add_text(json, "{\"_v\":1");
    add_int(json, AS_NAME("_from_ms"), cell->from_ms);
    add_int(json, AS_NAME("_to_ms"), cell->to_ms);
    add_int(json, AS_NAME("_as_of_ms"), cell->as_of_ms);
    add_int(json, AS_NAME("_updated_ms"), cell->updated_ms);
    gs_buf_add_str(json, AS_NAME("_at"));
    for (uint8_t i = 0; i < cell->at_count; i++) {
        gs_buf_add(json, i ? "," : "[", 1);
        gs_buf_add_int(json, cell->at[i]);
    }
    gs_buf_add(json, "]", 1);
    add_int(json, AS_NAME("_task"), cell->task);
}

static bool has_key(const struct gs_cell *cell, enum gs_key_field field)
{
    for (uint8_t k = 0; k < cell->view->key_count; k++)
        if (cell->view->key[k] == field)
            return true;
    return false;
}

/* The campaign's id is the component of the key; it is shown as people write it. */
static void add_campaign(struct gs_buf *json, const struct gs_cell *cell)
{
    const char *at = cell->key.data;
    const char *end = at + cell->key.len;
    char bytes[3 * GS_ID_BYTES_MAX];
    struct gs_buf id = {bytes, 0, sizeof bytes};
    for (uint8_t k = 0; cell->view->key[k] != GS_KEY_CAMPAIGN; k++)
        at = (const char *)memchr(at, '/', (size_t)(end - at)) + 1;
    const char *stop = memchr(at, '/', (size_t)(end - at));
    size_t length = (size_t)((stop ? stop : end) - at);
    GS_ASSERT(length <= sizeof bytes); /* so that the buffer never grows */
    gs_cell_add_decoded_id(&id, gs_str_make(at, length));
    add_string(json, AS_NAME("campaign_id"), gs_str_make(id.data, id.len));
}

static void add_links(struct gs_buf *json, const struct gs_cell *cell)
{
    if (has_key(cell, GS_KEY_CAMPAIGN))
        add_campaign(json, cell);
    if (has_key(cell, GS_KEY_POST) || has_key(cell, GS_KEY_CAMPAIGN))
        add_string(json, AS_NAME("influencer_id"), cell->influencer_id);
    if (!has_key(cell, GS_KEY_INFLUENCER))
        return;
    add_string(json, AS_NAME("handle"), cell->handle);
    add_string(json, AS_NAME("platform"), cell->platform);
    add_string(json, AS_NAME("tier"), cell->tier ? gs_str_of(cell->tier) : (struct gs_str){0});
    if (cell->followers != GS_NULL_INT)
        add_int(json, AS_NAME("followers"), cell->followers);
}

/* Sums that only feed a metric, and the levels of `late`, have no field of their own. */
static bool is_shown(int counter)
{
    return counter != GS_C_SENT_SUM && counter != GS_C_SENT_SQ && counter < GS_C_CLAMPED;
}

static void add_drops(struct gs_buf *json, const int64_t *total)
{
    bool any = false;
    for (int r = 0; r < GS_REASON_COUNT; r++) {
        if (!total[GS_C_DROP + r])
            continue;
        if (!any)
            gs_buf_add_text(json, ",\"drop\":{\"");
        else
            gs_buf_add_text(json, ",\"");
        any = true;
        gs_buf_add_text(json, gs_reason_name((enum gs_reason)r));
        gs_buf_add_text(json, "\":");
        gs_buf_add_int(json, total[GS_C_DROP + r]);
    }
    if (any)
        gs_buf_add_text(json, "}");
}

static void add_counters(struct gs_buf *json, const struct gs_cell *cell)
{
    const int64_t *total = cell->total;
    int64_t late = total[GS_C_LATE_0 + cell->level];
    for (int c = 0; c < GS_C_DROP; c++)
        if (total[c] && is_shown(c))
            add_int(json, counter_names[c], total[c]);
    add_drops(json, total);
    if (late)
        add_int(json, AS_NAME("_late"), late);
    if (total[GS_C_CLAMPED])
        add_int(json, AS_NAME("_clamped"), total[GS_C_CLAMPED]);
}

static void add_metrics(struct gs_buf *json, const struct gs_cell *cell)
{
    double value[GS_METRIC_COUNT];
    int64_t engagement = cell->total[GS_C_LIKES] + cell->total[GS_C_COMMENTS] +
                         cell->total[GS_C_SHARES] + cell->total[GS_C_SAVES];
    gs_cell_metrics(cell->total, cell->followers, value);
    if (engagement)
        add_int(json, metric_names[GS_M_ENGAGEMENT], engagement);
    for (int m = GS_M_ENGAGEMENT + 1; m < GS_METRIC_COUNT; m++) {
        if (isnan(value[m]))
            continue;
        gs_buf_add_str(json, metric_names[m]);
        gs_buf_add_g6(json, value[m]);
    }
}

void gs_cell_encode(struct gs_buf *json, const struct gs_cell *cell)
{
    add_bookkeeping(json, cell);
    add_links(json, cell);
    add_counters(json, cell);
    add_metrics(json, cell);
    gs_buf_add(json, "}", 1);
}
