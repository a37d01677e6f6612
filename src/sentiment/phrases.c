/* phrases.c -- idioms with a value of their own ("yeah right"), and boosters of two words ("kind
 * of").
 *
 * They are looked for around a word of the lexicon that has three tokens before it:
 *
 *     [ -3 ] [ -2 ] [ -1 ] [ word ] [ +1 ] [ +2 ]
 *
 * Every one of them holds a word that is marked GSI_PHRASE, its anchor. Only where such a word is
 * among the six, and a run of tokens around it is a phrase, are all runs compared with the tables.
 */
#include "internal.h"

enum { WORDS_MAX = 3 };

static const struct idiom {
    struct gs_str words[WORDS_MAX]; /* null behind the last */
    double value;
    size_t anchor; /* which word it is */
} IDIOMS[] = {
    {{GSI_WORD("the"), GSI_WORD("shit")}, 3, 1},
    {{GSI_WORD("the"), GSI_WORD("bomb")}, 3, 1},
    {{GSI_WORD("bad"), GSI_WORD("ass")}, 1.5, 0},
    {{GSI_WORD("bus"), GSI_WORD("stop")}, 0, 1},
    {{GSI_WORD("yeah"), GSI_WORD("right")}, -2, 0},
    {{GSI_WORD("kiss"), GSI_WORD("of"), GSI_WORD("death")}, -1.5, 0},
    {{GSI_WORD("to"), GSI_WORD("die"), GSI_WORD("for")}, 3, 1},
    {{GSI_WORD("beating"), GSI_WORD("heart")}, 3.5, 0},
};

static const struct idiom BOOSTERS[] = {
    {{GSI_WORD("just"), GSI_WORD("enough")}, -0.293, 1},
    {{GSI_WORD("kind"), GSI_WORD("of")}, -0.293, 0},
    {{GSI_WORD("sort"), GSI_WORD("of")}, -0.293, 0},
};

const char *const gsi_phrase_anchors = "enough kind sort";
const char *const gsi_idiom_anchors = "shit bomb bad stop yeah kiss die beating";

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

double gsi_phrase_boost(const struct gsi_text *text, size_t first)
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

/* Is there a phrase whose anchor is this token? */
static bool is_anchor_of(const struct gsi_text *text, const struct idiom *idioms, size_t count,
                         size_t token)
{
    struct gs_str word = gsi_token_text(text, token);
    for (const struct idiom *idiom = idioms; idiom < idioms + count; idiom++) {
        size_t words = gs_str_is_null(idiom->words[2]) ? 2 : 3;
        if (word.len == idiom->words[idiom->anchor].len && token >= idiom->anchor &&
            token - idiom->anchor + words <= text->token_count &&
            is_idiom(text, idiom, token - idiom->anchor, words))
            return true;
    }
    return false;
}

static bool is_any_near(const struct gsi_text *text, size_t token)
{
    size_t end = GS_MIN(token + 1 + GSI_BEHIND, (size_t)text->token_count);
    for (size_t at = token - GSI_BEFORE; at < end; at++)
        if (text->flags[at] & GSI_PHRASE &&
            (is_anchor_of(text, IDIOMS, GS_COUNT_OF(IDIOMS), at) ||
             is_anchor_of(text, BOOSTERS, GS_COUNT_OF(BOOSTERS), at)))
            return true;
    return false;
}

double gsi_phrases(const struct gsi_text *text, size_t token, double value)
{
    if (!is_any_near(text, token))
        return value;
    const struct idiom *idiom = find_before(text, token);
    if (idiom)
        value = idiom->value;
    for (size_t count = 2; count <= WORDS_MAX && token + count <= text->token_count; count++) {
        idiom = find(text, token, count);
        if (idiom)
            value = idiom->value;
    }
    value += gsi_phrase_boost(text, token - 3);
    return value + gsi_phrase_boost(text, token - 2);
}
