// Swift's Glibc module does not have this header.
#include <sys/epoll.h>
