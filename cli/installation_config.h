/* The configuration files of the parts, written anew at each `leat up`. */
#ifndef CLI_INSTALLATION_CONFIG_H
#define CLI_INSTALLATION_CONFIG_H

#include "cli/installation.h"

int installation_write_config(const struct installation *installation, struct error *err);

#endif
