"""What an attacker can do who holds keys: Table 1 of PEP 480, against python-tuf.

The attacker's server is in the client's way and holds the keys that a row of the table names, nothing more. A client
that has seen the honest repository meets it. An attack marked YES in the table must succeed here, or the test proves
nothing about those marked NO.
"""

from datetime import datetime, timedelta, timezone

import pytest
from support import claims
from support.attacker import ForgedRepository, offline_key, online_keys, stranger
from support.commands import twine_upload
from support.distributions import wheel
from support.maintainers import Maintainer
from support.sealed import SealedClient
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import DelegatedRole, Delegations, Key, Metadata, TargetFile, Targets

EVIL = b"evil\n"


@pytest.fixture(scope="module", params=["recently-claimed", "claimed"])
def delegator(request):
    """On whose word the project's maintainers are trusted."""
    return request.param


@pytest.fixture(scope="module")
def server(tmp_path_factory, delegator):
    """An index whose keys may be stolen: one that this module's tests started themselves."""
    from support.index import Server

    server = Server(tmp_path_factory.mktemp("stolen") / "data").start()
    try:
        yield server
    finally:
        server.destroy()


@pytest.fixture(scope="module")
def keys(server):
    """Every key of the repository; a test takes what its attacker has stolen. One holder has the offline roles."""
    offline = offline_key(server)
    return online_keys(server) | {role: offline for role in ("root", "targets", "claimed", "unclaimed")}


@pytest.fixture(scope="module")
def maintainer(server, delegator):
    alice = Maintainer(server, "alice")
    alice.register()
    alice.publish("claimed-demo", wheel("claimed-demo"), maintainers={"keyids": [alice.key_id], "threshold": 1})
    if delegator == "claimed":
        claims.move(server)
    return alice


@pytest.fixture(scope="module")
def unclaimed(server, tmp_path_factory):
    twine_upload(server, wheel("plain-demo").write(tmp_path_factory.mktemp("dist"))).succeeded()
    return "plain-demo"


@pytest.fixture
def attacked(server, maintainer, unclaimed, tmp_path):
    """Meets the attacker with a client that has seen the honest repository; says what it then believes."""

    def meet(forged, path):
        state = tmp_path / "client"
        SealedClient.of(server, state).refresh().find(path)
        with forged.served() as base_url:
            try:
                return SealedClient.of(server, state, base_url).refresh().fetch(path)
            except (RepositoryError, DownloadError, KeyError) as refusal:
                return refusal

    return meet


def stolen(keys, maintainer, *names):
    return {name: maintainer.key if name == "project" else keys[name] for name in names}


def forge(server, held, project, role=None):
    """The forged file, in the project's own role or in the one that is given, made public as far as keys go."""
    forged = ForgedRepository(server, held)
    path = f"{project}/{wheel(project).filename}"
    return forged.forge_target(role or forged.role_of(path), path, EVIL).publish(), path


ONLINE = ("timestamp", "snapshot", "recently-claimed", "bins")


@pytest.mark.parametrize(
    "names",
    [("timestamp",), ("snapshot",), ("timestamp", "snapshot"), ("project",), ("bins",), ("recently-claimed",), ONLINE],
    ids="+".join,
)
def test_without_the_maintainers_key_a_claimed_file_cannot_be_forged(server, keys, maintainer, attacked, names):
    held = stolen(keys, maintainer, *names)
    answer = attacked(*forge(server, held, "claimed-demo", "project-claimed-demo"))
    assert isinstance(answer, Exception), f"{names} forged a claimed project's file"


def test_with_the_maintainers_key_and_the_server_s_it_can(server, keys, maintainer, attacked):
    held = stolen(keys, maintainer, "timestamp", "snapshot", "project")
    assert attacked(*forge(server, held, "claimed-demo", "project-claimed-demo")) == EVIL


def test_a_bin_cannot_take_a_claimed_project_back(server, keys, maintainer, attacked):
    answer = attacked(*forge(server, stolen(keys, maintainer, *ONLINE), "claimed-demo"))
    assert answer == wheel("claimed-demo").content, "the project's own role answers first, and terminates"


