"""Killed at any moment, the index loses nothing it answered for and shows nothing half done."""

import hashlib
import os
import random
import signal
import time

import pytest
from support.distributions import sdist, wheel
from support.index import Server
from support.load import meanwhile, upload_all
from support.sealed import SealedClient
from support.uploading import publish, upload
from support.waiting import wait_until

KILLS = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An index of this module's own: the shared one should not be killed under other tests' feet."""
    server = Server(tmp_path_factory.mktemp("crash") / "data").start()
    yield server
    if server.running():
        server.stop()
    server.destroy()


@pytest.mark.parametrize("victim", ["sign", "serve"])
def test_kill_9_during_uploads_loses_nothing(server, projects, tmp_path, victim):
    names = projects(6)
    files = [
        (sdist if number % 7 == 0 else wheel)(
            names[number % len(names)], f"1.{number}", payload=random.Random(number).randbytes(50_000)
        )
        for number in range(400)
    ]
    pending = iter(files)
    answers, killed = {}, []
    chance = random.Random(victim)

    def upload_some(_):
        batch = [file for _, file in zip(range(10), pending)]
        if batch:
            answers.update(upload_all(server, batch, clients=4, attempts=30, timeout=120))
        else:
            time.sleep(0.01)

    with meanwhile(upload_some):
        for _ in range(KILLS):
            pid = wait_until(lambda: living_child(server, victim, killed), f"{victim} runs again", seconds=60)
            time.sleep(chance.choice([0.2, 2.0]) * chance.random())  # as it starts, or at any moment of its work
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
    wait_until(lambda: living_child(server, victim, killed), f"{victim} runs again", seconds=60)
    server.wait_until_alive()
    wait_until(lambda: server.get("/readyz").status_code == 200, "ready again", seconds=60)

    taken = [file for file, answer in answers.items() if answer.status_code == 200]
    refused = {file.filename: answer.reason for file, answer in answers.items() if answer.status_code != 200}
    assert len(killed) == len(set(killed)) == KILLS
    assert len(taken) >= KILLS, "too few uploads got through for the kills to have hit any"
    assert not refused, refused
    wait_until(lambda: all(visible(server, taken)), "every upload that was answered is visible", seconds=60)

    client = SealedClient.of(server, tmp_path / "client").refresh()
    for file in taken:
        assert client.fetch(f"{file.project}/{file.filename}") == file.content
    assert_nothing_half_done(server, client, names, files)
    for file in files[: len(taken) // 2 : 5]:  # the same bytes again are still no conflict
        assert upload(server, file).status_code == 200


def living_child(server, name, killed):
    """The pid of a child that has not been killed yet; None while there is none."""
    try:
        pid = server.pid(name)
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return None if pid in killed else pid


def visible(server, files):
    pages = {}
    for file in files:
        if file.project not in pages:
            pages[file.project] = server.files(file.project)
        yield file.filename in pages[file.project]


def assert_nothing_half_done(server, client, projects, files):
    """Every file on a page downloads with its digest and is vouched for; every target there is can be fetched."""
    sent = {file.filename: file for file in files}
    for project in projects:
        for filename, entry in server.files(project).items():
            assert entry["hashes"]["sha256"] == sent[filename].sha256
            answer = server.get(entry["url"])
            assert answer.status_code == 200
            assert hashlib.sha256(answer.content).hexdigest() == sent[filename].sha256
            if entry["core-metadata"]:
                metadata = server.get(entry["url"] + ".metadata").content
                assert hashlib.sha256(metadata).hexdigest() == entry["core-metadata"]["sha256"]
            assert client.find(f"{project}/{filename}").hashes["sha256"] == entry["hashes"]["sha256"]
    client.fetch_everything()


def test_while_the_signer_stands_still_uploads_are_taken_and_say_so(server, projects, tmp_path):
    before, during = projects(2)
    publish(server, wheel(before))
    signer = server.pid("sign")
    os.kill(signer, signal.SIGSTOP)
    try:
        started = time.monotonic()
        answer = upload(server, wheel(during), timeout=120)
        assert answer.status_code == 200
        assert time.monotonic() - started < 60
        assert answer.text.strip(), "an upload that is not visible yet comes with a warning"
        assert server.page(during) is None, "nobody sees a page that no snapshot vouches for"

        wait_until(lambda: server.get("/readyz").status_code == 503, "/readyz says no", seconds=120, every=0.5)
        unready = server.get("/readyz")
        assert unready.headers["Content-Type"].startswith("application/json")
        assert "sign" in unready.text or "snapshot" in unready.text, unready.text
        assert server.get("/healthz").status_code == 200
        assert list(server.files(before)) == [wheel(before).filename]  # reads go on
    finally:
        os.kill(signer, signal.SIGCONT)

    wait_until(lambda: server.page(during), "visible once the signer goes on", seconds=60)
    client = SealedClient.of(server, tmp_path / "client").refresh()
    assert client.fetch(f"{during}/{wheel(during).filename}") == wheel(during).content
    wait_until(lambda: server.get("/readyz").status_code == 200, "ready again", seconds=60)


def test_killed_as_a_whole_it_goes_on_where_it_was(new_server, project, tmp_path):
    """Power lost: every process of it gone in the same moment."""
    server = new_server().start()
    publish(server, wheel(project))
    server.destroy()
    server.start()
    client = SealedClient.of(server, tmp_path / "client").refresh()
    assert client.fetch(f"{project}/{wheel(project).filename}") == wheel(project).content
    publish(server, wheel(project, "2.0"))
    assert client.refresh().fetch(f"{project}/{wheel(project, '2.0').filename}")
    server.stop()
