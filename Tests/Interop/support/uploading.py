"""Uploads byte by byte as a client would send them, so that a test can send a wrong one."""

import hashlib

import requests

from .distributions import normalized
from .index import SECONDS


def form_of(distribution, **changes):
    """The form twine sends for a distribution; a change to None leaves a field out."""
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": distribution.project,
        "version": distribution.version,
        "filetype": distribution.filetype,
        "pyversion": "py3" if distribution.filetype == "bdist_wheel" else "source",
        "summary": "A test.",
        "sha256_digest": distribution.sha256,
        "blake2_256_digest": distribution.blake2,
    }
    fields |= metadata_fields(distribution.metadata)
    fields |= {":action" if name == "action" else name: value for name, value in changes.items()}
    return [
        (name, each)
        for name, value in fields.items()
        if value is not None
        for each in (value if isinstance(value, list) else [value])
    ]


def metadata_fields(metadata):
    """The form's fields for what a METADATA file declares and a form repeats."""
    names = {"Requires-Dist": "requires_dist", "Provides-Extra": "provides_extra"}
    headers, _, description = metadata.decode().partition("\n\n")
    fields = {"description": description} if description else {}
    for line in headers.splitlines():
        header, _, value = line.partition(": ")
        if header == "Requires-Python":
            fields["requires_python"] = value
        elif header in names:
            fields.setdefault(names[header], []).append(value)
    return fields


def upload(
    index, distribution, accept=None, auth=None, content_type="application/octet-stream", send_file=True,
    filename=None, url=None, session=requests, timeout=SECONDS, **changes,
):  # fmt: skip
    """Sends one upload; the answer, redirects not followed. `changes` go to the form (`action` is `:action`)."""
    part = (filename or distribution.filename, distribution.content, content_type)
    return session.post(
        url or index.upload_url,
        data=form_of(distribution, **changes),
        files={"content": part} if send_file else {"unused": (None, b"")},
        auth=auth or ("__token__", index.token),
        headers={"Accept": accept or "*/*", "User-Agent": "interop"},
        allow_redirects=False,
        timeout=timeout,
    )


def publish(index, *distributions, **options):
    """Uploads that must be taken; the answers."""
    answers = []
    for distribution in distributions:
        answer = upload(index, distribution, **options)
        assert answer.status_code == 200, f"{distribution.filename}: {answer.status_code} {answer.reason}\n{answer.text}"
        answers.append(answer)
    return answers


def assert_served(index, *distributions):
    """Each is on its project's page, with the right digest, and downloads as it was sent."""
    for distribution in distributions:
        entry = index.files(normalized(distribution.project)).get(distribution.filename)
        assert entry, f"{distribution.filename} is not on its page"
        assert entry["hashes"]["sha256"] == distribution.sha256
        body = index.get(entry["url"]).content
        assert hashlib.sha256(body).hexdigest() == distribution.sha256, f"{entry['url']} is not what was uploaded"
