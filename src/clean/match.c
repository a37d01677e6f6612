/* match.c -- which lists have a phrase among the words of a text.
 *
 * Nearly no text has one, so most of the work is to see that:
 *   1. needs: of each phrase the elements with the rarest words; if no phrase has all of them, no
 *      word is known exactly even
 *   2. only then the words are gone through
 *   3. exceptions are looked for only if there is something to except, and if all that they need is
 *      somewhere in the text */
#include "match.h"

/* Of these states those of which a phrase has all that it needs. A carry gets from a phrase's first
 * bit to the one behind it only over set bits. */
static uint32_t possible(const struct gs_clean_rules *rules, const struct gs_clean_scratch *scratch,
                         uint32_t wanted)
{
    const struct gsi_states *states = &rules->states;
    uint64_t there[GSI_STATES_MAX];
    uint32_t found = 0;
    if (!wanted)
        return 0;
    for (uint32_t left = wanted; left; left &= left - 1) {
        unsigned s = (unsigned)__builtin_ctz(left);
        there[s] = states->optional[s] | states->any[s];
    }
    for (uint32_t i = 0; i < scratch->token_count; i++) {
        if (scratch->tokens[i] == 0)
            continue;
        const struct gsi_word *word = &rules->words[scratch->tokens[i] - 1];
        const uint64_t *bits = rules->bits + word->first;
        for (uint32_t left = word->states & wanted; left; left &= left - 1) {
            unsigned s = (unsigned)__builtin_ctz(left);
            there[s] |= bits[__builtin_popcount(word->states & ((1u << s) - 1))];
        }
    }
    for (uint32_t left = wanted; left; left &= left - 1) {
        unsigned s = (unsigned)__builtin_ctz(left);
        uint64_t carried = there[s] + (states->starts[s] | states->starts_text[s]);
        found |= (uint32_t)((carried & states->behind[s]) != 0) << s;
    }
    return found;
}

struct ended {
    const struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    uint32_t lists;
};

static void take_ends(void *context, uint32_t s, uint32_t token, uint64_t ends)
{
    struct ended *ended = context;
    struct gs_clean_scratch *scratch = ended->scratch;
    if (!ended->lists) {
        memset(scratch->ended, 0, scratch->token_count);
        memset(scratch->excepted, 0, scratch->token_count);
    }
    for (; ends; ends &= ends - 1) {
        const struct gsi_phrase *phrase =
            &ended->rules->phrases[s * 64 + (unsigned)__builtin_ctzll(ends)];
        ended->lists |= 1u << phrase->list;
        if (!phrase->is_exception)
            scratch->ended[token] |= (uint8_t)(1u << phrase->list);
        for (uint32_t n = 0; phrase->is_exception && n < phrase->needed && n <= token; n++)
            scratch->excepted[token - n] |= (uint8_t)(1u << phrase->list);
    }
}
_Static_assert(GS_CLEAN_LIST_UNSAFE < 8, "a bit for each list");

static uint32_t states_of(const struct gs_clean_rules *rules, uint64_t met, unsigned base,
                          uint32_t words)
{
    uint32_t states = 0;
    for (; met; met &= met - 1) {
        const struct gsi_bucket *bucket = &rules->buckets[base + (unsigned)__builtin_ctzll(met)];
        if (words <= bucket->words_max)
            states |= bucket->states;
    }
    return states;
}

/* Most texts are too long for the phrases that are a whole text. */
uint32_t gsi_needs_met(const struct gs_clean_rules *rules, const struct gsi_needs *needs,
                       uint32_t words)
{
    gsi_bits128 low = needs->first[0] & needs->second[0];
    gsi_bits128 high = needs->first[1] & needs->second[1];
    if (words > rules->whole_max) {
        low &= ~rules->whole[0];
        high &= ~rules->whole[1];
    }
    gsi_bits128 any = low | high;
    if (GS_LIKELY(!(any[0] | any[1])))
        return 0;
    return states_of(rules, low[0], 0, words) | states_of(rules, low[1], 64, words) |
           states_of(rules, high[0], 128, words) | states_of(rules, high[1], 192, words);
}

uint32_t gsi_match_lists(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                         uint32_t wanted)
{
    const struct gsi_states *states = &rules->states;
    struct ended ended = {rules, scratch, 0};
    uint32_t found = 0;
    gsi_tokens_list(rules, scratch);
    for (; wanted; wanted &= wanted - 1)
        gsi_match_run(rules, scratch, (uint32_t)__builtin_ctz(wanted), take_ends, &ended);
    if (GS_LIKELY(!ended.lists))
        return 0;
    for (uint32_t left = states->exceptions; left; left &= left - 1)
        if (states->lists[__builtin_ctz(left)] & ended.lists)
            wanted |= left & -left;
    for (wanted = possible(rules, scratch, wanted); wanted; wanted &= wanted - 1)
        gsi_match_run(rules, scratch, (uint32_t)__builtin_ctz(wanted), take_ends, &ended);
    for (uint32_t i = 0; i < scratch->token_count; i++)
        found |= scratch->ended[i] & ~(uint32_t)scratch->excepted[i];
    return found;
}
