/* lexicon_files.h -- the built-in lexicons, made from lexicon/ by embed.cmake. */
#ifndef SENTIMENT_LEXICON_FILES_H
#define SENTIMENT_LEXICON_FILES_H

#include <stddef.h>

extern const char gsi_sentiment_lexicon[];
extern const size_t gsi_sentiment_lexicon_bytes;
extern const char gsi_sentiment_emoji[];
extern const size_t gsi_sentiment_emoji_bytes;
extern const char gsi_sentiment_emoji_today[]; /* of vader+ */
extern const size_t gsi_sentiment_emoji_today_bytes;

#endif
