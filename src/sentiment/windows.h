/* windows.h -- 64 bytes of a text as bit masks; bit i is byte i.
 *
 *         text    I don't "love" it..  al     What a window does not hold to its end
 *         starts  # #     #      #            is the start of the next one.
 *         ends     #     #      #    #
 *         solid   # ### #  ####  ##    ##
 */
#ifndef SENTIMENT_WINDOWS_H
#define SENTIMENT_WINDOWS_H

#include "internal.h"

static inline uint64_t gsi_lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

static inline uint64_t gsi_highest(uint64_t mask)
{
    return 63 ^ (unsigned)__builtin_clzll(mask);
}

struct gsi_window {
    size_t at; /* into the text */
    uint64_t starts;
    uint64_t ends; /* behind the last byte */
    uint64_t solid;
    uint64_t punctuation;
    uint64_t space;
    uint64_t used; /* bytes of tokens that end here, or of none; those behind are read again */
};

/* More than two characters? Of UTF-8, the first eight bytes can tell. */
static inline bool gsi_is_long(const char *bytes, size_t len)
{
    uint64_t prefix = gsi_prefix_of(bytes, len);
    uint64_t more = prefix & ~(prefix << 1) & UINT64_C(0x8080808080808080);
    return len - (size_t)__builtin_popcountll(more) > 2;
}

/* Bits of tokens that have punctuation at an end and perhaps at most two other characters, or no
 * other ones: all of these, and as few others as can be told at once. */
static inline uint64_t gsi_few(const struct gsi_window *window, bool is_ascii)
{
    uint64_t solid = window->solid, punctuation = window->punctuation;
    /* One or two solid bytes with punctuation at one side: only few are a whole token, but all
     * short ASCII tokens that have both are among them. */
    uint64_t second = solid >> 1, third = solid >> 2;
    uint64_t few = solid & ~(solid << 1) & ~(second & third);
    few &= punctuation << 1 | punctuation >> 1 | punctuation >> 2;
    /* Punctuation that a token starts with: a carry runs through it, and to the end of the token if
     * it is nothing else. */
    few |= (punctuation + (window->starts & punctuation)) & window->ends;
    if (!is_ascii) /* characters are of any length: all tokens with punctuation at an end */
        few = (punctuation & window->starts) << 1 | (punctuation & window->ends >> 1);
    return few;
}

/* The token of a bit of these; false if it belongs to the next window. */
struct gsi_bounds {
    uint64_t start; /* the bit of its first byte */
    uint64_t end;   /* of the byte behind it */
    uint64_t first; /* its own bytes, without punctuation around them; how many, 0 if none */
    uint64_t len;
};
static inline bool gsi_bounds_of(const struct gsi_window *window, uint64_t bit,
                                 struct gsi_bounds *bounds)
{
    uint64_t until = window->ends & -bit;
    if (!until)
        return false;
    bounds->end = until & -until;
    bounds->start = UINT64_C(1) << gsi_highest(window->starts & (bounds->end - 1));
    uint64_t own = window->solid & (bounds->end - bounds->start);
    bounds->first = own ? gsi_lowest(own) : 0;
    bounds->len = own ? gsi_highest(own) + 1 - bounds->first : 0;
    return true;
}

/* Are these at most two characters? The original keeps the punctuation around them then. */
static inline bool gsi_is_few(const struct gsi_text *text, const struct gsi_window *window,
                              const struct gsi_bounds *token, bool is_ascii)
{
    return is_ascii ? token->len <= 2
                    : !gsi_is_long(text->folded + window->at + token->first, token->len);
}

/* Punctuation behind a word that may join it to something: not the apostrophe of "don't", nor what
 * stands alone at the end of a token. */
static inline uint64_t gsi_joints(const struct gsi_window *window, uint64_t apostrophes)
{
    return window->punctuation & window->solid << 1 & ~window->space >> 1 & ~apostrophes;
}

/* mend_tokens.c, for vader+. Tokens within what has no space in it get their ends. joints: as
 * gsi_joints gives them. */
void gsi_split_joined(const struct gsi_text *text, struct gsi_window *window, uint64_t joints);
/* Which bytes belong to tokens: without the punctuation around words, with that of emoticons. few:
 * as gsi_few gives it. */
uint64_t gsi_keep_signs(const struct gsi_text *text, const struct gsi_window *window, bool is_ascii,
                        uint64_t few);
/* "goooood" becomes "good" in folded, if that is a word; returns solid without what is gone. three:
 * the first bits of three equal bytes in a token. */
uint64_t gsi_shorten(const struct gsi_text *text, const struct gsi_window *window, uint64_t solid,
                     uint64_t three);

#endif
