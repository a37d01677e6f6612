/* point.c -- what a code point beyond ASCII is, and what it folds to.
 *
 * Not all of NFKC: only letters that are dressed up as others, with which spam hides from lists of
 * words. What has no table here stays as it is. */
#include "internal.h"

struct range {
    uint32_t first;
    uint32_t last;
    uint8_t value;
};

static uint8_t look_up(const struct range *table, size_t count, uint32_t point, uint8_t otherwise)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && point >= table[low].first ? table[low].value : otherwise;
}

/* Whatever is in none of these is a letter. */
static const struct range kinds[] = {
    {0x80, 0x84, GSI_POINT_INVISIBLE},     {0x85, 0x85, GSI_POINT_SPACE},
    {0x86, 0x9F, GSI_POINT_INVISIBLE},     {0xA0, 0xA0, GSI_POINT_SPACE},
    {0xA1, 0xA8, GSI_POINT_BREAK},         {0xA9, 0xA9, GSI_POINT_EMOJI},
    {0xAB, 0xAC, GSI_POINT_BREAK},         {0xAD, 0xAD, GSI_POINT_INVISIBLE},
    {0xAE, 0xAE, GSI_POINT_EMOJI},         {0xAF, 0xB1, GSI_POINT_BREAK},
    {0xB4, 0xB4, GSI_POINT_BREAK},         {0xB6, 0xB8, GSI_POINT_BREAK},
    {0xBB, 0xBF, GSI_POINT_BREAK},         {0xD7, 0xD7, GSI_POINT_BREAK},
    {0xF7, 0xF7, GSI_POINT_BREAK},         {0x300, 0x34E, GSI_POINT_MARK},
    {0x34F, 0x34F, GSI_POINT_INVISIBLE},   {0x350, 0x36F, GSI_POINT_MARK},
    {0x37E, 0x37E, GSI_POINT_BREAK},       {0x387, 0x387, GSI_POINT_BREAK},
    {0x589, 0x58A, GSI_POINT_BREAK},       {0x5BE, 0x5BE, GSI_POINT_BREAK},
    {0x5F3, 0x5F4, GSI_POINT_BREAK},       {0x60C, 0x60D, GSI_POINT_BREAK},
    {0x61B, 0x61B, GSI_POINT_BREAK},       {0x61C, 0x61C, GSI_POINT_INVISIBLE},
    {0x61E, 0x61F, GSI_POINT_BREAK},       {0x66A, 0x66D, GSI_POINT_BREAK},
    {0x6D4, 0x6D4, GSI_POINT_BREAK},       {0x964, 0x965, GSI_POINT_BREAK},
    {0xE01, 0xE30, GSI_POINT_SINGLE},      {0xE32, 0xE33, GSI_POINT_SINGLE},
    {0xE40, 0xE46, GSI_POINT_SINGLE},      {0xE81, 0xEB0, GSI_POINT_SINGLE},
    {0x1000, 0x102A, GSI_POINT_SINGLE},    {0x115F, 0x1160, GSI_POINT_SPACE},
    {0x1680, 0x1680, GSI_POINT_SPACE},     {0x1780, 0x17B3, GSI_POINT_SINGLE},
    {0x180B, 0x180E, GSI_POINT_INVISIBLE}, {0x2000, 0x200A, GSI_POINT_SPACE},
    {0x200B, 0x200F, GSI_POINT_INVISIBLE}, {0x2010, 0x2027, GSI_POINT_BREAK},
    {0x2028, 0x2029, GSI_POINT_SPACE},     {0x202A, 0x202E, GSI_POINT_INVISIBLE},
    {0x202F, 0x202F, GSI_POINT_SPACE},     {0x2030, 0x205E, GSI_POINT_BREAK},
    {0x205F, 0x205F, GSI_POINT_SPACE},     {0x2060, 0x206F, GSI_POINT_INVISIBLE},
    {0x20A0, 0x20CF, GSI_POINT_BREAK},     {0x20D0, 0x20FF, GSI_POINT_INVISIBLE},
    {0x2122, 0x2122, GSI_POINT_EMOJI},     {0x2139, 0x2139, GSI_POINT_EMOJI},
    {0x2190, 0x23FF, GSI_POINT_EMOJI},     {0x2400, 0x245F, GSI_POINT_BREAK},
    {0x2500, 0x259F, GSI_POINT_BREAK},     {0x25A0, 0x27BF, GSI_POINT_EMOJI},
    {0x27C0, 0x28FF, GSI_POINT_BREAK},     {0x2900, 0x297F, GSI_POINT_EMOJI},
    {0x2980, 0x2AFF, GSI_POINT_BREAK},     {0x2B00, 0x2BFF, GSI_POINT_EMOJI},
    {0x2E00, 0x2E7F, GSI_POINT_BREAK},     {0x2E80, 0x2FDF, GSI_POINT_SINGLE},
    {0x3000, 0x3000, GSI_POINT_SPACE},     {0x3001, 0x3004, GSI_POINT_BREAK},
    {0x3005, 0x3007, GSI_POINT_SINGLE},    {0x3008, 0x302F, GSI_POINT_BREAK},
    {0x3030, 0x3030, GSI_POINT_EMOJI},     {0x3031, 0x303C, GSI_POINT_SINGLE},
    {0x303D, 0x303D, GSI_POINT_EMOJI},     {0x3041, 0x3096, GSI_POINT_SINGLE},
    {0x3099, 0x309A, GSI_POINT_MARK},      {0x309B, 0x309C, GSI_POINT_BREAK},
    {0x309D, 0x309F, GSI_POINT_SINGLE},    {0x30A0, 0x30A0, GSI_POINT_BREAK},
    {0x30A1, 0x30FA, GSI_POINT_SINGLE},    {0x30FB, 0x30FB, GSI_POINT_BREAK},
    {0x30FC, 0x312F, GSI_POINT_SINGLE},    {0x3164, 0x3164, GSI_POINT_SPACE},
    {0x3190, 0x4DBF, GSI_POINT_SINGLE},    {0x4DC0, 0x4DFF, GSI_POINT_BREAK},
    {0x4E00, 0x9FFF, GSI_POINT_SINGLE},    {0xE000, 0xF8FF, GSI_POINT_BREAK},
    {0xF900, 0xFAFF, GSI_POINT_SINGLE},    {0xFE00, 0xFE0F, GSI_POINT_INVISIBLE},
    {0xFE10, 0xFE6F, GSI_POINT_BREAK},     {0xFEFF, 0xFEFF, GSI_POINT_INVISIBLE},
    {0xFF5F, 0xFF65, GSI_POINT_BREAK},     {0xFF66, 0xFF9F, GSI_POINT_SINGLE},
    {0xFFA0, 0xFFA0, GSI_POINT_SPACE},     {0xFFE0, 0xFFFF, GSI_POINT_BREAK},
    {0x1F000, 0x1FAFF, GSI_POINT_EMOJI},   {0x1FB00, 0x1FBFF, GSI_POINT_BREAK},
    {0x20000, 0x3FFFF, GSI_POINT_SINGLE},  {0xE0000, 0xE0FFF, GSI_POINT_INVISIBLE},
    {0xF0000, 0x10FFFF, GSI_POINT_BREAK},
};

