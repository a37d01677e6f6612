/* room: sentiment */
/* The first byte chooses: an odd one takes the rest as lexicon, emoji lexicon and text, separated
 * by NUL; an even one takes it as a text for the built-in lexicons. Its second bit chooses the
 * scorer, and with the third two more bytes say which mends are left out. Whatever the bytes, a
 * score is in its bounds, the same the second time, and what its explanation adds up to. */
#include "groundswell/sentiment.h"
#include "groundswell/text.h"

#include <math.h>

static struct gs_sentiment *make(struct gs_sentiment_config config)
{
    struct gs_sentiment *scorer;
    struct gs_error error;
    if (gs_sentiment_create(&config, &scorer, &error) != GS_OK)
        return NULL;
    return scorer;
}

/* With the built-in lexicons. */
static const struct gs_sentiment *built_in(enum gs_sentiment_scorer kind)
{
    static struct gs_sentiment *scorers[2];
    if (!scorers[kind])
        scorers[kind] = make((struct gs_sentiment_config){.scorer = kind});
    GS_ASSERT(scorers[kind]);
    return scorers[kind];
}

static void add(void *user, const struct gs_sentiment_part *part)
{
    *(double *)user += part->value;
}

static void check(const struct gs_sentiment *scorer, struct gs_str text)
{
    static struct gs_sentiment_scratch *scratch;
    struct gs_sentiment_score first, second;
    if (!scratch)
        scratch = gs_sentiment_scratch_create();
    gs_sentiment_score(scorer, scratch, text, &first);
    gs_sentiment_score(scorer, scratch, text, &second);
    GS_ASSERT(memcmp(&first.compound, &second.compound, sizeof(first.compound)) == 0);
    GS_ASSERT(first.neg == second.neg && first.neu == second.neu && first.pos == second.pos);
    GS_ASSERT(first.compound >= -1 && first.compound <= 1);
    GS_ASSERT(first.compound == first.compound_1e4 / 1e4);
    GS_ASSERT(gs_sentiment_compound(scorer, scratch, text) == first.compound_1e4);
    GS_ASSERT(first.neg >= 0 && first.neu >= 0 && first.pos >= 0);
    double sum = first.neg + first.neu + first.pos;
    GS_ASSERT(sum == 0 || fabs(sum - 1) < 0.0016);
    double values = 0;
    struct gs_sentiment_account account = gs_sentiment_explain(scorer, scratch, text, add, &values);
    GS_ASSERT(values == account.values && account.score.compound_1e4 == first.compound_1e4);
    GS_ASSERT(gs_text_guess_language(text) == gs_text_guess_language(text));
}

static struct gs_str take_part(struct gs_str *rest)
{
    const char *end = memchr(rest->data, 0, rest->len);
    size_t len = end ? (size_t)(end - rest->data) : rest->len, used = len + (end ? 1 : 0);
    struct gs_str part = gs_str_make(rest->data, len);
    *rest = gs_str_make(rest->data + used, rest->len - used);
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    if (size == 0)
        return 0;
    struct gs_str rest = gs_str_make((const char *)data + 1, size - 1);
    if (data[0] & 2)
        config.scorer = GS_SENTIMENT_VADER_PLUS;
    if (data[0] & 4 && rest.len >= 2) {
        config.without = (uint32_t)(data[1] | data[2] << 8);
        rest = gs_str_make(rest.data + 2, rest.len - 2);
    }
    if (!(data[0] & 1) && !config.without) {
        check(built_in(config.scorer), rest);
        return 0;
    }
    if (data[0] & 1) {
        config.lexicon = take_part(&rest);
        config.emoji = take_part(&rest);
    }
    struct gs_sentiment *scorer = make(config);
    if (scorer)
        check(scorer, rest);
    gs_sentiment_destroy(scorer);
    return 0;
}
