"""What verification costs an installer: pip straight from the index, and through bonded-pip, cold and warm."""

import shutil
import time

from bench import REPOSITORY
from downloads import upload_from_disk
from figures import Aim, median
from support import commands
from wheels import large_wheel

BONDED_PIP = REPOSITORY / ".build/release/bonded-pip"
PACKAGES = 40
PACKAGE_BYTES = 200_000


def measure(bench, table):
    table.group(f"Installs: pip, {PACKAGES} packages of {PACKAGE_BYTES // 1000} kB that need one another")
    with bench.index() as index:
        names = [f"bench-install-{number:02}n" for number in range(PACKAGES)]
        for name in names:
            file = large_wheel(bench.folder, name, PACKAGE_BYTES)
            upload_from_disk(index, file)
            file.path.unlink()
        requirements = bench.folder / "requirements.txt"
        requirements.write_text("\n".join(names) + "\n")
        user = User(bench.folder / "user", index)
        times = {"straight": [], "cold": [], "warm": []}
        for number in range(bench.pick(7, 2) + 1):
            user.forget()
            round = {
                "straight": user.pip(index, requirements),
                "cold": user.bonded_pip(requirements),
                "warm": user.bonded_pip(requirements),
            }
            if number:  # the first round warms the machine up
                for name, seconds in round.items():
                    times[name].append(seconds)
    straight = median(times["straight"])
    table.add("through bonded-pip, warm", median(times["warm"]), "s", straight, "pip", Aim(ratio_at_most=1.05))
    table.add("through bonded-pip, cold", median(times["cold"]), "s", straight, "pip", Aim(ratio_at_most=1.25))


class User:
    """One who trusts the index and installs from it, each time into a new folder."""

    def __init__(self, folder, index):
        self.folder = folder
        self.index = index
        self.environment = {
            f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE")
        } | {"PATH": f"{commands.tool('pip').parent}:/usr/bin:/bin"}

    def forget(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        arguments = ("trust", "add", self.index.simple_url, "--root", self.index.trusted_root)
        commands.run(BONDED_PIP, *arguments, environment=self.environment).succeeded()

    def pip(self, index, requirements):
        return self._timed(commands.tool("pip"), "install", "--index-url", index.simple_url, requirements=requirements)

    def bonded_pip(self, requirements):
        return self._timed(BONDED_PIP, "install", requirements=requirements)

    def _timed(self, *command, requirements):
        target = self.folder / "target"
        began = time.monotonic()
        commands.run(
            *command, "--target", target, "-r", requirements, environment=self.environment, timeout=300
        ).succeeded()
        seconds = time.monotonic() - began
        assert len(list(target.glob("*.dist-info"))) == PACKAGES
        shutil.rmtree(target)
        return seconds
