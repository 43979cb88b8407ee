#include "base/buf.h"

#include "testing.h"

#include <stdlib.h>
#include <string.h>

static void empty_has_text(void **state)
{
    struct buf buf = BUF_INIT(0);
    char *text;

    assert_string_equal(buf_text(&buf), "");
    buf_append(&buf, NULL, 0);
    buf_puts(&buf, "");
    assert_null(buf.data);
    text = buf_take_text(&buf);
    assert_string_equal(text, "");
    free(text);
    buf_free(&buf);
}

static void appends_and_keeps_a_nul(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(0);

    buf_puts(&buf, "ab");
    buf_putc(&buf, 'c');
    buf_printf(&buf, "%d-%s", 42, "x");
    buf_append_slice(&buf, slice_of("\0z", 2));
    assert_int_equal(buf.len, 9);
    assert_memory_equal(buf.data, "abc42-x\0z", 9);
    assert_int_equal(strlen(buf_text(&buf)), 7);
}

static void fills_to_the_bound_exactly(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(100);

    for (int i = 0; i < 100; i++)
        buf_putc(&buf, 'a');
    assert_false(buf.overflow);
    assert_int_equal(buf.len, 100);
    assert_true(buf.cap <= 101);
    buf_putc(&buf, 'b');
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 100);
    assert_int_equal(strlen(buf_text(&buf)), 100);
}

static void drops_writes_past_the_bound_whole(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(4);

    buf_puts(&buf, "abc");
    buf_puts(&buf, "de");
    assert_true(buf.overflow);
    buf_puts(&buf, "f"); /* would fit, but something before it is missing */
    buf_printf(&buf, "%s", "g");
    assert_string_equal(buf_text(&buf), "abc");
    buf_clear(&buf);
    assert_false(buf.overflow);
    buf_puts(&buf, "wxyz");
    assert_string_equal(buf_text(&buf), "wxyz");
    assert_false(buf.overflow);
}

static void refuses_absurd_lengths(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(SIZE_MAX);

    buf_puts(&buf, "a");
    buf_append(&buf, "x", SIZE_MAX);
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 1);
}

static void default_bound_holds(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(0);
    char *block = calloc(1, BUF_MAX_DEFAULT);

    buf_append(&buf, block, BUF_MAX_DEFAULT);
    assert_false(buf.overflow);
    buf_append(&buf, block, 1);
    assert_true(buf.overflow);
    free(block);
}

static void lowered_bound_is_no_underflow(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(10);

    buf_puts(&buf, "12345678");
    buf.max = 4;
    buf_putc(&buf, '9');
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 8);
}

static void consumes_from_the_front(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(0);

    buf_puts(&buf, "hello world");
    buf_consume(&buf, 6);
    assert_string_equal(buf_text(&buf), "world");
    buf_consume(&buf, 0);
    assert_string_equal(buf_text(&buf), "world");
    buf_consume(&buf, 100);
    assert_string_equal(buf_text(&buf), "");
    buf_consume(&buf, 1);
    assert_int_equal(buf.len, 0);
}

static void taken_text_leaves_an_empty_buf(void **state)
{
    _cleanup_buf_ struct buf buf = BUF_INIT(20);
    char *text;

    buf_puts(&buf, "mine");
    text = buf_take_text(&buf);
    assert_string_equal(text, "mine");
    assert_null(buf.data);
    assert_int_equal(buf.max, 20);
    buf_puts(&buf, "again");
    assert_string_equal(buf_text(&buf), "again");
    free(text);
}

static void slices_compare(void **state)
{
    assert_true(slice_equal(slice_of(NULL, 0), slice_text("")));
    assert_true(slice_equal(slice_text("ab"), slice_of("abc", 2)));
    assert_false(slice_equal(slice_text("ab"), slice_text("ac")));
    assert_false(slice_equal(slice_text("ab"), slice_text("abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_has_text),
        cmocka_unit_test(appends_and_keeps_a_nul),
        cmocka_unit_test(fills_to_the_bound_exactly),
        cmocka_unit_test(drops_writes_past_the_bound_whole),
        cmocka_unit_test(refuses_absurd_lengths),
        cmocka_unit_test(default_bound_holds),
        cmocka_unit_test(lowered_bound_is_no_underflow),
        cmocka_unit_test(consumes_from_the_front),
        cmocka_unit_test(taken_text_leaves_an_empty_buf),
        cmocka_unit_test(slices_compare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
