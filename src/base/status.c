/* status.c -- errors as values, and the two ways to die: a failed assertion and no memory. */
#include "groundswell/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static const struct {
    const char *name;
    int exit_code;
} status_table[] = {
    [GS_OK] = {"ok", 0},
    [GS_E_USAGE] = {"usage", 64},
    [GS_E_DATA] = {"data", 65},
    [GS_E_UNAVAIL] = {"unavailable", 69},
    [GS_E_BUG] = {"internal", 70},
    [GS_E_MEMORY] = {"memory", 71},
    [GS_E_TEMP] = {"temporary", 75},
    [GS_E_REFUSED] = {"refused", 77},
    [GS_E_CONFIG] = {"configuration", 78},
};

enum gs_status gs_fail(struct gs_error *error, enum gs_status status, const char *format, ...)
{
    if (!error)
        return status;
    va_list args;
    va_start(args, format);
    error->status = status;
    error->retry = status == GS_E_UNAVAIL || status == GS_E_TEMP ? GS_RETRY_LATER : GS_RETRY_NEVER;
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return status;
}

enum gs_status gs_fail_prefix(struct gs_error *error, const char *format, ...)
{
    char old[sizeof error->message];
    char prefix[160];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    memcpy(old, error->message, sizeof old);
    snprintf(error->message, sizeof error->message, "%s: %.300s", prefix, old);
    return error->status;
}

int gs_status_exit_code(enum gs_status status)
{
    return status_table[status].exit_code;
}

const char *gs_status_name(enum gs_status status)
{
    return status_table[status].name;
}

_Noreturn void gs_assert_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "groundswell: bug at %s:%d: %s does not hold; please report it\n", file, line,
            condition);
    abort();
}

static void *or_die(void *memory, size_t bytes)
{
    if (!memory) {
        fprintf(stderr, "groundswell: out of memory (%zu bytes asked for)\n", bytes);
        abort();
    }
    return memory;
}

void *gs_alloc(size_t bytes)
{
    return or_die(malloc(bytes ? bytes : 1), bytes);
}

void *gs_calloc(size_t count, size_t bytes)
{
    return or_die(calloc(count ? count : 1, bytes ? bytes : 1), count * bytes);
}

void *gs_alloc_aligned(size_t alignment, size_t bytes)
{
    return or_die(aligned_alloc(alignment, bytes), bytes);
}

enum { HUGE_PAGE = 2 << 20, LINE = 64 };

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; what does not know it has a fault for each page */
#endif

/* Takes all pages at once, at a page's beginning. One by one each costs a fault, and one that is
 * read before it is written costs two and an interrupt of the other processors. Small pages, of
 * which the kernel makes huge ones later: to zero 2 MB stalls the loop, for milliseconds where a
 * hypervisor has taken the free memory back. Not of less than 2 MB, or the kernel takes the rest of
 * them, too, which nobody has asked for. */
static void populate(void *memory, size_t bytes)
{
    (void)madvise(memory, bytes, MADV_POPULATE_WRITE);
    if (bytes >= HUGE_PAGE)
        (void)madvise(memory, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
}

void *gs_alloc_large(size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return gs_alloc_aligned(LINE, bytes);
    void *memory = gs_alloc_aligned(HUGE_PAGE, bytes);
    (void)madvise(memory, bytes, MADV_HUGEPAGE); /* without them it is only slower */
    return memory;
}

void *gs_table_alloc(size_t bytes_max)
{
    size_t bytes = (bytes_max + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE + HUGE_PAGE;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        or_die(NULL, bytes);
    uintptr_t begin = ((uintptr_t)memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    size_t before = begin - (uintptr_t)memory;
    if (before)
        munmap(memory, before);
    munmap((void *)(begin + bytes - HUGE_PAGE), HUGE_PAGE - before);
    return (void *)begin;
}

void gs_table_use(void *table, size_t bytes)
{
    populate(table, bytes);
}

void gs_table_free(void *table, size_t bytes_max)
{
    if (table)
        munmap(table, (bytes_max + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
}

void *gs_alloc_chunk(uint32_t index, void *previous, size_t bytes)
{
    uint32_t together = (uint32_t)(HUGE_PAGE / bytes);
    if (index < together)
        return gs_alloc_aligned(LINE, bytes);
    if (index % together)
        return (char *)previous + bytes;
    void *memory = gs_alloc_aligned(HUGE_PAGE, HUGE_PAGE);
    populate(memory, HUGE_PAGE);
    return memory;
}

void gs_free_chunk(uint32_t index, void *chunk, size_t bytes)
{
    uint32_t together = (uint32_t)(HUGE_PAGE / bytes);
    if (index < together || index % together == 0)
        gs_free(chunk);
}

void *gs_realloc(void *memory, size_t bytes)
{
    return or_die(realloc(memory, bytes ? bytes : 1), bytes);
}

char *gs_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(gs_alloc(bytes), text, bytes);
}

void gs_free(void *memory)
{
    free(memory);
}
