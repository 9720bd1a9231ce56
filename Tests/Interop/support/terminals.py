"""Programs as a person meets them: on a terminal, with prompts."""

import os
import pty
import select
import signal
import time

from .commands import clean_environment


def on_a_terminal(*command, answers, timeout=60, environment=None):
    """Runs a command on a pseudo-terminal and types an answer at each prompt; (exit status, what was shown)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], [str(part) for part in command], clean_environment() | (environment or {}))
    shown, waiting, deadline = b"", list(answers), time.monotonic() + timeout
    while True:
        readable, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise AssertionError(f"still running after {timeout} s:\n{shown.decode()}")
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        if not chunk:
            break
        shown += chunk
        if waiting and shown.endswith(b": "):
            time.sleep(0.2)  # as people do; what is typed before the echo is off is thrown away
            os.write(terminal, waiting.pop(0))
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()
