/* answer.c -- what the functions answer, and what stood in a guard, as values. Anybody may have
 * written into that Redis: what cannot be read counts as absent, and the task then does more than
 * it would have to. */
#include "internal.h"

#include <stdio.h>

/* Bytes of others for a log line or a message. */
static void printable(struct gs_str text, char *buffer, size_t capacity)
{
    size_t len = GS_MIN((size_t)text.len, capacity - 1);
    for (size_t i = 0; i < len; i++)
        buffer[i] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? text.data[i] : '?';
    buffer[len] = 0;
}

/* The first element is this word, and count strings or integers follow it. */
static bool is_answer(const struct gs_redis_reply *reply, const char *word, size_t count)
{
    if (reply->count != 1 + count || !gs_redis_is(&reply->elements[0], word))
        return false;
    for (size_t i = 1; i <= count; i++)
        if (reply->elements[i].type != GS_REDIS_STRING &&
            reply->elements[i].type != GS_REDIS_INTEGER)
            return false;
    return true;
}

static struct gs_str text_of(const struct gs_redis_reply *reply)
{
    return reply->type == GS_REDIS_STRING ? reply->str : gs_str_of("");
}

/* Numbers with commas between them, none below least. 0 = they cannot be read. */
static uint8_t read_list(struct gs_str text, int64_t least, int64_t *numbers, uint8_t capacity)
{
    uint8_t count = 0;
    while (count < capacity) {
        const char *comma = memchr(text.data, ',', text.len);
        size_t len = comma ? (size_t)(comma - text.data) : text.len;
        int64_t *number = &numbers[count++];
        if (!gs_parse_int(gs_str_make(text.data, len), number) || *number < least)
            return 0;
        if (!comma)
            return count;
        text = gs_str_make(comma + 1, text.len - len - 1);
    }
    return 0;
}

static uint8_t read_offsets(struct gs_str text, int64_t at[GS_INPUTS_MAX])
{
    return read_list(text, 0, at, GS_INPUTS_MAX);
}

/* GS_NULL_INT where there is none, or none that can be right. */
static bool read_ages(struct gs_str text, int64_t ages_ms[GS_LEVELS_MAX])
{
    int64_t numbers[GS_LEVELS_MAX];
    uint8_t count = text.len ? read_list(text, -GS_TIME_MS_MAX, numbers, GS_LEVELS_MAX) : 0;
    for (uint8_t i = 0; i < GS_LEVELS_MAX; i++)
        ages_ms[i] = i < count && numbers[i] <= GS_TIME_MS_MAX ? numbers[i] : GS_NULL_INT;
    return count || !text.len;
}

/* GS_NULL_INT = it is absent, or cannot be read. */
static int64_t read_clock(struct gs_str text)
{
    int64_t ms;
    bool sound = gs_parse_int(text, &ms) && ms >= 0 && ms <= 2 * GS_TIME_MS_MAX;
    return sound ? ms : GS_NULL_INT;
}

static bool read_meaning(struct gs_str text, uint64_t *meaning)
{
    *meaning = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = memchr(digits, text.data[i], 16);
        if (!digit)
            return false;
        *meaning = *meaning << 4 | (uint64_t)(digit - digits);
    }
    return text.len == GSI_SINK_MEANING_DIGITS;
}

/* All of it or nothing. */
static bool read_clean(const struct gs_redis_reply *fields, struct gs_guard *guard)
{
    struct gs_str at = text_of(&fields[0]);
    struct gs_str as_of = text_of(&fields[1]);
    guard->clean_as_of_ms = read_clock(as_of);
    if (!at.len)
        return true;
    uint8_t count = read_offsets(at, guard->clean_at);
    if (!read_meaning(text_of(&fields[2]), &guard->clean_meaning) ||
        (as_of.len && guard->clean_as_of_ms == GS_NULL_INT))
        return false;
    guard->clean_count = count;
    return count > 0;
}

