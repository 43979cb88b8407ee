/* Columns for people: as wide as their widest cell, the last one ragged. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 10

struct table;
struct table *table_new(const char *const *headings, size_t columns);
void table_add(struct table *table, const char *const *cells); /* copied; NULL is "" */
void table_print(const struct table *table, FILE *out);
void table_free(struct table *table);

/* "12s ago", "3m ago", "2h ago", "5d ago" for an RFC 3339 text; "-" when it is not one. */
void table_age(char *out, size_t size, const char *rfc3339, long long now_ms);

#endif
