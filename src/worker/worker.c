/* worker.c -- the thread, its loop, the orders that come in, and the order in which things begin
 * and end. */
#include "internal.h"

#include <stdio.h>
#include <time.h>

int64_t gsi_worker_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ events */

void gsi_worker_emit(struct gs_worker *worker, enum gs_worker_event_kind kind, uint32_t task)
{
    struct gs_worker_event event = {.kind = kind, .worker = worker->config.index, .task = task};
    worker->on_event(worker->user, &event);
}

void gsi_worker_fail(struct gs_worker *worker, const struct gs_error *error)
{
    struct gs_worker_event event = {
        .kind = GS_WORKER_FAILED, .worker = worker->config.index, .error = *error};
    if (worker->failed)
        return;
    worker->failed = true;
    worker->on_event(worker->user, &event);
}

/* ------------------------------------------------------------------ end */

static void close_handle(uv_handle_t *handle)
{
    if (handle->loop && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Everything that lives on the loop ends; the thread ends when the loop is empty. */
static void close_all(struct gs_worker *worker)
{
    worker->stage = GSI_WORKER_CLOSING;
    gsi_worker_forget_kept(worker, INT64_MAX);
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++)
        if (worker->slots[t])
            gsi_worker_drop(worker, worker->slots[t]);
    gsi_worker_copy_figures(worker, gsi_worker_now_ms());
    gsi_mailbox_close(&worker->mailbox);
    close_handle((uv_handle_t *)&worker->mailbox.async);
    close_handle((uv_handle_t *)&worker->tick);
    close_handle((uv_handle_t *)&worker->due);
    close_handle((uv_handle_t *)&worker->prepare);
    close_handle((uv_handle_t *)&worker->forward.poll);
    gs_source_destroy(worker->source);
    worker->source = NULL;
    gs_sink_stop(worker->sink, NULL, NULL);
    worker->sink = NULL;
    gsi_worker_emit(worker, GS_WORKER_STOPPED, 0);
}

static bool drained(struct gs_worker *worker, int64_t now_ms)
{
    if (worker->slot_count)
        return false;
    uint32_t pending = gsi_forward_ready(worker) ? gsi_forward_pending(worker) : 1;
    if (pending && now_ms < worker->drain_deadline_ms)
        return false;
    if (pending)
        gs_log(GS_LOG_WARN, "worker",
               "%u records for %s and %s were not acknowledged in time; they are sent again by the "
               "next owner of their partitions",
               pending, worker->config.dlq_topic, worker->config.late_topic);
    return true;
}

static void begin_drain(struct gs_worker *worker, int64_t limit_ms)
{
    if (worker->stage != GSI_WORKER_OPEN)
        return;
    worker->stage = GSI_WORKER_DRAINING;
    worker->drain_deadline_ms = gsi_worker_now_ms() + limit_ms;
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++)
        if (worker->slots[t])
            gsi_worker_revoke(worker, worker->slots[t], limit_ms);
}

/* ------------------------------------------------------------------ orders */

static void take_task_order(struct gs_worker *worker, const struct gsi_order *order)
{
    struct gsi_slot *slot = worker->slots[order->task];
    if (order->kind == GSI_ORDER_ASSIGN && worker->stage == GSI_WORKER_OPEN) {
        gsi_worker_assign(worker, order->task, order->generation);
    } else if (order->kind == GSI_ORDER_REVOKE) {
        if (slot)
            gsi_worker_revoke(worker, slot, order->limit_ms);
        else
            gsi_worker_emit(worker, GS_WORKER_REVOKED, order->task);
    } else if (order->kind == GSI_ORDER_LOSE && slot) {
        gsi_worker_lay_by(worker, slot);
    } else if (order->kind == GSI_ORDER_PROVED) {
        gsi_worker_proved(worker, order->task, order->id, order->proof);
    }
}

static void take_order(struct gs_worker *worker, struct gsi_order *order)
{
    struct gs_str text = gs_str_make(order->text.data, order->text.len);
    switch (order->kind) {
    case GSI_ORDER_ASSIGN:
    case GSI_ORDER_REVOKE:
    case GSI_ORDER_LOSE:
    case GSI_ORDER_PROVED:
        take_task_order(worker, order);
        break;
    case GSI_ORDER_SCHEMA:
    case GSI_ORDER_SCHEMA_UNKNOWN:
        gsi_worker_take_schema(worker, order->task, text);
        break;
    case GSI_ORDER_NOTE:
        gs_sink_note(worker->sink, text);
        break;
    case GSI_ORDER_STOP:
        begin_drain(worker, order->limit_ms);
        break;
    }
    gs_buf_deinit(&order->text);
}

static void on_mail(uv_async_t *async)
{
    struct gs_worker *worker = async->data;
    struct gsi_order *orders;
    size_t count = gsi_mailbox_take(&worker->mailbox, &orders);
    for (size_t i = 0; i < count; i++)
        take_order(worker, &orders[i]);
    gs_free(orders);
}

/* ------------------------------------------------------------------ the loop */

