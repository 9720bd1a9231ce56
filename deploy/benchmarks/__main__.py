"""The measurements of deploy/bench, which installs what they need and calls this."""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "Tests/Interop"))  # the wheels, the index and the TUF client of the tests

import claims  # noqa: E402
import clients  # noqa: E402
import downloads  # noqa: E402
import installs  # noqa: E402
import latency  # noqa: E402
import memory  # noqa: E402
import requests_per_second  # noqa: E402
import snapshots  # noqa: E402
import throughput  # noqa: E402
from bench import Bench  # noqa: E402
from figures import Table  # noqa: E402
from support import commands  # noqa: E402

# In the order in which they run; each is measure(bench, table).
MEASUREMENTS = {
    "requests": requests_per_second.measure,
    "downloads": downloads.measure,
    "latency": latency.measure,
    "throughput": throughput.measure,
    "snapshots": snapshots.measure,
    "claims": claims.measure,
    "memory": memory.measure,
    "installs": installs.measure,
    "clients": clients.measure,
}


def main():
    parser = argparse.ArgumentParser(prog="deploy/bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, metavar="NAME")
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()

    # Ended from outside, it still stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # requests and python-tuf, which run in this process, without proxies and such.
    clean = commands.clean_environment()
    for name in set(os.environ) - set(clean):
        del os.environ[name]
    os.environ.update(clean)
    # Ten thousand connections, on either side.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    if options.work_dir:
        options.work_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bonded-bench-", dir=options.work_dir))
    table = Table(heading(options.quick))
    broken = []
    try:
        for name, measure in MEASUREMENTS.items():
            if options.only and name not in options.only:
                continue
            say(f"==> {name}")
            try:
                place = folder / name
                place.mkdir()
                measure(Bench(place, quick=options.quick), table)
            except Exception:
                traceback.print_exc()
                broken.append(name)
            finally:
                shutil.rmtree(place, ignore_errors=True)
    except KeyboardInterrupt:
        say("interrupted; so far:")
        broken.append("everything after the interruption")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table.text())
    if broken:
        say(f"broken: {', '.join(broken)}")
    return 1 if broken else 0


def heading(quick):
    processors = os.cpu_count()
    load = os.getloadavg()[0]
    lines = [f"{processors} processors, load {load:.1f} at the start; everything on this machine, over loopback."]
    if load > 0.5:
        lines.append("The machine was not idle: take absolute figures for what they are.")
    if quick:
        lines.append("Quick run: shows that everything works, not how fast it is.")
    return "\n".join(lines)


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
