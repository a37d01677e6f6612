/* encode.c -- our four records as Avro binary, in the field order of schemas/<id>-<name>.avsc.
 *
 *   00 | 00 00 00 03 | event_id | event_time | platform | ...
 *                      an optional field: 00 = null, or 02 and the value
 *
 * The room for a whole record is reserved once; the writers then only move a pointer. */
#include "record.h"

#include <math.h>

/* More than all fixed-size fields of a record together: none has over 40, of at most 11 bytes. */
enum { FIXED_BYTES_MAX = 40 * 11 };

static char *put_long(char *at, int64_t value)
{
    uint64_t rest = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    while (rest >= 0x80) {
        *at++ = (char)(rest | 0x80);
        rest >>= 7;
    }
    *at++ = (char)rest;
    return at;
}

static char *put_str(char *at, struct gs_str s)
{
    at = put_long(at, s.len);
    memcpy(at, s.data, s.len);
    return at + s.len;
}

static char *put_bool(char *at, bool value)
{
    *at++ = value;
    return at;
}

static char *put_branch(char *at, bool present)
{
    *at++ = present ? 2 : 0;
    return at;
}

static char *put_opt_str(char *at, struct gs_str s)
{
    at = put_branch(at, s.data != NULL);
    return s.data ? put_str(at, s) : at;
}

static char *put_opt_long(char *at, int64_t value)
{
    at = put_branch(at, value != GS_NULL_INT);
    return value != GS_NULL_INT ? put_long(at, value) : at;
}

static char *put_opt_double(char *at, double value)
{
    at = put_branch(at, !isnan(value));
    if (isnan(value))
        return at;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++)
        *at++ = (char)(bits >> (8 * i));
    return at;
}

static char *put_brands(char *at, struct gsi_generate_record *record)
{
    at = put_branch(at, record->brand_count > 0);
    if (record->brand_count == 0)
        return at;
    at = put_long(at, record->brand_count);
    record->items = at;
    for (uint32_t i = 0; i < record->brand_count; i++)
        at = put_str(at, record->brands[i]);
    return put_long(at, 0);
}

/* An enum's index in its schema; ours count from UNKNOWN = 0 as the schemas do. */
static char *put_symbol(char *at, unsigned symbol)
{
    return put_long(at, symbol);
}

static unsigned post_action(const struct gsi_generate_record *record)
{
    static const uint8_t symbols[GS_ACTION_COUNT] = {[GS_ACTION_PUBLISHED] = 1,
                                                     [GS_ACTION_EDITED] = 2,
                                                     [GS_ACTION_METRICS] = 3,
                                                     [GS_ACTION_DELETED] = 4};
    return symbols[record->action];
}

static unsigned comment_action(const struct gsi_generate_record *record)
{
    static const uint8_t symbols[GS_ACTION_COUNT] = {[GS_ACTION_CREATED] = 1,
                                                     [GS_ACTION_EDITED] = 2,
                                                     [GS_ACTION_METRICS] = 3,
                                                     [GS_ACTION_DELETED] = 4};
    return symbols[record->action];
}

static char *put_post(char *at, struct gsi_generate_record *record)
{
    at = put_str(at, record->event_id);
    at = put_long(at, record->event_ms);
    at = put_str(at, record->platform);
    at = put_str(at, record->post_id);
    at = put_str(at, record->influencer_id);
    at = put_symbol(at, post_action(record));
    at = put_opt_str(at, record->text);
    at = put_opt_str(at, record->lang);
    at = put_brands(at, record);
    at = put_opt_str(at, record->campaign_id);
    at = put_opt_long(at, record->post.cost_micros);
    at = put_opt_long(at, record->post.followers);
    at = put_opt_long(at, record->post.created_ms);
    at = put_branch(at, record->post.has_metrics);
    for (int i = 0; record->post.has_metrics && i < GS_SNAPSHOT_COUNT; i++)
        at = put_opt_long(at, record->post.metrics[i]);
    at = put_branch(at, record->post.temporality != GS_TEMPORALITY_UNKNOWN);
    if (record->post.temporality != GS_TEMPORALITY_UNKNOWN)
        at = put_symbol(at, record->post.temporality);
    return at;
}

