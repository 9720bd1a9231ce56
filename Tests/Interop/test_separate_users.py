"""serve, sign and audit as users of their own, with the users, groups, umasks, folders and modes of deploy/systemd."""

import os
import pwd
import re
import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.commands import REPOSITORY, bonded, run
from support.distributions import wheel
from support.services import Elsewhere, free_port, running, wait_for_line
from support.uploading import assert_served, publish
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

SYSTEMD = REPOSITORY / "deploy/systemd"
# Nobody's on this machine: users need no names for what the kernel checks.
IDS = {"root": 0, "bonded": 64000, "bonded-serve": 64001, "bonded-sign": 64002, "bonded-audit": 64003}
DATABASE = pwd.getpwnam("nobody")  # initdb insists on a name

PLAN = "".join(f"{role}: {{holders: [alice], threshold: 1}}\n" for role in ("root", "targets", "claimed", "unclaimed"))


class Machine:
    """A folder that stands for `/`, as the units expect a machine to be."""

    def __init__(self, folder):
        self.folder = folder
        self.program = self.path("/usr/local/bin/bonded")
        self.config = self.path("/etc/bonded/bonded.yaml")
        self.keyring = self.path("/var/lib/bonded-sign/online-keys")
        self.blobs = self.path("/var/lib/bonded/blobs")
        self.credential = self.path("/run/credentials/bonded-sign.service/online-passphrase")

    def path(self, absolute):
        path = self.folder / absolute.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def arrange(self):
        """What systemd-tmpfiles does."""
        for line in (SYSTEMD / "bonded.tmpfiles.conf").read_text().splitlines():
            if line.startswith("#"):
                continue
            kind, path, mode, user, group, _ = line.split()
            path, bits = self.path(path), int(mode.lstrip("~"), 8)
            if kind == "d":
                path.mkdir(exist_ok=True)
            for each in [path, *path.rglob("*")] if kind == "Z" else [path]:
                if each.exists():
                    os.chown(each, IDS[user], IDS[group])
                    each.chmod(each.stat().st_mode & bits if mode.startswith("~") else bits)

    def hand_over_passphrase(self):
        """What LoadCredential does."""
        self.credential.parent.chmod(0o500)
        self.credential.write_bytes(self.path("/etc/bonded/online-passphrase").read_bytes())
        self.credential.chmod(0o400)
        for path in (self.credential.parent, self.credential):
            os.chown(path, IDS["bonded-sign"], 0)

    def command(self, unit, *command):
        """A command line that runs something as the unit says; without one, what the unit runs."""
        text = (SYSTEMD / f"{unit}.service").read_text()
        user, group, umask, program = (re.search(rf"^{key}=(.*)$", text, re.M)[1] for key in ("User", "Group", "UMask", "ExecStart"))
        words = [str(self.path(word)) if word.startswith("/") else word for word in program.split()]
        shell = f'umask {umask}; exec "$@"'
        become = [
            "setpriv", "--reuid", str(IDS[user]), "--regid", str(IDS[group]), "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all",
        ]  # fmt: skip
        return [*become, "sh", "-c", shell, "sh", *map(str, command or words)]

    def run(self, unit, *command):
        return run(*self.command(unit, *command), environment=self.environment(unit))

    def environment(self, unit):
        text = (SYSTEMD / f"{unit}.service").read_text().replace("%d", str(self.credential.parent))
        return dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.M))


@pytest.fixture(scope="module")
def machine():
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="bonded-machine-"))
    try:
        folder.chmod(0o755)
        machine = Machine(folder)
        shutil.copy2(REPOSITORY / ".build/release/bonded", machine.program)
        shutil.copytree(REPOSITORY / "Migrations", machine.path("/usr/local/share/bonded/migrations"))
        with database(machine) as connection:
            machine.port = free_port()
            machine.config.write_text(f"""
database: {{connection: "{connection}", migrations: "{machine.path("/usr/local/share/bonded/migrations")}"}}
blobs: {{directory: "{machine.blobs}"}}
http: {{listen: "127.0.0.1:{machine.port}"}}
signing: {{keyring: "{machine.keyring}", superseded_grace: 60s}}
""")
            found(machine)
            yield machine
    finally:
        shutil.rmtree(folder)


@contextmanager
def database(machine):
    """PostgreSQL as a user of its own, on a socket that everybody reaches; its connection string."""
    (binaries, *_) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    data, sockets = machine.path("/var/lib/postgres"), machine.path("/run/postgresql")
    for folder in (data, sockets):
        folder.mkdir()
        os.chown(folder, DATABASE.pw_uid, DATABASE.pw_gid)
    become = ["setpriv", "--reuid", str(DATABASE.pw_uid), "--regid", str(DATABASE.pw_gid), "--clear-groups"]
    run(*become, binaries / "initdb", "-D", data, "-U", "bonded", "-A", "trust", "--no-sync", cwd="/").succeeded()
    server = [
        *become, binaries / "postgres", "-D", data, "-k", sockets, "-c", "listen_addresses=", "-c", "fsync=off",
    ]  # fmt: skip
    with running(server, machine.folder / "postgres.log"):
        connection = f"host={sockets} user=bonded dbname=postgres"
        wait_until(lambda: run("psql", connection, "-c", "SELECT 1").status == 0, "PostgreSQL answers")
        yield connection


