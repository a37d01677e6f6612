/* command.c -- a takeover or a write as one FCALL, in the order that function.c expects. */
#include "internal.h"

#include <stdio.h>

static void add_guard_key(struct gs_buf *buf, const struct gs_task_config *task)
{
    char key[sizeof task->prefix + 32];
    int len = snprintf(key, sizeof key, "%s:v1:guard:%u", task->prefix, task->task);
    gs_redis_arg(buf, key, (size_t)len);
}

/* "812,90311,0" */
static void add_offsets(struct gs_buf *buf, const struct gs_task_config *task,
                        const struct gs_command *command)
{
    char text[GS_INPUTS_MAX * 24];
    int len = 0;
    for (uint8_t i = 0; i < task->input_count; i++)
        len += snprintf(text + len, sizeof text - (size_t)len, i ? ",%lld" : "%lld",
                        (long long)command->at[i]);
    gs_redis_arg(buf, text, (size_t)len);
}

static void add_meaning(struct gs_buf *buf, uint64_t meaning)
{
    char text[GSI_SINK_MEANING_DIGITS + 1];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)meaning);
    gs_redis_arg_text(buf, text);
}

/* "150000,600,0" */
static void add_ages(struct gs_buf *buf, const struct gs_task_config *task,
                     const struct gs_command *command)
{
    char text[GS_LEVELS_MAX * 24];
    int len = 0;
    for (uint8_t i = 0; i < task->window_count; i++)
        len += snprintf(text + len, sizeof text - (size_t)len, i ? ",%lld" : "%lld",
                        (long long)command->refreshed_ms[i]);
    gs_redis_arg(buf, text, (size_t)len);
}

void gsi_sink_add_take(struct gs_buf *buf, const struct gsi_functions *functions,
                       const struct gs_task_config *task, const struct gs_command *command)
{
    buf->len = 0;
    gs_redis_begin(buf, 12);
    gs_redis_arg_text(buf, "FCALL");
    gs_redis_arg_text(buf, functions->take);
    gs_redis_arg_int(buf, 1);
    add_guard_key(buf, task);
    gs_redis_arg_text(buf, task->incarnation);
    gs_redis_arg_text(buf, task->cluster_id);
    gs_redis_arg_text(buf, task->group);
    gs_redis_arg_int(buf, task->partition_count);
    gs_redis_arg_int(buf, task->generation);
    gs_redis_arg_text(buf, command->token);
    gs_redis_arg_int(buf, command->force);
    gs_redis_arg_int(buf, task->takeover);
}

void gsi_sink_add_write(struct gs_buf *buf, const struct gsi_functions *functions,
                        const struct gs_task_config *task, const struct gs_command *command)
{
    const char *bytes = command->bytes.data;
    buf->len = 0;
    gs_redis_begin(buf, 14 + 3 * command->cell_count);
    gs_redis_arg_text(buf, "FCALL");
    gs_redis_arg_text(buf, functions->write);
    gs_redis_arg_int(buf, 1 + (int64_t)command->cell_count);
    add_guard_key(buf, task);
    for (uint32_t i = 0; i < command->cell_count; i++)
        gs_redis_arg(buf, bytes + command->cells[i].key_at, command->cells[i].key_len);
    gs_redis_arg_text(buf, task->incarnation);
    gs_redis_arg_int(buf, task->generation);
    gs_redis_arg_text(buf, command->expect);
    gs_redis_arg_text(buf, command->token);
    gs_redis_arg_int(buf, command->seq);
    add_offsets(buf, task, command);
    if (command->as_of_ms == GS_NULL_INT)
        gs_redis_arg_text(buf, "");
    else
        gs_redis_arg_int(buf, command->as_of_ms);
    gs_redis_arg_int(buf, command->clean);
    add_meaning(buf, command->meaning);
    add_ages(buf, task, command);
    for (uint32_t i = 0; i < command->cell_count; i++) {
        gs_redis_arg_int(buf, command->cells[i].expiry_ms);
        gs_redis_arg(buf, bytes + command->cells[i].value_at, command->cells[i].value_len);
    }
}
