/* language.c -- tags of languages, and what language a text is in that has none.
 *
 * The script decides, if it is not Latin; else the words that every sentence has, and letters that
 * few languages have. A guess that hangs on one word is none. */
#include "groundswell/text.h"

#include "stop_words.h"

enum {
    BYTES_READ_MAX = 512,
    SURE = 6,   /* so many words ahead, English is not overtaken */
    ENOUGH = 2, /* fewer may be chance */
    TYPOGRAPHIC_APOSTROPHE = 0x2019
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
    {0x0041, 0x005A, NULL}, {0x0061, 0x007A, NULL}, {0x00C0, 0x024F, NULL}, {0x0370, 0x03FF, "el"},
    {0x0400, 0x052F, "ru"}, {0x0530, 0x058F, "hy"}, {0x0590, 0x05FF, "he"}, {0x0600, 0x06FF, "ar"},
    {0x0750, 0x077F, "ar"}, {0x0900, 0x097F, "hi"}, {0x0980, 0x09FF, "bn"}, {0x0A00, 0x0A7F, "pa"},
    {0x0A80, 0x0AFF, "gu"}, {0x0B80, 0x0BFF, "ta"}, {0x0C00, 0x0C7F, "te"}, {0x0C80, 0x0CFF, "kn"},
    {0x0D00, 0x0D7F, "ml"}, {0x0E00, 0x0E7F, "th"}, {0x10A0, 0x10FF, "ka"}, {0x1100, 0x11FF, "ko"},
    {0x1E00, 0x1EFF, NULL}, {0x3040, 0x30FF, "ja"}, {0x3400, 0x4DBF, "zh"}, {0x4E00, 0x9FFF, "zh"},
    {0xAC00, 0xD7AF, "ko"}, {0xFB50, 0xFDFF, "ar"},
};

/* Where a script stands in the table; its length if the character is of none. */
static size_t script_of(uint32_t point)
{
    size_t i = 0;
    while (i < GS_COUNT_OF(SCRIPTS) && point > SCRIPTS[i].last)
        i++;
    return i < GS_COUNT_OF(SCRIPTS) && point >= SCRIPTS[i].first ? i : GS_COUNT_OF(SCRIPTS);
}

/* ------------------------------------------------------------------ words and letters */

struct guess {
    uint32_t script_bytes[GS_COUNT_OF(SCRIPTS)];
    uint32_t counts[LATIN_LANGUAGES];
    uint64_t word; /* as STOP_WORDS has it */
    uint32_t word_bytes;
    bool has_others; /* letters of another script than Latin */
    int32_t lead;    /* words of English alone, less those of others alone */
    uint64_t last;   /* the word before: "ha ha" says no more than "ha" */
};

static void count(struct guess *guess, uint32_t languages)
{
    guess->lead += languages == EN ? 1 : languages & EN || languages == 0 ? 0 : -1;
    for (; languages; languages &= languages - 1)
        guess->counts[__builtin_ctz(languages)]++;
}

static void add_byte(struct guess *guess, unsigned char byte)
{
    if (guess->word_bytes < STOP_WORD_BYTES_MAX)
        guess->word |= (uint64_t)byte << (56 - 8 * guess->word_bytes);
    guess->word_bytes++;
}

/* Of a word, 0 if it is in no list. */
static uint32_t languages_with(uint64_t word)
{
    uint32_t slot = (uint32_t)(word * STOP_WORD_FACTOR >> STOP_WORD_SHIFT);
    for (; STOP_WORD_SLOTS[slot]; slot = (slot + 1) % GS_COUNT_OF(STOP_WORD_SLOTS)) {
        const struct stop_word *found = &STOP_WORDS[STOP_WORD_SLOTS[slot] - 1];
        if (found->key == word)
            return found->languages;
    }
    return 0;
}

static void end_word(struct guess *guess)
{
    if (guess->word_bytes <= STOP_WORD_BYTES_MAX && guess->word != guess->last)
        count(guess, languages_with(guess->word));
    guess->last = guess->word;
    guess->word = 0;
    guess->word_bytes = 0;
}

/* Letters, and marks, that few of the languages have. */
static uint32_t languages_of(uint32_t point)
{
    switch (point) {
    case 0x00A1: /* inverted ! */
    case 0x00BF: /* inverted ? */
    case 0x00F1: /* n with a tilde */
        return ES;
    case 0x00DF: /* sharp s */
        return DE;
    case 0x00E3: /* a and o with a tilde */
    case 0x00F5:
        return PT;
    case 0x00E5: /* a with a ring */
        return SV | DA;
    case 0x00E6: /* ae, o with a stroke */
    case 0x00F8:
        return DA;
    case 0x011F: /* g with a breve, i without a dot, s with a cedilla */
    case 0x0131:
    case 0x015F:
        return TR;
    case 0x0105: /* a and e with an ogonek, l with a stroke, s and z with an acute or a dot */
    case 0x0119:
    case 0x0142:
    case 0x015B:
    case 0x017A:
    case 0x017C:
        return PL;
    default:
        return 0;
    }
}

static uint32_t lower(uint32_t point)
{
    return point >= 0x00C0 && point <= 0x00DE && point != 0x00D7 ? point + 0x20 : point;
}

