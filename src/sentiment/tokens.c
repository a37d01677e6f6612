/* tokens.c -- a text becomes tokens, and of these the hits: words of the lexicon.
 *
 * Two passes:
 *
 *   1. windows of 64 bytes: bit masks say where tokens start and end, and what is no punctuation;
 *      then, of all tokens at once, where they do without the punctuation around them:
 *
 *          text     I don't "love" it..  al     What a window does not hold to its end
 *          starts   # #     #      #            is the start of the next one.
 *          ends      #     #      #    #
 *          solid    # ### #  ####  ##    ##
 *          firsts   # #      #     #
 *          behinds   #     #     #   #
 *
 *      Per token, without a branch that depends on it, one hash of the first bytes and two bits of
 *      the filter: candidates
 *
 *   2. candidates: the table; flags of the token, and the list of hits
 *
 * Only in pass 2 is memory beyond the first cache touched, for about one token in four. */
#include "windows.h"

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "the first bytes of a token are read as a number: they must be its lowest"
#endif

enum { WINDOW_TOKENS_MAX = GS_TEXT_BLOCK / 2 };

void *gsi_array_grow(struct gsi_array *array, size_t bytes, size_t keep)
{
    /* What a huge text needs is given back, so it comes in huge pages, which come sooner. */
    enum { LINE = 64, HUGE_PAGE = 2 << 20 };
    size_t grown = GS_MAX(bytes, array->bytes + array->bytes / 2);
    size_t unit = grown < HUGE_PAGE ? LINE : HUGE_PAGE;
    grown = (grown + unit - 1) / unit * unit;
    void *data = gs_alloc_large(grown);
    if (keep)
        memcpy(data, array->data, keep);
    gs_free(array->data);
    *array = (struct gsi_array){data, grown};
    return data;
}

static void use_arrays(struct gsi_text *text, const struct gs_sentiment_scratch *scratch)
{
    text->tokens = scratch->tokens.data;
    text->hits = scratch->hits.data;
    text->flags = (uint16_t *)scratch->flags.data + GSI_BEFORE;
}

/* Makes room for the tokens of an ordinary text of so many bytes, or for twice what there is. */
static __attribute__((noinline)) void grow(struct gsi_text *text,
                                           struct gs_sentiment_scratch *scratch, size_t bytes)
{
    size_t count = text->token_count;
    size_t room = GS_MAX(2 * count, bytes / 4) + (size_t)4 * WINDOW_TOKENS_MAX;
    size_t flag_bytes = (GSI_BEFORE + room + GSI_BEHIND) * sizeof(*text->flags);
    gsi_array_reserve(&scratch->tokens, room * sizeof(*text->tokens),
                      count * sizeof(*text->tokens));
    gsi_array_reserve(&scratch->hits, room * sizeof(*text->hits), count * sizeof(*text->hits));
    gsi_array_reserve(&scratch->flags, flag_bytes,
                      count ? (GSI_BEFORE + count) * sizeof(*text->flags) : 0);
    memset(scratch->flags.data, 0, GSI_BEFORE * sizeof(*text->flags));
    scratch->tokens_max = room;
    use_arrays(text, scratch);
}

/* Room for the tokens of one more window, and flags that are 0. */
static inline void reserve_tokens(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                                  size_t bytes)
{
    if (GS_UNLIKELY(text->token_count + WINDOW_TOKENS_MAX > scratch->tokens_max))
        grow(text, scratch, bytes);
    /* In two steps, which need no call. */
    memset(text->flags + text->token_count, 0, WINDOW_TOKENS_MAX * sizeof(*text->flags));
    memset(text->flags + text->token_count + WINDOW_TOKENS_MAX, 0,
           GSI_BEHIND * sizeof(*text->flags));
}

/* ------------------------------------------------------------------ 1: windows */

