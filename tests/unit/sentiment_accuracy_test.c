/* Goal: both scorers agree with people as well as they did, and vader+ no less than the reference.
 * Method: labelled sets. Always the comments in tests/accuracy/comments.tsv; if GS_DATA names a
 * folder, VADER's four sets and TweetEval's validation set in its sentiment/. Per set: Pearson's
 * correlation of the compound with the mean rating, the share of texts of which the sign is right,
 * and for classes the mean of their recalls; against floors, and printed as a table. */
#include "groundswell/event.h"
#include "groundswell/sentiment.h"

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { CLASSES = 3, SCORERS = 2 };

static struct gs_sentiment *scorers[SCORERS];
static struct gs_sentiment_scratch *scratch;

static int set_up(void **state)
{
    (void)state;
    scratch = gs_sentiment_scratch_create();
    for (int kind = 0; kind < SCORERS; kind++) {
        struct gs_sentiment_config config = {.scorer = (enum gs_sentiment_scorer)kind};
        struct gs_error error;
        if (gs_sentiment_create(&config, &scorers[kind], &error) != GS_OK)
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int kind = 0; kind < SCORERS; kind++)
        gs_sentiment_destroy(scorers[kind]);
    gs_sentiment_scratch_destroy(scratch);
    return 0;
}

static int32_t score(int kind, struct gs_str text)
{
    struct gs_sentiment_score got;
    gs_sentiment_score(scorers[kind], scratch, text, &got);
    return got.compound_1e4;
}

static FILE *open_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    return file;
}

/* The next line without its end; false behind the last one. */
static bool next_line(FILE *file, char **line, size_t *capacity)
{
    ssize_t len = getline(line, capacity, file);
    if (len <= 0)
        return false;
    if ((*line)[len - 1] == '\n')
        (*line)[len - 1] = 0;
    return true;
}

static void print_row(const char *set, size_t texts, const char *figure, const double values[])
{
    print_message("| %-28s | %5zu | %-12s | %.4f | %.4f |\n", set, texts, figure, values[0],
                  values[1]);
}

static void check(const char *set, const char *figure, const double values[], const double floors[])
{
    for (int kind = 0; kind < SCORERS; kind++)
        if (values[kind] < floors[kind])
            fail_msg("%s: %s of scorer %d is %.4f, below %.4f", set, figure, kind, values[kind],
                     floors[kind]);
    if (values[1] < values[0])
        fail_msg("%s: %s of vader+ is below the reference's", set, figure);
}

/* ------------------------------------------------------------------ ratings */

/* Sums of x (what people say), y (the compound), their squares and product. */
struct pearson {
    double n, x, y, xx, yy, xy;
};

static void add(struct pearson *sums, double x, double y)
{
    sums->n++;
    sums->x += x;
    sums->y += y;
    sums->xx += x * x;
    sums->yy += y * y;
    sums->xy += x * y;
}

static double correlation(const struct pearson *s)
{
    return (s->n * s->xy - s->x * s->y) /
           sqrt((s->n * s->xx - s->x * s->x) * (s->n * s->yy - s->y * s->y));
}

static int sign(double value)
{
    return (value > 0) - (value < 0);
}

struct rated_set {
    const char *name;
    double correlation[SCORERS]; /* floors */
    double signs[SCORERS];
};

/* id, human_mean, neg, neu, pos, compound, text */
static void check_rated(const char *folder, const struct rated_set *set)
{
    struct pearson sums[SCORERS] = {{0}};
    double right[SCORERS] = {0}, correlations[SCORERS];
    char name[256], *line = NULL;
    size_t capacity = 0, texts = 0;
    snprintf(name, sizeof(name), "sentiment/vader_%s.tsv", set->name);
    FILE *file = open_file(folder, name);
    assert_true(next_line(file, &line, &capacity));
    for (; next_line(file, &line, &capacity); texts++) {
        char *at = line;
        double mean = 0;
        for (int column = 0; column < 6; column++) {
            at = strchr(at, '\t');
            assert_non_null(at);
            at++;
            if (column == 0)
                mean = strtod(at, NULL);
        }
        for (int kind = 0; kind < SCORERS; kind++) {
            int32_t compound = score(kind, gs_str_of(at));
            add(&sums[kind], mean, compound);
            right[kind] += sign(compound) == sign(mean);
        }
    }
    free(line);
    fclose(file);
    for (int kind = 0; kind < SCORERS; kind++) {
        correlations[kind] = correlation(&sums[kind]);
        right[kind] /= (double)texts;
    }
    print_row(set->name, texts, "correlation", correlations);
    print_row(set->name, texts, "sign", right);
    check(set->name, "correlation", correlations, set->correlation);
    check(set->name, "sign", right, set->signs);
}

