"""python-tuf, starting from the trusted root alone, vouches for every file and page that the index serves."""

import hashlib
import json
from pathlib import Path

import pytest
from support.commands import bonded, run, tool
from support.distributions import sdist, wheel
from support.index import JSON
from support.proxies import proxy
from support.sealed import SealedClient
from support.uploading import publish
from tuf.api.exceptions import DownloadError, RepositoryError

SCRIPT = Path(__file__).parent / "support/sealed.py"


def check_project(index, client, project):
    """Everything that the index serves of a project is a target, byte for byte; returns the targets' names."""
    names = set()
    for name, accept in (("index.html", "text/html"), ("index.json", JSON)):
        served = index.get(index.page_url(project), headers={"Accept": accept}).content
        assert client.fetch(f"{project}/{name}") == served
        names.add(f"{project}/{name}")
    for filename, entry in index.files(project).items():
        path = f"{project}/{filename}"
        found = client.find(path)
        assert found, f"no role vouches for {path}"
        assert (found.hashes["sha256"], found.length) == (entry["hashes"]["sha256"], entry["size"])
        consistent = f"{project}/{entry['hashes']['sha256']}.{filename}"
        assert index.get(index.targets_url + consistent).content == index.get(entry["url"]).content
        names.add(path)
    return names


def test_every_target_verifies_before_and_after_further_uploads(index, projects, client, tmp_path):
    one, two = projects(2)
    publish(index, wheel(one), sdist(one))
    before = client.refresh().fetch_everything()
    assert {f"{one}/{file.filename}" for file in (wheel(one), sdist(one))} <= before.keys()

    publish(index, wheel(one, "2.0"), wheel(two))
    after = client.refresh().fetch_everything()
    fresh = SealedClient.of(index, tmp_path / "fresh").refresh().fetch_everything()
    assert after == fresh, "a client that kept its state sees what a new one sees"
    assert f"{two}/{wheel(two).filename}" in after.keys() - before.keys()
    files = {path for path in before if not path.endswith(("/index.html", "/index.json"))}
    assert {path: after[path] for path in files} == {path: before[path] for path in files}


def test_everything_that_is_served_is_a_target_and_nothing_else_is(index, client, project):
    publish(index, wheel(project), sdist(project))
    client.refresh()
    served = set()
    for each in index.projects():
        served |= check_project(index, client, each)
    listed = {path for path in client.walk() if not path.endswith(".metadata")}
    assert listed == served


def test_an_old_python_tuf_verifies_everything(index, project, tmp_path):
    publish(index, wheel(project))
    script = tool("python", "tuf3"), SCRIPT
    for _ in range(2):  # the second run goes on with the first one's state
        shown = run(*script, tmp_path, index.metadata_url, index.targets_url, index.trusted_root).succeeded()
        report = json.loads(shown.output)
        assert report["tuf"] == "3.1.1"
        assert report["targets"][f"{project}/{wheel(project).filename}"] == wheel(project).sha256


def test_metadata_goes_by_version_and_only_timestamp_without(index, client):
    client.refresh()
    root = json.loads(index.trusted_root.read_bytes())["signed"]
    assert root["consistent_snapshot"] is True
    assert set(root["roles"]) >= {"root", "timestamp", "snapshot", "targets"}
    version = client.snapshot.version
    timestamp = index.get(index.metadata_url + "timestamp.json")
    assert timestamp.status_code == 200
    meta = timestamp.json()["signed"]["meta"]["snapshot.json"]
    snapshot = index.get(index.metadata_url + f"{meta['version']}.snapshot.json")
    assert meta["version"] >= version
    assert meta["length"] == len(snapshot.content)
    assert meta["hashes"]["sha256"] == hashlib.sha256(snapshot.content).hexdigest()
    assert "immutable" not in timestamp.headers.get("Cache-Control", "")
    assert index.get(index.metadata_url + f"{root['version'] + 1}.root.json").status_code == 404
    served = index.get(index.metadata_url + f"{root['version']}.root.json")
    assert served.content == index.trusted_root.read_bytes()


