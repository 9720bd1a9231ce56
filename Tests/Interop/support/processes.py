"""Which processes a server has, so that a test can say that none is left."""

import os
import signal
from pathlib import Path

from .waiting import wait_until


def _stat(pid):
    """(parent's pid, state, start time) of a process, or None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), fields[0], int(fields[19])


def descendants(pid):
    """Every living process below `pid`, itself included, as {pid: start time}."""
    processes = {int(name): _stat(name) for name in os.listdir("/proc") if name.isdigit()}
    processes = {each: stat for each, stat in processes.items() if stat and stat[1] != "Z"}
    found, pending = {}, [pid]
    while pending:
        parent = pending.pop()
        if parent in processes and parent not in found:
            found[parent] = processes[parent][2]
        pending += [each for each, stat in processes.items() if stat[0] == parent and each not in found]
    return found


def alive(processes):
    """Those of `processes` that still run: the same pid with the same start time."""
    running = {}
    for pid, started in processes.items():
        stat = _stat(pid)
        if stat and stat[1] != "Z" and stat[2] == started:
            running[pid] = started
    return running


def describe(processes):
    lines = []
    for pid in processes:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            command = "?"
        lines.append(f"{pid}: {command}")
    return "\n".join(lines)


def kill(processes):
    for pid in alive(processes):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait_until(lambda: not alive(processes), "killed processes are gone", seconds=10)
