"""Root turns: other keys, other thresholds, and clients that have been there since the first day."""

import json
import os
import random
import signal
import threading
from pathlib import Path

import pytest
from support import claims
from support.attacker import ForgedRepository, offline_key, open_key
from support.commands import bonded, twine_upload
from support.distributions import wheel
from support.maintainers import Maintainer
from support.sealed import SealedClient
from support.sealing import seal
from support.waiting import wait_until
from tuf.api.exceptions import RepositoryError


@pytest.fixture
def server(new_server):
    return new_server().start()


@pytest.fixture
def clients(server, tmp_path):
    """(one that has been there since the first day, a maker of new ones with the first day's root)."""
    numbers = iter(range(1_000))
    return (
        SealedClient.of(server, tmp_path / "old").refresh(),
        lambda: SealedClient.of(server, tmp_path / f"new-{next(numbers)}").refresh(),
    )


class Holder:
    """Someone with a key of their own."""

    def __init__(self, server, folder, name):
        self.server = server
        self.folder = folder / name
        made = seal(
            "key", "new", "--label", name, "--keys", self.folder, "--passphrase-file", passphrase(server)
        ).succeeded()  # fmt: skip
        lines = dict(line.split("  ", 1) for line in made.output.replace("file    ", "file  ").splitlines())
        self.key, self.key_id = lines["file"], lines["key id"]
        self.public = self.folder / "public.pem"
        self.public.write_text(seal("key", "export", "--public", self.key).succeeded().output)


def passphrase(server):
    return server.data / "development-keys.passphrase"


@pytest.fixture
def holder(server, tmp_path):
    return lambda name: Holder(server, tmp_path, name)


def first_holder(server):
    return server.data / "development-keys/offline-keys/development.key"


def first_key_id(server, role="root"):
    root = json.loads(server.trusted_root.read_bytes())
    return root["signed"]["roles"][role]["keyids"][0]


def draft(server, folder, *changes):
    file = folder / f"root-{len(list(folder.glob('root-*')))}.json"
    return file, bonded("admin", "root", "draft", "--out", file, *changes, "--config", server.config)


def sign(server, file, *keys):
    """Signs with one key after another; the last file, and what was shown last."""
    shown = None
    for key in keys:
        out = file.with_suffix(f".{Path(key).stem}.json")
        shown = claims.sign(server, file, out=out, key=key).succeeded().output
        file = out
    return file, shown


def turn(server, folder, *changes, keys):
    file, made = draft(server, folder, *changes)
    made.succeeded()
    file, _ = sign(server, file, *keys)
    return claims.offline(server, "import", file).succeeded().output


def root_version(client):
    return client._updater._trusted_set.root.version


def test_ten_rotations_in_a_row_are_followed_by_old_and_new_clients(server, clients, holder, tmp_path):
    old, new = clients
    present, present_id = first_holder(server), first_key_id(server)
    for number in range(10):
        successor = holder(f"holder-{number}")
        said = turn(
            server, tmp_path, "--add-key", f"root={successor.public}", "--remove-key", f"root={present_id}",
            keys=[present, successor.key],
        )  # fmt: skip
        assert "published as of snapshot" in said
        present, present_id = successor.key, successor.key_id
        assert root_version(old.refresh()) == number + 2
    assert root_version(new()) == 11
    twine_upload(server, wheel("still-there").write(tmp_path)).succeeded()
    for client in (old.refresh(), new()):
        assert client.fetch(f"still-there/{wheel('still-there').filename}") == wheel("still-there").content


def test_the_old_threshold_and_the_new_one_sign(server, clients, holder, tmp_path):
    bob, carol = holder("bob"), holder("carol")
    file, made = draft(
        server, tmp_path, "--add-key", f"root={bob.public}", "--add-key", f"root={carol.public}", "--threshold", "root=2"
    )
    assert "0 of 2 of the next root keys" in made.succeeded().output
    by_bob, shown = sign(server, file, bob.key)
    assert "0 of 1 of the present root keys" in shown and "1 of 2 of the next root keys" in shown
    said = claims.offline(server, "import", by_bob).succeeded().output
    assert "nothing is published yet" in said
    status = claims.offline(server).succeeded().output
    assert f"signed   {bob.key_id}" in status and f"missing  {carol.key_id}" in status

    by_carol, _ = sign(server, file, carol.key)
    assert "nothing is published yet" in claims.offline(server, "import", by_carol).succeeded().output
    again = claims.offline(server, "import", by_carol)
    assert again.status != 0 and "has signed 'root' already" in again.errors
    by_the_first, _ = sign(server, file, first_holder(server))
    assert "published as of" in claims.offline(server, "import", by_the_first).succeeded().output
    old, new = clients
    assert root_version(old.refresh()) == root_version(new()) == 2

    file, made = draft(server, tmp_path, "--remove-key", f"root={first_key_id(server)}")
    made.succeeded()
    alone, _ = sign(server, file, bob.key)
    assert "nothing is published yet" in claims.offline(server, "import", alone).succeeded().output
    both, shown = sign(server, alone, carol.key)
    assert "warning  all 2 keys of root must sign" in shown
    claims.offline(server, "import", both).succeeded()
    assert root_version(old.refresh()) == 3


