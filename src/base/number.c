/* number.c -- numbers as text, faster than the C library makes them: a cell has a dozen. */
#include "groundswell/base.h"

#include <math.h>
#include <stdio.h>

enum { DIGITS = 6, EXPONENT_MIN = -9, EXPONENT_POINT_MIN = -4, EXPONENT_MAX = 5 };

/* All of these are exact. */
static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
static const double smallest[] = {1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2,
                                  1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5};

/* The six digits that value rounds to, with value = digits * 10^(exponent - 5). False if that is
 * too close to call: the product below is off by less than 1e-9, so the distance says enough. */
static bool six_digits(double value, uint32_t *digits, int *exponent)
{
    int e = EXPONENT_MAX;
    while (e > EXPONENT_MIN && value < smallest[e - EXPONENT_MIN])
        e--;
    double scaled = value * powers[DIGITS - 1 - e];
    double whole = floor(scaled);
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

/* Writes "ddd.ddd" of `kept` digits, `before` of them before the point. */
static size_t point(char *out, const char *digits, size_t kept, size_t before)
{
    size_t at = 0;
    for (size_t i = 0; i < kept; i++) {
        if (i == before)
            out[at++] = '.';
        out[at++] = digits[i];
    }
    return at;
}

/* Places the point and leaves out what %g leaves out. */
static size_t place(char *out, uint32_t digits, int exponent)
{
    char text[DIGITS];
    size_t kept = DIGITS;
    size_t at = 0;
    bool whole = exponent >= 0;
    for (int i = DIGITS - 1; i >= 0; i--, digits /= 10)
        text[i] = (char)('0' + digits % 10);
    while (kept > 1 && text[kept - 1] == '0' && !(whole && (int)kept <= exponent + 1))
        kept--;
    if (whole)
        return point(out, text, kept, (size_t)exponent + 1);
    if (exponent < EXPONENT_POINT_MIN) {
        at = point(out, text, kept, 1);
        out[at++] = 'e';
        out[at++] = '-';
        out[at++] = '0';
        out[at++] = (char)('0' - exponent);
        return at;
    }
    out[at++] = '0';
    out[at++] = '.';
    for (int zero = exponent + 1; zero < 0; zero++)
        out[at++] = '0';
    return at + point(out + at, text, kept, kept);
}

void gs_buf_add_g6(struct gs_buf *buf, double value)
{
    char *out = gs_buf_reserve(buf, 32);
    double size = fabs(value);
    uint32_t digits;
    int exponent;
    if (size == 0 && !signbit(value)) {
        *out = '0';
        buf->len++;
        return;
    }
    if (!(size >= 1e-9 && size < 1e6) || !six_digits(size, &digits, &exponent)) {
        buf->len += (size_t)snprintf(out, 32, "%.6g", value);
        return;
    }
    if (value < 0)
        *out++ = '-';
    buf->len += place(out, digits, exponent) + (value < 0);
}
