"""The course of a recovery: what is asked for, what the index shows meanwhile, what it undoes, and kills on the way."""

import gzip
import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support.attacker import stranger
from support.commands import bonded, pip, twine_upload
from support.database import blob, sql
from support.distributions import wheel
from support.maintainers import Refused
from support.recovering import Repository, path
from support.sealed import SealedClient
from support.turning import kill_signer
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.ngclient import Updater

ONLINE = ("timestamp", "snapshot", "recently-claimed", "bins")


@pytest.fixture
def server(new_server):
    return new_server().start()


@pytest.fixture
def repository(server, tmp_path):
    return Repository(server, tmp_path)


def fetched(client, names):
    client.refresh()
    return {name: client.fetch(path(name)) for name in names}


def audit(server):
    return bonded("audit", "--root", server.trusted_root, "--config", server.config)


def test_the_plan_is_shown_and_nothing_is_done(server, repository):
    shown = bonded(
        "recover", "--compromised", "timestamp", "bins", "--plan", "--root", server.trusted_root, "--config", server.config
    ).succeeded().output  # fmt: skip
    for step in ("halt", "bulletin", "restore", "clear recently-claimed", "new keys", "root: replace", "targets: replace"):
        assert step in shown, step
    assert server.get("/readyz").status_code == 200
    assert sql(server, "SELECT count(*) FROM recovery") == "0"


def test_what_cannot_be_carried_out_is_refused_before_anything_happens(server, repository):
    for compromised, flags, reason in (
        (["bins"], [], "new ones are given"),
        (["root"], [], "new ones are given"),
        (["project", "nobody"], [], "no project 'nobody'"),
        (["bin-00"], [], "no role"),
        (["bins"], ["--leave", "bins"], "cannot be left"),
    ):
        refused = repository.begin(*compromised, flags=flags)
        assert refused.status not in (0, 75) and reason in refused.errors, refused.describe()
    without = bonded("recover", "--compromised", "targets", "timestamp", "--root", server.trusted_root, "--yes", "--config", server.config)
    assert "--known-good" in without.failed().errors
    assert "no recovery is under way" in bonded("recover", "--root", server.trusted_root, "--config", server.config).failed().errors
    assert sql(server, "SELECT count(*) FROM recovery") == "0"
    assert fetched(repository.old, repository.good) == repository.good


def test_a_recovering_index_shows_roots_and_the_bulletin_only(server, repository, tmp_path):
    begun = repository.begin(*ONLINE, new=["targets"])
    assert begun.status == 75, begun.describe()
    for url in ("/simple/", "/simple/plain-demo/", "/tuf/metadata/timestamp.json", "/api/v1/account"):
        answer = server.get(url)
        assert answer.status_code == 503 and "/security/1/" in answer.text, f"{url}: {answer.text}"
        assert "/security/1/" in answer.reason
    assert server.get("/tuf/metadata/1.root.json").status_code == 200
    assert "recover" in server.get("/readyz").json()["reason"]
    upload = twine_upload(server, wheel("meanwhile").write(tmp_path))
    assert upload.status != 0 and "/security/1/" in upload.text
    installed = pip("install", "--retries", "0", "--index-url", server.simple_url, "--target", tmp_path / "site", "plain-demo")
    assert installed.status != 0
    second = repository.begin("bins", new=["targets"])
    assert "under way" in second.failed().errors

    repository.go_on()
    assert server.get("/readyz").status_code == 200
    assert fetched(repository.new_client(), repository.good) == repository.good
    assert "version 2" in sql(server, "SELECT body FROM bulletin WHERE id = 1")


def test_the_claims_of_recently_claimed_projects_are_made_again(server, repository):
    said = repository.recover("recently-claimed", new=["targets"])
    assert "unclaimed  recent-demo" in said
    client = repository.new_client()
    assert fetched(client, repository.good) == repository.good
    assert client._updater.get_targetinfo("recent-demo/index.html")
    assert "project-recent-demo" not in client._updater._trusted_set
    repository.publish("recent-demo", "2.0")
    for client in (repository.old, repository.new_client()):
        assert client.refresh().fetch(path("recent-demo", "2.0")) == wheel("recent-demo", "2.0").content
        assert "project-recent-demo" in client._updater._trusted_set


