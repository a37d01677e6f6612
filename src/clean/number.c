/* number.c -- telephone numbers.
 *
 *      call +1 (555) 010-4477 now      groups of digits, at most three other characters between
 *           + 1   3   3   4            them: 11 digits
 *
 * Numbers of orders, years, dates, prices and counts are written in digits as well; what looks like
 * one of these is none. */
#include "internal.h"

enum { GROUPS_MAX = 8, DIGITS_MAX = 15, BETWEEN_MAX = 3 };

struct number {
    uint32_t at;
    uint32_t end;
    uint32_t digits;
    uint32_t groups;
    uint8_t len[GROUPS_MAX];
    uint32_t from[GROUPS_MAX];
    bool has_dash; /* or a bracket between groups */
};

static bool is_digit(const struct gs_clean_scratch *scratch, uint32_t at)
{
    return at < scratch->normal_len && scratch->digits[at / 64] >> (at & 63) & 1;
}

static uint32_t next_digit(const struct gs_clean_scratch *scratch, uint32_t at)
{
    for (uint32_t b = at / 64; b <= scratch->normal_len / 64; b++) {
        uint64_t left = scratch->digits[b];
        if (b == at / 64)
            left &= UINT64_MAX << (at & 63);
        if (left)
            return b * 64 + (unsigned)__builtin_ctzll(left);
    }
    return scratch->normal_len;
}

static void take_group(const struct gs_clean_scratch *scratch, struct number *number, uint32_t at)
{
    uint32_t end = at;
    while (is_digit(scratch, end))
        end++;
    if (number->groups < GROUPS_MAX) {
        number->len[number->groups] = (uint8_t)GS_MIN(end - at, UINT8_MAX);
        number->from[number->groups] = at;
    }
    number->groups++;
    number->digits += end - at;
    number->end = end;
}

/* Where the next group begins, or 0. */
static uint32_t behind_separator(const struct gs_clean_scratch *scratch, struct number *number)
{
    const char *normal = scratch->normal;
    for (uint32_t at = number->end; at <= number->end + BETWEEN_MAX && at < scratch->normal_len;
         at++) {
        if (is_digit(scratch, at))
            return at;
        if (normal[at] == '-' || normal[at] == '(' || normal[at] == ')')
            number->has_dash = true;
        else if (normal[at] != ' ' && normal[at] != '.')
            return 0;
    }
    return 0;
}

static bool is_year(const struct gs_clean_scratch *scratch, const struct number *number, unsigned i)
{
    const char *group = scratch->normal + number->from[i];
    return number->len[i] == 4 && (memcmp(group, "19", 2) == 0 || memcmp(group, "20", 2) == 0);
}

/* 1 000 000, 3 4 5 6, 2012 2013 2014, 2014-07-22 10, 22.07.2014 ... */
static bool is_other(const struct gs_clean_scratch *scratch, const struct number *number)
{
    unsigned ones = 0, threes = 0, twos = 0, years = 0;
    for (unsigned i = 0; i < number->groups; i++) {
        ones += i > 0 && number->len[i] == 1;
        twos += number->len[i] == 2;
        threes += i > 0 && number->len[i] == 3;
        years += is_year(scratch, number, i);
    }
    bool is_count = threes + 1 == number->groups && number->len[0] <= 3 && !number->has_dash;
    bool is_row = twos == number->groups && scratch->normal[number->at] != '0';
    return ones > 0 || years > 0 || is_count || is_row;
}

static bool is_phone(const struct gs_clean_scratch *scratch, const struct number *number,
                     uint32_t digits_min)
{
    const char *normal = scratch->normal;
    uint32_t before = number->at;
    while (before > 0 && (normal[before - 1] == '(' || normal[before - 1] == ' '))
        before--;
    bool is_international = before > 0 && normal[before - 1] == '+';
    if (number->digits > DIGITS_MAX || number->groups > GROUPS_MAX)
        return false;
    if (is_international) /* one digit less: small countries */
        return number->digits + 1 >= digits_min && number->digits >= 6;
    if (number->digits < digits_min)
        return false;
    if (number->groups == 1)
        return normal[number->at] == '0' && number->digits > 9;
    bool is_short = number->groups == 2 && number->digits < 10; /* numbers of orders */
    return !is_other(scratch, number) && (!is_short || normal[number->at] == '0');
}

static bool is_in_link(const struct gs_clean_scratch *scratch, const struct number *number)
{
    for (uint32_t i = 0; i < scratch->link_count; i++)
        if (number->at < scratch->links[i].end && number->end > scratch->links[i].at)
            return true;
    return false;
}

bool gsi_phone_find(const struct gs_clean_scratch *scratch, uint32_t digits_min, uint32_t *at,
                    uint32_t *end)
{
    uint32_t from = at ? *at : 0;
    while ((from = next_digit(scratch, from)) < scratch->normal_len) {
        struct number number = {.at = from};
        uint32_t group = from;
        do {
            take_group(scratch, &number, group);
            group = behind_separator(scratch, &number);
        } while (group);
        from = number.end;
        if (is_phone(scratch, &number, digits_min) && !is_in_link(scratch, &number)) {
            if (at)
                *at = number.at;
            if (end)
                *end = number.end;
            return true;
        }
    }
    return false;
}
