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
    uint64_t marks; /* @ # : $ ? */
    uint64_t spaces;
    uint64_t dots;
};

#if defined(__SSSE3__)

/* The only mark of each low half; no byte looks up itself elsewhere. */
#define MARKS _mm_setr_epi8('@', 1, 0, '#', '$', 0, 0, 0, 0, 0, ':', 0, 0, 0, 0, '?')

static uint64_t bits_of(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

static __m128i from_to(__m128i bytes, char first, char count)
{
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - first)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + count)));
}

static struct bits read_block(const char *bytes)
{
    struct bits all = {0, 0, 0, 0, 0};
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i digits = from_to(part, '0', 10);
        __m128i solid = _mm_or_si128(_mm_or_si128(from_to(part, 'a', 26), digits),
                                     _mm_cmpeq_epi8(part, _mm_set1_epi8('\'')));
        solid = _mm_or_si128(solid, part); /* the sign bit says what is beyond ASCII */
        all.solid |= bits_of(solid) << i;
        all.digits |= bits_of(digits) << i;
        all.marks |= bits_of(_mm_cmpeq_epi8(_mm_shuffle_epi8(MARKS, part), part)) << i;
        all.dots |= bits_of(_mm_cmpeq_epi8(part, _mm_set1_epi8('.'))) << i;
        all.spaces |= bits_of(_mm_cmpeq_epi8(part, _mm_set1_epi8(' '))) << i;
    }
    return all;
}

#else

enum { SOLID = 1, DIGIT = 2, MARK = 4, DOT = 8, SPACE = 16 };

static const uint8_t CLASSES[256] = {
    ['a' ... 'z'] = SOLID, ['0' ... '9'] = SOLID | DIGIT,
    ['\''] = SOLID,        [0x80 ... 0xFF] = SOLID,
    ['@'] = MARK,          ['#'] = MARK,
    ['$'] = MARK,          [':'] = MARK,
    ['?'] = MARK,          ['.'] = DOT,
    [' '] = SPACE,
};

static struct bits read_block(const char *bytes)
{
    struct bits all = {0, 0, 0, 0, 0};
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i++) {
        uint64_t class = CLASSES[(unsigned char)bytes[i]];
        all.solid |= (class & 1) << i;
        all.digits |= (class >> 1 & 1) << i;
        all.marks |= (class >> 2 & 1) << i;
        all.dots |= (class >> 3 & 1) << i;
        all.spaces |= (class >> 4 & 1) << i;
    }
    return all;
}

#endif

/* ------------------------------------------------------------------ blocks */

/* Fills the block arrays; true if a link or the like may be somewhere. */
static bool read_blocks(struct gs_clean_scratch *scratch, struct gs_clean_features *features)
{
    uint32_t blocks = (scratch->normal_len + GS_TEXT_BLOCK - 1) / GS_TEXT_BLOCK;
    uint64_t any = 0, digit_before = 0, solid_before = 0, space_before = 0;
    for (uint32_t b = 0; b < blocks; b++) {
        struct bits bits = read_block(scratch->normal + (size_t)b * GS_TEXT_BLOCK);
        if (scratch->is_wide)
            bits.solid &= ~scratch->breaks[b];
        /* A dot between two words, or behind a space ("chan .com"). What follows on a border of
         * blocks is not looked at here. */
        uint64_t dots = (bits.solid << 1 | solid_before) & (bits.solid >> 1 | UINT64_C(1) << 63);
        dots = bits.dots & (dots | bits.spaces << 1 | space_before);
        scratch->solid[b] = bits.solid;
        scratch->digits[b] = bits.digits;
        scratch->marks[b] = bits.marks | dots;
        any |= scratch->marks[b];
        features->digits += (uint32_t)__builtin_popcountll(bits.digits);
        features->digit_runs +=
            (uint32_t)__builtin_popcountll(bits.digits & ~(bits.digits << 1 | digit_before));
        digit_before = bits.digits >> 63;
        solid_before = bits.solid >> 63;
        space_before = bits.spaces >> 63;
    }
    scratch->solid[blocks] = scratch->digits[blocks] = scratch->marks[blocks] = 0;
    return any != 0;
}

/* ------------------------------------------------------------------ words */

/* Starts and ends come in turns; what is open at the end of a block ends in a later one. Returns
 * how many there are. */
