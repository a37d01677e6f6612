/* score_time.c -- a moment as people and other programs write it. */
#include "score.h"

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

struct scan {
    const char *at;
    const char *end;
};

static bool take(struct scan *scan, const char *any_of)
{
    if (scan->at == scan->end || !*scan->at || !strchr(any_of, *scan->at))
        return false;
    scan->at++;
    return true;
}

/* Exactly so many digits that make a number from min to max. */
static bool take_number(struct scan *scan, int digits, int min, int max, int *value)
{
    *value = 0;
    for (; digits > 0; digits--) {
        if (scan->at == scan->end || *scan->at < '0' || *scan->at > '9')
            return false;
        *value = *value * 10 + (*scan->at++ - '0');
    }
    return *value >= min && *value <= max;
}

static int days_of_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static int64_t days_since_1970(int year, int month, int day)
{
    int before = year - 1;
    int64_t days = (int64_t)before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (int m = 1; m < month; m++)
        days += days_of_month(year, m);
    return days + day - 1;
}

static bool take_date(struct scan *scan, int64_t *ms)
{
    int year, month, day;
    if (!take_number(scan, 4, 1, 9999, &year) || !take(scan, "-") ||
        !take_number(scan, 2, 1, 12, &month) || !take(scan, "-") ||
        !take_number(scan, 2, 1, days_of_month(year, month), &day))
        return false;
    *ms = days_since_1970(year, month, day) * DAY_MS;
    return true;
}

/* Digits behind the point; those beyond milliseconds are cut off. */
static bool take_fraction(struct scan *scan, int64_t *ms)
{
    int digit, worth = 100;
    if (!take_number(scan, 1, 0, 9, &digit))
        return false;
    do {
        *ms += (int64_t)digit * worth;
        worth /= 10;
    } while (take_number(scan, 1, 0, 9, &digit));
    return true;
}

static bool take_time(struct scan *scan, int64_t *ms)
{
    int hour, minute, second = 0;
    if (!take_number(scan, 2, 0, 23, &hour) || !take(scan, ":") ||
        !take_number(scan, 2, 0, 59, &minute))
        return false;
    if (take(scan, ":") && !take_number(scan, 2, 0, 60, &second)) /* 60: a leap second */
        return false;
    *ms += ((int64_t)hour * 60 + minute) * MINUTE_MS + (int64_t)second * 1000;
    return !take(scan, ".,") || take_fraction(scan, ms);
}

/* "Z", "+01:00", "+0100", "+01" or nothing. */
static bool take_zone(struct scan *scan, int64_t *ms)
{
    int hours, minutes = 0;
    if (scan->at == scan->end || take(scan, "Zz"))
        return true;
    int sign = *scan->at == '-' ? -1 : 1;
    if (!take(scan, "+-") || !take_number(scan, 2, 0, 23, &hours))
        return false;
    bool has_minutes = take(scan, ":") || scan->at < scan->end;
    if (has_minutes && !take_number(scan, 2, 0, 59, &minutes))
        return false;
    *ms -= (int64_t)sign * (hours * 60 + minutes) * MINUTE_MS;
    return true;
}

static bool parse_iso(struct gs_str text, int64_t *ms)
{
    struct scan scan = {text.data, text.data + text.len};
    if (!take_date(&scan, ms))
        return false;
    if (scan.at < scan.end &&
        (!take(&scan, "Tt ") || !take_time(&scan, ms) || !take_zone(&scan, ms)))
        return false;
    return scan.at == scan.end;
}

bool gsi_time_parse(struct gs_str text, int64_t *ms)
{
    return (gs_parse_int(text, ms) || parse_iso(text, ms)) && *ms >= 0 && *ms <= GS_TIME_MS_MAX;
}
