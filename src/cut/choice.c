/* choice.c -- the tail of a log, and the barrier in it to go on from.
 *
 *   records   ring, in the order of the log         [r4][r5][r6][r0][r1][r2][r3]
 *   sorted    pointers to them, by (incarnation, cut, part, position), made when one is chosen
 *   cuts      runs of these that are one cut        [ r0 r3 r4 | r1 | r2 r5 r6 ]
 *
 * Barriers are kept as bytes, for most are small and only few of them are looked into. */
#include "internal.h"

#include <stdlib.h>

enum { RECORDS_MIN = 256 };

struct record {
    struct gs_cut_id incarnation;
    uint64_t cut;
    uint64_t checksum;
    int64_t position;
    int64_t as_of_ms; /* this and below: of barriers only */
    int64_t offsets;  /* sum of V */
    char *barrier;    /* NULL = a part with entries */
    uint32_t barrier_bytes;
    uint32_t log_epoch;
    uint32_t part;
    uint32_t parts;
};

struct cut {
    const struct record **from;
    uint32_t count;               /* with duplicates */
    enum gs_cut_passed fault;     /* GS_CUT_PASSED_COUNT = none */
    const struct record *barrier; /* NULL if it is not there */
};

struct gs_cut_choice {
    struct gs_cut_choice_limits limits;
    struct gs_cut_choice_stats stats;
    struct record *records; /* [capacity] */
    uint32_t capacity;
    uint32_t head; /* the oldest */
    uint32_t count;
    size_t barrier_bytes;
    struct gs_buf scratch;
    const struct record **sorted; /* these three: while one is chosen */
    struct cut *cuts;             /* in the same order */
    uint32_t cut_count;
    struct gs_cut_read *reads;
};

struct gs_cut_choice *gs_cut_choice_create(const struct gs_cut_choice_limits *limits)
{
    GS_ASSERT(limits->records_max > 0);
    struct gs_cut_choice *choice = gs_calloc(1, sizeof *choice);
    choice->limits = *limits;
    return choice;
}

static struct record *record_at(const struct gs_cut_choice *choice, uint32_t index)
{
    uint64_t at = (uint64_t)choice->head + index;
    return &choice->records[at < choice->capacity ? at : at - choice->capacity];
}

void gs_cut_choice_destroy(struct gs_cut_choice *choice)
{
    if (!choice)
        return;
    for (uint32_t i = 0; i < choice->count; i++)
        gs_free(record_at(choice, i)->barrier);
    gs_buf_deinit(&choice->scratch);
    gs_free(choice->records);
    gs_free(choice->reads);
    gs_free(choice);
}

/* ------------------------------------------------------------------ taking in */

static void push_out(struct gs_cut_choice *choice)
{
    struct record *oldest = record_at(choice, 0);
    choice->barrier_bytes -= oldest->barrier_bytes;
    gs_free(oldest->barrier);
    choice->head = choice->head + 1 < choice->capacity ? choice->head + 1 : 0;
    choice->count--;
    choice->stats.pushed_out++;
}

static void grow(struct gs_cut_choice *choice)
{
    uint64_t wanted = GS_MAX((uint64_t)choice->capacity * 2, (uint64_t)RECORDS_MIN);
    uint32_t capacity = (uint32_t)GS_MIN(wanted, (uint64_t)choice->limits.records_max);
    struct record *records = gs_alloc(capacity * sizeof *records);
    for (uint32_t i = 0; i < choice->count; i++)
        records[i] = *record_at(choice, i);
    gs_free(choice->records);
    choice->records = records;
    choice->capacity = capacity;
    choice->head = 0;
}

static struct record *add_record(struct gs_cut_choice *choice)
{
    if (choice->count == choice->limits.records_max)
        push_out(choice);
    if (choice->count == choice->capacity)
        grow(choice);
    return record_at(choice, choice->count++);
}

static void keep_barrier(struct gs_cut_choice *choice, struct record *record,
                         const struct gs_cut_seen *seen)
{
    const struct gs_cut_barrier *barrier = seen->barrier;
    record->log_epoch = seen->log_epoch;
    record->as_of_ms = barrier->as_of_ms;
    for (uint32_t i = 0; i < barrier->input_count; i++)
        record->offsets += barrier->inputs[i].offset;
    record->barrier_bytes = (uint32_t)choice->scratch.len;
    record->barrier = gs_alloc(choice->scratch.len);
    memcpy(record->barrier, choice->scratch.data, choice->scratch.len);
    choice->barrier_bytes += choice->scratch.len;
}

