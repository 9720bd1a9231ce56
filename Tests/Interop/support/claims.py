"""The way of offline metadata: drafted by the index, signed by its holders offline, brought back."""

import json
import tempfile
from pathlib import Path

from .commands import bonded
from .sealing import seal


def claims(server, *arguments):
    return bonded("admin", "claims", *arguments, "--config", server.config)


def offline(server, *arguments):
    return bonded("admin", "offline", *arguments, "--config", server.config)


def draft(server, folder):
    """Drafts and returns the draft's file."""
    file = Path(folder) / f"draft-{len(list(Path(folder).iterdir()))}.json"
    claims(server, "draft", "--out", file).succeeded()
    return file


def sign(server, file, *flags, out=None, key=None):
    """Signs as the holder of a development ceremony's keys; the outcome of `seal sign`."""
    key = key or server.data / "development-keys/offline-keys/development.key"
    return seal(
        "sign", file, "--out", out or signed_file(file), "--root", server.trusted_root, "--key", key,
        "--passphrase-file", server.data / "development-keys.passphrase", *(flags or ["--yes"]),
    )  # fmt: skip


def signed_file(file):
    return file.with_suffix(".signed.json")


def move(server):
    """Everything that waits, in one go; what `import` said."""
    with tempfile.TemporaryDirectory() as folder:
        file = draft(server, folder)
        sign(server, file).succeeded()
        return offline(server, "import", signed_file(file)).succeeded().output


def changed(file, change):
    """A draft's file with one thing changed."""
    document = json.loads(file.read_bytes())
    change(document)
    file.write_text(json.dumps(document))
    return file
