/* Lua scripts by their hash.
 *
 * The first use on a connection loads the script ahead of its call, so that commands keep their
 * order; Redis answers with the hash. NOSCRIPT comes only when the scripts of a live connection's
 * server were flushed.
 */
#include "base/memory.h"
#include "base/text.h"
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

struct store_script *store_script_new(const char *source)
{
    struct store_script *script = xcalloc(1, sizeof(*script));
    script->source = xstrdup(source);
    script->references = 1;
    return script;
}

void store_script_free(struct store_script *script)
{
    if (script == NULL || --script->references > 0)
        return;
    free(script->source);
    free(script);
}

static struct store_script *reference(struct store_script *script)
{
    script->references++;
    return script;
}

/* An error is not looked at: the call itself gets the same one. */
static void on_loaded(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct store_script *script = arg;
    if (err == NULL && store_reply_string(reply).len == sizeof(script->hash) - 1)
        memcpy(script->hash, store_reply_string(reply).data, sizeof(script->hash) - 1);
    store_script_free(script);
}

static void load(struct store *store, struct store_script *script)
{
    const struct slice words[] = {slice_text("SCRIPT"), slice_text("LOAD"),
                                  slice_text(script->source)};
    if (script->connection == store->connection_id)
        return;
    if (store_command(store, words, array_size(words), on_loaded, script, NULL) < 0)
        return;
    reference(script);
    script->connection = store->connection_id;
}

/* EVALSHA <hash> or EVAL <source>, and then the words that both have. */
static void write_call(struct buf *command, const struct store_request *request, bool whole)
{
    const struct store_script *script = request->script;
    resp_count(command, request->word_count + 2);
    resp_text(command, whole ? "EVAL" : "EVALSHA");
    resp_text(command, whole ? script->source : script->hash);
    buf_append_slice(command, buf_slice(&request->words));
    command->overflow |= request->words.overflow;
}

static struct store_request *make_request(struct store_script *script, const struct slice *keys,
                                          size_t key_count, const struct slice *args,
                                          size_t arg_count)
{
    struct store_request *request = xcalloc(1, sizeof(*request));
    char number[24];
    _cleanup_buf_ struct buf text = BUF_INIT(sizeof(number));
    request->script = reference(script);
    request->words = BUF_INIT(STORE_COMMAND_MAX);
    request->word_count = 1 + key_count + arg_count;
    buf_printf(&text, "%zu", key_count);
    resp_word(&request->words, buf_slice(&text));
    for (size_t i = 0; i < key_count; i++)
        resp_word(&request->words, keys[i]);
    for (size_t i = 0; i < arg_count; i++)
        resp_word(&request->words, args[i]);
    return request;
}

int store_eval(struct store *store, struct store_script *script, const struct slice *keys,
               size_t key_count, const struct slice *args, size_t arg_count, store_reply_fn *done,
               void *arg, struct error *err)
{
    _cleanup_buf_ struct buf command = BUF_INIT(STORE_COMMAND_MAX);
    struct store_request *request = make_request(script, keys, key_count, args, arg_count);
    if (store_is_connected(store))
        load(store, script);
    write_call(&command, request, script->hash[0] == '\0');
    if (store_check_room(store, &command, err) < 0) {
        store_request_free(request);
        return -1;
    }
    request->done = done;
    request->arg = arg;
    store_send(store, buf_slice(&command), request);
    return 0;
}

bool store_script_resend(struct store *store, struct store_request *request,
                         const struct store_reply *reply)
{
    _cleanup_buf_ struct buf command = BUF_INIT(STORE_COMMAND_MAX);
    struct slice text = store_reply_string(reply);
    if (request->script == NULL || store_reply_type(reply) != STORE_ERROR ||
        !text_starts_with((const char *)text.data, "NOSCRIPT"))
        return false;
    write_call(&command, request, true);
    if (store_check_room(store, &command, NULL) < 0)
        return false;
    store_script_free(take_pointer(request->script)); /* a second NOSCRIPT is the script's own */
    store_send(store, buf_slice(&command), request);
    return true;
}
