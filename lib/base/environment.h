/* The environment of a child process: this process's own, changed. */
#ifndef BASE_ENVIRONMENT_H
#define BASE_ENVIRONMENT_H

/* `changes` ends with NULL: "NAME=VALUE" sets a variable, "NAME" leaves it out. The result ends
 * with NULL and is owned by the caller: environment_free(). */
char **environment_with(const char *const *changes);
void environment_free(char **environment); /* NULL is fine */

#endif
