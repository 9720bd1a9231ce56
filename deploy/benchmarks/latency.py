"""From the start of an upload until any client could verify the file."""

import time

from figures import RSTUF, Aim, percentile
from support.sealed import SealedClient
from uploaders import upload_many

AIMS = {50: Aim(at_most=100), 99: Aim(at_most=400)}
# One artifact at a time, 16 bins: median and slowest of 8 to 10, in milliseconds, of two runs.
RSTUF_ALONE = {50: (330, 270), 99: (410, 340)}


def measure(bench, table):
    table.group("Latency: POST until timestamp.json names the snapshot with the file (16 bins)")
    with bench.index() as index:
        upload_many(index, "warm", uploaders=2, files_each=5)
        for uploaders, files_each in ((1, bench.pick(200, 20)), (16, bench.pick(60, 5))):
            load = upload_many(index, f"latency{uploaders}", uploaders, files_each)
            for percent, aim in AIMS.items():
                table.add(
                    f"{plural(uploaders, 'uploader')}, p{percent} of {len(load.uploads)}",
                    percentile(load.latencies(), percent), "ms",
                    RSTUF_ALONE[percent] if uploaders == 1 else None, RSTUF, aim,
                )  # fmt: skip
        began = time.monotonic()
        client = SealedClient.of(index, bench.folder / "client").refresh()
        fetched = client.fetch(f"{load.last.project}/{load.last.filename}")
        took = time.monotonic() - began
        assert fetched == load.last.content, "python-tuf fetched other bytes than were uploaded last"
        table.add("python-tuf, new client: verifies and fetches the last file", took * 1000, "ms")


def plural(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")
