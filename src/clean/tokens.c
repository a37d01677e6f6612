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
    uint32_t *next;         /* where the next token is written to */
    struct gsi_needs needs; /* of symbols */
    uint32_t careful_from;  /* words from here on may be part of a link, or have quotes around them,
                               or  their places are asked for */
    uint32_t next_link;     /* where it begins; beyond the text if there is none */
    uint32_t link;          /* which one that is */
    uint32_t skip_to;       /* words before it belong to a link */
    uint32_t repeated;      /* how many words there were when a word last followed on itself, */
    uint32_t repeats;       /* and how often it was there by then */
    uint32_t repeats_most;
};

static uint32_t token_count(const struct reader *reader)
{
    return (uint32_t)(reader->next - reader->scratch->tokens);
}

static uint32_t word_count(const struct reader *reader)
{
    return token_count(reader) - reader->link;
}

/* There are none while the phrases are being compiled. */
static void add_symbol(struct reader *reader, uint32_t symbol)
{
    const struct gs_clean_rules *rules = reader->rules;
    uint32_t token = rules->words ? rules->words_mask + 1 + symbol + 1 : 0;
    *reader->next++ = token;
    if (token)
        gsi_needs_add(&reader->needs, &rules->words[token - 1].needs);
}

/* Quotes may be around any word. */
static void find_link(struct reader *reader)
{
    const struct gs_clean_scratch *scratch = reader->scratch;
    bool is_left = reader->link < scratch->link_count;
    reader->next_link = is_left ? scratch->links[reader->link].at : UINT32_MAX;
    bool is_careful = scratch->has_quotes || scratch->map || !reader->rules->words;
    reader->careful_from = is_careful ? 0 : GS_MIN(reader->next_link, reader->careful_from);
}

/* Links that begin up to `at`: each takes the place of its words. */
static void take_links(struct reader *reader, uint32_t at)
{
    while (reader->next_link <= at) {
        const struct gsi_link *link = &reader->scratch->links[reader->link++];
        reader->scratch->places[token_count(reader)] = (struct gsi_place){link->at, link->end};
        add_symbol(reader, link->symbol);
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

static void count_repeat(struct reader *reader)
{
    uint32_t words = word_count(reader);
    reader->repeats = reader->repeated + 1 == words ? reader->repeats + 1 : 2;
    reader->repeats_most = GS_MAX(reader->repeats_most, reader->repeats);
    reader->repeated = words;
}

/* What is left of a word, which may be nothing. */
static struct gsi_place take_care(struct reader *reader, struct gsi_place place)
{
    const char *normal = reader->scratch->normal;
    if (reader->next_link <= place.at)
        take_links(reader, place.at);
    if (place.at < reader->skip_to)
        return (struct gsi_place){0, 0};
    if (normal[place.at] == '\'' || normal[place.end - 1] == '\'')
        place = without_quotes(normal, place);
    reader->scratch->places[token_count(reader)] = place;
    return place;
}

/* The lowest set bit, taken out. */
static inline uint32_t take_bit(uint64_t *bits)
{
    uint32_t bit = (uint32_t)__builtin_ctzll(*bits);
    *bits &= *bits - 1;
    return bit;
}

static inline uint32_t look_up(const struct gs_clean_rules *rules, const char *bytes, uint32_t len,
                               uint32_t *hash)
{
    if (GS_UNLIKELY(len >= 8)) {
        struct gsi_word_key key = gsi_word_key(bytes, len);
        *hash = key.hash;
        return gsi_word_find_long(rules, &key, bytes);
    }
    uint64_t first = gsi_word_first(bytes, len);
    *hash = gsi_word_hash(first, 0, len);
    return gsi_word_find_short(rules, first, *hash);
}

/* Starts and ends come in turns; a word that is open at the end of a block ends in a later one. */
static struct gsi_needs read_words(struct reader *reader)
{
    const struct gs_clean_scratch *scratch = reader->scratch;
    const struct gs_clean_rules *rules = reader->rules;
    const char *const normal = scratch->normal;
    uint32_t blocks = scratch->normal_len / GS_TEXT_BLOCK + 1;
    uint32_t open = 0; /* where a word begins */
    struct gsi_needs needs = {{0, 0, 0}};
    uint64_t before = 0, last_hash = UINT64_MAX; /* no word has that */
    for (uint32_t b = 0; b < blocks; b++) {
        uint64_t solid = scratch->solid[b], behind = solid << 1 | before;
        uint64_t splits = scratch->is_wide ? scratch->splits[b] : 0;
        uint64_t starts = solid & (~behind | splits), ends = behind & (~solid | splits);
        uint32_t base = b * GS_TEXT_BLOCK;
        bool is_open = before;
        for (; ends; is_open = false) {
            if (GS_LIKELY(!is_open))
                open = base + take_bit(&starts);
            struct gsi_place place = {open, base + take_bit(&ends)};
            if (GS_UNLIKELY(place.at >= reader->careful_from)) {
                place = take_care(reader, place);
                if (place.at == place.end)
                    continue;
            }
            const char *bytes = normal + place.at;
            uint32_t hash, token = look_up(rules, bytes, place.end - place.at, &hash);
            if (GS_UNLIKELY(hash == last_hash))
                count_repeat(reader);
            last_hash = hash;
            if (token) {
                *reader->next++ = token;
                gsi_needs_add(&needs, &rules->words[token - 1].needs);
            } else if (GS_UNLIKELY(*bytes >= '0' && *bytes <= '9')) {
                add_symbol(reader, GSI_SYMBOL_NUMBER);
            } else {
                *reader->next++ = 0;
            }
        }
        if (starts)
            open = base + take_bit(&starts);
        before = solid >> 63;
    }
    gsi_needs_add(&needs, &reader->needs);
    return needs;
}

void gsi_tokens_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                     struct gs_clean_text *text)
{
    struct reader reader = {.rules = rules,
                            .scratch = scratch,
                            .next = scratch->tokens,
                            .careful_from = UINT32_MAX,
                            .repeated = UINT32_MAX};
    scratch->link_count = 0;
    if (read_blocks(scratch, &text->features))
        gsi_links_find(rules, scratch, text);
    find_link(&reader);
    uint32_t states = gsi_needs_met(read_words(&reader));
    scratch->token_count = token_count(&reader);
    text->features.words = word_count(&reader);
    text->features.word_repeats = GS_MAX(reader.repeats_most, (uint32_t)(word_count(&reader) > 0));
    if (states)
        text->found |= gsi_match_lists(rules, scratch, states);
    if (text->features.digits >= rules->config.phone_digits &&
        gsi_phone_find(scratch, rules->config.phone_digits, NULL, NULL))
        text->found |= GSI_FOUND_PHONE;
}
