/* total.c -- the values of a text become its score. */
#include "internal.h"

#include <math.h>

#define EXCLAMATION 0.292
#define QUESTION 0.18 /* of two or three */
#define MANY_QUESTIONS 0.96
#define ALPHA 15.0 /* the expected largest sum of values, roughly squared */

enum { EXCLAMATIONS_MAX = 4, QUESTIONS_MAX = 4 };

double gsi_emphasis(const struct gsi_text *text)
{
    static const double QUESTIONS[QUESTIONS_MAX + 1] = {0, 0, 2 * QUESTION, 3 * QUESTION,
                                                        MANY_QUESTIONS};
    uint32_t exclamations = GS_MIN(text->exclamations, (uint32_t)EXCLAMATIONS_MAX);
    uint32_t questions = GS_MIN(text->questions, (uint32_t)QUESTIONS_MAX);
    return exclamations * EXCLAMATION + QUESTIONS[questions];
}

/* Away from 0, which the sum is not. Whether a text is good or bad is no branch: nobody can tell
 * before. */
static double emphasised(double sum, double more)
{
    return sum + copysign(more, sum);
}

/* The product is rounded before it can be compared with a tie; near one, fma gives what rounding
 * took away, and the sign of the sum is then exact. */
static int32_t round_up_from_half(double value, double scale)
{
    double scaled = value * scale;
    int32_t below = (int32_t)scaled;
    double over_half = scaled - below - 0.5;
    if (fabs(over_half) < 1e-6) {
        over_half += fma(value, scale, -scaled);
        if (over_half == 0) /* a true tie: to even */
            return below + (below & 1);
    }
    return below + (over_half > 0);
}

int32_t gsi_round(double value, double scale)
{
    int32_t rounded = round_up_from_half(fabs(value), scale), sign = -(value < 0);
    return (rounded ^ sign) - sign;
}

static double share(double part, double total)
{
    return round_up_from_half(fabs(part / total), 1000) / 1000.0;
}

static double normalise(double sum)
{
    double compound = sum / sqrt(sum * sum + ALPHA);
    return compound < -1 ? -1 : compound > 1 ? 1 : compound;
}

int32_t gsi_total_compound(const struct gsi_text *text)
{
    double sum = 0;
    for (uint32_t i = 0; i < text->hit_count; i++)
        sum += text->values[i];
    if (sum == 0)
        return 0;
    return gsi_round(normalise(emphasised(sum, gsi_emphasis(text))), 10000);
}

void gsi_total(const struct gsi_text *text, struct gs_sentiment_score *score)
{
    double sum = 0, pos = 0, neg = 0;
    uint32_t valued = 0;

    if (text->token_count == 0)
        return;
    if (text->hit_count == 0) {
        score->neu = 1;
        return;
    }
    for (uint32_t i = 0; i < text->hit_count; i++) {
        double value = text->values[i];
        sum += value;
        pos += value > 0 ? value + 1 : 0; /* a neutral word counts 1, too */
        neg += value < 0 ? value - 1 : 0;
        valued += value != 0;
    }
    double more = gsi_emphasis(text), neutral = text->token_count - valued;
    if (sum != 0)
        sum = emphasised(sum, more);
    double lead = pos + neg;
    pos += lead > 0 ? more : 0;
    neg -= lead < 0 ? more : 0;
    double total = pos - neg + neutral;
    score->neg = share(neg, total);
    score->neu = share(neutral, total);
    score->pos = share(pos, total);
    double compound = normalise(sum);
    score->compound_1e4 = gsi_round(compound, 10000);
    score->compound = copysign(score->compound_1e4 / 10000.0, compound);
}
