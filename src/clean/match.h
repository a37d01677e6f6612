/* match.h -- all phrases at once, 64 elements at a time.
 *
 * Every element of every phrase is a bit (Shift-And: Baeza-Yates & Gonnet 1992; optional elements:
 * Navarro & Raffinot, "Flexible Pattern Matching in Strings", 2002, 4.2). A set bit says that the
 * words up to here are the phrase up to this element:
 *
 *   check [out] <my> ..2 <thing>      check  [out]  <my>  [any]  [any]  <thing>
 *   "please check my new channel"     check: 1      my: 1  new: 1       channel: 1, found */
#ifndef CLEAN_MATCH_H
#define CLEAN_MATCH_H

#include "internal.h"

/* With the candidates for the next element also those behind optional ones: the addition carries a
 * bit through a row of optional elements. */
static inline uint64_t gsi_match_skip(uint64_t next, uint64_t optional)
{
    return next | (((next & optional) + optional) ^ optional);
}

/* Which elements of state s a token is, but for those that every word is. */
static inline uint64_t gsi_match_bits(const struct gs_clean_rules *rules, uint32_t token,
                                      uint32_t s)
{
    if (token == 0)
        return 0;
    const struct gsi_word *word = &rules->words[token - 1];
    if (!(word->states >> s & 1))
        return 0;
    return rules->bits[word->first + (unsigned)__builtin_popcount(word->states & ((1u << s) - 1))];
}

/* Goes through the tokens with state s; visit is told of the elements with which phrases end. */
static inline void gsi_match_run(
    const struct gs_clean_rules *rules, const struct gs_clean_scratch *scratch, uint32_t s,
    void (*visit)(void *context, uint32_t s, uint32_t token, uint64_t ends), void *context)
{
    const struct gsi_states *states = &rules->states;
    const uint64_t starts = states->starts[s], optional = states->optional[s];
    const uint64_t firsts = starts | states->starts_text[s], any = states->any[s];
    uint64_t now = 0, ends = states->ends[s], starting = firsts;
    for (uint32_t i = 0; i < scratch->token_count; i++, starting = starts) {
        uint64_t bits = gsi_match_bits(rules, scratch->tokens[i], s);
        if (!(now | starting))
            return; /* only the beginning of a text may match */
        if (!(now | bits))
            continue;
        uint64_t next = (now << 1 & ~firsts) | starting;
        now = gsi_match_skip(next, optional) & (bits | any);
        if (i + 1 == scratch->token_count)
            ends |= states->ends_text[s];
        if (GS_UNLIKELY(now & ends))
            visit(context, s, i, now & ends);
    }
}

#endif
