// Declarations of Linux's C library that Swift's Glibc module lacks.

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared only with _GNU_SOURCE.
#ifndef __USE_GNU

// accept(2).
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

// recvmmsg(2), sendmmsg(2).
struct mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};
int recvmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags);

#endif

// Where Swift's runtime hands over jobs for its global pool (swift/Runtime/Concurrency.h, swift_task_enqueueGlobal_hook).

typedef void (*nbr_job_taker)(void *job);
typedef __attribute__((swiftcall)) void (*nbr_enqueue_hook)(void *job, void *original);
extern nbr_enqueue_hook swift_task_enqueueGlobal_hook;

static inline nbr_job_taker *nbr_taker(void) {
    static nbr_job_taker taker;
    return &taker;
}

static __attribute__((swiftcall)) void nbr_enqueue(void *job, void *original) {
    (void)original;
    (*nbr_taker())(job);
}

// Has `taker` given every job from now on.
static inline void nbr_take_jobs(nbr_job_taker taker) {
    *nbr_taker() = taker;
    swift_task_enqueueGlobal_hook = nbr_enqueue;
}
