"""A mirror of the index in an attacker's hands: whatever it was told to say, it says in the index's place."""

import copy
import hashlib
import html
import json
import struct
import threading
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from .index import HTML, JSON
from .proxies import Answer, proxy

# What of a project a mirror can make up, as clients come to it.
PAGE, SIDECAR, FILE, METADATA = "page", "sidecar", "file", "metadata"
EVERYTHING = frozenset({PAGE, SIDECAR, FILE, METADATA})


class Mirror:
    """Answers as the index does, but for what was put in place of that; at one address on good days and bad ones.

    A client meets it while it is honest, while it attacks, and afterwards. What is put belongs to a layer, and an
    attack may be confined to one: a client that checks what comes first would not notice that it skips the others.
    """

    def __init__(self, index):
        self.index = index
        self.base_url = None
        self.exchanges = []
        self.layers = EVERYTHING
        self._answers = {}  # layer -> path below the base URL -> Answer, or what makes one of an Accept field

    @property
    def simple_url(self):
        return f"{self.base_url}simple/"

    @contextmanager
    def served(self):
        with proxy(self.index, instead=self._answer) as (self.base_url, self.exchanges):
            yield self

    def _answer(self, path, headers):
        path = urlsplit(path).path.lstrip("/")
        for layer in self.layers:
            answer = self._answers.get(layer, {}).get(path)
            if answer:
                return answer if isinstance(answer, Answer) else answer(headers.get("Accept") or "")
        return None  # the index's own

    def put(self, path, answer, layer=METADATA):
        """Says something at a path from now on.

        - answer: bytes, an Answer, or what makes an Answer of a request's Accept field; None is the index's own.
        """
        if isinstance(answer, bytes):
            answer = Answer(answer)
        self._answers.setdefault(layer, {})[path.lstrip("/")] = answer

    def put_at(self, paths, answer, layer=METADATA):
        for path in paths:
            self.put(path, answer, layer)

    def take(self, forged):
        """Serves what a ForgedRepository has signed."""
        for path, body in forged.files.items():
            self.put(path, body)

    def only(self, *layers):
        """Confines the attack."""
        self.layers = frozenset(layers)

    def cease(self):
        """An honest mirror again."""
        self._answers.clear()
        self.layers = EVERYTHING

    # Pages and files.

    def page(self, project):
        """The index's own JSON page, as it is: links relative."""
        return self.index.get(self.index.page_url(project), headers={"Accept": JSON}).json()

    def places(self, project):
        """{layer: every path at which a client may ask for that of the project}, of what the index has now."""
        pages = [f"simple/{project}/"]
        for name, accept in (("index.json", JSON), ("index.html", HTML)):
            content = self.index.get(self.index.page_url(project), headers={"Accept": accept}).content
            pages.append(f"tuf/targets/{project}/{sha256(content)}.{name}")
        files, sidecars = [], []
        for entry in self.page(project)["files"]:
            path = path_of(project, entry)
            files += [path, f"tuf/targets/{project}/{entry['hashes']['sha256']}.{entry['filename']}"]
            sidecars.append(f"{path}.metadata")
        return {PAGE: pages, FILE: files, SIDECAR: sidecars}

    def forge(self, project, *distributions):
        """Gives a project other files: pages, files and their metadata, each consistent with the others.

        Whoever goes by the index's metadata finds them where that says that the true ones are. Returns the targets
        that an attacker with keys has to sign for: {path: content}.
        """
        page = self.page(project)
        true = {entry["filename"]: entry for entry in page["files"]}
        targets = {}
        for distribution in distributions:
            old = true.get(distribution.filename)
            entry = forged_entry(old, distribution)
            page["files"] = [each for each in page["files"] if each["filename"] != distribution.filename] + [entry]
            self.forge_file(project, entry, distribution, old)
            targets[f"{project}/{distribution.filename}"] = distribution.content
        page["versions"] = sorted({*page["versions"], *(each.version for each in distributions)})
        return targets | self.forge_page(project, page)

    def forge_page(self, project, page):
        """Another page, in both forms, also where the metadata says that the true one is; its targets."""
        as_json, as_html = Answer(json.dumps(page).encode(), JSON), Answer(html_of(page), "text/html")
        negotiated, *targets = self.places(project)[PAGE]
        self.put(negotiated, lambda accept: as_json if JSON in accept else as_html, PAGE)
        for place, answer in zip(targets, (as_json, as_html), strict=True):
            self.put(place, answer, PAGE)
        return {f"{project}/index.json": as_json.body, f"{project}/index.html": as_html.body}

    def forge_file(self, project, entry, distribution, old=None):
        """Other bytes at an entry's URL, for the file and its metadata.

        - old: the entry of the true file, in whose place they are found through the metadata as well.
        """
        path = path_of(project, entry)
        self.put(path, distribution.content, FILE)
        self.put(f"{path}.metadata", distribution.metadata, SIDECAR)
        digest = (old or entry)["hashes"]["sha256"]
        self.put(f"tuf/targets/{project}/{digest}.{distribution.filename}", distribution.content, FILE)

    # Time.

    def remember(self, *projects):
        """What the index says now and will not say for ever; for `replay`."""
        moment = {}
        for project in projects:
            page = {form: self.index.get(self.index.page_url(project), headers={"Accept": form}) for form in (JSON, HTML)}
            moment[project] = {form: Answer(answer.content, form) for form, answer in page.items()}
        return self.index.get("/tuf/metadata/timestamp.json").content, moment

    def replay(self, remembered):
        """Says what was true then. All else that belonged to that moment is still there: its names have versions."""
        timestamp, moment = remembered
        self.put("tuf/metadata/timestamp.json", timestamp)
        for project, forms in moment.items():
            self.put(f"simple/{project}/", lambda accept, forms=forms: forms[JSON if JSON in accept else HTML], PAGE)


