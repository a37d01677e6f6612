/* text.h -- texts of comments and posts: sentences of parts, and spam. */
#ifndef GSI_GENERATE_TEXT_H
#define GSI_GENERATE_TEXT_H

#include "random.h"
#include "groundswell/base.h"

enum gsi_generate_mood { GSI_MOOD_POSITIVE, GSI_MOOD_NEGATIVE, GSI_MOOD_NEUTRAL, GSI_MOOD_COUNT };

/* A sentence is opener + subject + predicate + ending, each with its own spaces. */
struct gsi_generate_parts {
    const char *const *items; /* up to a NULL */
    uint32_t count;
};
struct gsi_generate_language {
    const char *code;
    struct gsi_generate_parts openers;
    struct gsi_generate_parts subjects;
    struct gsi_generate_parts predicates[GSI_MOOD_COUNT];
    struct gsi_generate_parts endings[GSI_MOOD_COUNT];
};
extern const struct gsi_generate_language gsi_generate_languages[];
extern const uint32_t gsi_generate_language_count; /* the first is English */
/* '#' stands for a random digit. */
extern const struct gsi_generate_parts gsi_generate_spam;   /* links, phones, promotion, floods */
extern const struct gsi_generate_parts gsi_generate_thin;   /* emoji only, mentions, "nice pic" */
extern const struct gsi_generate_parts gsi_generate_unsafe; /* for the influencers' own posts */

/* Replaces what out holds by sentences, at least one, until bytes is reached or nearly so. */
void gsi_generate_sentences(struct gsi_generate_random *random, uint32_t language,
                            enum gsi_generate_mood mood, uint32_t bytes, struct gs_buf *out);
/* Replaces what out holds by one of the parts, its '#' filled in. */
void gsi_generate_phrase(struct gsi_generate_random *random, const struct gsi_generate_parts *parts,
                         struct gs_buf *out);

#endif
