/* language.c -- tags of languages, and what language a text is in that has none.
 *
 * The script decides, if it is not Latin; else the words that every sentence has, and letters that
 * few languages have. A guess that hangs on one word is none.
 *
 * A text is read in blocks of 64 bytes, in which masks say where words start and end. What has an
 * apostrophe or a byte beyond ASCII in it, from its first letter on, is read character by
 * character.
 */
#include "groundswell/text.h"

#include "stop_words.h"

#define SLOW __attribute__((noinline)) /* keeps what is rare out of what is not */

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    BYTES_READ_MAX = 512,
    SURE = 4,   /* so many words ahead, English is not overtaken */
    ENOUGH = 2, /* fewer may be chance */
    TYPOGRAPHIC_APOSTROPHE = 0x2019,
    FIRST_KANA = 0x3040,
    FIRST_OF_FOUR = 0xF0 /* bytes from here on begin nothing that is shorter */
};

bool gs_text_language_is(struct gs_str lang, const char *primary)
{
    uint32_t i = 0;
    if (gs_str_is_null(lang))
        return false;
    for (; i < lang.len && lang.data[i] != '-' && lang.data[i] != '_'; i++)
        if (primary[i] == 0 || (lang.data[i] | 0x20) != primary[i])
            return false;
    return primary[i] == 0;
}

/* ------------------------------------------------------------------ scripts */

/* In order; each is written in by several languages, of which the most frequent one stands for all
 * that this can tell apart. */
static const struct {
    uint32_t first;
    uint32_t last;
    const char *language; /* NULL: Latin */
} SCRIPTS[] = {
    {0x0041, 0x005A, NULL},     {0x0061, 0x007A, NULL}, {0x00C0, 0x024F, NULL},
    {0x0370, 0x03FF, "el"},     {0x0400, 0x052F, "ru"}, {0x0530, 0x058F, "hy"},
    {0x0590, 0x05FF, "he"},     {0x0600, 0x06FF, "ar"}, {0x0750, 0x077F, "ar"},
    {0x0900, 0x097F, "hi"},     {0x0980, 0x09FF, "bn"}, {0x0A00, 0x0A7F, "pa"},
    {0x0A80, 0x0AFF, "gu"},     {0x0B80, 0x0BFF, "ta"}, {0x0C00, 0x0C7F, "te"},
    {0x0C80, 0x0CFF, "kn"},     {0x0D00, 0x0D7F, "ml"}, {0x0E00, 0x0E7F, "th"},
    {0x10A0, 0x10FF, "ka"},     {0x1100, 0x11FF, "ko"}, {0x1E00, 0x1EFF, NULL},
    {FIRST_KANA, 0x30FF, "ja"}, {0x3400, 0x4DBF, "zh"}, {0x4E00, 0x9FFF, "zh"},
    {0xAC00, 0xD7AF, "ko"},     {0xFB50, 0xFDFF, "ar"},
};

static inline bool is_of(uint32_t point, size_t script)
{
    return point >= SCRIPTS[script].first && point <= SCRIPTS[script].last;
}

/* Where a script stands in the table; its length if the character is of none. */
static size_t script_of(uint32_t point)
{
    size_t i = 0;
    if (point > SCRIPTS[GS_COUNT_OF(SCRIPTS) - 1].last)
        return GS_COUNT_OF(SCRIPTS);
    while (point > SCRIPTS[i].last)
        i++;
    return is_of(point, i) ? i : GS_COUNT_OF(SCRIPTS);
}

/* ------------------------------------------------------------------ words and letters */

enum { LANGUAGES_ALL = (1 << LATIN_LANGUAGES) - 1, OTHERS_ALONE = -0x4000 };

/* What the words say. */
struct words {
    int32_t lead;   /* words of English alone, less words and letters of others alone */
    uint32_t bytes; /* of letters, which are Latin ones */
    uint64_t last;  /* the word before: "ha ha" says no more than "ha" */
    int16_t *next;  /* behind the meanings of all words and letters */
};

struct guess {
    struct words words;
    uint64_t word; /* that is being read by characters, as STOP_WORD_KEYS has it */
    uint32_t word_bytes;
    uint16_t script_bytes[GS_COUNT_OF(SCRIPTS)]; /* other than Latin */
    size_t script;                               /* that of the last such letter; 0: none */
};

