/* metrics.c -- ratios from sums. All inputs are integers, so a value is a pure function of the
 * cell's offsets and clock; -ffp-contract=off keeps it the same on every machine. */
#include "groundswell/cell.h"

#include <math.h>

#define WILSON_Z 1.959964 /* 95 % */

static double ratio(int64_t part, int64_t whole)
{
    return part >= 0 && whole > 0 ? (double)part / (double)whole : NAN;
}

/* E. B. Wilson's score interval for pos of n. */
static void wilson(int64_t pos, int64_t n, double *low, double *high)
{
    double total = (double)n;
    double p = (double)pos / total;
    double z2 = WILSON_Z * WILSON_Z;
    double centre = p + z2 / (2 * total);
    double spread = WILSON_Z * sqrt(p * (1 - p) / total + z2 / (4 * total * total));
    double scale = 1 + z2 / total;
    *low = (centre - spread) / scale;
    *high = (centre + spread) / scale;
}

static void sentiment(const int64_t *total, int64_t n, double *value)
{
    int64_t sum = total[GS_C_SENT_SUM];
    if (n <= 0)
        return;
    /* n·Σc² - (Σc)² is exact in 128 bits, so the difference loses nothing. */
    __int128 spread = (__int128)n * total[GS_C_SENT_SQ] - (__int128)sum * sum;
    value[GS_M_MEAN_SENTIMENT] = (double)sum / (double)n / 1e4;
    if (spread >= 0)
        value[GS_M_SD_SENTIMENT] = sqrt((double)spread) / (double)n / 1e4;
}

static void visibility(const int64_t *total, double *value)
{
    int64_t pos = total[GS_C_VIS_POS];
    int64_t neg = total[GS_C_VIS_NEG];
    int64_t all = pos + neg + total[GS_C_VIS_NEU];
    if (pos < 0 || neg < 0 || total[GS_C_VIS_NEU] < 0)
        return;
    value[GS_M_PVR] = ratio(pos, pos + neg);
    value[GS_M_VG] = value[GS_M_PVR] - value[GS_M_BHI]; /* NaN if either is */
    if (all > 0)
        value[GS_M_VNS] = (double)(pos - neg) / (double)all;
}

void gs_cell_metrics(const int64_t *total, int64_t followers, double value[GS_METRIC_COUNT])
{
    int64_t pos = total[GS_C_POS];
    int64_t neg = total[GS_C_NEG];
    int64_t scored = pos + neg + total[GS_C_NEU];
    int64_t comments = total[GS_C_COMMENTS];
    int64_t passive = total[GS_C_LIKES] + total[GS_C_SHARES] + total[GS_C_SAVES];
    for (int m = 0; m < GS_METRIC_COUNT; m++)
        value[m] = NAN;
    value[GS_M_ENGAGEMENT] = (double)(passive + comments);
    value[GS_M_ER_FOLLOWERS] = ratio(passive + comments, followers);
    value[GS_M_ER_CLEAN] = ratio(passive + total[GS_C_CLEAN], followers);
    value[GS_M_NOISE_RATIO] = ratio(comments - total[GS_C_CLEAN], comments);
    value[GS_M_REPLY_RATE] = ratio(total[GS_C_AUTHOR_REPLIES], total[GS_C_CLEAN]);
    value[GS_M_RISK_SHARE] = ratio(total[GS_C_RISKY_POSTS], total[GS_C_POSTS]);
    if (pos < 0 || neg < 0 || total[GS_C_NEU] < 0)
        return;
    if (scored > 0)
        value[GS_M_NSS] = (double)(pos - neg) / (double)scored;
    if (pos + neg > 0) {
        value[GS_M_POLARITY] = (double)(pos - neg) / (double)(pos + neg);
        value[GS_M_BHI] = ratio(pos, pos + neg);
        wilson(pos, pos + neg, &value[GS_M_BHI_LO], &value[GS_M_BHI_HI]);
    }
    sentiment(total, scored, value);
    visibility(total, value);
}
