/* expand.c -- emoji become words.
 *
 * A description gets a space before it unless the output ends in one, and none after it: what
 * follows sticks to its last word. That is what the original does; vader+ puts one after it, too.
 */
#include "internal.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    KELVIN_SIGN = 0x212A,
    ZERO_WIDTH_JOINER = 0x200D,
    LAST_SPACE = 0x3000,
    STEP_BYTES = 16,
    /* Room for any description, its spaces, and copies that write in whole steps. */
    SPARE_BYTES = GSI_DESCRIPTION_BYTES_MAX + GSI_COPY_BYTES + 2 + STEP_BYTES
};

/* len may be rounded up to whole steps, so both sides have spare bytes. */
static void copy_steps(char *to, const char *from, size_t len)
{
    for (size_t done = 0; done < len; done += GSI_COPY_BYTES)
        memcpy(to + done, from + done, GSI_COPY_BYTES);
}

static size_t put_plain(uint32_t code_point, char *out)
{
    if (code_point == KELVIN_SIGN)
        code_point = 'K';
    else if (gs_text_is_space(code_point))
        code_point = ' ';
    return gs_text_put(code_point, out);
}

void gsi_expand_description(struct gs_buf *out, struct gs_str text)
{
    const char *at = text.data, *end = text.data + text.len;
    while (at < end) {
        uint32_t code_point = gs_text_next(&at, end);
        char *to = gs_buf_reserve(out, GS_TEXT_POINT_BYTES_MAX);
        out->len += code_point < 0x80 ? gs_text_put(code_point, to) : put_plain(code_point, to);
    }
}

void gsi_special_mark(struct gs_sentiment *s, uint32_t first, uint32_t last)
{
    for (uint32_t point = first; point <= last && point < GSI_SPECIAL_END; point++)
        s->special[point / 64] |= UINT64_C(1) << (point & 63);
}

void gsi_special_mark_all(struct gs_sentiment *s)
{
    gsi_special_mark(s, 0, 0x7F); /* what is no code point, or one in too many bytes */
    gsi_special_mark(s, KELVIN_SIGN, KELVIN_SIGN);
    for (uint32_t point = 0x80; point <= LAST_SPACE; point++)
        if (gs_text_is_space(point))
            gsi_special_mark(s, point, point);
    if (s->mends & GS_MEND_VARIANTS)
        gsi_special_mark(s, ZERO_WIDTH_JOINER, ZERO_WIDTH_JOINER);
    gsi_mend_mark(s);
}

/* ------------------------------------------------------------------ one character */

/* There is room for all of these. They return whether all that they wrote is ASCII, or needs no
 * more care. */

static bool put_emoji(const struct gs_sentiment *s, struct gs_buf *out,
                      const struct gsi_emoji *emoji)
{
    char *to = out->data + out->len;
    bool is_behind_space = out->len == 0 || to[-1] == ' ';
    *to = ' ';
    to += !is_behind_space;
    copy_steps(to, s->descriptions.data + emoji->at, emoji->len);
    out->len += emoji->len + (size_t)!is_behind_space;
    return emoji->is_plain;
}

static bool put_character(struct gs_buf *out, uint32_t code_point)
{
    size_t len = put_plain(code_point, out->data + out->len);
    out->len += len;
    return len == 1;
}

/* An emoji without a description or valence of its own is a word nevertheless. */
static void put_pictograph(struct gs_buf *out, uint32_t code_point)
{
    char *to = out->data + out->len;
    if (out->len > 0 && to[-1] != ' ')
        *to++ = ' ';
    to += gs_text_put(code_point, to);
    *to++ = ' ';
    out->len = (size_t)(to - out->data);
}

/* Behind a space a joiner joins nothing. */
static bool is_idle_joiner(const struct gs_sentiment *s, const struct gs_buf *out,
                           uint32_t code_point)
{
    return code_point == ZERO_WIDTH_JOINER && s->mends & GS_MEND_VARIANTS && out->len > 0 &&
           out->data[out->len - 1] == ' ';
}

bool gsi_is_dropped(uint32_t mends, uint32_t code_point)
{
    return gsi_mend_character(mends, code_point) == 0 ||
           (code_point == ZERO_WIDTH_JOINER && mends & GS_MEND_VARIANTS);
}

/* What is no emoji, with mends. */
static bool put_mended(const struct gs_sentiment *s, struct gs_buf *out, uint32_t code_point)
{
    uint32_t meant = gsi_mend_character(s->mends, code_point);
    if (meant == 0 || is_idle_joiner(s, out, code_point))
        return true;
    if (meant != code_point) {
        out->data[out->len++] = (char)meant;
        return true;
    }
    if (!(s->mends & GS_MEND_EMOJI_SPACE) || !gsi_is_pictograph(code_point))
        return put_character(out, code_point);
    put_pictograph(out, code_point);
    return true;
}

static bool put_special(const struct gs_sentiment *s, struct gs_buf *out, uint32_t code_point)
{
    const struct gsi_emoji *emoji = gsi_emoji_find(s, code_point);
    if (!emoji)
        return s->mends ? put_mended(s, out, code_point) : put_character(out, code_point);
    if (GS_UNLIKELY(emoji->is_dropped) &&
        (code_point != ZERO_WIDTH_JOINER || is_idle_joiner(s, out, code_point)))
        return true;
    bool is_plain = put_emoji(s, out, emoji);
    out->data[out->len] = ' ';
    out->len += (s->mends & GS_MEND_EMOJI_SPACE) != 0;
    return is_plain;
}

