/* words.c -- the words of a normal form, by blocks of 64 bytes: how many there are, and whether a
 * phrase may be among them.
 *
 *      check my chan.com/x now!      solid  11111 11 1111 111 1 111
 *      |     |  |---link--| |        words  11111 11            111
 *      check my             now
 *
 * Of each word only its first 8 bytes are looked at, which lead to a hint: which phrases the words
 * that begin so may belong to. A hint may be wrong about a word, but never leaves out a phrase. */
#include "internal.h"

#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

/* Classes of the bytes of a normal form. */
enum { LETTER = 0x30, DIGIT = 0x40, QUOTE = 0x80, MARK = 0x07, SOLID = LETTER | DIGIT | QUOTE };

/* ------------------------------------------------------------------ blocks */

static uint64_t without_breaks(const struct gs_clean_scratch *scratch, uint32_t base,
                               uint64_t solid)
{
    return scratch->is_wide ? solid & ~scratch->breaks[base / GS_TEXT_BLOCK] : solid;
}

#if defined(__SSSE3__)

/* A byte's class is what the groups of its low half and those of its high half have in common. Each
 * row has two groups: 2 has ' and # $ . and 3 the digits and : ? and 4 the @ and 6, 7 letters. From
 * 0x80 on there are none. */
#define LOW_HALF                                                                                   \
    _mm_setr_epi8(0x64, 0x70, 0x70, 0x71, 0x71, 0x70, 0x70, (char)0xF0, 0x70, 0x70, 0x32, 0x10,    \
                  0x10, 0x10, 0x11, 0x12)
#define HIGH_HALF _mm_setr_epi8(0, 0, (char)0x81, 0x42, 0x04, 0, 0x10, 0x20, 0, 0, 0, 0, 0, 0, 0, 0)

static uint64_t bits_of(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

struct bits {
    uint64_t solid;
    uint64_t marks; /* and what is solid in ASCII */
    uint64_t digits;
    uint64_t quotes;
};

/* The signs of bytes tell: i is a constant. */
static inline void read_part(const char *block, unsigned i, __m128i *all, struct bits *bits)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + i));
    __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0F));
    __m128i class =
        _mm_and_si128(_mm_shuffle_epi8(LOW_HALF, bytes), _mm_shuffle_epi8(HIGH_HALF, high));
    *all = _mm_or_si128(*all, class);
    bits->quotes |= bits_of(class) << i;
    bits->digits |= bits_of(_mm_slli_epi16(class, 1)) << i;
    bits->marks |= bits_of(_mm_adds_epu8(class, _mm_set1_epi8(0x7F))) << i;
    bits->solid |= bits_of(_mm_or_si128(_mm_adds_epu8(class, _mm_set1_epi8(0x70)), bytes)) << i;
}

/* Returns the classes that there are. Behind the normal form there are zeros. */
static uint32_t read_blocks(struct gs_clean_scratch *scratch)
{
    uint32_t len = scratch->normal_len;
    __m128i all = _mm_setzero_si128();
    for (uint32_t base = 0; base < len; base += GS_TEXT_BLOCK) {
        const char *block = scratch->normal + base;
        struct bits bits = {0, 0, 0, 0};
        read_part(block, 0, &all, &bits);
        if (len - base > 16)
            read_part(block, 16, &all, &bits);
        if (len - base > 32)
            read_part(block, 32, &all, &bits);
        if (len - base > 48)
            read_part(block, 48, &all, &bits);
        scratch->marks[base / GS_TEXT_BLOCK] = bits.marks & ~bits.solid;
        scratch->digits[base / GS_TEXT_BLOCK] = bits.digits;
        scratch->quotes[base / GS_TEXT_BLOCK] = bits.quotes;
        scratch->solid[base / GS_TEXT_BLOCK] = without_breaks(scratch, base, bits.solid);
    }
    all = _mm_or_si128(all, _mm_unpackhi_epi64(all, all));
    uint64_t half = (uint64_t)_mm_cvtsi128_si64(all);
    half |= half >> 32;
    half |= half >> 16;
    return (uint32_t)(half | half >> 8) & 0xFF;
}

#else

static const uint8_t CLASSES[256] = {
    ['a' ... 'z'] = 0x10,
    ['0' ... '9'] = DIGIT,
    ['\''] = QUOTE,
    ['@'] = 1,
    ['#'] = 1,
    ['$'] = 1,
    [':'] = 1,
    ['?'] = 1,
    ['.'] = 1,
};

