"""Maintainers at their own machines: a home folder, key files, `seal`."""

import subprocess

from .commands import REPOSITORY, bonded, clean_environment, run
from .terminals import on_a_terminal

SEAL = REPOSITORY / ".build/release/seal"
PASSPHRASE = "correct horse battery staple"


def seal(*arguments, environment=None):
    return run(SEAL, *arguments, environment=environment)


class Workstation:
    """A machine of a maintainer: an account's token, a home of its own, one passphrase for its keys."""

    def __init__(self, index, account, home):
        self.index = index
        self.account = account
        self.home = home
        self.home.mkdir(parents=True)
        made = bonded("admin", "token", "create", "--account", account, "--config", index.config).succeeded()
        self.passphrase = home / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")
        self.passphrase.chmod(0o600)
        self.environment = {
            "HOME": str(home),
            "SEAL_INDEX": index.simple_url,
            "SEAL_ROOT": str(index.trusted_root),
            "SEAL_TOKEN": made.output.strip(),
        }

    @property
    def token(self):
        return self.environment["SEAL_TOKEN"]

    def seal(self, *arguments):
        """Without a passphrase."""
        return seal(*arguments, environment=self.environment)

    def sign(self, *arguments):
        return self.seal(*arguments, "--passphrase-file", self.passphrase)

    def on_a_terminal(self, *arguments, answers):
        return on_a_terminal(SEAL, *arguments, answers=answers, environment=self.environment)

    def start(self, *arguments):
        return subprocess.Popen(
            [str(part) for part in (SEAL, *arguments, "--passphrase-file", self.passphrase)],
            env=clean_environment() | self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def new_key(self, label="laptop"):
        """Makes a key and returns its ID."""
        made = self.sign("key", "new", "--label", label).succeeded()
        return made.output.split("key id")[1].strip()

    def registered(self, label="laptop"):
        """This, with a key that counts."""
        self.key_id = self.new_key(label)
        assert "is active" in self.sign("key", "register").succeeded().output
        return self

    def key_file(self, key_id):
        return self.home / f".local/share/bonded/keys/{key_id[:16]}.key"
