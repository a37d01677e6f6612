/* event.h -- plain data that travels between rooms: one decoded record, its verdicts, and the table
 * of counters that a pane can hold. No functions with state, no ownership: strings are views into
 * the message that the record came from and are valid as long as that message is. */
#ifndef GROUNDSWELL_EVENT_H
#define GROUNDSWELL_EVENT_H

#include "groundswell/base.h"

/* ------------------------------------------------------------------ limits of outside data */

enum {
    GS_ID_BYTES_MAX = 200,         /* any id; an empty or longer one is a bad record */
    GS_RECORD_BYTES_MAX = 4 << 20, /* a longer value is a bad record */
    GS_BRANDS_MAX = 8,             /* brand_ids of one event */
    GS_CAMPAIGNS_MAX = 256         /* campaigns of one profile */
};

/* A larger count or amount of money is GS_BAD_RANGE, so that one record cannot bring a sum near to
 * the end of 64 bits. */
#define GS_COUNT_MAX INT64_C(1000000000000000)
#define GS_MICROS_MAX INT64_C(100000000000000000)

/* A missing optional integer. Never read as 0. */
#define GS_NULL_INT INT64_MIN

/* ------------------------------------------------------------------ one decoded record */

/* The unqualified name of the writer's schema says which one a record is. */
enum gs_kind { GS_KIND_PROFILE, GS_KIND_POST, GS_KIND_COMMENT, GS_KIND_REACTION, GS_KIND_COUNT };

/* An unknown symbol of a newer writer reads as *_UNKNOWN (always 0) and is counted. */
enum gs_action {
    GS_ACTION_UNKNOWN,
    GS_ACTION_PUBLISHED, /* posts */
    GS_ACTION_CREATED,   /* comments */
    GS_ACTION_EDITED,
    GS_ACTION_METRICS,
    GS_ACTION_DELETED,
    GS_ACTION_COUNT
};

enum gs_reaction {
    GS_REACTION_UNKNOWN,
    GS_REACTION_LIKE,
    GS_REACTION_DISLIKE,
    GS_REACTION_SHARE,
    GS_REACTION_QUOTE,
    GS_REACTION_SAVE,
    GS_REACTION_CLICK,
    GS_REACTION_VIEW,
    GS_REACTION_CONVERSION,
    GS_REACTION_COUNT
};

enum gs_op { GS_OP_UNKNOWN, GS_OP_ADD, GS_OP_REMOVE };
enum gs_temporality { GS_TEMPORALITY_UNKNOWN, GS_TEMPORALITY_CUMULATIVE, GS_TEMPORALITY_DELTA };
enum gs_goal {
    GS_GOAL_UNKNOWN,
    GS_GOAL_AWARENESS,
    GS_GOAL_ENGAGEMENT,
    GS_GOAL_SALES,
    GS_GOAL_IMAGE
};

/* The cumulative counters that a PostEvent may carry, in the order of gs_event.post.metrics. */
enum gs_snapshot_metric {
    GS_SNAPSHOT_LIKES,
    GS_SNAPSHOT_DISLIKES,
    GS_SNAPSHOT_COMMENTS,
    GS_SNAPSHOT_SHARES,
    GS_SNAPSHOT_SAVES,
    GS_SNAPSHOT_VIEWS,
    GS_SNAPSHOT_REACH,
    GS_SNAPSHOT_IMPRESSIONS,
    GS_SNAPSHOT_CLICKS,
    GS_SNAPSHOT_COUNT
};

/* One campaign of a profile. Times in ms; GS_NULL_INT = open. */
struct gs_campaign {
    struct gs_str campaign_id;
    struct gs_str brand_id; /* may be null */
    int64_t cost_micros;
    int64_t from_ms;
    int64_t to_ms;
    enum gs_goal goal;
};

/* The campaigns of all profiles of one batch; profiles name a range of it. The array grows and is
 * used again; zero-initialise, release items with gs_free. */
struct gs_campaign_pool {
    struct gs_campaign *items;
    uint32_t count;
    uint32_t capacity;
};

/* A record after decoding. Absent strings have data == NULL, absent integers are GS_NULL_INT. Which
 * member of the union is set follows from kind. */
struct gs_event {
    uint8_t kind;            /* enum gs_kind */
    uint8_t action;          /* enum gs_action; posts and comments */
    uint8_t unknown_symbols; /* how many enum values were not known */
    bool tombstone;          /* a profile record without a value: the profile is gone */
    int64_t offset;          /* of the record in its partition */
    int64_t record_ms;       /* the record's timestamp */
    int64_t event_ms;        /* event_time, or updated_at of a profile */
    struct gs_str event_id;  /* not in profiles */
    struct gs_str platform;
    struct gs_str influencer_id; /* author of the post, or whose profile it is */
    struct gs_str post_id;
    struct gs_str campaign_id;
    union {
        struct {
            int64_t metrics[GS_SNAPSHOT_COUNT];
            int64_t followers;
            int64_t created_ms;
            struct gs_str text;
            struct gs_str lang;
            uint8_t temporality; /* enum gs_temporality; null reads as CUMULATIVE */
        } post;
        struct {
            struct gs_str comment_id;
            struct gs_str actor_id;
            struct gs_str text;
            struct gs_str lang;
            int64_t likes;
            int64_t replies;
            int64_t shares;
            double sentiment; /* upstream score in [-1, 1]; NaN = absent */
        } comment;
        struct {
            struct gs_str comment_id; /* null: the reaction is to the post */
            struct gs_str actor_id;
            int64_t count; /* null reads as 1 */
            int64_t value_micros;
            uint8_t reaction; /* enum gs_reaction */
            uint8_t op;       /* enum gs_op */
        } reaction;
        struct {
            struct gs_str handle;
            int64_t followers;
            int64_t following;
            uint32_t campaign_first; /* into the batch's gs_campaign_pool */
            uint32_t campaign_count;
        } profile;
    };
};

