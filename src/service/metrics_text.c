/* metrics_text.c -- the reference of /metrics, as Markdown. */
#include "metrics.h"

static const char head[] =
    "# Metrics\n\n"
    "What `/metrics` of `admin.listen` tells, as Prometheus text, or as OpenMetrics if `Accept` "
    "asks for\n"
    "`application/openmetrics-text`. Figures are copied out once a second. This page is what\n"
    "`groundswell metrics` prints, and a test holds it to that.\n\n"
    "Counters are those of the process. Where a label names a partition, they begin again when "
    "its task comes\n"
    "back after it was away; `rate()` and `increase()` see to that.\n";

static void add_labels(struct gs_buf *out, const char *labels)
{
    while (*labels) {
        int length = (int)strcspn(labels, ",");
        gs_buf_printf(out, "`%.*s`", length, labels);
        labels += length;
        if (*labels++)
            gs_buf_add_text(out, ", ");
        else
            break;
    }
}

static void add_metric(struct gs_buf *out, const struct gsi_metric *metric)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    gs_buf_printf(out, "| `groundswell_%s` | %s%s%s | ", metric->name, types[metric->type],
                  *metric->unit ? ", " : "", metric->unit);
    add_labels(out, metric->labels);
    gs_buf_printf(out, " | %s", metric->help);
    for (const struct gsi_part *part = metric->parts; part && part->value; part++)
        gs_buf_printf(out, "%s`%s`", part == metric->parts ? " Values: " : ", ", part->value);
    gs_buf_add_text(out, metric->parts ? ". |\n" : " |\n");
}

static void add_section(struct gs_buf *out, const struct gsi_metric_section *section)
{
    gs_buf_printf(out, "\n## %s\n", section->name);
    if (section->with_checkpoints)
        gs_buf_add_text(out, "Not of `run --until-end` and `run --discard`, which keep none.\n\n");
    gs_buf_add_text(out, "| metric | type | labels | what it tells |\n|---|---|---|---|\n");
    for (size_t m = 0; m < section->count; m++)
        add_metric(out, &section->metrics[m]);
}

static void add_label(struct gs_buf *out, const struct gsi_label *label)
{
    const struct gsi_values *values = label->values;
    gs_buf_printf(out, "| `%s` | %s", label->name, label->meaning);
    for (int i = values ? values->first : 0; values && i < values->count; i++)
        gs_buf_printf(out, "%s`%s`", i == values->first ? ": " : ", ", values->name(i));
    gs_buf_add_text(out, " |\n");
}

void gs_service_metrics_reference(struct gs_buf *out)
{
    gs_buf_add_text(out, head);
    for (size_t s = 0; s < gsi_metric_section_count; s++)
        add_section(out, &gsi_metric_sections[s]);
    gs_buf_add_text(out, "\n## Labels\n| label | is |\n|---|---|\n");
    for (size_t i = 0; i < gsi_label_count; i++)
        add_label(out, &gsi_labels[i]);
}
