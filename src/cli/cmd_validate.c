/* cmd_validate.c -- `validate`: is the configuration right, and with --connect, is the world? */
#include "internal.h"

#include <stdio.h>

static void add_finding(struct gs_buf *out, struct gs_str line, bool first)
{
    gs_buf_add_text(out, first ? "\"" : ",\"");
    gs_buf_add_json(out, line);
    gs_buf_add_text(out, "\"");
}

/* findings: lines. */
static void add_json(struct gs_buf *out, struct gs_str findings, enum gs_status status,
                     const struct gs_error *error)
{
    const char *at = findings.data;
    const char *end = at + findings.len;
    gs_buf_printf(out, "{\"ok\":%s,\"exit_code\":%d,\"findings\":[",
                  status == GS_OK ? "true" : "false", gs_status_exit_code(status));
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        add_finding(out, gs_str_make(at, (size_t)(stop - at)), at == findings.data);
        at = stop + 1;
    }
    gs_buf_add_text(out, "],\"error\":");
    if (status == GS_OK)
        gs_buf_add_text(out, "null");
    else
        add_finding(out, gs_str_of(error->message), true);
    gs_buf_add_text(out, "}\n");
}

static enum gs_status validate(const struct gsi_command *command,
                               const struct gsi_arguments *arguments, struct gs_buf *findings,
                               struct gs_error *error)
{
    struct gs_config_loaded loaded;
    struct gs_service_config service;
    if (gsi_cli_config(command, arguments, &loaded, error) != GS_OK)
        return error->status;
    enum gs_status status = gs_config_service(&loaded, &service, error);
    if (status == GS_OK)
        status = gs_service_check_files(&service, error);
    if (status == GS_OK) {
        gs_buf_add_text(findings, "configuration: valid\n");
        if (gsi_cli_value(command, arguments, "connect"))
            status = gs_service_check(&service, findings, error);
    }
    gs_config_unload(&loaded);
    return status;
}

int gsi_cmd_validate(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_buf findings = {0};
    struct gs_buf out = {0};
    struct gs_error error;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    bool json = gsi_cli_value(command, &arguments, "json") != NULL;
    enum gs_status status = validate(command, &arguments, &findings, &error);
    bool is_told = json || findings.len; /* a server's failure is one of the findings */
    struct gs_str lines = gs_str_make(findings.data ? findings.data : "", findings.len);
    if (json)
        add_json(&out, lines, status, &error);
    else
        gs_buf_add_str(&out, lines);
    gs_buf_deinit(&findings);
    int written = gsi_cli_output(&out);
    if (status == GS_OK)
        return written;
    return is_told ? gs_status_exit_code(status) : gsi_cli_fail(&error);
}
