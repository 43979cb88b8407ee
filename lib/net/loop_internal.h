/* What lib/net's own files share of the loop. */
#ifndef NET_LOOP_INTERNAL_H
#define NET_LOOP_INTERNAL_H

/* Priorities of libevent, of which the middle one is the default. What is first runs right after the
 * callback that asked for it; what was deferred runs after every event of the turn, also those that
 * libevent itself has put off to the end of the turn. */
enum { PRIORITY_FIRST, PRIORITY_EVENTS, PRIORITY_DEFERRED, PRIORITIES };

#endif
