/* Runs a fuzz target over every file of the folders given, so that what the fuzzer once found is
 * tried in every build, with any compiler. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)4 << 20)

static int replay_file(const char *path)
{
    uint8_t *all = malloc(INPUT_MAX), *exact;
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!all || !file) {
        perror(path);
        exit(1);
    }
    size = fread(all, 1, INPUT_MAX, file);
    fclose(file);
    exact = malloc(size ? size : 1); /* of the exact size, so that ASan sees reads past the end */
    if (!exact)
        exit(1);
    memcpy(exact, all, size);
    free(all);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;

    if (!folder) {
        perror(path);
        exit(1);
    }
    while ((entry = readdir(folder))) {
        char file[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        count += replay_file(file);
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;

    LLVMFuzzerTestOneInput(NULL, 0);
    for (int i = 1; i < argc; i++)
        count += replay_folder(argv[i]);
    printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