def test_uploads_since_the_last_known_good_snapshot_are_undone(server, repository, tmp_path):
    """Whoever had the machine uploads, changes and deletes, and has it all signed by the index."""
    before = server.files("plain-demo")
    twine_upload(server, wheel("evil-new").write(tmp_path), wheel("plain-demo", "6.6.6").write(tmp_path)).succeeded()
    sql(server, "UPDATE file SET requires_python = '>=99', yanked_reason = 'gone' WHERE filename LIKE 'plain_demo-1%'")
    bonded("admin", "revoke", "plain-demo", wheel("plain-demo").filename, "--config", server.config).succeeded()
    repository.old.refresh()
    with pytest.raises(KeyError):
        repository.old.fetch(path("plain-demo"))

    against = bonded("audit", "--root", server.trusted_root, "--against", repository.archive, "--config", server.config)
    assert against.status == 1
    for line in (f"added  {path('evil-new')}", f"added  {path('plain-demo', '6.6.6')}", f"deleted  {path('plain-demo')}"):
        assert line in against.output, against.describe()

    said = repository.recover("bins", new=["targets"])
    assert f"removed    {path('evil-new')}" in said and f"restored   {path('plain-demo')}" in said
    for client in (repository.old, repository.new_client()):
        assert fetched(client, repository.good) == repository.good
        assert client.find(path("evil-new")) is None and client.find(path("plain-demo", "6.6.6")) is None
    assert server.files("plain-demo") == before
    assert audit(server).status == 0
    twine_upload(server, wheel("evil-new").write(tmp_path)).succeeded()


def test_a_file_whose_bytes_are_gone_is_reported_and_not_served(server, repository, tmp_path):
    file = blob(server, wheel("plain-demo"))
    file.chmod(0o600)
    file.write_bytes(b"X" * file.stat().st_size)
    said = repository.recover("bins", new=["targets"])
    assert f"lost       {path('plain-demo')}" in said
    client = repository.new_client()
    assert client.find(path("plain-demo")) is None
    assert client.fetch(path("claimed-demo")) == repository.good["claimed-demo"]


def test_versions_pushed_to_the_maximum(server, repository):
    """A fast-forward attack on clients, and on the index's own database."""
    forged = repository.forged("timestamp", "snapshot", "bins")
    forged.timestamp.signed.version = sys.maxsize - 10
    forged.snapshot.signed.version = 2**62
    for file in forged.snapshot.signed.meta.values():
        file.version = 2**62
    forged.publish()
    with forged.served() as base_url, pytest.raises((RepositoryError, DownloadError)):
        SealedClient.of(server, repository.old.state, base_url).refresh()
    with pytest.raises(RepositoryError):
        repository.old.refresh()
    for role in ("timestamp", "snapshot", "recently-claimed"):
        sql(
            server,
            f"WITH old AS (UPDATE metadata SET superseded_at = now() WHERE role = '{role}' AND superseded_at IS NULL RETURNING *)"
            f" INSERT INTO metadata (role, version, bytes, expires_at) SELECT role, {sys.maxsize}, bytes, expires_at FROM old",
        )
    said = repository.recover("timestamp", "snapshot", "bins", new=["targets"])
    assert "pushed     timestamp" in said and "pushed     recently-claimed" in said
    for client in (repository.old, repository.new_client()):
        assert fetched(client, repository.good) == repository.good
        assert client.snapshot.version < 1_000


def test_stolen_root_keys_are_all_replaced(server, repository):
    old = repository.keys["root"].public_key.keyid
    repository.recover("root", new=["root", "targets"])
    for client in (repository.old, repository.new_client()):
        assert fetched(client, repository.good) == repository.good
        root = client._updater._trusted_set.root
        assert old not in root.roles["root"].keyids and old not in root.roles["targets"].keyids
    forged = repository.forged("root")
    root = forged.current("root")
    forged.sign(root, "root")
    with forged.served() as base_url, pytest.raises(RepositoryError):
        SealedClient.of(server, repository.old.state, base_url).refresh()


@pytest.mark.parametrize("project", ["recent-demo", "claimed-demo"])
def test_the_keys_of_a_project_s_maintainers(server, repository, project):
    """Whoever stole them has published a version of his own, signed and all."""
    repository.publish(project, "6.6.6")
    assert repository.old.refresh().fetch(path(project, "6.6.6"))
    begun = repository.begin("project", project)
    if project == "claimed-demo":
        assert begun.status == 75 and "claimed: each holder signs" in begun.output
        assert server.get(f"/simple/{project}/").status_code == 404, "closed at once"
        assert server.get("/simple/plain-demo/").status_code == 200, "the others are not"
        repository.go_on()
    else:
        assert begun.status == 0, begun.describe()
    for client in (repository.old, repository.new_client()):
        assert fetched(client, repository.good) == repository.good
        assert client.find(path(project, "6.6.6")) is None
    with pytest.raises(Refused):
        repository.publish(project, "6.6.7")
    new = stranger()
    repository.maintainer.register(key=new)
    assert audit(server).status == 0


