/* `leat-cloud-agent --stop-machines --config FILE`: stops every machine of the provider and ends. */
#ifndef CLOUD_STOP_MACHINES_H
#define CLOUD_STOP_MACHINES_H

int stop_machines(int argc, char **argv);

#endif
