"""One draft, several people: administrators who work at once, signatures that do not count, keys that sign once."""

import json
import threading

import pytest
from support import claims
from support.commands import bonded
from support.sealed import SealedClient
from support.sealing import seal
from support.turning import first_holder, passphrase


@pytest.fixture
def server(new_server):
    return new_server().start()


@pytest.fixture
def holder(server, tmp_path):
    """Makes someone's key: (key file, public half, key ID)."""

    def make(name):
        folder = tmp_path / name
        made = seal("key", "new", "--label", name, "--keys", folder, "--passphrase-file", passphrase(server)).succeeded()
        lines = [line.split() for line in made.output.splitlines()]
        file = next(line[1] for line in lines if line[0] == "file")
        key_id = next(line[2] for line in lines if line[:2] == ["key", "id"])
        public = folder / "public.pem"
        public.write_text(seal("key", "export", "--public", file).succeeded().output)
        return file, public, key_id

    return make


def root_draft(server, file, *changes):
    bonded("admin", "root", "draft", "--out", file, *changes, "--config", server.config).succeeded()
    return file


def signed(server, file, key, name):
    out = file.with_suffix(f".{name}.json")
    claims.sign(server, file, out=out, key=key).succeeded()
    return out


def first_key_id(server):
    return json.loads(server.trusted_root.read_bytes())["signed"]["roles"]["root"]["keyids"][0]


def test_two_administrators_hand_in_at_once(server, holder, tmp_path):
    (alice, alice_public, _), (bob, bob_public, _) = holder("alice"), holder("bob")
    file = root_draft(
        server, tmp_path / "draft.json", "--add-key", f"root={alice_public}", "--add-key", f"root={bob_public}",
        "--threshold", "root=3",
    )  # fmt: skip
    copies = [signed(server, file, key, name) for key, name in ((alice, "alice"), (bob, "bob"), (first_holder(server), "first"))]
    outcomes = []

    def hand_in(copy):
        outcomes.append(claims.offline(server, "import", copy))

    threads = [threading.Thread(target=hand_in, args=[copy]) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(outcome.status == 0 for outcome in outcomes), [outcome.describe() for outcome in outcomes]
    assert sum("published as of" in outcome.output for outcome in outcomes) == 1
    root = SealedClient.of(server, tmp_path / "client").refresh()._updater._trusted_set.root
    assert root.version == 2 and root.roles["root"].threshold == 3


def test_a_second_draft_waits_for_the_first(server, tmp_path):
    root_draft(server, tmp_path / "one.json")
    second = bonded("admin", "root", "draft", "--out", tmp_path / "two.json", "--config", server.config)
    assert "A draft is out" in second.failed().errors and not (tmp_path / "two.json").exists()


def test_a_draft_is_withdrawn_while_it_is_being_signed(server, tmp_path):
    file = root_draft(server, tmp_path / "draft.json")
    late = signed(server, file, first_holder(server), "late")
    claims.offline(server, "drop").succeeded()
    assert "No draft is out" in claims.offline(server, "import", late).failed().errors
    root_draft(server, tmp_path / "other.json", "--days", "30")
    assert "another draft" in claims.offline(server, "import", late).failed().errors
    assert SealedClient.of(server, tmp_path / "client").refresh()._updater._trusted_set.root.version == 1


def test_each_signature_that_does_not_count_is_refused_with_its_reason(server, holder, tmp_path):
    alice, alice_public, _ = holder("alice")
    bob, bob_public, bob_id = holder("bob")
    first = first_holder(server)
    file = root_draft(
        server, tmp_path / "one.json", "--add-key", f"root={alice_public}", "--add-key", f"root={bob_public}", "--threshold", "root=2"
    )
    for key, name in ((alice, "alice"), (first, "first")):
        claims.offline(server, "import", signed(server, file, key, name)).succeeded()
    revocation = root_draft(server, tmp_path / "two.json", "--remove-key", f"root={bob_id}")
    for key, name in ((alice, "alice"), (first, "first")):
        claims.offline(server, "import", signed(server, revocation, key, name)).succeeded()

    token = bonded("admin", "token", "create", "--account", "root", "--scope", "admin", "--config", server.config).output.strip()
    present = root_draft(server, tmp_path / "three.json", "--threshold", "root=1")
    mine = json.loads(signed(server, present, alice, "alice").read_text())["signatures"]["root"][0]

    def hand_in(*signatures):
        answer = server.get(
            "/admin/v1/offline/signatures", "POST", json={"signatures": {"root": list(signatures)}},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        return answer.status_code, answer.json().get("detail", "")

    status, reason = hand_in({"keyid": bob_id, "sig": mine["sig"]})
    assert status == 422 and "taken off the role" in reason
    status, reason = hand_in({"keyid": mine["keyid"], "sig": "00" * 64})
    assert status == 422 and "not over version 4 of 'root'" in reason
    assert hand_in(mine)[0] == 200
    status, reason = hand_in(mine)
    assert status == 422 and "already" in reason
    assert "threshold" not in reason
    changes = server.get("/admin/v1/offline", headers={"Authorization": f"Bearer {token}"}).json()["changes"]
    assert "signers  of root: 2 -> 1" in changes


def test_a_key_signs_once_and_is_destroyed(server, holder, tmp_path):
    """PEP 458's precaution for targets: a key that is no more cannot be stolen."""
    once, public, key_id = holder("once")
    file = root_draft(
        server, tmp_path / "draft.json", "--add-key", f"targets={public}", "--remove-key", f"targets={first_key_id(server)}"
    )
    by_first = signed(server, file, first_holder(server), "first")
    last = tmp_path / "last.json"
    done = seal(
        "sign", by_first, "--out", last, "--root", server.trusted_root, "--key", once, "--passphrase-file",
        passphrase(server), "--yes", "--discard",
    ).succeeded()  # fmt: skip
    assert f"destroyed  {once}" in done.output and not list((tmp_path / "once").glob("*.key"))
    assert "published as of" in claims.offline(server, "import", last).succeeded().output
    client = SealedClient.of(server, tmp_path / "client").refresh()
    assert client._updater._trusted_set.root.roles["targets"].keyids == [key_id]

    successor, successor_public, _ = holder("successor")
    file = root_draft(
        server, tmp_path / "next.json", "--add-key", f"targets={successor_public}", "--remove-key", f"targets={key_id}"
    )
    by_first = signed(server, file, first_holder(server), "first")
    claims.offline(server, "import", signed(server, by_first, successor, "successor")).succeeded()
    assert client.refresh()._updater._trusted_set.targets.version == 3