/* Counts ! and ?, and marks every token with "n't" in it as a negation. */
static inline void read_marks(struct gsi_text *text, const struct gsi_window *window,
                              const struct gs_text_block *block)
{
    uint64_t used = window->used, apostrophes = block->apostrophes & used;
    text->exclamations += (uint32_t)__builtin_popcountll(block->exclamations & used);
    text->questions += (uint32_t)__builtin_popcountll(block->questions & used);
    for (; GS_UNLIKELY(apostrophes); apostrophes &= apostrophes - 1) {
        uint64_t bit = gsi_lowest(apostrophes);
        size_t at = window->at + bit;
        const char *mark = text->raw + at;
        if (at > 0 && (mark[-1] | 0x20) == 'n' && (mark[1] | 0x20) == 't') {
            uint64_t before = window->starts & UINT64_MAX >> (63 - bit);
            text->flags[text->token_count + (uint32_t)__builtin_popcountll(before) - 1] =
                GSI_NEGATION;
        }
    }
}

static inline void read_window(struct gsi_text *text, size_t at, struct gs_text_block *block,
                               struct gsi_window *window)
{
    gs_text_read_block(text->raw + at, text->folded + at, block);
    uint64_t word = ~block->space, starts = word & ~(word << 1);
    /* Without a branch; a word that goes on at the end starts somewhere. */
    uint64_t used = ((UINT64_C(1) << gsi_highest(starts | 1)) - 1) | ((word >> 63) - 1);
    *window = (struct gsi_window){.at = at,
                                  .starts = starts,
                                  .ends = block->space & word << 1,
                                  .solid = block->solid,
                                  .punctuation = word & ~block->solid,
                                  .space = block->space,
                                  .used = used};
}

/* Tokens lose the punctuation at both ends unless at most two characters would be left: an emoticon
 * then, or a very short word. Makes the punctuation of those solid, so that they lose nothing. Of
 * ASCII, edges_of does that. */
static uint64_t keep_short(const struct gsi_text *text, const struct gsi_window *window)
{
    uint64_t result = window->solid, few = gsi_few(window, false);
    struct gsi_bounds token;
    for (; few && gsi_bounds_of(window, few & -few, &token); few &= few - 1)
        if (gsi_is_few(text, window, &token, false))
            result |= token.end - token.start;
    return result;
}

/* The bytes that belong to the tokens of a window. */
static inline uint64_t own_bytes(const struct gsi_text *text, const struct gsi_window *window,
                                 bool is_ascii)
{
    uint64_t solid = window->solid;
    if (text->mends & GS_MEND_SHORT_TOKENS) {
        uint64_t few = gsi_few(window, is_ascii);
        if (few)
            solid = gsi_keep_signs(text, window, is_ascii, few);
    } else if (!is_ascii) {
        solid = keep_short(text, window);
    }
    if (text->mends & GS_MEND_LENGTHENED) {
        uint64_t repeats = gs_text_repeats(text->raw + window->at);
        uint64_t three = repeats & repeats >> 1 & solid & solid >> 1;
        if (GS_UNLIKELY(three))
            solid = gsi_shorten(text, window, solid, three);
    }
    return solid;
}

/* One bit of each per token that ends in the window. */
struct edges {
    uint64_t firsts;  /* its first byte */
    uint64_t behinds; /* the byte behind its last */
};

/* Solid bytes, and others between two of them; gaps do not begin at a start. */
static inline uint64_t fill_gaps(uint64_t solid, uint64_t gaps, uint64_t starts)
{
    uint64_t later = solid & ~starts; /* nearly all gaps are one byte */
    uint64_t filled = solid | (gaps & solid << 1 & later >> 1);
    gaps &= ~filled;
    uint64_t ends = (gaps + (gaps & filled << 1)) & later;
    for (; GS_UNLIKELY(ends); ends &= ends - 1) {
        uint64_t bit = ends & -ends;
        filled |= bit - (UINT64_C(2) << gsi_highest(filled & (bit - 1)));
    }
    return filled;
}

