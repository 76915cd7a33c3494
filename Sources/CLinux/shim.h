// What Linux's C library has and Swift's module of it leaves out.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared for _GNU_SOURCE alone: accept(2).
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
