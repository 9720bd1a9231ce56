#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// Out of the way of the fixed numbers 0 to 4.
enum { first_free_descriptor = 16, report_descriptor = 4 };

static int place(int descriptor, int number) {
    if (descriptor < 0) return 0;
    return dup2(descriptor, number) < 0 ? -1 : 0;
}

static int raise_descriptor(int *descriptor) {
    if (*descriptor < 0) return 0;
    int raised = fcntl(*descriptor, F_DUPFD_CLOEXEC, first_free_descriptor);
    if (raised < 0) return -1;
    *descriptor = raised;
    return 0;
}

// Runs between fork and exec: only async-signal-safe calls. Returns only when it failed, with `errno` set;
// `*report` then is where to say so.
static void become(const struct bonded_child *child, pid_t parent, int *report) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    int output = child->output_descriptor;
    int passed = child->passed_descriptor;
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0) return;
    if (raise_descriptor(&input) || raise_descriptor(&output) || raise_descriptor(&passed)
        || raise_descriptor(report)) return;
    if (place(input, 0) || place(output, 1) || place(output, 2) || place(passed, 3)) return;
    if (dup3(*report, report_descriptor, O_CLOEXEC) < 0) return;
    *report = report_descriptor;
    if (passed < 0) close(3);
    if (close_range(report_descriptor + 1, ~0U, 0) != 0) return;

    umask(077);
    if (setsid() < 0 || chdir("/") != 0) return;
    if (child->switches_user) {
        if (setgroups(1, &child->group) != 0 || setgid(child->group) != 0 || setuid(child->user) != 0) return;
    }
    // A change of identity clears the death signal, so it comes last. The parent may be gone already.
    if (child->parent_death_signal != 0) {
        if (prctl(PR_SET_PDEATHSIG, child->parent_death_signal) != 0) return;
        if (getppid() != parent) {
            errno = ECHILD;
            return;
        }
    }
    execve(child->executable, child->arguments, child->environment);
}

int bonded_spawn(const struct bonded_child *child, pid_t *process) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return errno;

    // With every signal blocked no handler of ours runs in the child before its dispositions are reset.
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    pid_t parent = getpid();
    pid_t created = fork();
    if (created == 0) {
        close(report[0]);
        become(child, parent, &report[1]);
        int failure = errno;
        _exit(write(report[1], &failure, sizeof failure) < 0 ? 126 : 127);
    }
    int failure = created < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    close(report[1]);

    if (created > 0) {
        ssize_t count;
        do {
            count = read(report[0], &failure, sizeof failure);
        } while (count < 0 && errno == EINTR);
        if (count > 0) {
            bonded_wait(created);
        } else {
            failure = 0;
            *process = created;
        }
    }
    close(report[0]);
    return failure;
}

int bonded_wait(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return status;
}

void bonded_await(pid_t process) {
    siginfo_t ignored;
    while (waitid(P_PID, (id_t)process, &ignored, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
}