/* meaning: as STOP_WORD_MEANINGS has it. */
static inline void note(struct words *words, int32_t meaning)
{
    words->lead += meaning >> 14;
    *words->next++ = (int16_t)meaning;
}

/* Without a branch on what is not rare: every other word is in a list. */
static inline void take_word(struct words *words, uint64_t word, size_t bytes)
{
    uint64_t hash = word * STOP_WORD_FACTOR;
    size_t slot = hash >> STOP_WORD_SLOT_SHIFT & (STOP_WORD_SLOTS - 1);
    slot ^= STOP_WORD_MOVES[hash >> STOP_WORD_GROUP_SHIFT];
    int32_t counts = (STOP_WORD_KEYS[slot] == word) & (bytes <= STOP_WORD_BYTES_MAX);
    if (GS_UNLIKELY(word == words->last))
        return;
    words->last = word;
    note(words, STOP_WORD_MEANINGS[slot] & -counts);
}

/* The first bytes of so many letters as STOP_WORD_KEYS has them; eight bytes can be read. */
static inline uint64_t key_of(const char *letters, size_t count)
{
    uint64_t key;
    memcpy(&key, letters, sizeof(key));
    return (le64toh(key) | UINT64_C(0x2020202020202020)) & gs_text_prefix_masks[count];
}

/* ------------------------------------------------------------------ by blocks */

enum { BLOCK = GS_TEXT_BLOCK };

/* Bit i is byte i of the block. */
struct block {
    uint64_t letters; /* of ASCII */
    uint64_t others;  /* what else may belong to a word: apostrophes, bytes beyond ASCII */
};

static inline size_t lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

static inline bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static inline struct block read_block(const char *bytes)
{
    struct block block = {0};
#if defined(__SSE2__)
    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        /* The small letters are moved to the lowest signed bytes. */
        __m128i small = _mm_or_si128(part, _mm_set1_epi8(0x20));
        __m128i moved = _mm_add_epi8(small, _mm_set1_epi8((char)(0x80 - 'a')));
        __m128i letters = _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + 26)));
        __m128i others = _mm_or_si128(part, _mm_cmpeq_epi8(part, _mm_set1_epi8('\'')));
        block.letters |= (uint64_t)(unsigned)_mm_movemask_epi8(letters) << i;
        block.others |= (uint64_t)(unsigned)_mm_movemask_epi8(others) << i;
    }
#else
    for (unsigned i = 0; i < BLOCK; i++) {
        block.letters |= (uint64_t)is_letter(bytes[i]) << i;
        block.others |= (uint64_t)(bytes[i] == '\'' || (unsigned char)bytes[i] >= 0x80) << i;
    }
#endif
    return block;
}

/* How many bytes of a block there are before a word that has others in it, or is not over when the
 * block is. */
static inline size_t plain_bytes(struct block block)
{
    uint64_t first = block.others | UINT64_C(1) << (BLOCK - 1);
    uint64_t until = first ^ (first - 1); /* that byte and those before it */
    uint64_t gaps = until & ~(block.letters | block.others);
    return gaps ? BLOCK - (unsigned)__builtin_clzll(gaps) : 0;
}

/* Words of nothing but ASCII letters, behind each of which there is another byte in the block. */
static inline void take_plain(struct guess *guess, const char *bytes, uint64_t letters)
{
    struct words words = guess->words;
    uint64_t edges = letters ^ letters << 1; /* a word's first byte, and that behind it */
    while (edges && words.lead < SURE) {
        size_t start = lowest(edges);
        edges &= edges - 1;
        size_t len = lowest(edges) - start;
        edges &= edges - 1;
        words.bytes += (uint32_t)len;
        take_word(&words, key_of(bytes + start, len), len);
    }
    guess->words = words;
}

/* ------------------------------------------------------------------ by characters */

static void add_byte(struct guess *guess, unsigned char byte)
{
    if (guess->word_bytes < STOP_WORD_BYTES_MAX)
        guess->word |= (uint64_t)byte << 8 * guess->word_bytes;
    guess->word_bytes++;
}

static inline void end_word(struct guess *guess)
{
    if (guess->word_bytes == 0)
        return;
    take_word(&guess->words, guess->word, guess->word_bytes);
    guess->word = 0;
    guess->word_bytes = 0;
}

