/* internal.h -- what the files of this room share about texts.
 *
 *   raw --normal.c--> normal form --words.c--> words, links --match.c--> lists that were found
 *          point.c                 link.c, number.c          tokens.c */
#ifndef CLEAN_INTERNAL_H
#define CLEAN_INTERNAL_H

#include "groundswell/clean.h"
#include "groundswell/text.h"

/* ------------------------------------------------------------------ code points (point.c) */

/* What a code point is to the words around it. */
enum gsi_point_kind {
    GSI_POINT_LETTER, /* or a mark, or a digit */
    GSI_POINT_SINGLE, /* a word of its own: Han, kana, Thai and the like */
    GSI_POINT_BREAK,  /* punctuation or a symbol */
    GSI_POINT_EMOJI,
    GSI_POINT_SPACE,
    GSI_POINT_MARK,     /* combining; belongs to its letter */
    GSI_POINT_INVISIBLE /* not in the normal form */
};

struct gsi_point {
    uint32_t folded;  /* a code point in lower case, perhaps ASCII */
    uint8_t kind;     /* enum gsi_point_kind */
    uint8_t script;   /* enum gs_script, of letters */
    bool was_capital; /* */
    uint8_t repeated; /* stands for so many more of the same */
};
/* point >= 0x80. */
struct gsi_point gsi_point_of(uint32_t point);

/* ------------------------------------------------------------------ scratch */

enum {
    GSI_PAD_BYTES = 64, /* readable before and behind the normal form */
    GSI_NORMAL_BYTES_MAX = 3 * GS_CLEAN_TEXT_BYTES_MAX,
    GSI_BLOCKS_MAX = GSI_NORMAL_BYTES_MAX / GS_TEXT_BLOCK + 2,
    GSI_TOKENS_MAX = GS_CLEAN_TEXT_BYTES_MAX + 1, /* of a normal form; a byte of raw text each */
    GSI_LINKS_MAX = 64,                           /* further ones are words */
    GSI_SHAPES = 0x10000 + 0x1000
};

/* A stretch of the normal form that is one thing. */
struct gsi_link {
    uint32_t at;
    uint32_t end;
    uint16_t symbol; /* enum gsi_symbol */
    uint16_t found;  /* enum gsi_found bits */
};

/* Where a token stands in the normal form. */
struct gsi_place {
    uint32_t at;
    uint32_t end;
};

/* A code point as it stands in the normal form. */
struct gsi_shape {
    uint32_t bytes;   /* UTF-8, the first byte lowest */
    uint16_t scripts; /* bit of a letter's enum gs_script */
    uint8_t len;      /* of bytes; 0: not looked up yet */
    uint8_t flags;    /* of normal.c */
};

struct gs_clean_scratch {
    char *normal; /* GSI_PAD_BYTES behind the start of its memory */
    uint32_t normal_len;
    bool is_wide;     /* there is something beyond ASCII in the normal form; else the next two are
                         not filled */
    uint64_t *breaks; /* bit per byte of the normal form: beyond ASCII, but in no word */
    uint64_t *splits; /* a word begins here whatever is before */
    struct gsi_shape *shapes; /* of the points up to U+FFFF, and of emoji */
    uint32_t *map; /* explain only: where in the raw text a byte of the normal form comes from */
    uint32_t link_count;
    struct gsi_link links[GSI_LINKS_MAX];
    /* Per block, of the normal form. */
    uint64_t solid[GSI_BLOCKS_MAX];
    uint64_t digits[GSI_BLOCKS_MAX];
    uint64_t quotes[GSI_BLOCKS_MAX];
    uint64_t marks[GSI_BLOCKS_MAX]; /* where a link, mention, hashtag or amount may be */
    const uint64_t *words;          /* what of the solid bytes is in words: all, or */
    uint64_t fewer[GSI_BLOCKS_MAX]; /* not what is in links, and no quotes around words */
    /* Only filled where a phrase may be. */
    uint32_t *tokens;         /* words of the text: 1 + place in rules->words, 0 for others */
    struct gsi_place *places; /* of them */
    uint32_t token_count;
    uint8_t *ended;    /* by token: lists of which a phrase ends here; only filled if any does */
    uint8_t *excepted; /* by token: lists that an exception covers here; likewise */
};

