/* faults.c -- broken records: every one of them must be refused by every decoder, so nothing is
 * left to chance (random bytes are now and then a valid record). */
#include "internal.h"

static const uint8_t codes[GSI_FAULT_COUNT] = {
    [GSI_FAULT_SHORT] = GS_BAD_SHORT,           [GSI_FAULT_MAGIC] = GS_BAD_MAGIC,
    [GSI_FAULT_SCHEMA] = GS_BAD_SCHEMA_UNKNOWN, [GSI_FAULT_NULL] = GS_BAD_NULL,
    [GSI_FAULT_TRUNCATED] = GS_BAD_TRUNCATED,   [GSI_FAULT_TRAILING] = GS_BAD_TRAILING,
    [GSI_FAULT_VARINT] = GS_BAD_VARINT,         [GSI_FAULT_LENGTH] = GS_BAD_LENGTH,
    [GSI_FAULT_EMPTY_ID] = GS_BAD_ID,           [GSI_FAULT_LONG_ID] = GS_BAD_ID,
    [GSI_FAULT_NEGATIVE] = GS_BAD_NEGATIVE,     [GSI_FAULT_RANGE] = GS_BAD_RANGE};

enum gsi_generate_fault gsi_generate_choose_fault(struct gs_generate *g, uint8_t kind)
{
    if (!gsi_generate_chance(&g->random, g->odds.malformed))
        return GSI_FAULT_NONE;
    uint32_t draw = gsi_generate_below(&g->random, GSI_FAULT_COUNT - 1);
    enum gsi_generate_fault fault = (enum gsi_generate_fault)(draw + 1);
    /* A profile without a value is a tombstone. */
    return fault == GSI_FAULT_NULL && kind == GS_KIND_PROFILE ? GSI_FAULT_TRUNCATED : fault;
}

static void spoil_count(struct gsi_generate_record *record)
{
    switch ((enum gs_kind)record->kind) {
    case GS_KIND_POST:
        for (int i = 0; !record->post.has_metrics && i < GS_SNAPSHOT_COUNT; i++)
            record->post.metrics[i] = GS_NULL_INT;
        record->post.has_metrics = true;
        record->post.metrics[GS_SNAPSHOT_VIEWS] = -3;
        break;
    case GS_KIND_COMMENT:
        record->comment.likes = -1;
        break;
    case GS_KIND_REACTION:
        record->reaction.count = -20;
        break;
    default:
        record->profile.followers = -1;
    }
}

static void spoil_range(struct gsi_generate_record *record)
{
    if (record->kind == GS_KIND_COMMENT && record->comment.likes == GS_NULL_INT) {
        record->comment.sentiment = 1.5;
    } else if (record->kind != GS_KIND_PROFILE && record->brand_count > 0) {
        while (record->brand_count <= GS_BRANDS_MAX)
            record->brands[record->brand_count++] = record->brands[0];
    } else {
        record->event_ms = GS_TIME_MS_MAX + 1 + record->event_ms;
    }
}

void gsi_generate_spoil_record(enum gsi_generate_fault fault, struct gsi_generate_record *record)
{
    static const char x[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    _Static_assert(sizeof x > GS_ID_BYTES_MAX + 1, "longer than an id may be");
    struct gs_str *id = record->kind == GS_KIND_PROFILE ? &record->influencer_id : &record->post_id;
    if (fault == GSI_FAULT_EMPTY_ID)
        *id = gs_str_make("", 0);
    else if (fault == GSI_FAULT_LONG_ID)
        *id = gs_str_make(x, GS_ID_BYTES_MAX + 1);
    else if (fault == GSI_FAULT_NEGATIVE)
        spoil_count(record);
    else if (fault == GSI_FAULT_RANGE)
        spoil_range(record);
}

/* An array that has fewer bytes left than items is not called truncated: not there. */
static size_t find_cut(const struct gsi_generate_record *record, const struct gs_buf *value,
                       uint32_t draw)
{
    size_t cut = 5 + draw % (value->len - 5);
    size_t items = record->items ? (size_t)(record->items - value->data) : 0;
    uint32_t count =
        record->kind == GS_KIND_PROFILE ? record->profile.campaign_count : record->brand_count;
    return cut >= items && cut < items + count ? items - 1 : cut;
}

enum gs_bad_code gsi_generate_spoil_value(struct gs_generate *g, enum gsi_generate_fault fault,
                                          const struct gsi_generate_record *record,
                                          struct gs_generated *out)
{
    struct gs_buf *value = &g->value;
    uint32_t draw = gsi_generate_u32(&g->random);
    if (fault == GSI_FAULT_SHORT) {
        value->len = 1 + draw % 4;
    } else if (fault == GSI_FAULT_MAGIC) {
        value->data[0] = (char)(1 + draw % 255);
    } else if (fault == GSI_FAULT_SCHEMA) {
        for (int i = 0; i < 4; i++)
            value->data[1 + i] = (char)(GSI_GENERATE_SCHEMA_UNKNOWN >> (24 - 8 * i));
    } else if (fault == GSI_FAULT_TRUNCATED) {
        value->len = find_cut(record, value, draw);
    } else if (fault == GSI_FAULT_TRAILING) {
        gs_buf_add(value, "\0\2\4\6", 1 + draw % 4);
    } else if (fault == GSI_FAULT_VARINT) {
        value->len = 5;
        gs_buf_add(value, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12);
    } else if (fault == GSI_FAULT_LENGTH) {
        value->data[5] = 1; /* zigzag of -1: the length of the first string */
    }
    out->value =
        fault == GSI_FAULT_NULL ? gs_str_make(NULL, 0) : gs_str_make(value->data, value->len);
    return (enum gs_bad_code)codes[fault];
}