def test_what_would_lock_everyone_out_is_refused(server, holder, tmp_path):
    bob = holder("bob")
    first, online = first_key_id(server), first_key_id(server, "timestamp")
    for changes, reason in (
        (["--threshold", "root=2"], "nobody could sign it again"),
        (["--threshold", "root=0"], "nobody could sign it again"),
        (["--remove-key", f"root={first}"], "nobody could sign it again"),
        (["--remove-key", f"root={bob.key_id}"], "does not sign"),
        (["--add-key", f"root={bob.public}", "--add-key", f"root={bob.public}"], "already"),
        (["--add-key", f"snapshot={bob.public}", "--remove-key", f"timestamp={online}"], "nobody could"),
        (["--add-key", f"timestamp={bob.public}", "--remove-key", f"timestamp={online}"], "add the new key first"),
        (["--add-key", f"bins={bob.public}"], "does not name the keys of"),
    ):
        file, refused = draft(server, tmp_path, *changes)
        refused.failed()
        assert reason in refused.errors, refused.describe()
        assert not file.exists()
    file, made = draft(server, tmp_path)
    made.succeeded()


def test_a_new_targets_key_signs_targets_as_well(server, clients, holder, tmp_path):
    twine_upload(server, wheel("kept").write(tmp_path)).succeeded()
    bob = holder("bob")
    targets = first_key_id(server, "targets")
    file, made = draft(server, tmp_path, "--add-key", f"targets={bob.public}", "--remove-key", f"targets={targets}")
    assert "0 of 1 of the next targets keys" in made.succeeded().output
    signed, shown = sign(server, file, first_holder(server), bob.key)
    assert "signs    targets version 2" in shown
    assert "root, targets" in claims.offline(server, "import", signed).succeeded().output
    old, new = clients
    for client in (old.refresh(), new()):
        assert client.fetch(f"kept/{wheel('kept').filename}") == wheel("kept").content
        assert client._updater._trusted_set.targets.version == 2
    twine_upload(server, wheel("kept", "2.0").write(tmp_path)).succeeded()
    assert old.refresh().fetch(f"kept/{wheel('kept', '2.0').filename}")
    assert " error bonded.sign" not in server.log()


def test_an_online_key_is_replaced_without_a_moment_that_clients_cannot_verify(server, clients, holder, tmp_path):
    old, new = clients
    keyring = server.data / "online-keys"
    for role in ("timestamp", "snapshot"):
        successor = holder(role)
        present = first_key_id(server, role)
        turn(server, tmp_path, "--add-key", f"{role}={successor.public}", keys=[first_holder(server)])
        old.refresh(), new()
        switch(server, role, successor)
        old.refresh(), new()
        turn(server, tmp_path, "--remove-key", f"{role}={present}", keys=[first_holder(server)])
        for client in (old.refresh(), new()):
            assert client._updater._trusted_set.root.roles[role].keyids == [successor.key_id]
        thief = open_key(keyring / f"{role}.key", passphrase(server).read_bytes().strip())
        assert thief.public_key.keyid == successor.key_id


def test_a_root_key_that_was_replaced_is_worthless(server, clients, holder, tmp_path):
    """Whoever holds the old key forges a root; a client that has seen the new one does not follow."""
    old, _ = clients
    bob = holder("bob")
    stolen = offline_key(server)
    turn(
        server, tmp_path, "--add-key", f"root={bob.public}", "--remove-key", f"root={first_key_id(server)}",
        keys=[first_holder(server), bob.key],
    )  # fmt: skip
    old.refresh()
    forged = ForgedRepository(server, {"root": stolen})
    root = forged.current("root")
    forged.sign(root, "root")
    with forged.served() as base_url, pytest.raises(RepositoryError):
        SealedClient.of(server, old.state, base_url).refresh()


