/* folder.c -- everything that the demo writes to disk is in one folder, which goes with it. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum gs_status write_file(const char *path, const char *text, struct gs_error *error)
{
    FILE *file = fopen(path, "wxe");
    bool failed = !file || fputs(text, file) < 0;
    if (file && fclose(file) != 0)
        failed = true;
    if (failed)
        return gs_fail(error, GS_E_UNAVAIL, "%s cannot be written: %s", path, strerror(errno));
    return GS_OK;
}

static enum gs_status write_schemas(const struct gsi_demo_folder *folder, struct gs_error *error)
{
    if (mkdir(folder->schemas, 0700) != 0)
        return gs_fail(error, GS_E_UNAVAIL, "%s cannot be made: %s", folder->schemas,
                       strerror(errno));
    for (const struct gsi_demo_schema *schema = gsi_demo_schemas; schema->name; schema++) {
        char path[GSI_DEMO_PATH_MAX + 300];
        snprintf(path, sizeof path, "%s/%s", folder->schemas, schema->name);
        if (write_file(path, schema->text, error) != GS_OK)
            return error->status;
    }
    return GS_OK;
}

static enum gs_status redirect_stderr(struct gsi_demo_folder *folder, struct gs_error *error)
{
    int log = open(folder->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int before = log < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (before >= 0 && dup2(log, STDERR_FILENO) >= 0)
        folder->stderr_before = before;
    else
        (void)gs_fail(error, GS_E_UNAVAIL, "%s cannot be written: %s", folder->log,
                      strerror(errno));
    if (log >= 0)
        close(log);
    return folder->stderr_before ? GS_OK : error->status;
}

enum gs_status gsi_demo_folder_open(struct gsi_demo_folder *folder, struct gs_error *error)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(folder->path, sizeof folder->path, "%s/groundswell-demo-XXXXXX",
                          parent && *parent ? parent : "/tmp");
    if (length < 0 || (size_t)length >= sizeof folder->path || !mkdtemp(folder->path)) {
        folder->path[0] = 0;
        return gs_fail(error, GS_E_UNAVAIL, "no folder can be made in %.200s: %s; set TMPDIR",
                       parent && *parent ? parent : "/tmp", strerror(errno));
    }
    snprintf(folder->schemas, sizeof folder->schemas, "%s/schemas", folder->path);
    snprintf(folder->log, sizeof folder->log, "%s/groundswell.log", folder->path);
    snprintf(folder->redis_log, sizeof folder->redis_log, "%s/redis.log", folder->path);
    if (write_schemas(folder, error) != GS_OK)
        return error->status;
    return redirect_stderr(folder, error);
}

void gsi_demo_folder_remove(const struct gsi_demo_folder *folder)
{
    int schemas = open(folder->schemas, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const struct gsi_demo_schema *s = gsi_demo_schemas; schemas >= 0 && s->name; s++)
        (void)unlinkat(schemas, s->name, 0);
    if (schemas >= 0)
        close(schemas);
    (void)rmdir(folder->schemas);
    (void)unlink(folder->log);
    (void)unlink(folder->redis_log);
    (void)rmdir(folder->path);
}

void gsi_demo_folder_close(struct gsi_demo_folder *folder, bool keep)
{
    if (folder->stderr_before) {
        dup2(folder->stderr_before, STDERR_FILENO);
        close(folder->stderr_before);
        folder->stderr_before = 0;
    }
    if (!keep && folder->path[0])
        gsi_demo_folder_remove(folder);
}
