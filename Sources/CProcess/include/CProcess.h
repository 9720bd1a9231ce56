#ifndef BONDED_CPROCESS_H
#define BONDED_CPROCESS_H

#include <sys/types.h>

/// What a child process is to run, and as whom.
struct bonded_child {
    /// Absolute path of the executable; no shell, no PATH search.
    const char *executable;
    /// NULL-terminated; the first is the program's name.
    char *const *arguments;
    /// NULL-terminated; the whole environment.
    char *const *environment;
    /// Becomes descriptors 1 and 2; 0 reads from /dev/null.
    int output_descriptor;
    /// Becomes descriptor 3 in the child; -1 for none.
    int passed_descriptor;
    /// Nonzero: give up the caller's identity for `user` and `group`, with no further groups.
    int switches_user;
    uid_t user;
    gid_t group;
    /// Sent to the child when the *thread* that called `bonded_spawn` ends; 0 for none.
    int parent_death_signal;
};

/// Starts a child in a session of its own, in "/", with default signals and umask 077.
///
/// Every other descriptor of the caller is closed in it. Returns 0 and stores the process's id, or the `errno`
/// of whatever failed, `execve` included.
int bonded_spawn(const struct bonded_child *child, pid_t *process);

/// Waits until a child has ended, and leaves it to `bonded_wait`.
void bonded_await(pid_t process);

/// Waits for a child and returns its raw wait status, or -1 if there is no such child.
int bonded_wait(pid_t process);

#endif
