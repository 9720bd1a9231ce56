"""What each role says and who has signed it; who delegates what to whom."""

import json

import pytest
from support.administration import admin_command, administrator
from support.distributions import wheel
from support.maintainers import Maintainer


@pytest.fixture
def admin(index):
    return administrator(index)


def tuf_metadata(index, role, version):
    return index.get(f"{index.metadata_url}{version}.{role}.json")


@pytest.mark.parametrize(
    ("role", "offline", "delegator"),
    [
        ("root", True, "root"), ("targets", True, "root"), ("snapshot", False, "root"), ("timestamp", False, "root"),
        ("claimed", True, "targets"), ("recently-claimed", False, "targets"), ("unclaimed", True, "targets"),
    ],
)  # fmt: skip
def test_a_role_is_shown_as_it_is_served(index, admin, role, offline, delegator):
    status, shown = admin("GET", f"roles/{role}")
    assert status == 200 and shown["current"] is True
    assert (shown["role"], shown["offline"], shown["delegator"]) == (role, offline, delegator)
    assert shown["metadata"]["signed"]["version"] == shown["version"]
    assert shown["expires"] == shown["metadata"]["signed"]["expires"]
    assert shown["missing"] == [] and len(shown["signed_by"]) >= shown["threshold"]
    assert {each["keyid"] for each in shown["metadata"]["signatures"]} == set(shown["signed_by"])
    if role != "timestamp":
        served = tuf_metadata(index, role, shown["version"])
        assert served.json() == shown["metadata"]
        said = admin_command(index, "roles", "show", role, "--version", str(shown["version"])).succeeded().output
        assert said == served.text, "byte for byte"
    assert admin("GET", f"roles/{role}/{shown['version']}")[1]["metadata"] == shown["metadata"]


def test_the_current_version_is_shown_without_asking_for_one(index, admin):
    shown = json.loads(admin_command(index, "roles", "show", "targets").succeeded().output)
    assert shown == admin("GET", "roles/targets")[1]["metadata"]


def test_an_earlier_version_is_shown_while_it_is_kept(admin):
    assert admin("POST", "snapshot", {})[0] == 200
    current = admin("GET", "roles/snapshot")[1]
    earlier = admin("GET", f"roles/snapshot/{current['version'] - 1}")[1]
    assert earlier["current"] is False and earlier["metadata"]["signed"]["version"] == current["version"] - 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("roles/nobody", 404), ("roles/targets/99999", 404), ("roles/targets/0", 404), ("roles/targets/01", 404),
        ("roles/targets/x", 404), ("roles/targets/99999999999999999999", 404), ("roles/project-none", 404),
        ("roles/root'--", 404), ("roles/%2e%2e", 404), ("roles/a%2fb", 404), ("roles/%00", 404), ("roles/é", 400),
        ("roles/", 400), ("roles/" + "r" * 231, 400), ("delegations?after=%00", 400), ("delegations?limit=0", 400),
        ("delegations?limit=x", 400),
    ],
)  # fmt: skip
def test_a_role_that_is_not_there_is_refused(admin, path, status):
    assert admin("GET", path)[0] == status


def test_the_tree_is_what_the_metadata_delegates(index, admin, projects):
    names = sorted(projects(2))
    alice = Maintainer(index, f"alice-{names[0]}")
    alice.register()
    for name in names:
        alice.publish(name, wheel(name), maintainers={"keyids": [alice.key_id], "threshold": 1})
    status, tree = admin("GET", "delegations?limit=1000")
    assert status == 200 and tree["next"] is None
    root = tree["root"]
    assert root["role"] == "root" and [child["role"] for child in root["children"]] == ["timestamp", "snapshot", "targets"]
    roots = admin("GET", "roles/root")[1]["metadata"]["signed"]["roles"]
    assert root["keyids"] == roots["root"]["keyids"] and root["children"][0]["keyids"] == roots["timestamp"]["keyids"]

    targets = root["children"][2]
    delegated = admin("GET", "roles/targets")[1]["metadata"]["signed"]["delegations"]["roles"]
    assert [
        (child["role"], child["keyids"], child["threshold"], child["paths"], child["terminating"])
        for child in targets["children"]
    ] == [(role["name"], role["keyids"], role["threshold"], role["paths"], role["terminating"]) for role in delegated]
    by_name = {child["role"]: child for child in targets["children"]}
    (bins,) = by_name["unclaimed"]["children"]
    succinct = admin("GET", "roles/unclaimed")[1]["metadata"]["signed"]["delegations"]["succinct_roles"]
    assert bins["bins"] == {"count": 2 ** succinct["bit_length"], "name_prefix": succinct["name_prefix"]}

    listed = {each["project"]: each for each in tree["projects"]}
    online = admin("GET", "roles/recently-claimed")[1]["metadata"]["signed"]["delegations"]["roles"]
    assert by_name["recently-claimed"]["projects"] == len(online)
    for name in names:
        (said,) = [role for role in online if role["name"] == f"project-{name}"]
        shown = listed[name]
        assert (shown["role"], shown["delegator"]) == (f"project-{name}", "recently-claimed")
        assert [shown[member] for member in ("keyids", "threshold", "paths", "terminating")] == [
            said[member] for member in ("keyids", "threshold", "paths", "terminating")
        ]
        role = admin("GET", f"roles/project-{name}")[1]
        assert (role["delegator"], role["offline"], role["signed_by"], role["missing"]) == (
            "recently-claimed", True, [alice.key_id], [],
        )  # fmt: skip

    paged, after = [], ""
    while True:
        page = admin("GET", f"delegations?limit=1{after}")[1]
        paged += [each["project"] for each in page["projects"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert paged == [each["project"] for each in tree["projects"]]

    shown = admin_command(index, "roles", "--tree").succeeded().output.splitlines()
    assert shown[0].startswith("root  1 of") and any(line.startswith("        unclaimed  ") for line in shown)
    assert f"project-{names[0]}  by recently-claimed, 1 of 1 keys, paths {names[0]}/*" in shown
    shown = admin_command(index, "roles", "--tree", "--after", names[0]).succeeded().output
    assert f"project-{names[1]}  " in shown and f"project-{names[0]}  " not in shown


def test_who_has_not_signed_is_named(index, admin, project):
    """A key of the role that has no signature on what is public: threshold one, two keys, one signed."""
    alice, bob = (Maintainer(index, f"{name}-{project}") for name in ("alice", "bob"))
    alice.register()
    bob.register()
    alice.publish(project, wheel(project), maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1})
    shown = admin("GET", f"roles/project-{project}")[1]
    assert (shown["signed_by"], shown["missing"]) == ([alice.key_id], [bob.key_id])
