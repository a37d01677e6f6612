/* tasks.c -- between the group, which says which tasks are ours, and the workers, which do them. */
#include "internal.h"

/* ------------------------------------------------------------------ from the group */

static uint32_t least_loaded(const struct gs_service *service)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < service->worker_count; i++)
        if (service->worker_load[i] < service->worker_load[best])
            best = i;
    return best;
}

static void note_first(struct gs_service *service)
{
    int stage = GSI_JOINING;
    atomic_compare_exchange_strong(&service->stage, &stage, GSI_RUNNING);
    if (service->first_assigned_ms)
        return;
    service->first_assigned_ms = gsi_service_now_ms();
    service->cpu_begin = gsi_service_cpu_seconds();
}

static void on_assigned(void *user, const uint32_t *tasks, size_t count, int32_t generation)
{
    struct gs_service *service = user;
    note_first(service);
    gs_log(GS_LOG_INFO, "service", "%zu tasks assigned (generation %d)", count, generation);
    for (size_t i = 0; i < count; i++) {
        uint32_t worker = least_loaded(service);
        if (tasks[i] >= service->task.partition_count) {
            struct gs_error error;
            gs_fail(
                &error, GS_E_CONFIG,
                "topic %s has grown to more than %u partitions: the number of partitions cannot "
                "change while records are keyed by it; make new topics and replay",
                service->config->tasks_topic, service->task.partition_count);
            gsi_service_end(service, &error);
            return;
        }
        service->owner[tasks[i]] = (int16_t)worker;
        service->worker_load[worker]++;
        service->worker_done[worker] = false;
        gs_worker_assign(service->workers[worker], tasks[i], generation);
    }
}

static void disown(struct gs_service *service, uint32_t task)
{
    if (service->owner[task] >= 0)
        service->worker_load[service->owner[task]]--;
    service->owner[task] = -1;
}

static void on_revoked(void *user, const uint32_t *tasks, size_t count)
{
    struct gs_service *service = user;
    gs_log(GS_LOG_INFO, "service", "%zu tasks asked back", count);
    for (size_t i = 0; i < count; i++) {
        int16_t worker = service->owner[tasks[i]];
        if (worker >= 0)
            gs_worker_revoke(service->workers[worker], tasks[i], GSI_SERVICE_REVOKE_MS);
        else
            gs_member_revoke_done(service->member, tasks[i]);
    }
}

static void on_lost(void *user, const uint32_t *tasks, size_t count)
{
    struct gs_service *service = user;
    gs_log(GS_LOG_WARN, "service", "%zu tasks lost: the group took them away", count);
    for (size_t i = 0; i < count; i++) {
        if (service->owner[tasks[i]] >= 0)
            gs_worker_lose(service->workers[service->owner[tasks[i]]], tasks[i]);
        disown(service, tasks[i]);
    }
}

static void on_failed(void *user, const struct gs_error *error)
{
    gsi_service_end(user, error);
}

static void on_closed(void *user, bool left)
{
    struct gs_service *service = user;
    if (!left)
        gs_log(GS_LOG_WARN, "service",
               "the group did not answer the farewell: others get the tasks after the session "
               "timeout");
    atomic_store(&service->stage, GSI_ENDED);
    uv_stop(&service->loop);
}

const struct gs_member_callbacks gsi_service_member = {.assigned = on_assigned,
                                                       .revoked = on_revoked,
                                                       .lost = on_lost,
                                                       .failed = on_failed,
                                                       .closed = on_closed};

/* ------------------------------------------------------------------ proofs of ownership */

static void close_proof(struct gsi_proof *proof)
{
    struct gsi_proof **at = &proof->service->proofs;
    while (*at != proof)
        at = &(*at)->next;
    *at = proof->next;
    gs_free(proof);
}

static void answer_proof(struct gsi_proof *proof, enum gs_proof result)
{
    gs_worker_proved(proof->service->workers[proof->worker], proof->task, proof->id, result);
    close_proof(proof);
}

static void on_committed(void *user, enum gs_member_verdict verdict, const struct gs_error *error)
{
    struct gsi_proof *proof = user;
    if (error)
        gs_log(GS_LOG_INFO, "service", "ownership of task %u: %s", proof->task, error->message);
    answer_proof(proof, verdict == GS_MEMBER_OWNER  ? GS_PROOF_OWNER
                        : verdict == GS_MEMBER_LOST ? GS_PROOF_LOST
                                                    : GS_PROOF_UNDECIDED);
}

static void prove(struct gs_service *service, const struct gs_worker_event *event)
{
    struct gs_member_offset offsets[GS_INPUTS_MAX];
    struct gsi_proof *proof = gs_calloc(1, sizeof *proof);
    for (uint8_t i = 0; i < event->at_count; i++)
        offsets[i] = (struct gs_member_offset){.topic = service->task.inputs[i].topic,
                                               .partition = (int32_t)event->task,
                                               .offset = event->at[i]};
    *proof = (struct gsi_proof){service->proofs, service, event->worker, event->task, event->id};
    service->proofs = proof;
    struct gs_member_commit commit = {.offsets = offsets,
                                      .count = event->at_count,
                                      .timeout_ms = GSI_SERVICE_PROOF_MS,
                                      .on_done = on_committed,
                                      .user = proof};
    if (gs_member_commit(service->member, &commit, NULL) != GS_OK)
        answer_proof(proof, GS_PROOF_UNDECIDED);
}

/* ------------------------------------------------------------------ from the workers */

void gsi_service_mail(void *user, const struct gs_worker_event *event)
{
    struct gs_service *service = user;
    struct gsi_mail *mail = &service->mail;
    pthread_mutex_lock(&mail->mutex);
    if (mail->count == mail->capacity) {
        mail->capacity = GS_MAX(2 * mail->capacity, (size_t)16);
        mail->events = gs_realloc(mail->events, mail->capacity * sizeof *mail->events);
    }
    mail->events[mail->count++] = *event;
    pthread_mutex_unlock(&mail->mutex);
    uv_async_send(&mail->async);
}

static void take_done(struct gs_service *service, uint32_t worker)
{
    service->worker_done[worker] = true;
    for (uint32_t i = 0; i < service->worker_count; i++)
        if (service->worker_load[i] && !service->worker_done[i])
            return;
    gs_log(GS_LOG_INFO, "service", "everything up to the topics' ends is %s",
           service->config->discard ? "read" : "written");
    gsi_service_end(service, NULL);
}

static void take(struct gs_service *service, const struct gs_worker_event *event)
{
    switch (event->kind) {
    case GS_WORKER_REVOKED:
        disown(service, event->task);
        if (service->member && atomic_load(&service->stage) < GSI_DRAINING)
            gs_member_revoke_done(service->member, event->task);
        break;
    case GS_WORKER_PROVE:
        prove(service, event);
        break;
    case GS_WORKER_DONE:
        take_done(service, event->worker);
        break;
    case GS_WORKER_STOPPED:
        service->workers_stopped++;
        break;
    case GS_WORKER_FAILED:
        gs_log(GS_LOG_ERROR, "service", "%s", event->error.message);
        gsi_service_end(service, &event->error);
        break;
    }
}

void gsi_service_on_mail(uv_async_t *async)
{
    struct gs_service *service = async->data;
    pthread_mutex_lock(&service->mail.mutex);
    struct gs_worker_event *events = service->mail.events;
    size_t count = service->mail.count;
    service->mail.events = NULL;
    service->mail.count = service->mail.capacity = 0;
    pthread_mutex_unlock(&service->mail.mutex);
    for (size_t i = 0; i < count; i++)
        take(service, &events[i]);
    gs_free(events);
}
