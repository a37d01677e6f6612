/* zipf.h -- an index by Zipf's law in constant time: Walker's alias method (Vose, 1991). */
#ifndef GSI_GENERATE_ZIPF_H
#define GSI_GENERATE_ZIPF_H

#include "random.h"

struct gsi_generate_zipf_slot {
    uint32_t threshold; /* below it the slot itself, else its alias */
    uint32_t alias;
};
struct gsi_generate_zipf {
    struct gsi_generate_zipf_slot *slots;
    uint32_t count;
};

/* Weight of index i is 1 / (i + 1)^exponent; count >= 1, exponent in [0, 4]. */
void gsi_generate_zipf_init(struct gsi_generate_zipf *zipf, uint32_t count, double exponent);
void gsi_generate_zipf_deinit(struct gsi_generate_zipf *zipf);

static inline uint32_t gsi_generate_zipf_pick(const struct gsi_generate_zipf *zipf,
                                              struct gsi_generate_random *random)
{
    uint64_t bits = gsi_generate_u64(random);
    uint32_t at = (uint32_t)(((bits >> 32) * zipf->count) >> 32);
    struct gsi_generate_zipf_slot slot = zipf->slots[at];
    return (uint32_t)bits < slot.threshold ? at : slot.alias;
}

#endif
