/* keep.c -- the memory of a task that was taken away. What it knows stays right for the offsets
 * where it stands. So if the task comes back soon, as after an outage of the brokers, it goes on
 * from there and reads neither a checkpoint nor again what it has read. */
#include "internal.h"

/* Long enough for an outage of a few minutes; the memory is the process's as long. */
enum { KEPT_MS = 300000 };

static void forget(struct gs_worker *worker, uint32_t task)
{
    struct gsi_slot *slot = worker->kept[task];
    worker->kept[task] = NULL;
    worker->kept_count--;
    gsi_worker_destroy_slot(worker, slot);
}

void gsi_worker_lay_by(struct gs_worker *worker, struct gsi_slot *slot)
{
    gsi_worker_detach(worker, slot);
    bool is_kept = slot->machine && worker->stage == GSI_WORKER_OPEN && worker->cut_log.producer &&
                   gs_task_state(slot->machine) != GS_TASK_REFUSED;
    if (!is_kept) {
        gsi_worker_destroy_slot(worker, slot);
        return;
    }
    gsi_cuts_give_up(slot);
    gs_task_disconnected(slot->machine, gsi_worker_now_ms());
    if (worker->kept[slot->task])
        forget(worker, slot->task);
    slot->kept_until_ms = gsi_worker_now_ms() + KEPT_MS;
    worker->kept[slot->task] = slot;
    worker->kept_count++;
}

struct gsi_slot *gsi_worker_take_kept(struct gs_worker *worker, uint32_t task)
{
    struct gsi_slot *slot = worker->kept[task];
    if (!slot)
        return NULL;
    worker->kept[task] = NULL;
    worker->kept_count--;
    return slot;
}

struct gsi_slot *gsi_worker_slot_or_kept(struct gs_worker *worker, uint64_t tag)
{
    struct gsi_slot *slot = gsi_worker_slot(worker, tag);
    struct gsi_slot *kept = worker->kept[tag & 0xffff];
    return slot ? slot : kept && kept->tag == tag ? kept : NULL;
}

void gsi_worker_forget_kept(struct gs_worker *worker, int64_t now_ms)
{
    for (uint32_t t = 0; worker->kept_count && t < worker->config.task.partition_count; t++)
        if (worker->kept[t] && now_ms >= worker->kept[t]->kept_until_ms)
            forget(worker, t);
}
