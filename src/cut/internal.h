/* internal.h -- where the parts of a record stand, and what several files here write. */
#ifndef GROUNDSWELL_CUT_INTERNAL_H
#define GROUNDSWELL_CUT_INTERNAL_H

#include "groundswell/cut.h"

enum { GSI_CUT_HEADER_BYTES = 48, GSI_CUT_CHECKSUM_BYTES = 8 };

/* record: GSI_CUT_HEADER_BYTES of any kind, then the body. Writes the header, adds the checksum. */
void gsi_cut_seal(struct gs_buf *record, const struct gs_cut_header *header);
void gsi_cut_put_barrier(struct gs_buf *buf, const struct gs_cut_barrier *barrier);
/* Numbers of a fixed width, little-endian. */
void gsi_cut_put_fixed(struct gs_buf *buf, uint64_t value);
uint64_t gsi_cut_get_fixed(struct gs_cut_cursor *cursor);

/* Through the cuts of a lineage, in its order: { .lineage = ... }, then next until false. */
struct gsi_cut_walk {
    const struct gs_cut_lineage *lineage;
    bool started;
    uint32_t span;
    uint32_t left_out; /* the next one of the span */
    struct gs_cut_id incarnation;
    uint64_t cut;
};
bool gsi_cut_walk_next(struct gsi_cut_walk *walk);

#endif
