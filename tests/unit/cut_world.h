/* cut_world.h -- a log that several writers share, what is done to it, and the model of the choice
 * of a barrier: it lists every cut of every lineage one by one, and what its owner held at each. */
#ifndef CUT_WORLD_H
#define CUT_WORLD_H

#include "cut/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEYS = 10, OWNERS = 3 };
enum { LOG_MAX = 1500, CUTS_MAX = 120, PARTS_MAX = 20, GHOSTS_MAX = 40 };

struct record {
    char *bytes;
    uint32_t len;
    uint32_t cut; /* in cuts[] */
    uint32_t part;
    uint32_t parts;
    bool damaged;
};

/* What the model knows of a cut, and what it saw of it in the log at the last look. */
struct cut {
    struct gs_cut_id incarnation;
    uint64_t number;
    uint32_t parts;
    int64_t v[2];
    int64_t as_of_ms;
    int32_t epoch;
    int64_t values[KEYS]; /* 0 = the key does not exist */
    uint32_t needs[CUTS_MAX];
    uint32_t need_count;
    bool forged;
    int64_t first[PARTS_MAX]; /* where each part stands, -1 = nowhere */
    uint32_t seen;
    bool disputed;
};

struct owner {
    bool alive;
    struct gs_cut_chain *chain;
    struct gs_cut_id incarnation;
    uint64_t next;
    uint64_t cycle_first;
    uint32_t base[CUTS_MAX]; /* cuts that count, in order */
    uint32_t base_count;
    int64_t v[2];
    int64_t as_of_ms;
    int32_t epoch;
    int64_t values[KEYS];
    bool changed[KEYS];
    bool todo[KEYS]; /* lived when the cycle began, and is not written yet */
    bool under_way, failed, whole;
    uint32_t cut;
    bool cut_changed[KEYS];
    bool cut_written[KEYS];
    struct record queue[PARTS_MAX];
    uint32_t queued;
};

struct world {
    uint64_t seed;
    uint64_t random;
    uint64_t ids;
    uint32_t record_bytes;
    int32_t epoch;
    int64_t last_value;
    struct record log[LOG_MAX];
    uint32_t start;
    uint32_t end;
    struct cut cuts[CUTS_MAX];
    uint32_t cut_count;
    struct record ghosts[GHOSTS_MAX];
    uint32_t ghost_count;
    struct owner owners[OWNERS];
};

/* That it happened at all. */
static struct seen {
    uint64_t choices, none, ancestors, left_out, pushed_out, duplicates, reads, cycles;
    uint64_t passed[GS_CUT_PASSED_COUNT];
} seen;

static inline uint64_t draw(struct world *world)
{
    uint64_t x = world->random += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static inline uint32_t below(struct world *world, uint32_t limit)
{
    return (uint32_t)(draw(world) % limit);
}

#define CHECK(world, condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("GS_SEED=%llu: %s", (unsigned long long)(world)->seed, #condition);           \
    } while (0)

/* ------------------------------------------------------------------ log */

static inline struct record copy_of(const struct record *record)
{
    struct record copy = *record;
    copy.bytes = gs_alloc(record->len);
    memcpy(copy.bytes, record->bytes, record->len);
    return copy;
}

static inline void append(struct world *world, struct record record)
{
    GS_ASSERT(world->end < LOG_MAX);
    world->log[world->end++] = record;
}

static inline void haunt(struct world *world, struct record record)
{
    if (world->ghost_count < GHOSTS_MAX)
        world->ghosts[world->ghost_count++] = record;
    else
        gs_free(record.bytes);
}

static inline void step_ghost(struct world *world)
{
    if (!world->ghost_count)
        return;
    uint32_t i = below(world, world->ghost_count);
    append(world, world->ghosts[i]);
    world->ghosts[i] = world->ghosts[--world->ghost_count];
}

static inline void step_damage(struct world *world)
{
    if (world->start == world->end)
        return;
    struct record *record = &world->log[world->start + below(world, world->end - world->start)];
    if (record->damaged)
        return;
    record->bytes[below(world, record->len)] ^= (char)(1 << below(world, 8));
    record->damaged = true;
}

/* A second record for a part with entries: another body, or another number of parts. */
static inline void step_forge(struct world *world)
{
    struct gs_cut_header header;
    struct gs_str body;
    if (world->start == world->end)
        return;
    const struct record *record =
        &world->log[world->start + below(world, world->end - world->start)];
    if (record->damaged || record->part + 1 == record->parts)
        return;
    CHECK(world,
          gs_cut_parse(gs_str_make(record->bytes, record->len), 1, &header, &body) == GS_CUT_GOOD);
    struct gs_buf buf = {0};
    gs_buf_add(&buf, record->bytes, GSI_CUT_HEADER_BYTES);
    if (below(world, 2))
        header.parts++;
    gsi_cut_seal(&buf, &header);
    struct record forged = *record;
    forged.bytes = buf.data;
    forged.len = (uint32_t)buf.len;
    forged.parts = header.parts;
    world->cuts[record->cut].forged = true;
    append(world, forged);
}

