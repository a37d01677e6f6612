/* mend_rules.c -- what vader+ asks about the words around one. */
#include "internal.h"

/* Punctuation and spaces between two tokens. A short look: a clause's end is told at once, and
 * what is longer is no comma. */
enum { GAP_BYTES_MAX = 16 };

static struct gs_str gap_behind(const struct gsi_text *text, size_t token)
{
    size_t start = text->tokens[token].start + text->tokens[token].len;
    size_t end = text->tokens[token + 1].start;
    return gs_str_make(text->raw + start, GS_MIN(end - start, (size_t)GAP_BYTES_MAX));
}

/* Dots in a row are a pause for breath, and not the end of a thought. */
bool gsi_has_end_of_clause(const struct gsi_text *text, size_t token)
{
    struct gs_str gap = gap_behind(text, token);
    for (uint32_t i = 0; i < gap.len; i++) {
        char c = gap.data[i];
        bool is_one = i + 1 == gap.len || gap.data[i + 1] != '.';
        if (c == '!' || c == '?' || c == ';' || c == '\n')
            return true;
        if (c == '.' && is_one && (i == 0 || gap.data[i - 1] != '.'))
            return true;
    }
    return false;
}

bool gsi_is_pause(const struct gsi_text *text, size_t token)
{
    struct gs_str gap = gap_behind(text, token);
    return memchr(gap.data, ',', gap.len) || gsi_is_end_of_clause(text, token);
}

/* What "like" compares behind: forms of "be", verbs of the senses, things. */
static const struct gs_str BEFORE_COMPARISON[] = {
    GSI_WORD("is"),        GSI_WORD("are"),      GSI_WORD("was"),     GSI_WORD("were"),
    GSI_WORD("be"),        GSI_WORD("been"),     GSI_WORD("being"),   GSI_WORD("am"),
    GSI_WORD("i'm"),       GSI_WORD("it's"),     GSI_WORD("its"),     GSI_WORD("he's"),
    GSI_WORD("she's"),     GSI_WORD("that's"),   GSI_WORD("they're"), GSI_WORD("you're"),
    GSI_WORD("we're"),     GSI_WORD("look"),     GSI_WORD("looks"),   GSI_WORD("looked"),
    GSI_WORD("looking"),   GSI_WORD("feel"),     GSI_WORD("feels"),   GSI_WORD("felt"),
    GSI_WORD("feeling"),   GSI_WORD("sound"),    GSI_WORD("sounds"),  GSI_WORD("sounded"),
    GSI_WORD("sounding"),  GSI_WORD("smell"),    GSI_WORD("smells"),  GSI_WORD("smelled"),
    GSI_WORD("smelling"),  GSI_WORD("taste"),    GSI_WORD("tastes"),  GSI_WORD("tasted"),
    GSI_WORD("tasting"),   GSI_WORD("seem"),     GSI_WORD("seems"),   GSI_WORD("seemed"),
    GSI_WORD("act"),       GSI_WORD("acts"),     GSI_WORD("acted"),   GSI_WORD("acting"),
    GSI_WORD("something"), GSI_WORD("anything"), GSI_WORD("nothing"), GSI_WORD("someone"),
    GSI_WORD("somebody"),  GSI_WORD("anyone"),   GSI_WORD("nobody"),  GSI_WORD("stuff"),
    GSI_WORD("things"),    GSI_WORD("more"),     GSI_WORD("just"),    GSI_WORD("much"),
    GSI_WORD("kinda"),     GSI_WORD("sorta")};

/* Else "like" is a verb: behind who does it, an adverb or a negation. */
bool gsi_is_comparison(const struct gsi_text *text, size_t token)
{
    if (token == 0 || gsi_is_end_of_clause(text, token - 1))
        return false;
    struct gs_str before = gsi_token_text(text, token - 1);
    for (size_t i = 0; i < GS_COUNT_OF(BEFORE_COMPARISON); i++)
        if (gs_str_equal(before, BEFORE_COMPARISON[i]))
            return true;
    return false;
}

/* "not only good", "not just good" */
bool gsi_is_no_negation(const struct gsi_text *text, size_t token)
{
    return token + 1 < text->token_count && gsi_token_is(text, token, "not") &&
           (gsi_token_is(text, token + 1, "only") || gsi_token_is(text, token + 1, "just"));
}

bool gsi_is_intensifier(const struct gsi_text *text, const struct gsi_hit *hit)
{
    const struct gsi_word *words = text->sentiment->words;
    const struct gsi_hit *next = hit + 1;
    if (next == text->hits + text->hit_count || next->token != hit->token + 1 ||
        words[next->word].flags & GSI_SIGN)
        return false;
    return words[hit->word].valence * words[next->word].valence < 0;
}
