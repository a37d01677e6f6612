/* main.c -- the simulator's command line.
 *
 *   simulation [--seed N] [--seeds COUNT] [--trace]
 *
 * Runs COUNT schedules from seed N on. Exit code 0: all were right; 1: some were not, or a fault
 * never happened. */
#include "simulation.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { SHOWN_MAX = 10 };

static uint64_t running; /* for the handler */

/* An assertion of the product has failed: say where. */
static void on_abort(int number)
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
};

static int usage(void)
{
    fprintf(stderr, "usage: simulation [--seed N] [--seeds COUNT] [--trace]\n");
    return 64;
}

static bool parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){.seed = 1, .seeds = 1};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--trace") == 0) {
            options->trace = true;
            continue;
        }
        if (strcmp(argv[i], "--seed") == 0)
            options->seed = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seeds") == 0)
            options->seeds = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--until") == 0)
            options->until = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--ablate") == 0 && sim_ablate(value))
            options->ablated = true;
        else
            return false;
        i++;
    }
    return true;
}

static void print_counts(const struct sim_world *world)
{
    static const char *const texts[] = {
#define X(name, text) text,
        SIM_COUNTS(X)
#undef X
    };
    for (int c = 0; c < SIM_COUNT_COUNT; c++)
        printf("%10llu %s\n", (unsigned long long)world->counts[c], texts[c]);
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
    mallopt(M_MMAP_THRESHOLD, 64 << 20); /* memory of one schedule serves the next one */
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    signal(SIGABRT, on_abort);
    struct sim_world *world = gs_calloc(1, sizeof *world);
    uint64_t wrong = run_all(world, &options);
    print_counts(world);
    sim_deinit(world);
    gs_free(world);
    return wrong ? 1 : 0;
}