def test_whatever_is_killed_after_any_step_it_goes_on(server, repository):
    """`bonded sign` is killed after every step; `bonded recover` ends at every step anyway."""
    begun = repository.begin(*ONLINE, "claimed", new=["targets", "claimed"])
    assert begun.status == 75
    kill_signer(server)
    repository.go_on(after_each_step=lambda: kill_signer(server))
    for client in (repository.old, repository.new_client()):
        assert fetched(client, repository.good) == repository.good
    assert audit(server).status == 0
    assert sql(server, "SELECT count(*) FROM online_key") == "0"
    assert not list((server.data / "online-keys").glob("*.next.key"))


def test_an_archive_that_was_changed_or_cut_off_is_refused(server, repository, tmp_path):
    good = open(repository.archive, "rb").read()
    bad = tmp_path / "bad.gz"
    for content in (good[:-200], b"{}\n", b"", good[:2000] + bytes([good[2000] ^ 1]) + good[2001:]):
        bad.write_bytes(content)
        compared = bonded("audit", "--root", server.trusted_root, "--against", bad, "--config", server.config)
        assert compared.status != 0 and "bad.gz" in compared.errors, compared.describe()
    lines = gzip.open(repository.archive).read().splitlines()
    page = next(number for number, line in enumerate(lines) if line.startswith(b'{"content":') and b'"page":"plain-demo/' in line)
    bin_ = next(number for number, line in enumerate(lines) if b'plain-demo/' in line and b'"metadata":"bin-' in line)
    for number, old, new in ((page, b"plain_demo", b"plain_evil"), (bin_, b"sha256", b"sha255")):
        assert old in lines[number]
        changed = [*lines[:number], lines[number].replace(old, new), *lines[number + 1 :]]
        for content in (changed, [*lines[:number], *lines[number + 1 :]]):
            with gzip.open(bad, "wb") as file:
                file.write(b"".join(line + b"\n" for line in content))
            compared = bonded("audit", "--root", server.trusted_root, "--against", bad, "--config", server.config)
            assert compared.status != 0 and "since the archive" not in compared.output, compared.describe()
    refused = bonded("snapshot", "restore", bad, "--root", server.trusted_root, "--yes", "--config", server.config)
    assert refused.status != 0
    assert sql(server, "SELECT count(*) FROM recovery") == "0"


def test_going_back_to_a_known_good_snapshot_without_any_key(server, repository, tmp_path):
    twine_upload(server, wheel("oops").write(tmp_path)).succeeded()
    restored = bonded(
        "snapshot", "restore", repository.archive, "--root", server.trusted_root, "--yes", "--config", server.config
    ).succeeded()  # fmt: skip
    assert f"added  {path('oops')}" in restored.output and "verifies from your root" in restored.output
    for client in (repository.old, repository.new_client()):
        assert fetched(client, repository.good) == repository.good
        assert client.find(path("oops")) is None
    assert "project-recent-demo" in repository.old._updater._trusted_set, "claims stay"


def test_an_archive_is_verified_without_the_index(server, repository, tmp_path):
    """Its lines are a TUF repository's files: python-tuf verifies them alone."""
    lines = [json.loads(line) for line in gzip.open(repository.archive)]
    mirror, metadata = tmp_path / "mirror", tmp_path / "trusted"
    (mirror / "metadata").mkdir(parents=True)
    metadata.mkdir()
    for line in lines:
        if "metadata" in line:
            name = "timestamp.json" if line["metadata"] == "timestamp" else f"{line['version']}.{line['metadata']}.json"
            (mirror / "metadata" / name).write_text(line["content"], newline="")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=mirror)) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{web.server_port}/metadata/"
        updater = Updater(str(metadata), url, bootstrap=server.trusted_root.read_bytes())
        for name in repository.good:
            assert updater.get_targetinfo(path(name))
        web.shutdown()
    names = bonded("snapshot", "list", "--config", server.config).succeeded().output
    assert "snapshot-" in names
    again = bonded("snapshot", "archive", tmp_path, "--name", names.split()[0], "--root", server.trusted_root, "--config", server.config)
    assert "already" in again.failed().errors
