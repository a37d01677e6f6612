/* sentiment.c -- the room's contract: making a scorer, scoring a text. */
#include "internal.h"
#include "lexicon_files.h"

/* A buffer above this is given back when the text that needed it is done. */
enum { KEEP_BYTES_MAX = 4 << 20 };

/* What hangs on the English language. */
enum { ENGLISH_MENDS = GS_MEND_IDIOMS | GS_MEND_NEGATIONS | GS_MEND_INTENSIFIERS | GS_MEND_LIKE };

static struct gs_str built_in_emoji(const struct gs_sentiment *s)
{
    if (s->mends & GS_MEND_EMOJI_TABLE)
        return gs_str_make(gsi_sentiment_emoji_today, gsi_sentiment_emoji_today_bytes);
    return gs_str_make(gsi_sentiment_emoji, gsi_sentiment_emoji_bytes);
}

static void set_version(struct gs_sentiment *s, struct gs_str lexicon, struct gs_str emoji)
{
    s->version = gs_hash64(lexicon.data, lexicon.len, (uint64_t)s->mends + 1);
    s->version = gs_hash64(emoji.data, emoji.len, s->version);
    if (s->version == 0)
        s->version = 1;
}

/* The scorer of one language. */
static enum gs_status create_one(struct gs_sentiment **sentiment, uint32_t mends, bool is_english,
                                 const struct gs_str files[2], struct gs_error *error)
{
    struct gs_str lexicon = files[0], emoji = files[1];
    struct gs_sentiment *s = gs_calloc(1, sizeof(*s));
    enum gs_status status;

    s->mends = is_english ? mends : mends & ~(uint32_t)ENGLISH_MENDS;
    s->like = UINT32_MAX;
    if (gs_str_is_null(emoji))
        emoji = built_in_emoji(s);
    status = gsi_lexicon_reserve(s, lexicon, emoji, gsi_special_count(), error);
    if (status == GS_OK)
        status = gsi_lexicon_read(s, lexicon, error);
    if (status == GS_OK)
        status = gsi_emoji_read(s, emoji, error);
    if (status != GS_OK) {
        gs_sentiment_destroy(s);
        return status;
    }
    if (is_english)
        gsi_special_add(s);
    set_version(s, lexicon, emoji);
    *sentiment = s;
    return GS_OK;
}

enum gs_status gs_sentiment_create(const struct gs_sentiment_config *config,
                                   struct gs_sentiment **sentiment, struct gs_error *error)
{
    bool is_plus = config->scorer == GS_SENTIMENT_VADER_PLUS;
    uint32_t mends = is_plus ? GS_MENDS_ALL & ~config->without : 0;
    struct gs_str files[2] = {config->lexicon, config->emoji};

    *sentiment = NULL;
    if (gs_str_is_null(files[0]))
        files[0] = gs_str_make(gsi_sentiment_lexicon, gsi_sentiment_lexicon_bytes);
    return create_one(sentiment, mends, true, files, error);
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
    struct gsi_text text = {.sentiment = sentiment, .mends = sentiment->mends, .is_cap_diff = -1};

    *score = (struct gs_sentiment_score){0};
    if (raw.len == 0)
        return;
    raw.len = GS_MIN(raw.len, (uint32_t)GS_SENTIMENT_TEXT_BYTES_MAX);
    bool is_ascii;
    raw = gsi_expand(sentiment, &scratch->expanded, raw, &is_ascii);
    gsi_tokenise(&text, scratch, raw, is_ascii);
    if (text.any_flags & GSI_PHRASE && text.mends & GS_MEND_IDIOMS)
        gsi_idiom_take_all(&text);
    if (text.any_flags & GSI_BUT && text.mends & GS_MEND_BUT)
        gsi_but_prepare(&text);
    text.values = gsi_array_reserve(&scratch->values, (text.hit_count + 1) * sizeof(double), 0);
    for (uint32_t i = 0; i < text.hit_count; i++)
        text.values[i] = gsi_value_of(&text, &text.hits[i]);
    if (text.any_flags & GSI_BUT)
        gsi_but(&text, scratch);
    gsi_total(&text, score);
    if (raw.len > KEEP_BYTES_MAX / 4)
        release(scratch, KEEP_BYTES_MAX);
}
