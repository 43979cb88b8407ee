/* Redis' protocol: commands written, replies read in any pieces, bounds. */
#include "testing.h"

#include "base/memory.h"
#include "store/resp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void commands_are_binary_safe(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(100);
    resp_count(&out, 3);
    resp_text(&out, "SET");
    resp_word(&out, slice_of("a\0\r\n", 4));
    resp_word(&out, slice_of(NULL, 0));
    static const char expected[] = "*3\r\n$3\r\nSET\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n";
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);
}

static void feed_text(struct resp_reader *reader, const char *text)
{
    resp_reader_feed(reader, slice_text(text));
}

static struct store_reply *expect_reply(struct resp_reader *reader)
{
    struct store_reply *reply = NULL;
    struct error err = ERROR_INIT;
    if (resp_reader_next(reader, &reply, &err) != 1)
        fail_msg("no reply: %s", err.message);
    return reply;
}

static void expect_nothing(struct resp_reader *reader)
{
    struct store_reply *reply = NULL;
    assert_int_equal(resp_reader_next(reader, &reply, NULL), 0);
    assert_null(reply);
}

static void expect_failure(struct resp_reader *reader, enum error_code code)
{
    struct store_reply *reply = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(resp_reader_next(reader, &reply, &err), -1);
    assert_null(reply);
    assert_int_equal(err.code, code);
}

static void accessors_by_type(void **state)
{
    struct resp_reader *reader = resp_reader_new();
    feed_text(reader, "*7\r\n+OK\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*1\r\n:1\r\n-ERR x\r\n");
    struct store_reply *reply = expect_reply(reader);
    static const enum store_reply_type types[] = {
        STORE_STATUS, STORE_INTEGER, STORE_STRING, STORE_NIL, STORE_NIL, STORE_ARRAY, STORE_ERROR};
    assert_int_equal(store_reply_type(reply), STORE_ARRAY);
    assert_int_equal(store_reply_count(reply), 7);
    for (size_t i = 0; i < 7; i++) {
        const struct store_reply *at = store_reply_at(reply, i);
        bool text = types[i] == STORE_STATUS || types[i] == STORE_STRING || types[i] == STORE_ERROR;
        assert_int_equal(store_reply_type(at), types[i]);
        assert_true((store_reply_string(at).len > 0) == text);
        assert_int_equal(store_reply_integer(at), types[i] == STORE_INTEGER ? -7 : 0);
        assert_int_equal(store_reply_count(at), types[i] == STORE_ARRAY ? 1 : 0);
    }
    assert_true(slice_equal(store_reply_string(store_reply_at(reply, 2)), slice_text("a\r\n")));
    assert_null(store_reply_at(reply, 7));
    assert_null(store_reply_at(store_reply_at(reply, 0), 0));
    assert_int_equal(store_reply_string(reply).len, 0);
    resp_reply_free(reply);
    resp_reader_free(reader);
}

static void one_byte_at_a_time(void **state)
{
    static const char stream[] = "+PONG\r\n*2\r\n$3\r\nabc\r\n*1\r\n:12\r\n$0\r\n\r\n-ERR no\r\n";
    struct resp_reader *reader = resp_reader_new();
    int replies = 0;
    for (size_t i = 0; i < sizeof(stream) - 1; i++) {
        struct store_reply *reply = NULL;
        resp_reader_feed(reader, slice_of(stream + i, 1));
        int got = resp_reader_next(reader, &reply, NULL);
        assert_true(got >= 0);
        replies += got;
        resp_reply_free(reply);
    }
    assert_int_equal(replies, 4);
    resp_reader_free(reader);
}

static void many_replies_at_once(void **state)
{
    struct resp_reader *reader = resp_reader_new();
    feed_text(reader, ":1\r\n:2\r\n:3\r\n:");
    for (int i = 1; i <= 3; i++) {
        struct store_reply *reply = expect_reply(reader);
        assert_int_equal(store_reply_integer(reply), i);
        resp_reply_free(reply);
    }
    expect_nothing(reader);
    resp_reader_free(reader);
}

static void not_resp(void **state)
{
    static const char *const bad[] = {
        "HTTP/1.1 400 Bad Request\r\n", "*x\r\n", "$-2\r\n", ":12x\r\n", "*-2\r\n",
        "$99999999999999999999\r\n"};
    for (size_t i = 0; i < array_size(bad); i++) {
        struct resp_reader *reader = resp_reader_new();
        feed_text(reader, bad[i]);
        expect_failure(reader, ERROR_CORRUPT);
        expect_failure(reader, ERROR_CORRUPT); /* and it stays so */
        resp_reader_free(reader);
    }
}

