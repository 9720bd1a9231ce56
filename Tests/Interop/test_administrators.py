"""Administrators whom a trusted proxy names by their client certificates' subjects."""

import http.client
from urllib.parse import urlsplit

import pytest
from support.commands import bonded
from support.index import read_quickstart
from support.services import send_from, serving

SETTINGS = """
admin:
  trusted_proxies: ["::ffff:127.0.0.2", 127.0.0.1]
  subject_header: X-Who
  administrators:
    "CN=alice,O=Example": alice
    "CN=bob, O=Example": bob
"""
ROLES = "/admin/v1/roles"
ALICE = {"X-Who": "CN=alice,O=Example"}


@pytest.fixture(scope="module")
def server(index, tmp_path_factory):
    with serving(index, tmp_path_factory.mktemp("administrators"), SETTINGS) as server:
        yield server


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.2"])
def test_a_subject_from_a_trusted_proxy_is_an_account(server, proxy):
    assert send_from(proxy, server, ROLES, ALICE) == 200
    (*_, last) = [line for line in server.log().splitlines() if "account=" in line]
    assert "account=alice" in last and f"from={proxy}" in last and "status=200" in last


def test_from_anybody_else_the_header_is_ignored(server):
    assert send_from("127.0.0.3", server, ROLES, ALICE) == 401


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"X-Who": ""}, {"X-Who": "CN=mallory,O=Example"}, {"X-Who": "cn=alice,o=example"}, {"X-Who": "alice"},
        {"X-Client-Subject": "CN=alice,O=Example"}, {"X_Who": "CN=alice,O=Example"},
    ],
)  # fmt: skip
def test_other_subjects_are_refused_like_nobody(server, headers):
    answer = server.get(ROLES, headers=headers)
    nobody = server.get(ROLES)
    assert answer.status_code == 401 and answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.content, answer.headers["WWW-Authenticate"]) == (nobody.content, nobody.headers["WWW-Authenticate"])


def test_two_headers_are_no_subject(server):
    """Joined they would be bob's."""
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
    connection.putrequest("GET", ROLES)
    for part in ("CN=bob", "O=Example"):
        connection.putheader("X-Who", part)
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()
    assert server.get(ROLES, headers={"X-Who": "CN=bob, O=Example"}).status_code == 200


def test_a_browser_s_page_cannot_use_the_certificate(server):
    assert server.get(ROLES, headers=ALICE | {"Origin": "https://evil.example"}).status_code == 401
    assert server.get(ROLES, headers=ALICE | {"Origin": "null"}).status_code == 401


def test_a_token_goes_before_the_certificate(server):
    admin = read_quickstart(server.data / "quickstart.env")["ADMIN_TOKEN"]
    assert server.get(ROLES, headers={"Authorization": f"Bearer {admin}"}).status_code == 200
    assert server.get(ROLES, headers=ALICE | {"Authorization": f"Bearer {server.token}"}).status_code == 403
    assert server.get(ROLES, headers=ALICE | {"Authorization": "Bearer bonded-0-0"}).status_code == 401


def test_a_certificate_is_for_administration_only(server):
    assert server.get("/api/v1/account", headers=ALICE).status_code == 401
    assert server.get("/legacy/", "POST", headers=ALICE).status_code in (400, 403)


def test_it_is_off_by_default(index):
    for header in ("X-Client-Subject", "X-Who"):
        assert index.get(ROLES, headers={header: "CN=alice,O=Example"}).status_code == 401


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("admin: {trusted_proxies: [localhost]}", ["admin.trusted_proxies[0]", "localhost"]),
        ("admin: {trusted_proxies: 127.0.0.1}", ["admin.trusted_proxies", "list"]),
        ('admin: {administrators: {"CN=a": "No Account"}}', ["admin.administrators.CN=a", "No Account"]),
        ('admin: {administrators: {"CN=a": [x]}}', ["admin.administrators.CN=a"]),
        ("log: {format: xml}", ["log.format", "text, json"]),
    ],
)
def test_settings_that_are_wrong_are_named(index, tmp_path, settings, words):
    config = tmp_path / "settings.yaml"
    config.write_text(f"{index.config.read_text()}\n{settings}\n")
    refused = bonded("serve", "--config", config, timeout=30).failed()
    for word in [str(config), *words]:
        assert word in refused.text, refused.describe()
