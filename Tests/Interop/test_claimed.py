"""Projects signed by their maintainers (PEP 480): claimed, published, staged, cosigned; nothing half, nothing unsigned."""

import json

import pytest
from support.attacker import stranger
from support.commands import bonded, pip, twine_upload
from support.distributions import sdist, wheel
from support.index import JSON
from support.maintainers import Maintainer, Refused, facts, key_id, signature
from support.sealed import SealedClient


@pytest.fixture
def alice(index, project):
    maintainer = Maintainer(index, f"alice-{project}")
    assert maintainer.register()["state"] == "active"
    return maintainer


@pytest.fixture
def bob(index, project):
    maintainer = Maintainer(index, f"bob-{project}")
    maintainer.register()
    return maintainer


def chain(client, path):
    """The roles on the way to a target, as python-tuf walks it."""
    found = client.find(path)
    listed = [name for name, envelope in client._updater._trusted_set._trusted_set.items() if path in getattr(envelope, "targets", {})]
    return found, listed


def test_a_claimed_project_installs_and_verifies_from_root_to_maintainer(index, alice, project, client, tmp_path):
    twine_upload(index, wheel(project).write(tmp_path), token=alice.token).succeeded()
    assert alice.claim(project)["state"] == "published"
    receipt = alice.publish(project, wheel(project, "2.0"), sdist(project, "2.0"))
    assert receipt["state"] == "published" and receipt["snapshot"] >= 2

    client.refresh()
    for distribution in (wheel(project), wheel(project, "2.0"), sdist(project, "2.0")):
        assert client.fetch(f"{project}/{distribution.filename}") == distribution.content
        found, listed = chain(client, f"{project}/{distribution.filename}")
        assert listed == [f"project-{project}"], "its bins no longer list it"
    for name, accept in (("index.html", "text/html"), ("index.json", JSON)):
        served = index.get(index.page_url(project), headers={"Accept": accept}).content
        assert client.fetch(f"{project}/{name}") == served
    pip(
        "install", "--no-deps", "--target", tmp_path / "site", "--index-url", index.simple_url, f"{project}==2.0"
    ).succeeded()


def test_the_online_bins_drop_a_claimed_project(index, alice, project, client, tmp_path):
    twine_upload(index, wheel(project).write(tmp_path), token=alice.token).succeeded()
    before = client.refresh().walk()
    assert f"{project}/index.html" in before
    alice.claim(project)
    client.refresh()
    client.find(f"{project}/index.html")
    for name, envelope in client._updater._trusted_set._trusted_set.items():
        if name.startswith("bin-"):
            assert not [path for path in envelope.targets if path.startswith(f"{project}/")], name


def test_claim_and_first_upload_are_one_transaction(index, alice, project, client):
    receipt = alice.publish(
        project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1}
    )  # fmt: skip
    assert receipt["state"] == "published" and receipt["version"] == 1
    assert client.refresh().fetch(f"{project}/{wheel(project).filename}") == wheel(project).content


def test_below_the_threshold_nothing_is_public_and_at_it_everything_is(index, alice, bob, project, client):
    keys = [alice.key_id, bob.key_id]
    both = {"keyids": keys, "threshold": 2}
    draft = alice.draft(project, maintainers=both, add=[facts(wheel(project))])
    staged = alice.send(draft, [wheel(project)])
    assert (staged["state"], staged["signed_by"], staged["threshold"]) == ("staged", 1, 2)
    assert index.page(project) is None
    assert [each["id"] for each in bob.drafts()] == [draft["id"]]

    published = bob.sign(draft)
    assert published["state"] == "published"
    assert set(index.files(project)) == {wheel(project).filename}
    assert client.refresh().fetch(f"{project}/{wheel(project).filename}") == wheel(project).content


def test_one_account_with_two_keys_does_not_reach_a_threshold_of_two(index, alice, bob, project):
    second = stranger()
    alice.register(key=second, label="desktop", endorsed_by=alice.key)
    keys = [alice.key_id, key_id(second), bob.key_id]
    draft = alice.draft(project, maintainers={"keyids": keys, "threshold": 2}, add=[facts(wheel(project))])
    assert alice.send(draft, [wheel(project)])["state"] == "staged"
    again = alice.sign(draft, key=second)
    assert (again["state"], again["signed_by"]) == ("staged", 1)
    assert bob.sign(draft)["state"] == "published"