def found(machine):
    """The ceremony and what root does on a new machine."""
    passphrase = machine.path("/etc/bonded/online-passphrase")
    passphrase.write_text("the online pass phrase\n")
    passphrase.chmod(0o600)
    plan = machine.path("/root/plan.yaml")
    plan.parent.chmod(0o700)
    plan.write_text(PLAN + "bins: 4\n")
    bundle = plan.parent / "bundle"
    run(
        REPOSITORY / ".build/release/seal", "ceremony", "--plan", plan, "--out", bundle,
        "--passphrase-file", passphrase, "--online-passphrase-file", passphrase,
    ).succeeded()  # fmt: skip
    machine.arrange()
    machine.run("bonded-migrate").succeeded()
    bonded("init", bundle, "--config", machine.config).succeeded()
    shutil.copy(bundle / "metadata/1.root.json", machine.path("/etc/bonded/root.json"))
    machine.path("/etc/bonded/root.json").chmod(0o644)
    machine.arrange()
    machine.hand_over_passphrase()


@pytest.fixture(scope="module")
def site(machine):
    """The two services, running; where they are."""
    with ExitStack() as stack:
        for unit in ("bonded-serve", "bonded-sign"):
            stack.enter_context(running(machine.command(unit), machine.folder / f"{unit}.log", machine.environment(unit)))
        site = Site(machine)
        try:
            wait_until(lambda: site.is_alive() and site.get("/readyz").status_code == 200, "the index is ready")
        except AssertionError:
            raise AssertionError("\n".join(log.read_text() for log in machine.folder.glob("bonded-*.log"))) from None
        yield site


class Site(Elsewhere):
    def __init__(self, machine):
        token = bonded("admin", "token", "create", "--account", "alice", "--config", machine.config).succeeded()
        machine.data, machine.token, machine.trusted_root = None, token.output.strip(), machine.path("/etc/bonded/root.json")
        super().__init__(machine, f"http://127.0.0.1:{machine.port}/")


def blob(machine, file):
    return machine.blobs / file.blake2[:2] / file.blake2[2:4] / file.blake2[4:] / file.filename


def test_an_upload_is_published_and_audited(machine, site, project):
    file = wheel(project)
    publish(site, file)
    assert_served(site, file)
    stored = blob(machine, file).stat()
    assert (stored.st_uid, stored.st_gid, stored.st_mode & 0o777) == (IDS["bonded-serve"], IDS["bonded"], 0o440)
    assert "as it was signed" in machine.run("bonded-audit").succeeded().output


def test_only_the_signer_reads_keys_and_passphrase(machine, site):
    secrets = [*machine.keyring.iterdir(), machine.credential]
    assert len(secrets) == 5
    for secret in secrets:
        machine.run("bonded-sign", "cat", secret).succeeded()
        for other in ("bonded-serve", "bonded-audit"):
            assert "Permission denied" in machine.run(other, "cat", secret).failed().errors
    for other in ("bonded-serve", "bonded-audit"):
        machine.run(other, "ls", machine.keyring.parent).failed()
        machine.run(other, machine.program, "sign", "--config", machine.config).failed()
    for unit in ("bonded-serve", "bonded-sign", "bonded-audit"):
        machine.run(unit, "cat", machine.path("/etc/bonded/online-passphrase")).failed()
        machine.run(unit, "cat", machine.config).succeeded()
        machine.run(unit, "test", "-w", machine.config).failed()


def test_the_signer_may_add_keys_and_nobody_changes_what_is_stored(machine, site, project):
    machine.run("bonded-sign", "touch", machine.keyring / "next.key").succeeded()
    (machine.keyring / "next.key").unlink()
    file = wheel(project)
    publish(site, file)
    # Not even the server that stored it: removing needs the group's permission on the folder, changing the file's own.
    for unit in ("bonded-serve", "bonded-sign", "bonded-audit"):
        machine.run(unit, "sh", "-c", f"echo evil >> '{blob(machine, file)}'").failed()
    assert_served(site, file)


def test_the_signer_removes_what_the_server_stored(machine, site, project):
    """A file that was taken back and an upload that a crash left behind, once their grace time is over."""
    file = wheel(project)
    publish(site, file)
    bonded("admin", "revoke", project, file.filename, "--config", machine.config).succeeded()
    left = machine.blobs / "incoming" / ("0" * 32)
    machine.run("bonded-serve", "sh", "-c", f"umask 137; touch '{left}'").succeeded()
    long_ago = time.time() - 86400
    os.utime(left, (long_ago, long_ago))
    connection = re.search(r'connection: "(.*?)"', machine.config.read_text())[1]
    run("psql", connection, "-qc", "UPDATE retired_blob SET retired_at = now() - interval '1 day'").succeeded()
    assert blob(machine, file).exists()

    # Another leader begins with tidying up; the present one does it hourly.
    run("psql", connection, "-qc", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'").succeeded()
    wait_until(lambda: not blob(machine, file).exists() and not left.exists(), "what is superseded is gone")
    wait_for_line(machine.folder / "bonded-sign.log", '"uploads":"1"')


def test_their_logs_hold_no_secret(machine, site):
    for unit in ("bonded-serve", "bonded-sign"):
        text = (machine.folder / f"{unit}.log").read_text()
        assert '"message"' in text and "pass phrase" not in text and site.token not in text
