"""`bonded-pip proxy`: a verified index on loopback, for whatever speaks the simple API."""

import http.client
import re
import signal
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from support.bonded_pip import FORGED, Customer
from support.commands import pip, run, tool, uv
from support.distributions import sdist, wheel
from support.index import HTML, JSON
from support.installing import installed
from support.mirror import FILE, PAGE, sha256
from support.projects import home_of, new_project
from support.uploading import publish
from support.waiting import wait_until


@pytest.fixture(scope="module")
def site(index, family, tmp_path_factory):
    """One proxy for all of them; its URL."""
    customer = Customer(tmp_path_factory.mktemp("proxy") / "customer").trust(index)
    with customer.proxy() as url:
        yield SimpleNamespace(url=url, home=customer.home)


def get(url, method="GET", **headers):
    headers = {"Accept-Encoding": "identity", "Accept": None, "User-Agent": "interop"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return requests.request(method, url, headers=headers, allow_redirects=False, timeout=30)


@pytest.fixture(scope="module")
def known(index, site):
    """A project with a wheel and an sdist, as the proxy shows it."""
    project = "tb-proxied-known"
    files = [wheel(project, payload=bytes(range(256)) * 64), sdist(project)]
    publish(index, *files)
    url = urljoin(site.url, f"{project}/")
    # It asks the index for news once a second.
    wait_until(lambda: get(url).status_code == 200, "the proxy has heard of the project", seconds=5)
    entries = {entry["filename"]: entry for entry in get(url, Accept=JSON).json()["files"]}
    for entry in entries.values():
        entry["url"] = urljoin(url, entry["url"])
    return SimpleNamespace(name=project, url=url, files=files, entries=entries)


# Programs.


def test_pip_installs(site, family, tmp_path):
    pip("install", "--index-url", site.url, "--target", tmp_path, family.top).succeeded()
    assert installed(tmp_path) == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}


def test_uv_installs(site, family, tmp_path):
    uv("pip", "install", "--default-index", site.url, "--target", tmp_path, family.top).succeeded()
    assert installed(tmp_path) == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}


def assert_hashed(family, text):
    for each in ("leaf 1", "middle", "top"):
        assert family.files[each].sha256 in text, f"no hash of {each}:\n{text}"


def test_uv_compiles_hashes(site, family, tmp_path):
    given, compiled = tmp_path / "in.txt", tmp_path / "out.txt"
    given.write_text(f"{family.top}\n")
    uv("pip", "compile", "--default-index", site.url, "--generate-hashes", given, "-o", compiled).succeeded()
    assert_hashed(family, compiled.read_text())


def test_pip_tools_compiles_hashes(site, family, tmp_path):
    given, compiled = tmp_path / "in.txt", tmp_path / "out.txt"
    given.write_text(f"{family.top}\n")
    command = tool("pip-compile", "pip-tools"), "--generate-hashes", "--no-config", "--index-url", site.url
    run(*command, "-o", compiled, given, environment=home_of(tmp_path / "home")).succeeded()
    assert_hashed(family, compiled.read_text())


def test_poetry_locks_and_installs(site, family, tmp_path):
    project = new_project(tmp_path / "project", "poetry", site.url, family.top)
    poetry = tool("poetry", "poetry"), "-C", project
    environment = home_of(tmp_path / "home")
    run(*poetry, "lock", "-n", "--no-cache", environment=environment).succeeded()
    lock = (project / "poetry.lock").read_text()
    assert_hashed(family, lock)
    run(*poetry, "install", "-n", "--no-cache", environment=environment).succeeded()
    assert found_in(project) >= {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}.items()


def test_pdm_locks_and_installs(site, family, tmp_path):
    project = new_project(tmp_path / "project", "pdm", site.url, family.top)
    environment = home_of(tmp_path / "home")
    run(tool("pdm", "pdm"), "lock", "-p", project, environment=environment).succeeded()
    assert_hashed(family, (project / "pdm.lock").read_text())
    run(tool("pdm", "pdm"), "install", "-p", project, environment=environment).succeeded()
    assert found_in(project) >= {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}.items()


