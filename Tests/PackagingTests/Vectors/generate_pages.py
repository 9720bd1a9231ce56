#!/usr/bin/env python3
"""Writes what others read on project pages: pages.json (pip, on pages that real indexes make and on generated ones) and
tags.json (html5lib's tokenizer, on broken markup), beside this file.

    python3 -m venv .venv && .venv/bin/pip install pip==26.3 html5lib==1.1 pypiserver==2.4.2 dumb-pypi==1.15.0
    .venv/bin/python generate_pages.py

The output depends on nothing but these versions: the random numbers are seeded. CPython's own HTML parser, which pip
uses, reads broken markup differently from version to version, so pages.json has none; the HTML Standard decides there.
"""

import hashlib
import html
import http.server
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse

import html5lib._tokenizer
from pip._internal.index.collector import IndexContent, parse_links
from pip._internal.index.package_finder import SUPPORTED_EXTENSIONS

HERE = pathlib.Path(__file__).parent
PAGE_URL = "https://index.example/simple/demo/"
rng = random.Random(5)


def write(name, rows):
    path = HERE / f"{name}.json"
    path.write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")
    print(path.name, len(rows), path.stat().st_size)


# What pip reads


def read_by_pip(text, content_type):
    """The files pip would look at, the first of each name."""
    files = {}
    for link in parse_links(IndexContent(text.encode(), content_type, "utf-8", PAGE_URL, False)):
        if link.splitext()[1] not in SUPPORTED_EXTENSIONS:
            continue
        parsed = urllib.parse.urlsplit(link.url)
        metadata = link.metadata_file_data
        files.setdefault(link.filename, {
            "filename": link.filename,
            # Without user information, in lower case: we resolve it so.
            "url": f"{parsed.scheme}://{parsed.netloc.rpartition('@')[2].lower()}{urllib.parse.unquote(parsed.path)}",
            "hashes": link._hashes,
            "requires": link.requires_python,
            "yanked": link.yanked_reason,
            "metadata": None if metadata is None else metadata.hashes or {},
            "time": link.upload_time and link.upload_time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        })
    return list(files.values())


# Pages that real indexes make of a few files


