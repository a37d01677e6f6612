/* hash.c -- XXH3 behind two functions, so that only this file sees its header. */
#include "groundswell/base.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t gs_hash64(const void *bytes, size_t count, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, count, seed);
}

struct gs_hash128 gs_hash128(const void *bytes, size_t count)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, count);
    return (struct gs_hash128){hash.low64, hash.high64};
}