/* ------------------------------------------------------------------ what becomes of a record */

/* Exactly one per record; per partition they add up to the records read. */
enum gs_disposition {
    GS_PROCESSED,
    GS_DUPLICATE, /* same event_id in the deduplication window */
    GS_BAD,       /* to the DLQ, with an enum gs_bad_code */
    GS_TOO_LATE,  /* older than every window; to the late topic */
    GS_IGNORED,   /* a kind or action that nothing counts yet */
    GS_DISPOSITION_COUNT
};
const char *gs_disposition_name(enum gs_disposition disposition);

/* Why a record cannot be used: the code in the DLQ header and in /metrics. */
enum gs_bad_code {
    GS_BAD_NONE,
    GS_BAD_SHORT,          /* under 5 bytes of framing */
    GS_BAD_MAGIC,          /* the first byte is not 0 */
    GS_BAD_SCHEMA_UNKNOWN, /* the registry (or folder) does not know the id */
    GS_BAD_SCHEMA_INVALID, /* the schema cannot be parsed, or a required field is missing or of a
                              wrong type */
    GS_BAD_SCHEMA_KIND,    /* the schema is not one of ours by name */
    GS_BAD_NULL,           /* no value where one is needed */
    GS_BAD_TOO_LARGE,      /* longer than GS_RECORD_BYTES_MAX */
    GS_BAD_TRUNCATED,      /* the value ends inside a field */
    GS_BAD_TRAILING,       /* bytes follow the last field */
    GS_BAD_VARINT,         /* longer than 64 bits */
    GS_BAD_LENGTH,         /* negative or impossible length, block count or item count */
    GS_BAD_UNION,          /* branch or enum index out of range, boolean not 0 or 1 */
    GS_BAD_DEPTH,          /* nested deeper than 16 */
    GS_BAD_ID,             /* an id is empty or longer than GS_ID_BYTES_MAX */
    GS_BAD_NEGATIVE,       /* a count is below 0 */
    GS_BAD_RANGE,          /* a time, count or score out of range, too many brands or campaigns */
    GS_BAD_CODE_COUNT
};
const char *gs_bad_code_name(enum gs_bad_code code);

/* Times outside 1970-01-01 .. 9999-12-31 are GS_BAD_RANGE, so that no sum of times can overflow. */
#define GS_TIME_MS_MAX INT64_C(253402300799999)

/* ------------------------------------------------------------------ reasons and classes */

/* Why a comment was dropped or weighted down, in the order in which the rules are asked. */
#define GS_REASONS(X)                                                                              \
    X(URL, "url")                                                                                  \
    X(SHORTENER, "shortener")                                                                      \
    X(PHONE, "phone")                                                                              \
    X(CONTACT, "contact")                                                                          \
    X(PROMO, "promo")                                                                              \
    X(MENTION_ONLY, "mention_only")                                                                \
    X(EMOJI_ONLY, "emoji_only")                                                                    \
    X(GENERIC, "generic")                                                                          \
    X(CHAR_FLOOD, "char_flood")                                                                    \
    X(LANG_OTHER, "lang_other")                                                                    \
    X(PROFANITY, "profanity")                                                                      \
    X(COPYPASTA, "copypasta")                                                                      \
    X(BURST, "burst")

enum gs_reason {
#define X(name, text) GS_REASON_##name,
    GS_REASONS(X)
#undef X
        GS_REASON_COUNT
};

enum gs_class { GS_CLASS_POSITIVE, GS_CLASS_NEGATIVE, GS_CLASS_NEUTRAL, GS_CLASS_UNKNOWN };

/* compound in 1e-4 units -> class: >= 500 positive, <= -500 negative. */
static inline enum gs_class gs_class_of(int32_t compound_1e4)
{
    return compound_1e4 >= 500    ? GS_CLASS_POSITIVE
           : compound_1e4 <= -500 ? GS_CLASS_NEGATIVE
                                  : GS_CLASS_NEUTRAL;
}

/* ------------------------------------------------------------------ counters of a pane */

enum { GS_LEVELS_MAX = 4 };

/* X(NAME, json field, unit or meaning). All are int64 and add up; a pane stores the non-zero ones.
 * The order is the order in a cell's JSON. drop reasons follow them, one counter each. */
