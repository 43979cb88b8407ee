/* URLs of Redis servers. */
#include "testing.h"

#include "base/memory.h"
#include "store/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static void paths(void **state)
{
    struct store_address address;
    struct sockaddr_un path;
    assert_int_equal(store_address_parse("unix:///run/redis.sock", &address, NULL), 0);
    memcpy(&path, &address.socket, sizeof(path));
    assert_int_equal(path.sun_family, AF_UNIX);
    assert_string_equal(path.sun_path, "/run/redis.sock");
    assert_true(address.socket_len > 0);
}

static void lengths_of_paths(void **state)
{
    struct store_address address;
    _cleanup_free_ char *longest = xasprintf("unix:///%0106d", 1);
    _cleanup_free_ char *too_long = xasprintf("unix:///%0107d", 1);
    assert_int_equal(store_address_parse(longest, &address, NULL), 0);
    assert_int_equal(store_address_parse(too_long, &address, NULL), -1);
}

static void assert_host(const char *url, const char *host, int port, int family)
{
    struct store_address address;
    if (store_address_parse(url, &address, NULL) < 0)
        fail_msg("refused: %s", url);
    assert_string_equal(address.host, host);
    assert_int_equal(address.port, port);
    assert_int_equal(address.socket.ss_family, family);
    assert_true((address.socket_len > 0) == (family != AF_UNSPEC));
}

static void hosts(void **state)
{
    assert_host("redis://localhost:6380", "localhost", 6380, AF_UNSPEC);
    assert_host("redis://redis.example", "redis.example", 6379, AF_UNSPEC);
    assert_host("redis://127.0.0.1:1", "127.0.0.1", 1, AF_INET);
    assert_host("redis://[::1]:65535", "::1", 65535, AF_INET6);
    assert_host("redis://[2001:db8::1]", "2001:db8::1", 6379, AF_INET6);
}

static void ports_are_in_network_order(void **state)
{
    struct store_address address;
    struct sockaddr_in v4;
    assert_int_equal(store_address_parse("redis://127.0.0.1:258", &address, NULL), 0);
    memcpy(&v4, &address.socket, sizeof(v4));
    assert_int_equal(ntohs(v4.sin_port), 258);
    assert_int_equal(ntohl(v4.sin_addr.s_addr), INADDR_LOOPBACK);
}

static void bad_urls(void **state)
{
    static const char *const bad[] = {"",
                                      "localhost:6379",
                                      "rediss://host",
                                      "unix://",
                                      "unix://relative",
                                      "redis://",
                                      "redis://:6379",
                                      "redis://host:",
                                      "redis://host:0",
                                      "redis://host:65536",
                                      "redis://host:6379/0",
                                      "redis://host:63 79",
                                      "redis://[::1",
                                      "redis://[::1]x",
                                      "redis://[]:1",
                                      "redis://::1"};
    for (size_t i = 0; i < array_size(bad); i++) {
        struct store_address address;
        struct error err = ERROR_INIT;
        if (store_address_parse(bad[i], &address, &err) == 0)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void long_host(void **state)
{
    struct store_address address;
    _cleanup_free_ char *longest = xasprintf("redis://%0255d:1", 1);
    _cleanup_free_ char *too_long = xasprintf("redis://%0256d:1", 1);
    assert_int_equal(store_address_parse(longest, &address, NULL), 0);
    assert_int_equal(store_address_parse(too_long, &address, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),    cmocka_unit_test(lengths_of_paths),
        cmocka_unit_test(hosts),    cmocka_unit_test(ports_are_in_network_order),
        cmocka_unit_test(bad_urls), cmocka_unit_test(long_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
