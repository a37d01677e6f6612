/* complete.c -- what may stand in the place of the last word of a command line.
 *
 * The scripts in texts/ know nothing of commands, options and keys; they ask here. So there is one
 * table of each, and a shell that was told long ago offers what is there today. */
#include "internal.h"

#include <ctype.h>
#include <stdio.h>

/* What is there already, and where the answers go. */
struct question {
    const char *word;   /* the last one, or what stands behind its = */
    const char *before; /* what stands before word in it, "" or "--set=" */
    struct gs_buf *out;
};

/* The first sentence, for the shells that show one beside each word. */
static void add_sentence(struct gs_buf *out, const char *doc)
{
    const char *end = strstr(doc, ". ");
    gs_buf_add(out, doc, end ? (size_t)(end - doc) : strlen(doc));
}

/* Offers name and what ends it, if the word is how it begins. */
static void offer(const struct question *question, struct gs_str name, const char *end,
                  const char *doc)
{
    char whole[GSI_WORD_MAX];
    snprintf(whole, sizeof whole, "%.*s%s", (int)name.len, name.data, end);
    if (strncmp(whole, question->word, strlen(question->word)) != 0)
        return;
    gs_buf_add_text(question->out, question->before);
    gs_buf_add_text(question->out, whole);
    gs_buf_add_text(question->out, "\t");
    add_sentence(question->out, doc);
    gs_buf_add_text(question->out, "\n");
}

static void offer_commands(const struct question *question)
{
    for (size_t i = 0; i < gsi_command_count; i++)
        offer(question, gs_str_of(gsi_commands[i].name), "", gsi_commands[i].summary);
}

static void offer_views(const struct question *question)
{
    const char *name;
    for (size_t i = 0; (name = gs_config_view_name(i)) != NULL; i++)
        offer(question, gs_str_of(name), "", "");
}

static void offer_keys(const struct question *question)
{
    struct gs_config_key key;
    for (size_t i = 0; gs_config_describe(i, &key); i++)
        offer(question, gs_str_of(key.name), "", key.doc);
}

/* "off|on" */
static void offer_choices(const struct question *question, const char *choices)
{
    while (*choices) {
        size_t length = strcspn(choices, "|");
        offer(question, gs_str_make(choices, length), "", "");
        choices += length + (choices[length] == '|');
    }
}

/* KEY=VALUE: keys that can be set so, then the choices of one. */
static void offer_settings(const struct question *question)
{
    struct gs_config_key key;
    const char *equals = strchr(question->word, '=');
    char before[160];
    for (size_t i = 0; gs_config_describe(i, &key); i++) {
        bool is_it = equals && strlen(key.name) == (size_t)(equals - question->word) &&
                     strncmp(key.name, question->word, strlen(key.name)) == 0;
        if (is_it && key.choices) {
            snprintf(before, sizeof before, "%s%s=", question->before, key.name);
            offer_choices(&(struct question){equals + 1, before, question->out}, key.choices);
        } else if (!equals && (key.variable[0] || key.is_map)) {
            offer(question, gs_str_of(key.name), key.is_map ? "." : "=", key.doc);
        }
    }
}

/* One word of an option's or a command's arguments: a name in capitals stands for something, any
 * other is to be written as it is. */
static void offer_argument(const struct question *question, struct gs_str argument)
{
    static const struct {
        const char *name;
        void (*offer)(const struct question *question);
    } known[] = {{"COMMAND", offer_commands},
                 {"KEY", offer_keys},
                 {"KEY=VALUE", offer_settings},
                 {"VIEW", offer_views}};
    for (size_t i = 0; i < GS_COUNT_OF(known); i++)
        if (gs_str_equal(argument, gs_str_of(known[i].name)))
            known[i].offer(question);
    if (gs_str_equal(argument, gs_str_of("FILE")))
        gs_buf_add_text(question->out, ":file\n"); /* the shell knows them better */
    else if (argument.len && !isupper((unsigned char)argument.data[0]))
        offer(question, argument, "", "");
}

