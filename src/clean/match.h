/* match.h -- all phrases at once, word by word.
 *
 * Every element of every phrase is a bit (Shift-And: Baeza-Yates & Gonnet 1992; optional elements:
 * Navarro & Raffinot, "Flexible Pattern Matching in Strings", 2002, 4.2). A set bit says that the
 * words up to here are the phrase up to this element:
 *
 *   check [out] <my> ..2 <thing>      check  [out]  <my>  [any]  [any]  <thing>
 *   "please check my new channel"     check: 1      my: 1  new: 1       channel: 1, found
 *
 * 64 bits make a state, and states without a set bit cost nothing, so that most words only pass
 * the filter of the vocabulary. */
#ifndef CLEAN_MATCH_H
#define CLEAN_MATCH_H

#include "internal.h"

struct gsi_match {
    const struct gs_clean_rules *rules;
    uint32_t active; /* bit s: states[s] is not 0; the others are not to be read */
    uint32_t found;  /* bit = enum gs_clean_list */
    /* A byte for each list; bit n: a phrase of it ended n words ago, and an exception may still
     * take it back. */
    uint64_t pending;
    uint64_t states[GSI_STATES_MAX];
};

/* What ends with a word: phrases as bit 0 of their lists' bytes, and the words that exceptions
 * cover. */
struct gsi_match_ends {
    uint64_t phrases;
    uint64_t excepted;
};

/* With the candidates for the next element also those behind optional ones: the addition carries a
 * bit through a row of optional elements. */
static inline uint64_t gsi_match_skip(uint64_t next, uint64_t optional)
{
    return next | (((next & optional) + optional) ^ optional);
}

static inline void gsi_match_end(const struct gs_clean_rules *rules, uint32_t state, uint64_t bits,
                                 struct gsi_match_ends *ends)
{
    for (; bits; bits &= bits - 1) {
        const struct gsi_phrase *phrase =
            &rules->phrases[state * 64 + (unsigned)__builtin_ctzll(bits)];
        unsigned shift = 8u * phrase->list;
        if (phrase->is_exception)
            ends->excepted |= (UINT64_C(0xFF) >> (8 - phrase->needed)) << shift;
        else
            ends->phrases |= UINT64_C(1) << shift;
    }
}
_Static_assert(GS_CLEAN_LIST_UNSAFE < 8, "bytes of pending");

static inline void gsi_match_confirm(struct gsi_match *match, uint64_t bits)
{
    for (unsigned list = 0; bits; list++, bits >>= 8)
        match->found |= (uint32_t)((bits & 0xFF) != 0) << list;
}

/* A word later, no exception reaches back to what is 8 words old. */
static inline void gsi_match_age(struct gsi_match *match)
{
    const uint64_t top = UINT64_C(0x8080808080808080);
    if (match->pending & top)
        gsi_match_confirm(match, match->pending & top);
    match->pending = (match->pending & ~top) << 1;
}

/* Takes in a word: NULL if it is none of the vocabulary. */
static inline void gsi_match_step(struct gsi_match *match, const struct gsi_word *word,
                                  bool is_first)
{
    const struct gs_clean_rules *rules = match->rules;
    const struct gsi_states *states = &rules->states;
    struct gsi_match_ends ends = {0, 0};
    uint32_t begins = word ? (is_first ? word->begins_text : word->begins) : 0;
    if (GS_UNLIKELY(match->pending))
        gsi_match_age(match);
    for (uint32_t left = match->active | begins; left; left &= left - 1) {
        unsigned s = (unsigned)__builtin_ctz(left);
        uint64_t before = match->active >> s & 1 ? match->states[s] : 0;
        uint64_t next = before << 1 & ~(states->starts[s] | states->starts_text[s]);
        next |= states->starts[s] | (is_first ? states->starts_text[s] : 0);
        uint64_t is = states->any[s];
        if (word && word->states >> s & 1)
            is |= rules->bits[word->first +
                              (unsigned)__builtin_popcount(word->states & ((1u << s) - 1))];
        uint64_t now = gsi_match_skip(next, states->optional[s]) & is;
        match->states[s] = now;
        match->active = (match->active & ~(1u << s)) | (uint32_t)(now != 0) << s;
        if (GS_UNLIKELY(now & states->ends[s]))
            gsi_match_end(rules, s, now & states->ends[s], &ends);
    }
    match->pending = (match->pending | ends.phrases) & ~ends.excepted;
}

/* Phrases that end with the text. */
static inline struct gsi_match_ends gsi_match_last(const struct gsi_match *match)
{
    struct gsi_match_ends ends = {0, 0};
    for (uint32_t left = match->active; left; left &= left - 1) {
        unsigned s = (unsigned)__builtin_ctz(left);
        gsi_match_end(match->rules, s, match->states[s] & match->rules->states.ends_text[s], &ends);
    }
    return ends;
}

/* After the last word. */
static inline void gsi_match_finish(struct gsi_match *match)
{
    struct gsi_match_ends ends = gsi_match_last(match);
    gsi_match_confirm(match, (match->pending | ends.phrases) & ~ends.excepted);
}

#endif