def forged_entry(old, distribution):
    """A file's entry on a JSON page, in the place of the true one's where there is one."""
    entry = copy.deepcopy(old) if old else {"url": f"../../packages/forged/{distribution.filename}", "yanked": False}
    digest = {"sha256": sha256(distribution.metadata)} if distribution.filetype == "bdist_wheel" else False
    return entry | {
        "filename": distribution.filename, "hashes": {"sha256": distribution.sha256}, "size": len(distribution.content),
        "core-metadata": digest, "data-dist-info-metadata": digest,
    }  # fmt: skip


def path_of(project, entry):
    return urlsplit(urljoin(f"/simple/{project}/", entry["url"])).path.lstrip("/")


def html_of(page):
    lines = ["<!DOCTYPE html>", '<html><head><meta name="pypi:repository-version" content="1.4"></head><body>']
    for entry in page["files"]:
        digest = entry.get("core-metadata")
        sidecar = f' data-core-metadata="sha256={digest["sha256"]}"' if digest else ""
        url = f"{entry['url']}#sha256={entry['hashes']['sha256']}"
        lines.append(f'<a href="{html.escape(url)}"{sidecar}>{html.escape(entry["filename"])}</a><br>')
    return "\n".join([*lines, "</body></html>"]).encode()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Endless:
    """Bytes without an end; `sent` counts them."""

    def __init__(self, first=b"", piece=b" " * 65536):
        self.first, self.piece, self.sent = first, piece, 0

    @classmethod
    def wheel(cls):
        """A ZIP archive whose first member goes on and on: stored, of a size that only ZIP64 can say."""
        size = struct.pack("<HHQQ", 1, 16, 1 << 50, 1 << 50)
        header = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, 0, 0, 0, 33, 0, 0xFFFFFFFF, 0xFFFFFFFF, 8, len(size))
        return cls(header + b"evil.bin" + size)

    def __iter__(self):
        yield self.first
        while True:
            self.sent += len(self.piece)
            yield self.piece


class Trickle:
    """Bytes that come one by one, so that no single read ever waits long; `sent` counts them."""

    def __init__(self, content, seconds=0.05):
        self.content, self.seconds, self.sent = content, seconds, 0
        self._never = threading.Event()

    def __iter__(self):
        for byte in self.content:
            self.sent += 1
            yield bytes([byte])
            self._never.wait(self.seconds)
