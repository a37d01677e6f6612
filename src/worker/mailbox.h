/* mailbox.h -- orders into a loop from other threads: a locked list and a uv_async that wakes it.
 */
#ifndef GS_WORKER_MAILBOX_H
#define GS_WORKER_MAILBOX_H

#include "groundswell/worker.h"

#include <pthread.h>
#include <uv.h>

enum gsi_order_kind {
    GSI_ORDER_ASSIGN,
    GSI_ORDER_REVOKE,
    GSI_ORDER_LOSE,
    GSI_ORDER_PROVED,
    GSI_ORDER_SCHEMA,         /* text is the schema; released by the receiver */
    GSI_ORDER_SCHEMA_UNKNOWN, /* the registry does not know it */
    GSI_ORDER_NOTE,           /* text is a command for Redis */
    GSI_ORDER_STOP
};

struct gsi_order {
    enum gsi_order_kind kind;
    uint32_t task; /* or the schema id */
    uint32_t id;
    int32_t generation;
    int64_t limit_ms;
    enum gs_proof proof;
    struct gs_buf text;
};

struct gsi_mailbox {
    pthread_mutex_t mutex;
    struct gsi_order *orders;
    size_t count;
    size_t capacity;
    uv_async_t async;
    bool closed; /* the loop is gone: orders are dropped */
};

/* False: no file descriptor is left; deinit all the same. */
bool gsi_mailbox_init(struct gsi_mailbox *mailbox, uv_loop_t *loop, uv_async_cb on_mail);
/* After the async handle was closed. */
void gsi_mailbox_deinit(struct gsi_mailbox *mailbox);
void gsi_mailbox_put(struct gsi_mailbox *mailbox, const struct gsi_order *order);
/* Takes all orders; the caller frees *orders. */
size_t gsi_mailbox_take(struct gsi_mailbox *mailbox, struct gsi_order **orders);
/* No order is accepted from now on. */
void gsi_mailbox_close(struct gsi_mailbox *mailbox);

#endif
