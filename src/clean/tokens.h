/* tokens.h -- somebody who is told of each word: explain. */
#ifndef CLEAN_TOKENS_H
#define CLEAN_TOKENS_H

#include "internal.h"

struct gsi_seen {
    const struct gsi_word *word; /* NULL: not in the vocabulary */
    uint32_t at;                 /* in the normal form */
    uint32_t end;
};

struct gsi_observer {
    struct gsi_seen *seen;
    uint32_t count;
    uint32_t capacity;
};

void gsi_observe(struct gsi_observer *observer, const struct gsi_word *word, uint32_t at,
                 uint32_t end);

#endif
