/* log.c -- one line, one write, to stderr; limited per call site so that a storm stays readable. */
#include "groundswell/base.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SITE_WINDOW_MS 10000
#define SITE_BURST 10

static enum gs_log_level configured_level = GS_LOG_INFO;
static enum gs_log_format configured_format = GS_LOG_LOGFMT;
static const char *const level_names[] = {"error", "warn", "info", "debug"};

void gs_log_configure(enum gs_log_level level, enum gs_log_format format)
{
    __atomic_store_n(&configured_level, level, __ATOMIC_RELAXED);
    __atomic_store_n(&configured_format, format, __ATOMIC_RELAXED);
}

bool gs_log_enabled(enum gs_log_level level)
{
    return level <= __atomic_load_n(&configured_level, __ATOMIC_RELAXED);
}

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_time(struct gs_buf *line, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    char text[32];
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    gs_buf_printf(line, "%s.%03dZ", text, (int)(ms % 1000));
}

/* Says whether the line may be written; *suppressed is how many were left out before it. The
 * counters are racy between threads on purpose: a limit need not be exact. */
static bool site_admits(struct gs_log_site *site, int64_t now_ms, uint32_t *suppressed)
{
    int64_t start = __atomic_load_n(&site->window_start_ms, __ATOMIC_RELAXED);
    *suppressed = 0;
    if (now_ms - start >= SITE_WINDOW_MS) {
        __atomic_store_n(&site->window_start_ms, now_ms, __ATOMIC_RELAXED);
        __atomic_store_n(&site->lines, 0, __ATOMIC_RELAXED);
        *suppressed = __atomic_exchange_n(&site->suppressed, 0, __ATOMIC_RELAXED);
    }
    if (__atomic_fetch_add(&site->lines, 1, __ATOMIC_RELAXED) < SITE_BURST)
        return true;
    __atomic_fetch_add(&site->suppressed, 1, __ATOMIC_RELAXED);
    return false;
}

static void write_line(enum gs_log_level level, const char *area, struct gs_str message,
                       int64_t now_ms)
{
    struct gs_buf line = {0};
    bool json = __atomic_load_n(&configured_format, __ATOMIC_RELAXED) == GS_LOG_JSON;
    gs_buf_add_text(&line, json ? "{\"ts\":\"" : "ts=");
    add_time(&line, now_ms);
    gs_buf_printf(
        &line, json ? "\",\"level\":\"%s\",\"area\":\"%s\",\"msg\":\"" : " level=%s area=%s msg=\"",
        level_names[level], area);
    gs_buf_add_json(&line, message);
    gs_buf_add_text(&line, json ? "\"}\n" : "\"\n");
    size_t done = 0;
    while (done < line.len) {
        ssize_t n = write(STDERR_FILENO, line.data + done, line.len - done);
        if (n <= 0)
            break; /* nobody reads stderr: there is no other place to say so */
        done += (size_t)n;
    }
    gs_buf_deinit(&line);
}

void gs_log_write(struct gs_log_site *site, enum gs_log_level level, const char *area,
                  const char *format, ...)
{
    int64_t now = wall_ms();
    uint32_t suppressed;
    if (!site_admits(site, now, &suppressed))
        return;
    struct gs_buf text = {0};
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    gs_buf_add_text(&text, message);
    if (suppressed)
        gs_buf_printf(&text, " (%u more like this were left out)", suppressed);
    write_line(level, area, gs_str_make(text.data, text.len), now);
    gs_buf_deinit(&text);
}
