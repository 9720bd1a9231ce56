"""Wheels and sdists: many small valid ones made by hand, and the odd one that is wrong in exactly one way."""

import base64
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

WHEEL = "Wheel-Version: 1.0\nGenerator: interop (1.0)\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
EPOCH = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Distribution:
    project: str
    version: str
    filename: str
    content: bytes = field(repr=False)
    metadata: bytes = field(repr=False)

    @property
    def filetype(self):
        return "bdist_wheel" if self.filename.endswith(".whl") else "sdist"

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()

    @property
    def blake2(self):
        return hashlib.blake2b(self.content, digest_size=32).hexdigest()

    def write(self, directory):
        """Writes the file; its path."""
        path = Path(directory) / self.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        return path


def escaped(project):
    """A project's name as it stands in file names."""
    return re.sub(r"[-_.]+", "_", project).lower()


def normalized(project):
    return re.sub(r"[-_.]+", "-", project).lower()


def core_metadata(project, version, requires=(), extras=(), requires_python=">=3.8", summary="A test."):
    lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}", f"Summary: {summary}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    return ("\n".join(lines) + "\n\n# A test\n").encode()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, compress_type=compression)
    return buffer.getvalue()


def record(members, path):
    """RECORD of a wheel: a digest and a size for every member but itself."""
    lines = []
    for name, data in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{path},,\n"]).encode()


def wheel(
    project, version="1.0", requires=(), extras=(), requires_python=">=3.8", payload=b"", tag="py3-none-any",
    metadata=None, leave_out=(), extra_members=(), compression=zipfile.ZIP_DEFLATED, code=b"",
):  # fmt: skip
    """A valid wheel whose module `<name>.py` says VERSION; `leave_out` and `extra_members` make it invalid.

    `code` goes into the module.
    `payload` goes into a member of its own: different payloads, different bytes.
    """
    name = escaped(project)
    information = f"{name}-{version}.dist-info"
    metadata = metadata or core_metadata(project, version, requires, extras, requires_python)
    members = [(f"{name}.py", f'VERSION = "{version}"\n'.encode() + code)]
    members += [(f"{name}_payload.bin", payload)] if payload else []
    members += extra_members
    members += [(f"{information}/METADATA", metadata), (f"{information}/WHEEL", WHEEL.encode())]
    members.append((f"{information}/RECORD", record(members, f"{information}/RECORD")))
    members = [member for member in members if member[0].rpartition("/")[2] not in leave_out]
    return Distribution(project, version, f"{name}-{version}-{tag}.whl", zipped(members, compression), metadata)


PYPROJECT = """[build-system]
requires = ["flit_core>=3.2"]
build-backend = "flit_core.buildapi"

[project]
name = "{project}"
version = "{version}"
description = "A test."
"""


def sdist(project, version="1.0", payload=b"", leave_out=(), extra_members=(), filename=None, metadata=None):
    """A valid sdist that flit_core builds; `extra_members` are added at the top, outside of its directory."""
    name = escaped(project)
    metadata = metadata or core_metadata(project, version, requires_python=None)
    members = [
        ("PKG-INFO", metadata),
        ("pyproject.toml", PYPROJECT.format(project=project, version=version).encode()),
        (f"{name}.py", f'"""A test."""\nVERSION = "{version}"\n'.encode()),
    ]
    members += [("payload.bin", payload)] if payload else []
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zip_stream:
        with tarfile.open(fileobj=zip_stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
            inside = [(f"{name}-{version}/{member}", data) for member, data in members if member not in leave_out]
            for member, data in [*inside, *extra_members]:
                entry = tarfile.TarInfo(member)
                entry.size, entry.mtime = len(data), 1_577_836_800
                archive.addfile(entry, io.BytesIO(data))
    return Distribution(project, version, filename or f"{name}-{version}.tar.gz", buffer.getvalue(), metadata)
