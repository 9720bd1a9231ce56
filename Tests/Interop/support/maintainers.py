"""Maintainers who speak to the index without `seal`: python keys, python signatures, plain HTTP."""

import hashlib
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor

import requests
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner

from .commands import bonded
from .distributions import wheel
from .index import SECONDS


class Refused(Exception):
    """A problem document (RFC 9457)."""

    def __init__(self, answer):
        super().__init__(f"{answer.status_code}: {answer.text}")
        self.status = answer.status_code
        self.media_type = answer.headers.get("Content-Type")
        self.problem = answer.json()

    @property
    def check(self):
        return self.problem.get("check")


class Maintainer:
    """An account with one key at first."""

    def __init__(self, index, account, key=None):
        self.index = index
        self.account = account
        made = bonded("admin", "token", "create", "--account", account, "--config", index.config).succeeded()
        self.token = made.output.strip()
        self.key = key or CryptoSigner.generate_ed25519()

    @property
    def key_id(self):
        """Ours: over the key object alone."""
        return key_id(self.key)

    def call(self, method, path, body=None, **options):
        data = options.pop("data", None)
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        answer = self.index.get(f"/api/v1/{path}", method, data=data, headers=headers, **options)
        if answer.status_code >= 400:
            raise Refused(answer)
        return answer.json() if answer.content else None

    def registration(self, key=None, label="laptop", account=None, endorsed_by=None):
        key = key or self.key
        statement = {
            "_type": "bonded-key-registration", "account": account or self.account, "key": key_object(key), "label": label,
        }  # fmt: skip
        body = {"account": statement["account"], "key": statement["key"], "label": label, "proof": signature(key, statement)}
        if endorsed_by:
            body["endorsement"] = signature(endorsed_by, statement)
        return body

    def register(self, **options):
        return self.call("POST", "keys", self.registration(**options))

    def draft(self, project, **changes):
        return self.call("POST", f"projects/{project}/drafts", changes)

    def drafts(self):
        return self.call("GET", "drafts")["drafts"]

    def sign(self, draft, key=None):
        return self.call(
            "POST", f"drafts/{draft['id']}/signatures", {"signatures": [signature(key or self.key, draft["signed"])]}
        )

    def send(self, draft, distributions, key=None, signed=None, extra=()):
        """The ZIP transaction of PEP 480: metadata/ and targets/."""
        project = draft["project"]
        envelope = {
            "signed": signed or draft["signed"],
            "signatures": [signature(key or self.key, signed or draft["signed"])],
        }
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr(f"metadata/project-{project}.json", json.dumps(envelope))
            for name, text in draft["pages"].items():
                file.writestr(f"targets/{project}/{name}", text)
            for distribution in distributions:
                file.writestr(f"targets/{project}/{distribution.filename}", distribution.content)
            for name, content in extra:
                file.writestr(name, content)
        return self.call(
            "POST", f"drafts/{draft['id']}/transaction", data=archive.getvalue(), headers={"Content-Type": "application/zip"}
        )

    def claim(self, project, threshold=1, keys=None):
        draft = self.draft(project, maintainers={"keyids": keys or [self.key_id], "threshold": threshold})
        return self.sign(draft)

    def publish(self, project, *distributions, **changes):
        return self.send(self.draft(project, add=[facts(each) for each in distributions], **changes), distributions)


def claim_many(index, names, accounts=8):
    """Claims new projects, each with a first wheel, for several maintainers at once; the maintainers."""

    def work(part):
        number, mine = part
        maintainer = Maintainer(index, f"owner-{number}")
        maintainer.register()
        for name in mine:
            maintainer.publish(name, wheel(name), maintainers={"keyids": [maintainer.key_id], "threshold": 1})
        return maintainer

    with ThreadPoolExecutor(accounts) as pool:
        return list(pool.map(work, enumerate(names[start::accounts] for start in range(accounts))))


def facts(distribution):
    """What a draft has to know of a file before it is there."""
    wheel = distribution.filetype == "bdist_wheel"
    content = distribution.content
    return {
        "filename": distribution.filename,
        "version": distribution.version,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "blake2b_256": hashlib.blake2b(content, digest_size=32).hexdigest(),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "requires_python": requires_python(distribution.metadata),
        "metadata_sha256": hashlib.sha256(distribution.metadata).hexdigest() if wheel else None,
    }


def requires_python(metadata):
    for line in metadata.decode().split("\n\n")[0].splitlines():
        if line.startswith("Requires-Python: "):
            return line.removeprefix("Requires-Python: ")
    return None


def key_object(signer):
    return {
        "keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": signer.public_key.keyval["public"]},
    }  # fmt: skip


def key_id(signer):
    return hashlib.sha256(encode_canonical(key_object(signer)).encode()).hexdigest()


def signature(signer, statement):
    made = signer.sign(encode_canonical(statement).encode())
    return {"keyid": key_id(signer), "sig": made.signature}
