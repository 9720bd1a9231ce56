"""Whoever has stolen keys: opens key files, signs forged metadata with them and serves it as if it were the index."""

import hashlib
import json
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import nacl.bindings as sodium
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Key, Metadata, MetaFile, TargetFile

from .mirror import Mirror

ONLINE = ("timestamp", "snapshot", "recently-claimed", "bins")


def open_key(path, passphrase):
    """A signer of one of our key files (format "bonded-key", version 1)."""
    fields = json.loads(Path(path).read_bytes())
    kdf, cipher, public = fields["kdf"], fields["cipher"], fields["public_key"]
    key = sodium.crypto_pwhash_alg(
        32, passphrase, bytes.fromhex(kdf["salt"]), kdf["passes"], kdf["memory_kib"] * 1024,
        sodium.crypto_pwhash_ALG_ARGON2ID13,
    )  # fmt: skip
    header = {name: value for name, value in fields.items() if name != "secret"}
    seed = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        bytes.fromhex(fields["secret"]), encode_canonical(header).encode(), bytes.fromhex(cipher["nonce"]), key
    )
    keyid = hashlib.sha256(encode_canonical(public).encode()).hexdigest()
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(seed), Key.from_dict(keyid, public))


def stranger():
    """A signer whose key nobody trusts."""
    return CryptoSigner.generate_ed25519()


def online_keys(server):
    """The index's own online keys, as whoever takes over its machine has them."""
    return {role: open_key(server.data / "online-keys" / f"{role}.key", _passphrase(server)) for role in ONLINE}


def offline_key(server):
    """The one holder's key of a development ceremony: root, targets, claimed and unclaimed."""
    return open_key(server.data / "development-keys/offline-keys/development.key", _passphrase(server))


def _passphrase(server):
    return (server.data / "development-keys.passphrase").read_bytes().removesuffix(b"\n")


class ForgedRepository:
    """The index's metadata with changes, signed with whatever keys the attacker has.

    `keys` maps a role (or "bins", or "project") to its signer; what is missing is signed by a stranger.
    """

    def __init__(self, index, keys):
        self.index = index
        self.keys = keys
        self.files = {}  # path below the index's base URL -> bytes
        self.versions = {}
        self.timestamp = Metadata.from_bytes(self._get("tuf/metadata/timestamp.json"))
        version = self.timestamp.signed.snapshot_meta.version
        self.snapshot = Metadata.from_bytes(self._get(f"tuf/metadata/{version}.snapshot.json"))

    def _get(self, path):
        answer = self.index.get("/" + path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.content

    def current(self, role):
        if role == "root":
            newest, version = None, 1
            while (answer := self.index.get(f"/tuf/metadata/{version}.root.json")).status_code == 200:
                newest, version = answer.content, version + 1
            return Metadata.from_bytes(newest)
        return Metadata.from_bytes(self.content(role))

    def address(self, role):
        """Where a role is, as of the snapshot."""
        snapshot = self.snapshot.signed
        version = snapshot.version if role == "snapshot" else snapshot.meta[f"{role}.json"].version
        return f"tuf/metadata/{version}.{role}.json"

    def content(self, role):
        return self._get(self.address(role))

    def role_of(self, path):
        """The bin that lists a path."""
        return self.current("unclaimed").signed.delegations.succinct_roles.get_role_for_target(path)

    def sign(self, metadata, name, version=None):
        """Signs a changed role as the next version, or as `version`."""
        metadata.signed.version = version or metadata.signed.version + 1
        metadata.signed.expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=365)
        metadata.signatures.clear()
        metadata.sign(self._signer(name))
        self._put(name, metadata)
        return self

    def _signer(self, role):
        for name in (role, "project" if role.startswith("project-") else "bins" if role.startswith("bin-") else role):
            if name in self.keys:
                return self.keys[name]
        return stranger()

    def _put(self, name, metadata):
        stem = name if name == "timestamp" else f"{metadata.signed.version}.{name}"
        self.files[f"tuf/metadata/{stem}.json"] = metadata.to_bytes()
        if name not in ("root", "snapshot", "timestamp"):
            self.snapshot.signed.meta[f"{name}.json"] = MetaFile(metadata.signed.version)

    def forge_target(self, role, path, content):
        """Makes a role vouch for other content, and serves that content."""
        return self.forge_targets(role, {path: content})

    def forge_targets(self, role, contents, version=None):
        metadata = self.current(role)
        for path, content in contents.items():
            metadata.signed.targets[path] = TargetFile.from_data(path, content, ["sha256"])
            self.serve_target(path, content)
        return self.sign(metadata, role, version)

    def forge_unclaimed(self, contents):
        """As `forge_targets`, each path in the bin that lists it."""
        roles = {path: self.role_of(path) for path in contents}
        for role in sorted(set(roles.values())):
            self.forge_targets(role, {path: contents[path] for path in contents if roles[path] == role})
        return self

    def serve_target(self, path, content):
        folder, name = path.split("/")
        digest = TargetFile.from_data(path, content, ["sha256"]).hashes["sha256"]
        self.files[f"tuf/targets/{folder}/{digest}.{name}"] = content

    def publish(self):
        """A snapshot over the changed roles, a timestamp over the snapshot."""
        self.sign(self.snapshot, "snapshot")
        data = self.files[f"tuf/metadata/{self.snapshot.signed.version}.snapshot.json"]
        self.timestamp.signed.snapshot_meta = MetaFile.from_data(self.snapshot.signed.version, data, ["sha256"])
        self.sign(self.timestamp, "timestamp")
        return self

    @contextmanager
    def served(self):
        """Yields the base URL of a server that answers as the index would, but for what was forged."""
        mirror = Mirror(self.index)
        mirror.take(self)
        with mirror.served():
            yield mirror.base_url
