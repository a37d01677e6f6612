/* base.h -- what every room stands on: status and error, assertions, byte views, logging.
 *
 * Three kinds of trouble, three mechanisms: a bad record is a counted verdict (event.h), an
 * operating error is enum gs_status with a caller-owned struct gs_error, a bug is GS_ASSERT. */
#ifndef GROUNDSWELL_BASE_H
#define GROUNDSWELL_BASE_H

#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define GS_MUST_CHECK __attribute__((warn_unused_result))
#define GS_PRINTF(at, first) __attribute__((__format__(__printf__, at, first)))
#define GS_LIKELY(x) __builtin_expect(!!(x), 1)
#define GS_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define GS_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define GS_MIN(a, b) ((a) < (b) ? (a) : (b))
#define GS_MAX(a, b) ((a) > (b) ? (a) : (b))

/* Has the cache line at `at` brought near; any address will do. The empty asm is for GCC, which
 * takes a function that only prefetches for one without effect and removes the calls of it. */
static inline void gs_prefetch(const void *at)
{
    __builtin_prefetch(at);
    __asm__ volatile("");
}

/* ------------------------------------------------------------------ status and error */

enum gs_status {
    GS_OK = 0,
    GS_E_USAGE,   /* the command line is wrong: exit 64 */
    GS_E_DATA,    /* a file or an input cannot be understood: exit 65 */
    GS_E_UNAVAIL, /* Kafka, Redis or the registry cannot be used now: exit 69 */
    GS_E_BUG,     /* should not have happened: exit 70 */
    GS_E_MEMORY,  /* no memory: exit 71 */
    GS_E_TEMP,    /* fenced, or temporary: exit 75 */
    GS_E_REFUSED, /* a safety check says no: exit 77 */
    GS_E_CONFIG   /* the configuration is wrong: exit 78 */
};

enum gs_retry { GS_RETRY_NEVER = 0, GS_RETRY_LATER };

/* Caller-owned. The message says what, where and what to do, in one line without a full stop. */
struct gs_error {
    enum gs_status status;
    enum gs_retry retry;
    char message[480];
};

/* Fills error (may be NULL) and returns status, so that `return gs_fail(...)` reads well. */
enum gs_status gs_fail(struct gs_error *error, enum gs_status status, const char *format, ...)
    GS_PRINTF(3, 4);
/* Puts "prefix: " before the message that error already holds; returns its status. */
enum gs_status gs_fail_prefix(struct gs_error *error, const char *format, ...) GS_PRINTF(2, 3);
/* The exit code of a process that ends with this status (sysexits where they fit). */
int gs_status_exit_code(enum gs_status status);
const char *gs_status_name(enum gs_status status);

/* ------------------------------------------------------------------ assertions */

/* Stays on in release builds: a bug must not become a wrong number. Never for outside bytes. */
/* Whether a rule of the protocol is left out. Never: only tests/simulation builds the rooms once
 * more with another meaning of this, to show that it would notice. */
#ifndef GS_ABLATED
#define GS_ABLATED(rule) false
#endif

#define GS_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (GS_UNLIKELY(!(condition)))                                                             \
            gs_assert_failed(__FILE__, __LINE__, #condition);                                      \
    } while (0)
_Noreturn void gs_assert_failed(const char *file, int line, const char *condition);

/* Allocation that cannot be refused: aborts with a message when there is no memory. For set-up and
 * for growth with a stated limit; nothing calls these per event. gs_free accepts NULL. */
void *gs_alloc(size_t bytes) GS_MUST_CHECK;
void *gs_calloc(size_t count, size_t bytes) GS_MUST_CHECK;
/* alignment: a power of two >= sizeof(void *), and bytes a multiple of it. */
void *gs_alloc_aligned(size_t alignment, size_t bytes) GS_MUST_CHECK;
/* For what is read at random places: begins at a cache line, and from 2 MiB on (a multiple of that)
 * it lies in huge pages if the system gives any. Free with gs_free. */
