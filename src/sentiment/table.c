/* table.c -- the two hash tables: words and emoji. Filled once, then only read. */
#include "internal.h"

uint64_t gsi_word_hash_long(struct gsi_key key, const char *rest, size_t bytes)
{
    return gs_hash64(rest, bytes, key.hash);
}

/* A power of two of at least four times as many: most are then in the first slot looked at. */
static size_t slots_for(size_t capacity)
{
    size_t slots = 64;
    while (slots < 4 * capacity)
        slots *= 2;
    return slots;
}

void gsi_words_reserve(struct gs_sentiment *s, size_t capacity)
{
    size_t slots = slots_for(capacity);
    s->words = gs_calloc(slots, sizeof(*s->words));
    s->words_mask = (uint32_t)(slots - 1);
    s->words_shift = 64 - (unsigned)__builtin_ctzll(slots);
    memset(s->filter_lacks, 0xFF, sizeof(s->filter_lacks));
    for (size_t i = 0; i < GS_COUNT_OF(s->filter_pairs); i++)
        s->filter_pairs[i] = UINT64_C(1) << (i & 63) | UINT64_C(1)
                                                           << ((i + 7 + 13 * (i >> 6)) & 63);
}

struct gsi_word *gsi_word_add(struct gs_sentiment *s, struct gs_str text)
{
    char padded[GSI_WORD_BYTES_MAX + GSI_WORD_INLINE] = {0};
    memcpy(padded, text.data, text.len);
    struct gsi_key key = gsi_key_of(padded, text.len);
    struct gsi_word *word = gsi_word_slot(s, key, padded, text.len);
    if (word->len)
        return word;
    *word = (struct gsi_word){.low = key.low, .high = key.high, .len = (uint16_t)text.len};
    if (text.len > GSI_WORD_INLINE) {
        word->tail = (uint32_t)s->tails.len;
        gs_buf_add(&s->tails, text.data + GSI_WORD_INLINE, text.len - GSI_WORD_INLINE);
    }
    /* key.low is the word's prefix. */
    uint64_t hash = gsi_filter_hash(key.low);
    s->filter_lacks[gsi_filter_word(hash)] &= ~s->filter_pairs[gsi_filter_pair(hash)];
    s->word_bytes_longest = GS_MAX(s->word_bytes_longest, text.len);
    return word;
}

void gsi_emoji_reserve(struct gs_sentiment *s, size_t capacity)
{
    size_t slots = slots_for(capacity);
    s->emoji = gs_calloc(slots, sizeof(*s->emoji));
    s->emoji_mask = (uint32_t)(slots - 1);
    gs_buf_reserve(&s->descriptions, GSI_COPY_BYTES); /* the first one may be empty */
}

static struct gsi_emoji *emoji_slot(const struct gs_sentiment *s, uint32_t code_point)
{
    uint32_t slot = code_point * UINT32_C(0x9E3779B1) >> 12;
    for (;; slot++) {
        struct gsi_emoji *emoji = &s->emoji[slot & s->emoji_mask];
        if (emoji->code_point == code_point || emoji->code_point == 0)
            return emoji;
    }
}

/* An emoji that stays one, with a space at both ends, is a token without punctuation, and is not
 * written in several cases. */
static bool is_plain(const struct gs_sentiment *s, struct gs_str description)
{
    return gs_text_is_ascii(description) ||
           (s->mends & GS_MEND_EMOJI_SPACE && description.len <= GS_TEXT_POINT_BYTES_MAX);
}

void gsi_emoji_add(struct gs_sentiment *s, uint32_t code_point, struct gs_str description)
{
    struct gsi_emoji *emoji = emoji_slot(s, code_point);
    size_t at = s->descriptions.len;
    gsi_expand_description(&s->descriptions, description);
    struct gs_str put = gs_str_make(s->descriptions.data + at, s->descriptions.len - at);
    *emoji = (struct gsi_emoji){.code_point = code_point,
                                .at = (uint32_t)at,
                                .len = (uint16_t)put.len,
                                .is_plain = is_plain(s, put),
                                .is_dropped = gsi_is_dropped(s->mends, code_point)};
    s->emoji_pages[code_point >> 14] |= UINT64_C(1) << (code_point >> 8 & 63);
    gsi_special_mark(s, code_point, code_point);
}

const struct gsi_emoji *gsi_emoji_find(const struct gs_sentiment *s, uint32_t code_point)
{
    if (!(s->emoji_pages[code_point >> 14] >> (code_point >> 8 & 63) & 1))
        return NULL;
    const struct gsi_emoji *emoji = emoji_slot(s, code_point);
    return emoji->code_point ? emoji : NULL;
}
