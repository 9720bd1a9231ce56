"""Our TUF client beside python-tuf, at PyPI's number of bins, and the memory of the verifying proxy."""

import re
import shutil
import time

from bench import REPOSITORY, running, wait_for
from downloads import download, upload_from_disk
from figures import Aim, median
from memory import peak, reset_peak, resident
from support import commands
from support.index import JSON
from uploaders import upload_many
from wheels import large_wheel

TUF_CLIENT = REPOSITORY / ".build/release/tuf-client"
BONDED_PIP = REPOSITORY / ".build/release/bonded-pip"
BINS = 16_384
TARGETS = 100


def measure(bench, table):
    table.group(f"TUF clients, {BINS:,} bins; whole processes, and python-tuf without the start of Python")
    with bench.index(bins=BINS) as index:
        upload_many(index, "targets", uploaders=4, files_each=TARGETS // 4)
        paths = [
            f"{project}/{filename}" for project in index.projects() for filename in index.files(project)
        ]
        assert len(paths) == TARGETS
        for what, wanted in {"refresh": [], f"refresh and {TARGETS} targets": paths}.items():
            ours, theirs = [], []
            for number in range(bench.pick(9, 2) + 1):
                times = run_ours(bench.folder, index, wanted), run_python_tuf(bench.folder, index, wanted)
                if number:
                    ours.append(times[0] * 1000)
                    theirs.append([seconds * 1000 for seconds in times[1]])
            peers = [median(column) for column in zip(*theirs, strict=True)]
            table.add(what, median(ours), "ms", peers, "python-tuf", Aim(ratio_at_most=0.2))
    measure_memory(bench, table)


def run_ours(folder, index, paths):
    """Seconds."""
    metadata, targets = fresh(folder / "ours")
    base = [TUF_CLIENT, "--metadata-dir", metadata, "--metadata-url", index.metadata_url]
    commands.run(*base, "init", index.trusted_root).succeeded()
    action = ["download"] if paths else ["refresh"]
    for path in paths:
        base += ["--target-name", path]
    began = time.monotonic()
    commands.run(*base, "--target-dir", targets, "--target-base-url", index.targets_url, *action).succeeded()
    seconds = time.monotonic() - began
    assert len(list(targets.iterdir())) == len(paths)
    return seconds


PYTHON_TUF = """
import sys, time
from pathlib import Path
from tuf.ngclient import Updater
metadata, metadata_url, targets, targets_url, root, *paths = sys.argv[1:]
began = time.monotonic()
updater = Updater(metadata, metadata_url, targets, targets_url, bootstrap=Path(root).read_bytes())
updater.refresh()
for path in paths:
    updater.download_target(updater.get_targetinfo(path))
print(time.monotonic() - began)
"""


def run_python_tuf(folder, index, paths):
    """Seconds for the whole process, and for the work alone."""
    metadata, targets = fresh(folder / "theirs")
    began = time.monotonic()
    done = commands.run(
        commands.tool("python"), "-c", PYTHON_TUF, metadata, index.metadata_url, targets, index.targets_url,
        index.trusted_root, *paths,
    ).succeeded()  # fmt: skip
    seconds = time.monotonic() - began
    assert len(list(targets.iterdir())) == len(paths)
    return seconds, float(done.output)


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("metadata", "targets"):
        (folder / name).mkdir(parents=True)
    return folder / "metadata", folder / "targets"


def measure_memory(bench, table):
    table.group("The verifying proxy")
    size = bench.pick(500, 50)
    environment = {f"XDG_{name}_HOME": str(bench.folder / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
    with bench.index("large") as index:
        file = large_wheel(bench.folder, "bench-huge", size << 20)
        upload_from_disk(index, file)
        commands.run(
            BONDED_PIP, "trust", "add", index.simple_url, "--root", index.trusted_root, environment=environment
        ).succeeded()
        log = bench.folder / "proxy.log"
        with running([BONDED_PIP, "proxy", "--listen", "127.0.0.1:0"], log, environment) as process:
            pattern = r"listening at (\S+)"
            simple = wait_for(process, log, lambda text: re.search(pattern, text), "the proxy listens", 30)[1]
            page = index.get(f"{simple}{file.project}/", headers={"Accept": JSON}).json()
            table.add("memory, idle", resident(process.pid), "MiB")
            reset_peak(process.pid)
            download(f"{simple}{file.project}/{page['files'][0]['url']}", file.size)
            table.add(f"memory, peak while it brings a wheel of {size} MiB", peak(process.pid), "MiB", aim=Aim(at_most=64))
