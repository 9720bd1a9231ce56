"""The simple API as bytes on the wire: forms, redirects, headers, conditional and partial requests."""

import gzip
import hashlib
import http.client
import re
from urllib.parse import urljoin, urlsplit

import pytest
from support.distributions import escaped, sdist, wheel
from support.index import HTML, JSON
from support.uploading import publish

LATEST_JSON = "application/vnd.pypi.simple.latest+json"
LATEST_HTML = "application/vnd.pypi.simple.latest+html"
TEXT = "text/html"
PIP = f"{JSON}, {HTML}; q=0.1, text/html; q=0.01"
UV = f"{JSON}, {HTML};q=0.2, text/html;q=0.01"
POETRY = f"{JSON}, */*;q=0.1"


@pytest.fixture(scope="module")
def known(index):
    """A project with a wheel and an sdist."""
    project = "tb-simple-known"
    files = [wheel(project, "1.0", requires=["tb-simple-other<2"]), sdist(project, "1.0"), wheel(project, "0.9")]
    publish(index, *files)
    return project, files


NEGOTIATION = [
    (None, TEXT),
    ("*/*", TEXT),
    ("text/html", TEXT),
    ("text/*", TEXT),
    (HTML, HTML),
    (JSON, JSON),
    (LATEST_JSON, JSON),
    (LATEST_HTML, HTML),
    (PIP, JSON),
    (UV, JSON),
    (POETRY, JSON),
    (f"{JSON};q=0.1, text/html", TEXT),
    (f"{JSON};q=0.5, text/html;q=0.5", TEXT),
    (f"text/html;q=0, {JSON}", JSON),
    (f"{HTML};q=0.3, {JSON};q=0.4", JSON),
    ("image/png", TEXT),
    ("application/json", TEXT),
    (JSON.upper(), JSON),
    ("garbage;;q=x,,", TEXT),
]


@pytest.mark.parametrize(("accept", "expected"), NEGOTIATION)
def test_a_page_comes_in_the_form_that_was_asked_for(index, known, accept, expected):
    for url in (index.simple_url, index.page_url(known[0])):
        answer = index.get(url, headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].partition(";")[0] == expected
        assert "accept" in answer.headers["Vary"].lower().replace(" ", "").split(",")


@pytest.mark.parametrize(("form", "expected"), [(JSON, JSON), (LATEST_JSON, JSON), (HTML, HTML), (TEXT, TEXT)])
def test_the_query_may_name_the_form(index, known, form, expected):
    answer = index.get(index.page_url(known[0]), params={"format": form})
    assert answer.headers["Content-Type"].partition(";")[0] == expected


def test_the_json_page_says_what_clients_need(index, known):
    project, files = known
    page = index.page(project)
    assert page["meta"]["api-version"] == "1.4"
    assert isinstance(page["meta"]["_last-serial"], int)
    assert page["name"] == project
    assert page["project-status"] == {"status": "active"}
    assert page["versions"] == ["0.9", "1.0"]
    name = escaped(project)
    assert [file["filename"] for file in page["files"]] == [
        f"{name}-0.9-py3-none-any.whl",
        f"{name}-1.0-py3-none-any.whl",
        f"{name}-1.0.tar.gz",
    ]
    entries = {file["filename"]: file for file in page["files"]}
    for file in files:
        entry = entries[file.filename]
        assert entry["hashes"]["sha256"] == file.sha256
        assert entry["size"] == len(file.content)
        assert entry["yanked"] is False
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", entry["upload-time"])
        assert f"/packages/{file.blake2[:2]}/{file.blake2[2:4]}/{file.blake2[4:]}/{file.filename}" in entry["url"]
    assert entries[f"{name}-1.0-py3-none-any.whl"]["requires-python"] == ">=3.8"


def test_every_metadata_that_is_offered_is_there_and_is_the_files_own(index, known):
    project, files = known
    by_name = {file.filename: file for file in files}
    offered = 0
    for filename, entry in index.files(project).items():
        promise = entry["core-metadata"]
        assert promise == entry["data-dist-info-metadata"]
        if not promise:
            continue
        offered += 1
        answer = index.get(entry["url"] + ".metadata")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == promise["sha256"]
        assert answer.content == by_name[filename].metadata
    assert offered >= 2, "a wheel without metadata makes pip download it whole"


