"""Running it: where it may live, how it is started, stopped, configured and filled."""

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import zipfile
from urllib.parse import urlsplit

import pytest
import requests
from support import processes
from support.commands import REPOSITORY, bonded, run
from support.distributions import sdist, wheel
from support.sealed import SealedClient
from support.uploading import assert_served, publish, upload

BONDED = REPOSITORY / ".build/release/bonded"
MIGRATIONS = REPOSITORY / "Migrations"


def test_started_again_it_goes_on_where_it_was(new_server, project, tmp_path):
    server = new_server().start()
    files = [wheel(project), sdist(project)]
    publish(server, *files)
    root, token = server.trusted_root.read_bytes(), server.token
    client = SealedClient.of(server, tmp_path / "client").refresh()
    address = urlsplit(server.base_url).netloc
    server.stop()

    server.start(listen=address)
    assert server.trusted_root.read_bytes() == root
    assert_served(server, *files)
    assert client.refresh().fetch(f"{project}/{files[0].filename}") == files[0].content
    assert upload(server, wheel(project, "2.0"), auth=("__token__", token)).status_code == 200
    server.stop(with_signal=signal.SIGINT)


def test_it_lives_in_a_directory_with_a_long_name_and_a_space(new_server, project):
    """A socket's path holds 107 bytes, a shell word ends at a space: neither may matter. The first directory is
    closed to everybody else, as root's home is: PostgreSQL, which does not run as root, must still get at its files.
    """
    server = new_server(f"closed/{'long ' * 12}/{'d' * 100}/data")
    server.data.parent.mkdir(parents=True)
    server.data.parents[2].chmod(0o700)
    server.start()
    publish(server, wheel(project))
    assert_served(server, wheel(project))
    server.stop()


def test_what_it_keeps_is_closed_to_others(index):
    assert index.data.stat().st_mode & 0o077 == 0
    keys = list((index.data / "development-keys").rglob("*"))
    assert keys
    assert not [key for key in keys if key.is_file() and key.stat().st_mode & 0o077]


def test_two_on_one_directory_are_refused(new_server):
    first, second = new_server().start(), new_server()
    with pytest.raises(AssertionError, match="deploy/run ended with status [1-9]"):
        second.start()
    assert first.is_alive()
    first.stop()


def test_a_taken_port_is_refused(new_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = new_server()
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError, match=rf"deploy/run ended with status [1-9](.|\n)*{port}"):
            server.start(listen=f"127.0.0.1:{port}")


def test_stopped_while_it_starts_it_leaves_nothing(new_server):
    process = subprocess.Popen(
        [BONDED, "develop", "--data-dir", new_server().data, "--listen", "127.0.0.1:0", "--migrations", MIGRATIONS],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    process.stdout.readline()  # it says something before it is done: that is the moment
    family = processes.descendants(process.pid)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    left = processes.alive(family)
    processes.kill(left)
    assert process.returncode in (0, 143, -signal.SIGTERM), output
    assert not left, output


def test_a_running_download_is_finished_before_it_stops(new_server, project):
    file = wheel(project, payload=random.Random(1).randbytes(48 << 20), compression=zipfile.ZIP_STORED)
    server = new_server().start()
    publish(server, file, timeout=120)
    url = server.files(project)[file.filename]["url"]
    with requests.get(url, headers={"Accept-Encoding": "identity"}, stream=True, timeout=60) as answer:
        body = answer.iter_content(1 << 16)
        received = [next(body)]
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        received += body
        stopping.join()
    assert hashlib.sha256(b"".join(received)).hexdigest() == file.sha256
    assert not server.running()


BAD_SETTINGS = {
    "unknown": ("colour: blue\n", ["colour"]),
    "not YAML": ("{[\n", []),
}


@pytest.mark.parametrize("case", BAD_SETTINGS)
@pytest.mark.parametrize("program", ["serve", "sign"])
def test_a_setting_that_is_wrong_is_named_with_its_file(index, tmp_path, program, case):
    addition, words = BAD_SETTINGS[case]
    config = tmp_path / "settings.yaml"
    config.write_text(index.config.read_text() + "\n" + addition)
    refused = bonded(program, "--config", config, timeout=30).failed()
    for word in [str(config), *words]:
        assert word in refused.text, refused.describe()


def test_settings_that_are_not_there_are_named(tmp_path):
    refused = bonded("serve", "--config", tmp_path / "nowhere.yaml", timeout=30).failed()
    assert "nowhere.yaml" in refused.text, refused.describe()


@pytest.mark.parametrize("command", ["serve", "sign", "migrate", "init", "import", "admin", "develop"])
def test_every_command_explains_itself(command):
    shown = bonded(command, "--help", timeout=30).succeeded()
    assert "USAGE" in shown.output


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--colour"], "--colour"),
        (["--listen"], "--listen"),
        (["--listen", "nowhere"], "HOST:PORT"),
        (["--listen", "127.0.0.1:x"], "HOST:PORT"),
    ],
)
def test_deploy_run_refuses_what_it_does_not_know(arguments, word):
    refused = run(REPOSITORY / "deploy/run", *arguments, timeout=30)
    assert refused.status == 64
    assert word in refused.errors


