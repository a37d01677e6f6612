/* counters.c -- a comment's own likes, replies and shares: of snapshots or of reactions to it. */
#include "internal.h"

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

void gsi_comments_take_counters(const struct gs_task *task, const struct gs_event *event,
                                struct gsi_comments *comments, uint32_t place)
{
    struct gsi_comment_counters counters = *gsi_comments_counters(comments, place);
    set_counters(task, event, &counters);
    gsi_comments_set_counters(comments, place, &counters);
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
    struct gsi_comment_counters counters = *gsi_comments_counters(comments, place);
    if (reaction == GS_REACTION_LIKE)
        counters.likes = saturated(counters.likes + change);
    else if (reaction == GS_REACTION_SHARE || reaction == GS_REACTION_QUOTE)
        counters.shares = saturated(counters.shares + change);
    gsi_comments_set_counters(comments, place, &counters);
}
