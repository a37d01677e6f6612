/* barrier.c -- the body of the last part of a cut. All numbers are varints but for ids and hashes.
 *
 *   meaning   as_of   count of inputs
 *     per input   offset   leader epoch   topic id   H   R   offset - short offset
 *   count of spans
 *     per span    incarnation   first   last - first   count of left-out cuts
 *       per cut   its distance from the one before it, the first one's from `first` */
#include "internal.h"

static void put_id(struct gs_buf *buf, struct gs_cut_id id)
{
    gsi_cut_put_fixed(buf, id.high);
    gsi_cut_put_fixed(buf, id.low);
}

static struct gs_cut_id get_id(struct gs_cut_cursor *cursor)
{
    struct gs_cut_id id;
    id.high = gsi_cut_get_fixed(cursor);
    id.low = gsi_cut_get_fixed(cursor);
    return id;
}

static void put_input(struct gs_buf *buf, const struct gs_cut_input *input)
{
    gs_cut_put_u64(buf, (uint64_t)input->offset);
    gs_cut_put_i64(buf, input->leader_epoch);
    put_id(buf, input->topic);
    gs_cut_put_i64(buf, input->clock_ms);
    gs_cut_put_i64(buf, input->record_ms);
    gs_cut_put_u64(buf, (uint64_t)(input->offset - input->short_offset));
}

static void put_span(struct gs_buf *buf, const struct gs_cut_lineage *lineage,
                     const struct gs_cut_span *span)
{
    const uint64_t *left_out = lineage->left_out + span->left_out_from;
    uint64_t before = span->first;
    put_id(buf, span->incarnation);
    gs_cut_put_u64(buf, span->first);
    gs_cut_put_u64(buf, span->last - span->first);
    gs_cut_put_u64(buf, span->left_out_count);
    for (uint32_t i = 0; i < span->left_out_count; before = left_out[i++])
        gs_cut_put_u64(buf, left_out[i] - before);
}

void gsi_cut_put_barrier(struct gs_buf *buf, const struct gs_cut_barrier *barrier)
{
    const struct gs_cut_lineage *lineage = &barrier->lineage;
    gsi_cut_put_fixed(buf, barrier->meaning);
    gs_cut_put_i64(buf, barrier->as_of_ms);
    gs_cut_put_u64(buf, barrier->input_count);
    for (uint32_t i = 0; i < barrier->input_count; i++)
        put_input(buf, &barrier->inputs[i]);
    gs_cut_put_u64(buf, lineage->span_count);
    for (uint32_t i = 0; i < lineage->span_count; i++)
        put_span(buf, lineage, &lineage->spans[i]);
}

/* ------------------------------------------------------------------ reading */

static bool get_input(struct gs_cut_cursor *cursor, struct gs_cut_input *input)
{
    uint64_t offset = gs_cut_get_u64(cursor);
    int64_t epoch = gs_cut_get_i64(cursor);
    input->topic = get_id(cursor);
    input->clock_ms = gs_cut_get_i64(cursor);
    input->record_ms = gs_cut_get_i64(cursor);
    uint64_t replayed = gs_cut_get_u64(cursor);
    if (offset > GS_CUT_NUMBER_MAX || epoch < -1 || epoch > INT32_MAX || replayed > offset)
        return false;
    input->offset = (int64_t)offset;
    input->leader_epoch = (int32_t)epoch;
    input->short_offset = (int64_t)(offset - replayed);
    return true;
}

static bool get_left_out(struct gs_cut_cursor *cursor, struct gs_cut_lineage *lineage,
                         struct gs_cut_span *span, uint64_t count)
{
    uint64_t before = span->first;
    if (count > GS_CUT_LEFT_OUT_MAX - lineage->left_out_count)
        return false;
    span->left_out_from = lineage->left_out_count;
    span->left_out_count = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t step = gs_cut_get_u64(cursor);
        if (step == 0 || step >= span->last - before)
            return false;
        before += step;
        lineage->left_out[lineage->left_out_count++] = before;
    }
    return true;
}