/* Letters, and marks, that few of the languages have; English has none of them. */
static int32_t meaning_of(uint32_t point)
{
    switch (point) {
    case 0x00A1: /* inverted ! */
    case 0x00BF: /* inverted ? */
    case 0x00F1: /* n with a tilde */
        return ES | OTHERS_ALONE;
    case 0x00DF: /* sharp s */
        return DE | OTHERS_ALONE;
    case 0x00E3: /* a and o with a tilde */
    case 0x00F5:
        return PT | OTHERS_ALONE;
    case 0x00E5: /* a with a ring */
        return SV | DA | OTHERS_ALONE;
    case 0x00E6: /* ae, o with a stroke */
    case 0x00F8:
        return DA | OTHERS_ALONE;
    case 0x011F: /* g with a breve, i without a dot, s with a cedilla */
    case 0x0131:
    case 0x015F:
        return TR | OTHERS_ALONE;
    case 0x0105: /* a and e with an ogonek, l with a stroke, s and z with an acute or a dot */
    case 0x0119:
    case 0x0142:
    case 0x015B:
    case 0x017A:
    case 0x017C:
        return PL | OTHERS_ALONE;
    default:
        return 0;
    }
}

static uint32_t lower(uint32_t point)
{
    return point >= 0x00C0 && point <= 0x00DE && point != 0x00D7 ? point + 0x20 : point;
}

/* Letters of ASCII in a row, of which there is one. */
static const char *take_letters(struct guess *guess, const char *at)
{
    const char *from = at++;
    while (is_letter(*at))
        at++;
    size_t count = (size_t)(at - from);
    if (guess->word_bytes < STOP_WORD_BYTES_MAX)
        guess->word |= key_of(from, GS_MIN(count, (size_t)STOP_WORD_BYTES_MAX))
                       << 8 * guess->word_bytes;
    guess->word_bytes += (uint32_t)count;
    guess->words.bytes += (uint32_t)count;
    return at;
}

/* Letters beyond ASCII in a row, of the same script as the last such one, if it was not Latin.
 * There is no word before them: what ends with the first may end all. */
static const char *take_same(struct guess *guess, const char *at)
{
    uint32_t first = SCRIPTS[guess->script].first, span = SCRIPTS[guess->script].last - first;
    const char *from = at;
    size_t len = 0;
    while (gs_text_read_wide(at, &len) - first <= span)
        at += len;
    guess->script_bytes[guess->script] += (uint16_t)(at - from);
    return at;
}

/* A Latin letter, or what is no letter of any script. bytes: those of the character in the text. */
static void take_mark(struct guess *guess, uint32_t point, bool is_latin, uint32_t bytes)
{
    char letter[GS_TEXT_POINT_BYTES_MAX];
    if (is_latin)
        guess->words.bytes += bytes;
    if (is_latin || (point == '\'' && guess->word_bytes)) {
        size_t len = gs_text_put(point, letter);
        for (size_t i = 0; i < len; i++)
            add_byte(guess, (unsigned char)letter[i]);
    } else {
        end_word(guess);
    }
    int32_t meaning = meaning_of(point);
    if (meaning)
        note(&guess->words, meaning);
}

static const char *take_wide(struct guess *guess, const char *at, const char *end)
{
    const char *from = at;
    if (!guess->word_bytes && (at = take_same(guess, at)) > from)
        return at;
    uint32_t point = gs_text_next_wide(&at, end), bytes = (uint32_t)(at - from);
    point = point == TYPOGRAPHIC_APOSTROPHE ? '\'' : lower(point);
    size_t script = script_of(point);
    bool is_letter = script < GS_COUNT_OF(SCRIPTS);
    if (!is_letter || !SCRIPTS[script].language) {
        take_mark(guess, point, is_letter, bytes);
        return at;
    }
    guess->script = script;
    guess->script_bytes[script] += (uint16_t)bytes;
    end_word(guess);
    return at;
}

/* Is it a sign of U+2000 to U+2FFF or beyond U+FFFF, but no apostrophe? These are no letters. */
static bool is_emoji(const char *at)
{
    return (unsigned char)*at >= FIRST_OF_FOUR ||
           (*at == '\xE2' && memcmp(at + 1, "\x80\x99", 2) != 0);
}

