/* tasks.c -- between the group, which says which tasks are ours, and the workers, which do them. */
#include "internal.h"

/* ------------------------------------------------------------------ from the group */

static uint32_t least_loaded(const struct gs_service *service)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < service->worker_count; i++)
        if (service->shares[i].tasks < service->shares[best].tasks)
            best = i;
    return best;
}

/* Who had the task before may still have its memory; but nobody gets more than a fair share. */
static uint32_t choose_worker(const struct gs_service *service, const struct gsi_owner *owner)
{
    uint32_t fair = (service->task.partition_count - 1) / service->worker_count + 1;
    if (owner->last >= 0 && service->shares[owner->last].tasks < fair)
        return (uint32_t)owner->last;
    return least_loaded(service);
}

static void note_first(struct gs_service *service, size_t count)
{
    int stage = GSI_JOINING;
    atomic_compare_exchange_strong(&service->stage, &stage, GSI_RUNNING);
    if (service->first_assigned_ms || !count)
        return;
    service->first_assigned_ms = gsi_service_now_ms();
    service->cpu_begin = gsi_service_cpu_seconds();
}

/* NULL: a task that cannot be, because its partition was added later. */
static struct gsi_owner *owner_of(struct gs_service *service, uint32_t task)
{
    return task < service->task.partition_count ? &service->owner[task] : NULL;
}

static void refuse(struct gs_service *service)
{
    struct gs_error error;
    if (gsi_service_grown(service, service->config->tasks_topic, &error) != GS_OK)
        gsi_service_end(service, &error);
}

/* What is still answered about the task concerns nobody any more. */
static void disown(struct gs_service *service, uint32_t task)
{
    struct gsi_owner *owner = owner_of(service, task);
    if (!owner || owner->worker < 0)
        return;
    service->shares[owner->worker].tasks--;
    *owner = (struct gsi_owner){.worker = -1, .last = owner->worker};
    for (struct gsi_proof *proof = service->proofs; proof; proof = proof->next)
        proof->stale |= proof->task == task;
}

static void on_assigned(void *user, const uint32_t *tasks, size_t count, int32_t generation)
{
    struct gs_service *service = user;
    note_first(service, count);
    service->moves.rebalances += generation != service->moves.generation;
    service->moves.generation = generation;
    service->moves.assigned += count;
    if (count) /* else what it has stays as it is */
        gs_log(GS_LOG_INFO, "service", "%zu task%s assigned (generation %d)", count,
               count == 1 ? "" : "s", generation);
    else
        gs_log(GS_LOG_INFO, "service", "no more tasks assigned (generation %d)", generation);
    for (size_t i = 0; i < count; i++) {
        struct gsi_owner *owner = owner_of(service, tasks[i]);
        if (!owner) {
            refuse(service);
            return;
        }
        disown(service, tasks[i]);
        uint32_t worker = choose_worker(service, owner);
        *owner = (struct gsi_owner){.worker = (int16_t)worker, .last = -1};
        service->shares[worker].tasks++;
        service->shares[worker].assigned++;
        service->shares[worker].done = false;
        gs_worker_assign(service->workers[worker], tasks[i], generation);
    }
}

static void on_revoked(void *user, const uint32_t *tasks, size_t count)
{
    struct gs_service *service = user;
    service->moves.asked_back += count;
    gs_log(GS_LOG_INFO, "service", "%zu task%s asked back", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        struct gsi_owner *owner = owner_of(service, tasks[i]);
        if (!owner || owner->worker < 0) {
            gs_member_revoke_done(service->member, tasks[i]);
            continue;
        }
        owner->revoking = true;
        gs_worker_revoke(service->workers[owner->worker], tasks[i], GSI_SERVICE_REVOKE_MS);
    }
}

static void on_lost(void *user, const uint32_t *tasks, size_t count)
{
    struct gs_service *service = user;
    service->moves.lost += count;
    gs_log(GS_LOG_WARN, "service", "%zu task%s lost: taken away by the group", count,
           count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        const struct gsi_owner *owner = owner_of(service, tasks[i]);
        if (owner && owner->worker >= 0)
            gs_worker_lose(service->workers[owner->worker], tasks[i]);
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
    if (!proof->stale)
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
    *proof = (struct gsi_proof){.next = service->proofs,
                                .service = service,
                                .worker = event->worker,
                                .task = event->task,
                                .id = event->id};
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

void gsi_service_check_done(struct gs_service *service)
{
    int64_t now_ms = gsi_service_now_ms();
    uint32_t tasks = 0, busy = 0;
    if (!service->config->until_end && !service->config->discard)
        return;
    for (uint32_t i = 0; i < service->worker_count; i++) {
        tasks += service->shares[i].tasks;
        busy += service->shares[i].tasks && !service->shares[i].done;
    }
    if (tasks)
        service->busy_ms = now_ms;
    if (tasks && !busy) {
        gs_log(GS_LOG_INFO, "service", "everything up to the topics' ends is %s",
               service->config->discard ? "read" : "written");
        gsi_service_end(service, NULL);
    } else if (now_ms - service->busy_ms >= GSI_SERVICE_NOBODY_MS) {
        gs_log(GS_LOG_WARN, "service",
               "no task here for %d s: other members of group '%s' have them all",
               GSI_SERVICE_NOBODY_MS / 1000, service->config->kafka.group);
        gsi_service_end(service, NULL);
    }
}

/* An assignment that was on its way makes it untrue. */
static void take_done(struct gs_service *service, const struct gs_worker_event *event)
{
    struct gsi_share *share = &service->shares[event->worker];
    share->done = event->id == share->assigned;
    if (atomic_load(&service->stage) < GSI_DRAINING)
        gsi_service_check_done(service);
}

/* Of a revocation that was overtaken by a loss and a new assignment it says nothing. */
static void take_revoked(struct gs_service *service, const struct gs_worker_event *event)
{
    const struct gsi_owner *owner = owner_of(service, event->task);
    int stage = atomic_load(&service->stage);
    if (stage < GSI_DRAINING && (owner->worker != (int16_t)event->worker || !owner->revoking))
        return;
    disown(service, event->task);
    if (service->member && stage < GSI_LEAVING)
        gs_member_revoke_done(service->member, event->task);
}

static void take(struct gs_service *service, const struct gs_worker_event *event)
{
    switch (event->kind) {
    case GS_WORKER_REVOKED:
        take_revoked(service, event);
        break;
    case GS_WORKER_PROVE:
        prove(service, event);
        break;
    case GS_WORKER_CUT:
        gsi_service_note_cut(service, event);
        break;
    case GS_WORKER_DONE:
        take_done(service, event);
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
