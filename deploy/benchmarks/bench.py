"""What every measurement gets: a folder of its own, how thorough to be, and indexes and peers to start in it."""

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from support import processes
from support.commands import REPOSITORY, clean_environment
from support.index import Index
from support.waiting import wait_until

BONDED = REPOSITORY / ".build/release/bonded"


class Bench:
    def __init__(self, folder, quick):
        self.folder = Path(folder)
        self.quick = quick

    def pick(self, thorough, quick):
        """One of two amounts, by how thorough the run is to be."""
        return quick if self.quick else thorough

    @contextmanager
    def index(self, name="index", bins=None, signs=True, settings=None):
        """A running index. `settings` are BONDED_… variables; the same `name` goes on with the same data."""
        flags = (["--bins", str(bins)] if bins else []) + ([] if signs else ["--no-sign"])
        settings = {"BONDED_HTTP_ACCESS_LOG": "false"} | (settings or {})
        data, log = self.folder / name, self.folder / f"{name}.log"
        command = [
            BONDED, "develop", "--data-dir", data, "--listen", "127.0.0.1:0",
            "--migrations", REPOSITORY / "Migrations", *flags,
        ]  # fmt: skip
        with running(command, log, settings) as process:
            wait_for(process, log, lambda text: "ready" in text.splitlines(), "the index is ready", seconds=180)
            yield RunningIndex(data, log)

    @contextmanager
    def signer(self, index):
        """A snapshot process for an index that runs without one."""
        log = self.folder / f"sign-{time.monotonic_ns()}.log"
        with running([BONDED, "sign", "--config", index.config], log) as process:
            yield Signer(process, log)


class RunningIndex(Index):
    def __init__(self, data, log):
        super().__init__(data)
        self.log = log
        self.port = int(re.search(r":(\d+)/", self.base_url)[1])

    def pid(self, child):
        return int((self.data / "run" / f"{child}.pid").read_text())


class Signer:
    def __init__(self, process, log):
        self._process = process
        self._log = log

    def publications(self):
        """What the snapshot process says of each publication: its numbers by name."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [
            {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", line)}
            for line in lines
            if line.endswith(" published")
        ]

    def wait_for(self, transactions, since=0, seconds=600):
        """Waits until publications after the first `since` carry that many transactions; these publications."""

        def enough(log):
            failures = [line for line in log.splitlines() if " error bonded.sign:" in line]
            assert not failures, failures[0]  # it would try again and again
            new = self.publications()[since:]
            return new if new and sum(each["transactions"] for each in new) >= transactions else None

        return wait_for(self._process, self._log, enough, f"{transactions} transactions are published", seconds)


@contextmanager
def running(command, log, environment=None):
    """A process and all its children, ended when the block is left."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], env=clean_environment() | (environment or {}),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    except BaseException:
        tail = log.read_text(errors="replace").splitlines()[-20:] if log.exists() else []
        print("\n".join([f"--- the end of {log.name}", *tail]), file=sys.stderr, flush=True)
        raise
    finally:
        family = processes.descendants(process.pid)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            pass
        processes.kill(family)
        process.wait(10)


def wait_for(process, log, condition, what, seconds):
    """The first truthy `condition(log's text)`; fails at once if the process ends."""

    def look():
        text = log.read_text(errors="replace")
        status = process.poll()
        assert status is None, f"ended with status {status} before: {what}"
        return condition(text)

    return wait_until(look, what, seconds=seconds, every=0.05)
