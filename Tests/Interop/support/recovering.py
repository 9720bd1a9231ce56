"""An index whose keys are stolen, and what its administrators do then."""

from . import claims
from .attacker import ForgedRepository, offline_key, online_keys
from .commands import bonded, twine_upload
from .distributions import wheel
from .maintainers import Maintainer
from .sealed import SealedClient
from .sealing import seal
from .turning import first_holder, follow, passphrase

OFFLINE = ("root", "targets", "claimed", "unclaimed")


class Repository:
    """An index with one project of each kind, an archive of its good state, and everyone's keys."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.holders = [first_holder(server)]
        offline = offline_key(server)
        self.keys = online_keys(server) | {role: offline for role in OFFLINE}
        self.maintainer = Maintainer(server, "alice")
        self.maintainer.register()
        self.publish("claimed-demo")
        claims.move(server)
        self.publish("recent-demo")
        twine_upload(server, wheel("plain-demo").write(folder)).succeeded()
        self.good = {name: wheel(name).content for name in ("claimed-demo", "recent-demo", "plain-demo")}
        self.archive = archive(server, folder / "device")
        self.old = SealedClient.of(server, folder / "old").refresh()
        for name in self.good:
            self.old.find(path(name))

    def publish(self, project, version="1.0"):
        self.maintainer.publish(
            project, wheel(project, version), maintainers={"keyids": [self.maintainer.key_id], "threshold": 1}
        )

    def forged(self, *names):
        """A forged repository of whoever holds these roles' keys, its versions pushed far ahead."""
        held = {name: self.keys[name] for name in names}
        forged = ForgedRepository(self.server, held)
        for name in ("timestamp", "snapshot"):
            if name in held:
                getattr(forged, name).signed.version += 1_000_000
        return forged

    def holder(self, name):
        """(key file, public half) of a key that one of the holders makes."""
        folder = self.folder / f"holder-{name}"
        made = seal("key", "new", "--label", name, "--keys", folder, "--passphrase-file", passphrase(self.server))
        file = next(line.split()[1] for line in made.succeeded().output.splitlines() if line.startswith("file"))
        public = folder / "public.pem"
        public.write_text(seal("key", "export", "--public", file).succeeded().output)
        return file, public

    def begin(self, *compromised, new=(), known_good=True, flags=()):
        """Begins a recovery. `new` are the offline roles that get a new holder's key; the outcome of the command."""
        flags = list(flags)
        for role in new:
            file, public = self.holder(role)
            self.holders.append(file)
            flags += ["--add-key", f"{role}={public}"]
        flags += ["--known-good", self.archive] if known_good else ["--without-known-good"]
        return bonded(
            "recover", "--compromised", *compromised, "--root", self.server.trusted_root, "--yes", "--no-wait",
            "--out", self.folder, *flags, "--config", self.server.config,
        )  # fmt: skip

    def go_on(self, known_good=True, **options):
        """Goes on with a recovery to its end, signing what it hands out."""
        archive = ["--known-good", self.archive] if known_good else []
        return follow(
            self.server, self.folder, "recover", "--root", self.server.trusted_root, *archive, keys=self.holders, **options
        )

    def recover(self, *compromised, new=(), known_good=True, flags=(), **options):
        """Runs `bonded recover` to its end; what it said at first."""
        begun = self.begin(*compromised, new=new, known_good=known_good, flags=flags)
        assert begun.status in (0, 75), begun.describe()
        if begun.status == 75:
            self.go_on(known_good, **options)
        return begun.output

    def new_client(self):
        number = len(list(self.folder.glob("new-*")))
        return SealedClient.of(self.server, self.folder / f"new-{number}").refresh()


def path(project, version="1.0"):
    return f"{project}/{wheel(project, version).filename}"


def archive(server, folder):
    folder.mkdir(exist_ok=True)
    made = bonded("snapshot", "archive", folder, "--root", server.trusted_root, "--config", server.config).succeeded()
    return next(line.split()[1] for line in made.output.splitlines() if line.startswith("file"))
