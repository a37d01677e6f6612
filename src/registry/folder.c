/* folder.c -- schema texts as files of a folder: "4-ReactionEvent.avsc" holds schema 4. The folder
 * is looked at again for each question, so that files may be added while we run. */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* "4.avsc", "4-name.avsc"; false for any other file. */
static bool read_name(const char *name, uint32_t *id)
{
    size_t len = strlen(name), digits = strspn(name, "0123456789");
    int64_t value;
    if (len < 5 || strcmp(name + len - 5, ".avsc") != 0 ||
        (name[digits] != '-' && digits != len - 5))
        return false;
    if (!gs_parse_int(gs_str_make(name, digits), &value) || value > UINT32_MAX)
        return false;
    *id = (uint32_t)value;
    return true;
}

static enum gs_status cannot_read(const char *dir, enum gs_status status, struct gs_error *error)
{
    return gs_fail(error, status,
                   "the folder of schemas '%.200s' cannot be read: %s; check that it exists and "
                   "that this user may read it",
                   dir, strerror(errno));
}

static enum gs_status twice(const char *dir, uint32_t id, enum gs_status status,
                            struct gs_error *error)
{
    return gs_fail(error, status, "two files in '%.200s' hold schema %u; remove one of them", dir,
                   id);
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static enum gs_status check_ids(const char *dir, uint32_t *ids, size_t count,
                                struct gs_error *error)
{
    if (count == 0)
        return gs_fail(error, GS_E_CONFIG,
                       "'%.200s' holds no schema: no file is named <id>.avsc or <id>-name.avsc",
                       dir);
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 1; i < count; i++)
        if (ids[i] == ids[i - 1])
            return twice(dir, ids[i], GS_E_CONFIG, error);
    return GS_OK;
}

enum gs_status gsi_folder_check(const char *dir, struct gs_error *error)
{
    DIR *folder = opendir(dir);
    struct gs_buf ids = {0};
    size_t count = 0;
    uint32_t id;
    if (!folder)
        return cannot_read(dir, GS_E_CONFIG, error);
    for (const struct dirent *file; (file = readdir(folder));)
        if (read_name(file->d_name, &id)) {
            gs_buf_add(&ids, &id, sizeof id);
            count++;
        }
    closedir(folder);
    enum gs_status status = check_ids(dir, (uint32_t *)(void *)ids.data, count, error);
    gs_buf_deinit(&ids);
    return status;
}

/* Looks for the file of an id; false: the folder cannot be used, error says why. */
static bool find_file(const char *dir, uint32_t id, char *name, size_t capacity,
                      struct gs_error *error)
{
    DIR *folder = opendir(dir);
    uint32_t found, count = 0;
    if (!folder) {
        cannot_read(dir, GS_E_UNAVAIL, error);
        return false;
    }
    for (const struct dirent *file; (file = readdir(folder));)
        if (read_name(file->d_name, &found) && found == id) {
            snprintf(name, capacity, "%s", file->d_name);
            count++;
        }
    closedir(folder);
    if (count > 1)
        twice(dir, id, GS_E_UNAVAIL, error);
    return count <= 1;
}

/* Returns what is wrong, or NULL. */
static const char *read_all(int file, struct gs_buf *text)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return strerror(errno);
    if (!S_ISREG(about.st_mode))
        return "it is no file";
    text->len = 0;
    while (text->len <= GS_REGISTRY_SCHEMA_BYTES_MAX) {
        ssize_t got = read(file, gs_buf_reserve(text, 65536), 65536);
        if (got == 0)
            return NULL;
        if (got < 0 && errno != EINTR)
            return strerror(errno);
        text->len += got > 0 ? (size_t)got : 0;
    }
    return "it is longer than 1 MiB";
}

/* A text is kept for ever, so a file that is just being written must not count. */
static bool is_json(const struct gs_buf *text)
{
    json_t *json = json_loadb(text->data, text->len, JSON_DECODE_ANY, NULL);
    json_decref(json);
    return json != NULL;
}

enum gsi_found gsi_folder_read(const char *dir, uint32_t id, struct gs_buf *text,
                               struct gs_error *error)
{
    char name[NAME_MAX + 1] = "", path[4096];
    if (!find_file(dir, id, name, sizeof name, error))
        return GSI_FAILED;
    if (!name[0])
        return GSI_UNKNOWN;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    /* Not to be held up by what is no file. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *wrong = file < 0 ? strerror(errno) : read_all(file, text);
    if (file >= 0)
        close(file);
    if (!wrong && !is_json(text))
        wrong = "it is no JSON";
    if (!wrong)
        return GSI_FOUND;
    gs_fail(error, GS_E_UNAVAIL, "schema %u in '%.150s/%.100s' cannot be used: %s; mend the file",
            id, dir, name, wrong);
    return GSI_FAILED;
}
