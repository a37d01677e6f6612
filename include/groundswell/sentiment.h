/* sentiment.h -- how positive or negative a text is.
 *
 * Two scorers share one core. The reference is VADER (Hutto & Gilbert, ICWSM 2014), written anew
 * from its rules: for every text it gives the numbers that the Python package vaderSentiment 3.3.2
 * gives, in linear time. Known defects of the original are kept: who wants to compare scores must
 * be able to. vader+ is the same with those defects mended; each mend can be left out.
 *
 *   text --> emoji as words --> tokens --> words of the lexicon --> rules --> neg, neu, pos,
 * compound
 *
 * Pure. A struct gs_sentiment never changes after create and may be shared by threads; each thread
 * has a scratch of its own. */
#ifndef GROUNDSWELL_SENTIMENT_H
#define GROUNDSWELL_SENTIMENT_H

#include "groundswell/event.h"

struct gs_sentiment;         /* opaque */
struct gs_sentiment_scratch; /* opaque */

enum gs_sentiment_scorer { GS_SENTIMENT_REFERENCE, GS_SENTIMENT_VADER_PLUS };

/* What vader+ does otherwise than the reference, a bit each. src/sentiment/README.md has examples
 * and reasons. */
enum gs_sentiment_mend {
    GS_MEND_APOSTROPHE = 1 << 0,   /* U+2019 and its like are ' */
    GS_MEND_TYPOGRAPHY = 1 << 1,   /* other quotes, dashes, full-width marks; no zero-width space */
    GS_MEND_VARIANTS = 1 << 2,     /* variation selectors and skin tones are nothing */
    GS_MEND_EMOJI_SPACE = 1 << 3,  /* an emoji is a token of its own, also before a word */
    GS_MEND_EMOJI_TABLE = 1 << 4,  /* our emoji, with a valence each and no descriptions */
    GS_MEND_SHORT_TOKENS = 1 << 5, /* "no!" and "ok." are words, ":))" and ":D!" emoticons */
    GS_MEND_JOINED = 1 << 6,       /* "good,bad", "nice...but", "great:)" are several tokens */
    GS_MEND_LENGTHENED = 1 << 7,   /* "goooood" is "good" */
    GS_MEND_NAMES = 1 << 8,        /* "@love" is a name */
    GS_MEND_IDIOMS = 1 << 9,       /* wherever they stand, and more of them */
    GS_MEND_NEGATIONS = 1 << 10,   /* "nobody"; but not "not only" */
    GS_MEND_CLAUSES = 1 << 11,     /* nothing reaches across the end of a clause */
    GS_MEND_SIGNS = 1 << 12,       /* no word turns an emoji, an emoticon or a "lol" around */
    GS_MEND_INTENSIFIERS = 1 << 13, /* "pretty" in "pretty bad", "damn" in "damn good" */
    GS_MEND_LIKE = 1 << 14,         /* "looks like" compares */
    GS_MEND_BUT = 1 << 15,          /* by position; "nothing but", "anything but" are no "but" */
    GS_MENDS_ALL = (1 << 16) - 1
};

/* The lexicon of a further language. */
struct gs_sentiment_lexicon {
    struct gs_str language; /* its primary subtag, as "de" */
    struct gs_str words;
};
enum { GS_SENTIMENT_LANGUAGES_MAX = 32, GS_SENTIMENT_LANGUAGE_BYTES_MAX = 8 };

/* The lexicons, as the bytes of their files (UTF-8, lines end in \n or \r\n, empty lines are
 * skipped, the last of equal keys counts); read during create only. A null view is the built-in
 * file. lexicon: a word in lower case, a tab, its valence as a plain decimal number; more columns
 * are ignored. In place of the number may stand what the word does to others: "negation", "boost",
 * "dampen" or "but"; those of English are built in, whatever its lexicon says.
 * emoji: a character, a tab, its description, or for vader+ its valence; keys of several code
 * points are not used, except that a variation selector may follow. */
struct gs_sentiment_config {
    enum gs_sentiment_scorer scorer;
    uint32_t without;      /* mends that vader+ leaves out, enum gs_sentiment_mend */
    struct gs_str lexicon; /* of English, the language of texts of which nobody knows */
    struct gs_str emoji;
    const struct gs_sentiment_lexicon *others; /* copied */
    size_t other_count;
};

/* On GS_OK the caller owns *sentiment; otherwise it is NULL and error names the file and the line
 * that cannot be understood (GS_E_DATA). */
GS_MUST_CHECK enum gs_status gs_sentiment_create(const struct gs_sentiment_config *config,
                                                 struct gs_sentiment **sentiment,
                                                 struct gs_error *error);
void gs_sentiment_destroy(struct gs_sentiment *sentiment); /* accepts NULL */

/* A hash of the scorer, its mends and its lexicons, and of how a text finds its own: equal versions
 * give equal scores and classes. Never 0. */
