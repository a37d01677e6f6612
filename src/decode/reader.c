/* reader.c -- the fields of our four records. */
#include "reader.h"

#include <math.h>

#define EVENT(member) GSI_BASE_EVENT, offsetof(struct gs_event, member)
#define CAMPAIGN(member) GSI_BASE_CAMPAIGN, offsetof(struct gs_campaign, member)
/* Checked and not kept. */
#define NOWHERE GSI_BASE_SCRATCH, 0

static const struct gsi_decode_symbol post_actions[] = {{"PUBLISHED", GS_ACTION_PUBLISHED},
                                                        {"EDITED", GS_ACTION_EDITED},
                                                        {"METRICS", GS_ACTION_METRICS},
                                                        {"DELETED", GS_ACTION_DELETED},
                                                        {NULL, 0}};
static const struct gsi_decode_symbol comment_actions[] = {{"CREATED", GS_ACTION_CREATED},
                                                           {"EDITED", GS_ACTION_EDITED},
                                                           {"METRICS", GS_ACTION_METRICS},
                                                           {"DELETED", GS_ACTION_DELETED},
                                                           {NULL, 0}};
static const struct gsi_decode_symbol reactions[] = {{"LIKE", GS_REACTION_LIKE},
                                                     {"DISLIKE", GS_REACTION_DISLIKE},
                                                     {"SHARE", GS_REACTION_SHARE},
                                                     {"QUOTE", GS_REACTION_QUOTE},
                                                     {"SAVE", GS_REACTION_SAVE},
                                                     {"CLICK", GS_REACTION_CLICK},
                                                     {"VIEW", GS_REACTION_VIEW},
                                                     {"CONVERSION", GS_REACTION_CONVERSION},
                                                     {NULL, 0}};
static const struct gsi_decode_symbol ops[] = {
    {"ADD", GS_OP_ADD}, {"REMOVE", GS_OP_REMOVE}, {NULL, 0}};
static const struct gsi_decode_symbol temporalities[] = {
    {"CUMULATIVE", GS_TEMPORALITY_CUMULATIVE}, {"DELTA", GS_TEMPORALITY_DELTA}, {NULL, 0}};
static const struct gsi_decode_symbol goals[] = {{"AWARENESS", GS_GOAL_AWARENESS},
                                                 {"ENGAGEMENT", GS_GOAL_ENGAGEMENT},
                                                 {"SALES", GS_GOAL_SALES},
                                                 {"IMAGE", GS_GOAL_IMAGE},
                                                 {NULL, 0}};

#define REQUIRED(name, value, where)                                                               \
    {                                                                                              \
        name, value, where, true, NULL, NULL                                                       \
    }
#define OPTIONAL(name, value, where)                                                               \
    {                                                                                              \
        name, value, where, false, NULL, NULL                                                      \
    }
#define REQUIRED_ENUM(name, where, table)                                                          \
    {                                                                                              \
        name, GSI_VALUE_ENUM, where, true, NULL, table                                             \
    }
#define OPTIONAL_ENUM(name, value, where, table)                                                   \
    {                                                                                              \
        name, value, where, false, NULL, table                                                     \
    }
#define NESTED(name, value, table)                                                                 \
    {                                                                                              \
        name, value, NOWHERE, false, table, NULL                                                   \
    }
#define END_OF_FIELDS                                                                              \
    {                                                                                              \
        NULL, GSI_VALUE_ID, NOWHERE, false, NULL, NULL                                             \
    }

/* What posts, comments and reactions have in common. */
#define COMMON_FIELDS                                                                              \
    REQUIRED("event_id", GSI_VALUE_ID, EVENT(event_id)),                                           \
        REQUIRED("event_time", GSI_VALUE_TIME, EVENT(event_ms)),                                   \
        REQUIRED("platform", GSI_VALUE_TEXT, EVENT(platform)),                                     \
        REQUIRED("post_id", GSI_VALUE_ID, EVENT(post_id)),                                         \
        REQUIRED("influencer_id", GSI_VALUE_ID, EVENT(influencer_id)),                             \
        NESTED("brand_ids", GSI_VALUE_BRANDS, NULL),                                               \
        OPTIONAL("campaign_id", GSI_VALUE_ID, EVENT(campaign_id))

