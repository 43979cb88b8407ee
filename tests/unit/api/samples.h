/* Builders and machines for the tests of the API. */
#ifndef TESTS_API_SAMPLES_H
#define TESTS_API_SAMPLES_H

#include "api/view.h"
#include "base/text.h"

#include <stdlib.h>

#define SET(field, text)                                                                           \
    do {                                                                                           \
        if (!text_copy((field), sizeof(field), (text)))                                            \
            abort();                                                                               \
    } while (0)

static inline struct builder sample_builder(const char *build, enum arch arch,
                                            enum builder_state state)
{
    struct builder builder = {.arch = arch, .state = state, .requested_at_ms = 1800000000000};
    SET(builder.build, build);
    SET(builder.organisation, "default");
    SET(builder.project, "web");
    SET(builder.command, "build");
    SET(builder.principal, "ann");
    if (state == BUILDER_STATE_PLACED) {
        SET(builder.machine, "m-1");
        SET(builder.secret, "s3cret");
        builder.placed_at_ms = 1800000001000;
    }
    if (state == BUILDER_STATE_ENDED) {
        builder.outcome = BUILD_OUTCOME_LOST;
        builder.ended_at_ms = 1800000002000;
    }
    return builder;
}

static inline struct machine sample_machine(const char *id, enum machine_state state)
{
    struct machine machine = {
        .arch = ARCH_AMD64, .state = state, .launched_at_ms = 1800000000500, .token_hash.len = 32};
    SET(machine.machine, id);
    SET(machine.organisation, "default");
    SET(machine.project, "web");
    SET(machine.volume, "v-1");
    if (state >= MACHINE_STATE_READY) {
        SET(machine.address, "10.88.0.2");
        SET(machine.server_name, "m-1.leat");
        machine.port = 8372;
        machine.key.len = 32;
    }
    return machine;
}

#endif