def test_the_html_page_has_the_shape_that_consumers_match(index, known):
    project, files = known
    text = index.get(index.page_url(project)).text
    assert text == index.get(index.page_url(project), headers={"Accept": HTML}).text
    assert '<meta name="pypi:repository-version" content="1.4">' in text
    assert '<meta name="pypi:project-status" content="active">' in text
    assert re.search(r"<!--SERIAL \d+-->\s*$", text)
    anchors = dict(re.findall(r'<a href="([^"#]+#sha256=[0-9a-f]{64})"[^>]*>([^<]+)</a>', text))
    assert sorted(anchors.values()) == sorted(file.filename for file in files)
    for href, filename in anchors.items():
        file = next(each for each in files if each.filename == filename)
        url, _, digest = href.partition("#sha256=")
        assert not re.match(r"[a-z]+:|/", url), f"links are relative, so that a page can be a target: {url}"
        assert digest == file.sha256
        assert index.get(urljoin(index.page_url(project), url)).content == file.content
    assert 'data-requires-python="&gt;=3.8"' in text
    assert re.search(r'data-core-metadata="sha256=[0-9a-f]{64}"', text)
    assert re.search(r'data-dist-info-metadata="sha256=[0-9a-f]{64}"', text)


def test_the_root_lists_every_project(index, known):
    project, _ = known
    root = index.get(index.simple_url, headers={"Accept": JSON}).json()
    names = [each["name"] for each in root["projects"]]
    assert project in names
    assert names == sorted(names)
    assert root["meta"]["api-version"] == "1.4"
    listed = next(each for each in root["projects"] if each["name"] == project)
    assert root["meta"]["_last-serial"] >= listed["_last-serial"] == index.page(project)["meta"]["_last-serial"]
    text = index.get(index.simple_url).text
    assert re.search(rf'<a href="[^"]*{project}/">{project}</a>', text)


def test_pages_are_revalidated_and_files_are_kept_for_ever(index, known):
    project, files = known
    for url in (index.simple_url, index.page_url(project)):
        headers = index.get(url).headers
        assert headers["ETag"]
        assert "no-cache" in headers["Cache-Control"] or "max-age=0" in headers["Cache-Control"]
        assert headers["X-PyPI-Last-Serial"].isdigit()
        assert headers["Access-Control-Allow-Origin"] == "*"
    url = index.files(project)[files[0].filename]["url"]
    for each in (url, url + ".metadata"):
        headers = index.get(each).headers
        assert "immutable" in headers["Cache-Control"]
        assert int(re.search(r"max-age=(\d+)", headers["Cache-Control"])[1]) >= 31_536_000
        assert headers["ETag"]


@pytest.mark.parametrize("accept", [TEXT, JSON])
def test_a_page_that_did_not_change_is_not_sent_again(index, known, accept):
    url = index.page_url(known[0])
    tag = index.get(url, headers={"Accept": accept}).headers["ETag"]
    for offered in (tag, f'"other", {tag}', "*", f"W/{tag.removeprefix('W/')}"):
        answer = index.get(url, headers={"Accept": accept, "If-None-Match": offered})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
    assert index.get(url, headers={"Accept": accept, "If-None-Match": '"other"'}).status_code == 200


def test_each_form_has_an_etag_of_its_own(index, known):
    url = index.page_url(known[0])
    tags = {index.get(url, headers={"Accept": accept}).headers["ETag"] for accept in (TEXT, JSON)}
    assert len(tags) == 2


def test_a_new_file_gives_a_page_a_new_etag(index, project):
    publish(index, wheel(project, "1.0"))
    tag = index.get(index.page_url(project)).headers["ETag"]
    publish(index, wheel(project, "2.0"))
    assert index.get(index.page_url(project), headers={"If-None-Match": tag}).status_code == 200


def test_head_says_what_get_says_without_a_body(index, known):
    project, files = known
    file = index.files(project)[files[0].filename]["url"]
    for url in (index.simple_url, index.page_url(project), file, file + ".metadata"):
        get, head = index.get(url), index.get(url, method="HEAD")
        assert (head.status_code, head.content) == (200, b"")
        for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
            assert head.headers[name] == get.headers[name], f"{name} of {url}"
        assert int(get.headers["Content-Length"]) == len(get.content)


