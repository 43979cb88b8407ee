/* Threads for the questions that librdkafka 2.0 answers only to who waits: metadata of topics and
 * the ends of partitions. A few, started as they are needed, so that one partition without a leader
 * does not hold up the others.
 */
#include "bus/kafka.h"

#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int kafka_start_thread(pthread_t *ret, void *(*fn)(void *), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(ret, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result == 0 ? 0 : -1;
}

struct kafka_pool *kafka_pool_new(struct error *err)
{
    struct kafka_pool *pool = xcalloc(1, sizeof(*pool));
    pthread_condattr_t monotonic;
    pool->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->fd < 0) {
        error_errno(err, errno, "cannot make an eventfd");
        free(pool);
        return NULL;
    }
    TAILQ_INIT(&pool->waiting);
    TAILQ_INIT(&pool->done);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return pool;
}

static struct kafka_job *take_waiting(struct kafka_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->idle++;
    while (!pool->stopping && TAILQ_EMPTY(&pool->waiting))
        pthread_cond_wait(&pool->wake, &pool->mutex);
    pool->idle--;
    struct kafka_job *job = pool->stopping ? NULL : TAILQ_FIRST(&pool->waiting);
    if (job != NULL)
        TAILQ_REMOVE(&pool->waiting, job, link);
    pthread_mutex_unlock(&pool->mutex);
    return job;
}

static void put_done(struct kafka_pool *pool, struct kafka_job *job)
{
    pthread_mutex_lock(&pool->mutex);
    TAILQ_INSERT_TAIL(&pool->done, job, link);
    pthread_mutex_unlock(&pool->mutex);
    eventfd_write(pool->fd, 1);
}

static void *work(void *arg)
{
    struct kafka_pool *pool = arg;
    struct kafka_job *job;
    while ((job = take_waiting(pool)) != NULL) {
        kafka_run_job(job);
        put_done(pool, job);
    }
    return NULL;
}

/* A thread more when all are busy. With none at all the job fails instead. */
static bool ensure_thread(struct kafka_pool *pool)
{
    if (pool->idle == 0 && pool->thread_count < KAFKA_POOL_THREADS &&
        kafka_start_thread(&pool->threads[pool->thread_count], work, pool) == 0)
        pool->thread_count++;
    return pool->thread_count > 0;
}

void kafka_pool_put(struct kafka_pool *pool, struct kafka_job *job)
{
    job->pool = pool;
    pthread_mutex_lock(&pool->mutex);
    bool taken = job->error.code == ERROR_NONE && ensure_thread(pool);
    if (taken) {
        TAILQ_INSERT_TAIL(&pool->waiting, job, link);
        pthread_cond_broadcast(&pool->wake);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (taken)
        return;
    if (job->error.code == ERROR_NONE)
        error_set(&job->error, ERROR_LIMIT, "cannot start a thread");
    put_done(pool, job);
}

struct kafka_job *kafka_pool_take_done(struct kafka_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    struct kafka_job *job = TAILQ_FIRST(&pool->done);
    if (job != NULL)
        TAILQ_REMOVE(&pool->done, job, link);
    pthread_mutex_unlock(&pool->mutex);
    return job;
}

bool kafka_pool_sleep(struct kafka_pool *pool, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->stopping && pthread_cond_timedwait(&pool->wake, &pool->mutex, &until) == 0)
        continue;
    bool go_on = !pool->stopping;
    pthread_mutex_unlock(&pool->mutex);
    return go_on;
}

void kafka_pool_stop(struct kafka_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

static void free_jobs(struct kafka_job_list *jobs)
{
    struct kafka_job *job;
    while ((job = TAILQ_FIRST(jobs)) != NULL) {
        TAILQ_REMOVE(jobs, job, link);
        kafka_free_job(job);
    }
}

void kafka_pool_free(struct kafka_pool *pool)
{
    for (size_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    free_jobs(&pool->waiting);
    free_jobs(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    close(pool->fd);
    free(pool);
}
