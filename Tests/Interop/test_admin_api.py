"""`/admin/v1`: what administrators do over HTTP, described by the OpenAPI document that it serves itself."""

import json

import pytest
from support import claims
from support.administration import admin_token, administrator
from support.attacker import offline_key, stranger
from support.commands import bonded, run, tool
from support.distributions import wheel
from support.maintainers import Maintainer, signature
from support.sealed import SealedClient
from support.sealing import Workstation, seal


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from support.index import Server

    server = Server(tmp_path_factory.mktemp("admin") / "data").start()
    try:
        yield server
    finally:
        server.destroy()


@pytest.fixture
def admin(server):
    """Calls an operation as an administrator; (status, answer)."""
    call = administrator(server)
    yield call
    call("DELETE", "offline")


def test_only_administrators_come_in(server, admin):
    for token, status in ((None, 401), ("bonded-0000000000000000-00", 401), (server.token, 403)):
        refused, problem = admin("GET", "roles", token=token)
        assert refused == status and problem["status"] == status, problem
    assert admin("GET", "roles")[0] == 200
    assert 'call=GET roles' in server.log() and "account=" in server.log() and "from=127.0.0.1" in server.log()


def test_root_is_rotated_over_http(server, admin, tmp_path):
    old = SealedClient.of(server, tmp_path / "old").refresh()
    version = old._updater._trusted_set.root.version
    key = stranger()
    added = key.public_key.to_dict()
    status, draft = admin("POST", "offline/root", {"changes": {"add": {"root": [added]}}, "days": 100})
    assert status == 201 and draft["complete"] is False
    assert {signer["authority"] for signer in draft["signers"]} == {"the present root keys", "the next root keys"}
    assert admin("POST", "offline/root", {})[0] == 409, "one draft at a time"

    (root,) = draft["roles"]
    signed = json.loads(bytes.fromhex(root["signed_bytes"]))
    status, problem = admin("POST", "offline/signatures", {"signatures": {"root": [signature(stranger(), signed)]}})
    assert status == 422 and problem["check"] == "signature"
    over_other_bytes = signature(offline_key(server), signed | {"version": 99})
    assert admin("POST", "offline/signatures", {"signatures": {"root": [over_other_bytes]}})[0] == 422

    by_the_holder = {"signatures": {"root": [signature(offline_key(server), signed)]}}
    status, after = admin("POST", "offline/signatures", by_the_holder)
    assert status == 200 and after["complete"] is True and after["snapshot"] >= 2
    assert old.refresh()._updater._trusted_set.root.version == version + 1
    assert admin("POST", "offline/signatures", by_the_holder)[0] == 404, "it is out no more"


def test_two_administrators_work_on_one_draft(server, admin, tmp_path):
    """One signs the file that another has just given up: nothing of it gets in."""
    assert admin("POST", "offline/targets", {"renew": ["targets"]})[0] == 201
    _, mine = admin("GET", "offline")
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(mine["file"]))
    claims.sign(server, file).succeeded()
    assert admin("DELETE", "offline")[0] == 204
    assert admin("GET", "offline")[0] == 404
    assert admin("POST", "offline/targets", {"renew": ["unclaimed"]})[0] == 201
    refused = claims.offline(server, "import", claims.signed_file(file))
    assert refused.status != 0 and "another draft" in refused.errors
    signatures = json.loads(claims.signed_file(file).read_bytes())["signatures"]
    assert admin("POST", "offline/signatures", {"signatures": signatures})[0] == 422


def test_seal_signs_what_is_out_on_an_index(server, admin, tmp_path):
    assert admin("POST", "offline/targets", {"renew": ["claimed"]})[0] == 201
    environment = {
        "HOME": str(tmp_path), "SEAL_INDEX": server.base_url, "SEAL_ROOT": str(server.trusted_root),
        "SEAL_TOKEN": admin_token(server),
    }  # fmt: skip
    holder = [
        "--key", server.data / "development-keys/offline-keys/development.key",
        "--passphrase-file", server.data / "development-keys.passphrase",
    ]  # fmt: skip
    refused = seal("sign", "--yes", *holder, environment=environment | {"SEAL_TOKEN": server.token})
    assert refused.status == 1 and "administrator" in refused.errors
    signed = seal("sign", "--yes", *holder, environment=environment).succeeded().output
    assert "signs    claimed version" in signed and "published as of snapshot" in signed
    nothing = seal("sign", "--yes", *holder, environment=environment)
    assert nothing.status == 1 and "No draft is out" in nothing.errors
    half = seal("sign", tmp_path / "draft.json", *holder, environment=environment)
    assert half.status == 64 and "--out" in half.errors


