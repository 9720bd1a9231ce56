"""Wheels of any size, written without being held in memory, and the requests that upload them."""

import base64
import hashlib
import os
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from support.distributions import EPOCH, WHEEL, core_metadata, escaped, record
from support.uploading import form_of

CHUNK = 1 << 20


@dataclass(frozen=True)
class WheelFile:
    """A wheel on disk, with what an upload's form says of it."""

    project: str
    version: str
    path: Path
    metadata: bytes
    sha256: str
    blake2: str
    filetype: str = "bdist_wheel"

    @property
    def filename(self):
        return self.path.name

    @property
    def size(self):
        return self.path.stat().st_size


def large_wheel(folder, project, size, version="1.0"):
    """A valid wheel of about `size` bytes, nearly all of it one stored member that does not compress."""
    name = escaped(project)
    information = f"{name}-{version}.dist-info"
    path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    chunk = os.urandom(CHUNK)
    rest = hashlib.sha256()
    length = 0
    metadata = core_metadata(project, version)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        member = f"{name}_data.bin"
        with archive.open(zipfile.ZipInfo(member, EPOCH), "w", force_zip64=size > 2**31) as data:
            while length < size - 4096:
                piece = (length.to_bytes(8, "big") + chunk[8:])[: size - 4096 - length]
                data.write(piece)
                rest.update(piece)
                length += len(piece)
        digest = base64.urlsafe_b64encode(rest.digest()).rstrip(b"=").decode()
        small = [(f"{name}.py", b""), (f"{information}/METADATA", metadata), (f"{information}/WHEEL", WHEEL.encode())]
        lines = f"{member},sha256={digest},{length}\n".encode() + record(small, f"{information}/RECORD")
        for inside, content in [*small, (f"{information}/RECORD", lines)]:
            archive.writestr(zipfile.ZipInfo(inside, EPOCH), content)
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        blake2 = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
    return WheelFile(project, version, path, metadata, sha256, blake2)


def upload_head_and_tail(upload_url, token, distribution, size):
    """The bytes of an upload request before and after the file's `size` bytes."""
    url = urlsplit(upload_url)
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form_of(distribution)
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{distribution.filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    before, after = "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
    credentials = base64.b64encode(f"__token__:{token}".encode()).decode()
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nUser-Agent: bench\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n"
        f"Content-Length: {len(before) + size + len(after)}\r\n\r\n"
    )
    return head.encode() + before, after


def upload_request(upload_url, token, distribution):
    """A whole upload request of a small wheel."""
    before, after = upload_head_and_tail(upload_url, token, distribution, len(distribution.content))
    return before + distribution.content + after