#define METRIC(name, index) OPTIONAL(name, GSI_VALUE_COUNT, EVENT(post.metrics[index]))
static const struct gsi_decode_reader_field metric_fields[] = {
    METRIC("likes", GS_SNAPSHOT_LIKES),       METRIC("dislikes", GS_SNAPSHOT_DISLIKES),
    METRIC("comments", GS_SNAPSHOT_COMMENTS), METRIC("shares", GS_SNAPSHOT_SHARES),
    METRIC("saves", GS_SNAPSHOT_SAVES),       METRIC("views", GS_SNAPSHOT_VIEWS),
    METRIC("reach", GS_SNAPSHOT_REACH),       METRIC("impressions", GS_SNAPSHOT_IMPRESSIONS),
    METRIC("clicks", GS_SNAPSHOT_CLICKS),     END_OF_FIELDS,
};

static const struct gsi_decode_reader_field post_fields[] = {
    COMMON_FIELDS,
    REQUIRED_ENUM("action", EVENT(action), post_actions),
    OPTIONAL("text", GSI_VALUE_TEXT, EVENT(post.text)),
    OPTIONAL("lang", GSI_VALUE_TEXT, EVENT(post.lang)),
    OPTIONAL("cost_micros", GSI_VALUE_AMOUNT, NOWHERE),
    OPTIONAL("followers", GSI_VALUE_COUNT, EVENT(post.followers)),
    OPTIONAL("created_at", GSI_VALUE_TIME, EVENT(post.created_ms)),
    NESTED("metrics", GSI_VALUE_RECORD, metric_fields),
    OPTIONAL_ENUM("temporality", GSI_VALUE_ENUM, EVENT(post.temporality), temporalities),
    END_OF_FIELDS,
};

static const struct gsi_decode_reader_field actor_fields[] = {
    OPTIONAL("followers", GSI_VALUE_COUNT, NOWHERE),
    OPTIONAL("following", GSI_VALUE_COUNT, NOWHERE),
    OPTIONAL("posts", GSI_VALUE_COUNT, NOWHERE),
    OPTIONAL("created_at", GSI_VALUE_TIME, NOWHERE),
    END_OF_FIELDS,
};

static const struct gsi_decode_reader_field comment_fields[] = {
    COMMON_FIELDS,
    REQUIRED_ENUM("action", EVENT(action), comment_actions),
    REQUIRED("comment_id", GSI_VALUE_ID, EVENT(comment.comment_id)),
    REQUIRED("actor_id", GSI_VALUE_ID, EVENT(comment.actor_id)),
    OPTIONAL("parent_id", GSI_VALUE_ID, NOWHERE),
    OPTIONAL("text", GSI_VALUE_TEXT, EVENT(comment.text)),
    OPTIONAL("lang", GSI_VALUE_TEXT, EVENT(comment.lang)),
    OPTIONAL("likes", GSI_VALUE_COUNT, EVENT(comment.likes)),
    OPTIONAL("replies", GSI_VALUE_COUNT, EVENT(comment.replies)),
    OPTIONAL("shares", GSI_VALUE_COUNT, EVENT(comment.shares)),
    OPTIONAL("sentiment", GSI_VALUE_SCORE, EVENT(comment.sentiment)),
    NESTED("actor", GSI_VALUE_RECORD, actor_fields),
    END_OF_FIELDS,
};

static const struct gsi_decode_reader_field reaction_fields[] = {
    COMMON_FIELDS,
    REQUIRED_ENUM("kind", EVENT(reaction.reaction), reactions),
    REQUIRED_ENUM("op", EVENT(reaction.op), ops),
    OPTIONAL("comment_id", GSI_VALUE_ID, EVENT(reaction.comment_id)),
    OPTIONAL("actor_id", GSI_VALUE_ID, EVENT(reaction.actor_id)),
    OPTIONAL("count", GSI_VALUE_COUNT, EVENT(reaction.count)),
    OPTIONAL("value_micros", GSI_VALUE_AMOUNT, EVENT(reaction.value_micros)),
    END_OF_FIELDS,
};

