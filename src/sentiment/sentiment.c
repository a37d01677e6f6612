/* sentiment.c -- the room's contract: making a scorer, scoring a text. */
#include "internal.h"
#include "lexicon_files.h"

/* A buffer above this is given back when the text that needed it is done. */
enum { KEEP_BYTES_MAX = 4 << 20 };

static void set_version(struct gs_sentiment *s, enum gs_sentiment_scorer scorer,
                        struct gs_str lexicon, struct gs_str emoji)
{
    s->version = gs_hash64(lexicon.data, lexicon.len, (uint64_t)scorer + 1);
    s->version = gs_hash64(emoji.data, emoji.len, s->version);
    if (s->version == 0)
        s->version = 1;
}

enum gs_status gs_sentiment_create(const struct gs_sentiment_config *config,
                                   struct gs_sentiment **sentiment, struct gs_error *error)
{
    struct gs_str lexicon = config->lexicon, emoji = config->emoji;
    struct gs_sentiment *s = gs_calloc(1, sizeof(*s));
    enum gs_status status;

    *sentiment = NULL;
    if (gs_str_is_null(lexicon))
        lexicon = gs_str_make(gsi_sentiment_lexicon, gsi_sentiment_lexicon_bytes);
    if (gs_str_is_null(emoji))
        emoji = gs_str_make(gsi_sentiment_emoji, gsi_sentiment_emoji_bytes);
    status = gsi_lexicon_read(s, lexicon, error);
    if (status == GS_OK)
        status = gsi_emoji_read(s, emoji, error);
    if (status != GS_OK) {
        gs_sentiment_destroy(s);
        return status;
    }
    gsi_special_add(s);
    set_version(s, config->scorer, lexicon, emoji);
    *sentiment = s;
    return GS_OK;
}

void gs_sentiment_destroy(struct gs_sentiment *s)
{
    if (!s)
        return;
    gs_free(s->words);
    gs_free(s->emoji);
    gs_buf_deinit(&s->tails);
    gs_buf_deinit(&s->descriptions);
    gs_free(s);
}

uint64_t gs_sentiment_version(const struct gs_sentiment *s)
{
    return s->version;
}

struct gs_sentiment_scratch *gs_sentiment_scratch_create(void)
{
    return gs_calloc(1, sizeof(struct gs_sentiment_scratch));
}

/* Gives back every buffer of more than so many bytes. */
static void release(struct gs_sentiment_scratch *scratch, size_t above)
{
    struct gsi_array *arrays[] = {&scratch->folded,    &scratch->tokens,    &scratch->flags,
                                  &scratch->hits,      &scratch->values,    &scratch->lowered,
                                  &scratch->but_nodes, &scratch->but_groups};
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
    if (scratch)
        release(scratch, 0);
    gs_free(scratch);
}

void gs_sentiment_score(const struct gs_sentiment *sentiment, struct gs_sentiment_scratch *scratch,
                        struct gs_str raw, struct gs_sentiment_score *score)
{
    struct gsi_text text = {.sentiment = sentiment, .is_cap_diff = -1};

    *score = (struct gs_sentiment_score){0};
    if (raw.len == 0)
        return;
    raw.len = GS_MIN(raw.len, (uint32_t)GS_SENTIMENT_TEXT_BYTES_MAX);
    bool is_ascii;
    raw = gsi_expand(sentiment, &scratch->expanded, raw, &is_ascii);
    gsi_tokenise(&text, scratch, raw, is_ascii);
    text.values = gsi_array_reserve(&scratch->values, (text.hit_count + 1) * sizeof(double), 0);
    for (uint32_t i = 0; i < text.hit_count; i++)
        text.values[i] = gsi_value_of(&text, &text.hits[i]);
    if (text.any_flags & GSI_BUT)
        gsi_but(&text, scratch);
    gsi_total(&text, score);
    if (raw.len > KEEP_BYTES_MAX / 4)
        release(scratch, KEEP_BYTES_MAX);
}
