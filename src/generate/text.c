/* text.c -- texts from the parts in phrases.c: enough combinations that a text seldom repeats by
 * chance, cheap enough not to be what limits the generator. */
#include "text.h"

static void add_part(struct gsi_generate_random *random, const struct gsi_generate_parts *parts,
                     struct gs_buf *out)
{
    gs_buf_add_text(out, parts->items[gsi_generate_below(random, parts->count)]);
}

void gsi_generate_sentences(struct gsi_generate_random *random, uint32_t language,
                            enum gsi_generate_mood mood, uint32_t bytes, struct gs_buf *out)
{
    const struct gsi_generate_language *words = &gsi_generate_languages[language];
    out->len = 0;
    for (;;) {
        /* Now and then a sentence of another mood: real comments are seldom of one piece. */
        enum gsi_generate_mood own = gsi_generate_one_in(random, 8) ? GSI_MOOD_NEUTRAL : mood;
        if (gsi_generate_one_in(random, 2))
            add_part(random, &words->openers, out);
        add_part(random, &words->subjects, out);
        add_part(random, &words->predicates[own], out);
        add_part(random, &words->endings[own], out);
        if (out->len + 12 >= bytes)
            return;
        gs_buf_add(out, " ", 1);
    }
}

void gsi_generate_phrase(struct gsi_generate_random *random, const struct gsi_generate_parts *parts,
                         struct gs_buf *out)
{
    out->len = 0;
    add_part(random, parts, out);
    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] == '#')
            out->data[i] = (char)('0' + gsi_generate_below(random, 10));
}