void gs_cut_choice_add(struct gs_cut_choice *choice, const struct gs_cut_seen *seen)
{
    const struct gs_cut_header *header = seen->header;
    GS_ASSERT(gs_cut_is_barrier(header) == (seen->barrier != NULL));
    choice->stats.records++;
    choice->scratch.len = 0;
    if (seen->barrier)
        gsi_cut_put_barrier(&choice->scratch, seen->barrier);
    if (choice->scratch.len > choice->limits.barrier_bytes_max) {
        choice->stats.refused++;
        return;
    }
    while (choice->barrier_bytes + choice->scratch.len > choice->limits.barrier_bytes_max)
        push_out(choice);
    struct record *record = add_record(choice);
    *record = (struct record){
        .incarnation = header->incarnation,
        .cut = header->cut,
        .checksum = header->checksum,
        .position = seen->position,
        .part = header->part,
        .parts = header->parts,
    };
    if (seen->barrier)
        keep_barrier(choice, record, seen);
}

void gs_cut_choice_leave_out(struct gs_cut_choice *choice, int64_t position)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < choice->count; i++) {
        struct record *record = record_at(choice, i);
        if (record->position == position) {
            choice->barrier_bytes -= record->barrier_bytes;
            gs_free(record->barrier);
        } else {
            *record_at(choice, kept++) = *record;
        }
    }
    choice->count = kept;
}

/* ------------------------------------------------------------------ the cuts that there are */

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_cut(const struct record *a, struct gs_cut_id incarnation, uint64_t cut)
{
    if (a->incarnation.high != incarnation.high)
        return ORDER(a->incarnation.high, incarnation.high);
    if (a->incarnation.low != incarnation.low)
        return ORDER(a->incarnation.low, incarnation.low);
    return ORDER(a->cut, cut);
}

static int compare_records(const void *left, const void *right)
{
    const struct record *a = *(const struct record *const *)left;
    const struct record *b = *(const struct record *const *)right;
    int order = compare_cut(a, b->incarnation, b->cut);
    if (order == 0)
        order = ORDER(a->part, b->part);
    return order ? order : ORDER(a->position, b->position);
}

/* Whether all its parts are there, each of them one record, maybe several times. */
static void judge(struct gs_cut_choice *choice, struct cut *cut)
{
    uint32_t parts = 0;
    bool disputed = false;
    for (uint32_t i = 0; i < cut->count; i++) {
        const struct record *record = cut->from[i];
        const struct record *before = i ? cut->from[i - 1] : NULL;
        bool again = before && before->part == record->part;
        disputed |= record->parts != cut->from[0]->parts;
        disputed |= again && before->checksum != record->checksum;
        choice->stats.duplicates += again;
        parts += !again;
        if (record->barrier && !cut->barrier)
            cut->barrier = record;
    }
    bool complete = parts == cut->from[0]->parts || GS_ABLATED(PARTS);
    cut->fault = disputed && !GS_ABLATED(CUT_NUMBER) ? GS_CUT_PASSED_DISPUTED
                 : complete                          ? GS_CUT_PASSED_COUNT
                                                     : GS_CUT_PASSED_HOLED;
}

static void gather(struct gs_cut_choice *choice)
{
    choice->sorted = gs_alloc(choice->count * sizeof *choice->sorted);
    choice->cuts = gs_alloc(choice->count * sizeof *choice->cuts);
    choice->cut_count = 0;
    for (uint32_t i = 0; i < choice->count; i++)
        choice->sorted[i] = record_at(choice, i);
    qsort(choice->sorted, choice->count, sizeof *choice->sorted, compare_records);
    for (uint32_t i = 0, next; i < choice->count; i = next) {
        const struct record *first = choice->sorted[i];
        for (next = i + 1; next < choice->count; next++)
            if (compare_cut(choice->sorted[next], first->incarnation, first->cut) != 0)
                break;
        struct cut *cut = &choice->cuts[choice->cut_count++];
        *cut = (struct cut){.from = choice->sorted + i, .count = next - i};
        judge(choice, cut);
    }
}