void *gs_alloc_large(size_t bytes) GS_MUST_CHECK;
/* A table that grows where it lies: addresses for bytes_max bytes, of which only what
 * gs_table_use() names or what is touched takes memory; all 0. gs_table_use() before more than
 * before is touched: it takes the pages at once and has the kernel make them huge. Not for gs_free.
 */
void *gs_table_alloc(size_t bytes_max) GS_MUST_CHECK;
void gs_table_use(void *table, size_t bytes);
void gs_table_free(void *table, size_t bytes_max); /* accepts NULL */
/* Chunks of one size, at most 1 MiB, that are made one after the other and freed all together: the
 * first ones alone, so that little takes little, the others as parts of 2 MiB that are taken at
 * once. index counts from 0; previous: the chunk before, NULL for the first. */
void *gs_alloc_chunk(uint32_t index, void *previous, size_t bytes) GS_MUST_CHECK;
void gs_free_chunk(uint32_t index, void *chunk, size_t bytes);
void *gs_realloc(void *memory, size_t bytes) GS_MUST_CHECK;
char *gs_strdup(const char *text) GS_MUST_CHECK;
void gs_free(void *memory);

/* ------------------------------------------------------------------ byte views */

/* A view of bytes that somebody else owns; not terminated. data may be NULL only if the value is
 * absent; an empty string has a non-NULL data. */
struct gs_str {
    const char *data;
    uint32_t len;
};

static inline struct gs_str gs_str_make(const char *data, size_t len)
{
    return (struct gs_str){data, (uint32_t)len};
}
static inline struct gs_str gs_str_of(const char *text)
{
    return gs_str_make(text, text ? strlen(text) : 0);
}
static inline bool gs_str_is_null(struct gs_str s)
{
    return s.data == NULL;
}
/* 1 to 8 bytes as a number, the first one lowest, zeros above. Reads nothing behind them. */
static inline uint64_t gs_load_short(const char *bytes, size_t count)
{
    uint32_t low;
    uint32_t high;
    if (count < 4) {
        const unsigned char *p = (const unsigned char *)bytes;
        return p[0] | (uint64_t)p[count / 2] << 8 * (count / 2) |
               (uint64_t)p[count - 1] << 8 * (count - 1);
    }
    memcpy(&low, bytes, sizeof low);
    memcpy(&high, bytes + count - 4, sizeof high); /* overlaps: the same bits meet */
    return le32toh(low) | (uint64_t)le32toh(high) << 8 * (count - 4);
}
/* Ids are short, and most comparisons confirm what a hash said. */
static inline bool gs_str_equal(struct gs_str a, struct gs_str b)
{
    enum { WORD = 8, SHORT = 4 * WORD };
    uint64_t x, y, differ = 0;
    if (a.len != b.len || a.len > SHORT)
        return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    if (a.len < WORD)
        return a.len == 0 || gs_load_short(a.data, a.len) == gs_load_short(b.data, b.len);
    for (uint32_t at = 0; at + WORD < a.len; at += WORD) {
        memcpy(&x, a.data + at, WORD);
        memcpy(&y, b.data + at, WORD);
        differ |= x ^ y;
    }
    memcpy(&x, a.data + a.len - WORD, WORD);
    memcpy(&y, b.data + b.len - WORD, WORD);
    return !(differ | (x ^ y));
}
/* memcmp order, then the shorter first. */
int gs_str_compare(struct gs_str a, struct gs_str b);

/* A growing byte buffer; zero-initialise, release with gs_buf_deinit. len <= capacity. */
struct gs_buf {
    char *data;
    size_t len;
    size_t capacity;
};
void gs_buf_deinit(struct gs_buf *buf);
char *gs_buf_grow(struct gs_buf *buf, size_t more); /* of gs_buf_reserve() */
/* Makes room for `more` bytes (> 0) after len and returns where they start; len is unchanged. */
static inline char *gs_buf_reserve(struct gs_buf *buf, size_t more)
{
    return GS_LIKELY(buf->capacity - buf->len >= more) ? buf->data + buf->len
                                                       : gs_buf_grow(buf, more);
}
static inline void gs_buf_add(struct gs_buf *buf, const void *bytes, size_t count)
{
    if (!count)
        return; /* there may be no data to point into */
    memcpy(gs_buf_reserve(buf, count), bytes, count);
    buf->len += count;
}
static inline void gs_buf_add_str(struct gs_buf *buf, struct gs_str s)
{
    gs_buf_add(buf, s.data, s.len);
}
void gs_buf_add_text(struct gs_buf *buf, const char *text);
void gs_buf_add_int(struct gs_buf *buf, int64_t value);
/* As printf's %.6g, to the last digit. */
void gs_buf_add_g6(struct gs_buf *buf, double value);
/* The same into memory of the caller, who has room for GS_PUT_BYTES; return the end of the text.
 * What lies between that and GS_PUT_BYTES may be overwritten. */
