/* room: config */
/* Whatever the bytes: they are a configuration, whose printed form is the same configuration again,
 * or they are refused with words. */
#include "groundswell/config.h"

static void print_reads_back(const struct gs_config_loaded *loaded)
{
    struct gs_config_loaded again;
    struct gs_error error = {0};
    struct gs_buf out = {0};
    bool secret = loaded->config.kafka_property_count || strchr(loaded->config.redis_url, '@') ||
                  strchr(loaded->config.schemas_registry, '@');
    gs_config_print(loaded, &out);
    if (!secret) {
        GS_ASSERT(gs_config_parse(gs_str_make(out.data, out.len), "p", &again, &error) == GS_OK);
        gs_config_unload(&again);
    }
    gs_buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gs_config_loaded loaded;
    struct gs_service_config service;
    struct gs_error error = {0};
    if (gs_config_parse(gs_str_make((const char *)data, size), "f", &loaded, &error) != GS_OK) {
        GS_ASSERT(error.status == GS_E_CONFIG && error.message[0]);
        GS_ASSERT(!loaded.origin && !loaded.settings.data);
        return 0;
    }
    GS_ASSERT(loaded.config.kafka_bootstrap_servers[0]);
    GS_ASSERT(loaded.config.window_count >= 1 && loaded.config.view_count >= 1);
    if (gs_config_service(&loaded, &service, &error) == GS_OK)
        GS_ASSERT(service.task.input_count >= 1 && service.meta_count);
    print_reads_back(&loaded);
    gs_config_unload(&loaded);
    return 0;
}
