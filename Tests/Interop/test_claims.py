"""Claimed projects move from the online role into `claimed`, which holders sign offline."""

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from support import claims
from support.attacker import online_keys
from support.commands import REPOSITORY, bonded, run
from support.distributions import wheel
from support.maintainers import Maintainer, Refused, signature
from support.sealed import SealedClient
from support.sealing import SEAL

BONDED = REPOSITORY / ".build/release/bonded"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An index of this module's own: a move takes every project there is."""
    from support.index import Server

    server = Server(tmp_path_factory.mktemp("claims") / "data").start()
    try:
        yield server
    finally:
        server.destroy()


@pytest.fixture(autouse=True)
def nothing_is_out(server):
    yield
    claims.offline(server, "drop")


@pytest.fixture
def alice(server, project):
    maintainer = Maintainer(server, f"alice-{project}")
    maintainer.register()
    return maintainer


@pytest.fixture
def bob(server, project):
    maintainer = Maintainer(server, f"bob-{project}")
    maintainer.register()
    return maintainer


@pytest.fixture
def client(server, tmp_path):
    return SealedClient.of(server, tmp_path / "client")


def publish(maintainer, project, version="1.0", **changes):
    return maintainer.publish(project, wheel(project, version), **changes)


def claimed(maintainer, project):
    return publish(maintainer, project, maintainers={"keyids": [maintainer.key_id], "threshold": 1})


def path(project, version="1.0"):
    return f"{project}/{wheel(project, version).filename}"


def delegators(client):
    """{role: the roles it delegates to}, of what python-tuf has verified."""
    trusted = client._updater._trusted_set._trusted_set
    found = {}
    for name, envelope in trusted.items():
        delegations = getattr(envelope, "delegations", None)
        if delegations and delegations.roles:
            found[name] = set(delegations.roles)
    return found


def test_clients_see_a_valid_chain_before_during_and_after_the_move(server, alice, project, client, tmp_path):
    claimed(alice, project)
    assert f"{project}  waiting" in claims.claims(server, "list").succeeded().output
    assert client.refresh().fetch(path(project)) == wheel(project).content
    assert f"project-{project}" in delegators(client)["recently-claimed"]

    file = claims.draft(server, tmp_path)
    assert f"{project}  drafted" in claims.claims(server).succeeded().output
    shown = claims.sign(server, file).succeeded().output
    assert f"adds     {project}: 1 of [{alice.account} " in shown and "signs    claimed version" in shown
    assert client.refresh().fetch(path(project)) == wheel(project).content

    imported = claims.offline(server, "import", claims.signed_file(file)).succeeded().output
    assert "as of snapshot" in imported
    assert project not in claims.claims(server).succeeded().output
    for each in (client, SealedClient.of(server, tmp_path / "new")):
        assert each.refresh().fetch(path(project)) == wheel(project).content
        assert f"project-{project}" in delegators(each)["claimed"]
    client.find("no-such/project")
    assert f"project-{project}" not in delegators(client).get("recently-claimed", ())

    publish(alice, project, "2.0")
    assert client.refresh().fetch(path(project, "2.0")) == wheel(project, "2.0").content
    standing = alice.call("GET", f"projects/{project}")
    assert (standing["state"], standing["delegator"]) == ("claimed", "claimed")


def test_what_was_signed_and_published_survives_a_restart_of_the_snapshot_process(server, alice, project, client):
    claimed(alice, project)
    claims.move(server)
    os.kill(server.pid("sign"), signal.SIGKILL)
    publish(alice, project, "2.0")
    assert client.refresh().fetch(path(project, "2.0")) == wheel(project, "2.0").content


def test_other_maintainers_of_a_claimed_project_wait_for_the_next_move(server, alice, bob, project, client):
    claimed(alice, project)
    claims.move(server)
    draft = alice.draft(project, maintainers={"keyids": [bob.key_id], "threshold": 1})
    assert alice.sign(draft)["state"] == "staged", "the new keys have to agree, too"
    assert bob.sign(draft)["state"] == "published"
    assert alice.call("GET", f"projects/{project}")["wanted"] is not None
    client.refresh().fetch(path(project))
    trusted = client._updater._trusted_set._trusted_set
    assert set(trusted["claimed"].delegations.roles[f"project-{project}"].keyids) == {alice.key_id}

    both = bob.draft(project, yank={wheel(project).filename: "old"})
    assert bob.sign(both)["state"] == "staged", "until the move the old keys count as well"
    assert alice.sign(both)["state"] == "published"
    assert f"{project}  waiting  other maintainers" in claims.claims(server).succeeded().output

    claims.move(server)
    client.refresh().fetch(path(project))
    trusted = client._updater._trusted_set._trusted_set
    assert set(trusted["claimed"].delegations.roles[f"project-{project}"].keyids) == {bob.key_id}
    assert publish(bob, project, "2.0")["state"] == "published"
    with pytest.raises(Refused) as refused:
        alice.sign(alice.draft(project))
    assert refused.value.check == "key-unknown"


