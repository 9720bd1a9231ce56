"""nginx in front, with the configuration in deploy/nginx: real clients through TLS, administrators by certificate."""

import http.client
import ssl
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from support.commands import pip, twine_upload
from support.distributions import sdist, wheel
from support.index import read_quickstart
from support.nginx import Authority, protocol, proxied
from support.sealed import SealedClient
from support.services import serving

SETTINGS = """
admin:
  trusted_proxies: [127.0.0.1]
  administrators: {"CN=alice,O=Example": alice}
"""
ROLES = "/admin/v1/roles"


@pytest.fixture(scope="module")
def site(index, tmp_path_factory):
    """The proxy, the server behind it, and who has which certificate."""
    folder = tmp_path_factory.mktemp("proxy")
    public, administrators, others = (Authority(folder, name) for name in ("public", "administrators", "others"))
    certificate = public.give("/CN=index", "index", "IP:127.0.0.1")
    with serving(index, folder, SETTINGS) as server, proxied(server, folder, certificate, administrators) as proxy:
        yield SimpleNamespace(
            proxy=proxy, server=server, authority=public,
            alice=administrators.give("/O=Example/CN=alice", "alice"),
            mallory=administrators.give("/O=Example/CN=mallory", "mallory"),
            stranger=others.give("/O=Example/CN=alice", "stranger"),
        )  # fmt: skip


@pytest.fixture
def get(site):
    """A request through the proxy."""

    def get(path, cert=None, **options):
        return site.proxy.get(path, verify=str(site.authority.certificate), cert=cert and tuple(map(str, cert)), **options)

    return get


def status_from(address, site, path, method="GET"):
    """What a client of another loopback address is answered; the path goes out as it is."""
    server = urlsplit(site.proxy.base_url)
    context = ssl.create_default_context(cafile=site.authority.certificate)
    connection = http.client.HTTPSConnection(
        server.hostname, server.port, timeout=30, source_address=(address, 0), context=context
    )
    try:
        connection.request(method, path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_twine_and_pip_go_through_it(site, get, project, tmp_path):
    # Larger than what nginx takes elsewhere.
    files = [wheel(project, payload=bytes(range(256)) * 16384, compression=0), sdist(project)]
    trust = ("--cert", site.authority.certificate)
    twine_upload(site.proxy, *(file.write(tmp_path) for file in files), flags=trust).succeeded()
    target = tmp_path / "target"
    pip("install", "--index-url", site.proxy.simple_url, *trust, "--target", target, project).succeeded()
    assert list(target.glob("*.dist-info"))
    assert '"POST /legacy/ HTTP/1.1" 200' in site.server.log(), "the upload came unchanged"


def test_ranges_and_tags_are_the_index_s_own(site, get, project, tmp_path):
    file = wheel(project, payload=b"0123456789" * 1000)
    twine_upload(site.server, file.write(tmp_path)).succeeded()
    url = urlsplit(site.server.files(project)[file.filename]["url"]).path
    direct = site.server.get(url)
    whole = get(url)
    assert whole.content == direct.content == file.content
    kept = ("ETag", "Content-Type", "Content-Length", "Accept-Ranges", "Cache-Control")
    assert [whole.headers.get(name) for name in kept] == [direct.headers.get(name) for name in kept]
    part = get(url, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, file.content[100:300])
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(file.content)}"
    assert get(url, headers={"If-None-Match": direct.headers["ETag"]}).status_code == 304


def test_python_tuf_verifies_behind_it(site, project, tmp_path, monkeypatch):
    file = wheel(project)
    twine_upload(site.server, file.write(tmp_path)).succeeded()
    monkeypatch.setenv("SSL_CERT_FILE", str(site.authority.certificate))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(site.authority.certificate))
    client = SealedClient.of(site.proxy, tmp_path / "client").refresh()
    assert client.fetch(f"{project}/{file.filename}") == file.content


def test_an_administrator_comes_in_by_certificate(site, get):
    assert get(ROLES, cert=site.alice).status_code == 200
    assert "account=alice" in site.server.log()


def test_nobody_else_does(site, get):
    forged = {"X-Client-Subject": "CN=alice,O=Example"}
    assert site.server.get(ROLES, headers=forged).status_code == 200, "from the proxy's address it would count"
    for headers in ({}, forged, {"x-client-subject": "CN=alice,O=Example", "X_Client_Subject": "CN=alice,O=Example"}):
        assert get(ROLES, headers=headers).status_code == 401
        assert get(ROLES, cert=site.mallory, headers=headers).status_code == 401
        assert get(ROLES, cert=site.stranger, headers=headers).status_code == 400, "another authority's alice"


def test_a_token_goes_through_as_before(site, get):
    token = read_quickstart(site.proxy.data / "quickstart.env")["ADMIN_TOKEN"]
    assert get(ROLES, headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/readyz", ROLES])
def test_what_operators_see_is_for_their_own_networks(site, get, path):
    assert get(path, cert=site.alice).status_code == 200
    assert status_from("127.0.0.2", site, path) == 403
    assert status_from("127.0.0.2", site, "/simple/") == 200


@pytest.mark.parametrize(
    "path",
    ["//admin/v1/roles", "/simple/../admin/v1/roles", "/simple/%2e%2e/admin/v1/roles", "/%61dmin/v1/roles", "/./metrics",
     "/admin/v1/roles/../../../simple/", "/admin/v1/roles%2f..%2f..%2f..%2fsimple/"],
)  # fmt: skip
def test_no_spelling_of_a_path_leads_around_that(site, path):
    assert status_from("127.0.0.2", site, path) in (400, 403, 404)


def test_it_speaks_http_2_and_sends_plain_clients_there(site):
    assert protocol(site.proxy, site.authority) == "h2"
    server = urlsplit(site.proxy.plain_url)
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=30)
    connection.request("GET", "/simple/?a=b", headers={"Host": "index.example.org"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, "https://index.example.org/simple/?a=b")
    connection.close()


def test_what_is_too_large_is_refused_at_the_door(get):
    assert get("/simple/", method="POST", data=b"x" * (2 << 20)).status_code == 413
