/* rules.c -- what the tokens before a word do to its valence.
 *
 * Up to three tokens back: intensifiers, negations, idioms; each of them only if it is no word of
 * the lexicon itself. The order of the steps and the strange precedences are those of the original.
 */
#include "internal.h"

#define SLOW __attribute__((noinline)) /* keeps what is rare out of what is not */

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

/* Is the token so many back a "no" that belongs to this one? "No, good" is none. */
static bool is_no(const struct gsi_text *text, size_t token, size_t back)
{
    if (back > token || !(text->flags[token - back] & GSI_NO))
        return false;
    for (size_t at = token - back; at < token; at++)
        if (text->mends & GS_MEND_CLAUSES && gsi_is_pause(text, at))
            return false;
    return true;
}

/* "no" before another word of the lexicon says nothing; behind it, that word is negated. */
static double apply_no(struct gsi_text *text, size_t token, double valence)
{
    const uint16_t *flags = text->flags + token;
    bool is_again = flags[0] & GSI_NO && text->mends & GS_MEND_NEGATIONS;
    if (is_again && (flags[-1] | flags[1]) & GSI_NO) /* "no no no" insists */
        return valence;
    bool is_negated = is_no(text, token, 1) || is_no(text, token, 2);
    if (!is_negated && is_no(text, token, 3))
        is_negated = gsi_token_is(text, token - 1, "or") || gsi_token_is(text, token - 1, "nor");
    if (is_negated) {
        text->rules |= GS_RULE_NEGATED;
        return valence * NEGATED;
    }
    if (flags[0] & GSI_NO && flags[1] & GSI_LEXICON && is_no(text, token + 1, 1)) {
        text->rules |= GS_RULE_NO;
        return 0;
    }
    return valence;
}

static double boost(struct gsi_text *text, size_t token, size_t back, double value)
{
    static const double FADES[BACK_MAX + 1] = {0, 1, 0.95, 0.9};
    uint16_t flags = text->flags[token - back];
    if (!(flags & GSI_BOOSTER))
        return value;
    double step = flags & GSI_BOOST ? BOOSTER : -BOOSTER;
    text->rules |= flags & GSI_BOOST ? GS_RULE_BOOSTED : GS_RULE_DAMPENED;
    if (value < 0)
        step = -step;
    if (is_shouted(text, token - back))
        step += value > 0 ? CAPITALS : -CAPITALS;
    return value + step * FADES[back];
}

static double negate(struct gsi_text *text, size_t token, size_t back, double value)
{
    const uint16_t *flags = text->flags + token; /* flags[-1]: the token before */
    bool exaggerates = false, is_certain = false;
    if (back == 2) {
        exaggerates = flags[-2] & GSI_NEVER && flags[-1] & GSI_SO_THIS;
        is_certain = flags[-2] & GSI_WITHOUT && flags[-1] & GSI_DOUBT;
    } else if (back == 3) {
        /* "so" or "this" just before the word needs no "never". */
        exaggerates = (flags[-3] & GSI_NEVER && flags[-2] & GSI_SO_THIS) || flags[-1] & GSI_SO_THIS;
        is_certain = flags[-3] & GSI_WITHOUT && (flags[-2] | flags[-1]) & GSI_DOUBT;
    }
    if (exaggerates) {
        text->rules |= GS_RULE_EXAGGERATED;
        return value * 1.25;
    }
    if (is_certain || !(flags[-(ptrdiff_t)back] & GSI_NEGATION))
        return value;
    if (text->mends & GS_MEND_NEGATIONS && gsi_is_no_negation(text, token - back))
        return value;
    text->rules |= GS_RULE_NEGATED;
    return value * NEGATED;
}

/* "least" is a negation, "at least" and "very least" are not. */
static double apply_least(struct gsi_text *text, size_t token, double value)
{
    if (!(text->flags[token - 1] & GSI_LEAST) || text->flags[token - 1] & GSI_LEXICON)
        return value;
    if (token > 1 && (gsi_token_is(text, token - 2, "at") || gsi_token_is(text, token - 2, "very")))
        return value;
    text->rules |= GS_RULE_LEAST;
    return value * NEGATED;
}

/* Boosters of two words, for better or worse alike. */
static double boost_by_phrases(struct gsi_text *text, size_t token, double value)
{
    for (size_t back = 2; back <= BACK_MAX && back <= token; back++) {
        double step = gsi_phrase_boost(text, token - back);
        text->rules |= step != 0 ? GS_RULE_DAMPENED : 0U;
        value += value > 0 ? step : -step;
    }
    return value;
}

/* A word of the lexicon just before that only intensifies this one. */
static double intensify(struct gsi_text *text, const struct gsi_hit *hit, double value)
{
    if (hit == text->hits || hit[-1].token + 1 != hit->token ||
        !(text->flags[hit[-1].token] & GSI_INTENSIFIER) || !gsi_is_intensifier(text, hit - 1))
        return value;
    text->rules |= GS_RULE_BOOSTED;
    return value + (value > 0 ? BOOSTER : -BOOSTER);
}

