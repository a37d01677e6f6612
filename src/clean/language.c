/* language.c -- BCP 47 tags by their primary subtag. */
#include "groundswell/clean.h"

bool gs_clean_language_is(struct gs_str lang, const char *primary)
{
    uint32_t i = 0;
    if (gs_str_is_null(lang))
        return true;
    for (; i < lang.len && lang.data[i] != '-' && lang.data[i] != '_'; i++)
        if (primary[i] == 0 || (lang.data[i] | 0x20) != primary[i])
            return false;
    return primary[i] == 0;
}
