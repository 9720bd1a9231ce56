"""Resident memory of the two processes of an index."""

import re
import socket
import time
from contextlib import contextmanager
from pathlib import Path

from downloads import upload_from_disk
from nginx import Site
from requests_per_second import load
from support.distributions import wheel
from support.uploading import publish
from uploaders import upload_many
from wheels import large_wheel

REQUEST = b"GET %s HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n\r\n"


def measure(bench, table):
    table.group("Resident memory")
    with bench.index() as index:
        serve, sign = index.pid("serve"), index.pid("sign")
        publish(index, wheel("bench-memory"))
        time.sleep(1)  # until what the start needed is given back
        table.add("serve, idle", resident(serve), "MiB")
        table.add("sign, idle", resident(sign), "MiB")

        upload_many(index, "load", uploaders=16, files_each=1000, seconds=bench.pick(10, 2))
        load(index.page_url("bench-memory"), seconds=bench.pick(5, 1))
        table.add("serve, after uploads and page requests", resident(serve), "MiB")
        table.add("sign, after uploads", resident(sign), "MiB")

        size = bench.pick(1024, 64)
        file = large_wheel(bench.folder, "bench-huge", (size << 20) - 4096)
        reset_peak(serve)
        upload_from_disk(index, file)
        table.add(f"serve, peak while a {size} MiB wheel is uploaded", peak(serve), "MiB")
        file.path.unlink()

        count = bench.pick(10_000, 500)
        page = index.get(index.page_url("bench-memory"))
        before = resident(serve)
        with idle_connections(index.port, b"/simple/bench-memory/", count):
            ours = resident(serve)
        site = Site(bench.folder / "nginx")
        site.add("page", page.content, page)
        with site.served() as nginx:
            theirs_before = sum(map(resident, nginx.pids()))
            with idle_connections(nginx.port, b"/page", count):
                theirs = sum(map(resident, nginx.pids()))
        table.add(f"serve, {count:,} idle connections", ours, "MiB", theirs, "nginx")
        table.add(
            "…more than without them, per connection", max(0, ours - before) * 1024 / count, "KiB",
            (theirs - theirs_before) * 1024 / count, "nginx",
        )  # fmt: skip


@contextmanager
def idle_connections(port, path, count):
    """Connections that have each had one answer and are kept open; all of them still are when the block ends."""
    connections = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
            connections.append(connection)
            connection.sendall(REQUEST % path)
            answer = connection.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
        time.sleep(1)
        yield
        for connection in connections:
            connection.setblocking(False)
            while True:  # the rest of an answer that came in several pieces
                try:
                    assert connection.recv(1 << 16), "the server closed an idle connection"
                except BlockingIOError:
                    break
    finally:
        for connection in connections:
            connection.close()


def resident(pid):
    """MiB."""
    return status(pid, "VmRSS")


def peak(pid):
    """MiB, since the process began or `reset_peak`."""
    return status(pid, "VmHWM")


def reset_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def status(pid, name):
    return int(re.search(rf"^{name}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1]) / 1024
