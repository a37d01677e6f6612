/* phrases.c -- idioms with a value of their own ("yeah right"), and boosters of two words ("kind
 * of").
 *
 * They are looked for around a word of the lexicon that has three tokens before it:
 *
 *     [ -3 ] [ -2 ] [ -1 ] [ word ] [ +1 ] [ +2 ]
 *
 * Every one of them holds a word that is marked GSI_PHRASE. Only where such a word is among the six
 * are the runs of tokens compared with the tables. */
#include "internal.h"

enum { WORDS_MAX = 3 };

#define W(word)                                                                                    \
    {                                                                                              \
        word, sizeof(word) - 1                                                                     \
    }

static const struct idiom {
    struct gs_str words[WORDS_MAX]; /* null behind the last */
    double value;
} IDIOMS[] = {
    {{W("the"), W("shit")}, 3},         {{W("the"), W("bomb")}, 3},
    {{W("bad"), W("ass")}, 1.5},        {{W("bus"), W("stop")}, 0},
    {{W("yeah"), W("right")}, -2},      {{W("kiss"), W("of"), W("death")}, -1.5},
    {{W("to"), W("die"), W("for")}, 3}, {{W("beating"), W("heart")}, 3.5},
};

static const struct idiom BOOSTERS[] = {
    {{W("just"), W("enough")}, -0.293},
    {{W("kind"), W("of")}, -0.293},
    {{W("sort"), W("of")}, -0.293},
};

const char *const gsi_phrase_anchors[] = {"shit", "bomb",    "bad",    "stop", "yeah", "kiss",
                                          "die",  "beating", "enough", "kind", "sort", NULL};

/* Are the `count` tokens from `first` exactly the words of the idiom? */
static bool is_idiom(const struct gsi_text *text, const struct idiom *idiom, size_t first,
                     size_t count)
{
    if (count < WORDS_MAX && !gs_str_is_null(idiom->words[count]))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!gs_str_equal(gsi_token_text(text, first + i), idiom->words[i]))
            return false;
    return true;
}

static const struct idiom *find(const struct gsi_text *text, size_t first, size_t count)
{
    for (size_t i = 0; i < GS_COUNT_OF(IDIOMS); i++)
        if (is_idiom(text, &IDIOMS[i], first, count))
            return &IDIOMS[i];
    return NULL;
}

static double booster(const struct gsi_text *text, size_t first)
{
    for (size_t i = 0; i < GS_COUNT_OF(BOOSTERS); i++)
        if (is_idiom(text, &BOOSTERS[i], first, 2))
            return BOOSTERS[i].value;
    return 0;
}

/* The first of the runs that reach back from the word and are an idiom. */
static const struct idiom *find_before(const struct gsi_text *text, size_t token)
{
    static const struct {
        size_t back;
        size_t count;
    } RUNS[] = {{1, 2}, {2, 3}, {2, 2}, {3, 3}, {3, 2}};
    for (size_t i = 0; i < GS_COUNT_OF(RUNS); i++) {
        const struct idiom *idiom = find(text, token - RUNS[i].back, RUNS[i].count);
        if (idiom)
            return idiom;
    }
    return NULL;
}

double gsi_phrases(const struct gsi_text *text, size_t token, double value)
{
    const struct idiom *idiom = find_before(text, token);
    if (idiom)
        value = idiom->value;
    for (size_t count = 2; count <= WORDS_MAX && token + count <= text->token_count; count++) {
        idiom = find(text, token, count);
        if (idiom)
            value = idiom->value;
    }
    value += booster(text, token - 3);
    return value + booster(text, token - 2);
}
