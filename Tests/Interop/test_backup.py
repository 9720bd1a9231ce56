"""A backup is restored that is older than what clients have seen."""

import os
import shutil

import pytest
from support.commands import bonded, twine_upload
from support.distributions import wheel
from support.index import Server
from support.recovering import path
from support.sealed import SealedClient
from support.turning import rotate
from tuf.api.exceptions import RepositoryError


def test_clients_come_back_once_the_keys_of_timestamp_and_snapshot_were_replaced(tmp_path):
    server = Server(tmp_path / "data", {"BONDED_SIGNING_KEY_OVERLAP": "0s"}).start()
    try:
        twine_upload(server, wheel("kept").write(tmp_path)).succeeded()
        server.stop()
        shutil.copytree(server.data, tmp_path / "backup", symlinks=True)
        run_as_before(server.data, tmp_path / "backup")
        server.start()
        for version in ("1.0", "2.0", "3.0"):
            twine_upload(server, wheel("lost", version).write(tmp_path)).succeeded()
        client = SealedClient.of(server, tmp_path / "client").refresh()
        assert client.fetch(path("lost"))
        server.stop()

        shutil.rmtree(server.data)
        shutil.copytree(tmp_path / "backup", server.data, symlinks=True)
        run_as_before(tmp_path / "backup", server.data)
        server.start()
        client = SealedClient.of(server, tmp_path / "client")
        with pytest.raises(RepositoryError):
            client.refresh()
        rotate(server, tmp_path, "timestamp", "snapshot")
        assert client.refresh().fetch(path("kept")) == wheel("kept").content
        assert client.find(path("lost")) is None
        twine_upload(server, wheel("lost").write(tmp_path)).succeeded()
        assert client.refresh().fetch(path("lost")) == wheel("lost").content
        audit = bonded("audit", "--root", server.trusted_root, "--config", server.config)
        assert "missing" not in audit.output and "changed" not in audit.output, audit.describe()
    finally:
        server.destroy()


def run_as_before(original, copy):
    """Gives a copied tree the owners of the original."""
    for file in [original, *original.rglob("*")]:
        status = file.lstat()
        os.chown(copy / file.relative_to(original), status.st_uid, status.st_gid, follow_symlinks=False)
