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
    int64_t left_ms = service->drain_deadline_ms - gsi_service_now_ms();
    atomic_store(&service->stage, GSI_LEAVING);
    if (service->member)
        gs_member_close(service->member, GS_MIN(GS_MAX(left_ms, (int64_t)GSI_SERVICE_LEAVE_MIN_MS),
                                                (int64_t)GSI_SERVICE_LEAVE_MS));
    else
        finish_loop(service);
}

/* Within the drain limit the group must be left, too. */
static void stop_workers(struct gs_service *service)
{
    int64_t limit_ms = service->config->drain_limit_ms;
    int64_t leave_ms = GS_MIN(limit_ms / 4, (int64_t)GSI_SERVICE_LEAVE_MS);
    service->drain_deadline_ms = gsi_service_now_ms() + limit_ms;
    for (uint32_t i = 0; i < service->worker_count; i++)
        gs_worker_stop(service->workers[i], limit_ms - leave_ms);
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
    if (service->first_assigned_ms && !service->noted_ms) /* a short run says how, too */
        gsi_service_note(service, service->end_ms);
    atomic_store(&service->stage, GSI_DRAINING);
    gsi_service_notify(service, gsi_service_now_ms());
    stop_workers(service);
    if (!service->worker_count)
        leave(service);
}

/* ------------------------------------------------------------------ signals, timer */

static void end_at_once(struct gs_service *service, int exit_code)
{
    service->interrupted = true;
    service->exit_code = exit_code;
    finish_loop(service);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct gs_service *service = handle->data;
    const char *name = number == SIGINT ? "SIGINT" : "SIGTERM";
    int stage = atomic_load(&service->stage);
    if (stage >= GSI_DRAINING) {
        gs_log(GS_LOG_WARN, "service", "a second signal: ending without waiting");
        end_at_once(service, gs_status_exit_code(GS_E_TEMP));
    } else if (stage == GSI_STARTING) { /* a check may block for seconds more */
        gs_log(GS_LOG_INFO, "service", "%s: nothing was begun yet, so there is nothing to end",
               name);
        end_at_once(service, gs_status_exit_code(GS_OK));
    } else {
        gs_log(GS_LOG_INFO, "service", "%s: writing what is pending, then leaving", name);
        gsi_service_end(service, NULL);
    }
}

