"""pypiserver: an index without TUF."""

from contextlib import contextmanager

from .commands import tool
from .nginx import accepts
from .services import free_port, running
from .waiting import wait_until


@contextmanager
def pypiserver(folder, *distributions):
    """Runs it on some distributions; yields the URL of its pages."""
    packages = folder / "packages"
    for distribution in distributions:
        distribution.write(packages)
    port = free_port()
    command = [
        tool("pypi-server", "pypiserver"), "run", "--interface", "127.0.0.1", "--port", str(port), "--disable-fallback",
        "--hash-algo", "sha256", "--passwords", ".", "--authenticate", ".", packages,
    ]  # fmt: skip
    with running(command, folder / "pypiserver.log") as process:
        wait_until(lambda: accepts(port) or process.poll() is not None, "pypiserver answers")
        assert process.poll() is None, (folder / "pypiserver.log").read_text()
        yield f"http://127.0.0.1:{port}/simple/"
