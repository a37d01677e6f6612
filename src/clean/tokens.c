/* tokens.c -- the words of a normal form, by blocks of 64 bytes.
 *
 *      check my chan.com/x now!      solid  11111 11 1111 111 1 111
 *      |     |  |---link--| |        words  starts and ends of runs of solid bytes; a link, a
 *      check my <url>       now      mention, a hashtag or an amount is one word of its own */
#include "internal.h"

#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

struct bits {
    uint64_t solid;
    uint64_t digits;
    uint64_t marks; /* @ # : $ ? . */
    bool has_quotes;
};

#if defined(__SSSE3__)

/* The only mark of each low half; no byte looks up itself elsewhere. */
#define MARKS _mm_setr_epi8('@', 1, 0, '#', '$', 0, 0, 0, 0, 0, ':', 0, 0, 0, '.', '?')

static uint64_t bits_of(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

static __m128i from_to(__m128i bytes, char first, char count)
{
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - first)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + count)));
}

/* count of them are text. */
static inline struct bits read_block(const char *bytes, uint32_t count)
{
    struct bits all = {0, 0, 0, false};
    __m128i quotes = _mm_setzero_si128();
    for (unsigned i = 0; i < GS_TEXT_BLOCK && i < count; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i digits = from_to(part, '0', 10);
        __m128i quote = _mm_cmpeq_epi8(part, _mm_set1_epi8('\''));
        __m128i solid = _mm_or_si128(_mm_or_si128(from_to(part, 'a', 26), digits), quote);
        solid = _mm_or_si128(solid, part); /* the sign bit says what is beyond ASCII */
        quotes = _mm_or_si128(quotes, quote);
        all.solid |= bits_of(solid) << i;
        all.digits |= bits_of(digits) << i;
        all.marks |= bits_of(_mm_cmpeq_epi8(_mm_shuffle_epi8(MARKS, part), part)) << i;
    }
    all.has_quotes = bits_of(quotes) != 0;
    return all;
}

#else

enum { SOLID = 1, DIGIT = 2, MARK = 4, QUOTE = 8 };

static const uint8_t CLASSES[256] = {
    ['a' ... 'z'] = SOLID,  ['0' ... '9'] = SOLID | DIGIT,
    ['\''] = SOLID | QUOTE, [0x80 ... 0xFF] = SOLID,
    ['@'] = MARK,           ['#'] = MARK,
    ['$'] = MARK,           [':'] = MARK,
    ['?'] = MARK,           ['.'] = MARK,
};

static struct bits read_block(const char *bytes, uint32_t count)
{
    struct bits all = {0, 0, 0, false};
    for (unsigned i = 0; i < GS_TEXT_BLOCK && i < count; i++) {
        uint64_t class = CLASSES[(unsigned char)bytes[i]];
        all.solid |= (class & 1) << i;
        all.digits |= (class >> 1 & 1) << i;
        all.marks |= (class >> 2 & 1) << i;
        all.has_quotes |= class >> 3 & 1;
    }
    return all;
}

#endif

/* ------------------------------------------------------------------ blocks */

/* Fills the block arrays; true if a link or the like may be somewhere. */
static bool read_blocks(struct gs_clean_scratch *scratch, struct gs_clean_features *features)
{
    uint32_t len = scratch->normal_len, blocks = (len + GS_TEXT_BLOCK - 1) / GS_TEXT_BLOCK;
    uint64_t marks = 0, digit_before = 0;
    bool has_quotes = false;
    for (uint32_t b = 0; b < blocks; b++) {
        uint32_t base = b * GS_TEXT_BLOCK;
        struct bits bits = read_block(scratch->normal + base, len - base);
        if (scratch->is_wide)
            bits.solid &= ~scratch->breaks[b];
        scratch->solid[b] = bits.solid;
        scratch->digits[b] = bits.digits;
        scratch->marks[b] = bits.marks;
        marks |= bits.marks;
        has_quotes |= bits.has_quotes;
        if (bits.digits) {
            uint64_t first = bits.digits & ~(bits.digits << 1 | digit_before);
            features->digits += (uint32_t)__builtin_popcountll(bits.digits);
            features->digit_runs += (uint32_t)__builtin_popcountll(first);
        }
        digit_before = bits.digits >> 63;
    }
    scratch->solid[blocks] = scratch->digits[blocks] = scratch->marks[blocks] = 0;
    scratch->has_quotes = has_quotes;
    return marks != 0;
}

/* ------------------------------------------------------------------ words */

struct reader {
    const struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    uint32_t next_link; /* where it begins; beyond the text if there is none */
    uint32_t link;      /* which one that is */
    uint32_t skip_to;   /* words before it belong to a link */
};

/* What was read so far; by value, so that it stays in registers. */
struct sum {
    uint32_t tokens;
    uint32_t words;     /* of them */
    uint32_t anchors;   /* of the tokens together */
    uint32_t last_hash; /* of the word before, */
    uint32_t repeats;   /* and how often it was there again */
    uint32_t repeats_most;
};