/* What the tokens before `token` do to the value of the word there, or of the idiom that starts
 * there. */
static double look_back(struct gsi_text *text, size_t token, double value)
{
    const uint16_t *flags = text->flags + token;
    uint32_t mends = text->mends;
    for (size_t back = 1; back <= BACK_MAX && back <= token; back++) {
        if (mends & GS_MEND_CLAUSES && gsi_is_end_of_clause(text, token - back))
            return value;
        if (flags[-(ptrdiff_t)back] & GSI_LEXICON)
            continue;
        value = boost(text, token, back, value);
        value = negate(text, token, back, value);
        if (back == BACK_MAX && !(mends & GS_MEND_IDIOMS) && text->any_flags & GSI_PHRASE) {
            double before = value;
            value = gsi_phrases(text, token, value);
            text->rules |= value != before ? GS_RULE_IDIOM : 0U;
        }
    }
    if (mends & GS_MEND_IDIOMS && text->any_flags & GSI_PHRASE)
        value = boost_by_phrases(text, token, value);
    return token > 0 ? apply_least(text, token, value) : value;
}

/* Why vader+ gives the word no value here; 0 if it does. */
static uint32_t why_mute(const struct gsi_text *text, const struct gsi_hit *hit)
{
    uint16_t flags = text->flags[hit->token];
    if ((flags & GSI_HIT) == GSI_CARRIER)
        return GS_RULE_IDIOM;
    if (text->mends & GS_MEND_LIKE && hit->word == text->sentiment->like &&
        gsi_is_comparison(text, hit->token))
        return GS_RULE_COMPARES;
    return flags & GSI_INTENSIFIER && gsi_is_intensifier(text, hit) ? GS_RULE_INTENSIFIES : 0;
}

/* Values that vader+ decides without looking at other words; false if this is none. */
static bool value_apart(struct gsi_text *text, const struct gsi_hit *hit, double *value)
{
    struct gsi_idiom_found idiom;
    uint32_t mute;
    if (text->flags[hit->token] & GSI_SIGN) {
        text->rules |= GS_RULE_SIGN;
        return true;
    }
    if (text->mends & GS_MEND_IDIOMS && gsi_idiom_find(text, hit->token, &idiom)) {
        text->rules |= GS_RULE_IDIOM;
        *value = idiom.value == 0 ? 0 : look_back(text, idiom.first, idiom.value);
        return true;
    }
    mute = why_mute(text, hit);
    text->rules |= mute;
    if (mute)
        *value = 0;
    return mute;
}

static bool has_phrase_near(const uint16_t *flags)
{
    return (flags[-3] | flags[-2] | flags[-1] | flags[0] | flags[1] | flags[2]) & GSI_PHRASE;
}

/* As with most words, there is nothing for a rule to do: the word is nothing but one of the
 * lexicon, the three before it no more than that, and no phrase is near. */
static inline bool is_ordinary(const struct gsi_text *text, const struct gsi_hit *hit)
{
    const uint64_t lexicon = GSI_LEXICON * UINT64_C(0x0001000100010001);
    uint64_t flags;
    memcpy(&flags, text->flags + hit->token - GSI_BEFORE, sizeof(flags));
    _Static_assert(sizeof(flags) == (GSI_BEFORE + 1) * sizeof(*text->flags), "all four");
    return !(flags & ~lexicon) && hit->word != text->sentiment->like &&
           !(text->any_flags & GSI_PHRASE && has_phrase_near(text->flags + hit->token));
}

static double shout(struct gsi_text *text, size_t token, double value)
{
    if (!is_shouted(text, token))
        return value;
    text->rules |= GS_RULE_CAPITALS;
    return value + (value > 0 ? CAPITALS : -CAPITALS);
}

static SLOW double value_by_rules(struct gsi_text *text, const struct gsi_hit *hit, double value)
{
    size_t token = hit->token;
    if (is_ordinary(text, hit))
        return shout(text, token, value);

    const uint16_t *flags = text->flags + token;
    uint16_t before = flags[-1] | flags[-2] | flags[-3];
    if (flags[0] & GSI_BOOSTER)
        return 0;
    if (flags[0] & GSI_KIND && token + 1 < text->token_count && gsi_token_is(text, token + 1, "of"))
        return 0;
    if (text->mends && value_apart(text, hit, &value))
        return value;
    if ((before | flags[0]) & GSI_NO)
        value = apply_no(text, token, value);
    value = shout(text, token, value);
    if (!(before & ~GSI_LEXICON) && !(text->any_flags & GSI_PHRASE && has_phrase_near(flags)))
        return value;
    if (flags[-1] & GSI_INTENSIFIER)
        value = intensify(text, hit, value);
    return look_back(text, token, value);
}

double gsi_value_of(struct gsi_text *text, const struct gsi_hit *hit)
{
    double value = text->sentiment->words[hit->word].valence;
    bool is_plain = is_ordinary(text, hit) && gsi_token_starts_small(text, hit->token);
    return is_plain ? value : value_by_rules(text, hit, value);
}
