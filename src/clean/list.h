/* list.h -- the lines of a list: a file's bytes, # begins a comment, empty lines are skipped. */
#ifndef CLEAN_LIST_H
#define CLEAN_LIST_H

#include "internal.h"

struct gsi_list_reader {
    struct gs_str rest;
    const char *name;
    const char *file; /* NULL: not told */
    uint32_t line;    /* number of the last one, from 1 */
};

/* The next line without its comment and the white space around it; false behind the last one. */
bool gsi_list_next(struct gsi_list_reader *reader, struct gs_str *line);
size_t gsi_list_lines(struct gs_str file);
/* Says what is wrong with the last line, or a part of it. */
enum gs_status gsi_list_refuse(const struct gsi_list_reader *reader, struct gs_str what,
                               const char *why, struct gs_error *error);

#endif
