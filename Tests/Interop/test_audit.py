"""`bonded audit`: everything the index keeps, held against what was signed."""

import dataclasses
import os
import time

import pytest
from support.commands import bonded, twine_upload
from support.database import blob, sql
from support.distributions import sdist, wheel
from support.maintainers import Maintainer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An index with plain and claimed projects, kept by this module alone: its tests damage it."""
    from support.index import Server

    folder = tmp_path_factory.mktemp("audit")
    server = Server(folder / "data").start()
    try:
        for number in range(5):
            twine_upload(server, wheel(f"audited-{number}").write(folder), sdist(f"audited-{number}").write(folder)).succeeded()
        alice = Maintainer(server, "alice")
        alice.register()
        alice.publish("sealed", wheel("sealed"), maintainers={"keyids": [alice.key_id], "threshold": 1})
        yield server
    finally:
        server.destroy()


def audit(server):
    return bonded("audit", "--root", server.trusted_root, "--config", server.config)


def findings(server):
    """[(kind, subject)] of an audit that is expected to find something."""
    done = audit(server)
    assert done.status == 1, done.describe()
    lines = [line.split("  ") for line in done.output.splitlines()[:-2]]
    return [(line[0], line[1]) for line in lines]


def test_a_sound_index_passes(server):
    done = audit(server).succeeded()
    assert "11 files" in done.output and "12 pages" in done.output and "as it was signed" in done.output


def replaced(path, content):
    before = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content)
    return before


@pytest.mark.parametrize("name", ["audited-0", "sealed"])
def test_changed_and_missing_files_are_found(server, name):
    distribution = wheel(name)
    path = blob(server, distribution)
    content = replaced(path, distribution.content[:-1] + b"X")
    assert findings(server) == [("changed", f"{name}/{distribution.filename}")]
    path.unlink()
    assert findings(server) == [("missing", f"{name}/{distribution.filename}")]
    path.write_bytes(content)
    sidecar = blob(server, distribution, ".metadata")
    metadata = replaced(sidecar, b"Name: evil\n")
    assert findings(server) == [("changed", f"{name}/{distribution.filename}.metadata")]
    sidecar.write_bytes(metadata)
    audit(server).succeeded()


def test_a_file_that_was_swapped_together_with_its_row_is_found(server):
    """Whoever owns the disk and the database: the row names other bytes, and they are there."""
    honest = wheel("audited-3")
    evil = dataclasses.replace(honest, content=honest.content[:-1] + b"X")
    path = blob(server, evil)
    path.parent.mkdir(parents=True)
    path.write_bytes(evil.content)
    row = f"SET size = %d, sha256 = '\\x%s', blake2b_256 = '\\x%s' WHERE filename = '{honest.filename}'"
    sql(server, "UPDATE file " + row % (len(evil.content), evil.sha256, evil.blake2))
    assert ("changed", f"audited-3/{honest.filename}") in findings(server)
    sql(server, "UPDATE file " + row % (len(honest.content), honest.sha256, honest.blake2))
    path.unlink()
    audit(server).succeeded()


def test_a_page_that_was_changed_in_the_database_is_found(server):
    condition = "project_id = (SELECT id FROM project WHERE name = 'audited-1') AND format = 'json' AND superseded_at IS NULL"
    sql(server, f"UPDATE page SET bytes = bytes || '\\x20' WHERE {condition}")
    assert findings(server) == [("changed", "audited-1/index.json")]
    sql(server, f"UPDATE page SET bytes = substring(bytes FROM 1 FOR length(bytes) - 1) WHERE {condition}")
    audit(server).succeeded()


def test_metadata_that_was_changed_in_the_database_is_found(server):
    """The role below which everything is lost is named; its files are in no role that verifies."""
    sql(server, "UPDATE metadata SET bytes = overlay(bytes placing '\\x30' from length(bytes) - 90) WHERE role = 'project-sealed' AND superseded_at IS NULL")
    found = findings(server)
    assert ("untrusted", "project-sealed") in found and ("untrusted", "file") in found


def test_a_blob_that_nothing_refers_to_is_found_once_it_is_a_day_old(server):
    stray = wheel("stray")
    path = blob(server, stray)
    path.parent.mkdir(parents=True)
    path.write_bytes(stray.content)
    assert "unreferenced" not in [kind for kind, _ in findings(server)]
    os.utime(path, (time.time() - 100_000,) * 2)
    assert ("unreferenced", str(path.relative_to(server.data / "blobs"))) in findings(server)
    path.unlink()


def test_a_broken_log_and_a_file_that_is_another_than_was_logged_are_found(server):
    sql(
        server,
        "ALTER TABLE log_entry DISABLE TRIGGER log_entry_append_only;"
        " UPDATE log_entry SET kind = 'draft dropped' WHERE seq = 3",
    )
    assert ("log", "entry 3") in findings(server)
    sql(server, f"UPDATE file SET sha256 = sha256('other') WHERE filename = '{wheel('audited-2').filename}'")
    assert ("log", wheel("audited-2").filename) in findings(server)


def test_another_index_s_root_is_refused(server, new_server):
    other = new_server("other").start()
    done = bonded("audit", "--root", other.trusted_root, "--config", server.config)
    assert done.status != 0 and "as it was signed" not in done.output
