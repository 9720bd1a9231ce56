"""python-tuf as a client of the index. Runs under every python-tuf from 3.1: imported, or as a script of its own.

    sealed.py STATE METADATA_URL TARGETS_URL TRUSTED_ROOT

The script refreshes, downloads every target there is, and prints `{"tuf": version, "targets": {path: sha256}}`.
"""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

from tuf.ngclient import Updater


class SealedClient:
    """A client that trusts one root and keeps its metadata in a directory, over any number of refreshes."""

    def __init__(self, state, metadata_url, targets_url, trusted_root):
        self.state = Path(state)
        self.metadata_url = metadata_url
        self.targets_url = targets_url
        self.root = Path(trusted_root).read_bytes()
        self.metadata = self.state / "metadata"
        self.downloads = self.state / "targets"
        self.metadata.mkdir(parents=True, exist_ok=True)
        self.downloads.mkdir(exist_ok=True)
        self._updater = None

    @classmethod
    def of(cls, index, state, base_url=None):
        """A client of `index`; `base_url` puts another server, such as a tampering proxy, in its place."""
        urls = [index.metadata_url, index.targets_url]
        if base_url:
            urls = [url.replace(index.base_url, base_url, 1) for url in urls]
        return cls(state, *urls, index.trusted_root)

    def refresh(self):
        """A new look at the repository: root, timestamp, snapshot, targets. An updater serves one refresh only."""
        where = dict(
            metadata_dir=str(self.metadata), metadata_base_url=self.metadata_url,
            target_dir=str(self.downloads), target_base_url=self.targets_url,
        )  # fmt: skip
        if int(version("tuf").split(".")[0]) >= 6:
            where["bootstrap"] = self.root
        elif not (self.metadata / "root.json").exists():
            (self.metadata / "root.json").write_bytes(self.root)
        self._updater = Updater(**where)
        self._updater.refresh()
        return self

    @property
    def snapshot(self):
        """The snapshot's payload, as verified."""
        return _payload(self._updater._trusted_set.snapshot)

    def find(self, path):
        """What the metadata says of one target; None where no role vouches for it."""
        return self._updater.get_targetinfo(path)

    def fetch(self, path):
        """One target's bytes, verified; raises where there is no such target or it is not what was signed."""
        found = self.find(path)
        if found is None:
            raise KeyError(path)
        file = self.downloads / hashlib.sha256(path.encode()).hexdigest()
        return Path(self._updater.download_target(found, str(file))).read_bytes()

    def walk(self):
        """Every target of every role, {path: (sha256, length)}: all delegated metadata fetched and verified.

        A path that several roles list is the first one's, as in a lookup.
        """
        targets, pending, visited = {}, [("targets", "root")], set()
        while pending:
            role, parent = pending.pop()
            if role in visited:
                continue
            visited.add(role)
            payload = _payload(self._updater._load_targets(role, parent))
            for path, file in payload.targets.items():
                targets.setdefault(path, (file.hashes["sha256"], file.length))
            pending += [(child, role) for child in reversed(_children(payload.delegations))]
        listed = {name.removesuffix(".json") for name in self.snapshot.meta}
        assert visited <= listed, f"roles that the snapshot does not list: {sorted(visited - listed)}"
        return targets

    def fetch_everything(self):
        """Downloads every target through the public interface; {path: sha256}."""
        fetched = {}
        for path, (sha256, length) in self.walk().items():
            found = self.find(path)
            assert found and found.hashes["sha256"] == sha256, f"{path}: listed, but a lookup finds {found}"
            data = self.fetch(path)
            assert (hashlib.sha256(data).hexdigest(), len(data)) == (sha256, length)
            fetched[path] = sha256
        return fetched


def _payload(metadata):
    """The signed part: python-tuf 3 hands out the envelope, later ones its payload."""
    return getattr(metadata, "signed", metadata)


def _children(delegations):
    if delegations is None:
        return []
    if delegations.succinct_roles is not None:
        return list(delegations.succinct_roles.get_roles())
    return list(delegations.roles)


if __name__ == "__main__":
    client = SealedClient(*sys.argv[1:]).refresh()
    print(json.dumps({"tuf": version("tuf"), "targets": client.fetch_everything()}))
