/* partition.c -- where a key belongs. All topics must agree on it, or what one influencer's records
 * say would be spread over several tasks. */
#include "groundswell/kafka.h"

/* MurmurHash2 (A. Appleby, public domain) as org.apache.kafka.common.utils.Utils.murmur2 has it. */
static uint32_t murmur2(const unsigned char *data, uint32_t len)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t h = 0x9747b28cu ^ len;
    for (; len >= 4; data += 4, len -= 4) {
        uint32_t k = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
                     (uint32_t)data[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h = (h * m) ^ k;
    }
    for (uint32_t i = len; i-- > 0;)
        h ^= (uint32_t)data[i] << (8 * i);
    if (len > 0)
        h *= m;
    h ^= h >> 13;
    h *= m;
    return h ^ (h >> 15);
}

int32_t gs_kafka_partition(struct gs_str key, uint32_t partitions)
{
    uint32_t hash = murmur2((const unsigned char *)key.data, key.len) & 0x7fffffffu;
    return (int32_t)(hash % partitions);
}
