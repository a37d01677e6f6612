/* entry_sightings.c -- the entries of the memories of copies and bursts, in pieces as they came.
 *
 *   what          key                              value
 *   copies        input, generation, first place   per sighting: text, comment, actor, flags
 *   bursts        input, generation, first place   per sighting: actor, post, time
 *   ..._state     input                            generation, number
 *
 * A lineage may begin with a piece from the middle of a generation: what it lacks follows with the
 * cycle, and it stands there once more. */
#include "entry.h"

static void put_u64(struct gs_buf *buf, uint64_t number)
{
    uint64_t bytes = htole64(number);
    gs_buf_add(buf, &bytes, sizeof bytes);
}

static uint64_t get_u64(struct gs_cut_cursor *cursor)
{
    uint64_t bytes = 0;
    if ((size_t)(cursor->end - cursor->at) < sizeof bytes) {
        cursor->failed = true;
        cursor->at = cursor->end;
        return 0;
    }
    memcpy(&bytes, cursor->at, sizeof bytes);
    cursor->at += sizeof bytes;
    return le64toh(bytes);
}

/* ------------------------------------------------------------------ out */

static void begin(uint8_t input, const struct gs_sightings_piece *piece,
                  struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    gs_cut_put_u64(&out->key, piece->serial);
    gs_cut_put_u64(&out->key, piece->place);
}

void gsi_entry_copies(uint8_t input, const struct gs_sightings_piece *piece,
                      struct gsi_entry_bytes *out)
{
    const struct gs_copies_sighting *copies = piece->data;
    begin(input, piece, out);
    for (uint32_t i = 0; i < piece->count; i++) {
        gsi_entry_put_hash(&out->value, copies[i].text);
        gsi_entry_put_hash(&out->value, copies[i].comment);
        put_u64(&out->value, copies[i].actor);
        gs_cut_put_u64(&out->value, copies[i].flags);
    }
}

void gsi_entry_bursts(uint8_t input, const struct gs_sightings_piece *piece,
                      struct gsi_entry_bytes *out)
{
    const struct gs_burst_sighting *bursts = piece->data;
    begin(input, piece, out);
    for (uint32_t i = 0; i < piece->count; i++) {
        put_u64(&out->value, bursts[i].actor);
        put_u64(&out->value, bursts[i].post);
        gs_cut_put_i64(&out->value, bursts[i].event_ms);
    }
}

void gsi_entry_sightings_state(uint8_t input, const struct gs_sightings_state *state,
                               struct gsi_entry_bytes *out)
{
    gsi_entry_empty(out);
    gs_cut_put_u64(&out->key, input);
    gs_cut_put_u64(&out->value, state->serial);
    gs_cut_put_i64(&out->value, state->number);
}

/* ------------------------------------------------------------------ in */

/* NULL: no input that has such memories. */
static struct gsi_input *input_of(struct gs_task *task, uint64_t input)
{
    if (input >= task->config.input_count || task->config.inputs[input].profiles)
        return NULL;
    if (task->config.rules)
        gsi_verdict_make_memories(task, &task->input[input]);
    return &task->input[input];
}

static bool get_copy(struct gs_cut_cursor *value, struct gs_copies_sighting *copy)
{
    uint64_t flags;
    *copy = (struct gs_copies_sighting){.text = gsi_entry_get_hash(value)};
    copy->comment = gsi_entry_get_hash(value);
    copy->actor = get_u64(value);
    flags = gs_cut_get_u64(value);
    copy->flags = (uint32_t)flags;
    return !value->failed && flags == copy->flags;
}

static bool get_burst(struct gs_cut_cursor *value, struct gs_burst_sighting *burst)
{
    *burst = (struct gs_burst_sighting){.actor = get_u64(value)};
    burst->post = get_u64(value);
    burst->event_ms = gs_cut_get_i64(value);
    return !value->failed && burst->event_ms >= 0 && burst->event_ms <= GS_TIME_MS_MAX;
}

/* False if it cannot be read. */
static bool put_next(struct gs_task *task, const struct gsi_input *input, bool is_copy,
                     struct gs_sightings_piece *piece, struct gs_cut_cursor *value)
{
    struct gs_copies_sighting copy;
    struct gs_burst_sighting burst;
    struct gs_sightings_piece one = *piece;
    bool done = false;
    one.data = is_copy ? (const void *)&copy : &burst;
    if (is_copy ? !get_copy(value, &copy) : !get_burst(value, &burst))
        return false;
    if (!GS_ABLATED(SIGHTINGS_LOST) && task->config.rules)
        done = is_copy ? gs_copies_put(input->copies, &one) : gs_burst_put(input->burst, &one);
    task->cut_stats.left_back += !done;
    piece->place++;
    return true;
}

bool gsi_entry_put_sightings(struct gs_task *task, bool is_copy, struct gs_cut_cursor key,
                             struct gs_cut_cursor value)
{
    const struct gsi_input *input = input_of(task, gs_cut_get_u64(&key));
    struct gs_sightings_piece piece = {.serial = gs_cut_get_u64(&key), .count = 1};
    uint64_t place = gs_cut_get_u64(&key);
    if (!gsi_entry_is_done(&key) || !input || !gsi_entry_is_serial(piece.serial) ||
        place > GS_SIGHTINGS_MAX)
        return false;
    piece.place = (uint32_t)place;
    while (value.at < value.end)
        if (piece.place > GS_SIGHTINGS_MAX || !put_next(task, input, is_copy, &piece, &value))
            return false;
    return true;
}

/* As of event ids: a generation of shorter windows has a larger number than the clock has now. */
bool gsi_entry_put_sightings_state(struct gs_task *task, bool is_copy, struct gs_cut_cursor key,
                                   struct gs_cut_cursor value)
{
    const struct gsi_input *input = input_of(task, gs_cut_get_u64(&key));
    struct gs_sightings_state state = {.serial = gs_cut_get_u64(&value)};
    state.number = gs_cut_get_i64(&value);
    if (!gsi_entry_is_done(&key) || !gsi_entry_is_done(&value) || !input ||
        !gsi_entry_is_serial(state.serial))
        return false;
    if (state.number != INT64_MIN && (state.number < 0 || input->h_ms == GS_NULL_INT))
        return false;
    if (!task->config.rules)
        return true;
    int64_t window_ms = is_copy ? task->config.copies.window_ms : task->config.burst.window_ms;
    if (state.number != INT64_MIN)
        state.number = GS_MIN(state.number, input->h_ms / window_ms);
    if (is_copy)
        gs_copies_restore(input->copies, &state);
    else
        gs_burst_restore(input->burst, &state);
    return true;
}