/* The cut that the walk stands at; most often it is the one after `before` (NULL = none). */
static const struct cut *find(const struct gs_cut_choice *choice, const struct gsi_cut_walk *walk,
                              const struct cut *before)
{
    const struct cut *end = choice->cuts + choice->cut_count;
    if (before && before + 1 < end &&
        compare_cut(before[1].from[0], walk->incarnation, walk->cut) == 0)
        return before + 1;
    size_t low = 0;
    for (size_t high = choice->cut_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (compare_cut(choice->cuts[middle].from[0], walk->incarnation, walk->cut) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct cut *found = choice->cuts + low;
    bool is_it = found < end && compare_cut(found->from[0], walk->incarnation, walk->cut) == 0;
    return is_it ? found : NULL;
}

/* ------------------------------------------------------------------ choosing */

/* The better barrier first. */
static int compare_barriers(const void *left, const void *right)
{
    const struct record *a = (*(const struct cut *const *)left)->barrier;
    const struct record *b = (*(const struct cut *const *)right)->barrier;
    if (a->log_epoch != b->log_epoch)
        return ORDER(b->log_epoch, a->log_epoch);
    if (a->offsets != b->offsets)
        return ORDER(b->offsets, a->offsets);
    if (a->as_of_ms != b->as_of_ms)
        return ORDER(b->as_of_ms, a->as_of_ms);
    return ORDER(b->position, a->position);
}

static void load_barrier(const struct record *record, struct gs_cut_barrier *barrier)
{
    struct gs_cut_header header = {.incarnation = record->incarnation, .cut = record->cut};
    struct gs_str body = gs_str_make(record->barrier, record->barrier_bytes);
    enum gs_cut_fault fault = gs_cut_parse_barrier(body, &header, barrier);
    GS_ASSERT(fault == GS_CUT_GOOD); /* it was parsed before it came here */
}

/* GS_CUT_PASSED_COUNT if nothing is wrong with it. */
static enum gs_cut_passed check(const struct gs_cut_choice *choice, const struct cut *own,
                                struct gs_cut_barrier *barrier)
{
    if (own->fault != GS_CUT_PASSED_COUNT)
        return own->fault == GS_CUT_PASSED_HOLED ? GS_CUT_PASSED_UNFINISHED : own->fault;
    load_barrier(own->barrier, barrier);
    struct gsi_cut_walk walk = {.lineage = &barrier->lineage};
    const struct cut *cut = NULL;
    while (gsi_cut_walk_next(&walk)) {
        cut = find(choice, &walk, cut);
        if (GS_ABLATED(CHAIN) && (!cut || cut->fault == GS_CUT_PASSED_HOLED))
            continue;
        if (!cut)
            return GS_CUT_PASSED_GONE;
        if (cut->fault != GS_CUT_PASSED_COUNT)
            return cut->fault;
    }
    return GS_CUT_PASSED_COUNT;
}

/* What a reader would take that knew of no lineages. */
static void list_everything(struct gs_cut_choice *choice, struct gs_cut_chosen *chosen)
{
    for (uint32_t i = 0; i < choice->count; i++) {
        const struct record *record = record_at(choice, i);
        if (!record->barrier && record->position < chosen->position)
            choice->reads[chosen->read_count++] = (struct gs_cut_read){
                record->incarnation, record->cut, record->part, record->position};
    }
}

static int compare_reads(const void *left, const void *right)
{
    const struct gs_cut_read *a = left;
    const struct gs_cut_read *b = right;
    return ORDER(a->position, b->position);
}

/* All cuts of the lineage are there. */
static void list_reads(struct gs_cut_choice *choice, struct gs_cut_chosen *chosen)
{
    struct gsi_cut_walk walk = {.lineage = &chosen->barrier.lineage};
    const struct cut *cut = NULL;
    choice->reads = gs_alloc(choice->count * sizeof *choice->reads);
    chosen->reads = choice->reads;
    chosen->read_count = 0;
    if (GS_ABLATED(LINEAGE)) {
        list_everything(choice, chosen);
        return;
    }
    while (gsi_cut_walk_next(&walk)) {
        cut = find(choice, &walk, cut);
        uint32_t part = 0;
        if (GS_ABLATED(CHAIN) && !cut)
            continue;
        for (uint32_t i = 0; i < cut->count; i++) {
            const struct record *record = cut->from[i];
            bool again = record->part != part && !GS_ABLATED(LINEAGE_ORDER) && !GS_ABLATED(PARTS);
            if (again || record->barrier)
                continue;
            part++;
            choice->reads[chosen->read_count++] = (struct gs_cut_read){
                record->incarnation, record->cut, record->part, record->position};
        }
    }
    if (GS_ABLATED(LINEAGE_ORDER))
        qsort(choice->reads, chosen->read_count, sizeof *choice->reads, compare_reads);
}

static bool choose_from(struct gs_cut_choice *choice, const struct cut *const *barriers,
                        uint32_t count, struct gs_cut_chosen *chosen)
{
    for (uint32_t i = 0; i < count; i++) {
        enum gs_cut_passed why = check(choice, barriers[i], &chosen->barrier);
        if (why == GS_CUT_PASSED_COUNT) {
            chosen->position = barriers[i]->barrier->position;
            list_reads(choice, chosen);
            return true;
        }
        choice->stats.passed[why]++;
    }
    return false;
}

bool gs_cut_choose(struct gs_cut_choice *choice, struct gs_cut_chosen *chosen)
{
    gs_free(choice->reads);
    choice->reads = NULL;
    choice->stats.duplicates = 0;
    memset(choice->stats.passed, 0, sizeof choice->stats.passed);
    if (choice->count == 0)
        return false;
    gather(choice);
    const struct cut **barriers = gs_alloc(choice->cut_count * sizeof *barriers);
    uint32_t count = 0;
    for (uint32_t i = 0; i < choice->cut_count; i++)
        if (choice->cuts[i].barrier)
            barriers[count++] = &choice->cuts[i];
    qsort(barriers, count, sizeof *barriers, compare_barriers);
    bool found = choose_from(choice, barriers, count, chosen);
    gs_free(barriers);
    gs_free(choice->cuts);
    gs_free(choice->sorted);
    choice->cuts = NULL;
    choice->sorted = NULL;
    return found;
}

struct gs_cut_choice_stats gs_cut_choice_stats(const struct gs_cut_choice *choice)
{
    return choice->stats;
}
