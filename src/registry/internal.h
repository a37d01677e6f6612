/* internal.h -- what the files of this room share.
 *
 *   registry.c     questions, the table of answers, the thread
 *     ├─ folder.c    a local folder
 *     └─ http.c      a registry
 *          └─ answer.c  what it says, as values */
#ifndef GS_REGISTRY_INTERNAL_H
#define GS_REGISTRY_INTERNAL_H

#include "groundswell/registry.h"

#include <stdatomic.h>

enum gsi_found {
    GSI_FOUND,   /* text holds the schema */
    GSI_UNKNOWN, /* the source says that there is none */
    GSI_FAILED   /* there is no answer; error says why */
};

/* ------------------------------------------------------------------ folder.c */

/* GS_E_CONFIG: no folder, no schema in it, two files with one id. */
GS_MUST_CHECK enum gs_status gsi_folder_check(const char *dir, struct gs_error *error);
enum gsi_found gsi_folder_read(const char *dir, uint32_t id, struct gs_buf *text,
                               struct gs_error *error);

/* ------------------------------------------------------------------ http.c */

/* A URL taken apart; where may stand in messages, as it holds no password. */
struct gsi_http {
    char *where; /* without the trailing '/' */
    char *user;  /* NULL = none */
    char *password;
    int64_t timeout_ms;
};
GS_MUST_CHECK enum gs_status gsi_http_init(struct gsi_http *http, const char *url,
                                           int64_t timeout_ms, struct gs_error *error);
void gsi_http_deinit(struct gsi_http *http); /* accepts zeroes */

/* Connections to it, kept between look-ups. One thread at a time, except for the wake. */
struct gsi_http_client; /* opaque */
/* Look-ups end early once *stopping is true and the client was woken. Both are borrowed. */
struct gsi_http_client *gsi_http_client_create(const struct gsi_http *http,
                                               const atomic_bool *stopping);
void gsi_http_client_destroy(struct gsi_http_client *client); /* accepts NULL */
void gsi_http_client_wake(struct gsi_http_client *client);    /* any thread */
enum gsi_found gsi_http_read(struct gsi_http_client *client, uint32_t id, struct gs_buf *text,
                             struct gs_error *error);

/* ------------------------------------------------------------------ answer.c */

/* What status and body mean; what is valid only if it is GSI_FAILED. */
enum gsi_found gsi_answer_read(uint32_t id, long status, struct gs_str body, struct gs_buf *text,
                               const char **what);

/* ------------------------------------------------------------------ registry.c */

/* As gs_registry_create(), with another time for which "there is none" is kept. */
GS_MUST_CHECK enum gs_status gsi_registry_create(const struct gs_registry_config *config,
                                                 int64_t unknown_ms, struct gs_registry **registry,
                                                 struct gs_error *error);

#endif