def test_a_forged_page_of_a_claimed_project_is_refused(server, keys, maintainer, attacked):
    forged = ForgedRepository(server, stolen(keys, maintainer, *ONLINE))
    path = "claimed-demo/index.html"
    forged.forge_target("project-claimed-demo", path, EVIL).publish()
    assert isinstance(attacked(forged, path), RepositoryError)


def test_an_unclaimed_file_needs_timestamp_snapshot_and_bins(server, keys, maintainer, unclaimed, attacked):
    assert attacked(*forge(server, stolen(keys, maintainer, "timestamp", "snapshot", "bins"), unclaimed)) == EVIL


@pytest.mark.parametrize(
    "names", [("bins",), ("timestamp", "bins"), ("snapshot", "bins"), ("timestamp", "snapshot")], ids="+".join
)
def test_fewer_keys_do_not_forge_an_unclaimed_file(server, keys, maintainer, unclaimed, attacked, names):
    assert isinstance(attacked(*forge(server, stolen(keys, maintainer, *names), unclaimed)), Exception)


def test_the_online_keys_are_enough_for_a_recently_claimed_project_only(server, keys, maintainer, attacked, delegator):
    """The table's YES for projects not delegated by `claimed`, and its NO for those that are."""
    forged = ForgedRepository(server, stolen(keys, maintainer, *ONLINE))
    online = forged.current("recently-claimed")
    online.signed.delegations = online.signed.delegations or Delegations({}, {})
    delegate_to_a_stranger(forged, online.signed.delegations, "project-claimed-demo", "claimed-demo/*")
    path = f"claimed-demo/{wheel('claimed-demo').filename}"
    forged.sign(online, "recently-claimed").forge_target("project-claimed-demo", path, EVIL).publish()
    answer = attacked(forged, path)
    if delegator == "recently-claimed":
        assert answer == EVIL
    else:
        assert isinstance(answer, RepositoryError), "the project's role has to be signed with the keys that claimed names"


def test_a_second_role_of_the_online_keys_cannot_take_a_project_from_claimed(
    server, keys, maintainer, attacked, delegator
):
    """`claimed` is asked first, and its delegation to the project terminates."""
    forged = ForgedRepository(server, stolen(keys, maintainer, *ONLINE))
    online = forged.current("recently-claimed")
    online.signed.delegations = online.signed.delegations or Delegations({}, {})
    path = f"claimed-demo/{wheel('claimed-demo').filename}"
    mine = "project-mallory"
    delegate_to_a_stranger(forged, online.signed.delegations, mine, "claimed-demo/*")
    roles = online.signed.delegations.roles
    online.signed.delegations.roles = {mine: roles[mine]} | roles
    role = Metadata(Targets())
    role.signed.targets[path] = TargetFile.from_data(path, EVIL, ["sha256"])
    forged.serve_target(path, EVIL)
    forged.sign(role, mine, version=1).sign(online, "recently-claimed").publish()
    answer = attacked(forged, path)
    assert answer == (EVIL if delegator == "recently-claimed" else wheel("claimed-demo").content)


def delegate_to_a_stranger(forged, delegations, name, pattern):
    """Makes `delegations` trust a role's paths to a key of the attacker's own, who signs for it from now on."""
    mallory = forged.keys["project"] = stranger()
    keyid = mallory.public_key.keyid
    delegations.keys[keyid] = Key.from_dict(keyid, mallory.public_key.to_dict())
    delegations.roles[name] = DelegatedRole(name, [keyid], 1, True, [pattern])


