"""The way into production, as README.md tells it: ceremony, database, init, two services, a token."""

import hashlib
import re
import socket
import subprocess
from contextlib import ExitStack

import requests
from support.commands import REPOSITORY, bonded, clean_environment, run
from support.distributions import wheel
from support.sealed import SealedClient
from support.uploading import form_of
from support.waiting import wait_until

PLAN = """
root: {holders: [alice, bob], threshold: 2}
targets: {holders: [alice], threshold: 1}
claimed: {holders: [alice], threshold: 1}
unclaimed: {holders: [bob], threshold: 1}
bins: 4
"""


def seal(*arguments):
    return run(REPOSITORY / ".build/release/seal", *arguments)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_an_index_goes_into_production(index, project, tmp_path):
    # A database of its own in the cluster that is there.
    there = re.search(r'connection: "(.*)"', index.config.read_text())[1]
    database = "production_" + project.replace("-", "_")
    run("psql", there, "--quiet", "--command", f'CREATE DATABASE "{database}"').succeeded()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    (tmp_path / "bonded.yaml").write_text(f"""
database:
  connection: "{there.replace("dbname='bonded'", f"dbname='{database}'")}"
  migrations: {REPOSITORY}/Migrations
blobs: {{directory: blobs}}
http: {{listen: "127.0.0.1:{port}"}}
signing: {{keyring: online-keys, passphrase_file: online}}
""")
    config = ("--config", tmp_path / "bonded.yaml")

    # The ceremony.
    (tmp_path / "plan.yaml").write_text(PLAN)
    for name in ("offline", "online"):
        (tmp_path / name).write_text(f"the {name} pass phrase\n")
        (tmp_path / name).chmod(0o600)
    bundle = tmp_path / "bundle"
    ceremony = (
        "ceremony", "--plan", tmp_path / "plan.yaml", "--out", bundle,
        "--passphrase-file", tmp_path / "offline", "--online-passphrase-file", tmp_path / "online",
    )  # fmt: skip
    rehearsal = [part for part in ceremony if part not in ("--out", bundle)]
    before = sorted(tmp_path.rglob("*"))
    assert "Nothing was kept" in seal(*rehearsal, "--dry-run").succeeded().output
    assert sorted(tmp_path.rglob("*")) == before
    held = seal(*ceremony).succeeded()
    verified = seal("ceremony", "verify", bundle).succeeded().output
    fingerprint = hashlib.sha256((bundle / "metadata/1.root.json").read_bytes()).hexdigest()
    assert fingerprint in held.output and fingerprint in verified and "verifies" in verified
    seal("ceremony", "verify", bundle, "--fingerprint", fingerprint).succeeded()
    assert seal("ceremony", "verify", bundle, "--fingerprint", "0" * 64).status == 65
    assert "pass phrase" not in "".join(path.read_text() for path in bundle.rglob("*") if path.is_file())
    assert sorted(path.name for path in (bundle / "offline-keys").iterdir()) == ["alice.key", "bob.key"]
    assert "bundle" in seal(*ceremony).failed().text, "a second ceremony must not overwrite the first"

    # Nothing serves a schema that is not there.
    assert "bonded migrate" in bonded("serve", *config).failed().text
    assert "bonded migrate" in bonded("init", bundle, *config).failed().text
    bonded("migrate", *config).succeeded()

    # A bundle that somebody touched is not imported; the true one is, once.
    root = bundle / "metadata" / "1.root.json"
    true_root = root.read_bytes()
    root.chmod(0o600)
    root.write_bytes(true_root.replace(b'"threshold":2', b'"threshold":1'))
    bonded("init", bundle, *config).failed()
    assert seal("ceremony", "verify", bundle).status == 65
    root.write_bytes(true_root)
    bonded("init", bundle, *config).succeeded()
    assert "already" in bonded("init", bundle, *config).failed().text

    # The keys open with their passphrase only.
    (tmp_path / "online").write_text("not the pass phrase\n")
    assert "passphrase" in bonded("sign", *config, timeout=60).failed().text
    (tmp_path / "online").write_text("the online pass phrase\n")

    with ExitStack() as stack:
        for service in ("serve", "sign"):
            process = subprocess.Popen(
                [REPOSITORY / ".build/release/bonded", service, *config],
                env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        wait_until(lambda: is_ready(base), "the index is ready", seconds=60)
        token = bonded("admin", "token", "create", "--account", "alice", *config).succeeded().output.strip()
        file = wheel(project)
        answer = requests.post(
            f"{base}/legacy/", form_of(file), files={"content": (file.filename, file.content)},
            auth=("__token__", token), timeout=60,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        client = SealedClient(tmp_path / "client", f"{base}/tuf/metadata/", f"{base}/tuf/targets/", root).refresh()
        assert client.fetch(f"{project}/{file.filename}") == file.content


def is_ready(base):
    try:
        return requests.get(f"{base}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False
