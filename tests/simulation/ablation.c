/* ablation.c -- which rule is left out. */
#include "simulation.h"

#include <strings.h>

#ifdef GS_ABLATIONS
enum gs_ablation gs_ablation;

static const struct {
    const char *name;
    const char *text;
} ablations[GS_ABLATION_COUNT] = {{"none", "nothing"},
#define X(rule, text) {#rule, text},
                                  GS_ABLATIONS(X)
#undef X
};

bool sim_ablate(const char *name)
{
    for (int a = 0; a < GS_ABLATION_COUNT; a++)
        if (strcasecmp(name, ablations[a].name) == 0) {
            gs_ablation = (enum gs_ablation)a;
            return true;
        }
    return false;
}

void sim_list_ablations(void)
{
    for (int a = 1; a < GS_ABLATION_COUNT; a++)
        printf("%s\t%s\n", ablations[a].name, ablations[a].text);
}
#else
bool sim_ablate(const char *name)
{
    (void)name;
    return false;
}

void sim_list_ablations(void)
{
}
#endif
