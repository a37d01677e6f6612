/* tokens.c -- a text becomes tokens, and of these the hits: words of the lexicon.
 *
 * Three passes, each without a branch that depends on the text where it can be helped:
 *
 *   1. blocks of 64 bytes: bit masks of white space, punctuation and so on, the text in lower case,
 *      and the borders between white space and words, as positions
 *   2. tokens: punctuation off, one hash, one bit of the filter: candidates
 *   3. candidates: the table; flags of the token, and the list of hits
 *
 * Only in pass 3 is memory beyond the first cache touched, for about one token in six. */
#include "internal.h"

enum { BORDERS_AT_ONCE = 8, MASK_BITS_MIN = 56 };

void *gsi_array_reserve(struct gsi_array *array, size_t bytes, size_t keep)
{
    if (bytes > array->bytes) {
        size_t grown = GS_MAX(bytes, array->bytes + array->bytes / 2);
        void *data = gs_alloc(grown);
        if (keep)
            memcpy(data, array->data, keep);
        gs_free(array->data);
        *array = (struct gsi_array){data, grown};
    }
    return array->data;
}

/* At least MASK_BITS_MIN bits of a mask, from bit `from` on. */
static inline uint64_t mask_at(const uint64_t *mask, size_t from)
{
    uint64_t word;
    memcpy(&word, (const char *)mask + from / 8, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "masks are read at byte offsets: bytes must be in little-endian order"
#endif
    return word >> from % 8;
}

static inline uint64_t ones(size_t count)
{
    return (UINT64_C(1) << count) - 1;
}

/* ------------------------------------------------------------------ 1: blocks */

/* Writes the position of every set bit; may write up to BORDERS_AT_ONCE - 1 too many. */
static inline uint32_t *put_borders(uint32_t *to, uint64_t borders, uint32_t base)
{
    uint32_t *end = to + __builtin_popcountll(borders);
    while (to < end) {
        for (int i = 0; i < BORDERS_AT_ONCE; i++) {
            /* ctz(0) is not defined, and the position is not used then. */
            to[i] = base + (uint32_t)__builtin_ctzll(borders | UINT64_C(1) << 63);
            borders &= borders - 1;
        }
        to += BORDERS_AT_ONCE;
    }
    return end;
}

/* Classifies the whole text. Returns how many tokens it has; they are {start, end} as yet. */
static size_t read_blocks(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                          struct gs_str raw)
{
    size_t blocks = raw.len / GS_TEXT_BLOCK + 1, mask_bytes = (blocks + 1) * sizeof(uint64_t);
    char *folded = gsi_array_reserve(&scratch->folded, (blocks + 1) * GS_TEXT_BLOCK, 0);
    uint64_t *punctuation = gsi_array_reserve(&scratch->punctuation, mask_bytes, 0);
    uint64_t *apostrophe = gsi_array_reserve(&scratch->apostrophe, mask_bytes, 0);
    uint64_t *continuation = gsi_array_reserve(&scratch->continuation, mask_bytes, 0);
    uint64_t carry = 0;
    size_t count = 0;

    for (size_t i = 0; i < blocks; i++) {
        size_t at = i * GS_TEXT_BLOCK, used = count * sizeof(uint32_t);
        uint32_t *borders = gsi_array_reserve(
            &scratch->tokens, used + (GS_TEXT_BLOCK + BORDERS_AT_ONCE) * sizeof(uint32_t), used);
        const char *bytes = raw.data + at;
        char last[GS_TEXT_BLOCK];
        struct gs_text_block block;
        if (i == blocks - 1) { /* what is beyond the text is white space */
            memset(last, ' ', sizeof(last));
            memcpy(last, bytes, raw.len - at);
            bytes = last;
        }
        gs_text_read_block(bytes, folded + at, &block);
        punctuation[i] = block.punctuation;
        apostrophe[i] = block.apostrophe;
        continuation[i] = block.continuation;
        text->exclamations += block.exclamations;
        text->questions += block.questions;
        uint64_t word = ~block.space;
        count = (size_t)(put_borders(borders + count, word ^ (word << 1 | carry), (uint32_t)at) -
                         borders);
        carry = word >> 63;
    }
    /* What is read beyond the end must be the same each time. */
    memset(folded + blocks * GS_TEXT_BLOCK, ' ', GS_TEXT_BLOCK);
    punctuation[blocks] = apostrophe[blocks] = continuation[blocks] = 0;
    text->folded = folded;
    return count / 2;
}

/* ------------------------------------------------------------------ 2: tokens */

/* Tokens that are too long for one look at the mask. */
static struct gsi_token strip_long(const uint64_t *punctuation, uint32_t start, uint32_t end)
{
    while (start < end && mask_at(punctuation, start) & 1)
        start++;
    while (end > start && mask_at(punctuation, end - 1) & 1)
        end--;
    return (struct gsi_token){start, end - start};
}

/* More than two characters? So long ones need no count. */
static bool is_word(const uint64_t *continuation, struct gsi_token token)
{
    uint64_t more = mask_at(continuation, token.start);
    return token.len > 2 * GS_TEXT_POINT_BYTES_MAX ||
           __builtin_popcountll(~more & ones(token.len)) > 2;
}

/* Punctuation off both ends, unless at most two characters would be left: an emoticon then. */
static inline struct gsi_token strip(const struct gs_sentiment_scratch *scratch,
                                     struct gsi_token borders, bool is_ascii)
{
    const uint64_t *punctuation = scratch->punctuation.data;
    uint32_t start = borders.start, len = borders.len - start;
    struct gsi_token raw = {start, len}, inner;
    if (GS_LIKELY(len <= MASK_BITS_MIN)) {
        /* Without a word character: one byte at 0, too short in any case. */
        uint64_t inside = ~mask_at(punctuation, start) & ones(len);
        uint64_t some = inside | (inside == 0);
        uint32_t first = (uint32_t)__builtin_ctzll(some);
        inner.start = start + first;
        inner.len = 64 - (uint32_t)__builtin_clzll(some) - first;
    } else {
        inner = strip_long(punctuation, start, borders.len);
    }
    bool keeps = is_ascii ? inner.len > 2 : is_word(scratch->continuation.data, inner);
    raw.start = keeps ? inner.start : raw.start;
    raw.len = keeps ? inner.len : raw.len;
    return raw;
}

/* Does the token have a character beyond ASCII? */
static bool is_wide(const struct gs_sentiment_scratch *scratch, const char *folded,
                    struct gsi_token token)
{
    if (token.len <= MASK_BITS_MIN)
        return (mask_at(scratch->continuation.data, token.start) & ones(token.len)) != 0;
    return !gs_text_is_ascii(gs_str_make(folded + token.start, token.len));
}

/* Strips all tokens in place, and lists those that the filter lets through. Always inlined, so that
 * each kind of text has a loop of its own. */
static inline __attribute__((always_inline)) uint32_t find_candidates(
    const struct gs_sentiment *s, struct gs_sentiment_scratch *scratch, const char *folded,
    uint32_t count, bool is_ascii)
{
    struct gsi_token *tokens = scratch->tokens.data;
    struct gsi_hit *found = scratch->hits.data;
    bool asks_wide = !is_ascii && s->is_wide;
    uint32_t candidates = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct gsi_token token = strip(scratch, tokens[i], is_ascii);
        tokens[i] = token;
        uint64_t hash = 0, passes = 0;
        if (GS_LIKELY(token.len <= s->word_bytes_longest)) {
            hash = gsi_key_of(folded + token.start, token.len).hash;
            passes = gsi_filter_has(s, hash);
        }
        if (asks_wide && is_wide(scratch, folded, token))
            passes = 1;
        found[candidates].token = i;
        candidates += (uint32_t)passes;
    }
    return candidates;
}

