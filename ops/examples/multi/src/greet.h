#ifndef GREET_H
#define GREET_H

#include <stddef.h>

/* Write a greeting to name into out, cut to size. Returns its full length. */
int greet(char *out, size_t size, const char *name);

#endif
