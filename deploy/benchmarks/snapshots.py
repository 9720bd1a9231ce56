"""How long the snapshot process takes for what waits for it, as it says itself."""

import time

from figures import RSTUF, median
from uploaders import upload_many

# Seconds; of two runs each.
RSTUF_BOOTSTRAP = {256: (3.1, 3.5), 16_384: (18, 20)}
RSTUF_ONE = {256: (0.28, 0.27), 16_384: (0.84, 0.62)}
RSTUF_THOUSAND = {256: (37.7, 40.2), 16_384: (195, 180)}
ALONE = 10


def measure(bench, table):
    batch = bench.pick(1000, 80)
    for bins in RSTUF_ONE:
        table.group(f"Snapshot process, {bins:,} bins")
        # Uploads are recorded and answered at once; the snapshot process that makes them public is our own.
        settings = {"BONDED_UPLOAD_WAIT": "0s"}
        with bench.index(f"bins-{bins}", bins=bins, signs=False, settings=settings) as index:
            with bench.signer(index) as signer:
                began = time.monotonic()
                signer.wait_for(transactions=0)
                bootstrap = time.monotonic() - began
                alone = [publish_alone(signer, index, number) for number in range(ALONE)]
            upload_many(index, "batch", uploaders=8, files_each=batch // 8, waits=False)
            with bench.signer(index) as signer:
                publications = signer.wait_for(transactions=batch)
        table.add("first start: all bins signed", bootstrap, "s", RSTUF_BOOTSTRAP[bins], RSTUF)
        table.add("1 file", median(alone) / 1000, "s", RSTUF_ONE[bins], RSTUF)
        milliseconds = sum(each["milliseconds"] for each in publications if each["transactions"])
        table.add(
            f"{batch:,} files at once", milliseconds / 1000, "s",
            RSTUF_THOUSAND[bins] if batch == 1000 else None, RSTUF,
        )  # fmt: skip


def publish_alone(signer, index, number):
    """Milliseconds that the snapshot process takes for one file that comes while nothing else does."""
    before = len(signer.publications())
    upload_many(index, f"alone{number}", uploaders=1, files_each=1, waits=False)
    return sum(each["milliseconds"] for each in signer.wait_for(transactions=1, since=before))
