/* Messages of any schema with made-up content, the same for the same seed. */
#ifndef TESTS_WIRE_SAMPLE_H
#define TESTS_WIRE_SAMPLE_H

#include "wire/message.h"

enum sample_kind {
    SAMPLE_EMPTY,  /* what is required and nothing else, as short as can be */
    SAMPLE_FULL,   /* every field at its bound; lists of three */
    SAMPLE_RANDOM, /* optional fields at random, any length */
};

struct sample {
    enum sample_kind kind;
    uint64_t seed;
};

/* The caller owns the message: sample_free(). */
void *sample_make(struct sample *sample, const struct wire_message *type);
void sample_free(const struct wire_message *type, void *message);
uint64_t sample_random(struct sample *sample);

#endif
