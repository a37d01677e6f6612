/* text.h -- UTF-8 as Python 3 sees it, and blocks of bytes classified at once.
 *
 * The sentiment scorer has to agree with a Python original to the last digit, so the meaning of
 * "white space", "upper case" and "lower case" here is that of Python's str (Unicode 14 tables).
 * Input may be any bytes: what is not UTF-8 reads as U+FFFD, one per maximal wrong part.
 * Pure: no allocation, no state; any thread. */
#ifndef GROUNDSWELL_TEXT_H
#define GROUNDSWELL_TEXT_H

#include "groundswell/base.h"

/* ------------------------------------------------------------------ code points */

enum { GS_TEXT_REPLACEMENT = 0xFFFD, GS_TEXT_POINT_BYTES_MAX = 4 };

/* gs_text_next for a first byte >= 0x80. */
uint32_t gs_text_next_wide(const char **at, const char *end);

/* The well-formed code point that begins at four readable bytes, of which the first is >= 0x80, and
 * its length; 0 if there is none. */
static inline uint32_t gs_text_read_wide(const char *at, size_t *len)
{
    uint32_t raw, point;
    memcpy(&raw, at, sizeof(raw));
    raw = le32toh(raw);
    if (GS_LIKELY((raw & 0xC0E0) == 0x80C0)) {
        point = (raw & 0x1F) << 6 | (raw >> 8 & 0x3F);
        *len = 2;
        return point >= 0x80 ? point : 0;
    }
    if ((raw & 0xC0C0F0) == 0x8080E0) {
        point = (raw & 0x0F) << 12 | (raw >> 2 & 0xFC0) | (raw >> 16 & 0x3F);
        *len = 3;
        return point >= 0x800 && (point < 0xD800 || point > 0xDFFF) ? point : 0;
    }
    if ((raw & 0xC0C0C0F8) != 0x808080F0)
        return 0;
    point = (raw & 0x07) << 18 | (raw << 4 & 0x3F000) | (raw >> 10 & 0xFC0) | (raw >> 24 & 0x3F);
    *len = 4;
    return point >= 0x10000 && point <= 0x10FFFF ? point : 0;
}

/* The code point at *at, which must be before end; moves *at behind it, by 1 to 4 bytes. */
static inline uint32_t gs_text_next(const char **at, const char *end)
{
    if ((unsigned char)**at < 0x80)
        return (unsigned char)*(*at)++;
    return gs_text_next_wide(at, end);
}

/* Writes code_point as 1 to 4 bytes to out (room for 4) and returns how many. What is no code point
 * (a surrogate, above U+10FFFF) is written as U+FFFD. */
size_t gs_text_put(uint32_t code_point, char *out);

bool gs_text_is_valid(struct gs_str text);

/* How many bytes from the start of text are ASCII. */
size_t gs_text_ascii_run(struct gs_str text);
static inline bool gs_text_is_ascii(struct gs_str text)
{
    return gs_text_ascii_run(text) == text.len;
}

/* ------------------------------------------------------------------ Python's str methods */

bool gs_text_is_space(uint32_t code_point);      /* chr(code_point).isspace() */
struct gs_str gs_text_strip(struct gs_str text); /* text.strip(): a view into text */
/* text.isupper(): a cased character, and none that is lower or title case. */
bool gs_text_is_upper(struct gs_str text);
/* text.lower() with its two special cases, U+0130 and the final sigma. Returns the bytes written;
 * out has room for 3 * text.len bytes and does not overlap text. Linear in text.len. */
size_t gs_text_lower(struct gs_str text, char *out);

/* ------------------------------------------------------------------ languages */

/* Is the primary subtag of a BCP 47 tag this one, which is in lower case? lang in any case, with -
 * or _; an absent one is no language. */
bool gs_text_language_is(struct gs_str lang, const char *primary);

/* In what language a text seems to be: a primary subtag, "en" or another one, valid for ever; NULL
 * if it is too short or undecided. By its script and by the words that every sentence has, of
 * twelve languages in Latin script. Looks at the first 512 bytes; any bytes will do. */
const char *gs_text_guess_language(struct gs_str text);

/* ------------------------------------------------------------------ blocks */

enum { GS_TEXT_BLOCK = 64 };

/* Bit i is byte i of the block. */
struct gs_text_block {
    uint64_t space; /* ASCII white space of Python's str.split() */
    uint64_t solid; /* neither that nor in Python's string.punctuation */
    uint64_t exclamations;
    uint64_t questions;
    uint64_t apostrophes;
};

/* Classifies GS_TEXT_BLOCK bytes and writes them to folded with A-Z as a-z. folded may be bytes. */
void gs_text_read_block(const char *bytes, char *folded, struct gs_text_block *block);

/* By the length of a word that is shorter than a block: its bytes among the first eight, as a
 * number of which the first byte is the lowest. */
extern const uint64_t gs_text_prefix_masks[GS_TEXT_BLOCK];

/* Bit i: byte i is equal to the next one. Reads GS_TEXT_BLOCK + 1 bytes. */
uint64_t gs_text_repeats(const char *bytes);

#endif