/* ------------------------------------------------------------------ model of the choice */

static inline bool same_bytes(const struct record *a, const struct record *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static inline void look(struct world *world, uint32_t from)
{
    for (uint32_t i = 0; i < world->cut_count; i++) {
        struct cut *cut = &world->cuts[i];
        memset(cut->first, 0xFF, sizeof cut->first);
        cut->seen = 0;
        cut->disputed = false;
    }
    for (uint32_t at = from; at < world->end; at++) {
        const struct record *record = &world->log[at];
        struct cut *cut = &world->cuts[record->cut];
        if (record->damaged)
            continue;
        if (cut->seen++ == 0)
            cut->parts = record->parts;
        cut->disputed |= record->parts != cut->parts;
        if (cut->first[record->part] < 0)
            cut->first[record->part] = at;
        cut->disputed |= !same_bytes(&world->log[cut->first[record->part]], record);
    }
}

static inline bool is_complete(const struct cut *cut)
{
    for (uint32_t part = 0; part < cut->parts; part++)
        if (cut->first[part] < 0)
            return false;
    return cut->seen > 0;
}

static inline enum gs_cut_passed fault_of(const struct world *world, const struct cut *cut)
{
    if (cut->disputed)
        return GS_CUT_PASSED_DISPUTED;
    if (!is_complete(cut))
        return GS_CUT_PASSED_UNFINISHED;
    for (uint32_t i = 0; i < cut->need_count; i++) {
        const struct cut *needed = &world->cuts[cut->needs[i]];
        if (!needed->seen)
            return GS_CUT_PASSED_GONE;
        if (needed->disputed)
            return GS_CUT_PASSED_DISPUTED;
        if (!is_complete(needed))
            return GS_CUT_PASSED_HOLED;
    }
    return GS_CUT_PASSED_COUNT;
}

static inline int64_t barrier_at(const struct world *world, const struct cut *cut)
{
    for (uint32_t part = 0; part < PARTS_MAX; part++)
        if (cut->first[part] >= 0 && world->log[cut->first[part]].parts == part + 1)
            return cut->first[part];
    return -1;
}

static inline bool is_better(const struct world *world, const struct cut *a, const struct cut *b)
{
    int64_t x = a->v[0] + a->v[1], y = b->v[0] + b->v[1];
    if (a->epoch != b->epoch)
        return a->epoch > b->epoch;
    if (x != y)
        return x > y;
    if (a->as_of_ms != b->as_of_ms)
        return a->as_of_ms > b->as_of_ms;
    return barrier_at(world, a) > barrier_at(world, b);
}

static inline const struct cut *pick(const struct world *world,
                                     uint64_t passed[GS_CUT_PASSED_COUNT])
{
    const struct cut *best = NULL;
    for (uint32_t i = 0; i < world->cut_count; i++) {
        const struct cut *cut = &world->cuts[i];
        if (barrier_at(world, cut) >= 0 && fault_of(world, cut) == GS_CUT_PASSED_COUNT &&
            (!best || is_better(world, cut, best)))
            best = cut;
    }
    for (uint32_t i = 0; i < world->cut_count; i++) {
        const struct cut *cut = &world->cuts[i];
        if (barrier_at(world, cut) >= 0 && fault_of(world, cut) != GS_CUT_PASSED_COUNT &&
            (!best || is_better(world, cut, best)))
            passed[fault_of(world, cut)]++;
    }
    return best;
}

/* ------------------------------------------------------------------ the choice against it */

static inline void feed(struct world *world, struct gs_cut_choice *choice)
{
    static struct gs_cut_barrier barrier;
    for (uint32_t at = world->start; at < world->end; at++) {
        const struct record *record = &world->log[at];
        struct gs_cut_header header;
        struct gs_str body;
        enum gs_cut_fault fault =
            gs_cut_parse(gs_str_make(record->bytes, record->len), 1, &header, &body);
        CHECK(world, (fault == GS_CUT_GOOD) == !record->damaged);
        if (fault != GS_CUT_GOOD)
            continue;
        struct gs_cut_seen one = {.position = at, .header = &header};
        if (gs_cut_is_barrier(&header)) {
            CHECK(world, gs_cut_parse_barrier(body, &header, &barrier) == GS_CUT_GOOD);
            one.barrier = &barrier;
            one.log_epoch = (uint32_t)barrier.inputs[0].leader_epoch;
        }
        gs_cut_choice_add(choice, &one);
    }
}

/* Where the log begins for a choice that holds so many records. */
static inline uint32_t start_for(const struct world *world, uint32_t records_max)
{
    uint32_t at = world->end;
    while (at > world->start && records_max > 0)
        records_max -= !world->log[--at].damaged;
    return at;
}

static inline void check_lineage(struct world *world, const struct gs_cut_lineage *lineage,
                                 const struct cut *cut)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < lineage->span_count; i++) {
        const struct gs_cut_span *span = &lineage->spans[i];
        for (uint64_t number = span->first; number <= span->last; number++) {
            bool out = false;
            for (uint32_t j = 0; j < span->left_out_count; j++)
                out |= lineage->left_out[span->left_out_from + j] == number;
            if (out)
                continue;
            CHECK(world, count < cut->need_count);
            const struct cut *needed = &world->cuts[cut->needs[count++]];
            CHECK(world, gs_cut_id_equal(needed->incarnation, span->incarnation));
            CHECK(world, needed->number == number);
        }
    }
    CHECK(world, count == cut->need_count);
    seen.ancestors += lineage->span_count > 1;
    seen.left_out += lineage->left_out_count > 0;
}

