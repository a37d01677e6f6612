/* rates.c -- comments per second of the window, and records per second from one picture to the
 * next.
 *
 * How the total of a window changes is no rate: it falls when old comments leave.
 *
 * A cell says how far its task had read (`_at`), so the newest cell of each task tells how many
 * records the service has read, whatever the service says of itself. Cells come in bursts, once per
 * flush: a rate over one second would jump. */
#include "internal.h"

#include <math.h>

#define RATE_OVER_MS 5000

static int64_t offsets_of(const json_t *cell)
{
    int64_t sum = 0;
    size_t i;
    json_t *offset;
    json_array_foreach(json_object_get(cell, "_at"), i, offset)
    {
        sum += json_integer_value(offset);
    }
    return sum;
}

static void count_records(struct gsi_top_rates *rates, const struct gsi_top_picture *picture)
{
    memset(rates->newest, 0, sizeof rates->newest);
    for (size_t r = 0; r < picture->row_count; r++) {
        const json_t *cell = picture->rows[r].cell;
        int64_t task = gsi_top_integer(cell, "_task");
        if (task >= 0 && task < GSI_TOP_TASKS_MAX)
            rates->newest[task] = GS_MAX(rates->newest[task], offsets_of(cell));
    }
    for (size_t t = 0; t < GSI_TOP_TASKS_MAX; t++) {
        if (rates->read[t] && rates->newest[t] > rates->read[t])
            rates->records += rates->newest[t] - rates->read[t];
        rates->read[t] = GS_MAX(rates->read[t], rates->newest[t]);
    }
}

static double comments_per_s(const struct gsi_top_picture *picture)
{
    int64_t covered_ms = picture->as_of_ms - picture->from_ms;
    if (!picture->from_ms || covered_ms <= 0)
        return NAN;
    return (double)picture->total[GSI_TOP_COMMENTS] * 1000 / (double)covered_ms;
}

/* A task's first cells hold whatever was read before: only growth after them is a rate. */
void gsi_top_rates_update(struct gsi_top_rates *rates, struct gsi_top_picture *picture)
{
    count_records(rates, picture);
    if (rates->sample_count == GSI_TOP_SAMPLES ||
        (rates->sample_count > 1 &&
         picture->steady_ms - rates->samples[1].steady_ms >= RATE_OVER_MS)) {
        rates->sample_count--;
        memmove(rates->samples, rates->samples + 1, rates->sample_count * sizeof rates->samples[0]);
    }
    picture->comments_per_s = comments_per_s(picture);
    picture->records_per_s = NAN;
    if (picture->row_count && rates->sample_count &&
        picture->steady_ms > rates->samples[0].steady_ms) {
        const struct gsi_top_sample *since = &rates->samples[0];
        double seconds = (double)(picture->steady_ms - since->steady_ms) / 1000;
        picture->records_per_s = (double)(rates->records - since->records) / seconds;
    }
    rates->samples[rates->sample_count++] =
        (struct gsi_top_sample){picture->steady_ms, rates->records};
}