def test_root_is_renewed_without_any_change(server, clients, tmp_path):
    said = turn(server, tmp_path, "--days", "30", keys=[first_holder(server)])
    assert "published as of" in said
    old, new = clients
    assert root_version(old.refresh()) == root_version(new()) == 2
    wait_until(server.is_alive, "it goes on serving")


def turn_targets(server, folder, *changes, keys):
    file = folder / f"targets-{len(list(folder.glob('targets-*')))}.json"
    bonded("admin", "targets", "draft", "--out", file, *changes, "--config", server.config).succeeded()
    file, _ = sign(server, file, *keys)
    return claims.offline(server, "import", file).succeeded().output


def delegated(client):
    return client._updater._trusted_set.targets.delegations


def switch(server, role, successor):
    """Gives the snapshot process another key, and waits until it has signed with it."""
    os.replace(successor.key, server.data / "online-keys" / f"{role}.key")
    before = server.log().count("leading the snapshot process")
    os.kill(server.pid("sign"), signal.SIGTERM)
    wait_until(lambda: server.log().count("leading the snapshot process") > before, "the new key leads", seconds=30)
    wait_until(lambda: "roles=" in server.log().split("leading the snapshot process")[-1], "it has signed", seconds=30)


def test_the_keys_of_the_online_roles_are_replaced_while_clients_look_on(server, clients, holder, tmp_path):
    old, new = clients
    alice = Maintainer(server, "alice")
    alice.register()
    alice.publish("claimed-demo", wheel("claimed-demo"), maintainers={"keyids": [alice.key_id], "threshold": 1})
    twine_upload(server, wheel("plain-demo").write(tmp_path)).succeeded()
    wanted = [f"{name}/{wheel(name).filename}" for name in ("claimed-demo", "plain-demo")]
    failures, stop = [], threading.Event()

    def look(number):
        client = SealedClient.of(server, tmp_path / f"watcher-{number}")
        while not stop.is_set():
            try:
                client.refresh()
                for path in wanted:
                    client.fetch(path)
            except Exception as error:  # noqa: BLE001 - whatever a client would stumble over
                failures.append(error)

    watchers = [threading.Thread(target=look, args=[number]) for number in range(4)]
    for watcher in watchers:
        watcher.start()
    try:
        for role in ("recently-claimed", "bins"):
            successor = holder(role)
            delegator = new()
            delegator.find("plain-demo/index.html")
            trusted = delegator._updater._trusted_set._trusted_set
            present = (
                trusted["unclaimed"].delegations.succinct_roles.keyids[0]
                if role == "bins"
                else delegated(delegator).roles[role].keyids[0]
            )
            turn_targets(server, tmp_path, "--add-key", f"{role}={successor.public}", keys=[first_holder(server)])
            too_early = bonded(
                "admin", "targets", "draft", "--out", tmp_path / "early.json", "--remove-key", f"{role}={present}",
                "--config", server.config,
            )  # fmt: skip
            assert too_early.status != 0 and "add the new key first" in too_early.errors
            switch(server, role, successor)
            turn_targets(server, tmp_path, "--remove-key", f"{role}={present}", keys=[first_holder(server)])
            for client in (old.refresh(), new()):
                for path in wanted:
                    client.fetch(path)
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join()
    assert not failures, failures[0]
    alice.publish("claimed-demo", wheel("claimed-demo", "2.0"))
    assert old.refresh().fetch(f"claimed-demo/{wheel('claimed-demo', '2.0').filename}")
    assert " error bonded.sign" not in server.log()


def test_the_keys_of_claimed_and_unclaimed_are_replaced(server, clients, holder, tmp_path):
    old, new = clients
    alice = Maintainer(server, "alice")
    alice.register()
    alice.publish("claimed-demo", wheel("claimed-demo"), maintainers={"keyids": [alice.key_id], "threshold": 1})
    twine_upload(server, wheel("plain-demo").write(tmp_path)).succeeded()
    claims.move(server)
    first = first_key_id(server, "targets")  # one holder has all offline roles in a development ceremony
    for role, path in (("claimed", "claimed-demo"), ("unclaimed", "plain-demo")):
        successor = holder(role)
        said = turn_targets(
            server, tmp_path, "--add-key", f"{role}={successor.public}", "--remove-key", f"{role}={first}",
            keys=[first_holder(server), successor.key],
        )  # fmt: skip
        assert f"{role}, targets" in said or f"targets, {role}" in said
        for client in (old.refresh(), new()):
            assert delegated(client).roles[role].keyids == [successor.key_id]
            assert client.fetch(f"{path}/{wheel(path).filename}") == wheel(path).content
    alice.publish("claimed-demo", wheel("claimed-demo", "2.0"))
    assert old.refresh().fetch(f"claimed-demo/{wheel('claimed-demo', '2.0').filename}")