#define GS_COUNTERS(X)                                                                             \
    X(POSTS, "posts", "posts published")                                                           \
    X(RISKY_POSTS, "risky_posts", "posts published with profanity or unsafe phrases")              \
    X(COMMENTS, "comments", "comments created by others than the influencer")                      \
    X(CLEAN, "clean", "comments that were not dropped")                                            \
    X(DOWNWEIGHTED, "downweighted", "clean comments of a quality below 1")                         \
    X(AUTHOR_REPLIES, "author_replies", "comments by the influencer")                              \
    X(POS, "pos", "clean comments with compound >= 0.05")                                          \
    X(NEG, "neg", "clean comments with compound <= -0.05")                                         \
    X(NEU, "neu", "clean comments in between")                                                     \
    X(UNK, "unk", "clean comments without a score")                                                \
    X(SENT_SUM, "sent_sum", "sum of compound, in 1e-4")                                            \
    X(SENT_SQ, "sent_sq", "sum of squared compound, in 1e-8")                                      \
    X(VIS_POS, "vis_pos", "sum of weights of positive comments, in 1/1024")                        \
    X(VIS_NEG, "vis_neg", "sum of weights of negative comments, in 1/1024")                        \
    X(VIS_NEU, "vis_neu", "sum of weights of neutral comments, in 1/1024")                         \
    X(LIKES, "likes", "likes")                                                                     \
    X(DISLIKES, "dislikes", "dislikes")                                                            \
    X(SHARES, "shares", "shares and quotes")                                                       \
    X(SAVES, "saves", "saves")                                                                     \
    X(VIEWS, "views", "views")                                                                     \
    X(REACH, "reach", "accounts reached")                                                          \
    X(IMPRESSIONS, "impressions", "impressions")                                                   \
    X(CLICKS, "clicks", "clicks")                                                                  \
    X(CONVERSIONS, "conversions", "conversions")                                                   \
    X(VALUE_MICROS, "value_micros", "value of conversions, in 1e-6 of the currency")               \
    X(PLATFORM_COMMENTS, "platform_comments", "comments by the platform's own count")              \
    X(PURGED, "purged", "sum of decreases of the platform's counters")                             \
    X(CLAMPED, "_clamped", "records whose event time lay after their record time")                 \
    X(LATE_0, "_late", "records late for the shortest window")                                     \
    X(LATE_1, "_late", "records late for the second window")                                       \
    X(LATE_2, "_late", "records late for the third window")                                        \
    X(LATE_3, "_late", "records late for the fourth window")

enum gs_counter {
#define X(name, field, meaning) GS_C_##name,
    GS_COUNTERS(X)
#undef X
        GS_C_DROP, /* GS_C_DROP + enum gs_reason */
    GS_COUNTER_COUNT = GS_C_DROP + GS_REASON_COUNT
};
_Static_assert(GS_COUNTER_COUNT <= 64, "a pane's bitmap has 64 bits");

struct gs_counter_info {
    const char *name;  /* as the enum has it, unique */
    const char *field; /* in a cell; drop reasons: the key inside "drop" */
    const char *meaning;
};
const struct gs_counter_info *gs_counter_info(enum gs_counter counter);
const char *gs_reason_name(enum gs_reason reason);
const char *gs_kind_name(enum gs_kind kind);
const char *gs_action_name(enum gs_action action);

/* A sparse set of additions to one pane. Zero values are not in it. */
struct gs_delta {
    uint64_t mask;                   /* bit c = counter c is in value[] */
    int64_t value[GS_COUNTER_COUNT]; /* indexed by counter; only those in mask are set */
};
static inline void gs_delta_add(struct gs_delta *delta, enum gs_counter counter, int64_t value)
{
    uint64_t bit = UINT64_C(1) << counter;
    if (!(delta->mask & bit))
        delta->value[counter] = 0;
    delta->value[counter] += value;
    delta->mask |= bit;
}

/* ------------------------------------------------------------------ windows, views, inputs */

/* One window length and the pane that it is made of, shortest first; at most GS_LEVELS_MAX. */
struct gs_window_size {
    int64_t window_ms;
    int64_t pane_ms;
};

/* A key field of a view, in the order of the view's key. */
enum gs_key_field { GS_KEY_INFLUENCER, GS_KEY_POST, GS_KEY_CAMPAIGN, GS_KEY_FIELD_COUNT };
enum { GS_VIEWS_MAX = 8, GS_VIEW_KEYS_MAX = 4, GS_INPUTS_MAX = 4 };

struct gs_view_config {
    char name[32];
    uint8_t key[GS_VIEW_KEYS_MAX]; /* enum gs_key_field */
    uint8_t key_count;
    uint8_t levels; /* bit i = window i of the configuration belongs to this view */
};

/* The input topics of a task in the order of a cell's `_at`. A topic stands once, whatever kinds it
 * carries. Profiles, if read, are input 0. */
struct gs_input_config {
    char topic[250];
    bool profiles; /* carries InfluencerProfile records; moves no clock */
};

/* Where the platforms' counters come from, so that nothing is counted twice. */
enum gs_engagement_source { GS_ENGAGEMENT_SNAPSHOTS, GS_ENGAGEMENT_REACTIONS };

#endif
