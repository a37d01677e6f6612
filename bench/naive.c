/* naive.c -- see naive.h. */
#include "naive.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS_MAX = 20000, TOKENS_MAX = 4096, BACK_MAX = 3 };

struct word {
    char *text;
    double valence;
};

struct naive {
    struct word words[WORDS_MAX];
    size_t count;
};

static const char *const BOOSTERS[] = {
    "absolutely", "amazingly", "completely", "deeply",     "especially", "extremely", "fully",
    "greatly",    "highly",    "hugely",     "incredibly", "intensely",  "more",      "most",
    "quite",      "really",    "so",         "totally",    "very",       NULL};
static const char *const NEGATIONS[] = {"not",    "never",   "no",    "none",   "nor",
                                        "cannot", "without", "don't", "isn't",  "doesn't",
                                        "didn't", "won't",   "can't", "wasn't", NULL};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

struct naive *naive_create(const char *path)
{
    struct naive *naive = gs_calloc(1, sizeof(*naive));
    char line[4096];
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "bench_sentiment: %s cannot be read\n", path);
        exit(1);
    }
    while (naive->count < WORDS_MAX && fgets(line, sizeof(line), file)) {
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab = 0;
        naive->words[naive->count++] = (struct word){gs_strdup(line), strtod(tab + 1, NULL)};
    }
    fclose(file);
    qsort(naive->words, naive->count, sizeof(*naive->words), compare);
    return naive;
}

void naive_destroy(struct naive *naive)
{
    for (size_t i = 0; i < naive->count; i++)
        gs_free(naive->words[i].text);
    gs_free(naive);
}

static char *take_token(struct gs_str *rest)
{
    while (rest->len && isspace((unsigned char)*rest->data))
        *rest = gs_str_make(rest->data + 1, rest->len - 1);
    size_t len = 0;
    while (len < rest->len && !isspace((unsigned char)rest->data[len]))
        len++;
    if (len == 0)
        return NULL;
    const char *start = rest->data, *end = start + len;
    *rest = gs_str_make(end, rest->len - len);
    while (end - start > 2 && ispunct((unsigned char)*start))
        start++;
    while (end - start > 2 && ispunct((unsigned char)end[-1]))
        end--;
    char *token = gs_calloc(1, (size_t)(end - start) + 1);
    for (size_t i = 0; start + i < end; i++)
        token[i] = (char)tolower((unsigned char)start[i]);
    return token;
}

static bool is_in(const char *const *list, const char *token)
{
    for (; *list; list++)
        if (strcmp(*list, token) == 0)
            return true;
    return false;
}

static double value_of(const struct naive *naive, char **tokens, size_t at)
{
    struct word key = {tokens[at], 0};
    const struct word *word = bsearch(&key, naive->words, naive->count, sizeof(key), compare);
    if (!word)
        return 0;
    double value = word->valence;
    for (size_t back = 1; back <= BACK_MAX && back <= at; back++) {
        if (is_in(BOOSTERS, tokens[at - back]))
            value += value > 0 ? 0.293 : -0.293;
        if (is_in(NEGATIONS, tokens[at - back]))
            value *= -0.74;
    }
    return value;
}

double naive_score(const struct naive *naive, struct gs_str text)
{
    char *tokens[TOKENS_MAX];
    size_t count = 0;
    double sum = 0;
    int exclamations = 0;
    for (uint32_t i = 0; i < text.len; i++)
        exclamations += text.data[i] == '!' && exclamations < 4;
    while (count < TOKENS_MAX && (tokens[count] = take_token(&text)))
        count++;
    for (size_t i = 0; i < count; i++)
        sum += value_of(naive, tokens, i);
    for (size_t i = 0; i < count; i++)
        gs_free(tokens[i]);
    sum += (sum > 0 ? 0.292 : sum < 0 ? -0.292 : 0) * exclamations;
    return sum / sqrt(sum * sum + 15);
}