static uint32_t read_blocks(struct gs_clean_scratch *scratch)
{
    uint32_t len = scratch->normal_len, all = 0;
    for (uint32_t base = 0; base < len; base += GS_TEXT_BLOCK) {
        uint64_t solid = 0, marks = 0, digits = 0, quotes = 0;
        for (uint32_t i = 0; i < GS_TEXT_BLOCK && base + i < len; i++) {
            unsigned char byte = (unsigned char)scratch->normal[base + i];
            uint32_t class = CLASSES[byte];
            all |= class;
            solid |= (uint64_t)((class & SOLID) != 0 || byte >= 0x80) << i;
            marks |= (uint64_t)((class & MARK) != 0) << i;
            digits |= (uint64_t)((class & DIGIT) != 0) << i;
            quotes |= (uint64_t)((class & QUOTE) != 0) << i;
        }
        scratch->marks[base / GS_TEXT_BLOCK] = marks;
        scratch->digits[base / GS_TEXT_BLOCK] = digits;
        scratch->quotes[base / GS_TEXT_BLOCK] = quotes;
        scratch->solid[base / GS_TEXT_BLOCK] = without_breaks(scratch, base, solid);
    }
    return all;
}

#endif

static uint32_t blocks_of(const struct gs_clean_scratch *scratch)
{
    return (scratch->normal_len + GS_TEXT_BLOCK - 1) / GS_TEXT_BLOCK;
}

static void count_digits(const struct gs_clean_scratch *scratch, struct gs_clean_features *features)
{
    uint64_t before = 0;
    for (uint32_t b = 0; b < blocks_of(scratch); b++) {
        uint64_t digits = scratch->digits[b];
        features->digits += (uint32_t)__builtin_popcountll(digits);
        features->digit_runs += (uint32_t)__builtin_popcountll(digits & ~(digits << 1 | before));
        before = digits >> 63;
    }
}

/* ------------------------------------------------------------------ what is in no word */

static void take_out(uint64_t *words, uint32_t at, uint32_t end)
{
    for (uint32_t next; at < end; at = next) {
        next = GS_MIN(end, (at | 63) + 1);
        words[at / 64] &= ~(UINT64_MAX >> (64 - (next - at)) << (at & 63));
    }
}

/* Words that begin in links, to their ends. */
static void take_out_links(struct gs_clean_scratch *scratch)
{
    for (uint32_t i = 0; i < scratch->link_count; i++) {
        uint32_t at = scratch->links[i].at, end = scratch->links[i].end;
        while (at < end && gsi_goes_on(scratch, at))
            at++;
        while (at < end && gsi_goes_on(scratch, end))
            end++;
        take_out(scratch->fewer, at, end);
    }
}

/* Quotes around words, but not those inside. */
static bool is_inner(const struct gs_clean_scratch *scratch, uint32_t quote)
{
    uint32_t before = quote, behind = quote;
    while (scratch->normal[before] == '\'' && gsi_goes_on(scratch, before))
        before--;
    while (scratch->normal[behind] == '\'' && gsi_goes_on(scratch, behind + 1))
        behind++;
    return scratch->normal[before] != '\'' && scratch->normal[behind] != '\'';
}

static void take_out_quotes(struct gs_clean_scratch *scratch)
{
    for (uint32_t b = 0; b < blocks_of(scratch); b++)
        for (uint64_t left = scratch->quotes[b]; left; left &= left - 1)
            if (!is_inner(scratch, b * GS_TEXT_BLOCK + (unsigned)__builtin_ctzll(left)))
                scratch->fewer[b] &= ~(left & -left);
}

static void find_words(struct gs_clean_scratch *scratch, uint32_t classes)
{
    scratch->words = scratch->solid;
    if (scratch->link_count == 0 && !(classes & QUOTE))
        return;
    scratch->words = scratch->fewer;
    for (uint32_t b = 0; b <= blocks_of(scratch); b++)
        scratch->fewer[b] = scratch->solid[b];
    take_out_links(scratch);
    if (classes & QUOTE)
        take_out_quotes(scratch);
}

uint32_t gsi_blocks_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                         struct gs_clean_text *text)
{
    uint32_t blocks = blocks_of(scratch), classes = read_blocks(scratch);
    scratch->solid[blocks] = scratch->marks[blocks] = scratch->digits[blocks] = 0;
    scratch->link_count = 0;
    if (classes & LETTER)
        text->features.scripts |= 1u << GS_SCRIPT_LATIN;
    if (classes & DIGIT)
        count_digits(scratch, &text->features);
    if (classes & MARK)
        gsi_links_find(rules, scratch, text);
    find_words(scratch, classes);
    return classes;
}

/* ------------------------------------------------------------------ words */

struct repeats {
    uint32_t at;  /* how many words there were when one last followed on itself, */
    uint32_t now; /* and how often it was there by then */
    uint32_t most;
};

