"""Online keys are replaced in one guided command, whatever is killed on the way."""

import threading

import pytest
from support.attacker import open_key
from support.commands import bonded, twine_upload
from support.distributions import wheel
from support.index import Server
from support.sealed import SealedClient
from support.turning import kill_signer, passphrase, rotate

ONLINE = ("timestamp", "snapshot", "recently-claimed", "bins")


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data", {"BONDED_SIGNING_KEY_OVERLAP": "2s"}).start()
    try:
        yield server
    finally:
        server.destroy()


def named_keys(server, client):
    """{online role: the key IDs that clients accept for it}."""
    client.find("demo/index.html")
    trusted = client._updater._trusted_set
    delegated = trusted.targets.delegations.roles
    unclaimed = trusted._trusted_set["unclaimed"]
    return {
        "timestamp": trusted.root.roles["timestamp"].keyids,
        "snapshot": trusted.root.roles["snapshot"].keyids,
        "recently-claimed": delegated["recently-claimed"].keyids,
        "bins": unclaimed.delegations.succinct_roles.keyids,
    }


def keyring(server):
    """{online role: the ID of the key in its file}."""
    secret = passphrase(server).read_bytes().strip()
    return {role: open_key(server.data / "online-keys" / f"{role}.key", secret).public_key.keyid for role in ONLINE}


def test_all_online_keys_are_replaced_while_clients_look_on(server, tmp_path):
    twine_upload(server, wheel("demo").write(tmp_path)).succeeded()
    before = keyring(server)
    old = SealedClient.of(server, tmp_path / "old").refresh()
    failures, stop = [], threading.Event()

    def look(number):
        client = SealedClient.of(server, tmp_path / f"watcher-{number}")
        while not stop.is_set():
            try:
                client.refresh().fetch(f"demo/{wheel('demo').filename}")
            except Exception as error:  # noqa: BLE001 - whatever a client would stumble over
                failures.append(error)

    watchers = [threading.Thread(target=look, args=[number]) for number in range(4)]
    for watcher in watchers:
        watcher.start()
    try:
        rotate(server, tmp_path, *ONLINE)
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join()
    assert not failures, failures[0]
    after = keyring(server)
    assert not set(before.values()) & set(after.values())
    for client in (old.refresh(), SealedClient.of(server, tmp_path / "new").refresh()):
        assert named_keys(server, client) == {role: [key] for role, key in after.items()}
    assert not list((server.data / "online-keys").glob("*.next.key"))
    assert " error bonded.sign" not in server.log()


def test_whatever_is_killed_after_any_step_it_goes_on(server, tmp_path):
    """`bonded sign` is killed after every step, and `bonded admin rotate` whenever it waits."""
    twine_upload(server, wheel("demo").write(tmp_path)).succeeded()
    before = keyring(server)

    steps = rotate(server, tmp_path, "timestamp", "bins", after_each_step=lambda: kill_signer(server))
    assert steps >= 6, "four drafts and two overlaps at least"
    after = keyring(server)
    assert {role for role in ONLINE if before[role] != after[role]} == {"timestamp", "bins"}
    client = SealedClient.of(server, tmp_path / "new").refresh()
    named = named_keys(server, client)
    assert named["timestamp"] == [after["timestamp"]] and named["bins"] == [after["bins"]]
    assert client.fetch(f"demo/{wheel('demo').filename}") == wheel("demo").content


def test_a_rotation_of_other_roles_waits(server, tmp_path):
    first = bonded("admin", "rotate", "timestamp", "--no-wait", "--out", tmp_path, "--config", server.config)
    assert first.status == 75, first.describe()
    other = bonded("admin", "rotate", "snapshot", "--no-wait", "--out", tmp_path, "--config", server.config)
    assert other.status not in (0, 75) and "timestamp are being replaced" in other.errors
