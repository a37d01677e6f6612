/* entry.h -- what the files share that turn a task into the entries of a checkpoint and back. */
#ifndef GS_TASK_ENTRY_H
#define GS_TASK_ENTRY_H

#include "internal.h"

static inline void gsi_entry_empty(struct gsi_entry_bytes *out)
{
    out->key.len = 0;
    out->value.len = 0;
}

/* Room in an emptied buffer for so many numbers and other bytes. */
static inline char *gsi_entry_fill(struct gs_buf *buf, size_t numbers, size_t bytes)
{
    buf->len = 0;
    return gs_buf_reserve(buf, numbers * GS_CUT_VARINT_BYTES + bytes);
}

static inline void gsi_entry_filled(struct gs_buf *buf, const char *end)
{
    buf->len = (size_t)(end - buf->data);
}

static inline void gsi_entry_put_hash(struct gs_buf *buf, struct gs_hash128 hash)
{
    uint64_t bytes[2] = {htole64(hash.low), htole64(hash.high)};
    gs_buf_add(buf, bytes, sizeof bytes);
}

static inline struct gs_hash128 gsi_entry_get_hash(struct gs_cut_cursor *cursor)
{
    uint64_t bytes[2] = {0, 0};
    if ((size_t)(cursor->end - cursor->at) < sizeof bytes) {
        cursor->failed = true;
        cursor->at = cursor->end;
    } else {
        memcpy(bytes, cursor->at, sizeof bytes);
        cursor->at += sizeof bytes;
    }
    return (struct gs_hash128){le64toh(bytes[0]), le64toh(bytes[1])};
}

/* Whether all of it was read, without a fault. */
static inline bool gsi_entry_is_done(const struct gs_cut_cursor *cursor)
{
    return !cursor->failed && cursor->at == cursor->end;
}

/* A generation lives for seconds at least, so a serial beyond this was never reached. */
static inline bool gsi_entry_is_serial(uint64_t serial)
{
    return serial > 0 && serial < UINT64_C(1) << 40;
}

/* Of that number, if it has a name already. */
void gsi_entry_fetch_entity(const struct gs_task *task, uint64_t number);
/* Each puts one entry of its kind back. False if it cannot be read. */
bool gsi_entry_put_name(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value);
bool gsi_entry_put_pane(struct gs_task *task, struct gs_cut_cursor key, struct gs_cut_cursor value);
bool gsi_entry_put_comment(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes);
bool gsi_entry_put_comments(struct gs_task *task, struct gs_cut_cursor key, struct gs_str bytes);
/* Of copies, or of bursts. */
bool gsi_entry_put_sightings(struct gs_task *task, bool is_copy, struct gs_cut_cursor key,
                             struct gs_cut_cursor value);
bool gsi_entry_put_sightings_state(struct gs_task *task, bool is_copy, struct gs_cut_cursor key,
                                   struct gs_cut_cursor value);
/* After the last one. */
void gsi_entry_put_comments_end(struct gs_task *task);

#endif