static char *put_comment(char *at, struct gsi_generate_record *record)
{
    at = put_str(at, record->event_id);
    at = put_long(at, record->event_ms);
    at = put_str(at, record->platform);
    at = put_str(at, record->comment.comment_id);
    at = put_str(at, record->post_id);
    at = put_str(at, record->influencer_id);
    at = put_str(at, record->comment.actor_id);
    at = put_symbol(at, comment_action(record));
    at = put_opt_str(at, record->comment.parent_id);
    at = put_opt_str(at, record->text);
    at = put_opt_str(at, record->lang);
    at = put_brands(at, record);
    at = put_opt_str(at, record->campaign_id);
    at = put_opt_long(at, record->comment.likes);
    at = put_opt_long(at, record->comment.replies);
    at = put_opt_long(at, record->comment.shares);
    at = put_opt_double(at, record->comment.sentiment);
    at = put_branch(at, record->comment.has_actor);
    if (!record->comment.has_actor)
        return at;
    at = put_opt_long(at, record->comment.actor_followers);
    at = put_opt_long(at, record->comment.actor_following);
    at = put_opt_long(at, record->comment.actor_posts);
    at = put_opt_long(at, record->comment.actor_created_ms);
    at = put_bool(put_branch(at, true), record->comment.actor_verified);
    return put_branch(at, false); /* bot */
}

static char *put_reaction(char *at, struct gsi_generate_record *record)
{
    at = put_str(at, record->event_id);
    at = put_long(at, record->event_ms);
    at = put_str(at, record->platform);
    at = put_symbol(at, record->reaction.reaction);
    at = put_symbol(at, record->reaction.op);
    at = put_str(at, record->post_id);
    at = put_str(at, record->influencer_id);
    at = put_opt_str(at, record->reaction.comment_id);
    at = put_opt_str(at, record->reaction.actor_id);
    at = put_brands(at, record);
    at = put_opt_str(at, record->campaign_id);
    at = put_opt_long(at, record->reaction.count);
    return put_opt_long(at, record->reaction.value_micros);
}

static char *put_campaign(char *at, const struct gsi_generate_campaign *campaign)
{
    at = put_str(at, campaign->campaign_id);
    at = put_opt_str(at, campaign->brand_id);
    at = put_opt_long(at, campaign->cost_micros);
    at = put_opt_long(at, campaign->from_ms);
    at = put_opt_long(at, campaign->to_ms);
    at = put_branch(at, campaign->goal != GS_GOAL_UNKNOWN);
    if (campaign->goal != GS_GOAL_UNKNOWN)
        at = put_symbol(at, campaign->goal);
    return at;
}

static char *put_profile(char *at, struct gsi_generate_record *record)
{
    at = put_str(at, record->influencer_id);
    at = put_long(at, record->event_ms);
    at = put_opt_str(at, record->profile.handle);
    at = put_opt_str(at, record->platform);
    at = put_opt_long(at, record->profile.followers);
    at = put_opt_long(at, record->profile.following);
    at = put_branch(at, record->profile.campaign_count > 0);
    if (record->profile.campaign_count == 0)
        return at;
    at = put_long(at, record->profile.campaign_count);
    record->items = at;
    for (uint32_t i = 0; i < record->profile.campaign_count; i++)
        at = put_campaign(at, &record->profile.campaigns[i]);
    return put_long(at, 0);
}

static size_t strings_bytes(const struct gsi_generate_record *record)
{
    size_t bytes = (size_t)record->event_id.len + record->platform.len + record->influencer_id.len +
                   record->post_id.len + record->text.len + record->lang.len +
                   record->campaign_id.len;
    for (uint32_t i = 0; i < record->brand_count; i++)
        bytes += record->brands[i].len;
    if (record->kind == GS_KIND_COMMENT)
        bytes += (size_t)record->comment.comment_id.len + record->comment.actor_id.len +
                 record->comment.parent_id.len;
    else if (record->kind == GS_KIND_REACTION)
        bytes += (size_t)record->reaction.comment_id.len + record->reaction.actor_id.len;
    else if (record->kind == GS_KIND_PROFILE) {
        bytes += record->profile.handle.len;
        for (uint32_t i = 0; i < record->profile.campaign_count; i++)
            bytes += (size_t)record->profile.campaigns[i].campaign_id.len +
                     record->profile.campaigns[i].brand_id.len;
    }
    return bytes;
}

void gsi_generate_encode(struct gsi_generate_record *record, struct gs_buf *out)
{
    out->len = 0;
    size_t room = strings_bytes(record) + FIXED_BYTES_MAX;
    char *start = gs_buf_reserve(out, room);
    char *at = start;
    memcpy(at, "\0\0\0\0", 4);
    at[4] = (char)(GSI_GENERATE_SCHEMA_FIRST + record->kind);
    at += 5;
    switch ((enum gs_kind)record->kind) {
    case GS_KIND_PROFILE:
        at = put_profile(at, record);
        break;
    case GS_KIND_POST:
        at = put_post(at, record);
        break;
    case GS_KIND_COMMENT:
        at = put_comment(at, record);
        break;
    case GS_KIND_REACTION:
        at = put_reaction(at, record);
        break;
    case GS_KIND_COUNT:
        GS_ASSERT(record->kind < GS_KIND_COUNT);
    }
    out->len = (size_t)(at - start);
    GS_ASSERT(out->len <= room);
}