static inline struct sum add_token(const struct reader *reader, struct sum sum, uint32_t token,
                                   struct gsi_place place)
{
    reader->scratch->places[sum.tokens] = place;
    reader->scratch->tokens[sum.tokens] = token;
    sum.tokens++;
    if (token)
        sum.anchors |= reader->rules->words[token - 1].anchors;
    return sum;
}

/* 0 while the phrases are being compiled. */
static uint32_t symbol_of(const struct gs_clean_rules *rules, uint32_t symbol)
{
    return rules->words ? rules->words_mask + 1 + symbol + 1 : 0;
}

static void find_link(struct reader *reader)
{
    const struct gs_clean_scratch *scratch = reader->scratch;
    reader->next_link =
        reader->link < scratch->link_count ? scratch->links[reader->link].at : UINT32_MAX;
}

/* Links that begin up to `at`: each takes the place of its words. */
static struct sum take_links(struct reader *reader, struct sum sum, uint32_t at)
{
    while (reader->next_link <= at) {
        const struct gsi_link *link = &reader->scratch->links[reader->link++];
        sum = add_token(reader, sum, symbol_of(reader->rules, link->symbol),
                        (struct gsi_place){link->at, link->end});
        reader->skip_to = link->end;
        find_link(reader);
    }
    return sum;
}

static struct gsi_place without_quotes(const char *normal, struct gsi_place place)
{
    while (place.at < place.end && normal[place.at] == '\'')
        place.at++;
    while (place.at < place.end && normal[place.end - 1] == '\'')
        place.end--;
    return place;
}

static inline struct sum count_repeats(struct sum sum, uint32_t hash)
{
    if (GS_UNLIKELY(hash == sum.last_hash)) {
        sum.repeats++;
        sum.repeats_most = GS_MAX(sum.repeats_most, sum.repeats);
    } else {
        sum.repeats = 1;
    }
    sum.last_hash = hash;
    return sum;
}

static inline struct sum take_word(const struct reader *reader, struct sum sum,
                                   struct gsi_place place)
{
    const char *bytes = reader->scratch->normal + place.at;
    struct gsi_word_key key = gsi_word_key(bytes, place.end - place.at);
    uint32_t token = gsi_word_find(reader->rules, bytes, &key);
    if (GS_UNLIKELY(!token && *bytes <= '9' && *bytes >= '0'))
        token = symbol_of(reader->rules, GSI_SYMBOL_NUMBER);
    sum.words++;
    return add_token(reader, count_repeats(sum, key.hash), token, place);
}

/* Where there are links or quotes. False if nothing is left of the word. */
static inline bool take_care(struct reader *reader, struct sum *sum, struct gsi_place *place)
{
    const char *normal = reader->scratch->normal;
    if (GS_UNLIKELY(reader->next_link <= place->at))
        *sum = take_links(reader, *sum, place->at);
    if (place->at < reader->skip_to)
        return false;
    if (GS_UNLIKELY(normal[place->at] == '\'' || normal[place->end - 1] == '\''))
        *place = without_quotes(normal, *place);
    return place->at < place->end;
}

/* Starts and ends come in turns; a word that is open at the end of a block ends in a later one. */
static struct sum read_words(struct reader *reader, bool is_careful)
{
    const struct gs_clean_scratch *scratch = reader->scratch;
    uint32_t blocks = scratch->normal_len / GS_TEXT_BLOCK + 1, open = 0;
    uint64_t before = 0;
    struct sum sum = {0, 0, 0, 0, 0, 0};
    for (uint32_t b = 0; b < blocks; b++) {
        uint64_t solid = scratch->solid[b], behind = solid << 1 | before;
        uint64_t splits = scratch->is_wide ? scratch->splits[b] : 0;
        uint64_t starts = solid & (~behind | splits), ends = behind & (~solid | splits);
        uint32_t base = b * GS_TEXT_BLOCK;
        bool is_open = before;
        while (ends) {
            struct gsi_place place = {open, base + (unsigned)__builtin_ctzll(ends)};
            if (GS_LIKELY(!is_open)) {
                place.at = base + (unsigned)__builtin_ctzll(starts);
                starts &= starts - 1;
            }
            ends &= ends - 1;
            is_open = false;
            if (!is_careful || take_care(reader, &sum, &place))
                sum = take_word(reader, sum, place);
        }
        if (starts)
            open = base + (unsigned)__builtin_ctzll(starts);
        before = solid >> 63;
    }
    return sum;
}

void gsi_tokens_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                     struct gs_clean_text *text)
{
    struct reader reader = {.rules = rules, .scratch = scratch};
    scratch->link_count = 0;
    if (read_blocks(scratch, &text->features))
        gsi_links_find(rules, scratch, text);
    find_link(&reader);
    struct sum sum = read_words(&reader, scratch->has_quotes || scratch->link_count > 0);
    scratch->token_count = sum.tokens;
    text->features.words = sum.words;
    text->features.word_repeats = GS_MAX(sum.repeats_most, (uint32_t)(sum.words > 0));
    if (sum.anchors)
        text->found |= gsi_match_lists(rules, scratch, sum.anchors);
    if (text->features.digits >= rules->config.phone_digits &&
        gsi_phone_find(scratch, rules->config.phone_digits, NULL, NULL))
        text->found |= GSI_FOUND_PHONE;
}