enum { GS_PUT_BYTES = 32 };
char *gs_put_int(char *at, int64_t value);
char *gs_put_g6(char *at, double value);
void gs_buf_printf(struct gs_buf *buf, const char *format, ...) GS_PRINTF(2, 3);
/* Appends text as the inside of a JSON string (no quotes): escapes ", \ and controls; bytes that
 * are not valid UTF-8 become U+FFFD, so that the result is always valid JSON. */
void gs_buf_add_json(struct gs_buf *buf, struct gs_str text);

/* ------------------------------------------------------------------ hashes */

struct gs_hash128 {
    uint64_t low;
    uint64_t high;
};
/* XXH3. Seed 0 gives values that may be stored or compared between processes. */
uint64_t gs_hash64(const void *bytes, size_t count, uint64_t seed);
struct gs_hash128 gs_hash128(const void *bytes, size_t count);

/* A line of an index of hashes: one line of memory with 16 entries, each a tag (the high bits of a
 * hash) above a place where to look whether it is the same hash; 0 is an empty entry. */
enum { GS_LINE_BYTES = 64, GS_LINE_ENTRIES = 16, GS_LINE_PLACE_BITS = 24 };
#define GS_LINE_PLACE_MASK ((1u << GS_LINE_PLACE_BITS) - 1)

static inline uint32_t gs_line_tag(struct gs_hash128 hash)
{
    return (uint32_t)(hash.high >> 32) & ~GS_LINE_PLACE_MASK;
}

/* One bit per entry of a line. */
struct gs_line_marks {
    uint32_t same; /* not empty, and of this tag */
    uint32_t empty;
};

#ifdef __SSE2__
/* One bit per entry, of four masks for four entries each. */
static inline uint32_t gs_line_bits(__m128i a, __m128i b, __m128i c, __m128i d)
{
    __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
    return (uint32_t)_mm_movemask_epi8(bytes);
}
#endif

/* entries: a whole line, aligned to 16 bytes. One bit per entry that is empty. */
static inline uint32_t gs_line_empty(const uint32_t *entries)
{
#ifdef __SSE2__
    __m128i none = _mm_setzero_si128(), empty[4];
    for (size_t i = 0; i < 4; i++)
        empty[i] =
            _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)(const void *)(entries + 4 * i)), none);
    return gs_line_bits(empty[0], empty[1], empty[2], empty[3]);
#else
    uint32_t empty = 0;
    for (uint32_t i = 0; i < GS_LINE_ENTRIES; i++)
        empty |= (uint32_t)(entries[i] == 0) << i;
    return empty;
#endif
}

/* The same, and which ones have this tag above their place. */
static inline struct gs_line_marks gs_line_compare(const uint32_t *entries, uint32_t tag,
                                                   uint32_t place_mask)
{
    struct gs_line_marks marks = {0, 0};
#ifdef __SSE2__
    __m128i tags = _mm_set1_epi32((int)tag), none = _mm_setzero_si128(), same[4], empty[4];
    __m128i tag_bits = _mm_set1_epi32((int)~place_mask);
    for (size_t i = 0; i < 4; i++) {
        __m128i four = _mm_load_si128((const __m128i *)(const void *)(entries + 4 * i));
        same[i] = _mm_cmpeq_epi32(_mm_and_si128(four, tag_bits), tags);
        empty[i] = _mm_cmpeq_epi32(four, none);
    }
    marks.same = gs_line_bits(same[0], same[1], same[2], same[3]);
    marks.empty = gs_line_bits(empty[0], empty[1], empty[2], empty[3]);
#else
    for (uint32_t i = 0; i < GS_LINE_ENTRIES; i++) {
        marks.same |= (uint32_t)((entries[i] & ~place_mask) == tag) << i;
        marks.empty |= (uint32_t)(entries[i] == 0) << i;
    }
#endif
    marks.same &= ~marks.empty;
    return marks;
}

