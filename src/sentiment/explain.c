/* explain.c -- the same way as score.c, with a report. */
#include "internal.h"

static const char *const NAMES[] = {
    "sign",       "idiom",      "boosted",     "dampened",    "negated",     "exaggerated",
    "least",      "capitals",   "intensifies", "compares",    "no",          "lengthened",
    "before but", "behind but", "is booster",  "is dampener", "is negation", "is but",
};

const char *gs_sentiment_rule_name(uint32_t rule)
{
    if (rule == 0 || rule & (rule - 1))
        return NULL;
    size_t number = (size_t)__builtin_ctz(rule);
    return number < GS_COUNT_OF(NAMES) ? NAMES[number] : NULL;
}

/* Values, and next to each the rules that made it. */
static const uint32_t *apply_rules(struct gsi_text *text, struct gs_sentiment_scratch *scratch)
{
    size_t bytes = (text->hit_count + 1) * (sizeof(uint32_t) + sizeof(double));
    double *before = gsi_array_reserve(&scratch->rules, bytes, 0);
    uint32_t *rules = (uint32_t *)(before + text->hit_count + 1), but = 0;
    for (uint32_t i = 0; i < text->hit_count; i++) {
        text->rules = 0;
        before[i] = text->values[i] = gsi_value_of(text, &text->hits[i]);
        rules[i] = text->rules;
    }
    if (!(text->any_flags & GSI_BUT))
        return rules;
    gsi_but(text, scratch);
    while (!(text->flags[but] & GSI_BUT))
        but++;
    for (uint32_t i = 0; i < text->hit_count; i++)
        if (text->values[i] != before[i])
            rules[i] |= text->hits[i].token < but ? GS_RULE_BEFORE_BUT : GS_RULE_BEHIND_BUT;
    return rules;
}

static uint32_t role_of(uint16_t flags)
{
    return (flags & GSI_BOOST ? GS_RULE_IS_BOOSTER : 0U) |
           (flags & GSI_DAMPEN ? GS_RULE_IS_DAMPENER : 0U) |
           (flags & GSI_NEGATION ? GS_RULE_IS_NEGATION : 0U) |
           (flags & GSI_BUT ? GS_RULE_IS_BUT : 0U);
}

/* As it was written, unless another word was read. */
static struct gs_str shown(const struct gsi_text *text, size_t token, uint32_t *rules)
{
    struct gs_str read = gsi_token_text(text, token);
    struct gs_str written = gs_str_make(text->raw + text->tokens[token].start, read.len);
    for (uint32_t i = 0; i < read.len; i++) {
        char c = written.data[i];
        if (read.data[i] != (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c)) {
            *rules |= GS_RULE_LENGTHENED;
            return read;
        }
    }
    return written;
}

static void report(struct gsi_text *text, const uint32_t *rules, gs_sentiment_part_fn *part,
                   void *user)
{
    uint32_t hit = 0;
    for (uint32_t token = 0; token < text->token_count; token++) {
        struct gs_sentiment_part told = {.rules = role_of(text->flags[token])};
        if (hit < text->hit_count && text->hits[hit].token == token) {
            const struct gsi_word *word = &text->sentiment->words[text->hits[hit].word];
            told.valence = word->flags & GSI_LEXICON ? word->valence : 0;
            told.value = text->values[hit];
            told.rules |= rules[hit++];
        }
        told.text = shown(text, token, &told.rules);
        part(user, &told);
    }
}

struct gs_sentiment_account gs_sentiment_explain(const struct gs_sentiment *sentiment,
                                                 struct gs_sentiment_scratch *scratch,
                                                 struct gs_str raw, gs_sentiment_part_fn *part,
                                                 void *user)
{
    struct gsi_text text = {.sentiment = sentiment, .mends = sentiment->mends, .is_cap_diff = -1};
    struct gs_sentiment_account account = {.values = 0};

    if (raw.len == 0)
        return account;
    raw.len = GS_MIN(raw.len, (uint32_t)GS_SENTIMENT_TEXT_BYTES_MAX);
    gsi_read(&text, scratch, raw);
    report(&text, apply_rules(&text, scratch), part, user);
    for (uint32_t i = 0; i < text.hit_count; i++)
        account.values += text.values[i];
    double more = gsi_emphasis(&text);
    account.punctuation = account.values > 0 ? more : account.values < 0 ? -more : 0;
    account.sum = account.values + account.punctuation;
    account.exclamations = text.exclamations;
    account.questions = text.questions;
    gsi_total(&text, &account.score);
    gsi_done(scratch);
    return account;
}
