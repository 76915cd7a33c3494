// What Linux's C library has and Swift's module of it leaves out.

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared for _GNU_SOURCE alone.
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
