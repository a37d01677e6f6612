/* rules.c -- what the tokens before a word do to its valence.
 *
 * Up to three tokens back: intensifiers, negations, idioms; each of them only if it is no word of
 * the lexicon itself. The order of the steps and the strange precedences are those of the original.
 */
#include "internal.h"

/* Means found by the original's authors. */
#define BOOSTER 0.293
#define CAPITALS 0.733
#define NEGATED (-0.74)

enum { BACK_MAX = GSI_BEFORE };

/* Some but not all tokens are upper case. Asked at most once per text. */
static bool is_cap_diff(struct gsi_text *text)
{
    if (text->is_cap_diff < 0) {
        bool has_upper = false, has_other = false;
        for (size_t i = 0; i < text->token_count && !(has_upper && has_other); i++) {
            bool is_upper = gsi_token_is_upper(text, i);
            has_upper = has_upper || is_upper;
            has_other = has_other || !is_upper;
        }
        text->is_cap_diff = has_upper && has_other;
    }
    return text->is_cap_diff;
}

static bool is_shouted(struct gsi_text *text, size_t token)
{
    return gsi_token_is_upper(text, token) && is_cap_diff(text);
}

/* "no" before another word of the lexicon says nothing; behind it, that word is negated. */
static double apply_no(const struct gsi_text *text, size_t token, double valence)
{
    const uint16_t *flags = text->flags + token;
    if (flags[-1] & GSI_NO || flags[-2] & GSI_NO)
        return valence * NEGATED;
    if (flags[-3] & GSI_NO &&
        (gsi_token_is(text, token - 1, "or") || gsi_token_is(text, token - 1, "nor")))
        return valence * NEGATED;
    if (flags[0] & GSI_NO && flags[1] & GSI_LEXICON)
        return 0;
    return valence;
}

static double boost(struct gsi_text *text, size_t token, size_t back, double value)
{
    static const double FADES[BACK_MAX + 1] = {0, 1, 0.95, 0.9};
    uint16_t flags = text->flags[token - back];
    if (!(flags & GSI_BOOSTER))
        return value;
    double step = flags & GSI_BOOST ? BOOSTER : -BOOSTER;
    if (value < 0)
        step = -step;
    if (is_shouted(text, token - back))
        step += value > 0 ? CAPITALS : -CAPITALS;
    return value + step * FADES[back];
}

/* flags are those of the word; flags[-1] the token before it. */
static double negate(const uint16_t *flags, size_t back, double value)
{
    bool exaggerates = false, is_certain = false;
    if (back == 2) {
        exaggerates = flags[-2] & GSI_NEVER && flags[-1] & GSI_SO_THIS;
        is_certain = flags[-2] & GSI_WITHOUT && flags[-1] & GSI_DOUBT;
    } else if (back == 3) {
        /* "so" or "this" just before the word needs no "never". */
        exaggerates = (flags[-3] & GSI_NEVER && flags[-2] & GSI_SO_THIS) || flags[-1] & GSI_SO_THIS;
        is_certain = flags[-3] & GSI_WITHOUT && (flags[-2] | flags[-1]) & GSI_DOUBT;
    }
    if (exaggerates)
        return value * 1.25;
    if (!is_certain && flags[-(ptrdiff_t)back] & GSI_NEGATION)
        return value * NEGATED;
    return value;
}

/* "least" is a negation, "at least" and "very least" are not. */
static double apply_least(const struct gsi_text *text, size_t token, double value)
{
    if (!(text->flags[token - 1] & GSI_LEAST) || text->flags[token - 1] & GSI_LEXICON)
        return value;
    if (token > 1 && (gsi_token_is(text, token - 2, "at") || gsi_token_is(text, token - 2, "very")))
        return value;
    return value * NEGATED;
}

double gsi_value_of(struct gsi_text *text, const struct gsi_hit *hit)
{
    size_t token = hit->token;
    const uint16_t *flags = text->flags + token;
    uint16_t before = flags[-1] | flags[-2] | flags[-3];
    bool has_phrase = (before | flags[0] | flags[1] | flags[2]) & GSI_PHRASE;
    double value = text->sentiment->words[hit->word].valence;

    if (flags[0] & GSI_BOOSTER)
        return 0;
    if (flags[0] & GSI_KIND && token + 1 < text->token_count && gsi_token_is(text, token + 1, "of"))
        return 0;
    if ((before | flags[0]) & GSI_NO)
        value = apply_no(text, token, value);
    if (is_shouted(text, token))
        value += value > 0 ? CAPITALS : -CAPITALS;
    if (!(before & ~GSI_LEXICON) && !has_phrase)
        return value;
    for (size_t back = 1; back <= BACK_MAX && back <= token; back++) {
        if (flags[-(ptrdiff_t)back] & GSI_LEXICON)
            continue;
        value = boost(text, token, back, value);
        value = negate(flags, back, value);
        if (back == BACK_MAX && has_phrase)
            value = gsi_phrases(text, token, value);
    }
    return token > 0 ? apply_least(text, token, value) : value;
}