static void on_ready(void *user)
{
    struct gs_worker *worker = user;
    worker->ready = true;
    gsi_worker_turn(worker);
}

/* Inputs that waited for the profiles go on when these are read far enough. */
static void unpark_profiles(struct gs_worker *worker, struct gsi_slot *slot)
{
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        if (slot->reading[i].park == GSI_PARK_PROFILES && !gs_task_waiting(slot->machine, i))
            gsi_worker_unpark(worker, slot, i);
}

/* --until-end: nothing to read, nothing to write, nothing to send on. */
static void check_done(struct gs_worker *worker)
{
    if (worker->done_sent || !(worker->config.until_end || worker->config.discard) ||
        worker->stage != GSI_WORKER_OPEN || !worker->slot_count)
        return;
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++) {
        const struct gsi_slot *slot = worker->slots[t];
        if (slot && (!gsi_worker_at_end(worker, slot) ||
                     (slot->machine && !gs_task_flushed(slot->machine))))
            return;
    }
    if (gsi_forward_pending(worker))
        return;
    worker->done_sent = true;
    gsi_worker_copy_figures(worker, gsi_worker_now_ms());
    struct gs_worker_event event = {
        .kind = GS_WORKER_DONE, .worker = worker->config.index, .id = (uint32_t)worker->tags};
    worker->on_event(worker->user, &event);
}

static void on_tick(uv_timer_t *timer)
{
    struct gs_worker *worker = timer->data;
    int64_t now_ms = gsi_worker_now_ms();
    int64_t wall_ms = gsi_worker_wall_ms();
    gs_kafka_producer_serve(worker->forward.producer);
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++) {
        struct gsi_slot *slot = worker->slots[t];
        if (!slot)
            continue;
        slot->wake = true;
        gsi_restore_progress(worker, slot, now_ms);
        if (!slot->machine)
            continue;
        gs_task_tick(slot->machine, wall_ms, now_ms);
        unpark_profiles(worker, slot);
    }
    if (worker->ready)
        gsi_worker_turn(worker);
    if (!worker->config.discard)
        gsi_worker_ask_profiles(worker, now_ms);
    gsi_stall_look(worker, now_ms);
    gsi_unsent_look(worker, now_ms);
    gsi_worker_forget_schemas(worker, now_ms);
    gsi_worker_forget_kept(worker, now_ms);
    if (now_ms - worker->figures_ms >= GSI_FIGURES_MS)
        gsi_worker_copy_figures(worker, now_ms);
    if (worker->stage == GSI_WORKER_DRAINING && drained(worker, now_ms))
        close_all(worker);
}

/* After the answers of this turn, and not only after a tick: a tick may mark cells to be refreshed.
 */
static void on_prepare(uv_prepare_t *prepare)
{
    struct gs_worker *worker = prepare->data;
    gsi_cuts_turn(worker, gsi_worker_now_ms());
    gsi_worker_pump(worker);
    check_done(worker);
}

static void run(void *user)
{
    struct gs_worker *worker = user;
    if (worker->sink && !worker->config.discard)
        gs_sink_start(worker->sink);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
}

static void *thread_main(void *user)
{
    run(user);
    return NULL;
}

/* ------------------------------------------------------------------ begin */

static enum gs_status open_loop(struct gs_worker *worker, struct gs_error *error)
{
    worker->loop_open = uv_loop_init(&worker->loop) == 0;
    if (!worker->loop_open || !gsi_mailbox_init(&worker->mailbox, &worker->loop, on_mail))
        return gs_fail(error, GS_E_UNAVAIL,
                       "no file descriptor is left for a worker: raise the limit (ulimit -n)");
    worker->mailbox.async.data = worker;
    uv_timer_init(&worker->loop, &worker->tick);
    uv_timer_init(&worker->loop, &worker->due);
    uv_prepare_init(&worker->loop, &worker->prepare);
    worker->tick.data = worker->due.data = worker->prepare.data = worker;
    uv_timer_start(&worker->tick, on_tick, GSI_TICK_MS, GSI_TICK_MS);
    uv_prepare_start(&worker->prepare, on_prepare);
    return GS_OK;
}

static enum gs_status open_servers(struct gs_worker *worker, struct gs_error *error)
{
    struct gs_source_config source = {.kafka = worker->config.kafka,
                                      .batch_max = worker->config.batch};
    for (uint8_t i = 0; i < worker->config.task.input_count; i++)
        source.inputs[source.input_count++] = worker->config.task.inputs[i].topic;
    if (worker->config.checkpoint_topic)
        source.inputs[source.input_count++] = worker->config.checkpoint_topic;
    struct gs_source_listener listener = {on_ready, worker};
    struct gs_sink_callbacks callbacks = gsi_sink_callbacks;
    callbacks.user = worker;
    if (gsi_forward_open(worker, error) != GS_OK || gsi_cuts_open(worker, error) != GS_OK ||
        gs_source_create(&source, &worker->loop, &listener, &worker->source, error) != GS_OK ||
        gs_sink_create(&worker->loop, &worker->config.redis, &callbacks, &worker->sink, error) !=
            GS_OK)
        return error->status;
    return GS_OK;
}

