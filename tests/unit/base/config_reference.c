#include "base/config.h"

#include "example_config.h"
#include "testing.h"

#include <string.h>

static void prints_every_option(void **state)
{
    _cleanup_buf_ struct buf page = BUF_INIT(0);
    const char *const wanted[] = {
        "## [server]\n\n| option | value | default | environment variable | about |\n",
        "| `name` | text | `leat` | `LEAT_SERVER_NAME` | Name a\\|b. |\n",
        "| `socket-path` | an absolute path | unset | `LEAT_SERVER_SOCKET_PATH` | Socket. |\n",
        "| `port` | a whole number from 1 to 65535 | `443` | `LEAT_SERVER_PORT` | Port. |\n",
        "\n## [build]\n",
        "| `timeout` | a duration from 1s to 2h | `90s` | `LEAT_BUILD_TIMEOUT` | Deadline. |\n",
        "| `cache` | a size from 0 to 1TiB | `2GiB` |",
        "| `mode` | one of fast, safe | `safe` |",
        "| `password` | text | required | `LEAT_BUILD_PASSWORD` | Secret word. Secret: never",
    };

    config_print_reference(&example_table, &page);
    for (size_t i = 0; i < array_size(wanted); i++) {
        if (!strstr(buf_text(&page), wanted[i]))
            fail_msg("missing: %s\nin: %s", wanted[i], buf_text(&page));
    }
    assert_int_equal(strncmp(buf_text(&page), "## [server]", 11), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(prints_every_option)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
