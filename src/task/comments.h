/* comments.h -- how the memory of comments lies. Private to comments.c and counters.c. */
#ifndef GS_TASK_COMMENTS_H
#define GS_TASK_COMMENTS_H

#include "internal.h"

enum {
    GSI_COMMENTS_CHUNK_BITS = 12, /* comments per chunk */
    GSI_COMMENTS_SLICES = 128     /* a ring; at most 66 hold comments */
};
#define SLOW __attribute__((noinline)) /* keeps what is rare out of what is not */

/* Lists of places go by gsi_comment.next; a place is counted from 1. */
struct gsi_comments_slice {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

struct gsi_comments {
    uint32_t *lines;
    uint32_t mask;   /* number of lines - 1 */
    uint32_t strays; /* entries of the index that are not at home */
    uint32_t found;  /* comments that the index names */
    uint32_t full;   /* when there are so many it grows */
    uint32_t capacity;
    uint32_t held; /* comments of all slices */
    uint32_t used; /* places ever handed out */
    uint32_t free;
    uint32_t expired; /* to be given back */
    uint32_t chunk_count;
    char **chunks;
    struct gsi_comment_counters **counters; /* per chunk; NULL while none has larger ones */
    uint32_t counted_chunks;
    size_t bytes_each;
    int64_t horizon_ms;
    int64_t slice_ms;
    int64_t oldest;    /* slice that is not all past the horizon */
    int64_t border_ms; /* when H reaches this, it is */
    struct gsi_comments_slice slices[GSI_COMMENTS_SLICES];
    bool keeps_changes;
    uint32_t *changed; /* places, since the last checkpoint, each listed there ... */
    uint32_t changed_count;
    uint32_t changed_capacity;
    struct gs_hash128 *ids; /* ... and what changed before; some more than once, or gone */
    uint32_t id_count;
    uint32_t id_capacity;
};

static inline struct gsi_comment *gsi_comment_at(const struct gsi_comments *comments,
                                                 uint32_t place)
{
    uint32_t index = place - 1;
    char *chunk = comments->chunks[index >> GSI_COMMENTS_CHUNK_BITS];
    return (void *)(chunk + (index & ((1u << GSI_COMMENTS_CHUNK_BITS) - 1)) * comments->bytes_each);
}

#endif
