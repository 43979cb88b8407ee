#include "cloud/agent.h"

#include "base/text.h"
#include "cloud/stop_machines.h"
#include "process/process.h"

/* Two modes are not for people: the first process of a new machine, and the end of all machines for
 * `leat down`. */
int main(int argc, char **argv)
{
    if (argc > 1 && text_equal(argv[1], PROCESS_MACHINE_INIT))
        return process_machine_init(argc, argv);
    if (argc > 1 && text_equal(argv[1], "--stop-machines"))
        return stop_machines(argc - 1, argv + 1);
    return daemon_main(&cloud_agent_program, argc, argv);
}
