/* tally.c -- counts of what was produced, and the summary that is made of them. */
#include "output.h"

#include <inttypes.h>

void gsi_generate_tally_init(struct gsi_generate_tally *tally, uint32_t partitions)
{
    *tally = (struct gsi_generate_tally){.partitions = partitions};
    tally->cells = gs_calloc((size_t)GS_GENERATE_TOPIC_COUNT * partitions, sizeof *tally->cells);
}

void gsi_generate_tally_deinit(struct gsi_generate_tally *tally)
{
    gs_free(tally->cells);
    tally->cells = NULL;
}

void gsi_generate_tally_add(struct gsi_generate_tally *tally, const struct gs_generated *record,
                            enum gs_generate_topic topic)
{
    struct gsi_generate_tally_cell *cell =
        &tally->cells[(size_t)topic * tally->partitions + (uint32_t)record->partition];
    cell->records++;
    cell->bytes += record->value.len;
    cell->malformed += record->bad != GS_BAD_NONE;
    cell->duplicates += record->duplicate;
    cell->tombstones += record->kind == GS_KIND_PROFILE && record->value.data == NULL;
    tally->kinds[record->kind][record->action]++;
    tally->bad[record->bad]++;
}

enum gs_generate_topic gsi_generate_first_topic(const struct gs_generate_run *run,
                                                enum gs_generate_topic topic)
{
    int first = 0;
    while (!run->topics[first] || strcmp(run->topics[first], run->topics[topic]) != 0)
        first++;
    return (enum gs_generate_topic)first;
}

static void add_kinds(const struct gsi_generate_tally *tally, struct gs_buf *json)
{
    const char *comma = "";
    gs_buf_add_text(json, "  \"kinds\": {");
    for (int kind = 0; kind < GS_KIND_COUNT; kind++)
        for (int action = 0; action < GS_ACTION_COUNT; action++) {
            uint64_t count = tally->kinds[kind][action];
            if (count == 0)
                continue;
            gs_buf_printf(json, "%s\"%s", comma, gs_kind_name((enum gs_kind)kind));
            if (action != GS_ACTION_UNKNOWN)
                gs_buf_printf(json, ".%s", gs_action_name((enum gs_action)action));
            gs_buf_printf(json, "\": %" PRIu64, count);
            comma = ", ";
        }
    comma = "";
    gs_buf_add_text(json, "},\n  \"bad\": {");
    for (int code = 1; code < GS_BAD_CODE_COUNT; code++)
        if (tally->bad[code]) {
            gs_buf_printf(json, "%s\"%s\": %" PRIu64, comma,
                          gs_bad_code_name((enum gs_bad_code)code), tally->bad[code]);
            comma = ", ";
        }
    gs_buf_add_text(json, "},\n");
}

static void add_topic(const struct gsi_generate_tally *tally, enum gs_generate_topic topic,
                      const char *name, struct gs_buf *json)
{
    gs_buf_add_text(json, "    \"");
    gs_buf_add_json(json, gs_str_of(name));
    gs_buf_add_text(json, "\": [\n");
    for (uint32_t p = 0; p < tally->partitions; p++) {
        const struct gsi_generate_tally_cell *cell =
            &tally->cells[(size_t)topic * tally->partitions + p];
        gs_buf_printf(json,
                      "      {\"partition\": %u, \"records\": %" PRIu64 ", \"malformed\": %" PRIu64
                      ", \"duplicates\": %" PRIu64 ", \"tombstones\": %" PRIu64
                      ", \"bytes\": %" PRIu64 "}%s\n",
                      p, cell->records, cell->malformed, cell->duplicates, cell->tombstones,
                      cell->bytes, p + 1 < tally->partitions ? "," : "");
    }
    gs_buf_add_text(json, "    ]");
}

void gsi_generate_tally_json(const struct gsi_generate_tally *tally,
                             const struct gs_generate_config *config,
                             const struct gs_generate_run *run,
                             const struct gs_generate_progress *progress, struct gs_buf *json)
{
    gs_buf_printf(json,
                  "{\n  \"seed\": %" PRIu64 ", \"partitions\": %u, \"start_ms\": %" PRId64
                  ", \"last_record_ms\": %" PRId64 ", \"elapsed_ms\": %" PRId64 ",\n",
                  config->seed, tally->partitions, progress->start_ms, progress->record_ms,
                  progress->elapsed_ms);
    gs_buf_printf(json,
                  "  \"records\": %" PRIu64 ", \"delivered\": %" PRIu64 ", \"failed\": %" PRIu64
                  ", \"malformed\": %" PRIu64 ", \"duplicates\": %" PRIu64 ", \"bytes\": %" PRIu64
                  ",\n",
                  progress->records, progress->delivered, progress->failed, progress->malformed,
                  progress->duplicates, progress->bytes);
    add_kinds(tally, json);
    gs_buf_add_text(json, "  \"topics\": {\n");
    const char *comma = "";
    for (int i = 0; i < GS_GENERATE_TOPIC_COUNT; i++) {
        enum gs_generate_topic topic = (enum gs_generate_topic)i;
        if (!run->topics[i] || gsi_generate_first_topic(run, topic) != topic)
            continue;
        gs_buf_add_text(json, comma);
        add_topic(tally, topic, run->topics[i], json);
        comma = ",\n";
    }
    gs_buf_add_text(json, "\n  }\n}\n");
}
