/* room: redis */
/* Whatever the text: it is taken apart into terminated parts within their bounds, or refused with
 * words, and the words are the same for every text that is wrong in the same way. */
#include "redis/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gsi_redis_url url;
    struct gs_error error = {0};
    if (size == 0 || size > 4096)
        return 0;
    if (gsi_redis_url_parse(gs_str_make((const char *)data, size), &url, &error) != GS_OK) {
        GS_ASSERT(error.status == GS_E_CONFIG);
        GS_ASSERT(strstr(error.message, "redis.url"));
        return 0;
    }
    GS_ASSERT((url.host[0] == 0) != (url.path[0] == 0));
    GS_ASSERT(url.path[0] || (url.port >= 1 && url.port <= 65535));
    GS_ASSERT(url.db >= 0 && (!url.user[0] || url.password[0]));
    GS_ASSERT(memchr(url.host, 0, sizeof url.host) && memchr(url.path, 0, sizeof url.path));
    GS_ASSERT(memchr(url.user, 0, sizeof url.user));
    GS_ASSERT(memchr(url.password, 0, sizeof url.password));
    for (const char *at = url.endpoint; *at; at++)
        GS_ASSERT(*at >= 0x20 && *at < 0x7f);
    return 0;
}