/* "explain KEY" with {"explain", ""}: KEY. Nothing if the words before are others. */
static struct gs_str place_in(struct gs_str form, const char *const *words, int count)
{
    for (int i = 0;; i++) {
        const char *space = form.len ? memchr(form.data, ' ', form.len) : NULL;
        struct gs_str first =
            gs_str_make(form.data, space ? (size_t)(space - form.data) : form.len);
        if (i == count - 1)
            return first;
        bool is_name = first.len && isupper((unsigned char)first.data[0]);
        if (!space || (!is_name && !gs_str_equal(first, gs_str_of(words[i]))))
            return gs_str_make("", 0);
        form = gs_str_make(space + 1, form.len - first.len - 1);
    }
}

/* Of forms such as "print|explain KEY" or "[FILE|-]", the word at the place of the last of words.
 */
static void offer_arguments(const struct question *question, const char *forms,
                            const char *const *words, int count)
{
    while (*forms) {
        forms += *forms == '[';
        size_t length = strcspn(forms, "|]");
        offer_argument(question, place_in(gs_str_make(forms, length), words, count));
        forms += length + (forms[length] != 0);
    }
}

static void offer_options(const struct question *question, const struct gsi_command *command)
{
    for (const struct gsi_option *option = command->options; option->name; option++) {
        char name[64];
        snprintf(name, sizeof name, "--%s", option->name);
        offer(question, gs_str_of(name), "", option->doc);
    }
}

/* The words before the last one. */
struct line {
    const struct gsi_command *command;
    int waiting; /* the option whose value the last one is, or -1 */
    const char *positional[GSI_POSITIONAL_MAX];
    int count; /* of them, with the last word if it is one */
    bool options_over;
};

static void read_word(struct line *line, const char *word)
{
    const struct gsi_option *options = line->command->options;
    const char *value;
    bool is_option = line->waiting < 0 && !line->options_over && word[0] == '-' && word[1];
    int found = is_option ? gsi_cli_find_option(line->command, word, &value) : -1;
    if (line->waiting < 0 && !is_option && line->count < GSI_POSITIONAL_MAX)
        line->positional[line->count++ - 1] = word;
    line->options_over |= is_option && strcmp(word, "--") == 0;
    line->waiting = found >= 0 && options[found].argument && !value ? found : -1;
}

/* --name=value: the word is the value. before has GSI_WORD_MAX bytes. */
static void open_word(struct line *line, struct question *question, char *before)
{
    const char *value;
    int found = gsi_cli_find_option(line->command, question->word, &value);
    if (line->waiting >= 0 || line->options_over || found < 0 || !value)
        return;
    line->waiting = found;
    snprintf(before, GSI_WORD_MAX, "%.*s", (int)(value - question->word), question->word);
    *question = (struct question){value, before, question->out};
}

void gsi_cli_complete(int count, char **words, struct gs_buf *out)
{
    struct question question = {count ? words[count - 1] : "", "", out};
    const struct gsi_command *command = count > 1 ? gsi_cli_find_command(words[0]) : NULL;
    struct line line = {.command = command, .waiting = -1, .count = 1};
    char before[GSI_WORD_MAX];
    if (count <= 1)
        offer_commands(&question);
    if (!command)
        return;
    for (int i = 1; i < count - 1; i++)
        read_word(&line, words[i]);
    open_word(&line, &question, before);
    const char *argument = line.waiting >= 0 ? command->options[line.waiting].argument : NULL;
    if (argument)
        offer_arguments(&question, argument, NULL, 1);
    else if (line.waiting < 0 && question.word[0] == '-' && !line.options_over)
        offer_options(&question, command);
    else if (line.waiting < 0 && command->arguments)
        offer_arguments(&question, command->arguments, line.positional, line.count);
}
