/* naive.h -- VADER as one writes it down, to see what the scorers save.
 *
 * A string is allocated per token, words are found by binary search among strings, and lists of
 * boosters and negations are gone through. Of the rules only those of boosters, negations and
 * punctuation; so its scores are near those of the reference, not equal to them. */
#ifndef GS_BENCH_NAIVE_H
#define GS_BENCH_NAIVE_H

#include "groundswell/base.h"

struct naive; /* opaque */

/* Reads a lexicon file; ends the process with a message if it cannot. */
struct naive *naive_create(const char *path);
void naive_destroy(struct naive *naive);
double naive_score(const struct naive *naive, struct gs_str text);

#endif