/* All tokens at once. A carry through a run of set bits finds where punctuation ends that a token
 * starts with, and where the one ends that is kept behind a short token. keeps_short: as keep_short
 * does for ASCII; otherwise there is a solid byte in every token. */
static inline struct edges edges_of(const struct gsi_window *window, uint64_t solid,
                                    bool keeps_short)
{
    uint64_t starts = window->starts, others = ~(solid | window->space), gaps = others & ~starts;
    uint64_t led = (others + (starts & others)) & ~others; /* to the end if none is solid */
    uint64_t filled = fill_gaps(solid, gaps, starts);
    struct edges edges = {.firsts = (led | starts) & solid & window->used,
                          .behinds = ((starts & window->ends) | ~filled) & filled << 1};
    if (!keeps_short)
        return edges;
    uint64_t few = edges.behinds & (edges.firsts << 1 | edges.firsts << 2), more = few & gaps;
    edges.behinds = (edges.behinds ^ more) | ((others + more) & ~others);
    led &= (~solid | few >> 1 | few >> 2) & window->used;
    for (; GS_UNLIKELY(led); led &= led - 1) {
        uint64_t bit = led & -led;
        edges.firsts = (edges.firsts & ~bit) | UINT64_C(1) << gsi_highest(starts & (bit - 1));
        edges.behinds |= bit & ~solid;
    }
    return edges;
}

/* Adds the tokens of a window, and behind `found` those that the filter lets through; returns where
 * these end. */
static inline struct gsi_hit *add_tokens(struct gsi_text *text, size_t at, struct edges edges,
                                         struct gsi_hit *found)
{
    const struct gs_sentiment *s = text->sentiment;
    struct gsi_token *tokens = text->tokens;
    /* A processor would have to wait for bytes of folded, which were written just before. */
    const char *bytes = s->mends & GS_MEND_LENGTHENED ? text->folded : text->raw;
    uint64_t next = text->token_count;
    for (; edges.firsts; next++) {
        uint32_t first = (uint32_t)gsi_lowest(edges.firsts), start = (uint32_t)at + first;
        uint32_t len = (uint32_t)gsi_lowest(edges.behinds) - first;
        edges.firsts &= edges.firsts - 1;
        edges.behinds &= edges.behinds - 1;
        tokens[next] = (struct gsi_token){start, len};
        found->token = (uint32_t)next;
        found += gsi_filter_has(s, gsi_prefix_of(bytes + start, len));
    }
    text->token_count = (uint32_t)next;
    return found;
}

/* A token of a window or more. Its windows hold nothing else. */
struct long_token {
    bool is_open;
    size_t start;
    size_t first; /* first <= solid bytes < last */
    size_t last;  /* 0: none yet */
};

/* One of its windows. Behind the last it is added, and is a candidate in any case. */
static uint32_t take_long(struct gsi_text *text, const struct gsi_window *window,
                          struct long_token *token, uint32_t candidates)
{
    uint64_t solid = window->solid & window->used;
    if (!token->is_open)
        *token = (struct long_token){.is_open = true, .start = window->at};
    if (solid) {
        token->first = token->last ? token->first : window->at + gsi_lowest(solid);
        token->last = window->at + gsi_highest(solid) + 1;
    }
    if (!window->space)
        return candidates;
    size_t start = token->first, len = token->last - start;
    if (len < GS_TEXT_BLOCK && !gsi_is_long(text->folded + start, len)) {
        start = token->start;
        len = window->at + (size_t)__builtin_popcountll(window->used) - start;
    }
    token->is_open = false;
    text->hits[candidates].token = text->token_count;
    text->tokens[text->token_count++] = (struct gsi_token){(uint32_t)start, (uint32_t)len};
    return candidates + 1;
}