@pytest.mark.parametrize("offline", ["claimed", "targets"])
@pytest.mark.parametrize("online", [("timestamp", "snapshot"), ("timestamp",), ("snapshot",), ()], ids="+".join)
def test_offline_keys_forge_with_timestamp_and_snapshot_only(server, keys, maintainer, attacked, offline, online):
    forged = ForgedRepository(server, stolen(keys, maintainer, offline, *online))
    role = forged.current(offline)
    if offline == "claimed":
        role.signed.delegations = Delegations({}, {})
    else:
        later = role.signed.delegations.roles
        role.signed.delegations.roles = {}
    delegate_to_a_stranger(forged, role.signed.delegations, "project-claimed-demo", "claimed-demo/*")
    if offline == "targets":
        role.signed.delegations.roles.update(later)
    path = f"claimed-demo/{wheel('claimed-demo').filename}"
    forged.sign(role, offline).forge_target("project-claimed-demo", path, EVIL).publish()
    answer = attacked(forged, path)
    if online == ("timestamp", "snapshot"):
        assert answer == EVIL
    else:
        assert isinstance(answer, Exception), f"{offline} and {online} forged a claimed project's file"


def test_the_root_key_forges_everything(server, keys, maintainer, attacked):
    forged = ForgedRepository(server, stolen(keys, maintainer, "root"))
    mallory = stranger()
    root = forged.current("root")
    key = Key.from_dict(mallory.public_key.keyid, mallory.public_key.to_dict())
    for role in ("timestamp", "snapshot", "targets"):
        root.signed.add_key(key, role)
        root.signed.roles[role].keyids = [key.keyid]
        forged.keys[role] = mallory
    forged.sign(root, "root")
    targets = forged.current("targets")
    path = f"claimed-demo/{wheel('claimed-demo').filename}"
    targets.signed.delegations = None
    forged.serve_target(path, EVIL)
    targets.signed.targets[path] = TargetFile.from_data(path, EVIL, ["sha256"])
    forged.sign(targets, "targets").publish()
    assert attacked(forged, path) == EVIL


def test_a_rolled_back_project_role_is_refused(server, keys, maintainer, attacked):
    maintainer.sign(maintainer.draft("claimed-demo"))  # a second version at least
    forged = ForgedRepository(server, stolen(keys, maintainer, *ONLINE))
    meta = forged.snapshot.signed.meta["project-claimed-demo.json"]
    assert meta.version >= 2
    meta.version -= 1
    forged.publish()
    answer = attacked(forged, f"claimed-demo/{wheel('claimed-demo').filename}")
    assert isinstance(answer, RepositoryError) and "project-claimed-demo" in str(answer)


def test_a_project_role_taken_out_of_the_snapshot_is_refused(server, keys, maintainer, attacked):
    forged = ForgedRepository(server, stolen(keys, maintainer, *ONLINE))
    del forged.snapshot.signed.meta["project-claimed-demo.json"]
    forged.publish()
    answer = attacked(forged, f"claimed-demo/{wheel('claimed-demo').filename}")
    assert isinstance(answer, RepositoryError)


def test_the_timestamp_key_alone_can_freeze(server, keys, maintainer, tmp_path):
    forged = ForgedRepository(server, stolen(keys, maintainer, "timestamp"))
    forged.sign(forged.timestamp, "timestamp")
    frozen_at = forged.timestamp.signed.snapshot_meta.version
    maintainer.sign(maintainer.draft("claimed-demo"))
    with forged.served() as base_url:
        seen = SealedClient.of(server, tmp_path / "frozen", base_url).refresh()
        assert seen.snapshot.version == frozen_at, "frozen: the newer snapshot stays hidden"
    assert forged.timestamp.signed.expires > datetime.now(timezone.utc) + timedelta(days=2)
    assert SealedClient.of(server, tmp_path / "honest").refresh().snapshot.version > frozen_at


def test_mixed_versions_need_the_snapshot_key(server, keys, maintainer, attacked):
    """Metadata inconsistency: YES for timestamp and snapshot together, NO for timestamp alone."""
    path = f"claimed-demo/{wheel('claimed-demo').filename}"
    alone = ForgedRepository(server, stolen(keys, maintainer, "timestamp"))
    alone.snapshot.signed.meta["new-role.json"] = alone.snapshot.signed.meta["targets.json"]
    assert isinstance(attacked(alone.publish(), path), RepositoryError)