static uint32_t find_words(const struct gs_clean_scratch *scratch, struct gsi_place *places)
{
    uint32_t blocks = scratch->normal_len / GS_TEXT_BLOCK + 1, start_count = 0, end_count = 0;
    uint64_t before = 0;
    for (uint32_t b = 0; b < blocks; b++) {
        uint64_t solid = scratch->solid[b], behind = solid << 1 | before;
        uint64_t splits = scratch->is_wide ? scratch->splits[b] : 0;
        uint64_t starts = solid & (~behind | splits), ends = behind & (~solid | splits);
        uint32_t base = b * GS_TEXT_BLOCK;
        before = solid >> 63;
        for (; starts; starts &= starts - 1)
            places[start_count++].at = base + (unsigned)__builtin_ctzll(starts);
        for (; ends; ends &= ends - 1)
            places[end_count++].end = base + (unsigned)__builtin_ctzll(ends);
    }
    return start_count;
}

struct reader {
    const struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    uint32_t count;     /* tokens */
    uint32_t anchors;   /* of them */
    uint32_t next_link; /* where it begins; beyond the text if there is none */
    uint32_t link;      /* which one that is */
    uint32_t skip_to;   /* words before it belong to a link */
};

static inline void add_token(struct reader *reader, const struct gsi_word *word,
                             struct gsi_place place)
{
    struct gs_clean_scratch *scratch = reader->scratch;
    scratch->places[reader->count] = place;
    scratch->tokens[reader->count++] = word ? (uint32_t)(word - reader->rules->words) + 1 : 0;
    reader->anchors |= word ? word->anchors : 0;
}

/* NULL while the phrases are being compiled. */
static const struct gsi_word *symbol_of(const struct gs_clean_rules *rules, uint32_t symbol)
{
    return rules->words ? &rules->words[rules->words_mask + 1 + symbol] : NULL;
}

static void find_link(struct reader *reader)
{
    const struct gs_clean_scratch *scratch = reader->scratch;
    reader->next_link =
        reader->link < scratch->link_count ? scratch->links[reader->link].at : UINT32_MAX;
}

/* Links that begin up to `at`: each takes the place of at least one word. */
static void take_links(struct reader *reader, uint32_t at)
{
    while (reader->next_link <= at) {
        const struct gsi_link *link = &reader->scratch->links[reader->link++];
        add_token(reader, symbol_of(reader->rules, link->symbol),
                  (struct gsi_place){link->at, link->end});
        reader->skip_to = link->end;
        find_link(reader);
    }
}

static struct gsi_place without_quotes(const char *normal, struct gsi_place place)
{
    while (place.at < place.end && normal[place.at] == '\'')
        place.at++;
    while (place.at < place.end && normal[place.end - 1] == '\'')
        place.end--;
    return place;
}

/* Tokens are written over the places that were read already. */
static void read_words(struct reader *reader, uint32_t count, struct gs_clean_features *features)
{
    const struct gs_clean_rules *rules = reader->rules;
    const char *normal = reader->scratch->normal;
    uint32_t words = 0, repeats = 0, repeats_most = 0, last_hash = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct gsi_place place = reader->scratch->places[i];
        if (GS_UNLIKELY(reader->next_link <= place.at))
            take_links(reader, place.at);
        if (GS_UNLIKELY(place.at < reader->skip_to))
            continue;
        if (GS_UNLIKELY(normal[place.at] == '\'' || normal[place.end - 1] == '\''))
            place = without_quotes(normal, place);
        if (GS_UNLIKELY(place.at == place.end))
            continue;
        struct gsi_word_key key = gsi_word_key(normal + place.at, place.end - place.at);
        const struct gsi_word *word = gsi_word_find(rules, normal + place.at, &key);
        if (GS_UNLIKELY(!word && normal[place.at] <= '9' && normal[place.at] >= '0'))
            word = symbol_of(rules, GSI_SYMBOL_NUMBER);
        repeats = key.hash == last_hash ? repeats + 1 : 1;
        last_hash = key.hash;
        repeats_most = GS_MAX(repeats_most, repeats);
        words++;
        add_token(reader, word, place);
    }
    features->words = words;
    features->word_repeats = repeats_most;
}

void gsi_tokens_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                     struct gs_clean_text *text)
{
    struct reader reader = {.rules = rules, .scratch = scratch};
    scratch->link_count = 0;
    if (read_blocks(scratch, &text->features))
        gsi_links_find(rules, scratch, text);
    find_link(&reader);
    read_words(&reader, find_words(scratch, scratch->places), &text->features);
    scratch->token_count = reader.count;
    if (reader.anchors)
        text->found |= gsi_match_lists(rules, scratch, reader.anchors);
    if (text->features.digits >= rules->config.phone_digits &&
        gsi_phone_find(scratch, rules->config.phone_digits, NULL, NULL))
        text->found |= GSI_FOUND_PHONE;
}