static const struct gsi_decode_reader_field campaign_fields[] = {
    REQUIRED("campaign_id", GSI_VALUE_ID, CAMPAIGN(campaign_id)),
    OPTIONAL("brand_id", GSI_VALUE_ID, CAMPAIGN(brand_id)),
    OPTIONAL("cost_micros", GSI_VALUE_AMOUNT, CAMPAIGN(cost_micros)),
    OPTIONAL("from", GSI_VALUE_TIME, CAMPAIGN(from_ms)),
    OPTIONAL("to", GSI_VALUE_TIME, CAMPAIGN(to_ms)),
    OPTIONAL_ENUM("goal", GSI_VALUE_GOAL, CAMPAIGN(goal), goals),
    END_OF_FIELDS,
};

static const struct gsi_decode_reader_field profile_fields[] = {
    REQUIRED("influencer_id", GSI_VALUE_ID, EVENT(influencer_id)),
    REQUIRED("updated_at", GSI_VALUE_TIME, EVENT(event_ms)),
    OPTIONAL("handle", GSI_VALUE_TEXT, EVENT(profile.handle)),
    OPTIONAL("platform", GSI_VALUE_TEXT, EVENT(platform)),
    OPTIONAL("followers", GSI_VALUE_COUNT, EVENT(profile.followers)),
    OPTIONAL("following", GSI_VALUE_COUNT, EVENT(profile.following)),
    NESTED("campaigns", GSI_VALUE_CAMPAIGNS, campaign_fields),
    END_OF_FIELDS,
};

static const struct {
    const char *name;
    const struct gsi_decode_reader_field *fields;
} records[GS_KIND_COUNT] = {
    [GS_KIND_PROFILE] = {"InfluencerProfile", profile_fields},
    [GS_KIND_POST] = {"PostEvent", post_fields},
    [GS_KIND_COMMENT] = {"CommentEvent", comment_fields},
    [GS_KIND_REACTION] = {"ReactionEvent", reaction_fields},
};

const struct gs_campaign gsi_decode_reader_no_campaign = {
    .cost_micros = GS_NULL_INT, .from_ms = GS_NULL_INT, .to_ms = GS_NULL_INT};

const struct gsi_decode_reader_field *gsi_decode_reader_fields(enum gs_kind kind)
{
    return records[kind].fields;
}

const char *gsi_decode_reader_name(enum gs_kind kind)
{
    return records[kind].name;
}

bool gsi_decode_reader_kind(const char *record_name, enum gs_kind *kind)
{
    for (int i = 0; i < GS_KIND_COUNT; i++) {
        if (strcmp(record_name, records[i].name) == 0) {
            *kind = (enum gs_kind)i;
            return true;
        }
    }
    return false;
}

void gsi_decode_reader_defaults(enum gs_kind kind, struct gs_event *event)
{
    memset(event, 0, sizeof *event);
    event->kind = (uint8_t)kind;
    switch (kind) {
    case GS_KIND_POST:
        for (int i = 0; i < GS_SNAPSHOT_COUNT; i++)
            event->post.metrics[i] = GS_NULL_INT;
        event->post.followers = GS_NULL_INT;
        event->post.created_ms = GS_NULL_INT;
        event->post.temporality = GS_TEMPORALITY_CUMULATIVE;
        break;
    case GS_KIND_COMMENT:
        event->comment.likes = GS_NULL_INT;
        event->comment.replies = GS_NULL_INT;
        event->comment.shares = GS_NULL_INT;
        event->comment.sentiment = (double)NAN;
        break;
    case GS_KIND_REACTION:
        event->reaction.count = 1;
        event->reaction.value_micros = GS_NULL_INT;
        break;
    default:
        event->profile.followers = GS_NULL_INT;
        event->profile.following = GS_NULL_INT;
        break;
    }
}
