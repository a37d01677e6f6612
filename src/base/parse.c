/* parse.c -- durations, sizes and integers as people write them. */
#include "groundswell/base.h"

#include <stdio.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit duration_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};
static const struct unit size_units[] = {
    {"GiB", 1 << 30},
    {"MiB", 1 << 20},
    {"KiB", 1 << 10},
    {"B", 1},
};

/* Reads digits; false if there are none or the number does not fit. *rest is what follows. */
static bool parse_digits(struct gs_str text, int64_t *value, struct gs_str *rest)
{
    uint32_t i = 0;
    int64_t sum = 0;
    for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, text.data[i] - '0', &sum))
            return false;
    *value = sum;
    *rest = gs_str_make(text.data + i, text.len - i);
    return i > 0;
}

static bool parse_unit(struct gs_str text, const struct unit *units, size_t count, int64_t *value)
{
    struct gs_str rest;
    int64_t number;
    if (!parse_digits(text, &number, &rest))
        return false;
    for (size_t i = 0; i < count; i++)
        if (gs_str_equal(rest, gs_str_of(units[i].name)))
            return !__builtin_mul_overflow(number, units[i].factor, value);
    *value = number;
    return rest.len == 0 && number == 0;
}

bool gs_parse_duration_ms(struct gs_str text, int64_t *ms)
{
    return parse_unit(text, duration_units, GS_COUNT_OF(duration_units), ms);
}

bool gs_parse_size(struct gs_str text, int64_t *bytes)
{
    struct gs_str rest;
    if (parse_digits(text, bytes, &rest) && rest.len == 0)
        return true;
    return parse_unit(text, size_units, GS_COUNT_OF(size_units), bytes);
}

bool gs_parse_int(struct gs_str text, int64_t *value)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    struct gs_str digits = gs_str_make(text.data + negative, text.len - negative);
    struct gs_str rest;
    if (!parse_digits(digits, value, &rest) || rest.len)
        return false;
    *value = negative ? -*value : *value;
    return true;
}

const char *gs_format_duration(int64_t ms, char *buffer, size_t capacity)
{
    for (size_t i = 0; i < GS_COUNT_OF(duration_units); i++) {
        if (ms % duration_units[i].factor == 0 && (ms || i + 1 == GS_COUNT_OF(duration_units))) {
            snprintf(buffer, capacity, "%lld%s", (long long)(ms / duration_units[i].factor),
                     duration_units[i].name);
            break;
        }
    }
    return buffer;
}
