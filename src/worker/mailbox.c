/* mailbox.c -- see mailbox.h. Orders are rare (assignments, schemas), so a lock is cheap here. */
#include "mailbox.h"

bool gsi_mailbox_init(struct gsi_mailbox *mailbox, uv_loop_t *loop, uv_async_cb on_mail)
{
    memset(mailbox, 0, sizeof *mailbox);
    pthread_mutex_init(&mailbox->mutex, NULL);
    return uv_async_init(loop, &mailbox->async, on_mail) == 0;
}

void gsi_mailbox_deinit(struct gsi_mailbox *mailbox)
{
    for (size_t i = 0; i < mailbox->count; i++)
        gs_buf_deinit(&mailbox->orders[i].text);
    gs_free(mailbox->orders);
    pthread_mutex_destroy(&mailbox->mutex);
}

void gsi_mailbox_put(struct gsi_mailbox *mailbox, const struct gsi_order *order)
{
    pthread_mutex_lock(&mailbox->mutex);
    if (mailbox->closed) {
        struct gs_buf text = order->text;
        gs_buf_deinit(&text);
    } else {
        if (mailbox->count == mailbox->capacity) {
            mailbox->capacity = GS_MAX(mailbox->capacity * 2, (size_t)16);
            mailbox->orders = gs_realloc(mailbox->orders, mailbox->capacity * sizeof *order);
        }
        mailbox->orders[mailbox->count++] = *order;
        uv_async_send(&mailbox->async);
    }
    pthread_mutex_unlock(&mailbox->mutex);
}

size_t gsi_mailbox_take(struct gsi_mailbox *mailbox, struct gsi_order **orders)
{
    pthread_mutex_lock(&mailbox->mutex);
    size_t count = mailbox->count;
    *orders = mailbox->orders;
    mailbox->orders = NULL;
    mailbox->count = mailbox->capacity = 0;
    pthread_mutex_unlock(&mailbox->mutex);
    return count;
}

void gsi_mailbox_close(struct gsi_mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->mutex);
    mailbox->closed = true;
    pthread_mutex_unlock(&mailbox->mutex);
}