def test_while_a_draft_is_out_the_maintainers_in_it_stay(server, alice, bob, project, tmp_path):
    claimed(alice, project)
    waiting = alice.draft(project, maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    claims.draft(server, tmp_path)
    for attempt in (
        lambda: alice.sign(waiting),
        lambda: alice.draft(project, maintainers={"keyids": [bob.key_id], "threshold": 1}),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.check == "live" and "offline" in refused.value.problem["detail"]
        if waiting:
            alice.call("DELETE", f"drafts/{waiting['id']}")
            waiting = None
    publish(alice, project, "2.0")
    second = claims.claims(server, "draft", "--out", tmp_path / "second.json").failed()
    assert "drop" in second.errors and not (tmp_path / "second.json").exists()
    claims.offline(server, "drop").succeeded()
    draft = alice.draft(project, maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    assert alice.sign(draft)["state"] == "published"


def test_a_holder_s_machine_finds_out_a_draft_with_keys_that_the_maintainers_did_not_sign_for(
    server, alice, bob, project, tmp_path
):
    """Whoever owns the index has the maintainers' metadata, not their keys."""
    claimed(alice, project)
    claims.move(server)
    draft = alice.draft(project)
    alice.sign(draft)
    evil = json.loads(json.dumps(draft["signed"]))
    evil["x-bonded-maintainers"] = {
        "keys": {bob.key_id: {"account": bob.account, "key": bob.registration()["key"]}}, "threshold": 1,
    }  # fmt: skip
    signed_by_the_new_key_only = {"signed": evil, "signatures": [signature(bob.key, evil)]}
    signed_by_the_old_key_only = {"signed": evil, "signatures": [signature(alice.key, evil)]}
    empty = evil | {"targets": {}}
    about_nothing = {"signed": empty, "signatures": [signature(bob.key, empty)]}
    honest = {"signed": draft["signed"], "signatures": [signature(alice.key, draft["signed"])]}
    lies = {
        "keys changed without the old keys": lambda document: document["evidence"].update(
            {project: signed_by_the_new_key_only}
        ),
        "keys changed without the new keys": lambda document: document["evidence"].update(
            {project: signed_by_the_old_key_only}
        ),
        "a project added with metadata about nothing": lambda document: document["evidence"].update(
            {f"{project}-new": about_nothing}
        ),
        "published metadata with another key": lambda document: document["published"]["claimed"]["signed"].update(
            version=99
        ),
        "targets that root does not vouch for": lambda document: document["targets"]["signed"].update(version=99),
        "a project under another's name": lambda document: document["evidence"].update({f"{project}-x": honest}),
    }
    for number, (what, lie) in enumerate(lies.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = claims.changed(claims.draft(server, folder), lie)
        refused = claims.sign(server, file)
        assert refused.status == 76, f"{what}: {refused.describe()}"
        assert not claims.signed_file(file).exists(), what
        claims.offline(server, "drop").succeeded()


def test_only_the_holders_signatures_over_the_draft_that_is_out_are_imported(server, alice, project, tmp_path):
    claimed(alice, project)
    old = claims.draft(server, tmp_path)
    claims.sign(server, old).succeeded()
    claims.offline(server, "drop").succeeded()
    other = tmp_path / "other"
    other.mkdir()
    claimed(alice, f"{project}-more")
    file = claims.draft(server, other)
    assert "another draft" in claims.offline(server, "import", claims.signed_file(old)).failed().errors
    assert "No signature" in claims.offline(server, "import", file).failed().errors

    stranger = online_keys(server)["snapshot"]
    forged = claims.changed(
        file,
        lambda document: document.update(signatures={"claimed": [signature(stranger, {"any": "thing"})]}),
    )
    assert "does not sign 'claimed'" in claims.offline(server, "import", forged).failed().errors
    refused = claims.sign(
        server, file, "--yes", out=other / "x.json", key=server.data / "online-keys/recently-claimed.key"
    )
    assert refused.status == 64 and "none of those that sign" in refused.errors


def test_a_root_that_is_another_index_s_is_refused(server, alice, project, tmp_path, new_server):
    claimed(alice, project)
    file = claims.draft(server, tmp_path)
    root = json.loads(server.trusted_root.read_bytes())
    root["signed"]["version"] = 2
    other = tmp_path / "root.json"
    other.write_text(json.dumps(root))
    refused = run(
        SEAL, "sign", file, "--out", tmp_path / "out.json", "--root", other, "--yes",
        "--key", server.data / "development-keys/offline-keys/development.key",
        "--passphrase-file", server.data / "development-keys.passphrase",
    )  # fmt: skip
    assert refused.status == 76


def test_it_is_signed_without_a_network_and_nothing_is_overwritten(server, alice, project, tmp_path):
    claimed(alice, project)
    file = claims.draft(server, tmp_path)
    command = [
        "unshare", "--net", "--map-root-user", SEAL, "sign", file, "--out", tmp_path / "signed.json",
        "--root", server.trusted_root, "--yes",
        "--key", server.data / "development-keys/offline-keys/development.key",
        "--passphrase-file", server.data / "development-keys.passphrase",
    ]  # fmt: skip
    assert "1 of 1 of the keys of 'claimed' have signed" in run(*command).succeeded().output
    again = run(*command)
    assert again.status == 1 and "nothing is overwritten" in again.errors


def test_a_move_survives_kills_of_the_snapshot_process(server, alice, project, client, tmp_path):
    """Whenever it dies, clients find every project: in its old place or in its new one."""
    names = [f"{project}-{number}" for number in range(6)]
    claimed(alice, names[0])
    broken, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            try:
                assert client.refresh().fetch(path(names[0])) == wheel(names[0]).content
            except Exception as error:  # noqa: BLE001 - whatever a client would stumble over
                broken.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for number, name in enumerate(names):
            if number:
                claimed(alice, name)
            folder = tmp_path / name
            folder.mkdir()
            file = claims.draft(server, folder)
            claims.sign(server, file).succeeded()
            importing = subprocess.Popen(
                [BONDED, "admin", "offline", "import", claims.signed_file(file), "--config", server.config],
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            for _ in range(4):
                time.sleep(random.random() / 50)
                with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                    os.kill(server.pid("sign"), signal.SIGKILL)
            said, _ = importing.communicate(timeout=60)
            assert importing.returncode == 0 and "as of snapshot" in said
    finally:
        stop.set()
        watcher.join()
    assert not broken, broken[0]
    fresh = SealedClient.of(server, tmp_path / "fresh").refresh()
    for name in names:
        assert fresh.fetch(path(name)) == wheel(name).content
    assert set(f"project-{name}" for name in names) <= delegators(fresh)["claimed"]


def test_the_log_tells_of_the_move(server, alice, project):
    claimed(alice, project)
    claims.move(server)
    bonded("log", "verify", "--config", server.config).succeeded()
    shown = bonded("log", "show", "--limit", "20", "--config", server.config).succeeded().output
    kinds = [json.loads(line)["kind"] for line in shown.splitlines()]
    assert {"offline drafted", "offline signed"} <= set(kinds)


def test_many_projects_are_named_through_shards(new_server, tmp_path):
    server = new_server().start()
    config = server.config.read_text() + "claims:\n  projects_per_role: 3\n"
    settings = tmp_path / "bonded.yaml"
    settings.write_text(config)
    alice = Maintainer(server, "alice")
    alice.register()
    projects = [f"{word}-{number}" for word in ("aa", "ab", "b") for number in range(4)]
    client = SealedClient.of(server, tmp_path / "client")
    for start in (0, 6):
        for project in projects[start : start + 6]:
            claimed(alice, project)
        file = tmp_path / f"draft-{start}.json"
        bonded("admin", "claims", "draft", "--out", file, "--config", settings).succeeded()
        claims.sign(server, file).succeeded()
        claims.offline(server, "import", claims.signed_file(file)).succeeded()
        client.refresh()
        for project in projects[: start + 6]:
            assert client.fetch(path(project)) == wheel(project).content
    shards = {role for role in delegators(client)["claimed"] if role.startswith("claimed-")}
    assert len(shards) >= 4
    for project in projects:
        publish(alice, project, "2.0")
    assert " error bonded.sign" not in server.log(), "the snapshot process trusts shards that did not change, too"
    for project in projects:
        fresh = SealedClient.of(server, tmp_path / f"fresh-{project}").refresh()
        assert fresh.fetch(path(project)) == wheel(project).content
        visited = [name for name in fresh._updater._trusted_set._trusted_set if name not in ("root", "timestamp", "snapshot")]
        assert len(visited) == 4, visited
