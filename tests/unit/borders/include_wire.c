/* Compiles only for a target that links lib/wire. */
#include "wire/cursor.h"
