/* main.c -- the simulator's command line.
 *
 *   simulation [--seed N] [--seeds COUNT] [--until COUNT] [--ablate RULE] [--trace]
 *   simulation --seed N --export     the logs of a seed and what follows from them, as JSON
 *   simulation --list                rules that --ablate knows (in simulation_ablated only)
 *
 * Runs COUNT schedules from seed N on (200 from 0 on if neither is told; 0 are fixed sequences),
 * until so many are wrong. Exit code
 * 0: all were right; 1: some were not, or something that schedules are made of never happened. */
#include "simulation.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { SEEDS_USUAL = 200, SHOWN_MAX = 10, SEEDS_OF_ALL = 1000 };

static uint64_t running; /* for the handler */

/* An assertion of the product has failed, or worse: say where. */
static void on_end(int number)
{
    char text[64];
    int length = snprintf(text, sizeof text, "\nit was seed %llu\n", (unsigned long long)running);
    (void)number;
    if (write(STDERR_FILENO, text, (size_t)length) < 0)
        _exit(1);
}

struct options {
    uint64_t seed;
    uint64_t seeds;
    uint64_t until; /* so many are wrong; 0: all are run */
    bool ablated;
    bool trace;
    bool exports;
    bool lists;
};

static int usage(void)
{
    fprintf(stderr, "usage: simulation [--seed N] [--seeds COUNT] [--until COUNT] [--ablate RULE] "
                    "[--trace]\n       simulation --seed N --export\n       simulation --list\n");
    return 64;
}

static bool take_word(const char *word, struct options *options)
{
    options->trace |= strcmp(word, "--trace") == 0;
    options->exports |= strcmp(word, "--export") == 0;
    options->lists |= strcmp(word, "--list") == 0;
    return strcmp(word, "--trace") == 0 || strcmp(word, "--export") == 0 ||
           strcmp(word, "--list") == 0;
}

static bool take_value(const char *word, const char *value, struct options *options)
{
    const struct {
        const char *word;
        uint64_t *number;
    } numbers[] = {
        {"--seed", &options->seed}, {"--seeds", &options->seeds}, {"--until", &options->until}};
    for (size_t i = 0; i < GS_COUNT_OF(numbers); i++)
        if (strcmp(word, numbers[i].word) == 0) {
            *numbers[i].number = strtoull(value, NULL, 10);
            return true;
        }
    options->ablated = strcmp(word, "--ablate") == 0 && sim_ablate(value);
    return options->ablated;
}

static bool parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){.seed = UINT64_MAX};
    for (int i = 1; i < argc; i++)
        if (!take_word(argv[i], options)) {
            const char *word = argv[i++];
            if (i == argc || !take_value(word, argv[i], options))
                return false;
        }
    bool from_the_first = options->seed == UINT64_MAX;
    if (!options->seeds)
        options->seeds = from_the_first ? SEEDS_USUAL : 1;
    options->seed = from_the_first ? 0 : options->seed;
    return true;
}

/* Whether all of it happened; of what is rare that is asked only if there were many schedules. */
static bool print_counts(const struct sim_world *world, const struct options *options)
{
    static const char *const texts[] = {
#define X(name, text) text,
        SIM_COUNTS(X)
#undef X
    };
    bool all = true;
    for (int c = 0; c < SIM_COUNT_COUNT; c++) {
        printf("%10llu %s\n", (unsigned long long)world->counts[c], texts[c]);
        all &= world->counts[c] > 0;
    }
    if (all || options->ablated || options->seeds < SEEDS_OF_ALL)
        return true;
    printf("something never happened\n");
    return false;
}

static uint64_t run_all(struct sim_world *world, const struct options *options)
{
    uint64_t wrong = 0, digest = 0;
    for (uint64_t seed = options->seed; seed - options->seed < options->seeds; seed++) {
        if (options->until && wrong == options->until)
            break;
        running = seed;
        sim_run(world, seed, options->trace);
        digest = gs_hash64((const char *)&world->digest, sizeof world->digest, digest);
        if (world->any_broken && wrong++ < SHOWN_MAX)
            printf("seed %llu breaks %s\n  again: --seed %llu --trace\n", (unsigned long long)seed,
                   world->why, (unsigned long long)seed);
    }
    printf("%llu schedules, %llu wrong, digest %016llx\n", (unsigned long long)options->seeds,
           (unsigned long long)wrong, (unsigned long long)digest);
    return wrong;
}

int main(int argc, char **argv)
{
    struct options options;
    if (!parse(argc, argv, &options))
        return usage();
    if (options.exports) {
        sim_export(options.seed, stdout);
        return 0;
    }
    if (options.lists) {
        sim_list_ablations();
        return 0;
    }
    mallopt(M_MMAP_THRESHOLD, 64 << 20); /* memory of one schedule serves the next one */
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    struct sigaction action = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGABRT, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    struct sim_world *world = gs_calloc(1, sizeof *world);
    uint64_t wrong = run_all(world, &options);
    bool all = print_counts(world, &options);
    sim_deinit(world);
    gs_free(world);
    return wrong || !all ? 1 : 0;
}
