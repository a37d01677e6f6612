/* hash.c -- XXH3 behind two functions, so that only this file sees its header.
 *
 * Nearly everything that is hashed is an id or a key. So the way of what is short is compiled into
 * the functions themselves, and the loops for what is long, with all the registers that they save,
 * stay out of it: the compiler sees that `count` never reaches them. */
#include "groundswell/base.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { SHORT = 128 }; /* bytes: up to here XXH3 has no loop */
#define SHORT_WAY __attribute__((flatten))
#define LONG_WAY __attribute__((noinline, cold))

static LONG_WAY uint64_t long_hash64(const void *bytes, size_t count, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, count, seed);
}

static LONG_WAY XXH128_hash_t long_hash128(const void *bytes, size_t count)
{
    return XXH3_128bits(bytes, count);
}

SHORT_WAY uint64_t gs_hash64(const void *bytes, size_t count, uint64_t seed)
{
    if (GS_UNLIKELY(count > SHORT))
        return long_hash64(bytes, count, seed);
    return XXH3_64bits_withSeed(bytes, count, seed);
}

SHORT_WAY struct gs_hash128 gs_hash128(const void *bytes, size_t count)
{
    XXH128_hash_t hash =
        GS_LIKELY(count <= SHORT) ? XXH3_128bits(bytes, count) : long_hash128(bytes, count);
    return (struct gs_hash128){hash.low64, hash.high64};
}
