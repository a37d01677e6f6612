/* mend_idioms.c -- phrases that mean something else than their words, for vader+.
 *
 * The original knows eight, and looks for them only where three words stand before. Here they are
 * found anywhere. One word of each is its anchor: it gets the idiom's value, the others are worth
 * nothing and do nothing, and rules look at what stands before the idiom. An anchor that is not in
 * the lexicon is a carrier: a hit, but worth nothing without its idiom. */
#include "internal.h"

enum { WORDS_MAX = 3 };

static const struct idiom {
    struct gs_str words[WORDS_MAX]; /* null behind the last */
    double value;
    size_t anchor; /* which word it is */
} IDIOMS[] = {
    /* The original's. */
    {{GSI_WORD("the"), GSI_WORD("shit")}, 3, 1},
    {{GSI_WORD("the"), GSI_WORD("bomb")}, 3, 1},
    {{GSI_WORD("bad"), GSI_WORD("ass")}, 1.5, 1},
    {{GSI_WORD("bus"), GSI_WORD("stop")}, 0, 1},
    {{GSI_WORD("yeah"), GSI_WORD("right")}, -2, 0},
    {{GSI_WORD("kiss"), GSI_WORD("of"), GSI_WORD("death")}, -1.5, 2},
    {{GSI_WORD("to"), GSI_WORD("die"), GSI_WORD("for")}, 3, 1},
    {{GSI_WORD("beating"), GSI_WORD("heart")}, 3.5, 0},
    /* Those that it lists, but never applies; not "in the red" and GSI_WORD("in the black"), which
     * are colours of clothes as well. */
    {{GSI_WORD("cut"), GSI_WORD("the"), GSI_WORD("mustard")}, 2, 2},
    {{GSI_WORD("hand"), GSI_WORD("to"), GSI_WORD("mouth")}, -2, 2},
    {{GSI_WORD("back"), GSI_WORD("handed")}, -2, 1},
    {{GSI_WORD("blow"), GSI_WORD("smoke")}, -2, 1},
    {{GSI_WORD("blowing"), GSI_WORD("smoke")}, -2, 1},
    {{GSI_WORD("upper"), GSI_WORD("hand")}, 1, 0},
    {{GSI_WORD("break"), GSI_WORD("a"), GSI_WORD("leg")}, 2, 2},
    {{GSI_WORD("cooking"), GSI_WORD("with"), GSI_WORD("gas")}, 2, 2},
    {{GSI_WORD("on"), GSI_WORD("the"), GSI_WORD("ball")}, 2, 2},
    {{GSI_WORD("under"), GSI_WORD("the"), GSI_WORD("weather")}, -2, 2},
    /* A negation or a hard word that praises. */
    {{GSI_WORD("can't"), GSI_WORD("wait")}, 2.2, 1},
    {{GSI_WORD("cant"), GSI_WORD("wait")}, 2.2, 1},
    {{GSI_WORD("cannot"), GSI_WORD("wait")}, 2.2, 1},
    {{GSI_WORD("killing"), GSI_WORD("it")}, 2.5, 0},
    {{GSI_WORD("killed"), GSI_WORD("it")}, 2.5, 0},
    {{GSI_WORD("nailed"), GSI_WORD("it")}, 2.5, 0},
    {{GSI_WORD("on"), GSI_WORD("fire")}, 2, 1},
    {{GSI_WORD("is"), GSI_WORD("fire")}, 2.5, 1},
    {{GSI_WORD("straight"), GSI_WORD("fire")}, 2.5, 1},
    {{GSI_WORD("pure"), GSI_WORD("fire")}, 2.5, 1},
    {{GSI_WORD("blown"), GSI_WORD("away")}, 2.2, 0},
    {{GSI_WORD("over"), GSI_WORD("the"), GSI_WORD("moon")}, 2.7, 2},
    {{GSI_WORD("hell"), GSI_WORD("yeah")}, 2.5, 0},
    {{GSI_WORD("hell"), GSI_WORD("yes")}, 2.5, 0},
    {{GSI_WORD("drop"), GSI_WORD("dead"), GSI_WORD("gorgeous")}, 3.1, 1},
    {{GSI_WORD("hits"), GSI_WORD("different")}, 2, 1},
    {{GSI_WORD("on"), GSI_WORD("point")}, 2, 1},
    {{GSI_WORD("thumbs"), GSI_WORD("up")}, 2.1, 0},
    /* Friendly words that blame. */
    {{GSI_WORD("thumbs"), GSI_WORD("down")}, -2.1, 0},
    {{GSI_WORD("hell"), GSI_WORD("no")}, -2.3, 0},
    {{GSI_WORD("sick"), GSI_WORD("of")}, -2.1, 0},
    {{GSI_WORD("fed"), GSI_WORD("up")}, -2, 0},
    {{GSI_WORD("rip"), GSI_WORD("off")}, -2.3, 0},
    {{GSI_WORD("ripped"), GSI_WORD("off")}, -2.3, 0},
    {{GSI_WORD("let"), GSI_WORD("down")}, -1.9, 1},
    /* Words of feeling that only link others. */
    {{GSI_WORD("as"), GSI_WORD("well")}, 0, 1},
    {{GSI_WORD("pretty"), GSI_WORD("much")}, 0, 0},
    {{GSI_WORD("no"), GSI_WORD("wonder")}, 0, 1},
    {{GSI_WORD("thank"), GSI_WORD("god")}, 1.5, 1},
    {{GSI_WORD("best"), GSI_WORD("buy")}, 0, 0},
    {{GSI_WORD("great"), GSI_WORD("britain")}, 0, 0},
};