def test_keys_of_the_online_roles_are_apart(index):
    root = json.loads(index.trusted_root.read_bytes())["signed"]
    keys = {role: set(each["keyids"]) for role, each in root["roles"].items()}
    for online in ("timestamp", "snapshot"):
        assert not keys[online] & (keys["root"] | keys["targets"])
    assert not keys["timestamp"] & keys["snapshot"]


def flipped(body):
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


@pytest.mark.parametrize("what", ["timestamp.json", ".snapshot.json", ".targets.json"])
def test_metadata_that_was_changed_on_the_way_is_refused(index, tmp_path, what):
    """The check can fail: the same client, the same index, one bit changed."""

    def change(path, body):
        return flipped(body) if path.endswith(what) else body

    with proxy(index, change=change) as (base_url, exchanges):
        with pytest.raises((RepositoryError, DownloadError)):
            SealedClient.of(index, tmp_path, base_url).refresh()
    assert any(exchange.path.endswith(what) for exchange in exchanges)


@pytest.mark.parametrize("kind", ["file", "page", "bin"])
def test_a_target_that_was_changed_on_the_way_is_refused(index, project, tmp_path, kind):
    file = wheel(project)
    publish(index, file)
    wanted = f"{project}/index.html" if kind == "page" else f"{project}/{file.filename}"

    def change(path, body):
        is_target = "/tuf/targets/" in path
        is_bin = "/tuf/metadata/" in path and not path.endswith(
            ("timestamp.json", ".snapshot.json", ".targets.json", ".root.json")
        )
        return flipped(body) if (is_bin if kind == "bin" else is_target) else body

    with proxy(index) as (base_url, _):
        assert SealedClient.of(index, tmp_path / "honest", base_url).refresh().fetch(wanted)
    with proxy(index, change=change) as (base_url, _):
        client = SealedClient.of(index, tmp_path / "cheated", base_url).refresh()
        with pytest.raises((RepositoryError, DownloadError)):
            client.fetch(wanted)


def test_an_older_timestamp_is_refused(index, project, tmp_path):
    old = index.get(index.metadata_url + "timestamp.json").content
    publish(index, wheel(project))

    def roll_back(path, body):
        return old if path.endswith("timestamp.json") else body

    SealedClient.of(index, tmp_path).refresh()
    with proxy(index, change=roll_back) as (base_url, _):
        with pytest.raises(RepositoryError):
            SealedClient.of(index, tmp_path, base_url).refresh()


def test_a_wrong_root_vouches_for_nothing(index, new_server, tmp_path):
    other = new_server().start()
    client = SealedClient(tmp_path / "client", index.metadata_url, index.targets_url, other.trusted_root)
    with pytest.raises(RepositoryError):
        client.refresh()
    other.stop()


def test_a_revoked_file_vanishes_from_page_and_metadata(index, project, client):
    kept, revoked = wheel(project, "1.0"), wheel(project, "2.0")
    publish(index, kept, revoked)
    assert client.refresh().fetch(f"{project}/{revoked.filename}") == revoked.content
    bonded("admin", "revoke", project, revoked.filename, "--config", index.config).succeeded()

    client.refresh()
    assert client.find(f"{project}/{revoked.filename}") is None
    assert client.fetch(f"{project}/{kept.filename}") == kept.content
    assert list(index.files(project)) == [kept.filename]
    assert revoked.filename not in index.get(index.page_url(project)).text
    assert check_project(index, client, project)
    assert not [path for path in client.walk() if revoked.filename in path]


def test_revoking_what_is_not_there_is_refused(index, project):
    publish(index, wheel(project))
    refused = bonded("admin", "revoke", project, "none-1.0-py3-none-any.whl", "--config", index.config).failed()
    assert "none-1.0-py3-none-any.whl" in refused.text
    assert list(index.files(project)) == [wheel(project).filename]
