/* measure.c -- the clock, and an allocator that counts: the C library's own, called through the
 * names that it has besides the usual ones, so that every library in the process is counted. */
#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#endif

static _Atomic uint64_t allocations;
static const char *selected;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes)
{
    allocations++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocations++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    allocations++;
    return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    allocations++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    allocations++;
    *memory = __libc_memalign(alignment, bytes);
    return *memory ? 0 : ENOMEM;
}

static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void measure_select(const char *name)
{
    selected = name;
}

bool measure_is_selected(const char *name)
{
    return !selected || strcmp(selected, name) == 0;
}

uint32_t measure_rounds(uint32_t count)
{
    return selected ? count / 20 : count;
}

void measure_begin(struct measure *measure)
{
    measure->begin_allocations = allocations;
    measure->begin_ns = cpu_ns();
    if (measure_is_selected(measure->name)) {
        CALLGRIND_TOGGLE_COLLECT;
    }
}

void measure_end(struct measure *measure, uint64_t items)
{
    if (measure_is_selected(measure->name)) {
        CALLGRIND_TOGGLE_COLLECT;
    }
    measure->cpu_ns += cpu_ns() - measure->begin_ns;
    measure->allocations += allocations - measure->begin_allocations;
    measure->items += items;
}

double measure_ns(const struct measure *measure)
{
    return measure->items ? (double)measure->cpu_ns / (double)measure->items : 0;
}

double measure_allocations(const struct measure *measure)
{
    return measure->items ? (double)measure->allocations / (double)measure->items : 0;
}

void measure_print_head(void)
{
    printf("%-16s %10s  %-10s %12s %17s\n", "stage", "ns", "per", "measured", "allocations per");
}

void measure_print(const struct measure *measure)
{
    printf("%-16s %10.1f  %-10s %12llu %17.4f\n", measure->name, measure_ns(measure), measure->unit,
           (unsigned long long)measure->items, measure_allocations(measure));
}

void measure_add_json(struct gs_buf *json, const struct measure *measure)
{
    gs_buf_printf(json,
                  "\"%s\":{\"ns\":%.2f,\"per\":\"%s\",\"measured\":%llu,\"allocations\":%llu}",
                  measure->name, measure_ns(measure), measure->unit,
                  (unsigned long long)measure->items, (unsigned long long)measure->allocations);
}
