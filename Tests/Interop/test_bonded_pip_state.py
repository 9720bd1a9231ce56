"""What `bonded-pip` keeps: a trust store that several use at once and any may die over, and a cache of verified files."""

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.bonded_pip import FETCH, Customer
from support.commands import bonded
from support.distributions import wheel
from support.installing import installed
from support.mirror import FILE, Trickle
from support.proxies import Answer
from support.uploading import publish
from support.waiting import wait_until


@pytest.fixture
def far(index, mirror, tmp_path):
    """A customer who comes through the mirror, which counts what is asked for."""
    return Customer(tmp_path / "far").trust(index, url=mirror.simple_url)


def names_of(project, *versions):
    return {wheel(project, version).filename for version in versions}


def test_several_at_once_share_a_store(index, far, projects):
    names = projects(6)
    publish(index, *map(wheel, names))
    with ThreadPoolExecutor(len(names)) as pool:
        for versions in (["1.0"], ["1.0", "2.0"]):
            assert list(pool.map(far.fetched, names)) == [names_of(name, *versions) for name in names]
            publish(index, *(wheel(name, "2.0") for name in names))


def test_killing_one_of_two_leaves_a_usable_store(index, mirror, far, project):
    """Again and again, each time a request later, while the index moves on and another one is at work."""
    publish(index, wheel(project, "0"))
    assert far.fetched(project) == names_of(project, "0")
    for number in range(1, 21):
        publish(index, wheel(project, str(number)))
        seen = len(mirror.exchanges)
        victim = far.start("--with", FETCH, project)
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(far.fetched, project)
            wait_until(lambda: len(mirror.exchanges) > seen + number % 12 or victim.poll() is not None, "it is under way")
            victim.kill()
            assert other.result() == names_of(project, *map(str, range(number + 1)))
        victim.communicate(timeout=20)
    target = far.new_target()
    far.install(project, target=target).succeeded()
    assert installed(target) == {project: "20"}


# The cache.


def files_asked_for(mirror):
    return [each.path for each in mirror.exchanges if each.path.endswith((".whl", ".tar.gz"))]


def cached(customer):
    return [path for path in customer.cache.rglob("*") if path.is_file() and path.stat().st_size > 200]


def test_a_file_is_fetched_once(mirror, far, family):
    far.install(family.top).succeeded()
    assert len(files_asked_for(mirror)) == 3
    mirror.exchanges.clear()
    target = far.new_target()
    far.install(family.top, target=target).succeeded()
    assert len(installed(target)) == 3
    assert mirror.exchanges and not files_asked_for(mirror)


def test_a_file_that_was_changed_in_the_cache_is_noticed_and_fetched_anew(index, mirror, far, project):
    file = wheel(project)
    publish(index, file)
    far.fetched(project)
    (path,) = [path for path in cached(far) if path.read_bytes() == file.content]
    for damaged in (file.content[:-1] + b"?", file.content[:-1], file.content + b"\0", b""):
        path.chmod(0o600)
        path.write_bytes(damaged)
        mirror.exchanges.clear()
        assert json.loads(far.fetch(project).succeeded().output) == {file.filename: file.sha256}
        assert len(files_asked_for(mirror)) == 1, "fetched anew"


def test_what_a_killed_download_leaves_is_cleared_away(index, mirror, far, project):
    file = wheel(project)
    publish(index, file)
    for _ in range(2):
        stream = Trickle(file.content, seconds=0.01)
        mirror.put_at(mirror.places(project)[FILE], Answer(stream, length=len(file.content)))
        victim = far.start("--with", FETCH, project)
        wait_until(lambda: stream.sent > 20, "the file is under way")
        victim.kill()
        victim.communicate(timeout=20)
        mirror.cease()

    def left():
        """Files that are not named by their digest."""
        return [path for path in far.cache.rglob("*") if path.is_file() and len(path.name) != 64 and path.name != ".lock"]

    two_days_ago = time.time() - 2 * 86_400
    for path in left():
        os.utime(path, (two_days_ago, two_days_ago))
    assert far.fetched(project) == {file.filename}
    assert not left()


def test_a_link_in_the_cache_is_not_followed(index, far, project, tmp_path):
    file = wheel(project)
    publish(index, file)
    far.fetched(project)
    (path,) = [path for path in cached(far) if path.read_bytes() == file.content]
    (tmp_path / "victim").write_bytes(b"precious")
    path.unlink()
    path.symlink_to(tmp_path / "victim")
    assert far.fetched(project) == {file.filename}
    assert (tmp_path / "victim").read_bytes() == b"precious"


def test_the_cache_vouches_for_nothing(index, far, project):
    """A file that was taken back is not installed because it is still at hand."""
    kept, revoked = wheel(project, "1.0"), wheel(project, "2.0")
    publish(index, kept, revoked)
    assert far.fetched(project) == {kept.filename, revoked.filename}
    bonded("admin", "revoke", project, revoked.filename, "--config", index.config).succeeded()
    assert far.fetched(project) == {kept.filename}
    target = far.new_target()
    far.install(f"{project}==2.0", target=target).failed()
    assert not installed(target)


def test_the_cache_keeps_to_its_limit(index, far, projects):
    """What is larger than all of it is handed on all the same."""
    names = projects(5)
    chance, limit = random.Random(1), 1 << 20
    files = [wheel(name, payload=chance.randbytes(400_000)) for name in names]
    large = wheel(f"{names[0]}-large", payload=chance.randbytes(3 * limit))
    publish(index, *files, large)
    far.configure("cache: {max_size: 1MiB}\n")

    def size():
        return sum(path.stat().st_size for path in far.cache.rglob("*") if path.is_file())

    for file in files:
        assert far.fetched(file.project) == {file.filename}
        assert 400_000 < size() <= limit
    assert far.fetched(large.project) == {large.filename}
    far.fetched(names[0])
    assert size() <= limit


@pytest.mark.parametrize("variable", ["XDG_DATA_HOME", "XDG_CACHE_HOME"])
def test_a_folder_that_cannot_be_made_is_named(far, family, tmp_path, variable):
    (tmp_path / "file").write_text("")
    refused = far.fetch(family.leaf, environment={variable: str(tmp_path / "file")}).failed()
    assert f"bonded-pip: {tmp_path}/file/bonded: Not a directory" in refused.errors
