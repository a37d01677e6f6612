/* sentiment.c -- the room's contract: making a scorer, scoring a text. */
#include "internal.h"
#include "lexicon_files.h"

/* Raised whenever vader+ would give another score than before, other than by its mends and
 * lexicons: words and idioms that stand in the code, numbers, rules. */
enum { EDITION = 1 };

/* Raised whenever a text may get another lexicon, or none, than before. */
enum { LANGUAGE_EDITION = 1 };

/* A buffer above this is given back when the text that needed it is done. */
enum { KEEP_BYTES_MAX = 4 << 20 };

#define ENGLISH "en"

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
    uint64_t rules = s->mends ? (uint64_t)EDITION << 32 | s->mends : 0;
    s->version = gs_hash64(lexicon.data, lexicon.len, rules + 1);
    s->version = gs_hash64(emoji.data, emoji.len, s->version);
    s->version += s->version == 0;
}

/* The scorer of one language. files: lexicon and emoji. */
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
    gsi_special_mark_all(s);
    set_version(s, lexicon, emoji);
    *sentiment = s;
    return GS_OK;
}

static bool is_primary_subtag(struct gs_str language)
{
    if (language.len < 2 || language.len > GS_SENTIMENT_LANGUAGE_BYTES_MAX)
        return false;
    for (uint32_t i = 0; i < language.len; i++)
        if (language.data[i] < 'a' || language.data[i] > 'z')
            return false;
    return true;
}

static bool has_lexicon_of(const struct gs_sentiment *s, struct gs_str language)
{
    for (size_t i = 0; i < s->other_count; i++)
        if (gs_str_equal(language, gs_str_of(s->others[i].language)))
            return true;
    return gs_str_equal(language, gs_str_of(ENGLISH));
}

/* Keeps them in the order of their names, so that the version does not depend on another one. */
static void insert(struct gs_sentiment *s, const struct gsi_other *other)
{
    size_t at = s->other_count++;
    for (; at > 0 && strcmp(s->others[at - 1].language, other->language) > 0; at--)
        s->others[at] = s->others[at - 1];
    s->others[at] = *other;
}

static enum gs_status add_other(struct gs_sentiment *s, uint32_t mends,
                                const struct gs_sentiment_lexicon *lexicon, struct gs_str emoji,
                                struct gs_error *error)
{
    struct gs_str name = lexicon->language;
    struct gsi_other other = {.scorer = NULL};
    struct gs_error why;

    if (!is_primary_subtag(name))
        return gs_fail(error, GS_E_DATA, "'%.*s' is no language: it takes 2 to %d small letters",
                       (int)GS_MIN(name.len, 40U), name.data, GS_SENTIMENT_LANGUAGE_BYTES_MAX);
    if (has_lexicon_of(s, name))
        return gs_fail(error, GS_E_DATA, "there are two lexicons of language %.*s", (int)name.len,
                       name.data);
    const struct gs_str files[2] = {lexicon->words, emoji};
    enum gs_status status = create_one(&other.scorer, mends, false, files, &why);
    if (status != GS_OK)
        return gs_fail(error, status, "language %.*s: %s", (int)name.len, name.data, why.message);
    memcpy(other.language, name.data, name.len);
    insert(s, &other);
    return GS_OK;
}

static enum gs_status add_others(struct gs_sentiment *s, uint32_t mends,
                                 const struct gs_sentiment_config *config, struct gs_error *error)
{
    if (config->other_count > GS_SENTIMENT_LANGUAGES_MAX)
        return gs_fail(error, GS_E_DATA, "more than %d further lexicons",
                       GS_SENTIMENT_LANGUAGES_MAX);
    for (size_t i = 0; i < config->other_count; i++) {
        enum gs_status status = add_other(s, mends, &config->others[i], config->emoji, error);
        if (status != GS_OK)
            return status;
    }
    s->version += LANGUAGE_EDITION;
    for (size_t i = 0; i < s->other_count; i++) {
        const struct gsi_other *other = &s->others[i];
        s->version = gs_hash64(other->language, sizeof(other->language), s->version);
        s->version = gs_hash64(&other->scorer->version, sizeof(s->version), s->version);
    }
    s->version += s->version == 0;
    return GS_OK;
}

enum gs_status gs_sentiment_create(const struct gs_sentiment_config *config,
                                   struct gs_sentiment **sentiment, struct gs_error *error)
{
    bool is_plus = config->scorer == GS_SENTIMENT_VADER_PLUS;
    uint32_t mends = is_plus ? GS_MENDS_ALL & ~config->without : 0;
    struct gs_str files[2] = {config->lexicon, config->emoji};
    struct gs_sentiment *s = NULL;

    *sentiment = NULL;
    if (gs_str_is_null(files[0]))
        files[0] = gs_str_make(gsi_sentiment_lexicon, gsi_sentiment_lexicon_bytes);
    enum gs_status status = create_one(&s, mends, true, files, error);
    if (status == GS_OK)
        status = add_others(s, mends, config, error);
    if (status == GS_OK)
        *sentiment = s;
    else
        gs_sentiment_destroy(s);
    return status;
}

void gs_sentiment_destroy(struct gs_sentiment *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->other_count; i++)
        gs_sentiment_destroy(s->others[i].scorer);
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

/* ------------------------------------------------------------------ languages */

/* Tags that say that nobody knows, or that there is no language to know. */
static bool is_no_language(struct gs_str lang)
{
    static const char *const TAGS[] = {"und", "zxx", "mul", "mis", "x"};
    if (lang.len == 0)
        return true;
    for (size_t i = 0; i < GS_COUNT_OF(TAGS); i++)
        if (gs_text_language_is(lang, TAGS[i]))
            return true;
    /* qaa to qtz are private. */
    char second = (char)(lang.len > 2 ? lang.data[1] | 0x20 : 0);
    return (lang.data[0] | 0x20) == 'q' && second >= 'a' && second <= 't' &&
           (lang.len == 3 || lang.data[3] == '-' || lang.data[3] == '_');
}

const struct gs_sentiment *gs_sentiment_for(const struct gs_sentiment *s, struct gs_str lang,
                                            struct gs_str text)
{
    if (gs_text_language_is(lang, ENGLISH)) /* as most are that have a tag */
        return s;
    if (is_no_language(lang)) {
        const char *guess = gs_text_guess_language(text);
        lang = gs_str_of(guess ? guess : ENGLISH);
        if (gs_text_language_is(lang, ENGLISH))
            return s;
    }
    for (size_t i = 0; i < s->other_count; i++)
        if (gs_text_language_is(lang, s->others[i].language))
            return s->others[i].scorer;
    return NULL;
}
