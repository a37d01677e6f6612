/* schemas.c -- the texts that the decoder asks for. An id that the registry does not know is asked
 * for again after a while: schemas may be registered late. */
#include "internal.h"

static struct gsi_schema_wait *find(struct gs_worker *worker, uint32_t id)
{
    for (size_t i = 0; i < worker->schema_count; i++)
        if (worker->schemas[i].id == id)
            return &worker->schemas[i];
    return NULL;
}

static void remove_wait(struct gs_worker *worker, struct gsi_schema_wait *wait)
{
    *wait = worker->schemas[--worker->schema_count];
}

/* On the registry's thread. */
static void on_answer(void *user, uint32_t id, struct gs_str schema)
{
    struct gs_worker *worker = user;
    struct gsi_order order = {.kind = schema.data ? GSI_ORDER_SCHEMA : GSI_ORDER_SCHEMA_UNKNOWN,
                              .task = id};
    if (schema.data)
        gs_buf_add_str(&order.text, schema);
    gsi_mailbox_put(&worker->mailbox, &order);
}

void gsi_worker_need_schema(struct gs_worker *worker, uint32_t id)
{
    if (find(worker, id))
        return;
    if (worker->schema_count == worker->schema_capacity) {
        worker->schema_capacity = GS_MAX(2 * worker->schema_capacity, (size_t)8);
        worker->schemas =
            gs_realloc(worker->schemas, worker->schema_capacity * sizeof *worker->schemas);
    }
    worker->schemas[worker->schema_count++] = (struct gsi_schema_wait){.id = id};
    gs_registry_ask(worker->config.registry, id, on_answer, worker);
}

static void unpark_schema(struct gs_worker *worker, uint32_t id)
{
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++) {
        struct gsi_slot *slot = worker->slots[t];
        for (uint8_t i = 0; slot && slot->machine && i < slot->config.input_count; i++)
            if (slot->reading[i].park == GSI_PARK_SCHEMA && slot->reading[i].schema_id == id)
                gsi_worker_unpark(worker, slot, i);
    }
}

void gsi_worker_take_schema(struct gs_worker *worker, uint32_t id, struct gs_str text)
{
    struct gs_error error;
    struct gsi_schema_wait *wait = find(worker, id);
    if (!text.data) {
        gs_log(
            GS_LOG_ERROR, "worker",
            "schema %u is not known: its records go to the DLQ; register it, or put %u.avsc into "
            "the schema folder",
            id, id);
        gs_decode_mark_unknown(worker->decode, id);
        if (wait) {
            wait->unknown = true;
            wait->forget_ms = gsi_worker_now_ms() + GS_REGISTRY_UNKNOWN_MS;
        }
    } else {
        if (wait)
            remove_wait(worker, wait);
        enum gs_status status = gs_decode_add_schema(worker->decode, id, text, &error);
        if (status == GS_E_REFUSED) {
            gsi_worker_fail(worker, &error);
            return;
        }
        if (status != GS_OK)
            gs_log(GS_LOG_ERROR, "worker", "its records go to the DLQ: %s", error.message);
    }
    unpark_schema(worker, id);
}

void gsi_worker_forget_schemas(struct gs_worker *worker, int64_t now_ms)
{
    for (size_t i = worker->schema_count; i-- > 0;) {
        struct gsi_schema_wait *wait = &worker->schemas[i];
        if (!wait->unknown || now_ms < wait->forget_ms)
            continue;
        gs_decode_forget(worker->decode, wait->id);
        remove_wait(worker, wait);
    }
}
