/* internal.h -- what the files of this room share.
 *
 *   sink.c        the connection's life, commands out, answers in
 *     ├─ function.c   the code that runs inside Redis
 *     ├─ command.c    a command as bytes
 *     └─ answer.c     an answer as values; it comes from outside, so nothing in it is trusted */
#ifndef GS_SINK_INTERNAL_H
#define GS_SINK_INTERNAL_H

#include "groundswell/sink.h"

enum { GSI_SINK_NAME_BYTES = 40, GSI_SINK_WHY_BYTES = 300, GSI_SINK_MEANING_DIGITS = 16 };

/* Zero-initialise; release code. */
struct gsi_functions {
    struct gs_buf code;
    char library[GSI_SINK_NAME_BYTES];
    char take[GSI_SINK_NAME_BYTES];
    char write[GSI_SINK_NAME_BYTES];
};
void gsi_sink_functions(struct gsi_functions *functions);

/* Replace what is in buf. */
void gsi_sink_add_take(struct gs_buf *buf, const struct gsi_functions *functions,
                       const struct gs_task_config *task, const struct gs_command *command);
void gsi_sink_add_write(struct gs_buf *buf, const struct gsi_functions *functions,
                        const struct gs_task_config *task, const struct gs_command *command);

struct gsi_taken {
    enum gs_take_result result;
    struct gs_guard before;
    bool damaged; /* something in it cannot be read; it counts as absent */
    char detail[GSI_SINK_WHY_BYTES];
};
struct gsi_written {
    enum gs_write_result result;
    uint32_t failed_keys;
    char why[GSI_SINK_WHY_BYTES];
};
/* false: that is no answer of ours. */
bool gsi_sink_read_taken(const struct gs_redis_reply *reply, struct gsi_taken *taken);
bool gsi_sink_read_written(const struct gs_redis_reply *reply, struct gsi_written *written);

#endif
