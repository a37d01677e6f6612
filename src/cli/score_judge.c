/* score_judge.c -- comments in order, judged by the rooms that judge them in the service.
 *
 * The stream is one input: its clock H is the latest event time so far, and moves the generations
 * of both memories. A comment without a time is of the moment at which the stream stands. What is
 * not known of a comment makes it no sibling of another: without an actor it is by somebody of its
 * own, without a post it is on one of its own. */
#include "score_judge.h"

#include <math.h>

enum { SEED_ACTOR = 1, SEED_POST = 2, SEED_NOBODY = 3, SEED_NOWHERE = 4 };

static bool is_off(const struct gs_clean_rules *rules, enum gs_reason reason)
{
    struct gs_clean_verdict verdict;
    gs_clean_decide(rules, UINT32_C(1) << reason, &verdict);
    return verdict.reasons == 0;
}

struct gsi_judge *gsi_judge_create(const struct gsi_judge_config *config)
{
    struct gsi_judge *judge = gs_calloc(1, sizeof *judge);
    judge->sentiment = config->sentiment;
    judge->sentiment_scratch = gs_sentiment_scratch_create();
    judge->rules = config->rules;
    if (!judge->rules)
        return judge;
    judge->clean_scratch = gs_clean_scratch_create();
    judge->burst = gs_burst_create(&config->burst);
    judge->copies_config = config->copies;
    judge->burst_config = config->burst;
    if (!is_off(judge->rules, GS_REASON_COPYPASTA))
        judge->copies = gs_copies_create(&config->copies);
    return judge;
}

void gsi_judge_destroy(struct gsi_judge *judge)
{
    if (!judge)
        return;
    gs_burst_destroy(judge->burst);
    gs_copies_destroy(judge->copies);
    gs_clean_rules_destroy(judge->rules);
    gs_clean_scratch_destroy(judge->clean_scratch);
    gs_sentiment_destroy(judge->sentiment);
    gs_sentiment_scratch_destroy(judge->sentiment_scratch);
    gs_free(judge);
}

static uint64_t hash_of(struct gs_str id, uint64_t seed, uint64_t number, uint64_t seed_without)
{
    return gs_str_is_null(id) ? gs_hash64(&number, sizeof number, seed_without)
                              : gs_hash64(id.data, id.len, seed);
}

static void score(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                  struct gsi_scored *scored)
{
    struct gs_sentiment_score score;
    scored->class = GS_CLASS_UNKNOWN;
    if (gs_str_is_null(comment->text))
        return;
    const struct gs_sentiment *scorer =
        gs_sentiment_for(judge->sentiment, comment->lang, comment->text);
    gs_sentiment_score(scorer ? scorer : judge->sentiment, judge->sentiment_scratch, comment->text,
                       &score);
    scored->neg_1e3 = (uint16_t)lround(score.neg * 1000);
    scored->neu_1e3 = (uint16_t)lround(score.neu * 1000);
    scored->pos_1e3 = (uint16_t)lround(score.pos * 1000);
    scored->compound_1e4 = score.compound_1e4;
    if (scorer)
        scored->class = (uint8_t)gs_class_of(score.compound_1e4);
}

/* Of the newer generation of copies. */
static int64_t serial(const struct gsi_judge *judge)
{
    struct gs_sightings_state state;
    gs_copies_state(judge->copies, &state);
    return (int64_t)state.serial;
}

/* COPYPASTA, or the generation in which it can become it. */
static void look_for_copies(struct gsi_judge *judge, const struct gs_copy *copy,
                            struct gsi_scored *scored, struct gs_copies_earlier *earlier)
{
    if (!judge->copies)
        return;
    if (gs_copies_seen(judge->copies, copy, judge->h_ms, earlier))
        scored->reasons |= UINT32_C(1) << GS_REASON_COPYPASTA;
    else if (copy->words >= judge->copies_config.words_min)
        scored->generation = serial(judge);
}

static void judge_text(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                       uint64_t number, struct gsi_scored *scored,
                       struct gs_copies_earlier *earlier)
{
    bool is_other = scored->class == GS_CLASS_UNKNOWN && !gs_str_is_null(comment->text);
    uint64_t actor = hash_of(comment->actor_id, SEED_ACTOR, number, SEED_NOBODY);
    gs_clean_read(judge->rules, judge->clean_scratch, comment->text, &judge->text);
    scored->reasons = gs_clean_judge(judge->rules, &judge->text, is_other);
    scored->is_read = true;
    scored->words = judge->text.features.words;
    scored->hash = judge->text.hash;
    const struct gs_copy copy = {.text = judge->text.hash,
                                 .comment = {.low = number},
                                 .actor = actor,
                                 .words = judge->text.features.words};
    look_for_copies(judge, &copy, scored, earlier);
    const struct gs_burst_sighting sighting = {
        .actor = actor,
        .post = hash_of(comment->post_id, SEED_POST, number, SEED_NOWHERE),
        .event_ms = comment->event_ms == GS_NULL_INT ? judge->h_ms : comment->event_ms};
    if (gs_burst_seen(judge->burst, &sighting, judge->h_ms))
        scored->reasons |= UINT32_C(1) << GS_REASON_BURST;
}

void gsi_judge_comment(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                       uint64_t number, struct gsi_scored *scored,
                       struct gs_copies_earlier *earlier)
{
    *scored = (struct gsi_scored){.generation = GSI_SETTLED};
    earlier->count = 0;
    if (comment->event_ms != GS_NULL_INT)
        judge->h_ms = GS_MAX(judge->h_ms, comment->event_ms);
    score(judge, comment, scored);
    if (!judge->rules)
        return;
    scored->is_self = gsi_comment_is_self(comment);
    if (!scored->is_self)
        judge_text(judge, comment, number, scored, earlier);
}

/* With the newer generation only the one before it is known, be it that the clock or that so many
 * texts made them go on. */
int64_t gsi_judge_settled(const struct gsi_judge *judge)
{
    return judge->copies ? serial(judge) - 2 : INT64_MAX;
}

void gsi_judge_decide(const struct gsi_judge *judge, const struct gsi_scored *scored,
                      struct gs_clean_verdict *verdict)
{
    *verdict = (struct gs_clean_verdict){
        .action = GS_VERDICT_KEEP, .reason = GS_REASON_COUNT, .quality = GS_CLEAN_WEIGHT_MAX};
    if (judge->rules)
        gs_clean_decide(judge->rules, scored->reasons, verdict);
}