static void go_on_ending(struct gs_service *service, int64_t now_ms)
{
    if (atomic_load(&service->stage) != GSI_DRAINING)
        return;
    if (service->workers_stopped == service->worker_count) {
        leave(service);
    } else if (now_ms - service->drain_deadline_ms > GSI_SERVICE_HANG_MS) {
        gs_log(GS_LOG_ERROR, "service",
               "%u of %u workers do not stop: ending without them; the group gives their tasks to "
               "others after the session timeout",
               service->worker_count - service->workers_stopped, service->worker_count);
        end_at_once(service, gs_status_exit_code(GS_E_TEMP));
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct gs_service *service = timer->data;
    int64_t now_ms = gsi_service_now_ms();
    atomic_store(&service->tick_ms, now_ms);
    gsi_service_notify(service, now_ms);
    if (atomic_load(&service->stage) >= GSI_DRAINING) {
        go_on_ending(service, now_ms);
        return;
    }
    if (service->stop && atomic_load(service->stop)) {
        gsi_service_end(service, NULL);
        return;
    }
    if (atomic_load(&service->stage) == GSI_STARTING)
        return;
    gsi_service_check_done(service);
    gsi_service_look(service, now_ms);
    gsi_service_commit(service, now_ms);
    if (!service->noted_ms || now_ms - service->noted_ms >= GSI_SERVICE_NOTE_MS)
        gsi_service_note(service, now_ms);
    if (now_ms - service->reported_ms >= GSI_SERVICE_REPORT_MS)
        gsi_service_report(service, now_ms);
}

/* ------------------------------------------------------------------ begin, end */

static enum gs_status no_descriptor(struct gs_error *error)
{
    return gs_fail(error, GS_E_UNAVAIL, "no file descriptor is left: raise the limit (ulimit -n)");
}

static void close_handle(uv_handle_t *handle)
{
    if (handle->loop)
        uv_close(handle, NULL);
}

static void close_loop(struct gs_service *service)
{
    close_handle((uv_handle_t *)&service->mail.async);
    close_handle((uv_handle_t *)&service->timer);
    for (size_t i = 0; i < GS_COUNT_OF(service->signals); i++)
        close_handle((uv_handle_t *)&service->signals[i]);
    uv_run(&service->loop, UV_RUN_DEFAULT);
    GS_ASSERT(uv_loop_close(&service->loop) == 0);
    pthread_mutex_destroy(&service->mail.mutex);
    gs_free(service->mail.events);
}

static enum gs_status init(struct gs_service *service, struct gs_error *error)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    if (uv_loop_init(&service->loop) != 0)
        return no_descriptor(error);
    pthread_mutex_init(&service->mail.mutex, NULL);
    bool failed = uv_async_init(&service->loop, &service->mail.async, gsi_service_on_mail) != 0;
    service->mail.async.data = service;
    uv_timer_init(&service->loop, &service->timer);
    service->timer.data = service;
    uv_timer_start(&service->timer, on_timer, GSI_SERVICE_TIMER_MS, GSI_SERVICE_TIMER_MS);
    for (size_t i = 0; service->config->handle_signals && i < GS_COUNT_OF(numbers); i++) {
        if (failed || uv_signal_init(&service->loop, &service->signals[i]) != 0) {
            failed = true;
            break;
        }
        service->signals[i].data = service;
        uv_signal_start(&service->signals[i], on_signal, numbers[i]);
    }
    atomic_store(&service->tick_ms, gsi_service_now_ms());
    if (!failed)
        return GS_OK;
    close_loop(service);
    return no_descriptor(error);
}

/* The registry goes before the workers: its answers arrive in their mailboxes. */
static void deinit(struct gs_service *service)
{
    gsi_service_notify_close(service);
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
    gs_clean_rules_destroy(service->rules);
    gs_free(service->workers);
    gs_free(service->shares);
    gs_free(service->owner);
    gs_free(service->commits.at);
    gs_free(service->commits.news);
    gs_free(service->scratch);
    gs_free(service->admin_scratch);
}

/* What a signal began comes to an end that can be seen, too. */
static void say_ended(struct gs_service *service, struct gs_service_summary *summary)
{
    gsi_service_summary(service, summary);
    if (service->status == GS_OK && service->worker_count)
        gs_log(GS_LOG_INFO, "service", "ended: %llu records were read, %llu cells written",
               (unsigned long long)summary->records, (unsigned long long)summary->cells_written);
}

enum gs_status gs_service_run(const struct gs_service_config *config, const _Atomic bool *stop,
                              struct gs_service_summary *summary, struct gs_error *error)
{
    struct gs_service service = {.config = config,
                                 .stop = stop,
                                 .task = config->task,
                                 .notify = {.fd = -1, .stage = -1},
                                 .started_wall_ms = gsi_service_wall_ms()};
    struct gs_service_summary unwanted;
    if (init(&service, error) != GS_OK)
        return error->status;
    gsi_service_notify_open(&service);
    gsi_service_notify(&service, gsi_service_now_ms());
    gsi_service_start(&service);
    uv_run(&service.loop, UV_RUN_DEFAULT);
    if (service.interrupted)
        _exit(service.exit_code);
    while (service.is_asking) /* stopped during a check that cannot be cut short */
        uv_run(&service.loop, UV_RUN_ONCE);
    say_ended(&service, summary ? summary : &unwanted);
    deinit(&service);
    if (service.status != GS_OK)
        *error = service.error;
    return service.status;
}
