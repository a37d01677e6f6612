/* Goal: a key's partition is the one that Kafka's own clients choose. Method: Kafka's own vectors.
 */
#include "groundswell/kafka.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The vectors of org.apache.kafka.common.utils.UtilsTest, testMurmur2. */
static void test_partitions_as_kafka_has_them(void **state)
{
    static const struct {
        const char *key;
        int32_t hash;
    } vectors[] = {{"21", -973932308},
                   {"foobar", -790332482},
                   {"a-little-bit-long-string", -985981536},
                   {"a-little-bit-longer-string", -1486304829},
                   {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
                   {"abc", 479470107}};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(vectors); i++) {
        struct gs_str key = gs_str_of(vectors[i].key);
        int32_t positive = vectors[i].hash & INT32_MAX;
        assert_int_equal(gs_kafka_partition(key, INT32_MAX), positive);
        assert_int_equal(gs_kafka_partition(key, 12), positive % 12);
        assert_int_equal(gs_kafka_partition(key, 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_partitions_as_kafka_has_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
