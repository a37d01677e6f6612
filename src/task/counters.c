/* counters.c -- a comment's own likes, replies and shares: of snapshots or of reactions to it. */
#include "comments.h"

/* ------------------------------------------------------------------ where they lie */

enum { CHUNK_MASK = (1u << GSI_COMMENTS_CHUNK_BITS) - 1 };

/* Few have more than what their comment has bits for. */
static SLOW struct gsi_comment_counters *counted(const struct gsi_comments *comments,
                                                 uint32_t place)
{
    return &comments->counters[(place - 1) >> GSI_COMMENTS_CHUNK_BITS][(place - 1) & CHUNK_MASK];
}

struct gsi_comment_counters gsi_comments_counters(const struct gsi_comments *comments,
                                                  uint32_t place)
{
    struct gsi_comment_small small = gsi_comment_at(comments, place)->small;
    if (GS_UNLIKELY(small.counted))
        return *counted(comments, place);
    return (struct gsi_comment_counters){(int32_t)small.likes, (int32_t)small.replies,
                                         (int32_t)small.shares};
}

uint32_t gsi_comments_reach(const struct gsi_comments *comments, uint32_t place)
{
    struct gsi_comment_counters counters = gsi_comments_counters(comments, place);
    return gsi_reach(&counters);
}

static SLOW void set_counted(struct gsi_comments *comments, uint32_t place,
                             const struct gsi_comment_counters *counters)
{
    struct gsi_comment_counters **chunk =
        &comments->counters[(place - 1) >> GSI_COMMENTS_CHUNK_BITS];
    if (!*chunk) {
        *chunk = gs_calloc(CHUNK_MASK + 1, sizeof **chunk);
        comments->counted_chunks++;
    }
    *counted(comments, place) = *counters;
}

/* Below 0 is large, too. */
static inline bool are_large(uint64_t likes, uint64_t replies, uint64_t shares)
{
    return (likes >> 10 | replies >> 7 | shares >> 5) != 0;
}

static inline void set_small(struct gsi_comment *comment, uint64_t likes, uint64_t replies,
                             uint64_t shares, bool large)
{
    comment->small = (struct gsi_comment_small){.quality = comment->small.quality,
                                                .counted = large,
                                                .likes = likes & 0x3FF,
                                                .replies = replies & 0x7F,
                                                .shares = shares & 0x1F};
}

void gsi_comments_set_counters(struct gsi_comments *comments, uint32_t place,
                               const struct gsi_comment_counters *counters)
{
    uint64_t likes = (uint64_t)counters->likes;
    uint64_t replies = (uint64_t)counters->replies;
    uint64_t shares = (uint64_t)counters->shares;
    bool large = are_large(likes, replies, shares);
    set_small(gsi_comment_at(comments, place), likes, replies, shares, large);
    if (GS_UNLIKELY(large))
        set_counted(comments, place, counters);
}

/* ------------------------------------------------------------------ what changes them */

static int32_t saturated(int64_t value)
{
    return (int32_t)GS_MIN(GS_MAX(value, INT32_MIN), INT32_MAX);
}

static void set_counter(int32_t *counter, int64_t value)
{
    if (value != GS_NULL_INT)
        *counter = saturated(value);
}

/* Likes and shares have one authority, as those of posts do; no reaction tells replies. */
static void set_counters(const struct gs_task *task, const struct gs_event *event,
                         struct gsi_comment_counters *counters)
{
    set_counter(&counters->replies, event->comment.replies);
    if (task->config.engagement != GS_ENGAGEMENT_SNAPSHOTS)
        return;
    set_counter(&counters->likes, event->comment.likes);
    set_counter(&counters->shares, event->comment.shares);
}

SLOW void gsi_comments_take_counters(const struct gs_task *task, const struct gs_event *event,
                                     struct gsi_comments *comments, uint32_t place)
{
    struct gsi_comment_counters counters = gsi_comments_counters(comments, place);
    set_counters(task, event, &counters);
    gsi_comments_set_counters(comments, place, &counters);
}

static inline uint64_t or_0(int64_t value)
{
    return value == GS_NULL_INT ? 0 : (uint64_t)value;
}

void gsi_comments_first_counters(const struct gs_task *task, const struct gs_event *event,
                                 struct gsi_comments *comments, uint32_t place)
{
    bool snapshots = task->config.engagement == GS_ENGAGEMENT_SNAPSHOTS;
    uint64_t likes = snapshots ? or_0(event->comment.likes) : 0;
    uint64_t replies = or_0(event->comment.replies);
    uint64_t shares = snapshots ? or_0(event->comment.shares) : 0;
    if (GS_UNLIKELY(are_large(likes, replies, shares)))
        gsi_comments_take_counters(task, event, comments, place);
    else
        set_small(gsi_comment_at(comments, place), likes, replies, shares, false);
}

uint32_t gsi_comments_first_reach(const struct gs_task *task, const struct gs_event *event)
{
    struct gsi_comment_counters counters = {0, 0, 0};
    set_counters(task, event, &counters);
    return gsi_reach(&counters);
}

void gsi_comments_take_reaction(const struct gs_task *task, const struct gs_event *event,
                                struct gsi_comments *comments, uint32_t place)
{
    enum gs_reaction reaction = (enum gs_reaction)event->reaction.reaction;
    int64_t change =
        event->reaction.op == GS_OP_REMOVE ? -event->reaction.count : event->reaction.count;
    if (task->config.engagement != GS_ENGAGEMENT_REACTIONS)
        return;
    struct gsi_comment_counters counters = gsi_comments_counters(comments, place);
    if (reaction == GS_REACTION_LIKE)
        counters.likes = saturated(counters.likes + change);
    else if (reaction == GS_REACTION_SHARE || reaction == GS_REACTION_QUOTE)
        counters.shares = saturated(counters.shares + change);
    gsi_comments_set_counters(comments, place, &counters);
}
