/* normal.h -- what the two ways of making a normal form share: point by point (normal.c), and by
 * blocks of 64 bytes (block.c), which leave what is difficult to the former. */
#ifndef CLEAN_NORMAL_H
#define CLEAN_NORMAL_H

#include "internal.h"

struct gsi_writer {
    struct gs_clean_scratch *scratch;
    struct gs_clean_features *features;
    uint32_t raw_len;
    char *out;
    uint32_t last; /* bytes of the folded point before */
    uint32_t run;  /* how often it came one after the other, left out ones too; spaces once */
    uint32_t run_longest;
    uint32_t run_emoji;
    uint32_t from; /* where in the raw text the point at hand begins; only kept for a map */
};

/* Of gsi_shape.flags. */
enum { GSI_KIND = 7, GSI_CAPITAL = 8, GSI_REPEATED = 16, GSI_COUNTED = 32, GSI_FOLDED = 64 };

struct gsi_shape gsi_shape_make(uint32_t point);

/* Points that texts are made of are looked up once. */
static inline struct gsi_shape gsi_shape_of(struct gs_clean_scratch *scratch, uint32_t point)
{
    enum { EMOJI = 0x1F000, EMOJI_END = 0x20000, PLANE = 0x10000 };
    _Static_assert((int)GSI_SHAPES == PLANE + EMOJI_END - EMOJI, "all of both");
    uint32_t at = point < PLANE ? point : point - (EMOJI - PLANE);
    if (GS_UNLIKELY(at >= GSI_SHAPES || (point >= PLANE && at < PLANE)))
        return gsi_shape_make(point);
    struct gsi_shape shape = scratch->shapes[at];
    return GS_LIKELY(shape.len) ? shape : (scratch->shapes[at] = gsi_shape_make(point));
}

/* The first point beyond ASCII. */
void gsi_normal_widen(struct gsi_writer *writer);

#if defined(__SSE4_1__)
#define GSI_NORMAL_BLOCKS
/* Puts the text at `at`, up to 64 bytes of it, and returns how many, or 0 if that is too difficult.
 * begin and end: of the whole text. No map. */
size_t gsi_normal_put_block(struct gsi_writer *writer, const char *at, const char *begin,
                            const char *end);
#endif

#endif