/* ------------------------------------------------------------------ 3: candidates */

static const struct gsi_word *look_up(const struct gs_sentiment *s,
                                      struct gs_sentiment_scratch *scratch, const char *folded,
                                      struct gsi_token token)
{
    const char *bytes = folded + token.start;
    size_t len = token.len;
    if (s->is_wide && is_wide(scratch, folded, token)) {
        if (len > 3 * (size_t)GSI_WORD_BYTES_MAX) /* no character shrinks to less than a third */
            return NULL;
        char *lowered = gsi_array_reserve(&scratch->lowered, 3 * len + GSI_WORD_INLINE, 0);
        len = gs_text_lower(gs_str_make(bytes, len), lowered);
        bytes = lowered;
    }
    const struct gsi_word *word = gsi_word_slot(s, gsi_key_of(bytes, len), bytes, len);
    return word->len ? word : NULL;
}

/* Marks what the table knows, and turns the list of candidates into the list of hits in place. */
static void find_hits(struct gsi_text *text, struct gs_sentiment_scratch *scratch, uint16_t *flags,
                      uint32_t candidates)
{
    const struct gs_sentiment *s = text->sentiment;
    struct gsi_hit *hits = scratch->hits.data;
    uint16_t any = 0;

    for (uint32_t i = 0; i < candidates; i++) {
        uint32_t token = hits[i].token;
        const struct gsi_word *word = look_up(s, scratch, text->folded, text->tokens[token]);
        if (!word)
            continue;
        flags[token] = word->flags;
        any |= word->flags;
        hits[text->hit_count] = (struct gsi_hit){token, (uint32_t)(word - s->words)};
        text->hit_count += word->flags & GSI_LEXICON;
    }
    text->any_flags = any;
}

