/* encode.c -- a cell as one compact JSON object. One string per window, not a hash: Redis writes it
 * in a tenth of the time, and a reader gets all of it or none. */
#include "groundswell/cell.h"

#include <math.h>
#include <stdio.h>

static const char *const metric_names[GS_METRIC_COUNT] = {
    [GS_M_ENGAGEMENT] = "engagement",
    [GS_M_ER_FOLLOWERS] = "er_followers",
    [GS_M_ER_CLEAN] = "er_clean",
    [GS_M_NSS] = "nss",
    [GS_M_POLARITY] = "polarity",
    [GS_M_BHI] = "bhi",
    [GS_M_BHI_LO] = "bhi_lo",
    [GS_M_BHI_HI] = "bhi_hi",
    [GS_M_NOISE_RATIO] = "noise_ratio",
    [GS_M_MEAN_SENTIMENT] = "mean_sentiment",
    [GS_M_SD_SENTIMENT] = "sd_sentiment",
};

static void add_name(struct gs_buf *json, const char *name)
{
    gs_buf_add_text(json, ",\"");
    gs_buf_add_text(json, name);
    gs_buf_add_text(json, "\":");
}

static void add_int(struct gs_buf *json, const char *name, int64_t value)
{
    add_name(json, name);
    gs_buf_add_int(json, value);
}

static void add_string(struct gs_buf *json, const char *name, struct gs_str value)
{
    if (!value.data)
        return;
    add_name(json, name);
    gs_buf_add_text(json, "\"");
    gs_buf_add_json(json, value);
    gs_buf_add_text(json, "\"");
}

static void add_bookkeeping(struct gs_buf *json, const struct gs_cell *cell)
{
    gs_buf_add_text(json, "{\"_v\":1");
    add_int(json, "_from_ms", cell->from_ms);
    add_int(json, "_to_ms", cell->to_ms);
    add_int(json, "_as_of_ms", cell->as_of_ms);
    add_int(json, "_updated_ms", cell->updated_ms);
    add_name(json, "_at");
    for (uint8_t i = 0; i < cell->at_count; i++) {
        gs_buf_add(json, i ? "," : "[", 1);
        gs_buf_add_int(json, cell->at[i]);
    }
    gs_buf_add(json, "]", 1);
    add_int(json, "_task", cell->task);
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
    add_string(json, "campaign_id", gs_str_make(id.data, id.len));
}

static void add_links(struct gs_buf *json, const struct gs_cell *cell)
{
    if (has_key(cell, GS_KEY_CAMPAIGN))
        add_campaign(json, cell);
    if (has_key(cell, GS_KEY_POST) || has_key(cell, GS_KEY_CAMPAIGN))
        add_string(json, "influencer_id", cell->influencer_id);
    if (!has_key(cell, GS_KEY_INFLUENCER))
        return;
    add_string(json, "handle", cell->handle);
    add_string(json, "platform", cell->platform);
    add_string(json, "tier", cell->tier ? gs_str_of(cell->tier) : (struct gs_str){0});
    if (cell->followers != GS_NULL_INT)
        add_int(json, "followers", cell->followers);
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
            add_int(json, gs_counter_info((enum gs_counter)c)->field, total[c]);
    add_drops(json, total);
    if (late)
        add_int(json, "_late", late);
    if (total[GS_C_CLAMPED])
        add_int(json, "_clamped", total[GS_C_CLAMPED]);
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
        char text[32];
        if (isnan(value[m]))
            continue;
        add_name(json, metric_names[m]);
        snprintf(text, sizeof text, "%.6g", value[m]);
        gs_buf_add_text(json, text);
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