uint64_t gs_sentiment_version(const struct gs_sentiment *sentiment);

/* The scorer for a text of this language, borrowed from sentiment; NULL if it has no lexicon of it:
 * such a text is of unknown class, never neutral. lang: a BCP 47 tag; where it is absent, or says
 * that nobody knows ("", "und", "zxx", "mul", "mis", private ones), the text is asked; if that is
 * too short or undecided it counts as English. */
const struct gs_sentiment *gs_sentiment_for(const struct gs_sentiment *sentiment,
                                            struct gs_str lang, struct gs_str text);

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

/* The compound alone, in units of 0.0001: for who needs no shares, which cost 5 % more. */
int32_t gs_sentiment_compound(const struct gs_sentiment *sentiment,
                              struct gs_sentiment_scratch *scratch, struct gs_str text);

/* The class of a comment in a language, with its score, which is all 0 if the class is
 * GS_CLASS_UNKNOWN: there is no text, or no lexicon of its language. */
enum gs_class gs_sentiment_judge(const struct gs_sentiment *sentiment,
                                 struct gs_sentiment_scratch *scratch, struct gs_str text,
                                 struct gs_str lang, struct gs_sentiment_score *score);

/* ------------------------------------------------------------------ a memory of scores */

enum { GS_SENTIMENT_CACHE_MAX = 1 << 20 };

/* Keeps the scores of about so many texts (a power of two, at most the maximum; 0: none) in the
 * scratch, 32 bytes each, allocated here and never more; what was kept is forgotten. Texts are told
 * apart by a 128-bit hash of their bytes and of the scorer, so a score never depends on it. */
void gs_sentiment_cache_resize(struct gs_sentiment_scratch *scratch, uint32_t entries);

struct gs_sentiment_cache_counters {
    uint64_t hits;
    uint64_t misses; /* texts that had to be scored while there was a cache */
};
struct gs_sentiment_cache_counters gs_sentiment_cache_counters(
    const struct gs_sentiment_scratch *scratch);

/* ------------------------------------------------------------------ explanation */

/* What was done to a token, a bit each. */
enum gs_sentiment_rule {
    GS_RULE_SIGN = 1 << 0,         /* an emoji, emoticon or interjection: stands for itself */
    GS_RULE_IDIOM = 1 << 1,        /* has the value of an idiom, or is a part of one */
    GS_RULE_BOOSTED = 1 << 2,      /* by a word before it */
    GS_RULE_DAMPENED = 1 << 3,     /* */
    GS_RULE_NEGATED = 1 << 4,      /* */
    GS_RULE_EXAGGERATED = 1 << 5,  /* "never so" */
    GS_RULE_LEAST = 1 << 6,        /* negated by "least" */
    GS_RULE_CAPITALS = 1 << 7,     /* stands out by its capitals */
    GS_RULE_INTENSIFIES = 1 << 8,  /* "pretty" in "pretty bad": has no value of its own */
    GS_RULE_COMPARES = 1 << 9,     /* "like" that is no verb */
    GS_RULE_NO = 1 << 10,          /* "no" that only negates the next word */
    GS_RULE_LENGTHENED = 1 << 11,  /* shown as the word that was meant */
    GS_RULE_BEFORE_BUT = 1 << 12,  /* counts half */
    GS_RULE_BEHIND_BUT = 1 << 13,  /* counts one and a half times */
    GS_RULE_IS_BOOSTER = 1 << 14,  /* does something to words behind it */
    GS_RULE_IS_DAMPENER = 1 << 15, /* */
    GS_RULE_IS_NEGATION = 1 << 16, /* */
    GS_RULE_IS_BUT = 1 << 17
};
/* Of one bit: "boosted", ...; NULL if it is none. */
const char *gs_sentiment_rule_name(uint32_t rule);

struct gs_sentiment_part {
    struct gs_str text; /* the token, without punctuation around it; for the call only */
    double valence;     /* in the lexicon, 0 if it is not there */
    double value;       /* what it adds to the sum, after all rules */
    uint32_t rules;     /* enum gs_sentiment_rule */
};
/* The sum of the parts' values is `values`; with the punctuation it is `sum`, of which the compound
 * is sum / sqrt(sum² + 15). */
struct gs_sentiment_account {
    double values;
    double punctuation; /* what ! and ? add, with the sign of values */
    double sum;
    uint32_t exclamations;
    uint32_t questions;
    struct gs_sentiment_score score; /* what gs_sentiment_score says */
};

typedef void gs_sentiment_part_fn(void *user, const struct gs_sentiment_part *part);

/* Calls part for every token in order, and returns the account. For people who ask, not per event.
 */
struct gs_sentiment_account gs_sentiment_explain(const struct gs_sentiment *sentiment,
                                                 struct gs_sentiment_scratch *scratch,
                                                 struct gs_str text, gs_sentiment_part_fn *part,
                                                 void *user);

#endif
