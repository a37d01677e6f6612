/* internal.h -- the scorer's tables and what its steps hand to one another.
 *
 *   expand.c   text --> text in which emoji are words
 *   tokens.c   text --> tokens --> the few that may be in the table --> hits
 *   rules.c    a hit and the tokens around it --> its value
 *   but.c      values --> values around the word "but"
 *   total.c    values --> the score
 *
 * and what vader+ mends in them: mend_text.c, mend_tokens.c, mend_rules.c, mend_idioms.c.
 */
#ifndef SENTIMENT_INTERNAL_H
#define SENTIMENT_INTERNAL_H

#include "groundswell/sentiment.h"
#include "groundswell/text.h"

/* ------------------------------------------------------------------ words */

/* What a word of the table means to the rules; several may hold. */
enum {
    GSI_LEXICON = 1 << 0, /* has a valence */
    GSI_BOOST = 1 << 1,
    GSI_DAMPEN = 1 << 2,
    GSI_NEGATION = 1 << 3, /* also every token with "n't" in it, whether in the table or not */
    GSI_NO = 1 << 4,
    GSI_NEVER = 1 << 5,
    GSI_SO_THIS = 1 << 6,
    GSI_WITHOUT = 1 << 7,
    GSI_DOUBT = 1 << 8,
    GSI_LEAST = 1 << 9,
    GSI_BUT = 1 << 10,
    GSI_KIND = 1 << 11,
    GSI_PHRASE = 1 << 12, /* the rarest word of an idiom or of a booster of two words */
    /* Of vader+ alone: */
    GSI_CARRIER = 1 << 13,     /* of no valence, but that of the idiom whose anchor it is */
    GSI_INTENSIFIER = 1 << 14, /* a word of the lexicon that only intensifies some others */
    GSI_SIGN = 1 << 15,        /* an emoji, an emoticon, an interjection */
    GSI_BOOSTER = GSI_BOOST | GSI_DAMPEN,
    GSI_HIT = GSI_LEXICON | GSI_CARRIER
};

/* For tables. */
#define GSI_WORD(word)                                                                             \
    {                                                                                              \
        word, sizeof(word) - 1                                                                     \
    }

enum { GSI_WORD_BYTES_MAX = 255, GSI_WORD_INLINE = 16 };

/* A slot of the table; len 0 is an empty one. Half a cache line. */
struct gsi_word {
    uint64_t low; /* the first 16 bytes, the rest of them 0 */
    uint64_t high;
    double valence;
    uint32_t tail; /* where the bytes behind the first 16 stand in gs_sentiment.tails */
    uint16_t len;
    uint16_t flags;
};

/* A key before it is in the table; also a token that is looked up. */
struct gsi_key {
    uint64_t low;
    uint64_t high;
    uint64_t hash;
};

struct gsi_emoji {
    uint32_t code_point; /* 0: empty slot */
    uint32_t at;         /* the description in gs_sentiment.descriptions */
    uint16_t len;
    bool is_plain;   /* nothing in the description needs more care than ASCII does */
    bool is_dropped; /* sometimes or always, by a mend */
};

/* Descriptions are copied by so many bytes at a time; the pool ends with as many spare ones. */
enum { GSI_COPY_BYTES = 32, GSI_DESCRIPTION_BYTES_MAX = 255 };

/* Two bits of one word per beginning of a key. */
enum { GSI_FILTER_WORDS_LOG2 = 11, GSI_FILTER_PAIRS_LOG2 = 8 };

enum { GSI_IDIOMS_MAX = 80 };

/* Code points from here on are rare, and always looked at. */
enum { GSI_SPECIAL_END = 0x20000 };

/* Another language's lexicon. */
struct gsi_other {
    char language[GS_SENTIMENT_LANGUAGE_BYTES_MAX + 1];
    struct gs_sentiment *scorer;
};