/* ------------------------------------------------------------------ a text */

/* Copies a step; returns how many bytes of it, from the first, are ASCII. */
static inline size_t copy_step(char *to, const char *from)
{
#if defined(__SSE2__)
    __m128i part = _mm_loadu_si128((const __m128i *)(const void *)from);
    unsigned wide = (unsigned)_mm_movemask_epi8(part);
    _mm_storeu_si128((__m128i *)(void *)to, part);
    return (size_t)__builtin_ctz(wide | 1U << STEP_BYTES);
#else
    size_t run = 0;
    memcpy(to, from, STEP_BYTES);
    while (run < STEP_BYTES && (unsigned char)from[run] < 0x80)
        run++;
    return run;
#endif
}

/* Of what is no character, which reads as 0, too. */
static inline bool is_special(const struct gs_sentiment *s, uint32_t code_point)
{
    return code_point >= GSI_SPECIAL_END || s->special[code_point / 64] >> (code_point & 63) & 1;
}

/* Where a text is read. Characters begin before `stop`, from which on a step is readable; the bytes
 * to be read end at `end`. */
struct reader {
    const char *at;
    const char *stop;
    const char *end;
    char tail[2 * STEP_BYTES];
};

/* What is left of the text when the next step might not be readable goes on in a copy with zeros
 * behind it. */
static inline void go_to_tail(struct reader *reader, struct gs_str text)
{
    size_t rest = (size_t)(reader->end - reader->at);
    char *end = reader->tail + STEP_BYTES;
    memset(end, 0, STEP_BYTES);
    if (GS_LIKELY(text.len >= STEP_BYTES))
        memcpy(reader->tail, reader->end - STEP_BYTES, STEP_BYTES);
    else
        memcpy(end - rest, reader->at, rest);
    reader->at = end - rest;
    reader->stop = reader->end = end;
}

/* Returns whether all that it wrote is ASCII. out has room for the rest of the bytes, and to spare,
 * before and afterwards. */
static inline bool expand_part(const struct gs_sentiment *s, struct gs_buf *out,
                               struct reader *reader)
{
    const char *at = reader->at, *stop = reader->stop;
    char *to = out->data + out->len;
    bool is_ascii = true;
    while (at < stop) {
        size_t len = copy_step(to, at);
        at += len;
        to += len;
        if (len == STEP_BYTES) /* the usual way, whose branch others do not disturb */
            continue;
        while (at < stop && (unsigned char)*at >= 0x80) {
            uint32_t code_point = gs_text_read_wide(at, &len);
            if (!is_special(s, code_point)) { /* stays what it is */
                memcpy(to, at, GS_TEXT_POINT_BYTES_MAX);
                to += len;
                at += len;
                is_ascii = false;
                continue;
            }
            out->len = (size_t)(to - out->data);
            if (code_point)
                at += len;
            else
                code_point = gs_text_next(&at, reader->end);
            is_ascii &= put_special(s, out, code_point);
            to = gs_buf_reserve(out, (size_t)(reader->end - at) + SPARE_BYTES);
        }
    }
    out->len = (size_t)(to - out->data);
    reader->at = at;
    return is_ascii;
}

/* From `from` on. Returns whether all that it wrote is ASCII. */
static bool expand_rest(const struct gs_sentiment *s, struct gs_buf *out, struct gs_str text,
                        size_t from)
{
    struct reader reader;
    reader.at = reader.stop = text.data + from;
    reader.end = text.data + text.len;
    if (text.len - from >= STEP_BYTES)
        reader.stop = reader.end - (STEP_BYTES - 1);
    bool is_ascii = expand_part(s, out, &reader);
    go_to_tail(&reader, text);
    is_ascii &= expand_part(s, out, &reader);
    out->len -= (size_t)(reader.at - reader.end); /* zeros behind the text */
    return is_ascii;
}

/* Copies a text up to the first byte that is not ASCII; returns where that is. Its last bytes are
 * read in a whole step, too, if there are so many. */
static inline size_t copy_ascii(char *to, struct gs_str text)
{
    const char *from = text.data;
    size_t last = text.len - STEP_BYTES, run;
    if (text.len < STEP_BYTES)
        return 0;
    for (size_t at = 0; at < last; at += STEP_BYTES)
        if ((run = copy_step(to + at, from + at)) < STEP_BYTES)
            return at + run;
    return last + copy_step(to + last, from + last);
}

struct gs_str gsi_expand(const struct gs_sentiment *s, struct gs_buf *out, struct gs_str text,
                         bool *is_ascii)
{
    out->len = 0;
    size_t run = copy_ascii(gs_buf_reserve(out, text.len + SPARE_BYTES), text);
    out->len = run;
    *is_ascii = run == text.len || expand_rest(s, out, text, run);
    memset(gs_buf_reserve(out, GS_TEXT_BLOCK), ' ', GS_TEXT_BLOCK);
    return gs_str_make(out->data, out->len);
}