/* Five bytes that announce gigabytes must not allocate them. */
static void announced_elements_are_bounded(void **state)
{
    static const char *const bad[] = {"*1048577\r\n", "*2147483647\r\n", "*2\r\n*1048575\r\n",
                                      "*1048576\r\n*1\r\n"};
    for (size_t i = 0; i < array_size(bad); i++) {
        struct resp_reader *reader = resp_reader_new();
        feed_text(reader, bad[i]);
        expect_failure(reader, ERROR_CORRUPT);
        resp_reader_free(reader);
    }
    struct resp_reader *reader = resp_reader_new();
    for (int i = 0; i < 3; i++) { /* each reply has the whole bound */
        feed_text(reader, "*1048576\r\n");
        for (int j = 0; j < 1048576 / 16; j++)
            feed_text(reader, ":1\r\n:2\r\n:3\r\n:4\r\n:1\r\n:2\r\n:3\r\n:4\r\n"
                              ":1\r\n:2\r\n:3\r\n:4\r\n:1\r\n:2\r\n:3\r\n:4\r\n");
        struct store_reply *reply = expect_reply(reader);
        assert_int_equal(store_reply_count(reply), 1048576);
        resp_reply_free(reply);
    }
    resp_reader_free(reader);
}

static void bytes_are_bounded(void **state)
{
    const size_t piece_size = (size_t)1 << 20;
    _cleanup_free_ char *piece = xcalloc(1, piece_size);
    struct resp_reader *reader = resp_reader_new();
    feed_text(reader, "$500000000\r\n");
    for (size_t i = 0; i < RESP_REPLY_MAX / piece_size - 1; i++) {
        resp_reader_feed(reader, slice_of(piece, piece_size));
        expect_nothing(reader);
    }
    resp_reader_feed(reader, slice_of(piece, piece_size));
    expect_failure(reader, ERROR_LIMIT);
    resp_reader_free(reader);
}

static struct resp_reader *reader_of_nested(int depth)
{
    struct resp_reader *reader = resp_reader_new();
    for (int i = 0; i < depth; i++)
        feed_text(reader, "*1\r\n");
    feed_text(reader, ":1\r\n");
    return reader;
}

static void depth_is_bounded(void **state)
{
    static const int too_deep[] = {8, 9, 20, 100000};
    struct resp_reader *reader = reader_of_nested(RESP_DEPTH_MAX);
    resp_reply_free(expect_reply(reader));
    resp_reader_free(reader);
    for (size_t i = 0; i < array_size(too_deep); i++) {
        reader = reader_of_nested(too_deep[i]);
        expect_failure(reader, ERROR_CORRUPT);
        resp_reader_free(reader);
    }
}

static void freed_in_the_middle(void **state)
{
    struct resp_reader *reader = resp_reader_new();
    feed_text(reader, "*3\r\n$3\r\nabc\r\n*2\r\n:1\r\n");
    expect_nothing(reader);
    resp_reader_free(reader);
    resp_reader_free(NULL);
    resp_reply_free(NULL);
}

static void codes_of_errors(void **state)
{
    static const struct {
        const char *line;
        enum error_code code;
    } known[] = {
        {"-WRONGPASS invalid\r\n", ERROR_DENIED},      {"-NOAUTH x\r\n", ERROR_DENIED},
        {"-LOADING Redis\r\n", ERROR_UNAVAILABLE},     {"-READONLY x\r\n", ERROR_UNAVAILABLE},
        {"-OOM command not\r\n", ERROR_LIMIT},         {"-WRONGTYPE x\r\n", ERROR_CONFLICT},
        {"-ERR unknown command\r\n", ERROR_INVALID},   {"-\r\n", ERROR_INVALID},
        {"-NOSCRIPT No matching\r\n", ERROR_NOT_FOUND}};
    struct resp_reader *reader = resp_reader_new();
    for (size_t i = 0; i < array_size(known); i++) {
        struct error err = ERROR_INIT;
        feed_text(reader, known[i].line);
        struct store_reply *reply = expect_reply(reader);
        assert_true(resp_reply_is_error(reply, &err));
        assert_int_equal(err.code, known[i].code);
        assert_int_equal(err.retriable, known[i].code == ERROR_UNAVAILABLE);
        resp_reply_free(reply);
    }
    feed_text(reader, "+OK\r\n");
    struct store_reply *fine = expect_reply(reader);
    assert_false(resp_reply_is_error(fine, NULL));
    resp_reply_free(fine);
    resp_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_binary_safe),
        cmocka_unit_test(accessors_by_type),
        cmocka_unit_test(one_byte_at_a_time),
        cmocka_unit_test(many_replies_at_once),
        cmocka_unit_test(not_resp),
        cmocka_unit_test(announced_elements_are_bounded),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(freed_in_the_middle),
        cmocka_unit_test(codes_of_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