def test_deploy_run_explains_itself():
    assert "--data-dir" in run(REPOSITORY / "deploy/run", "--help", timeout=30).succeeded().output


@pytest.mark.parametrize(
    ("swift", "words"),
    [
        (None, "No Swift toolchain"),
        ("Swift version 5.9.2 (swift-5.9.2-RELEASE)", "Swift 5.9 "),
        ("Swift version 6.1.3 (swift-6.1.3-RELEASE)", "Swift 6.1 "),
        ("the bird", "does not say which version"),
    ],
)
@pytest.mark.parametrize("command", ["run", "test"])
def test_without_a_new_enough_swift_nothing_is_begun(tmp_path, command, swift, words):
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for needed in ("bash", "dirname", "env", "sed", "head", "sort", "cat"):
        (binaries / needed).symlink_to(shutil.which(needed))
    if swift:
        (binaries / "swift").write_text(f'#!/bin/sh\necho "{swift}"\n')
        (binaries / "swift").chmod(0o755)
    refused = run(REPOSITORY / "deploy" / command, environment={"PATH": str(binaries)}, timeout=30)
    assert refused.status == 1, refused.describe()
    assert words in refused.errors
    assert "https://www.swift.org/install" in refused.errors
    assert sorted(tmp_path.iterdir()) == [binaries]


@pytest.fixture
def shelf(tmp_path, projects):
    """A directory as people have them: good files, below each other, among bad ones and others."""
    names = projects(2)
    good = [wheel(names[0]), sdist(names[0]), wheel(names[1], "3.1")]
    directory = tmp_path / "shelf"
    for number, file in enumerate(good):
        file.write(directory / str(number))
    bad = {
        wheel(names[1], "4.0").filename: b"not a wheel",
        wheel(names[1], "5.0").filename: wheel(names[1], "6.0").content,
        sdist(names[1], "7.0").filename: sdist(names[1], "7.0").content[:-40],
    }
    for filename, content in bad.items():
        (directory / filename).write_bytes(content)
    (directory / "README.txt").write_text("Not a distribution.\n")
    return directory, good, bad


def test_a_directory_is_imported(index, shelf, client):
    directory, good, bad = shelf
    done = bonded("import", directory, "--config", index.config)
    assert done.status == 1, "files that were refused show in the exit status: " + done.describe()
    for filename in bad:
        lines = [line for line in done.output.splitlines() if filename in line]
        assert len(lines) == 1 and lines[0].startswith("refused "), done.describe()
    counts = f"{len(good)} added, 0 already there, {len(bad)} refused, of {len(good) + len(bad)} files"
    assert done.output.splitlines()[-1] == counts, done.describe()
    assert_served(index, *good)
    client.refresh()
    for file in good:
        assert client.fetch(f"{file.project}/{file.filename}") == file.content


def test_an_import_again_skips_what_is_there(index, shelf):
    directory, good, bad = shelf
    for filename in bad:
        (directory / filename).unlink()
    bonded("import", directory, "--config", index.config).succeeded()
    pages = [index.page(file.project) for file in good]
    again = bonded("import", directory, "--config", index.config).succeeded()
    counts = f"0 added, {len(good)} already there, 0 refused, of {len(good)} files"
    assert again.output.splitlines()[-1] == counts, again.describe()
    assert [index.page(file.project) for file in good] == pages


def test_a_new_token_uploads_as_its_account(index, project):
    made = bonded("admin", "token", "create", "--account", "alice", "--config", index.config).succeeded()
    token = made.output.strip()
    assert token and "\n" not in token
    assert upload(index, wheel(project), auth=("__token__", token)).status_code == 200
    refused = upload(index, wheel(project, "2.0"))
    assert refused.status_code == 403, "alice's project takes files of nobody else"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_postgresql_does_not_run_as_root(index):
    """PostgreSQL refuses to; this says that somebody looked after it."""
    owners = {
        os.stat(f"/proc/{pid}").st_uid
        for pid in processes.descendants(index.pid())
        if processes.describe([pid]).partition(": ")[2].startswith(("postgres", "/usr/lib/postgresql"))
    }
    assert owners and 0 not in owners