static void read_guard(const struct gs_redis_reply *fields, struct gsi_taken *taken)
{
    struct gs_guard *guard = &taken->before;
    struct gs_str token = text_of(&fields[1]);
    struct gs_str at = text_of(&fields[2]);
    struct gs_str as_of = text_of(&fields[3]);
    guard->same_owner = gs_redis_is(&fields[0], "SELF");
    guard->present = guard->same_owner || gs_redis_is(&fields[0], "OTHER");
    if (token.len == GS_TOKEN_BYTES)
        memcpy(guard->token, token.data, GS_TOKEN_BYTES);
    guard->at_count = at.len ? read_offsets(at, guard->at) : 0;
    guard->as_of_ms = read_clock(as_of);
    taken->damaged = (at.len && !guard->at_count) || (as_of.len && guard->as_of_ms == GS_NULL_INT);
    taken->damaged |= !read_clean(fields + 4, guard);
    if (!gs_parse_int(text_of(&fields[7]), &guard->age_ms))
        guard->age_ms = GS_NULL_INT;
    taken->damaged |= !read_ages(text_of(&fields[8]), guard->refreshed_ms);
}

/* "group is 'a' there and 'b' here, ..." for what differs. */
static void describe_foreign(const struct gs_redis_reply *theirs, struct gsi_taken *taken)
{
    static const char *const names[] = {"cluster", "group", "number of partitions"};
    size_t len = 0;
    for (size_t i = 0; i < GS_COUNT_OF(names); i++) {
        char there[48], here[48];
        struct gs_str a = text_of(&theirs[i]), b = text_of(&theirs[i + GS_COUNT_OF(names)]);
        if (gs_str_equal(a, b))
            continue;
        printable(a, there, sizeof there);
        printable(b, here, sizeof here);
        len += (size_t)snprintf(taken->detail + len, sizeof taken->detail - len,
                                "%sits %s is '%s', ours is '%s'", len ? ", " : "", names[i], there,
                                here);
        len = GS_MIN(len, sizeof taken->detail - 1);
    }
}

bool gsi_sink_read_taken(const struct gs_redis_reply *reply, struct gsi_taken *taken)
{
    memset(taken, 0, sizeof *taken);
    taken->before.as_of_ms = taken->before.clean_as_of_ms = GS_NULL_INT;
    taken->before.age_ms = GS_NULL_INT;
    if (reply->type != GS_REDIS_ARRAY)
        return false;
    if (is_answer(reply, "OK", 9)) {
        taken->result = GS_TAKE_OK;
        read_guard(reply->elements + 1, taken);
        return true;
    }
    taken->before.present = true; /* whose it is says no more than that it is not ours */
    if (is_answer(reply, "FOREIGN", 6)) {
        taken->result = GS_TAKE_FOREIGN;
        describe_foreign(reply->elements + 1, taken);
        return true;
    }
    taken->result = GS_TAKE_STALE;
    return is_answer(reply, "STALE", 0);
}

static bool read_failed(const struct gs_redis_reply *fields, struct gsi_written *written)
{
    int64_t failed = fields[0].integer;
    if (fields[0].type != GS_REDIS_INTEGER || failed < 0 || failed > GS_TASK_WRITE_CELLS)
        return false;
    written->failed_keys = (uint32_t)failed;
    printable(text_of(&fields[1]), written->why, sizeof written->why);
    return true;
}

bool gsi_sink_read_written(const struct gs_redis_reply *reply, struct gsi_written *written)
{
    static const struct {
        const char *word;
        enum gs_write_result result;
    } refusals[] = {
        {"EMPTY", GS_WRITE_EMPTY}, {"REGRESSED", GS_WRITE_REGRESSED}, {"FENCED", GS_WRITE_FENCED}};
    memset(written, 0, sizeof *written);
    if (reply->type != GS_REDIS_ARRAY)
        return false;
    if (is_answer(reply, "OK", 2))
        return read_failed(reply->elements + 1, written);
    for (size_t i = 0; i < GS_COUNT_OF(refusals); i++) {
        written->result = refusals[i].result;
        if (is_answer(reply, refusals[i].word, 0))
            return true;
    }
    return false;
}