static const struct range scripts[] = {
    {0x80, 0x24F, GS_SCRIPT_LATIN},       {0x370, 0x3FF, GS_SCRIPT_GREEK},
    {0x400, 0x52F, GS_SCRIPT_CYRILLIC},   {0x590, 0x5FF, GS_SCRIPT_HEBREW},
    {0x600, 0x6FF, GS_SCRIPT_ARABIC},     {0x750, 0x77F, GS_SCRIPT_ARABIC},
    {0x8A0, 0x8FF, GS_SCRIPT_ARABIC},     {0x900, 0xDFF, GS_SCRIPT_INDIC},
    {0xE00, 0xE7F, GS_SCRIPT_THAI},       {0x1100, 0x11FF, GS_SCRIPT_HANGUL},
    {0x1C80, 0x1C8F, GS_SCRIPT_CYRILLIC}, {0x1E00, 0x1EFF, GS_SCRIPT_LATIN},
    {0x1F00, 0x1FFF, GS_SCRIPT_GREEK},    {0x2DE0, 0x2DFF, GS_SCRIPT_CYRILLIC},
    {0x2E80, 0x2FDF, GS_SCRIPT_HAN},      {0x3005, 0x3007, GS_SCRIPT_HAN},
    {0x3040, 0x30FF, GS_SCRIPT_KANA},     {0x3130, 0x318F, GS_SCRIPT_HANGUL},
    {0x31F0, 0x31FF, GS_SCRIPT_KANA},     {0x3400, 0x9FFF, GS_SCRIPT_HAN},
    {0xA640, 0xA69F, GS_SCRIPT_CYRILLIC}, {0xA720, 0xA7FF, GS_SCRIPT_LATIN},
    {0xAC00, 0xD7FF, GS_SCRIPT_HANGUL},   {0xF900, 0xFAFF, GS_SCRIPT_HAN},
    {0xFB1D, 0xFB4F, GS_SCRIPT_HEBREW},   {0xFB50, 0xFDFF, GS_SCRIPT_ARABIC},
    {0xFE70, 0xFEFC, GS_SCRIPT_ARABIC},   {0xFF66, 0xFF9F, GS_SCRIPT_KANA},
    {0x20000, 0x3FFFF, GS_SCRIPT_HAN},
};

