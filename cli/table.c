#include "cli/table.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct table {
    size_t columns, rows, capacity;
    char *(*cells)[TABLE_COLUMNS_MAX];
};

struct table *table_new(const char *const *headings, size_t columns)
{
    struct table *table = xcalloc(1, sizeof(*table));
    table->columns = columns;
    table_add(table, headings);
    return table;
}

void table_add(struct table *table, const char *const *cells)
{
    if (table->rows == table->capacity) {
        table->capacity = table->capacity * 2 + 16;
        table->cells = xreallocarray(table->cells, table->capacity, sizeof(*table->cells));
    }
    for (size_t i = 0; i < table->columns; i++)
        table->cells[table->rows][i] = xstrdup(cells[i] != NULL ? cells[i] : "");
    table->rows++;
}

static size_t width_of(const struct table *table, size_t column)
{
    size_t width = 0;
    for (size_t row = 0; row < table->rows; row++) {
        size_t len = strlen(table->cells[row][column]);
        width = len > width ? len : width;
    }
    return width;
}

void table_print(const struct table *table, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < table->columns; i++)
        widths[i] = width_of(table, i);
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i + 1 < table->columns; i++)
            fprintf(out, "%-*s  ", (int)widths[i], table->cells[row][i]);
        fprintf(out, "%s\n", table->cells[row][table->columns - 1]);
    }
}

void table_free(struct table *table)
{
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->columns; i++)
            free(table->cells[row][i]);
    }
    free(table->cells);
    free(table);
}

void table_age(char *out, size_t size, const char *rfc3339, long long now_ms)
{
    struct tm parts = {0};

    if (rfc3339 == NULL || strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &parts) == NULL) {
        snprintf(out, size, "-");
        return;
    }
    long long seconds = now_ms / 1000 - (long long)timegm(&parts);
    if (seconds < 0)
        seconds = 0;
    if (seconds < 120)
        snprintf(out, size, "%llds ago", seconds);
    else if (seconds < 7200)
        snprintf(out, size, "%lldm ago", seconds / 60);
    else if (seconds < 172800)
        snprintf(out, size, "%lldh ago", seconds / 3600);
    else
        snprintf(out, size, "%lldd ago", seconds / 86400);
}
