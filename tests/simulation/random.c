/* random.c -- splitmix64 (Steele, Lea, Flood 2014). */
#include "simulation.h"

uint64_t sim_draw(uint64_t *random)
{
    uint64_t x = *random += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

int64_t sim_below(uint64_t *random, int64_t limit)
{
    return (int64_t)(sim_draw(random) % (uint64_t)limit);
}

bool sim_chance(uint64_t *random, int percent)
{
    return sim_below(random, 100) < percent;
}
