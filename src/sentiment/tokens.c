/* tokens.c -- a text becomes tokens, and of these the hits: words of the lexicon.
 *
 * Two passes:
 *
 *   1. windows of 64 bytes: bit masks say where tokens start and end, and what is no punctuation.
 *      Per token, without a branch that depends on it: punctuation off, one hash of the first
 *      bytes, two bits of the filter: candidates
 *
 *          text    I don't "love" it..  al     What a window does not hold to its end
 *          starts  # #     #      #            is the start of the next one.
 *          ends     #     #      #    #
 *          solid   # ### #  ####  ##    ##
 *
 *   2. candidates: the table; flags of the token, and the list of hits
 *
 * Only in pass 2 is memory beyond the first cache touched, for about one token in four. */
#include "internal.h"

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "the first bytes of a token are read as a number: they must be its lowest"
#endif

enum { WINDOW_TOKENS_MAX = GS_TEXT_BLOCK / 2 };

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

/* Room for the tokens of one more window. */
static void reserve_tokens(struct gsi_text *text, struct gs_sentiment_scratch *scratch)
{
    size_t count = text->token_count, room = count + WINDOW_TOKENS_MAX;
    if (GS_UNLIKELY(room > scratch->tokens_max)) {
        room = GS_MAX(room + room / 2, (size_t)4 * WINDOW_TOKENS_MAX);
        gsi_array_reserve(&scratch->tokens, room * sizeof(*text->tokens),
                          count * sizeof(*text->tokens));
        gsi_array_reserve(&scratch->hits, room * sizeof(*text->hits), count * sizeof(*text->hits));
        uint16_t *flags =
            gsi_array_reserve(&scratch->flags, (GSI_BEFORE + room + GSI_BEHIND) * sizeof(*flags),
                              count ? (GSI_BEFORE + count) * sizeof(*flags) : 0);
        memset(flags, 0, GSI_BEFORE * sizeof(*flags));
        scratch->tokens_max = room;
    }
    text->tokens = scratch->tokens.data;
    text->hits = scratch->hits.data;
    text->flags = (uint16_t *)scratch->flags.data + GSI_BEFORE;
    memset(text->flags + count, 0, (WINDOW_TOKENS_MAX + GSI_BEHIND) * sizeof(*text->flags));
}

/* ------------------------------------------------------------------ 1: windows */

struct window {
    size_t at; /* into the text */
    uint64_t starts;
    uint64_t ends; /* behind the last byte */
    uint64_t solid;
};

/* Counts ! and ?, and marks every token with "n't" in it as a negation. */
static void read_marks(struct gsi_text *text, const struct window *window, uint64_t marks)
{
    for (; marks; marks &= marks - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(marks);
        size_t at = window->at + bit;
        const char *mark = text->raw + at;
        text->exclamations += *mark == '!';
        text->questions += *mark == '?';
        if (*mark == '\'' && at > 0 && (mark[-1] | 0x20) == 'n' && (mark[1] | 0x20) == 't') {
            uint64_t before = window->starts & UINT64_MAX >> (63 - bit);
            text->flags[text->token_count + (uint32_t)__builtin_popcountll(before) - 1] =
                GSI_NEGATION;
        }
    }
}

/* The window from `at` on; returns where the next one starts, which is `at` if a token of at least
 * a whole window does. */
static inline size_t read_window(struct gsi_text *text, size_t at, struct window *window)
{
    struct gs_text_block block;
    gs_text_read_block(text->raw + at, text->folded + at, &block);
    uint64_t word = ~block.space, punctuation = word & ~block.solid;
    uint64_t starts = word & ~(word << 1), ends = ~word & word << 1;
    /* A carry runs through the punctuation that a token starts with. One that is nothing else keeps
     * one byte, so that no token is empty. */
    uint64_t lone = (punctuation + (starts & punctuation)) & ends;
    unsigned used = word >> 63 ? 63 - (unsigned)__builtin_clzll(starts) : GS_TEXT_BLOCK;
    *window = (struct window){at, starts, ends, block.solid | lone >> 1};
    if (GS_UNLIKELY(block.marks) && used > 0)
        read_marks(text, window, block.marks & UINT64_MAX >> (64 - used));
    return at + used;
}

/* More than two characters? Of UTF-8, the first eight bytes can tell. */
static inline bool is_word(const char *bytes, uint32_t len, bool is_ascii)
{
    if (is_ascii)
        return len > 2;
    uint64_t prefix = gsi_prefix_of(bytes, len);
    uint64_t more = prefix & ~(prefix << 1) & UINT64_C(0x8080808080808080);
    return len - (uint32_t)__builtin_popcountll(more) > 2;
}

/* Adds the tokens of a window, without the punctuation at both ends unless at most two characters
 * would be left: an emoticon then. Lists those that the filter lets through. Always inlined, so
 * that each kind of text has a loop of its own. */
