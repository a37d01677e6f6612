/* text.h -- texts of comments and posts: a small grammar per language, and spam.
 *
 * A template is text with slots: "%s is %i %a" and "%M look at %T". A small letter stands for one
 * of the language's own words (which may have slots again), a capital one for what is alike in all
 * languages:
 *   %A name   %B the same in small letters   %D digit   %E emoji of the mood   %H hashtag   %K
 * letter or digit   %M @mention %N 2 to 99   %P price   %T m:ss   %U link to the brand's own shop
 * %Y year */
#ifndef GSI_GENERATE_TEXT_H
#define GSI_GENERATE_TEXT_H

#include "random.h"
#include "groundswell/base.h"

enum gsi_generate_mood { GSI_MOOD_POSITIVE, GSI_MOOD_NEGATIVE, GSI_MOOD_NEUTRAL, GSI_MOOD_COUNT };

enum gsi_generate_topic {
    GSI_TOPIC_BEAUTY,
    GSI_TOPIC_FASHION,
    GSI_TOPIC_SPORT,
    GSI_TOPIC_FOOD,
    GSI_TOPIC_TECH,
    GSI_TOPIC_TRAVEL,
    GSI_TOPIC_GAMES,
    GSI_TOPIC_HOME,
    GSI_TOPIC_COUNT
};

/* In the data the items are templates; compiled, they are pieces one after the other: the length
 * of what is to be copied, the slot that follows (0: the end), what is to be copied. */
struct gsi_generate_parts {
    const char *const *items;
    uint32_t count;
};
#define GSI_PARTS(...)                                                                             \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)                            \
    }

/* A text is [mention] [opener] sentence ending [sentence ending ...] [emoji, hashtags]. */
struct gsi_generate_lists {
    struct gsi_generate_parts words['z' - 'a' + 1];
    struct gsi_generate_parts things[GSI_TOPIC_COUNT]; /* %t; where there are none, words['t'] */
    struct gsi_generate_parts openers;
    struct gsi_generate_parts sentences[GSI_MOOD_COUNT];
    struct gsi_generate_parts endings[GSI_MOOD_COUNT];
    struct gsi_generate_parts shorts[GSI_MOOD_COUNT]; /* whole comments of a word or three */
    struct gsi_generate_parts replies;                /* of the author; none: in English */
};
/* What a slot stands for. */
enum gsi_generate_by { GSI_BY_NOTHING, GSI_BY_MOOD, GSI_BY_TOPIC, GSI_BY_COUNT };
struct gsi_generate_slot {
    const struct gsi_generate_parts *list; /* NULL: made by a rule */
    enum gsi_generate_by by;               /* there is one list for each */
    bool plain;                            /* no slots in any of its items */
};
struct gsi_generate_language {
    const char *code;
    const char *gap; /* between two sentences */
    bool latin;      /* has capitals, and is written with the slips of a keyboard */
    struct gsi_generate_lists lists;
    struct gsi_generate_slot slots['z' + 1]; /* compiled only */
};
/* What all languages share. */
struct gsi_generate_common {
    struct gsi_generate_parts names;
    struct gsi_generate_parts small_names;
    struct gsi_generate_parts handles;
    struct gsi_generate_parts prices;
    struct gsi_generate_parts shop_links;
    struct gsi_generate_parts details; /* make a text of one sentence rarer */
    struct gsi_generate_parts emoji[GSI_MOOD_COUNT];
    struct gsi_generate_parts tags[GSI_TOPIC_COUNT];
    struct gsi_generate_parts spam;   /* links, phones, promotion, floods; the spammer's words */
    struct gsi_generate_parts copied; /* what many accounts post; the same */
    struct gsi_generate_parts unsafe; /* for the influencers' own posts */
};

/* The data; SPAMMER is no language of an audience. */
enum { GSI_LANGUAGE_ENGLISH, GSI_LANGUAGE_SPAMMER = 17, GSI_LANGUAGE_COUNT };
extern const struct gsi_generate_language gsi_generate_english, gsi_generate_spanish,
    gsi_generate_portuguese, gsi_generate_german, gsi_generate_french, gsi_generate_italian,
    gsi_generate_dutch, gsi_generate_turkish, gsi_generate_polish, gsi_generate_indonesian,
    gsi_generate_hindi, gsi_generate_hinglish, gsi_generate_arabic, gsi_generate_japanese,
    gsi_generate_korean, gsi_generate_chinese, gsi_generate_russian, gsi_generate_spammer;
extern const struct gsi_generate_language *const gsi_generate_languages[GSI_LANGUAGE_COUNT];
extern const struct gsi_generate_common gsi_generate_common;

/* The data, compiled. Made once, read only: any number of threads may use it. */
struct gsi_generate_texts {
    struct gsi_generate_language languages[GSI_LANGUAGE_COUNT];
    struct gsi_generate_common common;
    char *code;
    const char **items;
};
void gsi_generate_texts_init(struct gsi_generate_texts *texts);
void gsi_generate_texts_deinit(struct gsi_generate_texts *texts);

/* Who says how what about what; everything compiled. */
struct gsi_generate_voice {
    const struct gsi_generate_texts *texts;
    struct gsi_generate_random *random;
    const struct gsi_generate_language *language;
    uint32_t by[GSI_BY_COUNT]; /* 0, enum gsi_generate_mood, enum gsi_generate_topic */
};

enum {
    /* No expansion of a template or word is longer; held by a test. */
    GSI_GENERATE_TEMPLATE_BYTES_MAX = 400,
    GSI_GENERATE_COPY_BYTES = 32 /* are read and written at once, needed or not */
};

/* Each replaces what out holds. */
/* Sentences, at least one, as many as come nearest to bytes; with the habits of an audience. */
void gsi_generate_sentences(const struct gsi_generate_voice *voice, uint32_t bytes,
                            struct gs_buf *out);
/* The same without its habits: for posts. */
void gsi_generate_prose(const struct gsi_generate_voice *voice, uint32_t bytes, struct gs_buf *out);
/* One of the templates. */
void gsi_generate_phrase(const struct gsi_generate_voice *voice,
                         const struct gsi_generate_parts *parts, struct gs_buf *out);
/* The same text to a person's eye, changed as copies are changed so that they are not noticed; now
 * and then not at all. */
void gsi_generate_disguise(struct gsi_generate_random *random, struct gs_buf *text);

#endif
