#include "greet.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void check(const char *name, size_t size, const char *expected)
{
    char line[80];

    greet(line, size, name);
    if (strcmp(line, expected) != 0) {
        printf("greet(\"%s\"): \"%s\", not \"%s\"\n", name, line, expected);
        failures++;
    }
}

int main(void)
{
    check("Ada", 80, "Good morning, Ada");
    check("", 80, "Good morning, world");
    check("Ada", 5, "Good");
    puts(failures == 0 ? "tests passed" : "tests failed");
    return failures != 0;
}
