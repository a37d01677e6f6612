/* score_queue.c -- lines that wait until their verdict can no longer change, in order.
 *
 *      lines    first ──► [ settled? | settled? | ... ]  ring
 *      texts  text_at ──► the kept bytes of the same lines, one after the other */
#include "score.h"

enum { CAPACITY_MIN = 1024 };

void gsi_queue_deinit(struct gsi_queue *queue)
{
    gs_free(queue->lines);
    gs_buf_deinit(&queue->texts);
}

static struct gsi_scored *line_at(const struct gsi_queue *queue, size_t index)
{
    return &queue->lines[(queue->first + index) & (queue->capacity - 1)];
}

static void grow(struct gsi_queue *queue)
{
    size_t capacity = GS_MAX(queue->capacity * 2, (size_t)CAPACITY_MIN);
    struct gsi_scored *lines = gs_calloc(capacity, sizeof *lines);
    for (size_t i = 0; i < queue->count; i++)
        lines[i] = *line_at(queue, i);
    gs_free(queue->lines);
    queue->lines = lines;
    queue->first = 0;
    queue->capacity = capacity;
}

static void print_first(struct gsi_queue *queue)
{
    const struct gsi_scored *line = line_at(queue, 0);
    size_t bytes = line->text_bytes;
    queue->printed++;
    queue->print(queue->user, line,
                 gs_str_make(bytes ? queue->texts.data + queue->text_at : "", bytes));
    queue->text_at += bytes;
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
}

/* Moves what waits to the front when as much lies before it: each byte is moved once on average. */
static void add_text(struct gsi_queue *queue, const char *text, size_t bytes)
{
    struct gs_buf *texts = &queue->texts;
    size_t waiting = texts->len - queue->text_at;
    if (queue->text_at >= waiting) {
        if (waiting)
            memmove(texts->data, texts->data + queue->text_at, waiting);
        texts->len = waiting;
        queue->text_at = 0;
    }
    gs_buf_add(texts, text, bytes);
}

void gsi_queue_add(struct gsi_queue *queue, const struct gsi_scored *scored, const char *text)
{
    if (queue->count == queue->capacity)
        grow(queue);
    add_text(queue, text, scored->text_bytes);
    queue->count++;
    *line_at(queue, queue->count - 1) = *scored;
    while (queue->count > queue->lines_max ||
           (queue->count > 1 && queue->texts.len - queue->text_at > queue->bytes_max)) {
        queue->early += line_at(queue, 0)->generation != GSI_SETTLED;
        print_first(queue);
    }
}

void gsi_queue_take_back(struct gsi_queue *queue, uint64_t number)
{
    if (number <= queue->printed) {
        queue->missed++;
        return;
    }
    GS_ASSERT(number - queue->printed <= queue->count);
    struct gsi_scored *line = line_at(queue, number - queue->printed - 1);
    line->reasons |= UINT32_C(1) << GS_REASON_COPYPASTA;
    line->generation = GSI_SETTLED;
}

void gsi_queue_release(struct gsi_queue *queue, int64_t settled)
{
    while (queue->count && line_at(queue, 0)->generation <= settled)
        print_first(queue);
}