/* Reads what is to be read; also checks that it is what the model would read. */
static inline void read_back(struct world *world, const struct gs_cut_chosen *chosen,
                             const struct cut *cut, int64_t values[KEYS])
{
    size_t count = 0;
    for (uint32_t i = 0; i < cut->need_count; i++) {
        const struct cut *needed = &world->cuts[cut->needs[i]];
        for (uint32_t part = 0; part + 1 < needed->parts; part++) {
            struct gs_cut_header header;
            struct gs_str body;
            struct gs_cut_entry entry;
            CHECK(world, count < chosen->read_count);
            const struct gs_cut_read *one = &chosen->reads[count++];
            CHECK(world, one->position == needed->first[part] && one->part == part);
            CHECK(world, one->cut == needed->number);
            const struct record *record = &world->log[one->position];
            CHECK(world, gs_cut_parse(gs_str_make(record->bytes, record->len), 1, &header, &body) ==
                             GS_CUT_GOOD);
            CHECK(world, header.cut == one->cut && header.part == part);
            CHECK(world, gs_cut_id_equal(header.incarnation, one->incarnation));
            struct gs_cut_cursor cursor = gs_cut_cursor(body);
            while (gs_cut_next_entry(&cursor, &entry)) {
                struct gs_cut_cursor value = gs_cut_cursor(entry.value);
                values[entry.kind] = entry.value.data ? gs_cut_get_i64(&value) : 0;
            }
            CHECK(world, !cursor.failed);
        }
    }
    CHECK(world, count == chosen->read_count);
    seen.reads += count;
}

static inline bool depends_on_forged(const struct world *world, const struct cut *cut)
{
    for (uint32_t i = 0; i < cut->need_count; i++)
        if (world->cuts[cut->needs[i]].forged)
            return true;
    return false;
}

/* The cut that is restored, its lineage and the values read; NULL if there is none. */
static inline const struct cut *restore(struct world *world, struct gs_cut_lineage *lineage,
                                        int64_t values[KEYS])
{
    static struct gs_cut_chosen chosen;
    uint32_t records_max = below(world, 8) ? 100000 : 1 + below(world, 40);
    uint64_t passed[GS_CUT_PASSED_COUNT] = {0};
    struct gs_cut_choice_limits limits = {records_max, 1 << 20};
    struct gs_cut_choice *choice = gs_cut_choice_create(&limits);
    feed(world, choice);
    look(world, start_for(world, records_max));
    const struct cut *cut = pick(world, passed);
    bool found = gs_cut_choose(choice, &chosen);
    struct gs_cut_choice_stats stats = gs_cut_choice_stats(choice);
    CHECK(world, found == (cut != NULL));
    CHECK(world, memcmp(stats.passed, passed, sizeof passed) == 0);
    memset(values, 0, KEYS * sizeof *values);
    if (found) {
        CHECK(world, chosen.position == barrier_at(world, cut));
        CHECK(world, chosen.barrier.inputs[0].offset == cut->v[0]);
        CHECK(world, chosen.barrier.inputs[1].offset == cut->v[1]);
        check_lineage(world, &chosen.barrier.lineage, cut);
        read_back(world, &chosen, cut, values);
        CHECK(world, depends_on_forged(world, cut) ||
                         memcmp(values, cut->values, sizeof cut->values) == 0);
        *lineage = chosen.barrier.lineage;
    }
    seen.choices++;
    seen.none += !found;
    seen.pushed_out += stats.pushed_out;
    seen.duplicates += stats.duplicates;
    for (int i = 0; i < GS_CUT_PASSED_COUNT; i++)
        seen.passed[i] += passed[i];
    gs_cut_choice_destroy(choice);
    return cut;
}

#endif