static inline __attribute__((always_inline)) uint32_t take_tokens(struct gsi_text *text,
                                                                  const struct window *window,
                                                                  uint32_t candidates,
                                                                  bool is_ascii)
{
    const struct gs_sentiment *s = text->sentiment;
    const char *folded = text->folded + window->at;
    struct gsi_token *tokens = text->tokens;
    struct gsi_hit *found = text->hits;
    uint64_t starts = window->starts, ends = window->ends, solid = window->solid;
    uint32_t at = (uint32_t)window->at, count = text->token_count;
    bool asks_wide = !is_ascii && s->is_wide;

    for (; ends; ends &= ends - 1, starts &= starts - 1, count++) {
        uint64_t own = solid & (ends ^ (ends - 1));
        solid ^= own;
        uint32_t start = (uint32_t)__builtin_ctzll(starts);
        uint32_t len = (uint32_t)__builtin_ctzll(ends) - start;
        uint32_t first = (uint32_t)__builtin_ctzll(own);
        uint32_t inner = 64 - (uint32_t)__builtin_clzll(own) - first;
        bool keeps = is_word(folded + first, inner, is_ascii);
        start = keeps ? first : start;
        len = keeps ? inner : len;
        tokens[count] = (struct gsi_token){at + start, len};
        uint64_t passes = gsi_filter_has(s, gsi_prefix_of(folded + start, len));
        if (asks_wide && !gs_text_is_ascii(gs_str_make(folded + start, len)))
            passes = 1;
        found[candidates].token = count;
        candidates += (uint32_t)passes;
    }
    text->token_count = count;
    return candidates;
}

/* A token of a window or more, from `at` on; it is a candidate in any case. Returns where it ends.
 */
static size_t take_long(struct gsi_text *text, size_t at, uint32_t candidate)
{
    struct window window = {.at = at, .starts = 1};
    size_t start = at, first = SIZE_MAX, last = 0;
    struct gs_text_block block;

    for (;; window.at += GS_TEXT_BLOCK) {
        gs_text_read_block(text->raw + window.at, text->folded + window.at, &block);
        uint64_t inside = block.space ? (block.space & -block.space) - 1 : UINT64_MAX;
        uint64_t solid = block.solid & inside;
        read_marks(text, &window, block.marks & inside);
        if (solid) {
            first = GS_MIN(first, window.at + (unsigned)__builtin_ctzll(solid));
            last = window.at + 64 - (unsigned)__builtin_clzll(solid);
        }
        if (block.space)
            break;
    }
    size_t end = window.at + (unsigned)__builtin_ctzll(block.space);
    struct gsi_token token = {(uint32_t)start, (uint32_t)(end - start)};
    if (last > 0 && (last - first >= GS_COUNT_OF(gsi_prefix_masks) ||
                     is_word(text->folded + first, (uint32_t)(last - first), false)))
        token = (struct gsi_token){(uint32_t)first, (uint32_t)(last - first)};
    text->hits[candidate].token = text->token_count;
    text->tokens[text->token_count++] = token;
    return end;
}

static uint32_t find_candidates(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                                size_t bytes, bool is_ascii)
{
    uint32_t candidates = 0;
    for (size_t at = 0; at < bytes;) {
        struct window window;
        reserve_tokens(text, scratch);
        size_t next = read_window(text, at, &window);
        if (GS_UNLIKELY(next == at))
            next = take_long(text, at, candidates++);
        else if (is_ascii)
            candidates = take_tokens(text, &window, candidates, true);
        else
            candidates = take_tokens(text, &window, candidates, false);
        at = next;
    }
    return candidates;
}

/* ------------------------------------------------------------------ 2: candidates */

static const struct gsi_word *look_up(const struct gs_sentiment *s,
                                      struct gs_sentiment_scratch *scratch, const char *folded,
                                      struct gsi_token token)
{
    const char *bytes = folded + token.start;
    size_t len = token.len;
    if (s->is_wide && !gs_text_is_ascii(gs_str_make(bytes, len))) {
        if (len > 3 * (size_t)GSI_WORD_BYTES_MAX) /* no character shrinks to less than a third */
            return NULL;
        char *lowered = gsi_array_reserve(&scratch->lowered, 3 * len + GSI_WORD_INLINE, 0);
        len = gs_text_lower(gs_str_make(bytes, len), lowered);
        bytes = lowered;
    }
    if (len > s->word_bytes_longest)
        return NULL;
    const struct gsi_word *word = gsi_word_slot(s, gsi_key_of(bytes, len), bytes, len);
    return word->len ? word : NULL;
}

/* Marks what the table knows, and turns the list of candidates into the list of hits in place. */
static void find_hits(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                      uint32_t candidates)
{
    const struct gs_sentiment *s = text->sentiment;
    struct gsi_hit *hits = text->hits;
    uint16_t any = 0;

    for (uint32_t i = 0; i < candidates; i++) {
        uint32_t token = hits[i].token;
        const struct gsi_word *word = look_up(s, scratch, text->folded, text->tokens[token]);
        if (!word)
            continue;
        text->flags[token] |= word->flags;
        any |= word->flags;
        hits[text->hit_count] = (struct gsi_hit){token, (uint32_t)(word - s->words)};
        text->hit_count += word->flags & GSI_LEXICON;
    }
    text->any_flags = any;
}

void gsi_tokenise(struct gsi_text *text, struct gs_sentiment_scratch *scratch, struct gs_str raw,
                  bool is_ascii)
{
    text->raw = raw.data;
    text->folded = gsi_array_reserve(&scratch->folded, raw.len + GS_TEXT_BLOCK, 0);
    find_hits(text, scratch, find_candidates(text, scratch, raw.len, is_ascii));
}

bool gsi_token_is_upper(const struct gsi_text *text, size_t token)
{
    const char *raw = text->raw + text->tokens[token].start;
    if (*raw >= 'a' && *raw <= 'z') /* as with nearly all */
        return false;
    return gs_text_is_upper(gs_str_make(raw, text->tokens[token].len));
}