static struct gs_worker *make(const struct gs_worker_config *config, gs_worker_event_fn *on_event,
                              void *user)
{
    struct gs_worker *worker = gs_calloc(1, sizeof *worker);
    uint32_t partitions = config->task.partition_count;
    worker->config = *config;
    if (!config->stall_ms)
        worker->config.stall_ms = GS_WORKER_STALL_MS;
    worker->on_event = on_event;
    worker->user = user;
    worker->slots = gs_calloc(partitions + 1, sizeof(struct gsi_slot *));
    worker->kept = gs_calloc(partitions + 1, sizeof(struct gsi_slot *));
    worker->task_figures = gs_calloc(partitions + 1, sizeof *worker->task_figures);
    worker->messages = gs_calloc(config->batch, sizeof *worker->messages);
    worker->decode = gs_decode_create();
    worker->connected_ms = gsi_worker_now_ms();
    snprintf(worker->redis_error, sizeof worker->redis_error, "not connected to Redis yet");
    pthread_mutex_init(&worker->figures_mutex, NULL);
    return worker;
}

enum gs_status gs_worker_create(const struct gs_worker_config *config, gs_worker_event_fn *on_event,
                                void *user, struct gs_worker **worker, struct gs_error *error)
{
    struct gs_worker *self = make(config, on_event, user);
    *worker = NULL;
    enum gs_status status = open_loop(self, error);
    if (status == GS_OK)
        status = open_servers(self, error);
    if (status == GS_OK) {
        gsi_worker_copy_figures(self, gsi_worker_now_ms());
        int code = pthread_create(&self->thread, NULL, thread_main, self);
        self->thread_started = code == 0;
        if (code)
            status = gs_fail(error, GS_E_UNAVAIL, "no thread for a worker: %s", strerror(code));
    }
    if (status != GS_OK) {
        gs_worker_destroy(self);
        return status;
    }
    *worker = self;
    return GS_OK;
}

static void close_unstarted(struct gs_worker *worker)
{
    close_handle((uv_handle_t *)&worker->mailbox.async);
    close_handle((uv_handle_t *)&worker->tick);
    close_handle((uv_handle_t *)&worker->due);
    close_handle((uv_handle_t *)&worker->prepare);
    close_handle((uv_handle_t *)&worker->forward.poll);
    gs_source_destroy(worker->source);
    if (worker->sink)
        gs_sink_stop(worker->sink, NULL, NULL);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
}

void gs_worker_destroy(struct gs_worker *worker)
{
    if (!worker)
        return;
    if (worker->thread_started)
        pthread_join(worker->thread, NULL);
    else if (worker->loop_open)
        close_unstarted(worker);
    if (worker->loop_open)
        GS_ASSERT(uv_loop_close(&worker->loop) == 0);
    gsi_forward_close(worker);
    gsi_cuts_close(worker);
    gsi_mailbox_deinit(&worker->mailbox);
    while (worker->questions) {
        struct gsi_question *question = worker->questions;
        worker->questions = question->next;
        gs_free(question);
    }
    gs_decode_destroy(worker->decode);
    gs_free(worker->schemas);
    gs_free(worker->slots);
    gs_free(worker->kept);
    gs_free(worker->task_figures);
    gs_free(worker->messages);
    gs_free(worker->pool.items);
    gs_buf_deinit(&worker->command.bytes);
    pthread_mutex_destroy(&worker->figures_mutex);
    gs_free(worker);
}

/* ------------------------------------------------------------------ orders from outside */

static void order(struct gs_worker *worker, struct gsi_order order)
{
    gsi_mailbox_put(&worker->mailbox, &order);
}

void gs_worker_assign(struct gs_worker *worker, uint32_t task, int32_t generation)
{
    order(worker,
          (struct gsi_order){.kind = GSI_ORDER_ASSIGN, .task = task, .generation = generation});
}

void gs_worker_revoke(struct gs_worker *worker, uint32_t task, int64_t limit_ms)
{
    order(worker, (struct gsi_order){.kind = GSI_ORDER_REVOKE, .task = task, .limit_ms = limit_ms});
}

void gs_worker_lose(struct gs_worker *worker, uint32_t task)
{
    order(worker, (struct gsi_order){.kind = GSI_ORDER_LOSE, .task = task});
}

void gs_worker_proved(struct gs_worker *worker, uint32_t task, uint32_t id, enum gs_proof proof)
{
    order(worker,
          (struct gsi_order){.kind = GSI_ORDER_PROVED, .task = task, .id = id, .proof = proof});
}

void gs_worker_note(struct gs_worker *worker, struct gs_buf *resp)
{
    order(worker, (struct gsi_order){.kind = GSI_ORDER_NOTE, .text = *resp});
    *resp = (struct gs_buf){0};
}

void gs_worker_stop(struct gs_worker *worker, int64_t limit_ms)
{
    order(worker, (struct gsi_order){.kind = GSI_ORDER_STOP, .limit_ms = limit_ms});
}
