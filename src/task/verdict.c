/* verdict.c -- which comments count, and how much: texts are read and judged, and two short
 * memories per input say who repeats himself or others.
 *
 *   prepare  a created comment's text is read once    → reasons of the text, its hash; prefetch
 *   decide   copies and burst see it                  → verdict; earlier ones that are copies now
 *   apply    those are taken back, as if they had been dropped at once
 *
 * The memories take in every comment created by another than the influencer that is neither the
 * same event once more nor too late, known to the memory of comments or not, dropped or not: what
 * they say follows from the records alone. An edited text is judged by its own reasons; it
 * enters neither of them. */
#include "internal.h"

bool gsi_is_reply(const struct gs_event *event)
{
    return gs_str_equal(event->comment.actor_id, event->influencer_id);
}

static uint64_t hash_of(struct gs_str id)
{
    return gs_hash64(id.data, id.len, 0);
}

/* ------------------------------------------------------------------ texts */

static uint32_t read_text(struct gs_task *task, const struct gs_event *event,
                          const struct gs_sentiment *scorer, struct gs_clean_text *text)
{
    bool other_language = event->comment.text.data && !scorer;
    gs_clean_read(task->config.rules, task->reader, event->comment.text, text);
    return gs_clean_judge(task->config.rules, text, other_language);
}

static void read_creation(struct gs_task *task, const struct gsi_input *input,
                          const struct gs_event *event, struct gsi_row *row)
{
    struct gs_clean_text text;
    row->scorer = gsi_comments_scorer(task, event);
    row->reasons = read_text(task, event, row->scorer, &text);
    row->copy = (struct gs_copy){.text = text.hash,
                                 .comment = row->comment_id,
                                 .actor = hash_of(event->comment.actor_id),
                                 .words = text.features.words};
    if (!input->copies)
        return;
    gs_copies_prefetch(input->copies, &row->copy);
    gs_burst_prefetch(input->burst, row->copy.actor);
}

void gsi_verdicts_read(struct gs_task *task, const struct gsi_input *input,
                       const struct gs_task_record *records, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!records[i].bad && gsi_is_creation(&records[i].event) &&
            !gsi_is_reply(&records[i].event))
            read_creation(task, input, &records[i].event, &task->rows[i]);
}

void gsi_verdict_of_edit(struct gs_task *task, const struct gs_event *event,
                         const struct gs_sentiment *scorer, struct gs_clean_verdict *verdict)
{
    struct gs_clean_text text;
    uint32_t reasons = read_text(task, event, scorer, &text);
    gs_clean_decide(task->config.rules, reasons, verdict);
}

bool gsi_verdict_is_risky(struct gs_task *task, struct gs_str post)
{
    struct gs_clean_text text;
    if (!task->config.rules || !post.data)
        return false;
    gs_clean_read(task->config.rules, task->reader, post, &text);
    return gs_clean_is_risky(task->config.rules, &text);
}

/* ------------------------------------------------------------------ memories */

void gsi_verdict_make_memories(const struct gs_task *task, struct gsi_input *input)
{
    if (input->copies)
        return;
    input->copies = gs_copies_create(&task->config.copies);
    input->burst = gs_burst_create(&task->config.burst);
}

/* Found now, applied when the record is: what comes later in the batch may forget them. */
static void note_earlier(struct gs_task *task, struct gsi_input *input, struct gsi_row *row,
                         const struct gs_copies_earlier *earlier)
{
    row->late_at = task->late_count;
    for (uint32_t i = 0; i < earlier->count; i++) {
        uint32_t place = gsi_comments_find(input->comments, earlier->comment[i], row->h_ms);
        if (!place) {
            input->stats.orphan_retractions++;
            continue;
        }
        gsi_comments_list(input->comments, earlier->comment[i]);
        task->late[task->late_count++] = (struct gsi_late){
            gsi_comments_get(input->comments, place), gsi_comments_reach(input->comments, place)};
    }
    row->late_count = (uint16_t)(task->late_count - row->late_at);
    input->stats.late_verdicts += row->late_count;
}

/* Only where a rule is left out. */
static bool is_passed_over(const struct gs_task *task, const struct gsi_input *input,
                           struct gsi_row *row)
{
    if (GS_ABLATED(SIGHTINGS_KNOWN) &&
        gsi_comments_find(input->comments, row->comment_id, row->h_ms))
        return true;
    if (!GS_ABLATED(SIGHTINGS_DROPPED))
        return false;
    gs_clean_decide(task->config.rules, row->reasons, &row->verdict);
    return row->verdict.action == GS_VERDICT_DROP;
}

void gsi_verdict_take(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                      struct gsi_row *row)
{
    struct gs_copies_earlier earlier;
    struct gs_burst_sighting sighting = {
        .actor = row->copy.actor, .post = hash_of(event->post_id), .event_ms = row->t_ms};
    if (gsi_is_reply(event) || is_passed_over(task, input, row))
        return;
    gsi_verdict_make_memories(task, input);
    if (gs_copies_seen(input->copies, &row->copy, input->h_ms, &earlier))
        row->reasons |= 1u << GS_REASON_COPYPASTA;
    if (gs_burst_seen(input->burst, &sighting, input->h_ms))
        row->reasons |= 1u << GS_REASON_BURST;
    gs_clean_decide(task->config.rules, row->reasons, &row->verdict);
    if (GS_UNLIKELY(earlier.count > 0))
        note_earlier(task, input, row, &earlier);
}

uint64_t gsi_verdict_meaning(const struct gs_task_config *config, uint64_t seed)
{
    const struct gs_copies_config *copies = &config->copies;
    const struct gs_burst_config *burst = &config->burst;
    const int64_t numbers[] = {(int64_t)gs_clean_version(config->rules),
                               copies->window_ms,
                               copies->capacity,
                               copies->words_min,
                               copies->authors_min,
                               burst->window_ms,
                               burst->capacity,
                               burst->comments_max,
                               burst->on_post_burst};
    return gs_hash64(numbers, sizeof numbers, seed);
}

/* ------------------------------------------------------------------ late verdicts */

void gsi_verdict_retract(struct gs_task *task, const struct gsi_row *row)
{
    struct gs_clean_verdict copy;
    if (GS_ABLATED(LATE_VERDICT))
        return;
    gs_clean_decide(task->config.rules, 1u << GS_REASON_COPYPASTA, &copy);
    for (uint32_t i = 0; i < row->late_count; i++)
        gsi_comments_judge_late(task, &task->late[row->late_at + i], &copy);
}
