/* internal.h -- what the files of this room share. */
#ifndef GSI_KAFKA_INTERNAL_H
#define GSI_KAFKA_INTERNAL_H

#include "groundswell/kafka.h"

#include <librdkafka/rdkafka.h>

/* The configuration of one role: our own settings, then the properties. On GS_OK the caller owns
 * *conf until rd_kafka_new() takes it. */
GS_MUST_CHECK enum gs_status gsi_kafka_conf(const struct gs_kafka_config *config,
                                            enum gs_kafka_role role, rd_kafka_conf_t **conf,
                                            struct gs_error *error);

/* The log_cb of every client; runs on librdkafka's threads. */
void gsi_kafka_log(const rd_kafka_t *client, int level, const char *facility, const char *line);
/* Writes an error of a whole client to the log, unless librdkafka has written it already. */
void gsi_kafka_log_error(rd_kafka_resp_err_t code, const char *reason, bool fatal);

int64_t gsi_kafka_now_ms(void); /* monotonic */

#endif
