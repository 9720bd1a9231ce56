"""While many publish, nobody who looks ever sees anything but a whole and consistent repository."""

import random

from support.distributions import sdist, wheel
from support.load import meanwhile, upload_all
from support.sealed import SealedClient
from support.uploading import assert_served

UPLOADERS = 8
FILES = 300


def test_every_client_can_refresh_at_any_moment_while_files_are_published(index, projects, tmp_path):
    names = projects(12)
    files = []
    for number in range(FILES):
        project = names[number % len(names)]
        make = sdist if number % 5 == 0 else wheel
        files.append(make(project, f"1.{number}", payload=random.Random(number).randbytes(200)))
    kept = SealedClient.of(index, tmp_path / "kept").refresh()
    seen = []

    def kept_client_refreshes(_):
        version = kept.refresh().snapshot.version
        assert not seen or version >= seen[-1]
        seen.append(version)

    def new_client_refreshes_and_fetches(number):
        project = random.Random(number).choice(names)
        shown = list(index.files(project).items())
        client = SealedClient.of(index, tmp_path / f"new-{number}").refresh()
        page = client.find(f"{project}/index.json")
        if page:
            assert client.fetch(f"{project}/index.json")
        for filename, entry in random.Random(number).sample(shown, min(3, len(shown))):
            # What the page showed before the refresh, the refreshed metadata vouches for.
            assert client.find(f"{project}/{filename}").hashes["sha256"] == entry["hashes"]["sha256"]
            client.fetch(f"{project}/{filename}")

    with meanwhile(kept_client_refreshes, new_client_refreshes_and_fetches) as rounds:
        answers = upload_all(index, files, UPLOADERS)

    refused = {file.filename: answer.reason for file, answer in answers.items() if answer.status_code != 200}
    assert not refused
    assert all(count >= 2 for count in rounds.values()), rounds
    assert len(set(seen)) > 1, "the kept client never saw a new snapshot"
    assert_all_sealed(index, files, kept.refresh())
    assert_all_sealed(index, files, SealedClient.of(index, tmp_path / "afterwards").refresh())


def assert_all_sealed(index, files, client):
    for file in files:
        assert client.fetch(f"{file.project}/{file.filename}") == file.content
    assert_served(index, *files[::10])


def test_what_an_answered_upload_promised_is_there_for_the_next_client(index, project, client):
    """Read your writes, also through TUF: no waiting, no second try."""
    for number in range(5):
        file = wheel(project, f"1.{number}")
        assert upload_all(index, [file], clients=1)[file].status_code == 200
        assert client.refresh().fetch(f"{project}/{file.filename}") == file.content


def test_the_same_file_from_many_clients_at_once_is_one_file(index, project, client):
    file = wheel(project)
    copies = [wheel(project) for _ in range(8)]
    answers = upload_all(index, copies, clients=8)
    assert [answer.status_code for answer in answers.values()] == [200] * len(answers)
    assert list(index.files(project)) == [file.filename]
    assert client.refresh().fetch(f"{project}/{file.filename}") == file.content


def test_of_many_files_with_one_name_exactly_one_gets_in(index, project, client):
    rivals = [wheel(project, payload=bytes([number]) * 100) for number in range(8)]
    answers = upload_all(index, rivals, clients=8)
    taken = [file for file, answer in answers.items() if answer.status_code == 200]
    refused = [answer for answer in answers.values() if answer.status_code != 200]
    assert len(taken) == 1
    assert {answer.status_code for answer in refused} == {400}
    assert all("File already exists" in answer.reason for answer in refused)
    assert client.refresh().fetch(f"{project}/{rivals[0].filename}") == taken[0].content