_Static_assert(GS_COUNT_OF(IDIOMS) <= GSI_IDIOMS_MAX, "their chains need room");

size_t gsi_idiom_count(void)
{
    return GS_COUNT_OF(IDIOMS);
}

/* Chains of idioms by the first letter of their anchors; all are small letters. */
static void chain(struct gs_sentiment *s, size_t idiom)
{
    uint8_t *head = &s->idiom_heads[IDIOMS[idiom].words[IDIOMS[idiom].anchor].data[0] - 'a'];
    s->idiom_nexts[idiom] = *head;
    *head = (uint8_t)(idiom + 1);
}

void gsi_idiom_add_anchors(struct gs_sentiment *s)
{
    for (size_t i = 0; i < GS_COUNT_OF(IDIOMS); i++) {
        struct gsi_word *word = gsi_word_add(s, IDIOMS[i].words[IDIOMS[i].anchor]);
        word->flags |= GSI_PHRASE;
        if (!(word->flags & GSI_LEXICON))
            word->flags |= GSI_CARRIER;
        chain(s, i);
    }
}

/* Do the tokens from `first` begin with the idiom? */
static bool is_here(const struct gsi_text *text, const struct idiom *idiom, size_t first)
{
    for (size_t i = 0; i < WORDS_MAX && !gs_str_is_null(idiom->words[i]); i++)
        if (first + i >= text->token_count ||
            !gs_str_equal(gsi_token_text(text, first + i), idiom->words[i]))
            return false;
    return true;
}

static const struct idiom *find_by_anchor(const struct gsi_text *text, size_t token)
{
    const struct gs_sentiment *s = text->sentiment;
    uint8_t next = s->idiom_heads[*gsi_token_text(text, token).data - 'a'];
    for (; next; next = s->idiom_nexts[next - 1]) {
        const struct idiom *idiom = &IDIOMS[next - 1];
        if (token >= idiom->anchor && is_here(text, idiom, token - idiom->anchor))
            return idiom;
    }
    return NULL;
}

bool gsi_idiom_find(const struct gsi_text *text, size_t token, struct gsi_idiom_found *found)
{
    if (!(text->flags[token] & GSI_PHRASE))
        return false;
    const struct idiom *idiom = find_by_anchor(text, token);
    if (idiom)
        *found = (struct gsi_idiom_found){token - idiom->anchor, idiom->value};
    return idiom;
}

/* Its words do nothing any more but stand there; the anchor is a word of the lexicon. */
static void take(struct gsi_text *text, const struct idiom *idiom, size_t token)
{
    size_t first = token - idiom->anchor;
    for (size_t i = 0; i < WORDS_MAX && !gs_str_is_null(idiom->words[i]); i++)
        text->flags[first + i] = GSI_CARRIER;
    text->flags[token] = GSI_LEXICON | GSI_PHRASE;
}

void gsi_idiom_take_all(struct gsi_text *text)
{
    for (uint32_t i = 0; i < text->hit_count; i++) {
        size_t token = text->hits[i].token;
        const struct idiom *idiom =
            text->flags[token] & GSI_PHRASE ? find_by_anchor(text, token) : NULL;
        if (idiom)
            take(text, idiom, token);
    }
}