def test_an_upload_by_twine_to_a_claimed_project_waits_for_its_signatures(index, alice, project, tmp_path):
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1})
    for each in (wheel(project, "2.0"), sdist(project, "2.0")):
        shown = twine_upload(index, each.write(tmp_path), token=alice.token).succeeded()
        assert f"seal cosign {project}" in shown.text
    assert set(index.files(project)) == {wheel(project).filename}
    (draft,) = alice.drafts()
    assert draft["state"] == "staged"
    assert alice.sign(draft)["state"] == "published"
    assert len(index.files(project)) == 3


def test_a_maintainer_who_is_not_the_owner_may_upload_too(index, alice, bob, project, tmp_path):
    alice.publish(
        project, wheel(project), maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1}
    )  # fmt: skip
    twine_upload(index, wheel(project, "2.0").write(tmp_path), token=bob.token).succeeded()
    (draft,) = bob.drafts()
    assert bob.sign(draft)["state"] == "published"


def test_a_forged_signature_is_refused_and_leaves_no_trace(index, alice, project, tmp_path):
    twine_upload(index, wheel(project).write(tmp_path), token=alice.token).succeeded()
    draft = alice.draft(project, maintainers={"keyids": [alice.key_id], "threshold": 1})
    forged = signature(stranger(), draft["signed"]) | {"keyid": alice.key_id}
    with pytest.raises(Refused) as refused:
        alice.call("POST", f"drafts/{draft['id']}/signatures", {"signatures": [forged]})
    assert refused.value.status == 422
    assert refused.value.media_type.startswith("application/problem+json")
    assert (refused.value.check, refused.value.problem["value"]) == ("signature", alice.key_id)
    assert alice.call("GET", f"drafts/{draft['id']}")["signatures"] == []
    assert alice.call("GET", f"projects/{project}")["state"] == "unclaimed"


@pytest.mark.parametrize(
    "change, check",
    [
        (lambda signed, project: signed | {"version": signed["version"] + 1}, "version"),
        (lambda signed, project: signed | {"targets": signed["targets"] | {"other/a.whl": {"length": 1, "hashes": {"sha256": "0" * 64}}}}, "path"),
        (lambda signed, project: signed | {"targets": {k: v for k, v in signed["targets"].items() if k.endswith(".html")}}, "targets"),
        (lambda signed, project: signed | {"expires": "2020-01-01T00:00:00Z"}, "expired"),
        (lambda signed, project: signed | {"delegations": {"keys": {}, "roles": []}}, "delegation"),
    ],
)  # fmt: skip
def test_metadata_that_is_not_the_draft_is_refused_by_its_check(index, alice, project, change, check):
    draft = alice.draft(project, maintainers={"keyids": [alice.key_id], "threshold": 1}, add=[facts(wheel(project))])
    with pytest.raises(Refused) as refused:
        alice.send(draft, [wheel(project)], signed=change(draft["signed"], project))
    assert refused.value.check == check, refused.value
    assert refused.value.problem["role"] == f"project-{project}"
    assert index.page(project) is None


def test_a_file_that_is_not_the_drafted_one_is_refused(index, alice, project):
    draft = alice.draft(project, maintainers={"keyids": [alice.key_id], "threshold": 1}, add=[facts(wheel(project))])
    other = wheel(project, "9.9")
    with pytest.raises(Refused) as refused:
        alice.send(draft, [], extra=[(f"targets/{project}/{wheel(project).filename}", other.content)])
    assert refused.value.check == "targets"
    assert index.page(project) is None


def test_a_key_belongs_to_one_account(index, alice, bob):
    with pytest.raises(Refused) as refused:
        bob.register(key=alice.key)
    assert refused.value.check == "key"


def test_a_second_key_needs_the_word_of_the_first(index, alice):
    assert alice.register(key=stranger(), label="other")["state"] == "waiting"
    assert alice.register(key=stranger(), label="third", endorsed_by=alice.key)["state"] == "active"


def test_the_index_s_own_keys_cannot_be_registered(index, alice):
    root = json.loads(index.trusted_root.read_bytes())["signed"]
    keyid = root["roles"]["timestamp"]["keyids"][0]

    body = alice.registration()
    body["key"] = root["keys"][keyid]
    with pytest.raises(Refused) as refused:
        alice.call("POST", "keys", body)
    assert refused.value.check in ("key", "signature")


