/* special.c -- the words that the rules know, whatever the lexicon says: intensifiers, negations
 * and the few with a rule of their own. They stand in the same table as the lexicon, so that one
 * look-up tells all about a token. */
#include "internal.h"

/* Negations with an apostrophe all hold "n't", which tokens.c marks without the table. */
static const struct {
    uint16_t flags;
    const char *words; /* separated by spaces */
} SPECIAL[] = {
    {GSI_BOOST,
     "absolutely amazingly awfully completely considerable considerably decidedly deeply effing "
     "enormous enormously entirely especially exceptional exceptionally extreme extremely "
     "fabulously flipping flippin frackin fracking fricking frickin frigging friggin fully fuckin "
     "fucking fuggin fugging greatly hella highly hugely incredible incredibly intensely major "
     "majorly more most particularly purely quite really remarkably so substantially thoroughly "
     "total totally tremendous tremendously uber unbelievably unusually utter utterly very"},
    {GSI_DAMPEN,
     "almost barely hardly kinda kindof kind-of less little marginal marginally occasional "
     "occasionally partly scarce scarcely slight slightly somewhat sorta sortof sort-of"},
    {GSI_NEGATION,
     "aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt "
     "mustnt neither neednt never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh "
     "wasnt werent uh-uh without wont wouldnt rarely seldom despite"},
    {GSI_NO, "no"},
    {GSI_NEVER, "never"},
    {GSI_SO_THIS, "so this"},
    {GSI_WITHOUT, "without"},
    {GSI_DOUBT, "doubt"},
    {GSI_LEAST, "least"},
    {GSI_BUT, "but"},
    {GSI_KIND, "kind"},
};

/* Those of a mend, where that is in force. */
static const struct {
    uint32_t mend;
    uint16_t flags;
    const char *words;
} MENDED[] = {
    {GS_MEND_NEGATIONS, GSI_NEGATION, "nobody noone no-one nowt nada nvr"},
    {GS_MEND_SIGNS, GSI_SIGN,
     "lol lmao lmfao rofl rotfl xd haha hahaha hahahaha hah heh hehe yay yaay woohoo woo wow "
     "yikes ugh ugh meh eww ew yuck omg wtf ffs smh xoxo xo"},
    {GS_MEND_INTENSIFIERS, GSI_INTENSIFIER,
     "pretty super damn damned dammit bloody freaking freakin insanely insane crazy wicked sick "
     "terribly horribly ridiculously stupidly seriously honestly truly definitely clearly surely "
     "perfectly badly dirty deadly"},
};

static struct gs_str take_word(const char **at)
{
    const char *start = *at;
    size_t len = strcspn(start, " ");
    *at = start + len + (start[len] == ' ');
    return gs_str_make(start, len);
}

static void add_words(struct gs_sentiment *s, const char *words, uint16_t flags)
{
    while (*words)
        gsi_word_add(s, take_word(&words))->flags |= flags;
}

static size_t word_count(const char *words)
{
    size_t count = 0;
    for (; *words; count++)
        take_word(&words);
    return count;
}

size_t gsi_special_count(void)
{
    size_t count = 1 + gsi_idiom_count();
    for (size_t i = 0; i < GS_COUNT_OF(SPECIAL); i++)
        count += word_count(SPECIAL[i].words);
    for (size_t i = 0; i < GS_COUNT_OF(MENDED); i++)
        count += word_count(MENDED[i].words);
    return count + word_count(gsi_phrase_anchors) + word_count(gsi_idiom_anchors);
}

void gsi_special_add(struct gs_sentiment *s)
{
    for (size_t i = 0; i < GS_COUNT_OF(SPECIAL); i++)
        add_words(s, SPECIAL[i].words, SPECIAL[i].flags);
    add_words(s, gsi_phrase_anchors, GSI_PHRASE);
    for (size_t i = 0; i < GS_COUNT_OF(MENDED); i++)
        if (s->mends & MENDED[i].mend)
            add_words(s, MENDED[i].words, MENDED[i].flags);
    if (s->mends & GS_MEND_IDIOMS)
        gsi_idiom_add_anchors(s);
    else
        add_words(s, gsi_idiom_anchors, GSI_PHRASE);
    s->like = (uint32_t)(gsi_word_add(s, gs_str_of("like")) - s->words);
}
