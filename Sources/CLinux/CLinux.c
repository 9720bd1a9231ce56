#define _GNU_SOURCE

#include "CLinux.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>

int linux_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int linux_unacknowledged(int descriptor) {
    int count = 0;
    return ioctl(descriptor, SIOCOUTQ, &count) == 0 ? count : 0;
}

void linux_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}

int linux_rename_new(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}