/* The word before the one that begins there. */
static struct gs_str word_before(const struct gs_clean_scratch *scratch, uint32_t end)
{
    while (!gsi_is_in(scratch->words, end - 1))
        end--;
    uint32_t at = end - 1;
    while (at > 0 && gsi_is_in(scratch->words, at - 1) && gsi_goes_on(scratch, at))
        at--;
    return gs_str_make(scratch->normal + at, end - at);
}

/* A word may be the one before once more: their first 8 bytes are the same. count: of words before
 * it. */
static __attribute__((noinline)) void count_repeat(const struct gs_clean_scratch *scratch,
                                                   struct repeats *repeats, uint32_t count,
                                                   struct gs_str word)
{
    struct gs_str before = word_before(scratch, (uint32_t)(word.data - scratch->normal));
    if (gsi_word_key(before.data, before.len).hash != gsi_word_key(word.data, word.len).hash)
        return;
    repeats->now = repeats->at == count ? repeats->now + 1 : 2;
    repeats->most = GS_MAX(repeats->most, repeats->now);
    repeats->at = count + 1;
}

struct reader {
    struct gsi_needs needs;
    const struct gs_clean_scratch *scratch;
    const struct gsi_hints *hints;
    const struct gsi_needs *needs_of; /* words in hints */
    uint64_t first;                   /* bytes of the word before */
    uint32_t count;
};

static inline void read_word(struct reader *reader, struct repeats *repeats, const char *bytes,
                             uint32_t len, uint64_t first)
{
    if (GS_UNLIKELY(first == reader->first))
        count_repeat(reader->scratch, repeats, reader->count, gs_str_make(bytes, len));
    reader->first = first;
    reader->count++;
    gsi_needs_add(&reader->needs, gsi_hint_find(reader->hints, reader->needs_of, first));
}

/* The lowest set bit, taken out. */
static inline uint32_t take_bit(uint64_t *bits)
{
    uint32_t bit = (uint32_t)__builtin_ctzll(*bits);
    *bits &= *bits - 1;
    return bit;
}

/* Starts and ends come in turns; a word that is open at the end of a block ends in a later one.
 * Adds to needs; returns how many words there are. */
static uint32_t read_words(const struct gs_clean_rules *rules,
                           const struct gs_clean_scratch *scratch, struct repeats *repeats,
                           struct gsi_needs *needs)
{
    const struct gsi_hints *hints = rules->hints;
    struct reader reader = {
        .needs = *needs, .scratch = scratch, .hints = hints, .needs_of = rules->needs};
    const char *block = scratch->normal, *open = block;
    uint32_t blocks = scratch->normal_len / GS_TEXT_BLOCK + 1;
    uint64_t before = 0;
    for (uint32_t b = 0; b < blocks; b++, block += GS_TEXT_BLOCK) {
        uint64_t word = scratch->words[b], behind = word << 1 | before;
        uint64_t splits = scratch->is_wide ? scratch->splits[b] : 0;
        uint64_t starts = word & (~behind | splits), ends = behind & (~word | splits);
        if (before && ends) {
            uint32_t len = (uint32_t)(block - open) + take_bit(&ends);
            read_word(&reader, repeats, open, len, gsi_word_first(open, len));
        }
        while (ends) {
            uint32_t start = take_bit(&starts), len = take_bit(&ends) - start;
            uint64_t first;
            memcpy(&first, block + start, sizeof first);
            read_word(&reader, repeats, block + start, len,
                      le64toh(first) & hints->first_masks[len]);
        }
        if (starts)
            open = block + take_bit(&starts);
        before = word >> 63;
    }
    *needs = reader.needs;
    return reader.count;
}

void gsi_words_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                    struct gs_clean_text *text)
{
    struct gs_clean_features *features = &text->features;
    struct gsi_needs needs = {0};
    struct repeats repeats = {0};
    uint32_t classes = gsi_blocks_read(rules, scratch, text);
    for (uint32_t i = 0; i < scratch->link_count; i++)
        gsi_needs_add(&needs, &rules->symbols[scratch->links[i].symbol]);
    if (classes & DIGIT) /* a number, perhaps */
        gsi_needs_add(&needs, &rules->symbols[GSI_SYMBOL_NUMBER]);
    features->words = read_words(rules, scratch, &repeats, &needs);
    features->word_repeats = GS_MAX(repeats.most, (uint32_t)(features->words > 0));
    uint32_t states = gsi_needs_met(rules, &needs, features->words);
    if (GS_UNLIKELY(states))
        text->found |= gsi_match_lists(rules, scratch, states);
    if (features->digits >= rules->config.phone_digits &&
        gsi_phone_find(scratch, rules->config.phone_digits, NULL, NULL))
        text->found |= GSI_FOUND_PHONE;
}
