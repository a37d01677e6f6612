/* cut.h -- the records of the checkpoint log: written, read, and which of them to go on from.
 *
 * A cut is what changed in a task since the cut before, at one moment, in parts: records of the
 * log. The last part of a cut is its barrier: where the task stood, and its lineage, the cuts that
 * make up its state, in order. The log may hold cuts of many writers, one among another, whole or
 * not; what a barrier does not name is no part of it.
 *
 *   record   "GSC" and format 1   part u32   parts u32   body bytes u32   layout u64   cut u64
 *            incarnation (high u64, low u64)   body   XXH3-64 of all before it
 *            Fixed numbers are little-endian. XXH3-64 and not CRC32C: the library is here already,
 *            and it lets through one wrong record in 2^64 and not one in 2^32.
 *   entries  the body of every part but the last: one after another
 *            kind u8   key length, key   value length + 1 (0 = tombstone), value
 *   barrier  the body of the last part: see barrier.c
 *
 * Knows nothing of Kafka and of what entries mean. Pure: no clock, no I/O. An object belongs to one
 * thread at a time. Nothing here fails but for the bytes of others; those are never trusted. */
#ifndef GROUNDSWELL_CUT_H
#define GROUNDSWELL_CUT_H

#include "groundswell/base.h"

enum {
    GS_CUT_INPUTS_MAX = 16,
    GS_CUT_SPANS_MAX = 256,     /* incarnations in one lineage */
    GS_CUT_LEFT_OUT_MAX = 1024, /* in one lineage */
    GS_CUT_VARINT_BYTES = 10
};
/* The largest offset and cut number that is believed: sixteen of them can be added. */
#define GS_CUT_NUMBER_MAX ((uint64_t)INT64_MAX / GS_CUT_INPUTS_MAX)

/* ------------------------------------------------------------------ numbers in bytes */

/* What is left to be read. After a value that does not fit or is not the shortest form of its
 * number, nothing is left and `failed` stays set, so that it is enough to look at it in the end. */
struct gs_cut_cursor {
    const char *at;
    const char *end;
    bool failed;
};

static inline struct gs_cut_cursor gs_cut_cursor(struct gs_str bytes)
{
    return (struct gs_cut_cursor){bytes.data, bytes.data + bytes.len, false};
}
/* Into memory of the caller, who has room for VARINT_BYTES; return the end. For many numbers one
 * after the other. */