static bool is_ascii_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* The first bytes of so many letters as STOP_WORDS has them. */
static uint64_t key_of(const char *letters, size_t count, const char *end)
{
    static const uint64_t KEPT[STOP_WORD_BYTES_MAX + 1] = {0,
                                                           UINT64_C(0xFF00000000000000),
                                                           UINT64_C(0xFFFF000000000000),
                                                           UINT64_C(0xFFFFFF0000000000),
                                                           UINT64_C(0xFFFFFFFF00000000),
                                                           UINT64_C(0xFFFFFFFFFF000000),
                                                           UINT64_C(0xFFFFFFFFFFFF0000),
                                                           UINT64_C(0xFFFFFFFFFFFFFF00),
                                                           UINT64_MAX};
    uint64_t key = 0;
    count = GS_MIN(count, (size_t)STOP_WORD_BYTES_MAX);
    if (end - letters >= STOP_WORD_BYTES_MAX)
        memcpy(&key, letters, sizeof key);
    else
        memcpy(&key, letters, count);
    return (be64toh(key) | UINT64_C(0x2020202020202020)) & KEPT[count];
}

/* Letters in a row, of which there is one. */
static const char *take_letters(struct guess *guess, const char *at, const char *end)
{
    const char *from = at++;
    while (at < end && is_ascii_letter(*at))
        at++;
    size_t count = (size_t)(at - from);
    if (guess->word_bytes < STOP_WORD_BYTES_MAX)
        guess->word |= key_of(from, count, end) >> 8 * guess->word_bytes;
    guess->word_bytes += (uint32_t)count;
    guess->script_bytes[0] += (uint32_t)count;
    return at;
}

static const char *take_ascii(struct guess *guess, const char *at, const char *end)
{
    if (is_ascii_letter(*at))
        return take_letters(guess, at, end);
    if (*at == '\'' && guess->word_bytes)
        add_byte(guess, '\'');
    else if (guess->word_bytes)
        end_word(guess);
    return at + 1;
}

/* bytes: those of the character in the text. */
static void take_wide(struct guess *guess, uint32_t point, uint32_t bytes)
{
    char letter[GS_TEXT_POINT_BYTES_MAX];
    size_t script = script_of(point);
    if (script < GS_COUNT_OF(SCRIPTS))
        guess->script_bytes[script] += bytes;
    point = point == TYPOGRAPHIC_APOSTROPHE ? '\'' : lower(point);
    bool is_latin = script < GS_COUNT_OF(SCRIPTS) && !SCRIPTS[script].language;
    guess->has_others |= script < GS_COUNT_OF(SCRIPTS) && SCRIPTS[script].language;
    if (is_latin || (point == '\'' && guess->word_bytes)) {
        size_t len = gs_text_put(point, letter);
        for (size_t i = 0; i < len; i++)
            add_byte(guess, (unsigned char)letter[i]);
    } else if (guess->word_bytes) {
        end_word(guess);
    }
    count(guess, languages_of(point));
}

/* ------------------------------------------------------------------ the guess */

/* Of those but English that were counted most often. */
static size_t best_other(const struct guess *guess)
{
    size_t best = 1;
    for (size_t i = 2; i < LATIN_LANGUAGES; i++)
        if (guess->counts[i] > guess->counts[best])
            best = i;
    return best;
}

static const char *by_words(const struct guess *guess)
{
    size_t other = best_other(guess);
    uint32_t english = guess->counts[0], count_other = guess->counts[other];
    if (english >= ENOUGH && english > count_other)
        return LANGUAGES[0];
    return count_other >= ENOUGH && count_other > english ? LANGUAGES[other] : NULL;
}

/* In which script other than Latin most of the text is; NULL if it is not. Bytes are compared, for
 * where a character takes three of them it is a syllable or a word. */
static const char *by_script(const struct guess *guess)
{
    uint32_t latin = 0, other = 0, most = 0;
    const char *language = NULL;
    bool has_kana = false;
    if (!guess->has_others)
        return NULL;
    for (size_t i = 0; i < GS_COUNT_OF(SCRIPTS); i++) {
        uint32_t bytes = guess->script_bytes[i];
        *(SCRIPTS[i].language ? &other : &latin) += bytes;
        has_kana = has_kana || (bytes && SCRIPTS[i].first == 0x3040);
        if (SCRIPTS[i].language && bytes > most) {
            most = bytes;
            language = SCRIPTS[i].language;
        }
    }
    if (other == 0 || other < latin)
        return NULL;
    return has_kana && strcmp(language, "zh") == 0 ? "ja" : language;
}

const char *gs_text_guess_language(struct gs_str text)
{
    struct guess guess = {0};
    const char *at = text.data, *end = at + GS_MIN(text.len, (uint32_t)BYTES_READ_MAX);
    while (at < end && guess.lead < SURE) {
        const char *from = at;
        if ((unsigned char)*at < 0x80) {
            at = take_ascii(&guess, at, end);
            continue;
        }
        uint32_t point = gs_text_next_wide(&at, end);
        take_wide(&guess, point, (uint32_t)(at - from));
    }
    if (guess.word_bytes)
        end_word(&guess);
    const char *language = by_script(&guess);
    return language ? language : by_words(&guess);
}
