/* cmd_manual.c -- `manual`: the manual pages, of texts/ and the tables of commands and keys. Their
 * language is mdoc, which is read by man of every system. */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>

enum { FILL_COLUMNS = 76 };

/* One word; `such` ones stand out. What would be read as a command of mdoc is not. */
static void add_word(struct gs_buf *out, const char *word, size_t length)
{
    for (const char *at = word; at < word + length; at++) {
        if (*at == '`')
            gs_buf_add_text(out, at == word || !isalnum((unsigned char)at[-1]) ? "\\fB" : "\\fP");
        else if (*at == '-' || *at == '\\')
            gs_buf_add_text(out, *at == '-' ? "\\-" : "\\e");
        else
            gs_buf_add(out, at, 1);
    }
}

/* Words, in lines that are not long and end where sentences do, as mdoc wants it. */
static void add_text(struct gs_buf *out, const char *text)
{
    size_t line = out->len; /* where it begins */
    while (*text) {
        size_t length = strcspn(text, " \n");
        bool ends = length && strchr(".?!", text[length - 1]);
        if (out->len == line && strchr(".'", *text))
            gs_buf_add_text(out, "\\&");
        add_word(out, text, length);
        text += length;
        if (text[0] == '\n' && text[1] == '\n')
            gs_buf_add_text(out, "\n.Pp");
        bool fits = out->len - line + strcspn(text + (*text != 0), " \n") < FILL_COLUMNS;
        bool goes_on = *text == ' ' && fits && !ends;
        gs_buf_add_text(out, goes_on ? " " : "\n");
        line = goes_on ? line : out->len;
        text += strspn(text, " \n");
    }
}

/* The same, as sentences: the tables begin some in small letters and leave the full stop out. */
static void add_sentences(struct gs_buf *out, const char *text)
{
    char *whole = gs_alloc(strlen(text) + 2);
    size_t length = strlen(text);
    memcpy(whole, text, length + 1);
    whole[0] = (char)toupper((unsigned char)whole[0]);
    memcpy(whole + length, whole[length - 1] == '.' ? "" : ".", 2);
    add_text(out, whole);
    gs_free(whole);
}

/* ------------------------------------------------------------------ commands */

static void add_option(struct gs_buf *out, const struct gsi_option *option)
{
    gs_buf_add_text(out, ".It ");
    if (option->letter)
        gs_buf_printf(out, "Fl %c , ", option->letter);
    gs_buf_add_text(out, "Fl Fl ");
    add_word(out, option->name, strlen(option->name));
    if (option->argument) {
        gs_buf_add_text(out, " Ar ");
        add_word(out, option->argument, strlen(option->argument));
    }
    gs_buf_add_text(out, "\n");
    add_text(out, option->doc);
}

/* What may follow the command's name. */
static void add_form(struct gs_buf *out, const struct gsi_command *command, const char *before)
{
    const char *arguments = command->arguments;
    if (command->options[0].name)
        gs_buf_printf(out, "%sOo Ar options Oc", before);
    if (arguments && *arguments == '[')
        gs_buf_printf(out, "%sOo Ar %.*s Oc", before, (int)strlen(arguments) - 2, arguments + 1);
    else if (arguments)
        gs_buf_printf(out, "%sAr %s", before, arguments);
}

static void add_command(struct gs_buf *out, const struct gsi_command *command)
{
    gs_buf_printf(out, ".Ss groundswell %s", command->name);
    add_form(out, command, " ");
    gs_buf_add_text(out, "\n");
    add_sentences(out, command->summary);
    if (command->details) {
        gs_buf_add_text(out, ".Pp\n");
        add_text(out, command->details);
    }
    if (!command->options[0].name)
        return;
    gs_buf_add_text(out, ".Bl -tag -width Ds\n");
    for (const struct gsi_option *option = command->options; option->name; option++)
        add_option(out, option);
    gs_buf_add_text(out, ".El\n");
}

static void add_commands(struct gs_buf *out)
{
    for (size_t i = 0; i < gsi_command_count; i++)
        add_command(out, &gsi_commands[i]);
}

static void add_synopsis(struct gs_buf *out)
{
    for (size_t i = 0; i < gsi_command_count; i++) {
        gs_buf_printf(out, ".Nm\n.Cm %s", gsi_commands[i].name);
        add_form(out, &gsi_commands[i], "\n.");
        gs_buf_add_text(out, "\n");
    }
}

/* ------------------------------------------------------------------ keys */

static void add_key(struct gs_buf *out, const struct gs_config_key *key)
{
    gs_buf_printf(out, ".It Ic %s\n", key->name);
    add_text(out, key->doc);
    gs_buf_add_text(out, ".Pp\n");
    if (key->choices)
        gs_buf_printf(out, "One of \\fB%s\\fP.\n", key->choices);
    if (key->range[0]) {
        gs_buf_add_text(out, "From ");
        add_text(out, key->range);
        out->len--;
        gs_buf_add_text(out, ".\n");
    }
    if (!key->fallback[0]) {
        gs_buf_add_text(out, "Not set by default.\n");
        return;
    }
    gs_buf_add_text(out, "Default: \\fB");
    add_text(out, key->fallback);
    out->len--;
    gs_buf_add_text(out, "\\fP.\n");
}

/* A section of the page for each of the file's. */
static void add_keys(struct gs_buf *out)
{
    struct gs_config_key key;
    char section[64] = "";
    for (size_t i = 0; gs_config_describe(i, &key); i++) {
        size_t length = strcspn(key.name, ".");
        if (strlen(section) != length || strncmp(section, key.name, length) != 0) {
            snprintf(section, sizeof section, "%.*s", (int)length, key.name);
            gs_buf_printf(out, "%s.Ss %s\n.Bl -tag -width Ds\n", i ? ".El\n" : "", section);
        }
        add_key(out, &key);
    }
    gs_buf_add_text(out, ".El\n");
}

/* ------------------------------------------------------------------ a page */

/* Lines that stand for a table. */
static const struct {
    const char *line;
    void (*add)(struct gs_buf *out);
} places[] = {
    {"@SYNOPSIS@\n", add_synopsis}, {"@COMMANDS@\n", add_commands}, {"@KEYS@\n", add_keys}};

static void add_page(struct gs_buf *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n") + 1;
        size_t i = 0;
        while (i < GS_COUNT_OF(places) && strncmp(text, places[i].line, length) != 0)
            i++;
        if (i < GS_COUNT_OF(places))
            places[i].add(out);
        else
            gs_buf_add(out, text, length);
        text += length;
    }
}

int gsi_cmd_manual(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_buf out = {0};
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    const char *name = arguments.positional_count ? arguments.positional[0] : "groundswell.1";
    const char *page = strchr("15", name[strlen(name) - (*name != 0)]) ? gsi_cli_text(name) : NULL;
    if (!page || arguments.positional_count > 1) {
        fprintf(stderr, "groundswell: write `groundswell manual groundswell.1` or `manual "
                        "groundswell.yaml.5`\n");
        return gs_status_exit_code(GS_E_USAGE);
    }
    add_page(&out, page);
    return gsi_cli_output(&out);
}
