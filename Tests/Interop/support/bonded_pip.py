"""People who install through `bonded-pip`."""

import json
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from .commands import REPOSITORY, WIDE, clean_environment, run, tool
from .terminals import on_a_terminal
from .waiting import wait_until

BONDED_PIP = REPOSITORY / ".build/release/bonded-pip"
FETCH = Path(__file__).parent / "fetch.py"

# Exit statuses of its own.
USAGE, UNREACHABLE, UNVERIFIED, FORBIDDEN, MISCONFIGURED = 64, 69, 76, 77, 78

# What it says of a page or a file that is another, or longer.
FORGED = "is not the file that|sends more than the .* bytes"


class Customer:
    """Somebody with a home of their own, who has pinned what they pinned."""

    def __init__(self, home, installer="pip"):
        self.home = Path(home)
        self.home.mkdir(parents=True)
        self.installer = installer
        self.environment = {
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "PATH": f"{tool('pip').parent}:{os.environ['PATH']}",
        }
        self._targets = 0

    @property
    def data(self):
        return self.home / "data/bonded/pip"

    @property
    def cache(self):
        return self.home / "cache/bonded/pip"

    def configure(self, text):
        """Writes pip.yaml."""
        file = self.home / "config/bonded/pip.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, *arguments, later=None, environment=None, **options):
        """- later: on another day, as faketime has it: "+2d"."""
        clock = ["faketime", "--exclude-monotonic", "-f", later] if later else []
        return run(*clock, BONDED_PIP, *arguments, environment=self.environment | (environment or {}), **options)

    def on_a_terminal(self, *arguments, answers):
        return on_a_terminal(BONDED_PIP, *arguments, answers=answers, environment=self.environment)

    def trust(self, index, *arguments, url=None):
        """Pins an index by its root, at its own address or at another."""
        root = () if "--unverified" in arguments else ("--root", index.trusted_root)
        self.run("trust", "add", url or index.simple_url, *root, *arguments).succeeded()
        return self

    def new_target(self):
        self._targets += 1
        return self.home / f"target-{self._targets}"

    def install(self, *requirements, target=None, own=(), later=None, **options):
        """Installs with this customer's installer into a target directory; `own`: options of bonded-pip."""
        installer = ("--with", "uv") if self.installer == "uv" else ()
        arguments = ("install", "--target", target or self.new_target(), *requirements)
        return self.run(*own, *installer, *arguments, later=later, **options)

    def fetch(self, *projects, own=(), **options):
        """Every file of some projects, with no installer worth the name; `own`: options of bonded-pip."""
        return self.run(*own, "--with", FETCH, *projects, **options)

    def fetched(self, *projects, **options):
        """As above; the files' names."""
        return set(json.loads(self.fetch(*projects, **options).succeeded().output))

    def start(self, *arguments, **options):
        """A process of its own, both outputs readable."""
        return subprocess.Popen(
            [str(part) for part in (BONDED_PIP, *arguments)],
            env=clean_environment() | WIDE | self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )  # fmt: skip

    @contextmanager
    def proxy(self, *arguments):
        """Runs `bonded-pip proxy` on a free port; yields what it prints, the URL that clients are given."""
        log = self.home / f"proxy-{len(list(self.home.glob('proxy-*')))}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [str(part) for part in (BONDED_PIP, "proxy", "--listen", "127.0.0.1:0", *arguments)],
                env=clean_environment() | WIDE | self.environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            def listens():
                assert process.poll() is None, f"bonded-pip proxy ended:\n{log.read_text()}"
                return re.search(r"listening at (http://\S+)", log.read_text())

            yield wait_until(listens, "bonded-pip proxy listens").group(1)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def assert_refused(outcome, words, target=None, status=None):
    """It failed, said why on a line of its own, and nothing stands in the target directory."""
    assert outcome.status != 0, outcome.describe()
    if status is not None:
        assert outcome.status == status, outcome.describe()
    lines = [line for line in outcome.errors.splitlines() if line.startswith("bonded-pip: ")]
    said = any(re.search(words, line, re.IGNORECASE) for line in lines)
    assert said, f"no line says {words!r}:\n{outcome.describe()}"
    if target is not None:
        left = [path for path in Path(target).rglob("*") if path.suffix in (".py", ".bin", ".dist-info")]
        assert not left, f"something was installed: {left}\n{outcome.describe()}"