@pytest.mark.parametrize("accept", [TEXT, JSON])
def test_pages_are_compressed_where_that_is_welcome(index, projects, accept):
    (project,) = projects(1)
    publish(index, *(wheel(project, f"1.{number}") for number in range(8)))
    url = index.page_url(project)
    plain = index.get(url, headers={"Accept": accept})
    assert "Content-Encoding" not in plain.headers
    packed = index.get(url, headers={"Accept": accept, "Accept-Encoding": "gzip, deflate"}, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["Vary"].lower()
    raw = packed.raw.read(decode_content=False)
    assert len(raw) < len(plain.content)
    assert gzip.decompress(raw) == plain.content
    refused = index.get(url, headers={"Accept": accept, "Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in refused.headers


def test_files_are_never_compressed(index, known):
    project, files = known
    for file in files:
        url = index.files(project)[file.filename]["url"]
        answer = index.get(url, headers={"Accept-Encoding": "gzip, deflate, zstd"}, stream=True)
        assert "Content-Encoding" not in answer.headers
        assert answer.raw.read(decode_content=False) == file.content


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-99", 0, 100), ("bytes=50-", 50, None), ("bytes=-20", -20, None), ("bytes=10-999999999", 10, None)],
)
def test_a_part_of_a_file_can_be_fetched(index, known, asked, start, stop):
    project, files = known
    content = files[0].content
    url = index.files(project)[files[0].filename]["url"]
    answer = index.get(url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == content[start:stop]
    first = start % len(content)
    last = first + len(answer.content) - 1
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"


def test_a_download_is_resumed_only_if_the_file_is_the_same(index, known):
    project, files = known
    url = index.files(project)[files[0].filename]["url"]
    whole = index.get(url)
    assert whole.headers["Accept-Ranges"] == "bytes"
    same = index.get(url, headers={"Range": "bytes=10-", "If-Range": whole.headers["ETag"]})
    other = index.get(url, headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (same.status_code, same.content) == (206, whole.content[10:])
    assert (other.status_code, other.content) == (200, whole.content)


def test_a_range_beyond_the_end_is_refused(index, known):
    project, files = known
    url = index.files(project)[files[0].filename]["url"]
    answer = index.get(url, headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(files[0].content)}"


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/simple", "/simple/"),
        ("/simple/{project}", "/simple/{project}/"),
        ("/simple/{upper}/", "/simple/{project}/"),
        ("/simple/{dotted}/", "/simple/{project}/"),
        ("/simple/{upper}", "/simple/{project}/"),
    ],
)
def test_other_spellings_are_redirected(index, known, asked, location):
    project = known[0]
    forms = {"project": project, "upper": project.upper(), "dotted": project.replace("-", "._")}
    answer = index.get(asked.format(**forms))
    for _ in range(2):  # the slash and the name may take a step each
        assert answer.status_code == 301
        target = urljoin(answer.url, answer.headers["Location"])
        if target == urljoin(index.base_url, location.format(**forms)):
            break
        answer = index.get(target)
    else:
        pytest.fail(f"{asked} does not lead to {location}")
    assert index.get(target).status_code == 200


def test_redirects_to_the_normalized_name_work_across_origins(index, known):
    answer = index.get(f"/simple/{known[0].upper()}/", headers={"Origin": "https://example.org"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("accept", [None, JSON, PIP])
def test_an_unknown_project_is_a_plain_404(index, accept):
    answer = index.get("/simple/tb-nobody-made-this/", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.strip() == "404 Not Found"


@pytest.mark.parametrize(
    "path",
    [
        "/packages/aa/bb/cc/none-1.0-py3-none-any.whl",
        "/packages/../../etc/passwd",
        "/packages/%2e%2e/%2e%2e/etc/passwd",
        "/packages/aa/bb/..%2f..%2fbonded.yaml",
        "/tuf/metadata/../../bonded.yaml",
        "/tuf/metadata/1.nobody.json",
        "/tuf/targets/none/0000.none.whl",
        "/simple/-bad-/",
        "/simple/%00/",
        "/simple/a%2Fb/",
        "/simple/%ff/",
    ],
)
def test_what_is_not_there_is_not_found(index, path):
    connection = http.client.HTTPConnection(urlsplit(index.base_url).netloc, timeout=30)
    connection.request("GET", path)  # as written: requests would tidy the path up
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in (400, 404), body
    assert b"root:" not in body


def test_the_file_is_not_served_under_another_name(index, known):
    project, files = known
    url = index.files(project)[files[0].filename]["url"]
    assert index.get(url.replace(files[0].filename, files[1].filename)).status_code == 404


def test_hatch_finds_its_alias(index, known):
    """hatch takes every other index for devpi and looks for `+simple` below the upload URL."""
    project, files = known
    for plus in ("%2B", "+"):
        answer = index.get(f"{index.upload_url.rstrip('/')}/{plus}simple/{project}/")
        assert answer.status_code == 200
        assert sorted(re.findall(r"<a [^>]+>([^<]+)</a>", answer.text)) == sorted(file.filename for file in files)
    assert index.get(f"{index.upload_url.rstrip('/')}/%2Bsimple/tb-nobody-made-this/").status_code == 404


def test_a_method_that_makes_no_sense_is_refused(index, known):
    answer = index.get(index.page_url(known[0]), method="POST", data=b"x")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_the_operators_pages_answer(index):
    assert index.get("/healthz").status_code == 200
    assert index.get("/readyz").status_code == 200
    assert "/simple/" in index.get("/").text
