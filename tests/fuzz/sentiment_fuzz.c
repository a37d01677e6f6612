/* room: sentiment */
/* The first byte chooses: an odd one takes the rest as lexicon, emoji lexicon and text, separated
 * by NUL; an even one takes it as a text for the built-in lexicons. Whatever the bytes, a score is
 * in its bounds and the same the second time. */
#include "groundswell/sentiment.h"

#include <math.h>

static struct gs_sentiment *built_in(void)
{
    static struct gs_sentiment *scorer;
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_error error;
    if (!scorer)
        GS_ASSERT(gs_sentiment_create(&config, &scorer, &error) == GS_OK);
    return scorer;
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
    GS_ASSERT(first.neg >= 0 && first.neu >= 0 && first.pos >= 0);
    double sum = first.neg + first.neu + first.pos;
    GS_ASSERT(sum == 0 || fabs(sum - 1) < 0.0016);
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
    struct gs_sentiment *scorer;
    struct gs_error error;
    if (size == 0)
        return 0;
    struct gs_str rest = gs_str_make((const char *)data + 1, size - 1);
    if (!(data[0] & 1)) {
        check(built_in(), rest);
        return 0;
    }
    config.lexicon = take_part(&rest);
    config.emoji = take_part(&rest);
    if (gs_sentiment_create(&config, &scorer, &error) == GS_OK)
        check(scorer, rest);
    gs_sentiment_destroy(scorer);
    return 0;
}
