/* The generated functions, used as programs use them. */
#include "schemas/messages.h"

#include "base/memory.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static struct fleet_change *example(void)
{
    struct fleet_change *change = xcalloc(1, sizeof(*change));

    *change = (struct fleet_change){.epoch = 3, .seq = 9, .decided_at_ms = 1000, .cause = "timer"};
    change->builders = xcalloc(2, sizeof(*change->builders));
    change->builders_count = 2;
    change->builders[0] = (struct builder){.build = "b-1",
                                           .organisation = "acme",
                                           .project = "shop",
                                           .arch = ARCH_ARM64,
                                           .state = BUILDER_STATE_PLACED,
                                           .command = "build",
                                           .machine = "m-1",
                                           .secret = "s3cret",
                                           .requested_at_ms = 900};
    change->builders[1] = change->builders[0];
    change->builders[1].outcome = BUILD_OUTCOME_LOST;
    change->machines = xcalloc(1, sizeof(*change->machines));
    change->machines_count = 1;
    change->machines[0] = (struct machine){.machine = "m-1",
                                           .organisation = "acme",
                                           .project = "shop",
                                           .arch = ARCH_ARM64,
                                           .state = MACHINE_STATE_READY,
                                           .volume = "v-1",
                                           .token_hash = {{1, 2, 3}, 32},
                                           .key = {{0xab}, 32},
                                           .launched_at_ms = 950};
    return change;
}

static void encode_decode_copy(void **state)
{
    struct fleet_change *change = example(), back, copy;
    _cleanup_buf_ struct buf first = BUF_INIT(0), second = BUF_INIT(0);

    assert_int_equal(fleet_change_check(change, NULL), 0);
    fleet_change_encode(change, &first);
    assert_int_equal(fleet_change_decode(&back, buf_slice(&first), NULL), 0);
    assert_int_equal(back.seq, 9);
    assert_int_equal(back.builders_count, 2);
    assert_string_equal(back.builders[1].secret, "s3cret");
    assert_int_equal(back.builders[1].outcome, BUILD_OUTCOME_LOST);
    assert_int_equal(back.machines[0].key.data[0], 0xab);
    assert_null(back.volumes);
    fleet_change_copy(&copy, &back);
    assert_ptr_not_equal(copy.builders, back.builders);
    fleet_change_clear(&back);
    assert_null(back.builders);
    assert_int_equal(back.epoch, 0);
    fleet_change_encode(&copy, &second);
    assert_true(slice_equal(buf_slice(&first), buf_slice(&second)));
    fleet_change_clear(&copy);
    fleet_change_clear(change);
    free(change);
}

static void secrets_are_not_printed(void **state)
{
    struct fleet_change *change = example();
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    fleet_change_json(change, &out);
    assert_null(strstr(buf_text(&out), "s3cret"));
    assert_null(strstr(buf_text(&out), "010203"));
    assert_non_null(strstr(buf_text(&out), "\"secret\":\"***\""));
    assert_non_null(strstr(buf_text(&out), "\"token_hash\":\"***\""));
    assert_non_null(strstr(buf_text(&out), "\"key\":\"ab00"));
    assert_non_null(strstr(buf_text(&out), "\"state\":\"placed\""));
    assert_null(strstr(buf_text(&out), "volumes"));
    fleet_change_clear(change);
    free(change);
}

static void json_of_a_small_message(void **state)
{
    const struct took_over message = {.epoch = 2, .owner = "agent-1", .at_ms = 5};
    _cleanup_buf_ struct buf out = BUF_INIT(0);

    took_over_json(&message, &out);
    assert_string_equal(buf_text(&out), "{\"epoch\":2,\"owner\":\"agent-1\",\"at_ms\":5}");
}

static void lists_of_strings(void **state)
{
    char ids[2][41] = {"b-1", "b-2"};
    const struct builds_alive message = {.builds = ids, .builds_count = 2, .at_ms = 1};
    _cleanup_buf_ struct buf out = BUF_INIT(0), json = BUF_INIT(0);
    struct builds_alive back;

    builds_alive_encode(&message, &out);
    assert_int_equal(builds_alive_decode(&back, buf_slice(&out), NULL), 0);
    assert_string_equal(back.builds[1], "b-2");
    builds_alive_json(&back, &json);
    assert_string_equal(buf_text(&json), "{\"builds\":[\"b-1\",\"b-2\"],\"at_ms\":1}");
    builds_alive_clear(&back);
}

static void enums_by_name(void **state)
{
    enum arch arch = ARCH_AMD64;

    assert_string_equal(arch_name(ARCH_ARM64), "arm64");
    assert_string_equal(arch_name((enum arch)0), "?");
    assert_string_equal(arch_name((enum arch)77), "?");
    assert_true(arch_from_name("arm64", &arch));
    assert_int_equal(arch, ARCH_ARM64);
    assert_false(arch_from_name("ARM64", &arch));
    assert_int_equal(arch, ARCH_ARM64);
    assert_string_equal(machine_state_name(MACHINE_STATE_GONE), "gone");
    assert_string_equal(volume_state_name(VOLUME_STATE_PRESENT), "present");
}

static void types_by_name(void **state)
{
    const struct message_type *type = message_type_by_name(TYPE_TOOK_OVER);
    const struct took_over message = {.epoch = 2, .owner = "x", .at_ms = 5};
    _cleanup_buf_ struct buf out = BUF_INIT(0), json = BUF_INIT(0);
    struct error err = ERROR_INIT;

    assert_non_null(type);
    assert_string_equal(type->ce_type, "leat.fleet.took-over");
    assert_string_equal(type->topic, "fleet");
    assert_int_equal(type->size, sizeof(message));
    took_over_encode(&message, &out);
    assert_int_equal(type->decode_json(buf_slice(&out), &json, &err), 0);
    assert_string_equal(buf_text(&json), "{\"epoch\":2,\"owner\":\"x\",\"at_ms\":5}");
    assert_int_equal(type->decode_json(slice_text("x"), &json, &err), -1);
    assert_int_equal(err.code, ERROR_CORRUPT);
    assert_null(message_type_by_name("leat.fleet"));
    assert_null(message_type_by_name(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_decode_copy),      cmocka_unit_test(secrets_are_not_printed),
        cmocka_unit_test(json_of_a_small_message), cmocka_unit_test(lists_of_strings),
        cmocka_unit_test(enums_by_name),           cmocka_unit_test(types_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
