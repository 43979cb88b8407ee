#include "api/api.h"

int main(int argc, char **argv)
{
    return daemon_main(&api_program, argc, argv);
}