def test_offline_roles_are_renewed(server, clients, tmp_path):
    old, new = clients
    roles = ("targets", "claimed", "unclaimed")
    flags = [part for role in roles for part in ("--renew", role)]
    turn_targets(server, tmp_path, *flags, keys=[first_holder(server)])
    for client in (old.refresh(), new()):
        for role in roles:
            assert client.snapshot.meta[f"{role}.json"].version == 2
        client.find("nothing/at-all")
    nothing = bonded("admin", "targets", "draft", "--out", tmp_path / "x.json", "--config", server.config)
    assert nothing.status != 0 and "Nothing would change" in nothing.errors


def test_the_roles_are_listed_with_what_to_worry_about(server, holder, tmp_path):
    listed = bonded("admin", "roles", "--keys", "--config", server.config)
    assert listed.status == 1, "a development ceremony has one holder"
    lines = listed.output.splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == [
        "root", "timestamp", "snapshot", "targets", "claimed", "recently-claimed", "unclaimed", "bins",
    ]  # fmt: skip
    assert f"  key      {first_key_id(server)}" in lines
    assert listed.output.count("losing it locks the role") == 4

    bob, carol = holder("bob"), holder("carol")
    turn(
        server, tmp_path, "--add-key", f"root={bob.public}", "--add-key", f"root={carol.public}", "--threshold", "root=2",
        "--add-key", f"timestamp={bob.public}", "--days", "30", keys=[first_holder(server), bob.key],
    )  # fmt: skip
    concerns = bonded("admin", "roles", "--config", server.config).output
    start = [concerns.index(f"{name}  version") for name in ("root", "timestamp", "snapshot")]
    root, timestamp = concerns[start[0] : start[1]], concerns[start[1] : start[2]]
    assert "2 of 3 keys" in root and "expires soon: renew it" in root
    assert "a rotation is under way" in timestamp
    relaxed = bonded("admin", "roles", "--days", "20", "--config", server.config).output
    assert "expires soon" not in relaxed


def test_the_bins_are_laid_out_anew_under_load(server, clients, tmp_path):
    old, new = clients
    names = [f"binned-{number}" for number in range(12)]
    for name in names:
        twine_upload(server, wheel(name).write(tmp_path)).succeeded()
    failures, stop = [], threading.Event()

    def look(number):
        client = SealedClient.of(server, tmp_path / f"watcher-{number}")
        while not stop.is_set():
            name = random.choice(names)
            try:
                assert client.refresh().fetch(f"{name}/{wheel(name).filename}") == wheel(name).content
            except Exception as error:  # noqa: BLE001 - whatever a client would stumble over
                failures.append(error)

    def upload():
        version = 2
        while not stop.is_set():
            outcome = twine_upload(server, wheel(names[0], f"{version}.0").write(tmp_path / "more"))
            if outcome.status != 0:
                failures.append(AssertionError(outcome.describe()))
            version += 1

    threads = [threading.Thread(target=look, args=[number]) for number in range(4)] + [threading.Thread(target=upload)]
    for thread in threads:
        thread.start()
    try:
        for bins in (256, 64):
            assert "unclaimed" in turn_targets(server, tmp_path, "--bins", str(bins), keys=[first_holder(server)])
            fresh = new()
            fresh.find("no-such/thing")
            layout = fresh._updater._trusted_set._trusted_set["unclaimed"].delegations.succinct_roles
            assert 2**layout.bit_length == bins
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[0]
    for client in (old.refresh(), new()):
        for name in names:
            assert client.fetch(f"{name}/{wheel(name).filename}") == wheel(name).content
    assert len([name for name in old.snapshot.meta if name.startswith("bin-")]) == 16, "names are never taken away"
    os.kill(server.pid("sign"), signal.SIGKILL)
    twine_upload(server, wheel("after-all").write(tmp_path)).succeeded()
    assert old.refresh().fetch(f"after-all/{wheel('after-all').filename}") == wheel("after-all").content
    listed = bonded("admin", "roles", "--config", server.config).output
    assert "bins  64 roles" in listed and "bin-" not in listed
    for wrong in ("48", "1", "64"):
        refused = bonded("admin", "targets", "draft", "--out", tmp_path / "x.json", "--bins", wrong, "--config", server.config)
        assert refused.status != 0, wrong
