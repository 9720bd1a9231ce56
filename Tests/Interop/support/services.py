"""Further processes of an index that runs, each with settings of its own."""

import http.client
import socket
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

from .commands import REPOSITORY, clean_environment
from .index import Index
from .waiting import wait_until

BONDED = REPOSITORY / ".build/release/bonded"


class Elsewhere(Index):
    """An index that is there, at another address: of a further `bonded serve`, or of a proxy."""

    def __init__(self, index, base_url, log=None):
        """`log`: the path of what answers there writes on standard error."""
        self.data, self.config, self.token, self.trusted_root = index.data, index.config, index.token, index.trusted_root
        self.base_url = base_url
        self.simple_url = f"{base_url}simple/"
        self.upload_url = f"{base_url}legacy/"
        self.metadata_url = f"{base_url}tuf/metadata/"
        self.targets_url = f"{base_url}tuf/targets/"
        self._log = log

    def log(self):
        return self._log.read_text(errors="replace")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def serving(index, folder, settings="", environment=None):
    """Runs a further `bonded serve` on an index's database and blobs; where it is.

    - settings: YAML that is added to the index's settings.
    """
    port = free_port()
    config = folder / "further.yaml"
    config.write_text(f"{index.config.read_text()}\n{settings}\n")
    log = folder / "further.log"
    here = {"BONDED_HTTP_LISTEN": f"127.0.0.1:{port}"}
    with running([BONDED, "serve", "--config", config], log, here | (environment or {})):
        server = Elsewhere(index, f"http://127.0.0.1:{port}/", log)
        server.wait_until_alive()
        yield server


@contextmanager
def running(command, log, environment=None):
    """Runs a program in the background, both outputs into a file; ends it with SIGTERM."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, env=clean_environment() | (environment or {}),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def send_from(address, index, path, headers=None, method="GET"):
    """The status that a client of another loopback address gets."""
    server = urlsplit(index.base_url)
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=30, source_address=(address, 0))
    try:
        connection.request(method, path, headers=headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def wait_for_line(log, words, seconds=30):
    wait_until(lambda: words in log.read_text(errors="replace"), f"'{words}' in the log", seconds=seconds)
