/* explain.c -- which bytes gave a reason.
 *
 * The text is read once more, now with a map from its normal form back to its bytes, and every word
 * is kept; where a phrase ends, it is run backwards over the words to find where it begins. */
#include "match.h"

#include <stdlib.h>

struct explainer {
    const struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch; /* with a map */
    const struct gs_clean_text *text;
    uint8_t *excepted; /* by token */
    struct gs_clean_span *spans;
    size_t capacity;
    size_t count;
};

/* at, end: in the normal form. */
static void add(struct explainer *x, uint8_t reason, uint32_t at, uint32_t end, uint32_t line)
{
    struct gs_str raw = x->text->raw;
    const char *last = raw.data + x->scratch->map[end - 1];
    if (reason < GS_REASON_COUNT && x->rules->config.rule[reason].is_off)
        return;
    gs_text_next(&last, raw.data + raw.len);
    uint32_t from = x->scratch->map[at];
    if (x->count < x->capacity)
        x->spans[x->count] = (struct gs_clean_span){
            .reason = reason, .at = from, .len = (uint32_t)(last - raw.data) - from, .line = line};
    x->count++;
}

/* ------------------------------------------------------------------ phrases */

/* Do the words [from, to] make the phrase whose last element is bit `last` of state s? */
static bool is_phrase(const struct explainer *x, unsigned s, unsigned last, uint32_t from,
                      uint32_t to)
{
    unsigned len = x->rules->phrases[s * 64 + last].len;
    uint64_t first = UINT64_C(1) << (last + 1 - len);
    uint64_t all = (UINT64_MAX >> (63 - last)) & ~(first - 1), state = 0;
    for (uint32_t i = from; i <= to; i++) {
        uint64_t next = (state << 1 & ~first) | (i == from ? first : 0);
        next = gsi_match_skip(next, x->rules->states.optional[s] & all);
        state = next & all &
                (gsi_match_bits(x->rules, x->scratch->tokens[i], s) | x->rules->states.any[s]);
    }
    return state >> last & 1;
}

static uint8_t reason_of(enum gs_clean_list list)
{
    static const uint8_t reasons[GS_CLEAN_LIST_UNSAFE + 1] = {
        [GS_CLEAN_LIST_CONTACT] = GS_REASON_CONTACT,
        [GS_CLEAN_LIST_PROMO] = GS_REASON_PROMO,
        [GS_CLEAN_LIST_GENERIC] = GS_REASON_GENERIC,
        [GS_CLEAN_LIST_PROFANITY] = GS_REASON_PROFANITY,
        [GS_CLEAN_LIST_UNSAFE] = GS_REASON_COUNT,
    };
    return reasons[list];
}

static void except(void *context, uint32_t s, uint32_t to, uint64_t ends)
{
    struct explainer *x = context;
    for (; ends; ends &= ends - 1) {
        const struct gsi_phrase *phrase =
            &x->rules->phrases[s * 64 + (unsigned)__builtin_ctzll(ends)];
        for (uint32_t n = 0; n < phrase->needed && n <= to; n++)
            x->excepted[to - n] |= (uint8_t)(1u << phrase->list);
    }
}

static void tell(void *context, uint32_t s, uint32_t to, uint64_t ends)
{
    struct explainer *x = context;
    for (; ends; ends &= ends - 1) {
        unsigned last = (unsigned)__builtin_ctzll(ends);
        const struct gsi_phrase *phrase = &x->rules->phrases[s * 64 + last];
        if (x->excepted[to] >> phrase->list & 1)
            continue;
        uint32_t from = to;
        while (from > 0 && to - from < phrase->len && !is_phrase(x, s, last, from, to))
            from--;
        add(x, reason_of((enum gs_clean_list)phrase->list), x->scratch->places[from].at,
            x->scratch->places[to].end, phrase->line);
    }
}

static void explain_phrases(struct explainer *x)
{
    const struct gsi_states *states = &x->rules->states;
    x->excepted = gs_calloc(x->scratch->token_count + 1, 1);
    for (uint32_t s = 0; s < states->count; s++)
        if (states->exceptions >> s & 1)
            gsi_match_run(x->rules, x->scratch, s, except, x);
    for (uint32_t s = 0; s < states->count; s++)
        if (!(states->exceptions >> s & 1))
            gsi_match_run(x->rules, x->scratch, s, tell, x);
    gs_free(x->excepted);
}

/* ------------------------------------------------------------------ the rest */

static void explain_links(struct explainer *x)
{
    static const struct {
        uint16_t found;
        uint8_t reason;
    } kinds[] = {{GSI_FOUND_URL, GS_REASON_URL},
                 {GSI_FOUND_SHORTENER, GS_REASON_SHORTENER},
                 {GSI_FOUND_EMAIL, GS_REASON_CONTACT}};
    for (uint32_t i = 0; i < x->scratch->link_count; i++)
        for (size_t k = 0; k < GS_COUNT_OF(kinds); k++)
            if (x->scratch->links[i].found & kinds[k].found)
                add(x, kinds[k].reason, x->scratch->links[i].at, x->scratch->links[i].end, 0);
}

static void explain_phones(struct explainer *x)
{
    uint32_t at = 0, end = 0, digits_min = x->rules->config.phone_digits;
    if (x->text->features.digits < digits_min)
        return;
    for (; gsi_phone_find(x->scratch, digits_min, &at, &end); at = end)
        add(x, GS_REASON_PHONE, at, end, 0);
}

static void explain_whole(struct explainer *x)
{
    static const uint8_t whole[] = {GS_REASON_MENTION_ONLY, GS_REASON_EMOJI_ONLY,
                                    GS_REASON_CHAR_FLOOD};
    uint32_t reasons = gs_clean_judge(x->rules, x->text, false);
    for (size_t i = 0; i < GS_COUNT_OF(whole); i++)
        if (reasons >> whole[i] & 1)
            add(x, whole[i], 0, x->scratch->normal_len, 0);
}

static int by_place(const void *a, const void *b)
{
    const struct gs_clean_span *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->reason != y->reason ? x->reason - y->reason : (int)x->line - (int)y->line;
}

size_t gs_clean_explain(const struct gs_clean_rules *rules, const struct gs_clean_text *text,
                        struct gs_clean_span *spans, size_t capacity)
{
    struct explainer x = {.rules = rules, .text = text, .spans = spans, .capacity = capacity};
    struct gs_clean_text again = {.raw = text->raw};
    uint32_t len = GS_MIN(text->raw.len, (uint32_t)GS_CLEAN_TEXT_BYTES_MAX);
    x.scratch = gs_clean_scratch_create();
    x.scratch->map = gs_calloc(3 * (size_t)len + 1, sizeof *x.scratch->map);
    gsi_normal_make(x.scratch, gs_str_make(text->raw.data, len), &again.features);
    gsi_words_read(rules, x.scratch, &again);
    gsi_tokens_list(rules, x.scratch);
    if (x.scratch->normal_len > 0) {
        explain_links(&x);
        explain_phones(&x);
        explain_phrases(&x);
        explain_whole(&x);
    }
    qsort(spans, GS_MIN(x.count, capacity), sizeof *spans, by_place);
    gs_clean_scratch_destroy(x.scratch);
    return x.count;
}