static inline char *gs_cut_write_u64(char *at, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (char)(value | 0x80);
    *at++ = (char)value;
    return at;
}
/* Small numbers of either sign are short: 0, -1, 1, -2 ... become 0, 1, 2, 3 ... */
static inline char *gs_cut_write_i64(char *at, int64_t value)
{
    return gs_cut_write_u64(at, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}
/* Room for VARINT_BYTES and the string. */
static inline char *gs_cut_write_str(char *at, struct gs_str s)
{
    at = gs_cut_write_u64(at, s.len);
    memcpy(at, s.data, s.len);
    return at + s.len;
}
static inline void gs_cut_put_u64(struct gs_buf *buf, uint64_t value)
{
    char *begin = gs_buf_reserve(buf, GS_CUT_VARINT_BYTES);
    buf->len += (size_t)(gs_cut_write_u64(begin, value) - begin);
}
static inline void gs_cut_put_i64(struct gs_buf *buf, int64_t value)
{
    gs_cut_put_u64(buf, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}
static inline uint64_t gs_cut_get_u64(struct gs_cut_cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; cursor->at < cursor->end && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)*cursor->at++;
        if ((shift == 63 && byte > 1) || (shift && !byte))
            break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    cursor->failed = true;
    cursor->at = cursor->end;
    return 0;
}
static inline int64_t gs_cut_get_i64(struct gs_cut_cursor *cursor)
{
    uint64_t value = gs_cut_get_u64(cursor);
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}
/* A length and that many bytes; what is read is a view into the cursor's bytes, null if it failed.
 */
void gs_cut_put_str(struct gs_buf *buf, struct gs_str s);
struct gs_str gs_cut_get_str(struct gs_cut_cursor *cursor);

/* ------------------------------------------------------------------ records */

/* 128 bits that somebody else chose: an incarnation (random), the id of a topic. */
struct gs_cut_id {
    uint64_t high;
    uint64_t low;
};
static inline bool gs_cut_id_equal(struct gs_cut_id a, struct gs_cut_id b)
{
    return a.high == b.high && a.low == b.low;
}

struct gs_cut_header {
    uint64_t layout; /* hash of what decides how entries look */
    struct gs_cut_id incarnation;
    uint64_t cut;
    uint32_t part;     /* from 0; parts - 1 is the barrier */
    uint32_t parts;    /* of the whole cut */
    uint64_t checksum; /* of the record; a writer's is ignored */
};
static inline bool gs_cut_is_barrier(const struct gs_cut_header *header)
{
    return header->part == header->parts - 1;
}

/* Why bytes were refused. A record whose first bytes are damaged is one of another format. */
enum gs_cut_fault {
    GS_CUT_GOOD = 0,
    GS_CUT_SHORT,    /* the bytes end too early, or are no number where there should be one */
    GS_CUT_FORMAT,   /* not ours, or of another version */
    GS_CUT_LAYOUT,   /* undamaged, but of another layout */
    GS_CUT_CHECKSUM, /* damaged */
    GS_CUT_NUMBERS,  /* says what cannot be */
    GS_CUT_FAULT_COUNT
};
/* Takes one record of the log apart; *body is a view into bytes. Both are set on GS_CUT_GOOD only.
 */
GS_MUST_CHECK enum gs_cut_fault gs_cut_parse(struct gs_str bytes, uint64_t layout,
                                             struct gs_cut_header *header, struct gs_str *body);

/* ------------------------------------------------------------------ entries */

/* Strings are borrowed: from the caller when writing, from the body when reading. */
struct gs_cut_entry {
    uint8_t kind;
    struct gs_str key;
    struct gs_str value; /* null = tombstone: the key has ceased to exist */
};
/* The next entry of a body. False at the end, and if the rest is no entry: then cursor->failed. */
bool gs_cut_next_entry(struct gs_cut_cursor *cursor, struct gs_cut_entry *entry);

/* ------------------------------------------------------------------ barrier */

struct gs_cut_input {
    int64_t offset; /* V: the first one that is not contained */
    int32_t leader_epoch;
    struct gs_cut_id topic;
    int64_t clock_ms;     /* H */
    int64_t record_ms;    /* R */
    int64_t short_offset; /* where to read from again to fill the short memories; <= offset */
};

/* Cuts first to last of one incarnation, but for those that are left out. */
struct gs_cut_span {
    struct gs_cut_id incarnation;
    uint64_t first;
    uint64_t last;
    uint32_t left_out_from; /* in left_out[] of the lineage */
    uint32_t left_out_count;
};

/* The cuts that make up a state, oldest first: for each key the last entry in this order counts.
 * No incarnation occurs twice. Left-out cuts lie between first and last of their span, in order. */
struct gs_cut_lineage {
    uint32_t span_count;
    uint32_t left_out_count; /* of all spans, which share left_out[] in their order */
    struct gs_cut_span spans[GS_CUT_SPANS_MAX];
    uint64_t left_out[GS_CUT_LEFT_OUT_MAX];
};

struct gs_cut_barrier {
    uint32_t input_count;
    struct gs_cut_input inputs[GS_CUT_INPUTS_MAX];
    int64_t as_of_ms;
    uint64_t meaning; /* hash of what decides what entries mean */
    struct gs_cut_lineage lineage;
};

/* header: of the record that body came from; the lineage ends with that cut. *barrier is rubbish
 * unless GS_CUT_GOOD is returned, else GS_CUT_SHORT or GS_CUT_NUMBERS. */
GS_MUST_CHECK enum gs_cut_fault gs_cut_parse_barrier(struct gs_str body,
                                                     const struct gs_cut_header *header,
                                                     struct gs_cut_barrier *barrier);

/* ------------------------------------------------------------------ writing a cut */

struct gs_cut_writer; /* opaque */

/* record_bytes: no record with entries gets longer. The barrier's is below 24 KiB whatever that is.
 * Keeps memory for a few records between cuts. */
struct gs_cut_writer *gs_cut_writer_create(uint32_t record_bytes) GS_MUST_CHECK;
void gs_cut_writer_destroy(struct gs_cut_writer *writer); /* accepts NULL */
/* Forgets the cut before. */
void gs_cut_writer_begin(struct gs_cut_writer *writer);
/* False if the entry alone is too long for a record: it was not added, and the cut lacks it. */
GS_MUST_CHECK bool gs_cut_writer_add(struct gs_cut_writer *writer,
                                     const struct gs_cut_entry *entry);
/* Adds the barrier and completes all records, whose number it returns. Of the header layout,
 * incarnation and cut are used; barrier->lineage ends with that cut. */
uint32_t gs_cut_writer_finish(struct gs_cut_writer *writer, const struct gs_cut_header *header,
                              const struct gs_cut_barrier *barrier);
/* After _finish; valid until _begin or _destroy. */
struct gs_str gs_cut_writer_record(const struct gs_cut_writer *writer, uint32_t part);

/* ------------------------------------------------------------------ the writer's lineage */

/* What one incarnation of one task stands on: the cuts of its ancestors and its own. One cut is
 * under way at a time. A cut counts once it is acknowledged. The number of one that failed is never
 * used again, because the log may hold it, in part or whole, now or later.
 * A lineage has limits. Where they are reached, the next cuts must be whole. */
struct gs_cut_chain; /* opaque */

/* restored: the lineage of the barrier that was restored, or of the chain whose memory is taken up
 * again; NULL = the state is empty. Copied. incarnation: new, not one of these. */
struct gs_cut_chain *gs_cut_chain_create(const struct gs_cut_lineage *restored,
                                         struct gs_cut_id incarnation) GS_MUST_CHECK;
void gs_cut_chain_destroy(struct gs_cut_chain *chain); /* accepts NULL */
/* True if the lineage has no room for another cut: the next one must be whole. */
bool gs_cut_chain_is_full(const struct gs_cut_chain *chain);
/* A cut is under way from now on; returns its number. whole: it will hold every live entry, and so
 * its lineage is itself alone. */
uint64_t gs_cut_chain_begin(struct gs_cut_chain *chain, bool whole);
/* Every part of the cut under way is acknowledged. */
void gs_cut_chain_acked(struct gs_cut_chain *chain);
/* A part was not acknowledged, or it is not waited for any more. */
void gs_cut_chain_failed(struct gs_cut_chain *chain);
/* Everything that was live when this incarnation began, or at the call before, stands in own cuts
 * acknowledged since then: the ancestors and older own cuts leave the lineage, all at once. Between
 * cuts only. */
void gs_cut_chain_cycle_done(struct gs_cut_chain *chain);
/* Ends with the cut under way, for its barrier; else with the last one that counts. */
void gs_cut_chain_lineage(const struct gs_cut_chain *chain, struct gs_cut_lineage *lineage);

/* ------------------------------------------------------------------ what to restore */

/* Takes in the tail of the log and chooses the barrier to go on from. Parts may come twice and in
 * any order; records that could not be parsed are not fed, and so are holes. */
struct gs_cut_choice; /* opaque */

/* What is over a limit pushes out the oldest records, as if the log began later. */
struct gs_cut_choice_limits {
    uint32_t records_max;     /* 80 bytes each, and in gs_cut_choose() about as much again */
    size_t barrier_bytes_max; /* of all encoded barriers together */
};

struct gs_cut_seen {
    int64_t position;                     /* in the log, increasing */
    const struct gs_cut_header *header;   /* borrowed */
    const struct gs_cut_barrier *barrier; /* borrowed; NULL unless it is the last part */
    uint32_t log_epoch; /* of a barrier: the order of the logs that V counts in, newest largest */
};

struct gs_cut_choice *gs_cut_choice_create(const struct gs_cut_choice_limits *limits) GS_MUST_CHECK;
void gs_cut_choice_destroy(struct gs_cut_choice *choice); /* accepts NULL */
void gs_cut_choice_add(struct gs_cut_choice *choice, const struct gs_cut_seen *seen);

struct gs_cut_read {
    struct gs_cut_id incarnation;
    uint64_t cut;
    uint32_t part;
    int64_t position;
};

/* reads belongs to the choice, until it is destroyed or the next one is chosen. To be read in this
 * order, keeping for each key the last entry; whoever reads checks that the record at the position
 * is still the one that is named. */
struct gs_cut_chosen {
    int64_t position; /* of the barrier */
    struct gs_cut_barrier barrier;
    const struct gs_cut_read *reads; /* the parts with entries of the lineage, in its order */
    size_t read_count;
};
/* The valid barrier with the largest (log epoch, sum of V, as_of, position), whoever wrote it;
 * valid: every part of every cut of its lineage is there. False if there is none. May be called
 * again after more records. */
GS_MUST_CHECK bool gs_cut_choose(struct gs_cut_choice *choice, struct gs_cut_chosen *chosen);

/* Forgets the record at this position, as if it had not been fed: it turned out to be none of use.
 */
void gs_cut_choice_leave_out(struct gs_cut_choice *choice, int64_t position);

/* Why a barrier that would have come first was passed over: the first of these that holds, for the
 * barrier's own cut and then for its lineage in order. */
enum gs_cut_passed {
    GS_CUT_PASSED_UNFINISHED, /* its own cut lacks a part */
    GS_CUT_PASSED_GONE,       /* of a cut of its lineage there is nothing */
    GS_CUT_PASSED_HOLED,      /* a cut of its lineage lacks a part */
    GS_CUT_PASSED_DISPUTED, /* of one of these cuts there are two different records for one part */
    GS_CUT_PASSED_COUNT
};
struct gs_cut_choice_stats {
    uint64_t records;
    uint64_t pushed_out;                  /* records: a limit was reached */
    uint64_t refused;                     /* barriers that are larger than the limit alone */
    uint64_t duplicates;                  /* the same part once more: of the last gs_cut_choose() */
    uint64_t passed[GS_CUT_PASSED_COUNT]; /* of the last gs_cut_choose() */
};
struct gs_cut_choice_stats gs_cut_choice_stats(const struct gs_cut_choice *choice);

#endif
