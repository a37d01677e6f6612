/* room: cut */
/* Whatever the bytes, taken as a record as they are, as one whose checksum is right, as entries and
 * as a barrier: all views stay within them; what is accepted keeps its promises, can be chosen
 * from, and written again gives the same bytes. */
#include "cut/internal.h"

static const struct gs_cut_id WHO = {1, 2};

static bool is_inside(struct gs_str part, struct gs_str whole)
{
    return part.data >= whole.data && part.data + part.len <= whole.data + whole.len;
}

static void check_entries(struct gs_str body)
{
    struct gs_cut_cursor cursor = gs_cut_cursor(body);
    struct gs_cut_entry entry;
    struct gs_buf again = {0};
    size_t good = 0;
    while (gs_cut_next_entry(&cursor, &entry)) {
        GS_ASSERT(is_inside(entry.key, body));
        GS_ASSERT(gs_str_is_null(entry.value) || is_inside(entry.value, body));
        gs_buf_add(&again, &entry.kind, 1);
        gs_cut_put_str(&again, entry.key);
        gs_cut_put_u64(&again, entry.value.data ? (uint64_t)entry.value.len + 1 : 0);
        gs_buf_add_str(&again, entry.value);
        good = (size_t)(cursor.at - body.data);
        GS_ASSERT(again.len == good);
    }
    GS_ASSERT(cursor.failed || good == body.len);
    GS_ASSERT(good == 0 || memcmp(again.data, body.data, good) == 0);
    gs_buf_deinit(&again);
}

static void check_lineage(const struct gs_cut_lineage *lineage)
{
    enum { STEPS = 3000 };
    struct gsi_cut_walk walk = {.lineage = lineage};
    uint32_t left_out = 0;
    for (uint32_t i = 0; i < lineage->span_count; i++) {
        const struct gs_cut_span *span = &lineage->spans[i];
        GS_ASSERT(span->first <= span->last && span->last <= GS_CUT_NUMBER_MAX);
        GS_ASSERT(span->left_out_from == left_out);
        uint64_t before = span->first;
        for (uint32_t j = 0; j < span->left_out_count; j++, before = lineage->left_out[left_out++])
            GS_ASSERT(before < lineage->left_out[left_out] &&
                      lineage->left_out[left_out] < span->last);
    }
    GS_ASSERT(left_out == lineage->left_out_count);
    for (int i = 0; i < STEPS && gsi_cut_walk_next(&walk); i++)
        for (uint32_t j = 0; j < lineage->spans[walk.span].left_out_count; j++)
            GS_ASSERT(lineage->left_out[lineage->spans[walk.span].left_out_from + j] != walk.cut);
}

static bool check_barrier(struct gs_str body, const struct gs_cut_header *header,
                          struct gs_cut_barrier *barrier)
{
    struct gs_buf again = {0};
    enum gs_cut_fault fault = gs_cut_parse_barrier(body, header, barrier);
    GS_ASSERT(fault == GS_CUT_GOOD || fault == GS_CUT_SHORT || fault == GS_CUT_NUMBERS);
    if (fault != GS_CUT_GOOD)
        return false;
    for (uint32_t i = 0; i < barrier->input_count; i++) {
        const struct gs_cut_input *input = &barrier->inputs[i];
        GS_ASSERT(0 <= input->short_offset && input->short_offset <= input->offset);
        GS_ASSERT(input->offset <= (int64_t)GS_CUT_NUMBER_MAX && input->leader_epoch >= -1);
    }
    check_lineage(&barrier->lineage);
    gsi_cut_put_barrier(&again, barrier);
    GS_ASSERT(again.len == body.len && memcmp(again.data, body.data, body.len) == 0);
    gs_buf_deinit(&again);
    return true;
}

/* Alone in a log, a barrier can be chosen only if its cut is all that it needs. */
static void check_choice(const struct gs_cut_header *header, const struct gs_cut_barrier *barrier)
{
    static struct gs_cut_chosen chosen;
    struct gs_cut_choice *choice = gs_cut_choice_create(&(struct gs_cut_choice_limits){4, 30000});
    struct gs_cut_seen seen = {1, header, barrier, 0};
    gs_cut_choice_add(choice, &seen);
    seen.position++;
    gs_cut_choice_add(choice, &seen);
    bool alone = barrier && header->parts == 1 && barrier->lineage.span_count == 1 &&
                 barrier->lineage.spans[0].first == header->cut;
    GS_ASSERT(gs_cut_choose(choice, &chosen) == alone);
    GS_ASSERT(!alone || (chosen.position == 1 && chosen.read_count == 0));
    gs_cut_choice_destroy(choice);
}

static void check_record(struct gs_str bytes)
{
    static struct gs_cut_barrier barrier;
    struct gs_cut_header header;
    struct gs_str body;
    uint64_t layout = 0;
    if (bytes.len >= GSI_CUT_HEADER_BYTES) {
        struct gs_cut_cursor cursor = gs_cut_cursor(bytes);
        cursor.at += 16;
        layout = gsi_cut_get_fixed(&cursor);
    }
    if (gs_cut_parse(bytes, layout, &header, &body) != GS_CUT_GOOD)
        return;
    GS_ASSERT(header.part < header.parts && header.cut <= GS_CUT_NUMBER_MAX);
    GS_ASSERT(is_inside(body, bytes));
    GS_ASSERT(gs_cut_parse(bytes, layout + 1, &header, &body) == GS_CUT_LAYOUT);
    bool is_barrier = gs_cut_is_barrier(&header);
    if (!is_barrier)
        check_entries(body);
    if (!is_barrier || check_barrier(body, &header, &barrier))
        check_choice(&header, is_barrier ? &barrier : NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gs_cut_barrier barrier;
    struct gs_str bytes = gs_str_make((const char *)data, size);
    struct gs_cut_header header = {.incarnation = WHO, .cut = 5, .parts = 1};
    struct gs_buf sealed = {0};
    if (size == 0)
        return 0;
    check_record(bytes);
    check_entries(bytes);
    check_barrier(bytes, &header, &barrier);
    gs_buf_add_str(&sealed, bytes);
    sealed.len -= GS_MIN(sealed.len, (size_t)GSI_CUT_CHECKSUM_BYTES);
    gsi_cut_put_fixed(&sealed, gs_hash64(sealed.data, sealed.len, 0));
    check_record(gs_str_make(sealed.data, sealed.len));
    gs_buf_deinit(&sealed);
    return 0;
}