/* Fills scratch->normal and the features that the raw text gives. */
void gsi_normal_make(struct gs_clean_scratch *scratch, struct gs_str raw,
                     struct gs_clean_features *features);

/* ------------------------------------------------------------------ what a text holds */

/* Bits of gs_clean_text.found: 1 << enum gs_clean_list for phrases, and */
enum gsi_found {
    GSI_FOUND_URL = 1 << GS_CLEAN_LIST_COUNT,
    GSI_FOUND_SHORTENER = GSI_FOUND_URL << 1,
    GSI_FOUND_EMAIL = GSI_FOUND_URL << 2,
    GSI_FOUND_PHONE = GSI_FOUND_URL << 3
};

/* Words of the phrases that stand for a kind of thing; the first ones of the vocabulary. */
enum gsi_symbol {
    GSI_SYMBOL_NUMBER,
    GSI_SYMBOL_URL,
    GSI_SYMBOL_MENTION,
    GSI_SYMBOL_HASHTAG,
    GSI_SYMBOL_EMAIL,
    GSI_SYMBOL_MONEY, /* an amount with its sign */
    GSI_SYMBOL_COUNT
};

/* Finds links, mentions, hashtags and amounts at the marks. */
void gsi_links_find(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                    struct gs_clean_text *text);
/* Whether digits of the normal form make a telephone number; where, if at is not NULL. */
bool gsi_phone_find(const struct gs_clean_scratch *scratch, uint32_t digits_min, uint32_t *at,
                    uint32_t *end);

/* ------------------------------------------------------------------ rules */

enum {
    GSI_WORD_BYTES_MAX = 48, /* of a word of a phrase */
    GSI_STATES_MAX = 32,     /* 64 elements of phrases each */
    GSI_DOMAIN_BYTES_MAX = 253
};

/* What a word is known by: its first and its last 8 bytes, zeros behind a shorter one, 0 for the
 * last ones of a word of less than 8. Words stand between readable bytes. */
struct gsi_word_key {
    uint64_t first;
    uint64_t last;
    uint32_t hash;
    uint32_t len;
};

/* What phrases need: of each the two elements with the rarest words. Bit b of `first`, `second`:
 * the word is in the first, the second one of a phrase of bucket b. */
enum { GSI_BUCKETS = 256 };
typedef uint64_t gsi_bits128 __attribute__((vector_size(16)));
struct gsi_needs { /* one line of memory */
    gsi_bits128 first[2];
    gsi_bits128 second[2];
};

static inline void gsi_needs_add(struct gsi_needs *needs, const struct gsi_needs *more)
{
    needs->first[0] |= more->first[0];
    needs->first[1] |= more->first[1];
    needs->second[0] |= more->second[0];
    needs->second[1] |= more->second[1];
}

struct gsi_bucket {
    uint32_t states;    /* bit s: a phrase of it is in state s */
    uint32_t words_max; /* that a text with one of its phrases may have */
};

/* Which words are needed at all, by their first 8 bytes: a perfect hash, in one piece, so that what
 * leads through it needs one register. */
enum { GSI_HINT_GROUP_BITS = 10 };
struct gsi_hints {
    uint64_t first_masks[GS_TEXT_BLOCK + 1]; /* by length: of the first 8 bytes of a word */
    uint64_t factor; /* a word's hash is a multiple of its first bytes; the highest bits of it */
    uint32_t moves[1 << GSI_HINT_GROUP_BITS]; /* choose a move of the place where others lead; */
    uint32_t mask;                            /* places, moves count in bytes of firsts */
    uint64_t
        firsts[]; /* there these first bytes stand if they are known; the first place is free */
};

