/* A queue of librdkafka on the loop.
 *
 * The descriptor fires only when the queue was empty. So it is read first and the queue is drained
 * after: what comes in between fires again. Whoever stops before the queue is empty has to come
 * back by himself.
 */
#include "bus/kafka.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int kafka_port_open(struct kafka_port *port, struct loop *loop, rd_kafka_queue_t *queue,
                    loop_fn *fn, void *arg, struct error *err)
{
    static const uint64_t one = 1;
    ssize_t len;
    port->queue = queue;
    port->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (port->fd < 0) {
        error_errno(err, errno, "cannot make an eventfd");
        rd_kafka_queue_destroy(queue);
        port->queue = NULL;
        return -1;
    }
    rd_kafka_queue_io_event_enable(queue, port->fd, &one, sizeof(one));
    /* What came before that has fired nothing: a handle whose brokers are down says so at once. */
    len = write(port->fd, &one, sizeof(one));
    (void)len; /* an eventfd at 0 has room */
    port->watch = watch_new(loop, port->fd, WATCH_READ, fn, arg);
    return 0;
}

void kafka_port_acknowledge(const struct kafka_port *port)
{
    uint64_t count;
    ssize_t len = read(port->fd, &count, sizeof(count));
    (void)len; /* nothing to read is fine */
}

void kafka_port_unwatch(struct kafka_port *port)
{
    watch_free(port->watch);
    port->watch = NULL;
}

void kafka_port_close(struct kafka_port *port)
{
    if (port->queue == NULL)
        return;
    /* Before the descriptor's number can mean something else. */
    rd_kafka_queue_io_event_enable(port->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(port->queue);
    port->queue = NULL;
    close(port->fd);
}