struct gs_sentiment {
    uint32_t mends; /* of enum gs_sentiment_mend; 0: the reference */
    uint32_t like;  /* the slot of this word */
    /* Chains of idioms, mend_idioms.c; numbers from 1. */
    uint8_t idiom_heads[26];
    uint8_t idiom_nexts[GSI_IDIOMS_MAX];
    uint64_t filter_lacks[1 << GSI_FILTER_WORDS_LOG2]; /* bits of no word are set */
    uint64_t filter_pairs[1 << GSI_FILTER_PAIRS_LOG2]; /* words of two bits */
    struct gsi_word *words;                            /* power of two, at most a quarter full */
    unsigned words_shift;                              /* hash >> words_shift is a slot */
    uint32_t words_mask;
    uint32_t word_bytes_longest;
    bool is_wide; /* there are keys beyond ASCII */
    struct gs_buf tails;
    struct gsi_emoji *emoji; /* as words */
    uint32_t emoji_mask;
    uint64_t emoji_pages[0x110000 / 256 / 64]; /* which runs of 256 code points have any */
    struct gs_buf descriptions;
    uint64_t special[GSI_SPECIAL_END / 64]; /* code points beyond ASCII that do not stay the same */
    uint64_t version;
    struct gsi_other others[GS_SENTIMENT_LANGUAGES_MAX];
    size_t other_count;
};

uint64_t gsi_word_hash_long(struct gsi_key key, const char *rest, size_t bytes);

/* bytes[0..15] must be readable, whatever len is; beyond that len of them. */
static inline struct gsi_key gsi_key_of(const char *bytes, size_t len)
{
    static const unsigned char ones[2 * GSI_WORD_INLINE] = {255, 255, 255, 255, 255, 255, 255, 255,
                                                            255, 255, 255, 255, 255, 255, 255, 255};
    size_t head = GS_MIN(len, (size_t)GSI_WORD_INLINE);
    struct gsi_key key;
    uint64_t low_mask, high_mask;
    memcpy(&key.low, bytes, 8);
    memcpy(&key.high, bytes + 8, 8);
    memcpy(&low_mask, ones + GSI_WORD_INLINE - head, 8);
    memcpy(&high_mask, ones + GSI_WORD_INLINE - head + 8, 8);
    key.low &= low_mask;
    key.high &= high_mask;
    unsigned __int128 product = (unsigned __int128)(key.low ^ UINT64_C(0x9E3779B97F4A7C15)) *
                                (key.high ^ UINT64_C(0xE7037ED1A0B428DB));
    key.hash = (uint64_t)product ^ (uint64_t)(product >> 64);
    if (GS_UNLIKELY(len > GSI_WORD_INLINE))
        key.hash = gsi_word_hash_long(key, bytes + GSI_WORD_INLINE, len - GSI_WORD_INLINE);
    return key;
}

/* The first eight bytes of a word, less if it is shorter. bytes[0..7] must be readable. */
static inline uint64_t gsi_prefix_of(const char *bytes, size_t len)
{
    uint64_t prefix;
    memcpy(&prefix, bytes, sizeof(prefix));
    return prefix & gs_text_prefix_masks[len];
}

/* Where the filter has its two bits for a prefix, whose letters may be in any case. */
static inline uint64_t gsi_filter_hash(uint64_t prefix)
{
    return (prefix | UINT64_C(0x2020202020202020)) * UINT64_C(0x9E3779B97F4A7C15);
}
static inline size_t gsi_filter_word(uint64_t hash)
{
    return hash >> (64 - GSI_FILTER_WORDS_LOG2);
}
static inline size_t gsi_filter_pair(uint64_t hash)
{
    return (uint32_t)hash >> (32 - GSI_FILTER_PAIRS_LOG2);
}

static inline bool gsi_filter_has(const struct gs_sentiment *s, uint64_t prefix)
{
    uint64_t hash = gsi_filter_hash(prefix);
    return !(s->filter_lacks[gsi_filter_word(hash)] & s->filter_pairs[gsi_filter_pair(hash)]);
}

