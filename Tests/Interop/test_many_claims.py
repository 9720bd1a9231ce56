"""A thousand claimed projects: named through shards, each found in few steps."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support import claims
from support.commands import bonded
from support.distributions import wheel
from support.maintainers import claim_many
from support.sealed import SealedClient

PROJECTS = 1_000
PER_ROLE = 100
# As PyPI's names do, many begin alike.
WORDS = ("django", "py", "pytest", "flask", "azure-mgmt", "types", "aws-cdk", "x")


@pytest.fixture(scope="module")
def names():
    return [f"{WORDS[number % len(WORDS)]}-{number}" for number in range(PROJECTS)]


@pytest.fixture(scope="module")
def server(tmp_path_factory, names):
    from support.index import Server

    folder = tmp_path_factory.mktemp("many")
    server = Server(folder / "data").start()
    try:
        claim_many(server, names)
        settings = folder / "bonded.yaml"
        settings.write_text(f"{server.config.read_text()}claims:\n  projects_per_role: {PER_ROLE}\n")
        draft = folder / "draft.json"
        bonded("admin", "claims", "draft", "--out", draft, "--config", settings).succeeded()
        claims.sign(server, draft).succeeded()
        claims.offline(server, "import", claims.signed_file(draft)).succeeded()
        assert claims.claims(server).succeeded().output == "", "all of them moved"
        yield server
    finally:
        server.destroy()


def trusted(client):
    return client._updater._trusted_set._trusted_set


def test_shards_appear_and_every_target_is_found_in_eight_roles_at_most(server, names, tmp_path):
    def visit(part):
        number, some = part
        visits, shards = [], set()
        for name in some:
            client = SealedClient.of(server, tmp_path / f"client-{number}").refresh()
            path = f"{name}/{wheel(name).filename}"
            found = client.find(path)
            assert found and found.hashes["sha256"] == wheel(name).sha256
            visited = [role for role in trusted(client) if role not in ("root", "timestamp", "snapshot")]
            visits.append(len(visited))
            shards |= {role for role in visited if role.startswith("claimed-")}
        return visits, shards

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(visit, enumerate(names[start::4] for start in range(4))))
    visits = [visit for result, _ in results for visit in result]
    shards = set().union(*(shards for _, shards in results))
    assert len(visits) == PROJECTS and max(visits) <= 8
    assert len(shards) >= PROJECTS / PER_ROLE


def test_an_unclaimed_target_and_none_at_all_are_found_in_eight_roles_at_most(server, tmp_path):
    client = SealedClient.of(server, tmp_path / "client").refresh()
    assert client.find("django-no-such/file") is None
    assert len([role for role in trusted(client) if role not in ("root", "timestamp", "snapshot")]) <= 8
