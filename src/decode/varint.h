/* varint.h -- Avro's variable-length integers: 7 bits a byte, lowest first, the top bit says that
 * more follow. Private to the room decode.
 *
 *   long 300 -> zigzag 600 -> 1|1011000 0|0000100 */
#ifndef GS_DECODE_VARINT_H
#define GS_DECODE_VARINT_H

#include "groundswell/event.h"

#include <endian.h>

/* Byte by byte, up to 10 bytes; for values that end near the end of the record, or long ones. */
const uint8_t *gsi_decode_varint_bytes(const uint8_t *p, const uint8_t *end, uint64_t *raw,
                                       enum gs_bad_code *code);

/* What lies in 8 bytes, all of which can be read, at once: the 7-bit groups of one 64-bit load move
 * together pairwise. Returns how many bytes the value takes; 0 if it is longer. */
enum { GSI_VARINT_EIGHT = 8 };
static inline uint32_t gsi_decode_varint_eight(const uint8_t *p, uint64_t *raw)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    x = le64toh(x);
    uint64_t last = ~x & UINT64_C(0x8080808080808080);
    if (GS_UNLIKELY(!last))
        return 0;
    x &= last ^ (last - 1); /* up to the lowest byte without a top bit */
    x &= UINT64_C(0x7f7f7f7f7f7f7f7f);
    x -= (x & UINT64_C(0x7f007f007f007f00)) >> 1;       /* 2^8 - 2^7 */
    x -= 3 * ((x & UINT64_C(0x3fff00003fff0000)) >> 2); /* 2^16 - 2^14 */
    *raw = (x >> 32 << 28) | (uint32_t)x;
    return ((uint32_t)__builtin_ctzll(last) >> 3) + 1;
}

static inline const uint8_t *gsi_decode_varint_long(const uint8_t *p, const uint8_t *end,
                                                    uint64_t *raw, enum gs_bad_code *code)
{
    uint32_t count = end - p < GSI_VARINT_EIGHT ? 0 : gsi_decode_varint_eight(p, raw);
    return GS_LIKELY(count) ? p + count : gsi_decode_varint_bytes(p, end, raw, code);
}

/* The value before zigzag. NULL with *code set if the bytes end or the value exceeds 64 bits. */
static inline const uint8_t *gsi_decode_varint(const uint8_t *p, const uint8_t *end, uint64_t *raw,
                                               enum gs_bad_code *code)
{
    if (GS_LIKELY(p < end && *p < 0x80)) {
        *raw = *p;
        return p + 1;
    }
    if (end - p >= 2 && p[1] < 0x80) {
        *raw = (uint64_t)(p[1] << 7) | (*p & 0x7f);
        return p + 2;
    }
    return gsi_decode_varint_long(p, end, raw, code);
}

static inline int64_t gsi_decode_zigzag(uint64_t raw)
{
    return (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
}

/* As gsi_decode_length(); for lengths that take more than two bytes, or are wrong. */
const uint8_t *gsi_decode_length_long(const uint8_t *p, const uint8_t *end, uint32_t *length,
                                      enum gs_bad_code *code);

/* A length that must lie inside [p, end) after itself. */
static inline const uint8_t *gsi_decode_length(const uint8_t *p, const uint8_t *end,
                                               uint32_t *length, enum gs_bad_code *code)
{
    size_t left = (size_t)(end - p);
    if (GS_LIKELY(left > 0 && !(*p & 0x81) && *p >> 1 < left)) {
        *length = *p >> 1;
        return p + 1;
    }
    if (left >= 2 && !(*p & 1) && p[1] < 0x80) {
        *length = (uint32_t)(p[1] << 6) + ((*p & 0x7fu) >> 1);
        if (GS_LIKELY(*length <= left - 2))
            return p + 2;
    }
    return gsi_decode_length_long(p, end, length, code);
}

/* The head of a block of an array or map: *items = 0 ends it. *bytes is the size that the writer
 * gave, or UINT32_MAX. Each item takes at least item_bytes_min bytes, which bounds the count. */
const uint8_t *gsi_decode_block(const uint8_t *p, const uint8_t *end, uint64_t *items,
                                uint32_t *bytes, enum gs_bad_code *code);

#endif
