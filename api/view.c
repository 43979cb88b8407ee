#include "api/view_internal.h"

#include "api/view_scripts.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#define BUILDS_MAX            "100000"
#define BUILDS_OF_PROJECT_MAX "10000"
#define GONE_MACHINES_MAX     "200"
#define ASKED_SECONDS         "86400"
#define WRITE_WORDS           7

struct view *view_new(struct store *store, const char *topic_prefix, int32_t partition,
                      loop_fn *missing, void *arg)
{
    struct view *view = xcalloc(1, sizeof(*view));

    view->store = store;
    view->prefix = xstrdup(topic_prefix);
    view->missing = missing;
    view->missing_arg = arg;
    view->write = store_script_new(view_script_write);
    view->build = store_script_new(view_script_build);
    view->machine = store_script_new(view_script_machine);
    view->builds = store_script_new(view_script_builds);
    view->machines = store_script_new(view_script_machines);
    key_prefix(view->key_prefix, topic_prefix);
    for (size_t i = 0; i < ARCH_COUNT; i++)
        key_position(view->positions[i], topic_prefix, (enum arch)(i + 1), partition);
    return view;
}

void view_free(struct view *view)
{
    if (view == NULL)
        return;
    store_script_free(view->write);
    store_script_free(view->build);
    store_script_free(view->machine);
    store_script_free(view->builds);
    store_script_free(view->machines);
    free(view->prefix);
    free(view);
}

/* --- reading in general --- */

int view_eval(struct view *view, struct store_script *script, const char *const *keys,
              size_t key_count, const char *argument, store_reply_fn *answered,
              struct view_call *call, struct error *err)
{
    struct slice key_words[ARCH_COUNT + 2];
    struct slice arguments[] = {slice_text(view->key_prefix),
                                slice_text(argument != NULL ? argument : "")};
    size_t count = 0;

    call->view = view;
    for (size_t i = 0; i < ARCH_COUNT; i++)
        key_words[count++] = slice_text(view->positions[i]);
    for (size_t i = 0; i < key_count && count < array_size(key_words); i++)
        key_words[count++] = slice_text(keys[i]);
    int result = store_eval(view->store, script, key_words, count, arguments,
                            argument != NULL ? 2 : 1, answered, call, err);
    if (result < 0)
        free(call);
    return result;
}

struct view_state view_take_state(struct view *view, const struct store_reply *reply)
{
    struct view_state state = {0};
    bool missing = false;

    for (size_t i = 0; i < ARCH_COUNT; i++) {
        const struct store_reply *element = store_reply_at(reply, i);
        struct projection_position position;
        if (element == NULL || !projection_position_parse(store_reply_string(element), &position))
            missing = true;
        else
            state.complete[i] = position.next >= position.target;
    }
    if (missing)
        view->missing(view->missing_arg);
    return state;
}

/* --- what was asked for --- */

void view_note_asked(struct view *view, const char *build, const char *project,
                     const enum arch *archs, size_t arch_count)
{
    char key[KEY_SIZE], text[128];
    int len = snprintf(text, sizeof(text), "%s ", project);

    for (size_t i = 0; i < arch_count && len > 0 && (size_t)len < sizeof(text); i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len, "%s%s", i > 0 ? "," : "",
                        arch_name(archs[i]));
    const struct slice words[] = {slice_text("SET"),
                                  slice_text(key_of(key, view->prefix, "asked", build)),
                                  slice_text(text), slice_text("EX"), slice_text(ASKED_SECONDS)};
    store_command(view->store, words, array_size(words), NULL, NULL, NULL);
}

void view_tell_missing(struct view *view)
{
    char channel[KEY_SIZE];
    const struct slice words[] = {slice_text("PUBLISH"),
                                  slice_text(key_channel(channel, view->prefix)), slice_text("!")};

    store_command(view->store, words, array_size(words), NULL, NULL, NULL);
}

/* --- positions --- */

static void position_read(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct view_call *call = arg;
    struct projection_position position;
    struct error problem;

    if (err != NULL) {
        call->done.position(call->arg, NULL, err);
    } else if (store_reply_type(reply) == STORE_NIL) {
        call->done.position(call->arg, NULL, NULL);
    } else if (projection_position_parse(store_reply_string(reply), &position)) {
        call->done.position(call->arg, &position, NULL);
    } else {
        error_set(&problem, ERROR_CORRUPT, "the position in Redis is not one");
        call->done.position(call->arg, NULL, &problem);
    }
    free(call);
}

int view_read_position(struct view *view, enum arch arch, int32_t partition, view_position_fn *done,
                       void *arg, struct error *err)
{
    struct view_call *call = xcalloc(1, sizeof(*call));
    char key[KEY_SIZE];
    const struct slice words[] = {slice_text("GET"),
                                  slice_text(key_position(key, view->prefix, arch, partition))};

    call->done.position = done;
    call->arg = arg;
    int result = store_command(view->store, words, array_size(words), position_read, call, err);
    if (result < 0)
        free(call);
    return result;
}

/* --- writing --- */

static void written(void *arg, const struct store_reply *reply, const struct error *err)
{
    struct view_call *call = arg;

    if (err != NULL)
        call->done.write(call->arg, VIEW_FAILED, err);
    else if (store_reply_type(reply) == STORE_INTEGER)
        call->done.write(call->arg, VIEW_WRITTEN, NULL);
    else
        call->done.write(call->arg, VIEW_REFUSED, NULL);
    free(call);
}

int view_write(struct view *view, enum arch arch, int32_t partition,
               const struct projection_position *before, const struct projection_position *after,
               const struct view_batch *batch, view_write_fn *done, void *arg, struct error *err)
{
    char key[KEY_SIZE], channel[KEY_SIZE];
    char old_text[PROJECTION_POSITION_SIZE] = "", new_text[PROJECTION_POSITION_SIZE];
    struct slice key_word = slice_text(key_position(key, view->prefix, arch, partition));
    _cleanup_free_ struct slice *words = xcalloc(WRITE_WORDS + batch->word_count, sizeof(*words));
    struct view_call *call = xcalloc(1, sizeof(*call));

    if (before != NULL)
        projection_position_format(before, old_text);
    words[0] = slice_text(old_text);
    words[1] = slice_text(projection_position_format(after, new_text));
    words[2] = slice_text(view->key_prefix);
    words[3] = slice_text(key_channel(channel, view->prefix));
    words[4] = slice_text(BUILDS_MAX);
    words[5] = slice_text(BUILDS_OF_PROJECT_MAX);
    words[6] = slice_text(GONE_MACHINES_MAX);
    view_batch_words(batch, words + WRITE_WORDS);
    call->done.write = done;
    call->arg = arg;
    int result = store_eval(view->store, view->write, &key_word, 1, words,
                            WRITE_WORDS + batch->word_count, written, call, err);
    if (result < 0)
        free(call);
    return result;
}