/* One word of the vocabulary: which elements it is. */
struct gsi_word {
    uint64_t last_bytes; /* of its key */
    uint32_t len;        /* 0: an empty slot; above the lowest 8 bits, where it is in words_text */
    uint32_t states;     /* bit s: bits[...] has a number for state s; in their order */
    uint32_t first;      /* bits of them, in rules->bits */
};

/* A phrase ends at this element. */
struct gsi_phrase {
    uint8_t list; /* enum gs_clean_list */
    bool is_exception;
    bool at_end;    /* only at the end of the text */
    uint8_t len;    /* elements */
    uint8_t needed; /* of them, 1 to 8; an exception takes back what ended in its last words, so
                       many */
    uint32_t line;
};

/* The elements of all phrases, 64 in each state; a phrase lies in one of them, and the bit behind
 * it is nobody's. Exceptions have states of their own. */
struct gsi_states {
    uint32_t count;
    uint32_t exceptions;                  /* bit s: of exceptions */
    uint32_t texts;                       /* bit s: of phrases that begin a text */
    uint8_t lists[GSI_STATES_MAX];        /* whose phrases, or exceptions, are in it */
    uint64_t starts[GSI_STATES_MAX];      /* first elements */
    uint64_t starts_text[GSI_STATES_MAX]; /* of phrases that may only begin a text */
    uint64_t optional[GSI_STATES_MAX];
    uint64_t any[GSI_STATES_MAX];       /* elements that every word is */
    uint64_t ends[GSI_STATES_MAX];      /* last elements */
    uint64_t ends_text[GSI_STATES_MAX]; /* of phrases that must end the text */
    uint64_t behind[GSI_STATES_MAX];    /* the bits behind phrases */
};

/* A set of domains: open addressing over hashes of their bytes. */
struct gsi_domains {
    struct gs_str *slots;
    uint32_t mask;
    uint32_t count;
};

struct gs_clean_rules {
    struct gsi_needs symbols[GSI_SYMBOL_COUNT]; /* by enum gsi_symbol */
    gsi_bits128 whole[2];                       /* buckets of phrases that are a whole text */
    struct gs_clean_config config;              /* lists and domains not to be used */
    uint64_t version;
    struct gsi_states states;
    uint64_t *word_keys;    /* of each slot the first bytes of its word, 0 if it is empty */
    struct gsi_word *words; /* open addressing; behind the table, the symbols */
    uint32_t words_mask;
    uint32_t words_shift;
    char *words_text;
    uint64_t *bits;
    struct gsi_phrase *phrases; /* by state * 64 + element */
    struct gsi_bucket buckets[GSI_BUCKETS];
    uint32_t whole_max; /* words of the longest phrase that is a whole text */
    struct gsi_hints *hints;
    struct gsi_needs *needs; /* of the words in hints->firsts; at the free place, nothing */
    char *domains_text;
    struct gsi_domains allowed;
    struct gsi_domains shorteners;
    struct gsi_domains suffixes; /* "me/": only before a path */
};

enum gs_status gsi_phrases_compile(struct gs_clean_rules *rules, const struct gs_str *lists,
                                   struct gs_error *error);
struct gsi_list_reader;
/* From the list's beginning. */
enum gs_status gsi_domains_read(struct gsi_domains *domains, struct gsi_list_reader *reader,
                                struct gs_error *error);
void gsi_domains_deinit(struct gsi_domains *domains);
bool gsi_domains_have(const struct gsi_domains *domains, const char *bytes, size_t count);
/* The domain itself, or one that it is a subdomain of. */
bool gsi_domains_cover(const struct gsi_domains *domains, const char *bytes, size_t count);

/* ------------------------------------------------------------------ words of a text */

