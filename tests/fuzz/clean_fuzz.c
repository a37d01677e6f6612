/* room: clean */
/* The first byte chooses. 0: the rest is a text for the built-in rules. 1: a list for one of them,
 * a NUL, a text. 2: records for the memories of copies and burst. Whatever the bytes: what is read
 * is the same the second time, a normal form is its own, spans lie in the text and tell what was
 * found, and a memory that went out and in again answers like the one that stayed. */
#include "groundswell/clean.h"

static struct gs_clean_rules *built_in(void)
{
    static struct gs_clean_rules *rules;
    struct gs_clean_config config;
    struct gs_error error;
    gs_clean_config_default(&config);
    if (!rules)
        GS_ASSERT(gs_clean_rules_create(&config, &rules, &error) == GS_OK);
    return rules;
}

static void check_spans(const struct gs_clean_rules *rules, const struct gs_clean_text *text,
                        uint32_t reasons)
{
    enum { SPANS_MAX = 256 };
    struct gs_clean_span spans[SPANS_MAX];
    uint32_t told = 0;
    size_t count = gs_clean_explain(rules, text, spans, SPANS_MAX);
    for (size_t i = 0; i < count && i < SPANS_MAX; i++) {
        GS_ASSERT(spans[i].len > 0 && spans[i].at <= text->raw.len &&
                  spans[i].len <= text->raw.len - spans[i].at);
        told |= 1u << spans[i].reason;
    }
    if (count <= SPANS_MAX)
        GS_ASSERT((told & ~(1u << GS_REASON_COUNT)) == reasons);
}

static void check_text(const struct gs_clean_rules *rules, struct gs_str raw)
{
    static struct gs_clean_scratch *scratch, *other;
    struct gs_clean_text text, again;
    struct gs_clean_verdict verdict;
    if (!scratch) {
        scratch = gs_clean_scratch_create();
        other = gs_clean_scratch_create();
    }
    gs_clean_read(rules, scratch, raw, &text);
    gs_clean_read(rules, other, raw, &again);
    GS_ASSERT(memcmp(&text.features, &again.features, sizeof text.features) == 0);
    GS_ASSERT(text.hash.low == again.hash.low && text.found == again.found);
    uint32_t reasons = gs_clean_judge(rules, &text, false);
    check_spans(rules, &text, reasons);
    gs_clean_decide(rules, reasons, &verdict);
    GS_ASSERT(verdict.quality <= 256 &&
              (verdict.action == GS_VERDICT_DROP) == (verdict.reason < GS_REASON_COUNT));
    if (text.normal.len > GS_CLEAN_TEXT_BYTES_MAX)
        return;
    gs_clean_read(rules, other, text.normal, &again);
    GS_ASSERT(gs_str_equal(again.normal, text.normal));
}

static void check_list(const uint8_t *data, size_t size)
{
    struct gs_clean_config config;
    struct gs_clean_rules *rules;
    struct gs_error error;
    const uint8_t *end = memchr(data, 0, size);
    if (size < 2 || !end || end == data)
        return;
    gs_clean_config_default(&config);
    config.lists[data[0] % GS_CLEAN_LIST_COUNT] =
        gs_str_make((const char *)data + 1, (size_t)(end - data - 1));
    if (gs_clean_rules_create(&config, &rules, &error) == GS_OK)
        check_text(rules, gs_str_make((const char *)end + 1, size - (size_t)(end + 1 - data)));
    gs_clean_rules_destroy(rules);
}

/* ------------------------------------------------------------------ memories */

struct memories {
    struct gs_copies *copies;
    struct gs_burst *burst;
};

static struct memories make_memories(uint32_t capacity)
{
    struct gs_copies_config copies;
    struct gs_burst_config burst;
    gs_copies_config_default(&copies);
    gs_burst_config_default(&burst);
    copies.capacity = burst.capacity = capacity;
    return (struct memories){gs_copies_create(&copies), gs_burst_create(&burst)};
}

static void drop_memories(struct memories *memories)
{
    gs_copies_destroy(memories->copies);
    gs_burst_destroy(memories->burst);
}

static void out_and_in(const struct memories *from, struct memories *to)
{
    struct gs_sightings_mark mark = {0, 0};
    struct gs_sightings_piece piece;
    struct gs_sightings_state state;
    while (gs_copies_next(from->copies, &mark, &piece))
        GS_ASSERT(gs_copies_put(to->copies, &piece));
    gs_copies_state(from->copies, &state);
    gs_copies_restore(to->copies, &state);
    mark = (struct gs_sightings_mark){0, 0};
    while (gs_burst_next(from->burst, &mark, &piece))
        GS_ASSERT(gs_burst_put(to->burst, &piece));
    gs_burst_state(from->burst, &state);
    gs_burst_restore(to->burst, &state);
}

/* Four bytes are a record: text, actor, post, and how far the clock goes. */
static void take(struct memories *memories, const uint8_t *data, int64_t h_ms, uint32_t *told)
{
    struct gs_copies_earlier earlier;
    struct gs_copy copy = {
        .text = {data[0] & 15, 7}, .comment = {data[0], data[1]}, .actor = data[1], .words = 4};
    struct gs_burst_sighting sighting = {
        .actor = data[1], .post = data[2] & 3, .event_ms = h_ms - (data[2] >> 2) * 1000};
    bool is_copy = gs_copies_seen(memories->copies, &copy, h_ms, &earlier);
    bool is_burst = gs_burst_seen(memories->burst, &sighting, h_ms);
    GS_ASSERT(earlier.count <= 2 * GS_CLEAN_AUTHORS_MAX && (is_copy || earlier.count == 0));
    *told = *told * 31 + (uint32_t)is_copy + 2 * (uint32_t)is_burst + 4 * earlier.count;
}

static void check_memories(const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    uint32_t capacity = 1 + data[0], told = 0, told_again = 0;
    size_t turn = data[1];
    struct memories stays = make_memories(capacity), moves = make_memories(capacity);
    int64_t h_ms = 10000000;
    for (size_t i = 0; 2 + 4 * (i + 1) <= size; i++) {
        const uint8_t *record = data + 2 + 4 * i;
        h_ms += (int64_t)record[3] * record[3] * 20;
        if (turn > 0 && i % turn == turn - 1) {
            struct memories fresh = make_memories(capacity);
            out_and_in(&moves, &fresh);
            drop_memories(&moves);
            moves = fresh;
        }
        take(&stays, record, h_ms, &told);
        take(&moves, record, h_ms, &told_again);
        GS_ASSERT(told == told_again);
    }
    drop_memories(&stays);
    drop_memories(&moves);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 3 == 0)
        check_text(built_in(), gs_str_make((const char *)data + 1, size - 1));
    else if (data[0] % 3 == 1)
        check_list(data + 1, size - 1);
    else
        check_memories(data + 1, size - 1);
    return 0;
}