def test_a_key_without_endorsement_counts_once_an_admin_confirms_it(index, alice, project):
    late = stranger()
    alice.register(key=late, label="other")
    with pytest.raises(Refused) as refused:
        alice.draft(project, maintainers={"keyids": [alice.key_id, key_id(late)], "threshold": 1}, add=[facts(wheel(project))])
    assert (refused.value.check, refused.value.problem["value"]) == ("maintainers", key_id(late))
    bonded("admin", "key", "confirm", key_id(late), "--config", index.config).succeeded()
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id, key_id(late)], "threshold": 1})
    assert bonded("admin", "key", "confirm", key_id(late), "--config", index.config).failed()


def test_the_log_tells_who_signed_what_through_which_key(index, alice, bob, project):
    draft = alice.draft(
        project, maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 2}, add=[facts(wheel(project))]
    )
    alice.send(draft, [wheel(project)])
    bob.sign(draft)
    shown = bonded("log", "show", "--project", project, "--config", index.config).succeeded()
    entries = [json.loads(line) for line in shown.output.splitlines()]
    assert [entry["kind"] for entry in entries] == ["draft opened", "draft signed", "draft signed", "transaction"]
    assert [(entry["account"], entry["keyid"]) for entry in entries[1:3]] == [
        (alice.account, alice.key_id), (bob.account, bob.key_id),
    ]  # fmt: skip
    assert entries[3]["files"][0]["sha256"] == wheel(project).sha256
    assert all(entry["seq"] for entry in entries), "published, and so chained"
    verified = bonded("log", "verify", "--config", index.config).succeeded()
    assert "head" in verified.output


def test_a_stranger_can_neither_draft_nor_sign_nor_drop(index, alice, project, tmp_path):
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1})
    mallory = Maintainer(index, f"mallory-{project}")
    mallory.register()
    draft = alice.draft(project, yank={wheel(project).filename: "broken"})
    for attempt in (
        lambda: mallory.draft(project, remove=[wheel(project).filename]),
        lambda: mallory.sign(draft),
        lambda: mallory.call("DELETE", f"drafts/{draft['id']}"),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.status in (403, 404)
    twine_upload(index, wheel(project, "6.6").write(tmp_path), token=mallory.token).failed()


def test_yank_unyank_and_remove_go_through_signatures(index, alice, project, tmp_path):
    name = wheel(project).filename
    alice.publish(
        project, wheel(project), wheel(project, "2.0"), maintainers={"keyids": [alice.key_id], "threshold": 1}
    )  # fmt: skip
    alice.sign(alice.draft(project, yank={name: "broken"}))
    assert index.files(project)[name]["yanked"] == "broken"
    alice.sign(alice.draft(project, unyank=[name]))
    assert index.files(project)[name]["yanked"] is False
    alice.sign(alice.draft(project, remove=[name]))
    assert name not in index.files(project)
    fresh = SealedClient.of(index, tmp_path / "fresh").refresh()
    assert fresh.find(f"{project}/{name}") is None
    assert fresh.find(f"{project}/{wheel(project, '2.0').filename}")


def test_a_dropped_draft_frees_the_project(index, alice, project):
    draft = alice.draft(project, maintainers={"keyids": [alice.key_id], "threshold": 1}, add=[facts(wheel(project))])
    with pytest.raises(Refused) as refused:
        alice.draft(project, add=[facts(wheel(project, "2.0"))])
    assert refused.value.check == "live"
    alice.call("DELETE", f"drafts/{draft['id']}")
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id], "threshold": 1})
    assert set(index.files(project)) == {wheel(project).filename}


def test_a_lost_key_is_replaced_by_the_others(index, alice, bob, project):
    alice.publish(
        project, wheel(project), maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1}
    )  # fmt: skip
    fresh = stranger()
    alice.register(key=fresh, label="replacement", endorsed_by=alice.key)
    draft = bob.draft(project, maintainers={"keyids": [bob.key_id, key_id(fresh)], "threshold": 1})
    bob.sign(draft)
    draft = alice.draft(project, add=[facts(wheel(project, "2.0"))])
    with pytest.raises(Refused) as refused:
        alice.send(draft, [wheel(project, "2.0")])
    assert refused.value.check == "key-unknown"
    assert alice.send(draft, [wheel(project, "2.0")], key=fresh)["state"] == "published"
