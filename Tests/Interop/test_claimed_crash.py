"""Signed transactions under contention and kill -9: each is public as a whole, or not at all."""

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from support.distributions import wheel
from support.index import Server
from support.load import upload_all
from support.maintainers import Maintainer, Refused, facts
from support.sealed import SealedClient
from support.waiting import wait_until
from test_crash import living_child

KILLS = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An index of this module's own: the shared one should not be killed under other tests' feet."""
    server = Server(tmp_path_factory.mktemp("claimed-crash") / "data").start()
    yield server
    if server.running():
        server.stop()
    server.destroy()


@pytest.fixture(scope="module")
def people(server):
    alice, bob = Maintainer(server, "alice"), Maintainer(server, "bob")
    alice.register()
    bob.register()
    return alice, bob


def both(people):
    return {"keyids": [each.key_id for each in people], "threshold": 2}


def staged_release(people, project, file):
    """One try, from wherever the last one stopped; raises where the index is not there."""
    alice, bob = people
    live = [draft for draft in alice.drafts() if draft["project"] == project]
    draft = live[0] if live else alice.draft(project, add=[facts(file)], **claim_if_new(people, project))
    if draft["missing_files"]:
        draft = alice.send(draft, [file])
    else:
        alice.sign(draft)
    if draft["state"] == "staged":
        bob.sign(draft)


def claim_if_new(people, project):
    try:
        state = people[0].call("GET", f"projects/{project}")["state"]
    except Refused:
        state = "unclaimed"
    return {"maintainers": both(people)} if state == "unclaimed" else {}


@pytest.mark.parametrize("victim", ["sign", "serve"])
def test_kill_9_leaves_every_signed_transaction_whole_or_absent(server, people, projects, tmp_path, victim):
    names = projects(3)
    done, dropped, killed, stop = [], [], [], threading.Event()
    failures = []
    chance = random.Random(victim)

    def keep_releasing(project):
        number = 0
        while not stop.is_set():
            number += 1
            file = wheel(project, f"1.{number}", payload=random.Random(number).randbytes(20_000))
            given_up = number % 4 == 0
            deadline = time.monotonic() + 60
            while True:
                try:
                    if given_up:
                        drop_after_staging(people, project, file)
                        dropped.append(file)
                        break
                    if file.filename in server.files(project):
                        done.append(file)
                        break
                    staged_release(people, project, file)
                except (requests.RequestException, Refused, AssertionError) as failure:
                    if time.monotonic() > deadline:
                        failures.append((file.filename, failure))
                        return
                    time.sleep(0.05)

    with ThreadPoolExecutor(len(names)) as pool:
        running = [pool.submit(keep_releasing, name) for name in names]
        try:
            for _ in range(KILLS):
                pid = wait_until(lambda: living_child(server, victim, killed), f"{victim} runs again", seconds=60)
                time.sleep(chance.choice([0.2, 1.0]) * chance.random())
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            wait_until(lambda: living_child(server, victim, killed), f"{victim} runs again", seconds=60)
            server.wait_until_alive()
        finally:
            stop.set()
        for each in running:
            each.result()

    assert not failures, failures
    assert len(killed) == KILLS and len(done) >= KILLS, "too few transactions for the kills to have hit any"
    client = SealedClient.of(server, tmp_path / "client").refresh()
    for project in names:
        expected = {file.filename for file in done if file.project == project}
        assert set(server.files(project)) == expected
        for file in done:
            if file.project == project:
                assert client.fetch(f"{project}/{file.filename}") == file.content
    assert dropped, "some were given up"
    for file in dropped:
        assert client.find(f"{file.project}/{file.filename}") is None
    assert not people[0].drafts()


def drop_after_staging(people, project, file):
    """Stages a file with one signature, then gives it up; a try from wherever the last one stopped."""
    alice, _ = people
    live = [draft for draft in alice.drafts() if draft["project"] == project]
    if not live and claim_if_new(people, project):
        return
    draft = live[0] if live else alice.draft(project, add=[facts(file)])
    if draft["missing_files"]:
        alice.send(draft, [file])
    alice.call("DELETE", f"drafts/{draft['id']}")


def test_transactions_of_many_maintainers_at_once_are_all_published_once(server, projects, tmp_path):
    shared, *own = projects(5)
    people = [Maintainer(server, f"busy-{number}-{shared}") for number in range(4)]
    for each in people:
        each.register()
    keys = [each.key_id for each in people]
    people[0].publish(shared, wheel(shared), maintainers={"keyids": keys, "threshold": 1})
    plain = projects(4)
    conflicts = []

    def work(number):
        me, mine = people[number], own[number]
        me.publish(mine, wheel(mine), maintainers={"keyids": [me.key_id], "threshold": 1})
        for version in range(1, 5):
            me.publish(mine, wheel(mine, f"2.{version}"))
            file = wheel(shared, f"{number + 2}.{version}")
            for _ in range(200):
                try:
                    me.publish(shared, file)
                    break
                except Refused as refused:
                    assert refused.status == 409, refused
                    conflicts.append(refused.check)
                    time.sleep(0.02)
            else:
                raise AssertionError(f"{file.filename} never got its turn")

    with ThreadPoolExecutor(len(people)) as pool:
        running = [pool.submit(work, number) for number in range(len(people))]
        answers = upload_all(server, [wheel(name, f"1.{n}") for name in plain for n in range(5)], clients=4)
        for each in running:
            each.result()

    assert all(answer.status_code == 200 for answer in answers.values())
    assert conflicts, "nobody ever got in another's way: this proves nothing"
    expected = {wheel(shared).filename} | {
        wheel(shared, f"{n + 2}.{v}").filename for n in range(4) for v in range(1, 5)
    }  # fmt: skip
    assert set(server.files(shared)) == expected
    standing = people[0].call("GET", f"projects/{shared}")
    assert standing["version"] == len(expected), "one version for each transaction, none skipped"
    client = SealedClient.of(server, tmp_path / "client").refresh()
    for filename in expected:
        assert client.find(f"{shared}/{filename}")
    assert client.fetch_everything()