/* Every token with "n't" inside is a negation. Apostrophes and tokens both ascend. */
static void mark_contractions(struct gsi_text *text, const struct gs_sentiment_scratch *scratch,
                              uint16_t *flags, size_t bytes)
{
    const uint64_t *apostrophe = scratch->apostrophe.data;
    const char *folded = text->folded;
    uint32_t token = 0;

    for (size_t block = 0; block * GS_TEXT_BLOCK < bytes; block++) {
        for (uint64_t left = apostrophe[block]; left; left &= left - 1) {
            size_t at = block * GS_TEXT_BLOCK + (size_t)__builtin_ctzll(left);
            if (at == 0 || folded[at - 1] != 'n' || folded[at + 1] != 't')
                continue;
            const struct gsi_token *tokens = text->tokens;
            while (token < text->token_count && tokens[token].start + tokens[token].len <= at)
                token++;
            if (token < text->token_count && tokens[token].start < at &&
                at + 1 < tokens[token].start + tokens[token].len) {
                flags[token] |= GSI_NEGATION;
                text->any_flags |= GSI_NEGATION;
            }
        }
    }
}

void gsi_tokenise(struct gsi_text *text, struct gs_sentiment_scratch *scratch, struct gs_str raw,
                  bool is_ascii)
{
    size_t count = read_blocks(text, scratch, raw);
    size_t flag_bytes = (GSI_BEFORE + count + GSI_BEHIND) * sizeof(uint16_t);
    uint16_t *flags = gsi_array_reserve(&scratch->flags, flag_bytes, 0);
    uint32_t candidates;

    memset(flags, 0, flag_bytes);
    flags += GSI_BEFORE;
    gsi_array_reserve(&scratch->hits, (count + 1) * sizeof(struct gsi_hit), 0);
    if (is_ascii)
        candidates = find_candidates(text->sentiment, scratch, text->folded, (uint32_t)count, true);
    else
        candidates =
            find_candidates(text->sentiment, scratch, text->folded, (uint32_t)count, false);
    text->raw = raw.data;
    text->tokens = scratch->tokens.data;
    text->token_count = (uint32_t)count;
    find_hits(text, scratch, flags, candidates);
    text->flags = flags;
    text->hits = scratch->hits.data;
    if (text->hit_count > 0)
        mark_contractions(text, scratch, flags, raw.len);
}

bool gsi_token_is_upper(const struct gsi_text *text, size_t token)
{
    const char *raw = text->raw + text->tokens[token].start;
    if (*raw >= 'a' && *raw <= 'z') /* as with nearly all */
        return false;
    return gs_text_is_upper(gs_str_make(raw, text->tokens[token].len));
}
