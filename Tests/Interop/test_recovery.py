"""Keys are stolen and used: what clients believe before, and after the recovery.

The attacker of each test really holds the keys of one row of the tables (PEP 458, Table 4; PEP 480, Table 1) and really
serves forged metadata. A client that has believed it, and one that comes new, then meet the recovered index: they refuse
what the attacker has, and find the good projects' files byte for byte as they were.
"""

import pytest
from support.commands import bonded
from support.recovering import Repository, path
from support.sealed import SealedClient
from tuf.api.exceptions import DownloadError, RepositoryError

EVIL = b"evil\n"
REFUSALS = (RepositoryError, DownloadError, KeyError, ValueError)
ONLINE = ("timestamp", "snapshot", "recently-claimed", "bins")


@pytest.fixture
def server(new_server):
    return new_server().start()


@pytest.fixture
def repository(server, tmp_path):
    return Repository(server, tmp_path)


def believed(repository, forged, target):
    """What the client of the first day believes of the attacker's server; its state stays as that leaves it."""
    with forged.served() as base_url:
        try:
            return SealedClient.of(repository.server, repository.old.state, base_url).refresh().fetch(target)
        except REFUSALS as refusal:
            return refusal


def check(repository, forged, target):
    """Old and new clients find everything as it was, and believe the attacker no more."""
    for client in (repository.old, repository.new_client()):
        client.refresh()
        for name, content in repository.good.items():
            assert client.fetch(path(name)) == content
    with forged.served() as base_url:
        fresh = repository.new_client().state
        for state in (repository.old.state, fresh):
            try:
                seen = SealedClient.of(repository.server, state, base_url).refresh().fetch(target)
            except REFUSALS:
                continue
            assert seen != EVIL, "the attacker is still believed"
    assert " error bonded.sign" not in repository.server.log()
    audit = bonded("audit", "--root", repository.server.trusted_root, "--config", repository.server.config)
    assert audit.status == 0, audit.describe()


# Which keys are stolen, what is forged with them, whether clients believe it before, which offline keys are replaced.
ROWS = [
    (("timestamp",), "plain-demo", False, ["targets"]),
    (("snapshot",), "plain-demo", False, ["targets"]),
    (("timestamp", "snapshot"), "plain-demo", False, ["targets"]),
    (("bins",), "plain-demo", False, ["targets"]),
    (("recently-claimed",), "recent-demo", False, ["targets"]),
    (("timestamp", "snapshot", "bins"), "plain-demo", True, ["targets"]),
    (ONLINE, "plain-demo", True, ["targets"]),
    (("targets",), "claimed-demo", False, ["targets"]),
    (("claimed",), "claimed-demo", False, ["claimed"]),
    (("timestamp", "snapshot", "targets"), "plain-demo", True, ["targets"]),
    (("timestamp", "snapshot", "claimed"), "claimed-demo", True, ["targets", "claimed"]),
]


@pytest.mark.parametrize("names, project, is_believed, new", ROWS, ids=lambda value: "+".join(value) if isinstance(value, tuple) else "")
def test_a_row_of_the_tables(repository, names, project, is_believed, new):
    forged = forge(repository, names, project)
    answer = believed(repository, forged, path(project))
    assert (answer == EVIL) == is_believed, answer
    repository.recover(*names, new=new)
    check(repository, forged, path(project))


def forge(repository, names, project):
    """The worst that these keys can do to a project."""
    from test_stolen_keys import delegate_to_a_stranger
    from tuf.api.metadata import Delegations, TargetFile

    forged = repository.forged(*names)
    target = path(project)
    offline = next((name for name in ("targets", "claimed") if name in names), None)
    if offline == "claimed":
        role = forged.current("claimed")
        role.signed.delegations = Delegations({}, {})
        delegate_to_a_stranger(forged, role.signed.delegations, f"project-{project}", f"{project}/*")
        forged.sign(role, "claimed").forge_target(f"project-{project}", target, EVIL)
    elif offline == "targets":
        role = forged.current("targets")
        role.signed.delegations = None
        role.signed.targets[target] = TargetFile.from_data(target, EVIL, ["sha256"])
        forged.serve_target(target, EVIL)
        forged.sign(role, "targets")
    else:
        forged.forge_target(forged.role_of(target), target, EVIL)
    return forged.publish()
