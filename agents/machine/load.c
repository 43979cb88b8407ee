#include "machine/load.h"

#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define TCP_ESTABLISHED_HEX 0x01u

uint64_t load_count_connections(const char *text, uint16_t port)
{
    uint64_t count = 0;

    for (const char *line = strchr(text, '\n'); line != NULL; line = strchr(line, '\n')) {
        unsigned local_port, state;
        line++;
        if (sscanf(line, " %*u: %*8x:%4x %*8x:%*4x %2x", &local_port, &state) == 2 &&
            local_port == port && state == TCP_ESTABLISHED_HEX)
            count++;
    }
    return count;
}

bool load_parse_stat(const char *stat, uint64_t *ret_ticks, uint64_t *ret_rss_pages)
{
    /* The command name may hold anything, spaces and parentheses included: fields follow the last
     * ")" (proc(5)). */
    const char *fields = strrchr(stat, ')');
    uint64_t user, system;
    int64_t child_user, child_system, rss;

    if (fields == NULL)
        return false;
    int found = sscanf(fields + 1,
                       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
                       " %" SCNd64 " %" SCNd64 " %*d %*d %*d %*d %*u %*u %" SCNd64,
                       &user, &system, &child_user, &child_system, &rss);
    if (found != 5 || child_user < 0 || child_system < 0 || rss < 0)
        return false;
    *ret_ticks = user + system + (uint64_t)child_user + (uint64_t)child_system;
    *ret_rss_pages = (uint64_t)rss;
    return true;
}

static void add_process(const char *pid, struct load *load)
{
    struct buf text = BUF_INIT(8192);
    char path[64];
    uint64_t ticks, pages;

    snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
    if (file_read(path, 8000, &text, NULL) == 0 && load_parse_stat(buf_text(&text), &ticks, &pages)) {
        load->cpu_us += ticks * UINT64_C(1000000) / (uint64_t)sysconf(_SC_CLK_TCK);
        load->memory_bytes += pages * (uint64_t)sysconf(_SC_PAGESIZE);
    }
    buf_free(&text);
}

static void read_processes(struct load *load)
{
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (isdigit((unsigned char)entry->d_name[0]))
            add_process(entry->d_name, load);
    }
    closedir(folder);
}

void load_read(const struct machine_config *config, struct load *ret)
{
    struct buf text = BUF_INIT((size_t)4 << 20);
    struct statvfs volume;

    *ret = (struct load){0};
    read_processes(ret);
    if (statvfs(config->volume_folder, &volume) == 0)
        ret->volume_used_bytes = (volume.f_blocks - volume.f_bfree) * volume.f_frsize;
    ret->volume_total_bytes = (uint64_t)config->volume_cap_bytes;
    if (file_read("/proc/net/tcp", (size_t)4 << 20, &text, NULL) == 0)
        ret->connections = load_count_connections(buf_text(&text), (uint16_t)config->port);
    buf_free(&text);
}
