/* measure.h -- time, allocations and, under valgrind, instructions of a part of a program.
 *
 * Linking measure.c replaces malloc and its relatives for the whole process by ones that count.
 * One thread. */
#ifndef GS_BENCH_MEASURE_H
#define GS_BENCH_MEASURE_H

#include "groundswell/base.h"

struct measure {
    const char *name;
    const char *unit; /* what `items` are */
    uint64_t items;
    int64_t cpu_ns;
    uint64_t allocations;
    int64_t begin_ns;
    uint64_t begin_allocations;
};

/* Of callgrind's counts only those of this measure are collected; NULL: of all. */
void measure_select(const char *name);
bool measure_is_selected(const char *name);
/* How often a thing is to be done that is usually done `count` times: less under valgrind, which is
 * slow and counts the same each time. */
uint32_t measure_rounds(uint32_t count);
/* What lies between is added. Not nested. The CPU time of the thread: on a machine that others use
 * too it is steadier than the wall's. */
void measure_begin(struct measure *measure);
void measure_end(struct measure *measure, uint64_t items);

/* A line of the table, or its head. */
void measure_print_head(void);
void measure_print(const struct measure *measure);
/* "name":{...} */
void measure_add_json(struct gs_buf *json, const struct measure *measure);
double measure_ns(const struct measure *measure);          /* per item */
double measure_allocations(const struct measure *measure); /* per item */

#endif
