/* Runs the parts of the embedded installation until it is told to stop.
 *
 * redis-server, leat-api and leat-cloud-agent; a part that dies is started again and that is
 * reported in run/status.json and logs/supervisor.log. At the end the cloud-agent goes first, then
 * the machines are stopped (they drain, sync and unmount), then the API, then Redis.
 */
#ifndef CLI_SUPERVISOR_H
#define CLI_SUPERVISOR_H

#include "cli/installation.h"

/* Takes the lock, starts everything, says READY=1 (or STATUS=why not) to NOTIFY_SOCKET, and returns
 * the exit code when all has ended. */
int supervisor_run(struct installation *installation);

#endif
