/* varint.c -- the rare forms: long values, values at the end of a record, block heads. */
#include "varint.h"

const uint8_t *gsi_decode_varint_bytes(const uint8_t *p, const uint8_t *end, uint64_t *raw,
                                       enum gs_bad_code *code)
{
    uint64_t value = 0;
    for (int shift = 0; p < end; shift += 7, p++) {
        uint64_t bits = *p & 0x7f;
        if (shift == 63 && *p > 1) {
            *code = GS_BAD_VARINT;
            return NULL;
        }
        value |= bits << shift;
        if (*p < 0x80) {
            *raw = value;
            return p + 1;
        }
    }
    *code = GS_BAD_TRUNCATED;
    return NULL;
}

const uint8_t *gsi_decode_length_long(const uint8_t *p, const uint8_t *end, uint32_t *length,
                                      enum gs_bad_code *code)
{
    uint64_t raw;
    p = gsi_decode_varint(p, end, &raw, code);
    if (!p)
        return NULL;
    if ((raw & 1) || raw >> 1 > (uint64_t)(end - p)) {
        *code = raw & 1 ? GS_BAD_LENGTH : GS_BAD_TRUNCATED;
        return NULL;
    }
    *length = (uint32_t)(raw >> 1);
    return p;
}

const uint8_t *gsi_decode_block(const uint8_t *p, const uint8_t *end, uint64_t *items,
                                uint32_t *bytes, enum gs_bad_code *code)
{
    uint64_t raw;
    *bytes = UINT32_MAX;
    p = gsi_decode_varint(p, end, &raw, code);
    if (!p)
        return NULL;
    *items = (raw >> 1) + (raw & 1); /* the magnitude; a negative count is followed by a size */
    return raw & 1 ? gsi_decode_length(p, end, bytes, code) : p;
}
