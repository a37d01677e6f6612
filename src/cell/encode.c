/* encode.c -- a cell as one compact JSON object. One string per window, not a hash: Redis writes it
 * in a tenth of the time, and a reader gets all of it or none. */
#include "groundswell/cell.h"

#include <math.h>

/* A field's name as it stands in the object. Names are copied whole, by two stores. */
struct name {
    char text[31];
    uint8_t len;
};
_Static_assert(sizeof(struct name) == 32, "what a name takes at most");
#define NAME(text)                                                                                 \
    {                                                                                              \
        ",\"" text "\":", sizeof ",\"" text "\":" - 1                                              \
    }

static const struct name name_from_ms = NAME("_from_ms");
static const struct name name_to_ms = NAME("_to_ms");
static const struct name name_as_of_ms = NAME("_as_of_ms");
static const struct name name_updated_ms = NAME("_updated_ms");
static const struct name name_at = NAME("_at");
static const struct name name_task = NAME("_task");
static const struct name name_state = NAME("_state");
static const struct name name_mixed_until_ms = NAME("_mixed_until_ms");
static const struct name name_campaign_id = NAME("campaign_id");
static const struct name name_influencer_id = NAME("influencer_id");
static const struct name name_handle = NAME("handle");
static const struct name name_platform = NAME("platform");
static const struct name name_tier = NAME("tier");
static const struct name name_drop = NAME("drop");
static const struct name name_late = NAME("_late");
static const struct name name_clamped = NAME("_clamped");
static const struct name name_followers = NAME("followers");

static const struct name metric_names[GS_METRIC_COUNT] = {
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
    [GS_M_PVR] = NAME("pvr"),
    [GS_M_VG] = NAME("vg"),
    [GS_M_VNS] = NAME("vns"),
    [GS_M_REPLY_RATE] = NAME("reply_rate"),
    [GS_M_RISK_SHARE] = NAME("risk_share"),
};

static const struct name counter_names[GS_C_DROP] = {
#define X(name, field, meaning) [GS_C_##name] = NAME(field),
    GS_COUNTERS(X)
#undef X
};

static const struct name reason_names[GS_REASON_COUNT] = {
#define X(name, text) [GS_REASON_##name] = NAME(text),
    GS_REASONS(X)
#undef X
};

/* All but the strings has a bound, for which room is made once: then no write asks for it. */
enum {
    FIELD_MAX = sizeof(struct name) + GS_PUT_BYTES,
    BOOKKEEPING_MAX = 16 + (6 + GS_INPUTS_MAX) * FIELD_MAX,
    NUMBERS_MAX = 32 + (1 + GS_COUNTER_COUNT + GS_METRIC_COUNT) * FIELD_MAX
};

static inline char *put_name(char *at, const struct name *name)
{
    memcpy(at, name, sizeof *name);
    return at + name->len;
}

static inline char *put_int(char *at, const struct name *name, int64_t value)
{
    return gs_put_int(put_name(at, name), value);
}

static void add_string(struct gs_buf *json, const struct name *name, struct gs_str value)
{
    if (!value.data)
        return;
    char *at = put_name(gs_buf_reserve(json, sizeof *name + 1), name);
    *at++ = '"';
    json->len = (size_t)(at - json->data);
    gs_buf_add_json(json, value);
    gs_buf_add(json, "\"", 1);
}

static void add_state(struct gs_buf *json, const struct gs_cell *cell)
{
    add_string(json, &name_state, gs_str_of(cell->state));
    if (!cell->mixed_until_ms)
        return;
    char *at = gs_buf_reserve(json, FIELD_MAX);
    json->len = (size_t)(put_int(at, &name_mixed_until_ms, cell->mixed_until_ms) - json->data);
}

void gs_cell_add_beginning(struct gs_buf *json, const struct gs_cell *cell)
{
    char *at = gs_buf_reserve(json, BOOKKEEPING_MAX);
    memcpy(at, "{\"_v\":1", 7);
    at = put_int(at + 7, &name_from_ms, cell->from_ms);
    at = put_int(at, &name_to_ms, cell->to_ms);
    at = put_int(at, &name_as_of_ms, cell->as_of_ms);
    at = put_int(at, &name_updated_ms, cell->updated_ms);
    at = put_name(at, &name_at);
    for (uint8_t i = 0; i < cell->at_count; i++) {
        *at++ = i ? ',' : '[';
        at = gs_put_int(at, cell->at[i]);
    }
    *at++ = ']';
    at = put_int(at, &name_task, cell->task);
    json->len = (size_t)(at - json->data);
    if (GS_UNLIKELY(cell->state != NULL))
        add_state(json, cell);
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
    add_string(json, &name_campaign_id, gs_str_make(id.data, id.len));
}