/* ------------------------------------------------------------------ classes */

struct recalls {
    size_t of[CLASSES];
    size_t right[SCORERS][CLASSES];
};

static void count(struct recalls *recalls, size_t class, struct gs_str text)
{
    static const enum gs_class IS[CLASSES] = {GS_CLASS_NEGATIVE, GS_CLASS_NEUTRAL,
                                              GS_CLASS_POSITIVE};
    recalls->of[class]++;
    for (int kind = 0; kind < SCORERS; kind++)
        recalls->right[kind][class] += gs_class_of(score(kind, text)) == IS[class];
}

static void check_recalls(const char *set, const struct recalls *recalls, const double floors[])
{
    double macro[SCORERS] = {0};
    size_t texts = 0;
    for (size_t class = 0; class < CLASSES; class ++) {
        texts += recalls->of[class];
        assert_int_not_equal(recalls->of[class], 0);
        for (int kind = 0; kind < SCORERS; kind++)
            macro[kind] +=
                (double)recalls->right[kind][class] / (double)recalls->of[class] / CLASSES;
    }
    print_row(set, texts, "macro recall", macro);
    check(set, "macro recall", macro, floors);
}

static void test_comments(void **state)
{
    static const char *const NAMES[CLASSES] = {"neg\t", "neu\t", "pos\t"};
    static const double FLOORS[SCORERS] = {0.49, 0.96};
    struct recalls recalls = {{0}, {{0}}};
    FILE *file = open_file(GS_SOURCE_DIR, "tests/accuracy/comments.tsv");
    char *line = NULL;
    size_t capacity = 0;
    (void)state;
    assert_true(next_line(file, &line, &capacity));
    while (next_line(file, &line, &capacity)) {
        size_t class = 0;
        while (strncmp(line, NAMES[class], 4) != 0)
            assert_true(++class < CLASSES);
        count(&recalls, class, gs_str_of(line + 4));
    }
    free(line);
    fclose(file);
    check_recalls("own comments", &recalls, FLOORS);
}

/* ------------------------------------------------------------------ the data folder */

static const char *data_folder(void)
{
    const char *folder = getenv("GS_DATA");
    if (folder && *folder)
        return folder;
    print_message("GS_DATA is not set: only the committed comments are measured\n");
    return NULL;
}

static void test_rated_sets(void **state)
{
    static const struct rated_set SETS[] = {
        {"tweets", {0.876, 0.881}, {0.925, 0.929}},
        {"amazonReviewSnippets", {0.575, 0.580}, {0.564, 0.565}},
        {"movieReviewSnippets", {0.428, 0.440}, {0.559, 0.564}},
        {"nytEditorialSnippets", {0.514, 0.515}, {0.493, 0.495}},
    };
    const char *folder = data_folder();
    (void)state;
    for (size_t i = 0; folder && i < GS_COUNT_OF(SETS); i++)
        check_rated(folder, &SETS[i]);
}

static void test_tweeteval(void **state)
{
    static const double FLOORS[SCORERS] = {0.597, 0.600};
    const char *folder = data_folder();
    struct recalls recalls = {{0}, {{0}}};
    char *text = NULL, *label = NULL;
    size_t text_capacity = 0, label_capacity = 0;
    (void)state;
    if (!folder)
        return;
    FILE *texts = open_file(folder, "sentiment/tweeteval_val_text.txt");
    FILE *labels = open_file(folder, "sentiment/tweeteval_val_labels.txt");
    while (next_line(labels, &label, &label_capacity)) {
        assert_true(next_line(texts, &text, &text_capacity));
        assert_true(*label >= '0' && *label < '0' + CLASSES);
        count(&recalls, (size_t)(*label - '0'), gs_str_of(text));
    }
    free(text);
    free(label);
    fclose(texts);
    fclose(labels);
    check_recalls("TweetEval, validation", &recalls, FLOORS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_rated_sets),
        cmocka_unit_test(test_tweeteval),
    };
    print_message("| %-28s | texts | %-12s | reference | vader+ |\n", "set", "figure");
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