static uint32_t find_candidates(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                                size_t bytes, bool is_ascii)
{
    struct long_token token = {0};
    uint32_t candidates = 0, mends = text->mends;
    for (size_t at = 0; at < bytes || token.is_open;) {
        struct gs_text_block block;
        struct gsi_window window;
        if (GS_LIKELY(!token.is_open)) /* its flag may be set already */
            reserve_tokens(text, scratch, bytes);
        read_window(text, at, &block, &window);
        if (mends & GS_MEND_JOINED && !token.is_open) {
            uint64_t joints = gsi_joints(&window, block.apostrophes);
            if (GS_UNLIKELY(joints))
                gsi_split_joined(text, &window, joints);
        }
        bool is_long = token.is_open || window.used == 0;
        if (GS_UNLIKELY(is_long))
            window.used = (window.space & -window.space) - 1;
        read_marks(text, &window, &block);
        if (GS_UNLIKELY(is_long)) {
            candidates = take_long(text, &window, &token, candidates);
        } else {
            uint64_t solid = own_bytes(text, &window, is_ascii);
            struct edges edges = edges_of(&window, solid, !(mends & GS_MEND_SHORT_TOKENS));
            struct gsi_hit *end = add_tokens(text, at, edges, text->hits + candidates);
            candidates = (uint32_t)(end - text->hits);
        }
        at += (size_t)__builtin_popcountll(window.used);
    }
    if (!is_ascii && text->sentiment->is_wide) /* the filter knows ASCII words only */
        for (candidates = 0; candidates < text->token_count; candidates++)
            text->hits[candidates].token = candidates;
    return candidates;
}

/* ------------------------------------------------------------------ 2: candidates */

/* A token with characters beyond ASCII, for a lexicon that has such, too. */
static const struct gsi_word *look_up_wide(const struct gs_sentiment *s,
                                           struct gs_sentiment_scratch *scratch,
                                           struct gs_str token)
{
    if (token.len > 3 * GSI_WORD_BYTES_MAX) /* no character shrinks to less than a third */
        return NULL;
    char *lowered =
        gsi_array_reserve(&scratch->lowered, 3 * (size_t)token.len + GSI_WORD_INLINE, 0);
    size_t len = gs_text_lower(token, lowered);
    return gsi_word_find(s, lowered, len);
}

/* Marks what the table knows, and turns the list of candidates into the list of hits in place. */
static void find_hits(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                      uint32_t candidates)
{
    const struct gs_sentiment *s = text->sentiment;
    const char *folded = text->folded;
    const struct gsi_token *tokens = text->tokens;
    struct gsi_hit *hits = text->hits, *hit = hits;
    uint16_t *flags = text->flags, any = 0;
    bool is_named = s->mends & GS_MEND_NAMES;

    for (uint32_t i = 0; i < candidates; i++) {
        uint32_t token = hits[i].token;
        const struct gsi_word *word;
        const char *bytes = folded + tokens[token].start;
        uint32_t len = tokens[token].len;
        if (is_named && bytes > folded && bytes[-1] == '@')
            continue;
        if (GS_UNLIKELY(s->is_wide) && !gs_text_is_ascii(gs_str_make(bytes, len)))
            word = look_up_wide(s, scratch, gs_str_make(bytes, len));
        else
            word = gsi_word_find(s, bytes, len);
        if (!word)
            continue;
        uint16_t own = word->flags;
        flags[token] |= own;
        any |= own;
        *hit = (struct gsi_hit){token, (uint32_t)(word - s->words)};
        hit += (own & GSI_HIT) != 0;
    }
    text->hit_count = (uint32_t)(hit - hits);
    text->any_flags = any;
}

void gsi_tokenise(struct gsi_text *text, struct gs_sentiment_scratch *scratch, struct gs_str raw,
                  bool is_ascii)
{
    if (scratch->tokens_max == 0)
        grow(text, scratch, raw.len);
    use_arrays(text, scratch);
    text->raw = raw.data;
    text->folded = gsi_array_reserve(&scratch->folded, raw.len + GS_TEXT_BLOCK, 0);
    find_hits(text, scratch, find_candidates(text, scratch, raw.len, is_ascii));
}
