"""Projects that an administrator closes: quarantined, archived, removed; and opened again."""

import pytest
from support.commands import bonded, pip, twine_upload
from support.distributions import wheel
from support.index import Server
from support.maintainers import Maintainer, Refused
from support.recovering import path
from support.sealed import SealedClient


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("status") / "data").start()
    try:
        yield server
    finally:
        server.destroy()


@pytest.fixture
def client(server, tmp_path):
    return SealedClient.of(server, tmp_path / "client")


def admin(server, *arguments):
    return bonded("admin", "project", *arguments, "--config", server.config)


def status(server, project):
    return server.page(project)["project-status"]


def test_a_quarantined_project_shows_no_file(server, client, tmp_path):
    twine_upload(server, wheel("shut").write(tmp_path)).succeeded()
    client.refresh().fetch(path("shut"))
    url = server.files("shut")[wheel("shut").filename]["url"]
    assert "quarantined as of snapshot" in admin(server, "quarantine", "shut", "--reason", "malware").succeeded().output
    assert status(server, "shut") == {"status": "quarantined", "reason": "malware"}
    assert server.files("shut") == {}
    assert server.get(url).status_code == 404
    assert client.refresh().find(path("shut")) is None
    assert b"quarantined" in client.fetch("shut/index.html")
    assert pip("download", "--no-deps", "-d", tmp_path, "--index-url", server.simple_url, "shut").status != 0
    refused = twine_upload(server, wheel("shut", "2.0").write(tmp_path))
    assert refused.status != 0 and "quarantined" in refused.text

    assert "active as of snapshot" in admin(server, "release", "shut").succeeded().output
    assert client.refresh().fetch(path("shut")) == wheel("shut").content
    assert server.get(url).status_code == 200
    twine_upload(server, wheel("shut", "2.0").write(tmp_path)).succeeded()
    assert "already" in admin(server, "release", "shut").failed().errors


def test_an_archived_project_stays_and_takes_no_uploads(server, client, tmp_path):
    twine_upload(server, wheel("kept").write(tmp_path)).succeeded()
    admin(server, "archive", "kept").succeeded()
    assert status(server, "kept")["status"] == "archived"
    assert client.refresh().fetch(path("kept")) == wheel("kept").content
    refused = twine_upload(server, wheel("kept", "2.0").write(tmp_path))
    assert refused.status != 0 and "archived" in refused.text
    admin(server, "release", "kept").succeeded()
    twine_upload(server, wheel("kept", "2.0").write(tmp_path)).succeeded()


def test_a_removed_project_is_gone_and_its_name_is_kept(server, client, tmp_path):
    twine_upload(server, wheel("gone").write(tmp_path)).succeeded()
    admin(server, "remove", "gone").succeeded()
    assert server.page("gone") is None and "gone" not in server.projects()
    client.refresh()
    assert client.find(path("gone")) is None and client.find("gone/index.html") is None
    refused = twine_upload(server, wheel("gone", "2.0").write(tmp_path))
    assert refused.status != 0 and "removed" in refused.text
    assert "for good" in admin(server, "release", "gone").failed().errors


def test_a_claimed_project_is_closed_without_changing_what_its_maintainers_sign(server, client, tmp_path):
    alice = Maintainer(server, "alice")
    alice.register()
    alice.publish("sealed", wheel("sealed"), maintainers={"keyids": [alice.key_id], "threshold": 1})
    url = server.files("sealed")[wheel("sealed").filename]["url"]
    assert "maintainers" in admin(server, "quarantine", "sealed").succeeded().output
    assert server.page("sealed") is None
    assert server.get(url).status_code == 404
    with pytest.raises(Refused) as refusal:
        alice.draft("sealed")
    assert refusal.value.check == "permission" and "quarantined" in refusal.value.problem["detail"]
    assert "sign for it" in admin(server, "remove", "sealed").failed().errors
    admin(server, "release", "sealed").succeeded()
    assert client.refresh().fetch(path("sealed")) == wheel("sealed").content
    alice.publish("sealed", wheel("sealed", "2.0"))


def test_over_http(server, tmp_path):
    twine_upload(server, wheel("remote").write(tmp_path)).succeeded()
    token = bonded("admin", "token", "create", "--account", "root", "--scope", "admin", "--config", server.config).output.strip()

    def put(project, body):
        return server.get(
            f"/admin/v1/projects/{project}/status", "PUT", json=body, headers={"Authorization": f"Bearer {token}"}
        )

    assert put("remote", {"status": "quarantined", "reason": "why"}).json() == {"status": "quarantined"}
    assert status(server, "remote")["status"] == "quarantined"
    assert put("remote", {"status": "quarantined"}).status_code == 409
    assert put("remote", {"status": "shiny"}).status_code == 400
    assert put("nowhere", {"status": "archived"}).status_code == 404
