/* mend_tokens.c -- what vader+ sees as a token.
 *
 *   "good,bad"  "nice...but"    two words: between them is punctuation that joins none
 *   "great:)"                   a word and an emoticon
 *   "no!"  "(ok)"               short words, if with their punctuation they are no emoticon
 *   ":)))"  ":D!"               an emoticon, and more of the same
 *   "sooo"  "loooove"           a word, some letters of which are there too often
 */
#include "windows.h"

#define SLOW __attribute__((noinline)) /* keeps what is rare out of what is not */

enum { SIGN_BYTES_MAX = 8, SHORTENED_RUNS_MAX = 3 };

/* What may stand at the end of one word and the start of the next. */
enum joint { NO_JOINT, BETWEEN_WORDS, EYES };
static const uint8_t JOINTS[256] = {
    [','] = BETWEEN_WORDS, [';'] = BETWEEN_WORDS, ['!'] = BETWEEN_WORDS, ['?'] = BETWEEN_WORDS,
    ['/'] = BETWEEN_WORDS, ['('] = BETWEEN_WORDS, [')'] = BETWEEN_WORDS, ['.'] = BETWEEN_WORDS,
    ['"'] = BETWEEN_WORDS, [':'] = EYES,          ['='] = EYES,          ['<'] = EYES,
};

/* How many bytes, at least `least` and two, are the longest beginning of a token that is an
 * emoticon; 0 if none is. */
static uint64_t sign_at(const struct gsi_text *text, size_t at, uint64_t len, uint64_t least)
{
    for (len = GS_MIN(len, (uint64_t)SIGN_BYTES_MAX); len >= GS_MAX(least, (uint64_t)2); len--)
        if (gsi_word_valued(text->sentiment, text->folded + at, len))
            return len;
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Could what stands before `len` be an address of the web or of a person? */
static bool is_address(const char *token, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (token[i] == '.' || token[i] == ':' || token[i] == '@')
            return true;
    return false;
}

/* Punctuation with a word on either side: do they belong together? The run is `bits`, the first
 * of them at `start` in raw, `next` the first bit behind it. */
static bool joins(const char *raw, const struct gsi_window *window, uint64_t bits, uint64_t next)
{
    size_t first = gsi_lowest(bits), behind = gsi_lowest(next);
    for (size_t i = first; i < behind; i++)
        if (JOINTS[(unsigned char)raw[i]] != BETWEEN_WORDS)
            return true;
    if (is_digit(raw[first - 1]) || is_digit(raw[behind]))
        return true;
    if (behind - first == 1) {
        bool is_short = first < 2 || !(window->solid >> (first - 2) & 1);
        if (raw[first] == '.' || (raw[first] == '/' && is_short))
            return true;
    }
    size_t start = gsi_highest(window->starts & (bits - 1));
    return is_address(raw + start, first - start);
}

static void split_sign(const struct gsi_text *text, struct gsi_window *window, uint64_t bit)
{
    uint64_t end = window->ends & -(bit << 1), at = gsi_lowest(bit);
    if (!end || at < 2 || !(window->solid & bit >> 2))
        return;
    end = gsi_lowest(end);
    uint64_t len = sign_at(text, window->at + at, end - at, 2);
    uint64_t rest = (UINT64_C(1) << end) - (bit << len);
    if (len == 0 || window->solid & rest)
        return;
    window->ends |= bit;
    window->starts |= bit;
}

SLOW void gsi_split_joined(const struct gsi_text *text, struct gsi_window *window, uint64_t joints)
{
    const char *raw = text->raw + window->at;
    uint64_t starts = window->starts;
    for (; joints; joints &= joints - 1) {
        uint64_t bit = joints & -joints;
        enum joint joint = JOINTS[(unsigned char)raw[gsi_lowest(bit)]];
        if (joint == EYES)
            split_sign(text, window, bit);
        if (joint != BETWEEN_WORDS)
            continue;
        uint64_t carried = window->punctuation + bit;
        uint64_t run = window->punctuation & ~carried, next = carried & ~window->punctuation;
        if (!(next & window->solid) || joins(raw, window, run, next))
            continue;
        window->space |= run;
        window->punctuation &= ~run;
        window->ends |= bit;
        window->starts |= next;
    }
    if (window->starts != starts && ~window->space >> 63)
        window->used = (UINT64_C(1) << gsi_highest(window->starts)) - 1;
}

/* ------------------------------------------------------------------ at their ends */

SLOW uint64_t gsi_keep_signs(const struct gsi_text *text, const struct gsi_window *window,
                             bool is_ascii, uint64_t few)
{
    uint64_t result = window->solid;
    struct gsi_bounds token;
    for (; few && gsi_bounds_of(window, few & -few, &token); few &= few - 1) {
        if (!gsi_is_few(text, window, &token, is_ascii))
            continue;
        size_t start = gsi_lowest(token.start), end = gsi_lowest(token.end);
        uint64_t least = token.len ? token.first + token.len - start : 2;
        uint64_t len = sign_at(text, window->at + start, end - start, least);
        uint64_t whole = token.end - token.start;
        if (len)
            result = (result & ~whole) | ((token.start << len) - token.start);
        else if (token.len == 0)
            result |= whole;
    }
    return result;
}

/* ------------------------------------------------------------------ letters too many */

/* A copy in which the n-th run of three or more equal letters has one of them if bit n of `single`
 * is set, else two. */
static size_t shorten(struct gs_str word, unsigned single, char *out, unsigned *runs)
{
    size_t count = 0, len = word.len;
    *runs = 0;
    for (size_t i = 0; i < len;) {
        size_t run = 1;
        while (i + run < len && word.data[i + run] == word.data[i])
            run++;
        size_t keep = run < 3 ? run : single >> *runs & 1 ? 1 : 2;
        memset(out + count, word.data[i], keep);
        count += keep;
        *runs += run >= 3;
        i += run;
    }
    return count;
}

static bool is_known(const struct gs_sentiment *s, const char *word, size_t len)
{
    return gsi_filter_has(s, gsi_prefix_of(word, len)) && gsi_word_find(s, word, len);
}

/* How long the word is that was meant, which is then in place of the token; 0 if none is known. */
static size_t shorten_token(const struct gsi_text *text, char *token, size_t len)
{
    char word[GS_TEXT_BLOCK + GSI_WORD_INLINE] = {0};
    if (is_known(text->sentiment, token, len))
        return 0;
    unsigned runs = 0;
    for (unsigned single = 0; single < 1u << GS_MIN(runs, (unsigned)SHORTENED_RUNS_MAX); single++) {
        size_t count = shorten(gs_str_make(token, len), single, word, &runs);
        memset(word + count, 0, sizeof(word) - count);
        if (!is_known(text->sentiment, word, count))
            continue;
        memcpy(token, word, count);
        return count;
    }
    return 0;
}

SLOW uint64_t gsi_shorten(const struct gsi_text *text, const struct gsi_window *window,
                          uint64_t solid, uint64_t three)
{
    struct gsi_bounds token;
    while (three && gsi_bounds_of(window, three & -three, &token)) {
        size_t at = window->at + gsi_lowest(three);
        three &= -token.end;
        char letter = text->folded[at];
        if (letter < 'a' || letter > 'z')
            continue;
        size_t len =
            shorten_token(text, text->folded + window->at + token.first, (size_t)token.len);
        uint64_t first = UINT64_C(1) << token.first;
        if (len)
            solid = (solid & ~(token.end - token.start)) | ((first << len) - first);
    }
    return solid;
}
