#include "greet.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    char line[80];

    greet(line, sizeof line, argc > 1 ? argv[1] : "");
    printf("%s (version %s, licence %s)\n", line, VERSION, LICENCE);
    return 0;
}
