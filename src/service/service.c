/* service.c -- the process from its first check to its last word: one loop for the group member,
 * signals and timers. */
#include "internal.h"

#include <signal.h>
#include <unistd.h>

static void finish_loop(struct gs_service *service)
{
    atomic_store(&service->stage, GSI_ENDED);
    uv_stop(&service->loop);
}

/* The workers have stopped: nothing is written any more, so the tasks can go to others. */
static void leave(struct gs_service *service)
{
    atomic_store(&service->stage, GSI_LEAVING);
    if (service->member)
        gs_member_close(service->member, GSI_SERVICE_LEAVE_MS);
    else
        finish_loop(service);
}

void gsi_service_end(struct gs_service *service, const struct gs_error *error)
{
    if (error && service->status == GS_OK) {
        service->status = error->status;
        service->error = *error;
    }
    if (atomic_load(&service->stage) >= GSI_DRAINING)
        return;
    if (!service->end_ms) {
        service->end_ms = gsi_service_now_ms();
        service->cpu_end = gsi_service_cpu_seconds();
    }
    atomic_store(&service->stage, GSI_DRAINING);
    for (uint32_t i = 0; i < service->worker_count; i++)
        gs_worker_stop(service->workers[i], service->config->drain_limit_ms);
    if (!service->worker_count)
        leave(service);
}

/* ------------------------------------------------------------------ signals, timer */

static void on_signal(uv_signal_t *handle, int number)
{
    struct gs_service *service = handle->data;
    if (atomic_load(&service->stage) >= GSI_DRAINING) {
        service->interrupted = true;
        gs_log(GS_LOG_WARN, "service", "a second signal: ending without waiting");
        finish_loop(service);
        return;
    }
    gs_log(GS_LOG_INFO, "service", "%s: writing what is pending, then leaving",
           number == SIGINT ? "SIGINT" : "SIGTERM");
    gsi_service_end(service, NULL);
}

static void check_nobody(struct gs_service *service, int64_t now_ms)
{
    bool ends = service->config->until_end || service->config->discard;
    for (uint32_t i = 0; i < service->worker_count; i++)
        if (service->worker_load[i])
            return;
    if (!ends || now_ms - service->started_ms < GSI_SERVICE_NOBODY_MS)
        return;
    gs_log(GS_LOG_WARN, "service",
           "no task was assigned within %d s: other members of group '%s' have them all",
           GSI_SERVICE_NOBODY_MS / 1000, service->config->kafka.group);
    gsi_service_end(service, NULL);
}

static void on_timer(uv_timer_t *timer)
{
    struct gs_service *service = timer->data;
    int64_t now_ms = gsi_service_now_ms();
    atomic_store(&service->tick_ms, now_ms);
    if (atomic_load(&service->stage) >= GSI_DRAINING) {
        if (service->workers_stopped == service->worker_count &&
            atomic_load(&service->stage) == GSI_DRAINING)
            leave(service);
        return;
    }
    if (service->stop && atomic_load(service->stop)) {
        gsi_service_end(service, NULL);
        return;
    }
    check_nobody(service, now_ms);
    if (!service->config->discard && now_ms - service->noted_ms >= GSI_SERVICE_NOTE_MS) {
        service->noted_ms = now_ms;
        gsi_service_note(service);
    }
    if (now_ms - service->reported_ms >= GSI_SERVICE_REPORT_MS)
        gsi_service_report(service, now_ms);
}

/* ------------------------------------------------------------------ begin, end */

static void init(struct gs_service *service)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    int code = uv_loop_init(&service->loop);
    GS_ASSERT(code == 0);
    pthread_mutex_init(&service->mail.mutex, NULL);
    uv_async_init(&service->loop, &service->mail.async, gsi_service_on_mail);
    service->mail.async.data = service;
    uv_timer_init(&service->loop, &service->timer);
    service->timer.data = service;
    uv_timer_start(&service->timer, on_timer, GSI_SERVICE_TIMER_MS, GSI_SERVICE_TIMER_MS);
    for (size_t i = 0; service->config->handle_signals && i < GS_COUNT_OF(numbers); i++) {
        uv_signal_init(&service->loop, &service->signals[i]);
        service->signals[i].data = service;
        uv_signal_start(&service->signals[i], on_signal, numbers[i]);
    }
    service->started_ms = service->reported_ms = gsi_service_now_ms();
    atomic_store(&service->tick_ms, service->started_ms);
}

static void close_loop(struct gs_service *service)
{
    uv_close((uv_handle_t *)&service->mail.async, NULL);
    uv_close((uv_handle_t *)&service->timer, NULL);
    for (size_t i = 0; service->config->handle_signals && i < GS_COUNT_OF(service->signals); i++)
        uv_close((uv_handle_t *)&service->signals[i], NULL);
    uv_run(&service->loop, UV_RUN_DEFAULT);
    uv_loop_close(&service->loop);
    pthread_mutex_destroy(&service->mail.mutex);
    gs_free(service->mail.events);
}

/* The registry goes before the workers: its answers arrive in their mailboxes. */
static void deinit(struct gs_service *service)
{
    gs_admin_destroy(service->admin);
    gs_member_destroy(service->member);
    gs_registry_destroy(service->registry);
    for (uint32_t i = 0; i < service->worker_count; i++)
        gs_worker_destroy(service->workers[i]);
    close_loop(service);
    while (service->proofs) {
        struct gsi_proof *proof = service->proofs;
        service->proofs = proof->next;
        gs_free(proof);
    }
    gs_sentiment_destroy(service->sentiment);
    gs_free(service->workers);
    gs_free(service->worker_done);
    gs_free(service->worker_load);
    gs_free(service->owner);
    gs_free(service->scratch);
    gs_free(service->admin_scratch);
}

static enum gs_status failed_start(struct gs_service *service, struct gs_error *error)
{
    struct gs_error why = *error;
    gsi_service_end(service, &why);
    uv_run(&service->loop, UV_RUN_DEFAULT); /* until the workers and the member have gone */
    deinit(service);
    *error = why;
    return why.status;
}

enum gs_status gs_service_run(const struct gs_service_config *config, const _Atomic bool *stop,
                              struct gs_service_summary *summary, struct gs_error *error)
{
    struct gs_service service = {.config = config, .stop = stop, .task = config->task};
    init(&service);
    if (gsi_service_start(&service, error) != GS_OK)
        return failed_start(&service, error);
    uv_run(&service.loop, UV_RUN_DEFAULT);
    if (service.interrupted) /* threads are in the middle of something: no destructor may wait */
        _exit(gs_status_exit_code(GS_E_TEMP));
    if (summary)
        gsi_service_summary(&service, summary);
    deinit(&service);
    if (service.status != GS_OK)
        *error = service.error;
    return service.status;
}
