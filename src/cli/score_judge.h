/* score_judge.h -- what a judge is made of, for the explanation of what it says. */
#ifndef GS_CLI_SCORE_JUDGE_H
#define GS_CLI_SCORE_JUDGE_H

#include "score.h"

struct gsi_judge {
    struct gs_sentiment *sentiment;
    struct gs_sentiment_scratch *sentiment_scratch;
    struct gs_clean_rules *rules; /* NULL: no verdicts; then there is nothing of what follows */
    struct gs_clean_scratch *clean_scratch;
    struct gs_clean_text text; /* of the last comment */
    struct gs_copies *copies;  /* NULL: the rule is off */
    struct gs_burst *burst;
    struct gs_copies_config copies_config;
    struct gs_burst_config burst_config;
    int64_t h_ms; /* the stream's clock */
};

#endif
