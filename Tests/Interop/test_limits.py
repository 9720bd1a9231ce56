"""What the server may use while clients ask much of it."""

import hashlib
import resource
import socket
import zipfile
from base64 import urlsafe_b64encode
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from support.commands import run

MEGABYTE = 1 << 20


def resident(server, field):
    """A figure of /proc/PID/status of the serving process, in bytes."""
    for line in open(f"/proc/{server.pid('serve')}/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) << 10
    raise AssertionError(f"no {field}")


@pytest.fixture(scope="module")
def large_wheel(tmp_path_factory):
    """A valid wheel of 1000 MiB, written piece by piece."""
    path = tmp_path_factory.mktemp("large") / "interop_large-1.0-py3-none-any.whl"
    information = "interop_large-1.0.dist-info"
    metadata = b"Metadata-Version: 2.1\nName: interop-large\nVersion: 1.0\n"
    wheel = b"Wheel-Version: 1.0\nGenerator: interop\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    block, blocks = bytes(range(256)) * 4096, 1000
    digest = hashlib.sha256()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        # The size is set first, so that no data descriptor follows the member.
        member = zipfile.ZipInfo("interop_large.bin", (2020, 1, 1, 0, 0, 0))
        member.file_size = len(block) * blocks
        with archive.open(member, "w") as stream:
            for _ in range(blocks):
                stream.write(block)
                digest.update(block)
        archive.writestr(f"{information}/METADATA", metadata)
        archive.writestr(f"{information}/WHEEL", wheel)

        def line(name, hash_, size):
            return f"{name},sha256={urlsafe_b64encode(hash_.digest()).rstrip(b'=').decode()},{size}\n"

        archive.writestr(
            f"{information}/RECORD",
            line("interop_large.bin", digest, len(block) * blocks)
            + line(f"{information}/METADATA", hashlib.sha256(metadata), len(metadata))
            + line(f"{information}/WHEEL", hashlib.sha256(wheel), len(wheel))
            + f"{information}/RECORD,,\n",
        )
    yield path
    path.unlink()


def test_an_upload_of_a_gigabyte_keeps_the_server_under_96_megabytes(new_server, large_wheel):
    server = new_server()
    server.start()
    run(
        "curl", "--silent", "--show-error", "--fail-with-body", "--user", f"__token__:{server.token}",
        "--form", ":action=file_upload", "--form", "protocol_version=1", "--form", "metadata_version=2.1",
        "--form", "name=interop-large", "--form", "version=1.0", "--form", "filetype=bdist_wheel",
        "--form", "pyversion=py3", "--form", "sha256_digest=" + file_sha256(large_wheel),
        "--form", f"content=@{large_wheel}", server.upload_url, timeout=180,
    ).succeeded()  # fmt: skip
    peak = resident(server, "VmHWM")
    assert server.files("interop-large")[large_wheel.name]["size"] == large_wheel.stat().st_size
    assert peak < 96 * MEGABYTE, f"{peak / MEGABYTE:.0f} MiB"


def test_ten_thousand_idle_connections_take_under_200_megabytes(new_server):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard >= 10_500, "the machine allows too few open files for this test"
    resource.setrlimit(resource.RLIMIT_NOFILE, (10_500, hard))
    server = new_server()
    server.start()
    address = urlsplit(server.base_url)
    with ExitStack() as stack:
        clients = []
        for _ in range(10_000):
            client = stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
            clients.append(client)
        used = resident(server, "VmRSS")
        assert server.is_alive()
        # They are all still there: none was closed to make room.
        for client in clients[::500]:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert used < 200 * MEGABYTE, f"{used / MEGABYTE:.0f} MiB"


def file_sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
