/* avro_bytes.h -- writes Avro binary by hand, for tests that need exact or broken bytes. */
#ifndef GS_TESTS_AVRO_BYTES_H
#define GS_TESTS_AVRO_BYTES_H

#include "groundswell/base.h"

struct bytes {
    uint8_t data[16384];
    size_t len;
};

static inline void put_byte(struct bytes *b, unsigned byte)
{
    if (b->len < sizeof b->data)
        b->data[b->len++] = (uint8_t)byte;
}

static inline void put_raw(struct bytes *b, const void *raw, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put_byte(b, ((const uint8_t *)raw)[i]);
}

static inline void put_long(struct bytes *b, int64_t value)
{
    uint64_t raw = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
    for (; raw >= 0x80; raw >>= 7)
        put_byte(b, (unsigned)(raw & 0x7f) | 0x80);
    put_byte(b, (unsigned)raw);
}

static inline void put_string(struct bytes *b, const char *text)
{
    put_long(b, (int64_t)strlen(text));
    put_raw(b, text, strlen(text));
}

static inline void put_double(struct bytes *b, double value)
{
    put_raw(b, &value, sizeof value);
}

static inline void put_float(struct bytes *b, float value)
{
    put_raw(b, &value, sizeof value);
}

/* "00 ff 7": pairs of hexadecimal digits, blanks between them. */
static inline void put_hex(struct bytes *b, const char *hex)
{
    while (*hex) {
        unsigned value = 0;
        int digits = 0;
        while (*hex == ' ')
            hex++;
        for (; digits < 2 && *hex && *hex != ' '; digits++, hex++)
            value = value << 4 | (unsigned)(*hex <= '9' ? *hex - '0' : (*hex | 32) - 'a' + 10);
        if (digits)
            put_byte(b, value);
    }
}

static inline void put_framing(struct bytes *b, uint32_t schema_id)
{
    put_byte(b, 0);
    for (int shift = 24; shift >= 0; shift -= 8)
        put_byte(b, schema_id >> shift & 0xff);
}

static inline struct gs_str bytes_view(const struct bytes *b)
{
    return gs_str_make((const char *)b->data, b->len);
}

#endif
