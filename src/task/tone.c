/* tone.c -- what a comment adds to its entities, and what an edit or a deletion takes back. */
#include "internal.h"

#include <math.h>

/* To the nearest, halves away from zero: lround() without a call. The difference is exact. */
static int16_t in_1e4(double sentiment)
{
    double scaled = sentiment * 10000;
    int32_t whole = (int32_t)scaled;
    double rest = scaled - whole;
    return (int16_t)(whole + (rest >= 0.5) - (rest <= -0.5));
}

static struct gsi_tone scored(int32_t compound_1e4, uint16_t quality)
{
    static const uint8_t sorts[] = {[GS_CLASS_POSITIVE] = GSI_TONE_POS,
                                    [GS_CLASS_NEGATIVE] = GSI_TONE_NEG,
                                    [GS_CLASS_NEUTRAL] = GSI_TONE_NEU};
    return (struct gsi_tone){(int16_t)compound_1e4, sorts[gs_class_of(compound_1e4)], quality};
}

/* NULL: there is no text, or no lexicon of its language. */
const struct gs_sentiment *gsi_comments_scorer(const struct gs_task *task,
                                               const struct gs_event *event)
{
    struct gs_str text = event->comment.text;
    return text.data ? gs_sentiment_for(task->config.sentiment, event->comment.lang, text) : NULL;
}

static struct gsi_tone tone_by(struct gs_task *task, const struct gs_event *event,
                               const struct gs_sentiment *scorer, uint16_t quality)
{
    if (!scorer)
        return (struct gsi_tone){0, GSI_TONE_UNK, quality};
    task->stats.scored++;
    return scored(gs_sentiment_compound(scorer, task->scratch, event->comment.text), quality);
}

static struct gsi_tone given_tone(const struct gs_event *event, uint16_t quality)
{
    return scored(in_1e4(event->comment.sentiment), quality);
}

static struct gsi_tone tone_of(struct gs_task *task, const struct gs_event *event)
{
    return isnan(event->comment.sentiment)
               ? tone_by(task, event, gsi_comments_scorer(task, event), GSI_QUALITY_NONE)
               : given_tone(event, GSI_QUALITY_NONE);
}

static struct gsi_tone dropped(struct gs_task *task, uint8_t reason)
{
    task->stats.dropped[reason]++;
    return (struct gsi_tone){reason, GSI_TONE_DROPPED, GSI_QUALITY_NONE};
}

static struct gsi_tone judged_tone_of(struct gs_task *task, const struct gs_event *event,
                                      const struct gs_sentiment *scorer,
                                      const struct gs_clean_verdict *verdict)
{
    if (verdict->action == GS_VERDICT_DROP)
        return dropped(task, verdict->reason);
    return isnan(event->comment.sentiment) ? tone_by(task, event, scorer, verdict->quality)
                                           : given_tone(event, verdict->quality);
}

/* The visibility of one of a class. */
static inline void add_weight(struct gs_delta *delta, struct gsi_tone tone, uint32_t reach,
                              int64_t sign)
{
    static const enum gs_counter counters[] = {[GSI_TONE_POS] = GS_C_VIS_POS,
                                               [GSI_TONE_NEG] = GS_C_VIS_NEG,
                                               [GSI_TONE_NEU] = GS_C_VIS_NEU};
    if (tone.quality == 0 || tone.quality > GSI_QUALITY_MAX || tone.sort > GSI_TONE_NEU)
        return;
    gs_delta_add(delta, counters[tone.sort], sign * gsi_weight(tone.quality, reach));
}

static inline void add_tone(struct gs_delta *delta, struct gsi_tone tone, uint32_t reach,
                            int64_t sign)
{
    static const enum gs_counter counters[] = {[GSI_TONE_POS] = GS_C_POS,
                                               [GSI_TONE_NEG] = GS_C_NEG,
                                               [GSI_TONE_NEU] = GS_C_NEU,
                                               [GSI_TONE_UNK] = GS_C_UNK};
    int64_t compound = tone.compound_1e4;
    if (tone.sort == GSI_TONE_REPLY) {
        gs_delta_add(delta, GS_C_AUTHOR_REPLIES, sign);
        return;
    }
    gs_delta_add(delta, GS_C_COMMENTS, sign);
    if (tone.sort == GSI_TONE_DROPPED) {
        gs_delta_add(delta, (enum gs_counter)(GS_C_DROP + tone.compound_1e4), sign);
        return;
    }
    gs_delta_add(delta, GS_C_CLEAN, sign);
    gs_delta_add(delta, counters[tone.sort], sign);
    if (tone.quality < GSI_QUALITY_MAX)
        gs_delta_add(delta, GS_C_DOWNWEIGHTED, sign);
    add_weight(delta, tone, reach, sign);
    if (!compound)
        return; /* a delta holds no zeros */
    gs_delta_add(delta, GS_C_SENT_SUM, sign * compound);
    gs_delta_add(delta, GS_C_SENT_SQ, sign * compound * compound);
}

void gsi_comments_set_tone(struct gsi_comment *comment, struct gsi_tone tone)
{
    comment->compound_1e4 = tone.compound_1e4;
    comment->sort = (uint32_t)tone.sort & 7;
    comment->small.quality = (uint32_t)tone.quality & 0x1FF;
}