/* An index of 2^n lines that doubles, and so seldom has to look at what it names. A hash belongs to
 * the line that its low n bits number, its home, or if that is full to one behind it, as a stray:
 *
 *      entry   [stray 1 bit] [tag, 27 - n bits: the hash above the low n] [place, n + 4 bits]
 *
 * When there are twice as many lines, the lowest bit of the tag is one of the number: entries stay,
 * or go to the same line of the new half, and that bit is one of the place. Only strays have to be
 * entered anew. Little collides while there is little: tags are as long as they can be. */
#define GS_LINES_STRAY (1u << 31)
enum { GS_LINES_MAX = 1 << 21 }; /* at least 6 bits of tag */

/* mask: the number of lines - 1. A place is at least 1, and at most this. */
static inline uint32_t gs_lines_place_mask(uint32_t mask)
{
    return mask << 4 | 15;
}

/* In the hash's home; elsewhere with GS_LINES_STRAY. */
static inline uint32_t gs_lines_tag(struct gs_hash128 hash, uint32_t mask)
{
    return ((uint32_t)hash.low & ~mask) << 4 & ~GS_LINES_STRAY;
}

/* Doubles mask + 1 lines of which the first `entries` entries are used; the rest of each becomes 0.
 * The new half is all 0. Takes the strays out: returns how many there were, and their places in
 * strays, which has room for one more. */
uint32_t gs_lines_double(uint32_t *lines, uint32_t mask, uint32_t entries, uint32_t *strays);

/* ------------------------------------------------------------------ numbers and time as text */

/* "250ms", "10s", "5m", "1h", "2d" -> milliseconds; false if it is not one (no sign, no fraction,
 * a unit is required unless the value is 0). */
bool gs_parse_duration_ms(struct gs_str text, int64_t *ms);
/* "64MiB", "2KiB", "1GiB", "500B" or a plain number -> bytes. */
bool gs_parse_size(struct gs_str text, int64_t *bytes);
/* Decimal integer with optional '-'; the whole text must be one. */
bool gs_parse_int(struct gs_str text, int64_t *value);
/* The shortest exact spelling of a duration: 300000 -> "5m". buffer of >= 24 bytes. */
const char *gs_format_duration(int64_t ms, char *buffer, size_t capacity);

/* ------------------------------------------------------------------ log */

enum gs_log_level { GS_LOG_ERROR, GS_LOG_WARN, GS_LOG_INFO, GS_LOG_DEBUG };
enum gs_log_format { GS_LOG_LOGFMT, GS_LOG_JSON };

/* Process-wide, set once at start; lines go to stderr in one write each, so they
 * may come from any thread. Pure rooms do not log: they return what is to be said. */
void gs_log_configure(enum gs_log_level level, enum gs_log_format format);
bool gs_log_enabled(enum gs_log_level level);

/* One per call site: at most `burst` lines per 10 s, then one line says how many were left out. */
struct gs_log_site {
    int64_t window_start_ms;
    uint32_t lines;
    uint32_t suppressed;
};
/* area names the room or "librdkafka"; the message is free text, no payloads, no secrets. */
void gs_log_write(struct gs_log_site *site, enum gs_log_level level, const char *area,
                  const char *format, ...) GS_PRINTF(4, 5);
#define gs_log(level, area, ...)                                                                   \
    do {                                                                                           \
        static struct gs_log_site gs_log_site_here;                                                \
        if (gs_log_enabled(level))                                                                 \
            gs_log_write(&gs_log_site_here, level, area, __VA_ARGS__);                             \
    } while (0)

#endif