def real_pages():
    names = ["demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "demo-1.1+local.1-py3-none-any.whl", "demo-2.0.zip"]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = root / "files"
        files.mkdir()
        for name in names:
            (files / name).write_bytes(name.encode())
        yield "pypiserver", pypiserver(files)
        yield "dumb-pypi", dumb_pypi(root, names)
        yield "http.server", listing(files)


def pypiserver(files):
    import pypiserver

    answer = {}
    body = pypiserver.app(roots=[str(files)], disable_fallback=True)(
        {"REQUEST_METHOD": "GET", "PATH_INFO": "/simple/demo/", "SERVER_NAME": "index.example", "SERVER_PORT": "80",
         "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http"},
        lambda status, headers, *_: answer.update(status=status))
    assert answer["status"].startswith("200")
    return b"".join(body).decode()


def dumb_pypi(root, names):
    packages = root / "packages.json"
    packages.write_text("".join(
        json.dumps({"filename": name, "hash": "sha256=" + hashlib.sha256(name.encode()).hexdigest(),
                    "requires_python": ">=3.8,<4", "core_metadata": f"sha256={'0' * 64}",
                    "upload_timestamp": 1_700_000_000 + number,
                    **({"yanked_reason": 'bad "build" & <more>'} if number == 1 else {})}) + "\n"
        for number, name in enumerate(names)))
    subprocess.run(
        [sys.executable, "-m", "dumb_pypi.main", "--package-list-json", packages, "--packages-url",
         "https://files.example/pool/", "--output-dir", root / "out", "--no-generate-timestamp"], check=True)
    return (root / "out/simple/demo/index.html").read_text()


def listing(files):
    """A folder as `python3 -m http.server` lists it."""
    handler = http.server.SimpleHTTPRequestHandler.__new__(http.server.SimpleHTTPRequestHandler)
    handler.path, handler.request_version, handler.requestline = "/files/", "HTTP/1.0", ""
    handler.command, handler.client_address = "GET", ("127.0.0.1", 0)
    handler.wfile, handler.log_message = io.BytesIO(), lambda *_: None
    return handler.list_directory(str(files)).read().decode()


# Generated pages

STEMS = ["demo-1.0", "demo-1.0-py3-none-any", "Demo_X-2.0rc1-cp311-cp311-manylinux_2_17_x86_64", "demo-1.0+local.1", "d e-3",
         "d\u00e9mo-1", "demo-1%", "demo@1", "a'b-1", "a&b-1", "a;b-1", "demo-1~x", "de[m]o-1"]
ENDINGS = [".tar.gz", ".whl", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar.lzma", ".egg", ".exe", ".whl.asc", ".txt", "", ".TAR.GZ"]
PREFIXES = ["", "", "./", "../../packages/aa/bb/", "/f/", "//files.example/", "https://files.example/a/", "HTTPS://Files.Example/",
            "http://files.example:8080/x%20y/", "../.././f/../g/", "https://user:secret@files.example/"]
TEXTS = [">=3.8", ">=3.6, !=3.7.*,<4", "", "a \"b\" & <c>", "it's", "\u00e9\u0301\u2028x", "  two  words ", "&amp;", "100%"]


def digest(algorithm):
    return hashlib.new(algorithm, str(rng.random()).encode()).hexdigest()


def random_href():
    name = rng.choice(STEMS) + rng.choice(ENDINGS)
    href = rng.choice(PREFIXES)
    href += urllib.parse.quote(name, safe=rng.choice(["+~@'&;", "", "+"])) if rng.random() < 0.8 else name.replace("%", "%25")
    if rng.random() < 0.15:
        href += rng.choice(["?x=1", "?a=b&amp=c", "?"])
    if rng.random() < 0.7:
        algorithm = rng.choice(["sha256", "sha256", "md5", "sha1", "sha512", "sha384", "sha224"])
        href += "#" + rng.choice(["", "", "egg=demo&"]) + f"{algorithm}={digest(algorithm)}"
    elif rng.random() < 0.2:
        href += rng.choice(["#egg=demo", "#", "#subdirectory=x"])
    return href


def escaped(value, quote):
    """The value as markup, in one of the ways that are the same to every reader."""
    out = ""
    for character in value:
        if character in '&<>"\'' or rng.random() < 0.03:
            named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
            forms = [f"&#{ord(character)};", f"&#x{ord(character):x};", f"&#X{ord(character):X};"]
            if character in named:
                forms += 3 * [named[character]]
            if character in "<>'" and quote and character != quote:
                forms.append(character)
            out += rng.choice(forms)
        else:
            out += character
    return out


def attribute(name, value):
    name = rng.choice([name, name, name.upper(), name.title()])
    if value is None:
        return name
    equals = rng.choice(["=", "=", "=", " = ", "=\n"])
    if value and re.fullmatch(r"[-A-Za-z0-9._~:?#,%+]+", value) and rng.random() < 0.3:
        return name + equals + value
    quote = rng.choice("\"\"'")
    return name + equals + quote + escaped(value, quote) + quote


def random_anchor():
    attributes = []
    if rng.random() < 0.97:
        attributes.append(attribute("href", rng.choice(["", "", "", " ", "\n\t"]) + random_href()))
    if rng.random() < 0.5:
        attributes.append(attribute("data-requires-python", rng.choice(TEXTS)))
    if rng.random() < 0.3:
        attributes.append(attribute("data-yanked", rng.choice(TEXTS)))
    for name in ["data-core-metadata", "data-dist-info-metadata"]:
        if rng.random() < 0.4:
            attributes.append(attribute(name, rng.choice(["true", f"sha256={digest('sha256')}", f"md5={digest('md5')}"])))
    for _ in range(rng.choice([0, 0, 1, 2])):
        attributes.append(rng.choice(["hidden", "rel=internal", 'class="a > b"', "data-gpg-sig=false", "title='<a href=x.zip>'"]))
    rng.shuffle(attributes)
    gaps = [rng.choice([" ", " ", "\n    ", "\t", "  "]) for _ in attributes]
    body = "".join(gap + part for gap, part in zip(gaps, attributes))
    end = rng.choice([">", ">", " >", "\n>"])
    return "<" + rng.choice("aaaA") + body + end + rng.choice(["text", "", "demo-9.zip", "&lt;", "<b>x</b>"]) + rng.choice(["</a>", "</A>", ""])


def random_filler():
    hidden = "<a href=hidden-1.zip>"
    return rng.choice([
        "\n", "<br/>", "<br>", "<p>", "</div>", "x < y ", "5 > 3 &", f"<!-- {hidden} -->", f"<script>'{hidden}'</script>",
        f"<STYLE>{hidden}</style>", "<!---->", "<h1>Links for demo</h1>", "<img src='x.zip'>", "<link href=x-1.zip>",
        "<base target=x>", "<meta charset=utf-8>",
    ])


def random_page():
    head = rng.choice(["", "<!DOCTYPE html>\n<html><head><title>Links for demo</title></head><body>",
                       "<!doctype html PUBLIC '-//W3C//DTD'><HTML>"])
    if rng.random() < 0.2:
        head += f"<base href={rng.choice(['https://mirror.example/x/', 'https://mirror.example/y/page'])}>"
    parts = [rng.choice([random_anchor, random_anchor, random_filler])() for _ in range(rng.randrange(1, 9))]
    return head + "".join(parts) + rng.choice(["", "</body></html>\n", "<!--SERIAL 7-->"])


def random_json():
    files = []
    for _ in range(rng.randrange(0, 5)):
        href = random_href()
        file = {"filename": urllib.parse.unquote(urllib.parse.urlsplit(href).path.rpartition("/")[2]), "url": href}
        file["hashes"] = {a: digest(a) for a in rng.sample(["sha256", "md5", "sha512"], rng.randrange(0, 3))}
        for key, choices in [
            ("requires-python", [None, *TEXTS]), ("yanked", [None, True, False, *TEXTS]), ("size", [None, 0, 12]),
            ("core-metadata", [None, True, False, {"sha256": digest("sha256")}]), ("dist-info-metadata", [True, False, {}]),
            ("upload-time", [None, "2024-02-29T01:02:03.000004Z", "2024-02-29T01:02:03.250000Z"]),
            ("_private", [1.5, [], {"a": -0.0}, 10**30]),
        ]:
            if rng.random() < 0.5:
                file[key] = rng.choice(choices)
        files.append(file)
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "versions": ["1"], "files": files},
                      ensure_ascii=rng.random() < 0.5)


