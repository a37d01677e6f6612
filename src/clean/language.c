/* language.c -- whether the lexicon's language is a comment's. */
#include "groundswell/clean.h"
#include "groundswell/text.h"

bool gs_clean_language_is(struct gs_str lang, const char *primary)
{
    return gs_str_is_null(lang) || gs_text_language_is(lang, primary);
}