/* Letters dressed up in alphabets of 26: A to Z begin at `capital`, or a to z at `small`. */
struct alphabet {
    uint32_t first;
    uint32_t last;
    bool is_capital;
};
static const struct alphabet alphabets[] = {
    {0x249C, 0x24B5, false},  /* (a) */
    {0x24B6, 0x24CF, true},   /* in circles */
    {0x24D0, 0x24E9, false},  /* */
    {0x1F110, 0x1F129, true}, /* (A) */
    {0x1F130, 0x1F149, true}, /* in squares */
    {0x1F150, 0x1F169, true}, /* in dark circles */
    {0x1F170, 0x1F189, true}, /* in dark squares */
};

/* The rest of compatibility forms of ASCII that are in use, sorted. */
static const struct {
    uint16_t point;
    char folded;
} singles[] = {
    {0xAA, 'a'},   {0xB2, '2'},    {0xB3, '3'},    {0xB9, '1'},    {0xBA, 'o'},   {0x1D00, 'a'},
    {0x1D04, 'c'}, {0x1D05, 'd'},  {0x1D07, 'e'},  {0x1D0A, 'j'},  {0x1D0B, 'k'}, {0x1D0D, 'm'},
    {0x1D0F, 'o'}, {0x1D18, 'p'},  {0x1D1B, 't'},  {0x1D1C, 'u'},  {0x1D20, 'v'}, {0x1D21, 'w'},
    {0x1D22, 'z'}, {0x2010, '-'},  {0x2011, '-'},  {0x2012, '-'},  {0x2013, '-'}, {0x2014, '-'},
    {0x2015, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201B, '\''}, {0x201C, '"'}, {0x201D, '"'},
    {0x201F, '"'}, {0x2024, '.'},  {0x2032, '\''}, {0x2044, '/'},  {0x2070, '0'}, {0x2071, 'i'},
    {0x2074, '4'}, {0x2075, '5'},  {0x2076, '6'},  {0x2077, '7'},  {0x2078, '8'}, {0x2079, '9'},
    {0x207F, 'n'}, {0x2102, 'c'},  {0x210A, 'g'},  {0x210B, 'h'},  {0x210C, 'h'}, {0x210D, 'h'},
    {0x210E, 'h'}, {0x2110, 'i'},  {0x2111, 'i'},  {0x2112, 'l'},  {0x2113, 'l'}, {0x2115, 'n'},
    {0x2119, 'p'}, {0x211A, 'q'},  {0x211B, 'r'},  {0x211C, 'r'},  {0x211D, 'r'}, {0x2124, 'z'},
    {0x2128, 'z'}, {0x212A, 'k'},  {0x212C, 'b'},  {0x212D, 'c'},  {0x212F, 'e'}, {0x2130, 'e'},
    {0x2131, 'f'}, {0x2133, 'm'},  {0x2134, 'o'},  {0x2139, 'i'},  {0x2145, 'd'}, {0x2146, 'd'},
    {0x2147, 'e'}, {0x2148, 'i'},  {0x2149, 'j'},  {0x2160, 'i'},  {0x2164, 'v'}, {0x2169, 'x'},
    {0x216C, 'l'}, {0x216D, 'c'},  {0x216E, 'd'},  {0x216F, 'm'},  {0xFE52, '.'}, {0xFE5F, '#'},
    {0xFE69, '$'}, {0xFE6B, '@'},
};

