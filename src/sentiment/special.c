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

static struct gs_str take_word(const char **at)
{
    const char *start = *at;
    size_t len = strcspn(start, " ");
    *at = start + len + (start[len] == ' ');
    return gs_str_make(start, len);
}

size_t gsi_special_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < GS_COUNT_OF(SPECIAL); i++)
        for (const char *at = SPECIAL[i].words; *at; count++)
            take_word(&at);
    for (size_t i = 0; gsi_phrase_anchors[i]; i++)
        count++;
    return count;
}

void gsi_special_add(struct gs_sentiment *s)
{
    for (size_t i = 0; i < GS_COUNT_OF(SPECIAL); i++)
        for (const char *at = SPECIAL[i].words; *at;)
            gsi_word_add(s, take_word(&at))->flags |= SPECIAL[i].flags;
    for (size_t i = 0; gsi_phrase_anchors[i]; i++)
        gsi_word_add(s, gs_str_of(gsi_phrase_anchors[i]))->flags |= GSI_PHRASE;
}
