"""Security bulletins: posted by administrators, read by everyone in a browser or a feed reader, never a way in."""

import base64
import hashlib
import re
import subprocess
from html.parser import HTMLParser
from xml.etree import ElementTree

import feedparser
import pytest
from support.administration import admin_command, administrator, logged
from support.commands import REPOSITORY, clean_environment
from support.waiting import wait_until

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "<script>alert(1)</script> ]]> <![CDATA[x]]> &amp; \"\u0301 onmouseover=alert(1) '\u0301 <\u0338img src=x>"
    " </div></pre><!-- --> \u202eevil\u202c e\u0301\u6f22 \U0001f9f7\n\n\tdone"
)


@pytest.fixture
def admin(index):
    return administrator(index)


@pytest.fixture
def post(admin):
    made = []

    def post(title, body):
        status, bulletin = admin("POST", "bulletins", {"title": title, "body": body})
        assert status == 201, bulletin
        made.append(bulletin["id"])
        return bulletin

    yield post
    for number in made:
        admin("DELETE", f"bulletins/{number}")


class Page(HTMLParser):
    """What a browser makes of a page: elements, attributes, the text in each article."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.links = set(), set(), "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        self.text += data


def page(index, path="/security/"):
    answer = index.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return Page(answer.content.decode())


def feed(index):
    answer = index.get("/security/atom.xml")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def test_a_bulletin_is_public_at_once_on_the_page_on_its_own_and_in_the_feed(index, post):
    assert index.get("/security/").status_code == 200, "kept in memory from here on"
    first = post("Older", "One.\n\nTwo.")
    second = post("Newer", "Three.")
    shown = page(index)
    assert shown.text.index("Newer") < shown.text.index("Older") and "One.\n\nTwo." in shown.text
    for bulletin in (first, second):
        assert bulletin["path"] in shown.links and f'id="bulletin-{bulletin["id"]}"' in index.get("/security/").text
        alone = page(index, bulletin["path"])
        assert bulletin["title"] in alone.text and bulletin["body"] in alone.text
    assert "Older" not in page(index, second["path"]).text
    entries = feed(index).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries[:2]] == ["Newer", "Older"]
    assert entries[1].findtext(f"{ATOM}content") == "One.\n\nTwo."


def test_changed_and_withdrawn(index, admin, post):
    bulletin = post("Wrong", "Wrong text.")
    entry = feed(index).find(f"{ATOM}entry")
    status, changed = admin("PUT", f"bulletins/{bulletin['id']}", {"title": "Right", "body": "Right text."})
    assert status == 200 and changed["published"] == bulletin["published"] and changed["updated"] >= bulletin["updated"]
    assert "Right text." in page(index, bulletin["path"]).text and "Wrong" not in page(index).text
    assert feed(index).find(f"{ATOM}entry").findtext(f"{ATOM}id") == entry.findtext(f"{ATOM}id")
    assert admin("GET", "bulletins")[1]["bulletins"][0] == changed

    assert admin("DELETE", f"bulletins/{bulletin['id']}") == (204, None)
    assert index.get(bulletin["path"]).status_code == 404 and "Right" not in page(index).text
    assert admin("DELETE", f"bulletins/{bulletin['id']}")[0] == 404
    assert admin("PUT", f"bulletins/{bulletin['id']}", {"title": "x", "body": "y"})[0] == 404
    for kind in ("posted", "changed", "withdrawn"):
        last = logged(index, f"bulletin {kind}")[-1]
        assert (last["bulletin"], last["by"]) == (bulletin["id"], "admin")


def test_by_command(index, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("Line one.\r\nLine two.\n")
    posted = admin_command(index, "bulletin", "post", "--title", "By hand", text).succeeded().output
    path = re.fullmatch(r"bulletin \d+ is public at (/security/(\d+)/)\n", posted)
    wait_until(lambda: path[1] in page(index).links, "it is on the page")
    assert "Line one.\nLine two.\n" in page(index, path[1]).text
    assert f"{path[2]}  " in admin_command(index, "bulletin", "list").succeeded().output.splitlines()[0]
    admin_command(index, "bulletin", "change", path[2], "--title", "By another hand").succeeded()
    wait_until(lambda: "By another hand" in page(index, path[1]).text, "its title is changed")
    assert "Line one." in page(index, path[1]).text
    admin_command(index, "bulletin", "change", path[2]).failed()
    changed = subprocess.run(
        [REPOSITORY / ".build/release/bonded", "admin", "bulletin", "change", path[2], "-", "--config", index.config],
        input=b"From standard input.", env=clean_environment(), capture_output=True, timeout=60,
    )  # fmt: skip
    assert changed.returncode == 0, changed.stderr
    wait_until(lambda: "From standard input." in page(index, path[1]).text, "its text is changed")
    admin_command(index, "bulletin", "withdraw", path[2]).succeeded()
    wait_until(lambda: index.get(path[1]).status_code == 404, "it is gone")
    assert admin_command(index, "bulletin", "withdraw", path[2]).status == 1
    text.write_bytes(b"\xff")
    assert "UTF-8" in admin_command(index, "bulletin", "post", "--title", "x", text).failed().errors
    text.write_bytes(b"a" * 65537)
    admin_command(index, "bulletin", "post", "--title", "x", text).failed()


def test_hostile_text_is_text(index, post):
    bulletin = post(HOSTILE.replace("\n", " ").replace("\t", " "), HOSTILE)
    for path in ("/security/", bulletin["path"]):
        shown = page(index, path)
        assert shown.tags <= {
            "html", "head", "meta", "title", "link", "style", "body", "main", "h1", "h2", "a", "bdi", "article", "p", "div",
            "time", "footer",
        }  # fmt: skip
        assert not {name for name in shown.attributes if name.startswith("on") or name in ("src", "style")}
        assert HOSTILE in shown.text
    entry = feed(index).find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}content") == HOSTILE
    assert entry.findtext(f"{ATOM}title") == bulletin["title"]


def test_browsers_are_told_to_run_and_load_nothing(index, post):
    bulletin = post("Headers", "Text.")
    for path in ("/security/", bulletin["path"], "/security/atom.xml"):
        headers = index.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == policy["form-action"] == "'none'"
        assert "script-src" not in policy and "unsafe" not in str(policy)
        assert headers["X-Content-Type-Options"] == "nosniff"
    style = re.search(r"<style>(.*?)</style>", index.get("/security/").text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert "prefers-color-scheme: dark" in style and "url(" not in style and "@import" not in style


def test_a_feed_reader_reads_the_feed(index, post):
    bulletin = post("Keys of <alice> were stolen", "Do not install x.\n\nDetails & more.")
    answer = index.get("/security/atom.xml", headers={"Host": "evil.example"})
    assert b"evil.example" not in answer.content
    read = feedparser.parse(answer.content, response_headers={
        "content-type": answer.headers["Content-Type"], "content-location": f"{index.base_url}security/atom.xml",
    })  # fmt: skip
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10" and read.feed.title == "Security bulletins" and read.feed.author
    entry = read.entries[0]
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", entry.id)
    assert entry.id != read.feed.id
    assert entry.updated_parsed and entry.published == bulletin["published"]
    assert entry.content[0].value == bulletin["body"] and entry.content[0].type == "text/plain"
    (link,) = [link.href for link in entry.links if link.rel == "alternate"]
    assert link == f"{index.base_url}security/{bulletin['id']}/" and index.get(link).status_code == 200
    (own,) = [link.href for link in read.feed.links if link.rel == "self"]
    assert own == f"{index.base_url}security/atom.xml"


def test_the_feed_is_valid_before_there_is_anything_in_it(index, admin):
    assert admin("GET", "bulletins")[1]["bulletins"] == []
    root = feed(index)
    assert not root.findall(f"{ATOM}entry") and root.findtext(f"{ATOM}updated") and root.findtext(f"{ATOM}id")
    assert "There are none" in page(index).text


@pytest.mark.parametrize(
    "body",
    [
        {}, {"title": "x"}, {"title": "", "body": "x"}, {"title": " ", "body": "x"}, {"title": "x", "body": ""},
        {"title": "x", "body": "\n \t"}, {"title": "x" * 201, "body": "x"}, {"title": "a\nb", "body": "x"},
        {"title": "x", "body": "a\0b"}, {"title": "x", "body": "a\x1b[2Jb"}, {"title": "x\x7f", "body": "x"},
        {"title": "x", "body": "a\x85b"}, {"title": "x", "body": "é" * 32769}, {"title": 1, "body": "x"},
        {"title": "x", "body": "x", "html": "<b>"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_bulletin_is_refused(admin, body):
    assert admin("POST", "bulletins", body)[0] == 400


def test_a_bulletin_at_the_limits_is_taken(index, post):
    bulletin = post("漢" * 200, "é" * 32768)
    assert bulletin["body"] in page(index, bulletin["path"]).text


def test_addresses(index, post):
    bulletin = post("Address", "x")
    number = bulletin["id"]
    for path, location in (("/security", "/security/"), (f"/security/{number}", f"/security/{number}/")):
        answer = index.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (301, location)
    for path in (f"/security/0{number}/", "/security/-1/", "/security/x/", f"/security/{number}/x", "/security/99999999999999999999/"):
        assert index.get(path).status_code == 404, path
    assert index.get("/security/", "POST").status_code == 405
    tag = index.get("/security/").headers["ETag"]
    assert index.get("/security/", headers={"If-None-Match": tag}).status_code == 304
