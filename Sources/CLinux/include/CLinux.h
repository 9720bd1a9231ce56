#ifndef BONDED_CLINUX_H
#define BONDED_CLINUX_H

// No _GNU_SOURCE here: it changes types that Swift also sees through other modules.

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

// Plain values of enumerations and macros that Swift imports as types of their own, or not at all.
static const uint32_t linux_EPOLLIN = EPOLLIN;
static const uint32_t linux_EPOLLOUT = EPOLLOUT;
static const uint32_t linux_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t linux_EPOLLHUP = EPOLLHUP;
static const uint32_t linux_EPOLLERR = EPOLLERR;
static const uint32_t linux_EPOLLET = EPOLLET;
static const uint32_t linux_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE;
static const int32_t linux_EPOLL_CLOEXEC = EPOLL_CLOEXEC;
static const int32_t linux_EFD_CLOEXEC_NONBLOCK = EFD_CLOEXEC | EFD_NONBLOCK;
static const int32_t linux_SOCK_STREAM_NONBLOCK = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int32_t linux_MSG_NOSIGNAL = MSG_NOSIGNAL;
static const int32_t linux_MSG_MORE = MSG_MORE;

/// accept4(2) that makes the connection non-blocking and closed on exec.
int linux_accept(int listener, struct sockaddr *address, socklen_t *length);

/// Bytes written to a socket that its peer has not acknowledged; 0 where that is unknown.
int linux_unacknowledged(int descriptor);

/// Names the calling thread; at most 15 bytes count.
void linux_name_thread(const char *name);

/// Renames a file or folder unless the new name is taken (errno EEXIST); 0 or -1. Where a file system does not know this
/// kind of renaming, errno is EINVAL.
int linux_rename_new(const char *from, const char *to);

#endif
