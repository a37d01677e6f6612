/* random.h -- the generator's own random numbers: xoshiro256** (Blackman and Vigna, 2018), seeded
 * by splitmix64. The C library's are neither fast nor the same everywhere. */
#ifndef GSI_GENERATE_RANDOM_H
#define GSI_GENERATE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct gsi_generate_random {
    uint64_t s[4];
};

/* splitmix64's finaliser: a bijection, so different numbers stay different. */
static inline uint64_t gsi_generate_mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static inline void gsi_generate_random_seed(struct gsi_generate_random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        random->s[i] = gsi_generate_mix(seed + (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15));
}

static inline uint64_t gsi_generate_u64(struct gsi_generate_random *random)
{
    uint64_t *s = random->s;
    uint64_t x = s[1] * 5;
    uint64_t result = ((x << 7) | (x >> 57)) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

static inline uint32_t gsi_generate_u32(struct gsi_generate_random *random)
{
    return (uint32_t)(gsi_generate_u64(random) >> 32);
}

/* Uniform in [0, limit); the bias of at most limit / 2^32 does not matter here. limit >= 1. */
static inline uint32_t gsi_generate_below(struct gsi_generate_random *random, uint32_t limit)
{
    return (uint32_t)(((uint64_t)gsi_generate_u32(random) * limit) >> 32);
}

/* Uniform in [0, limit) for times; limit >= 1. */
static inline int64_t gsi_generate_below64(struct gsi_generate_random *random, int64_t limit)
{
    return (int64_t)(((unsigned __int128)gsi_generate_u64(random) * (uint64_t)limit) >> 64);
}

/* A ratio as a threshold for gsi_generate_chance: 1.0 is always, 0 never. */
static inline uint64_t gsi_generate_threshold(double ratio)
{
    return (uint64_t)(ratio * 4294967296.0);
}

static inline bool gsi_generate_chance(struct gsi_generate_random *random, uint64_t threshold)
{
    return gsi_generate_u32(random) < threshold;
}

/* True once in `n` times. */
static inline bool gsi_generate_one_in(struct gsi_generate_random *random, uint32_t n)
{
    return gsi_generate_below(random, n) == 0;
}

#endif