/* The slot of a word, or the empty slot where it would be. */
static inline struct gsi_word *gsi_word_slot(const struct gs_sentiment *s, struct gsi_key key,
                                             const char *bytes, size_t len)
{
    uint32_t slot = (uint32_t)(key.hash >> s->words_shift);
    for (;; slot = (slot + 1) & s->words_mask) {
        struct gsi_word *word = &s->words[slot];
        if (word->len == 0)
            return word;
        if (word->low == key.low && word->high == key.high && word->len == len &&
            (len <= GSI_WORD_INLINE || memcmp(s->tails.data + word->tail, bytes + GSI_WORD_INLINE,
                                              len - GSI_WORD_INLINE) == 0))
            return word;
    }
}

/* NULL if it is no word. As with gsi_key_of, bytes[0..15] must be readable. */
static inline const struct gsi_word *gsi_word_find(const struct gs_sentiment *s, const char *bytes,
                                                   size_t len)
{
    if (len > s->word_bytes_longest)
        return NULL;
    const struct gsi_word *word = gsi_word_slot(s, gsi_key_of(bytes, len), bytes, len);
    return word->len ? word : NULL;
}

/* A word of the lexicon, or NULL. */
static inline const struct gsi_word *gsi_word_valued(const struct gs_sentiment *s,
                                                     const char *bytes, size_t len)
{
    if (!gsi_filter_has(s, gsi_prefix_of(bytes, len)))
        return NULL;
    const struct gsi_word *word = gsi_word_find(s, bytes, len);
    return word && word->flags & GSI_LEXICON ? word : NULL;
}

/* table.c. capacity is the number of keys to come; gsi_word_add finds or makes the slot of a word
 * that is not empty and not longer than GSI_WORD_BYTES_MAX. */
void gsi_words_reserve(struct gs_sentiment *s, size_t capacity);
struct gsi_word *gsi_word_add(struct gs_sentiment *s, struct gs_str text);
void gsi_emoji_reserve(struct gs_sentiment *s, size_t capacity);
/* description stays the caller's; it is at most GSI_DESCRIPTION_BYTES_MAX long once it is put. */
void gsi_emoji_add(struct gs_sentiment *s, uint32_t code_point, struct gs_str description);
const struct gsi_emoji *gsi_emoji_find(const struct gs_sentiment *s, uint32_t code_point);

/* lexicon.c: the two files. Room for the words of both, and for `more` others, is reserved first.
 */
enum gs_status gsi_lexicon_reserve(struct gs_sentiment *s, struct gs_str lexicon,
                                   struct gs_str emoji, size_t more, struct gs_error *error);
enum gs_status gsi_lexicon_read(struct gs_sentiment *s, struct gs_str file, struct gs_error *error);
enum gs_status gsi_emoji_read(struct gs_sentiment *s, struct gs_str file, struct gs_error *error);

/* special.c: the English words that the rules know, and how many there are at most. */
size_t gsi_special_count(void);
void gsi_special_add(struct gs_sentiment *s);

/* ------------------------------------------------------------------ one text */

/* A growing array, used again by text after text. */
struct gsi_array {
    void *data;
    size_t bytes;
};
/* Makes room; what was in the array is kept only if keep is that many bytes. */
void *gsi_array_grow(struct gsi_array *array, size_t bytes, size_t keep);
static inline void *gsi_array_reserve(struct gsi_array *array, size_t bytes, size_t keep)
{
    return GS_LIKELY(bytes <= array->bytes) ? array->data : gsi_array_grow(array, bytes, keep);
}

struct gsi_token {
    uint32_t start; /* into raw and folded; without the punctuation around it */
    uint32_t len;
};

/* A token of the lexicon. */
struct gsi_hit {
    uint32_t token;
    uint32_t word; /* slot in gs_sentiment.words */
};

