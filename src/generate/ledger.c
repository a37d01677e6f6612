/* ledger.c -- what is going to be produced, on disk before it is. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char head[] = "# sequence topic partition kind record_ms event_id fate\n";

enum gs_status gsi_generate_ledger_open(struct gsi_generate_ledger *ledger, const char *path,
                                        struct gs_error *error)
{
    *ledger = (struct gsi_generate_ledger){.fd = -1, .path = path};
    if (!path)
        return GS_OK;
    ledger->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (ledger->fd < 0)
        return gs_fail(error, GS_E_DATA, "ledger %s cannot be made: %s", path, strerror(errno));
    gs_buf_add_text(&ledger->lines, head);
    return GS_OK;
}

static void add_fate(struct gs_buf *lines, const struct gs_generated *record)
{
    if (record->bad) {
        gs_buf_add_text(lines, "bad:");
        gs_buf_add_text(lines, gs_bad_code_name((enum gs_bad_code)record->bad));
    } else if (record->duplicate) {
        gs_buf_add_text(lines, "dup:");
        gs_buf_add_int(lines, (int64_t)record->duplicate_of);
    } else if (record->about) {
        gs_buf_add_text(lines, record->about == GS_GENERATE_AGAIN ? "again" : "orphan");
    } else {
        gs_buf_add_text(lines, record->value.data ? "-" : "tombstone");
    }
}

void gsi_generate_ledger_add(struct gsi_generate_ledger *ledger, const struct gs_generated *record,
                             const char *topic)
{
    if (ledger->fd < 0)
        return;
    struct gs_buf *lines = &ledger->lines;
    gs_buf_add_int(lines, (int64_t)record->sequence);
    gs_buf_add(lines, " ", 1);
    gs_buf_add_text(lines, topic);
    gs_buf_add(lines, " ", 1);
    gs_buf_add_int(lines, record->partition);
    gs_buf_add(lines, " ", 1);
    gs_buf_add_text(lines, gs_kind_name((enum gs_kind)record->kind));
    gs_buf_add(lines, " ", 1);
    gs_buf_add_int(lines, record->record_ms);
    gs_buf_add(lines, " ", 1);
    gs_buf_add_str(lines, record->event_id.len ? record->event_id : gs_str_make("-", 1));
    gs_buf_add(lines, " ", 1);
    add_fate(lines, record);
    gs_buf_add(lines, "\n", 1);
}

enum gs_status gsi_generate_ledger_sync(struct gsi_generate_ledger *ledger, struct gs_error *error)
{
    if (ledger->fd < 0)
        return GS_OK;
    const char *at = ledger->lines.data;
    for (size_t left = ledger->lines.len; left;) {
        ssize_t written = write(ledger->fd, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return gs_fail(error, GS_E_DATA, "ledger %s cannot be written: %s", ledger->path,
                           strerror(errno));
        at += written;
        left -= (size_t)written;
    }
    ledger->lines.len = 0;
    /* Not every file can be synchronised: a pipe or /dev/null says EINVAL. */
    if (fdatasync(ledger->fd) < 0 && errno != EINVAL && errno != EROFS)
        return gs_fail(error, GS_E_DATA, "ledger %s cannot be synchronised: %s", ledger->path,
                       strerror(errno));
    return GS_OK;
}

void gsi_generate_ledger_close(struct gsi_generate_ledger *ledger)
{
    if (ledger->fd >= 0)
        close(ledger->fd);
    ledger->fd = -1;
    gs_buf_deinit(&ledger->lines);
}