# What the HTML Standard reads

RAW = {"script": "scriptDataState", "style": "rawtextState", "xmp": "rawtextState", "iframe": "rawtextState",
       "noembed": "rawtextState", "noframes": "rawtextState", "title": "rcdataState", "textarea": "rcdataState"}
NAMES = {"href", "name", "content", "data-requires-python", "data-yanked", "data-core-metadata", "data-dist-info-metadata"}


def read_by_standard(text):
    """The tags that pages give a meaning; None where we mean to differ: repeated attributes, and rare references."""
    if re.search(r"&(?!amp;|lt;|gt;|quot;|apos;|#)[a-zA-Z]", text) or re.search(r"&#0*1[2-5][0-9]|&#x0*[89]", text, re.I):
        return None
    if re.search(r"<script[^a-z]", text, re.I) and "<!--" in text:
        return None  # the states that escape a script in a script
    repeated = []

    class Tokenizer(html5lib._tokenizer.HTMLTokenizer):
        def emitCurrentToken(self):
            data = self.currentToken["data"]
            names = [name.lower() for name, _ in data]
            repeated.extend(name for name in NAMES if names.count(name) > 1)
            super().emitCurrentToken()

    tokenizer = Tokenizer(text)
    tags = []
    for token in tokenizer:
        if token["type"] != html5lib.constants.tokenTypes["StartTag"]:
            continue
        if token["name"] in RAW:
            tokenizer.state = getattr(tokenizer, RAW[token["name"]])
        if token["name"] in ("a", "base", "meta"):
            tags.append([token["name"], {k: v for k, v in token["data"].items() if k in NAMES}])
    return None if repeated else tags


NOISE = list("<>/=!-?'\"&#; \n\tax") + ["<!--", "-->", "--!>", "</", "<a ", "<script>", "</script", "<title>", "</title>",
                                       "href", "<textarea>", "</textarea>", "&#", "&amp;", "=\"", "='"]


def mutated(text):
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(text) + 1)
        cut = rng.choice([0, 0, 1, 1, 3, 12])
        text = text[:at] + rng.choice(["", *NOISE]) + text[at + cut:]
    return text


def main():
    pages = []
    for name, text in real_pages():
        pages.append({"source": name, "html": text, "files": read_by_pip(text, "text/html")})
        assert len(pages[-1]["files"]) == 4, name
    for text in (random_page() for _ in range(260)):
        pages.append({"html": text, "files": read_by_pip(text, "text/html")})
    for text in (random_json() for _ in range(100)):
        pages.append({"json": text, "files": read_by_pip(text, "application/vnd.pypi.simple.v1+json")})
    write("pages", pages)

    tags = []
    while len(tags) < 1200:
        text = mutated("".join(rng.choice([random_anchor, random_filler])() for _ in range(rng.randrange(1, 4))))
        expected = read_by_standard(text)
        if expected is not None:
            tags.append({"html": text, "tags": expected})
    write("tags", tags)


main()
