/* chain.c -- what a writer stands on, kept as the lineage that its barriers carry.
 *
 *   spans   [ancestor 4..9] [ancestor 0..2] [own 3..7]
 *   left_out  of the ancestors ...             5, 8, 9     those behind `last` matter only once a
 *                                                          later cut counts */
#include "internal.h"

struct gs_cut_chain {
    struct gs_cut_id incarnation;
    uint64_t next;        /* the number of the cut under way, or of the next one */
    uint64_t cycle_first; /* the first cut of the cycle that runs */
    bool under_way;
    bool whole;     /* the cut under way */
    bool own;       /* the last span is ours; else none of our cuts counts yet */
    bool untracked; /* a cut failed that there was no room to leave out */
    struct gs_cut_lineage lineage;
};

struct gs_cut_chain *gs_cut_chain_create(const struct gs_cut_lineage *restored,
                                         struct gs_cut_id incarnation)
{
    struct gs_cut_chain *chain = gs_calloc(1, sizeof *chain);
    chain->incarnation = incarnation;
    if (!restored)
        return chain;
    for (uint32_t i = 0; i < restored->span_count; i++)
        GS_ASSERT(!gs_cut_id_equal(restored->spans[i].incarnation, incarnation));
    chain->lineage = *restored;
    return chain;
}

void gs_cut_chain_destroy(struct gs_cut_chain *chain)
{
    gs_free(chain);
}

bool gs_cut_chain_is_full(const struct gs_cut_chain *chain)
{
    return chain->untracked || (!chain->own && chain->lineage.span_count == GS_CUT_SPANS_MAX);
}

uint64_t gs_cut_chain_begin(struct gs_cut_chain *chain, bool whole)
{
    GS_ASSERT(!chain->under_way && (whole || !gs_cut_chain_is_full(chain)));
    GS_ASSERT(chain->next <= GS_CUT_NUMBER_MAX);
    chain->under_way = true;
    chain->whole = whole;
    return chain->next;
}

/* Makes the cut under way the last one of a lineage that is the chain's otherwise. */
static void extend(const struct gs_cut_chain *chain, struct gs_cut_lineage *lineage)
{
    if (chain->whole)
        lineage->span_count = lineage->left_out_count = 0;
    if (chain->whole || !chain->own)
        lineage->spans[lineage->span_count++] = (struct gs_cut_span){
            .incarnation = chain->incarnation,
            .first = chain->next,
            .left_out_from = lineage->left_out_count,
        };
    lineage->spans[lineage->span_count - 1].last = chain->next;
}

void gs_cut_chain_acked(struct gs_cut_chain *chain)
{
    GS_ASSERT(chain->under_way);
    extend(chain, &chain->lineage);
    chain->own = true;
    chain->untracked = chain->untracked && !chain->whole;
    chain->under_way = false;
    chain->next++;
}

void gs_cut_chain_failed(struct gs_cut_chain *chain)
{
    struct gs_cut_lineage *lineage = &chain->lineage;
    GS_ASSERT(chain->under_way);
    if (GS_ABLATED(CUT_NUMBER)) {
        chain->under_way = false;
        return;
    }
    if (chain->own && lineage->left_out_count < GS_CUT_LEFT_OUT_MAX) {
        lineage->left_out[lineage->left_out_count++] = chain->next;
        lineage->spans[lineage->span_count - 1].left_out_count++;
    } else if (chain->own) {
        chain->untracked = true;
    }
    chain->under_way = false;
    chain->next++;
}

/* Takes the left-out cuts before the span's first one off, and begins it with a cut that counts. */
static void trim_front(struct gs_cut_lineage *lineage, struct gs_cut_span *span)
{
    const uint64_t *left_out = lineage->left_out + span->left_out_from;
    uint32_t gone = 0;
    for (; gone < span->left_out_count && left_out[gone] <= span->first; gone++)
        span->first += left_out[gone] == span->first;
    span->left_out_count -= gone;
    memmove(lineage->left_out, left_out + gone, span->left_out_count * sizeof *left_out);
    span->left_out_from = 0;
    lineage->left_out_count = span->left_out_count;
}

void gs_cut_chain_cycle_done(struct gs_cut_chain *chain)
{
    struct gs_cut_lineage *lineage = &chain->lineage;
    GS_ASSERT(!chain->under_way);
    chain->own = chain->own && lineage->spans[lineage->span_count - 1].last >= chain->cycle_first;
    if (chain->own) {
        struct gs_cut_span own = lineage->spans[lineage->span_count - 1];
        own.first = GS_MAX(own.first, chain->cycle_first);
        trim_front(lineage, &own);
        lineage->spans[0] = own;
        lineage->span_count = 1;
    } else { /* nothing lived when the cycle began, and nothing was written since then */
        lineage->span_count = lineage->left_out_count = 0;
        chain->untracked = false;
    }
    chain->cycle_first = chain->next;
}

void gs_cut_chain_lineage(const struct gs_cut_chain *chain, struct gs_cut_lineage *lineage)
{
    *lineage = chain->lineage;
    if (chain->under_way) {
        extend(chain, lineage);
        return;
    }
    if (!chain->own)
        return;
    struct gs_cut_span *span = &lineage->spans[lineage->span_count - 1];
    while (span->left_out_count && lineage->left_out[lineage->left_out_count - 1] > span->last) {
        lineage->left_out_count--;
        span->left_out_count--;
    }
}
