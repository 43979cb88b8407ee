/* The event loop of a program: one thread, one loop, on libevent.
 *
 * Timers, descriptors, signals and deferred calls. Every callback runs on the loop's thread, never
 * from inside the call that armed it. Objects may be freed from any callback, their own included.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct event_base;

struct loop *loop_new(void);
void loop_free(struct loop *loop); /* runs the deferred calls that are left, then frees */
void loop_run(struct loop *loop);  /* until loop_stop() */
void loop_stop(struct loop *loop); /* ends loop_run() after the current callback */
struct event_base *loop_base(struct loop *loop); /* for *_ev.c files and lib/ */

/* Monotonic milliseconds, taken once per turn of the loop: what pure code is handed as `now`. */
int64_t loop_now_ms(struct loop *loop);

typedef void loop_fn(void *arg);

/* Runs `fn` once at the end of this turn of the loop, in the order of the calls. */
void loop_defer(struct loop *loop, loop_fn *fn, void *arg);

/* A one-shot timer that can be set again. Setting it replaces the earlier time. */
struct timer;
struct timer *timer_new(struct loop *loop, loop_fn *fn, void *arg);
void timer_set(struct timer *timer, int64_t delay_ms);
void timer_clear(struct timer *timer);
bool timer_is_set(const struct timer *timer);
void timer_free(struct timer *timer); /* NULL is fine */

/* Calls `fn` whenever `fd` is readable (or writable); level-triggered. Does not own `fd`. */
enum watch_for { WATCH_READ = 1, WATCH_WRITE = 2 };
struct watch;
struct watch *watch_new(struct loop *loop, int fd, unsigned watch_for, loop_fn *fn, void *arg);
void watch_enable(struct watch *watch, bool enabled); /* enabled when made */
void watch_free(struct watch *watch);

/* Calls `fn` for each delivery of the signal, on the loop. */
struct signal_watch;
struct signal_watch *signal_watch_new(struct loop *loop, int signal_number, loop_fn *fn, void *arg);
void signal_watch_free(struct signal_watch *watch);

#endif
