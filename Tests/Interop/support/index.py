"""An index under test: started with deploy/run as a user would, addressed through its quickstart.env."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urljoin

import requests

from . import processes
from .commands import MACHINE, REPOSITORY, run
from .waiting import wait_until

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
SECONDS = 30  # for one request; nothing here takes long


class Index:
    """Where an index is and how to talk to it: what stands in its data directory's quickstart.env."""

    def __init__(self, data):
        self.data = Path(data)
        self.config = self.data / "bonded.yaml"
        self._connect()

    def _connect(self):
        quickstart = read_quickstart(self.data / "quickstart.env")
        self.simple_url = quickstart["INDEX_URL"].rstrip("/") + "/"
        self.upload_url = quickstart["UPLOAD_URL"]
        self.token = quickstart["UPLOAD_TOKEN"]
        self.base_url = urljoin(self.simple_url, "/")
        self.metadata_url = quickstart["TUF_METADATA_URL"].rstrip("/") + "/"
        self.targets_url = quickstart["TUF_TARGETS_URL"].rstrip("/") + "/"
        self.trusted_root = Path(quickstart["TRUSTED_ROOT"])

    def get(self, url, method="GET", **options):
        """One request, redirects not followed, headers as given: requests' own defaults are left out."""
        headers = {"Accept-Encoding": "identity", "Accept": None, "User-Agent": "interop"} | options.pop("headers", {})
        return requests.request(
            method, urljoin(self.base_url, url), headers=headers, allow_redirects=False, timeout=SECONDS, **options
        )

    def is_alive(self):
        try:
            return self.get("/healthz").status_code == 200
        except requests.RequestException:
            return False

    def wait_until_alive(self, seconds=60):
        wait_until(self.is_alive, "the server answers", seconds=seconds)

    def page_url(self, project):
        return urljoin(self.simple_url, f"{project}/")

    def page(self, project):
        """The JSON page of a project, links made absolute; None where the project is unknown."""
        answer = self.get(self.page_url(project), headers={"Accept": JSON})
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, f"{answer.status_code} {answer.reason}: {answer.text}"
        page = answer.json()
        for file in page["files"]:
            file["url"] = urljoin(self.page_url(project), file["url"])
        return page

    def files(self, project):
        """{filename: its entry} of a project's JSON page; empty where the project is unknown."""
        page = self.page(project)
        return {file["filename"]: file for file in page["files"]} if page else {}

    def projects(self):
        answer = self.get(self.simple_url, headers={"Accept": JSON})
        assert answer.status_code == 200, answer.text
        return [project["name"] for project in answer.json()["projects"]]


class Server(Index):
    """An index of our own, as a process: deploy/run on a data directory."""

    def __init__(self, data, settings=None, command=(REPOSITORY / "deploy/run",)):
        """`settings` override the settings file: {"BONDED_UPLOAD_READ_ONLY": "true"}. The addresses come with start."""
        self.command = command
        self.data = Path(data)
        self.config = self.data / "bonded.yaml"
        self._environment = MACHINE | (settings or {})
        self._process = None
        self._log = None

    def start(self, listen="127.0.0.1:0", seconds=900):
        """Starts it and waits for `ready`. The first start builds; that is what `seconds` allows for."""
        assert self._process is None
        self._log = tempfile.NamedTemporaryFile(prefix="bonded-", suffix=".log")
        with open(self._log.name, "wb") as log:
            self._process = subprocess.Popen(
                [*self.command, "--data-dir", self.data, "--listen", listen],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            wait_until(self._is_ready, "deploy/run says ready", seconds=seconds, every=0.1)
            self._connect()
        except BaseException:
            self.destroy()
            raise
        return self

    def _is_ready(self):
        status = self._process.poll()
        assert status is None, f"deploy/run ended with status {status}:\n{self.log()}"
        return "ready" in self.log().splitlines()

    def log(self):
        return Path(self._log.name).read_text(errors="replace")

    def pid(self, child=None):
        """The pid of the whole (deploy/run, that is `bonded develop`), or of its child `serve` or `sign`."""
        if child is None:
            return self._process.pid
        return int((self.data / "run" / f"{child}.pid").read_text())

    def stop(self, with_signal=signal.SIGTERM, seconds=60):
        """Stops it as Ctrl-C or a service manager would, and checks that it ends well and leaves nothing running."""
        family = processes.descendants(self._process.pid)
        self._process.send_signal(with_signal)
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            log = self.log()
            self.destroy()
            raise AssertionError(f"not stopped within {seconds} s of {with_signal!r}:\n{log}") from None
        left = processes.alive(family)
        description = processes.describe(left)
        processes.kill(left)
        log, self._process = self.log(), None
        assert status == 0, f"stopped with status {status}:\n{log}"
        assert not left, f"left running:\n{description}\n{log}"

    def destroy(self):
        """Ends everything at once, whatever state it is in."""
        if self._process is None:
            return
        family = processes.descendants(self._process.pid)
        processes.kill(family)
        self._process.wait(10)
        self._process = None

    def running(self):
        return self._process is not None and self._process.poll() is None


def read_quickstart(path):
    """quickstart.env as a shell that sources it sees it."""
    assert path.stat().st_mode & 0o777 == 0o600, f"{path} holds tokens: only its owner may read it"
    names = [line.partition("=")[0] for line in path.read_text().splitlines() if "=" in line and line[0] != "#"]
    shown = run("bash", "-c", 'set -a; . "$0"; for name; do printf "%s\\0" "${!name}"; done', path, *names)
    return dict(zip(names, shown.succeeded().output.split("\0")[:-1], strict=True))