/* Flags are asked for up to three tokens before the first and two behind the last. */
enum { GSI_BEFORE = 3, GSI_BEHIND = 2 };

/* A text on its way through the steps; the arrays belong to the scratch. */
struct gsi_text {
    const struct gs_sentiment *sentiment;
    uint32_t mends;           /* the same as its */
    const char *raw;          /* as written, emoji as words; 64 spaces beyond */
    char *folded;             /* the same with A-Z as a-z */
    struct gsi_token *tokens; /* */
    uint16_t *flags;          /* of each token */
    struct gsi_hit *hits;     /* in order */
    double *values;           /* of each hit */
    uint32_t token_count;
    uint32_t hit_count;
    uint32_t exclamations;
    uint32_t questions;
    uint16_t any_flags; /* of all tokens */
    int8_t is_cap_diff; /* some but not all tokens are upper case; -1: not yet asked */
    uint32_t rules;     /* of enum gs_sentiment_rule, those applied since it was last cleared */
};

/* cache.c */
struct gsi_cache {
    struct gsi_cache_line *lines; /* NULL: none */
    uint32_t mask;
    struct gs_sentiment_cache_counters counters;
};
/* The hash of a text, which must be found or put by. */
struct gs_hash128 gsi_cache_key(const struct gs_sentiment *s, struct gs_str text);
bool gsi_cache_find(struct gsi_cache *cache, struct gs_hash128 key,
                    struct gs_sentiment_score *score);
void gsi_cache_put(struct gsi_cache *cache, struct gs_hash128 key,
                   const struct gs_sentiment_score *score);

struct gs_sentiment_scratch {
    struct gsi_cache cache;
    struct gsi_array folded;
    struct gsi_array tokens;
    struct gsi_array flags;
    struct gsi_array hits;
    size_t tokens_max; /* so many fit into the last three */
    struct gsi_array values;
    struct gsi_array lowered; /* a token in lower case, if the lexicon goes beyond ASCII */
    struct gsi_array but_nodes;
    struct gsi_array but_groups;
    struct gsi_array rules;
    struct gs_buf expanded;
};

/* score.c: fills in the text but for its values, for which there is room. raw is not empty. */
void gsi_read(struct gsi_text *text, struct gs_sentiment_scratch *scratch, struct gs_str raw);
/* Behind the last use of a text. */
void gsi_done(struct gs_sentiment_scratch *scratch);

/* expand.c: every emoji as its description, white space beyond ASCII as ' ', U+212A as 'K' (the
 * only character beyond ASCII whose lower case is ASCII), wrong bytes as U+FFFD. Behind the result
 * stand GS_TEXT_BLOCK spaces; *is_ascii says whether it is. */
struct gs_str gsi_expand(const struct gs_sentiment *s, struct gs_buf *out, struct gs_str text,
                         bool *is_ascii);
/* Code points that gsi_expand writes otherwise than they came, or not at all. Before the first text
 * all are marked; gsi_emoji_add does so with its own. */
void gsi_special_mark(struct gs_sentiment *s, uint32_t first, uint32_t last);
void gsi_special_mark_all(struct gs_sentiment *s);
/* mend_text.c: those that are mended. */
void gsi_mend_mark(struct gs_sentiment *s);
/* Is it left out, always or in some places? */
bool gsi_is_dropped(uint32_t mends, uint32_t code_point);
/* What a character means; 0: nothing. */
uint32_t gsi_mend_character(uint32_t mends, uint32_t code_point);
bool gsi_is_pictograph(uint32_t code_point);
/* The same without emoji: a description on its way into the table. */
void gsi_expand_description(struct gs_buf *out, struct gs_str text);

/* tokens.c: fills in everything of text but values. raw is as gsi_expand gives it. */
void gsi_tokenise(struct gsi_text *text, struct gs_sentiment_scratch *scratch, struct gs_str raw,
                  bool is_ascii);