/* Fills the arrays by block, finds links; returns classes of bytes (words.c). */
uint32_t gsi_blocks_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                         struct gs_clean_text *text);
/* The same, and counts words; fills text->found. */
void gsi_words_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                    struct gs_clean_text *text);
/* Fills scratch->tokens and places, after gsi_blocks_read. */
void gsi_tokens_list(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch);
/* The states of which a phrase may be among so many words that have these needs together. */
uint32_t gsi_needs_met(const struct gs_clean_rules *rules, const struct gsi_needs *needs,
                       uint32_t words);
/* The lists of which a phrase of these states is in the text. Lists its tokens. */
uint32_t gsi_match_lists(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                         uint32_t states);

static inline bool gsi_is_in(const uint64_t *bits, uint32_t at)
{
    return bits[at / 64] >> (at & 63) & 1;
}

/* The byte belongs to the same stretch of solid ones as the byte before. */
static inline bool gsi_goes_on(const struct gs_clean_scratch *scratch, uint32_t at)
{
    return at > 0 && gsi_is_in(scratch->solid, at) && gsi_is_in(scratch->solid, at - 1) &&
           !(scratch->is_wide && gsi_is_in(scratch->splits, at));
}

static inline uint32_t gsi_hint_group(uint64_t hash)
{
    return (uint32_t)(hash >> (64 - GSI_HINT_GROUP_BITS));
}

static inline uint64_t gsi_hint_place(const struct gsi_hints *hints, uint64_t hash, uint32_t move)
{
    return ((uint32_t)(hash >> 32) & hints->mask) ^ move;
}

/* What a word with these first bytes may be needed for: all that it is needed for. There is no
 * telling which words are known: no branch. */
static inline const struct gsi_needs *gsi_hint_find(const struct gsi_hints *hints,
                                                    const struct gsi_needs *needs, uint64_t first)
{
    enum { STEP = sizeof *needs / sizeof first };
    uint64_t hash = first * hints->factor, there;
    uint64_t place = gsi_hint_place(hints, hash, hints->moves[gsi_hint_group(hash)]);
    memcpy(&there, (const char *)hints->firsts + place, sizeof there);
    place &= -(uint64_t)(there == first);
    return (const struct gsi_needs *)(const void *)((const char *)needs + STEP * place);
}

static inline uint32_t gsi_word_hash(uint64_t first, uint64_t last, uint32_t len)
{
    return (uint32_t)((first ^ (last << 1 | len)) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

/* The first bytes of a word, zeros behind less than 8; 8 can be read. */
static inline uint64_t gsi_word_first(const char *bytes, uint32_t len)
{
    static const uint64_t masks[9] = {0,          0xFF,         0xFFFF,         0xFFFFFF,
                                      0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
                                      UINT64_MAX};
    uint64_t first;
    memcpy(&first, bytes, sizeof first);
    return le64toh(first) & masks[GS_MIN(len, 8u)];
}

static inline struct gsi_word_key gsi_word_key(const char *bytes, uint32_t len)
{
    struct gsi_word_key key = {gsi_word_first(bytes, len), 0, 0, len};
    if (len >= 8)
        memcpy(&key.last, bytes + len - 8, sizeof key.last);
    key.hash = gsi_word_hash(key.first, key.last, len);
    return key;
}

/* Looking a word up gives 1 + its place in rules->words, or 0. No byte of a word is 0: none has the
 * first bytes of an empty slot, and one of less than 8 is known by them. */
static inline uint32_t gsi_word_find_short(const struct gs_clean_rules *rules, uint64_t first,
                                           uint32_t hash)
{
    for (uint32_t slot = hash >> rules->words_shift;; slot = (slot + 1) & rules->words_mask) {
        if (rules->word_keys[slot] == first)
            return slot + 1;
        if (rules->word_keys[slot] == 0)
            return 0;
    }
}

/* One of 8 bytes and more. */
uint32_t gsi_word_find_long(const struct gs_clean_rules *rules, const struct gsi_word_key *key,
                            const char *bytes);

#endif
