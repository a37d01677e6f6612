/* expand.c -- emoji become words.
 *
 * A description gets a space before it unless the output ends in one, and none after it: what
 * follows sticks to its last word. That is what the original does; vader+ puts one after it, too.
 */
#include "internal.h"

enum {
    KELVIN_SIGN = 0x212A,
    ZERO_WIDTH_JOINER = 0x200D,
    /* Room for any description, its spaces, and a copy that writes in whole steps. */
    STEP_BYTES = GSI_DESCRIPTION_BYTES_MAX + GSI_COPY_BYTES + 2
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

/* A run of ASCII; returns how long it is, and leaves room for a step. */
static size_t copy_run(struct gs_buf *out, const char *at, const char *end)
{
    size_t rest = (size_t)(end - at);
    char *to = gs_buf_reserve(out, rest + STEP_BYTES);
    size_t run = gs_text_copy_ascii(gs_str_make(at, rest), to);
    out->len += run;
    return run;
}

/* There is room for a step. Returns whether all that it wrote is ASCII, or needs no more care. */
static bool put_wide(const struct gs_sentiment *s, struct gs_buf *out, uint32_t code_point)
{
    char *to = out->data + out->len;
    const struct gsi_emoji *emoji = gsi_emoji_find(s, code_point);
    if (!emoji) {
        size_t len = put_plain(code_point, to);
        out->len += len;
        return len == 1;
    }
    bool is_behind_space = out->len == 0 || to[-1] == ' ';
    *to = ' ';
    to += !is_behind_space;
    copy_steps(to, s->descriptions.data + emoji->at, emoji->len);
    out->len += emoji->len + (size_t)!is_behind_space;
    return emoji->is_plain;
}

/* An emoji without a description or valence of its own is a word nevertheless. */
static bool put_pictograph(struct gs_buf *out, uint32_t code_point)
{
    char *to = out->data + out->len;
    if (out->len > 0 && to[-1] != ' ')
        *to++ = ' ';
    to += gs_text_put(code_point, to);
    out->len = (size_t)(to - out->data);
    return true;
}

/* The same as put_wide with mends. */
static bool put_mended(const struct gs_sentiment *s, struct gs_buf *out, uint32_t code_point)
{
    uint32_t meant = gsi_mend_character(s->mends, code_point);
    bool has_space = out->len > 0 && out->data[out->len - 1] == ' ';
    if (meant == 0 || (code_point == ZERO_WIDTH_JOINER && has_space && s->mends & GS_MEND_VARIANTS))
        return true;
    bool is_emoji = gsi_emoji_find(s, code_point), is_plain = true;
    if (!is_emoji && meant != code_point) {
        out->data[out->len++] = (char)meant;
        return true;
    }
    if (is_emoji || !(s->mends & GS_MEND_EMOJI_SPACE) || !gsi_is_pictograph(code_point))
        is_plain = put_wide(s, out, code_point);
    else
        is_emoji = put_pictograph(out, code_point);
    if (is_emoji && s->mends & GS_MEND_EMOJI_SPACE)
        out->data[out->len++] = ' ';
    return is_plain;
}

struct gs_str gsi_expand(const struct gs_sentiment *s, struct gs_buf *out, struct gs_str text,
                         bool *is_ascii)
{
    const char *at = text.data, *end = text.data + text.len;
    out->len = 0;
    *is_ascii = true;
    for (;;) {
        at += copy_run(out, at, end);
        if (at == end)
            break;
        uint32_t code_point = gs_text_next(&at, end);
        *is_ascii &= s->mends ? put_mended(s, out, code_point) : put_wide(s, out, code_point);
    }
    memset(gs_buf_reserve(out, GS_TEXT_BLOCK), ' ', GS_TEXT_BLOCK);
    return gs_str_make(out->data, out->len);
}
