"""Accounts, tokens and maintainers' keys, as administrators see and end them, over HTTP and on the command line."""

import pytest
from support.administration import admin_command, admin_token, administrator, logged
from support.attacker import stranger
from support.commands import twine_upload
from support.distributions import wheel
from support.maintainers import Maintainer, Refused, facts, key_id


@pytest.fixture
def admin(index):
    return administrator(index)


@pytest.fixture
def people(index, project):
    """Makes maintainers with a key each."""

    def make(*names):
        made = [Maintainer(index, f"{name}-{project}") for name in names]
        for maintainer in made:
            maintainer.register()
        return made

    return make


def revoke(admin, key):
    status, answer = admin("DELETE", f"keys/{key}")
    assert status == 200, answer
    return answer["below_threshold"]


def test_a_token_is_made_used_listed_and_revoked_over_http(index, admin, project, tmp_path):
    account = f"carol-{project}"
    status, made = admin("POST", "tokens", {"account": account, "label": "laptop ✓", "days": 3})
    assert status == 201 and made["account"] == account and made["token"].startswith(f"bonded-{made['id']}-")
    twine_upload(index, wheel(project).write(tmp_path), token=made["token"]).succeeded()

    status, listed = admin("GET", f"tokens?account={account}")
    (token,) = listed["tokens"]
    assert (token["id"], token["scope"], token["label"]) == (made["id"], "upload", "laptop ✓")
    assert token["created"] < token["expires"] and token["revoked"] is None
    secret = made["token"].split("-")[2]
    assert secret not in str(listed) and secret not in str(admin("GET", "tokens"))
    (shown,) = [each for each in admin("GET", "accounts")[1]["accounts"] if each["name"] == account]
    assert (shown["tokens"], shown["keys"], shown["projects"]) == (1, 0, 1)

    assert admin("DELETE", f"tokens/{made['id']}") == (204, None)
    assert admin("DELETE", f"tokens/{made['id']}")[0] == 404
    twine_upload(index, wheel(project, "2.0").write(tmp_path), token=made["token"]).failed()
    assert admin("GET", f"tokens?account={account}")[1]["tokens"][0]["revoked"]
    assert admin("GET", "tokens?account=nobody")[1]["tokens"] == []


def test_an_admin_token_administrates_and_an_upload_token_does_not(admin, project):
    made = admin("POST", "tokens", {"account": f"dan-{project}", "scope": "admin"})[1]
    assert admin("GET", "accounts", token=made["token"])[0] == 200
    other = admin("POST", "tokens", {"account": f"dan-{project}"}, token=made["token"])[1]
    assert admin("GET", "accounts", token=other["token"])[0] == 403
    assert admin("DELETE", f"tokens/{made['id']}", token=made["token"])[0] == 204, "a leaked one, by itself"
    assert admin("GET", "accounts", token=made["token"])[0] == 401


def test_the_log_tells_who_made_and_revoked_a_token_and_never_its_secret(index, admin, project):
    account = f"erin-{project}"
    made = admin("POST", "tokens", {"account": account})[1]
    admin("DELETE", f"tokens/{made['id']}")
    by_hand = admin_command(index, "token", "create", "--account", account).succeeded().output.strip()
    created = [entry for entry in logged(index, "token created") if entry["account"] == account]
    assert [(entry["token"], entry["by"]) for entry in created] == [(made["id"], "admin"), (by_hand.split("-")[1], None)]
    (revoked,) = [entry for entry in logged(index, "token revoked") if entry["account"] == account]
    assert (revoked["token"], revoked["by"]) == (made["id"], "admin")
    for secret in (made["token"], by_hand):
        assert secret.split("-")[2] not in str(logged(index, "token created"))


