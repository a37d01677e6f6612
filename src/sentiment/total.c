/* total.c -- the values of a text become its score. */
#include "internal.h"

#include <math.h>

#define EXCLAMATION 0.292
#define QUESTION 0.18
#define MANY_QUESTIONS 0.96
#define ALPHA 15.0 /* the expected largest sum of values, roughly squared */

enum { EXCLAMATIONS_MAX = 4, QUESTIONS_MAX = 3 };

double gsi_emphasis(const struct gsi_text *text)
{
    uint32_t exclamations = GS_MIN(text->exclamations, (uint32_t)EXCLAMATIONS_MAX);
    double questions = 0;
    if (text->questions > QUESTIONS_MAX)
        questions = MANY_QUESTIONS;
    else if (text->questions > 1)
        questions = text->questions * QUESTION;
    return exclamations * EXCLAMATION + questions;
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
    int32_t rounded = round_up_from_half(fabs(value), scale);
    return value < 0 ? -rounded : rounded;
}

static double share(double part, double total)
{
    if (part == 0)
        return 0;
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
    double more = gsi_emphasis(text);
    return gsi_round(normalise(sum + (sum > 0 ? more : -more)), 10000);
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
        if (value > 0)
            pos += value + 1; /* a neutral word counts 1, too */
        else if (value < 0)
            neg += value - 1;
        valued += value != 0;
    }
    double more = gsi_emphasis(text), neutral = text->token_count - valued;
    if (sum != 0)
        sum += sum > 0 ? more : -more;
    if (pos > -neg)
        pos += more;
    else if (pos < -neg)
        neg -= more;
    double total = pos - neg + neutral;
    score->neg = share(neg, total);
    score->neu = share(neutral, total);
    score->pos = share(pos, total);
    double compound = normalise(sum);
    score->compound_1e4 = gsi_round(compound, 10000);
    score->compound = copysign(score->compound_1e4 / 10000.0, compound);
}
