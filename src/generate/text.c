/* text.c -- texts from templates: enough combinations that a text of some length seldom repeats by
 * chance, cheap enough not to be what limits the generator. */
#include "text.h"

static const char *pick(struct gsi_generate_random *random, const struct gsi_generate_parts *parts)
{
    return parts->items[gsi_generate_below(random, parts->count)];
}

/* Most of what is copied is short: without a loop, and without asking how long it is. */
static char *put_copy(char *at, const char *from, size_t length)
{
    memcpy(at, from, GSI_GENERATE_COPY_BYTES);
    if (length > GSI_GENERATE_COPY_BYTES)
        memcpy(at + GSI_GENERATE_COPY_BYTES, from + GSI_GENERATE_COPY_BYTES,
               length - GSI_GENERATE_COPY_BYTES);
    return at + length;
}

static char *put_two(char *at, uint32_t number)
{
    *at++ = (char)('0' + number / 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

static char *put_number(char *at, uint32_t number)
{
    if (number >= 10)
        return put_two(at, number);
    *at++ = (char)('0' + number);
    return at;
}

/* The slots that are alike in all languages and are no lists. */
static char *put_made(struct gsi_generate_random *random, unsigned char slot, char *at)
{
    switch (slot) {
    case 'D':
        *at = (char)('0' + gsi_generate_below(random, 10));
        return at + 1;
    case 'K':
        *at = "abcdefghijklmnopqrstuvwxyz0123456789"[gsi_generate_below(random, 36)];
        return at + 1;
    case 'N':
        return put_number(at, 2 + gsi_generate_below(random, 98));
    case 'T':
        at = put_number(at, gsi_generate_below(random, 40));
        *at++ = ':';
        return put_two(at, gsi_generate_below(random, 60));
    default: /* Y */
        *at++ = '2';
        *at++ = '0';
        return put_two(at, 10 + gsi_generate_below(random, 16));
    }
}

static char *expand(const struct gsi_generate_voice *voice, const char *code, char *at);

static inline char *put_slot(const struct gsi_generate_voice *voice, unsigned char slot, char *at)
{
    const struct gsi_generate_slot *means = &voice->language->slots[slot];
    if (!means->list)
        return put_made(voice->random, slot, at);
    const char *code = pick(voice->random, means->list + voice->by[means->by]);
    if (means->plain)
        return put_copy(at, code + 2, (unsigned char)code[0]);
    return expand(voice, code, at);
}

/* The caller has made room for GSI_GENERATE_TEMPLATE_BYTES_MAX and GSI_GENERATE_COPY_BYTES. */
static char *expand(const struct gsi_generate_voice *voice, const char *code, char *at)
{
    for (;;) {
        size_t length = (unsigned char)code[0];
        unsigned char slot = (unsigned char)code[1];
        at = put_copy(at, code + 2, length);
        if (!slot)
            return at;
        at = put_slot(voice, slot, at);
        code += 2 + length;
    }
}

static void add(const struct gsi_generate_voice *voice, const char *code, struct gs_buf *out)
{
    char *at = gs_buf_reserve(out, GSI_GENERATE_TEMPLATE_BYTES_MAX + GSI_GENERATE_COPY_BYTES);
    out->len += (size_t)(expand(voice, code, at) - at);
    GS_ASSERT(out->len + GSI_GENERATE_COPY_BYTES <= out->capacity);
}

static void add_part(const struct gsi_generate_voice *voice, const struct gsi_generate_parts *parts,
                     struct gs_buf *out)
{
    if (parts->count)
        add(voice, pick(voice->random, parts), out);
}

/* ------------------------------------------------------------------ habits */

/* ASCII only: what is changed must stay UTF-8. */
static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static void to_capitals(struct gs_buf *text)
{
    for (size_t i = 0; i < text->len; i++)
        text->data[i] = (char)(text->data[i] - (is_small(text->data[i]) ? 32 : 0));
}

static void to_small(struct gs_buf *text)
{
    for (size_t i = 0; i < text->len; i++)
        text->data[i] =
            (char)(text->data[i] + (text->data[i] >= 'A' && text->data[i] <= 'Z' ? 32 : 0));
}

/* Makes a gap of count bytes at that place. */
static char *open_gap(struct gs_buf *text, size_t at, size_t count)
{
    gs_buf_reserve(text, count);
    memmove(text->data + at + count, text->data + at, text->len - at);
    text->len += count;
    return text->data + at;
}

/* Two letters in the wrong order. */
static void slip(struct gsi_generate_random *random, struct gs_buf *text)
{
    size_t at = gsi_generate_below(random, (uint32_t)text->len);
    while (at + 1 < text->len && !(is_small(text->data[at]) && is_small(text->data[at + 1])))
        at++;
    if (at + 1 >= text->len)
        return;
    char held = text->data[at];
    text->data[at] = text->data[at + 1];
    text->data[at + 1] = held;
}

/* "sooooo". */
static void lengthen(struct gsi_generate_random *random, struct gs_buf *text)
{
    size_t at = gsi_generate_below(random, (uint32_t)text->len);
    while (at < text->len && !is_vowel(text->data[at]))
        at++;
    if (at == text->len)
        return;
    size_t count = 2 + gsi_generate_below(random, 5);
    char vowel = text->data[at];
    memset(open_gap(text, at, count), vowel, count);
}

static void add_tags(const struct gsi_generate_voice *voice, uint32_t count, struct gs_buf *out)
{
    for (; count > 0; count--) {
        gs_buf_add(out, " ", 1);
        add_part(voice, &voice->texts->common.tags[voice->by[GSI_BY_TOPIC]], out);
    }
}

static void add_tail(const struct gsi_generate_voice *voice, struct gs_buf *out)
{
    uint32_t draw = gsi_generate_below(voice->random, 32);
    if (draw < 3) {
        add_tags(voice, 1 + (draw == 0), out);
    } else if (draw < 7) {
        const char *one = pick(voice->random, &voice->texts->common.emoji[voice->by[GSI_BY_MOOD]]);
        gs_buf_add_text(out, voice->language->gap);
        for (; draw >= 3; draw--)
            add(voice, one, out);
    }
}

/* ------------------------------------------------------------------ sentences */

static bool is_asked(const struct gs_buf *text)
{
    const char *end = text->data + text->len;
    return (text->len >= 1 && end[-1] == '?') || (text->len >= 3 && !memcmp(end - 3, "？", 3)) ||
           (text->len >= 2 && !memcmp(end - 2, "؟", 2));
}

static void add_sentence(const struct gsi_generate_voice *voice, bool opened, bool capital,
                         struct gs_buf *out)
{
    /* Now and then a sentence of another mood: real comments are seldom of one piece. */
    struct gsi_generate_voice own = *voice;
    if (gsi_generate_one_in(voice->random, 8))
        own.by[GSI_BY_MOOD] = GSI_MOOD_NEUTRAL;
    size_t start = out->len;
    if (opened)
        add_part(&own, &voice->language->lists.openers, out);
    add_part(&own, &voice->language->lists.sentences[own.by[GSI_BY_MOOD]], out);
    if (capital && is_small(out->data[start]))
        out->data[start] = (char)(out->data[start] - 32);
    if (!is_asked(out))
        add_part(&own, &voice->language->lists.endings[own.by[GSI_BY_MOOD]], out);
}

/* Returns how many. */
static size_t add_sentences(const struct gsi_generate_voice *voice, uint32_t bytes, bool capital,
                            struct gs_buf *out)
{
    for (size_t count = 1;; count++) {
        bool opened = count == 1 && gsi_generate_one_in(voice->random, 3);
        add_sentence(voice, opened, capital, out);
        /* Half of one more would be nearer to bytes than nothing. */
        if (out->len + out->len / (2 * count) >= bytes)
            return count;
        gs_buf_add_text(out, voice->language->gap);
    }
}

void gsi_generate_prose(const struct gsi_generate_voice *voice, uint32_t bytes, struct gs_buf *out)
{
    out->len = 0;
    add_sentences(voice, bytes, voice->language->latin, out);
    if (gsi_generate_one_in(voice->random, 3))
        add_tags(voice, 2, out);
}

void gsi_generate_sentences(const struct gsi_generate_voice *voice, uint32_t bytes,
                            struct gs_buf *out)
{
    struct gsi_generate_random *random = voice->random;
    bool latin = voice->language->latin;
    uint32_t style = gsi_generate_below(random, 32);
    out->len = 0;
    if (gsi_generate_one_in(random, 16)) {
        add_part(voice, &voice->texts->common.handles, out);
        gs_buf_add(out, " ", 1);
    }
    size_t count = add_sentences(voice, bytes, latin && style >= 16, out);
    if (count == 1 &&
        (voice->language != &voice->texts->languages[GSI_LANGUAGE_ENGLISH] || (style & 1)))
        add_part(voice, &voice->texts->common.details, out);
    add_tail(voice, out);
    if (!latin)
        return;
    if (style == 0)
        to_capitals(out);
    else if (style <= 2)
        slip(random, out);
    else if (style <= 4)
        lengthen(random, out);
}

void gsi_generate_phrase(const struct gsi_generate_voice *voice,
                         const struct gsi_generate_parts *parts, struct gs_buf *out)
{
    out->len = 0;
    add_part(voice, parts, out);
}

/* ------------------------------------------------------------------ disguises */

/* "!" to "~" as their full-width forms, three bytes each; written from the end to the start. */
static void to_full_width(struct gs_buf *text)
{
    size_t more = 0;
    for (size_t i = 0; i < text->len; i++)
        more += text->data[i] >= '!' && text->data[i] <= '~' ? 2 : 0;
    size_t from = text->len;
    gs_buf_reserve(text, more);
    text->len += more;
    for (size_t to = text->len; from > 0;) {
        char c = text->data[--from];
        if (c >= '!' && c <= '~') {
            uint32_t code = 0xFEE0U + (uint32_t)c;
            text->data[--to] = (char)(0x80 | (code & 0x3F));
            text->data[--to] = (char)(0x80 | ((code >> 6) & 0x3F));
            text->data[--to] = (char)(0xE0 | (code >> 12));
        } else {
            text->data[--to] = c;
        }
    }
}

static size_t find_space(struct gsi_generate_random *random, const struct gs_buf *text)
{
    size_t at = gsi_generate_below(random, (uint32_t)text->len);
    while (at < text->len && text->data[at] != ' ')
        at++;
    return at;
}

void gsi_generate_disguise(struct gsi_generate_random *random, struct gs_buf *text)
{
    uint32_t draw = gsi_generate_below(random, 16);
    size_t space = text->len && draw < 5 ? find_space(random, text) : text->len;
    if (draw < 3 && space < text->len)
        memcpy(open_gap(text, space, 3), draw ? "\xE2\x80\x8B" : "\xEF\xBB\xBF", 3);
    else if (draw < 5 && space < text->len)
        memset(open_gap(text, space, 2), ' ', 2);
    else if (draw == 5)
        to_full_width(text);
    else if (draw == 6)
        to_capitals(text);
    else if (draw == 7)
        to_small(text);
}
