"""What administrators do when keys turn: guided commands, and the holders' signatures on the way."""

import os
import signal

from . import claims
from .commands import bonded
from .waiting import wait_until

WAITS = 75


def passphrase(server):
    return server.data / "development-keys.passphrase"


def first_holder(server):
    return server.data / "development-keys/offline-keys/development.key"


def follow(server, folder, *command, keys=None, after_each_step=lambda: None, seconds=120):
    """Runs a guided command until it is finished, signing what it hands out; how many steps that took.

    A key that a draft does not ask for is passed over by its holder.
    """
    folder.mkdir(exist_ok=True)
    seen = set()

    def stepped(said):
        if said not in seen:
            seen.add(said)
            after_each_step()

    def advanced():
        step = bonded(*command, "--no-wait", "--out", folder, "--config", server.config)
        if step.status == 0:
            return step
        assert step.status == WAITS, step.describe()
        stepped(step.output)
        for file in sorted(folder.glob("draft-????????????.json")):
            done = file.with_suffix(".done")
            if not done.exists() and file.name in step.output:
                present = file
                for number, key in enumerate(keys or [first_holder(server)]):
                    out = file.with_suffix(f".{number}.signed")
                    if claims.sign(server, present, out=out, key=key).status == 0:
                        present = out
                assert present != file, f"nobody has signed {file}"
                claims.offline(server, "import", present).succeeded()
                done.touch()
                stepped(f"signed {file.name}")
        return None

    last = wait_until(advanced, f"{command} is finished", seconds=seconds, every=0.3)
    return last, len(seen)


def kill_signer(server):
    """Kills `bonded sign`; it is started again."""

    def killed():
        try:
            os.kill(server.pid("sign"), signal.SIGKILL)
            return True
        except (ProcessLookupError, FileNotFoundError):
            return False

    wait_until(killed, "bonded sign runs, and is killed")


def rotate(server, folder, *roles, **options):
    return follow(server, folder / "rotation", "admin", "rotate", *roles, **options)[1]