/* Of any length, for what is wrong in it is no letter either. */
static const char *skip_emoji(struct guess *guess, const char *at)
{
    end_word(guess);
    do
        at++;
    while ((unsigned char)*at >= 0x80 && (unsigned char)*at < 0xC0);
    return at;
}

/* Words that have others in them, up to a byte behind one of them. A zero byte is behind the text.
 */
static SLOW const char *take_others(struct guess *guess, const char *at, const char *end)
{
    while (guess->words.lead < SURE) {
        unsigned char byte = (unsigned char)*at;
        if (byte >= 0x80) {
            at = is_emoji(at) ? skip_emoji(guess, at) : take_wide(guess, at, end);
        } else if (is_letter(*at)) {
            at = take_letters(guess, at);
        } else if (byte == '\'') {
            if (guess->word_bytes)
                add_byte(guess, byte);
            at++;
        } else if ((unsigned char)at[1] >= 0x80) { /* likely the next word is such a one, too */
            end_word(guess);
            at++;
        } else {
            break;
        }
    }
    end_word(guess);
    return at;
}

/* ------------------------------------------------------------------ the guess */

/* Of those but English that were counted most often. */
static size_t best_other(const uint32_t *counts)
{
    size_t best = 1;
    for (size_t i = 2; i < LATIN_LANGUAGES; i++)
        if (counts[i] > counts[best])
            best = i;
    return best;
}

static const char *by_words(const struct words *words, const int16_t *meaning)
{
    uint32_t counts[LATIN_LANGUAGES] = {0};
    if (words->lead >= ENOUGH) /* so many words ahead of any other language at least */
        return LANGUAGES[0];
    for (; meaning < words->next; meaning++)
        for (unsigned all = *meaning & LANGUAGES_ALL; all; all &= all - 1)
            counts[__builtin_ctz(all)]++;
    size_t other = best_other(counts);
    if (counts[0] >= ENOUGH && counts[0] > counts[other])
        return LANGUAGES[0];
    return counts[other] >= ENOUGH && counts[other] > counts[0] ? LANGUAGES[other] : NULL;
}

/* In which script other than Latin most of the text is; NULL if it is not. Bytes are compared, for
 * where a character takes three of them it is a syllable or a word. */
static const char *by_script(const struct guess *guess)
{
    size_t most = 0;
    uint32_t all = 0;
    bool has_kana = false;
    if (!guess->script)
        return NULL;
    for (size_t i = 0; i < GS_COUNT_OF(SCRIPTS); i++) {
        uint32_t bytes = guess->script_bytes[i];
        all += bytes;
        has_kana |= bytes && SCRIPTS[i].first == FIRST_KANA;
        most = bytes > guess->script_bytes[most] ? i : most;
    }
    if (all < guess->words.bytes)
        return NULL;
    return has_kana && strcmp(SCRIPTS[most].language, "zh") == 0 ? "ja" : SCRIPTS[most].language;
}

/* Takes the words of a block, but the last one if that may go on behind it, and returns where they
 * end. A whole block can be read at `from`. */
static const char *take_block(struct guess *guess, const char *from, const char *end)
{
    struct block block = read_block(from);
    for (;;) {
        size_t plain = plain_bytes(block);
        if (plain)
            take_plain(guess, from, block.letters & UINT64_MAX >> (BLOCK - plain));
        if (plain == BLOCK || (plain && !block.others))
            return from + plain;
        size_t at = (size_t)(take_others(guess, from + plain, end) - from);
        if (at >= BLOCK || guess->words.lead >= SURE)
            return from + at;
        block.letters &= UINT64_MAX << at;
        block.others &= UINT64_MAX << at;
    }
}

const char *gs_text_guess_language(struct gs_str text)
{
    char bytes[BYTES_READ_MAX + BLOCK]; /* so that a whole block can be read anywhere */
    int16_t meanings[BYTES_READ_MAX];   /* each takes a byte at least */
    struct guess guess = {.words.next = meanings};
    size_t len = GS_MIN(text.len, (uint32_t)BYTES_READ_MAX);
    const char *at = bytes, *end = bytes + len;
    if (len)
        memcpy(bytes, text.data, len);
    memset(bytes + len, 0, BLOCK);
    while (at < end && guess.words.lead < SURE)
        at = take_block(&guess, at, end);
    const char *language = by_script(&guess);
    return language ? language : by_words(&guess.words, meanings);
}
