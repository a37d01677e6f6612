/* sentiment.h -- how positive or negative a text is.
 *
 * The reference scorer is VADER (Hutto & Gilbert, ICWSM 2014), written anew from its rules: for
 * every text it gives the numbers that the Python package vaderSentiment 3.3.2 gives, in linear
 * time. Known defects of the original are kept: who wants to compare scores must be able to.
 *
 *   text --> emoji as words --> tokens --> words of the lexicon --> rules --> neg, neu, pos,
 * compound
 *
 * Pure. A struct gs_sentiment never changes after create and may be shared by threads; each thread
 * has a scratch of its own. */
#ifndef GROUNDSWELL_SENTIMENT_H
#define GROUNDSWELL_SENTIMENT_H

#include "groundswell/base.h"

struct gs_sentiment;         /* opaque */
struct gs_sentiment_scratch; /* opaque */

enum gs_sentiment_scorer { GS_SENTIMENT_REFERENCE };

/* The lexicons, as the bytes of their files (UTF-8, lines end in \n or \r\n, empty lines are
 * skipped, the last of equal keys counts); read during create only. A null view is the built-in
 * file. lexicon: a word in lower case, a tab, its valence as a plain decimal number; more columns
 * are ignored. emoji: a character, a tab, its description; keys of several code points are not
 * used. */
struct gs_sentiment_config {
    enum gs_sentiment_scorer scorer;
    struct gs_str lexicon;
    struct gs_str emoji;
};

/* On GS_OK the caller owns *sentiment; otherwise it is NULL and error names the file and the line
 * that cannot be understood (GS_E_DATA). */
GS_MUST_CHECK enum gs_status gs_sentiment_create(const struct gs_sentiment_config *config,
                                                 struct gs_sentiment **sentiment,
                                                 struct gs_error *error);
void gs_sentiment_destroy(struct gs_sentiment *sentiment); /* accepts NULL */

/* A hash of the scorer and its lexicons: equal versions give equal scores. Never 0. */
uint64_t gs_sentiment_version(const struct gs_sentiment *sentiment);

/* Buffers that grow to what the texts need (some 25 bytes per byte of text at the very most) and
 * are used again. What one huge text needed beyond 4 MiB is given back at once. */
struct gs_sentiment_scratch *gs_sentiment_scratch_create(void) GS_MUST_CHECK;
void gs_sentiment_scratch_destroy(struct gs_sentiment_scratch *scratch); /* accepts NULL */

/* Of a longer text only this beginning is scored. */
enum { GS_SENTIMENT_TEXT_BYTES_MAX = 8 << 20 };

struct gs_sentiment_score {
    double neg;           /* shares of the text, 3 decimals; together about 1, or 0 without words */
    double neu;           /* */
    double pos;           /* */
    double compound;      /* [-1, 1], 4 decimals */
    int32_t compound_1e4; /* the same in units of 0.0001 */
};

/* The usual classes: positive from +0.05, negative from -0.05, neutral between. */
enum { GS_SENTIMENT_CLASS_1E4 = 500 };

/* Scores text; any bytes will do, what is not UTF-8 counts as U+FFFD. Cannot fail. Allocates only
 * when a text is longer than those before it. */
void gs_sentiment_score(const struct gs_sentiment *sentiment, struct gs_sentiment_scratch *scratch,
                        struct gs_str text, struct gs_sentiment_score *score);

#endif
