/* mend_text.c -- characters that mean another one, or nothing. */
#include "internal.h"

enum { DROPPED = 0, FULL_WIDTH_FIRST = 0xFF01, FULL_WIDTH_LAST = 0xFF5E };

#define APOSTROPHE GS_MEND_APOSTROPHE
#define TYPOGRAPHY GS_MEND_TYPOGRAPHY
#define VARIANT GS_MEND_VARIANTS

/* In order. */
static const struct meaning {
    uint32_t first;
    uint32_t last;
    uint32_t mend;
    uint32_t meant;
} MEANINGS[] = {
    {0x00A1, 0x00A1, TYPOGRAPHY, ' '},     {0x00AB, 0x00AB, TYPOGRAPHY, '"'},
    {0x00AD, 0x00AD, TYPOGRAPHY, DROPPED}, /* soft hyphen */
    {0x00B4, 0x00B4, APOSTROPHE, '\''},    {0x00BB, 0x00BB, TYPOGRAPHY, '"'},
    {0x00BF, 0x00BF, TYPOGRAPHY, ' '},     {0x02BC, 0x02BC, APOSTROPHE, '\''},
    {0x200B, 0x200B, TYPOGRAPHY, DROPPED}, /* zero-width space */
    {0x2013, 0x2015, TYPOGRAPHY, ' '},     /* dashes */
    {0x2018, 0x2019, APOSTROPHE, '\''},    /* what the keyboards of phones write */
    {0x201B, 0x201B, APOSTROPHE, '\''},    {0x201C, 0x201F, TYPOGRAPHY, '"'},
    {0x2026, 0x2026, TYPOGRAPHY, ' '}, /* three dots: a pause */
    {0x2039, 0x203A, TYPOGRAPHY, '"'},     {0x203C, 0x203C, TYPOGRAPHY, '!'},
    {0x2047, 0x2049, TYPOGRAPHY, '?'},     {0x2060, 0x2060, TYPOGRAPHY, DROPPED}, /* word joiner */
    {0x20E3, 0x20E3, VARIANT, DROPPED},                                           /* keycap */
    {0x2753, 0x2754, TYPOGRAPHY, '?'},     {0x2755, 0x2755, TYPOGRAPHY, '!'},
    {0x2757, 0x2757, TYPOGRAPHY, '!'},     {0x275D, 0x275E, TYPOGRAPHY, '"'},
    {0x3001, 0x3001, TYPOGRAPHY, ','},     {0x3002, 0x3002, TYPOGRAPHY, '.'},
    {0xFE0E, 0xFE0F, VARIANT, DROPPED}, /* as text, as an emoji */
    {0xFEFF, 0xFEFF, TYPOGRAPHY, DROPPED}, {0xFF07, 0xFF07, APOSTROPHE, '\''},
    {0x1F3FB, 0x1F3FF, VARIANT, DROPPED}, /* skin tones */
    {0xE0020, 0xE007F, VARIANT, DROPPED}, /* letters of flags */
};

uint32_t gsi_mend_character(uint32_t mends, uint32_t point)
{
    size_t low = 0, high = GS_COUNT_OF(MEANINGS);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (point > MEANINGS[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < GS_COUNT_OF(MEANINGS) && point >= MEANINGS[low].first && mends & MEANINGS[low].mend)
        return MEANINGS[low].meant;
    if (mends & TYPOGRAPHY && point >= FULL_WIDTH_FIRST && point <= FULL_WIDTH_LAST)
        return point - FULL_WIDTH_FIRST + '!';
    return point;
}

/* Where emoji are, and signs like them. */
static const struct range {
    uint32_t first;
    uint32_t last;
} PICTOGRAPHS[] = {
    {0x1F000, 0x1FAFF}, {0x25A0, 0x27BF}, {0x2300, 0x23FF}, {0x2B00, 0x2BFF}, {0x2190, 0x21FF}};

bool gsi_is_pictograph(uint32_t point)
{
    for (size_t i = 0; i < GS_COUNT_OF(PICTOGRAPHS); i++)
        if (point >= PICTOGRAPHS[i].first && point <= PICTOGRAPHS[i].last)
            return true;
    return false;
}

void gsi_mend_mark(struct gs_sentiment *s)
{
    for (size_t i = 0; i < GS_COUNT_OF(MEANINGS); i++)
        if (s->mends & MEANINGS[i].mend)
            gsi_special_mark(s, MEANINGS[i].first, MEANINGS[i].last);
    if (s->mends & TYPOGRAPHY)
        gsi_special_mark(s, FULL_WIDTH_FIRST, FULL_WIDTH_LAST);
    for (size_t i = 0; i < GS_COUNT_OF(PICTOGRAPHS) && s->mends & GS_MEND_EMOJI_SPACE; i++)
        gsi_special_mark(s, PICTOGRAPHS[i].first, PICTOGRAPHS[i].last);
}
