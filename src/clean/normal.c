/* normal.c -- the normal form, and what only the raw text can tell, point by point.
 *
 * How to read it fast is in block.c; both leave the same form. */
#include "normal.h"

struct gsi_shape gsi_shape_make(uint32_t point)
{
    struct gsi_point made = gsi_point_of(point);
    char bytes[GS_TEXT_POINT_BYTES_MAX] = {0};
    bool is_letter = made.kind == GSI_POINT_LETTER || made.kind == GSI_POINT_SINGLE;
    /* Emoji are made with these two. */
    bool is_counted = made.kind == GSI_POINT_MARK ||
                      (made.kind == GSI_POINT_INVISIBLE && point != 0x200D && point != 0xFE0F);
    if (made.kind == GSI_POINT_SPACE)
        made.folded = ' ';
    struct gsi_shape shape = {
        .len = (uint8_t)gs_text_put(made.folded, bytes),
        .scripts = (uint16_t)(is_letter ? 1u << made.script : 0),
        .flags = (uint8_t)(made.kind | (is_letter && made.was_capital ? GSI_CAPITAL : 0) |
                           (made.repeated ? GSI_REPEATED : 0) | (is_counted ? GSI_COUNTED : 0) |
                           (made.folded != point ? GSI_FOLDED : 0)),
    };
    memcpy(&shape.bytes, bytes, sizeof shape.bytes);
    shape.bytes = le32toh(shape.bytes);
    return shape;
}

void gsi_normal_widen(struct gsi_writer *w)
{
    struct gs_clean_scratch *scratch = w->scratch;
    size_t bytes = (3 * (size_t)w->raw_len / 64 + 2) * sizeof(uint64_t);
    if (scratch->is_wide)
        return;
    scratch->is_wide = true;
    memset(scratch->breaks, 0, bytes);
    memset(scratch->splits, 0, bytes);
}

static void mark(uint64_t *bits, size_t at, size_t count)
{
    for (; count > 0; at++, count--)
        bits[at / 64] |= UINT64_C(1) << (at & 63);
}

static size_t written(const struct gsi_writer *w)
{
    return (size_t)(w->out - w->scratch->normal);
}

/* The last point once more. False if it is left out. */
static bool repeat(struct gsi_writer *w)
{
    if (w->last == ' ')
        return false;
    w->run++;
    w->run_longest = GS_MAX(w->run_longest, w->run);
    return w->run <= 2;
}

/* False if the point is left out. */
static bool put(struct gsi_writer *w, uint32_t bytes, size_t len)
{
    if (bytes == w->last) {
        if (!repeat(w))
            return false;
    } else {
        w->run = 1;
        w->last = bytes;
    }
    if (GS_UNLIKELY(w->scratch->map))
        for (size_t i = 0; i < len; i++)
            w->scratch->map[written(w) + i] = w->from;
    bytes = htole32(bytes);
    memcpy(w->out, &bytes, sizeof bytes);
    w->out += len;
    return true;
}

static void put_ascii(struct gsi_writer *w, unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        c |= 0x20;
        w->features->capitals++;
    }
    put(w, c <= ' ' || c == 0x7F ? ' ' : c, 1);
}

static void put_wide(struct gsi_writer *w, struct gsi_shape shape)
{
    struct gs_clean_scratch *scratch = w->scratch;
    uint32_t kind = shape.flags & GSI_KIND;
    w->features->scripts |= shape.scripts;
    w->features->capitals += (shape.flags & GSI_CAPITAL) != 0;
    w->features->marks += (shape.flags & GSI_COUNTED) != 0;
    w->features->emoji += kind == GSI_POINT_EMOJI;
    if (kind == GSI_POINT_INVISIBLE)
        return;
    for (int i = 0; i <= (shape.flags & GSI_REPEATED ? 2 : 0); i++) {
        size_t at = written(w);
        bool is_kept = put(w, shape.bytes, shape.len);
        if (kind == GSI_POINT_EMOJI)
            w->run_emoji = GS_MAX(w->run_emoji, w->run);
        if (!is_kept)
            continue;
        if (shape.len > 1 && (kind == GSI_POINT_BREAK || kind == GSI_POINT_EMOJI))
            mark(scratch->breaks, at, shape.len);
        if (kind == GSI_POINT_SINGLE) {
            mark(scratch->splits, at, 1);
            mark(scratch->splits, at + shape.len, 1);
        }
    }
}

/* Points that begin before `until`. */
static const char *put_points(struct gsi_writer *w, const char *at, const char *until,
                              const char *end)
{
    while (at < until) {
        const char *begin = at;
        if ((unsigned char)*at < 0x80) {
            put_ascii(w, (unsigned char)*at++);
        } else {
            gsi_normal_widen(w);
            put_wide(w, gsi_shape_of(w->scratch, gs_text_next_wide(&at, end)));
        }
        w->from += (uint32_t)(at - begin);
    }
    return at;
}

static size_t put_block(struct gsi_writer *w, const char *at, const char *begin, const char *end)
{
#ifdef GSI_NORMAL_BLOCKS
    if (GS_LIKELY(!w->scratch->map))
        return gsi_normal_put_block(w, at, begin, end);
#endif
    (void)w, (void)at, (void)begin, (void)end;
    return 0;
}

void gsi_normal_make(struct gs_clean_scratch *scratch, struct gs_str raw,
                     struct gs_clean_features *features)
{
    struct gsi_writer w = {.scratch = scratch,
                           .features = features,
                           .raw_len = raw.len,
                           .out = scratch->normal,
                           .last = ' ', /* so that no space begins the form */
                           .run_longest = raw.len > 0};
    const char *at = raw.data, *end = raw.data + raw.len;
    scratch->is_wide = false;
    while (at < end) {
        size_t count = put_block(&w, at, raw.data, end);
        at = count ? at + count : put_points(&w, at, at + GS_MIN(end - at, GS_TEXT_BLOCK), end);
    }
    if (w.out > scratch->normal && w.out[-1] == ' ')
        w.out--;
    scratch->normal_len = (uint32_t)written(&w);
    memset(w.out, 0, GSI_PAD_BYTES);
    features->run_longest = w.run_longest;
    features->run_is_emoji = w.run_emoji > 0 && w.run_emoji == w.run_longest;
}
