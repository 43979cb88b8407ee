#include "machine/agent.h"

int main(int argc, char **argv)
{
    return daemon_main(&machine_agent_program, argc, argv);
}
