"""A year goes by: time is faked for the snapshot process, the administrators, the holders of keys, and clients alike."""

import json
import os
import signal
import subprocess
import sys

import pytest
from support.commands import REPOSITORY, clean_environment, run, twine_upload
from support.distributions import wheel
from support.index import Server
from support.turning import first_holder, passphrase
from support.waiting import wait_until

BONDED = REPOSITORY / ".build/release/bonded"
SEAL = REPOSITORY / ".build/release/seal"
RENEWALS = {"root": [], "targets": ["--renew", "targets", "--renew", "claimed", "--renew", "unclaimed"]}


class Calendar:
    """An index, and what it is like so many days after its ceremony."""

    def __init__(self, folder):
        self.folder = folder
        program = [BONDED, "develop", "--no-sign", "--migrations", REPOSITORY / "Migrations"]
        self.server = Server(folder / "data", command=program).start()
        self.days = 0
        self.signer = None

    def later(self, *command):
        """A command as it is on that day."""
        return ["faketime", "--exclude-monotonic", "-f", f"+{self.days}d", *command]

    def at(self, days):
        """That day comes: the snapshot process is started on it, and has signed what is due."""
        self.end_signer()
        self.days = days
        before = self.server.get("/tuf/metadata/timestamp.json").content
        self.signer = subprocess.Popen(
            [str(part) for part in self.later(BONDED, "sign", "--config", self.server.config)],
            env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        wait_until(
            lambda: self.server.get("/tuf/metadata/timestamp.json").content != before, "it has signed a timestamp", seconds=60
        )

    def end_signer(self):
        if self.signer:
            os.killpg(self.signer.pid, signal.SIGTERM)
            self.signer.wait(60)
            self.signer = None

    def bonded(self, *arguments):
        # Timers do not come to an end where time is faked, so nothing waits for the next snapshot.
        return run(
            *self.later(BONDED, *arguments, "--config", self.server.config), environment={"BONDED_UPLOAD_WAIT": "0s"}
        )

    def renew(self, what):
        """Drafts, signs and imports a renewal on that day."""
        file, out = self.folder / f"{what}-{self.days}.json", self.folder / f"{what}-{self.days}.signed.json"
        self.bonded("admin", what, "draft", "--out", file, *RENEWALS[what]).succeeded()
        run(
            *self.later(
                SEAL, "sign", file, "--out", out, "--root", self.server.trusted_root, "--key", first_holder(self.server),
                "--passphrase-file", passphrase(self.server), "--yes",
            )
        ).succeeded()  # fmt: skip
        self.bonded("admin", "offline", "import", out).succeeded()
        wait_until(lambda: "no draft" in self.bonded("admin", "offline").output, f"{what} is published", seconds=60, every=0.2)

    def client(self, name):
        """python-tuf on that day, a process of its own: {path: sha256} of everything in its output, or its failure."""
        server = self.server
        return run(
            *self.later(
                sys.executable, REPOSITORY / "Tests/Interop/support/sealed.py", self.folder / name, server.metadata_url,
                server.targets_url, server.trusted_root,
            )
        )  # fmt: skip

    def end(self):
        self.end_signer()
        self.server.destroy()


@pytest.fixture
def calendar(tmp_path):
    calendar = Calendar(tmp_path)
    try:
        calendar.at(0)
        twine_upload(calendar.server, wheel("lasting").write(tmp_path)).succeeded()
        yield calendar
    finally:
        calendar.end()


def targets(outcome):
    return json.loads(outcome.succeeded().output)["targets"]


def test_offline_metadata_is_renewed_yearly(calendar, tmp_path):
    first = targets(calendar.client("old"))
    assert f"lasting/{wheel('lasting').filename}" in first

    calendar.at(200)
    assert targets(calendar.client("old")) == first, "online metadata is renewed by itself"

    calendar.at(330)
    roles = calendar.bonded("admin", "roles")
    assert roles.status == 1 and roles.output.count("expires soon") == 4, roles.output
    for what in RENEWALS:
        calendar.renew(what)
    assert "expires soon" not in calendar.bonded("admin", "roles").output

    calendar.at(400)
    for name in ("old", "new"):
        assert targets(calendar.client(name)) == first, "with the root of the first day"
    twine_upload(calendar.server, wheel("lasting", "2.0").write(tmp_path)).succeeded()
    assert len(targets(calendar.client("new"))) == len(first) + 1


def test_a_renewal_that_was_forgotten_is_made_up_for(calendar):
    first = targets(calendar.client("old"))
    calendar.days = 370
    refused = calendar.client("old")
    assert refused.status != 0 and "expired" in refused.errors
    roles = calendar.bonded("admin", "roles")
    assert roles.status == 1 and "expired" in roles.output
    calendar.end_signer()
    calendar.signer = subprocess.Popen(
        [str(part) for part in calendar.later(BONDED, "sign", "--config", calendar.server.config)],
        env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    for what in RENEWALS:
        calendar.renew(what)
    assert targets(calendar.client("old")) == first