def test_a_claim_moves_over_http(server, admin):
    alice = Maintainer(server, "alice")
    alice.register()
    alice.publish("moved", wheel("moved"), maintainers={"keyids": [alice.key_id], "threshold": 1})
    _, waiting = admin("GET", "claims")
    assert [each["project"] for each in waiting["claims"]] == ["moved"]
    _, draft = admin("POST", "offline/claims", {})
    (claimed,) = draft["roles"]
    signed = json.loads(bytes.fromhex(claimed["signed_bytes"]))
    admin("POST", "offline/signatures", {"signatures": {"claimed": [signature(offline_key(server), signed)]}})
    alice.publish("moved", wheel("moved", "2.0"))
    assert alice.call("GET", "projects/moved")["delegator"] == "claimed"
    assert admin("GET", "claims")[1]["claims"] == []


def test_a_key_that_waits_is_confirmed(server, admin, tmp_path):
    Workstation(server, "carol", tmp_path / "laptop").registered()
    desktop = Workstation(server, "carol", tmp_path / "desktop")
    key_id = desktop.new_key()
    assert "is waiting" in desktop.sign("key", "register").succeeded().output
    assert admin("POST", f"keys/{key_id}/confirmation")[0] == 204
    assert admin("POST", f"keys/{key_id}/confirmation")[0] == 404
    assert "is active" in desktop.sign("key", "register").succeeded().output


def test_snapshot_and_timestamp_are_made_on_demand(server, admin, tmp_path):
    client = SealedClient.of(server, tmp_path / "client").refresh()
    before = {name: file.version for name, file in client.snapshot.meta.items()}
    number = client.snapshot.version
    assert admin("POST", "snapshot", {}) == (200, {"snapshot": number + 1})
    assert client.refresh().snapshot.version == number + 1
    assert {name: file.version for name, file in client.snapshot.meta.items()} == before
    assert admin("POST", "snapshot", {"everything": True}) == (200, {"snapshot": number + 2})
    after = {name: file.version for name, file in client.refresh().snapshot.meta.items()}
    online = {name for name in before if name.startswith("bin-") or name == "recently-claimed.json"}
    assert {name for name in before if after[name] == before[name] + 1} == online
    said = bonded("snapshot", "renew", "--config", server.config).succeeded().output
    assert said == f"snapshot {number + 3} is public\n"


def test_it_says_the_same_as_the_command(server, admin):
    _, answer = admin("GET", "roles")
    listed = bonded("admin", "roles", "--config", server.config).output
    assert [role["name"] for role in answer["roles"]] == [
        line.split()[0] for line in listed.splitlines() if not line.startswith(" ")
    ]


def test_what_is_not_described_is_refused(server, admin):
    assert admin("GET", "nothing")[0] == 404
    token = admin_token(server)
    answer = server.get("/admin/v1/roles", "DELETE", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    for body in ([], {"other": 1}, {"days": 0}, {"days": "1"}, {"changes": {"add": {"root": 3}}}, {"changes": {"add": []}}):
        assert admin("POST", "offline/root", body)[0] in (400, 422), body


@pytest.mark.parametrize(
    "operations",
    [
        # With this one among the others it would find out the token that it calls with, and revoke it.
        ["--exclude-path", "/admin/v1/tokens/{token}"],
        ["--include-path", "/admin/v1/tokens/{token}"],
    ],
)
def test_fuzzed_against_its_own_description_it_never_breaks(server, admin, operations):
    """No 5xx, no undocumented answer, nothing accepted that the description forbids."""
    run(
        tool("schemathesis"), "run", f"{server.base_url}admin/v1/openapi.json", *operations,
        "-H", f"Authorization: Bearer {admin_token(server)}", "--max-examples", "40", "--no-color",
        # What the description allows may still be refused for what it means: a key that is not there.
        "--exclude-checks", "positive_data_acceptance", "--generation-database", "none",
    ).succeeded()  # fmt: skip
    assert " error bonded.serve" not in server.log()
    assert admin("GET", "roles")[0] == 200, "it spoke as an administrator to the end"
