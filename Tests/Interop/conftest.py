"""Real clients against a real server: every test here runs what a user runs.

`deploy/test` makes the virtual environments (`.venv-*`) and runs this. By hand, once it has:

    .venv-clients/bin/python -m pytest Tests/Interop -k install

With INTEROP_QUICKSTART=DIR/quickstart.env the tests that only need an index use the one that runs there.
"""

import itertools
import os
import secrets
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite(
    "support.uploading", "support.index", "support.waiting", "support.sealed", "support.bonded_pip"
)

from support import commands  # noqa: E402
from support.bonded_pip import Customer  # noqa: E402
from support.distributions import wheel  # noqa: E402
from support.index import Index, Server  # noqa: E402
from support.mirror import Mirror  # noqa: E402
from support.sealed import SealedClient  # noqa: E402
from support.uploading import publish  # noqa: E402


def pytest_configure():
    # What runs in this process (requests, python-tuf) gets the same clean environment as what is started.
    clean = commands.clean_environment()
    for name in set(os.environ) - set(clean):
        del os.environ[name]
    os.environ.update(clean)
    # Ended from outside, it still stops the servers it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def index(tmp_path_factory):
    """The index that most tests share. Each uses project names of its own."""
    running = os.environ.get("INTEROP_QUICKSTART")
    if running:
        yield Index(Path(running).parent)
        return
    server = Server(tmp_path_factory.mktemp("index") / "data").start()
    try:
        yield server
    except BaseException:
        server.destroy()
        raise
    assert server.running(), f"deploy/run ended by itself:\n{server.log()}"
    server.stop()


@pytest.fixture
def new_server(tmp_path):
    """Makes further servers, each on a data directory of its own; none outlives its test."""
    made = []

    def make(name="data"):
        made.append(Server(tmp_path / name))
        return made[-1]

    yield make
    for server in made:
        server.destroy()


_numbers = itertools.count(1)
_session = secrets.token_hex(3)  # so that a second session finds an index that has run before as if new


@pytest.fixture
def project(request):
    """A project name that no other test has used."""
    return project_name(request)


@pytest.fixture
def projects(request):
    """Makes project names that no other test has used."""
    return lambda count: [project_name(request) for _ in range(count)]


def project_name(request):
    theme = request.module.__name__.removeprefix("test_").replace("_", "-")
    return f"tb-{theme}-{_session}-{next(_numbers)}"


@pytest.fixture
def client(index, tmp_path):
    """A python-tuf client that has never seen the index."""
    return SealedClient.of(index, tmp_path / "client")


@pytest.fixture
def customer(index, tmp_path):
    """Somebody who installs through bonded-pip and has pinned the index."""
    return Customer(tmp_path / "customer").trust(index)


@pytest.fixture
def mirror(index):
    """A mirror of the index, honest until it is told otherwise."""
    with Mirror(index).served() as mirror:
        yield mirror


@pytest.fixture(scope="session")
def family(index):
    """Projects that depend on each other: top needs middle>=1, and leaf for its extra; middle needs leaf<2."""
    name = {each: f"tb-family-{each}" for each in ("top", "middle", "leaf")}
    made = {
        "top": wheel(
            name["top"], requires=[f"{name['middle']}>=1", f"{name['leaf']}; extra == 'more'"], extras=["more"]
        ),
        "middle": wheel(name["middle"], "1.5", requires=[f"{name['leaf']}<2"]),
        "leaf 1": wheel(name["leaf"], "1.0"),
        "leaf 2": wheel(name["leaf"], "2.0"),
        "leaf pre": wheel(name["leaf"], "3.0rc1"),
    }
    publish(index, *made.values())
    return SimpleNamespace(**name, files=made)
