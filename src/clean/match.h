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
    uint64_t states[GSI_STATES_MAX];
};

/* With the candidates for the next element also those behind optional ones: the addition carries a
 * bit through a row of optional elements. */
static inline uint64_t gsi_match_skip(uint64_t next, uint64_t optional)
{
    return next | (((next & optional) + optional) ^ optional);
}

/* What ends here: phrases that no exception takes back. */
static inline uint32_t gsi_match_lists(const struct gs_clean_rules *rules, uint32_t state,
                                       uint64_t ends)
{
    uint32_t found = 0, excepted = 0;
    for (; ends; ends &= ends - 1) {
        const struct gsi_phrase *phrase =
            &rules->phrases[state * 64 + (unsigned)__builtin_ctzll(ends)];
        *(phrase->is_exception ? &excepted : &found) |= 1u << phrase->list;
    }
    return found | excepted << 16;
}
_Static_assert(GS_CLEAN_LIST_COUNT <= 16, "gsi_match_lists");

/* Takes in a word: NULL if it is none of the vocabulary. */
static inline void gsi_match_step(struct gsi_match *match, const struct gsi_word *word,
                                  bool is_first)
{
    const struct gs_clean_rules *rules = match->rules;
    const struct gsi_states *states = &rules->states;
    uint32_t begins = word ? (is_first ? word->begins_text : word->begins) : 0;
    uint32_t left = match->active | begins, lists = 0;
    for (; left; left &= left - 1) {
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
            lists |= gsi_match_lists(rules, s, now & states->ends[s]);
    }
    match->found |= lists & ~(lists >> 16) & 0xFFFF;
}

/* After the last word. */
static inline void gsi_match_finish(struct gsi_match *match)
{
    uint32_t lists = 0;
    for (uint32_t left = match->active; left; left &= left - 1) {
        unsigned s = (unsigned)__builtin_ctz(left);
        lists |=
            gsi_match_lists(match->rules, s, match->states[s] & match->rules->states.ends_text[s]);
    }
    match->found |= lists & ~(lists >> 16) & 0xFFFF;
}

#endif