def found_in(project):
    """What stands in a project's own environment."""
    (packages,) = (project / ".venv/lib").glob("python*/site-packages")
    return installed(packages).items()


# Bytes on the wire.


PIP = f"{JSON}, {HTML}; q=0.1, text/html; q=0.01"
NEGOTIATION = [
    (None, "text/html"), ("text/html", "text/html"), (HTML, HTML), (JSON, JSON), (PIP, JSON),
    (f"{JSON}, */*;q=0.1", JSON), (f"{JSON};q=0.1, text/html", "text/html"),
]  # fmt: skip


@pytest.mark.parametrize(("accept", "expected"), NEGOTIATION)
def test_a_page_comes_in_the_form_that_was_asked_for(known, accept, expected):
    answer = get(known.url, Accept=accept)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0] == expected
    assert "accept" in answer.headers.get("Vary", "").lower()


def test_both_forms_lead_to_its_own_files_and_give_the_same_hashes(site, known):
    page = get(known.url, Accept="text/html").text
    links = dict(re.findall(r'<a href="([^"#]+)#sha256=([0-9a-f]{64})"', page))
    from_html = {urljoin(known.url, link): digest for link, digest in links.items()}
    assert from_html == {entry["url"]: entry["hashes"]["sha256"] for entry in known.entries.values()}
    for file in known.files:
        entry = known.entries[file.filename]
        assert urlsplit(entry["url"]).netloc == urlsplit(site.url).netloc
        assert urlsplit(entry["url"]).path == f"/files/{known.name}/{file.filename}"
        assert entry["hashes"]["sha256"] == file.sha256 and entry["size"] == len(file.content)
        assert get(entry["url"]).content == file.content
    assert get(known.entries[known.files[0].filename]["url"] + ".metadata").content == known.files[0].metadata


def test_metadata_is_offered_by_the_names_that_break_no_pip(known):
    """PEP 714: pip 22.3 to 23.0 fails on a page with `dist-info-metadata`."""
    entry = known.entries[known.files[0].filename]
    digest = {"sha256": sha256(known.files[0].metadata)}
    assert entry["core-metadata"] == entry["data-dist-info-metadata"] == digest
    assert "dist-info-metadata" not in entry
    page = get(known.url, Accept="text/html").text
    for name in ("data-core-metadata", "data-dist-info-metadata"):
        assert f'{name}="sha256={digest["sha256"]}"' in page


@pytest.mark.parametrize("what", ["html", "json", "file", "metadata"])
def test_what_was_not_changed_is_not_sent_again(known, what):
    file = known.entries[known.files[0].filename]["url"]
    url = {"file": file, "metadata": f"{file}.metadata"}.get(what, known.url)
    accept = JSON if what == "json" else "text/html"
    first = get(url, Accept=accept)
    tag = first.headers["ETag"]
    again = get(url, Accept=accept, If_None_Match=tag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert get(url, Accept=accept, If_None_Match='"other"').content == first.content
    if what in ("html", "json"):
        other = get(url, Accept="text/html" if what == "json" else JSON, If_None_Match=tag)
        assert other.status_code == 200, "one form's tag is not the other's"


PARTS = [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-22", -22, None), ("bytes=5-5", 5, 5)]


@pytest.mark.parametrize(("wanted", "first", "last"), PARTS)
def test_a_part_of_a_file(known, wanted, first, last):
    file = known.files[0]
    size = len(file.content)
    answer = get(known.entries[file.filename]["url"], Range=wanted)
    begin, end = first % size, size - 1 if last is None else last
    assert answer.status_code == 206
    assert answer.content == file.content[begin : end + 1]
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end}/{size}"


def test_a_part_that_is_not_there(known):
    file = known.files[0]
    answer = get(known.entries[file.filename]["url"], Range=f"bytes={len(file.content)}-")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(file.content)}")


