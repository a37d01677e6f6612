/* number.c -- numbers as text, faster than the C library makes them: a cell has two dozen. Eight
 * digits at a time are split in one register, the first digit in its lowest byte. */
#include "groundswell/base.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>

/* ------------------------------------------------------------------ integers */

static const uint64_t zeros = UINT64_C(0x3030303030303030); /* as text */

/* value < 10^8 as eight digits 0 .. 9. Divides by multiplication, several quotients at once: first
 * by 10^4, then both halves by 100, then all four quarters by 10. Each step puts a quotient q low
 * and the rest x - dq high, which is (x << n) - q((d << n) - 1) for all of them together. */
static inline uint64_t split(uint32_t value)
{
    uint64_t thousands = value / 10000;
    uint64_t x = ((uint64_t)value << 32) - thousands * ((UINT64_C(10000) << 32) - 1);
    uint64_t hundreds = (x * 10486 >> 20) & UINT64_C(0x7F0000007F);
    x = (x << 16) - hundreds * ((100 << 16) - 1);
    uint64_t tens = (x * 103 >> 10) & UINT64_C(0x000F000F000F000F);
    return (x << 8) - tens * ((10 << 8) - 1);
}

static inline char *put_eight(char *at, uint64_t digits)
{
    uint64_t text = htole64(digits | zeros);
    memcpy(at, &text, sizeof text);
    return at + 8;
}

/* The same without zeros before the first digit; value > 0. */
static inline char *put_short(char *at, uint32_t value)
{
    uint64_t digits = split(value);
    uint32_t unused = (uint32_t)__builtin_ctzll(digits) >> 3;
    put_eight(at, digits >> 8 * unused);
    return at + 8 - unused;
}

char *gs_put_int(char *at, int64_t value)
{
    const uint32_t eight = 100000000;
    uint64_t rest = (uint64_t)value;
    if (value < 0) {
        *at++ = '-';
        rest = 0 - rest;
    }
    if (rest < 10) { /* as most are */
        *at = (char)('0' + rest);
        return at + 1;
    }
    if (rest < eight)
        return put_short(at, (uint32_t)rest);
    uint64_t high = rest / eight;
    if (high < eight) {
        at = put_short(at, (uint32_t)high);
    } else {
        at = put_short(at, (uint32_t)(high / eight));
        at = put_eight(at, split((uint32_t)(high % eight)));
    }
    return put_eight(at, split((uint32_t)(rest % eight)));
}

void gs_buf_add_int(struct gs_buf *buf, int64_t value)
{
    char *at = gs_buf_reserve(buf, GS_PUT_BYTES);
    buf->len += (size_t)(gs_put_int(at, value) - at);
}

/* ------------------------------------------------------------------ %.6g */

enum { DIGITS = 6, EXPONENT_MIN = -9, EXPONENT_POINT_MIN = -4, EXPONENT_MAX = 5 };

/* All of these are exact. */
static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
static const double smallest[] = {1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2,
                                  1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5};

/* The largest e with 10^e <= value. Ratios differ in it from one to the next, so it is not looked
 * for where most of them are. */
static inline int exponent_of(double value)
{
    int e = -1 - (value < 1e-1) - (value < 1e-2) - (value < 1e-3) - (value < 1e-4);
    if (GS_UNLIKELY(e < EXPONENT_POINT_MIN))
        while (e > EXPONENT_MIN && value < smallest[e - EXPONENT_MIN])
            e--;
    if (GS_UNLIKELY(value >= 1))
        for (e = 0; e < EXPONENT_MAX && value >= powers[e + 1];)
            e++;
    return e;
}

/* The six digits that value rounds to, with value = digits * 10^(exponent - 5). False if that is
 * too close to call: the product below is off by less than 1e-9, so the distance says enough. */
static bool six_digits(double value, uint32_t *digits, int *exponent)
{
    int e = exponent_of(value);
    double scaled = value * powers[DIGITS - 1 - e];
    int32_t whole = (int32_t)scaled; /* below 10^6, and not negative */
    double rest = scaled - whole;
    if (fabs(rest - 0.5) < 1e-6)
        return false;
    *digits = (uint32_t)whole + (rest > 0.5);
    if (*digits == 1000000) {
        *digits = 100000;
        e++;
    }
    *exponent = e;
    return e <= EXPONENT_MAX;
}

/* Writes digits with the point behind the first `before` of `kept`. */
static char *point(char *at, uint64_t digits, int kept, int before)
{
    put_eight(at, digits);
    if (kept <= before)
        return at + before;
    put_eight(at + before + 1, digits >> 8 * before);
    at[before] = '.';
    return at + kept + 1;
}

/* Places the point and leaves out what %g leaves out. */
static char *place(char *at, uint32_t value, int exponent)
{
    uint64_t digits = split(value * 100); /* two zeros behind the six digits */
    int kept = ((63 - __builtin_clzll(digits)) >> 3) + 1;
    if (exponent >= 0)
        return point(at, digits, kept, exponent + 1);
    if (exponent < EXPONENT_POINT_MIN) {
        at = point(at, digits, kept, 1);
        memcpy(at, "e-0", 3);
        at[3] = (char)('0' - exponent);
        return at + 4;
    }
    memcpy(at, "0.000000", 8);
    put_eight(at + 1 - exponent, digits);
    return at + 1 - exponent + kept;
}

char *gs_put_g6(char *at, double value)
{
    double size = fabs(value);
    uint32_t digits;
    int exponent;
    if (size < 10 && (int)size == size) { /* a third of all are 0 or 1 */
        if (signbit(value))
            *at++ = '-';
        *at = (char)('0' + (int)size);
        return at + 1;
    }
    if (!(size >= 1e-9 && size < 1e6) || !six_digits(size, &digits, &exponent))
        return at + snprintf(at, GS_PUT_BYTES, "%.6g", value);
    if (value < 0)
        *at++ = '-';
    return place(at, digits, exponent);
}

void gs_buf_add_g6(struct gs_buf *buf, double value)
{
    char *at = gs_buf_reserve(buf, GS_PUT_BYTES);
    buf->len += (size_t)(gs_put_g6(at, value) - at);
}
