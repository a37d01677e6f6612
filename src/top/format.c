/* format.c -- numbers in few columns, without saying more than is known. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static const char *say(char *buffer, const char *text)
{
    snprintf(buffer, GSI_TOP_TEXT, "%s", text);
    return buffer;
}

/* "1,234,567" */
static size_t with_commas(char *buffer, int64_t value)
{
    char digits[GSI_TOP_TEXT];
    size_t used = 0;
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    size_t count = strlen(digits);
    for (size_t i = 0; i < count; i++) {
        buffer[used++] = digits[i];
        if ((count - 1 - i) % 3 == 0 && i + 1 < count && digits[i] != '-')
            buffer[used++] = ',';
    }
    buffer[used] = 0;
    return used;
}

const char *gsi_top_format_count(char *buffer, int64_t value, uint32_t columns)
{
    static const char units[] = "kMGTP";
    double scaled = (double)value;
    int unit = -1;
    if (with_commas(buffer, value) <= columns || fabs(scaled) < 1000)
        return buffer;
    /* 999.5 and more would be written as 1000 */
    do {
        scaled /= 1000;
        unit++;
    } while (fabs(scaled) >= 999.5 && unit < 4);
    int decimals = fabs(scaled) < 9.995 ? 2 : fabs(scaled) < 99.95 ? 1 : 0;
    snprintf(buffer, GSI_TOP_TEXT, "%.*f%c", decimals, scaled, units[unit]);
    return buffer;
}

const char *gsi_top_format_share(char *buffer, double value)
{
    if (isnan(value))
        return say(buffer, "-");
    snprintf(buffer, GSI_TOP_TEXT, "%.2f", value);
    return buffer[0] == '0' ? memmove(buffer, buffer + 1, strlen(buffer)) : buffer;
}

const char *gsi_top_format_signed(char *buffer, double value)
{
    if (isnan(value))
        return say(buffer, "-");
    int hundredths = (int)lrint(value * 100);
    int whole = abs(hundredths) / 100;
    snprintf(buffer, GSI_TOP_TEXT, "%s%.*d.%02d", hundredths < 0 ? "-" : "+", whole ? 1 : 0, whole,
             abs(hundredths) % 100);
    return hundredths ? buffer : say(buffer, ".00");
}

const char *gsi_top_format_percent(char *buffer, double value)
{
    double percent = value * 100;
    if (isnan(value))
        return say(buffer, "-");
    if (value >= 9999.5)
        return say(buffer, ">9999");
    if (percent >= 999.5)
        snprintf(buffer, GSI_TOP_TEXT, "%.0fx", value);
    else
        snprintf(buffer, GSI_TOP_TEXT, "%.*f%%",
                 percent < 9.995   ? 2
                 : percent < 99.95 ? 1
                                   : 0,
                 percent);
    return buffer;
}

const char *gsi_top_format_age(char *buffer, int64_t ms)
{
    int64_t seconds = ms < 0 ? 0 : ms / 1000;
    if (seconds < 100)
        snprintf(buffer, GSI_TOP_TEXT, "%llds", (long long)seconds);
    else if (seconds < 6000)
        snprintf(buffer, GSI_TOP_TEXT, "%lldm", (long long)(seconds / 60));
    else if (seconds < 360000)
        snprintf(buffer, GSI_TOP_TEXT, "%lldh", (long long)(seconds / 3600));
    else
        snprintf(buffer, GSI_TOP_TEXT, "%lldd", (long long)(seconds / 86400));
    return buffer;
}

const char *gsi_top_format_clock(char *buffer, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || !strftime(buffer, GSI_TOP_TEXT, "%H:%M:%S", &utc))
        return say(buffer, "-");
    return buffer;
}
