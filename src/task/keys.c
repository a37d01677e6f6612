/* keys.c -- the key of a record's entity in each view, and its hash.
 *
 * A key of one plain id is that id where it stands. Others are composed into key_bytes, which
 * seldom has to grow; then the keys that lie in it already are told where they are now. */
#include "internal.h"

void gsi_keys_init(struct gs_task *task)
{
    for (uint8_t v = 0; v < task->config.view_count; v++) {
        const struct gs_view_config *view = &task->config.views[v];
        for (uint8_t k = 0; k < view->key_count; k++)
            task->view_fields[v] |= 1u << view->key[k];
        task->view_whole[v] = view->key_count == 1 ? (uint8_t)view->key[0] : GS_KEY_FIELD_COUNT;
        task->key_fields |= task->view_fields[v];
    }
}

static void key_bytes_moved(struct gs_task *task, uint32_t last, uint8_t last_view)
{
    for (uint32_t i = 0; i <= last; i++) {
        struct gsi_row *row = &task->rows[i];
        uint8_t views = i < last ? task->config.view_count : last_view;
        for (uint8_t v = 0; row->applied && v < views; v++)
            if (row->key_at[v])
                row->key[v].data = task->key_bytes.data + row->key_at[v] - 1;
    }
}

static void compose(struct gs_task *task, uint32_t number, uint8_t v, const struct gs_str *ids,
                    bool plain)
{
    const struct gs_view_config *view = &task->config.views[v];
    struct gsi_row *row = &task->rows[number];
    struct gs_buf *bytes = &task->key_bytes;
    size_t at = bytes->len;
    size_t capacity = bytes->capacity;
    size_t room = 0;
    for (uint8_t k = 0; k < view->key_count; k++)
        room += (size_t)ids[view->key[k]].len * 3 + 1;
    gs_buf_reserve(bytes, room);
    if (GS_UNLIKELY(bytes->capacity != capacity))
        key_bytes_moved(task, number, v);
    for (uint8_t k = 0; k < view->key_count; k++) {
        if (k)
            bytes->data[bytes->len++] = '/';
        if (GS_LIKELY(plain))
            gs_buf_add_str(bytes, ids[view->key[k]]);
        else
            gs_cell_add_id(bytes, ids[view->key[k]]);
    }
    row->key[v] = gs_str_make(bytes->data + at, bytes->len - at);
    row->key_at[v] = (uint32_t)at + 1;
}

/* The profiles and the window hash with the task's seed, so the influencer's hash serves both. */
void gsi_keys_make(struct gs_task *task, const struct gs_event *event, uint32_t number)
{
    struct gsi_row *row = &task->rows[number];
    const struct gs_str ids[GS_KEY_FIELD_COUNT] = {[GS_KEY_INFLUENCER] = event->influencer_id,
                                                   [GS_KEY_POST] = event->post_id,
                                                   [GS_KEY_CAMPAIGN] = row->campaign_id};
    uint32_t lacking = 0;
    uint32_t plain = 0;
    for (uint32_t fields = task->key_fields; fields; fields &= fields - 1) {
        int field = __builtin_ctz(fields);
        if (!ids[field].data)
            lacking |= 1u << field;
        else if (GS_LIKELY(gs_cell_id_is_plain(ids[field])))
            plain |= 1u << field;
    }
    for (uint8_t v = 0; v < task->config.view_count; v++) {
        uint32_t fields = task->view_fields[v];
        uint8_t whole = task->view_whole[v];
        row->key_at[v] = 0;
        if (fields & lacking) {
            row->key[v] = (struct gs_str){0};
            continue;
        }
        if (plain >> whole & 1)
            row->key[v] = ids[whole];
        else
            compose(task, number, v, ids, !(fields & ~plain));
        row->key_hash[v] = whole == GS_KEY_INFLUENCER && plain >> whole & 1
                               ? row->influencer_hash
                               : gs_window_hash(task->window, row->key[v]);
        gs_window_prefetch(task->window, v, row->key_hash[v]);
    }
}
