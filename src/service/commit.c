/* commit.c -- the offsets of checkpoints as the group's committed offsets: for tools that show lag
 * and scale by it. Nobody goes on from them, so a commit that fails is counted, and that is all. */
#include "internal.h"

void gsi_service_note_cut(struct gs_service *service, const struct gs_worker_event *event)
{
    memcpy(service->commits.at[event->task], event->at, sizeof event->at);
    service->commits.news[event->task] = true;
}

static void on_done(void *user, enum gs_member_verdict verdict, const struct gs_error *error)
{
    struct gs_service *service = user;
    service->commits.under_way = false;
    if (verdict == GS_MEMBER_OWNER) {
        service->commits.done++;
        return;
    }
    service->commits.failed++;
    gs_log(GS_LOG_DEBUG, "service", "offsets were not committed: %s", error->message);
}

/* Only of tasks that are ours at this moment. */
static size_t gather(struct gs_service *service, struct gs_member_offset *offsets)
{
    struct gsi_commits *commits = &service->commits;
    size_t count = 0;
    for (uint32_t t = 0; t < service->task.partition_count; t++) {
        bool ours = commits->news[t] && gs_member_owns(service->member, t);
        commits->news[t] = false;
        for (uint8_t i = 0; ours && i < service->task.input_count; i++)
            offsets[count++] = (struct gs_member_offset){.topic = service->task.inputs[i].topic,
                                                         .partition = (int32_t)t,
                                                         .offset = commits->at[t][i]};
    }
    return count;
}

void gsi_service_commit(struct gs_service *service, int64_t now_ms)
{
    struct gsi_commits *commits = &service->commits;
    size_t most = (size_t)service->task.partition_count * service->task.input_count;
    if (!service->member || commits->under_way || now_ms - commits->sent_ms < GSI_SERVICE_COMMIT_MS)
        return;
    commits->sent_ms = now_ms;
    struct gs_member_offset *offsets = gs_calloc(most + 1, sizeof *offsets);
    struct gs_member_commit commit = {.offsets = offsets,
                                      .count = gather(service, offsets),
                                      .timeout_ms = GSI_SERVICE_COMMIT_MS,
                                      .on_done = on_done,
                                      .user = service};
    if (commit.count) {
        commits->under_way = gs_member_commit(service->member, &commit, NULL) == GS_OK;
        commits->failed += !commits->under_way;
    }
    gs_free(offsets);
}
