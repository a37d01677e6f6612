/* case.c -- upper and lower case as Python's str has them.
 *
 * The tables are ranges, searched in the middle first: texts beyond ASCII reach them only for the
 * few tokens whose case matters. */
#include "groundswell/text.h"

struct range {
    uint32_t first;
    uint32_t last;
    uint32_t step;
};

struct mapping {
    uint32_t first;
    uint32_t last;
    uint32_t step;
    int32_t delta;
};

#include "case_tables.h"

enum {
    CAPITAL_I_DOTTED = 0x0130, /* lower case: i and a dot above */
    DOT_ABOVE = 0x0307,
    SIGMA = 0x03A3,
    SMALL_SIGMA = 0x03C3,
    FINAL_SIGMA = 0x03C2
};

static bool contains(const struct range *table, size_t count, uint32_t point)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && point >= table[low].first &&
           (point - table[low].first) % table[low].step == 0;
}

static bool is_upper(uint32_t point)
{
    if (point < 0x80)
        return point >= 'A' && point <= 'Z';
    return contains(upper, GS_COUNT_OF(upper), point);
}

static bool is_lower(uint32_t point)
{
    if (point < 0x80)
        return point >= 'a' && point <= 'z';
    return contains(lower, GS_COUNT_OF(lower), point);
}

/* What a sigma looks through when it asks whether a word ends. */
static bool is_ignorable(uint32_t point)
{
    if (point < 0x80)
        return point == '\'' || point == '.' || point == ':' || point == '^' || point == '`';
    return contains(ignorable, GS_COUNT_OF(ignorable), point);
}

static uint32_t lower_of(uint32_t point)
{
    size_t low = 0, high = GS_COUNT_OF(to_lower);
    if (point < 0x80)
        return point >= 'A' && point <= 'Z' ? point | 0x20 : point;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (to_lower[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == GS_COUNT_OF(to_lower) || point < to_lower[low].first ||
        (point - to_lower[low].first) % to_lower[low].step != 0)
        return point;
    return (uint32_t)((int32_t)point + to_lower[low].delta);
}

bool gs_text_is_upper(struct gs_str text)
{
    const char *at = text.data, *end = text.data + text.len;
    bool cased = false;
    while (at < end) {
        uint32_t point = gs_text_next(&at, end);
        if (is_lower(point))
            return false;
        cased = cased || is_upper(point);
    }
    return cased;
}

/* Is the first character from `at` that is not ignorable a cased one? Only the last sigma before a
 * stretch of ignorable characters looks through it, so all calls together are linear. */
static bool goes_on(const char *at, const char *end)
{
    while (at < end) {
        uint32_t point = gs_text_next(&at, end);
        if (!is_ignorable(point))
            return is_upper(point) || is_lower(point);
    }
    return false;
}

size_t gs_text_lower(struct gs_str text, char *out)
{
    const char *at = text.data, *end = text.data + text.len;
    bool in_word = false;
    char *to = out;

    while (at < end) {
        uint32_t point = gs_text_next(&at, end);
        bool skipped = is_ignorable(point);
        if (point == CAPITAL_I_DOTTED) {
            to += gs_text_put('i', to);
            to += gs_text_put(DOT_ABOVE, to);
        } else if (point == SIGMA) {
            bool is_final = in_word && !goes_on(at, end);
            to += gs_text_put(is_final ? FINAL_SIGMA : SMALL_SIGMA, to);
        } else {
            to += gs_text_put(lower_of(point), to);
        }
        if (!skipped)
            in_word = is_upper(point) || is_lower(point);
    }
    return (size_t)(to - out);
}
