"""A large file by sendfile, ours and nginx's, to one client that throws it away."""

import requests
from figures import Aim, median
from nginx import Site
from support import commands
from wheels import large_wheel, upload_head_and_tail
from wire import Connection


def measure(bench, table):
    size = bench.pick(200, 50) * 1_000_000
    table.group("Downloads: one large wheel, one connection at a time")
    file = large_wheel(bench.folder, "bench-large", size)
    with bench.index() as index:
        upload_from_disk(index, file)
        ours = index.files(file.project)[file.filename]["url"]
        site = Site(bench.folder / "nginx")
        site.add(file.filename, file.path, index.get(ours, method="HEAD"))
        with site.served() as nginx:
            theirs = nginx.base_url + file.filename
            assert requests.head(theirs).headers["Content-Length"] == str(file.size)
            rates = {ours: [], theirs: []}
            for url in rates:
                download(url, file.size)  # both out of the page cache from now on
            for _ in range(bench.pick(9, 3)):
                for url, measured in rates.items():
                    measured.append(download(url, file.size))
    table.add(
        f"{file.size / 1e6:.0f} MB", median(rates[ours]), "MB/s", median(rates[theirs]), "nginx with sendfile",
        Aim(ratio_at_least=0.95),
    )  # fmt: skip


def upload_from_disk(index, file):
    """Streams a wheel from disk to the index, which must take it."""
    before, after = upload_head_and_tail(index.upload_url, index.token, file, file.size)
    connection = Connection(index.base_url)
    connection.send(before)
    connection.send_file(file.path)
    connection.send(after)
    status, _, body = connection.receive()
    connection.close()
    assert status == 200, f"{status}: {body.decode(errors='replace')[:500]}"


def download(url, size):
    """Megabytes per second."""
    said = commands.run(
        "curl", "--silent", "--show-error", "--fail", "--output", "/dev/null",
        "--write-out", "%{size_download} %{speed_download}", url,
    ).succeeded()  # fmt: skip
    length, speed = said.output.split()
    assert int(length) == size, f"{length} bytes instead of {size}"
    return float(speed) / 1e6
