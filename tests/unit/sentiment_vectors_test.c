/* Goal: every text gets exactly the scores of the Python original.
 * Method: files of texts with the original's scores. Always those in tests/accuracy/vectors; if
 * GS_DATA names a folder, its sentiment/vader_*.tsv and adversarial.oracle.jsonl; if GS_VECTORS
 * names a file of the same form (one JSON object per line), that as well. */
#include "groundswell/sentiment.h"

#include <glob.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { FAILURES_SHOWN_MAX = 5 };

static struct gs_sentiment *scorer;
static struct gs_sentiment_scratch *scratch;

struct tally {
    const char *path;
    size_t texts;
    size_t wrong;
};

static int set_up(void **state)
{
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_error error;
    (void)state;
    scratch = gs_sentiment_scratch_create();
    return gs_sentiment_create(&config, &scorer, &error) == GS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gs_sentiment_destroy(scorer);
    gs_sentiment_scratch_destroy(scratch);
    return 0;
}

/* expected: neg, neu, pos, compound */
static void compare(struct tally *tally, struct gs_str text, const double expected[4])
{
    struct gs_sentiment_score got;
    gs_sentiment_score(scorer, scratch, text, &got);
    bool is_equal = got.neg == expected[0] && got.neu == expected[1] && got.pos == expected[2] &&
                    got.compound == expected[3] && got.compound_1e4 / 1e4 == expected[3];
    tally->texts++;
    tally->wrong += !is_equal;
    if (!is_equal && tally->wrong <= FAILURES_SHOWN_MAX)
        print_error("%s, text %zu: %.3f %.3f %.3f %.4f, the original says %.3f %.3f %.3f %.4f\n"
                    "  %.*s\n",
                    tally->path, tally->texts, got.neg, got.neu, got.pos, got.compound, expected[0],
                    expected[1], expected[2], expected[3], (int)GS_MIN(text.len, 200U), text.data);
}

static void compare_json(struct tally *tally, const char *line, size_t len)
{
    json_error_t error;
    json_t *object = json_loadb(line, len, JSON_ALLOW_NUL, &error);
    const json_t *text = json_object_get(object, "text");
    if (!json_is_string(text))
        fail_msg("%s, text %zu: %s", tally->path, tally->texts + 1, error.text);
    const double expected[4] = {json_number_value(json_object_get(object, "neg")),
                                json_number_value(json_object_get(object, "neu")),
                                json_number_value(json_object_get(object, "pos")),
                                json_number_value(json_object_get(object, "compound"))};
    compare(tally, gs_str_make(json_string_value(text), json_string_length(text)), expected);
    json_decref(object);
}

/* id, human_mean, neg, neu, pos, compound, text */
static void compare_tsv(struct tally *tally, char *line, size_t len)
{
    char *at = line;
    double expected[4] = {0};
    for (int column = 0; column < 6; column++) {
        if (column >= 2)
            expected[column - 2] = strtod(at, NULL);
        at = strchr(at, '\t');
        assert_non_null(at);
        at++;
    }
    compare(tally, gs_str_make(at, len - (size_t)(at - line)), expected);
}

static void check_file(const char *path)
{
    struct tally tally = {.path = path};
    FILE *file = fopen(path, "rb");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    bool is_tsv = strstr(path, ".tsv") != NULL, is_head = is_tsv;
    if (!file)
        fail_msg("%s cannot be read", path);
    while ((len = getline(&line, &capacity, file)) > 0) {
        if (line[len - 1] == '\n')
            line[--len] = 0;
        if (!is_head && is_tsv)
            compare_tsv(&tally, line, (size_t)len);
        else if (!is_head)
            compare_json(&tally, line, (size_t)len);
        is_head = false;
    }
    free(line);
    fclose(file);
    print_message("%s: %zu of %zu equal\n", path, tally.texts - tally.wrong, tally.texts);
    assert_int_not_equal(tally.texts, 0);
    assert_int_equal(tally.wrong, 0);
}

static void check_files(const char *folder, const char *pattern)
{
    char path[4096];
    glob_t found = {0};
    snprintf(path, sizeof(path), "%s/%s", folder, pattern);
    if (glob(path, 0, NULL, &found) != 0)
        fail_msg("no %s", path);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_file(found.gl_pathv[i]);
    globfree(&found);
}

static void test_committed_vectors(void **state)
{
    (void)state;
    check_files(GS_SOURCE_DIR, "tests/accuracy/vectors/*.jsonl");
}

static void test_data_folder(void **state)
{
    const char *folder = getenv("GS_DATA");
    (void)state;
    if (!folder || !*folder) {
        print_message("GS_DATA is not set: only the committed texts are compared\n");
        return;
    }
    check_files(folder, "sentiment/vader_*.tsv");
    check_files(folder, "sentiment/*.oracle.jsonl");
}

static void test_given_vectors(void **state)
{
    const char *path = getenv("GS_VECTORS");
    (void)state;
    if (path && *path)
        check_file(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_committed_vectors),
        cmocka_unit_test(test_data_folder),
        cmocka_unit_test(test_given_vectors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