static void add_links(struct gs_buf *json, const struct gs_cell *cell)
{
    if (has_key(cell, GS_KEY_CAMPAIGN))
        add_campaign(json, cell);
    if (has_key(cell, GS_KEY_POST) || has_key(cell, GS_KEY_CAMPAIGN))
        add_string(json, &name_influencer_id, cell->influencer_id);
    if (!has_key(cell, GS_KEY_INFLUENCER))
        return;
    add_string(json, &name_handle, cell->handle);
    add_string(json, &name_platform, cell->platform);
    add_string(json, &name_tier, gs_str_of(cell->tier));
}

/* Sums that only feed a metric, and the levels of `late`, have no field of their own. */
#define SHOWN                                                                                      \
    (((UINT64_C(1) << GS_C_CLAMPED) - 1) &                                                         \
     ~(UINT64_C(1) << GS_C_SENT_SUM | UINT64_C(1) << GS_C_SENT_SQ))
#define REASONS ((UINT64_C(1) << GS_REASON_COUNT) - 1)

static char *put_drops(char *at, const struct gs_cell *cell)
{
    const int64_t *drop = cell->total + GS_C_DROP;
    char *start = at;
    for (uint64_t mask = ~cell->zeros >> GS_C_DROP & REASONS; mask; mask &= mask - 1) {
        int r = __builtin_ctzll(mask);
        if (drop[r])
            at = put_int(at, &reason_names[r], drop[r]);
    }
    if (at == start)
        return at;
    *start = '{'; /* not a comma */
    *at++ = '}';
    return at;
}

static char *put_counters(char *at, const struct gs_cell *cell)
{
    const int64_t *total = cell->total;
    int64_t late = total[GS_C_LATE_0 + cell->level];
    for (uint64_t mask = ~cell->zeros & SHOWN; mask; mask &= mask - 1) {
        int c = __builtin_ctzll(mask);
        if (total[c])
            at = put_int(at, &counter_names[c], total[c]);
    }
    char *drops = put_name(at, &name_drop);
    char *end = put_drops(drops, cell);
    at = end > drops ? end : at;
    if (late)
        at = put_int(at, &name_late, late);
    if (total[GS_C_CLAMPED])
        at = put_int(at, &name_clamped, total[GS_C_CLAMPED]);
    return at;
}

static char *put_metrics(char *at, const struct gs_cell *cell)
{
    double value[GS_METRIC_COUNT];
    int64_t engagement = cell->total[GS_C_LIKES] + cell->total[GS_C_COMMENTS] +
                         cell->total[GS_C_SHARES] + cell->total[GS_C_SAVES];
    gs_cell_metrics(cell->total, cell->followers, value);
    if (engagement)
        at = put_int(at, &metric_names[GS_M_ENGAGEMENT], engagement);
    int end = cell->judged ? GS_METRIC_COUNT : GS_M_PVR;
    for (int m = GS_M_ENGAGEMENT + 1; m < end; m++)
        if (!isnan(value[m]))
            at = gs_put_g6(put_name(at, &metric_names[m]), value[m]);
    return at;
}

void gs_cell_encode(struct gs_buf *json, const struct gs_cell *cell)
{
    if (cell->beginning.data)
        gs_buf_add_str(json, cell->beginning);
    else
        gs_cell_add_beginning(json, cell);
    add_links(json, cell);
    char *at = gs_buf_reserve(json, NUMBERS_MAX);
    if (has_key(cell, GS_KEY_INFLUENCER) && cell->followers != GS_NULL_INT)
        at = put_int(at, &name_followers, cell->followers);
    at = put_counters(at, cell);
    at = put_metrics(at, cell);
    *at++ = '}';
    json->len = (size_t)(at - json->data);
}
