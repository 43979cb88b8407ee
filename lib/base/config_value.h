/* Values of configuration options as text (private to lib/base). */
#ifndef BASE_CONFIG_VALUE_H
#define BASE_CONFIG_VALUE_H

#include "base/config.h"

/* Every function answers whether the whole text is a value; *ret is set only then. */
bool config_parse_bool(const char *text, bool *ret);
bool config_parse_duration(const char *text, int64_t *ret_ms);
bool config_parse_bytes(const char *text, int64_t *ret);
bool config_parse_choice(const char *text, const char *const *choices, int *ret);

/* What is valid for this option, for messages and the reference page: "a duration from 1s to 2h".
 */
void config_describe_valid(const struct config_option *option, struct buf *out);

#endif