static inline struct gs_str gsi_token_text(const struct gsi_text *text, size_t token)
{
    return gs_str_make(text->folded + text->tokens[token].start, text->tokens[token].len);
}
static inline bool gsi_token_is(const struct gsi_text *text, size_t token, const char *word)
{
    return gs_str_equal(gsi_token_text(text, token), gs_str_of(word));
}
/* Is one of the first two letters small, as nearly always? */
static inline bool gsi_token_starts_small(const struct gsi_text *text, size_t token)
{
    const char *raw = text->raw + text->tokens[token].start;
    return GS_LIKELY(raw[0] >= 'a' && raw[0] <= 'z') ||
           (text->tokens[token].len > 1 && raw[1] >= 'a' && raw[1] <= 'z');
}
static inline bool gsi_token_is_upper(const struct gsi_text *text, size_t token)
{
    const struct gsi_token *at = text->tokens + token;
    return !gsi_token_starts_small(text, token) &&
           gs_text_is_upper(gs_str_make(text->raw + at->start, at->len));
}

/* rules.c: the value of a hit before "but". */
double gsi_value_of(struct gsi_text *text, const struct gsi_hit *hit);

/* Of vader+, mend_rules.c; `token` is one behind the first. */
/* Does a clause end between a token and the next one? */
bool gsi_has_end_of_clause(const struct gsi_text *text, size_t token);
static inline bool gsi_is_end_of_clause(const struct gsi_text *text, size_t token)
{
    size_t end = text->tokens[token].start + text->tokens[token].len;
    bool is_one_space = text->tokens[token + 1].start == end + 1 && text->raw[end] == ' ';
    return !is_one_space && gsi_has_end_of_clause(text, token);
}
/* The same, or is there a comma? */
bool gsi_is_pause(const struct gsi_text *text, size_t token);
/* Is the "like" there a comparison? */
bool gsi_is_comparison(const struct gsi_text *text, size_t token);
/* Is the negation there none, as in "not only"? */
bool gsi_is_no_negation(const struct gsi_text *text, size_t token);
/* Does the word of a hit only intensify that of the next one, which is of the other sign? */
bool gsi_is_intensifier(const struct gsi_text *text, const struct gsi_hit *hit);

/* mend_idioms.c. */
struct gsi_idiom_found {
    size_t first; /* its first token */
    double value;
};
/* Before the rules: takes the words of idioms for what they are. */
void gsi_idiom_take_all(struct gsi_text *text);
/* Is the token an idiom's anchor? */
bool gsi_idiom_find(const struct gsi_text *text, size_t token, struct gsi_idiom_found *found);
size_t gsi_idiom_count(void);
void gsi_idiom_add_anchors(struct gs_sentiment *s);

/* phrases.c: a value after the idioms and boosters of two words around its token, which has at
 * least three before it. */
double gsi_phrases(const struct gsi_text *text, size_t token, double value);
/* The words without which none of them occurs, separated by spaces. */
extern const char *const gsi_phrase_anchors;
extern const char *const gsi_idiom_anchors; /* of vader+ others */
/* How much a booster of two words that starts at `first` adds to a positive value; 0 without. */
double gsi_phrase_boost(const struct gsi_text *text, size_t first);

/* but.c: of vader+, before the rules: which "but" is one. */
void gsi_but_prepare(struct gsi_text *text);
/* Applies "but" to all values. */
void gsi_but(struct gsi_text *text, struct gs_sentiment_scratch *scratch);

/* total.c: what ! and ? add to a positive sum. */
double gsi_emphasis(const struct gsi_text *text);
/* total.c: score stays as it is, all 0, if there are no tokens. */
void gsi_total(const struct gsi_text *text, struct gs_sentiment_score *score);
/* The same compound_1e4, without the shares. */
int32_t gsi_total_compound(const struct gsi_text *text);
/* round(value * scale) to even, decided on the exact product, as Python's round() does with the
 * digits; |value| <= 1, scale <= 10000. */
int32_t gsi_round(double value, double scale);

#endif