static bool is_known(const struct gs_cut_lineage *lineage, struct gs_cut_id incarnation)
{
    for (uint32_t i = 0; i < lineage->span_count; i++)
        if (gs_cut_id_equal(lineage->spans[i].incarnation, incarnation))
            return true;
    return false;
}

static bool get_span(struct gs_cut_cursor *cursor, struct gs_cut_lineage *lineage)
{
    struct gs_cut_span *span = &lineage->spans[lineage->span_count];
    span->incarnation = get_id(cursor);
    span->first = gs_cut_get_u64(cursor);
    uint64_t more = gs_cut_get_u64(cursor);
    uint64_t left_out = gs_cut_get_u64(cursor);
    if (span->first > GS_CUT_NUMBER_MAX || more > GS_CUT_NUMBER_MAX - span->first ||
        is_known(lineage, span->incarnation))
        return false;
    span->last = span->first + more;
    if (!get_left_out(cursor, lineage, span, left_out))
        return false;
    lineage->span_count++;
    return true;
}

/* Stops at the first number that cannot be, and after the end of the bytes, whose zeros are such.
 */
static bool get_barrier(struct gs_cut_cursor *cursor, struct gs_cut_barrier *barrier)
{
    struct gs_cut_lineage *lineage = &barrier->lineage;
    barrier->meaning = gsi_cut_get_fixed(cursor);
    barrier->as_of_ms = gs_cut_get_i64(cursor);
    uint64_t inputs = gs_cut_get_u64(cursor);
    if (inputs == 0 || inputs > GS_CUT_INPUTS_MAX)
        return false;
    barrier->input_count = (uint32_t)inputs;
    for (uint64_t i = 0; i < inputs; i++)
        if (!get_input(cursor, &barrier->inputs[i]))
            return false;
    uint64_t spans = gs_cut_get_u64(cursor);
    if (spans == 0 || spans > GS_CUT_SPANS_MAX)
        return false;
    lineage->span_count = 0;
    lineage->left_out_count = 0;
    for (uint64_t i = 0; i < spans; i++)
        if (!get_span(cursor, lineage))
            return false;
    return cursor->at == cursor->end;
}

enum gs_cut_fault gs_cut_parse_barrier(struct gs_str body, const struct gs_cut_header *header,
                                       struct gs_cut_barrier *barrier)
{
    struct gs_cut_cursor cursor = gs_cut_cursor(body);
    bool good = get_barrier(&cursor, barrier);
    if (cursor.failed)
        return GS_CUT_SHORT;
    if (!good)
        return GS_CUT_NUMBERS;
    const struct gs_cut_span *own = &barrier->lineage.spans[barrier->lineage.span_count - 1];
    bool ends_here =
        gs_cut_id_equal(own->incarnation, header->incarnation) && own->last == header->cut;
    return ends_here ? GS_CUT_GOOD : GS_CUT_NUMBERS;
}

/* ------------------------------------------------------------------ cut by cut */

static bool is_left_out(struct gsi_cut_walk *walk, const struct gs_cut_span *span)
{
    uint32_t end = span->left_out_from + span->left_out_count;
    if (walk->left_out == end || walk->lineage->left_out[walk->left_out] != walk->cut)
        return false;
    walk->left_out++;
    return true;
}

bool gsi_cut_walk_next(struct gsi_cut_walk *walk)
{
    const struct gs_cut_span *span = &walk->lineage->spans[walk->span];
    if (walk->started && walk->cut < span->last) {
        do
            walk->cut++;
        while (is_left_out(walk, span));
        return true;
    }
    if (walk->started)
        walk->span++;
    if (walk->span == walk->lineage->span_count)
        return false;
    span = &walk->lineage->spans[walk->span];
    walk->started = true;
    walk->left_out = span->left_out_from;
    walk->incarnation = span->incarnation;
    walk->cut = span->first;
    return true;
}
