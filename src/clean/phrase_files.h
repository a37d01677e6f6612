/* phrase_files.h -- the built-in lists, made from phrases/ by embed.cmake, in the order of enum
 * gs_clean_list. */
#ifndef CLEAN_PHRASE_FILES_H
#define CLEAN_PHRASE_FILES_H

#include <stddef.h>

struct gsi_clean_file {
    const char *data;
    const size_t *bytes;
};
extern const struct gsi_clean_file gsi_clean_files[];

#endif