def test_head_says_what_get_would(known):
    url = known.entries[known.files[0].filename]["url"]
    for each in (known.url, url):
        asked, got = get(each, "HEAD"), get(each)
        assert (asked.status_code, asked.content) == (200, b"")
        assert [asked.headers.get(name) for name in ("Content-Length", "Content-Type", "ETag")] == [
            got.headers.get(name) for name in ("Content-Length", "Content-Type", "ETag")
        ]


def test_an_unknown_project_or_file_is_not_found(site, known):
    base = urljoin(site.url, "/")
    for path in ("simple/tb-nobody/", "files/tb-nobody/x-1.0.tar.gz", f"files/{known.name}/none-1.0.tar.gz", "elsewhere"):
        assert get(base + path).status_code == 404, path


AROUND = [
    "simple/../../etc/passwd/", "files/a/..%2f..%2fb", "files/%2e%2e/x", "simple/a%00b/", "files/a/.", "simple//",
]  # fmt: skip


@pytest.mark.parametrize("path", AROUND)
def test_a_path_leads_nowhere_else(site, path):
    server = urlsplit(site.url)
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=30)
    connection.request("GET", f"/{path}")
    assert connection.getresponse().status in (400, 403, 404)
    connection.close()


def test_it_takes_no_other_methods(known):
    for method in ("POST", "PUT", "DELETE"):
        assert get(known.url, method).status_code == 405


def test_it_is_no_open_proxy(site):
    """It is pip's http_proxy, too: what is asked of it by other names than its own it refuses, and says so."""
    origin = urljoin(site.url, "/")
    answer = requests.get("http://elsewhere.example:81/simple/", proxies={"http": origin}, timeout=30)
    assert answer.status_code == 403 and "elsewhere.example:81 is none of the indexes" in answer.reason
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://elsewhere.example/simple/", proxies={"https": origin}, timeout=30)


def test_it_is_alive_and_listens_on_loopback(site):
    assert get(urljoin(site.url, "/healthz")).status_code == 200
    assert urlsplit(site.url).hostname.startswith("127.")


def test_a_refusal_says_why_in_its_reason_and_its_body(index, mirror, project, tmp_path):
    publish(index, wheel(project))
    customer = Customer(tmp_path / "customer").trust(index, url=mirror.simple_url)
    with customer.proxy() as url:
        mirror.forge(project, wheel(project, payload=b"evil"))
        mirror.only(PAGE)
        refused = get(f"{url}{project}/")
        assert refused.status_code == 403
        assert re.search(FORGED, refused.reason) and re.search(FORGED, refused.text)
        assert refused.headers["Content-Type"].startswith("text/plain")
        mirror.only(FILE)
        page = get(f"{url}{project}/", Accept=JSON)
        assert page.status_code == 200
        (entry,) = page.json()["files"]
        refused = get(urljoin(url + project + "/", entry["url"]))
        assert refused.status_code == 403 and re.search(FORGED, refused.text)
        assert b"PK" not in refused.content, "not a byte of it"
        mirror.cease()
        assert get(urljoin(url + project + "/", entry["url"])).content == wheel(project).content


def test_a_page_follows_the_index(index, site, project):
    def files():
        page = get(f"{site.url}{project}/", Accept=JSON)
        return {file["filename"] for file in page.json()["files"]} if page.status_code == 200 else set()

    for version in ("1.0", "2.0"):
        publish(index, wheel(project, version))
        wait_until(lambda: wheel(project, version).filename in files(), "the proxy has the news", seconds=5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to(customer, number):
    """However early that is: once it has said where it listens it goes in good order."""
    for _ in range(5):
        process = customer.start("proxy", "--listen", "127.0.0.1:0")
        try:
            url = re.search(r"listening at (http://127\.0\.0\.1:\d+/simple/)", process.stdout.readline()).group(1)
            process.send_signal(number)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            process.communicate(timeout=10)
        with pytest.raises(requests.ConnectionError):
            get(urljoin(url, "/healthz"))
