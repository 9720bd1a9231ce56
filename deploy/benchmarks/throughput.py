"""Uploads per second, sustained: every one answered after the snapshot that carries it."""

from figures import RSTUF, Aim, percentile
from uploaders import upload_many

# A batch of 1,000 artifacts recorded beforehand at 16 bins: its best rate.
RSTUF_RATE = 90


def measure(bench, table):
    table.group("Uploads per second: small wheels, each public when it is answered (16 bins)")
    seconds = bench.pick(15, 3)
    with bench.index() as index:
        upload_many(index, "warm", uploaders=2, files_each=5)
        load = upload_many(index, "sustained", uploaders=16, files_each=seconds * 80, seconds=seconds)
    table.add(
        f"16 uploaders, {len(load.uploads):,} wheels", load.rate, "/s", RSTUF_RATE, RSTUF, Aim(ratio_at_least=1.0)
    )
    table.add("…their latency, p99", percentile(load.latencies(), 99), "ms")