static struct gsi_tone tone_at(const struct gsi_comment *comment)
{
    return (struct gsi_tone){comment->compound_1e4, comment->sort, comment->small.quality};
}

struct gsi_tone gsi_comments_tone(struct gs_task *task, const struct gs_event *event,
                                  const struct gsi_row *row)
{
    if (gsi_is_reply(event))
        return (struct gsi_tone){0, GSI_TONE_REPLY, GSI_QUALITY_NONE};
    return task->config.rules ? judged_tone_of(task, event, row->scorer, &row->verdict)
                              : tone_of(task, event);
}

void gsi_comments_add(const struct gsi_row *row, struct gs_delta *delta)
{
    add_tone(delta, row->tone, row->reach, 1);
    if (row->comment)
        gsi_comments_set_tone(row->comment, row->tone);
}

static void drop_zeros(struct gs_delta *delta)
{
    for (uint64_t mask = delta->mask; mask; mask &= mask - 1)
        if (!delta->value[__builtin_ctzll(mask)])
            delta->mask &= ~(mask & -mask);
}

bool gsi_comments_is_shown(const struct gs_task *task, uint8_t view, int64_t t_ms)
{
    int longest = 31 - __builtin_clz(task->config.views[view].levels);
    int64_t from_ms;
    int64_t to_ms;
    gs_window_bounds(task->window, (uint8_t)longest, &from_ms, &to_ms);
    return t_ms >= from_ms;
}

/* An entity that was met may have been forgotten since, and its index may be another's by now. But
 * while t lies in the longest window of the view it is the same: then t did so too when the comment
 * was added (as_of never goes back), which made the pane of t; that pane has not left the longest
 * window, panes are not removed before that, even if all in them is 0, and an entity with a pane is
 * not forgotten. Where t has left the view there is nothing to change, so the index is not used. */
static void add_where_it_was(struct gs_task *task, const struct gsi_comment *comment,
                             const struct gs_delta *delta)
{
    for (uint8_t v = 0; v < task->config.view_count; v++)
        if (comment->entity[v] != GS_ENTITY_NONE &&
            gsi_comments_is_shown(task, v, gsi_comment_t_ms(comment)))
            gs_window_add(task->window, comment->entity[v], gsi_comment_t_ms(comment), delta,
                          task->now_ms);
}

/* Replaces what the comment added, when it had `before`, by what it adds now. */
static void replace(struct gs_task *task, struct gsi_comment *comment, uint32_t before,
                    struct gsi_tone tone, uint32_t reach)
{
    struct gs_delta delta = {.mask = 0};
    add_tone(&delta, tone_at(comment), before, -1);
    add_tone(&delta, tone, reach, 1);
    gsi_comments_set_tone(comment, tone);
    drop_zeros(&delta);
    if (delta.mask)
        add_where_it_was(task, comment, &delta);
}

/* What the short memories said of a comment does not hang on its text alone: it stays dropped. */
static bool stays_dropped(struct gsi_tone tone)
{
    return tone.sort == GSI_TONE_DROPPED &&
           (tone.compound_1e4 == GS_REASON_COPYPASTA || tone.compound_1e4 == GS_REASON_BURST);
}

static struct gsi_tone edited(struct gs_task *task, const struct gs_event *event,
                              struct gsi_tone before)
{
    struct gs_clean_verdict verdict;
    const struct gs_sentiment *scorer;
    if (before.sort == GSI_TONE_REPLY || stays_dropped(before))
        return before;
    if (!task->config.rules)
        return tone_of(task, event);
    scorer = gsi_comments_scorer(task, event);
    gsi_verdict_of_edit(task, event, scorer, &verdict);
    return judged_tone_of(task, event, scorer, &verdict);
}

void gsi_comments_change(struct gs_task *task, const struct gs_event *event,
                         const struct gsi_row *row)
{
    struct gs_delta delta = {.mask = 0};
    struct gsi_comment *comment = row->comment;
    struct gsi_tone tone = tone_at(comment);
    if (event->kind == GS_KIND_COMMENT && event->action == GS_ACTION_DELETED) {
        add_tone(&delta, tone, row->reach_before, -1);
        add_where_it_was(task, comment, &delta);
        return;
    }
    if (event->kind == GS_KIND_COMMENT && event->action == GS_ACTION_EDITED)
        tone = edited(task, event, tone);
    replace(task, comment, row->reach_before, tone, row->reach);
}

/* One that was dropped already keeps the reason that it was first given. */
void gsi_comments_judge_late(struct gs_task *task, const struct gsi_late *late,
                             const struct gs_clean_verdict *copy)
{
    struct gsi_tone tone = tone_at(late->comment);
    if (tone.sort == GSI_TONE_REPLY || tone.sort == GSI_TONE_DROPPED)
        return;
    if (copy->action == GS_VERDICT_DROP)
        tone = dropped(task, GS_REASON_COPYPASTA);
    else if (tone.quality <= GSI_QUALITY_MAX)
        tone.quality = (uint16_t)((uint32_t)tone.quality * copy->quality / 256);
    replace(task, late->comment, late->reach, tone, late->reach);
}
