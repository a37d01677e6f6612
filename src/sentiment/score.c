/* score.c -- a text on its way through all steps, and the memory that they need. */
#include "internal.h"

/* A buffer above this is given back when the text that needed it is done. */
enum { KEEP_BYTES_MAX = 4 << 20 };

struct gs_sentiment_scratch *gs_sentiment_scratch_create(void)
{
    return gs_calloc(1, sizeof(struct gs_sentiment_scratch));
}

/* Gives back every buffer of more than so many bytes. */
static void release(struct gs_sentiment_scratch *scratch, size_t above)
{
    struct gsi_array *arrays[] = {&scratch->folded,    &scratch->tokens,     &scratch->flags,
                                  &scratch->hits,      &scratch->values,     &scratch->lowered,
                                  &scratch->but_nodes, &scratch->but_groups, &scratch->rules};
    for (size_t i = 0; i < GS_COUNT_OF(arrays); i++) {
        if (arrays[i]->bytes > above) {
            gs_free(arrays[i]->data);
            *arrays[i] = (struct gsi_array){0};
            scratch->tokens_max = 0;
        }
    }
    if (scratch->expanded.capacity > above)
        gs_buf_deinit(&scratch->expanded);
}

void gs_sentiment_scratch_destroy(struct gs_sentiment_scratch *scratch)
{
    if (!scratch)
        return;
    gs_sentiment_cache_resize(scratch, 0);
    release(scratch, 0);
    gs_free(scratch);
}

void gsi_read(struct gsi_text *text, struct gs_sentiment_scratch *scratch, struct gs_str raw)
{
    bool is_ascii;
    raw = gsi_expand(text->sentiment, &scratch->expanded, raw, &is_ascii);
    gsi_tokenise(text, scratch, raw, is_ascii);
    if (text->any_flags & GSI_PHRASE && text->mends & GS_MEND_IDIOMS)
        gsi_idiom_take_all(text);
    if (text->any_flags & GSI_BUT && text->mends & GS_MEND_BUT)
        gsi_but_prepare(text);
    text->values = gsi_array_reserve(&scratch->values, (text->hit_count + 1) * sizeof(double), 0);
}

void gsi_done(struct gs_sentiment_scratch *scratch)
{
    if (scratch->expanded.len > KEEP_BYTES_MAX / 4)
        release(scratch, KEEP_BYTES_MAX);
}

static void find_values(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                        struct gs_str raw)
{
    gsi_read(text, scratch, raw);
    for (uint32_t i = 0; i < text->hit_count; i++)
        text->values[i] = gsi_value_of(text, &text->hits[i]);
    if (text->any_flags & GSI_BUT)
        gsi_but(text, scratch);
}

static struct gsi_text text_of(const struct gs_sentiment *sentiment)
{
    return (struct gsi_text){.sentiment = sentiment, .mends = sentiment->mends, .is_cap_diff = -1};
}

static void score_anew(const struct gs_sentiment *sentiment, struct gs_sentiment_scratch *scratch,
                       struct gs_str raw, struct gs_sentiment_score *score)
{
    struct gsi_text text = text_of(sentiment);
    find_values(&text, scratch, raw);
    gsi_total(&text, score);
    gsi_done(scratch);
}

void gs_sentiment_score(const struct gs_sentiment *sentiment, struct gs_sentiment_scratch *scratch,
                        struct gs_str text, struct gs_sentiment_score *score)
{
    struct gs_hash128 key = {0, 0};
    bool is_kept = scratch->cache.lines;

    *score = (struct gs_sentiment_score){0};
    if (text.len == 0)
        return;
    text.len = GS_MIN(text.len, (uint32_t)GS_SENTIMENT_TEXT_BYTES_MAX);
    if (is_kept) {
        key = gsi_cache_key(sentiment, text);
        if (gsi_cache_find(&scratch->cache, key, score))
            return;
    }
    score_anew(sentiment, scratch, text, score);
    if (is_kept)
        gsi_cache_put(&scratch->cache, key, score);
}

int32_t gs_sentiment_compound(const struct gs_sentiment *sentiment,
                              struct gs_sentiment_scratch *scratch, struct gs_str raw)
{
    if (GS_UNLIKELY(scratch->cache.lines)) { /* which keeps whole scores */
        struct gs_sentiment_score score;
        gs_sentiment_score(sentiment, scratch, raw, &score);
        return score.compound_1e4;
    }
    if (raw.len == 0)
        return 0;
    raw.len = GS_MIN(raw.len, (uint32_t)GS_SENTIMENT_TEXT_BYTES_MAX);
    struct gsi_text text = text_of(sentiment);
    find_values(&text, scratch, raw);
    int32_t compound_1e4 = gsi_total_compound(&text);
    gsi_done(scratch);
    return compound_1e4;
}

enum gs_class gs_sentiment_judge(const struct gs_sentiment *sentiment,
                                 struct gs_sentiment_scratch *scratch, struct gs_str text,
                                 struct gs_str lang, struct gs_sentiment_score *score)
{
    *score = (struct gs_sentiment_score){0};
    if (gs_str_is_null(text))
        return GS_CLASS_UNKNOWN;
    sentiment = gs_sentiment_for(sentiment, lang, text);
    if (!sentiment)
        return GS_CLASS_UNKNOWN;
    gs_sentiment_score(sentiment, scratch, text, score);
    return gs_class_of(score->compound_1e4);
}