static char single_of(uint32_t point)
{
    size_t low = 0, high = GS_COUNT_OF(singles);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (singles[middle].point < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < GS_COUNT_OF(singles) && singles[low].point == point ? singles[low].folded : 0;
}

static char small(uint32_t ascii)
{
    return (char)(ascii >= 'A' && ascii <= 'Z' ? ascii | 0x20 : ascii);
}

/* U+1D400 to U+1D7FF: Latin in fourteen styles, Greek in five, digits in five. */
static char mathematical(uint32_t point, bool *is_capital)
{
    enum { LATIN = 0x1D400, LATIN_END = 0x1D6A4, DIGITS = 0x1D7CE };
    if (point >= DIGITS)
        return (char)('0' + (point - DIGITS) % 10);
    if (point >= LATIN_END)
        return 0;
    uint32_t letter = (point - LATIN) % 52;
    *is_capital = letter < 26;
    return (char)('a' + letter % 26);
}

/* The ASCII that a point stands for, or 0. */
static char plain(uint32_t point, bool *is_capital)
{
    *is_capital = false;
    if (point >= 0xFF01 && point <= 0xFF5E) {
        *is_capital = point >= 0xFF21 && point <= 0xFF3A;
        return small(point - 0xFF01 + '!');
    }
    if (point >= 0x1D400 && point <= 0x1D7FF)
        return mathematical(point, is_capital);
    for (size_t i = 0; point >= alphabets[0].first && i < GS_COUNT_OF(alphabets); i++)
        if (point >= alphabets[i].first && point <= alphabets[i].last) {
            *is_capital = alphabets[i].is_capital;
            return (char)('a' + (point - alphabets[i].first));
        }
    return point < 0x10000 ? single_of(point) : 0;
}

static uint32_t lower(uint32_t point)
{
    enum { CASELESS = 0x0590, GEORGIAN = 0x10A0, AFTER_LATIN = 0x2D30, CYRILLIC_MORE = 0xA640 };
    char bytes[GS_TEXT_POINT_BYTES_MAX], low[3 * GS_TEXT_POINT_BYTES_MAX];
    if ((point >= 0xC0 && point <= 0xDE && point != 0xD7) || (point >= 0x410 && point <= 0x42F))
        return point + 0x20;
    if ((point >= CASELESS && point < GEORGIAN) ||
        (point >= AFTER_LATIN && point < CYRILLIC_MORE) || (point >= 0xAC00 && point < 0xFF00))
        return point;
    if (point == 0x3C2)
        return 0x3C3; /* the final sigma */
    if (point == 0x130)
        return 'i';
    size_t len = gs_text_lower(gs_str_make(bytes, gs_text_put(point, bytes)), low);
    const char *at = low;
    return gs_text_next(&at, low + len);
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'';
}

struct gsi_point gsi_point_of(uint32_t point)
{
    struct gsi_point made = {.folded = point, .script = GS_SCRIPT_LATIN};
    char ascii = plain(point, &made.was_capital);
    if (ascii) {
        made.folded = (unsigned char)ascii;
        made.kind = is_ascii_letter(ascii) ? GSI_POINT_LETTER : GSI_POINT_BREAK;
        return made;
    }
    made.kind = look_up(kinds, GS_COUNT_OF(kinds), point, GSI_POINT_LETTER);
    if (point == 0x2026) { /* an ellipsis is three dots, of which two are kept */
        made.folded = '.';
        made.repeated = 2;
    }
    if (made.kind != GSI_POINT_LETTER && made.kind != GSI_POINT_SINGLE)
        return made;
    made.script = look_up(scripts, GS_COUNT_OF(scripts), point, GS_SCRIPT_OTHER);
    if (made.kind == GSI_POINT_LETTER) {
        made.folded = lower(point);
        made.was_capital = made.folded != point && made.script != GS_SCRIPT_OTHER;
    }
    return made;
}