@pytest.mark.parametrize(
    "body",
    [
        {}, {"account": "Alice"}, {"account": "a/b"}, {"account": "a" * 65}, {"account": 1}, {"account": "x\0"},
        {"account": "x", "scope": "root"}, {"account": "x", "label": "a\0b"}, {"account": "x", "label": "l" * 101},
        {"account": "x", "label": 3}, {"account": "x", "days": 0}, {"account": "x", "secret": "mine"}, [],
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused(admin, body):
    assert admin("POST", "tokens", body)[0] == 400


@pytest.mark.parametrize("path", ["tokens?account=%00", "keys?account=A", "tokens?account=a'--"])
def test_a_filter_that_is_no_account_is_refused(admin, path):
    assert admin("GET", path)[0] == 400


def test_the_commands_say_the_same(index, admin, people):
    (alice,) = people("alice")
    accounts = [line.split("  ") for line in admin_command(index, "account", "list").succeeded().output.splitlines()]
    assert [parts[0] for parts in accounts] == [each["name"] for each in admin("GET", "accounts")[1]["accounts"]]
    (mine,) = [parts for parts in accounts if parts[0] == alice.account]
    assert mine[2:] == ["tokens 1", "keys 1", "projects 0"]
    (token,) = admin_command(index, "token", "list", "--account", alice.account).succeeded().output.splitlines()
    assert token.split("  ")[0] == admin("GET", f"tokens?account={alice.account}")[1]["tokens"][0]["id"]
    keys = admin_command(index, "key", "list", "--account", alice.account).succeeded().output
    assert keys == f"{alice.key_id}  {alice.account}  active  laptop\n"


def test_keys_are_listed_with_who_vouched_for_them_and_what_names_them(admin, people, project):
    alice, bob = people("alice", "bob")
    second, third = stranger(), stranger()
    alice.register(key=second, label="desktop", endorsed_by=alice.key)
    alice.register(key=third, label="phone")
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    keys = {key["keyid"]: key for key in admin("GET", f"keys?account={alice.account}")[1]["keys"]}
    assert keys.keys() == {alice.key_id, key_id(second), key_id(third)}
    assert keys[alice.key_id]["projects"] == [project] and keys[alice.key_id]["endorsed_by"] is None
    assert keys[key_id(second)]["endorsed_by"] == alice.key_id and keys[key_id(second)]["projects"] == []
    assert [keys[key]["state"] for key in (alice.key_id, key_id(second), key_id(third))] == ["active", "active", "waiting"]
    assert bob.key_id in {key["keyid"] for key in admin("GET", "keys")[1]["keys"]}


def test_a_revoked_key_signs_no_draft_of_the_project_that_names_it(index, admin, people, project, client):
    alice, bob = people("alice", "bob")
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    draft = alice.draft(project, add=[facts(wheel(project, "2.0"))])
    assert revoke(admin, alice.key_id) == []
    with pytest.raises(Refused) as refused:
        alice.send(draft, [wheel(project, "2.0")])
    assert (refused.value.status, refused.value.check, refused.value.problem["value"]) == (422, "signature", alice.key_id)
    assert "revoked" in refused.value.problem["detail"]
    assert set(index.files(project)) == {wheel(project).filename}

    assert bob.send(draft, [wheel(project, "2.0")])["state"] == "published"
    removed = bob.sign(bob.draft(project, maintainers={"keyids": [bob.key_id], "threshold": 1}))
    assert removed["state"] == "published"
    assert client.refresh().fetch(f"{project}/{wheel(project, '2.0').filename}")


def test_a_revoked_key_endorses_nothing_becomes_no_project_s_and_does_not_come_back(index, admin, people, project):
    alice, bob = people("alice", "bob")
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1})
    revoke(admin, bob.key_id)
    assert admin("DELETE", f"keys/{bob.key_id}")[0] == 404
    assert admin("POST", f"keys/{bob.key_id}/confirmation")[0] == 404
    assert admin_command(index, "key", "confirm", bob.key_id).failed()
    with pytest.raises(Refused) as refused:
        bob.register()
    assert refused.value.check == "key"
    assert bob.register(key=stranger(), label="next", endorsed_by=bob.key)["state"] == "waiting"
    with pytest.raises(Refused) as refused:
        alice.draft(project, maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    assert refused.value.check == "maintainers"


def test_a_key_revoked_while_a_draft_is_out_does_not_become_the_project_s(admin, people, project):
    alice, bob = people("alice", "bob")
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1})
    draft = alice.draft(project, maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    revoke(admin, bob.key_id)
    with pytest.raises(Refused) as refused:
        alice.sign(draft)
    assert (refused.value.check, refused.value.problem["value"]) == ("maintainers", bob.key_id)


def test_a_signature_that_waits_goes_with_its_key(index, admin, people, project):
    alice, bob, carol = people("alice", "bob", "carol")
    keys = [alice.key_id, bob.key_id, carol.key_id]
    draft = alice.draft(project, maintainers={"keyids": keys, "threshold": 2}, add=[facts(wheel(project))])
    alice.send(draft, [wheel(project)])
    bob.sign(draft)
    draft = alice.draft(project, yank={wheel(project).filename: "broken"})
    assert bob.sign(draft)["signed_by"] == 1
    revoke(admin, bob.key_id)
    assert alice.call("GET", f"drafts/{draft['id']}")["signed_by"] == 0
    assert alice.sign(draft)["state"] == "staged", "one is not two"
    assert carol.sign(draft)["state"] == "published"
    (entry,) = [entry for entry in logged(index, "key retired") if entry["keyid"] == bob.key_id]
    assert (entry["account"], entry["by"], entry["drafts"]) == (bob.account, "admin", [draft["id"]])


def test_revoking_names_the_projects_that_it_leaves_below_their_threshold(index, admin, people, projects):
    lone, both, either = projects(3)
    alice, bob = people("alice", "bob")
    for project, maintainers in (
        (lone, {"keyids": [alice.key_id], "threshold": 1}),
        (either, {"keyids": [alice.key_id, bob.key_id], "threshold": 1}),
    ):
        alice.publish(project, wheel(project), maintainers=maintainers)
    draft = alice.draft(
        both, maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 2}, add=[facts(wheel(both))]
    )  # fmt: skip
    alice.send(draft, [wheel(both)])
    bob.sign(draft)
    said = admin_command(index, "key", "revoke", alice.key_id).succeeded().output.splitlines()
    assert said == [
        f"key {alice.key_id} is revoked",
        f"below threshold  {lone}: 0 can sign, 1 must", f"below threshold  {both}: 1 can sign, 2 must",
    ]  # fmt: skip
    assert admin_command(index, "key", "revoke", alice.key_id).status == 1
    # Of one account's two keys in a threshold of accounts, one is enough.
    assert [each["project"] for each in revoke(admin, bob.key_id)] == [both, either]


def test_every_administrator_s_operation_refuses_other_tokens(index, admin):
    description = index.get("/admin/v1/openapi.json").json()
    for path, methods in description["paths"].items():
        for method in methods:
            name = path.removeprefix("/admin/v1/")
            assert admin(method.upper(), name, token=index.token)[0] == 403, (method, path)
            assert admin(method.upper(), name, token=None)[0] == 401, (method, path)
    assert admin("GET", "accounts", token=admin_token(index))[0] == 200
